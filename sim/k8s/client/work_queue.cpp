#include "sim/k8s/client/work_queue.h"

#include <algorithm>

#include "engine/sync/timer.h"

namespace sim::k8s {

void WorkQueue::add(std::string_view key) const {
  Core& core = *core_;
  if (core.shut_down || engine::here().muted) return;
  if (!core.dirty.emplace(key).second) return;
  if (core.processing.contains(key)) return;
  core.waiting.emplace_back(key);
  core.changed.advance();
}

void WorkQueue::add_after(std::string_view key, engine::Duration delay) const {
  Core& core = *core_;
  if (core.shut_down || engine::here().muted) return;
  if (delay <= engine::Duration{}) return add(key);
  const engine::Instant at = engine::now() + delay;
  const auto found = core.delayed.find(key);
  if (found != core.delayed.end() && found->second <= at) return;  // it comes sooner
  core.delayed.insert_or_assign(std::string(key), at);
  engine::after_func(delay, [queue = *this, key = std::string(key), at]() -> engine::Task<> {
    const auto due = queue.core_->delayed.find(key);
    if (due == queue.core_->delayed.end() || due->second != at) co_return;
    queue.core_->delayed.erase(due);
    queue.add(key);
  });
}

void WorkQueue::add_rate_limited(std::string_view key) const {
  Core& core = *core_;
  int& failures = core.failures[std::string(key)];
  engine::Duration delay = core.backoff.base;
  for (int i = 0; i < failures && delay < core.backoff.most; ++i) delay = delay * 2;
  delay = std::min(delay, core.backoff.most);
  ++failures;
  // The bucket for all keys.
  constexpr engine::Duration kEach = engine::kSecond / kPerSecond;
  const engine::Instant now = engine::now();
  const engine::Instant mine = std::max(core.bucket_next, now - kEach * (kBurst - 1));
  core.bucket_next = mine + kEach;
  add_after(key, std::max(delay, mine - now));
}

void WorkQueue::forget(std::string_view key) const {
  const auto found = core_->failures.find(key);
  if (found != core_->failures.end()) core_->failures.erase(found);
}

int WorkQueue::requeues(std::string_view key) const {
  const auto found = core_->failures.find(key);
  return found == core_->failures.end() ? 0 : found->second;
}

engine::Task<std::optional<std::string>> WorkQueue::get() const {
  const engine::Ref<Core> core = core_;
  while (true) {
    const uint64_t seen = core->changed.count();
    if (!core->waiting.empty()) {
      std::string key = std::move(core->waiting.front());
      core->waiting.pop_front();
      core->processing.insert(key);
      core->dirty.erase(key);
      co_return key;
    }
    if (core->shut_down) co_return std::nullopt;
    co_await core->changed.wait(seen);
  }
}

void WorkQueue::done(std::string_view key) const {
  Core& core = *core_;
  const auto found = core.processing.find(key);
  if (found == core.processing.end()) return;
  core.processing.erase(found);
  if (!core.dirty.contains(key)) return;
  core.waiting.emplace_back(key);
  core.changed.advance();
}

void WorkQueue::shut_down() const {
  core_->shut_down = true;
  core_->changed.advance();
}

}  // namespace sim::k8s
