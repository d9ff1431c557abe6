// sim/gateway/endpoint.h: what is bridged to where: a real address and a simulated one.

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sim/net/address.h"
#include "sim/scenario/scenario.h"
#include "sim/yaml/result.h"

namespace sim::gateway {

inline constexpr size_t kEndpointsMost = 64;

struct Endpoint {
  /// On loopback; port 0: any free one.
  net::Address real{net::kLoopbackIp, 0};
  scenario::Expose simulated;
};

/// Reads `127.0.0.1:PORT=NODE:PORT`; the node is one of the scenario's. The error says what was
/// expected.
yaml::Result<Endpoint, std::string> parse_endpoint(std::string_view text,
                                                   const scenario::Scenario& scenario);

/// `127.0.0.1:8080 -> server:80 (http)`
std::string endpoint_text(const Endpoint& endpoint);

}  // namespace sim::gateway
