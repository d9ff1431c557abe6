#include "sim/scenario/session.h"

#include <catch_amalgamated.hpp>

#include "sim/programs/program.h"
#include "sim/scenario/gallery.h"
#include "tests/support/simulate.h"

using namespace sim::scenario;

namespace {

RunSpec spec_of(std::string_view file, std::string_view text) {
  Parsed parsed = parse(file, text);
  REQUIRE(parsed);
  RunSpec spec;
  spec.scenario = std::move(parsed.value());
  return spec;
}

RunSpec gallery_spec(std::string_view name) {
  const auto entry = find_in_gallery(name);
  REQUIRE(entry);
  return spec_of(entry->file, entry->text);
}

Verdict verdict_of(const RunSpec& spec) {
  const auto run = start(spec);
  while (run->step()) {
  }
  return judge(spec.scenario, *run);
}

}  // namespace

TEST_CASE("every scenario of the gallery can be started, ends, and its story is found in order") {
  REQUIRE(gallery().size() >= 4);
  for (const GalleryEntry& entry : gallery()) {
    CAPTURE(entry.name);
    const RunSpec spec = gallery_spec(entry.name);
    CHECK(problems_of(spec.scenario).empty());
    const auto run = start(spec);
    while (run->step()) {
    }
    // Servers never end by themselves.
    const bool until = run->end() == engine::RunEnd::kUntil && spec.scenario.until_ns;
    CHECK((run->end() == engine::RunEnd::kNothingLeft || until));
    const auto places = locate_story(spec);
    REQUIRE(places.size() == spec.scenario.story.size());
    for (size_t i = 0; i < places.size(); ++i) {
      CHECK(places[i].story_step == i);
      if (i > 0) CHECK(places[i].position >= places[i - 1].position);
      CHECK(places[i].position <= run->steps());
    }
  }
}

TEST_CASE("verdicts follow the command line's exit codes") {
  CHECK(verdict_of(gallery_spec("go/mutex")).kind == VerdictKind::kHeld);
  const Verdict deadlock = verdict_of(gallery_spec("go/deadlock"));
  CHECK(deadlock.kind == VerdictKind::kProgramFailed);
  CHECK(deadlock.reason == "go-deadlock: fatal error: all goroutines are asleep - deadlock!");
  RunSpec limited = gallery_spec("go/waitgroup");
  limited.max_steps = 2;
  CHECK(verdict_of(limited).kind == VerdictKind::kLimit);
  const Verdict broken = verdict_of(spec_of("x.yaml", R"(
title: x
workloads: [{image: "orrery/go-channel:1"}]
invariants: ['prints "2"']
)"));
  CHECK(broken.kind == VerdictKind::kInvariantFailed);
  CHECK(broken.reason == "invariant failed: no line of output is \"2\"");
}

TEST_CASE("knobs reach programs, and stand in for their marks in invariants") {
  RunSpec spec = spec_of("x.yaml", R"(
title: x
workloads: [{image: "orrery/go-mutex:1"}]
knobs: {GOROUTINES: {default: 3, min: 1, max: 100}}
invariants: ['prints "Counter: ${GOROUTINES}"']
)");
  CHECK(verdict_of(spec).kind == VerdictKind::kHeld);
  CHECK_FALSE(set_knob(spec.scenario, "GOROUTINES=42"));
  const auto run = start(spec);
  while (run->step()) {
  }
  CHECK(support::printed(run->world(), engine::Stream::kStdout) == "Counter: 42\n");
  CHECK(judge(spec.scenario, *run).kind == VerdictKind::kHeld);
}

TEST_CASE("several workloads run side by side, each its own process") {
  const RunSpec spec = spec_of("x.yaml", R"(
title: x
workloads: [{image: "orrery/go-waitgroup:1"}, {image: "orrery/go-channel:1"}]
)");
  const auto run = start(spec);
  while (run->step()) {
  }
  CHECK(support::printed(run->world(), engine::Stream::kStdout) ==
        "Hello from goroutine 1\nHello from goroutine 2\n1\n");
  CHECK(run->now() == engine::Instant{2'000'000'000});
}

TEST_CASE("what cannot be started yet is refused with its place") {
  const auto problems = [](std::string_view text) {
    const RunSpec spec = spec_of("x.yaml", text);
    std::string all = format_problems(problems_of(spec.scenario));
    return all;
  };
  CHECK_THAT(problems("title: x\nworkloads:\n  - image: \"orrery/go-mutx:1\"\n"),
             Catch::Matchers::StartsWith(
                 "x.yaml:3:12: there is no image \"orrery/go-mutx:1\" (did you mean "
                 "\"orrery/go-mutex:1\"?); there is "));
  CHECK(problems("title: x\nworkloads: [{image: \"orrery/go-mutex:1\"}]\n"
                 "faults: [{at: 1s, on: local, run: kubctl get pods}]\n") ==
        "x.yaml:3:35: there is no program \"kubctl\"\n");
}

TEST_CASE("Manifests are checked when a scenario is opened, with its knobs in them") {
  const auto problems = [](const std::string& manifest) {
    const std::string text =
        "title: x\nkubernetes: {}\nknobs: {N: {default: 3}}\nmanifests:\n  - |\n" + manifest;
    const RunSpec spec = spec_of("x.yaml", text);
    std::string all = format_problems(problems_of(spec.scenario));
    return all;
  };
  CHECK(problems("    apiVersion: v1\n    kind: Pod\n    metadata: {name: a}\n").empty());
  CHECK(problems("    apiVersion: apps/v1\n    kind: Deployment\n    metadata: {name: a}\n"
                 "    spec: {replicas: ${N}}\n")
            .empty());
  CHECK(problems("    apiVersion: apps/v1\n    kind: Deployment\n    metadata: {name: a}\n"
                 "    spec: {replicas: x}\n")
            .starts_with(
                "x.yaml:5:5: a: Deployment in version \"v1\" cannot be handled as a Deployment: "
                "json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas "
                "of type int32"));
  CHECK(problems("    apiVersion: v1\n    kind: Pod\n    metadata: {name: a}\n    spec: "
                 "{contaners: []}\n") ==
        "x.yaml:5:5: a: strict decoding error: unknown field \"spec.contaners\"\n");
  CHECK(problems("    apiVersion: v2\n    kind: Pod\n    metadata: {name: a}\n") ==
        "x.yaml:5:5: a: no matches for kind \"Pod\" in version \"v2\"\n");
  CHECK(problems("    apiVersion: v1\n    kind: Pod\n") ==
        "x.yaml:5:5: resource name may not be empty\n");
  CHECK(problems("    a: [\n").starts_with("x.yaml:5:5: error converting YAML to JSON: "));
  CHECK(problems("    apiVersion: orrery.dev/v1\n    kind: Comet\n    metadata: {name: a}\n")
            .empty());
}

TEST_CASE("the scenario's limit of virtual time holds unless the spec says otherwise") {
  RunSpec spec = gallery_spec("go/waitgroup");
  spec.until = engine::Instant{1'500'000'000};
  const auto run = start(spec);
  while (run->step()) {
  }
  CHECK(run->end() == engine::RunEnd::kUntil);
  CHECK(run->now() == engine::Instant{1'000'000'000});
}
