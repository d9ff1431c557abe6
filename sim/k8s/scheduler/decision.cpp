#include "sim/k8s/scheduler/decision.h"

#include <algorithm>
#include <utility>

#include "engine/world/check.h"
#include "engine/world/world.h"

namespace sim::k8s::scheduler {
namespace {

constexpr uint32_t kFeasibleMin = 100;
constexpr uint32_t kPercentMin = 5;
constexpr uint32_t kPercentMax = 50;
constexpr uint32_t kNodesForAPercent = 125;

uint32_t draw(engine::EntityKey key, size_t n) {
  return engine::choose(engine::ChoiceKind::kProgram, key, static_cast<uint32_t>(n));
}

}  // namespace

uint32_t feasible_nodes_to_find(uint32_t nodes, uint32_t percentage) {
  if (nodes < kFeasibleMin) return nodes;
  if (percentage == 0) {
    const uint32_t less = std::min(nodes / kNodesForAPercent, kPercentMax);
    percentage = std::max(kPercentMax - less, kPercentMin);
  }
  return std::max(static_cast<uint32_t>(uint64_t{nodes} * percentage / 100), kFeasibleMin);
}

bool Decider::try_nominated(const PodInfo& pod, Decision& out) {
  const NodeInfo* const node = cluster_.find_node(pod.nominated);
  if (node == nullptr) return false;
  out.examined = 1;
  if (!cycle_.check_with_nominated(*node).ok()) return false;
  feasible_.push_back(cluster_.mutable_node(node->id));
  return true;
}

void Decider::find_feasible(const PodInfo& pod, Decision& out) {
  if (try_nominated(pod, out)) return;
  const std::vector<NodeInfo*>& all = cluster_.nodes();
  if (cycle_.restricted()) {
    candidates_.clear();
    for (const Value& name : pod.spec->nodes.names) {
      if (const NodeInfo* const node = cluster_.find_node(name)) {
        candidates_.push_back(cluster_.mutable_node(node->id));
      }
    }
  }
  const std::vector<NodeInfo*>& nodes = cycle_.restricted() ? candidates_ : all;
  const auto count = static_cast<uint32_t>(nodes.size());
  const uint32_t enough = feasible_nodes_to_find(count, options_.percentage_of_nodes_to_score);
  uint32_t examined = 0;
  uint32_t at = count == 0 ? 0 : next_start_ % count;
  while (examined < count && feasible_.size() < enough) {
    NodeInfo* const node = nodes[at];
    if (++at == count) at = 0;
    ++examined;
    const Verdict verdict = cycle_.check_with_nominated(*node);
    if (verdict.ok()) {
      feasible_.push_back(node);
    } else {
      refusals_.push_back({node, verdict});
      out.refused_by |= set_of(verdict.plugin);
    }
  }
  out.examined = examined;
  next_start_ = (next_start_ + examined) % static_cast<uint32_t>(all.size());
}

void Decider::select(Decision& out) {
  out.feasible = static_cast<uint32_t>(feasible_.size());
  out.ties = 1;
  out.refused_by = 0;
  if (feasible_.size() == 1) {
    out.node = feasible_[0];
    return;
  }
  cycle_.score(feasible_, options_.explanations > 0);
  const std::vector<int64_t>& totals = cycle_.totals();
  const int64_t most = *std::max_element(totals.begin(), totals.end());
  out.ties = static_cast<uint32_t>(std::count(totals.begin(), totals.end(), most));
  uint32_t left = draw(options_.key, out.ties);
  for (size_t i = 0; i < totals.size(); ++i) {
    if (totals[i] != most) continue;
    if (left-- == 0) {
      out.node = feasible_[i];
      return;
    }
  }
}

void Decider::fail(PodInfo& pod, int64_t now_ns, Decision& out) {
  const std::vector<NodeInfo*>& all = cluster_.nodes();
  const auto count = static_cast<int64_t>(all.size());
  std::string after = preemption_.ineligible(pod, refusals_);
  if (after.empty()) {
    uint32_t helpful = 0;
    for (const Refusal& each : refusals_) {
      if (each.verdict.code == Code::kUnschedulable) ++helpful;
    }
    const uint32_t offset = helpful == 0 ? 0 : draw(options_.key, helpful);
    Preemption::Found found = preemption_.find(refusals_, offset, now_ns);
    if (found.best.node != nullptr) {
      out.nomination = Decision::Nomination::kSet;
      out.preempts = std::move(found.best);
      for (PodInfo* other : out.preempts.node->nominated) {
        if (other != &pod && other->priority() < pod.priority()) out.pushed_out.push_back(other);
      }
    } else {
      out.nomination = Decision::Nomination::kCleared;
      after = std::move(found.message);
    }
  }
  if (!after.empty()) after.insert(0, "preemption: ");
  Reasons reasons;
  for (const Refusal& each : refusals_) reasons.add(*each.node, each.verdict);
  if (cycle_.restricted() && reasons.nodes() < count) {
    const Verdict absent = Verdict::unresolvable(Plugin::kNodeAffinity, Reason::kNotAmongNodes);
    reasons.add(*all[0], absent, count - reasons.nodes());
    out.refused_by |= set_of(Plugin::kNodeAffinity);
  }
  const std::string text = reasons.text(cycle_);
  out.message = fit_message({count, cycle_.refusal(), text, after});
}

Decision Decider::decide(PodInfo& pod, int64_t now_ns) {
  ENGINE_CHECK(pod.node == Cluster::kNone);
  Decision out;
  feasible_.clear();
  refusals_.clear();
  if (cluster_.nodes().empty()) {
    out.message = kNoNodes;
    out.nomination = Decision::Nomination::kCleared;
    return out;
  }
  cycle_.begin(pod);
  if (cycle_.refusal().empty()) {
    find_feasible(pod, out);
  } else {
    out.refused_by = set_of(cycle_.refused_by());
  }
  if (feasible_.empty()) {
    fail(pod, now_ns, out);
  } else {
    select(out);
  }
  if (options_.explanations > 0) {
    explanations_.push_back(explanation_of(out, now_ns));
    if (explanations_.size() > options_.explanations) explanations_.pop_front();
  }
  return out;
}

// From what the cycle has in its buffers.
Explanation Decider::explanation_of(const Decision& decision, int64_t now_ns) {
  Explanation made;
  const PodInfo& pod = cycle_.pod();
  made.pod = key_of(pod.object);
  made.at_ns = now_ns;
  made.message = decision.message;
  made.ties = static_cast<int32_t>(decision.ties);
  if (decision.node != nullptr) made.chosen = decision.node->name.text();
  if (decision.preempts.node != nullptr) made.nominated = decision.preempts.node->name.text();
  for (const PodInfo* victim : decision.preempts.victims) {
    made.victims.push_back(key_of(victim->object));
  }
  // Where each node is in the two lists, by its id.
  std::vector<uint32_t> feasible(cluster_.places(), UINT32_MAX);
  std::vector<uint32_t> refused(cluster_.places(), UINT32_MAX);
  for (uint32_t i = 0; i < feasible_.size(); ++i) feasible[feasible_[i]->id] = i;
  for (uint32_t i = 0; i < refusals_.size(); ++i) refused[refusals_[i].node->id] = i;
  const bool scored = feasible_.size() > 1;
  int64_t most = 0;
  if (scored) most = *std::max_element(cycle_.totals().begin(), cycle_.totals().end());
  for (const NodeInfo* node : cluster_.nodes()) {
    NodeExplanation& row = made.nodes.emplace_back();
    row.node = node->name.text();
    const uint32_t place = feasible[node->id];
    if (place != UINT32_MAX) {
      row.best = !scored;
      for (int i = 0; i < kScorePlugins && scored; ++i) {
        PluginScore& score = row.scores[i];
        score.raw = cycle_.raw()[i][place];
        score.normalized = cycle_.normalized()[i][place];
        score.weighted = score.normalized * kScores[i].weight;
        score.skipped = cycle_.skipped(static_cast<ScoreIndex>(i));
        row.total += score.weighted;
      }
      row.best = row.best || row.total == most;
      continue;
    }
    row.code = Code::kUnresolvable;
    if (refused[node->id] != UINT32_MAX) {
      const Verdict& verdict = refusals_[refused[node->id]].verdict;
      row.code = verdict.code;
      row.refused_by = verdict.plugin;
      cycle_.append_reasons(verdict, *node, row.reasons);
    } else if (!cycle_.refusal().empty()) {
      row.refused_by = cycle_.refused_by();
      row.reasons.push_back(cycle_.refusal());
    } else if (cycle_.restricted()) {
      row.refused_by = Plugin::kNodeAffinity;
      const Verdict absent = Verdict::unresolvable(Plugin::kNodeAffinity, Reason::kNotAmongNodes);
      cycle_.append_reasons(absent, *node, row.reasons);
    } else {
      row.examined = false;
    }
  }
  return made;
}

Explanation Decider::explain(PodInfo& pod, int64_t now_ns) {
  const bool placed = pod.node != Cluster::kNone;
  Cluster::Lifted lifted{};
  if (placed) lifted = cluster_.lift(pod);
  cycle_.begin(pod, true);
  Decision nothing;
  feasible_.clear();
  refusals_.clear();
  if (cycle_.refusal().empty()) {
    for (NodeInfo* node : cluster_.nodes()) {
      const Verdict verdict = cycle_.check_with_nominated(*node);
      if (verdict.ok()) {
        feasible_.push_back(node);
      } else {
        refusals_.push_back({node, verdict});
      }
    }
  }
  if (feasible_.size() > 1) {
    cycle_.score(feasible_, true);
    const std::vector<int64_t>& totals = cycle_.totals();
    const int64_t most = *std::max_element(totals.begin(), totals.end());
    nothing.ties = static_cast<uint32_t>(std::count(totals.begin(), totals.end(), most));
  } else {
    nothing.ties = static_cast<uint32_t>(feasible_.size());
  }
  nothing.feasible = static_cast<uint32_t>(feasible_.size());
  if (feasible_.empty()) {
    Reasons reasons;
    for (const Refusal& each : refusals_) reasons.add(*each.node, each.verdict);
    const std::string text = reasons.text(cycle_);
    nothing.message =
        cluster_.nodes().empty()
            ? std::string(kNoNodes)
            : fit_message(
                  {static_cast<int64_t>(cluster_.nodes().size()), cycle_.refusal(), text, {}});
  }
  Explanation made = explanation_of(nothing, now_ns);
  if (placed) cluster_.put_back(pod, lifted);
  return made;
}

}  // namespace sim::k8s::scheduler
