// engine/sync/none.h: a value that says nothing, for channels that only signal.

#pragma once

#include <string>

namespace engine {

/// Go's struct{}: Chan<None> is its chan struct{}.
struct None {
  bool operator==(const None&) const = default;
};

/// Go's text for it.
inline void append_operand(std::string& out, None /*nothing*/) {
  out += "{}";
}

}  // namespace engine
