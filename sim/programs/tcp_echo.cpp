// An echo server: what a connection sends comes back to it, until it ends its stream. PORT says
// where (7). Source: RFC 862.

#include "engine/task/go.h"
#include "engine/task/print.h"
#include "sim/net/socket.h"
#include "sim/programs/numbers.h"

namespace sim::programs {

using namespace engine;

namespace {

Task<> echo(net::Conn conn) {
  while (true) {
    net::ReadResult got = co_await conn.read();
    if (got.error) break;
    if (co_await conn.write(std::move(got.bytes))) break;
  }
  static_cast<void>(conn.close());
}

}  // namespace

Task<> tcp_echo() {
  const int64_t port = number_from_env("PORT", {.otherwise = 7, .least = 1, .most = 65535});
  const net::ListenResult listening = net::listen(numbered(":", port));
  if (listening.error) {
    println(listening.error);
    co_return;
  }
  println("echoing at", listening.listener.address().port);
  while (true) {
    net::AcceptResult accepted = co_await listening.listener.accept();
    if (accepted.error) co_return;
    go(echo, accepted.conn).set_name("echo");
  }
}

}  // namespace sim::programs
