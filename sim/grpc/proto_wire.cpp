#include "sim/grpc/proto_wire.h"

namespace sim::grpc::proto {
namespace {

/// `bits` shifted down, rounded to the nearest, ties to even. REQUIRES: 0 < shift.
std::uint64_t shift_rounded(std::uint64_t bits, int shift) {
  if (shift > 63) return 0;
  const std::uint64_t whole = bits >> shift;
  const std::uint64_t rest = bits & ((std::uint64_t{1} << shift) - 1);
  const std::uint64_t half = std::uint64_t{1} << (shift - 1);
  return whole + (rest > half || (rest == half && (whole & 1) != 0) ? 1 : 0);
}

constexpr std::uint32_t kInfinity32 = 0x7F80'0000;

/// How many bytes the character at `p` takes; 0 if it is no UTF-8. RFC 3629, section 4.
int character_size(const unsigned char* p, std::ptrdiff_t left) {
  const unsigned first = p[0];
  if (first < 0x80) return 1;
  const int size = first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
  if (first < 0xC2 || first > 0xF4 || left < size) return 0;
  // What the second byte may be excludes longer forms than needed, surrogates and too large ones.
  const unsigned low = first == 0xE0 ? 0xA0 : first == 0xF0 ? 0x90 : 0x80;
  const unsigned high = first == 0xED ? 0x9F : first == 0xF4 ? 0x8F : 0xBF;
  if (p[1] < low || p[1] > high) return 0;
  for (int i = 2; i < size; ++i) {
    if ((p[i] & 0xC0) != 0x80) return 0;
  }
  return size;
}

}  // namespace

std::string_view expected(Fault fault) {
  switch (fault) {
    case Fault::none:
      return "nothing else";
    case Fault::truncated:
      return "more bytes";
    case Fault::varint_overflow:
      return "a varint of at most 64 bits";
    case Fault::bad_field_number:
      return "a field number from 1 to 536870911";
    case Fault::bad_wire_type:
      return "a wire type from 0 to 5";
    case Fault::bad_utf8:
      return "text in UTF-8";
    case Fault::unpaired_group:
      return "a group that begins and ends with one field number";
    case Fault::too_deep:
      return "messages nested at most 100 deep";
    case Fault::too_many:
      return "at most 1000000 elements";
  }
  return "";
}

Float32 Float32::of(double value) {
  const std::uint64_t bits = std::bit_cast<std::uint64_t>(value);
  const std::uint32_t sign = static_cast<std::uint32_t>(bits >> 32) & 0x8000'0000;
  const int exponent = static_cast<int>(bits >> 52 & 0x7FF);
  const std::uint64_t fraction = bits & 0xF'FFFF'FFFF'FFFF;
  if (exponent == 0x7FF) {
    // A NaN stays one, and becomes quiet, whatever is cut off its payload.
    const std::uint32_t nan = fraction == 0 ? 0 : 0x40'0000;
    return {sign | kInfinity32 | nan | static_cast<std::uint32_t>(fraction >> 29)};
  }
  if (exponent == 0) return {sign};
  const int shifted = exponent - 1023 + 127;
  if (shifted >= 0xFF) return {sign | kInfinity32};
  if (shifted > 0) {
    // A carry out of the fraction belongs to the exponent, up to infinity.
    const auto magnitude = static_cast<std::uint64_t>(shifted) << 52 | fraction;
    return {sign | static_cast<std::uint32_t>(shift_rounded(magnitude, 29))};
  }
  const std::uint64_t significand = fraction | std::uint64_t{1} << 52;
  return {sign | static_cast<std::uint32_t>(shift_rounded(significand, 30 - shifted))};
}

double Float32::value() const {
  const std::uint64_t sign = static_cast<std::uint64_t>(bits & 0x8000'0000) << 32;
  std::uint64_t exponent = bits >> 23 & 0xFF;
  std::uint64_t fraction = bits & 0x7F'FFFF;
  if (exponent == 0xFF) {
    exponent = 0x7FF;
  } else if (exponent != 0) {
    exponent += 1023 - 127;
  } else if (fraction != 0) {
    // Below the normal range of 32 bits, but within that of 64.
    const int up = 24 - static_cast<int>(std::bit_width(fraction));
    fraction = fraction << up & 0x7F'FFFF;
    exponent = static_cast<std::uint64_t>(1023 - 127 + 1 - up);
  }
  return std::bit_cast<double>(sign | exponent << 52 | fraction << 29);
}

bool is_utf8(std::string_view text) {
  constexpr std::uint64_t kHighBits = 0x8080'8080'8080'8080;
  const auto* p = reinterpret_cast<const unsigned char*>(text.data());
  const auto* const end = p + text.size();
  while (p != end) {
    std::uint64_t eight = 0;
    while (end - p >= 8) {
      std::memcpy(&eight, p, 8);
      if ((eight & kHighBits) != 0) break;
      p += 8;
    }
    if (p == end) break;
    const int size = character_size(p, end - p);
    if (size == 0) return false;
    p += size;
  }
  return true;
}

namespace wire {

char* write_long_varint_before(char* end, std::uint64_t value) {
  char* const begin = end - varint_size(value);
  char* p = begin;
  for (; value >= 0x80; value >>= 7) *p++ = static_cast<char>(value | 0x80);
  *p = static_cast<char>(value);
  return begin;
}

const char* read_long_varint(const char* p, const char* end, std::uint64_t& value, State& state) {
  std::uint64_t result = 0;
  for (std::uint32_t i = 0; i < kVarintBytesMax; ++i) {
    if (p + i == end) return state.fail(Fault::truncated, p);
    const std::uint64_t byte = static_cast<unsigned char>(p[i]);
    // The tenth byte has room for one bit.
    if (i == kVarintBytesMax - 1 && byte > 1) break;
    result |= (byte & 0x7F) << (7 * i);
    if (byte < 0x80) {
      value = result;
      return p + i + 1;
    }
  }
  return state.fail(Fault::varint_overflow, p);
}

const char* check_tag(const char* at, const char* p, std::uint64_t value, State& state) {
  const std::uint64_t number = value >> 3;
  if (number == 0 || number > kFieldNumberMax) return state.fail(Fault::bad_field_number, at);
  if ((value & 7) > 5) return state.fail(Fault::bad_wire_type, at);
  return p;
}

namespace {

const char* skip_group(std::uint32_t number, const char* p, const char* end, State& state) {
  if (state.depth_left == 0) return state.fail(Fault::too_deep, p);
  --state.depth_left;
  const char* const begin = p;
  while (p != end) {
    std::uint32_t inner = 0;
    const char* const at = p;
    p = read_tag(p, end, inner, state);
    if (p == nullptr) return nullptr;
    if (static_cast<WireType>(inner & 7) == WireType::end_group) {
      if (inner >> 3 != number) return state.fail(Fault::unpaired_group, at);
      ++state.depth_left;
      return p;
    }
    p = skip(inner, p, end, state);
    if (p == nullptr) return nullptr;
  }
  return state.fail(Fault::truncated, begin);
}

}  // namespace

const char* skip(std::uint32_t tag, const char* p, const char* end, State& state) {
  std::uint64_t number = 0;
  std::uint32_t four = 0;
  std::string_view bytes;
  switch (static_cast<WireType>(tag & 7)) {
    case WireType::varint:
      return read_varint(p, end, number, state);
    case WireType::fixed64:
      return read_fixed(p, end, number, state);
    case WireType::bytes:
      return read_bytes(p, end, bytes, state);
    case WireType::group:
      return skip_group(tag >> 3, p, end, state);
    case WireType::fixed32:
      return read_fixed(p, end, four, state);
    case WireType::end_group:
      break;
  }
  return state.fail(Fault::unpaired_group, p);
}

}  // namespace wire
}  // namespace sim::grpc::proto
