// engine/world/hash.h: the integer mixing that hashes and keyed randomness are made of.
//
// Fixed-width 64-bit arithmetic only, so every compiler and WebAssembly agree. Not cryptographic.

#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <type_traits>

namespace engine {

/// A bijection that spreads every input bit over the output.
/// Source: David Stafford's variant 13 of the MurmurHash3 finalizer.
constexpr uint64_t mix64(uint64_t x) {
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9U;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebU;
  return x ^ (x >> 31);
}

/// Folds `value` into `key`; the order of folding matters.
constexpr uint64_t combine(uint64_t key, uint64_t value) {
  return mix64(key ^ (mix64(value + 0x9e3779b97f4a7c15U) + 0x632be59bd9b4e019U));
}

/// One event's contribution to a rolling hash: `a` and `b` are mixed off the critical path, so the
/// chain from event to event is one xor, one rotate and one multiply.
constexpr uint64_t roll(uint64_t hash, uint64_t a, uint64_t b) {
  const uint64_t word = (a * 0x9fb21c651e98df25U) ^ std::rotl(b * 0xd6e8feb86659fd93U, 32);
  return (std::rotl(hash, 23) ^ word) * 0xff51afd7ed558ccdU;
}

/// Hashes bytes, eight at a time as little-endian words.
constexpr uint64_t hash_bytes(std::string_view bytes) {
  uint64_t hash = 0x2545f4914f6cdd1dU ^ bytes.size();
  if (!std::is_constant_evaluated()) {
    static_assert(std::endian::native == std::endian::little);
    for (; bytes.size() >= sizeof(uint64_t); bytes.remove_prefix(sizeof(uint64_t))) {
      uint64_t whole = 0;
      std::memcpy(&whole, bytes.data(), sizeof whole);
      hash = roll(hash, whole, 0);
    }
  }
  uint64_t word = 0;
  unsigned shift = 0;
  for (const char c : bytes) {
    word |= static_cast<uint64_t>(static_cast<unsigned char>(c)) << shift;
    shift += 8;
    if (shift == 64) {
      hash = roll(hash, word, 0);
      word = 0;
      shift = 0;
    }
  }
  return mix64(roll(hash, word, shift));
}

}  // namespace engine
