// sim/json/parse.h: JSON text to values, with the answers of Go's encoding/json.
//
// Promises: any bytes give a value or an error; depth is bounded. Bytes that are no UTF-8 become
// U+FFFD, as in Go. Of members with one key the last counts.
// Source: RFC 8259; Go's encoding/json (scanner).

#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/json/value.h"

namespace sim::json {

/// How deep lists and objects may lie in each other.
inline constexpr int kDepthMax = 500;

struct Parsed {
  Value value;        // absent if there is an error
  std::string error;  // "invalid character '}' looking for beginning of value"
  size_t offset = 0;  // of the error, in bytes
  /// Paths of keys that came twice: "spec.replicas", "spec.containers[0].name".
  std::vector<std::string> duplicates;
};

/// One value and nothing behind it but white space.
Parsed parse(std::string_view text);

}  // namespace sim::json
