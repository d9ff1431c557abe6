#include "tests/k8s/explore/run.h"

#include <cstdlib>

#include <fmt/format.h>

#include "sim/net/cluster.h"
#include "sim/scenario/session.h"
#include "tests/k8s/explore/programs.h"

namespace explore {
namespace {

using sim::k8s::check::ClusterCheck;
using sim::k8s::check::this_check;

constexpr int64_t kQuietMs = 400'000;
constexpr uint64_t kStepsBetweenLooks = 64;

engine::Instant at(int64_t ms) {
  return engine::Instant{} + engine::kMillisecond * ms;
}

std::string or_dash(const std::string& text) {
  return text.empty() ? "-" : text;
}

// A fault as inputs of the cluster: what does it, and what undoes it.
void plan_fault(const Act& act, const Break& planted, sim::net::Cluster& cluster) {
  const auto plan = [&](int64_t ms, const std::string& text) { cluster.plan(at(ms), text); };
  const int64_t end = act.at_ms + act.length_ms;
  if (act.verb == "crash") {
    plan(act.at_ms, "crash " + act.a);
    if (!planted.never_restarts) plan(end, "restart " + act.a);
  } else if (act.verb == "kill") {
    plan(act.at_ms, "kill " + act.a + " " + act.b);
  } else if (act.verb == "partition" || act.verb == "partition-from") {
    const std::string ends = " " + act.a + " " + act.b;
    plan(act.at_ms, act.verb + ends);
    plan(end, (act.verb == "partition" ? "heal" : "heal-from") + ends);
  }
}

// Inside the world.
void start_program(sim::net::Cluster& cluster, std::string_view name, engine::Task<> (*main)(),
                   std::vector<std::string> args) {
  sim::node::Unit unit;
  unit.name = name;
  unit.main = main;
  for (const std::string& arg : args) unit.args.emplace_back(arg);
  static_cast<void>(cluster.find("client")->machine->run(unit));
}

// Inside the world, before its first step.
void prepare(const Case& c, const Break& planted, sim::net::Cluster& cluster) {
  const auto& master = *cluster.find("cp")->machine;
  this_check().begin(sim::k8s::store_of_machine(master.id()), planted.mutation);
  std::vector<std::string> actions{planted.evicts_by_delete ? "evict=delete" : "evict=api"};
  std::vector<std::string> slow;
  for (const Act& act : c.acts) {
    if (act.is_action()) {
      for (const std::string& word : {fmt::format("{}", act.at_ms), act.verb, or_dash(act.a),
                                      or_dash(act.b), fmt::format("{}", act.length_ms)}) {
        actions.push_back(word);
      }
    } else if (act.verb == "slow") {
      for (const std::string& word :
           {fmt::format("{}", act.at_ms), act.a, act.b, fmt::format("{}", act.length_ms)}) {
        slow.push_back(word);
      }
    } else {
      plan_fault(act, planted, cluster);
    }
  }
  const std::string until = fmt::format("{}", c.busy_until_ms());
  const std::string how = planted.counts_blindly ? "blind" : "careful";
  const std::string loses = planted.watch_loses ? "40" : "0";
  start_program(cluster, "act", act, actions);
  start_program(cluster, "weather", weather, slow);
  start_program(cluster, "count-1", count, {until, how});
  start_program(cluster, "count-2", count, {until, how});
  start_program(cluster, "watch-all", watch, {"-", loses});
  start_program(cluster, "watch-node", watch, {"node-1", loses});
}

// How often the counter was raised, and what it says.
void check_counter(ClusterCheck& check) {
  const auto found = check.objects().find("/registry/configmaps/default/counter");
  if (found == check.objects().end()) return;
  const Tally& tally = engine::world_local<Tally>();
  const int64_t n =
      std::strtoll(std::string(found->second["data"]["n"].text()).c_str(), nullptr, 10);
  if (n >= tally.raised && n <= tally.raised + tally.unknown) return;
  check.findings().add("lost-update",
                       fmt::format("the counter is {} after {} updates and {} without an answer", n,
                                   tally.raised, tally.unknown));
}

// The acts with which a name runs twice: all nodes but one are cut off for long enough to be
// tainted, and a pod is deleted by force.
void add_force_delete(Case& c) {
  const int64_t begin = c.busy_until_ms() + 30'000;
  for (int i = 1; i < c.workers; ++i) {
    c.acts.push_back({begin, 150'000, "partition", "cp", fmt::format("node-{}", i)});
  }
  c.acts.push_back({begin + 90'000, 0, "force-delete", "db", "0"});
}

}  // namespace

Outcome run_case(const Case& drawn, const Break& planted, const std::string& shows) {
  Case c = drawn;
  if (planted.force_deletes) add_force_delete(c);
  sim::scenario::RunSpec spec;
  spec.scenario = scenario_of(c);
  spec.seed = c.seed;
  spec.until = at(c.busy_until_ms() + kQuietMs);
  engine::WorldOptions world;
  world.trace = engine::TraceLevel::kOff;
  const auto run = sim::scenario::start(spec, world);
  sim::net::Cluster* cluster = nullptr;
  {
    const engine::World::Scope scope(run->world());
    cluster = sim::net::this_cluster();
    prepare(c, planted, *cluster);
    this_check().show(std::string(shows));
  }
  bool is_broken = false;
  while (!is_broken && run->run(kStepsBetweenLooks) == kStepsBetweenLooks) {
    const engine::World::Scope scope(run->world());
    this_check().look(*cluster);
    is_broken = !this_check().findings().all().empty();
  }
  Outcome out;
  const sim::scenario::Verdict verdict = sim::scenario::judge(spec.scenario, *run);
  if (verdict.kind != sim::scenario::VerdictKind::kHeld && !is_broken) {
    out.broken.push_back({"program", verdict.reason});
  }
  const engine::World::Scope scope(run->world());
  if (!is_broken) {
    this_check().check_end(*cluster);
    check_counter(this_check());
  }
  const Tally& tally = engine::world_local<Tally>();
  ClusterCheck& check = this_check();
  // What is told outlives the world.
  const engine::OutsideScope outside;
  for (const auto& finding : check.findings().all()) {
    out.broken.push_back(
        {std::string(finding.rule),
         fmt::format("{:.3f}s {}", static_cast<double>(finding.at.ns) / 1e9, finding.text)});
  }
  for (const std::string& text : check.shown()) out.shown.emplace_back(text.c_str());
  out.writes = check.writes();
  out.events_told = check.watches().events_told();
  out.actions_done = tally.actions_done;
  out.actions_failed = tally.actions_failed;
  out.virtual_seconds = run->now().ns / engine::kSecond.ns;
  out.steps = run->steps();
  out.hash = run->world().state().hash();
  return out;
}

Case shrink(Case c, const Break& planted, const std::string& rule) {
  for (size_t i = c.acts.size(); i-- > 0;) {
    Case smaller = c;
    smaller.acts.erase(smaller.acts.begin() + static_cast<std::ptrdiff_t>(i));
    for (const Outcome::Broken& broken : run_case(smaller, planted).broken) {
      if (broken.rule != rule) continue;
      c = smaller;
      break;
    }
  }
  return c;
}

}  // namespace explore
