// sim/grpc/keep_alive.h: pings that find out whether a silent peer is still there, and what a
// server bears of a client's.
//
// Source: grpc-go, package keepalive, keepalive.EnforcementPolicy; gRFC A8, A9.

#pragma once

#include "engine/world/time.h"
#include "sim/http2/endpoint.h"
#include "sim/http2/keep_alive.h"

namespace sim::grpc {

using http2::KeepAlive;
/// Source: grpc-go, internal.KeepaliveMinPingTime.
inline constexpr engine::Duration kKeepAliveLeast = 10 * engine::kSecond;

/// As http2::keep_alive(), with gRPC's words. Suspends until the connection has ended.
engine::Task<> keep_alive(engine::Ref<http2::Endpoint> endpoint, KeepAlive options);

/// More than two pings that come too early, without headers or data of the server's between them,
/// end a connection with ENHANCE_YOUR_CALM. Source: grpc-go, handlePing.
struct PingLimits {
  engine::Duration least_time = 300 * engine::kSecond;
  /// While there are no calls, unless permitted.
  engine::Duration least_time_without_calls = 7200 * engine::kSecond;
  int strikes_most = 2;
  bool permit_without_calls = false;
};
void limit_pings(http2::Endpoint& endpoint, const PingLimits& limits);

}  // namespace sim::grpc
