#include "sim/http/url.h"

#include <algorithm>
#include <charconv>
#include <utility>

namespace sim::http {
namespace {

constexpr bool is_alpha(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
constexpr bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
constexpr bool is_one_of(char c, std::string_view set) {
  return set.find(c) != std::string_view::npos;
}
constexpr bool is_unreserved(char c) {
  return is_alpha(c) || is_digit(c) || is_one_of(c, "-._~");
}

constexpr int hex_value(char c) {
  if (is_digit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// Whether `text` begins with a percent sign and two digits.
constexpr bool is_escape(std::string_view text) {
  return text.size() >= 3 && text[0] == '%' && hex_value(text[1]) >= 0 && hex_value(text[2]) >= 0;
}

constexpr std::string_view kSubDelims = "!$&'()*+,;=";

// RFC 3986, appendix A: unreserved, encoded, sub-delims, and what else a part allows.
bool is_part(std::string_view text, std::string_view also) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '%') {
      if (!is_escape(text.substr(i))) return false;
      i += 2;
    } else if (!is_unreserved(c) && !is_one_of(c, kSubDelims) && !is_one_of(c, also)) {
      return false;
    }
  }
  return true;
}

bool is_path(std::string_view text) {
  return is_part(text, ":@/");
}
bool is_query(std::string_view text) {
  return is_part(text, ":@/?");
}

bool is_scheme(std::string_view text) {
  return !text.empty() && is_alpha(text[0]) && std::all_of(text.begin(), text.end(), [](char c) {
    return is_alpha(c) || is_digit(c) || is_one_of(c, "+-.");
  });
}

std::optional<std::uint16_t> parse_port(std::string_view text) {
  std::uint16_t port = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), port);
  if (read.ec != std::errc() || read.ptr != text.data() + text.size()) return std::nullopt;
  return port;
}

// Whether `text` is what stands between the brackets: an IPv6 address, perhaps with an IPv4 one at
// its end.
bool is_ipv6(std::string_view text) {
  int groups = 0;
  bool has_gap = false;
  while (!text.empty()) {
    if (text.starts_with("::")) {
      if (has_gap) return false;
      has_gap = true;
      text.remove_prefix(2);
      if (text.empty()) break;
    } else if (groups > 0) {
      if (text[0] != ':') return false;
      text.remove_prefix(1);
    }
    const std::string_view group = text.substr(0, text.find(':'));
    if (group.find('.') != std::string_view::npos) {
      int parts = 0;
      std::string_view rest = group;
      while (true) {
        const std::string_view part = rest.substr(0, rest.find('.'));
        const std::optional<std::uint16_t> byte = parse_port(part);
        if (part.size() > 3 || !byte || *byte > 255 || (part.size() > 1 && part[0] == '0')) {
          return false;
        }
        ++parts;
        if (part.size() == rest.size()) break;
        rest.remove_prefix(part.size() + 1);
      }
      if (parts != 4 || group.size() != text.size()) return false;
      groups += 2;
    } else {
      const bool is_hex =
          std::all_of(group.begin(), group.end(), [](char c) { return hex_value(c) >= 0; });
      if (group.empty() || group.size() > 4 || !is_hex) return false;
      ++groups;
    }
    text.remove_prefix(group.size());
  }
  return has_gap ? groups < 8 : groups == 8;
}

struct HostAndPort {
  std::string_view hostname;
  std::string_view port;
  bool has_port = false;
};

std::optional<HostAndPort> split_host(std::string_view text) {
  HostAndPort parts;
  if (text.starts_with('[')) {
    const std::size_t close = text.find(']');
    if (close == std::string_view::npos || !is_ipv6(text.substr(1, close - 1))) {
      return std::nullopt;
    }
    parts.hostname = text.substr(1, close - 1);
    text.remove_prefix(close + 1);
  } else {
    parts.hostname = text.substr(0, text.find(':'));
    if (!is_part(parts.hostname, "")) return std::nullopt;
    text.remove_prefix(parts.hostname.size());
  }
  if (text.empty()) return parts;
  parts.has_port = true;
  parts.port = text.substr(1);
  // An empty port is the usual one. RFC 3986, section 3.2.3.
  if (text[0] != ':' || (!parts.port.empty() && !parse_port(parts.port))) return std::nullopt;
  return parts;
}

bool parse_authority(std::string_view text, Url& url) {
  url.has_authority = true;
  if (const std::size_t at = text.rfind('@'); at != std::string_view::npos) {
    url.userinfo = text.substr(0, at);
    if (!is_part(url.userinfo, ":")) return false;
    text.remove_prefix(at + 1);
  }
  url.host = text;
  return split_host(text).has_value();
}

