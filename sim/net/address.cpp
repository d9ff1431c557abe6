#include "sim/net/address.h"

#include <charconv>

namespace sim::net {
namespace {

void append_number(std::string& out, uint32_t number) {
  char digits[10];
  out.append(digits, std::to_chars(digits, digits + sizeof digits, number).ptr);
}

std::optional<uint32_t> parse_number(std::string_view text, uint32_t most) {
  uint32_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return {};
  return value <= most ? std::optional(value) : std::nullopt;
}

}  // namespace

std::string ip_text(Ip ip) {
  std::string text;
  for (int shift = 24; shift >= 0; shift -= 8) {
    append_number(text, ip.value >> shift & 0xff);
    if (shift > 0) text += '.';
  }
  return text;
}

std::string address_text(Address address) {
  std::string text = ip_text(address.ip);
  text += ':';
  append_number(text, address.port);
  return text;
}

std::optional<Ip> parse_ip(std::string_view text) {
  Ip ip;
  for (int part = 0; part < 4; ++part) {
    const size_t dot = text.find('.');
    if ((dot == std::string_view::npos) != (part == 3)) return {};
    const std::string_view digits = text.substr(0, dot);
    if (digits.size() > 1 && digits.front() == '0') return {};
    const std::optional<uint32_t> number = parse_number(digits, 255);
    if (!number) return {};
    ip.value = ip.value << 8 | *number;
    text.remove_prefix(part == 3 ? text.size() : dot + 1);
  }
  return ip;
}

std::optional<uint16_t> parse_port(std::string_view text) {
  const std::optional<uint32_t> port = parse_number(text, 0xffff);
  return port ? std::optional(static_cast<uint16_t>(*port)) : std::nullopt;
}

std::optional<HostPort> split_host_port(std::string_view text) {
  const size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return {};
  std::string_view host = text.substr(0, colon);
  if (host.size() >= 2 && host.front() == '[' && host.back() == ']') {
    host = host.substr(1, host.size() - 2);
  } else if (host.find(':') != std::string_view::npos) {
    return {};
  }
  return HostPort{host, text.substr(colon + 1)};
}

}  // namespace sim::net
