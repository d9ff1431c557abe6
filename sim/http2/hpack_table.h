// sim/http2/hpack_table.h: the two tables that HPACK indexes refer to: the static table, which is
// part of the standard, and the dynamic table, which a connection builds up in each direction.
//
// Concept: the dynamic table is a queue of fields with a limit on its size; a new field pushes the
// oldest ones out. The texts lie one behind the other in one buffer, and the place behind the last
// one is free to work in: a field is decoded there, and becomes an entry where it lies.
// Promises: equal inputs give equal tables on every platform, and memory is only asked for when the
// buffers grow. Not done: finding a field in the dynamic table; HpackEncoder does.
// Source: RFC 7541, sections 2.3 and 4, appendix A.

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <vector>

namespace sim::http2 {

/// What a table entry holds. The texts belong to the table.
struct HpackEntry {
  std::string_view name;
  std::string_view value;
};

/// The static table; index 1 is the first element. The entries of one name are neighbours.
inline constexpr std::array<HpackEntry, 61> kHpackStaticTable = {{
    {":authority", ""},
    {":method", "GET"},
    {":method", "POST"},
    {":path", "/"},
    {":path", "/index.html"},
    {":scheme", "http"},
    {":scheme", "https"},
    {":status", "200"},
    {":status", "204"},
    {":status", "206"},
    {":status", "304"},
    {":status", "400"},
    {":status", "404"},
    {":status", "500"},
    {"accept-charset", ""},
    {"accept-encoding", "gzip, deflate"},
    {"accept-language", ""},
    {"accept-ranges", ""},
    {"accept", ""},
    {"access-control-allow-origin", ""},
    {"age", ""},
    {"allow", ""},
    {"authorization", ""},
    {"cache-control", ""},
    {"content-disposition", ""},
    {"content-encoding", ""},
    {"content-language", ""},
    {"content-length", ""},
    {"content-location", ""},
    {"content-range", ""},
    {"content-type", ""},
    {"cookie", ""},
    {"date", ""},
    {"etag", ""},
    {"expect", ""},
    {"expires", ""},
    {"from", ""},
    {"host", ""},
    {"if-match", ""},
    {"if-modified-since", ""},
    {"if-none-match", ""},
    {"if-range", ""},
    {"if-unmodified-since", ""},
    {"last-modified", ""},
    {"link", ""},
    {"location", ""},
    {"max-forwards", ""},
    {"proxy-authenticate", ""},
    {"proxy-authorization", ""},
    {"range", ""},
    {"referer", ""},
    {"refresh", ""},
    {"retry-after", ""},
    {"server", ""},
    {"set-cookie", ""},
    {"strict-transport-security", ""},
    {"transfer-encoding", ""},
    {"user-agent", ""},
    {"vary", ""},
    {"via", ""},
    {"www-authenticate", ""},
}};

inline constexpr uint32_t kHpackStaticCount = 61;

/// What an entry takes of the table's size beside its texts. Source: RFC 7541, section 4.1.
inline constexpr uint32_t kHpackEntryOverhead = 32;

/// A hash of `text`, the same on every platform. What it finds is compared, so that a collision
/// changes no output.
[[nodiscard]] constexpr uint64_t hpack_hash(std::string_view text, uint64_t seed) {
  constexpr uint64_t kMultiplier = 0x9e3779b97f4a7c15;
  // Byte by byte for the compiler's own evaluation; in the program it is one load.
  const auto load_1 = [](const char* at) { return uint64_t{static_cast<unsigned char>(*at)}; };
  const auto load_4 = [load_1](const char* at) {
    return load_1(at) | load_1(at + 1) << 8 | load_1(at + 2) << 16 | load_1(at + 3) << 24;
  };
  const auto mix = [](uint64_t hash) {
    hash *= kMultiplier;
    return hash ^ (hash >> 32);
  };
  uint64_t hash = mix(seed + text.size() + 1);
  const char* at = text.data();
  std::size_t left = text.size();
  for (; left > 8; at += 8, left -= 8) hash = mix(hash ^ (load_4(at) | load_4(at + 4) << 32));
  // The rest in one word; of four bytes and more, the two halves may overlap.
  if (left >= 4) {
    hash ^= load_4(at) | load_4(at + left - 4) << 32;
  } else if (left > 0) {
    hash ^= load_1(at) | load_1(at + left / 2) << 8 | load_1(at + left - 1) << 16;
  }
  return mix(hash);
}

/// Whether two texts are equal. Most are short: no call of memcmp() for them.
[[nodiscard]] inline bool hpack_equal(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  const auto differ = [&](std::size_t at) {
    uint64_t words[2];
    std::memcpy(&words[0], a.data() + at, 8);
    std::memcpy(&words[1], b.data() + at, 8);
    return words[0] != words[1];
  };
  const std::size_t size = a.size();
  if (size >= 8) {
    for (std::size_t at = 0; at + 8 < size; at += 8) {
      if (differ(at)) return false;
    }
    return !differ(size - 8);
  }
  for (std::size_t at = 0; at < size; ++at) {
    if (a[at] != b[at]) return false;
  }
  return true;
}

/// The first index of the static table with this name, or 0. REQUIRES: `hash` is that of
/// hpack_hash(name, 0).
[[nodiscard]] uint32_t hpack_static_name(std::string_view name, uint64_t hash);

/// The dynamic table. Entries are counted from the newest one, which is 0.
class HpackTable {
 public:
  explicit HpackTable(uint32_t size_max) : size_max_(size_max) {}

