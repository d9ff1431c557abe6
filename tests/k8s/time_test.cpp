// tests/k8s/time_test.cpp: instants and lengths of API objects, against what Go makes of them.

#include "sim/k8s/api/time.h"

#include <catch_amalgamated.hpp>
#include <string>
#include <string_view>

#include "tests/support/in_world.h"

using namespace sim::k8s;

namespace {

constexpr int64_t kSecond = 1'000'000'000;

engine::Duration seconds(int64_t count) {
  return engine::Duration{count * kSecond};
}

std::string again(std::string_view text) {
  const std::optional<int64_t> instant = parse_time(text);
  return instant ? time_text(*instant) : "none";
}

}  // namespace

TEST_CASE("Instants are written in UTC, in whole seconds or microseconds") {
  CHECK(time_text(0) == "1970-01-01T00:00:00Z");
  CHECK(time_text(-1) == "1969-12-31T23:59:59Z");
  CHECK(time_text(1'767'225'607 * kSecond) == "2026-01-01T00:00:07Z");
  CHECK(time_text(951'782'400 * kSecond) == "2000-02-29T00:00:00Z");
  CHECK(micro_time_text(1'767'225'607 * kSecond + 5000) == "2026-01-01T00:00:07.000005Z");
  CHECK(micro_time_text(-1000) == "1969-12-31T23:59:59.999999Z");
}

TEST_CASE("Fractions and offsets are understood") {
  const support::InWorld world;
  CHECK(again("2026-01-01T05:00:07+05:30") == "2025-12-31T23:30:07Z");
  CHECK(again("2026-01-01T05:00:07-24:60") == "2026-01-02T06:00:07Z");
  CHECK(again("2026-01-01T5:00:00Z") == "2026-01-01T05:00:00Z");
  CHECK(parse_time("1970-01-01T00:00:00.5Z") == kSecond / 2);
  CHECK(parse_time("1970-01-01T00:00:00.123456789123Z") == 123'456'789);
  CHECK(parse_time("1970-01-01T00:00:00,25Z") == kSecond / 4);
  CHECK(again("1700-01-01T00:00:00Z") == "1700-01-01T00:00:00Z");
  CHECK(again("1600-01-01T00:00:00Z") == "none");
}

TEST_CASE("What is no time is refused in the words of Go's time.Parse") {
  const support::InWorld world;
  const std::string as = " as \"2006-01-02T15:04:05Z07:00\": cannot parse ";
  CHECK(time_error("x") == "parsing time \"x\"" + as + "\"x\" as \"2006\"");
  CHECK(time_error("") == "parsing time \"\"" + as + "\"\" as \"2006\"");
  CHECK(time_error("2026/01/01") == "parsing time \"2026/01/01\"" + as + "\"/01/01\" as \"-\"");
  CHECK(time_error("2026-1-01T00:00:00Z") ==
        "parsing time \"2026-1-01T00:00:00Z\"" + as + "\"1-01T00:00:00Z\" as \"01\"");
  CHECK(time_error("2026-01-01 00:00:00Z") ==
        "parsing time \"2026-01-01 00:00:00Z\"" + as + "\" 00:00:00Z\" as \"T\"");
  CHECK(time_error("2026-01-01T00:00:00") ==
        "parsing time \"2026-01-01T00:00:00\"" + as + "\"\" as \"Z07:00\"");
  CHECK(time_error("2026-01-01T00:00:00+0100") ==
        "parsing time \"2026-01-01T00:00:00+0100\"" + as + "\"+0100\" as \"Z07:00\"");
  CHECK(time_error("2026-13-01T00:00:00Z") ==
        "parsing time \"2026-13-01T00:00:00Z\": month out of range");
  CHECK(time_error("2026-02-30T00:00:00Z") ==
        "parsing time \"2026-02-30T00:00:00Z\": day out of range");
  CHECK(time_error("2026-01-01T24:00:00Z") ==
        "parsing time \"2026-01-01T24:00:00Z\": hour out of range");
  CHECK(time_error("2026-01-01T00:00:00Zjunk") ==
        "parsing time \"2026-01-01T00:00:00Zjunk\": extra text: \"junk\"");
  CHECK(time_error("2026-01-01T00:00:00+25:00") ==
        "parsing time \"2026-01-01T00:00:00+25:00\": time zone offset hour out of range");
  CHECK(time_error("2024-02-29T00:00:00Z").empty());
}

TEST_CASE("A time with microseconds has six digits behind the point") {
  const support::InWorld world;
  CHECK(time_error("2026-01-01T00:00:00.000001Z", true).empty());
  CHECK(time_error("2026-01-01T00:00:00Z", true) ==
        "parsing time \"2026-01-01T00:00:00Z\" as \"2006-01-02T15:04:05.000000Z07:00\": "
        "cannot parse \"Z\" as \".000000\"");
  CHECK_FALSE(time_error("2026-01-01T00:00:00.001Z", true).empty());
}

TEST_CASE("Ages have the short forms of kubectl get") {
  const support::InWorld world;
  CHECK(age_text(seconds(0)) == "0s");
  CHECK(age_text(seconds(119)) == "119s");
  CHECK(age_text(seconds(120)) == "2m");
  CHECK(age_text(seconds(150)) == "2m30s");
  CHECK(age_text(seconds(10 * 60 + 30)) == "10m");
  CHECK(age_text(seconds(179 * 60)) == "179m");
  CHECK(age_text(seconds(4 * 3600)) == "4h");
  CHECK(age_text(seconds(4 * 3600 + 5 * 60)) == "4h5m");
  CHECK(age_text(seconds(9 * 3600 + 5 * 60)) == "9h");
  CHECK(age_text(seconds(47 * 3600)) == "47h");
  CHECK(age_text(seconds(3 * 86'400 + 12 * 3600)) == "3d12h");
  CHECK(age_text(seconds(8 * 86'400 + 12 * 3600)) == "8d");
  CHECK(age_text(seconds(800 * 86'400)) == "2y70d");
  CHECK(age_text(seconds(3000 * 86'400)) == "8y");
  CHECK(age_text(seconds(-1)) == "0s");
  CHECK(age_text(seconds(-5)) == "<invalid>");
}

TEST_CASE("Lengths are read as Go's time.ParseDuration reads them") {
  const support::InWorld world;
  CHECK(parse_duration("1h2m3.5s").value().ns == 3'723 * kSecond + kSecond / 2);
  CHECK(parse_duration("100ms").value().ns == kSecond / 10);
  CHECK(parse_duration("-1.5h").value().ns == -5400 * kSecond);
  CHECK(parse_duration("0").value().ns == 0);
  CHECK(parse_duration("1us").value().ns == 1000);
  for (const std::string_view text : {"", "1", "s", "1x", ".s", "1 s", "1h-2m"}) {
    CHECK_FALSE(parse_duration(text));
  }
}
