#include "sim/net/socket.h"

#include <algorithm>

namespace sim::net {
namespace {

using engine::Error;
using engine::here;
using engine::Instant;

Error op_error(std::string_view op, const TcpSocket& socket, Error error) {
  return engine::make_error(OpError{std::string(op), "tcp", address_text(socket.local()),
                                    address_text(socket.remote()), std::move(error)});
}

Error failure_of(const Tcp& tcp, const engine::Sentinel& otherwise) {
  switch (tcp.failure()) {
    case Tcp::Failure::kRefused:
      return kConnectionRefused;
    case Tcp::Failure::kReset:
      return kConnectionReset;
    case Tcp::Failure::kTimedOut:
      return kConnectionTimedOut;
    case Tcp::Failure::kNone:
    case Tcp::Failure::kAborted:
      break;
  }
  return otherwise;
}

// As failure_of(), in the words of the system call that has failed. Source: Go, os.SyscallError.
Error failed_call(std::string_view call, const Tcp& tcp, const engine::Sentinel& otherwise) {
  Error error = failure_of(tcp, otherwise);
  return error == Error(kErrClosed) ? error : engine::errorf(call, ": ", error);
}

void wait_in(engine::WaitList& list, engine::Waiter& waiter) {
  waiter.task = &engine::current_goroutine();
  list.push_back(waiter);
}

/// Suspends until a connection that begins is established or has failed.
class [[nodiscard]] ConnectOp : public engine::Await<ConnectOp> {
 public:
  explicit ConnectOp(TcpSocket& socket) : Await(kKind, &socket) {}
  bool attempt() {
    if (here().muted) return false;
    auto& socket = *static_cast<TcpSocket*>(object_);
    if (socket.tcp().is_open() || socket.tcp().is_closed()) return true;
    wait_in(socket.writers, waiter_);
    return false;
  }

