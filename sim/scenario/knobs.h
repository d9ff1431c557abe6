// sim/scenario/knobs.h: what a reader may turn, and what values it can take.
//
// Promises: a knob's value always has the type of its default and lies within its bounds.
// Does not: carry values into programs; they receive knob_text().

#pragma once

#include "sim/yaml/result.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace sim::scenario {

using yaml::Result;

using KnobValue = std::variant<std::int64_t, bool, std::string>;

/// One named setting of a scenario.
struct Knob {
  std::string name;
  std::string about;
  /// What the file says; its alternative is the knob's type.
  KnobValue default_value = std::int64_t{0};
  /// What is set now.
  KnobValue value = std::int64_t{0};
  /// Of a whole number; the ends are included.
  std::optional<std::int64_t> min;
  std::optional<std::int64_t> max;
  /// If not empty, the only values.
  std::vector<KnobValue> one_of;

  bool operator==(const Knob&) const = default;
};

/// The value as programs see it: `3`, `true`, `fast`.
[[nodiscard]] std::string knob_text(const KnobValue& value);

/// `a whole number from 1 to 9`, `true or false`, `one of fast, slow`, `text`.
[[nodiscard]] std::string describe_knob(const Knob& knob);

/// Whether `value` has the knob's type and lies within its bounds.
[[nodiscard]] bool knob_accepts(const Knob& knob, const KnobValue& value);

/// The value that `text` stands for, or the message `knob replicas: expected ..., found "x"`.
[[nodiscard]] Result<KnobValue, std::string> read_knob_value(const Knob& knob,
                                                             std::string_view text);

/// `text` with the value of each knob in place of `${KNOB}`.
[[nodiscard]] std::string with_knobs(std::string_view text, const std::vector<Knob>& knobs);

}  // namespace sim::scenario
