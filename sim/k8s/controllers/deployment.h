// sim/k8s/controllers/deployment.h: what is to be done about a Deployment and its ReplicaSets.
//
// Concept: pure functions. Each pod template that a Deployment has had is a ReplicaSet; a rollout
// moves pods from the old ones to the newest in steps that keep enough of them available.
// Source: Kubernetes' documentation, "Deployments"; kube-controller-manager (deployment, and its
// util for revisions, proportional scaling and conditions).
// Not modelled: the rollback annotation of extensions/v1beta1 (kubectl patches the template), and
// status.terminatingReplicas, which is behind a feature gate in 1.33.

#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sim/k8s/api/object.h"

namespace sim::k8s::deployment {

inline constexpr std::string_view kRevision = "deployment.kubernetes.io/revision";
inline constexpr std::string_view kRevisionHistory = "deployment.kubernetes.io/revision-history";
inline constexpr std::string_view kDesiredReplicas = "deployment.kubernetes.io/desired-replicas";
inline constexpr std::string_view kMaxReplicas = "deployment.kubernetes.io/max-replicas";
inline constexpr std::string_view kTemplateHash = "pod-template-hash";

using Sets = std::span<const Value>;

inline int64_t replicas_of(const Value& object) {
  return object["spec"]["replicas"].integer();
}
/// The sum over sets of what their specification asks for.
int64_t replica_count(Sets sets);
/// The sum over sets of a count in their status.
int64_t status_count(Sets sets, std::string_view field);
inline bool is_recreate(const Value& deployment) {
  return deployment["spec"]["strategy"]["type"].text() == "Recreate";
}
int64_t max_surge(const Value& deployment);
int64_t max_unavailable(const Value& deployment);
/// Whether it watches its progress.
bool has_progress_deadline(const Value& deployment);

// Which set is which.

/// The oldest set with the deployment's template, the hash aside; absent if there is none.
Value new_set_of(const Value& deployment, Sets sets);
/// All but `new_set`, oldest first.
std::vector<Value> old_sets_of(Sets sets, const Value& new_set);
/// Those that want pods.
std::vector<Value> active_sets(Sets sets);
/// `sets` and `one` more, if there is one.
std::vector<Value> with_set(std::vector<Value> sets, const Value& one);

// Revisions.

/// The number in the annotation; 0 if there is none.
int64_t revision_of(const Value& object);
int64_t max_revision(Sets sets);
/// `set` with what it takes over from its deployment, and with `revision`, unless it has a later
/// one. A set that is not `exists` gets the counts of replicas as well.
Value with_deployment_annotations(const Value& deployment, const Value& set, int64_t revision,
                                  bool exists);
/// With the two annotations that tell what the deployment wanted when the set was scaled.
Value with_replica_annotations(const Value& deployment, const Value& set);
/// The set for the deployment's template, with how many pods it starts.
Value make_new_set(const Value& deployment, Sets old_sets, int64_t revision);

// Steps.

/// A set that is to want `to` pods. If it does already, its annotations may be out of date.
struct Scale {
  std::string set;  // its name
  int64_t to = 0;
  bool operator==(const Scale&) const = default;
};

/// `set` wanting `to` pods, with its annotations brought up to date; the same if it is so already.
Value scaled_set(const Value& deployment, const Value& set, int64_t to);
/// How many pods the newest set may want now. `all` includes it.
int64_t new_set_replicas(const Value& deployment, Sets all, const Value& new_set);
/// Old sets that shrink in a rolling update: first by their pods that are not available, which
/// nobody misses, then as far as enough pods stay available. One set may come twice.
std::vector<Scale> shrink_old_sets(const Value& deployment, Sets old_sets, const Value& new_set);
/// When the number of replicas has changed: the one active set is scaled; a rollout that is done
/// loses its old sets; during a rollout all sets grow or shrink in proportion.
std::vector<Scale> scale_sets(const Value& deployment, const Value& new_set, Sets old_sets);
/// Whether the replicas have changed since the active sets were scaled last.
bool is_scaling_event(const Value& deployment, Sets sets);
/// Old sets that are beyond the history that is kept, oldest first.
std::vector<Value> sets_to_clean_up(const Value& deployment, Sets old_sets);

// Status.

/// All pods are of the newest template and available, and the status is of this specification.
bool is_complete(const Value& deployment, const Value& status);
/// The counts, and whether enough is available. `now` is a time as objects write it.
Value status_of(const Value& deployment, Sets all, const Value& new_set, std::string_view now);
/// The same with what a rollout has come to: condition Progressing, and failures of sets.
Value rollout_status_of(const Value& deployment, Sets all, const Value& new_set, int64_t now_ns);
struct ConditionText {
  std::string_view type;
  std::string_view status;
  std::string_view reason;
  std::string_view message;
};
/// With a condition as deployments have them: it tells when it was updated as well, and is new at
/// the end of the list if status or reason differ; else nothing changes.
Value with_deployment_condition(const Value& status, const ConditionText& condition,
                                std::string_view now);
Value without_deployment_condition(const Value& status, std::string_view type);
/// That it is paused, or goes on; the same status if nothing changes.
Value pause_status(const Value& deployment, std::string_view now);
/// In how many nanoseconds it has to be looked at again, to notice that its deadline has passed;
/// 0: soon; nothing: not at all.
std::optional<int64_t> recheck_after(const Value& deployment, const Value& status, int64_t now_ns);

}  // namespace sim::k8s::deployment
