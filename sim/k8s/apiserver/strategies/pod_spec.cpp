// The checks of a pod's specification, be it a pod's or a template's.

#include <charconv>
#include <string>

#include "sim/k8s/api/selector.h"
#include "sim/k8s/apiserver/strategies/checks.h"
#include "sim/k8s/apiserver/strategies/pod.h"

namespace sim::k8s::strategies {
namespace {

constexpr std::string_view kRestartPolicies[] = {"Always", "Never", "OnFailure"};
constexpr std::string_view kDnsPolicies[] = {"ClusterFirst", "ClusterFirstWithHostNet", "Default",
                                             "None"};
constexpr std::string_view kPreemption[] = {"Never", "PreemptLowerPriority"};
constexpr std::string_view kSystems[] = {"linux", "windows"};

void check_dns_config(FieldErrors& errors, const Place& at, const Value& spec) {
  constexpr size_t kServersMost = 3;
  constexpr size_t kSearchesMost = 32;
  const Value& config = spec["dnsConfig"];
  if (spec["dnsPolicy"].text() == "None") {
    if (!is_set(config)) {
      errors.required(at, "must provide `dnsConfig` when `dnsPolicy` is None");
      return;
    }
    if (config["nameservers"].size() == 0) {
      errors.required(at.child("nameservers"),
                      "must provide at least one DNS nameserver when `dnsPolicy` is None");
      return;
    }
  }
  const Place servers = at.child("nameservers");
  if (config["nameservers"].size() > kServersMost) {
    errors.invalid(servers, config["nameservers"], "must not have more than 3 nameservers");
  }
  size_t i = 0;
  for (const Value& server : config["nameservers"].items()) {
    check_ip(errors, servers.index(i++), server.text());
  }
  const Place searches = at.child("searches");
  if (config["searches"].size() > kSearchesMost) {
    errors.invalid(searches, config["searches"], "must not have more than 32 search paths");
  }
  i = 0;
  for (const Value& search : config["searches"].items()) {
    const Place place = searches.index(i++);
    std::string_view domain = search.text();
    if (domain == ".") continue;
    if (domain.ends_with('.')) domain.remove_suffix(1);
    check_form(errors, place, domain, dns_search_domain);
  }
  const Place options = at.child("options");
  i = 0;
  for (const Value& option : config["options"].items()) {
    const Place place = options.index(i++);
    if (option["name"].text().empty()) errors.required(place, "must not be empty");
  }
}

void check_gates(FieldErrors& errors, const Place& at, const Value& spec) {
  const Place readiness = at.child("readinessGates");
  size_t i = 0;
  for (const Value& gate : spec["readinessGates"].items()) {
    const Place place = readiness.index(i++);
    check_form(errors, place.child("conditionType"), gate["conditionType"].text(), qualified_name);
  }
  const Place scheduling = at.child("schedulingGates");
  std::vector<std::string_view> seen;
  i = 0;
  for (const Value& gate : spec["schedulingGates"].items()) {
    const Place place = scheduling.index(i++);
    const std::string_view name = gate["name"].text();
    check_form(errors, place, name, qualified_name);
    if (is_among(name, seen)) errors.duplicate(place, name);
    seen.push_back(name);
  }
}

void check_host_aliases(FieldErrors& errors, const Place& at, const Value& aliases) {
  size_t i = 0;
  for (const Value& alias : aliases.items()) {
    const Place place = at.index(i++);
    check_ip(errors, place.child("ip"), alias["ip"].text());
    const Place names = place.child("hostnames");
    size_t j = 0;
    for (const Value& name : alias["hostnames"].items()) {
      check_form(errors, names.index(j++), name.text(), dns_subdomain);
    }
  }
}

void check_pull_secrets(FieldErrors& errors, const Place& at, const Value& secrets) {
  size_t i = 0;
  for (const Value& secret : secrets.items()) {
    const Place place = at.index(i++);
    if (secret.without("name").size() > 0) errors.invalid(place, secret, "only name may be set");
  }
}

// Names of other objects, if they are there.
void check_references(FieldErrors& errors, const Place& at, const Value& spec) {
  struct Reference {
    std::string_view field;
    Form form;
  };
  constexpr Reference kReferences[] = {
      {"serviceAccountName", dns_subdomain},
      {"nodeName", dns_subdomain},
      {"hostname", dns_label},
      {"subdomain", dns_label},
      {"priorityClassName", dns_subdomain},
      {"runtimeClassName", dns_subdomain},
  };
  for (const Reference& reference : kReferences) {
    const std::string_view name = spec[reference.field].text();
    if (!name.empty()) check_form(errors, at.child(reference.field), name, reference.form);
  }
}

void check_system(FieldErrors& errors, const Place& at, const Value& system) {
  if (!is_set(system)) return;
  const std::string_view name = system["name"].text();
  if (name.empty()) {
    errors.required(at.child("name"), "cannot be empty");
  } else if (!is_among(name, kSystems)) {
    errors.not_supported(at, name, kSystems);
  }
}

void check_pod_claims(FieldErrors& errors, const Place& at, const Value& claims) {
  std::vector<std::string_view> seen;
  size_t i = 0;
  for (const Value& claim : claims.items()) {
    const Place place = at.index(i++);
    const std::string_view name = claim["name"].text();
    if (name.empty()) {
      errors.required(place.child("name"));
    } else if (is_among(name, seen)) {
      errors.duplicate(place.child("name"), name);
    } else {
      check_form(errors, place.child("name"), name, dns_label);
      seen.push_back(name);
    }
    const bool named = is_set(claim["resourceClaimName"]);
    const bool made = is_set(claim["resourceClaimTemplateName"]);
    if (named && made) {
      errors.invalid(place, claim,
                     "at most one of `resourceClaimName` or `resourceClaimTemplateName` may be "
                     "specified");
    } else if (!named && !made) {
      errors.invalid(place, claim,
                     "must specify one of: `resourceClaimName`, `resourceClaimTemplateName`");
    }
  }
}

}  // namespace

void check_pod_spec(FieldErrors& errors, const Place& at, const Value& spec, PodContext context) {
  if (!is_set(spec["terminationGracePeriodSeconds"])) {
    errors.required(at.child("terminationGracePeriodSeconds"));
  }
  const VolumeNames volumes = check_volumes(errors, at.child("volumes"), spec["volumes"], context);
  check_pod_claims(errors, at.child("resourceClaims"), spec["resourceClaims"]);
  check_containers(errors, at, spec, volumes, context.is_pod);
  check_choice(errors, at.child("restartPolicy"), spec["restartPolicy"], kRestartPolicies);
  check_choice(errors, at.child("dnsPolicy"), spec["dnsPolicy"], kDnsPolicies);
  check_labels(errors, at.child("nodeSelector"), spec["nodeSelector"]);
  check_pod_security(errors, at, spec);
  check_pull_secrets(errors, at.child("imagePullSecrets"), spec["imagePullSecrets"]);
  check_affinity(errors, at.child("affinity"), spec["affinity"]);
  check_dns_config(errors, at.child("dnsConfig"), spec);
  check_gates(errors, at, spec);
  check_topology_spread(errors, at.child("topologySpreadConstraints"),
                        spec["topologySpreadConstraints"]);
  check_references(errors, at, spec);
  check_range(errors, at.child("activeDeadlineSeconds"), spec["activeDeadlineSeconds"], 1,
              INT32_MAX);
  check_tolerations(errors, at.child("tolerations"), spec["tolerations"]);
  check_host_aliases(errors, at.child("hostAliases"), spec["hostAliases"]);
  check_optional_choice(errors, at.child("preemptionPolicy"), spec["preemptionPolicy"],
                        kPreemption);
  const Place overhead = at.child("overhead");
  for (const json::Member& amount : spec["overhead"].members()) {
    check_resource_amount(errors, overhead.key(amount.name()), amount.name(), amount.value);
  }
  check_system(errors, at.child("os"), spec["os"]);
}

void check_pod_annotations(FieldErrors& errors, const Place& at, const Value& annotations,
                           const Value& spec) {
  constexpr std::string_view kMirror = "kubernetes.io/config.mirror";
  constexpr std::string_view kCost = "controller.kubernetes.io/pod-deletion-cost";
  const Value& mirror = annotations[kMirror];
  if (mirror && spec["nodeName"].text().empty()) {
    errors.invalid(at.key(kMirror), mirror,
                   "must set spec.nodeName if mirror pod annotation is set");
  }
  const Value& cost = annotations[kCost];
  if (!cost) return;
  const std::string_view text = cost.text();
  int32_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool is_number = error == std::errc() && end == text.data() + text.size();
  // Nothing that could be written in another way.
  const std::string_view digits = text.substr(text.starts_with('-') ? 1 : 0);
  const bool is_plain = is_number && (digits == "0" || !digits.starts_with('0'));
  if (!is_plain) errors.invalid(at.key(kCost), text, "must be a 32bit integer");
}

void check_pod_template(FieldErrors& errors, const Place& at, const Value& pod_template) {
  const Value& metadata = pod_template["metadata"];
  const Value& spec = pod_template["spec"];
  check_labels(errors, at.child("labels"), metadata["labels"]);
  check_annotations(errors, at.child("annotations"), metadata["annotations"]);
  check_pod_annotations(errors, at.child("annotations"), metadata["annotations"], spec);
  check_pod_spec(errors, at.child("spec"), spec, {});
  if (spec["ephemeralContainers"].size() > 0) {
    errors.forbidden(at.child("spec.ephemeralContainers"),
                     "ephemeral containers not allowed in pod template");
  }
}

void check_template_matches(FieldErrors& errors, const Place& at, const Value& pod_template,
                            const Value& selector) {
  const Value& labels = pod_template["metadata"]["labels"];
  if (LabelSelector::from(selector).matches(labels)) return;
  const Value shown = labels.is_object() ? labels : Value::empty_object();
  errors.invalid(at.child("metadata.labels"), shown, kNoMatch);
}

void check_endless_template(FieldErrors& errors, const Place& at, const Value& pod_template,
                            std::string_view owner) {
  constexpr std::string_view kAlways[] = {"Always"};
  const Value& spec = pod_template["spec"];
  if (spec["restartPolicy"].text() != "Always") {
    errors.not_supported(at.child("spec.restartPolicy"), spec["restartPolicy"].text(), kAlways);
  }
  if (is_set(spec["activeDeadlineSeconds"])) {
    errors.forbidden(at.child("spec.activeDeadlineSeconds"),
                     "activeDeadlineSeconds in " + std::string(owner) + " is not Supported");
  }
}

}  // namespace sim::k8s::strategies