  /// The bytes of all texts, and kHpackEntryOverhead for each entry.
  [[nodiscard]] uint32_t size() const { return size_; }
  [[nodiscard]] uint32_t size_max() const { return size_max_; }
  /// Pushes out what does not fit any more.
  void set_size_max(uint32_t size_max);

  /// How many entries there are.
  [[nodiscard]] uint32_t count() const { return count_; }
  /// How many were ever pushed and kept. The newest entry has this as its number, the one before
  /// it one less.
  [[nodiscard]] uint64_t pushed() const { return pushed_; }

  /// An entry; its texts are valid until the next tail(). REQUIRES: `age` < count().
  [[nodiscard]] HpackEntry at(uint32_t age) const {
    const Place& place = places_[(pushed_ - age) & (places_.size() - 1)];
    const char* const name = bytes_.data() + (place.start - base_);
    return {{name, place.name_bytes}, {name + place.name_bytes, place.value_bytes}};
  }

  /// At least `room` free bytes behind the newest entry. Moves the texts of the entries.
  [[nodiscard]] char* tail(uint64_t room) {
    if (end_ - base_ + room > bytes_.size()) make_room(room);
    return bytes_.data() + (end_ - base_);
  }

  /// Makes an entry of the name and, behind it, the value that were written to tail(); what was
  /// written stays where it is until the next tail(). False, and the table is empty, if the entry
  /// is larger than the whole table: that is no error (RFC 7541, section 4.4).
  bool push(uint32_t name_bytes, uint32_t value_bytes);

 private:
  // The texts of an entry. `start` is a place in all that was ever pushed, modulo 2^32; base_ is
  // that of the first byte in the buffer.
  struct Place {
    uint32_t start = 0;
    uint32_t name_bytes = 0;
    uint32_t value_bytes = 0;
  };

  void make_room(uint64_t room);
  void evict_oldest();

  std::vector<char> bytes_;
  uint32_t base_ = 0;
  uint32_t begin_ = 0;
  uint32_t end_ = 0;
  // A ring: entry number n at n modulo its size, a power of two.
  std::vector<Place> places_;
  uint64_t pushed_ = 0;
  uint32_t count_ = 0;
  uint32_t size_ = 0;
  uint32_t size_max_;
};

}  // namespace sim::http2
