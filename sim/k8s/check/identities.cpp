#include "sim/k8s/check/identities.h"

#include <fmt/format.h>

#include "sim/container/runtime.h"
#include "sim/k8s/kubelet/state.h"

namespace sim::k8s::check {

void Identities::look(const net::Cluster& cluster) {
  uint64_t changes = 0;
  for (const net::Cluster::Member& member : cluster.members()) {
    const container::Runtime* const runtime = container::runtime_of(*member.machine);
    if (runtime != nullptr) changes += runtime->changed().count();
  }
  if (changes == changes_) return;
  changes_ = changes;
  struct Place {
    std::string_view uid;
    std::string_view machine;
  };
  std::map<std::string, Place, std::less<>> places;
  for (const net::Cluster::Member& member : cluster.members()) {
    const container::Runtime* const runtime = container::runtime_of(*member.machine);
    if (runtime == nullptr) continue;
    for (const engine::Ref<container::Container>& container : runtime->containers()) {
      if (!container->is_running()) continue;
      const Place here{kubelet::label_of(*container, kubelet::kPodUidLabel),
                       member.machine->name()};
      if (here.uid.empty()) continue;
      const std::string name =
          fmt::format("{}/{}", kubelet::label_of(*container, kubelet::kPodNamespaceLabel),
                      kubelet::label_of(*container, kubelet::kPodNameLabel));
      const auto [at, is_new] = places.emplace(name, here);
      if (is_new || (at->second.uid == here.uid && at->second.machine == here.machine)) continue;
      findings_.add("identity",
                    fmt::format("{} runs on {} ({}) and on {} ({})", name, at->second.machine,
                                at->second.uid, here.machine, here.uid));
    }
  }
}

}  // namespace sim::k8s::check
