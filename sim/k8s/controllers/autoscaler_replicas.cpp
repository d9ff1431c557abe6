#include "sim/k8s/controllers/autoscaler_replicas.h"

#include <algorithm>
#include <functional>
#include <optional>

#include "sim/k8s/api/quantity.h"
#include "sim/k8s/api/time.h"

namespace sim::k8s {
namespace {

using engine::Error;
using engine::errorf;

constexpr int64_t kPercent = 100;

int64_t nanoseconds(const Value& time) {
  return parse_time(time.text()).value_or(0);
}

// Whether what was measured of the pod's cpu says nothing yet, because it is still starting.
bool is_starting(const Value& pod, const PodMetric& metric, int64_t now_ns) {
  const Value& ready = condition_of(pod, "Ready");
  const Value& start_time = pod["status"]["startTime"];
  if (!ready || !start_time) return true;
  const bool is_unready = ready["status"].text() == "False";
  const int64_t changed_ns = nanoseconds(ready["lastTransitionTime"]);
  const int64_t started_ns = nanoseconds(start_time);
  if (started_ns + kCpuInitialization.ns > now_ns) {
    // A whole window must have been measured since it became ready.
    return is_unready || metric.timestamp_ns < changed_ns + metric.window.ns;
  }
  // It has never been ready.
  return is_unready && started_ns + kInitialReadinessDelay.ns > changed_ns;
}

void erase_all(PodMetricMap& metrics, const std::set<std::string, std::less<>>& names) {
  std::erase_if(metrics, [&](const auto& each) { return names.contains(each.first); });
}

using Requests = std::map<std::string, int64_t, std::less<>>;

struct RequestsRead {
  Requests milli;
  Error error;
};
RequestsRead requests_of(const ReplicaQuestion& question) {
  RequestsRead out;
  for (const Value& pod : question.pods) {
    int64_t& sum = out.milli[std::string(name_of(pod))];
    const auto add = [&](const Value& container) {
      const std::string_view name = container["name"].text();
      if (!question.container.empty() && name != question.container) return;
      const Value& request = container["resources"]["requests"][question.resource];
      if (!request && !out.error) {
        out.error = errorf("missing request for ", question.resource, " in container ", name,
                           " of Pod ", name_of(pod));
      }
      sum += Quantity::from(request).milli();
    };
    for (const Value& container : pod["spec"]["containers"].items()) add(container);
    for (const Value& container : pod["spec"]["initContainers"].items()) {
      if (container["restartPolicy"].text() == "Always") add(container);
    }
  }
  return out;
}

struct Usage {
  double ratio = 0;  // of the target
  int64_t utilization_percent = 0;
  int64_t average_milli = 0;
  Error error;
};

Usage usage_of_requests(const PodMetricMap& metrics, const Requests& requests, int64_t target) {
  Usage usage;
  int64_t used = 0;
  int64_t requested = 0;
  int64_t count = 0;
  for (const auto& [name, metric] : metrics) {
    const auto request = requests.find(name);
    if (request == requests.end()) continue;
    used += metric.milli;
    requested += request->second;
    ++count;
  }
  if (requested == 0) {
    usage.error = errorf("no metrics returned matched known pods");
    return usage;
  }
  usage.utilization_percent = used * kPercent / requested;
  usage.ratio = static_cast<double>(usage.utilization_percent) / static_cast<double>(target);
  usage.average_milli = used / count;
  return usage;
}

Usage usage_of_average(const PodMetricMap& metrics, int64_t target) {
  Usage usage;
  int64_t used = 0;
  for (const auto& [name, metric] : metrics) used += metric.milli;
  usage.average_milli = used / static_cast<int64_t>(metrics.size());
  usage.ratio = static_cast<double>(usage.average_milli) / static_cast<double>(target);
  return usage;
}

bool is_close(double ratio) {
  return ratio >= 1.0 - kAutoscalerTolerance && ratio <= 1.0 + kAutoscalerTolerance;
}

/// What the two sorts of targets differ in.
struct Measure {
  std::function<Usage(const PodMetricMap&)> usage;
  /// What a pod is assumed to use when scaling down.
  std::function<int64_t(std::string_view pod)> assumed;
};

ReplicaProposal propose(const ReplicaQuestion& question, const Measure& measure) {
  ReplicaProposal proposal;
  PodMetricMap metrics = question.metrics;
  const PodGroups groups = group_pods(question.pods, metrics, question.resource, question.now_ns);
  erase_all(metrics, groups.ignored);
  erase_all(metrics, groups.unready);
  if (metrics.empty()) {
    proposal.error = errorf("did not receive metrics for targeted pods (pods might be unready)");
    return proposal;
  }
  const Usage usage = measure.usage(metrics);
  proposal.error = usage.error;
  proposal.utilization_percent = usage.utilization_percent;
  proposal.average_milli = usage.average_milli;
  proposal.replicas = question.current_replicas;
  if (usage.error) return proposal;
  const bool counts_unready = !groups.unready.empty() && usage.ratio > 1.0;
  if (!counts_unready && groups.missing.empty()) {
    if (is_close(usage.ratio)) return proposal;
    proposal.replicas = rounded_up(usage.ratio * static_cast<double>(groups.ready));
    return proposal;
  }
  for (const std::string& name : groups.missing) {
    if (usage.ratio < 1.0) metrics[name].milli = measure.assumed(name);
    if (usage.ratio > 1.0) metrics[name].milli = 0;
  }
  if (counts_unready) {
    for (const std::string& name : groups.unready) metrics[name].milli = 0;
  }
  const Usage cautious = measure.usage(metrics);
  if (cautious.error) {
    proposal.error = cautious.error;
    return proposal;
  }
  const bool turns =
      (usage.ratio < 1.0 && cautious.ratio > 1.0) || (usage.ratio > 1.0 && cautious.ratio < 1.0);
  if (is_close(cautious.ratio) || turns) return proposal;
  const int64_t replicas = rounded_up(cautious.ratio * static_cast<double>(metrics.size()));
  const bool contradicts = (cautious.ratio < 1.0 && replicas > question.current_replicas) ||
                           (cautious.ratio > 1.0 && replicas < question.current_replicas);
  if (!contradicts) proposal.replicas = replicas;
  return proposal;
}

}  // namespace

int64_t rounded_up(double value) {
  const auto whole = static_cast<int64_t>(value);
  return static_cast<double>(whole) < value ? whole + 1 : whole;
}

MetricRead read_pod_metrics(const std::vector<Value>& pod_metrics, std::string_view resource,
                            std::string_view container) {
  MetricRead out;
  if (pod_metrics.empty()) {
    out.error = errorf("no metrics returned from resource metrics API");
    return out;
  }
  for (const Value& item : pod_metrics) {
    PodMetric metric;
    metric.timestamp_ns = nanoseconds(item["timestamp"]);
    metric.window = parse_duration(item["window"].text()).value_or(engine::Duration{});
    bool is_whole = item["containers"].size() > 0;
    bool has_container = container.empty();
    for (const Value& each : item["containers"].items()) {
      if (!container.empty() && each["name"].text() != container) continue;
      has_container = true;
      const Value& used = each["usage"][resource];
      is_whole = is_whole && bool(used);
      metric.milli += Quantity::from(used).milli();
    }
    if (!has_container && !out.error) {
      out.error = errorf("container ", container, " not present in metrics for pod ",
                         namespace_of(item), "/", name_of(item));
    }
    if (is_whole && has_container) out.metrics.emplace(name_of(item), metric);
  }
  return out;
}

PodGroups group_pods(const std::vector<Value>& pods, const PodMetricMap& metrics,
                     std::string_view resource, int64_t now_ns) {
  PodGroups groups;
  for (const Value& pod : pods) {
    const std::string name(name_of(pod));
    const std::string_view phase = pod["status"]["phase"].text();
    if (is_being_deleted(pod) || phase == "Failed") {
      groups.ignored.insert(name);
      continue;
    }
    if (phase == "Pending") {
      groups.unready.insert(name);
      continue;
    }
    const auto metric = metrics.find(name);
    if (metric == metrics.end()) {
      groups.missing.insert(name);
    } else if (resource == "cpu" && is_starting(pod, metric->second, now_ns)) {
      groups.unready.insert(name);
    } else {
      ++groups.ready;
    }
  }
  return groups;
}

ReplicaProposal replicas_for_utilization(const ReplicaQuestion& question, int64_t target_percent) {
  ReplicaProposal failed;
  failed.replicas = question.current_replicas;
  if (question.pods.empty()) {
    failed.error = errorf("no pods returned by selector while calculating replica count");
    return failed;
  }
  const RequestsRead requests = requests_of(question);
  Measure measure;
  measure.usage = [&](const PodMetricMap& metrics) {
    return requests.error ? Usage{0, 0, 0, requests.error}
                          : usage_of_requests(metrics, requests.milli, target_percent);
  };
  measure.assumed = [&](std::string_view pod) {
    const auto request = requests.milli.find(pod);
    if (request == requests.milli.end()) return int64_t{0};
    return request->second * std::max(kPercent, target_percent) / kPercent;
  };
  return propose(question, measure);
}

ReplicaProposal replicas_for_average(const ReplicaQuestion& question, int64_t target_milli) {
  ReplicaProposal failed;
  failed.replicas = question.current_replicas;
  if (question.pods.empty()) {
    failed.error = errorf("no pods returned by selector while calculating replica count");
    return failed;
  }
  Measure measure;
  measure.usage = [&](const PodMetricMap& metrics) {
    return usage_of_average(metrics, target_milli);
  };
  measure.assumed = [&](std::string_view) { return target_milli; };
  return propose(question, measure);
}

}  // namespace sim::k8s
