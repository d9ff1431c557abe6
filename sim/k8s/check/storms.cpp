#include "sim/k8s/check/storms.h"

#include <fmt/format.h>

namespace sim::k8s::check {
namespace {

// "/registry/apps/deployments": a dot or a name that is known as a group has a part more.
std::string_view resource_of(std::string_view key) {
  constexpr std::string_view kRoot = "/registry/";
  size_t end = key.find('/', kRoot.size());
  const std::string_view first = key.substr(kRoot.size(), end - kRoot.size());
  const bool is_group = first.find('.') != std::string_view::npos || first == "apps" ||
                        first == "batch" || first == "policy" || first == "autoscaling";
  if (is_group) end = key.find('/', end + 1);
  return key.substr(0, end);
}

}  // namespace

void Storms::written(const StoreEvent& event, const Objects&) {
  const std::string_view resource = resource_of(event.key);
  std::deque<engine::Instant>& lately = lately_[std::string(resource)];
  const engine::Instant now = engine::here().now;
  lately.push_back(now);
  while (lately.front() + kTime < now) lately.pop_front();
  if (lately.size() <= kMost || has_told_) return;
  has_told_ = true;
  const std::string changes = changes_of(event);
  findings_.add("storm",
                fmt::format("{} writes of {} within {} s, the last of {}:{}", lately.size(),
                            resource, kTime.ns / engine::kSecond.ns, event.key, changes));
}

}  // namespace sim::k8s::check
