#include "sim/k8s/controllers/autoscaler_behavior.h"

#include <algorithm>

#include "sim/k8s/controllers/autoscaler_replicas.h"

namespace sim::k8s {
namespace {

using engine::Duration;
using engine::Instant;

/// How long anything is remembered: the longest period and window that may be asked for.
constexpr Duration kRemembered = 3600 * engine::kSecond;
constexpr int64_t kManyReplicas = INT32_MAX;

ScalingRules with_rules(ScalingRules rules, const Value& said) {
  const Value& window = said["stabilizationWindowSeconds"];
  if (window.is_integer()) rules.stabilization = window.integer() * engine::kSecond;
  const std::string_view select = said["selectPolicy"].text();
  if (select == "Min") rules.select = ScalingRules::Select::kMin;
  if (select == "Disabled") rules.select = ScalingRules::Select::kDisabled;
  if (said["policies"].size() == 0) return rules;
  rules.policies.clear();
  for (const Value& policy : said["policies"].items()) {
    rules.policies.push_back({policy["type"].text() == "Percent", policy["value"].integer(),
                              policy["periodSeconds"].integer() * engine::kSecond});
  }
  return rules;
}

struct Reason {
  std::string_view reason;
  std::string_view message;
};
constexpr Reason kWithinRange{"DesiredWithinRange",
                              "the desired count is within the acceptable range"};
constexpr Reason kTooFew{"TooFewReplicas",
                         "the desired replica count is less than the minimum replica count"};
constexpr Reason kTooMany{"TooManyReplicas",
                          "the desired replica count is more than the maximum replica count"};
constexpr Reason kUpLimit{
    "ScaleUpLimit", "the desired replica count is increasing faster than the maximum scale rate"};
constexpr Reason kDownLimit{
    "ScaleDownLimit", "the desired replica count is decreasing faster than the maximum scale rate"};

struct Bounds {
  int64_t least = 0;
  Reason too_few = kTooFew;
  int64_t most = 0;
  Reason too_many = kTooMany;
};

// Source: scaleUpLimitFactor 2.0, scaleUpLimitMinimum 4.0.
int64_t plain_up_limit(int64_t current) {
  constexpr int64_t kFactor = 2;
  constexpr int64_t kMinimum = 4;
  return std::max(kFactor * current, kMinimum);
}

int64_t percent_up(int64_t replicas, int64_t percent) {
  return rounded_up(static_cast<double>(replicas) * (1 + static_cast<double>(percent) / 100));
}
int64_t percent_down(int64_t replicas, int64_t percent) {
  return static_cast<int64_t>(static_cast<double>(replicas) *
                              (1 - static_cast<double>(percent) / 100));
}

}  // namespace

ScalingRules scale_up_rules(const Value& behavior) {
  constexpr int64_t kMostPods = 4;
  constexpr int64_t kPercent = 100;
  constexpr Duration kPeriod = 15 * engine::kSecond;
  ScalingRules rules;
  rules.policies = {{false, kMostPods, kPeriod}, {true, kPercent, kPeriod}};
  return with_rules(std::move(rules), behavior["scaleUp"]);
}

ScalingRules scale_down_rules(const Value& behavior) {
  constexpr int64_t kPercent = 100;
  constexpr Duration kPeriod = 15 * engine::kSecond;
  ScalingRules rules;
  rules.stabilization = kDownscaleStabilization;
  rules.policies = {{true, kPercent, kPeriod}};
  return with_rules(std::move(rules), behavior["scaleDown"]);
}

void ScalingHistory::begin(int64_t replicas, Instant now) {
  if (recommendations_.empty()) recommendations_.push_back({now, replicas});
}

int64_t ScalingHistory::sum_since(const Events& events, Instant since) {
  int64_t sum = 0;
  for (const Event& event : events) {
    if (event.at > since) sum += event.replicas;
  }
  return sum;
}

void ScalingHistory::scaled(int64_t from, int64_t to, Instant now) {
  Events& events = to > from ? ups_ : downs_;
  std::erase_if(events, [&](const Event& event) { return event.at < now - kRemembered; });
  events.push_back({now, to > from ? to - from : from - to});
}

// The proposal, or a recent one that changes less.
int64_t ScalingHistory::stabilize(const Question& question, Instant now) {
  const bool has_behavior = bool(question.behavior);
  const Duration up = has_behavior ? scale_up_rules(question.behavior).stabilization : Duration{};
  const Duration down =
      has_behavior ? scale_down_rules(question.behavior).stabilization : kDownscaleStabilization;
  int64_t lowest = question.desired;
  int64_t highest = question.desired;
  for (const Event& event : recommendations_) {
    if (event.at > now - up) lowest = std::min(lowest, event.replicas);
    if (event.at > now - down) highest = std::max(highest, event.replicas);
  }
  std::erase_if(recommendations_, [&](const Event& e) { return e.at < now - kRemembered; });
  recommendations_.push_back({now, question.desired});
  if (!has_behavior) return highest;
  return std::min(std::max(question.current, lowest), highest);
}

int64_t ScalingHistory::up_limit(const Question& question, Instant now) const {
  const ScalingRules rules = scale_up_rules(question.behavior);
  if (rules.select == ScalingRules::Select::kDisabled) return question.current;
  const bool picks_least = rules.select == ScalingRules::Select::kMin;
  int64_t limit = picks_least ? kManyReplicas : 0;
  for (const ScalingRules::Policy& policy : rules.policies) {
    const Instant since = now - policy.period;
    const int64_t start = question.current - sum_since(ups_, since) + sum_since(downs_, since);
    const int64_t proposed =
        policy.is_percent ? percent_up(start, policy.value) : start + policy.value;
    limit = picks_least ? std::min(limit, proposed) : std::max(limit, proposed);
  }
  return std::max(limit, question.current);
}

int64_t ScalingHistory::down_limit(const Question& question, Instant now) const {
  const ScalingRules rules = scale_down_rules(question.behavior);
  if (rules.select == ScalingRules::Select::kDisabled) return question.current;
  // The least change leaves the most.
  const bool picks_least = rules.select == ScalingRules::Select::kMin;
  int64_t limit = picks_least ? 0 : kManyReplicas;
  for (const ScalingRules::Policy& policy : rules.policies) {
    const Instant since = now - policy.period;
    const int64_t start = question.current - sum_since(ups_, since) + sum_since(downs_, since);
    const int64_t proposed =
        policy.is_percent ? percent_down(start, policy.value) : start - policy.value;
    limit = picks_least ? std::max(limit, proposed) : std::min(limit, proposed);
  }
  return std::min(limit, question.current);
}

ScalingHistory::Outcome ScalingHistory::limit(const Question& question, int64_t stabilized,
                                              Instant now) const {
  Bounds bounds;
  bounds.least = question.min;
  bounds.most = question.max;
  if (!question.behavior || stabilized > question.current) {
    const int64_t up =
        question.behavior ? up_limit(question, now) : plain_up_limit(question.current);
    if (bounds.most > up) {
      bounds.most = up;
      bounds.too_many = kUpLimit;
    }
  }
  if (question.behavior && stabilized < question.current) {
    const int64_t down = down_limit(question, now);
    if (bounds.least < down) {
      bounds.least = down;
      bounds.too_few = kDownLimit;
    }
  }
  Outcome outcome;
  outcome.replicas = stabilized;
  Reason why = kWithinRange;
  if (stabilized < bounds.least) {
    outcome.replicas = bounds.least;
    why = bounds.too_few;
  } else if (stabilized > bounds.most) {
    outcome.replicas = bounds.most;
    why = bounds.too_many;
  }
  const bool is_limited = outcome.replicas != stabilized;
  outcome.limited = {"ScalingLimited", is_limited ? "True" : "False", why.reason, why.message};
  return outcome;
}

ScalingHistory::Outcome ScalingHistory::normalize(const Question& question, Instant now) {
  const int64_t stabilized = stabilize(question, now);
  Outcome outcome = limit(question, stabilized, now);
  outcome.able = {"AbleToScale", "True", "ReadyForNewScale",
                  "recommended size matches current size"};
  if (stabilized == question.desired) return outcome;
  const bool is_up = question.behavior && question.desired >= question.current;
  outcome.able.reason = is_up ? "ScaleUpStabilized" : "ScaleDownStabilized";
  outcome.able.message =
      is_up ? "recent recommendations were lower than current one, applying the lowest recent "
              "recommendation"
            : "recent recommendations were higher than current one, applying the highest recent "
              "recommendation";
  return outcome;
}

}  // namespace sim::k8s
