// sim/k8s/controllers/stateful_set.h: what is to be done about a StatefulSet.
//
// Concept: pure functions. Each pod has a number, a name that stays, and claims of storage that
// stay with the name. There are never two pods of one name: a new one is created only after the
// old one is gone. In order, a pod is created when all before it are available, and taken away when
// all behind it are gone; in parallel mode the order does not matter. An update replaces pods from
// the highest number down to the partition, one at a time.
// Source: Kubernetes' documentation, "StatefulSets"; kube-controller-manager (statefulset).
// Not modelled: rollingUpdate.maxUnavailable, which is behind a feature gate in 1.33.

#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sim/k8s/api/object.h"

namespace sim::k8s::stateful {

inline constexpr std::string_view kPodNameLabel = "statefulset.kubernetes.io/pod-name";
inline constexpr std::string_view kPodIndexLabel = "apps.kubernetes.io/pod-index";

// Identity.

/// `web-2` taken apart; nothing if it does not end in a number.
struct Identity {
  std::string parent;
  int64_t ordinal = 0;
};
std::optional<Identity> identity_of(const Value& pod);
/// Whether the pod's name is one that this set gives.
bool is_member(const Value& set, const Value& pod);
int64_t first_ordinal(const Value& set);
/// The pod of that number, with labels, host name and volumes; without a revision.
Value make_pod(const Value& set, int64_t ordinal);
Value with_identity(const Value& set, const Value& pod);
bool has_identity(const Value& set, const Value& pod);

// Storage.

/// The claim of that name; absent if there is none.
using ClaimLookup = std::function<Value(std::string_view name)>;
/// The claims of a pod, as they are created, in the order of the set's templates.
std::vector<Value> claims_of_pod(const Value& set, const Value& pod);
/// `claim` with the owners that the retention policy asks for: the set if the claim is to go with
/// it, the pod if that is surplus and the claim is to go when the set shrinks.
Value with_claim_owners(const Value& set, const Value& pod, const Value& claim);
/// Whether a claim still belongs to an earlier pod of that name, and will go with it.
bool has_stale_claim(const Value& set, const Value& pod, const ClaimLookup& lookup);

// Revisions.

/// Which revision the set's template is: one that exists, with a new number or not, or a new one.
struct RevisionPlan {
  Value existing;
  int64_t renumber = 0;  // 0: it keeps its number
  int64_t create = 0;    // the number of a new one; 0: there is one
};
/// `all` are sorted.
RevisionPlan plan_revision(const Value& set, std::span<const Value> all);
Value make_set_revision(const Value& set, int64_t number, int64_t collision_count);
/// The one that `status.currentRevision` names, or `update`.
Value current_revision(const Value& set, std::span<const Value> all, const Value& update);

// Steps.

struct Step {
  enum class Kind : uint8_t { kCreatePod, kDeletePod, kUpdatePod, kClaims };
  Kind kind = Kind::kClaims;
  Value pod;
  std::vector<Value> new_claims;      // to be created before
  std::vector<Value> changed_claims;  // to be updated
  std::string problem;                // why it cannot be done now; empty: it can
};

struct Input {
  Value set;
  Value current;  // revisions
  Value update;
  std::vector<Value> pods;
  ClaimLookup claim;
  int64_t now_ns = 0;
};

struct Plan {
  /// Phases follow each other; one that fails ends the sync. Steps of a phase follow each other if
  /// `in_order`, else they run at once.
  std::vector<std::vector<Step>> phases;
  Value status;
  bool in_order = true;
};
Plan plan_stateful_set(const Input& input);

/// The counts of pods by state and revision.
Value status_of(const Input& input);

}  // namespace sim::k8s::stateful
