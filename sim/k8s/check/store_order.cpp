#include "sim/k8s/check/store_order.h"

#include <fmt/format.h>

namespace sim::k8s::check {

void StoreOrder::wrong(const StoreEvent& event, std::string_view what) {
  findings_.add("lost-update",
                fmt::format("{} at revision {}: {}", event.key, event.revision, what));
}

void StoreOrder::written(const StoreEvent& event, const Objects&) {
  if (revision_ != 0 && event.revision != revision_ + 1) {
    wrong(event, fmt::format("it follows revision {}", revision_));
  }
  revision_ = event.revision;
  if (resource_version_of(event.value) != event.revision) {
    wrong(event, fmt::format("its resourceVersion is {}", resource_version_of(event.value)));
  }
  const auto found = last_.find(event.key);
  const Value before = found == last_.end() ? Value() : found->second;
  if (event.previous != before) {
    wrong(event, fmt::format("it replaces version {}, but {} was there",
                             resource_version_of(event.previous), resource_version_of(before)));
  }
  if (before && uid_of(before) != uid_of(event.value)) wrong(event, "its uid has changed");
  if (before &&
      metadata(before)["creationTimestamp"] != metadata(event.value)["creationTimestamp"]) {
    wrong(event, "its creationTimestamp has changed");
  }
  if (is_being_deleted(before) && !is_being_deleted(event.value)) {
    wrong(event, "it is no longer being deleted");
  }
  if (event.deleted) {
    if (!before) wrong(event, "what was not there is deleted");
    gone_.emplace(uid_of(event.value));
    last_.erase(event.key);
    return;
  }
  if (gone_.contains(uid_of(event.value))) {
    wrong(event, fmt::format("the uid {} was deleted before", uid_of(event.value)));
  }
  last_.insert_or_assign(event.key, event.value);
}

}  // namespace sim::k8s::check
