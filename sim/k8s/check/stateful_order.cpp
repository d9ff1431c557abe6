#include "sim/k8s/check/stateful_order.h"

#include <fmt/format.h>

#include "sim/k8s/controllers/pods.h"
#include "sim/k8s/controllers/stateful_set.h"

namespace sim::k8s::check {
namespace {

// A set's pods that are well, without a gap from the first on.
int64_t well_from_first(const Value& set, const Objects& objects) {
  int64_t count = 0;
  for (int64_t ordinal = stateful::first_ordinal(set);; ++ordinal) {
    const auto found = objects.find(
        fmt::format("{}{}/{}-{}", kPodPrefix, namespace_of(set), name_of(set), ordinal));
    if (found == objects.end()) return count;
    const Value& pod = found->second;
    if (controller_of(pod)["uid"] != metadata(set)["uid"]) return count;
    if (!is_pod_ready(pod) || !is_pod_active(pod)) return count;
    ++count;
  }
}

}  // namespace

void StatefulOrder::written(const StoreEvent& event, const Objects& objects) {
  if (!event.key.starts_with(kPodPrefix)) return;
  const Value& pod = event.value;
  const Value& owner = controller_of(pod);
  if (owner["kind"].text() != "StatefulSet") return;
  const auto found = objects.find(
      fmt::format("{}{}/{}", kStatefulSetPrefix, namespace_of(pod), owner["name"].text()));
  if (found == objects.end() || metadata(found->second)["uid"] != owner["uid"]) return;
  const Value& set = found->second;
  Recent& well = well_[std::string(uid_of(set))];
  well.set(well_from_first(set, objects));
  if (event.previous || event.deleted) return;
  if (set["spec"]["podManagementPolicy"].text() == "Parallel") return;
  const std::optional<stateful::Identity> identity = stateful::identity_of(pod);
  if (!identity) return;
  const int64_t lower = identity->ordinal - stateful::first_ordinal(set);
  if (well.most() >= lower) return;
  findings_.add("ordinals", fmt::format("{} is created while only {} pods before it are ready",
                                        name_of(pod), well.most()));
}

}  // namespace sim::k8s::check
