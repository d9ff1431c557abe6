// sim/json/yaml_scalar.h: what a plain scalar of YAML 1.1 stands for, by the rules of Go's yaml.v2.
//
// It decides both how a manifest is read and which strings need quotes when they are written.
// REQUIRES of sound_utf8(): an open scope of a world.
// Source: goyaml.v2, resolve.go; YAML 1.1, types bool, int, float, null, timestamp.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace sim::json {

enum class PlainKind : uint8_t {
  kString,
  kNull,
  kTrue,
  kFalse,
  kInteger,
  kFloat,
  kTimestamp,  // read as a string, but written with quotes
};

struct Plain {
  PlainKind kind = PlainKind::kString;
  int64_t integer = 0;
  double number = 0;  // may be infinite, or no number
};

Plain resolve_plain(std::string_view text);

/// Whether a string must be quoted so that it is read as a string again.
bool needs_quotes(std::string_view text);

/// `text` with U+FFFD for each byte that is no UTF-8.
std::string sound_utf8(std::string_view text);

}  // namespace sim::json
