#include "sim/k8s/controllers/endpoint_slices.h"

#include <algorithm>
#include <map>

#include "sim/k8s/controllers/pod_state.h"

namespace sim::k8s {
namespace {

using json::Array;
using json::Object;

bool is_headless(const Value& service) {
  return service["spec"]["clusterIP"].text() == "None";
}

bool belongs_in_slices(const Value& pod) {
  return !pod_has_ended(pod) && !pod["status"]["podIP"].text().empty();
}

bool names_port(const Value& container, const Value& service_port, int64_t& number) {
  for (const Value& port : container["ports"].items()) {
    if (port["name"].text() != service_port["targetPort"].text()) continue;
    if (port["protocol"].text("TCP") != service_port["protocol"].text("TCP")) continue;
    number = port["containerPort"].integer();
    return true;
  }
  return false;
}

// The EndpointPorts of a service on `pod`; ports that the pod lacks are left out.
Value ports_on(const Value& service, const Value& pod) {
  Array ports;
  for (const Value& port : service["spec"]["ports"].items()) {
    const int64_t number = target_port(pod, port);
    if (number == 0) continue;
    ports.add(Object()
                  .set("name", port["name"].text())
                  .set("protocol", port["protocol"].text("TCP"))
                  .set("port", number)
                  .set("appProtocol", port["appProtocol"])
                  .build());
  }
  return ports.build();
}

// What makes two endpoints the same one, whatever their conditions.
Value identity_of(const Value& endpoint) {
  return Object()
      .set("addresses", endpoint["addresses"])
      .set("hostname", endpoint["hostname"])
      .set("pod", endpoint["targetRef"].without("resourceVersion"))
      .build();
}

Value slice_labels(const Value& service) {
  Object labels(labels_of(service));
  labels.set(kHeadlessLabel, is_headless(service) ? Value("") : Value());
  labels.set(kServiceNameLabel, name_of(service));
  labels.set(kSliceManagerLabel, kSliceManager);
  return labels.build();
}

Value slice_owners(const Value& service) {
  return Array().add(controller_reference(service, kServices.object_kind())).build();
}

Value new_slice(const Value& service, const Value& ports) {
  const Value meta = Object()
                         .set("generateName", std::string(name_of(service)) + "-")
                         .set("namespace", namespace_of(service))
                         .set("labels", slice_labels(service))
                         .set("ownerReferences", slice_owners(service))
                         .build();
  return Object()
      .set("apiVersion", kEndpointSlices.api_version)
      .set("kind", kEndpointSlices.kind)
      .set("metadata", meta)
      .set("addressType", "IPv4")
      .set("endpoints", Value::empty_array())
      .set("ports", ports)
      .build();
}

Value ports_of(const Value& slice) {
  return slice["ports"].is_array() ? slice["ports"] : Value::empty_array();
}

size_t length_of(const Value& slice) {
  return slice["endpoints"].size();
}

/// The slices of one list of ports on their way to what they should be.
class Filling {
 public:
  Filling(const Value& service, const EndpointGroup& group, SlicePlan& plan)
      : service_(service), ports_(group.ports), plan_(plan) {
    for (const Value& endpoint : group.endpoints) {
      const Value identity = identity_of(endpoint);
      places_.emplace(identity.hash(), wanted_.size());
      wanted_.push_back({identity, endpoint});
    }
  }

  // Keeps of a slice what is still wanted.
  void take(const Value& slice) {
    Array kept;
    bool changed = false;
    for (const Value& endpoint : slice["endpoints"].items()) {
      Wanted* const found = find(identity_of(endpoint));
      if (found == nullptr) {
        changed = true;
        continue;
      }
      found->placed = true;
      changed = changed || found->endpoint != endpoint;
      kept.add(found->endpoint);
    }
    if (changed && kept.size() == 0) {
      plan_.remove.push_back(slice);
    } else if (changed) {
      updated_.push_back(relabelled(slice.with("endpoints", kept.build())));
    } else if (relabelled(slice) != slice) {
      updated_.push_back(relabelled(slice));
    } else {
      unchanged_.push_back(slice);
    }
  }

