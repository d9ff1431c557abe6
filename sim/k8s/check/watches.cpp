#include "sim/k8s/check/watches.h"

#include <fmt/format.h>

#include "sim/k8s/controllers/pod_state.h"

namespace sim::k8s::check {

void Watches::written(const StoreEvent& event, const Objects&) {
  if (event.key.starts_with(kPodPrefix)) log_.push_back(event);
}

size_t Watches::add(std::string name, std::string node) {
  Watcher watcher;
  watcher.name = std::move(name);
  watcher.node = std::move(node);
  watchers_.push_back(std::move(watcher));
  return watchers_.size() - 1;
}

void Watches::wrong(const Watcher& watcher, std::string text) {
  findings_.add("watch", fmt::format("{}: {}", watcher.name, text));
}

Watches::Expected Watches::expected_of(const Watcher& watcher, const StoreEvent& event) {
  const auto selected = [&](const Value& pod) {
    return pod && (watcher.node.empty() || node_name_of(pod) == watcher.node);
  };
  const bool was = selected(event.previous);
  const bool is = !event.deleted && selected(event.value);
  if (!was && !is) return {};
  return {!was ? "ADDED" : is ? "MODIFIED" : "DELETED", event.value, event.revision};
}

Watches::Expected Watches::next_of(Watcher& watcher, int64_t version) const {
  while (watcher.next < log_.size() && log_[watcher.next].revision <= version) {
    const Expected expected = expected_of(watcher, log_[watcher.next]);
    if (!expected.type.empty()) return expected;
    ++watcher.next;
  }
  return {};
}

void Watches::listed(size_t number, int64_t version, const std::vector<Value>& items) {
  Watcher& watcher = watchers_[number];
  if (version < watcher.seen) {
    wrong(watcher, fmt::format("a list of version {} after version {}", version, watcher.seen));
  }
  Objects state;
  watcher.next = 0;
  for (; watcher.next < log_.size() && log_[watcher.next].revision <= version; ++watcher.next) {
    const StoreEvent& event = log_[watcher.next];
    const Expected expected = expected_of(watcher, event);
    if (expected.type == "DELETED") state.erase(event.key);
    if (expected.type == "ADDED" || expected.type == "MODIFIED") {
      state.insert_or_assign(event.key, event.value);
    }
  }
  bool same = items.size() == state.size();
  for (const Value& item : items) {
    const auto found =
        state.find(fmt::format("{}{}/{}", kPodPrefix, namespace_of(item), name_of(item)));
    if (found == state.end() || found->second != item) same = false;
  }
  if (!same) {
    wrong(watcher, fmt::format("a list of version {} has {} pods and is not the state of {} pods",
                               version, items.size(), state.size()));
  }
  watcher.seen = version;
  watcher.has_listed = true;
}

void Watches::told(size_t number, std::string_view type, const Value& object) {
  Watcher& watcher = watchers_[number];
  const int64_t version = resource_version_of(object);
  ++told_;
  if (type == "BOOKMARK") {
    const Expected missing = next_of(watcher, version);
    if (!missing.type.empty()) {
      wrong(watcher, fmt::format("a bookmark of version {}, and nothing of {} of {} at {}", version,
                                 missing.type, name_of(missing.object), missing.version));
    }
    watcher.seen = version;
    return;
  }
  const Expected expected = next_of(watcher, INT64_MAX);
  // What is deleted because it is no longer selected may be told as it was before.
  const bool same =
      expected.type == type && expected.version == version &&
      (type == "DELETED" ? uid_of(expected.object) == uid_of(object) : expected.object == object);
  if (!same) {
    wrong(watcher, fmt::format("{} of {} at {} instead of {} of {} at {}", type, name_of(object),
                               version, expected.type, name_of(expected.object), expected.version));
  }
  watcher.seen = version;
  while (watcher.next < log_.size() && log_[watcher.next].revision <= version) ++watcher.next;
}

void Watches::check_ends() {
  for (Watcher& watcher : watchers_) {
    const Expected missing = next_of(watcher, INT64_MAX);
    if (!watcher.has_listed) {
      wrong(watcher, "it never had a list");
    } else if (!missing.type.empty()) {
      wrong(watcher, fmt::format("at the end it has heard nothing of {} of {} at {}", missing.type,
                                 name_of(missing.object), missing.version));
    }
  }
}

}  // namespace sim::k8s::check
