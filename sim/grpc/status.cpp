#include "sim/grpc/status.h"

#include <array>
#include <charconv>

#include "engine/sync/context.h"

namespace sim::grpc {
namespace {

constexpr std::array<std::string_view, kCodes> kCodeTexts = {
    "OK",       "Canceled",       "Unknown",          "InvalidArgument",   "DeadlineExceeded",
    "NotFound", "AlreadyExists",  "PermissionDenied", "ResourceExhausted", "FailedPrecondition",
    "Aborted",  "OutOfRange",     "Unimplemented",    "Internal",          "Unavailable",
    "DataLoss", "Unauthenticated"};

constexpr std::string_view kBase64 =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

}  // namespace

std::string_view code_text(Code code) {
  return kCodeTexts[static_cast<size_t>(code)];
}

std::string Status::message() const {
  std::string out = "rpc error: code = ";
  out += code_text(code);
  return out + " desc = " + text;
}

engine::Error error_of(const Status& status) {
  if (status.ok()) return nullptr;
  return engine::make_error(status);
}

Status status_of(const engine::Error& error) {
  if (!error) return {};
  if (const Status* status = engine::errors_as<Status>(error)) return *status;
  if (engine::errors_is(error, engine::kDeadlineExceeded)) {
    return {Code::kDeadlineExceeded, error.message()};
  }
  if (engine::errors_is(error, engine::kCanceled)) return {Code::kCancelled, error.message()};
  return {Code::kUnknown, error.message()};
}

Code code_of_http(int http_status) {
  switch (http_status) {
    case 400:
    case 431:
      return Code::kInternal;
    case 401:
      return Code::kUnauthenticated;
    case 403:
      return Code::kPermissionDenied;
    case 404:
      return Code::kUnimplemented;
    case 429:
    case 502:
    case 503:
    case 504:
      return Code::kUnavailable;
    default:
      return Code::kUnknown;
  }
}

Code code_of_reset(http2::ErrorCode code) {
  switch (code) {
    case http2::ErrorCode::kRefusedStream:
      return Code::kUnavailable;
    case http2::ErrorCode::kCancel:
      return Code::kCancelled;
    case http2::ErrorCode::kEnhanceYourCalm:
      return Code::kResourceExhausted;
    case http2::ErrorCode::kInadequateSecurity:
      return Code::kPermissionDenied;
    default:
      return Code::kInternal;
  }
}

std::string percent_encode(std::string_view text) {
  constexpr char kDigits[] = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    if (c >= ' ' && c <= '~' && c != '%') {
      out += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    out += '%';
    out += kDigits[byte >> 4];
    out += kDigits[byte & 15];
  }
  return out;
}

std::string percent_decode(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size() && hex_value(text[i + 1]) >= 0 &&
        hex_value(text[i + 2]) >= 0) {
      out += static_cast<char>(hex_value(text[i + 1]) * 16 + hex_value(text[i + 2]));
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

namespace {

struct Unit {
  char letter;
  int64_t ns;
};
constexpr Unit kUnits[] = {{'n', 1},
                           {'u', 1'000},
                           {'m', 1'000'000},
                           {'S', 1'000'000'000},
                           {'M', 60'000'000'000},
                           {'H', 3'600'000'000'000}};

}  // namespace

std::string timeout_text(engine::Duration timeout) {
  constexpr int64_t kMost = 99'999'999;
  if (timeout.ns <= 0) return "0n";
  for (const Unit& unit : kUnits) {
    // Rounded up, so that the peer does not give up too early.
    const int64_t value = timeout.ns / unit.ns + (timeout.ns % unit.ns > 0 ? 1 : 0);
    if (value > kMost) continue;
    char digits[12];
    char* end = std::to_chars(digits, digits + sizeof digits, value).ptr;
    *end++ = unit.letter;
    return {digits, end};
  }
  return "99999999H";
}

std::optional<engine::Duration> parse_timeout(std::string_view text) {
  constexpr size_t kDigitsMost = 8;
  if (text.size() < 2 || text.size() > kDigitsMost + 1) return {};
  int64_t value = 0;
  const std::string_view digits = text.substr(0, text.size() - 1);
  for (const char c : digits) {
    if (c < '0' || c > '9') return {};
    value = value * 10 + (c - '0');
  }
  for (const Unit& unit : kUnits) {
    if (unit.letter != text.back()) continue;
    if (value > INT64_MAX / unit.ns) return engine::Duration{INT64_MAX};
    return engine::Duration{value * unit.ns};
  }
  return {};
}

std::string base64_encode(std::string_view bytes) {
  std::string out;
  for (size_t i = 0; i < bytes.size(); i += 3) {
    uint32_t group = 0;
    const size_t count = std::min<size_t>(3, bytes.size() - i);
    for (size_t k = 0; k < 3; ++k) {
      group = group << 8 | (k < count ? static_cast<unsigned char>(bytes[i + k]) : 0U);
    }
    for (size_t k = 0; k <= count; ++k) out += kBase64[group >> (18 - 6 * k) & 63];
  }
  return out;
}

std::optional<std::string> base64_decode(std::string_view text) {
  while (!text.empty() && text.back() == '=') text.remove_suffix(1);
  if (text.size() % 4 == 1) return {};
  std::string out;
  uint32_t group = 0;
  int bits = 0;
  for (const char c : text) {
    const size_t value = kBase64.find(c);
    if (value == std::string_view::npos) return {};
    group = group << 6 | static_cast<uint32_t>(value);
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    out += static_cast<char>(group >> bits & 0xff);
  }
  return out;
}

}  // namespace sim::grpc
