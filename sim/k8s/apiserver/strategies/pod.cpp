// The strategies of pods and pod templates.
//
// Not modelled: the difference of specifications that Kubernetes appends when a pod may not change;
// changes of a gated pod's required node affinity, which are refused.

#include <algorithm>
#include <array>

#include "sim/k8s/api/quantity.h"
#include "sim/k8s/apiserver/strategies/checks.h"
#include "sim/k8s/apiserver/strategies/filler.h"
#include "sim/k8s/apiserver/strategies/pod.h"
#include "sim/k8s/apiserver/strategies/strategies.h"

namespace sim::k8s::strategies {
namespace {

constexpr std::string_view kContainerLists[] = {"containers", "initContainers"};
constexpr std::string_view kMirror = "kubernetes.io/config.mirror";

// The amounts of one resource over all containers.
struct Total {
  std::string_view resource;
  Quantity requests;
  Quantity limits;
};

Value default_pod(const Value& pod) {
  return Filler(pod).set("spec", default_pod_spec(pod["spec"], true)).done();
}

// Label keys by which a pod's affinity follows the pod's own labels become requirements.
Value with_label_keys(const Value& term, const Value& labels) {
  Value selector = term["labelSelector"];
  if (!selector.is_object()) return term;
  struct Keys {
    std::string_view field;
    std::string_view op;
  };
  constexpr Keys kKeys[] = {{"matchLabelKeys", "In"}, {"mismatchLabelKeys", "NotIn"}};
  for (const Keys& keys : kKeys) {
    for (const Value& key : term[keys.field].items()) {
      const Value& label = labels[key.text()];
      if (!label) continue;
      const Value requirement = json::Object()
                                    .set("key", key)
                                    .set("operator", keys.op)
                                    .set("values", json::Array().add(label).build())
                                    .build();
      selector =
          selector.with("matchExpressions", selector["matchExpressions"].appended(requirement));
    }
  }
  return term.with("labelSelector", selector);
}

Value with_own_labels(const Value& affinity, const Value& labels) {
  const auto term = [&labels](const Value& each_term) {
    return with_label_keys(each_term, labels);
  };
  return Filler(affinity)
      .apply("requiredDuringSchedulingIgnoredDuringExecution",
             [&](const Value& terms) { return each(terms, term); })
      .apply("preferredDuringSchedulingIgnoredDuringExecution",
             [&](const Value& terms) {
               return each(terms, [&](const Value& weighted) {
                 return Filler(weighted).apply("podAffinityTerm", term).done();
               });
             })
      .done();
}

Value gated_condition() {
  return json::Object()
      .set("type", "PodScheduled")
      .set("status", "False")
      .set("reason", "SchedulingGated")
      .set("message", "Scheduling is blocked due to non-empty scheduling gates")
      .set("lastProbeTime", nullptr)
      .set("lastTransitionTime", nullptr)
      .build();
}

Value prepare_pod(const Value& pod) {
  const Value& spec = pod["spec"];
  json::Object status;
  status.set("phase", "Pending").set("qosClass", qos_class(spec));
  if (spec["schedulingGates"].size() > 0) {
    status.set("conditions", json::Array().add(gated_condition()).build());
  }
  Value prepared = pod.with("status", std::move(status).build());
  const Value& labels = pod["metadata"]["labels"];
  for (const std::string_view kind : {"podAffinity", "podAntiAffinity"}) {
    const Value& affinity = spec["affinity"][kind];
    if (!is_set(affinity)) continue;
    prepared = prepared.with_in({"spec", "affinity", kind}, with_own_labels(affinity, labels));
  }
  return prepared;
}

void check_only_in_pods(FieldErrors& errors, const Value& spec) {
  const Place at("spec");
  for (const std::string_view list : kContainerLists) {
    const Place containers = at.child(list);
    size_t i = 0;
    for (const Value& container : spec[list].items()) {
      const Place place = containers.index(i++);
      const std::string_view image = container["image"].text();
      if (trimmed(image).size() != image.size()) {
        errors.invalid(place.child("image"), image, "must not have leading or trailing whitespace");
      }
    }
  }
}

void validate_pod(const Value& pod, FieldErrors& errors) {
  const Place meta("metadata");
  const Place at("spec");
  const Value& spec = pod["spec"];
  check_pod_annotations(errors, meta.child("annotations"), pod["metadata"]["annotations"], spec);
  check_pod_spec(errors, at, spec, {true, pod["metadata"]["name"].text()});
  check_only_in_pods(errors, spec);
  if (is_new(pod) && spec["ephemeralContainers"].size() > 0) {
    errors.forbidden(at.child("ephemeralContainers"), "cannot be set on create");
  }
  if (is_new(pod) && !spec["nodeName"].text().empty() && spec["schedulingGates"].size() > 0) {
    errors.forbidden(at.child("nodeName"),
                     "cannot be set until all schedulingGates have been cleared");
  }
}

bool same_but(const Value& a, const Value& b, std::string_view field) {
  return a.without(field) == b.without(field);
}

// Tolerations may be added, and last longer or shorter.
void check_added_tolerations(FieldErrors& errors, const Place& at, const Value& now,
                             const Value& before) {
  if (now == before) return;
  for (const Value& old : before.items()) {
    const auto kept = [&old](const Value& toleration) {
      return same_but(toleration, old, "tolerationSeconds");
    };
    const auto all = now.items();
    if (std::any_of(all.begin(), all.end(), kept)) continue;
    errors.forbidden(at, "existing toleration can not be modified except its tolerationSeconds");
    return;
  }
}

void check_removed_gates(FieldErrors& errors, const Place& at, const Value& now,
                         const Value& before) {
  size_t i = 0;
  for (const Value& gate : now.items()) {
    const Place place = at.index(i++);
    const auto old = before.items();
    if (std::find(old.begin(), old.end(), gate) != old.end()) continue;
    errors.forbidden(place.child("name"),
                     "only deletion is allowed, but found new scheduling gate '" +
                         std::string(gate["name"].text()) + "'");
  }
}

void check_deadline(FieldErrors& errors, const Place& at, const Value& now, const Value& before) {
  if (!is_set(now)) {
    if (is_set(before)) {
      errors.invalid(at, nullptr, "must not update from a positive integer to nil value");
    }
    return;
  }
  check_range(errors, at, now, 0, INT32_MAX);
  if (is_set(before) && before.integer() < now.integer()) {
    errors.invalid(at, now, "must be less than or equal to previous value");
  }
}

bool check_same_containers(FieldErrors& errors, const Value& now, const Value& before) {
  const Place at("spec");
  for (const std::string_view list : kContainerLists) {
    if (now[list].size() == before[list].size()) continue;
    errors.forbidden(at.child(list), "pod updates may not add or remove containers");
    return false;
  }
  return true;
}

// The new specification with what may change as it was.
Value with_fixed_fields(const Value& now, const Value& before) {
  json::Object fixed(now);
  for (const std::string_view list : kContainerLists) {
    size_t i = 0;
    fixed.set(list, each(now[list], [&](const Value& container) {
                return container.with("image", before[list].items()[i++]["image"]);
              }));
  }
  for (const std::string_view field : {"activeDeadlineSeconds", "schedulingGates", "tolerations"}) {
    fixed.set(field, before[field]);
  }
  constexpr std::string_view kGrace = "terminationGracePeriodSeconds";
  if (before[kGrace].integer() < 0 && now[kGrace].integer() == 1) {
    fixed.set(kGrace, before[kGrace]);
  }
  return std::move(fixed).build();
}

// A pod that is held back by gates may become pickier about its node.
Value with_fixed_node_choice(FieldErrors& errors, Value now, const Value& before) {
  if (before["schedulingGates"].size() == 0) return now;
  const Place at("spec");
  const Value& selector = now["nodeSelector"];
  for (const json::Member& old : before["nodeSelector"].members()) {
    if (selector[old.name()] == old.value) continue;
    errors.invalid(at.child("nodeSelector"), selector,
                   "only additions to spec.nodeSelector are allowed (no mutations or deletions)");
    break;
  }
  now = now.with("nodeSelector", before["nodeSelector"]);
  const Value& affinity = before["affinity"]["nodeAffinity"];
  if (!is_set(affinity["requiredDuringSchedulingIgnoredDuringExecution"])) {
    now = now.with_in({"affinity", "nodeAffinity"}, affinity);
    if (now["affinity"].size() == 0) now = now.with("affinity", before["affinity"]);
  }
  return now;
}

void validate_pod_update(const Value& pod, const Value& old, FieldErrors& errors) {
  const Place at("spec");
  const Value& now = pod["spec"];
  const Value& before = old["spec"];
  const Place annotations("metadata.annotations");
  const Value& mirror = pod["metadata"]["annotations"][kMirror];
  const Value& mirrored = old["metadata"]["annotations"][kMirror];
  if (mirror != mirrored) {
    errors.forbidden(annotations.key(kMirror),
                     mirrored ? "may not remove or update mirror pod annotation"
                              : "may not add mirror pod annotation");
  }
  if (now == before || !check_same_containers(errors, now, before)) return;
  check_deadline(errors, at.child("activeDeadlineSeconds"), now["activeDeadlineSeconds"],
                 before["activeDeadlineSeconds"]);
  check_added_tolerations(errors, at.child("tolerations"), now["tolerations"],
                          before["tolerations"]);
  check_removed_gates(errors, at.child("schedulingGates"), now["schedulingGates"],
                      before["schedulingGates"]);
  const Value fixed = with_fixed_node_choice(errors, with_fixed_fields(now, before), before);
  if (fixed == before) return;
  errors.forbidden(
      at,
      "pod updates may not change fields other than "
      "`spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,"
      "`spec.tolerations` (only additions to existing tolerations),"
      "`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously "
      "negative)");
}

Value default_template_object(const Value& object) {
  return Filler(object).apply("template", default_pod_template).done();
}

void validate_template_object(const Value& object, FieldErrors& errors) {
  check_pod_template(errors, Place("template"), object["template"]);
}

}  // namespace

// Source: Kubernetes' documentation, "Pod Quality of Service Classes".
std::string_view qos_class(const Value& spec) {
  std::array<Total, 2> totals = {Total{"cpu", {}, {}}, Total{"memory", {}, {}}};
  bool has_all_limits = true;
  for (const std::string_view list : kContainerLists) {
    for (const Value& container : spec[list].items()) {
      const Value& resources = container["resources"];
      for (Total& total : totals) {
        const Quantity limit = Quantity::from(resources["limits"][total.resource]);
        total.requests = total.requests + Quantity::from(resources["requests"][total.resource]);
        total.limits = total.limits + limit;
        has_all_limits = has_all_limits && !limit.is_zero();
      }
    }
  }
  const bool asks_nothing = std::all_of(totals.begin(), totals.end(), [](const Total& total) {
    return total.requests.is_zero() && total.limits.is_zero();
  });
  if (asks_nothing) return "BestEffort";
  const bool is_exact = std::all_of(totals.begin(), totals.end(), [](const Total& total) {
    return total.requests == total.limits;
  });
  return has_all_limits && is_exact ? "Guaranteed" : "Burstable";
}

constinit const Strategy kPod{
    .defaults = default_pod,
    .prepare_create = prepare_pod,
    .validate = validate_pod,
    .validate_update = validate_pod_update,
    .counts_generations = true,
};

constinit const Strategy kPodTemplate{
    .defaults = default_template_object,
    .validate = validate_template_object,
    .counts_generations = true,
};

}  // namespace sim::k8s::strategies
