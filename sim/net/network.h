// sim/net/network.h: links between machines, and what they do to packets.
//
// Concept: any two machines can reach each other over the link that fits them best (between the
// two, between one and the other's zone, between their zones), or else over a plain one. A link has
// two directions; a direction's bandwidth and queue are shared by all pairs of machines that use
// it. Packets between two machines keep their order unless the link reorders. Cuts are named by
// machines or zones, and lose what is in flight when it would arrive.
// Determinism: every fate is a choice of the direction's key. Only faults that are set draw.
// Not modelled: routing over several links, fragmentation, radio.

#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/world/list.h"
#include "engine/world/world.h"
#include "sim/net/packet.h"

namespace sim::net {

struct LinkOptions {
  static constexpr engine::Duration kLatency = engine::kMillisecond;
  static constexpr int64_t kQueueBytes = 256 << 10;

  engine::Duration latency = kLatency;
  engine::Duration jitter;
  int64_t loss_ppm = 0;
  int64_t duplicate_ppm = 0;
  int64_t reorder_ppm = 0;
  int64_t corrupt_ppm = 0;
  int64_t bandwidth_bps = 0;  // 0: bits enter at once
  int64_t queue_bytes = kQueueBytes;
};

/// Why a packet went no further. Values are part of the hash: append, never renumber.
enum class Drop : uint8_t {
  kLoss = 1,
  kQueueFull = 2,
  kCut = 3,
  kMachineDown = 4,
  kChecksum = 5,
  kBacklogFull = 6,
  kNoSuchAddress = 7,
  kNobodyListens = 8,  // of a datagram
};
std::string_view drop_text(Drop reason);

class Port;

/// What looks at the packets of a machine's ports and may give them another address: a service's
/// virtual one becomes a real one. Source: Linux, netfilter.
class PacketFilter {
 public:
  /// Of a packet that leaves `from`. False: it goes no further.
  virtual bool leaves(Port& from, Packet& packet) = 0;
  /// Of a packet that has come to `to`. False: it is not for that port any more.
  virtual bool arrives(Port& to, Packet& packet) = 0;

 protected:
  ~PacketFilter() = default;
};

/// A place in the network: a machine's, or that of a network namespace on it.
class Port {
 public:
  Port(uint32_t machine, Ip ip, std::string_view name, std::string_view zone)
      : machine_(machine), ip_(ip), name_(name), zone_(zone) {}
  Port(const Port&) = delete;
  Port& operator=(const Port&) = delete;

  virtual void arrive(Packet& packet) = 0;
  /// Null: packets pass as they are.
  [[nodiscard]] virtual PacketFilter* filter() const { return nullptr; }
  [[nodiscard]] virtual bool is_up() const = 0;
  [[nodiscard]] uint32_t machine_id() const { return machine_; }
  [[nodiscard]] Ip ip() const { return ip_; }
  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] const std::string& zone() const { return zone_; }
  /// Numbers the ports of a network in the order of attaching; 0: it is not attached.
  [[nodiscard]] uint32_t id() const { return id_; }

 protected:
  virtual ~Port() = default;

 private:
  friend class Network;
  uint32_t machine_;
  uint32_t id_ = 0;
  Ip ip_;
  std::string name_;
  std::string zone_;
};

struct FlightTag {};

class Network {
 public:
  struct Ends {
    std::string_view from;
    std::string_view to;
  };
  /// One direction of a link.
  struct Direction {
    engine::EntityKey key;
    LinkOptions options;
    engine::Instant free_at;  // when its last bit has entered
    uint64_t packets = 0;
    uint64_t bytes = 0;
    uint64_t dropped = 0;
  };
  struct Link {
    std::string from;
    std::string to;
    Direction forward;
    Direction back;
  };
  /// A packet on its way.
  struct Flight : engine::Alarm, engine::ListNode<FlightTag> {
    Flight() : Alarm(arrive) {}
    Packet packet;
    Port* from = nullptr;
    Port* to = nullptr;
    uint64_t hash = 0;
    engine::Instant sent_at;
    bool to_is_gone = false;
  };

  /// A packet that went no further than its sender's side.
  struct Loss {
    Packet packet;
    uint32_t from = 0;  // machines
    uint32_t to = 0;    // 0: nobody has that address
    uint64_t hash = 0;
    engine::Instant at;
    Drop reason = Drop::kLoss;
  };
  /// How many of a step's losses are kept to be looked at.
  static constexpr size_t kLossesKept = 64;

  explicit Network(engine::EntityKey key);

  void attach(Port& port);
  /// Takes a namespace's port out. Packets on their way to it are lost; those it has sent count as
  /// `machine`'s. REQUIRES: `machine` is the port of its machine.
  void detach(Port& port, Port& machine);
  [[nodiscard]] Port* port_of(Ip ip) const;
  /// `ends` name machines or zones.
  Link& add_link(Ends ends, const LinkOptions& options);
  /// Packets from what `ends.from` names to what `ends.to` names pass no more, or pass again.
  /// False: nothing changes.
  bool cut(Ends ends);
  bool mend(Ends ends);
  /// Sends a packet from `from`'s machine.
  void send(Port& from, Packet packet);

  [[nodiscard]] bool passes(const Port& from, const Port& to) const;
  [[nodiscard]] const std::vector<std::unique_ptr<Link>>& links() const { return links_; }
  [[nodiscard]] const engine::List<Flight, FlightTag>& flights() const { return flights_; }
  /// The first losses of the latest step that had any.
  [[nodiscard]] const std::vector<Loss>& losses() const { return losses_; }
  [[nodiscard]] uint64_t losses_step() const { return losses_step_; }
  struct Cut {
    std::string from;
    std::string to;
    bool operator==(const Cut&) const = default;
  };
  [[nodiscard]] const std::vector<Cut>& cuts() const { return cuts_; }

 private:
  /// From one machine to another.
  struct Path {
    Port* to = nullptr;
    Direction* direction = nullptr;  // null: not looked up yet
    engine::Instant last_arrival;
    bool is_cut = false;
    uint64_t cuts_known = UINT64_MAX;  // the state of the cuts that is_cut is of
  };
  static void arrive(engine::Alarm& alarm);
  Path& path_between(Port& from, Port& to);
  Direction& direction_between(const Port& from, const Port& to);
  void fly(Port& from, Path& path, Packet packet, uint64_t hash, engine::Instant at);
  void lose(const Port& from, const Port* to, Drop reason, Packet packet, uint64_t hash);

  engine::EntityKey key_;
  std::map<Ip, Port*> ports_;
  std::vector<std::unique_ptr<Link>> links_;
  Link plain_;  // where none is declared
  std::vector<Cut> cuts_;
  uint64_t cut_changes_ = 0;
  std::map<std::pair<uint32_t, uint32_t>, Path> paths_;  // by the ids of the ports
  uint32_t last_port_ = 0;
  engine::List<Flight, FlightTag> flights_;
  std::vector<Loss> losses_;
  uint64_t losses_step_ = 0;
};

}  // namespace sim::net
