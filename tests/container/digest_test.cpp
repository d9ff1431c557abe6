// tests/container/digest_test.cpp: SHA-256 against FIPS 180-4's examples, and the texts of digests.

#include "sim/container/digest.h"

#include <catch_amalgamated.hpp>

#include <string>
#include <string_view>

namespace {

using namespace sim::container;
using namespace std::string_view_literals;

struct Vector {
  std::string_view message;
  std::string_view hex;
};

constexpr std::string_view kEmptyHex =
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

}  // namespace

TEST_CASE("SHA-256 of FIPS 180-4's example messages") {
  const Vector vectors[] = {
      {"", kEmptyHex},
      {"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
      {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
       "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
      {"abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqr"
       "lmnopqrsmnopqrstnopqrstu",
       "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1"}};
  for (const Vector& vector : vectors) CHECK(sha256(vector.message).hex() == vector.hex);
}

TEST_CASE("SHA-256 of a million times a, in pieces of any size") {
  for (const std::size_t piece : {1U, 63U, 64U, 65U, 1000U}) {
    Sha256 hash;
    const std::string bytes(piece, 'a');
    std::size_t left = 1'000'000;
    while (left > 0) {
      const std::size_t taken = left < piece ? left : piece;
      hash.update(std::string_view(bytes).substr(0, taken));
      left -= taken;
    }
    CHECK(hash.finish().hex() ==
          "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
  }
}

TEST_CASE("SHA-256 pads where the length just fits into a block, and where it does not") {
  const struct {
    std::size_t length;
    std::string_view hex;
  } rows[] = {
      {55, "9f4390f8d30c2dd92ec9f095b65e2b9ae9b0a925a5258e241c9f1e910f734318"},
      {56, "b35439a4ac6f0948b6d6f9e3c6af0f5f590ce20f1bde7090ef7970686ec6738a"},
      {57, "f13b2d724659eb3bf47f2dd6af1accc87b81f09f59f2b75e5c0bed6589dfe8c6"},
      {63, "7d3e74a05d7db15bce4ad9ec0658ea98e3f06eeecf16b4c6fff2da457ddc2f34"},
      {64, "ffe054fe7ae0cb6dc65c3af9b61d5209f439851db43d0ba5997337df154668eb"},
      {65, "635361c48bb9eab14198e76ea8ab7f1a41685d6ad62aa9146d301d4f17eb0ae0"},
  };
  for (const auto& row : rows) {
    CAPTURE(row.length);
    CHECK(sha256(std::string(row.length, 'a')).hex() == row.hex);
  }
}

TEST_CASE("lists of texts that join to the same bytes have different digests") {
  Sha256 one;
  one.update_text("ab");
  one.update_text("c");
  Sha256 other;
  other.update_text("a");
  other.update_text("bc");
  CHECK(one.finish() != other.finish());
}

TEST_CASE("a digest has a text that is read back, an id, and an order") {
  const Digest digest = sha256("abc");
  CHECK(digest.text() == "sha256:" + digest.hex());
  CHECK(digest.short_id() == "ba7816bf8f01");
  const ParsedDigest parsed = parse_digest(digest.text());
  CHECK_FALSE(parsed.error);
  CHECK(parsed.digest == digest);
  CHECK((sha256("abc") < sha256("")) == (sha256("abc").text() < sha256("").text()));
  CHECK(Digest().text() == "sha256:" + std::string(64, '0'));
}

TEST_CASE("a text that is no digest is refused with go-digest's words") {
  const std::string hex(kEmptyHex);
  const struct {
    std::string text;
    std::string_view error;
  } rows[] = {
      {"", "invalid checksum digest format"},
      {hex, "invalid checksum digest format"},
      {":" + hex, "invalid checksum digest format"},
      {"sha256:", "invalid checksum digest format"},
      {"sha256:E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855",
       "invalid checksum digest format"},
      {"sha256:" + std::string(63, 'a') + "g", "invalid checksum digest format"},
      {"sha256:" + hex + "0", "invalid checksum digest length"},
      {"sha256:abc", "invalid checksum digest length"},
      {"sha512:" + hex + hex, "unsupported digest algorithm"},
      {"md5:d41d8cd98f00b204e9800998ecf8427e", "unsupported digest algorithm"},
      {"sha256+b64:" + hex, "unsupported digest algorithm"},
      {"sha256++b64:" + hex, "invalid checksum digest format"},
      {"+sha:" + hex, "invalid checksum digest format"},
      {"md5:a:b", "invalid checksum digest format"},
  };
  for (const auto& row : rows) {
    CAPTURE(row.text);
    CHECK(parse_digest(row.text).error.message() == row.error);
  }
}

TEST_CASE("64 small hexadecimal digits are a digest without its algorithm") {
  CHECK(is_digest_hex(kEmptyHex));
  CHECK_FALSE(is_digest_hex(kEmptyHex.substr(1)));
  CHECK_FALSE(is_digest_hex(std::string(63, '0') + "A"));
  CHECK_FALSE(is_digest_hex(""));
}
