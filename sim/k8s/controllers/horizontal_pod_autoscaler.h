// sim/k8s/controllers/horizontal_pod_autoscaler.h: scales workloads with what their pods use.
//
// Concept: each autoscaler is looked at every 15 s. Metrics come from PodMetrics objects,
// autoscaler_replicas.h turns them into a proposal, autoscaler_behavior.h holds it back, and the
// target's scale subresource is written.
// Source: Kubernetes' documentation, "Horizontal Pod Autoscaling"; kube-controller-manager,
// horizontal-pod-autoscaler-controller (5 workers).
// Not modelled: custom and external metrics, which nobody serves, and the check that no two
// autoscalers want the same pods.

#pragma once

#include "sim/k8s/controllers/autoscaler_behavior.h"
#include "sim/k8s/controllers/controller.h"

namespace sim::k8s {

inline constexpr engine::Duration kAutoscalerPeriod = 15 * engine::kSecond;

/// What one look at an autoscaler comes to, before it is written.
struct AutoscalerStep {
  Value autoscaler;  // with its new conditions and metrics
  int64_t current = 0;
  int64_t desired = 0;
  bool rescale = false;
  std::string reason;  // of a change
  /// What went wrong with the metrics; the events say it.
  struct Note {
    std::string reason;
    std::string message;
  };
  std::vector<Note> warnings;
  bool failed = false;  // nothing may be concluded
};

struct AutoscalerLook {
  Value autoscaler;
  Value scale;                     // of the target
  std::vector<Value> pods;         // that the scale's selector selects
  std::vector<Value> pod_metrics;  // of them
  int64_t now_ns = 0;              // since 1970
  std::string now;                 // the same, as API objects write it
};
/// Decides; `history` remembers.
AutoscalerStep autoscaler_step(const AutoscalerLook& look, ScalingHistory& history,
                               engine::Instant now);
/// The autoscaler's status after the step was carried out. `rescaled`: something was changed.
Value with_autoscaler_status(const AutoscalerStep& step, bool rescaled, std::string_view now);

/// Starts the workers and returns; they end with `context`. Asks for its informers before it
/// suspends.
engine::Task<> run_horizontal_pod_autoscalers(ControllerContext controllers,
                                              engine::Context context);

}  // namespace sim::k8s
