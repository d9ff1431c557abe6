// sim/net/socket.h: connections, listeners and datagram sockets, in the shape of Go's package net.
//
//   auto listening = listen(":80");                      // Go: net.Listen("tcp", ":80")
//   auto [conn, err] = co_await listening.listener.accept();
//   auto [bytes, end] = co_await conn.read();
//   if (Error e = co_await conn.write(Bytes::copy("hi"))) ...
//
// Lifetime: counted handles. As in Go, a connection is open until it is closed, whoever holds it;
// when its process ends the machine closes it: with a FIN, or a RST if bytes were unread.
// Errors: Go's values and texts (`read tcp 10.0.0.2:80->10.0.0.1:40000: i/o timeout`).
// Source: Go documentation, package net. Not modelled: IPv6, Unix sockets, half a dozen options.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "engine/sync/context.h"
#include "engine/sync/error.h"
#include "engine/task/go.h"
#include "sim/net/stack.h"

namespace sim::net {

/// The end of a stream. Source: Go documentation, `io.EOF`.
inline constexpr engine::Sentinel kEof("EOF");
inline constexpr engine::Sentinel kUnexpectedEof("unexpected EOF");
/// Source: Go documentation, `net.ErrClosed`, `os.ErrDeadlineExceeded`; package syscall.
inline constexpr engine::Sentinel kErrClosed("use of closed network connection");
inline constexpr engine::Sentinel kErrTimeout("i/o timeout");
inline constexpr engine::Sentinel kConnectionRefused("connection refused");
inline constexpr engine::Sentinel kConnectionReset("connection reset by peer");
inline constexpr engine::Sentinel kBrokenPipe("broken pipe");
inline constexpr engine::Sentinel kConnectionTimedOut("connection timed out");
inline constexpr engine::Sentinel kAddressInUse("address already in use");
inline constexpr engine::Sentinel kNoRoute("no route to host");
inline constexpr engine::Sentinel kOperationCanceled("operation was canceled");
inline constexpr engine::Sentinel kNoSuchHost("no such host");
inline constexpr engine::Sentinel kMissingPort("missing port in address");
inline constexpr engine::Sentinel kMessageTooLong("message too long");

/// Source: Go documentation, `net.OpError`.
struct OpError {
  std::string op;
  std::string net;
  std::string source;  // may be empty
  std::string address;
  engine::Error error;
  [[nodiscard]] std::string message() const;
  [[nodiscard]] engine::Error unwrap() const { return error; }
  bool operator==(const OpError&) const = default;
};
/// Whether `error` is a timeout of the network or of a context. Source: `net.Error.Timeout`.
bool is_timeout(const engine::Error& error);

struct ReadResult {
  Bytes bytes;
  engine::Error error;
};

/// Suspends until bytes have arrived, the stream has ended (kEof), or it has failed.
class [[nodiscard]] ReadOp : public engine::Await<ReadOp> {
 public:
  ReadOp(TcpSocket* socket, uint32_t most) : Await(kKind, socket), most_(most) {}
  bool attempt();
  ReadResult await_resume() { return std::move(result_); }

 private:
  static bool always(const WaitOp&) { return true; }
  static constexpr engine::OpKind kKind = {
      .attempt = attempt_of, .reason = engine::WaitReason::kIoWait, .wakes_by_itself = always};
  uint32_t most_;
  ReadResult result_;
  engine::Waiter waiter_;
};

/// Suspends until the send buffer takes the bytes, or the connection has failed.
class [[nodiscard]] WriteOp : public engine::Await<WriteOp> {
 public:
  WriteOp(TcpSocket* socket, Bytes bytes) : Await(kKind, socket), bytes_(std::move(bytes)) {}
  bool attempt();
  engine::Error await_resume() { return std::move(error_); }

 private:
  static bool always(const WaitOp&) { return true; }
  static constexpr engine::OpKind kKind = {
      .attempt = attempt_of, .reason = engine::WaitReason::kIoWait, .wakes_by_itself = always};
  Bytes bytes_;
  engine::Error error_;
  engine::Waiter waiter_;
};

/// Go's net.Conn of a TCP connection. A null one, as Go's nil, answers every call with kErrClosed.
class Conn {
 public:
  Conn() = default;
  explicit Conn(engine::Ref<TcpSocket> socket) : socket_(std::move(socket)) {}

