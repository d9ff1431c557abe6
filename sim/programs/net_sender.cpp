// Sends BYTES bytes over one TCP connection to HOST and says how the connection fared.

#include "engine/sync/timer.h"
#include "engine/task/print.h"
#include "sim/net/socket.h"

namespace sim::programs {

using namespace engine;

Task<> net_sender() {
  Process& process = current_process();
  const int64_t total = process.env_int("BYTES", 1'000'000);
  const std::string host(process.env("HOST", "receiver"));
  net::DialResult dialed = co_await net::dial(host + ":9000");
  if (dialed.error) {
    println("dial:", dialed.error);
    co_return;
  }
  constexpr int64_t kBlock = 16 << 10;
  const net::Bytes block = net::Bytes::adopt(std::string(kBlock, 'x'));
  for (int64_t left = total; left > 0; left -= kBlock) {
    const auto length = static_cast<uint32_t>(std::min(left, kBlock));
    if (Error error = co_await dialed.conn.write(block.slice(0, length))) {
      println("write:", error);
      co_return;
    }
  }
  static_cast<void>(dialed.conn.close_write());
  const net::ReadResult end = co_await dialed.conn.read();
  const net::TcpSender& sender = dialed.conn.socket()->tcp().sender();
  println("receiver says:", end.bytes.view());
  println("segments sent again:", sender.retransmissions());
  static_cast<void>(dialed.conn.close());
}

}  // namespace sim::programs
