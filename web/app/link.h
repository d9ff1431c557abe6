// web/app/link.h: a place in a run, as the part of an address after `#`.
//
//   v=1&s=go/mutex&seed=7&policy=fifo&step=12&k.GOROUTINES=3&i=40,0,run-next%204&h=<scenario's
//   hash>
//
// What is missing has its default. A link that this version cannot honour says why; nothing of it
// is applied then. Does not: know which scenarios exist.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/task/scheduler.h"
#include "engine/timeline/timeline.h"

namespace web {

struct Link {
  std::string scenario;
  uint64_t seed = 1;
  std::optional<engine::Policy> policy;
  uint64_t step = 0;
  std::vector<std::pair<std::string, std::string>> knobs;
  std::vector<engine::Input> inputs;
  std::optional<uint64_t> identity;  // of the scenario's text when the link was made
};

std::string link_text(const Link& link);

/// `text` may begin with `#`. On a mistake, `problem` says what was expected.
std::optional<Link> read_link(std::string_view text, std::string& problem);

/// A whole number in decimal, all of `text`.
std::optional<uint64_t> whole_number(std::string_view text);

}  // namespace web
