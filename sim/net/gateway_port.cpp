#include "sim/net/gateway_port.h"

#include <algorithm>

namespace sim::net {
namespace {

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

}  // namespace

bool GatewayPort::open(uint32_t id, Address to) {
  if (connections_.contains(id)) return false;
  engine::Ref<TcpSocket> socket = stack_.connect(to, {});
  if (!socket) return false;
  Connection& connection = connections_[id];
  connection.socket = socket;
  socket->set_observer(this);
  return true;
}

bool GatewayPort::data(uint32_t id, std::string_view hex) {
  const auto found = connections_.find(id);
  if (found == connections_.end() || hex.size() % 2 != 0) return false;
  std::string& unsent = found->second.unsent;
  for (size_t i = 0; i < hex.size(); i += 2) {
    const int byte = hex_value(hex[i]) * 16 + hex_value(hex[i + 1]);
    unsent += static_cast<char>(byte);
  }
  pump(id, found->second);
  return true;
}

bool GatewayPort::end(uint32_t id) {
  const auto found = connections_.find(id);
  if (found == connections_.end()) return false;
  found->second.ends = true;
  pump(id, found->second);
  return true;
}

bool GatewayPort::close(uint32_t id) {
  const auto found = connections_.find(id);
  if (found == connections_.end()) return false;
  const engine::Ref<TcpSocket> socket = found->second.socket;
  socket->set_observer(nullptr);
  connections_.erase(found);
  socket->abort();
  return true;
}

void GatewayPort::socket_changed(TcpSocket& socket) {
  for (auto& [id, connection] : connections_) {
    if (connection.socket.get() != &socket) continue;
    pump(id, connection);
    return;
  }
}

void GatewayPort::pump(uint32_t id, Connection& connection) {
  TcpSocket& socket = *connection.socket;
  if (!connection.unsent.empty() && socket.tcp().can_write()) {
    socket.write(Bytes::adopt(std::exchange(connection.unsent, {})));
  }
  if (connection.ends && connection.unsent.empty() && socket.tcp().can_write()) {
    connection.ends = false;
    socket.close_write();
  }
  while (socket.tcp().readable() > 0) {
    const Bytes bytes = socket.read(UINT32_MAX);
    engine::emit_output(id, engine::Stream::kGateway, bytes.view());
  }
  if (connection.has_told_end || (!socket.tcp().at_eof() && !socket.tcp().is_closed())) return;
  connection.has_told_end = true;
  const bool failed = !socket.tcp().receiver().finished();
  engine::emit_output(id, engine::Stream::kGatewayEnd, failed ? "reset" : "end");
}

}  // namespace sim::net
