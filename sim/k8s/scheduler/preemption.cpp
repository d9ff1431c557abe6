#include "sim/k8s/scheduler/preemption.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "sim/k8s/scheduler/failure.h"

namespace sim::k8s::scheduler {
namespace {

// Source: DefaultPreemptionArgs.
constexpr uint32_t kCandidatesPercent = 10;
constexpr uint32_t kCandidatesMin = 100;

constexpr std::string_view kNoVictims = "No preemption victims found for incoming pod";
constexpr std::string_view kNotHelpful = "Preemption is not helpful for scheduling";

// All priorities counted from the least, so that none is negative.
int64_t above_least(const PodInfo& pod) {
  return int64_t{pod.priority()} + std::numeric_limits<int32_t>::max() + 1;
}

}  // namespace

std::string Preemption::ineligible(const PodInfo& pod, std::span<const Refusal> refusals) const {
  if (pod.spec->never_preempts) return "not eligible due to preemptionPolicy=Never.";
  const NodeInfo* const node = cluster_.find_node(pod.nominated);
  if (node == nullptr) return {};
  for (const Refusal& refusal : refusals) {
    if (refusal.node == node && refusal.verdict.code == Code::kUnresolvable) return {};
  }
  for (const PodInfo* other : node->pods) {
    if (other->preempted && other->priority() < pod.priority()) {
      return "not eligible due to a terminating pod on the nominated node.";
    }
  }
  return {};
}

uint32_t Preemption::candidates_wanted(uint32_t nodes) {
  const uint32_t share = nodes * kCandidatesPercent / 100;
  return std::min(std::max(share, kCandidatesMin), nodes);
}

void Preemption::read_budgets() {
  budgets_.clear();
  for (const auto& [key, budget] : cluster_.disruption_budgets()) {
    LabelMatch pods = LabelMatch::from(budget["spec"]["selector"]);
    if (pods.empty() || pods.selects_nothing()) continue;
    const Value& status = budget["status"];
    budgets_.push_back({metadata(budget)["namespace"], std::move(pods),
                        status["disruptionsAllowed"].integer(), status["disruptedPods"]});
  }
}

void Preemption::order_by_importance(std::vector<PodInfo*>& pods) const {
  std::stable_sort(pods.begin(), pods.end(), [this](const PodInfo* a, const PodInfo* b) {
    if (a->priority() != b->priority()) return a->priority() > b->priority();
    return start_of(*a) < start_of(*b);
  });
}

void Preemption::split_by_budgets(std::span<PodInfo* const> pods, std::vector<PodInfo*>& violating,
                                  std::vector<PodInfo*>& others) {
  std::vector<int64_t> left;
  for (const Budget& budget : budgets_) left.push_back(budget.allowed);
  for (PodInfo* pod : pods) {
    bool violates = false;
    const PodIdentity& identity = *pod->identity;
    for (size_t i = 0; i < budgets_.size() && identity.labels.size() > 0; ++i) {
      const Budget& budget = budgets_[i];
      if (budget.space != identity.space || !budget.pods.matches(identity.labels)) continue;
      // One that is being evicted has been counted.
      if (budget.disrupted.contains(pod->name().text())) continue;
      violates = --left[i] < 0 || violates;
    }
    (violates ? violating : others).push_back(pod);
  }
}

Verdict Preemption::try_node(const NodeInfo& node, Candidate& out) {
  const PodInfo& pod = cycle_.pod();
  out = {};
  out.node = &node;
  std::vector<PodInfo*> lower;
  for (PodInfo* other : node.pods) {
    if (other->priority() < pod.priority()) lower.push_back(other);
  }
  if (lower.empty()) {
    // Told apart from other refusals by having no reason.
    return Verdict::unresolvable(Plugin::kDefaultPreemption, Reason::kNone);
  }
  without_.removed.assign(lower.begin(), lower.end());
  const Verdict alone = cycle_.check_with_nominated(node, &without_);
  if (!alone.ok()) return alone;
  order_by_importance(lower);
  std::vector<PodInfo*> violating;
  std::vector<PodInfo*> others;
  split_by_budgets(lower, violating, others);
  const auto fits_with = [&](PodInfo* back) {
    std::erase(without_.removed, back);
    if (cycle_.check_with_nominated(node, &without_).ok()) return true;
    without_.removed.push_back(back);
    out.victims.push_back(back);
    return false;
  };
  for (PodInfo* each : violating) {
    if (!fits_with(each)) ++out.violations;
  }
  for (PodInfo* each : others) fits_with(each);
  order_by_importance(out.victims);
  return {};
}

// Source: pickOneNodeForPreemption; each rule decides only among those that the ones before left.
const Candidate& Preemption::pick(const std::vector<Candidate>& candidates) const {
  struct Badness {
    int64_t violations;
    int64_t highest;
    int64_t sum;
    int64_t count;
    int64_t earliest;  // negative: of the most important victims, the later the better
    auto operator<=>(const Badness&) const = default;
  };
  const auto badness_of = [this](const Candidate& candidate) {
    const int64_t highest = candidate.victims[0]->priority();
    int64_t sum = 0;
    int64_t earliest = std::numeric_limits<int64_t>::max();
    for (const PodInfo* victim : candidate.victims) {
      sum += above_least(*victim);
      if (victim->priority() == highest) earliest = std::min(earliest, start_of(*victim));
    }
    return Badness{candidate.violations, highest, sum,
                   static_cast<int64_t>(candidate.victims.size()), -earliest};
  };
  size_t best = 0;
  Badness least = badness_of(candidates[0]);
  for (size_t i = 1; i < candidates.size(); ++i) {
    const Badness badness = badness_of(candidates[i]);
    if (badness < least) {
      best = i;
      least = badness;
    }
  }
  return candidates[best];
}

Preemption::Found Preemption::find(std::span<const Refusal> refusals, uint32_t offset,
                                   int64_t now_ns) {
  now_ns_ = now_ns;
  std::vector<const NodeInfo*> nodes;
  for (const Refusal& refusal : refusals) {
    if (refusal.verdict.code == Code::kUnschedulable) nodes.push_back(refusal.node);
  }
  Reasons reasons;
  std::vector<Candidate> harmless;
  std::vector<Candidate> harmful;  // they violate budgets
  if (!nodes.empty()) {
    read_budgets();
    const auto count = static_cast<uint32_t>(nodes.size());
    const size_t wanted = candidates_wanted(count);
    Candidate candidate;
    for (uint32_t i = 0; i < count; ++i) {
      const NodeInfo& node = *nodes[(offset + i) % count];
      const Verdict verdict = try_node(node, candidate);
      if (!verdict.ok()) {
        if (verdict.reason == Reason::kNone) {
          reasons.add(kNoVictims, 1);
        } else {
          reasons.add(node, verdict);
        }
        continue;
      }
      if (candidate.victims.empty()) continue;
      (candidate.violations == 0 ? harmless : harmful).push_back(std::move(candidate));
      if (!harmless.empty() && harmless.size() + harmful.size() >= wanted) break;
    }
  }
  Found found;
  harmless.insert(harmless.end(), std::make_move_iterator(harmful.begin()),
                  std::make_move_iterator(harmful.end()));
  if (!harmless.empty()) {
    found.best = pick(harmless);
    return found;
  }
  const auto all = static_cast<int64_t>(cluster_.nodes().size());
  if (reasons.nodes() < all) reasons.add(kNotHelpful, all - reasons.nodes());
  const std::string text = reasons.text(cycle_);
  found.message = fit_message({all, {}, text, {}});
  return found;
}

}  // namespace sim::k8s::scheduler
