// tests/support/cluster.h: a small cluster in a world of its own, its programs plain functions.

#pragma once

#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sim/net/cluster.h"
#include "tests/support/simulate.h"

namespace support {

struct TestNode {
  std::string_view name;
  Program program = nullptr;  // null: the machine has none
  std::string_view zone = {};
  std::optional<engine::Duration> restart_after = {};
};

struct ClusterOptions {
  std::vector<TestNode> nodes;
  sim::net::LinkOptions link = {};  // between all of them, if they are in one zone
  std::vector<std::pair<engine::Instant, std::string>> plan = {};
  engine::RunOptions run = {};
  sim::net::Cluster::FindProgram find_program = nullptr;  // for the input `run`
};

/// A run that has taken no step yet.
inline std::unique_ptr<engine::Run> start_cluster(const ClusterOptions& options) {
  return std::make_unique<engine::Run>(options.run, [&options] {
    auto& cluster = *new sim::net::Cluster;
    for (const TestNode& node : options.nodes) {
      sim::node::Machine::Options machine;
      machine.name = node.name;
      machine.zone = node.zone.empty() ? "zone" : node.zone;
      sim::node::Machine& added = cluster.add_machine(machine);
      if (node.program == nullptr) continue;
      sim::node::Unit unit;
      unit.name = node.name;
      unit.main = node.program;
      unit.restart_after = node.restart_after;
      added.add_unit(std::move(unit));
    }
    cluster.network().add_link({"zone", "zone"}, options.link);
    for (const auto& [at, input] : options.plan) cluster.plan(at, input);
    cluster.set_programs(options.find_program);
    cluster.boot();
  });
}

struct ClusterOutcome {
  std::string out;
  std::string err;
  uint64_t hash = 0;
  engine::Instant now;
  std::vector<engine::ProcessFailure> failures;
};

/// Runs to the end.
inline ClusterOutcome simulate_cluster(const ClusterOptions& options) {
  const auto run = start_cluster(options);
  run->run();
  return {printed(run->world(), engine::Stream::kStdout),
          printed(run->world(), engine::Stream::kStderr), run->world().state().hash(), run->now(),
          engine::failures(run->world())};
}

}  // namespace support
