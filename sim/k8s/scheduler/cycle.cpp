#include "sim/k8s/scheduler/cycle.h"

#include <algorithm>
#include <utility>

namespace sim::k8s::scheduler {

void Cycle::refuse(Plugin plugin, std::string why) {
  refusal_ = std::move(why);
  refused_by_ = plugin;
}

void Cycle::begin(PodInfo& pod, bool as_if_pending) {
  pod_ = &pod;
  wanted_node_ = {};
  if (!as_if_pending && !pod.object["spec"]["nodeName"].text().empty()) {
    wanted_node_ = pod.object["spec"]["nodeName"];
  }
  refusal_.clear();
  restricted_ = false;
  volumes_.clear();
  const NodeAffinity& nodes = pod.spec->nodes;
  if (nodes.names_nodes && nodes.names.empty()) {
    refuse(Plugin::kNodeAffinity, "pod affinity terms conflict");
    return;
  }
  restricted_ = nodes.names_nodes;
  if (pod.claims) begin_volumes();
  if (!refusal_.empty()) return;
  begin_spread();
  begin_pod_affinity();
}

// How many more pods of a class a node is imagined to have.
int32_t Cycle::change_of(const NodeChange* change, uint32_t pods) const {
  int32_t n = 0;
  if (change == nullptr) return n;
  for (const PodInfo* pod : change->added) n += index_.counts(*pod, pods) ? 1 : 0;
  for (const PodInfo* pod : change->removed) n -= index_.counts(*pod, pods) ? 1 : 0;
  return n;
}

Verdict Cycle::check(const NodeInfo& node, const NodeChange* change) {
  const PodSpec& spec = *pod_->spec;
  if (node.unschedulable && !tolerated(spec.tolerations, unschedulable_)) {
    return Verdict::unresolvable(Plugin::kNodeUnschedulable, Reason::kUnschedulableNode);
  }
  if (wanted_node_ && wanted_node_ != node.name) {
    return Verdict::unresolvable(Plugin::kNodeName, Reason::kNodeName);
  }
  if (!node.taints.empty()) {
    if (const Taint* const taint = untolerated(spec.tolerations, node.taints)) {
      Verdict made = Verdict::unresolvable(Plugin::kTaintToleration, Reason::kTaint);
      made.detail = static_cast<uint32_t>(taint - node.taints.data());
      return made;
    }
  }
  if (!spec.nodes.empty() && !spec.nodes.matches(node.labels, node.name)) {
    return Verdict::unresolvable(Plugin::kNodeAffinity, Reason::kNodeAffinity);
  }
  if (!spec.ports.empty() && !ports_free(node, change)) {
    return Verdict::unschedulable(Plugin::kNodePorts, Reason::kPorts);
  }
  Verdict made = check_resources(node, change);
  if (made.ok() && !volumes_.empty()) made = check_volumes(node);
  if (made.ok() && musts_used_ > 0) made = check_spread(node, change);
  if (made.ok()) made = check_pod_affinity(node, change);
  return made;
}

Verdict Cycle::check_with_nominated(const NodeInfo& node, const NodeChange* change) {
  if (node.nominated.empty()) return check(node, change);
  with_nominated_.added.clear();
  with_nominated_.removed.clear();
  for (const PodInfo* other : node.nominated) {
    if (other != pod_ && other->priority() >= pod_->priority()) {
      with_nominated_.added.push_back(other);
    }
  }
  if (with_nominated_.added.empty()) return check(node, change);
  if (change != nullptr) {
    with_nominated_.added.insert(with_nominated_.added.end(), change->added.begin(),
                                 change->added.end());
    with_nominated_.removed = change->removed;
  }
  const Verdict with = check(node, &with_nominated_);
  return with.ok() ? check(node, change) : with;
}

Verdict Cycle::check_resources(const NodeInfo& node, const NodeChange* change) const {
  const PodSpec& spec = *pod_->spec;
  auto pods = static_cast<int64_t>(node.pods.size());
  Resources used = node.requested;
  if (change != nullptr) {
    const auto count = [&](const PodInfo* pod, int64_t sign) {
      pods += sign;
      used.milli_cpu += sign * pod->spec->requests.milli_cpu;
      used.memory += sign * pod->spec->requests.memory;
      used.storage += sign * pod->spec->requests.storage;
    };
    for (const PodInfo* pod : change->added) count(pod, 1);
    for (const PodInfo* pod : change->removed) count(pod, -1);
  }
  uint8_t short_of = 0;
  uint32_t others = 0;
  const auto is_short = [](int64_t wanted, int64_t all, int64_t taken) {
    return wanted > 0 && wanted > all - taken;
  };
  if (pods + 1 > node.allowed_pods) short_of |= kShortOfPods;
  const Resources& wants = spec.requests;
  const Resources& has = node.allocatable;
  if (is_short(wants.milli_cpu, has.milli_cpu, used.milli_cpu)) short_of |= kShortOfCpu;
  if (is_short(wants.memory, has.memory, used.memory)) short_of |= kShortOfMemory;
  if (is_short(wants.storage, has.storage, used.storage)) short_of |= kShortOfStorage;
  for (uint32_t i = 0; i < spec.amounts.size(); ++i) {
    const Amount& want = spec.amounts[i];
    int64_t taken = amount_of(node.requested_amounts, want.resource);
    if (change != nullptr) {
      for (const PodInfo* pod : change->added) {
        taken += amount_of(pod->spec->amounts, want.resource);
      }
      for (const PodInfo* pod : change->removed) {
        taken -= amount_of(pod->spec->amounts, want.resource);
      }
    }
    if (is_short(want.amount, amount_of(node.allocatable_amounts, want.resource), taken)) {
      others |= uint32_t{1} << std::min<uint32_t>(i, 31);
    }
  }
  if (short_of == 0 && others == 0) return {};
  return {Code::kUnschedulable, Reason::kResources, Plugin::kNodeResourcesFit, short_of, others};
}

bool Cycle::ports_free(const NodeInfo& node, const NodeChange* change) const {
  const std::vector<HostPort>& wanted = pod_->spec->ports;
  const auto clash = [&](const std::vector<HostPort>& taken) {
    return std::any_of(wanted.begin(), wanted.end(), [&](const HostPort& want) {
      return std::any_of(taken.begin(), taken.end(),
                         [&](const HostPort& port) { return port.conflicts_with(want); });
    });
  };
  if (change == nullptr) return !clash(node.ports);
  for (const PodInfo* pod : node.pods) {
    if (!change->removes(pod) && clash(pod->spec->ports)) return false;
  }
  return std::none_of(change->added.begin(), change->added.end(),
                      [&](const PodInfo* pod) { return clash(pod->spec->ports); });
}

void Cycle::append_reasons(const Verdict& verdict, const NodeInfo& node,
                           std::vector<std::string>& out) const {
  if (verdict.reason == Reason::kTaint) {
    const Taint& taint = node.taints[verdict.detail];
    std::string text = "node(s) had untolerated taint {";
    text += taint.key.text();
    text += ": ";
    text += taint.value.text();
    out.push_back(text + "}");
    return;
  }
  if (verdict.reason == Reason::kNotAmongNodes) {
    out.emplace_back("node(s) didn't satisfy plugin(s) [NodeAffinity]");
    return;
  }
  if (verdict.reason != Reason::kResources) {
    const std::string_view text = text_of(verdict.reason);
    if (!text.empty()) out.emplace_back(text);
    return;
  }
  if (verdict.short_of & kShortOfPods) out.emplace_back("Too many pods");
  if (verdict.short_of & kShortOfCpu) out.emplace_back("Insufficient cpu");
  if (verdict.short_of & kShortOfMemory) out.emplace_back("Insufficient memory");
  if (verdict.short_of & kShortOfStorage) out.emplace_back("Insufficient ephemeral-storage");
  const std::vector<Amount>& amounts = pod_->spec->amounts;
  for (uint32_t i = 0; i < amounts.size() && i < 32; ++i) {
    if ((verdict.detail >> i & 1) == 0) continue;
    std::string text = "Insufficient ";
    text += cluster_.names().resources.value(amounts[i].resource).text();
    out.push_back(std::move(text));
  }
}

}  // namespace sim::k8s::scheduler
