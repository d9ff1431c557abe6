#include "sim/gateway/sockets.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cassert>
#include <cerrno>
#include <csignal>
#include <cstring>

namespace sim::gateway {
namespace {

sockaddr_in to_sockaddr(net::Address address) {
  sockaddr_in out{};
  out.sin_family = AF_INET;
  out.sin_port = htons(address.port);
  out.sin_addr.s_addr = htonl(address.ip.value);
  return out;
}

bool would_block() {
  return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
}

void set_flag(const Fd& socket, int level, int option) {
  const int on = 1;
  setsockopt(socket.get(), level, option, &on, sizeof on);
}

}  // namespace

void Fd::reset() {
  if (fd_ >= 0) close(fd_);
  fd_ = -1;
}

yaml::Result<BoundListener, std::string> listen_on(net::Address at) {
  assert(net::is_loopback(at.ip));
  const auto refuse = [] { return std::string(std::strerror(errno)); };
  BoundListener bound;
  bound.fd = Fd(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!bound.fd) return refuse();
  // A port whose last connections are in TIME-WAIT may be taken again; one in use may not.
  set_flag(bound.fd, SOL_SOCKET, SO_REUSEADDR);
  sockaddr_in address = to_sockaddr(at);
  if (bind(bound.fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      listen(bound.fd.get(), SOMAXCONN) != 0) {
    return refuse();
  }
  socklen_t size = sizeof address;
  if (getsockname(bound.fd.get(), reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    return refuse();
  }
  bound.port = ntohs(address.sin_port);
  return bound;
}

Accepted accept_on(const Fd& listener) {
  Fd fd(accept4(listener.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
  if (fd) {
    set_flag(fd, IPPROTO_TCP, TCP_NODELAY);
    return {AcceptStatus::kAccepted, std::move(fd)};
  }
  const bool out_of_memory =
      errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM;
  return {out_of_memory ? AcceptStatus::kOutOfMemory : AcceptStatus::kNobody, {}};
}

IoResult receive(const Fd& socket, char* buffer, size_t most) {
  const ssize_t got = recv(socket.get(), buffer, most, MSG_DONTWAIT);
  if (got > 0) return {IoStatus::kDone, static_cast<size_t>(got)};
  if (got == 0) return {IoStatus::kEnd, 0};
  return {would_block() ? IoStatus::kBlocked : IoStatus::kFailed, 0};
}

IoResult send(const Fd& socket, std::string_view bytes) {
  const ssize_t sent =
      ::send(socket.get(), bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  if (sent >= 0) return {IoStatus::kDone, static_cast<size_t>(sent)};
  return {would_block() ? IoStatus::kBlocked : IoStatus::kFailed, 0};
}

void end_stream(const Fd& socket) {
  shutdown(socket.get(), SHUT_WR);
}

void reset_connection(Fd& socket) {
  const linger none{1, 0};
  setsockopt(socket.get(), SOL_SOCKET, SO_LINGER, &none, sizeof none);
  socket.reset();
}

void raise_descriptor_limit(uint64_t wanted) {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= wanted) return;
  limit.rlim_cur = std::min<rlim_t>(wanted, limit.rlim_max);
  setrlimit(RLIMIT_NOFILE, &limit);
}

Fd stop_signals() {
  sigset_t stops;
  sigemptyset(&stops);
  sigaddset(&stops, SIGINT);
  sigaddset(&stops, SIGTERM);
  sigprocmask(SIG_BLOCK, &stops, nullptr);
  return Fd(signalfd(-1, &stops, SFD_NONBLOCK | SFD_CLOEXEC));
}

}  // namespace sim::gateway
