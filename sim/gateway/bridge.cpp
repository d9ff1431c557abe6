#include "sim/gateway/bridge.h"

#include <fmt/format.h>
#include <poll.h>

#include <algorithm>

namespace sim::gateway {
namespace {

/// What may be handed on before the simulated connection is established.
constexpr uint64_t kBeforeConnectedMost = 1 << 20;
/// Pieces that one client may hand on before the next one has its turn.
constexpr int kPiecesATurn = 16;

const net::Cluster& cluster_of(const engine::Run& run) {
  return *static_cast<const net::Cluster*>(run.world().state().model);
}

// The machine that all simulated connections come from. It is there once one was opened.
const net::Stack* gateway_stack(const engine::Run& run) {
  const net::Cluster& cluster = cluster_of(run);
  if (cluster.gateway() == nullptr) return nullptr;
  return cluster.members().back().stack.get();
}

std::string to_hex(std::string_view bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string hex;
  hex.reserve(bytes.size() * 2);
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    hex += kDigits[byte >> 4];
    hex += kDigits[byte & 15];
  }
  return hex;
}

}  // namespace

void Bridge::open(Fd socket, const scenario::Expose& to, engine::Instant at) {
  const uint32_t id = ++last_id_;
  if (!driver_.apply(fmt::format("gateway-open {} {}:{}", id, to.node, to.port), at)) {
    reset_connection(socket);
    return;
  }
  Connection& connection = connections_[id];
  connection.socket = std::move(socket);
  // The newest object of the world is the socket that was just made.
  const engine::Object* const newest = driver_.run().world().state().objects.back();
  if (newest == nullptr || newest->kind() != engine::ObjectKind::kTcpSocket) return;
  const auto& simulated = static_cast<const net::TcpSocket&>(*newest);
  connection.flow = {simulated.local().port, simulated.remote(), simulated.id()};
}

const net::Tcp* Bridge::find(const Flow& flow) const {
  const net::Stack* const stack = gateway_stack(driver_.run());
  if (stack == nullptr) return nullptr;
  const auto found = stack->flows().find({flow.port, flow.remote});
  if (found == stack->flows().end() || found->second->id() != flow.object) return nullptr;
  return &found->second->tcp();
}

bool Bridge::wants_client(const Connection& connection) const {
  if (connection.client_ended || connection.client_gone || connection.simulated_reset) return false;
  const net::Tcp* const tcp = find(connection.flow);
  if (tcp == nullptr) return false;
  if (tcp->is_open()) return tcp->write_room() > 0;
  return connection.before_connected < kBeforeConnectedMost;
}

void Bridge::add_polls(std::vector<pollfd>& polls) const {
  for (const auto& [id, connection] : connections_) {
    pollfd poll{connection.socket.get(), 0, 0};
    if (wants_client(connection)) poll.events |= POLLIN;
    if (!connection.waiting.empty()) poll.events |= POLLOUT;
    // With nothing wanted, poll still tells of a RST; but once the client was told the end it
    // would tell of the client's own end, again and again.
    if (poll.events == 0 && connection.told_end) poll.fd = -1;
    polls.push_back(poll);
  }
}

void Bridge::take_events(const pollfd* polls, engine::Instant at) {
  for (auto& [id, connection] : connections_) {
    const pollfd& poll = *polls++;
    if (poll.revents == 0) continue;
    if ((poll.events & POLLIN) != 0) {
      if ((poll.revents & (POLLIN | POLLHUP | POLLERR)) != 0) read_client(id, connection, at);
    } else if ((poll.revents & (POLLHUP | POLLERR)) != 0) {
      connection.client_gone = true;
    }
  }
}

