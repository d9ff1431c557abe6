#include "sim/k8s/check/checker.h"

#include <algorithm>

#include <fmt/format.h>

namespace sim::k8s::check {
namespace {

// What a write has changed below `path`, as texts of both.
void tell_changes(const std::string& path, const Value& before, const Value& after,
                  std::string& out) {
  constexpr size_t kMostText = 800;
  if (before == after || out.size() > kMostText) return;
  if (!before.is_object() || !after.is_object()) {
    out += fmt::format(" {}: {} -> {}", path, before ? before.to_json() : "nothing",
                       after ? after.to_json() : "nothing");
    return;
  }
  for (const json::Member& member : before.members()) {
    tell_changes(path + "." + std::string(member.name()), member.value, after[member.name()], out);
  }
  for (const json::Member& member : after.members()) {
    if (before.contains(member.name())) continue;
    tell_changes(path + "." + std::string(member.name()), {}, member.value, out);
  }
}

}  // namespace

std::string changes_of(const StoreEvent& event) {
  if (event.deleted) return " deleted";
  std::string out;
  tell_changes("", event.previous, event.value, out);
  return out;
}

// A value that was replaced within the time still counts; the one that replaced it tells when.
void Recent::forget() {
  const engine::Instant begin = engine::here().now - kCacheLag;
  while (values_.size() > 1 && values_[1].since < begin) values_.pop_front();
}

void Recent::set(int64_t value) {
  forget();
  if (!values_.empty() && values_.back().value == value) return;
  values_.push_back({engine::here().now, value});
}

int64_t Recent::most() const {
  const engine::Instant begin = engine::here().now - kCacheLag;
  int64_t out = now();
  for (size_t i = 0; i + 1 < values_.size(); ++i) {
    if (values_[i + 1].since >= begin) out = std::max(out, values_[i].value);
  }
  return out;
}

int64_t Recent::least() const {
  const engine::Instant begin = engine::here().now - kCacheLag;
  int64_t out = now();
  for (size_t i = 0; i + 1 < values_.size(); ++i) {
    if (values_[i + 1].since >= begin) out = std::min(out, values_[i].value);
  }
  return out;
}

}  // namespace sim::k8s::check
