// sim/k8s/controllers/autoscaler_behavior.h: how far an autoscaler may go at once.
//
// Concept: pure state. What the metrics propose is held back: scaling down waits for the highest
// proposal of the last five minutes, both directions have limits for each period, and the bounds of
// the specification hold always. Each step leaves a condition that says what held it back.
// Source: Kubernetes' documentation, "Horizontal Pod Autoscaling", configurable scaling behavior;
// kube-controller-manager's normalizeDesiredReplicas, normalizeDesiredReplicasWithBehaviors. With
// no `behavior` at all one step up goes to twice the replicas, or to 4.

#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "engine/world/time.h"
#include "sim/k8s/api/object.h"

namespace sim::k8s {

/// Source: --horizontal-pod-autoscaler-downscale-stabilization.
inline constexpr engine::Duration kDownscaleStabilization = 300 * engine::kSecond;

/// What one direction of a `behavior` allows, with its defaults filled in.
struct ScalingRules {
  enum class Select : uint8_t { kMax, kMin, kDisabled };
  struct Policy {
    bool is_percent = false;
    int64_t value = 0;
    engine::Duration period;
  };
  engine::Duration stabilization;
  Select select = Select::kMax;
  std::vector<Policy> policies;
};
/// `behavior` may lack the direction, or parts of it.
ScalingRules scale_up_rules(const Value& behavior);
ScalingRules scale_down_rules(const Value& behavior);

/// What happened to one autoscaler so far.
class ScalingHistory {
 public:
  /// At the first look: what is there counts as recommended.
  void begin(int64_t replicas, engine::Instant now);

  struct Question {
    int64_t current = 0;
    int64_t desired = 0;  // what the metrics propose
    int64_t min = 1;
    int64_t max = 1;
    Value behavior;  // absent if there is none
  };
  struct Outcome {
    int64_t replicas = 0;
    Condition able;     // AbleToScale
    Condition limited;  // ScalingLimited
  };
  /// What may be done now of what is proposed; remembers the proposal.
  Outcome normalize(const Question& question, engine::Instant now);
  /// It has been scaled. Only counts for those with a `behavior`.
  void scaled(int64_t from, int64_t to, engine::Instant now);

 private:
  struct Event {
    engine::Instant at;
    int64_t replicas = 0;  // recommended, or added, or removed
  };
  using Events = std::vector<Event>;
  static int64_t sum_since(const Events& events, engine::Instant since);
  int64_t stabilize(const Question& question, engine::Instant now);
  [[nodiscard]] int64_t up_limit(const Question& question, engine::Instant now) const;
  [[nodiscard]] int64_t down_limit(const Question& question, engine::Instant now) const;
  [[nodiscard]] Outcome limit(const Question& question, int64_t stabilized,
                              engine::Instant now) const;

  Events recommendations_;
  Events ups_;
  Events downs_;
};

}  // namespace sim::k8s
