// The part of a cycle that scores the nodes that passed.

#include <algorithm>
#include <limits>

#include "sim/k8s/scheduler/cycle.h"
#include "sim/k8s/scheduler/logarithm.h"

namespace sim::k8s::scheduler {
namespace {

// Source: imagelocality's thresholds.
constexpr int64_t kMebi = 1024 * 1024;
constexpr int64_t kImagesMin = 23 * kMebi;
constexpr int64_t kImagesMaxEach = 1000 * kMebi;

// What is left, in hundredths. Source: noderesources' leastRequestedScore.
int64_t least_requested(int64_t requested, int64_t capacity) {
  if (capacity == 0 || requested > capacity) return 0;
  return (capacity - requested) * kMaxNodeScore / capacity;
}

double share(int64_t requested, int64_t capacity) {
  const double fraction = static_cast<double>(requested) / static_cast<double>(capacity);
  return fraction > 1 ? 1 : fraction;
}

// Half away from zero, as Go's math.Round. REQUIRES: not negative, and small.
int64_t rounded(double value) {
  const auto down = static_cast<int64_t>(value);
  return value - static_cast<double>(down) >= 0.5 ? down + 1 : down;
}

}  // namespace

// Source: plugins/helper, DefaultNormalizeScore.
void Cycle::normalize(ScoreIndex plugin, bool reverse) {
  std::vector<int64_t>& scores = scores_[plugin];
  int64_t most = 0;
  for (const int64_t score : scores) most = std::max(most, score);
  if (most == 0) {
    if (reverse) std::fill(scores.begin(), scores.end(), kMaxNodeScore);
    return;
  }
  for (int64_t& score : scores) {
    score = kMaxNodeScore * score / most;
    if (reverse) score = kMaxNodeScore - score;
  }
}

void Cycle::score(std::span<NodeInfo* const> nodes, bool keep_raw) {
  for (auto& scores : scores_) scores.assign(nodes.size(), 0);
  skipped_.fill(false);
  score_taints(nodes);
  score_node_affinity(nodes);
  score_resources(nodes);
  score_spread(nodes);
  score_pod_affinity(nodes);
  score_images(nodes);
  if (keep_raw) raw_ = scores_;
  normalize(kTaintScore, true);
  if (!skipped_[kNodeAffinityScore]) normalize(kNodeAffinityScore, false);
  // PodTopologySpread: the fewer pods, the better.
  if (!skipped_[kSpreadScore]) {
    std::vector<int64_t>& scores = scores_[kSpreadScore];
    int64_t least = std::numeric_limits<int64_t>::max();
    int64_t most = 0;
    for (size_t i = 0; i < scores.size(); ++i) {
      if (ignored_[i] != 0) continue;
      least = std::min(least, scores[i]);
      most = std::max(most, scores[i]);
    }
    for (size_t i = 0; i < scores.size(); ++i) {
      if (ignored_[i] != 0) {
        scores[i] = 0;
      } else {
        scores[i] = most == 0 ? kMaxNodeScore : kMaxNodeScore * (most + least - scores[i]) / most;
      }
    }
  }
  // InterPodAffinity: from the worst to the best, which may both be negative.
  if (!skipped_[kPodAffinityScore]) {
    std::vector<int64_t>& scores = scores_[kPodAffinityScore];
    const auto [least, most] = std::minmax_element(scores.begin(), scores.end());
    const int64_t low = least == scores.end() ? 0 : *least;
    const int64_t range = most == scores.end() ? 0 : *most - low;
    for (int64_t& score : scores) {
      double part = 0;
      if (range > 0) {
        part = static_cast<double>(kMaxNodeScore) *
               (static_cast<double>(score - low) / static_cast<double>(range));
      }
      score = static_cast<int64_t>(part);
    }
  }
  totals_.assign(nodes.size(), 0);
  for (int plugin = 0; plugin < kScorePlugins; ++plugin) {
    const std::vector<int64_t>& scores = scores_[plugin];
    for (size_t i = 0; i < scores.size(); ++i) totals_[i] += kScores[plugin].weight * scores[i];
  }
}

void Cycle::score_taints(std::span<NodeInfo* const> nodes) {
  const std::vector<Toleration>& tolerations = pod_->spec->tolerations;
  for (size_t i = 0; i < nodes.size(); ++i) {
    for (const Taint& taint : nodes[i]->taints) {
      if (taint.effect == Effect::kPreferNoSchedule && !tolerated(tolerations, taint)) {
        ++scores_[kTaintScore][i];
      }
    }
  }
}

void Cycle::score_node_affinity(std::span<NodeInfo* const> nodes) {
  const std::vector<PreferredNodes>& preferred = pod_->spec->preferred_nodes;
  skipped_[kNodeAffinityScore] = preferred.empty();
  for (const PreferredNodes& each : preferred) {
    for (size_t i = 0; i < nodes.size(); ++i) {
      if (each.term.matches(nodes[i]->labels, nodes[i]->name)) {
        scores_[kNodeAffinityScore][i] += each.weight;
      }
    }
  }
}

// NodeResourcesFit prefers what is left over with what pods are taken to need; balanced allocation
// looks at what they asked for, and at nothing for a pod that asks for nothing.
void Cycle::score_resources(std::span<NodeInfo* const> nodes) {
  const PodSpec& spec = *pod_->spec;
  const bool asks = spec.requests.milli_cpu != 0 || spec.requests.memory != 0;
  skipped_[kBalanceScore] = !asks;
  for (size_t i = 0; i < nodes.size(); ++i) {
    const NodeInfo& node = *nodes[i];
    const Resources& all = node.allocatable;
    int64_t sum = 0;
    int64_t weights = 0;
    if (all.milli_cpu != 0) {
      sum += least_requested(node.nonzero_milli_cpu + spec.nonzero_milli_cpu, all.milli_cpu);
      ++weights;
    }
    if (all.memory != 0) {
      sum += least_requested(node.nonzero_memory + spec.nonzero_memory, all.memory);
      ++weights;
    }
    scores_[kFitScore][i] = weights == 0 ? 0 : sum / weights;
    if (!asks) continue;
    double deviation = 0;
    if (all.milli_cpu != 0 && all.memory != 0) {
      const double cpu = share(node.requested.milli_cpu + spec.requests.milli_cpu, all.milli_cpu);
      const double memory = share(node.requested.memory + spec.requests.memory, all.memory);
      deviation = (cpu - memory) / 2;
      if (deviation < 0) deviation = -deviation;
    }
    scores_[kBalanceScore][i] =
        static_cast<int64_t>((1 - deviation) * static_cast<double>(kMaxNodeScore));
  }
}

void Cycle::score_images(std::span<NodeInfo* const> nodes) {
  const std::vector<uint32_t>& wanted = pod_->spec->images;
  images_.clear();
  const auto all = static_cast<double>(cluster_.nodes().size());
  for (const uint32_t id : wanted) {
    const Cluster::Image image = cluster_.image(id);
    if (image.nodes == 0) continue;
    const double spread = static_cast<double>(image.nodes) / all;
    images_.push_back({id, static_cast<int64_t>(static_cast<double>(image.size) * spread)});
  }
  // Below the least that counts, as all are without any image.
  if (images_.empty()) return;
  const int64_t most = kImagesMaxEach * static_cast<int64_t>(wanted.size());
  for (size_t i = 0; i < nodes.size(); ++i) {
    const std::vector<uint32_t>& has = nodes[i]->images;
    int64_t sum = 0;
    for (const Worth& each : images_) {
      if (std::binary_search(has.begin(), has.end(), each.image)) sum += each.score;
    }
    sum = std::clamp(sum, kImagesMin, most);
    scores_[kImageScore][i] = kMaxNodeScore * (sum - kImagesMin) / (most - kImagesMin);
  }
}

void Cycle::score_spread(std::span<NodeInfo* const> nodes) {
  const PodSpec& spec = *pod_->spec;
  SpreadDefaults& defaults = cluster_.spread_defaults();
  soft_.clear();
  soft_by_default_ = spec.spread.empty();
  if (soft_by_default_) {
    if (const auto pods = defaults.class_for(*pod_->identity, pod_->object)) {
      soft_.push_back({defaults.hostname(), *pods, kDefaultHostnameSkew, 1, false, true, false});
      soft_.push_back({defaults.zone(), *pods, kDefaultZoneSkew, 1, false, true, false});
    }
  } else {
    for (const SpreadConstraint& constraint : spec.spread) {
      if (!constraint.must) soft_.push_back(constraint);
    }
  }
  skipped_[kSpreadScore] = soft_.empty();
  if (soft_.empty()) return;
  wishes_used_ = soft_.size();
  if (wishes_.size() < wishes_used_) wishes_.resize(wishes_used_);
  const std::span<Tally> tallies(wishes_.data(), wishes_used_);
  for (size_t i = 0; i < wishes_used_; ++i) {
    tallies[i].constraint = &soft_[i];
    tallies[i].by_node = soft_[i].key == defaults.hostname();
  }
  // By default, nodes without a zone are spread by hostname all the same.
  const bool all_keys = !soft_by_default_;
  tally(tallies, all_keys);
  ignored_.assign(nodes.size(), 0);
  int64_t scored = 0;
  for (size_t i = 0; i < nodes.size(); ++i) {
    const bool lacks = all_keys && !has_all_keys(*nodes[i], tallies);
    ignored_[i] = lacks ? 1 : 0;
    scored += lacks ? 0 : 1;
  }
  for (Tally& each : tallies) {
    int64_t domains = scored;
    if (!each.by_node) {
      // No label is a domain like any other here.
      domains = 0;
      ++mark_;
      marks_.resize(std::max<size_t>(marks_.size(), index_.domains_ever(each.constraint->key) + 1));
      for (size_t i = 0; i < nodes.size(); ++i) {
        if (ignored_[i] != 0) continue;
        uint32_t& mark = marks_[Index::domain_of(*nodes[i], each.constraint->key) + 1];
        if (mark != mark_) ++domains;
        mark = mark_;
      }
    }
    each.weight = natural_log(domains + 2);
  }
  for (size_t i = 0; i < nodes.size(); ++i) {
    if (ignored_[i] != 0) continue;
    double score = 0;
    for (const Tally& each : tallies) {
      const SpreadConstraint& constraint = *each.constraint;
      const uint32_t domain = Index::domain_of(*nodes[i], constraint.key);
      if (domain == Index::kNoDomain) continue;
      const int32_t count =
          each.by_node ? Index::pods_on(*nodes[i], constraint.pods) : each.in(domain);
      score +=
          static_cast<double>(count) * each.weight + static_cast<double>(constraint.max_skew - 1);
    }
    scores_[kSpreadScore][i] = rounded(score);
  }
}

void Cycle::score_pod_affinity(std::span<NodeInfo* const> nodes) {
  skipped_[kPodAffinityScore] = prefers_.empty() && others_prefer_.empty();
  for (size_t i = 0; i < nodes.size(); ++i) {
    int64_t& score = scores_[kPodAffinityScore][i];
    for (const Weighted& each : prefers_) {
      const uint32_t domain = Index::domain_of(*nodes[i], each.pods->key);
      if (domain != Index::kNoDomain) score += each.weight * each.pods->counts.of(domain);
    }
    for (const Term* term : others_prefer_) {
      const uint32_t domain = Index::domain_of(*nodes[i], term->key);
      if (domain != Index::kNoDomain) score += term->weight * term->owners.of(domain);
    }
  }
}

}  // namespace sim::k8s::scheduler
