// sim/net/words.h: the words of a line that someone has typed, as a shell splits them.
//
// Source: POSIX.1-2017, "Shell Command Language", 2.2 Quoting.
// Not modelled: expansions, operators.

#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sim::net {

/// Spaces and tabs end a word but where a backslash, '...' or "..." keep them. Nothing: a quote is
/// not closed.
std::optional<std::vector<std::string>> split_words(std::string_view line);

}  // namespace sim::net
