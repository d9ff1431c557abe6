// The part of a cycle that asks which pods are where: PodTopologySpread and InterPodAffinity.

#include <algorithm>
#include <limits>
#include <utility>

#include "sim/k8s/scheduler/cycle.h"

namespace sim::k8s::scheduler {
namespace {

constexpr int32_t kMany = std::numeric_limits<int32_t>::max();

}  // namespace

// PodTopologySpread.

bool Cycle::has_all_keys(const NodeInfo& node, std::span<const Tally> tallies) const {
  return std::all_of(tallies.begin(), tallies.end(), [&](const Tally& tally) {
    return Index::domain_of(node, tally.constraint->key) != Index::kNoDomain;
  });
}

// Whether the constraint's policies let the node's pods count.
bool Cycle::counts_here(const SpreadConstraint& constraint, const NodeInfo& node) const {
  const PodSpec& spec = *pod_->spec;
  if (constraint.honor_affinity && !spec.nodes.empty() &&
      !spec.nodes.matches(node.labels, node.name)) {
    return false;
  }
  return !constraint.honor_taints || untolerated(spec.tolerations, node.taints) == nullptr;
}

// The index's sums count all nodes that have the key. If others must be left out, the nodes are
// gone through one by one.
void Cycle::tally(std::span<Tally> tallies, bool all_keys) {
  bool picky = false;
  bool keys_differ = false;
  bool gaps = false;
  for (const Tally& each : tallies) {
    const SpreadConstraint& constraint = *each.constraint;
    keys_differ = keys_differ || constraint.key != tallies[0].constraint->key;
    gaps = gaps || index_.nodes_with(constraint.key) != index_.nodes_present();
    if (each.by_node) continue;
    picky = picky || constraint.honor_taints ||
            (constraint.honor_affinity && !pod_->spec->nodes.empty());
  }
  if (picky || (all_keys && keys_differ && gaps)) {
    scan(tallies, all_keys);
    return;
  }
  for (Tally& each : tallies) {
    if (each.by_node) continue;
    each.sums = &index_.pods_by(each.constraint->pods, each.constraint->key);
  }
}

void Cycle::scan(std::span<Tally> tallies, bool all_keys) {
  for (Tally& each : tallies) {
    each.sums = nullptr;
    if (each.by_node) continue;
    each.own.assign(index_.domains_ever(each.constraint->key), -1);
  }
  for (const NodeInfo* node : cluster_.nodes()) {
    if (all_keys && !has_all_keys(*node, tallies)) continue;
    for (Tally& each : tallies) {
      if (each.by_node) continue;
      const uint32_t domain = Index::domain_of(*node, each.constraint->key);
      if (domain == Index::kNoDomain || !counts_here(*each.constraint, *node)) continue;
      int32_t& count = each.own[domain];
      count = std::max(count, 0) + Index::pods_on(*node, each.constraint->pods);
    }
  }
}

void Cycle::find_least(Tally& tally, const Index& index) {
  tally.least = tally.next_least = kMany;
  tally.at_least = tally.domains = 0;
  const auto see = [&](int32_t count, int32_t domains) {
    if (domains == 0) return;
    tally.domains += domains;
    if (count < tally.least) {
      tally.next_least = tally.least;
      tally.least = count;
      tally.at_least = domains;
    } else if (count == tally.least) {
      tally.at_least += domains;
    } else {
      tally.next_least = std::min(tally.next_least, count);
    }
  };
  if (tally.sums == nullptr) {
    for (const int32_t count : tally.own) {
      if (count >= 0) see(count, 1);
    }
    return;
  }
  const auto& counts = tally.sums->counts.all();
  const uint32_t empty =
      index.domains_present(tally.constraint->key) - static_cast<uint32_t>(counts.size());
  see(0, static_cast<int32_t>(empty));
  for (const CountList::Count& count : counts) see(count.n, 1);
}

void Cycle::begin_spread() {
  const PodSpec& spec = *pod_->spec;
  musts_used_ = 0;
  for (const SpreadConstraint& constraint : spec.spread) {
    if (!constraint.must) continue;
    if (musts_.size() <= musts_used_) musts_.emplace_back();
    Tally& tally = musts_[musts_used_++];
    tally.constraint = &constraint;
    tally.self = index_.belongs(*pod_->identity, constraint.pods) ? 1 : 0;
  }
  if (musts_used_ == 0) return;
  const std::span<Tally> tallies(musts_.data(), musts_used_);
  tally(tallies, true);
  for (Tally& each : tallies) find_least(each, index_);
}

Verdict Cycle::check_spread(const NodeInfo& node, const NodeChange* change) const {
  const std::span<const Tally> tallies(musts_.data(), musts_used_);
  for (const Tally& tally : tallies) {
    const SpreadConstraint& constraint = *tally.constraint;
    const uint32_t domain = Index::domain_of(node, constraint.key);
    if (domain == Index::kNoDomain) {
      return Verdict::unresolvable(Plugin::kPodTopologySpread, Reason::kSpreadLabel);
    }
    int64_t here = tally.in(domain);
    int64_t least = tally.least;
    const int32_t more = change_of(change, constraint.pods);
    if (more != 0 && has_all_keys(node, tallies) && counts_here(constraint, node)) {
      const bool only = here == tally.least && tally.at_least == 1;
      here += more;
      least = std::min<int64_t>(only ? tally.next_least : tally.least, here);
    }
    if (tally.domains < constraint.min_domains) least = 0;
    if (here + tally.self - least > constraint.max_skew) {
      return Verdict::unschedulable(Plugin::kPodTopologySpread, Reason::kSpread);
    }
  }
  return {};
}

// InterPodAffinity.

void Cycle::begin_pod_affinity() {
  const PodSpec& spec = *pod_->spec;
  required_.clear();
  required_by_self_ = false;
  if (spec.required_pods) {
    for (const uint32_t key : spec.required_keys) {
      required_.push_back(&index_.pods_by(*spec.required_pods, key));
    }
    required_by_self_ = index_.belongs(*pod_->identity, *spec.required_pods);
  }
  forbidden_.clear();
  for (const PodTerm& term : spec.forbidden) {
    forbidden_.push_back({term.pods, &index_.pods_by(term.pods, term.key)});
  }
  prefers_.clear();
  for (const PodTerm& term : spec.preferred) {
    const DomainCounts& pods = index_.pods_by(term.pods, term.key);
    if (pods.total > 0) prefers_.push_back({&pods, term.weight});
  }
  others_forbid_.clear();
  others_prefer_.clear();
  for (const uint32_t id : index_.terms_for(*pod_->identity)) {
    const Term& term = index_.term(id);
    if (term.total == 0) continue;
    (term.kind == TermKind::kRequiredAnti ? others_forbid_ : others_prefer_).push_back(&term);
  }
}

// All terms need a pod in the node's domain; or no pod is meant anywhere, and it means itself.
bool Cycle::affinity_holds(const NodeInfo& node, const NodeChange* change) const {
  const int32_t more = change_of(change, *pod_->spec->required_pods);
  bool anywhere = false;
  bool here = true;
  for (const DomainCounts* pods : required_) {
    const uint32_t domain = Index::domain_of(node, pods->key);
    if (domain == Index::kNoDomain) return false;
    here = here && pods->counts.of(domain) + more > 0;
    anywhere = anywhere || pods->total + more > 0;
  }
  return here || (!anywhere && required_by_self_);
}

bool Cycle::others_allow(const NodeInfo& node, const NodeChange* change) const {
  const auto owners_in = [](const Term& term, const NodeInfo& at) {
    const uint32_t domain = Index::domain_of(at, term.key);
    return domain == Index::kNoDomain ? 0 : term.owners.of(domain);
  };
  if (change == nullptr) {
    return std::none_of(others_forbid_.begin(), others_forbid_.end(),
                        [&](const Term* term) { return owners_in(*term, node) > 0; });
  }
  for (const uint32_t id : index_.terms_for(*pod_->identity)) {
    const Term& term = index_.term(id);
    if (term.kind != TermKind::kRequiredAnti ||
        Index::domain_of(node, term.key) == Index::kNoDomain) {
      continue;
    }
    int64_t owners = owners_in(term, node);
    const auto owned_by = [id](const PodInfo* pod) {
      return std::count(pod->spec->owned.begin(), pod->spec->owned.end(), id);
    };
    for (const PodInfo* pod : change->added) owners += owned_by(pod);
    for (const PodInfo* pod : change->removed) owners -= owned_by(pod);
    if (owners > 0) return false;
  }
  return true;
}

Verdict Cycle::check_pod_affinity(const NodeInfo& node, const NodeChange* change) const {
  if (!required_.empty() && !affinity_holds(node, change)) {
    return Verdict::unresolvable(Plugin::kInterPodAffinity, Reason::kPodAffinity);
  }
  for (const Forbidden& each : forbidden_) {
    const uint32_t domain = Index::domain_of(node, each.sums->key);
    if (domain == Index::kNoDomain) continue;
    if (each.sums->counts.of(domain) + change_of(change, each.pods) > 0) {
      return Verdict::unschedulable(Plugin::kInterPodAffinity, Reason::kPodAntiAffinity);
    }
  }
  if ((change != nullptr || !others_forbid_.empty()) && !others_allow(node, change)) {
    return Verdict::unschedulable(Plugin::kInterPodAffinity, Reason::kExistingAntiAffinity);
  }
  return {};
}

}  // namespace sim::k8s::scheduler