  void place_rest() {
    std::vector<Value> left;
    for (const Wanted& wanted : wanted_) {
      if (!wanted.placed) left.push_back(wanted.endpoint);
    }
    std::reverse(left.begin(), left.end());  // taken from the end
    if (!left.empty()) {
      // The fullest first.
      std::stable_sort(updated_.begin(), updated_.end(),
                       [](const Value& a, const Value& b) { return length_of(a) > length_of(b); });
      for (Value& slice : updated_) fill(slice, left);
    }
    while (!left.empty()) {
      Value slice = slice_with_room(left.size());
      if (!slice) slice = new_slice(service_, ports_);
      const bool is_new = name_of(slice).empty();
      fill(slice, left);
      (is_new ? plan_.create : updated_).push_back(slice);
    }
    plan_.update.insert(plan_.update.end(), updated_.begin(), updated_.end());
  }

 private:
  struct Wanted {
    Value identity;
    Value endpoint;
    bool placed = false;
  };
  static constexpr auto kMost = static_cast<size_t>(kEndpointsPerSlice);

  [[nodiscard]] Value relabelled(const Value& slice) const {
    const Value with_labels = with_meta(slice, "labels", slice_labels(service_));
    return with_meta(with_labels, "ownerReferences", slice_owners(service_));
  }

  // The one of that identity that has no place yet.
  Wanted* find(const Value& identity) {
    const auto [first, last] = places_.equal_range(identity.hash());
    for (auto at = first; at != last; ++at) {
      Wanted& wanted = wanted_[at->second];
      if (!wanted.placed && wanted.identity == identity) return &wanted;
    }
    return nullptr;
  }

  static void fill(Value& slice, std::vector<Value>& left) {
    Array endpoints(slice["endpoints"]);
    while (!left.empty() && endpoints.size() < kMost) {
      endpoints.add(left.back());
      left.pop_back();
    }
    slice = slice.with("endpoints", endpoints.build());
  }

  // Of the slices that nothing changes in: the fullest that has room for all that is left.
  Value slice_with_room(size_t count) {
    if (count >= kMost) return {};
    auto best = unchanged_.end();
    for (auto at = unchanged_.begin(); at != unchanged_.end(); ++at) {
      if (length_of(*at) + count > kMost) continue;
      if (best == unchanged_.end() || length_of(*at) > length_of(*best)) best = at;
    }
    if (best == unchanged_.end()) return {};
    Value found = *best;
    unchanged_.erase(best);
    return found;
  }

