// sim/gateway/bridge.h: real connections, each with its simulated one.
//
// Concept: what a real client does becomes an input (net/gateway_port.h has their forms); what the
// simulation answers is taken from the world's output and sent. Both directions end on their own,
// as in TCP. A failure on one side is a RST on the other.
// Back-pressure: a client is read only while its simulated connection has room to send. The other
// way it is not modelled: what the simulation sends is taken at once and waits here, and a client
// that lets too much wait is reset.
// What is read from the world only decides which inputs are made, so a replay needs it not.

#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "sim/gateway/driver.h"
#include "sim/gateway/sockets.h"
#include "sim/net/cluster.h"
#include "sim/scenario/scenario.h"

struct pollfd;

namespace sim::gateway {

class Bridge {
 public:
  static constexpr size_t kConnectionsMost = 1000;
  /// Bytes of one input.
  static constexpr size_t kPieceBytes = 16 << 10;
  /// Bytes that may wait for a client, and for all of them.
  static constexpr size_t kWaitingMost = size_t{64} << 20;
  static constexpr size_t kAllWaitingMost = size_t{256} << 20;

  explicit Bridge(Driver& driver) : driver_(driver) {}
  Bridge(const Bridge&) = delete;
  Bridge& operator=(const Bridge&) = delete;

  [[nodiscard]] size_t size() const { return connections_.size(); }
  [[nodiscard]] bool full() const { return connections_.size() >= kConnectionsMost; }
  /// Whether bytes wait to be sent to a client.
  [[nodiscard]] bool has_waiting() const { return all_waiting_ > 0; }

  /// A new client of `node:port`.
  void open(Fd socket, const scenario::Expose& to, engine::Instant at);
  /// Appends a pollfd for each connection, in an order that take_events() expects again.
  void add_polls(std::vector<pollfd>& polls) const;
  /// Reads what has arrived and makes inputs of it.
  void take_events(const pollfd* polls, engine::Instant at);
  /// Sends what waits, and ends what has ended on either side.
  void settle(engine::Instant at);
  /// What the world put out of a stream that is no terminal.
  void take_output(const engine::OutputLog::Chunk& chunk, std::string_view text);

 private:
  /// A simulated connection, by what it is known as between two steps.
  struct Flow {
    uint16_t port = 0;
    net::Address remote;
    uint32_t object = 0;
  };
  struct Connection {
    Fd socket;
    Flow flow;
    std::string waiting;            // for the client
    size_t sent = 0;                // of what waits
    uint64_t before_connected = 0;  // bytes handed on while the simulated one was connecting
    bool client_ended = false;
    bool client_gone = false;
    bool simulated_ended = false;
    bool simulated_reset = false;
    bool told_end = false;  // to the client
  };
  struct Closing {
    uint32_t id = 0;
    Flow flow;
  };

  void read_client(uint32_t id, Connection& connection, engine::Instant at);
  void flush(Connection& connection);
  void drop_waiting(Connection& connection);
  /// Whether nothing is left to do for it.
  bool settle_one(uint32_t id, Connection& connection, engine::Instant at);
  void let_go(engine::Instant at);
  [[nodiscard]] bool wants_client(const Connection& connection) const;
  /// Null once the simulated connection is closed.
  [[nodiscard]] const net::Tcp* find(const Flow& flow) const;

  Driver& driver_;
  std::map<uint32_t, Connection> connections_;
  /// Both of their streams have ended; their last bytes are still on their way.
  std::vector<Closing> closing_;
  size_t all_waiting_ = 0;
  uint32_t last_id_ = 0;
};

}  // namespace sim::gateway
