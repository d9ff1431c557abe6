// sim/net/address.h: IPv4 addresses and ports, with the texts that Go gives them.
//
// Not modelled: IPv6.

#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sim::net {

/// An IPv4 address; the first of its four numbers is the highest byte.
struct Ip {
  uint32_t value = 0;
  auto operator<=>(const Ip&) const = default;
};

inline constexpr Ip kAnyIp{0};
inline constexpr Ip kLoopbackIp{0x7f000001};
constexpr bool is_loopback(Ip ip) {
  return ip.value >> 24 == 127;
}

struct Address {
  Ip ip;
  uint16_t port = 0;
  auto operator<=>(const Address&) const = default;
};

/// `10.0.0.1`
std::string ip_text(Ip ip);
/// `10.0.0.1:80`
std::string address_text(Address address);
/// Nothing if `text` is not four decimal numbers of 0 to 255 without leading zeros.
std::optional<Ip> parse_ip(std::string_view text);
/// 0 to 65535 in decimal, or nothing.
std::optional<uint16_t> parse_port(std::string_view text);

struct HostPort {
  std::string_view host;
  std::string_view port;
};
/// Splits at the last colon. Nothing if there is none, or several outside brackets.
/// Source: Go documentation, `net.SplitHostPort`.
std::optional<HostPort> split_host_port(std::string_view text);

}  // namespace sim::net
