#include "sim/http2/keep_alive.h"

#include "engine/sync/timer.h"

namespace sim::http2 {

engine::Task<> keep_alive(engine::Ref<Endpoint> endpoint, KeepAlive options, KeepAliveMark mark) {
  const engine::Instant begin = engine::now();
  while (!endpoint->has_ended()) {
    const engine::Duration silent = engine::since(std::max(begin, endpoint->last_read()));
    if (silent < options.time) {
      co_await endpoint->wait_end(options.time - silent);
      continue;
    }
    if (endpoint->exchange_count() == 0 && !options.permit_without_calls) {
      co_await endpoint->wait_end(options.time);
      continue;
    }
    const engine::Instant pinged = engine::now();
    endpoint->ping(mark.opaque);
    co_await endpoint->wait_end(options.timeout);
    if (endpoint->last_read() < pinged) endpoint->close(mark.lost);
  }
}

}  // namespace sim::http2
