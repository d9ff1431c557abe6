#include "sim/k8s/controllers/volume_matching.h"

#include <algorithm>

#include "sim/k8s/api/quantity.h"
#include "sim/k8s/api/selector.h"

namespace sim::k8s {
namespace {

using json::Array;
using json::Object;
using Kind = ClaimStep::Kind;

const Value& requested_size(const Value& claim) {
  return claim.in({"spec", "resources", "requests", "storage"});
}

Quantity capacity_of(const Value& volume) {
  return Quantity::from(volume.in({"spec", "capacity", "storage"}));
}

bool has_modes(const Value& volume, const Value& claim) {
  const std::span<const Value> offered = volume["spec"]["accessModes"].items();
  const std::span<const Value> wanted = claim["spec"]["accessModes"].items();
  return std::all_of(wanted.begin(), wanted.end(), [&](const Value& mode) {
    return std::find(offered.begin(), offered.end(), mode) != offered.end();
  });
}

bool same_volume_mode(const Value& volume, const Value& claim) {
  constexpr std::string_view kUsual = "Filesystem";
  return volume["spec"]["volumeMode"].text(kUsual) == claim["spec"]["volumeMode"].text(kUsual);
}

bool selects(const Value& claim, const Value& volume) {
  const Value& selector = claim["spec"]["selector"];
  return !selector || LabelSelector::from(selector).matches(labels_of(volume));
}

bool is_delayed(const Value& storage_class) {
  return storage_class["volumeBindingMode"].text() == "WaitForFirstConsumer";
}

Value class_named(const Informer::Objects& classes, std::string_view name) {
  const auto found = classes.find(name);
  return found == classes.end() ? Value() : found->second;
}

ClaimStep pending(VolumeNote note) {
  return {Kind::kPending, {}, std::move(note)};
}

ClaimStep step_without_volume(const Value& claim, const Informer::Objects& volumes,
                              const Informer::Objects& classes) {
  const std::string_view name = storage_class_of(claim);
  if (name.empty() && !claim["spec"].contains("storageClassName")) {
    const Value usual = default_storage_class(classes);
    if (usual) return {Kind::kAssignClass, usual, {}};
  }
  const Value storage_class = class_named(classes, name);
  const bool delayed = is_delayed(storage_class);
  const Value volume = best_volume(claim, volumes, delayed);
  if (volume) return {Kind::kBind, volume, {}};
  if (delayed && annotation_of(claim, kSelectedNode).empty()) {
    return pending({"Normal", "WaitForFirstConsumer",
                    "waiting for first consumer to be created before binding"});
  }
  if (name.empty()) {
    return pending({"Normal", "FailedBinding",
                    "no persistent volumes available for this claim and no storage class is set"});
  }
  if (!storage_class) {
    std::string message = "storageclass.storage.k8s.io \"" + std::string(name) + "\" not found";
    return pending({"Warning", "ProvisioningFailed", std::move(message)});
  }
  const std::string_view provisioner = storage_class["provisioner"].text();
  if (provisioner == "kubernetes.io/no-provisioner") return {Kind::kPending, {}, {}};
  if (provisioner == kHostPathProvisioner) return {Kind::kProvision, storage_class, {}};
  std::string message = "Waiting for a volume to be created either by the external provisioner '" +
                        std::string(provisioner) +
                        "' or manually by the system administrator. If volume creation is "
                        "delayed, please verify that the provisioner is running and correctly "
                        "registered.";
  return pending({"Normal", "ExternalProvisioning", std::move(message)});
}

ClaimStep step_with_volume(const Value& claim, const Value& volume) {
  if (!volume) return {Kind::kPending, {}, {}};
  if (is_bound_to(volume, claim)) return {Kind::kBind, volume, {}};
  // Somebody else has it.
  if (volume["spec"].contains("claimRef")) return {Kind::kPending, {}, {}};
  const std::string_view why = mismatch(volume, claim);
  if (why.empty()) return {Kind::kBind, volume, {}};
  std::string message = "Cannot bind to requested volume \"" + std::string(name_of(volume)) +
                        "\": " + std::string(why);
  return pending({"Warning", "VolumeMismatch", std::move(message)});
}

ClaimStep lost(std::string_view reason, std::string message) {
  return {Kind::kLost, {}, VolumeNote{"Warning", reason, std::move(message)}};
}

ClaimStep step_of_bound(const Value& claim, const Value& volume) {
  if (claim["spec"]["volumeName"].text().empty()) {
    return lost("ClaimLost",
                "Bound claim has lost reference to PersistentVolume. Data on the volume is lost!");
  }
  if (!volume) {
    return lost("ClaimLost",
                "Bound claim has lost its PersistentVolume. Data on the volume is lost!");
  }
  const Value& reference = volume["spec"]["claimRef"];
  if (!reference || reference["uid"].text() == uid_of(claim)) return {Kind::kBind, volume, {}};
  return lost("ClaimMisbound",
              "Two claims are bound to the same volume, this one is bound incorrectly");
}

}  // namespace

std::string_view storage_class_of(const Value& object) {
  const std::string_view older = annotation_of(object, "volume.beta.kubernetes.io/storage-class");
  return older.empty() ? object["spec"]["storageClassName"].text() : older;
}

Value default_storage_class(const Informer::Objects& classes) {
  Value newest;
  for (const auto& [name, each] : classes) {
    if (annotation_of(each, "storageclass.kubernetes.io/is-default-class") != "true") continue;
    const std::string_view created = metadata(each)["creationTimestamp"].text();
    if (!newest || created > metadata(newest)["creationTimestamp"].text()) newest = each;
  }
  return newest;
}

bool is_bound_to(const Value& volume, const Value& claim) {
  const Value& reference = volume["spec"]["claimRef"];
  if (reference["name"].text() != name_of(claim)) return false;
  if (reference["namespace"].text() != namespace_of(claim)) return false;
  const std::string_view uid = reference["uid"].text();
  return uid.empty() || uid == uid_of(claim);
}

std::string_view mismatch(const Value& volume, const Value& claim) {
  if (capacity_of(volume) < Quantity::from(requested_size(claim))) {
    return "requested PV is too small";
  }
  if (storage_class_of(volume) != storage_class_of(claim)) {
    return "storageClassName does not match";
  }
  if (!same_volume_mode(volume, claim)) return "incompatible volumeMode";
  if (!has_modes(volume, claim)) return "incompatible accessMode";
  return {};
}

Value best_volume(const Value& claim, const Informer::Objects& volumes, bool delayed) {
  Value best;
  for (const auto& [name, volume] : volumes) {
    const bool is_meant = is_bound_to(volume, claim);
    if (volume["spec"].contains("claimRef") && !is_meant) continue;
    if (is_being_deleted(volume) || !has_modes(volume, claim)) continue;
    if (capacity_of(volume) < Quantity::from(requested_size(claim))) continue;
    if (!same_volume_mode(volume, claim)) continue;
    if (is_meant) return volume;
    if (delayed || volume["status"]["phase"].text() != "Available") continue;
    if (!selects(claim, volume) || storage_class_of(volume) != storage_class_of(claim)) continue;
    // The fewest access modes first, then the smallest.
    const auto modes = [](const Value& v) { return v["spec"]["accessModes"].size(); };
    if (best && modes(volume) > modes(best)) continue;
    if (best && modes(volume) == modes(best) && capacity_of(volume) >= capacity_of(best)) continue;
    best = volume;
  }
  return best;
}

ClaimStep claim_step(const Value& claim, const Informer::Objects& volumes,
                     const Informer::Objects& classes) {
  const std::string_view volume_name = claim["spec"]["volumeName"].text();
  const auto found = volumes.find(volume_name);
  const Value volume = found == volumes.end() ? Value() : found->second;
  if (!annotation_of(claim, kBindCompleted).empty()) return step_of_bound(claim, volume);
  if (volume_name.empty()) return step_without_volume(claim, volumes, classes);
  return step_with_volume(claim, volume);
}

VolumeStep volume_step(const Value& volume, const Value& claim) {
  using VolumeKind = VolumeStep::Kind;
  const Value& reference = volume["spec"]["claimRef"];
  // It is free, or kept for a claim that has not come yet.
  if (!reference || reference["uid"].text().empty()) return {VolumeKind::kAvailable};
  if (!claim) return {VolumeKind::kRelease};
  const std::string_view wanted = claim["spec"]["volumeName"].text();
  if (wanted.empty()) return {VolumeKind::kLookAtClaim};
  if (wanted == name_of(volume)) return {VolumeKind::kBound};
  const bool is_made_for_it = !annotation_of(volume, kProvisionedBy).empty() &&
                              volume["spec"]["persistentVolumeReclaimPolicy"].text() == "Delete";
  if (is_made_for_it) return {VolumeKind::kRelease};
  if (!annotation_of(volume, kBoundByController).empty()) return {VolumeKind::kUnbind};
  return {VolumeKind::kNothing};
}

Value bound_volume(const Value& volume, const Value& claim) {
  Value bound = volume;
  const Value& reference = volume["spec"]["claimRef"];
  if (reference["uid"].text() == uid_of(claim)) return bound;
  if (!reference) bound = with_annotation(bound, kBoundByController, "yes");
  return bound.with_in({"spec", "claimRef"},
                       Object(reference)
                           .set("kind", "PersistentVolumeClaim")
                           .set("apiVersion", "v1")
                           .set("namespace", namespace_of(claim))
                           .set("name", name_of(claim))
                           .set("uid", uid_of(claim))
                           .set("resourceVersion", metadata(claim)["resourceVersion"])
                           .build());
}

Value bound_claim(const Value& claim, const Value& volume) {
  Value bound = claim;
  if (claim["spec"]["volumeName"].text() != name_of(volume)) {
    bound = bound.with_in({"spec", "volumeName"}, name_of(volume));
    bound = with_annotation(bound, kBoundByController, "yes");
  }
  return with_annotation(bound, kBindCompleted, "yes");
}

Value with_claim_status(const Value& claim, std::string_view phase, const Value& volume) {
  const Value capacity = volume ? volume["spec"]["capacity"] : Value();
  return claim.with("status", Object(claim["status"])
                                  .set("phase", phase)
                                  .set("accessModes", volume["spec"]["accessModes"])
                                  .set("capacity", capacity)
                                  .build());
}

Value unbound_volume(const Value& volume) {
  return with_annotation(volume, kBoundByController, {}).with_in({"spec", "claimRef"}, {});
}

Value provisioned_volume(const Value& claim, const Value& storage_class) {
  const std::string name = "pvc-" + std::string(uid_of(claim));
  const std::string path = "/var/lib/orrery/volumes/" + name + "_" +
                           std::string(namespace_of(claim)) + "_" + std::string(name_of(claim));
  Object spec;
  spec.set("capacity", Value::empty_object().with("storage", requested_size(claim)));
  spec.set("accessModes", claim["spec"]["accessModes"]);
  spec.set("persistentVolumeReclaimPolicy", storage_class["reclaimPolicy"].text("Delete"));
  spec.set("storageClassName", name_of(storage_class));
  spec.set("volumeMode", claim["spec"]["volumeMode"].text("Filesystem"));
  spec.set_nonzero("mountOptions", storage_class["mountOptions"]);
  spec.set("hostPath", Object().set("path", path).set("type", "DirectoryOrCreate").build());
  const std::string_view node = annotation_of(claim, kSelectedNode);
  if (!node.empty()) {
    const Value expression = Object()
                                 .set("key", "kubernetes.io/hostname")
                                 .set("operator", "In")
                                 .set("values", Array().add(node).build())
                                 .build();
    const Value term = Object().set("matchExpressions", Array().add(expression).build()).build();
    spec.set("nodeAffinity", Value::empty_object().with_in({"required", "nodeSelectorTerms"},
                                                           Array().add(term).build()));
  }
  Value volume = new_object(kPersistentVolumes.object_kind(), {}, name);
  volume = with_annotation(volume, kProvisionedBy, kHostPathProvisioner);
  volume = volume.with("spec", std::move(spec).build());
  const Value reference = bound_volume(Value(), claim)["spec"]["claimRef"];
  return volume.with_in({"spec", "claimRef"}, reference);
}

}  // namespace sim::k8s
