#include "sim/k8s/check/capacity.h"

#include <fmt/format.h>

#include "sim/k8s/controllers/pod_state.h"
#include "sim/k8s/scheduler/requests.h"

namespace sim::k8s::check {

void Capacity::written(const StoreEvent& event, const Objects& objects) {
  if (!event.key.starts_with(kPodPrefix) || event.deleted) return;
  const std::string_view node = node_name_of(event.value);
  if (node.empty() || node == node_name_of(event.previous)) return;
  const auto found = objects.find(fmt::format("{}{}", kNodePrefix, node));
  if (found == objects.end()) {
    findings_.add("capacity", fmt::format("{} is bound to {}, which does not exist",
                                          name_of(event.value), node));
    return;
  }
  scheduler::ResourceList wanted;
  int64_t pods = 0;
  for_each(objects, kPodPrefix, [&](const Value& pod) {
    if (node_name_of(pod) != node || pod_has_ended(pod)) return;
    wanted.add(scheduler::requests_of(pod["spec"], false));
    ++pods;
  });
  const Value& allocatable = found->second["status"]["allocatable"];
  for (const scheduler::ResourceList::Entry& entry : wanted.entries()) {
    const Quantity there = Quantity::from(allocatable[entry.name.text()]);
    if (entry.amount <= there) continue;
    findings_.add("capacity", fmt::format("with {}, {} of {} are asked of {}, which has {}",
                                          name_of(event.value), entry.amount.text(),
                                          entry.name.text(), node, there.text()));
  }
  if (pods > Quantity::from(allocatable["pods"]).value()) {
    findings_.add("capacity",
                  fmt::format("with {}, {} has {} pods", name_of(event.value), node, pods));
  }
}

}  // namespace sim::k8s::check
