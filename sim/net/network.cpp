#include "sim/net/network.h"

#include <algorithm>

namespace sim::net {
namespace {

using engine::ChoiceKind;
using engine::choose;
using engine::Duration;
using engine::emit;
using engine::EventKind;
using engine::here;
using engine::Instant;

constexpr uint32_t kMillion = 1'000'000;
/// How long a packet to the machine itself takes.
constexpr Duration kLoopbackLatency = 10 * engine::kMicrosecond;
/// And to another port of the same machine: over a pair of virtual devices and a bridge.
constexpr Duration kBridgeLatency = 20 * engine::kMicrosecond;
/// Into how many steps a jitter is divided.
constexpr uint32_t kJitterSteps = 1024;

bool strikes(ChoiceKind kind, const Network::Direction& direction, int64_t ppm) {
  return ppm > 0 && choose(kind, direction.key, kMillion) < static_cast<uint64_t>(ppm);
}

bool names(std::string_view name, const Port& port) {
  return name == port.name() || (!port.zone().empty() && name == port.zone());
}

}  // namespace

std::string_view drop_text(Drop reason) {
  switch (reason) {
    case Drop::kLoss:
      return "lost";
    case Drop::kQueueFull:
      return "queue full";
    case Drop::kCut:
      return "cut off";
    case Drop::kMachineDown:
      return "machine down";
    case Drop::kChecksum:
      return "wrong checksum";
    case Drop::kBacklogFull:
      return "backlog full";
    case Drop::kNoSuchAddress:
      return "no such address";
    case Drop::kNobodyListens:
      return "nobody listens";
  }
  return "unknown";
}

Network::Network(engine::EntityKey key) : key_(key) {
  plain_.forward.key = plain_.back.key = engine::derive(key, 0);
}

void Network::attach(Port& port) {
  const bool is_new = ports_.emplace(port.ip(), &port).second;
  ENGINE_CHECK(is_new);
  port.id_ = ++last_port_;
}

void Network::detach(Port& port, Port& machine) {
  ports_.erase(port.ip());
  for (Flight& flight : flights_) {
    if (flight.from == &port) flight.from = &machine;
    if (flight.to != &port) continue;
    flight.to = &machine;
    flight.to_is_gone = true;
  }
  std::erase_if(paths_, [&](const auto& entry) {
    return entry.first.first == port.id_ || entry.first.second == port.id_;
  });
  port.id_ = 0;
}

Port* Network::port_of(Ip ip) const {
  const auto found = ports_.find(ip);
  return found == ports_.end() ? nullptr : found->second;
}

Network::Link& Network::add_link(Ends ends, const LinkOptions& options) {
  const uint64_t ordinal = links_.size() + 1;
  auto link = std::make_unique<Link>();
  link->from = ends.from;
  link->to = ends.to;
  link->forward.options = link->back.options = options;
  link->forward.key = engine::derive(key_, 2 * ordinal);
  link->back.key = engine::derive(key_, 2 * ordinal + 1);
  links_.push_back(std::move(link));
  paths_.clear();
  return *links_.back();
}

bool Network::cut(Ends ends) {
  const Cut cut{std::string(ends.from), std::string(ends.to)};
  if (std::find(cuts_.begin(), cuts_.end(), cut) != cuts_.end()) return false;
  cuts_.push_back(cut);
  ++cut_changes_;
  return true;
}

bool Network::mend(Ends ends) {
  const Cut cut{std::string(ends.from), std::string(ends.to)};
  const auto found = std::find(cuts_.begin(), cuts_.end(), cut);
  if (found == cuts_.end()) return false;
  cuts_.erase(found);
  ++cut_changes_;
  return true;
}

bool Network::passes(const Port& from, const Port& to) const {
  return std::none_of(cuts_.begin(), cuts_.end(),
                      [&](const Cut& cut) { return names(cut.from, from) && names(cut.to, to); });
}

Network::Direction& Network::direction_between(const Port& from, const Port& to) {
  // The more an end is named by its machine, the better the link fits.
  Direction* best = &plain_.forward;
  int best_fit = 0;
  const auto fit_of = [](std::string_view name, const Port& port) {
    return name == port.name() ? 2 : 1;
  };
  const auto consider = [&](std::string_view a, std::string_view b, Direction& direction) {
    if (!names(a, from) || !names(b, to)) return;
    const int fit = fit_of(a, from) + fit_of(b, to);
    if (fit <= best_fit) return;
    best_fit = fit;
    best = &direction;
  };
  for (const auto& link : links_) {
    consider(link->from, link->to, link->forward);
    consider(link->to, link->from, link->back);
  }
  return *best;
}

Network::Path& Network::path_between(Port& from, Port& to) {
  Path& path = paths_[{from.id(), to.id()}];
  if (path.direction == nullptr) {
    path.to = &to;
    path.direction = &direction_between(from, to);
  }
  if (path.cuts_known != cut_changes_) {
    path.cuts_known = cut_changes_;
    path.is_cut = from.machine_id() != to.machine_id() && !passes(from, to);
  }
  return path;
}

void Network::lose(const Port& from, const Port* to, Drop reason, Packet packet, uint64_t hash) {
  const uint32_t to_machine = to == nullptr ? 0 : to->machine_id();
  emit(EventKind::kPacketDrop, from.machine_id(), to_machine, static_cast<uint64_t>(reason));
  if (losses_step_ != here().step) losses_.clear();
  losses_step_ = here().step;
  if (losses_.size() == kLossesKept) return;
  losses_.push_back({std::move(packet), from.machine_id(), to_machine, hash, here().now, reason});
}

void Network::fly(Port& from, Path& path, Packet packet, uint64_t hash, Instant at) {
  auto* flight = new Flight;
  flight->packet = std::move(packet);
  flight->from = &from;
  flight->to = path.to;
  flight->hash = hash;
  flight->sent_at = here().now;
  flights_.push_back(*flight);
  here().queue.set(*flight, at, here().cause);
}

void Network::send(Port& from, Packet packet) {
  const Instant now = here().now;
  PacketFilter* const filter = from.filter();
  if (filter != nullptr && !filter->leaves(from, packet)) return;
  const bool is_local = packet.to.ip == from.ip() || is_loopback(packet.to.ip);
  Port* const to = is_local ? &from : port_of(packet.to.ip);
  const uint64_t hash = packet_hash(packet);
  emit(EventKind::kPacketSend, from.machine_id(), to == nullptr ? 0 : to->machine_id(), hash);
  if (to == nullptr) {
    return lose(from, to, Drop::kNoSuchAddress, std::move(packet), hash);
  }
  Path& path = path_between(from, *to);
  if (is_local) {
    path.last_arrival = std::max(path.last_arrival, now + kLoopbackLatency);
    return fly(from, path, std::move(packet), hash, path.last_arrival);
  }
  if (from.machine_id() == to->machine_id()) {
    path.last_arrival = std::max(path.last_arrival, now + kBridgeLatency);
    return fly(from, path, std::move(packet), hash, path.last_arrival);
  }
  Direction& direction = *path.direction;
  const LinkOptions& link = direction.options;
  ++direction.packets;
  if (path.is_cut || strikes(ChoiceKind::kPacketLoss, direction, link.loss_ppm)) {
    ++direction.dropped;
    const Drop reason = path.is_cut ? Drop::kCut : Drop::kLoss;
    return lose(from, to, reason, std::move(packet), hash);
  }
  const int64_t size = wire_size(packet);
  Instant at = now;
  if (link.bandwidth_bps > 0) {
    // In two parts, as the product of bits and nanoseconds may not fit.
    const auto time_of = [&](int64_t bytes) {
      const int64_t bits = bytes * 8;
      return Duration{bits / link.bandwidth_bps * engine::kSecond.ns +
                      bits % link.bandwidth_bps * engine::kSecond.ns / link.bandwidth_bps};
    };
    const Instant begin = std::max(now, direction.free_at);
    if (begin - now > time_of(link.queue_bytes)) {
      ++direction.dropped;
      return lose(from, to, Drop::kQueueFull, std::move(packet), hash);
    }
    direction.free_at = begin + time_of(size);
    at = direction.free_at;
  }
  direction.bytes += static_cast<uint64_t>(size);
  at = at + link.latency;
  if (link.jitter.ns > 0) {
    at = at + link.jitter * choose(ChoiceKind::kPacketJitter, direction.key, kJitterSteps) /
                  kJitterSteps;
  }
  if (strikes(ChoiceKind::kPacketReorder, direction, link.reorder_ppm)) {
    // It takes a detour, and what is sent after it may overtake.
    at = at + std::max(link.latency, engine::kMillisecond);
  } else {
    at = std::max(at, path.last_arrival);
    path.last_arrival = at;
  }
  if (strikes(ChoiceKind::kPacketCorrupt, direction, link.corrupt_ppm)) packet.is_corrupt = true;
  if (strikes(ChoiceKind::kPacketDuplicate, direction, link.duplicate_ppm)) {
    fly(from, path, packet, hash, at);
  }
  fly(from, path, std::move(packet), hash, at);
}

void Network::arrive(engine::Alarm& alarm) {
  auto* const flight = &static_cast<Flight&>(alarm);
  flight->unlink();
  Port& from = *flight->from;
  Port& to = *flight->to;
  const auto drop = [&](Drop reason) {
    emit(EventKind::kPacketDrop, from.machine_id(), to.machine_id(), static_cast<uint64_t>(reason));
  };
  if (flight->to_is_gone) {
    drop(Drop::kNoSuchAddress);
  } else if (!to.is_up()) {
    drop(Drop::kMachineDown);
  } else if (flight->packet.is_corrupt) {
    drop(Drop::kChecksum);
  } else {
    emit(EventKind::kPacketArrive, from.machine_id(), to.machine_id(), flight->hash);
    PacketFilter* const filter = to.filter();
    if (filter == nullptr || filter->arrives(to, flight->packet)) to.arrive(flight->packet);
  }
  delete flight;
}

}  // namespace sim::net
