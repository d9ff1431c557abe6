// The checks of a pod's volumes.
//
// Not modelled: the fields of volumes that only certain clouds and storage systems have.

#include <algorithm>
#include <string>

#include "sim/k8s/apiserver/strategies/checks.h"
#include "sim/k8s/apiserver/strategies/pod.h"

namespace sim::k8s::strategies {
namespace {

constexpr std::string_view kFileMode =
    "must be a number between 0 and 0777 (octal), both inclusive";
constexpr std::string_view kVolumeFields[] = {"metadata.annotations", "metadata.labels",
                                              "metadata.name", "metadata.namespace",
                                              "metadata.uid"};
constexpr std::string_view kSources[] = {
    "emptyDir",
    "hostPath",
    "gitRepo",
    "gcePersistentDisk",
    "awsElasticBlockStore",
    "secret",
    "nfs",
    "iscsi",
    "glusterfs",
    "flocker",
    "persistentVolumeClaim",
    "rbd",
    "cinder",
    "cephfs",
    "quobyte",
    "downwardAPI",
    "fc",
    "flexVolume",
    "configMap",
    "azureFile",
    "vsphereVolume",
    "photonPersistentDisk",
    "portworxVolume",
    "azureDisk",
    "storageos",
    "projected",
    "scaleIO",
    "csi",
    "ephemeral",
    "image",
};

void check_mode(FieldErrors& errors, const Place& at, const Value& mode) {
  constexpr int64_t kModeMost = 0777;
  if (!is_set(mode)) return;
  if (mode.integer() < 0 || mode.integer() > kModeMost) errors.invalid(at, mode, kFileMode);
}

void check_key_path(FieldErrors& errors, const Place& at, const Value& item) {
  if (item["key"].text().empty()) errors.required(at.child("key"));
  const std::string_view path = item["path"].text();
  if (path.empty()) errors.required(at.child("path"));
  check_descending_path(errors, at.child("path"), path);
  check_mode(errors, at.child("mode"), item["mode"]);
}

void check_key_paths(FieldErrors& errors, const Place& at, const Value& items) {
  size_t i = 0;
  for (const Value& item : items.items()) check_key_path(errors, at.index(i++), item);
}

void check_downward_items(FieldErrors& errors, const Place& at, const Value& items) {
  size_t i = 0;
  for (const Value& item : items.items()) {
    const Place place = at.index(i++);
    const std::string_view path = item["path"].text();
    if (path.empty()) errors.required(place.child("path"));
    check_descending_path(errors, place.child("path"), path);
    const bool has_field = is_set(item["fieldRef"]);
    const bool has_resource = is_set(item["resourceFieldRef"]);
    if (has_field) {
      check_field_reference(errors, place.child("fieldRef"), item["fieldRef"], kVolumeFields);
      if (has_resource) {
        errors.invalid(place, "resource",
                       "fieldRef and resourceFieldRef can not be specified simultaneously");
      }
    } else if (has_resource) {
      check_resource_reference(errors, place.child("resourceFieldRef"), item["resourceFieldRef"],
                               true);
    } else {
      errors.required(place.child("fieldRef"), "one of fieldRef and resourceFieldRef is required");
    }
    check_mode(errors, place.child("mode"), item["mode"]);
  }
}

void check_named_source(FieldErrors& errors, const Place& at, const Value& source,
                        std::string_view name_field) {
  if (source[name_field].text().empty()) errors.required(at.child(name_field));
  check_mode(errors, at.child("defaultMode"), source["defaultMode"]);
  check_key_paths(errors, at.child("items"), source["items"]);
}

void check_token(FieldErrors& errors, const Place& at, const Value& token) {
  constexpr int64_t kSecondsLeast = 600;
  constexpr int64_t kSecondsMost = int64_t{1} << 32;
  const Place seconds = at.child("expirationSeconds");
  const int64_t wanted = token["expirationSeconds"].integer(kSecondsLeast);
  if (wanted < kSecondsLeast) {
    errors.invalid(seconds, wanted, "may not specify a duration less than 10 minutes");
  }
  if (wanted > kSecondsMost) {
    errors.invalid(seconds, wanted, "may not specify a duration larger than 2^32 seconds");
  }
  const std::string_view path = token["path"].text();
  if (path.empty()) errors.required(at.child("path"));
  check_descending_path(errors, at.child("path"), path);
}

void check_projection(FieldErrors& errors, const Place& at, const Value& source) {
  int count = 0;
  for (const std::string_view type :
       {"secret", "configMap", "downwardAPI", "serviceAccountToken", "clusterTrustBundle"}) {
    const Value& projected = source[type];
    if (!is_set(projected)) continue;
    const Place place = at.child(type);
    if (++count > 1) {
      errors.forbidden(place, kManyTypes);
    } else if (type == "secret" || type == "configMap") {
      check_named_source(errors, place, projected, "name");
    } else if (type == "downwardAPI") {
      check_downward_items(errors, place.child("items"), projected["items"]);
    } else if (type == "serviceAccountToken") {
      check_token(errors, place, projected);
    }
  }
  if (count == 0) errors.required(at, "must specify a volume type");
}

void check_projected(FieldErrors& errors, const Place& at, const Value& source) {
  check_mode(errors, at.child("defaultMode"), source["defaultMode"]);
  const Place sources = at.child("sources");
  size_t i = 0;
  for (const Value& each : source["sources"].items()) {
    check_projection(errors, sources.index(i++), each);
  }
}

void check_host_path(FieldErrors& errors, const Place& at, const Value& source) {
  constexpr std::string_view kTypes[] = {
      "",     "BlockDevice",  "CharDevice", "Directory", "DirectoryOrCreate",
      "File", "FileOrCreate", "Socket"};
  const std::string_view path = source["path"].text();
  if (path.empty()) {
    errors.required(at.child("path"));
    return;
  }
  check_no_backsteps(errors, at.child("path"), path);
  check_optional_choice(errors, at.child("type"), source["type"], kTypes);
}

void check_ephemeral(FieldErrors& errors, const Place& at, const Value& source) {
  if (!is_set(source["volumeClaimTemplate"])) {
    errors.required(at.child("volumeClaimTemplate"));
    return;
  }
  const Place claim = at.child("volumeClaimTemplate");
  check_claim_spec(errors, claim.child("spec"), source["volumeClaimTemplate"]["spec"]);
}

void check_source(FieldErrors& errors, const Place& at, std::string_view type, const Value& source,
                  bool is_pod) {
  if (type == "emptyDir") {
    if (Quantity::from(source["sizeLimit"]).is_negative()) {
      errors.forbidden(at.child("sizeLimit"), "SizeLimit field must be a valid resource quantity");
    }
  } else if (type == "hostPath") {
    check_host_path(errors, at, source);
  } else if (type == "secret") {
    check_named_source(errors, at, source, "secretName");
  } else if (type == "configMap") {
    check_named_source(errors, at, source, "name");
  } else if (type == "downwardAPI") {
    check_mode(errors, at.child("defaultMode"), source["defaultMode"]);
    check_downward_items(errors, at.child("items"), source["items"]);
  } else if (type == "projected") {
    check_projected(errors, at, source);
  } else if (type == "persistentVolumeClaim") {
    if (source["claimName"].text().empty()) errors.required(at.child("claimName"));
  } else if (type == "nfs") {
    const std::string_view path = source["path"].text();
    if (source["server"].text().empty()) errors.required(at.child("server"));
    if (path.empty()) errors.required(at.child("path"));
    if (!path.starts_with('/')) {
      errors.invalid(at.child("path"), path, "must be an absolute path");
    }
  } else if (type == "csi") {
    if (source["driver"].text().empty()) errors.required(at.child("driver"));
  } else if (type == "ephemeral") {
    check_ephemeral(errors, at, source);
  } else if (type == "image") {
    if (is_pod && source["reference"].text().empty()) errors.required(at.child("reference"));
    check_pull_policy(errors, at.child("pullPolicy"), source["pullPolicy"]);
  }
}

void check_volume(FieldErrors& errors, const Place& at, const Value& volume, PodContext context) {
  int count = 0;
  for (const std::string_view type : kSources) {
    if (!is_set(volume[type])) continue;
    const Place place = at.child(type);
    if (++count > 1) {
      errors.forbidden(place, kManyTypes);
    } else {
      check_source(errors, place, type, volume[type], context.is_pod);
    }
  }
  if (count == 0) errors.required(at, "must specify a volume type");
  const std::string_view name = volume["name"].text();
  if (name.empty()) {
    errors.required(at.child("name"));
  } else {
    check_form(errors, at.child("name"), name, dns_label);
  }
}

// The claims that are made for the pod are for it alone.
void check_claim_name(FieldErrors& errors, const Place& at, const Value& volumes,
                      const Value& volume, PodContext context) {
  const std::string_view name = volume["persistentVolumeClaim"]["claimName"].text();
  if (name.empty() || context.pod_name.empty()) return;
  const auto all = volumes.items();
  const bool is_made = std::any_of(all.begin(), all.end(), [&](const Value& other) {
    return is_set(other["ephemeral"]) &&
           std::string(context.pod_name) + "-" + std::string(other["name"].text()) == name;
  });
  if (!is_made) return;
  errors.invalid(at.child("persistentVolumeClaim.claimName"), name,
                 "must not reference a PVC that gets created for an ephemeral volume");
}

}  // namespace

VolumeNames check_volumes(FieldErrors& errors, const Place& at, const Value& volumes,
                          PodContext context) {
  VolumeNames names;
  size_t i = 0;
  for (const Value& volume : volumes.items()) {
    const Place place = at.index(i++);
    const size_t before = errors.all().size();
    check_volume(errors, place, volume, context);
    const std::string_view name = volume["name"].text();
    if (std::find(names.begin(), names.end(), name) != names.end()) {
      errors.duplicate(place.child("name"), name);
    }
    // Mounts of a volume that is wrong are wrong, too.
    if (errors.all().size() == before) names.push_back(name);
    check_claim_name(errors, place, volumes, volume, context);
  }
  return names;
}

}  // namespace sim::k8s::strategies
