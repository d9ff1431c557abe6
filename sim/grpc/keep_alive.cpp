#include "sim/grpc/keep_alive.h"

#include <optional>

#include "engine/sync/timer.h"

namespace sim::grpc {
namespace {

using engine::Duration;
using engine::Instant;
using engine::Ref;
using engine::Task;

constexpr uint64_t kKeepAlivePing = 0x6772706370696e67;
constexpr engine::Sentinel kNoAnswer("keepalive ping failed to receive ACK within timeout");

}  // namespace

Task<> keep_alive(Ref<http2::Endpoint> endpoint, KeepAlive options) {
  const http2::KeepAliveMark mark{kKeepAlivePing, kNoAnswer};
  return http2::keep_alive(std::move(endpoint), options, mark);
}

void limit_pings(http2::Endpoint& endpoint, const PingLimits& limits) {
  struct Watch {
    PingLimits limits;
    std::optional<Instant> last;
    uint64_t sends = 0;
    int strikes = 0;
  };
  endpoint.at_ping = [&endpoint, watch = Watch{limits, {}, 0, 0}]() mutable {
    const Instant now = engine::here().now;
    const std::optional<Instant> last = std::exchange(watch.last, now);
    if (std::exchange(watch.sends, endpoint.sends()) != endpoint.sends()) {
      watch.strikes = 0;
      return;
    }
    const bool is_idle = endpoint.exchange_count() == 0 && !watch.limits.permit_without_calls;
    const Duration least =
        is_idle ? watch.limits.least_time_without_calls : watch.limits.least_time;
    if (!last || now - *last >= least) return;
    if (++watch.strikes > watch.limits.strikes_most) {
      endpoint.leave(http2::ErrorCode::kEnhanceYourCalm, "too_many_pings");
    }
  };
}

}  // namespace sim::grpc