 private:
  static bool always(const WaitOp&) { return true; }
  static constexpr engine::OpKind kKind = {
      .attempt = attempt_of, .reason = engine::WaitReason::kIoWait, .wakes_by_itself = always};
  engine::Waiter waiter_;
};

}  // namespace

std::string OpError::message() const {
  std::string text = op;
  if (!net.empty()) text += " " + net;
  if (!source.empty()) text += " " + source;
  if (!address.empty()) text += (source.empty() ? " " : "->") + address;
  return text + ": " + error.message();
}

bool is_timeout(const Error& error) {
  return engine::errors_is(error, kErrTimeout) || engine::errors_is(error, kConnectionTimedOut) ||
         engine::errors_is(error, engine::kDeadlineExceeded);
}

Stack& this_stack() {
  node::Device* const device = node::this_host().network();
  ENGINE_CHECK(device != nullptr);
  return *static_cast<Stack*>(device);
}

bool ReadOp::attempt() {
  if (here().muted) return false;
  auto* const socket = static_cast<TcpSocket*>(object_);
  const auto fail = [&](Error error) {
    result_.error = socket == nullptr ? std::move(error) : op_error("read", *socket, error);
    return true;
  };
  if (socket == nullptr || socket->is_closed_by_user()) return fail(kErrClosed);
  if (socket->read_deadline.passed()) return fail(kErrTimeout);
  const Tcp& tcp = socket->tcp();
  if (tcp.readable() > 0) {
    result_.bytes = socket->read(most_);
    return true;
  }
  if (tcp.at_eof()) {
    result_.error = kEof;
    return true;
  }
  if (tcp.is_closed()) return fail(failed_call("read", tcp, kErrClosed));
  wait_in(socket->readers, waiter_);
  return false;
}

bool WriteOp::attempt() {
  if (here().muted) return false;
  auto* const socket = static_cast<TcpSocket*>(object_);
  const auto fail = [&](Error error) {
    error_ = socket == nullptr ? std::move(error) : op_error("write", *socket, error);
    return true;
  };
  if (socket == nullptr || socket->is_closed_by_user()) return fail(kErrClosed);
  if (socket->write_deadline.passed()) return fail(kErrTimeout);
  const Tcp& tcp = socket->tcp();
  if (!tcp.can_write()) return fail(failed_call("write", tcp, kBrokenPipe));
  if (tcp.write_room() > 0 || bytes_.empty()) {
    socket->write(std::move(bytes_));
    return true;
  }
  wait_in(socket->writers, waiter_);
  return false;
}

Error Conn::close() const {
  if (here().muted) return nullptr;
  if (!socket_) return kErrClosed;
  if (socket_->is_closed_by_user()) return op_error("close", *socket_, kErrClosed);
  socket_->close();
  return nullptr;
}

Error Conn::close_write() const {
  if (here().muted) return nullptr;
  if (!socket_) return kErrClosed;
  if (socket_->is_closed_by_user()) return op_error("close", *socket_, kErrClosed);
  socket_->close_write();
  return nullptr;
}

void Conn::abort() const {
  if (!here().muted && socket_) socket_->abort();
}

void Conn::set_read_deadline(Instant at) const {
  if (!here().muted && socket_) socket_->read_deadline.set(at);
}
void Conn::set_write_deadline(Instant at) const {
  if (!here().muted && socket_) socket_->write_deadline.set(at);
}

Address Conn::local_address() const {
  return socket_ ? socket_->local() : Address{};
}
Address Conn::remote_address() const {
  return socket_ ? socket_->remote() : Address{};
}
bool Conn::is_readable() const {
  return socket_ && (socket_->tcp().readable() > 0 || socket_->tcp().receiver().finished() ||
                     socket_->tcp().is_closed());
}

// Listening.

bool AcceptOp::attempt() {
  if (here().muted) return false;
  auto* const listener = static_cast<TcpListener*>(object_);
  if (listener == nullptr || listener->is_closed()) {
    const Address local = listener == nullptr ? Address{} : listener->local();
    result_.error =
        engine::make_error(OpError{"accept", "tcp", {}, address_text(local), kErrClosed});
    return true;
  }
  if (engine::Ref<TcpSocket> socket = listener->take()) {
    result_.conn = Conn(std::move(socket));
    return true;
  }
  wait_in(listener->acceptors, waiter_);
  return false;
}

Error Listener::close() const {
  if (here().muted) return nullptr;
  if (!core_) return kErrClosed;
  if (core_->is_closed()) {
    return engine::make_error(
        OpError{"close", "tcp", {}, address_text(core_->local()), kErrClosed});
  }
  core_->close();
  return nullptr;
}

Address Listener::address() const {
  return core_ ? core_->local() : Address{};
}

namespace {

struct Local {
  std::optional<Address> address;
  Error error;
};

// Where to listen: "host:port", the host being one of this machine's, or nothing.
Local local_address(std::string_view net, std::string_view text) {
  const auto refuse = [&](Error error) {
    return Local{{}, engine::make_error(OpError{"listen", std::string(net), {}, {}, error})};
  };
  const std::optional<HostPort> parts = split_host_port(text);
  if (!parts) return refuse(engine::errorf("address ", text, ": ", kMissingPort));
  const std::optional<uint16_t> port = parse_port(parts->port);
  if (!port) return refuse(engine::errorf("address ", text, ": invalid port"));
  Address address{kAnyIp, *port};
  if (!parts->host.empty() && parts->host != "0.0.0.0" && parts->host != "localhost") {
    const std::optional<Ip> ip = parse_ip(parts->host);
    if (!ip || (!is_loopback(*ip) && *ip != this_stack().ip())) {
      return refuse(engine::errors_new("bind: cannot assign requested address"));
    }
    address.ip = *ip;
  } else if (parts->host == "localhost") {
    address.ip = kLoopbackIp;
  }
  return {address, nullptr};
}

}  // namespace

ListenResult listen(std::string_view text) {
  if (here().muted) return {};
  const Local local = local_address("tcp", text);
  if (!local.address) return {{}, local.error};
  TcpListener* const listener = this_stack().listen(*local.address, engine::current_process().id());
  if (listener == nullptr) {
    return {{},
            engine::make_error(OpError{"listen",
                                       "tcp",
                                       {},
                                       address_text(*local.address),
                                       engine::errorf("bind: ", kAddressInUse)})};
  }
  return {Listener(engine::Ref<TcpListener>(listener)), nullptr};
}

// Connecting.

engine::Task<DialResult> dial_address(engine::Context context, Address address) {
  DialResult result;
  const auto refuse = [address](const Error& error) {
    return engine::make_error(OpError{"dial", "tcp", {}, address_text(address), error});
  };
  if (Error done = context.err()) {
    result.error = refuse(done);
    co_return result;
  }
  Stack& stack = this_stack();
  engine::Ref<TcpSocket> socket = stack.connect(address, engine::current_process().id());
  if (!socket) {
    result.error = refuse(engine::errors_new("connect: cannot assign requested address"));
    co_return result;
  }
  {
    const engine::StopFunc stop = engine::on_done(context, [socket] { socket->abort(); });
    co_await ConnectOp(*socket);
    stop();
  }
  if (socket->tcp().is_open()) {
    result.conn = Conn(socket);
    co_return result;
  }
  if (Error done = context.err()) {
    const bool late = done == Error(engine::kDeadlineExceeded);
    result.error = refuse(late ? Error(kErrTimeout) : Error(kOperationCanceled));
  } else {
    result.error = refuse(engine::errorf("connect: ", failure_of(socket->tcp(), kErrClosed)));
  }
  co_return result;
}

// Datagrams.

bool ReceiveOp::attempt() {
  if (here().muted) return false;
  auto* const socket = static_cast<UdpSocket*>(object_);
  if (socket == nullptr || socket->is_closed() || socket->read_deadline.passed()) {
    const bool late = socket != nullptr && !socket->is_closed();
    const Address local = socket == nullptr ? Address{} : socket->local();
    result_.error = engine::make_error(OpError{
        "read", "udp", {}, address_text(local), late ? Error(kErrTimeout) : Error(kErrClosed)});
    return true;
  }
  if (!socket->received.empty()) {
    result_.bytes = std::move(socket->received.front().bytes);
    result_.from = socket->received.front().from;
    socket->received.pop_front();
    return true;
  }
  wait_in(socket->readers, waiter_);
  return false;
}

ListenPacketResult listen_packet(std::string_view text) {
  if (here().muted) return {};
  const Local local = local_address("udp", text);
  if (!local.address) return {{}, local.error};
  UdpSocket* const socket = this_stack().bind(*local.address, engine::current_process().id());
  if (socket == nullptr) {
    return {{},
            engine::make_error(OpError{"listen",
                                       "udp",
                                       {},
                                       address_text(*local.address),
                                       engine::errorf("bind: ", kAddressInUse)})};
  }
  return {PacketConn(engine::Ref<UdpSocket>(socket)), nullptr};
}

Error PacketConn::write_to(std::string_view bytes, Address to) const {
  constexpr size_t kDatagramMax = 65507;
  if (here().muted) return nullptr;
  const auto fail = [&](const engine::Sentinel& error) {
    return engine::make_error(OpError{"write", "udp", {}, address_text(to), error});
  };
  if (!socket_ || socket_->is_closed()) return fail(kErrClosed);
  if (bytes.size() > kDatagramMax) return fail(kMessageTooLong);
  socket_->send(Bytes::copy(bytes), to);
  return nullptr;
}

void PacketConn::set_read_deadline(Instant at) const {
  if (!here().muted && socket_) socket_->read_deadline.set(at);
}

Error PacketConn::close() const {
  if (here().muted) return nullptr;
  if (!socket_ || socket_->is_closed()) return kErrClosed;
  socket_->close();
  return nullptr;
}

Address PacketConn::local_address() const {
  return socket_ ? socket_->local() : Address{};
}

}  // namespace sim::net
