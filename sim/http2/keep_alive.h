// sim/http2/keep_alive.h: pings that find out whether a silent peer is still there.
//
// Source: Go's http2.Transport (ReadIdleTimeout, PingTimeout); grpc-go, package keepalive.

#pragma once

#include <cstdint>

#include "engine/sync/error.h"
#include "engine/task/task.h"
#include "engine/world/time.h"
#include "sim/http2/endpoint.h"

namespace sim::http2 {

/// Zero time: no pings.
struct KeepAlive {
  engine::Duration time;
  engine::Duration timeout = 20 * engine::kSecond;
  bool permit_without_calls = false;
};

/// What goes with it: the ping's eight bytes, and why a connection is given up.
struct KeepAliveMark {
  uint64_t opaque = 0;
  engine::Error lost;
};

/// Pings a peer that has been silent for `options.time`, and closes the connection if it says
/// nothing for `options.timeout` after. Suspends until the connection has ended.
engine::Task<> keep_alive(engine::Ref<Endpoint> endpoint, KeepAlive options, KeepAliveMark mark);

}  // namespace sim::http2
