#include "sim/k8s/controllers/revision_hash.h"

#include <cstdint>

#include "engine/task/print.h"

namespace sim::k8s {
namespace {

// Source: Fowler, Noll and Vo, "The FNV Non-Cryptographic Hash Algorithm", FNV-1a of 32 bits.
class Fnv32 {
 public:
  void add(std::string_view text) {
    for (const char c : text) add(static_cast<uint8_t>(c));
  }
  void add_little_endian(uint64_t number) {
    for (int shift = 0; shift < 64; shift += 8) add(static_cast<uint8_t>(number >> shift));
  }
  [[nodiscard]] uint32_t sum() const { return hash_; }

 private:
  void add(uint8_t byte) {
    hash_ ^= byte;
    hash_ *= 16'777'619U;
  }
  uint32_t hash_ = 2'166'136'261U;
};

}  // namespace

std::string safe_encode(std::string_view text) {
  constexpr std::string_view kLetters = "bcdfghjklmnpqrstvwxz2456789";
  std::string out;
  for (const char c : text) out += kLetters[static_cast<uint8_t>(c) % kLetters.size()];
  return out;
}

std::string revision_hash(const json::Value& data, const json::Value& collision_count) {
  Fnv32 hash;
  hash.add(data.to_json());
  if (collision_count.is_integer()) {
    hash.add_little_endian(static_cast<uint32_t>(collision_count.integer()));
  }
  std::string digits;
  engine::append_operand(digits, uint64_t{hash.sum()});
  return safe_encode(digits);
}

std::string template_hash(const json::Value& pod_template, const json::Value& collision_count) {
  return revision_hash(pod_template, collision_count);
}

}  // namespace sim::k8s
