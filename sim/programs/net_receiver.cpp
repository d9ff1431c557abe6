// Takes one TCP connection on port 9000, counts what arrives and answers with the number.

#include "engine/sync/timer.h"
#include "engine/task/print.h"
#include "sim/net/socket.h"

namespace sim::programs {

using namespace engine;

Task<> net_receiver() {
  const net::ListenResult listening = net::listen(":9000");
  const net::AcceptResult accepted = co_await listening.listener.accept();
  uint64_t total = 0;
  while (true) {
    const net::ReadResult got = co_await accepted.conn.read();
    if (got.error) {
      if (!(got.error == Error(net::kEof))) println("read:", got.error);
      break;
    }
    total += got.bytes.size();
  }
  std::string answer;
  append_operand(answer, total);
  static_cast<void>(co_await accepted.conn.write(answer + " bytes"));
  static_cast<void>(accepted.conn.close());
  println("received", total, "bytes in", since(Instant{}));
}

}  // namespace sim::programs
