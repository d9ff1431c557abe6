#include "sim/k8s/kubelet/pod_cgroups.h"

#include <algorithm>

#include "sim/k8s/api/quantity.h"
#include "sim/node/machine.h"

namespace sim::k8s::kubelet {
namespace {

constexpr int32_t kGuaranteedScore = -997;
constexpr int32_t kBestEffortScore = 1000;

struct ClassSeen {
  bool any = false;     // some container asks for something
  bool limited = true;  // all have limits of both, equal to the requests
};

void look_at(const Value& container, ClassSeen& seen) {
  const Value& resources = container["resources"];
  for (const std::string_view name : {"cpu", "memory"}) {
    const Value& request = resources["requests"][name];
    const Value& limit = resources["limits"][name];
    const Quantity asked = Quantity::from(request);
    const Quantity most = Quantity::from(limit);
    if (!asked.is_zero() || !most.is_zero()) seen.any = true;
    if (most.is_zero() || (request && asked != most)) seen.limited = false;
  }
}

void add(Resources& sum, const Resources& more, bool& cpu_limited, bool& memory_limited) {
  sum.cpu_request_milli += more.cpu_request_milli;
  sum.memory_request += more.memory_request;
  sum.cpu_limit_milli += more.cpu_limit_milli;
  sum.memory_limit += more.memory_limit;
  cpu_limited = cpu_limited && more.cpu_limit_milli > 0;
  memory_limited = memory_limited && more.memory_limit > 0;
}

engine::Ref<node::Cgroup> below(node::Cgroup& parent, std::string_view name) {
  node::Cgroup* const there = parent.child(name);
  return there != nullptr ? engine::Ref<node::Cgroup>(there) : parent.create(name);
}

uint32_t weight_of(int64_t milli) {
  return node::cpu_weight_of_shares(
      node::cpu_shares_of_millicores(static_cast<uint64_t>(std::max<int64_t>(0, milli))));
}

}  // namespace

Resources resources_of(const Value& container) {
  const Value& resources = container["resources"];
  const auto amount = [&](std::string_view name) -> const Value& {
    const Value& request = resources["requests"][name];
    return request ? request : resources["limits"][name];
  };
  Resources out;
  out.cpu_request_milli = Quantity::from(amount("cpu")).milli();
  out.memory_request = Quantity::from(amount("memory")).value();
  out.cpu_limit_milli = Quantity::from(resources["limits"]["cpu"]).milli();
  out.memory_limit = Quantity::from(resources["limits"]["memory"]).value();
  return out;
}

Resources pod_resources(const Value& spec) {
  Resources sum;
  bool cpu_limited = true;
  bool memory_limited = true;
  for (const Value& each : spec["containers"].items()) {
    add(sum, resources_of(each), cpu_limited, memory_limited);
  }
  Resources sidecars;
  Resources most;  // of an init container with the sidecars that were started before it
  for (const Value& each : spec["initContainers"].items()) {
    Resources own = resources_of(each);
    if (each["restartPolicy"].text() == "Always") {
      add(sum, own, cpu_limited, memory_limited);
      add(sidecars, own, cpu_limited, memory_limited);
      own = sidecars;
    } else {
      add(own, sidecars, cpu_limited, memory_limited);
    }
    most.cpu_request_milli = std::max(most.cpu_request_milli, own.cpu_request_milli);
    most.memory_request = std::max(most.memory_request, own.memory_request);
    most.cpu_limit_milli = std::max(most.cpu_limit_milli, own.cpu_limit_milli);
    most.memory_limit = std::max(most.memory_limit, own.memory_limit);
  }
  // Adding sidecars that have no limits to an init container must not take its own limit away.
  bool cpu_all = true;
  bool memory_all = true;
  for (const std::string_view list : {"containers", "initContainers"}) {
    for (const Value& each : spec[list].items()) {
      const Resources own = resources_of(each);
      cpu_all = cpu_all && own.cpu_limit_milli > 0;
      memory_all = memory_all && own.memory_limit > 0;
    }
  }
  sum.cpu_request_milli = std::max(sum.cpu_request_milli, most.cpu_request_milli);
  sum.memory_request = std::max(sum.memory_request, most.memory_request);
  sum.cpu_limit_milli = cpu_all ? std::max(sum.cpu_limit_milli, most.cpu_limit_milli) : 0;
  sum.memory_limit = memory_all ? std::max(sum.memory_limit, most.memory_limit) : 0;
  return sum;
}

std::string_view quality_of_service(const Value& spec) {
  ClassSeen seen;
  for (const std::string_view list : {"containers", "initContainers"}) {
    for (const Value& each : spec[list].items()) look_at(each, seen);
  }
  if (!seen.any) return "BestEffort";
  return seen.limited ? "Guaranteed" : "Burstable";
}

int32_t oom_score_adjustment(const Value& pod, const Value& container, int64_t machine_memory) {
  constexpr int64_t kNodeCritical = 2'000'001'000;
  const Value& spec = pod["spec"];
  if (spec["priority"].integer() >= kNodeCritical) return kGuaranteedScore;
  const std::string_view quality = quality_of_service(spec);
  if (quality == "Guaranteed") return kGuaranteedScore;
  if (quality == "BestEffort") return kBestEffortScore;
  const int64_t request = resources_of(container).memory_request;
  const int64_t total = std::max<int64_t>(1, machine_memory);
  // A request has at most 63 bits, and the product may not.
  const auto share = static_cast<int64_t>(static_cast<__int128>(request) * 1000 / total);
  const int64_t score = 1000 - share;
  // Not as safe as a guaranteed pod, nor as exposed as one of best effort.
  if (score < 1000 + kGuaranteedScore) return 1000 + kGuaranteedScore;
  if (score == kBestEffortScore) return kBestEffortScore - 1;
  return static_cast<int32_t>(score);
}

container::Limits container_limits(const Value& pod, const Value& container,
                                   int64_t machine_memory) {
  const Resources own = resources_of(container);
  container::Limits out;
  out.cpu_weight = weight_of(own.cpu_request_milli);
  out.cpu_max = node::cpu_max_of_millicores(static_cast<uint64_t>(own.cpu_limit_milli));
  if (own.memory_limit > 0) out.memory_bytes = own.memory_limit;
  out.oom_score_adj = oom_score_adjustment(pod, container, machine_memory);
  return out;
}

std::string pod_cgroup_path(const Value& pod) {
  const std::string_view quality = quality_of_service(pod["spec"]);
  std::string path = "/kubepods";
  if (quality == "Burstable") path += "/burstable";
  if (quality == "BestEffort") path += "/besteffort";
  path += "/pod";
  path += uid_of(pod);
  return path;
}

engine::Ref<node::Cgroup> pod_cgroup(node::Machine& machine, const Value& pod) {
  const std::string_view quality = quality_of_service(pod["spec"]);
  engine::Ref<node::Cgroup> parent = below(machine.cgroup(), "kubepods");
  static_cast<void>(parent->set_cpu_weight(weight_of(int64_t{machine.cpu().cores()} * 1000)));
  if (quality == "Burstable") parent = below(*parent, "burstable");
  if (quality == "BestEffort") {
    parent = below(*parent, "besteffort");
    static_cast<void>(parent->set_cpu_weight(1));
  }
  const std::string name = "pod" + std::string(uid_of(pod));
  engine::Ref<node::Cgroup> group = below(*parent, name);
  const Resources needs = pod_resources(pod["spec"]);
  static_cast<void>(group->set_cpu_weight(weight_of(needs.cpu_request_milli)));
  const node::CpuMax max =
      node::cpu_max_of_millicores(static_cast<uint64_t>(needs.cpu_limit_milli));
  if (max.quota.ns > 0) static_cast<void>(group->set_cpu_max(max));
  if (needs.memory_limit > 0) group->set_memory_max(needs.memory_limit);
  return group;
}

}  // namespace sim::k8s::kubelet
