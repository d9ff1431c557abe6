// sim/k8s/controllers/metrics_server.h: what nodes and containers use, as API objects.
//
// Concept: every 15 s each node's kubelet is asked, and NodeMetrics and PodMetrics of
// metrics.k8s.io/v1beta1 are written: those that have changed, and those that would grow older than
// a minute. `kubectl top` and the autoscaler read them.
//
// A kubelet answers GET http://NODE:10250/metrics/resource.json with
//
//   {"node": {"nodeName": "node-1", "time": "2026-01-01T00:00:15Z", "windowSeconds": 10,
//             "cpu": {"usageNanoCores": 250000000}, "memory": {"workingSetBytes": 734003200}},
//    "pods": [{"podRef": {"name": "web-1", "namespace": "default", "uid": "..."},
//              "containers": [{"name": "web", "cpu": {"usageNanoCores": 120000000},
//                              "memory": {"workingSetBytes": 52428800}}]}]}
//
// where `time` is the end of the measurement, `windowSeconds` how long it took (15 if it is left
// out), and usageNanoCores the mean over it in billionths of a core. Containers that have just
// started, of which no rate is known yet, are left out with their pod.
//
// Source: Kubernetes' metrics-server (--metric-resolution 15s) and the kubelet's Summary API, whose
// names the fields have. Not modelled: an aggregated API server; the objects are stored as all
// others are.

#pragma once

#include <string>
#include <vector>

#include "sim/k8s/client/informer.h"

namespace sim::k8s {

inline constexpr engine::Duration kMetricResolution = 15 * engine::kSecond;
/// An object is written anew after so long although nothing has changed.
inline constexpr engine::Duration kMetricsOldest = 60 * engine::kSecond;

struct MetricsServerOptions {
  engine::Duration resolution = kMetricResolution;
  /// Of the request to one kubelet.
  engine::Duration timeout = 10 * engine::kSecond;
  int kubelet_port = 10250;
};

/// The NodeMetrics of a kubelet's answer; absent if it says nothing of the node.
Value node_metrics_of(const Value& answer, const Value& node);
/// The PodMetrics of the pods that `pods` knows, with the uid that the kubelet says.
std::vector<Value> pod_metrics_of(const Value& answer, const Informer& pods);
/// The same of one entry of "pods"; absent if there is nothing to say.
Value pod_metrics_of_entry(const Value& answer, const Value& entry, const Value& pod);

/// Whether `fresh` is worth writing over `stored` (absent: there is none).
bool metrics_differ(const Value& stored, const Value& fresh);

/// Measures until `context` is done.
engine::Task<> run_metrics_server(RestClient client, MetricsServerOptions options,
                                  engine::Context context);

}  // namespace sim::k8s
