// Serves the parts of a page on one port, to HTTP/1.1 and to HTTP/2: many small ones, a large one,
// and one that takes its time. BYTES: how long a small part is. SLOW_MS: how long the slow one
// takes.

#include "engine/sync/timer.h"
#include "engine/task/print.h"
#include "sim/http/mux.h"
#include "sim/http/server.h"
#include "sim/http2/server.h"

namespace sim::programs {

using namespace engine;

namespace {

constexpr int64_t kLargeFactor = 10;

Task<> send_bytes(http::ResponseWriter w, int64_t count) {
  constexpr int64_t kPiece = 8 << 10;
  w.header().set("Content-Type", "application/octet-stream");
  w.header().set("Content-Length", std::to_string(count));
  for (int64_t left = count; left > 0; left -= kPiece) {
    std::string piece(static_cast<size_t>(std::min(left, kPiece)), 'x');
    if (co_await w.write(std::move(piece))) co_return;
  }
}

}  // namespace

Task<> page_server() {
  const Process& process = current_process();
  const int64_t bytes = process.env_int("BYTES", 2000);
  const Duration slow = kMillisecond * process.env_int("SLOW_MS", 300);
  const http::ServeMux mux;
  mux.handle("/small/{number}", [bytes](http::ResponseWriter w, http::Request) -> Task<> {
    return send_bytes(std::move(w), bytes);
  });
  mux.handle("/large", [bytes](http::ResponseWriter w, http::Request) -> Task<> {
    return send_bytes(std::move(w), bytes * kLargeFactor);
  });
  mux.handle("/slow", [bytes, slow](http::ResponseWriter w, http::Request) -> Task<> {
    const int64_t length = bytes;
    co_await sleep_for(slow);
    co_await send_bytes(std::move(w), length);
  });
  http::ServerOptions options;
  options.http2 = http2::serve;
  println(co_await http::Server(mux, options).listen_and_serve(":80"));
}

}  // namespace sim::programs
