// sim/net/net_view.h: read-only pictures of a world's machines and of the network between them.
//
// Concept: look_at_network() copies what a view shows into host memory, like engine::look(). It
// costs nothing when nobody looks, never writes to the arena and keeps no pointer into it. Machines
// are named by their numbers, which events use too.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/world/world.h"
#include "sim/net/network.h"

namespace sim::net {

struct MachineView {
  uint32_t id = 0;
  std::string name;
  std::string zone;  // may be empty
  Ip ip;
  bool is_up = true;
  std::vector<std::string> processes;  // running ones, oldest first
  uint32_t cores = 0;
  uint32_t busy_cores = 0;
  uint32_t cpu_queue = 0;  // goroutines that wait for a core
  uint64_t disk_used_bytes = 0;
  uint64_t disk_unsynced_writes = 0;
};

/// One direction of a link.
struct DirectionView {
  LinkOptions options;
  uint64_t packets = 0;
  uint64_t bytes = 0;
  uint64_t dropped = 0;
};

/// A declared link between two machines or zones.
struct LinkView {
  std::string from;
  std::string to;
  DirectionView forward;
  DirectionView back;
};

struct PacketView {
  uint32_t from = 0;  // machines
  uint32_t to = 0;    // 0: nobody has that address
  engine::Instant sent_at;
  engine::Instant due;  // of a lost one: when it was sent
  uint64_t hash = 0;
  Protocol protocol = Protocol::kTcp;
  Address source;
  Address destination;
  uint32_t seq = 0;
  uint32_t ack = 0;
  uint8_t flags = 0;  // as Segment has them
  uint32_t payload_bytes = 0;
  bool is_corrupt = false;
  std::optional<Drop> lost;  // on its sender's side
  std::string text;          // its summary line
  std::string wire;          // from the IP header on
};

struct ListenerView {
  uint32_t machine = 0;
  Protocol protocol = Protocol::kTcp;
  Address local;
  uint32_t owner = 0;   // a process
  uint64_t queued = 0;  // connections that nobody accepted yet, or datagrams that nobody read
};

/// One end of a TCP connection.
struct ConnectionView {
  uint32_t object = 0;
  uint32_t machine = 0;
  Address local;
  Address remote;
  std::string state;    // ESTABLISHED, as netstat has it
  uint32_t owner = 0;   // a process; 0: nobody accepted it yet
  bool closed = false;  // by its user
  uint64_t congestion_window = 0;
  std::optional<uint64_t> slow_start_threshold;  // none: no loss so far
  engine::Duration smoothed_rtt;                 // zero: not measured yet
  uint64_t in_flight = 0;                        // sent and not acknowledged, in bytes
  uint64_t unsent = 0;                           // written and not sent yet
  uint64_t unread = 0;
  uint64_t sent = 0;  // acknowledged bytes
  uint64_t received = 0;
  uint64_t retransmissions = 0;
};

struct NetView {
  std::vector<MachineView> machines;  // by id, counting from 1
  std::vector<LinkView> links;
  std::vector<Network::Cut> cuts;
  std::vector<PacketView> packets;  // in flight, in the order of sending
  std::vector<ListenerView> listeners;
  std::vector<ConnectionView> connections;  // by machine, then by local port

  /// Null: there is none.
  [[nodiscard]] const MachineView* machine(uint32_t id) const {
    return id == 0 || id > machines.size() ? nullptr : &machines[id - 1];
  }
  /// The direction of the declared link that packets between the two take; null: a plain one.
  [[nodiscard]] const DirectionView* direction(const MachineView& from,
                                               const MachineView& to) const;
  /// The first cut that packets between the two meet; null: they pass.
  [[nodiscard]] const Network::Cut* cut(const MachineView& from, const MachineView& to) const;
};

/// Copies out everything; empty if the world has no cluster. REQUIRES: called between steps,
/// outside any scope.
NetView look_at_network(const engine::World& world);

/// Packets in flight that were sent at `since` or later, and what the step just taken has lost, in
/// the order of sending each. REQUIRES: as above.
std::vector<PacketView> packets_since(const engine::World& world, engine::Instant since);

}  // namespace sim::net
