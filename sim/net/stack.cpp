#include "sim/net/stack.h"

#include <algorithm>

namespace sim::net {
namespace {

using engine::ChoiceKind;
using engine::EventKind;
using engine::here;
using engine::Instant;
using engine::kEndOfTime;

/// Source: Linux, net.ipv4.ip_local_port_range.
constexpr uint32_t kFirstEphemeral = 32768;
constexpr uint32_t kEphemeralPorts = 60999 - kFirstEphemeral + 1;
/// Where the keys of a machine's network namespaces begin, beside those of its disk and TLS.
constexpr uint64_t kNamespacesOrdinal = 4;
/// Source: Linux, the MTU of Ethernet and of the loopback device, less 40 bytes of headers.
constexpr uint16_t kEthernetMss = 1460;
constexpr uint16_t kLoopbackMss = 65483;

}  // namespace

void wake_all(engine::WaitList& waiters) {
  while (engine::Waiter* waiter = waiters.pop_front()) {
    engine::scheduler().ready_to_retry(*waiter->task);
  }
}

void DeadlineAlarm::set(Instant at) {
  at_ = at;
  cancel();
  if (at == kEndOfTime) return;
  if (at <= here().now) {
    wake_all(waiters_);
  } else {
    here().queue.set(*this, at, here().cause);
  }
}

void DeadlineAlarm::ring(engine::Alarm& alarm) {
  wake_all(static_cast<DeadlineAlarm&>(alarm).waiters_);
}

// A connection.

TcpSocket::TcpSocket(Stack& stack, Address local, Address remote, const TcpOptions& options)
    : Object(engine::ObjectKind::kTcpSocket, {}),
      stack_(stack),
      tcp_(options),
      local_(local),
      remote_(remote) {}

void TcpSocket::expired(engine::Alarm& alarm) {
  TcpSocket& socket = static_cast<Timer&>(alarm).socket;
  Tcp::Segments& out = socket.stack_.out_;
  socket.tcp_.expire(here().now, out);
  socket.settle(out);
}

void TcpSocket::settle(Tcp::Segments& out) {
  for (Segment& segment : out) stack_.send(local_, remote_, std::move(segment));
  out.clear();
  const engine::Ref<TcpSocket> self(this);  // it may be forgotten below
  const Instant deadline = tcp_.deadline();
  if (deadline == kEndOfTime) {
    timer_.cancel();
  } else if (!timer_.pending() || timer_.due() != deadline) {
    here().queue.set(timer_, std::max(deadline, here().now), here().cause);
  }
  if (listener_ && tcp_.state() != Tcp::State::kSynReceived) {
    const engine::Ref<TcpListener> listener = std::move(listener_);
    listener_ = {};
    --listener->opening_;
    if (!tcp_.is_closed() && !listener->closed_) {
      owner_ = listener->owner_;
      listener->established_.push_back(self);
      wake_all(listener->acceptors);
    }
  }
  if (tcp_.readable() > 0 || tcp_.receiver().finished() || tcp_.is_closed()) wake_all(readers);
  if (!writers.empty() && (tcp_.is_closed() || (tcp_.is_open() && tcp_.write_room() > 0))) {
    wake_all(writers);
  }
  if (observer_ != nullptr) observer_->socket_changed(*this);
  if (tcp_.is_closed()) stack_.forget(*this);
}

void TcpSocket::write(Bytes bytes) {
  Tcp::Segments& out = stack_.out_;
  tcp_.write(std::move(bytes), here().now, out);
  settle(out);
}

Bytes TcpSocket::read(uint32_t most) {
  Tcp::Segments& out = stack_.out_;
  Bytes bytes = tcp_.read(most, here().now, out);
  if (!out.empty()) settle(out);
  return bytes;
}

void TcpSocket::close_write() {
  Tcp::Segments& out = stack_.out_;
  tcp_.finish(here().now, out);
  settle(out);
}

void TcpSocket::close() {
  if (closed_) return;
  closed_ = true;
  Tcp::Segments& out = stack_.out_;
  // Who closes with unread bytes loses them, and says so. Source: RFC 1122 4.2.2.13.
  if (tcp_.readable() > 0 || tcp_.state() == Tcp::State::kSynReceived) {
    tcp_.abort(out);
  } else {
    tcp_.orphan();
    tcp_.finish(here().now, out);
  }
  wake_all(readers);
  wake_all(writers);
  settle(out);
}

void TcpSocket::abort() {
  closed_ = true;
  Tcp::Segments& out = stack_.out_;
  tcp_.abort(out);
  wake_all(readers);
  wake_all(writers);
  settle(out);
}

// A listener.

TcpListener::TcpListener(Stack& stack, Address local, engine::ProcessId owner)
    : Object(engine::ObjectKind::kTcpListener, {}), stack_(stack), local_(local), owner_(owner) {}

engine::Ref<TcpSocket> TcpListener::take() {
  if (established_.empty()) return {};
  engine::Ref<TcpSocket> first = std::move(established_.front());
  established_.pop_front();
  return first;
}

void TcpListener::close() {
  if (closed_) return;
  closed_ = true;
  const engine::Ref<TcpListener> self(this);
  stack_.listeners_.erase(local_.port);
  while (engine::Ref<TcpSocket> socket = take()) socket->abort();
  wake_all(acceptors);
}

// Datagrams.

UdpSocket::UdpSocket(Stack& stack, Address local, engine::ProcessId owner)
    : Object(engine::ObjectKind::kUdpSocket, {}), stack_(stack), local_(local), owner_(owner) {}

void UdpSocket::send(Bytes bytes, Address to) {
  Packet packet;
  packet.from = {is_loopback(to.ip) ? kLoopbackIp : stack_.ip(), local_.port};
  packet.to = to;
  packet.protocol = Protocol::kUdp;
  packet.tcp.payload = std::move(bytes);
  stack_.network_.send(stack_, std::move(packet));
}

void UdpSocket::close() {
  if (closed_) return;
  closed_ = true;
  const engine::Ref<UdpSocket> self(this);
  stack_.udp_.erase(local_.port);
  wake_all(readers);
}

// The stack.

Stack::Stack(node::Machine& machine, Network& network, Ip ip)
    : Port(machine.id(), ip, machine.name(), machine.zone()),
      machine_(machine),
      network_(network),
      host_(this),
      key_(machine.key()) {
  machine.set_network(this);
  network.attach(*this);
}

Stack::Stack(Stack& host, Ip ip)
    : Port(host.machine_id(), ip, host.name(), host.zone()),
      machine_(host.machine_),
      network_(host.network_),
      host_(&host),
      key_(engine::derive(engine::derive(host.key_, kNamespacesOrdinal), ip.value)),
      name_service_(host.name_service_) {
  machine_.attach(*this);
  network_.attach(*this);
}

Stack::~Stack() {
  if (host_ == this) return;
  close_everything();
  machine_.detach(*this);
  network_.detach(*this, *host_);
}

void Stack::close_everything() {
  machine_crashed();
}

uint32_t Stack::secret() {
  return engine::choose(ChoiceKind::kSecret, key_, UINT32_MAX);
}

uint16_t Stack::ephemeral_port(Address to) {
  if (next_port_ == 0) {
    next_port_ = kFirstEphemeral + engine::choose(ChoiceKind::kSecret, key_, kEphemeralPorts);
  }
  for (uint32_t tries = 0; tries < kEphemeralPorts; ++tries) {
    const auto port = static_cast<uint16_t>(next_port_);
    next_port_ =
        next_port_ + 1 < kFirstEphemeral + kEphemeralPorts ? next_port_ + 1 : kFirstEphemeral;
    if (listeners_.contains(port) || udp_.contains(port)) continue;
    if (to.port == 0 || !flows_.contains({port, to})) return port;
  }
  return 0;
}

TcpOptions Stack::options_for(Ip peer) const {
  TcpOptions options;
  options.mss = is_loopback(peer) || peer == ip() ? kLoopbackMss : kEthernetMss;
  return options;
}

TcpListener* Stack::listen(Address address, engine::ProcessId owner) {
  if (address.port == 0) address.port = ephemeral_port({});
  if (address.port == 0 || listeners_.contains(address.port)) return nullptr;
  auto* listener = new TcpListener(*this, address, owner);
  listeners_.emplace(address.port, engine::Ref<TcpListener>(listener));
  return listener;
}

UdpSocket* Stack::bind(Address address, engine::ProcessId owner) {
  if (address.port == 0) address.port = ephemeral_port({});
  if (address.port == 0 || udp_.contains(address.port)) return nullptr;
  auto* socket = new UdpSocket(*this, address, owner);
  udp_.emplace(address.port, engine::Ref<UdpSocket>(socket));
  return socket;
}

engine::Ref<TcpSocket> Stack::connect(Address to, engine::ProcessId owner) {
  const uint16_t port = ephemeral_port(to);
  if (port == 0) return {};
  const Address local{is_loopback(to.ip) ? to.ip : ip(), port};
  engine::Ref<TcpSocket> socket(new TcpSocket(*this, local, to, options_for(to.ip)));
  socket->owner_ = owner;
  flows_.emplace(std::pair(port, to), socket);
  socket->tcp_.connect(secret(), here().now, out_);
  socket->settle(out_);
  return socket;
}

void Stack::send(Address from, Address to, Segment segment) {
  Packet packet;
  packet.from = from;
  packet.to = to;
  packet.tcp = std::move(segment);
  network_.send(*this, std::move(packet));
}

void Stack::forget(TcpSocket& socket) {
  socket.timer_.cancel();
  flows_.erase({socket.local_.port, socket.remote_});
}

void Stack::arrive(Packet& packet) {
  if (packet.protocol == Protocol::kUdp) {
    arrive_udp(packet);
  } else {
    arrive_tcp(packet);
  }
}

void Stack::arrive_udp(Packet& packet) {
  const auto found = udp_.find(packet.to.port);
  if (found == udp_.end() || found->second->received.size() >= UdpSocket::kQueueMax) {
    const Drop why = found == udp_.end() ? Drop::kNobodyListens : Drop::kQueueFull;
    engine::emit(EventKind::kPacketDrop, machine_id(), machine_id(), static_cast<uint64_t>(why));
    return;
  }
  found->second->received.push_back({std::move(packet.tcp.payload), packet.from});
  wake_all(found->second->readers);
}

void Stack::arrive_tcp(Packet& packet) {
  const auto found = flows_.find({packet.to.port, packet.from});
  if (found != flows_.end()) {
    TcpSocket& socket = *found->second;
    // A new connection may take over what a side that is done only remembers. Source: RFC 1122
    // 4.2.2.13.
    const bool renews =
        socket.tcp_.state() == Tcp::State::kTimeWait && packet.tcp.flags == Segment::kSyn;
    if (!renews) {
      socket.tcp_.receive(packet.tcp, here().now, out_);
      socket.settle(out_);
      return;
    }
    socket.tcp_ = Tcp({});
    forget(socket);
  }
  const auto listening = listeners_.find(packet.to.port);
  const bool opens = packet.tcp.has(Segment::kSyn) && !packet.tcp.has(Segment::kAck) &&
                     !packet.tcp.has(Segment::kRst);
  if (opens && listening != listeners_.end()) return accept_syn(*listening->second, packet);
  if (!packet.tcp.has(Segment::kRst)) reset(packet);
}

void Stack::accept_syn(TcpListener& listener, const Packet& packet) {
  if (listener.opening_ + listener.established_.size() >= TcpListener::kBacklog) {
    engine::emit(EventKind::kPacketDrop, machine_id(), machine_id(),
                 static_cast<uint64_t>(Drop::kBacklogFull));
    return;
  }
  engine::Ref<TcpSocket> socket(
      new TcpSocket(*this, packet.to, packet.from, options_for(packet.from.ip)));
  socket->listener_ = engine::Ref<TcpListener>(&listener);
  ++listener.opening_;
  flows_.emplace(std::pair(packet.to.port, packet.from), socket);
  socket->tcp_.accept(packet.tcp, secret(), here().now, out_);
  socket->settle(out_);
}

// Nobody knows of this connection. Source: RFC 9293 3.10.7.1.
void Stack::reset(const Packet& packet) {
  Segment segment;
  segment.flags = Segment::kRst;
  if (packet.tcp.has(Segment::kAck)) {
    segment.seq = packet.tcp.ack;
  } else {
    segment.flags |= Segment::kAck;
    segment.ack = packet.tcp.seq + packet.tcp.length();
  }
  send(packet.to, packet.from, std::move(segment));
}

void Stack::process_ended(engine::ProcessId process) {
  std::vector<engine::Ref<TcpListener>> listeners;
  for (const auto& [port, listener] : listeners_) {
    if (listener->owner_ == process) listeners.push_back(listener);
  }
  for (const auto& listener : listeners) listener->close();
  std::vector<engine::Ref<TcpSocket>> sockets;
  for (const auto& [flow, socket] : flows_) {
    if (socket->owner_ == process) sockets.push_back(socket);
  }
  for (const auto& socket : sockets) socket->close();
  std::vector<engine::Ref<UdpSocket>> datagrams;
  for (const auto& [port, socket] : udp_) {
    if (socket->owner_ == process) datagrams.push_back(socket);
  }
  for (const auto& socket : datagrams) socket->close();
}

// Nothing is sent: to its peers the machine has fallen silent.
void Stack::machine_crashed() {
  for (auto& [flow, socket] : flows_) {
    socket->timer_.cancel();
    socket->read_deadline.cancel();
    socket->write_deadline.cancel();
    socket->closed_ = true;
    socket->listener_ = {};
    socket->tcp_ = Tcp({});
  }
  flows_.clear();
  for (auto& [port, listener] : listeners_) {
    listener->closed_ = true;
    listener->established_.clear();
  }
  listeners_.clear();
  for (auto& [port, socket] : udp_) {
    socket->closed_ = true;
    socket->read_deadline.cancel();
  }
  udp_.clear();
}

}  // namespace sim::net
