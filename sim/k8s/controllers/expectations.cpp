#include "sim/k8s/controllers/expectations.h"

#include <algorithm>

namespace sim::k8s {

void Expectations::expect(std::string_view key, int64_t creations,
                          std::span<const std::string> deletions, engine::Instant now) const {
  Entry& entry = core_->entries[std::string(key)];
  entry.creations = creations;
  entry.deletions.clear();
  entry.deletions.insert(deletions.begin(), deletions.end());
  entry.since = now;
}

void Expectations::created(std::string_view key) const {
  const auto found = core_->entries.find(key);
  if (found != core_->entries.end()) --found->second.creations;
}

void Expectations::deleted(std::string_view key, std::string_view uid) const {
  const auto found = core_->entries.find(key);
  if (found == core_->entries.end()) return;
  const auto pod = found->second.deletions.find(uid);
  if (pod != found->second.deletions.end()) found->second.deletions.erase(pod);
}

void Expectations::forget(std::string_view key) const {
  const auto found = core_->entries.find(key);
  if (found != core_->entries.end()) core_->entries.erase(found);
}

bool Expectations::satisfied(std::string_view key, engine::Instant now) const {
  const auto found = core_->entries.find(key);
  if (found == core_->entries.end()) return true;
  const Entry& entry = found->second;
  if (entry.creations <= 0 && entry.deletions.empty()) return true;
  return now - entry.since > kTimeout;
}

int64_t Expectations::pending_creations(std::string_view key) const {
  const auto found = core_->entries.find(key);
  return found == core_->entries.end() ? 0 : std::max<int64_t>(0, found->second.creations);
}

int64_t Expectations::pending_deletions(std::string_view key) const {
  const auto found = core_->entries.find(key);
  return found == core_->entries.end() ? 0 : static_cast<int64_t>(found->second.deletions.size());
}

}  // namespace sim::k8s
