// tests/scenario/scenario_test.cpp: whole scenario files, their meaning, and their mistakes.

#include "sim/scenario/scenario.h"

#include <catch_amalgamated.hpp>

#include <string>

namespace {

using namespace sim::scenario;

constexpr std::string_view kFull = R"(title: A rolling update under load
about: How many requests are lost, and why?
until: 120s
policy: random
topology:
  zones: [{name: a}, {name: b}]
  nodes: [{name: cp-1, zone: a, cores: 2, memory: 4Gi}, {name: node-1, zone: a}, {name: node-2}]
  links: [{between: [a, b], latency: 2ms, jitter: 200us, loss: 0.1%, bandwidth: 1Gbps}]
workloads:
  - {on: node-1, image: "orrery/http-load:1", args: ["--rate=10"], env: {MODE: "1"}}
kubernetes:
  {control_plane: [cp-1], outside: [node-2],
   nodes: [{name: node-1, labels: {disk: ssd}, taints: ["gpu=true:NoSchedule"]}]}
manifests: ["kind: Pod"]
knobs:
  replicas: {default: 3, min: 1, max: 9, about: How many pods serve}
  verbose: {default: false}
  mode: {default: fast, one_of: [fast, slow]}
  greeting: {default: "7"}
faults: [{at: 30s, kill: node-2}, {at: 1m, restart: node-2}, {at: 2m, partition: [a, b]},
         {at: 3m, on: cp-1, run: kubectl get pods}]
invariants: [no-deadlock, no-panic, prints "done"]
expose: [{node: cp-1, port: 6443, protocol: http}, {node: node-1, port: 80}]
story:
  - {when: node node-* dies, look: node-1, say: {en: It dies., zh: 死。}}
  - {when: goroutine main blocks on chan receive, look: channel jobs, say: It waits.}
)";

/// REQUIRES: `text` is right.
Scenario scenario(std::string_view text) {
  Parsed parsed = parse("s.yaml", text);
  if (!parsed.ok()) FAIL(format_problems(parsed.error()));
  return std::move(parsed.value());
}

/// The problems of a file that has the required keys and then `more`, from line 3 on.
std::string problems(std::string_view more) {
  const std::string text = "title: T\nworkloads: [{image: \"x:1\"}]\n" + std::string(more);
  const Parsed parsed = parse("s.yaml", text);
  return parsed.ok() ? "" : format_problems(parsed.error());
}

Trigger trigger(std::string_view text) {
  const Result<Trigger, std::string> result = parse_trigger(text);
  if (!result.ok()) FAIL(result.error());
  return result.value();
}

std::string trigger_mistake(std::string_view text) {
  const Result<Trigger, std::string> result = parse_trigger(text);
  return result.ok() ? "no mistake" : result.error();
}

constexpr std::string_view kTriggerList =
    "it must be one of: start, end, deadlock, panic, step N, at DURATION, prints \"TEXT\", "
    "goroutine NAME starts|ends|blocks [on WAIT REASON], node NAME dies";

}  // namespace

