// sim/container/digest.h: SHA-256, and the digests by which layers, configurations and images go.
//
// Concept: a Digest is the 32 bytes; texts are made when somebody reads them. Sha256 takes its
// input in any number of pieces. Promises: the same bytes give the same digest on every platform.
// Source: FIPS 180-4, sections 4.1.2, 4.2.2, 5.1.1, 5.3.3 and 6.2.2; OCI image specification,
// "Descriptor" (digests). Not modelled: digests of other algorithms, which are unsupported.

#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "engine/sync/error.h"

namespace sim::container {

/// What go-digest answers to a text that is no digest.
inline constexpr engine::Sentinel kDigestInvalidFormat("invalid checksum digest format");
inline constexpr engine::Sentinel kDigestInvalidLength("invalid checksum digest length");
inline constexpr engine::Sentinel kDigestUnsupported("unsupported digest algorithm");

/// The SHA-256 of something. All zero by default. Ordered by its bytes, as its text is.
struct Digest {
  std::array<uint8_t, 32> bytes{};
  auto operator<=>(const Digest&) const = default;

  /// 64 hexadecimal digits, in lower case.
  [[nodiscard]] std::string hex() const;
  /// `sha256:` and hex().
  [[nodiscard]] std::string text() const;
  /// The first 12 digits, as `docker images` shows an id.
  [[nodiscard]] std::string short_id() const;
};

struct ParsedDigest {
  Digest digest;
  engine::Error error;
};

/// Reads what Digest::text() writes. Errors: the three above. Source: go-digest, `Parse`.
[[nodiscard]] ParsedDigest parse_digest(std::string_view text);
/// Whether `text` is a digest without its algorithm: 64 hexadecimal digits, in lower case.
[[nodiscard]] bool is_digest_hex(std::string_view text);

/// The SHA-256 of what update() was given so far.
class Sha256 {
 public:
  void update(std::string_view bytes);
  /// As eight bytes, the lowest first.
  void update_number(uint64_t number);
  /// The number of bytes, then the bytes: so that no two lists of texts give the same input.
  void update_text(std::string_view text);
  /// REQUIRES: not called before.
  [[nodiscard]] Digest finish();

 private:
  void compress(const uint8_t* block);

  std::array<uint32_t, 8> state_ = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                    0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
  std::array<uint8_t, 64> block_{};
  uint64_t length_ = 0;
};

[[nodiscard]] Digest sha256(std::string_view bytes);

}  // namespace sim::container
