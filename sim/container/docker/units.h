// sim/container/docker/units.h: sizes and lengths of time as Docker writes and reads them.
//
// Source: docker/go-units (HumanSize, BytesSize, HumanDuration, RAMInBytes); Go's `%.3g`.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "engine/world/time.h"

namespace sim::container::docker {

/// `4.26MB`: powers of 1000, so many significant digits.
std::string human_size(int64_t bytes, int digits = 4);
/// `10.5MiB`: powers of 1024.
std::string bytes_size(int64_t bytes);
/// `2 minutes`, `About an hour`.
std::string human_duration(engine::Duration length);
/// `64m`, `1.5g`, `512`: powers of 1024. Nothing: it is no size.
std::optional<int64_t> parse_size(std::string_view text);
/// `0.5` in billionths. Nothing: it is no number, or has more than nine decimals.
std::optional<int64_t> parse_billionths(std::string_view text);
/// `10s`, `1m30s`, `500ms`. Nothing: it is no length.
std::optional<engine::Duration> parse_length(std::string_view text);
/// `12.34%`, of hundredths of a percent.
std::string percent(int64_t hundredths);
/// `text`, or its beginning and an ellipsis, `width` characters at most.
std::string ellipsis(std::string_view text, size_t width);

}  // namespace sim::container::docker
