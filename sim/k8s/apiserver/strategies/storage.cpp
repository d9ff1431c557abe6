// The strategies of volumes, claims and classes of storage.
//
// Not modelled: the fields of volumes that only certain clouds have; the difference that Kubernetes
// appends when something may not change.
// Source: Kubernetes' API reference, PersistentVolume, PersistentVolumeClaim, StorageClass.

#include <algorithm>
#include <string>

#include "sim/k8s/apiserver/strategies/checks.h"
#include "sim/k8s/apiserver/strategies/filler.h"
#include "sim/k8s/apiserver/strategies/pod.h"
#include "sim/k8s/apiserver/strategies/strategies.h"

namespace sim::k8s::strategies {
namespace {

constexpr std::string_view kAccessModes[] = {"ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce",
                                             "ReadWriteOncePod"};
constexpr std::string_view kVolumeModes[] = {"Block", "Filesystem"};
constexpr std::string_view kVolumeSources[] = {
    "hostPath",
    "gcePersistentDisk",
    "awsElasticBlockStore",
    "glusterfs",
    "flocker",
    "nfs",
    "rbd",
    "quobyte",
    "cephfs",
    "iscsi",
    "cinder",
    "fc",
    "flexVolume",
    "azureFile",
    "vsphereVolume",
    "photonPersistentDisk",
    "portworxVolume",
    "azureDisk",
    "scaleIO",
    "local",
    "storageos",
    "csi",
};

Value with_phase(const Value& object, std::string_view phase) {
  return object.with("status", json::Object().set("phase", phase).build());
}

Value default_claim(const Value& claim) {
  const Value& status = claim["status"];
  return Filler(claim)
      .set("spec", default_claim_spec(claim["spec"]))
      .set("status", Filler(status).nonempty_text("phase", "Pending").done())
      .done();
}

Value prepare_claim(const Value& claim) {
  return with_phase(claim, "Pending");
}

Value default_volume(const Value& volume) {
  const Value& status = volume["status"];
  const Value& spec = volume["spec"];
  return Filler(volume)
      .set("spec", Filler(spec)
                       .nonempty_text("persistentVolumeReclaimPolicy", "Retain")
                       .text("volumeMode", "Filesystem")
                       .done())
      .set("status", Filler(status).nonempty_text("phase", "Pending").done())
      .done();
}

Value prepare_volume(const Value& volume) {
  return with_phase(volume, "Pending");
}

Value default_class(const Value& storage) {
  return Filler(storage)
      .text("reclaimPolicy", "Delete")
      .text("volumeBindingMode", "Immediate")
      .done();
}

void check_access_modes(FieldErrors& errors, const Place& at, const Value& modes) {
  bool alone = false;
  bool shared = false;
  for (const Value& mode : modes.items()) {
    if (!is_among(mode.text(), kAccessModes)) errors.not_supported(at, mode, kAccessModes);
    (mode.text() == "ReadWriteOncePod" ? alone : shared) = true;
  }
  if (alone && shared) {
    errors.forbidden(at, "may not use ReadWriteOncePod with other access modes");
  }
}

void check_class_name(FieldErrors& errors, const Place& at, const Value& spec) {
  const std::string_view name = spec["storageClassName"].text();
  if (!name.empty()) check_form(errors, at.child("storageClassName"), name, dns_subdomain);
}

void check_positive(FieldErrors& errors, const Place& at, const Value& amount) {
  const Quantity quantity = Quantity::from(amount);
  if (quantity.is_zero() || quantity.is_negative()) {
    errors.invalid(at, quantity.text(), kPositive);
  }
}

void check_data_source(FieldErrors& errors, const Place& at, const Value& source) {
  if (!is_set(source)) return;
  if (source["name"].text().empty()) errors.required(at.child("name"));
  if (source["kind"].text().empty()) errors.required(at.child("kind"));
  const std::string_view group = source["apiGroup"].text();
  if (group.empty() && source["kind"].text() != "PersistentVolumeClaim") {
    errors.invalid(at, source["kind"].text(),
                   "must be 'PersistentVolumeClaim' when referencing the default apiGroup");
  }
  if (!group.empty()) check_form(errors, at.child("apiGroup"), group, dns_subdomain);
}

void validate_claim(const Value& object, FieldErrors& errors) {
  check_claim_spec(errors, Place("spec"), object["spec"]);
}

void validate_claim_update(const Value& object, const Value& old, FieldErrors& errors) {
  const Place at("spec");
  Value now = object["spec"];
  Value before = old["spec"];
  const Value& storage = before["resources"]["requests"]["storage"];
  const Quantity had = Quantity::from(storage);
  const Quantity wants = Quantity::from(now["resources"]["requests"]["storage"]);
  // The controller binds it once; the class may be filled in; a bound claim may grow.
  if (before["volumeName"].text().empty()) before = before.with("volumeName", now["volumeName"]);
  if (!is_set(before["storageClassName"])) {
    before = before.with("storageClassName", now["storageClassName"]);
  }
  if (object["status"]["phase"].text() == "Bound") {
    now = now.with_in({"resources", "requests", "storage"}, storage)
              .with("volumeAttributesClassName", before["volumeAttributesClassName"]);
  }
  if (now != before) {
    errors.forbidden(at,
                     "spec is immutable after creation except resources.requests and "
                     "volumeAttributesClassName for bound claims");
  }
  if (wants < had && wants <= Quantity::from(old["status"]["capacity"]["storage"])) {
    errors.forbidden(at.child("resources.requests.storage"),
                     "field can not be less than status.capacity");
  }
  check_unchanged(errors, Place("volumeMode"), object["spec"]["volumeMode"],
                  old["spec"]["volumeMode"]);
}

void check_volume_source(FieldErrors& errors, const Place& at, const Value& spec) {
  int count = 0;
  for (const std::string_view type : kVolumeSources) {
    const Value& source = spec[type];
    if (!is_set(source)) continue;
    const Place place = at.child(type);
    if (++count > 1) {
      errors.forbidden(place, kManyTypes);
    } else if (type == "hostPath" || type == "local") {
      const std::string_view path = source["path"].text();
      if (path.empty()) errors.required(place.child("path"));
      check_no_backsteps(errors, place.child("path"), path);
    } else if (type == "nfs") {
      if (source["server"].text().empty()) errors.required(place.child("server"));
      if (source["path"].text().empty()) errors.required(place.child("path"));
    } else if (type == "csi") {
      if (source["driver"].text().empty()) errors.required(place.child("driver"));
      if (source["volumeHandle"].text().empty()) errors.required(place.child("volumeHandle"));
    }
    if (type == "local" && !is_set(spec["nodeAffinity"])) {
      errors.required(at.child("nodeAffinity"), "Local volume requires node affinity");
    }
  }
  if (count == 0) errors.required(at, "must specify a volume type");
}

void validate_volume(const Value& object, FieldErrors& errors) {
  constexpr std::string_view kPolicies[] = {"Delete", "Recycle", "Retain"};
  constexpr std::string_view kStorage[] = {"storage"};
  const Place at("spec");
  const Value& spec = object["spec"];
  if (spec["accessModes"].size() == 0) errors.required(at.child("accessModes"));
  check_access_modes(errors, at.child("accessModes"), spec["accessModes"]);
  const Place capacity = at.child("capacity");
  const Value& amounts = spec["capacity"];
  if (amounts.size() == 0) errors.required(capacity);
  if (amounts.size() != 1 || !amounts.contains("storage")) {
    errors.not_supported(capacity, amounts, kStorage);
  }
  for (const json::Member& amount : amounts.members()) {
    const Place place = capacity.key(amount.name());
    check_positive(errors, place, amount.value);
  }
  check_optional_choice(errors, at.child("persistentVolumeReclaimPolicy"),
                        spec["persistentVolumeReclaimPolicy"], kPolicies);
  if (is_set(spec["nodeAffinity"])) {
    const Place affinity = at.child("nodeAffinity");
    const Place required = affinity.child("required");
    if (is_set(spec["nodeAffinity"]["required"])) {
      check_node_selector(errors, required, spec["nodeAffinity"]["required"]);
    } else {
      errors.required(required, "must specify required node constraints");
    }
  }
  check_volume_source(errors, at, spec);
  check_class_name(errors, at, spec);
  check_optional_choice(errors, at.child("volumeMode"), spec["volumeMode"], kVolumeModes);
}

void validate_volume_update(const Value& object, const Value& old, FieldErrors& errors) {
  const Value& now = object["spec"];
  const Value& before = old["spec"];
  const bool same = std::all_of(std::begin(kVolumeSources), std::end(kVolumeSources),
                                [&](std::string_view type) { return now[type] == before[type]; });
  if (!same) {
    errors.forbidden(Place("spec.persistentvolumesource"),
                     "spec.persistentvolumesource is immutable after creation");
  }
  check_unchanged(errors, Place("volumeMode"), now["volumeMode"], before["volumeMode"]);
  if (is_set(before["nodeAffinity"]) && now["nodeAffinity"] != before["nodeAffinity"]) {
    errors.invalid(Place("nodeAffinity"), now["nodeAffinity"],
                   "field is immutable, except for updating from beta label to GA");
  }
}

void validate_class(const Value& object, FieldErrors& errors) {
  constexpr std::string_view kPolicies[] = {"Delete", "Retain"};
  constexpr std::string_view kModes[] = {"Immediate", "WaitForFirstConsumer"};
  const std::string_view provisioner = object["provisioner"].text();
  const Place at("provisioner");
  if (provisioner.empty()) {
    errors.required(at);
  } else {
    for (const std::string& problem : qualified_name(lower(provisioner))) {
      errors.invalid(at, provisioner, problem);
    }
  }
  check_optional_choice(errors, Place("reclaimPolicy"), object["reclaimPolicy"], kPolicies);
  check_choice(errors, Place("volumeBindingMode"), object["volumeBindingMode"], kModes);
}

void validate_class_update(const Value& object, const Value& old, FieldErrors& errors) {
  for (const std::string_view field : {"parameters", "provisioner", "reclaimPolicy"}) {
    if (object[field] == old[field]) continue;
    errors.forbidden(Place(field), "updates to " + std::string(field) + " are forbidden.");
  }
  check_unchanged(errors, Place("volumeBindingMode"), object["volumeBindingMode"],
                  old["volumeBindingMode"]);
}

}  // namespace

Value default_claim_spec(const Value& spec) {
  Filler filler(spec);
  filler.text("volumeMode", "Filesystem").object("resources");
  // The older of the two fields says the same as the newer one.
  if (filler.lacks("dataSourceRef")) filler.set("dataSourceRef", spec["dataSource"]);
  return filler.done();
}

void check_claim_spec(FieldErrors& errors, const Place& at, const Value& spec) {
  const Place modes = at.child("accessModes");
  if (spec["accessModes"].size() == 0) {
    errors.required(modes, "at least 1 access mode is required");
  }
  check_label_selector(errors, at.child("selector"), spec["selector"]);
  check_access_modes(errors, modes, spec["accessModes"]);
  const Place resources = at.child("resources");
  const Value& storage = spec["resources"]["requests"]["storage"];
  if (!storage) {
    errors.required(resources.key("storage"));
  } else {
    check_positive(errors, resources.key("storage"), storage);
  }
  check_class_name(errors, at, spec);
  check_optional_choice(errors, at.child("volumeMode"), spec["volumeMode"], kVolumeModes);
  check_data_source(errors, at.child("dataSource"), spec["dataSource"]);
  check_data_source(errors, at.child("dataSourceRef"), spec["dataSourceRef"]);
}

constinit const Strategy kPersistentVolumeClaim{
    .defaults = default_claim,
    .prepare_create = prepare_claim,
    .validate = validate_claim,
    .validate_update = validate_claim_update,
};

constinit const Strategy kPersistentVolume{
    .defaults = default_volume,
    .prepare_create = prepare_volume,
    .validate = validate_volume,
    .validate_update = validate_volume_update,
};

constinit const Strategy kStorageClass{
    .defaults = default_class,
    .validate = validate_class,
    .validate_update = validate_class_update,
};

}  // namespace sim::k8s::strategies
