#include "web/app/capture.h"

#include <algorithm>
#include <utility>

namespace web {

using engine::EventKind;
using sim::net::Drop;
using sim::net::PacketView;

void Capture::catch_up(const engine::World& world) {
  const uint64_t last = world.state().events();
  std::vector<Send> sends;
  engine::Instant at = world.state().now;
  // The last packet sent, as long as only choices about it have followed; the one that arrived.
  bool may_be_lost = false;
  size_t arrived = SIZE_MAX;
  world.trace().for_each(next_event_, last, [&](const engine::TraceLog::Placed& placed) {
    const engine::Event& event = placed.event;
    switch (event.kind) {
      case EventKind::kPacketSend:
        sends.push_back({event.subject, event.aux, event.arg, {}});
        at = placed.at;
        may_be_lost = true;
        return true;
      case EventKind::kPacketArrive:
        arrive(placed);
        arrived = last_ended_;
        break;
      case EventKind::kPacketDrop: {
        const auto reason = static_cast<Drop>(event.arg);
        const bool just_sent = may_be_lost && sends.back().from == event.subject &&
                               sends.back().to == event.aux && !sends.back().lost;
        if (just_sent) {
          sends.back().lost = reason;
        } else if (reason == Drop::kMachineDown || reason == Drop::kChecksum) {
          drop_in_flight(placed);
        } else if (arrived != SIZE_MAX) {
          // It arrived, and nobody took it.
          packets_[arrived].fate = CapturedPacket::Fate::kDropped;
          packets_[arrived].reason = reason;
        }
        break;
      }
      case EventKind::kChoice:
        return true;
      default:
        break;
    }
    may_be_lost = false;
    return true;
  });
  next_event_ = last;
  step_ = world.state().step;
  if (!sends.empty()) add_sent(world, sends, at);
}

void Capture::add(PacketView packet, uint64_t step) {
  if (full()) return;
  changes_.push_back({packets_.size(), false});
  CapturedPacket entry;
  entry.sent_step = step;
  bytes_ += packet.wire.size();
  if (bytes_ > kBytesMax && packet.wire.size() > kSnapBytes) {
    packet.wire.resize(kSnapBytes);
    entry.is_cut_short = true;
  }
  if (packet.lost) {
    entry.fate = CapturedPacket::Fate::kDropped;
    entry.reason = *packet.lost;
    entry.end_step = step;
    entry.end_at = packet.sent_at;
  } else {
    open_.push_back(packets_.size());
  }
  entry.packet = std::make_shared<const PacketView>(std::move(packet));
  packets_.push_back(std::move(entry));
}

// Events name packets by their hash. Those of equal content and time are told apart by their order.
void Capture::add_sent(const engine::World& world, const std::vector<Send>& sends,
                       engine::Instant at) {
  std::vector<PacketView> seen = sim::net::packets_since(world, at);
  const auto same = [](const PacketView& a, const PacketView& b) {
    return a.from == b.from && a.to == b.to && a.hash == b.hash && a.lost == b.lost;
  };
  // What earlier steps of this instant have sent is known already.
  for (const size_t place : open_) {
    const PacketView& known = *packets_[place].packet;
    if (known.sent_at < at) continue;
    const auto found =
        std::find_if(seen.begin(), seen.end(), [&](const PacketView& p) { return same(p, known); });
    if (found != seen.end()) seen.erase(found);
  }
  for (const Send& send : sends) {
    const auto is_it = [&](const PacketView& p) {
      return p.from == send.from && p.to == send.to && p.hash == send.hash && p.lost == send.lost;
    };
    const auto found = std::find_if(seen.begin(), seen.end(), is_it);
    if (found == seen.end()) continue;
    add(std::move(*found), step_);
    seen.erase(found);
  }
  // What the links have doubled.
  for (PacketView& twin : seen) {
    if (!twin.lost) add(std::move(twin), step_);
  }
}

void Capture::end(size_t place, CapturedPacket::Fate fate, uint64_t step, engine::Instant at) {
  CapturedPacket& entry = packets_[place];
  entry.fate = fate;
  entry.end_step = step;
  entry.end_at = at;
  last_ended_ = place;
  changes_.push_back({place, true});
}

void Capture::arrive(const engine::TraceLog::Placed& placed) {
  const engine::Event& event = placed.event;
  for (auto at = open_.begin(); at != open_.end(); ++at) {
    const PacketView& packet = *packets_[*at].packet;
    if (packet.hash != event.arg || packet.from != event.subject || packet.to != event.aux ||
        packet.due != placed.at) {
      continue;
    }
    end(*at, CapturedPacket::Fate::kArrived, placed.step, placed.at);
    open_.erase(at);
    return;
  }
}

void Capture::drop_in_flight(const engine::TraceLog::Placed& placed) {
  const engine::Event& event = placed.event;
  const auto reason = static_cast<Drop>(event.arg);
  for (auto at = open_.begin(); at != open_.end(); ++at) {
    const PacketView& packet = *packets_[*at].packet;
    if (packet.from != event.subject || packet.to != event.aux || packet.due != placed.at) continue;
    if (reason == Drop::kChecksum && !packet.is_corrupt) continue;
    end(*at, CapturedPacket::Fate::kDropped, placed.step, placed.at);
    packets_[*at].reason = reason;
    open_.erase(at);
    return;
  }
}

Capture Capture::until(uint64_t position, uint64_t events) const {
  Capture past;
  for (const CapturedPacket& entry : packets_) {
    if (entry.sent_step > position) break;
    past.packets_.push_back(entry);
    past.bytes_ += entry.packet->wire.size();
    CapturedPacket& copy = past.packets_.back();
    if (copy.end_step <= position) continue;
    copy.end_step = UINT64_MAX;
    copy.end_at = engine::kEndOfTime;
    copy.fate = CapturedPacket::Fate::kInFlight;
    past.open_.push_back(past.packets_.size() - 1);
  }
  for (const Change& change : changes_) {
    const CapturedPacket& entry = packets_[change.place];
    const uint64_t step = change.is_end ? entry.end_step : entry.sent_step;
    if (step <= position) past.changes_.push_back(change);
  }
  past.next_event_ = events;
  past.step_ = position;
  return past;
}

std::vector<size_t> Capture::on_their_way(uint64_t from, uint64_t to) const {
  // Few packets take long, so looking back over a bounded number of them is enough.
  constexpr size_t kLookedAt = 20'000;
  const auto end = std::upper_bound(
      packets_.begin(), packets_.end(), to,
      [](uint64_t step, const CapturedPacket& entry) { return step < entry.sent_step; });
  const auto last = static_cast<size_t>(end - packets_.begin());
  std::vector<size_t> places;
  for (size_t i = last > kLookedAt ? last - kLookedAt : 0; i < last; ++i) {
    if (packets_[i].end_step >= from) places.push_back(i);
  }
  return places;
}

}  // namespace web
