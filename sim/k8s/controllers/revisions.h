// sim/k8s/controllers/revisions.h: ControllerRevisions, the history of StatefulSets and DaemonSets.
//
// Concept: each pod template that an object has had is kept as a patch that brings it back. Going
// back to an old one gives that revision the highest number again.
// Source: kube-controller-manager (package history); API reference, ControllerRevision.

#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sim/k8s/client/resource.h"

namespace sim::k8s::revisions {

/// The label of pods that tells of which revision they are.
inline constexpr std::string_view kPodLabel = "controller-revision-hash";
/// The label of a StatefulSet's revisions with their hash.
inline constexpr std::string_view kHashLabel = "controller.kubernetes.io/hash";

inline int64_t number_of(const Value& revision) {
  return revision["revision"].integer();
}
inline std::string_view revision_of_pod(const Value& pod) {
  return labels_of(pod)[kPodLabel].text();
}

/// `{"spec": {"template": {..., "$patch": "replace"}}}`
Value template_patch(const Value& object);
/// `object` with the pod template that `revision` keeps.
Value restored(const Value& object, const Value& revision);
/// In the order of their numbers; of one number the older first.
std::vector<Value> sorted(std::span<const Value> all);
int64_t next_number(std::span<const Value> all);

/// How a revision of `owner` is named and labelled.
struct Naming {
  std::string hash;
  std::string_view label;  // whose value is the hash
};
Value make_revision(const Value& owner, const Resource& owners, const Naming& naming,
                    int64_t number);

/// Which of a list, sorted, are beyond `limit`, oldest first, but for those in use by name.
std::vector<Value> surplus(std::span<const Value> all, std::span<const std::string> in_use,
                           int64_t limit);

}  // namespace sim::k8s::revisions
