#include "tests/k8s/explore/breaks.h"

namespace explore {
namespace {

using sim::k8s::StoreEvent;
using sim::k8s::Value;
using sim::k8s::check::Objects;

bool is_set(const StoreEvent& event) {
  return event.key.starts_with(sim::k8s::check::kReplicaSetPrefix);
}
int64_t wanted(const Value& set) {
  return set["spec"]["replicas"].integer();
}

bool more_wanted(StoreEvent& event, const Objects&) {
  if (is_set(event) && event.previous && wanted(event.value) > wanted(event.previous)) {
    event.value = event.value.with_in({"spec", "replicas"}, wanted(event.value) + 3);
  }
  return true;
}

bool none_wanted(StoreEvent& event, const Objects&) {
  if (is_set(event) && wanted(event.value) < wanted(event.previous)) {
    event.value = event.value.with_in({"spec", "replicas"}, 0);
  }
  return true;
}

bool small_nodes(StoreEvent& event, const Objects&) {
  if (event.key.starts_with(sim::k8s::check::kNodePrefix)) {
    event.value = event.value.with_in({"status", "allocatable", "cpu"}, "300m");
  }
  return true;
}

// A version that nobody is told of.
bool write_left_out(StoreEvent& event, const Objects&) {
  constexpr int64_t kEach = 97;
  return event.revision % kEach != 0;
}

// A set that says that it starts its pods in order, and does not.
bool parallel_hidden(StoreEvent& event, const Objects&) {
  if (event.key.starts_with(sim::k8s::check::kStatefulSetPrefix)) {
    event.value = event.value.with_in({"spec", "podManagementPolicy"}, "OrderedReady");
  }
  return true;
}

constexpr Break kBreaks[] = {
    {.name = "surge", .rule = "surge", .mutation = more_wanted},
    {.name = "availability", .rule = "availability", .mutation = none_wanted},
    {.name = "capacity", .rule = "capacity", .mutation = small_nodes},
    {.name = "lost-write", .rule = "lost-update", .mutation = write_left_out},
    {.name = "ordinals", .rule = "ordinals", .mutation = parallel_hidden, .parallel_set = true},
    {.name = "evict-by-delete", .rule = "eviction", .evicts_by_delete = true},
    {.name = "blind-count", .rule = "lost-update", .counts_blindly = true},
    {.name = "watch-skips", .rule = "watch", .watch_loses = true},
    {.name = "no-restart", .rule = "convergence", .never_restarts = true},
    {.name = "force-delete", .rule = "identity", .force_deletes = true},
};

}  // namespace

const Break* find_break(std::string_view name) {
  for (const Break& known : kBreaks) {
    if (known.name == name) return &known;
  }
  return nullptr;
}

std::string break_names() {
  std::string out;
  for (const Break& known : kBreaks) {
    if (!out.empty()) out += ", ";
    out += known.name;
  }
  return out;
}

}  // namespace explore
