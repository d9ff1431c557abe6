// sim/gateway/sockets.h: real TCP sockets on the loopback interface, non-blocking.
//
// Promises: no call waits, no call raises SIGPIPE, and nothing listens but on 127.0.0.0/8.
// Does not: know the simulation. Host code; IPv4 only.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "sim/net/address.h"
#include "sim/yaml/result.h"

namespace sim::gateway {

/// An open file descriptor, closed with its owner.
class Fd {
 public:
  Fd() = default;
  explicit Fd(int fd) : fd_(fd) {}
  Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Fd& operator=(Fd&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  Fd(const Fd&) = delete;
  Fd& operator=(const Fd&) = delete;
  ~Fd() { reset(); }

  [[nodiscard]] int get() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }
  void reset();

 private:
  int fd_ = -1;
};

struct BoundListener {
  Fd fd;
  uint16_t port = 0;
};
/// Listens; port 0 takes a free one. The error says why not.
/// REQUIRES: net::is_loopback(at.ip).
yaml::Result<BoundListener, std::string> listen_on(net::Address at);

enum class AcceptStatus : uint8_t {
  kAccepted,
  kNobody,       // nobody waits
  kOutOfMemory,  // of descriptors or of buffers: try again later
};
struct Accepted {
  AcceptStatus status = AcceptStatus::kNobody;
  Fd fd;
};
Accepted accept_on(const Fd& listener);

enum class IoStatus : uint8_t {
  kDone,     // some bytes went through
  kBlocked,  // none can now
  kEnd,      // the client sends no more
  kFailed,   // the connection is gone
};
struct IoResult {
  IoStatus status = IoStatus::kBlocked;
  size_t bytes = 0;
};
/// Receives at most `most` bytes into `buffer`.
IoResult receive(const Fd& socket, char* buffer, size_t most);
IoResult send(const Fd& socket, std::string_view bytes);

/// The client sees the end of the stream.
void end_stream(const Fd& socket);
/// Closes with a RST. Source: POSIX, SO_LINGER with a timeout of zero.
void reset_connection(Fd& socket);

/// Lets this process open at least `wanted` descriptors, if the system allows it.
void raise_descriptor_limit(uint64_t wanted);

/// A descriptor that is readable once SIGINT or SIGTERM has come; from then on neither ends the
/// process by itself. Source: Linux, signalfd(2).
Fd stop_signals();

}  // namespace sim::gateway
