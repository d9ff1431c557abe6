// dial(): from "host:port" to a connection.
//
// Source: Go's net.Dialer.DialContext, dialSerial, partialDeadline. Not modelled: dialing IPv4 and
// IPv6 side by side; the names of ports beyond a few.

#include <optional>
#include <string>
#include <utility>

#include "sim/net/resolver.h"
#include "sim/net/socket.h"

namespace sim::net {
namespace {

using engine::Context;
using engine::Error;
using engine::Task;

struct NamedPort {
  std::string_view name;
  uint16_t port;
};
constexpr NamedPort kNamedPorts[] = {
    {"domain", 53}, {"ftp", 21}, {"http", 80},   {"https", 443},
    {"smtp", 25},   {"ssh", 22}, {"telnet", 23},
};

Error dial_error(Error error) {
  return engine::make_error(OpError{"dial", "tcp", {}, {}, std::move(error)});
}

struct PortResult {
  uint16_t port = 0;
  Error error;
};

// Source: Go's net.Resolver.LookupPort, net.parsePort.
PortResult port_of(std::string_view text) {
  if (text.empty()) return {};
  if (const std::optional<uint16_t> port = parse_port(text)) return {*port, nullptr};
  const bool is_number = text.find_first_not_of("0123456789", text[0] == '-' || text[0] == '+') ==
                         std::string_view::npos;
  if (is_number) return {0, engine::errorf("address ", text, ": invalid port")};
  for (const NamedPort& named : kNamedPorts) {
    if (named.name == text) return {named.port, nullptr};
  }
  return {0, engine::errorf("lookup tcp/", text, ": unknown port")};
}

// How long the first of `addresses` addresses may take, so that the others get their part.
engine::Instant partial_deadline(engine::Instant deadline, int64_t addresses) {
  constexpr engine::Duration kLeast = 2 * engine::kSecond;
  const engine::Duration left = deadline - engine::now();
  engine::Duration part{left.ns / addresses};
  if (part < kLeast) part = left < kLeast ? left : kLeast;
  return engine::now() + part;
}

Task<DialResult> dial_one(Context context, Address address, int64_t addresses_left) {
  const std::optional<engine::Instant> deadline = context.deadline();
  if (!deadline || addresses_left == 1) co_return co_await dial_address(context, address);
  const engine::Cancelable limited =
      engine::with_deadline(context, partial_deadline(*deadline, addresses_left));
  const engine::Defer cancelling([limited] { limited.cancel(); });
  co_return co_await dial_address(limited.context, address);
}

}  // namespace

Task<DialResult> dial(Context context, std::string address) {
  DialResult result;
  const std::optional<HostPort> parts = split_host_port(address);
  if (!parts) {
    const bool has_colon = address.find(':') != std::string::npos;
    result.error =
        dial_error(has_colon ? engine::errorf("address ", address, ": too many colons in address")
                             : engine::errorf("address ", address, ": ", kMissingPort));
    co_return result;
  }
  const PortResult port = port_of(parts->port);
  if (port.error) {
    result.error = dial_error(port.error);
    co_return result;
  }
  LookupResult found;
  if (parts->host.empty()) {
    found.addresses.push_back(kLoopbackIp);
  } else {
    found = co_await lookup_host(context, std::string(parts->host));
  }
  if (found.error) {
    result.error = dial_error(found.error);
    co_return result;
  }
  for (size_t i = 0; i < found.addresses.size(); ++i) {
    const auto left = static_cast<int64_t>(found.addresses.size() - i);
    const Address to{found.addresses[i], port.port};
    DialResult dialed = co_await dial_one(context, to, left);
    if (!dialed.error) co_return dialed;
    if (!result.error) result.error = dialed.error;
    if (context.err()) break;
  }
  co_return result;
}

}  // namespace sim::net