// RFC 3986, section 5.2.4.
std::string remove_dot_segments(std::string_view in) {
  std::string out;
  const auto drop_segment = [&out] {
    const std::size_t slash = out.rfind('/');
    out.resize(slash == std::string::npos ? 0 : slash);
  };
  while (!in.empty()) {
    if (in.starts_with("../")) {
      in.remove_prefix(3);
    } else if (in.starts_with("./") || in.starts_with("/./")) {
      in.remove_prefix(2);
    } else if (in == "/.") {
      in = "/";
    } else if (in.starts_with("/../")) {
      in.remove_prefix(3);
      drop_segment();
    } else if (in == "/..") {
      in = "/";
      drop_segment();
    } else if (in == "." || in == "..") {
      in = {};
    } else {
      const std::string_view segment = in.substr(0, in.find('/', 1));
      out += segment;
      in.remove_prefix(segment.size());
    }
  }
  return out;
}

// RFC 3986, section 5.2.3.
std::string merged_path(const Url& base, std::string_view path) {
  if (base.has_authority && base.path.empty()) return "/" + std::string(path);
  std::string merged = base.path.substr(0, base.path.rfind('/') + 1);
  merged += path;
  return merged;
}

std::optional<std::string> unescape(std::string_view text, bool plus_is_space) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%') {
      if (!is_escape(text.substr(i))) return std::nullopt;
      out += static_cast<char>(hex_value(text[i + 1]) * 16 + hex_value(text[i + 2]));
      i += 2;
    } else {
      out += plus_is_space && text[i] == '+' ? ' ' : text[i];
    }
  }
  return out;
}

std::string escape(std::string_view text, std::string_view also_plain) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (is_unreserved(c) || is_one_of(c, also_plain)) {
      out += c;
    } else {
      out += '%';
      out += kDigits[byte >> 4];
      out += kDigits[byte & 15];
    }
  }
  return out;
}

}  // namespace

std::string_view Url::hostname() const {
  const std::optional<HostAndPort> parts = split_host(host);
  return parts ? parts->hostname : std::string_view(host);
}

std::uint16_t Url::port() const {
  const std::optional<HostAndPort> parts = split_host(host);
  if (parts && !parts->port.empty()) return parse_port(parts->port).value_or(0);
  if (scheme == "http") return 80;
  return scheme == "https" ? 443 : 0;
}

std::string Url::request_target() const {
  std::string target = path.starts_with('/') ? path : "/" + path;
  if (has_query) target += "?" + query;
  return target;
}

std::string Url::text() const {
  std::string text;
  if (!scheme.empty()) text += scheme + ":";
  if (has_authority) text += "//";
  if (!userinfo.empty()) text += userinfo + "@";
  text += host;
  // Else the path would be read as an authority.
  if (!has_authority && path.starts_with("//")) text += "/.";
  text += path;
  if (has_query) text += "?" + query;
  if (has_fragment) text += "#" + fragment;
  return text;
}

std::optional<Url> parse_url(std::string_view text) {
  Url url;
  if (const std::size_t hash = text.find('#'); hash != std::string_view::npos) {
    url.has_fragment = true;
    url.fragment = text.substr(hash + 1);
    text = text.substr(0, hash);
  }
  if (const std::size_t mark = text.find('?'); mark != std::string_view::npos) {
    url.has_query = true;
    url.query = text.substr(mark + 1);
    text = text.substr(0, mark);
  }
  const std::size_t colon = text.find_first_of(":/");
  if (colon != std::string_view::npos && text[colon] == ':') {
    // A relative path cannot have a colon in its first segment. RFC 3986, section 4.2.
    if (!is_scheme(text.substr(0, colon))) return std::nullopt;
    for (const char c : text.substr(0, colon)) {
      url.scheme += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    }
    text.remove_prefix(colon + 1);
  }
  if (text.starts_with("//")) {
    text.remove_prefix(2);
    const std::string_view authority = text.substr(0, text.find('/'));
    if (!parse_authority(authority, url)) return std::nullopt;
    text.remove_prefix(authority.size());
  }
  url.path = text;
  const bool is_web = url.scheme == "http" || url.scheme == "https";
  if (is_web && url.has_authority && url.hostname().empty()) return std::nullopt;
  if (!is_path(url.path) || !is_query(url.query) || !is_query(url.fragment)) return std::nullopt;
  return url;
}

