// sim/k8s/controllers/autoscaler_replicas.h: how many pods would bring a resource to its target.
//
// Concept: pure functions. Usage over target, times the pods that count. Pods that are not ready
// yet, or of which nothing was measured, are assumed to use what makes the change smaller, so that
// nobody scales on a guess.
// Determinism: the ratio is one division of doubles, and what is rounded up is exact below 2^53.
// Source: Kubernetes' documentation, "Horizontal Pod Autoscaling", algorithm details;
// kube-controller-manager's ReplicaCalculator.

#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "engine/sync/error.h"
#include "engine/world/time.h"
#include "sim/k8s/api/object.h"

namespace sim::k8s {

/// Source: --horizontal-pod-autoscaler-tolerance, -cpu-initialization-period,
/// -initial-readiness-delay.
inline constexpr double kAutoscalerTolerance = 0.1;
inline constexpr engine::Duration kCpuInitialization = 300 * engine::kSecond;
inline constexpr engine::Duration kInitialReadinessDelay = 30 * engine::kSecond;

/// What was measured of a pod, in thousandths.
struct PodMetric {
  int64_t milli = 0;
  int64_t timestamp_ns = 0;  // since 1970
  engine::Duration window;
};
using PodMetricMap = std::map<std::string, PodMetric, std::less<>>;

struct MetricRead {
  PodMetricMap metrics;
  engine::Error error;
};
/// Of PodMetrics objects; an empty `container` means all of each pod. Pods of which the resource
/// was not measured are left out.
MetricRead read_pod_metrics(const std::vector<Value>& pod_metrics, std::string_view resource,
                            std::string_view container);

/// Pods by what can be said of their usage; each set holds names.
struct PodGroups {
  int64_t ready = 0;
  std::set<std::string, std::less<>> unready;
  std::set<std::string, std::less<>> missing;
  std::set<std::string, std::less<>> ignored;
};
PodGroups group_pods(const std::vector<Value>& pods, const PodMetricMap& metrics,
                     std::string_view resource, int64_t now_ns);

struct ReplicaQuestion {
  int64_t current_replicas = 0;
  std::vector<Value> pods;
  PodMetricMap metrics;
  std::string resource;   // "cpu"
  std::string container;  // empty: all of the pod
  int64_t now_ns = 0;     // since 1970
};
struct ReplicaProposal {
  int64_t replicas = 0;
  int64_t utilization_percent = 0;  // of requests
  int64_t average_milli = 0;
  engine::Error error;
};
/// For a target in percent of what the pods request.
ReplicaProposal replicas_for_utilization(const ReplicaQuestion& question, int64_t target_percent);
/// For a target in thousandths for each pod.
ReplicaProposal replicas_for_average(const ReplicaQuestion& question, int64_t target_milli);

/// The least whole number that is not below `value`. REQUIRES: |value| < 2^53.
int64_t rounded_up(double value);

}  // namespace sim::k8s
