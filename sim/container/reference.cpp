#include "sim/container/reference.h"

#include <cstddef>
#include <utility>

namespace sim::container {
namespace {

constexpr std::string_view kLegacyRegistry = "index.docker.io";
constexpr std::string_view kLocalhost = "localhost";
constexpr std::string_view kOfficial = "library/";
constexpr size_t kTagLengthMax = 128;
constexpr size_t kDigestHexMin = 32;

bool is_lower(char c) {
  return c >= 'a' && c <= 'z';
}
bool is_upper(char c) {
  return c >= 'A' && c <= 'Z';
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_letter(char c) {
  return is_lower(c) || is_upper(c);
}
bool is_hex(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}
bool has_upper(std::string_view text) {
  for (const char c : text) {
    if (is_upper(c)) return true;
  }
  return false;
}

std::string lowered(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (is_upper(c)) c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

/// Whether `holds` is true of each part of `text` between the separators.
template <class F>
bool each_part(std::string_view text, char separator, F holds) {
  while (true) {
    const size_t end = text.find(separator);
    if (!holds(text.substr(0, end))) return false;
    if (end == std::string_view::npos) return true;
    text.remove_prefix(end + 1);
  }
}

/// Small letters and digits; between them one dot, one or two underscores, or hyphens.
bool is_path_component(std::string_view text) {
  size_t at = 0;
  while (true) {
    const size_t word = at;
    while (at < text.size() && (is_lower(text[at]) || is_digit(text[at]))) ++at;
    if (at == word) return false;
    if (at == text.size()) return true;
    const char separator = text[at];
    size_t count = 0;
    while (at < text.size() && text[at] == separator) ++at, ++count;
    const bool fits =
        separator == '-' || (separator == '.' && count == 1) || (separator == '_' && count <= 2);
    if (!fits) return false;
  }
}

bool is_path(std::string_view text) {
  return each_part(text, '/', is_path_component);
}

bool is_domain_component(std::string_view text) {
  if (text.empty() || text.front() == '-' || text.back() == '-') return false;
  for (const char c : text) {
    if (!is_letter(c) && !is_digit(c) && c != '-') return false;
  }
  return true;
}

/// A name or an IPv6 address in brackets, and perhaps a port.
bool is_domain(std::string_view text) {
  if (text.starts_with('[')) {
    const size_t end = text.find(']');
    if (end == std::string_view::npos || end == 1) return false;
    for (const char c : text.substr(1, end - 1)) {
      if (!is_hex(c) && c != ':') return false;
    }
    text.remove_prefix(end + 1);
    if (text.empty()) return true;
    if (text.front() != ':') return false;
  } else {
    const size_t end = text.find(':');
    if (!each_part(text.substr(0, end), '.', is_domain_component)) return false;
    if (end == std::string_view::npos) return true;
    text.remove_prefix(end);
  }
  text.remove_prefix(1);
  for (const char c : text) {
    if (!is_digit(c)) return false;
  }
  return !text.empty();
}

bool is_tag(std::string_view text) {
  if (text.empty() || text.size() > kTagLengthMax) return false;
  if (text.front() == '.' || text.front() == '-') return false;
  for (const char c : text) {
    if (!is_letter(c) && !is_digit(c) && c != '_' && c != '.' && c != '-') return false;
  }
  return true;
}

/// What may stand after the @ of a reference; whether it is a digest is another question.
bool is_digest_form(std::string_view text) {
  const size_t colon = text.find(':');
  if (colon == std::string_view::npos) return false;
  bool start = true;  // of a component of the algorithm
  for (const char c : text.substr(0, colon)) {
    const bool separator = c == '-' || c == '_' || c == '+' || c == '.';
    if (start ? !is_letter(c) : !separator && !is_letter(c) && !is_digit(c)) return false;
    start = separator;
  }
  if (start) return false;
  const std::string_view hex = text.substr(colon + 1);
  for (const char c : hex) {
    if (!is_hex(c)) return false;
  }
  return hex.size() >= kDigestHexMin;
}

struct Parts {
  std::string_view domain;
  std::string_view path;
  std::string_view tag;
  std::string_view digest;
};

/// The grammar's parts of `text`; empty if it does not fit. No part can hold what ends it, so each
/// ends at the first such character.
std::optional<Parts> split(std::string_view text) {
  Parts parts;
  if (const size_t at = text.find('@'); at != std::string_view::npos) {
    parts.digest = text.substr(at + 1);
    if (!is_digest_form(parts.digest)) return std::nullopt;
    text = text.substr(0, at);
  }
  const size_t last = text.rfind('/');
  const size_t from = last == std::string_view::npos ? 0 : last + 1;
  if (const size_t colon = text.find(':', from); colon != std::string_view::npos) {
    parts.tag = text.substr(colon + 1);
    if (!is_tag(parts.tag)) return std::nullopt;
    text = text.substr(0, colon);
  }
  parts.path = text;
  if (const size_t slash = text.find('/'); slash != std::string_view::npos) {
    const std::string_view rest = text.substr(slash + 1);
    if (is_domain(text.substr(0, slash)) && is_path(rest)) {
      parts.domain = text.substr(0, slash);
      parts.path = rest;
      return parts;
    }
  }
  if (!is_path(text)) return std::nullopt;
  return parts;
}

/// The registry that `text` names or means, and what comes after it.
std::pair<std::string_view, std::string> split_registry(std::string_view text) {
  const size_t slash = text.find('/');
  const std::string_view first = text.substr(0, slash);
  std::string_view registry = kDefaultRegistry;
  std::string_view rest = text;
  if (slash != std::string_view::npos) {
    const bool named = first == kLocalhost || first == kLegacyRegistry ||
                       first.find_first_of(".:") != std::string_view::npos || has_upper(first);
    if (named) rest = text.substr(slash + 1);
    if (named && first != kLegacyRegistry) registry = first;
  }
  std::string remainder;
  if (registry == kDefaultRegistry && rest.find('/') == std::string_view::npos) {
    remainder = kOfficial;
  }
  remainder += rest;
  return {registry, std::move(remainder)};
}

void append_rest(std::string& out, const Reference& reference) {
  if (!reference.tag.empty()) {
    out += ':';
    out += reference.tag;
  }
  if (reference.digest) {
    out += '@';
    out += reference.digest->text();
  }
}

}  // namespace

std::string Reference::name() const {
  return registry.empty() ? repository : registry + '/' + repository;
}

std::string Reference::text() const {
  std::string out = name();
  append_rest(out, *this);
  return out;
}

std::string Reference::familiar_name() const {
  if (registry != kDefaultRegistry) return name();
  std::string_view shown = repository;
  if (shown.starts_with(kOfficial)) {
    const std::string_view rest = shown.substr(kOfficial.size());
    if (rest.find('/') == std::string_view::npos) shown = rest;
  }
  return std::string(shown);
}

std::string Reference::familiar() const {
  std::string out = familiar_name();
  append_rest(out, *this);
  return out;
}

Reference Reference::with_default_tag() const {
  Reference out = *this;
  if (tag.empty() && !digest) out.tag = kDefaultTag;
  return out;
}

Reference Reference::resolved() const {
  Reference out = with_default_tag();
  if (digest) out.tag.clear();
  return out;
}

ParsedReference parse_reference(std::string_view text) {
  if (is_digest_hex(text)) {
    return {{},
            engine::errorf("invalid repository name (", text,
                           "), cannot specify 64-byte hexadecimal strings")};
  }
  const auto [registry, remainder] = split_registry(text);
  const std::string_view remote = std::string_view(remainder).substr(0, remainder.find(':'));
  if (has_upper(remote)) {
    return {
        {},
        engine::errorf(kInvalidReference, ": repository name (", remote, ") must be lowercase")};
  }
  std::string full(registry);
  full += '/';
  full += remainder;
  const std::optional<Parts> parts = split(full);
  if (!parts) {
    const std::string low = lowered(full);
    const bool only_case = low != full && split(low).has_value();
    return {{}, only_case ? kReferenceUppercase : kInvalidReference};
  }
  if (static_cast<int64_t>(parts->path.size()) > kRepositoryLengthMax) {
    return {{}, kReferenceTooLong};
  }
  ParsedReference parsed;
  if (!parts->digest.empty()) {
    const ParsedDigest digest = parse_digest(parts->digest);
    if (digest.error) return {{}, digest.error};
    parsed.reference.digest = digest.digest;
  }
  parsed.reference.registry = parts->domain;
  parsed.reference.repository = parts->path;
  parsed.reference.tag = parts->tag;
  return parsed;
}

}  // namespace sim::container