  const Value& service_;
  const Value& ports_;
  SlicePlan& plan_;
  std::vector<Wanted> wanted_;
  std::multimap<uint64_t, size_t> places_;  // in wanted_, by the hash of the identity
  std::vector<Value> updated_;
  std::vector<Value> unchanged_;
};

// A slice that would go can as well take what a new one would hold.
void reuse_slices(SlicePlan& plan) {
  while (!plan.create.empty() && !plan.remove.empty()) {
    const Value made = plan.create.back();
    const Value old = plan.remove.back();
    plan.create.pop_back();
    plan.remove.pop_back();
    Value reused = old.with("endpoints", made["endpoints"]).with("ports", made["ports"]);
    reused = with_meta(reused, "labels", labels_of(made));
    reused = with_meta(reused, "ownerReferences", metadata(made)["ownerReferences"]);
    plan.update.push_back(reused);
  }
}

}  // namespace

bool has_managed_endpoints(const Value& service) {
  const Value& spec = service["spec"];
  return spec["selector"].size() > 0 && spec["type"].text() != "ExternalName";
}

int64_t target_port(const Value& pod, const Value& service_port) {
  const Value& target = service_port["targetPort"];
  if (!target.is_string()) {
    const int64_t number = target.integer();
    return number != 0 ? number : service_port["port"].integer();
  }
  int64_t number = 0;
  for (const Value& container : pod["spec"]["containers"].items()) {
    if (names_port(container, service_port, number)) return number;
  }
  // Init containers that go on running answer, too.
  for (const Value& container : pod["spec"]["initContainers"].items()) {
    if (container["restartPolicy"].text() != "Always") continue;
    if (names_port(container, service_port, number)) return number;
  }
  return 0;
}

Value endpoint_of(const Value& service, const Value& pod, const Value& node) {
  const bool serving = pod_is_ready(pod);
  const bool terminating = is_being_deleted(pod);
  // Never ready on its way out, for those who look at nothing else.
  const bool ready =
      service["spec"]["publishNotReadyAddresses"].truth() || (serving && !terminating);
  Object made;
  made.set("addresses", Array().add(pod["status"]["podIP"]).build());
  made.set(
      "conditions",
      Object().set("ready", ready).set("serving", serving).set("terminating", terminating).build());
  made.set("targetRef", Object()
                            .set("kind", "Pod")
                            .set("namespace", namespace_of(pod))
                            .set("name", name_of(pod))
                            .set("uid", uid_of(pod))
                            .build());
  made.set_nonzero("nodeName", pod["spec"]["nodeName"]);
  made.set_nonzero("zone", labels_of(node)["topology.kubernetes.io/zone"]);
  if (pod["spec"]["subdomain"].text() == name_of(service)) {
    made.set_nonzero("hostname", pod["spec"]["hostname"]);
  }
  return std::move(made).build();
}

DesiredEndpoints desired_endpoints(const Value& service, const std::vector<Value>& pods,
                                   const std::function<Value(std::string_view name)>& node_named) {
  DesiredEndpoints desired;
  for (const Value& pod : pods) {
    if (!belongs_in_slices(pod)) continue;
    const std::string_view node_name = node_name_of(pod);
    const Value node = node_name.empty() ? Value() : node_named(node_name);
    if (!node_name.empty() && !node && !service["spec"]["publishNotReadyAddresses"].truth()) {
      desired.without_node.emplace_back(name_of(pod));
      continue;
    }
    const Value ports = ports_on(service, pod);
    auto group = std::find_if(desired.groups.begin(), desired.groups.end(),
                              [&](const EndpointGroup& each) { return each.ports == ports; });
    if (group == desired.groups.end()) {
      desired.groups.push_back({ports, {}});
      group = desired.groups.end() - 1;
    }
    group->endpoints.push_back(endpoint_of(service, pod, node));
  }
  return desired;
}

SlicePlan plan_slices(const Value& service, const std::vector<Value>& slices,
                      const DesiredEndpoints& desired) {
  SlicePlan plan;
  std::vector<Value> others;  // whose ports nobody has any more
  for (const Value& slice : slices) {
    const bool is_wanted =
        std::any_of(desired.groups.begin(), desired.groups.end(),
                    [&](const EndpointGroup& group) { return group.ports == ports_of(slice); });
    if (!is_wanted) others.push_back(slice);
  }
  for (const EndpointGroup& group : desired.groups) {
    Filling filling(service, group, plan);
    for (const Value& slice : slices) {
      if (ports_of(slice) == group.ports) filling.take(slice);
    }
    filling.place_rest();
  }
  plan.remove.insert(plan.remove.end(), others.begin(), others.end());
  const size_t left = slices.size() + plan.create.size() - plan.remove.size();
  if (left == 0) {
    // One slice is always there, so that "no endpoints" is told from "not known yet".
    const Value empty = new_slice(service, Value::empty_array());
    const bool has_one = plan.remove.size() == 1 && length_of(plan.remove[0]) == 0 &&
                         plan.remove[0]["ports"].size() == 0 &&
                         labels_of(plan.remove[0]) == labels_of(empty);
    if (has_one) {
      plan.remove.clear();
    } else {
      plan.create.push_back(empty);
    }
  }
  reuse_slices(plan);
  return plan;
}

bool endpoint_may_change(const Value& before, const Value& pod) {
  const auto seen = [](const Value& p) {
    return Object()
        .set("labels", labels_of(p))
        .set("deleted", is_being_deleted(p))
        .set("ready", pod_is_ready(p))
        .set("ended", pod_has_ended(p))
        .set("ip", p["status"]["podIP"])
        .set("node", p["spec"]["nodeName"])
        .set("hostname", p["spec"]["hostname"])
        .set("subdomain", p["spec"]["subdomain"])
        .build();
  };
  return seen(before) != seen(pod);
}

}  // namespace sim::k8s
