// sim/grpc/proto_wire.h: the wire format of protocol buffers, below any message: varints, tags,
// fixed-width numbers, text that must be UTF-8, and fields that nobody knows.
//
// Promises: reads nothing outside the given bytes; any bytes give values or a fault with its place.
// Source: the Protocol Buffers documentation, "Encoding".

#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace sim::grpc::proto {

static_assert(std::endian::native == std::endian::little);

/// How deep messages and groups may nest below the outermost one, as in Google's own decoders.
inline constexpr std::uint32_t kDepthMax = 100;
/// How many strings, messages and map entries one decoding may make as elements of repeated fields:
/// each takes two bytes on the wire, but many in memory.
inline constexpr std::uint32_t kElementsMax = 1'000'000;
/// The longest message that the format allows.
inline constexpr std::uint32_t kMessageBytesMax = 0x7FFF'FFFF;
inline constexpr std::uint32_t kFieldNumberMax = 536'870'911;
inline constexpr std::uint32_t kVarintBytesMax = 10;

enum class WireType : std::uint8_t { varint, fixed64, bytes, group, end_group, fixed32 };

/// Why bytes are not a message.
enum class Fault : std::uint8_t {
  none,
  truncated,
  varint_overflow,
  bad_field_number,
  bad_wire_type,
  bad_utf8,
  unpaired_group,
  too_deep,
  too_many,
};

/// What was expected, as a phrase: "a varint of at most 64 bits".
[[nodiscard]] std::string_view expected(Fault fault);

/// What came of a decoding.
struct [[nodiscard]] Decoded {
  Fault fault = Fault::none;
  /// Where the value that is wrong begins, in bytes; 0 if nothing is.
  std::uint32_t offset = 0;

  [[nodiscard]] bool ok() const { return fault == Fault::none; }
  explicit operator bool() const { return ok(); }
  bool operator==(const Decoded&) const = default;
};

/// A proto `float`: 32 bits that no arithmetic touches, so that every build keeps the same ones.
struct Float32 {
  std::uint32_t bits = 0;

  /// The nearest one, ties to even, as a C cast gives it.
  [[nodiscard]] static Float32 of(double value);
  /// The same number, exactly.
  [[nodiscard]] double value() const;
  bool operator==(const Float32&) const = default;
};

/// Whether `text` is UTF-8 (RFC 3629): shortest forms, no surrogates, at most U+10FFFF.
[[nodiscard]] bool is_utf8(std::string_view text);

/// Whether all bytes are below 0x80: UTF-8 that is told quickly.
inline bool is_ascii(std::string_view text) {
  constexpr std::uint64_t kHighBits = 0x8080'8080'8080'8080;
  const char* p = text.data();
  std::size_t left = text.size();
  std::uint64_t seen = 0;
  std::uint64_t eight = 0;
  for (; left >= 8; left -= 8, p += 8) {
    std::memcpy(&eight, p, 8);
    seen |= eight;
  }
  for (; left > 0; --left, ++p) seen |= static_cast<unsigned char>(*p);
  return (seen & kHighBits) == 0;
}

namespace wire {

/// A decoding that runs: what it may still do, and what went wrong.
struct State {
  const char* begin = nullptr;
  const char* fault_at = nullptr;
  Fault fault = Fault::none;
  std::uint32_t depth_left = kDepthMax;
  std::uint32_t elements_left = kElementsMax;

  /// Always null, for the caller to return.
  const char* fail(Fault what, const char* at) {
    fault = what;
    fault_at = at;
    return nullptr;
  }
};

inline constexpr std::uint32_t tag(std::uint32_t number, WireType type) {
  return number << 3 | static_cast<std::uint32_t>(type);
}

inline constexpr std::uint32_t varint_size(std::uint64_t value) {
  // Each 7 bits take a byte: 9/64 is close enough to 1/7 up to 64 bits.
  return (static_cast<std::uint32_t>(std::bit_width(value | 1)) * 9 + 64) / 64;
}

inline constexpr std::uint64_t zigzag(std::int64_t value) {
  return static_cast<std::uint64_t>(value) << 1 ^ static_cast<std::uint64_t>(value >> 63);
}

inline constexpr std::int64_t unzigzag(std::uint64_t value) {
  return static_cast<std::int64_t>(value >> 1 ^ (0 - (value & 1)));
}

/// Messages are written from the end to the beginning, where the length of what was written is
/// known when its prefix is due. All writers return where they began.
char* write_long_varint_before(char* end, std::uint64_t value);

inline char* write_varint_before(char* end, std::uint64_t value) {
  if (value < 0x80) {
    *--end = static_cast<char>(value);
    return end;
  }
  return write_long_varint_before(end, value);
}

/// The format is little-endian, and so is every machine that this runs on.
template <class T>
char* write_fixed_before(char* end, T value) {
  std::memcpy(end - sizeof(T), &value, sizeof(T));
  return end - sizeof(T);
}

inline char* write_bytes_before(char* end, std::string_view bytes) {
  end -= bytes.size();
  if (!bytes.empty()) std::memcpy(end, bytes.data(), bytes.size());
  return end;
}

/// All readers return where the value ends, or null with the fault in `state`.
const char* read_long_varint(const char* p, const char* end, std::uint64_t& value, State& state);

inline const char* read_varint(const char* p, const char* end, std::uint64_t& value, State& state) {
  if (p != end && static_cast<unsigned char>(*p) < 0x80) {
    value = static_cast<unsigned char>(*p);
    return p + 1;
  }
  return read_long_varint(p, end, value, state);
}

const char* check_tag(const char* at, const char* p, std::uint64_t value, State& state);

/// A tag whose number is allowed and whose wire type exists.
inline const char* read_tag(const char* p, const char* end, std::uint32_t& value, State& state) {
  std::uint64_t raw = 0;
  const char* const next = read_varint(p, end, raw, state);
  if (next == nullptr) return nullptr;
  value = static_cast<std::uint32_t>(raw);
  // Numbers 1 to 15 with wire types 0 to 2 are what nearly all tags are.
  if (raw >= 8 && raw < 128 && (raw & 7) <= 2) return next;
  return check_tag(p, next, raw, state);
}

template <class T>
const char* read_fixed(const char* p, const char* end, T& value, State& state) {
  if (end - p < static_cast<std::ptrdiff_t>(sizeof(T))) return state.fail(Fault::truncated, p);
  std::memcpy(&value, p, sizeof(T));
  return p + sizeof(T);
}

/// A length and as many bytes, which lie within [p, end).
inline const char* read_bytes(const char* p, const char* end, std::string_view& value,
                              State& state) {
  std::uint64_t size = 0;
  const char* const body = read_varint(p, end, size, state);
  if (body == nullptr) return nullptr;
  if (size > static_cast<std::uint64_t>(end - body)) return state.fail(Fault::truncated, p);
  value = {body, static_cast<std::size_t>(size)};
  return body + value.size();
}

/// Passes over the value of a field, whose tag has been read; groups with all that is in them.
const char* skip(std::uint32_t tag, const char* p, const char* end, State& state);

}  // namespace wire
}  // namespace sim::grpc::proto
