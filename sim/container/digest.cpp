#include "sim/container/digest.h"

#include <bit>
#include <cstddef>
#include <cstring>

namespace sim::container {
namespace {

constexpr std::string_view kHexDigits = "0123456789abcdef";
constexpr std::string_view kAlgorithm = "sha256";
constexpr size_t kHexLength = 64;
constexpr size_t kShortLength = 12;
constexpr size_t kBlockBytes = 64;

// The first 32 bits of the fractional parts of the cube roots of the first 64 primes.
constexpr std::array<uint32_t, 64> kRounds = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

uint32_t big_endian(const uint8_t* at) {
  return uint32_t{at[0]} << 24 | uint32_t{at[1]} << 16 | uint32_t{at[2]} << 8 | uint32_t{at[3]};
}

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/// go-digest's grammar of algorithms: components of small letters and digits, one separator
/// between.
bool is_algorithm(std::string_view text) {
  bool component = false;  // whether the one at hand has begun
  for (const char c : text) {
    if ((c >= 'a' && c <= 'z') || is_digit(c)) {
      component = true;
    } else {
      if (!component || std::string_view("+._-").find(c) == std::string_view::npos) return false;
      component = false;
    }
  }
  return component;
}

/// And of what comes after the colon.
bool is_encoded(std::string_view text) {
  for (const char c : text) {
    const bool known = is_letter(c) || is_digit(c) || c == '=' || c == '_' || c == '-';
    if (!known) return false;
  }
  return !text.empty();
}

/// The value of a hexadecimal digit in lower case; 16 if it is none.
uint8_t digit_value(char c) {
  const size_t at = kHexDigits.find(c);
  return at == std::string_view::npos ? uint8_t{16} : static_cast<uint8_t>(at);
}

}  // namespace

std::string Digest::hex() const {
  std::string out;
  out.reserve(kHexLength);
  for (const uint8_t byte : bytes) {
    out += kHexDigits[byte >> 4];
    out += kHexDigits[byte & 15];
  }
  return out;
}

std::string Digest::text() const {
  std::string out(kAlgorithm);
  out += ':';
  out += hex();
  return out;
}

std::string Digest::short_id() const {
  return hex().substr(0, kShortLength);
}

bool is_digest_hex(std::string_view text) {
  if (text.size() != kHexLength) return false;
  for (const char c : text) {
    if (digit_value(c) > 15) return false;
  }
  return true;
}

ParsedDigest parse_digest(std::string_view text) {
  const size_t colon = text.find(':');
  if (colon == std::string_view::npos || colon == 0 || colon + 1 == text.size()) {
    return {{}, kDigestInvalidFormat};
  }
  const std::string_view algorithm = text.substr(0, colon);
  const std::string_view encoded = text.substr(colon + 1);
  if (algorithm != kAlgorithm) {
    const bool plausible = is_algorithm(algorithm) && is_encoded(encoded);
    return {{}, plausible ? kDigestUnsupported : kDigestInvalidFormat};
  }
  if (encoded.size() != kHexLength) return {{}, kDigestInvalidLength};
  if (!is_digest_hex(encoded)) return {{}, kDigestInvalidFormat};
  ParsedDigest parsed;
  for (size_t i = 0; i < parsed.digest.bytes.size(); ++i) {
    const int high = digit_value(encoded[2 * i]) << 4;
    parsed.digest.bytes[i] = static_cast<uint8_t>(high | digit_value(encoded[2 * i + 1]));
  }
  return parsed;
}

void Sha256::update(std::string_view bytes) {
  auto fill = static_cast<size_t>(length_ % kBlockBytes);
  length_ += bytes.size();
  while (!bytes.empty()) {
    const size_t taken = bytes.size() < kBlockBytes - fill ? bytes.size() : kBlockBytes - fill;
    std::memcpy(block_.data() + fill, bytes.data(), taken);
    bytes.remove_prefix(taken);
    fill += taken;
    if (fill < kBlockBytes) return;
    compress(block_.data());
    fill = 0;
  }
}

void Sha256::update_number(uint64_t number) {
  std::array<char, 8> bytes;
  for (char& byte : bytes) {
    byte = static_cast<char>(number & 255);
    number >>= 8;
  }
  update({bytes.data(), bytes.size()});
}

void Sha256::update_text(std::string_view text) {
  update_number(text.size());
  update(text);
}

Digest Sha256::finish() {
  const uint64_t bits = length_ * 8;
  update(std::string_view("\x80", 1));
  while (length_ % kBlockBytes != kBlockBytes - 8) update(std::string_view("\0", 1));
  std::array<char, 8> end;
  for (size_t i = 0; i < end.size(); ++i) end[i] = static_cast<char>((bits >> (56 - 8 * i)) & 255);
  update({end.data(), end.size()});
  Digest digest;
  for (size_t i = 0; i < digest.bytes.size(); ++i) {
    digest.bytes[i] = static_cast<uint8_t>(state_[i / 4] >> (24 - 8 * (i % 4)));
  }
  return digest;
}

void Sha256::compress(const uint8_t* block) {
  std::array<uint32_t, 64> w;
  for (size_t t = 0; t < 16; ++t) w[t] = big_endian(block + 4 * t);
  for (size_t t = 16; t < w.size(); ++t) {
    const uint32_t x = w[t - 15];
    const uint32_t y = w[t - 2];
    const uint32_t small0 = std::rotr(x, 7) ^ std::rotr(x, 18) ^ (x >> 3);
    const uint32_t small1 = std::rotr(y, 17) ^ std::rotr(y, 19) ^ (y >> 10);
    w[t] = small1 + w[t - 7] + small0 + w[t - 16];
  }
  auto [a, b, c, d, e, f, g, h] = state_;
  for (size_t t = 0; t < w.size(); ++t) {
    const uint32_t big1 = std::rotr(e, 6) ^ std::rotr(e, 11) ^ std::rotr(e, 25);
    const uint32_t t1 = h + big1 + ((e & f) ^ (~e & g)) + kRounds[t] + w[t];
    const uint32_t big0 = std::rotr(a, 2) ^ std::rotr(a, 13) ^ std::rotr(a, 22);
    const uint32_t t2 = big0 + ((a & b) ^ (a & c) ^ (b & c));
    h = g;
    g = f;
    f = e;
    e = d + t1;
    d = c;
    c = b;
    b = a;
    a = t1 + t2;
  }
  const std::array<uint32_t, 8> added = {a, b, c, d, e, f, g, h};
  for (size_t i = 0; i < state_.size(); ++i) state_[i] += added[i];
}

Digest sha256(std::string_view bytes) {
  Sha256 hash;
  hash.update(bytes);
  return hash.finish();
}

}  // namespace sim::container
