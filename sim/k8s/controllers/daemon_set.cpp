// Where a DaemonSet's pods are missing or too many, and its status.

#include "sim/k8s/controllers/daemon_set.h"

#include <algorithm>
#include <utility>

#include "sim/k8s/controllers/daemon_nodes.h"
#include "sim/k8s/controllers/daemon_update.h"
#include "sim/k8s/controllers/pod_control.h"
#include "sim/k8s/controllers/pods.h"
#include "sim/k8s/controllers/revision_hash.h"
#include "sim/k8s/controllers/revisions.h"

namespace sim::k8s::daemon {
namespace {

constexpr std::string_view kGenerationAnnotation = "deprecated.daemonset.template.generation";
constexpr std::string_view kGenerationLabel = "pod-template-generation";

std::string about(std::string_view what, const Value& pod, std::string_view node,
                  std::string_view then) {
  std::string text("Found ");
  text += what;
  text += " daemon pod ";
  text += key_of(pod);
  text += " on node ";
  text += node;
  text += then;
  return text;
}

class Placement {
 public:
  Placement(const Input& input, const std::function<bool(std::string_view)>& is_backed_off)
      : in_(input), fitness_(input.daemon_set), is_backed_off_(is_backed_off) {}

  Change made() && {
    std::map<std::string_view, bool> known;
    for (const Value& node : in_.nodes) {
      known[name_of(node)] = true;
      look_at(node);
    }
    // Nobody will ever place a pod whose node is gone.
    for (const auto& [node, pods] : in_.pods) {
      if (known.contains(node)) continue;
      for (const Value& pod : pods) {
        if (pod["spec"]["nodeName"].is_zero()) change_.remove.push_back(pod);
      }
    }
    return std::move(change_);
  }

 private:
  void look_at(const Value& node) {
    const std::string_view name = name_of(node);
    const Eligibility eligible = fitness_.of(node);
    const auto found = in_.pods.find(name);
    if (found == in_.pods.end()) {
      if (eligible.should_run) change_.nodes.emplace_back(name);
      return;
    }
    if (!eligible.may_stay) {
      for (const Value& pod : found->second) {
        if (!is_being_deleted(pod)) change_.remove.push_back(pod);
      }
      return;
    }
    const std::vector<Value> running = without_ended(found->second, name);
    if (!surges(in_.daemon_set)) {
      for (size_t i = 1; i < running.size(); ++i) change_.remove.push_back(running[i]);
    } else if (running.size() > 1) {
      keep_pair(running);
    } else if (running.empty() && eligible.should_run) {
      change_.nodes.emplace_back(name);
    }
  }

  // Pods that run or will; those that have ended are removed, failed ones not too often.
  std::vector<Value> without_ended(std::span<const Value> pods, std::string_view node) {
    std::vector<Value> running;
    for (const Value& pod : pods) {
      if (is_being_deleted(pod)) continue;
      if (phase_of(pod) == "Failed") {
        if (is_backed_off_(node)) {
          change_.backed_off.emplace_back(node);
          continue;
        }
        change_.failed_on.emplace_back(node);
        change_.notes.push_back(
            {"Warning", "FailedDaemonPod", about("failed", pod, node, ", will try to kill it")});
        change_.remove.push_back(pod);
      } else if (phase_of(pod) == "Succeeded") {
        change_.notes.push_back({"Normal", "SucceededDaemonPod",
                                 about("succeeded", pod, node, ", will try to delete it")});
        change_.remove.push_back(pod);
      } else {
        running.push_back(pod);
      }
    }
    return running;
  }

  // During a surge a node may have two: one old that is ready, one new that is not available yet.
  void keep_pair(std::span<const Value> running) {
    Value newer;
    Value older;
    for (const Value& pod : running) {
      Value& place = is_updated(in_.daemon_set, pod, in_.hash) ? newer : older;
      if (place) {
        change_.remove.push_back(pod);
      } else {
        place = pod;
      }
    }
    if (!newer || !older) return;
    const int64_t min_ready = in_.daemon_set["spec"]["minReadySeconds"].integer();
    if (!is_pod_ready(older) || is_pod_available(newer, min_ready, in_.now_ns)) {
      change_.remove.push_back(older);
    }
  }

