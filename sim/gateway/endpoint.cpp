#include "sim/gateway/endpoint.h"

#include <fmt/format.h>

#include <optional>

#include "sim/scenario/wording.h"

namespace sim::gateway {
namespace {

std::optional<net::Ip> real_ip(std::string_view host) {
  return host == "localhost" ? net::kLoopbackIp : net::parse_ip(host);
}

}  // namespace

yaml::Result<Endpoint, std::string> parse_endpoint(std::string_view text,
                                                   const scenario::Scenario& scenario) {
  const auto refuse = [text](std::string_view why) {
    return fmt::format("expected 127.0.0.1:PORT=NODE:PORT, found {}: {}", scenario::in_quotes(text),
                       why);
  };
  const size_t equals = text.find('=');
  if (equals == std::string_view::npos) return refuse("there is no =");
  const auto real = net::split_host_port(text.substr(0, equals));
  const auto simulated = net::split_host_port(text.substr(equals + 1));
  if (!real) return refuse("there is no real port");
  if (!simulated) return refuse("there is no simulated port");

  Endpoint endpoint;
  const auto ip = real_ip(real->host);
  if (!ip || !net::is_loopback(*ip)) {
    return refuse(fmt::format("{} is not a loopback address", scenario::in_quotes(real->host)));
  }
  const auto real_port = net::parse_port(real->port);
  if (!real_port) {
    return refuse(fmt::format("{} is no port from 0 to 65535", scenario::in_quotes(real->port)));
  }
  endpoint.real = {*ip, *real_port};

  std::vector<std::string_view> names;
  bool known = false;
  for (const scenario::Node& node : scenario.topology.nodes) {
    names.push_back(node.name);
    known = known || node.name == simulated->host;
  }
  if (!known) {
    return refuse(fmt::format(
        "there is no node {}{}; there is {}", scenario::in_quotes(simulated->host),
        scenario::did_you_mean(simulated->host, names), scenario::listed(names, " and ")));
  }
  const auto port = net::parse_port(simulated->port);
  if (!port || *port == 0) {
    return refuse(
        fmt::format("{} is no port from 1 to 65535", scenario::in_quotes(simulated->port)));
  }
  endpoint.simulated = {std::string(simulated->host), *port, "tcp"};
  for (const scenario::Expose& expose : scenario.expose) {
    if (expose.node == endpoint.simulated.node && expose.port == *port) {
      endpoint.simulated.protocol = expose.protocol;
    }
  }
  return endpoint;
}

std::string endpoint_text(const Endpoint& endpoint) {
  return fmt::format("{} -> {}:{} ({})", net::address_text(endpoint.real), endpoint.simulated.node,
                     endpoint.simulated.port, endpoint.simulated.protocol);
}

}  // namespace sim::gateway
