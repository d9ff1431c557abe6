// Volumes of pods, and what volumes are made of.

#include <algorithm>

#include "sim/k8s/api/object.h"
#include "sim/k8s/api/quantity.h"
#include "sim/k8s/kubectl/describe_page.h"

namespace sim::k8s::kubectl {
namespace {

void describe_empty_dir(Page& page, const Value& source) {
  const Quantity limit = Quantity::from(source["sizeLimit"]);
  page.field(2, "Medium", source["medium"].text());
  page.field(2, "SizeLimit", limit > Quantity() ? limit.text() : "<unset>");
}

void describe_host_path(Page& page, const Value& source) {
  page.field(2, "Path", source["path"].text());
  page.field(2, "HostPathType", source["type"].text("<none>"));
}

void describe_secret(Page& page, const Value& source) {
  page.field(2, "SecretName", source["secretName"].text());
  page.field(2, "Optional", source["optional"].truth());
}

void describe_config_map(Page& page, const Value& source) {
  page.field(2, "Name", source["name"].text());
  page.field(2, "Optional", source["optional"].truth());
}

void describe_claim_reference(Page& page, const Value& source) {
  page.field(2, "ClaimName", source["claimName"].text());
  page.field(2, "ReadOnly", source["readOnly"].truth());
}

void describe_nfs(Page& page, const Value& source) {
  page.field(2, "Server", source["server"].text());
  page.field(2, "Path", source["path"].text());
  page.field(2, "ReadOnly", source["readOnly"].truth());
}

void describe_local(Page& page, const Value& source) {
  page.field(2, "Path", source["path"].text());
}

void describe_image(Page& page, const Value& source) {
  page.field(2, "Reference", source["reference"].text());
  page.field(2, "PullPolicy", source["pullPolicy"].text());
}

void describe_ephemeral(Page& page, const Value& source) {
  const Value& claim = source["volumeClaimTemplate"];
  if (!claim.is_object()) return;
  page.nest(2);
  describe_claim(page, claim, false);
  page.nest(0);
}

void describe_downward(Page& page, const Value& source) {
  page.line(2, "Items:");
  for (const Value& item : source["items"].items()) {
    const Value& field = item["fieldRef"];
    const Value& resource = item["resourceFieldRef"];
    if (field.is_object()) {
      page.line(3, field["fieldPath"].text(), " -> ", item["path"].text());
    }
    if (resource.is_object()) {
      page.line(3, resource["resource"].text(), " -> ", item["path"].text());
    }
  }
}

void describe_projected(Page& page, const Value& source) {
  for (const Value& each : source["sources"].items()) {
    if (const Value& secret = each["secret"]; secret.is_object()) {
      page.field(2, "SecretName", secret["name"].text());
      page.field(2, "Optional", secret["optional"].truth());
    } else if (each.contains("downwardAPI")) {
      page.field(2, "DownwardAPI", "true");
    } else if (const Value& map = each["configMap"]; map.is_object()) {
      page.field(2, "ConfigMapName", map["name"].text());
      page.field(2, "Optional", map["optional"].truth());
    } else if (const Value& token = each["serviceAccountToken"]; token.is_object()) {
      constexpr int64_t kHour = 3600;  // by default
      page.field(2, "TokenExpirationSeconds", token["expirationSeconds"].integer(kHour));
    }
  }
}

void describe_csi(Page& page, const Value& source) {
  page.field(2, "Driver", source["driver"].text());
  page.field(2, "FSType", source["fsType"].text());
  if (source.contains("volumeHandle")) {
    page.field(2, "VolumeHandle", source["volumeHandle"].text());
  }
  page.field(2, "ReadOnly", source["readOnly"].truth());
  page.write("    VolumeAttributes:\t");
  const Value& attributes = source["volumeAttributes"];
  if (attributes.size() == 0) return page.write("<none>\n");
  bool is_first = true;
  for (const json::Member& attribute : attributes.members()) {
    constexpr size_t kMost = 140;
    std::string text(attribute.name());
    text += "=";
    text += attribute.value.text();
    if (text.size() > kMost) text = text.substr(0, kMost) + "...";
    if (!is_first) page.write("        \t");
    is_first = false;
    page.write("    ", text, "\n");
  }
}

struct Source {
  std::string_view member;
  std::string_view type;
  void (*describe)(Page& page, const Value& source);
};

// In the order in which kubectl looks for them.
constexpr Source kSources[] = {
    {"hostPath", "HostPath (bare host directory volume)", describe_host_path},
    {"emptyDir", "EmptyDir (a temporary directory that shares a pod's lifetime)",
     describe_empty_dir},
    {"secret", "Secret (a volume populated by a Secret)", describe_secret},
    {"configMap", "ConfigMap (a volume populated by a ConfigMap)", describe_config_map},
    {"nfs", "NFS (an NFS mount that lasts the lifetime of a pod)", describe_nfs},
    {"persistentVolumeClaim",
     "PersistentVolumeClaim (a reference to a PersistentVolumeClaim in the same namespace)",
     describe_claim_reference},
    {"ephemeral",
     "EphemeralVolume (an inline specification for a volume that gets created and deleted with the "
     "pod)",
     describe_ephemeral},
    {"downwardAPI", "DownwardAPI (a volume populated by information about the pod)",
     describe_downward},
    {"local", "LocalVolume (a persistent volume backed by local storage on a node)",
     describe_local},
    {"projected", "Projected (a volume that contains injected data from multiple sources)",
     describe_projected},
    {"csi", "CSI (a Container Storage Interface (CSI) volume source)", describe_csi},
    {"image", "Image (a container image or OCI artifact)", describe_image},
};

}  // namespace

void describe_volume_source(Page& page, const Value& volume) {
  for (const Source& source : kSources) {
    const Value& found = volume[source.member];
    if (!found.is_object()) continue;
    page.field(2, "Type", source.type);
    return source.describe(page, found);
  }
  page.line(1, "<unknown>");
}

void describe_volumes(Page& page, const Value& volumes, std::string_view indent) {
  if (volumes.size() == 0) return page.write(indent, "Volumes:\t<none>\n");
  page.write(indent, "Volumes:\n");
  for (const Value& volume : volumes.items()) {
    page.line(1, indent.empty() ? "" : " ", volume["name"].text(), ":");
    describe_volume_source(page, volume);
  }
}

void describe_tolerations(Page& page, std::string_view title, const Value& tolerations) {
  page.write(title, ":\t");
  if (tolerations.size() == 0) return page.write("<none>\n");
  std::vector<Value> sorted(tolerations.items().begin(), tolerations.items().end());
  std::stable_sort(sorted.begin(), sorted.end(), [](const Value& a, const Value& b) {
    return a["key"].text() < b["key"].text();
  });
  bool is_first = true;
  for (const Value& each : sorted) {
    if (!is_first) page.write("\t");
    is_first = false;
    std::string text(each["key"].text());
    const std::string_view value = each["value"].text();
    const std::string_view effect = each["effect"].text();
    if (!value.empty()) text += "=" + std::string(value);
    if (!effect.empty()) text += ":" + std::string(effect);
    if (each["operator"].text() == "Exists" && value.empty()) {
      text += text.empty() ? "op=Exists" : " op=Exists";
    }
    page.write(text);
    const Value& seconds = each["tolerationSeconds"];
    if (seconds.is_integer()) page.write(" for ", seconds.integer(), "s");
    page.write("\n");
  }
}

void describe_spread(Page& page, const Value& constraints, std::string_view indent) {
  if (constraints.size() == 0) return;
  std::vector<Value> sorted(constraints.items().begin(), constraints.items().end());
  std::stable_sort(sorted.begin(), sorted.end(), [](const Value& a, const Value& b) {
    return a["topologyKey"].text() < b["topologyKey"].text();
  });
  page.write(indent, "Topology Spread Constraints:\t");
  bool is_first = true;
  for (const Value& each : sorted) {
    if (!is_first) page.write(indent, "\t");
    is_first = false;
    page.write(each["topologyKey"].text(), ":", each["whenUnsatisfiable"].text(), " when max skew ",
               each["maxSkew"].integer(), " is exceeded");
    const Value& selector = each["labelSelector"];
    if (selector.is_object()) page.write(" for selector ", selector_line(selector));
    page.write("\n");
  }
}

void describe_pod_template(Page& page, const Value& pod_template) {
  page.write("Pod Template:\n");
  if (!pod_template.is_object()) return page.write("  <unset>");
  const Value& meta = metadata(pod_template);
  const Value& spec = pod_template["spec"];
  page.labels("  Labels", meta["labels"]);
  if (meta["annotations"].size() > 0) page.annotations("  Annotations", meta["annotations"]);
  page.field_if(1, "Service Account", spec["serviceAccountName"]);
  if (spec["initContainers"].size() > 0) {
    describe_containers(page, "Init Containers", spec["initContainers"], {}, {}, "  ");
  }
  describe_containers(page, "Containers", spec["containers"], {}, {}, "  ");
  describe_volumes(page, spec["volumes"], "  ");
  describe_spread(page, spec["topologySpreadConstraints"], "  ");
  page.field_if(1, "Priority Class Name", spec["priorityClassName"]);
  page.labels("  Node-Selectors", spec["nodeSelector"]);
  describe_tolerations(page, "  Tolerations", spec["tolerations"]);
}

}  // namespace sim::k8s::kubectl
