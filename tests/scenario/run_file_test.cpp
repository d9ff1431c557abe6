#include "sim/scenario/run_file.h"

#include <catch_amalgamated.hpp>

#include "sim/scenario/gallery.h"

using namespace sim::scenario;

namespace {

RunFile sample() {
  const auto entry = find_in_gallery("go/mutex");
  RunFile file;
  file.scenario_text = entry->text;
  file.spec.scenario = std::move(parse(entry->file, entry->text).value());
  CHECK_FALSE(set_knob(file.spec.scenario, "LOCKED=false"));
  file.spec.seed = UINT64_MAX;
  file.spec.policy = engine::Policy::kRandom;
  file.spec.until = engine::Instant{5'000'000'000};
  file.spec.max_steps = 1000;
  file.spec.inputs = {{4, engine::Instant{17}, "run-next 3"}, {9, engine::Instant{20}, "kill 1"}};
  file.spec.choices = {{0xfedcba9876543210U, 3, 1, 2}};
  file.summary = "hash=0";
  file.reason = "because";
  return file;
}

std::string replaced(std::string text, std::string_view from, std::string_view to) {
  const size_t at = text.find(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

}  // namespace

TEST_CASE("what is written is read back to the same run") {
  const RunFile file = sample();
  const std::string text = write_run_file(file);
  const auto read = read_run_file("a.run.json", text);
  REQUIRE(read);
  const RunSpec& spec = read.value().spec;
  CHECK(spec.seed == file.spec.seed);
  CHECK(spec.policy == file.spec.policy);
  CHECK(spec.until == file.spec.until);
  CHECK(spec.max_steps == file.spec.max_steps);
  CHECK(spec.choices == file.spec.choices);
  REQUIRE(spec.inputs.size() == 2);
  CHECK(spec.inputs[1].text == "kill 1");
  CHECK(spec.inputs[1].at == engine::Instant{20});
  CHECK(spec.scenario.knobs == file.spec.scenario.knobs);
  CHECK(write_run_file(read.value()) == text);
}

TEST_CASE("a run file that is not right is refused with what was expected") {
  const std::string text = write_run_file(sample());
  const auto error = [](const std::string& bad) {
    const auto read = read_run_file("a.run.json", bad);
    REQUIRE_FALSE(read);
    return read.error();
  };
  CHECK_THAT(error(""), Catch::Matchers::StartsWith("a.run.json: not JSON"));
  CHECK(error("[]") == "a.run.json: /: expected an object");
  CHECK(error(replaced(text, "\"orrery-run\"", "\"other\"")) ==
        "a.run.json: /format: expected \"orrery-run\"");
  CHECK(error(replaced(text, "\"version\": 1", "\"version\": 2")) ==
        "a.run.json: /version: expected 1");
  CHECK(error(replaced(text, "\"seed\": 18446744073709551615", "\"seed\": -1")) ==
        "a.run.json: /seed: expected a whole number from 0 to 18446744073709551615");
  CHECK(error(replaced(text, "\"random\"", "\"lifo\"")) ==
        "a.run.json: /policy: expected fifo, random, pct or go");
  CHECK_THAT(error(replaced(text, "\"kill 1\"", "\"explode\"")),
             Catch::Matchers::StartsWith(
                 "a.run.json: /inputs/1/text: expected `kill NUMBER` or `run-next NUMBER`, "));
  CHECK(error(replaced(text, "\"LOCKED\": \"false\"", "\"LOCKED\": \"maybe\"")).find("LOCKED") !=
        std::string::npos);
}
