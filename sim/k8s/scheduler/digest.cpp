#include "sim/k8s/scheduler/digest.h"

#include <algorithm>

#include "sim/k8s/api/time.h"
#include "sim/k8s/scheduler/index.h"
#include "sim/k8s/scheduler/requests.h"

namespace sim::k8s::scheduler {
namespace {

/// What a required affinity of a pod that runs is worth to one that it means. Source:
/// InterPodAffinityArgs.hardPodAffinityWeight.
constexpr int64_t kHardPodAffinityWeight = 1;

constexpr std::string_view kRequired = "requiredDuringSchedulingIgnoredDuringExecution";
constexpr std::string_view kPreferred = "preferredDuringSchedulingIgnoredDuringExecution";

Value or_null(const Value& value) {
  return value ? value : Value(nullptr);
}

// What of containers the scheduler looks at: their mounts differ from pod to pod.
Value essence_of(const Value& containers) {
  json::Array all;
  for (const Value& container : containers.items()) {
    all.add(json::Array()
                .add(or_null(container["image"]))
                .add(or_null(container["resources"]))
                .add(or_null(container["ports"]))
                .add(or_null(container["restartPolicy"]))
                .build());
  }
  return all.build();
}

bool reads_labels(const Value& constraints) {
  return std::any_of(
      constraints.items().begin(), constraints.items().end(),
      [](const Value& constraint) { return constraint["matchLabelKeys"].size() > 0; });
}

PodClassTerm term_from(const Value& term, const Value& own_space) {
  PodClassTerm made;
  const auto spaces = term["namespaces"].items();
  made.spaces.assign(spaces.begin(), spaces.end());
  std::stable_sort(made.spaces.begin(), made.spaces.end(),
                   [](const Value& a, const Value& b) { return a.text() < b.text(); });
  made.space_selector = term["namespaceSelector"];
  if (made.spaces.empty() && !made.space_selector.is_object()) made.spaces.push_back(own_space);
  made.selectors.push_back(term["labelSelector"]);
  return made;
}

Value class_of(const PodClassTerm& term) {
  return pod_class(std::span(&term, 1), false);
}

Value claims_of(const Value& pod) {
  json::Array claims;
  for (const Value& volume : pod["spec"]["volumes"].items()) {
    if (const Value& claim = volume["persistentVolumeClaim"]) {
      claims.add(claim["claimName"] ? claim["claimName"] : Value(""));
    } else if (volume.contains("ephemeral")) {
      std::string name(name_of(pod));
      name += '-';
      name += volume["name"].text();
      claims.add(name);
    }
  }
  return claims.size() == 0 ? Value() : claims.build();
}

HostPort host_port_from(const Value& port, bool host_network) {
  HostPort made;
  made.port = static_cast<int32_t>(port["hostPort"].integer());
  if (made.port == 0 && host_network) {
    made.port = static_cast<int32_t>(port["containerPort"].integer());
  }
  const std::string_view ip = port["hostIP"].text();
  if (!ip.empty() && ip != "0.0.0.0") made.ip = port["hostIP"];
  const std::string_view protocol = port["protocol"].text();
  if (protocol == "UDP") made.protocol = HostPort::Protocol::kUdp;
  if (protocol == "SCTP") made.protocol = HostPort::Protocol::kSctp;
  return made;
}

}  // namespace

int64_t amount_of(const std::vector<Amount>& amounts, uint32_t resource) {
  for (const Amount& each : amounts) {
    if (each.resource == resource) return each.amount;
  }
  return 0;
}

void add_amount(std::vector<Amount>& amounts, uint32_t resource, int64_t amount) {
  for (Amount& each : amounts) {
    if (each.resource != resource) continue;
    each.amount += amount;
    return;
  }
  amounts.push_back({resource, amount});
}

std::string normalized_image(std::string_view name) {
  std::string made(name);
  const size_t colon = name.rfind(':');
  const size_t slash = name.rfind('/');
  const bool tagged =
      colon != std::string_view::npos && (slash == std::string_view::npos || colon > slash);
  if (!tagged) made += ":latest";
  return made;
}

bool is_scalar_resource(std::string_view name) {
  return name.find('/') != std::string_view::npos || name.starts_with("hugepages-") ||
         name.starts_with("attachable-volumes-");
}

PodSpec::~PodSpec() {
  if (digests_ == nullptr) return;
  for (const uint32_t id : classes_held_) digests_->index_.release_class(id);
  for (const uint32_t id : owned) digests_->index_.release_term(id);
  digests_->specs_.erase(key_);
}

PodIdentity::~PodIdentity() {
  if (digests_ == nullptr) return;
  if (default_pods_) digests_->index_.release_class(*default_pods_);
  digests_->identities_.erase(key_);
}

engine::Ref<PodIdentity> Digests::identity_of(const Value& pod) {
  const Value& space = metadata(pod)["namespace"];
  const Value& labels = labels_of(pod);
  const Value key = json::Array().add(or_null(space)).add(or_null(labels)).build();
  PodIdentity*& known = identities_[key];
  if (known != nullptr) return engine::Ref<PodIdentity>(known);
  known = new PodIdentity;
  known->space = space;
  known->labels = labels;
  known->key_ = key;
  known->digests_ = this;
  return engine::Ref<PodIdentity>(known);
}

engine::Ref<PodSpec> Digests::spec_of(const Value& pod) {
  const Value& spec = pod["spec"];
  const Value& constraints = spec["topologySpreadConstraints"];
  json::Array parts;
  parts.add(or_null(metadata(pod)["namespace"]))
      .add(essence_of(spec["containers"]))
      .add(essence_of(spec["initContainers"]))
      .add(or_null(spec["overhead"]))
      .add(or_null(spec["hostNetwork"]))
      .add(or_null(spec["nodeSelector"]))
      .add(or_null(spec["affinity"]))
      .add(or_null(spec["tolerations"]))
      .add(or_null(constraints))
      .add(or_null(spec["priority"]))
      .add(or_null(spec["preemptionPolicy"]))
      .add(reads_labels(constraints) ? or_null(labels_of(pod)) : Value(nullptr));
  const Value key = parts.build();
  if (PodSpec* const* const known = specs_.find(key)) return engine::Ref<PodSpec>(*known);
  engine::Ref<PodSpec> made(new PodSpec);
  made->key_ = key;
  made->digests_ = this;
  read_resources(spec, *made);
  read_containers(spec, *made);
  const Value& affinity = spec["affinity"];
  made->nodes = NodeAffinity::from(spec["nodeSelector"], affinity);
  for (const Value& preferred : affinity["nodeAffinity"][kPreferred].items()) {
    const int64_t weight = preferred["weight"].integer();
    NodeTerm term = NodeTerm::from(preferred["preference"]);
    if (weight != 0 && !term.never) made->preferred_nodes.push_back({weight, std::move(term)});
  }
  for (const Value& toleration : spec["tolerations"].items()) {
    made->tolerations.push_back(Toleration::from(toleration));
  }
  read_pod_affinity(pod, *made);
  read_spread(pod, *made);
  made->priority = static_cast<int32_t>(spec["priority"].integer());
  made->never_preempts = spec["preemptionPolicy"].text() == "Never";
  specs_[key] = made.get();
  return made;
}

void Digests::read_resources(const Value& pod_spec, PodSpec& out) {
  const ResourceList asked = requests_of(pod_spec, false);
  for (const ResourceList::Entry& entry : asked.entries()) {
    const std::string_view name = entry.name.text();
    if (name == "cpu") {
      out.requests.milli_cpu = entry.amount.milli();
    } else if (name == "memory") {
      out.requests.memory = entry.amount.value();
    } else if (name == "ephemeral-storage") {
      out.requests.storage = entry.amount.value();
    } else if (is_scalar_resource(name) && !entry.amount.is_zero()) {
      out.amounts.push_back({names_.resources.id_of(entry.name), entry.amount.value()});
    }
  }
  const ResourceList counted = requests_of(pod_spec, true);
  for (const ResourceList::Entry& entry : counted.entries()) {
    const std::string_view name = entry.name.text();
    if (name == "cpu") out.nonzero_milli_cpu = entry.amount.milli();
    if (name == "memory") out.nonzero_memory = entry.amount.value();
  }
}

void Digests::read_containers(const Value& pod_spec, PodSpec& out) {
  const bool host_network = pod_spec["hostNetwork"].truth();
  const auto read = [&](const Value& container, bool runs_on) {
    const std::string image = normalized_image(container["image"].text());
    out.images.push_back(names_.images.id_of(image));
    if (!runs_on) return;
    for (const Value& port : container["ports"].items()) {
      const HostPort taken = host_port_from(port, host_network);
      if (taken.port > 0) out.ports.push_back(taken);
    }
  };
  for (const Value& container : pod_spec["initContainers"].items()) {
    read(container, container["restartPolicy"].text() == "Always");
  }
  for (const Value& container : pod_spec["containers"].items()) read(container, true);
}

uint32_t Digests::hold(PodSpec& spec, const Value& pod_class) {
  const uint32_t id = index_.hold_class(pod_class);
  spec.classes_held_.push_back(id);
  return id;
}

void Digests::read_pod_affinity(const Value& pod, PodSpec& out) {
  const Value& space = metadata(pod)["namespace"];
  const Value& affinity = pod["spec"]["affinity"]["podAffinity"];
  const Value& anti = pod["spec"]["affinity"]["podAntiAffinity"];
  out.has_pod_affinity = affinity.is_object() || anti.is_object();
  const auto own = [&](const PodClassTerm& term, const Index::TermOptions& options) {
    out.owned.push_back(index_.hold_term(class_of(term), options));
  };
  std::vector<PodClassTerm> required;
  for (const Value& each : affinity[kRequired].items()) {
    required.push_back(term_from(each, space));
    const uint32_t key = index_.key_of(each["topologyKey"]);
    out.required_keys.push_back(key);
    own(required.back(), {TermKind::kPreference, key, kHardPodAffinityWeight});
  }
  if (!required.empty()) out.required_pods = hold(out, pod_class(required, false));
  for (const Value& each : anti[kRequired].items()) {
    const PodClassTerm term = term_from(each, space);
    const uint32_t key = index_.key_of(each["topologyKey"]);
    out.forbidden.push_back({hold(out, class_of(term)), key, 0});
    own(term, {TermKind::kRequiredAnti, key, 0});
  }
  const auto prefer = [&](const Value& terms, int64_t sign) {
    for (const Value& each : terms.items()) {
      const PodClassTerm term = term_from(each["podAffinityTerm"], space);
      const uint32_t key = index_.key_of(each["podAffinityTerm"]["topologyKey"]);
      const int64_t weight = sign * each["weight"].integer();
      out.preferred.push_back({hold(out, class_of(term)), key, weight});
      own(term, {TermKind::kPreference, key, weight});
    }
  };
  prefer(affinity[kPreferred], 1);
  prefer(anti[kPreferred], -1);
}

void Digests::read_spread(const Value& pod, PodSpec& out) {
  for (const Value& each : pod["spec"]["topologySpreadConstraints"].items()) {
    PodClassTerm term;
    term.spaces.push_back(metadata(pod)["namespace"]);
    term.selectors.push_back(each["labelSelector"]);
    json::Object more;
    for (const Value& key : each["matchLabelKeys"].items()) {
      more.set(key.text(), label_of(labels_of(pod), key));
    }
    const Value same = more.build();
    if (same.size() > 0) term.selectors.push_back(json::Object().set("matchLabels", same).build());
    SpreadConstraint made;
    made.key = index_.key_of(each["topologyKey"]);
    made.pods = hold(out, pod_class(std::span(&term, 1), true));
    made.max_skew = static_cast<int32_t>(each["maxSkew"].integer(1));
    made.min_domains = static_cast<int32_t>(each["minDomains"].integer(1));
    made.must = each["whenUnsatisfiable"].text() != "ScheduleAnyway";
    made.honor_affinity = each["nodeAffinityPolicy"].text("Honor") == "Honor";
    made.honor_taints = each["nodeTaintsPolicy"].text("Ignore") == "Honor";
    out.spread.push_back(made);
  }
}

void Digests::read(const Value& pod, PodInfo& out) {
  out.object = pod;
  out.spec = spec_of(pod);
  out.identity = identity_of(pod);
  out.claims = claims_of(pod);
  const Value& status = pod["status"];
  const Value& nominated = status["nominatedNodeName"];
  out.nominated = nominated.text().empty() ? Value() : nominated;
  out.start_ns = parse_time(status["startTime"].text()).value_or(0);
  out.terminating = is_being_deleted(pod);
  const Value& target = condition_of(pod, "DisruptionTarget");
  out.preempted = out.terminating && target["status"].text() == "True" &&
                  target["reason"].text() == "PreemptionByScheduler";
}

}  // namespace sim::k8s::scheduler
