// sim/net/gateway_port.h: where bytes from outside enter the simulated network.
//
// Concept: a machine without programs, `gateway`, in the cluster. Each real connection becomes a
// simulated TCP connection from it, driven by inputs, so a session replays exactly:
//
//   gateway-open ID NODE:PORT     connects
//   gateway-data ID HEX           bytes from the real client
//   gateway-end ID                the client sends no more
//   gateway-close ID              the client is gone
//
// What the simulation answers is output of stream `gateway`, of process ID; the end of its stream
// and its failure are lines of stream `gateway-end`. Neither knows a real socket.
// Not modelled: a slow real client's back-pressure: what the simulation sends is taken at once.

#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "sim/net/stack.h"

namespace sim::net {

class GatewayPort final : private SocketObserver {
 public:
  explicit GatewayPort(Stack& stack) : stack_(stack) {}
  GatewayPort(const GatewayPort&) = delete;
  GatewayPort& operator=(const GatewayPort&) = delete;

  bool open(uint32_t id, Address to);
  bool data(uint32_t id, std::string_view hex);
  bool end(uint32_t id);
  bool close(uint32_t id);

 private:
  struct Connection {
    engine::Ref<TcpSocket> socket;
    std::string unsent;  // until it is connected
    bool ends = false;
    bool has_told_end = false;
  };
  void socket_changed(TcpSocket& socket) override;
  void pump(uint32_t id, Connection& connection);

  Stack& stack_;
  std::map<uint32_t, Connection> connections_;
};

}  // namespace sim::net