TEST_CASE("a full scenario becomes a plain value") {
  const Scenario s = scenario(kFull);
  CHECK(s.title == "A rolling update under load");
  CHECK(s.until_ns == 120'000'000'000);
  CHECK(s.policy == engine::Policy::kRandom);
  REQUIRE(s.topology.nodes.size() == 3);
  CHECK(s.topology.zones[1].name == "b");
  CHECK(s.topology.nodes[0] == Node{"cp-1", "a", 2, 4294967296});
  CHECK(s.topology.nodes[2] == Node{"node-2", "", kDefaultCores, kDefaultMemoryBytes});
  REQUIRE(s.topology.links.size() == 1);
  CHECK(s.topology.links[0] == Link{"a", "b", 2'000'000, 200'000, 1000, 1'000'000'000});
  REQUIRE(s.workloads.size() == 1);
  CHECK(s.workloads[0] ==
        Workload{"node-1", "orrery/http-load:1", {"--rate=10"}, {{"MODE", "1"}}, Place{10, 25}});
  CHECK(s.manifests[0] == Manifest{"kind: Pod", Place{14, 13}});
  REQUIRE(s.kubernetes);
  CHECK(s.kubernetes->members ==
        std::vector<Kubernetes::Member>{
            {"cp-1", true, true, {}, {}},
            {"node-1", false, false, {{"disk", "ssd"}}, {"gpu=true:NoSchedule"}}});
  CHECK(s.kubernetes->dns);
  CHECK_FALSE(s.kubernetes->metrics);
  CHECK(s.faults[0] == Fault{30'000'000'000, Kill{"node-2"}});
  CHECK(s.faults[1] == Fault{60'000'000'000, Restart{"node-2"}});
  CHECK(s.faults[2] == Fault{120'000'000'000, Partition{"a", "b"}});
  REQUIRE(std::holds_alternative<Command>(s.faults[3].action));
  CHECK(std::get<Command>(s.faults[3].action).text == "kubectl get pods");
  CHECK(s.invariants == std::vector<Invariant>{NoDeadlock{}, NoPanic{}, Prints{"done"}});
  CHECK(s.expose[0] == Expose{"cp-1", 6443, "http"});
  CHECK(s.expose[1] == Expose{"node-1", 80, "tcp"});
  REQUIRE(s.story.size() == 2);
  CHECK(s.story[0].when == Trigger(OnNodeDeath{"node-*"}));
  CHECK(s.story[0].look == Look(LookAtNode{"node-1"}));
  CHECK(say_in(s.story[0], "zh") == "\u6B7B\u3002");
  CHECK(say_in(s.story[0], "de") == "It dies.");
  CHECK(s.story[1].when == Trigger(OnGoroutine{"main", GoroutineEvent::blocks, "chan receive"}));
  CHECK(s.story[1].look == Look(LookAtChannel{"jobs"}));
  CHECK(say_in(s.story[1], "zh") == "It waits.");
}

TEST_CASE("the smallest scenario has one node named local and no end") {
  const Scenario s = scenario("title: T\nworkloads: [{image: \"x:1\"}]\n");
  CHECK(s.topology.nodes == std::vector<Node>{Node{"local", "", 1, 1 << 30}});
  CHECK(s.workloads[0].on == "local");
  CHECK(s.until_ns == std::nullopt);
  CHECK(s.policy == std::nullopt);
  CHECK(s.knobs.empty());
}

TEST_CASE("the node local is implied beside declared nodes only where a workload runs on it") {
  CHECK(scenario("title: T\ntopology: {nodes: [{name: n}]}\nworkloads: [{image: \"x:1\"}]\n")
            .topology.nodes.size() == 2);
  CHECK(scenario("title: T\ntopology: {nodes: [{name: n}]}\nworkloads: [{on: n, image: \"x:1\"}]\n")
            .topology.nodes.size() == 1);
}

TEST_CASE("a scenario is named after its folder or its file") {
  const std::string_view text = "title: T\nworkloads: [{image: \"x:1\"}]\n";
  CHECK(parse("assets/scenarios/basics/chan/scenario.yaml", text).value().name == "chan");
  CHECK(parse("scenarios/my.demo.yaml", text).value().name == "my.demo");
  CHECK(parse("scenario.yaml", text).value().name == "scenario");
  CHECK(parse("", text).value().name == "");
}

TEST_CASE("the identity is FNV-1a over the bytes") {
  CHECK(identity_hash("") == 0xCBF29CE484222325);
  CHECK(identity_hash("a") == 0xAF63DC4C8601EC8C);
  CHECK(identity_hash("foobar") == 0x85944171F73967E8);
  CHECK(scenario(kFull).identity == identity_hash(kFull));
}

TEST_CASE("a file that is no YAML has one problem") {
  const Parsed parsed = parse("a/b.yaml", "title: [");
  REQUIRE_FALSE(parsed.ok());
  REQUIRE(parsed.error().size() == 1);
  CHECK(format_problem(parsed.error()[0]) ==
        "a/b.yaml:1:9: not valid YAML: did not find expected node content while parsing a flow "
        "node that starts at line 1");
}

TEST_CASE("all mistakes of shape are reported at once, in the order of the file") {
  const Parsed parsed = parse("s.yaml", "titel: T\nuntil: forever\nworkloads: []\nversion: 2\n");
  REQUIRE_FALSE(parsed.ok());
  CHECK(format_problems(parsed.error()) ==
        "s.yaml:1:1: the key \"title\" is missing: The scenario's name, in a few words.\n"
        "s.yaml:1:1: unknown key \"titel\" (did you mean \"title\"?); the keys here are version, "
        "title, about, until, topology, workloads, kubernetes, manifests, knobs, policy, faults, "
        "invariants, expose, story\n"
        "s.yaml:2:8: until: expected a duration such as 120s, 500ms or 1m30s, found the text "
        "\"forever\": a number is missing before \"forever\"\n"
        "s.yaml:3:12: workloads: expected at least 1 item, found an empty list\n"
        "s.yaml:4:10: version: expected 1, found the integer 2\n");
}

TEST_CASE("names must be declared and differ") {
  CHECK(problems("topology:\n"
                 "  zones: [{name: a}, {name: a}]\n"
                 "  nodes:\n"
                 "  - {name: web-1, zone: b}\n"
                 "  - {name: web-1}\n"
                 "  - {name: a}\n"
                 "  links:\n"
                 "  - {between: [a, c]}\n"
                 "  - {between: [web-1, web-1]}\n"
                 "  - {between: [web-1, local]}\n"
                 "  - {between: [local, web-1]}\n") ==
        "s.yaml:4:29: a second zone is named \"a\"\n"
        "s.yaml:6:25: there is no zone \"b\"; the zones are a\n"
        "s.yaml:7:12: a second node is named \"web-1\"\n"
        "s.yaml:8:12: \"a\" is a zone already; a node needs another name\n"
        "s.yaml:10:19: there is no zone or node \"c\"; there are a, web-1, a, local\n"
        "s.yaml:11:23: a node has no link to itself (web-1)\n"
        "s.yaml:13:15: a second link is between local and web-1\n");
}

TEST_CASE("faults, exposed ports and story steps name nodes that exist") {
  CHECK(problems("faults: [{at: 1s, kill: locl}, {at: 2s, heal: [local, x]}]\n"
                 "expose: [{node: web, port: 80}]\n"
                 "story:\n"
                 "- {when: node web-* dies, say: x}\n"
                 "- {when: start, look: loca, say: x}\n") ==
        "s.yaml:3:25: there is no node \"locl\" (did you mean \"local\"?); the nodes are local\n"
        "s.yaml:3:55: there is no zone or node \"x\"; there are local\n"
        "s.yaml:4:17: there is no node \"web\"; the nodes are local\n"
        "s.yaml:6:10: there is no node \"web-*\"; the nodes are local\n"
        "s.yaml:7:23: expected goroutine NAME, channel NAME, lock NAME, output or a node; there is "
        "no node \"loca\" (did you mean \"local\"?); the nodes are local\n");
}

TEST_CASE("a run lasts, and a node has memory") {
  CHECK(problems("until: 0s\ntopology: {nodes: [{name: n, memory: \"0\"}]}\n") ==
        "s.yaml:3:8: until: expected a duration above 0s\n"
        "s.yaml:4:38: expected memory above 0 bytes\n");
}

TEST_CASE("a knob's default agrees with its type and bounds") {
  CHECK(problems("knobs:\n"
                 "  a: {default: 10, min: 1, max: 9}\n"
                 "  b: {default: 5, min: 9, max: 1}\n"
                 "  c: {default: fast, min: 1}\n"
                 "  d: {default: fast, one_of: [slow, 2]}\n"
                 "  e: {default: fast, one_of: [slow, slower]}\n") ==
        "s.yaml:4:16: knob a: expected a whole number from 1 to 9, found \"10\"\n"
        "s.yaml:5:32: knob b: max is 1, which is below min (9)\n"
        "s.yaml:6:22: knob c: min needs a default that is a whole number\n"
        "s.yaml:7:37: knob d: \"2\" is not of the default's type\n"
        "s.yaml:8:16: knob e: expected one of slow, slower, found \"fast\"\n");
}

TEST_CASE("a knob is set by name within its bounds") {
  Scenario s = scenario(kFull);
  CHECK(set_knob(s, "replicas=5") == std::nullopt);
  CHECK(s.knobs[0].value == KnobValue(std::int64_t{5}));
  CHECK(s.knobs[0].default_value == KnobValue(std::int64_t{3}));
  CHECK(set_knob(s, "verbose=true") == std::nullopt);
  CHECK(s.knobs[1].value == KnobValue(true));
  CHECK(set_knob(s, "mode=slow") == std::nullopt);
  CHECK(set_knob(s, "greeting=a=b") == std::nullopt);
  CHECK(s.knobs[3].value == KnobValue(std::string("a=b")));
  CHECK(knob_text(s.knobs[0].value) == "5");
  CHECK(knob_text(s.knobs[1].value) == "true");
  CHECK(knob_text(s.knobs[2].value) == "slow");
}

TEST_CASE("a setting that is not allowed says what is, and changes nothing") {
  Scenario s = scenario(kFull);
  CHECK(set_knob(s, "replicas=10") ==
        "knob replicas: expected a whole number from 1 to 9, found \"10\"");
  CHECK(set_knob(s, "replicas=3x") ==
        "knob replicas: expected a whole number from 1 to 9, found \"3x\"");
  CHECK(set_knob(s, "replicas=") ==
        "knob replicas: expected a whole number from 1 to 9, found \"\"");
  CHECK(set_knob(s, "verbose=yes") == "knob verbose: expected true or false, found \"yes\"");
  CHECK(set_knob(s, "mode=quick") == "knob mode: expected one of fast, slow, found \"quick\"");
  CHECK(set_knob(s, "replica=3") ==
        "there is no knob \"replica\" (did you mean \"replicas\"?); the knobs are replicas, "
        "verbose, mode, greeting");
  CHECK(set_knob(s, "replicas") == "expected KNOB=VALUE, such as replicas=3, found \"replicas\"");
  CHECK(s.knobs == scenario(kFull).knobs);
  Scenario bare = scenario("title: T\nworkloads: [{image: \"x:1\"}]\n");
  CHECK(set_knob(bare, "a=1") == "this scenario has no knobs");
}

TEST_CASE("each trigger is read into its struct") {
  CHECK(trigger("start") == Trigger(OnStart{}));
  CHECK(trigger(" end ") == Trigger(OnEnd{}));
  CHECK(trigger("deadlock") == Trigger(OnDeadlock{}));
  CHECK(trigger("panic") == Trigger(OnPanic{}));
  CHECK(trigger("step 12") == Trigger(AtStep{12}));
  CHECK(trigger("at 1m30s") == Trigger(AtInstant{90'000'000'000}));
  CHECK(trigger(R"(prints "a \"b\" \\")") == Trigger(OnPrint{R"(a "b" \)"}));
  CHECK(trigger("goroutine worker-* starts") ==
        Trigger(OnGoroutine{"worker-*", GoroutineEvent::starts, ""}));
  CHECK(trigger("goroutine \"my task\" ends") ==
        Trigger(OnGoroutine{"my task", GoroutineEvent::ends, ""}));
  CHECK(trigger("goroutine alice to  bob ends") ==
        Trigger(OnGoroutine{"alice to bob", GoroutineEvent::ends, ""}));
  CHECK(trigger("goroutine \"it ends\" ends") ==
        Trigger(OnGoroutine{"it ends", GoroutineEvent::ends, ""}));
  CHECK(trigger("goroutine ends ends") == Trigger(OnGoroutine{"ends", GoroutineEvent::ends, ""}));
  CHECK(trigger("goroutine main blocks") ==
        Trigger(OnGoroutine{"main", GoroutineEvent::blocks, ""}));
  CHECK(trigger("goroutine main  blocks on  chan receive ") ==
        Trigger(OnGoroutine{"main", GoroutineEvent::blocks, "chan receive"}));
  CHECK(trigger("node n-1 dies") == Trigger(OnNodeDeath{"n-1"}));
}

TEST_CASE("a trigger that is none is answered with the grammar") {
  CHECK(trigger_mistake("") == kTriggerList);
  CHECK(trigger_mistake("pod web-* becomes Ready") == kTriggerList);
  CHECK(trigger_mistake("goroutin main ends") ==
        std::string(kTriggerList) + " (did you mean \"goroutine\"?)");
  CHECK(trigger_mistake("start now") == "it must read: start");
  CHECK(trigger_mistake("step -1") == "it must read: step N");
  CHECK(trigger_mistake("step 99999999999999999999") == "it must read: step N");
  CHECK(trigger_mistake("at noon") == "it must read: at DURATION");
  CHECK(trigger_mistake("prints hello") == "it must read: prints \"TEXT\"");
  CHECK(trigger_mistake("prints \"hello") == "it must read: prints \"TEXT\"");
  CHECK(trigger_mistake("goroutine main sleeps") ==
        "it must read: goroutine NAME starts|ends|blocks [on WAIT REASON]");
  CHECK(trigger_mistake("goroutine main blocks on") ==
        "it must read: goroutine NAME starts|ends|blocks [on WAIT REASON]");
  CHECK(trigger_mistake("goroutine ends") ==
        "it must read: goroutine NAME starts|ends|blocks [on WAIT REASON]");
  CHECK(trigger_mistake("node n-1 lives") == "it must read: node NAME dies");
}

TEST_CASE("sentences in a file are answered at their place") {
  CHECK(problems("invariants: [no-deadlok]\n"
                 "story:\n"
                 "  - {when: step x, look: node 1, say: {zh: x}}\n") ==
        "s.yaml:3:14: invariants[0]: expected an invariant, found the text \"no-deadlok\": it must "
        "be one of: no-deadlock, no-panic, prints \"TEXT\" (did you mean \"no-deadlock\"?)\n"
        "s.yaml:5:12: story[0].when: expected a trigger, found the text \"step x\": it must read: "
        "step N\n"
        "s.yaml:5:26: story[0].look: expected something to look at, found the text \"node 1\": it "
        "must be one of: goroutine NAME, channel NAME, lock NAME, output, NODE\n"
        "s.yaml:5:39: story[0].say: the key \"en\" is missing: The text in English.\n");
}

TEST_CASE("what a step looks at is read into its struct") {
  CHECK(parse_look("goroutine main").value() == Look(LookAtGoroutine{"main"}));
  CHECK(parse_look("goroutine adder 1").value() == Look(LookAtGoroutine{"adder 1"}));
  CHECK(parse_look("channel \"a b\"").value() == Look(LookAtChannel{"a b"}));
  CHECK(parse_look("lock mu").value() == Look(LookAtLock{"mu"}));
  CHECK(parse_look("output").value() == Look(LookAtOutput{}));
  CHECK(parse_look("node-1").value() == Look(LookAtNode{"node-1"}));
  CHECK(parse_look("channel").error() == "it must read: channel NAME");
}

TEST_CASE("a star in a name stands for any text") {
  CHECK(name_matches("web-*", "web-1"));
  CHECK(name_matches("web-*", "web-"));
  CHECK(name_matches("*", ""));
  CHECK(name_matches("a*b*c", "a-bb-b-c"));
  CHECK(name_matches("main", "main"));
  CHECK_FALSE(name_matches("web-*", "db-1"));
  CHECK_FALSE(name_matches("a*b", "a-b-c"));
  CHECK_FALSE(name_matches("", "a"));
}