  const Input& in_;
  NodeFitness fitness_;
  const std::function<bool(std::string_view)>& is_backed_off_;
  Change change_;
};

}  // namespace

bool is_updated(const Value& daemon_set, const Value& pod, std::string_view hash) {
  if (!hash.empty() && revisions::revision_of_pod(pod) == hash) return true;
  const std::string_view generation = annotation_of(daemon_set, kGenerationAnnotation);
  return !generation.empty() && labels_of(pod)[kGenerationLabel].text() == generation;
}

PodsByNode pods_by_node(std::span<const Value> pods, bool with_ended) {
  PodsByNode nodes;
  for (const Value& pod : pods) {
    if (!with_ended && is_pod_terminal(pod) && is_being_deleted(pod)) continue;
    nodes[std::string(node_of(pod))].push_back(pod);
  }
  for (auto& [node, all] : nodes) {
    std::stable_sort(all.begin(), all.end(), [](const Value& a, const Value& b) {
      const bool first = a["spec"]["nodeName"].is_zero();
      const bool second = b["spec"]["nodeName"].is_zero();
      return first == second ? is_older(a, b) : second;
    });
  }
  return nodes;
}

Change plan_placement(const Input& input,
                      const std::function<bool(std::string_view node)>& is_backed_off) {
  return Placement(input, is_backed_off).made();
}

Change limited(Change change) {
  const auto most = static_cast<size_t>(kBurst);
  if (change.nodes.size() > most) change.nodes.resize(most);
  if (change.remove.size() > most) change.remove.resize(most);
  return change;
}

Value make_pod(const Value& daemon_set, std::string_view node, std::string_view hash) {
  const Value pod_template =
      with_node(with_daemon_tolerations(daemon_set["spec"]["template"]), node);
  Value pod = pod_from_template(pod_template, daemon_set, kDaemonSets);
  const std::string_view generation = annotation_of(daemon_set, kGenerationAnnotation);
  if (!generation.empty()) pod = with_label(pod, kGenerationLabel, generation);
  return hash.empty() ? pod : with_label(pod, revisions::kPodLabel, hash);
}

Value status_of(const Input& input) {
  const Value& set = input.daemon_set;
  const int64_t min_ready = set["spec"]["minReadySeconds"].integer();
  const NodeFitness fitness(set);
  int64_t desired = 0;
  int64_t scheduled = 0;
  int64_t misscheduled = 0;
  int64_t ready = 0;
  int64_t available = 0;
  int64_t updated = 0;
  for (const Value& node : input.nodes) {
    const auto pods = input.pods.find(name_of(node));
    const bool has_pod = pods != input.pods.end() && !pods->second.empty();
    if (!fitness.of(node).should_run) {
      if (has_pod) ++misscheduled;
      continue;
    }
    ++desired;
    if (!has_pod) continue;
    ++scheduled;
    const Value& pod = pods->second.front();
    if (is_pod_ready(pod)) ++ready;
    if (is_pod_available(pod, min_ready, input.now_ns)) ++available;
    if (is_updated(set, pod, input.hash)) ++updated;
  }
  return json::Object()
      .set("currentNumberScheduled", scheduled)
      .set("numberMisscheduled", misscheduled)
      .set("desiredNumberScheduled", desired)
      .set("numberReady", ready)
      .set_nonzero("observedGeneration", metadata(set)["generation"])
      .set_nonzero("updatedNumberScheduled", updated)
      .set_nonzero("numberAvailable", available)
      .set_nonzero("numberUnavailable", desired - available)
      .set("collisionCount", set["status"]["collisionCount"])
      .set("conditions", set["status"]["conditions"])
      .build();
}

History history_of(const Value& daemon_set, std::span<const Value> all) {
  History history;
  const Value patch = revisions::template_patch(daemon_set);
  for (const Value& revision : revisions::sorted(all)) {
    (revision["data"] == patch ? history.current : history.old).push_back(revision);
  }
  return history;
}

Value make_set_revision(const Value& daemon_set, int64_t number) {
  revisions::Naming naming;
  naming.hash =
      template_hash(daemon_set["spec"]["template"], daemon_set["status"]["collisionCount"]);
  naming.label = revisions::kPodLabel;
  return revisions::make_revision(daemon_set, kDaemonSets, naming, number);
}

std::vector<Value> surplus_history(const Value& daemon_set, std::span<const Value> old,
                                   std::span<const Value> pods) {
  std::vector<std::string> in_use;
  for (const Value& revision : old) {
    for (const Value& pod : pods) {
      if (labels_of(revision)[revisions::kPodLabel] == labels_of(pod)[revisions::kPodLabel]) {
        in_use.emplace_back(name_of(revision));
        break;
      }
    }
  }
  // Those in use count for the limit, but stay.
  const auto kept = static_cast<int64_t>(in_use.size());
  const int64_t limit = daemon_set["spec"]["revisionHistoryLimit"].integer();
  return revisions::surplus(old, in_use, std::max<int64_t>(0, limit - kept));
}

}  // namespace sim::k8s::daemon
