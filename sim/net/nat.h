// sim/net/nat.h: a machine's address translation: virtual addresses that stand for several real
// ones.
//
// Concept: a service is an address and port that nobody has. The first packet of a flow to it draws
// one of its backends; the flow is remembered, so that its other packets go the same way and the
// answers come back from the service's address. A node port does the same for packets that reach
// the machine from outside, which then travel on under the machine's own address.
// Determinism: which backend a flow gets is a choice of the machine. Lifetime: as the machine; a
// crash forgets flows and services.
// Source: Linux, netfilter (conntrack, DNAT, MASQUERADE); kube-proxy's mode iptables.
// Not modelled: ICMP (a service without backends resets connections and drops datagrams), timeouts
// of established connections.

#pragma once

#include <cstdint>
#include <map>
#include <tuple>
#include <vector>

#include "engine/world/choice.h"
#include "sim/net/network.h"

namespace sim::net {

class Nat final : public PacketFilter {
 public:
  /// How long a flow that is over, or has no connection, is remembered after its last packet.
  /// Source: Linux, nf_conntrack_udp_timeout_stream and nf_conntrack_tcp_timeout_time_wait.
  static constexpr engine::Duration kRemembered = 120 * engine::kSecond;

  /// `machine` is the port of the machine itself.
  Nat(Network& network, Port& machine, engine::EntityKey key)
      : network_(network), machine_(machine), key_(key) {}
  Nat(const Nat&) = delete;
  Nat& operator=(const Nat&) = delete;

  struct Service {
    Address address;
    Protocol protocol = Protocol::kTcp;
    auto operator<=>(const Service&) const = default;
  };
  struct Target {
    std::vector<Address> backends;
    /// A client keeps its backend for so long after its last new flow; zero: each flow draws anew.
    engine::Duration affinity;
    bool operator==(const Target&) const = default;
  };
  /// What a service stands for from now on; with the machine's own address it is a node port. Flows
  /// that there are keep their backend; those of datagrams to a backend that is gone are forgotten.
  void set(const Service& service, Target target);
  void remove(const Service& service);
  [[nodiscard]] const std::map<Service, Target>& services() const { return services_; }

  /// The machine has crashed.
  void reset();
  [[nodiscard]] size_t flows() const { return forward_.size(); }

  bool leaves(Port& from, Packet& packet) override;
  bool arrives(Port& to, Packet& packet) override;

 private:
  struct Key {
    Protocol protocol;
    Address from;
    Address to;
    auto operator<=>(const Key&) const = default;
  };
  struct Flow {
    Key as_sent;      // by the client
    Key as_answered;  // by the backend
    engine::Instant last_used;
    bool is_masked = false;  // it travels on under the machine's address
    bool is_over = false;
  };
  struct Affinity {
    Address backend;
    engine::Instant until;
  };
  const Address* draw(const Target& target, const Service& service, Ip client);
  Flow& begin(const Key& sent, const Key& answered, bool masked);
  void note(Flow& flow, const Packet& packet);
  void purge();
  bool refuse(const Packet& packet);
  bool forward(Packet& packet, const Target& target, const Service& service);

  Network& network_;
  Port& machine_;
  engine::EntityKey key_;
  std::map<Service, Target> services_;
  std::map<Key, Flow> forward_;  // by as_sent
  std::map<Key, Key> back_;      // as_answered to as_sent
  std::map<std::pair<Service, Ip>, Affinity> affinity_;
  size_t purge_at_ = 1024;
  uint16_t next_masked_ = 61'000;
};

}  // namespace sim::net
