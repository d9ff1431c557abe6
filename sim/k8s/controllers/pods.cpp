#include "sim/k8s/controllers/pods.h"

#include <algorithm>
#include <bit>
#include <charconv>
#include <compare>
#include <map>
#include <string>
#include <utility>

#include "sim/k8s/api/time.h"

namespace sim::k8s {
namespace {

constexpr int64_t kSecondNs = 1'000'000'000;
constexpr std::string_view kDeletionCost = "controller.kubernetes.io/pod-deletion-cost";

int64_t ready_since(const Value& pod) {
  const Value& ready = condition_of(pod, "Ready");
  return ready["status"].text() == "True" ? time_of(ready["lastTransitionTime"]) : 0;
}

int64_t deletion_cost(const Value& pod) {
  const std::string_view text = annotation_of(pod, kDeletionCost);
  int64_t cost = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), cost);
  return error == std::errc() && end == text.data() + text.size() ? cost : 0;
}

int phase_rank(const Value& pod) {
  const std::string_view phase = phase_of(pod);
  return phase == "Running" ? 2 : phase == "Unknown" ? 1 : 0;
}

// How long ago, as a power of two of nanoseconds; what has no time comes first.
int age_rank(int64_t time_ns, int64_t now_ns) {
  if (time_ns == 0) return -2;
  const int64_t age = now_ns - time_ns;
  return age <= 0 ? -1 : static_cast<int>(std::bit_width(static_cast<uint64_t>(age))) - 1;
}

// What decides, in order; the least goes first. Kubernetes leaves times of one power of two to the
// unique ids at once; asking for restarts and age before that keeps the order transitive.
struct Rank {
  bool has_node;
  int phase;
  bool ready;
  int64_t cost;
  int64_t doubled;  // negative: the more, the earlier
  int ready_age;
  int64_t restarts;  // negative: the more, the earlier
  int age;
  std::string_view uid;
  auto operator<=>(const Rank&) const = default;
};

}  // namespace

int64_t time_of(const Value& text) {
  return text.is_string() ? parse_time(text.text()).value_or(0) : 0;
}

bool is_older(const Value& a, const Value& b) {
  return std::pair(creation_of(a), name_of(a)) < std::pair(creation_of(b), name_of(b));
}

bool is_pod_available(const Value& pod, int64_t min_ready_seconds, int64_t now_ns) {
  if (!is_pod_ready(pod)) return false;
  if (min_ready_seconds == 0) return true;
  const int64_t since = ready_since(pod);
  return since != 0 && since + min_ready_seconds * kSecondNs < now_ns;
}

std::vector<Value> active_pods(std::span<const Value> pods) {
  std::vector<Value> out;
  for (const Value& pod : pods) {
    if (is_pod_active(pod)) out.push_back(pod);
  }
  return out;
}

int64_t max_restarts(const Value& pod) {
  int64_t most = 0;
  for (const Value& container : pod["status"]["containerStatuses"].items()) {
    most = std::max(most, container["restartCount"].integer());
  }
  return most;
}

std::vector<Value> ranked_for_deletion(std::span<const Value> pods, std::span<const Value> related,
                                       int64_t now_ns) {
  std::map<std::string_view, int64_t> on_node;
  for (const Value& pod : related) {
    if (is_pod_active(pod)) ++on_node[pod["spec"]["nodeName"].text()];
  }
  struct Ranked {
    Rank rank;
    Value pod;
  };
  std::vector<Ranked> all;
  for (const Value& pod : pods) {
    const std::string_view node = pod["spec"]["nodeName"].text();
    const bool ready = is_pod_ready(pod);
    const auto doubled = on_node.find(node);
    const Rank rank{.has_node = !node.empty(),
                    .phase = phase_rank(pod),
                    .ready = ready,
                    .cost = deletion_cost(pod),
                    .doubled = doubled == on_node.end() ? 0 : -doubled->second,
                    .ready_age = ready ? age_rank(ready_since(pod), now_ns) : 0,
                    .restarts = -max_restarts(pod),
                    .age = age_rank(creation_of(pod), now_ns),
                    .uid = uid_of(pod)};
    all.push_back({rank, pod});
  }
  std::stable_sort(all.begin(), all.end(),
                   [](const Ranked& a, const Ranked& b) { return a.rank < b.rank; });
  std::vector<Value> out;
  for (const Ranked& each : all) out.push_back(each.pod);
  return out;
}

}  // namespace sim::k8s