Url resolve_reference(const Url& base, const Url& reference) {
  Url url = reference;
  if (!reference.scheme.empty() || reference.has_authority) {
    if (reference.scheme.empty()) url.scheme = base.scheme;
    url.path = remove_dot_segments(reference.path);
    return url;
  }
  url.scheme = base.scheme;
  url.userinfo = base.userinfo;
  url.host = base.host;
  url.has_authority = base.has_authority;
  if (reference.path.empty()) {
    url.path = base.path;
    if (!reference.has_query) {
      url.query = base.query;
      url.has_query = base.has_query;
    }
  } else if (reference.path.starts_with('/')) {
    url.path = remove_dot_segments(reference.path);
  } else {
    url.path = remove_dot_segments(merged_path(base, reference.path));
  }
  return url;
}

bool is_host(std::string_view text) {
  const std::optional<HostAndPort> parts = split_host(text);
  return parts && !parts->hostname.empty();
}

std::optional<Target> parse_target(std::string_view method, std::string_view text) {
  Target target;
  if (method == "CONNECT") {
    const std::optional<HostAndPort> parts = split_host(text);
    if (!parts || parts->hostname.empty() || parts->port.empty()) return std::nullopt;
    target.form = TargetForm::authority;
    target.url.host = text;
    target.url.has_authority = true;
    return target;
  }
  if (text == "*") {
    if (method != "OPTIONS") return std::nullopt;
    target.form = TargetForm::asterisk;
    target.url.path = text;
    return target;
  }
  if (text.starts_with('/')) {
    // Not as a reference: //host would be an authority there, and is a path here.
    const std::size_t mark = text.find('?');
    target.url.path = text.substr(0, mark);
    if (mark != std::string_view::npos) {
      target.url.has_query = true;
      target.url.query = text.substr(mark + 1);
    }
    if (!is_path(target.url.path) || !is_query(target.url.query)) return std::nullopt;
    return target;
  }
  std::optional<Url> url = parse_url(text);
  if (!url || url->scheme.empty() || !url->has_authority || url->hostname().empty()) {
    return std::nullopt;
  }
  // A lone @ is also user information.
  const bool has_userinfo =
      text.substr(0, text.find_first_of("/?", url->scheme.size() + 3)).find('@') !=
      std::string_view::npos;
  if (url->has_fragment || has_userinfo) return std::nullopt;
  target.form = TargetForm::absolute;
  target.url = std::move(*url);
  return target;
}

std::optional<std::string> path_unescape(std::string_view text) {
  return unescape(text, false);
}
std::optional<std::string> query_unescape(std::string_view text) {
  return unescape(text, true);
}
std::string path_escape(std::string_view text) {
  return escape(text, "$&+=:@");
}

std::string query_escape(std::string_view text) {
  std::string out = escape(text, " ");
  std::replace(out.begin(), out.end(), ' ', '+');
  return out;
}

std::string_view Values::get(std::string_view key) const {
  const auto found = values_.find(key);
  return found == values_.end() ? std::string_view() : std::string_view(found->second.front());
}

std::vector<std::string_view> Values::all(std::string_view key) const {
  const auto found = values_.find(key);
  if (found == values_.end()) return {};
  return {found->second.begin(), found->second.end()};
}

bool Values::has(std::string_view key) const {
  return values_.find(key) != values_.end();
}

void Values::set(std::string_view key, std::string_view value) {
  // Built first: the texts may be of what it replaces.
  std::vector<std::string> only{std::string(value)};
  values_[std::string(key)] = std::move(only);
}

void Values::add(std::string_view key, std::string_view value) {
  std::string added(value);
  values_[std::string(key)].push_back(std::move(added));
}

void Values::del(std::string_view key) {
  if (const auto found = values_.find(key); found != values_.end()) values_.erase(found);
}

std::string Values::encode() const {
  std::string out;
  for (const auto& [key, values] : values_) {
    const std::string name = query_escape(key);
    for (const std::string& value : values) {
      if (!out.empty()) out += '&';
      out += name;
      out += '=';
      out += query_escape(value);
    }
  }
  return out;
}

bool parse_query(std::string_view query, Values& into) {
  if (std::count(query.begin(), query.end(), '&') + 1 > kQueryParametersMax) return false;
  bool all_good = true;
  while (!query.empty()) {
    const std::string_view parameter = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(parameter.size() + 1, query.size()));
    if (parameter.empty()) continue;
    const std::size_t equals = parameter.find('=');
    const bool has_value = equals != std::string_view::npos;
    const std::optional<std::string> key = query_unescape(parameter.substr(0, equals));
    const std::optional<std::string> value =
        query_unescape(has_value ? parameter.substr(equals + 1) : std::string_view());
    if (!key || !value || parameter.find(';') != std::string_view::npos) {
      all_good = false;
      continue;
    }
    into.add(*key, *value);
  }
  return all_good;
}

}  // namespace sim::http
