// tests/k8s/scheduler_objects.h: nodes and pods for tests of the scheduler, from little text.

#pragma once

#include <array>
#include <catch_amalgamated.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "sim/json/parse.h"
#include "sim/json/value.h"
#include "sim/k8s/scheduler/cluster.h"
#include "sim/k8s/scheduler/decision.h"
#include "tests/support/in_world.h"

namespace scheduler_test {

using sim::json::Value;
using namespace sim::k8s::scheduler;

inline Value json(std::string_view text) {
  const sim::json::Parsed parsed = sim::json::parse(text);
  REQUIRE(parsed.error.empty());
  return parsed.value;
}

/// Runs `f` in a world of its own; what it says is copied out. INFO would keep texts across the
/// wall.
template <class F>
std::string said_in_world(F f) {
  std::array<char, 4096> out{};
  {
    const support::InWorld world;
    const std::string text = f();
    text.copy(out.data(), out.size() - 1);
  }
  return out.data();
}

/// Objects member by member; anything else is replaced.
inline Value merged(const Value& base, const Value& more) {
  if (!base.is_object() || !more.is_object()) return more;
  Value out = base;
  for (const sim::json::Member& member : more.members()) {
    out = out.with(member.name(), merged(base[member.name()], member.value));
  }
  return out;
}

/// 4 CPUs, 8 Gi, 110 pods, a hostname.
inline Value node(const std::string& name, std::string_view more = "{}") {
  const Value base = json(R"({"apiVersion":"v1","kind":"Node","metadata":{"name":")" + name +
                          R"(","labels":{"kubernetes.io/hostname":")" + name +
                          R"("}},"status":{"allocatable":{"cpu":"4","memory":"8Gi","pods":110}}})");
  return merged(base, json(more));
}
inline Value zoned_node(const std::string& name, const std::string& zone) {
  return node(name, R"({"metadata":{"labels":{"topology.kubernetes.io/zone":")" + zone + R"("}}})");
}

/// One container that asks for nothing, in the namespace default.
inline Value pod(const std::string& name, std::string_view more = "{}") {
  const Value base = json(R"({"apiVersion":"v1","kind":"Pod","metadata":{"name":")" + name +
                          R"(","namespace":"default","uid":"uid-)" + name +
                          R"("},"spec":{"schedulerName":"default-scheduler",)" +
                          R"("containers":[{"name":"c","image":"app:1"}]}})");
  return merged(base, json(more));
}
inline Value on_node(const Value& pod, std::string_view node_name) {
  return pod.with_in({"spec", "nodeName"}, node_name);
}
inline Value with_labels(const Value& pod, std::string_view labels) {
  return pod.with_in({"metadata", "labels"}, json(labels));
}
inline Value asking(const Value& pod, std::string_view cpu, std::string_view memory) {
  const Value requests = sim::json::Object().set("cpu", cpu).set("memory", memory).build();
  const Value resources = sim::json::Object().set("requests", requests).build();
  const Value container = pod["spec"]["containers"][0].with("resources", resources);
  return pod.with_in({"spec", "containers"}, sim::json::Array().add(container).build());
}
inline Value with_priority(const Value& pod, int64_t priority) {
  return pod.with_in({"spec", "priority"}, priority);
}

/// A cluster and who decides in it.
struct Bench {
  Cluster cluster;
  Decider decider{cluster, DeciderOptions()};

  Decision decide(const Value& pod) { return decider.decide(cluster.set_pod(pod), 0); }
  /// The name of its node, or empty.
  std::string place(const Value& pod) {
    const Decision decision = decide(pod);
    return decision.node == nullptr ? "" : std::string(decision.node->name.text());
  }
  /// What is said of it; empty if it fits somewhere.
  std::string message(const Value& pod) { return decide(pod).message; }
  Explanation explain(const Value& pod) { return decider.explain(cluster.set_pod(pod), 0); }
  /// The nodes on which it fits, in order.
  std::vector<std::string> fits(const Value& pod) {
    std::vector<std::string> names;
    for (const NodeExplanation& row : explain(pod).nodes) {
      if (row.code == Code::kSuccess) names.push_back(row.node);
    }
    return names;
  }
  /// Why it does not fit on a node: the texts, joined by " + ".
  std::string why_not(const Value& pod, std::string_view node_name) {
    std::string text;
    for (const NodeExplanation& row : explain(pod).nodes) {
      if (row.node != node_name) continue;
      for (const std::string& reason : row.reasons) text += (text.empty() ? "" : " + ") + reason;
    }
    return text;
  }
  PluginScore score(const Value& pod, std::string_view node_name, ScoreIndex plugin) {
    for (const NodeExplanation& row : explain(pod).nodes) {
      if (row.node == node_name) return row.scores[plugin];
    }
    CHECK(node_name == "a node");
    return {};
  }
};

using NodeNames = std::vector<std::string>;

}  // namespace scheduler_test