void Bridge::read_client(uint32_t id, Connection& connection, engine::Instant at) {
  char buffer[kPieceBytes];
  for (int pieces = 0; pieces < kPiecesATurn && wants_client(connection); ++pieces) {
    // Small segments that have arrived together become one input.
    size_t filled = 0;
    IoStatus status = IoStatus::kDone;
    while (filled < kPieceBytes && status == IoStatus::kDone) {
      const IoResult got = receive(connection.socket, buffer + filled, kPieceBytes - filled);
      status = got.status;
      filled += got.bytes;
    }
    if (filled > 0) {
      const net::Tcp* const tcp = find(connection.flow);
      if (tcp != nullptr && !tcp->is_open()) connection.before_connected += filled;
      driver_.apply(fmt::format("gateway-data {} {}", id, to_hex({buffer, filled})), at);
    }
    if (status == IoStatus::kEnd) {
      connection.client_ended = true;
      driver_.apply(fmt::format("gateway-end {}", id), at);
    }
    connection.client_gone = status == IoStatus::kFailed;
    if (status != IoStatus::kDone) return;
  }
}

void Bridge::take_output(const engine::OutputLog::Chunk& chunk, std::string_view text) {
  const auto found = connections_.find(chunk.process);
  if (found == connections_.end()) return;
  Connection& connection = found->second;
  if (chunk.stream == engine::Stream::kGatewayEnd) {
    (text == "end" ? connection.simulated_ended : connection.simulated_reset) = true;
  } else if (chunk.stream == engine::Stream::kGateway && !connection.client_gone) {
    connection.waiting += text;
    all_waiting_ += text.size();
    const size_t waiting = connection.waiting.size() - connection.sent;
    if (waiting <= kWaitingMost && all_waiting_ <= kAllWaitingMost) return;
    // It may only have had no turn to be sent to.
    flush(connection);
    if (connection.waiting.size() > kWaitingMost || all_waiting_ > kAllWaitingMost) {
      connection.client_gone = true;
    }
  }
}

void Bridge::flush(Connection& connection) {
  std::string_view rest = std::string_view(connection.waiting).substr(connection.sent);
  while (!rest.empty()) {
    const IoResult result = send(connection.socket, rest);
    if (result.status == IoStatus::kFailed) {
      connection.client_gone = true;
      return;
    }
    if (result.status != IoStatus::kDone) break;
    rest.remove_prefix(result.bytes);
    connection.sent += result.bytes;
    all_waiting_ -= result.bytes;
  }
  // Moving what is left costs, so it is done when most has been sent.
  if (rest.empty()) {
    connection.waiting.clear();
    connection.sent = 0;
  } else if (connection.sent > connection.waiting.size() / 2) {
    connection.waiting.erase(0, connection.sent);
    connection.sent = 0;
  }
}

void Bridge::drop_waiting(Connection& connection) {
  all_waiting_ -= connection.waiting.size() - connection.sent;
  connection.waiting.clear();
  connection.sent = 0;
}

bool Bridge::settle_one(uint32_t id, Connection& connection, engine::Instant at) {
  if (!connection.client_gone) flush(connection);
  // After its end the simulated side may still fail: when it is sent more than it wants.
  const bool closed = find(connection.flow) == nullptr;
  const bool reset = connection.simulated_reset || (closed && !connection.client_ended);
  if (connection.client_gone || (reset && connection.waiting.empty())) {
    drop_waiting(connection);
    reset_connection(connection.socket);
    driver_.apply(fmt::format("gateway-close {}", id), at);
    return true;
  }
  if (!connection.simulated_ended || !connection.waiting.empty()) return false;
  if (!connection.told_end) end_stream(connection.socket);
  connection.told_end = true;
  if (!connection.client_ended) return false;
  closing_.push_back({id, connection.flow});
  return true;
}

void Bridge::let_go(engine::Instant at) {
  std::erase_if(closing_, [&](const Closing& closing) {
    const net::Tcp* const tcp = find(closing.flow);
    if (tcp != nullptr && tcp->state() != net::Tcp::State::kTimeWait) return false;
    driver_.apply(fmt::format("gateway-close {}", closing.id), at);
    return true;
  });
}

void Bridge::settle(engine::Instant at) {
  for (auto it = connections_.begin(); it != connections_.end();) {
    it = settle_one(it->first, it->second, at) ? connections_.erase(it) : std::next(it);
  }
  let_go(at);
}

}  // namespace sim::gateway
