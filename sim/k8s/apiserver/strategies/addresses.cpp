// The checks of addresses.

#include <algorithm>
#include <charconv>
#include <optional>

#include "sim/k8s/apiserver/strategies/checks.h"
#include "sim/net/address.h"

namespace sim::k8s::strategies {
namespace {

bool is_hex_group(std::string_view text) {
  constexpr size_t kDigitsMost = 4;
  constexpr std::string_view kHex = "0123456789abcdefABCDEF";
  return !text.empty() && text.size() <= kDigitsMost &&
         text.find_first_not_of(kHex) == std::string_view::npos;
}

// How many of the eight groups a part of an IPv6 address has; nothing if it is malformed.
std::optional<size_t> groups_of(std::string_view text, bool is_last) {
  if (text.empty()) return 0;
  const std::vector<std::string_view> parts = split(text, ':');
  size_t count = 0;
  for (size_t i = 0; i < parts.size(); ++i) {
    const bool is_ip4 = is_last && i + 1 == parts.size() && net::parse_ip(parts[i]).has_value();
    if (!is_ip4 && !is_hex_group(parts[i])) return {};
    count += is_ip4 ? 2 : 1;
  }
  return count;
}

// Source: RFC 4291, section 2.2.
bool is_ip6(std::string_view text) {
  constexpr size_t kGroups = 8;
  const size_t gap = text.find("::");
  if (gap == std::string_view::npos) return groups_of(text, true) == kGroups;
  const std::optional<size_t> before = groups_of(text.substr(0, gap), false);
  const std::optional<size_t> behind = groups_of(text.substr(gap + 2), true);
  return before && behind && *before + *behind < kGroups;
}

bool has_prefix(std::string_view ip, uint32_t network, int bits) {
  const std::optional<net::Ip> parsed = net::parse_ip(ip);
  return parsed && parsed->value >> (32 - bits) == network >> (32 - bits);
}

}  // namespace

int ip_family(std::string_view text) {
  if (net::parse_ip(text)) return 4;
  return is_ip6(text) ? 6 : 0;
}

void check_ip(FieldErrors& errors, const Place& at, std::string_view text) {
  if (ip_family(text) != 0) return;
  errors.invalid(at, text, "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)");
}

void check_cidr(FieldErrors& errors, const Place& at, std::string_view text) {
  const size_t slash = std::min(text.find('/'), text.size());
  const std::string_view length = text.substr(std::min(slash + 1, text.size()));
  const int family = ip_family(text.substr(0, slash));
  int bits = -1;
  const auto [end, error] = std::from_chars(length.data(), length.data() + length.size(), bits);
  const bool is_number = error == std::errc() && end == length.data() + length.size();
  const int most = family == 4 ? 32 : 128;
  if (family != 0 && is_number && bits >= 0 && bits <= most) return;
  errors.invalid(at, text, "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)");
}

void check_reachable_ip(FieldErrors& errors, const Place& at, std::string_view text) {
  if (ip_family(text) == 0) {
    errors.invalid(at, text, "must be a valid IP address");
    return;
  }
  const std::string six = lower(text);
  if (text == "0.0.0.0" || text == "::") {
    errors.invalid(at, text, "may not be unspecified (" + std::string(text) + ")");
  }
  if (has_prefix(text, 127U << 24, 8) || text == "::1") {
    errors.invalid(at, text, "may not be in the loopback range (127.0.0.0/8, ::1/128)");
  }
  if (has_prefix(text, 0xA9FE0000, 16) || six.starts_with("fe8")) {
    errors.invalid(at, text, "may not be in the link-local range (169.254.0.0/16, fe80::/10)");
  }
  if (has_prefix(text, 0xE0000000, 24) || six.starts_with("ff02:")) {
    errors.invalid(at, text,
                   "may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)");
  }
}

}  // namespace sim::k8s::strategies
