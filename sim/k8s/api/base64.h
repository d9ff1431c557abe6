// sim/k8s/api/base64.h: bytes as text, as the data of secrets is written.
//
// Source: RFC 4648, section 4; Go documentation, `encoding/base64` (StdEncoding), whose errors name
// the first byte that is wrong.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace sim::k8s {

struct Bytes64 {
  std::string bytes;
  /// Where the first wrong character stands; less than 0 if all is well.
  int64_t error_at = -1;
};

/// Line ends are skipped, and bits that the last character has too many.
Bytes64 base64_decode(std::string_view text);
/// With padding.
std::string base64_encode(std::string_view bytes);

}  // namespace sim::k8s