  static constexpr uint32_t kReadMost = 64 << 10;
  ReadOp read(uint32_t most = kReadMost) const { return {socket_.get(), most}; }
  WriteOp write(Bytes bytes) const { return {socket_.get(), std::move(bytes)}; }
  WriteOp write(std::string_view text) const { return write(Bytes::copy(text)); }
  /// Never suspends: what was written is still sent.
  engine::Error close() const;
  /// No more writes; the peer sees the end of the stream. Source: `net.TCPConn.CloseWrite`.
  engine::Error close_write() const;
  /// Closes with a RST at once. Source: Go documentation, SetLinger(0) and Close.
  void abort() const;
  /// After `at`, reads (writes) end with kErrTimeout; kEndOfTime: never.
  void set_read_deadline(engine::Instant at) const;
  void set_write_deadline(engine::Instant at) const;
  void set_deadline(engine::Instant at) const {
    set_read_deadline(at);
    set_write_deadline(at);
  }
  [[nodiscard]] Address local_address() const;
  [[nodiscard]] Address remote_address() const;
  /// Whether bytes or the stream's end could be read at once.
  [[nodiscard]] bool is_readable() const;
  [[nodiscard]] TcpSocket* socket() const { return socket_.get(); }
  explicit operator bool() const { return static_cast<bool>(socket_); }
  bool operator==(const Conn& other) const { return socket_.get() == other.socket_.get(); }

 private:
  engine::Ref<TcpSocket> socket_;
};

struct AcceptResult {
  Conn conn;
  engine::Error error;
};

class [[nodiscard]] AcceptOp : public engine::Await<AcceptOp> {
 public:
  explicit AcceptOp(TcpListener* listener) : Await(kKind, listener) {}
  bool attempt();
  AcceptResult await_resume() { return std::move(result_); }

 private:
  static bool always(const WaitOp&) { return true; }
  static constexpr engine::OpKind kKind = {
      .attempt = attempt_of, .reason = engine::WaitReason::kIoWait, .wakes_by_itself = always};
  AcceptResult result_;
  engine::Waiter waiter_;
};

/// Go's net.Listener.
class Listener {
 public:
  Listener() = default;
  explicit Listener(engine::Ref<TcpListener> core) : core_(std::move(core)) {}
  /// Suspends until a connection is established.
  AcceptOp accept() const { return AcceptOp(core_.get()); }
  /// Waiting accepts end with kErrClosed; connections that nobody accepted are reset.
  engine::Error close() const;
  [[nodiscard]] Address address() const;
  explicit operator bool() const { return static_cast<bool>(core_); }

 private:
  engine::Ref<TcpListener> core_;
};

struct ListenResult {
  Listener listener;
  engine::Error error;
};
/// Listens on the running process's machine at `address`, such as ":80" (port 0: any free one).
/// Never suspends. Source: `net.Listen("tcp", address)`.
ListenResult listen(std::string_view address);

struct DialResult {
  Conn conn;
  engine::Error error;
};
/// Connects to `address` ("host:port"). Suspends until the connection is established or has failed,
/// or `context` is done. Source: `net.Dialer.DialContext`.
engine::Task<DialResult> dial(engine::Context context, std::string address);
inline engine::Task<DialResult> dial(std::string address) {
  return dial(engine::background(), std::move(address));
}
/// As dial(), where the address is known.
engine::Task<DialResult> dial_address(engine::Context context, Address address);

struct Datagram {
  Bytes bytes;
  Address from;
  engine::Error error;
};

class [[nodiscard]] ReceiveOp : public engine::Await<ReceiveOp> {
 public:
  explicit ReceiveOp(UdpSocket* socket) : Await(kKind, socket) {}
  bool attempt();
  Datagram await_resume() { return std::move(result_); }

 private:
  static bool always(const WaitOp&) { return true; }
  static constexpr engine::OpKind kKind = {
      .attempt = attempt_of, .reason = engine::WaitReason::kIoWait, .wakes_by_itself = always};
  Datagram result_;
  engine::Waiter waiter_;
};

/// Go's net.PacketConn of UDP.
class PacketConn {
 public:
  PacketConn() = default;
  explicit PacketConn(engine::Ref<UdpSocket> socket) : socket_(std::move(socket)) {}
  /// Suspends until a datagram arrives.
  ReceiveOp read_from() const { return ReceiveOp(socket_.get()); }
  /// Sends; says nothing of whether it arrives. Never suspends.
  engine::Error write_to(std::string_view bytes, Address to) const;
  void set_read_deadline(engine::Instant at) const;
  engine::Error close() const;
  [[nodiscard]] Address local_address() const;
  explicit operator bool() const { return static_cast<bool>(socket_); }

 private:
  engine::Ref<UdpSocket> socket_;
};

struct ListenPacketResult {
  PacketConn conn;
  engine::Error error;
};
/// Source: `net.ListenPacket("udp", address)`.
ListenPacketResult listen_packet(std::string_view address);

/// The network of the running process's machine. REQUIRES: it is on a machine with one.
Stack& this_stack();

}  // namespace sim::net
