#include "sim/k8s/check/convergence.h"

#include <set>

#include <fmt/format.h>

#include "sim/container/runtime.h"
#include "sim/k8s/api/selector.h"
#include "sim/k8s/controllers/pod_state.h"
#include "sim/k8s/kubelet/state.h"

namespace sim::k8s::check {
namespace {

class Judge {
 public:
  Judge(const Objects& objects, Findings& findings) : objects_(objects), findings_(findings) {}

  void nodes() {
    for_each(objects_, kNodePrefix, [&](const Value& node) {
      if (!condition_is_true(node, "Ready")) wrong(node, "is not ready");
      for (const Value& taint : node["spec"]["taints"].items()) {
        const std::string_view key = taint["key"].text();
        if (key.starts_with("node.kubernetes.io/"))
          wrong(node, fmt::format("has the taint {}", key));
      }
    });
  }

  void workloads() {
    for_each(objects_, kDeploymentPrefix, [&](const Value& set) {
      const Value& replicas = set["spec"]["replicas"];
      same(set, "observedGeneration", metadata(set)["generation"]);
      for (const std::string_view count :
           {"replicas", "updatedReplicas", "readyReplicas", "availableReplicas"}) {
        same(set, count, replicas);
      }
    });
    for_each(objects_, kStatefulSetPrefix, [&](const Value& set) {
      same(set, "observedGeneration", metadata(set)["generation"]);
      for (const std::string_view count : {"replicas", "readyReplicas", "availableReplicas"}) {
        same(set, count, set["spec"]["replicas"]);
      }
      same(set, "currentRevision", set["status"]["updateRevision"]);
    });
    for_each(objects_, kDaemonSetPrefix, [&](const Value& set) {
      same(set, "observedGeneration", metadata(set)["generation"]);
      for (const std::string_view count :
           {"currentNumberScheduled", "updatedNumberScheduled", "numberReady", "numberAvailable"}) {
        same(set, count, set["status"]["desiredNumberScheduled"]);
      }
      same(set, "numberMisscheduled", 0);
    });
    for_each(objects_, kJobPrefix, [&](const Value& job) {
      if (!condition_is_true(job, "Complete")) wrong(job, "has not completed");
    });
    for (const auto& [key, object] : objects_) {
      if (is_being_deleted(object)) wrong(object, "is still being deleted");
    }
  }

  void services() {
    for_each(objects_, kServicePrefix, [&](const Value& service) {
      if (!service["spec"].contains("selector")) return;
      std::set<std::string, std::less<>> wanted;
      const LabelSelector selector = LabelSelector::from_map(service["spec"]["selector"]);
      for_each(objects_, kPodPrefix, [&](const Value& pod) {
        if (namespace_of(pod) != namespace_of(service) || !selector.matches(labels_of(pod))) return;
        if (pod_is_ready(pod)) wanted.emplace(pod["status"]["podIP"].text());
      });
      std::set<std::string, std::less<>> there;
      for_each(objects_, kSlicePrefix, [&](const Value& slice) {
        if (namespace_of(slice) != namespace_of(service)) return;
        if (labels_of(slice)["kubernetes.io/service-name"] != metadata(service)["name"]) return;
        for (const Value& endpoint : slice["endpoints"].items()) {
          if (endpoint["conditions"]["ready"].truth())
            there.emplace(endpoint["addresses"][0].text());
        }
      });
      if (there != wanted) {
        wrong(service, fmt::format("has {} ready endpoints, not those of its {} ready pods",
                                   there.size(), wanted.size()));
      }
    });
  }

  void containers(const net::Cluster& cluster) {
    std::map<std::string, int64_t, std::less<>> running;  // by the pod's uid
    for (const net::Cluster::Member& member : cluster.members()) {
      const container::Runtime* const runtime = container::runtime_of(*member.machine);
      if (runtime == nullptr) continue;
      for (const engine::Ref<container::Container>& container : runtime->containers()) {
        if (container->is_running()) count(*container, member.machine->name(), running);
      }
    }
    for_each(objects_, kPodPrefix, [&](const Value& pod) {
      if (node_name_of(pod).empty()) return wrong(pod, "is bound to no node");
      if (pod_has_ended(pod)) return;
      const auto wanted = static_cast<int64_t>(pod["spec"]["containers"].size());
      const int64_t there = running[std::string(uid_of(pod))];
      if (there != wanted) {
        wrong(pod, fmt::format("runs {} of {} containers", there, wanted));
      }
    });
  }

 private:
  void wrong(const Value& object, std::string_view text) {
    findings_.add("convergence", fmt::format("{} {} {}", kind_of(object), key_of(object), text));
  }
  void same(const Value& object, std::string_view field, const Value& wanted) {
    const Value& there = object["status"][field];
    if (there == wanted || (there.is_zero() && wanted.is_zero())) return;
    wrong(object, fmt::format("has {} {}, not {}", field, there.to_json(), wanted.to_json()));
  }
  // A container that runs, if a pod wants it.
  void count(const container::Container& container, std::string_view machine,
             std::map<std::string, int64_t, std::less<>>& running) {
    const std::string_view uid = kubelet::label_of(container, kubelet::kPodUidLabel);
    if (uid.empty()) return;
    const std::string name =
        fmt::format("{}/{}", kubelet::label_of(container, kubelet::kPodNamespaceLabel),
                    kubelet::label_of(container, kubelet::kPodNameLabel));
    const auto found = objects_.find(fmt::format("{}{}", kPodPrefix, name));
    const bool is_wanted = found != objects_.end() && uid_of(found->second) == uid &&
                           node_name_of(found->second) == machine && !pod_has_ended(found->second);
    ++running[std::string(uid)];
    if (is_wanted) return;
    findings_.add("convergence", fmt::format("{} runs a container of {} ({}), which it should not",
                                             machine, name, uid));
  }

  const Objects& objects_;
  Findings& findings_;
};

}  // namespace

void check_convergence(const Objects& objects, const net::Cluster& cluster, Findings& findings) {
  Judge judge(objects, findings);
  judge.nodes();
  judge.workloads();
  judge.services();
  judge.containers(cluster);
}

}  // namespace sim::k8s::check
