#include "sim/k8s/controllers/node_zones.h"

#include <algorithm>

namespace sim::k8s {

std::string zone_of(const Value& node) {
  std::string zone(labels_of(node)["topology.kubernetes.io/region"].text());
  zone += ':';
  zone += labels_of(node)["topology.kubernetes.io/zone"].text();
  return zone;
}

ZoneState zone_state(const ZoneCounts& counts) {
  constexpr int64_t kUnhealthyPercent = 55;
  constexpr int64_t kFewNodes = 2;
  if (counts.ready == 0 && counts.not_ready > 0) return ZoneState::kFullDisruption;
  const bool is_ill = counts.not_ready * 100 >= kUnhealthyPercent * counts.nodes();
  if (counts.not_ready > kFewNodes && is_ill) return ZoneState::kPartialDisruption;
  return ZoneState::kNormal;
}

EvictionPace eviction_pace(ZoneState state, int64_t nodes) {
  if (state != ZoneState::kPartialDisruption) return kEvictionInterval;
  if (nodes > kLargeZone) return kSlowEvictionInterval;
  return std::nullopt;
}

ZoneState ZoneModes::state(const std::string& zone) const {
  const auto found = states_.find(zone);
  return found == states_.end() ? ZoneState::kInitial : found->second;
}

ZoneModes::Change ZoneModes::update(const std::map<std::string, ZoneCounts>& zones) {
  Change change;
  std::erase_if(states_, [&](const auto& each) { return !zones.contains(each.first); });
  std::map<std::string, ZoneState> now;
  bool all_were_full = true;
  bool all_are_full = true;
  for (const auto& [zone, counts] : zones) {
    now[zone] = zone_state(counts);
    all_are_full = all_are_full && now[zone] == ZoneState::kFullDisruption;
    all_were_full = all_were_full && state(zone) == ZoneState::kFullDisruption;
  }
  if (zones.empty() || (all_were_full && all_are_full)) return change;
  for (const auto& [zone, counts] : zones) {
    if (all_are_full) {
      change.paces[zone] = std::nullopt;
    } else if (all_were_full || now[zone] != state(zone)) {
      change.paces[zone] = eviction_pace(now[zone], counts.nodes());
    }
  }
  change.forgive_all = all_are_full;
  change.restart_grace = all_were_full && !all_are_full;
  states_ = std::move(now);
  return change;
}

bool EvictionQueue::add(const std::string& node) {
  if (!known_.insert(node).second) return false;
  waiting_.push_back(node);
  return true;
}

void EvictionQueue::remove(const std::string& node) {
  if (known_.erase(node) == 0) return;
  std::erase(waiting_, node);
}

bool EvictionQueue::accept(engine::Instant now) {
  if (!pace_ || now < next_) return false;
  next_ = now + *pace_;
  return true;
}

void EvictionQueue::set_pace(EvictionPace pace, engine::Instant now) {
  if (pace == pace_) return;
  // Who was waiting under the old pace waits under the new one.
  const bool was_waiting = !pace_ || now < next_;
  pace_ = pace;
  next_ = was_waiting && pace_ ? now + *pace_ : now;
}

std::optional<std::string> EvictionQueue::take(engine::Instant now) {
  if (waiting_.empty() || !accept(now)) return std::nullopt;
  std::string node = std::move(waiting_.front());
  waiting_.pop_front();
  return node;
}

}  // namespace sim::k8s
