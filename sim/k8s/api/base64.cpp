#include "sim/k8s/api/base64.h"

#include <optional>

namespace sim::k8s {
namespace {

constexpr std::string_view kLetters =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

constexpr std::optional<uint32_t> value_of(char c) {
  if (c >= 'A' && c <= 'Z') return static_cast<uint32_t>(c - 'A');
  if (c >= 'a' && c <= 'z') return static_cast<uint32_t>(c - 'a' + 26);
  if (c >= '0' && c <= '9') return static_cast<uint32_t>(c - '0' + 52);
  if (c == '+') return 62;
  if (c == '/') return 63;
  return {};
}

class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  Bytes64 read() {
    while (!ended_ && out_.error_at < 0) read_four();
    return std::move(out_);
  }

 private:
  void fail(size_t at) { out_.error_at = static_cast<int64_t>(at); }
  void skip_line_ends() {
    while (at_ < text_.size() && (text_[at_] == '\n' || text_[at_] == '\r')) ++at_;
  }

  // Up to four characters, which are three bytes.
  void read_four() {
    uint32_t bits = 0;
    size_t count = 0;
    while (count < 4) {
      skip_line_ends();
      if (at_ == text_.size()) {
        ended_ = true;
        if (count > 0) fail(at_ - count);
        return;
      }
      const std::optional<uint32_t> value = value_of(text_[at_]);
      if (!value) {
        ended_ = true;
        if (text_[at_] != '=' || count < 2) return fail(at_);
        ++at_;
        if (!skip_padding(count)) return;
        break;
      }
      bits = (bits << 6) | *value;
      ++count;
      ++at_;
    }
    bits <<= 6 * (4 - count);
    for (size_t i = 0; i + 1 < count; ++i) {
      out_.bytes += static_cast<char>((bits >> (16 - 8 * i)) & 0xFF);
    }
  }

  // What follows the first sign of padding, behind so many characters.
  bool skip_padding(size_t count) {
    skip_line_ends();
    if (count == 2) {
      if (at_ == text_.size()) {
        fail(at_);
        return false;
      }
      if (text_[at_] != '=') {
        fail(at_ - 1);
        return false;
      }
      ++at_;
      skip_line_ends();
    }
    if (at_ == text_.size()) return true;
    fail(at_);
    return false;
  }

  std::string_view text_;
  size_t at_ = 0;
  bool ended_ = false;
  Bytes64 out_;
};

}  // namespace

Bytes64 base64_decode(std::string_view text) {
  return Reader(text).read();
}

std::string base64_encode(std::string_view bytes) {
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  for (size_t i = 0; i < bytes.size(); i += 3) {
    const size_t count = bytes.size() - i < 3 ? bytes.size() - i : 3;
    uint32_t bits = 0;
    for (size_t k = 0; k < 3; ++k) {
      bits = (bits << 8) | (k < count ? static_cast<uint8_t>(bytes[i + k]) : 0U);
    }
    for (size_t k = 0; k < 4; ++k) {
      out += k <= count ? kLetters[(bits >> (18 - 6 * k)) & 63] : '=';
    }
  }
  return out;
}

}  // namespace sim::k8s
