// Volumes, claims on them, and classes of storage.

#include <algorithm>

#include "sim/k8s/api/object.h"
#include "sim/k8s/kubectl/describe_page.h"

namespace sim::k8s::kubectl {
namespace {

std::string access_modes(const Value& modes) {
  struct Mode {
    std::string_view name;
    std::string_view short_name;
  };
  constexpr Mode kModes[] = {{"ReadWriteOnce", "RWO"},
                             {"ReadOnlyMany", "ROX"},
                             {"ReadWriteMany", "RWX"},
                             {"ReadWriteOncePod", "RWOP"}};
  std::string out;
  for (const Mode& mode : kModes) {
    for (const Value& each : modes.items()) {
      if (each.text() != mode.name) continue;
      if (!out.empty()) out += ',';
      out += mode.short_name;
      break;
    }
  }
  return out;
}

std::string_view class_of(const Value& object) {
  const std::string_view old = annotation_of(object, "volume.beta.kubernetes.io/storage-class");
  return old.empty() ? object["spec"]["storageClassName"].text() : old;
}

void describe_finalizers(Page& page, const Value& object) {
  page.field(0, "Finalizers", "[", joined(metadata(object)["finalizers"], " "), "]");
}

std::string lowered(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

// `key in [a, b]`, one a line.
void describe_term(Page& page, int64_t number, const Value& requirements, int level) {
  const std::string indent(static_cast<size_t>(2 * level), ' ');
  page.write(indent, "Term ", number, ":\t");
  if (requirements.size() == 0) return page.write("<none>\n");
  bool is_first = true;
  for (const Value& each : requirements.items()) {
    if (!is_first) page.write(indent, "\t");
    is_first = false;
    page.write(each["key"].text(), " ", lowered(each["operator"].text("in")));
    if (each["values"].size() > 0) page.write(" [", joined(each["values"], ", "), "]");
    page.write("\n");
  }
}

void describe_affinity(Page& page, const Value& affinity) {
  const Value& required = affinity["required"];
  if (!required.is_object()) return page.field(0, "Node Affinity", "<none>");
  page.field(0, "Node Affinity");
  const Value& terms = required["nodeSelectorTerms"];
  if (terms.size() == 0) return page.field(1, "Required Terms", "<none>");
  page.field(1, "Required Terms");
  int64_t number = 0;
  for (const Value& term : terms.items()) {
    describe_term(page, number++, term["matchExpressions"], 2);
  }
}

void describe_volume(Page& page, const Value& object) {
  const Value& spec = object["spec"];
  const Value& claim = spec["claimRef"];
  page.field(0, "Name", name_of(object));
  page.labels_and_annotations(object);
  describe_finalizers(page, object);
  page.field(0, "StorageClass", class_of(object));
  if (!page.terminating(object)) page.field(0, "Status", object["status"]["phase"].text());
  if (claim.is_object()) {
    page.field(0, "Claim", claim["namespace"].text(), "/", claim["name"].text());
  } else {
    page.field(0, "Claim");
  }
  page.field(0, "Reclaim Policy", spec["persistentVolumeReclaimPolicy"].text());
  page.field(0, "Access Modes", access_modes(spec["accessModes"]));
  page.field_if(0, "VolumeMode", spec["volumeMode"]);
  page.field(0, "Capacity", quantity_line(spec["capacity"]["storage"]));
  describe_affinity(page, spec["nodeAffinity"]);
  page.field(0, "Message", object["status"]["message"].text());
  page.line(0, "Source:");
  describe_volume_source(page, spec);
  page.events();
}

bool uses(const Value& pod, std::string_view claim) {
  const auto volumes = pod["spec"]["volumes"].items();
  return std::any_of(volumes.begin(), volumes.end(), [&](const Value& volume) {
    return volume["persistentVolumeClaim"]["claimName"].text() == claim;
  });
}

// The pods that mount the claim, and those that it was made for.
void describe_users(Page& page, const Value& claim) {
  std::vector<std::string> users;
  for (const Value& pod : page.related().pods) {
    const auto owners = metadata(claim)["ownerReferences"].items();
    const bool owns = std::any_of(owners.begin(), owners.end(), [&](const Value& owner) {
      return owner["kind"].text() == "Pod" && owner["uid"].text() == uid_of(pod);
    });
    if (owns || uses(pod, name_of(claim))) users.emplace_back(name_of(pod));
  }
  std::stable_sort(users.begin(), users.end());
  page.write("Used By:\t");
  if (users.empty()) return page.write("<none>\n");
  bool is_first = true;
  for (const std::string& user : users) {
    page.write(is_first ? "" : "\t", user, "\n");
    is_first = false;
  }
}

void describe_claim_conditions(Page& page, const Value& conditions) {
  if (conditions.size() == 0) return;
  page.line(0, "Conditions:");
  page.line(1, "Type\tStatus\tLastProbeTime\tLastTransitionTime\tReason\tMessage");
  page.line(1, "----\t------\t-----------------\t------------------\t------\t-------");
  for (const Value& each : conditions.items()) {
    page.line(1, each["type"].text(), " \t", each["status"].text(), " \t",
              date_text(each["lastProbeTime"]), " \t", date_text(each["lastTransitionTime"]), " \t",
              each["reason"].text(), " \t", each["message"].text());
  }
}

void describe_whole_claim(Page& page, const Value& object) {
  describe_claim(page, object, true);
  describe_users(page, object);
  describe_claim_conditions(page, object["status"]["conditions"]);
  page.events();
}

void describe_class(Page& page, const Value& object) {
  const bool is_default =
      annotation_of(object, "storageclass.kubernetes.io/is-default-class") == "true" ||
      annotation_of(object, "storageclass.beta.kubernetes.io/is-default-class") == "true";
  page.field(0, "Name", name_of(object));
  page.field(0, "IsDefaultClass", is_default ? "Yes" : "No");
  page.field(0, "Annotations", labels_line(metadata(object)["annotations"]));
  page.field(0, "Provisioner", object["provisioner"].text());
  page.field(0, "Parameters", labels_line(object["parameters"]));
  page.field(0, "AllowVolumeExpansion", truth_or_unset(object["allowVolumeExpansion"]));
  if (object["mountOptions"].size() == 0) {
    page.field(0, "MountOptions", "<none>");
  } else {
    page.line(0, "MountOptions:");
    for (const Value& option : object["mountOptions"].items()) page.line(1, option.text());
  }
  page.field_if(0, "ReclaimPolicy", object["reclaimPolicy"]);
  page.field_if(0, "VolumeBindingMode", object["volumeBindingMode"]);
  if (const Value& terms = object["allowedTopologies"]; terms.is_array()) {
    page.field(0, "AllowedTopologies", terms.size() == 0 ? "<none>" : "");
    int64_t number = 0;
    for (const Value& term : terms.items()) {
      describe_term(page, number++, term["matchLabelExpressions"], 1);
    }
  }
  page.events();
}

void describe_csi_node(Page& page, const Value& object) {
  page.field(0, "Name", name_of(object));
  page.labels_and_annotations(object);
  page.field(0, "CreationTimestamp", date_text(metadata(object)["creationTimestamp"]));
  page.line(0, "Spec:");
  if (object["spec"]["drivers"].is_array()) page.line(1, "Drivers:");
  for (const Value& driver : object["spec"]["drivers"].items()) {
    page.line(2, driver["name"].text(), ":");
    page.field(3, "Node ID", driver["nodeID"].text());
    if (const Value& count = driver["allocatable"]["count"]; count.is_integer()) {
      page.line(3, "Allocatables:");
      page.field(4, "Count", count.integer());
    }
    if (driver["topologyKeys"].is_array()) {
      page.field(3, "Topology Keys", "[", joined(driver["topologyKeys"], " "), "]");
    }
  }
  page.events();
}

}  // namespace

void describe_claim(Page& page, const Value& claim, bool is_whole) {
  const Value& spec = claim["spec"];
  const Value& status = claim["status"];
  if (is_whole) page.title(claim);
  page.field(0, "StorageClass", class_of(claim));
  if (is_whole && !page.terminating(claim)) page.field(0, "Status", status["phase"].text());
  page.field(0, "Volume", spec["volumeName"].text());
  page.labels_and_annotations(claim);
  if (is_whole) describe_finalizers(page, claim);
  const bool is_bound = !spec["volumeName"].text().empty();
  page.field(0, "Capacity", is_bound ? quantity_line(status["capacity"]["storage"]) : "");
  page.field(0, "Access Modes", is_bound ? access_modes(status["accessModes"]) : "");
  page.field_if(0, "VolumeMode", spec["volumeMode"]);
  const Value& source = spec["dataSource"];
  if (!source.is_object()) return;
  page.line(0, "DataSource:");
  if (source.contains("apiGroup")) page.field(1, "APIGroup", source["apiGroup"].text());
  page.field(1, "Kind", source["kind"].text());
  page.field(1, "Name", source["name"].text());
}

bool describe_storage_kinds(Page& page, const Value& object, std::string_view kind) {
  if (kind == "PersistentVolume") {
    describe_volume(page, object);
  } else if (kind == "PersistentVolumeClaim") {
    describe_whole_claim(page, object);
  } else if (kind == "StorageClass.storage.k8s.io") {
    describe_class(page, object);
  } else if (kind == "CSINode.storage.k8s.io") {
    describe_csi_node(page, object);
  } else {
    return false;
  }
  return true;
}

}  // namespace sim::k8s::kubectl
