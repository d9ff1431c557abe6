#include "sim/net/nat.h"

#include <algorithm>
#include <utility>

#include "engine/world/world.h"

namespace sim::net {
namespace {

/// Ports for flows that travel under the machine's own address, above those of its sockets.
/// Source: Linux, net.ipv4.ip_local_port_range ends below.
constexpr uint16_t kFirstMasked = 61'000;
constexpr uint16_t kLastMasked = 65'535;

}  // namespace

void Nat::set(const Service& service, Target target) {
  Target& now = services_[service];
  if (now == target) return;
  now = std::move(target);
  if (service.protocol != Protocol::kUdp) return;
  for (auto at = forward_.begin(); at != forward_.end();) {
    const Flow& flow = at->second;
    const bool is_gone =
        flow.as_sent.to == service.address && flow.as_sent.protocol == Protocol::kUdp &&
        std::find(now.backends.begin(), now.backends.end(), flow.as_answered.from) ==
            now.backends.end();
    if (is_gone) back_.erase(flow.as_answered);
    at = is_gone ? forward_.erase(at) : std::next(at);
  }
}

void Nat::remove(const Service& service) {
  services_.erase(service);
}

void Nat::reset() {
  services_.clear();
  forward_.clear();
  back_.clear();
  affinity_.clear();
}

const Address* Nat::draw(const Target& target, const Service& service, Ip client) {
  const auto count = static_cast<uint32_t>(target.backends.size());
  if (count == 0) return nullptr;
  if (target.affinity.ns > 0) {
    Affinity& kept = affinity_[{service, client}];
    const auto found = std::find(target.backends.begin(), target.backends.end(), kept.backend);
    if (found == target.backends.end() || kept.until <= engine::here().now) {
      kept.backend = target.backends[engine::choose(engine::ChoiceKind::kProgram, key_, count)];
    }
    kept.until = engine::here().now + target.affinity;
    return &kept.backend;
  }
  return &target.backends[engine::choose(engine::ChoiceKind::kProgram, key_, count)];
}

Nat::Flow& Nat::begin(const Key& sent, const Key& answered, bool masked) {
  purge();
  Flow& flow = forward_[sent];
  back_.erase(flow.as_answered);
  flow = {sent, answered, engine::here().now, masked, false};
  back_[answered] = sent;
  return flow;
}

void Nat::note(Flow& flow, const Packet& packet) {
  flow.last_used = engine::here().now;
  if (packet.protocol != Protocol::kTcp) return;
  if (packet.tcp.has(Segment::kFin) || packet.tcp.has(Segment::kRst)) flow.is_over = true;
  if (packet.tcp.has(Segment::kSyn)) flow.is_over = false;
}

// Now and then, so that it costs little for each flow.
void Nat::purge() {
  if (forward_.size() < purge_at_) return;
  const engine::Instant now = engine::here().now;
  for (auto at = forward_.begin(); at != forward_.end();) {
    const Flow& flow = at->second;
    const bool may_end = flow.is_over || flow.as_sent.protocol == Protocol::kUdp;
    const bool ends = may_end && now - flow.last_used > kRemembered;
    if (ends) back_.erase(flow.as_answered);
    at = ends ? forward_.erase(at) : std::next(at);
  }
  std::erase_if(affinity_, [&](const auto& kept) { return kept.second.until <= now; });
  constexpr size_t kLeast = 1024;
  purge_at_ = std::max(kLeast, 2 * forward_.size());
}

bool Nat::leaves(Port& /*from*/, Packet& packet) {
  const Key sent{packet.protocol, packet.from, packet.to};
  const auto known = forward_.find(sent);
  const bool opens = packet.protocol == Protocol::kTcp && packet.tcp.has(Segment::kSyn) &&
                     !packet.tcp.has(Segment::kAck);
  if (known != forward_.end() && !(opens && known->second.is_over)) {
    note(known->second, packet);
    packet.to = known->second.as_answered.from;
    return true;
  }
  if (services_.empty()) return true;
  const Service service{packet.to, packet.protocol};
  const auto found = services_.find(service);
  if (found == services_.end() || packet.from.ip == packet.to.ip) return true;
  const Address* const backend = draw(found->second, service, packet.from.ip);
  if (backend == nullptr) return refuse(packet);
  Flow& flow = begin(sent, {packet.protocol, *backend, packet.from}, false);
  note(flow, packet);
  packet.to = *backend;
  return true;
}

// Nobody is behind the service: connections are refused at once.
bool Nat::refuse(const Packet& packet) {
  if (packet.protocol != Protocol::kTcp || packet.tcp.has(Segment::kRst)) return false;
  Packet answer;
  answer.from = packet.to;
  answer.to = packet.from;
  answer.tcp.flags = Segment::kRst | Segment::kAck;
  answer.tcp.ack = packet.tcp.seq + packet.tcp.length();
  network_.send(machine_, std::move(answer));
  return false;
}

bool Nat::arrives(Port& to, Packet& packet) {
  const Key key{packet.protocol, packet.from, packet.to};
  const auto answered = back_.find(key);
  if (answered != back_.end()) {
    Flow& flow = forward_.find(answered->second)->second;
    note(flow, packet);
    packet.from = flow.as_sent.to;
    if (!flow.is_masked) return true;
    packet.to = flow.as_sent.from;
    network_.send(machine_, std::move(packet));
    return false;
  }
  if (&to != &machine_ || services_.empty()) return true;
  const auto known = forward_.find(key);
  if (known != forward_.end() && known->second.is_masked) {
    note(known->second, packet);
    packet.from = known->second.as_answered.to;
    packet.to = known->second.as_answered.from;
    network_.send(machine_, std::move(packet));
    return false;
  }
  const Service service{packet.to, packet.protocol};
  const auto found = services_.find(service);
  return found == services_.end() || forward(packet, found->second, service);
}

// A packet from outside to a node port: it goes on to a backend as if this machine had sent it.
bool Nat::forward(Packet& packet, const Target& target, const Service& service) {
  const Address* const backend = draw(target, service, packet.from.ip);
  if (backend == nullptr) return refuse(packet);
  const Key sent{packet.protocol, packet.from, packet.to};
  Address masked{machine_.ip(), next_masked_};
  for (uint32_t tries = 0; tries <= kLastMasked - kFirstMasked; ++tries) {
    masked.port = next_masked_;
    next_masked_ = next_masked_ == kLastMasked ? kFirstMasked : next_masked_ + 1;
    if (!back_.contains({packet.protocol, *backend, masked})) break;
  }
  Flow& flow = begin(sent, {packet.protocol, *backend, masked}, true);
  note(flow, packet);
  packet.from = masked;
  packet.to = *backend;
  network_.send(machine_, std::move(packet));
  return false;
}

}  // namespace sim::net
