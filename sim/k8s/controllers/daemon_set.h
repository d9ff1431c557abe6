// sim/k8s/controllers/daemon_set.h: what is to be done about a DaemonSet.
//
// Concept: pure functions: from the nodes and the pods on each to the nodes that need a pod and the
// pods that are to go. A rolling update either takes old pods away first, as many as may be
// missing, or creates new ones beside them first, as many as may be too many.
// Determinism: nodes are looked at by name. Source: Kubernetes' documentation, "DaemonSet",
// "Perform a Rolling Update on a DaemonSet"; kube-controller-manager (daemon: burst of 250, failed
// pods backed off from 1 s to 15 min).

#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sim/k8s/api/object.h"

namespace sim::k8s::daemon {

inline constexpr int64_t kBurst = 250;

/// The pods of a DaemonSet by the node that they are for, each node's older ones first. With the
/// nodes that should have one but do not.
using PodsByNode = std::map<std::string, std::vector<Value>, std::less<>>;
/// `with_ended`: also pods that have ended and are being deleted.
PodsByNode pods_by_node(std::span<const Value> pods, bool with_ended);

struct Input {
  Value daemon_set;
  std::vector<Value> nodes;
  PodsByNode pods;
  std::string hash;  // of the current revision
  int64_t now_ns = 0;
};

/// An event about the set.
struct Note {
  std::string type;
  std::string reason;
  std::string message;
};

struct Change {
  std::vector<std::string> nodes;  // that need a pod
  std::vector<Value> remove;
  std::vector<Note> notes;
  /// Nodes whose failed pods are removed now: the next failure waits longer.
  std::vector<std::string> failed_on;
  /// Nodes whose failed pods stay for now, for they fail too often.
  std::vector<std::string> backed_off;
};
/// One pod on each node that should have one, and none elsewhere. `is_backed_off` tells of a node
/// whether a failed pod there is not to be replaced yet.
Change plan_placement(const Input& input,
                      const std::function<bool(std::string_view node)>& is_backed_off);
/// What a rolling update replaces next. After plan_placement() has nothing to do.
Change plan_update(const Input& input);
/// At most kBurst of each.
Change limited(Change change);

/// The pod for a node, of the current revision.
Value make_pod(const Value& daemon_set, std::string_view node, std::string_view hash);
Value status_of(const Input& input);

// Revisions.

/// Which of `all` are the set's present template, by number, and which are not.
struct History {
  std::vector<Value> current;
  std::vector<Value> old;
};
History history_of(const Value& daemon_set, std::span<const Value> all);
Value make_set_revision(const Value& daemon_set, int64_t number);
/// Old revisions that no pod is of any more and that are beyond the limit, oldest first.
std::vector<Value> surplus_history(const Value& daemon_set, std::span<const Value> old,
                                   std::span<const Value> pods);

}  // namespace sim::k8s::daemon
