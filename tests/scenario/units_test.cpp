// tests/scenario/units_test.cpp: durations, memory, percentages and bandwidths, to the last digit.

#include "sim/scenario/units.h"

#include <catch_amalgamated.hpp>

#include <cstdint>
#include <limits>
#include <string>

namespace {

using namespace sim::scenario;

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::int64_t kMin = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t kMax = std::numeric_limits<std::int64_t>::max();

/// The value as text, or the mistake: one comparison shows either.
std::string shown(const Measured& measured) {
  return measured.ok() ? std::to_string(measured.value()) : measured.error();
}

std::string duration(std::string_view text) {
  return shown(parse_duration(text));
}

}  // namespace

TEST_CASE("a duration is read in Go's syntax") {
  CHECK(duration("0") == "0");
  CHECK(duration("0s") == "0");
  CHECK(duration("5ns") == "5");
  CHECK(duration("5us") == "5000");
  CHECK(duration("5\u00B5s") == "5000");
  CHECK(duration("5\u03BCs") == "5000");
  CHECK(duration("200ms") == "200000000");
  CHECK(duration("120s") == std::to_string(120 * kSecond));
  CHECK(duration("1m30s") == std::to_string(90 * kSecond));
  CHECK(duration("1h2m3.5s") == std::to_string(3723 * kSecond + kSecond / 2));
  CHECK(duration("-1.5s") == "-1500000000");
  CHECK(duration("+.5s") == "500000000");
  CHECK(duration("1.s") == "1000000000");
}

TEST_CASE("a fraction of a duration is exact, and cut off below a nanosecond") {
  CHECK(duration("0.1s") == "100000000");
  CHECK(duration("0.000000001s") == "1");
  CHECK(duration("0.0000000019s") == "1");
  CHECK(duration("0.9999999999999999999999999999h") == "3599999999999");
  CHECK(duration("0.33333333333333333333h") == "1199999999999");
}

TEST_CASE("a duration reaches the ends of 64 bits and no further") {
  CHECK(duration("9223372036854775807ns") == std::to_string(kMax));
  CHECK(duration("9223372036854775808ns") == "it is longer than 292 years");
  CHECK(duration("-9223372036854775808ns") == std::to_string(kMin));
  CHECK(duration("-9223372036854775809ns") == "it is longer than 292 years");
  CHECK(duration("9223372036854775807ns1ns") == "it is longer than 292 years");
  CHECK(duration("9223372036.9s") == "it is longer than 292 years");
  CHECK(duration("99999999999999999999999h") == "it is longer than 292 years");
}

TEST_CASE("a mistake in a duration is named") {
  const std::string units = "(expected ns, us, ms, s, m or h)";
  CHECK(duration("") == "it is empty");
  CHECK(duration("-") == "it has no digits");
  CHECK(duration("120") == "it has no unit " + units);
  CHECK(duration("12parsecs") == "unknown unit \"parsecs\" " + units);
  CHECK(duration("1S") == "unknown unit \"S\" " + units);
  CHECK(duration("1 s") == "unknown unit \" s\" " + units);
  CHECK(duration("s") == "a number is missing before \"s\"");
  CHECK(duration("1m.s") == "a number is missing before \"s\"");
  CHECK(duration("forever") == "a number is missing before \"forever\"");
}

TEST_CASE("a duration is formatted as Go does") {
  CHECK(format_duration(0) == "0s");
  CHECK(format_duration(1) == "1ns");
  CHECK(format_duration(1100) == "1.1\u00B5s");
  CHECK(format_duration(2'200'000) == "2.2ms");
  CHECK(format_duration(100'000'000) == "100ms");
  CHECK(format_duration(kSecond + kSecond / 2) == "1.5s");
  CHECK(format_duration(120 * kSecond) == "2m0s");
  CHECK(format_duration(5 * 60 * kSecond + kSecond / 1000) == "5m0.001s");
  CHECK(format_duration(3600 * kSecond) == "1h0m0s");
  CHECK(format_duration(-kSecond) == "-1s");
  CHECK(format_duration(kMax) == "2562047h47m16.854775807s");
  CHECK(format_duration(kMin) == "-2562047h47m16.854775808s");
}

TEST_CASE("a formatted duration reads back as itself") {
  std::int64_t value = 1;
  for (int i = 0; i < 62; ++i) {
    for (const std::int64_t near : {value - 1, value, value + 1, -value}) {
      INFO("duration " << near);
      CHECK(duration(format_duration(near)) == std::to_string(near));
    }
    value *= 2;
  }
  CHECK(duration(format_duration(kMin)) == std::to_string(kMin));
}

TEST_CASE("an amount of memory has decimal or binary units") {
  CHECK(shown(parse_quantity("512")) == "512");
  CHECK(shown(parse_quantity("1k")) == "1000");
  CHECK(shown(parse_quantity("200M")) == "200000000");
  CHECK(shown(parse_quantity("2G")) == "2000000000");
  CHECK(shown(parse_quantity("1Ki")) == "1024");
  CHECK(shown(parse_quantity("512Mi")) == "536870912");
  CHECK(shown(parse_quantity("4Gi")) == "4294967296");
  CHECK(shown(parse_quantity("1.5Gi")) == "1610612736");
  CHECK(shown(parse_quantity("8388607Ti")) == "9223370937343148032");
  CHECK(shown(parse_quantity("8388608Ti")) == "it does not fit in 63 bits");
  CHECK(shown(parse_quantity("4GB")) ==
        "unknown unit \"GB\" (expected k, M, G, T, Ki, Mi, Gi or Ti)");
  CHECK(shown(parse_quantity("Gi")) == "it does not start with a number");
  CHECK(shown(parse_quantity("-1Gi")) == "it does not start with a number");
}

TEST_CASE("a percentage is a whole number of millionths") {
  CHECK(shown(parse_percentage("0%")) == "0");
  CHECK(shown(parse_percentage("0.1%")) == "1000");
  CHECK(shown(parse_percentage("0.0001%")) == "1");
  CHECK(shown(parse_percentage("12.50000%")) == "125000");
  CHECK(shown(parse_percentage("100%")) == "1000000");
  CHECK(shown(parse_percentage("0.00001%")) == "it is finer than 0.0001%");
  CHECK(shown(parse_percentage("100.0001%")) == "it is above 100%");
  CHECK(shown(parse_percentage("0.1")) == "it does not end with %");
  CHECK(shown(parse_percentage("%")) == "it does not start with a number");
}

TEST_CASE("a bandwidth is in bits per second") {
  CHECK(shown(parse_bandwidth("100bps")) == "100");
  CHECK(shown(parse_bandwidth("64kbps")) == "64000");
  CHECK(shown(parse_bandwidth("2.5Gbps")) == "2500000000");
  CHECK(shown(parse_bandwidth("1Tbps")) == "1000000000000");
  CHECK(shown(parse_bandwidth("1000")) ==
        "it has no unit (expected bps, kbps, Mbps, Gbps or Tbps)");
  CHECK(shown(parse_bandwidth("1gbps")) ==
        "unknown unit \"gbps\" (expected bps, kbps, Mbps, Gbps or Tbps)");
}
