// tests/container/docker_units_test.cpp: how Docker writes and reads sizes and times.

#include "sim/container/docker/units.h"

#include <catch_amalgamated.hpp>

#include "sim/container/calendar.h"

namespace {

using namespace engine;
using namespace sim::container;
using namespace sim::container::docker;

}  // namespace

TEST_CASE("Sizes have as many digits as Go's %.4g and %.3g give them") {
  CHECK(human_size(0) == "0B");
  CHECK(human_size(999) == "999B");
  CHECK(human_size(1000) == "1kB");
  CHECK(human_size(4'262'123, 3) == "4.26MB");
  CHECK(human_size(77'800'000, 3) == "77.8MB");
  CHECK(human_size(187'654'321, 3) == "188MB");
  CHECK(human_size(12'345'678) == "12.35MB");
  CHECK(bytes_size(64 << 20) == "64MiB");
  CHECK(bytes_size((int64_t{10} << 20) + (512 << 10)) == "10.5MiB");
  CHECK(bytes_size(int64_t{1} << 30) == "1GiB");
}

TEST_CASE("Lengths of time are told as people do") {
  CHECK(human_duration(kMillisecond) == "Less than a second");
  CHECK(human_duration(kSecond) == "1 second");
  CHECK(human_duration(59 * kSecond) == "59 seconds");
  CHECK(human_duration(61 * kSecond) == "About a minute");
  CHECK(human_duration(600 * kSecond) == "10 minutes");
  CHECK(human_duration(3600 * kSecond) == "About an hour");
  CHECK(human_duration(47 * 3600 * kSecond) == "47 hours");
  CHECK(human_duration(5 * 86'400 * kSecond) == "5 days");
  CHECK(human_duration(21 * 86'400 * kSecond) == "3 weeks");
}

TEST_CASE("Sizes, shares of processors and lengths are read") {
  CHECK(parse_size("64m") == int64_t{64} << 20);
  CHECK(parse_size("1.5g") == (int64_t{3} << 29));
  CHECK(parse_size("512") == 512);
  CHECK(parse_size("10MiB") == 10 << 20);
  CHECK(!parse_size("ten"));
  CHECK(!parse_size("5x"));
  CHECK(parse_billionths("0.5") == 500'000'000);
  CHECK(parse_billionths("2") == 2'000'000'000);
  CHECK(!parse_billionths("half"));
  CHECK(parse_length("1m30s") == 90 * kSecond);
  CHECK(parse_length("1.5s") == 1500 * kMillisecond);
  CHECK(parse_length("500ms") == 500 * kMillisecond);
  CHECK(!parse_length("5"));
}

TEST_CASE("Dates are those of the Gregorian calendar") {
  CHECK(fixed_nano_time_text(1'767'225'600'000'000'000) == "2026-01-01T00:00:00.000000000Z");
  CHECK(nano_time_text(1'709'164'800'500'000'000) == "2024-02-29T00:00:00.5Z");
  CHECK(nano_time_text(0) == "1970-01-01T00:00:00Z");
  CHECK(calendar_time(1'767'225'600'000'000'000).weekday == 4);
  CHECK(ellipsis("sh -c \"while true; do\"", 20) == "sh -c \"while true; \u2026");
}
