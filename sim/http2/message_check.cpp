#include "sim/http2/message_check.h"

#include <array>
#include <cstring>

namespace sim::http2 {

namespace {

constexpr uint8_t kMethod = 1, kScheme = 2, kPath = 4, kAuthority = 8, kStatus = 16;

// The characters of a token, without the capitals. Source: RFC 9110, section 5.6.2.
constexpr std::array<bool, 256> token_characters() {
  std::array<bool, 256> is{};
  for (const char c : std::string_view("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyz")) {
    is[static_cast<uint8_t>(c)] = true;
  }
  return is;
}
constexpr std::array<bool, 256> kIsToken = token_characters();

bool is_name(std::string_view name) {
  bool good = !name.empty();
  for (const char c : name) good &= kIsToken[static_cast<uint8_t>(c)];
  return good;
}

// Whether none of eight bytes is below a space or is a DEL: a quick look that lets almost every
// value pass.
bool is_plain(uint64_t bytes) {
  constexpr uint64_t kOnes = 0x0101010101010101u, kHighs = 0x8080808080808080u;
  const uint64_t below_space = (bytes - kOnes * 0x20) & ~bytes & kHighs;
  return below_space == 0;
}

bool is_blank(char c) {
  return c == ' ' || c == '\t';
}

bool is_value(std::string_view value) {
  if (value.empty()) return true;
  if (is_blank(value.front()) || is_blank(value.back())) return false;
  size_t i = 0;
  for (; i + 8 <= value.size(); i += 8) {
    uint64_t bytes = 0;
    std::memcpy(&bytes, value.data() + i, 8);
    if (!is_plain(bytes)) break;
  }
  for (; i < value.size(); ++i) {
    if (value[i] == '\0' || value[i] == '\r' || value[i] == '\n') return false;
  }
  return true;
}

bool is_connection_specific(std::string_view name) {
  switch (name.size()) {
    case 7:
      return name == "upgrade";
    case 10:
      return name == "connection" || name == "keep-alive";
    case 16:
      return name == "proxy-connection";
    case 17:
      return name == "transfer-encoding";
    default:
      return false;
  }
}

}  // namespace

void MessageCheck::field(const HeaderFieldView& field) {
  if (!is_value(field.value)) return refuse("a header value with a forbidden character");
  if (field.name.starts_with(':')) {
    pseudo(field);
  } else {
    regular(field);
  }
}

void MessageCheck::pseudo(const HeaderFieldView& field) {
  if (kind_ == MessageKind::kTrailers) return refuse("a pseudo-header field in trailers");
  if (behind_pseudo_) return refuse("a pseudo-header field behind a regular one");
  const std::string_view name = field.name.substr(1);
  const std::string_view value = field.value;
  uint8_t bit = 0;
  if (kind_ == MessageKind::kResponse) {
    if (name == "status") bit = kStatus;
  } else if (name == "method") {
    bit = kMethod;
  } else if (name == "scheme") {
    bit = kScheme;
  } else if (name == "path") {
    bit = kPath;
  } else if (name == "authority") {
    bit = kAuthority;
  }
  if (bit == 0) return refuse("an unknown pseudo-header field");
  if ((seen_ & bit) != 0) return refuse("a pseudo-header field twice");
  seen_ |= bit;
  switch (bit) {
    case kMethod:
      if (value.empty()) refuse("an empty :method");
      is_head_ = value == "HEAD";
      is_connect_ = value == "CONNECT";
      is_options_ = value == "OPTIONS";
      break;
    case kScheme:
      is_http_ = value == "http" || value == "https";
      break;
    case kPath:
      path_is_empty_ = value.empty();
      path_is_star_ = value == "*";
      path_is_absolute_ = value.starts_with('/');
      break;
    case kStatus:
      if (value.size() != 3) return refuse("a :status that is not three digits");
      for (const char c : value) {
        if (c < '0' || c > '9') return refuse("a :status that is not three digits");
        status_ = status_ * 10 + static_cast<uint32_t>(c - '0');
      }
      if (status_ < 100) refuse("a :status below 100");
      // Source: RFC 9113, section 8.6.
      if (status_ == 101) refuse("a :status of 101");
      break;
    default:
      break;
  }
}

void MessageCheck::regular(const HeaderFieldView& field) {
  behind_pseudo_ = true;
  if (!is_name(field.name)) return refuse("a header name with a forbidden character");
  if (is_connection_specific(field.name)) return refuse("a connection-specific header field");
  if (field.name == "te" && field.value != "trailers") return refuse("a te other than trailers");
  if (field.name == "content-length" && kind_ != MessageKind::kTrailers) {
    content_length(field.value);
  }
}

void MessageCheck::content_length(std::string_view value) {
  uint64_t number = 0;
  if (value.empty() || value.size() > 18) return refuse("a malformed content-length");
  for (const char c : value) {
    if (c < '0' || c > '9') return refuse("a malformed content-length");
    number = number * 10 + static_cast<uint64_t>(c - '0');
  }
  if (has_content_length_ && number != content_length_) refuse("two values of content-length");
  has_content_length_ = true;
  content_length_ = number;
}

std::string_view MessageCheck::finish() {
  if (kind_ == MessageKind::kResponse && (seen_ & kStatus) == 0) refuse("no :status");
  if (kind_ != MessageKind::kRequest) return why_;
  if ((seen_ & kMethod) == 0) refuse("no :method");
  if (is_connect_) {
    // Source: RFC 9113, section 8.5.
    if ((seen_ & (kScheme | kPath)) != 0) refuse("a CONNECT with a :scheme or :path");
    if ((seen_ & kAuthority) == 0) refuse("a CONNECT without an :authority");
    return why_;
  }
  if ((seen_ & kScheme) == 0) refuse("no :scheme");
  if ((seen_ & kPath) == 0) refuse("no :path");
  if (path_is_empty_) refuse("an empty :path");
  if (is_http_ && !path_is_absolute_ && !(path_is_star_ && is_options_)) {
    refuse("a :path that does not begin with a slash");
  }
  return why_;
}

}  // namespace sim::http2
