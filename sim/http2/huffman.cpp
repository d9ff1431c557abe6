#include "sim/http2/huffman.h"

#include <array>
#include <cstdint>

namespace sim::http2 {

namespace {

constexpr uint32_t kSymbols = 257;
constexpr uint32_t kEos = 256;
constexpr uint32_t kShortest = 5;
constexpr uint32_t kLongest = 30;

// RFC 7541, appendix B. The code is canonical: among codes of one length the order is that of the
// symbols, and a longer code follows the last shorter one. So the lengths say all.
constexpr std::array<uint8_t, kSymbols> kLengths = {
    13, 23, 28, 28, 28, 28, 28, 28, 28, 24, 30, 28, 28, 30, 28, 28,  // 0
    28, 28, 28, 28, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 28,  // 16
    6,  10, 10, 12, 13, 6,  8,  11, 10, 10, 8,  11, 8,  6,  6,  6,   // space to /
    5,  5,  5,  6,  6,  6,  6,  6,  6,  6,  7,  8,  15, 6,  12, 10,  // 0 to ?
    13, 6,  7,  7,  7,  7,  7,  7,  7,  7,  7,  7,  7,  7,  7,  7,   // @ to O
    7,  7,  7,  7,  7,  7,  7,  7,  8,  7,  8,  13, 19, 13, 14, 6,   // P to _
    15, 5,  6,  5,  6,  5,  6,  6,  6,  5,  7,  7,  6,  6,  6,  5,   // ` to o
    6,  7,  6,  5,  5,  6,  7,  7,  7,  7,  7,  15, 11, 14, 13, 28,  // p to DEL
    20, 22, 20, 20, 22, 22, 22, 23, 22, 23, 23, 23, 23, 23, 24, 23,  // 128
    24, 24, 22, 23, 24, 23, 23, 23, 23, 21, 22, 23, 22, 23, 23, 24,  // 144
    22, 21, 20, 22, 22, 23, 23, 21, 23, 22, 22, 24, 21, 22, 23, 23,  // 160
    21, 21, 22, 21, 23, 22, 23, 23, 20, 22, 22, 22, 23, 22, 22, 23,  // 176
    26, 26, 20, 19, 22, 23, 22, 25, 26, 26, 26, 27, 27, 26, 24, 25,  // 192
    19, 21, 26, 27, 27, 26, 27, 24, 21, 21, 26, 26, 28, 27, 27, 27,  // 208
    20, 24, 20, 21, 22, 21, 21, 23, 22, 22, 25, 25, 24, 24, 26, 23,  // 224
    26, 27, 26, 26, 27, 27, 27, 27, 27, 28, 27, 27, 27, 27, 27, 26,  // 240
    30,                                                              // EOS
};

struct Code {
  uint64_t bits = 0;
  uint32_t length = 0;
};

// What a code table holds for one length. A code, moved to the left of 30 bits, is this long if it
// is below `limit` and not below that of the next shorter length.
struct Length {
  uint32_t limit = 0;
  uint32_t first_code = 0;
  uint32_t first_rank = 0;
};

struct Canonical {
  std::array<Code, kSymbols> codes;
  std::array<uint16_t, kSymbols> by_rank;
  std::array<Length, kLongest + 1> lengths;
  bool complete = false;
};

constexpr Canonical make_canonical() {
  Canonical table{};
  uint32_t next = 0;
  uint32_t rank = 0;
  for (uint32_t length = kShortest; length <= kLongest; ++length) {
    next <<= 1;
    Length& of_length = table.lengths[length];
    of_length.first_code = next;
    of_length.first_rank = rank;
    for (uint32_t symbol = 0; symbol < kSymbols; ++symbol) {
      if (kLengths[symbol] != length) continue;
      table.codes[symbol] = {next++, length};
      table.by_rank[rank++] = static_cast<uint16_t>(symbol);
    }
    of_length.limit = next << (kLongest - length);
  }
  table.complete = next == uint32_t{1} << kLongest && rank == kSymbols;
  return table;
}

constexpr Canonical kTable = make_canonical();

// A wrong length would almost surely leave a hole in the code, or shift what follows it.
static_assert(kTable.complete);
static_assert(kTable.codes[0].bits == 0x1ff8 && kTable.codes['a'].bits == 0x3);
static_assert(kTable.codes['z'].bits == 0x7b && kTable.codes[200].bits == 0x3ffffe2);
static_assert(kTable.codes[255].bits == 0x3ffffee && kTable.codes[kEos].bits == 0x3fffffff);

// How many bits are looked up at once. Two of the common letters fit, and the table in a cache.
constexpr uint32_t kLookupBits = 12;

// The symbols whose codes are whole in the next bits: two, one, or none if the code is long.
struct Lookup {
  char first = 0;
  char second = 0;
  uint8_t count = 0;
  uint8_t bits = 0;
};

constexpr std::array<Lookup, 1 << kLookupBits> make_lookups() {
  std::array<Lookup, 1 << kLookupBits> lookups{};
  for (uint32_t rank = 0; rank < kSymbols; ++rank) {
    const uint32_t symbol = kTable.by_rank[rank];
    const Code code = kTable.codes[symbol];
    if (code.length > kLookupBits) break;
    const uint32_t free = kLookupBits - code.length;
    for (uint32_t rest = 0; rest < uint32_t{1} << free; ++rest) {
      lookups[static_cast<uint32_t>(code.bits) << free | rest] = {
          static_cast<char>(symbol), 0, 1, static_cast<uint8_t>(code.length)};
    }
  }
  // The second symbol is the first one of what remains, if that was not filled up from nothing.
  std::array<Lookup, 1 << kLookupBits> pairs = lookups;
  for (uint32_t bits = 0; bits < lookups.size(); ++bits) {
    const Lookup& first = lookups[bits];
    if (first.count == 0) continue;
    const Lookup& second = lookups[(bits << first.bits) & (lookups.size() - 1)];
    if (second.count == 0 || first.bits + second.bits > kLookupBits) continue;
    pairs[bits] = {first.first, second.first, 2, static_cast<uint8_t>(first.bits + second.bits)};
  }
  return pairs;
}

constexpr std::array<Lookup, 1 << kLookupBits> kLookups = make_lookups();

uint64_t byte_at(const char* at) {
  return static_cast<unsigned char>(*at);
}

// The eight bytes at `at`, the first one in the highest bits.
uint64_t load_8(const char* at) {
  return byte_at(at) << 56 | byte_at(at + 1) << 48 | byte_at(at + 2) << 40 | byte_at(at + 3) << 32 |
         byte_at(at + 4) << 24 | byte_at(at + 5) << 16 | byte_at(at + 6) << 8 | byte_at(at + 7);
}

void store_8(char* out, uint64_t bits) {
  out[0] = static_cast<char>(bits >> 56);
  out[1] = static_cast<char>(bits >> 48);
  out[2] = static_cast<char>(bits >> 40);
  out[3] = static_cast<char>(bits >> 32);
  out[4] = static_cast<char>(bits >> 24);
  out[5] = static_cast<char>(bits >> 16);
  out[6] = static_cast<char>(bits >> 8);
  out[7] = static_cast<char>(bits);
}

void store_4(char* out, uint32_t bits) {
  out[0] = static_cast<char>(bits >> 24);
  out[1] = static_cast<char>(bits >> 16);
  out[2] = static_cast<char>(bits >> 8);
  out[3] = static_cast<char>(bits);
}

// The codes of two symbols as one.
Code pair_of(char first, char second) {
  const uint32_t a = static_cast<unsigned char>(first);
  const uint32_t b = static_cast<unsigned char>(second);
  return {kTable.codes[a].bits << kLengths[b] | kTable.codes[b].bits,
          uint32_t{kLengths[a]} + kLengths[b]};
}

// The symbol whose code begins `window`, which has at least 30 bits.
uint32_t long_symbol(uint64_t window) {
  const uint32_t bits = static_cast<uint32_t>(window >> (64 - kLongest));
  uint32_t length = kLookupBits + 1;
  while (bits >= kTable.lengths[length].limit) ++length;
  const Length& of_length = kTable.lengths[length];
  const uint32_t code = bits >> (kLongest - length);
  return kTable.by_rank[of_length.first_rank + (code - of_length.first_code)];
}

// Decodes the last `left` bits of `window`'s left end; the bits behind them are ones.
char* decode_tail(uint64_t window, uint32_t left, char* out) {
  while (left >= kShortest) {
    const Lookup& found = kLookups[window >> (64 - kLookupBits)];
    uint32_t length = found.bits;
    uint32_t count = found.count;
    uint32_t symbol = static_cast<unsigned char>(found.first);
    if (count == 0) {
      symbol = long_symbol(window);
      length = kTable.codes[symbol].length;
      count = 1;
    } else if (length > left) {
      length = kTable.codes[symbol].length;
      count = 1;
    }
    if (length > left) break;
    if (symbol == kEos) return nullptr;
    out[0] = static_cast<char>(symbol);
    if (count == 2) out[1] = found.second;
    out += count;
    left -= length;
    window = window << length | ((uint64_t{1} << length) - 1);
  }
  return left <= 7 && window == ~uint64_t{0} ? out : nullptr;
}

}  // namespace

std::size_t huffman_size(std::string_view text) {
  uint64_t bits = 7;
  for (const char c : text) bits += kLengths[static_cast<unsigned char>(c)];
  return static_cast<std::size_t>(bits / 8);
}

char* huffman_encode_to(std::string_view text, char* out) {
  const char* at = text.data();
  const char* const end = at + text.size();
  // The last `count` bits of `waiting` are still to be written: fewer than 8 before each turn.
  uint64_t waiting = 0;
  uint32_t count = 0;
  // Four symbols at once while more than the 8 bytes of a store are to come: the shortest code has
  // five bits. Four long codes do not fit; then the rest goes one by one.
  while (end - at >= 4 + 13) {
    const Code first = pair_of(at[0], at[1]);
    const Code second = pair_of(at[2], at[3]);
    const uint32_t length = first.length + second.length;
    if (length > 56) break;
    waiting = waiting << length | first.bits << second.length | second.bits;
    count += length;
    store_8(out, waiting << (64 - count));
    out += count / 8;
    count %= 8;
    at += 4;
  }
  // Fewer than 32 bits before each symbol, so a code always fits behind them.
  for (; at != end; ++at) {
    const uint32_t symbol = static_cast<unsigned char>(*at);
    waiting = waiting << kLengths[symbol] | kTable.codes[symbol].bits;
    count += kLengths[symbol];
    if (count >= 32) {
      count -= 32;
      store_4(out, static_cast<uint32_t>(waiting >> count));
      out += 4;
    }
  }
  const uint32_t padding = (8 - count % 8) % 8;
  waiting = waiting << padding | ((uint64_t{1} << padding) - 1);
  for (count += padding; count != 0; count -= 8) {
    *out++ = static_cast<char>(waiting >> (count - 8));
  }
  return out;
}

void huffman_encode(std::string_view text, std::string& out) {
  const std::size_t before = out.size();
  out.resize(before + huffman_size(text));
  huffman_encode_to(text, out.data() + before);
}

char* huffman_decode_to(std::string_view bytes, char* out) {
  const char* at = bytes.data();
  const char* const end = at + bytes.size();
  uint32_t skip = 0;  // The bits of *at that are decoded already.
  while (end - at >= 8) {
    // At least 57 bits are valid: four lookups, or a long code.
    uint64_t window = load_8(at) << skip;
    uint32_t used = skip;
    if (kLookups[window >> (64 - kLookupBits)].count == 0) {
      const uint32_t symbol = long_symbol(window);
      if (symbol == kEos) return nullptr;
      *out++ = static_cast<char>(symbol);
      used += kTable.codes[symbol].length;
    } else {
      for (int i = 0; i < 4; ++i) {
        const Lookup found = kLookups[window >> (64 - kLookupBits)];
        // Of a long code, count and bits are 0: nothing is taken until the next load.
        out[0] = found.first;
        out[1] = found.second;
        out += found.count;
        window <<= found.bits;
        used += found.bits;
      }
    }
    at += used / 8;
    skip = used % 8;
  }
  uint64_t window = ~uint64_t{0};
  uint32_t left = 0;
  for (; at != end; ++at, left += 8) {
    window = window << 8 | byte_at(at);
  }
  // The bytes go to the left end, ones behind them, and the bits decoded already go away.
  if (left == 0) return out;
  window = window << (64 - left) | ((uint64_t{1} << (64 - left)) - 1);
  window = window << skip | ((uint64_t{1} << skip) - 1);
  return decode_tail(window, left - skip, out);
}

bool huffman_decode(std::string_view bytes, std::string& out) {
  const std::size_t before = out.size();
  out.resize(before + huffman_decode_room(bytes.size()));
  const char* const end = huffman_decode_to(bytes, out.data() + before);
  out.resize(end == nullptr ? before : static_cast<std::size_t>(end - out.data()));
  return end != nullptr;
}

}  // namespace sim::http2
