// sim/k8s/controllers/volume_matching.h: which volume a claim gets, and what becomes of volumes.
//
// Concept: pure functions. claim_step() and volume_step() say what is next for one claim or volume;
// the others give the objects as they are to be written. Binding takes several writes, each of
// which can be the last before a crash; every state in between leads on. Source: Kubernetes'
// documentation, "Persistent Volumes"; kube-controller-manager, persistentvolume-binder-controller,
// and its annotations. Not modelled: the policy Recycle, migration of volume plugins, resizing.

#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/k8s/client/informer.h"

namespace sim::k8s {

/// The provisioner that this controller plays itself: directories of nodes.
inline constexpr std::string_view kHostPathProvisioner = "orrery/hostpath";
inline constexpr std::string_view kSelectedNode = "volume.kubernetes.io/selected-node";
inline constexpr std::string_view kStorageProvisioner = "volume.kubernetes.io/storage-provisioner";
inline constexpr std::string_view kBindCompleted = "pv.kubernetes.io/bind-completed";
inline constexpr std::string_view kBoundByController = "pv.kubernetes.io/bound-by-controller";
inline constexpr std::string_view kProvisionedBy = "pv.kubernetes.io/provisioned-by";

/// The name of the class that a claim or volume belongs to; empty if it says none, or "".
std::string_view storage_class_of(const Value& object);
/// The class that claims without one get: the newest that is marked so, or absent.
Value default_storage_class(const Informer::Objects& classes);
/// Whether the volume's claimRef means this claim, or will.
bool is_bound_to(const Value& volume, const Value& claim);
/// Why the claim cannot have the volume; empty if it can.
std::string_view mismatch(const Value& volume, const Value& claim);
/// The smallest fitting volume, or one that was meant for the claim; absent if there is none.
/// `delayed`: only the latter, because the scheduler chooses.
Value best_volume(const Value& claim, const Informer::Objects& volumes, bool delayed);

struct VolumeNote {
  std::string_view type;
  std::string_view reason;
  std::string message;
};

struct ClaimStep {
  enum class Kind : uint8_t {
    kNothing,
    kPending,      // its phase, no more
    kAssignClass,  // `object` is the class
    kBind,         // to the volume `object`
    kProvision,    // with the class `object`
    kLost,
  };
  Kind kind = Kind::kNothing;
  Value object;
  std::optional<VolumeNote> note;
};
ClaimStep claim_step(const Value& claim, const Informer::Objects& volumes,
                     const Informer::Objects& classes);

struct VolumeStep {
  enum class Kind : uint8_t {
    kNothing,
    kAvailable,
    kBound,
    kLookAtClaim,  // it has a volume and does not know yet
    kRelease,      // the claim is gone: phase Released, then reclaim
    kUnbind,       // the claim went elsewhere
  };
  Kind kind = Kind::kNothing;
};
/// `claim` is what its claimRef leads to; absent if there is none with that uid.
VolumeStep volume_step(const Value& volume, const Value& claim);

/// What each has to look like for the two to be bound; the second of each pair is its status.
Value bound_volume(const Value& volume, const Value& claim);
Value bound_claim(const Value& claim, const Value& volume);
Value with_claim_status(const Value& claim, std::string_view phase, const Value& volume);
inline Value with_volume_phase(const Value& volume, std::string_view phase) {
  return volume.with_in({"status", "phase"}, phase);
}
Value unbound_volume(const Value& volume);

/// The volume that `orrery/hostpath` makes for a claim.
Value provisioned_volume(const Value& claim, const Value& storage_class);

}  // namespace sim::k8s
