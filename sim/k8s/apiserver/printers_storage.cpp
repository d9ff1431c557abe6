// The columns of volumes, claims on them, and what provides them.

#include "sim/k8s/api/object.h"
#include "sim/k8s/apiserver/printers.h"

namespace sim::k8s {
namespace {

using json::Value;

constexpr Column kVolumeModeColumn = {"VolumeMode", "string", "",
                                      "Whether it is used as a file system or as a device.", 1};
constexpr Column kStorageClassColumn = {"StorageClass", "string", "", "The class of the storage."};
constexpr Column kAttributesColumn = {"VolumeAttributesClass", "string", "",
                                      "The class of what can be changed about it."};

constexpr Column kVolumeColumns[] = {
    kNameColumn,
    {"Capacity", "string", "", "How much it holds."},
    {"Access Modes", "string", "", "How it can be mounted."},
    {"Reclaim Policy", "string", "", "What becomes of it once its claim is gone."},
    {"Status", "string", "", "Whether it is claimed."},
    {"Claim", "string", "", "The claim that it is bound to."},
    kStorageClassColumn,
    kAttributesColumn,
    {"Reason", "string", "", "Why it is in a state that needs a word."},
    kAgeColumn,
    kVolumeModeColumn,
};

constexpr Column kClaimColumns[] = {
    kNameColumn,
    {"Status", "string", "", "Whether it has a volume."},
    {"Volume", "string", "", "The volume that it is bound to."},
    {"Capacity", "string", "", "How much the volume holds."},
    {"Access Modes", "string", "", "How the volume can be mounted."},
    kStorageClassColumn,
    kAttributesColumn,
    kAgeColumn,
    kVolumeModeColumn,
};

constexpr Column kClassColumns[] = {
    kNameColumn,
    {"Provisioner", "string", "", "What makes volumes of this class."},
    {"ReclaimPolicy", "string", "", "What becomes of a volume once its claim is gone."},
    {"VolumeBindingMode", "string", "", "When a claim gets its volume."},
    {"AllowVolumeExpansion", "string", "", "Whether a volume can be made larger."},
    kAgeColumn,
};

constexpr Column kAttachmentColumns[] = {
    kNameColumn,
    {"Attacher", "string", "name", "What attaches the volume."},
    {"PV", "string", "", "The volume."},
    {"Node", "string", "", "The node that it is to be attached to."},
    {"Attached", "boolean", "", "Whether it is."},
    kAgeColumn,
};

constexpr Column kCsiNodeColumns[] = {
    kNameColumn,
    {"Drivers", "integer", "", "How many storage drivers the node has."},
    kAgeColumn,
};

constexpr Column kCsiDriverColumns[] = {
    kNameColumn,
    {"AttachRequired", "boolean", "", "Whether volumes have to be attached before use."},
    {"PodInfoOnMount", "boolean", "", "Whether the driver is told of the pod."},
    {"StorageCapacity", "boolean", "", "Whether the scheduler asks for room first."},
    {"TokenRequests", "string", "", "Whom the driver's tokens are for."},
    {"RequiresRepublish", "boolean", "", "Whether mounts are renewed from time to time."},
    {"Modes", "string", "", "Which life cycles its volumes can have."},
    kAgeColumn,
};

constexpr Column kCapacityColumns[] = {
    kNameColumn,
    {"StorageClassName", "string", "", "The class of the storage."},
    {"Capacity", "string", "", "How much of it there is left."},
};

// An annotation of old counts for more than the field.
std::string_view class_of(const Value& object) {
  const std::string_view old = annotation_of(object, "volume.beta.kubernetes.io/storage-class");
  return old.empty() ? object["spec"]["storageClassName"].text() : old;
}

std::string_view phase_of(const Value& object) {
  return is_being_deleted(object) ? "Terminating" : object["status"]["phase"].text();
}

void volume_cells(Cells& cells, const Value& object) {
  const Value& spec = object["spec"];
  std::string claim;
  if (const Value& reference = spec["claimRef"]; reference.is_object()) {
    claim = reference["namespace"].text();
    claim += "/";
    claim += reference["name"].text();
  }
  cells.add(name_of(object))
      .add(quantity_text(spec["capacity"]["storage"]))
      .add(access_modes_text(spec["accessModes"]))
      .add(spec["persistentVolumeReclaimPolicy"].text())
      .add(phase_of(object))
      .add(claim)
      .add(class_of(object))
      .add(spec["volumeAttributesClassName"].text("<unset>"))
      .add(object["status"]["reason"].text())
      .add_age_of(object)
      .add(spec["volumeMode"].text("<unset>"));
}

void claim_cells(Cells& cells, const Value& object) {
  const Value& spec = object["spec"];
  const Value& status = object["status"];
  const bool is_bound = !spec["volumeName"].text().empty();
  cells.add(name_of(object))
      .add(phase_of(object))
      .add(spec["volumeName"].text())
      .add(is_bound ? quantity_text(status["capacity"]["storage"]) : "")
      .add(is_bound ? access_modes_text(status["accessModes"]) : "")
      .add(class_of(object))
      .add(spec["volumeAttributesClassName"].text("<unset>"))
      .add_age_of(object)
      .add(spec["volumeMode"].text("<unset>"));
}

bool is_default_class(const Value& object) {
  return annotation_of(object, "storageclass.kubernetes.io/is-default-class") == "true" ||
         annotation_of(object, "storageclass.beta.kubernetes.io/is-default-class") == "true";
}

void class_cells(Cells& cells, const Value& object) {
  std::string name(name_of(object));
  if (is_default_class(object)) name += " (default)";
  cells.add(name)
      .add(object["provisioner"].text())
      .add(object["reclaimPolicy"].text("Delete"))
      .add(object["volumeBindingMode"].text("Immediate"))
      .add(object["allowVolumeExpansion"].truth())
      .add_age_of(object);
}

void attachment_cells(Cells& cells, const Value& object) {
  const Value& spec = object["spec"];
  cells.add(name_of(object))
      .add(spec["attacher"].text())
      .add(spec["source"]["persistentVolumeName"].text())
      .add(spec["nodeName"].text())
      .add(object["status"]["attached"].truth())
      .add_age_of(object);
}

void csi_node_cells(Cells& cells, const Value& object) {
  cells.add(name_of(object))
      .add(static_cast<int64_t>(object["spec"]["drivers"].size()))
      .add_age_of(object);
}

void csi_driver_cells(Cells& cells, const Value& object) {
  const Value& spec = object["spec"];
  const std::string modes = joined(spec["volumeLifecycleModes"]);
  const Value& tokens = spec["tokenRequests"];
  cells.add(name_of(object))
      .add(spec["attachRequired"].truth(true))
      .add(spec["podInfoOnMount"].truth())
      .add(spec["storageCapacity"].truth())
      .add(tokens.is_array() ? joined_fields(tokens, "audience") : "<unset>")
      .add(spec["requiresRepublish"].truth())
      .add(modes.empty() ? "<none>" : modes)
      .add_age_of(object);
}

void capacity_cells(Cells& cells, const Value& object) {
  const Value& capacity = object["capacity"];
  cells.add(name_of(object))
      .add(object["storageClassName"].text())
      .add(capacity ? quantity_text(capacity) : "<unset>");
}

constexpr Printer kPrinters[] = {
    {"", "persistentvolumes", kVolumeColumns, volume_cells},
    {"", "persistentvolumeclaims", kClaimColumns, claim_cells},
    {"storage.k8s.io", "storageclasses", kClassColumns, class_cells},
    {"storage.k8s.io", "volumeattachments", kAttachmentColumns, attachment_cells},
    {"storage.k8s.io", "csinodes", kCsiNodeColumns, csi_node_cells},
    {"storage.k8s.io", "csidrivers", kCsiDriverColumns, csi_driver_cells},
    {"storage.k8s.io", "csistoragecapacities", kCapacityColumns, capacity_cells},
};

}  // namespace

std::span<const Printer> storage_printers() {
  return kPrinters;
}

}  // namespace sim::k8s
