#include "sim/http2/hpack.h"

#include <catch_amalgamated.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "sim/http2/huffman.h"

using namespace sim::http2;

// The vectors are those of RFC 7541, appendix C; the names say which.

namespace {

using FieldList = std::vector<HeaderField>;

// The bytes of a hex dump; spaces do not count.
std::string bytes(std::string_view hex) {
  std::string out;
  int high = -1;
  for (const char c : hex) {
    if (c == ' ') continue;
    const int digit = c <= '9' ? c - '0' : c - 'a' + 10;
    if (high >= 0) out += static_cast<char>(high << 4 | digit);
    high = high >= 0 ? -1 : digit;
  }
  REQUIRE(high == -1);
  return out;
}

std::string hex(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const unsigned byte = static_cast<unsigned char>(c);
    out += "0123456789abcdef"[byte >> 4];
    out += "0123456789abcdef"[byte & 15];
  }
  return out;
}

// A hex dump without its spaces, to compare with hex().
std::string dump(std::string_view spaced) {
  return hex(bytes(spaced));
}

FieldList decoded(HpackDecoder& decoder, std::string_view block) {
  FieldList fields;
  const HpackError error = decoder.decode_block(block, fields);
  INFO(hpack_error_text(error));
  REQUIRE(error == HpackError::kNone);
  return fields;
}

HpackError error_of(HpackDecoder& decoder, std::string_view hex_block) {
  FieldList fields;
  return decoder.decode_block(bytes(hex_block), fields);
}

HpackError error_of(std::string_view hex_block) {
  HpackDecoder decoder;
  return error_of(decoder, hex_block);
}

std::string encoded(HpackEncoder& encoder, const FieldList& fields) {
  std::string block;
  for (const HeaderField& field : fields) {
    encoder.encode(field.name, field.value, block,
                   field.never_indexed ? Indexing::kNever : Indexing::kIncremental);
  }
  return block;
}

// The table as lines `name: value`, newest first, and its size.
std::string contents(const HpackTable& table) {
  std::string out;
  for (uint32_t age = 0; age < table.count(); ++age) {
    const HpackEntry entry = table.at(age);
    out.append(entry.name).append(": ").append(entry.value).append("\n");
  }
  return out + std::to_string(table.size());
}

// One step of a sequence: a block, the fields it means, and the table behind it.
struct Step {
  std::string_view block;
  FieldList fields;
  std::string_view table;
};

void check_decoding(uint32_t table_size, const std::vector<Step>& steps) {
  HpackDecoder decoder(table_size);
  for (const Step& step : steps) {
    CAPTURE(step.block);
    CHECK(decoded(decoder, bytes(step.block)) == step.fields);
    CHECK(contents(decoder.table()) == step.table);
  }
}

const std::string kDate21 = "Mon, 21 Oct 2013 20:13:21 GMT";
const std::string kDate22 = "Mon, 21 Oct 2013 20:13:22 GMT";
const std::string kUrl = "https://www.example.com";
const std::string kSetCookie = "foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1";

const std::vector<FieldList> kRequests = {
    {{":method", "GET"}, {":scheme", "http"}, {":path", "/"}, {":authority", "www.example.com"}},
    {{":method", "GET"},
     {":scheme", "http"},
     {":path", "/"},
     {":authority", "www.example.com"},
     {"cache-control", "no-cache"}},
    {{":method", "GET"},
     {":scheme", "https"},
     {":path", "/index.html"},
     {":authority", "www.example.com"},
     {"custom-key", "custom-value"}},
};

const std::vector<std::string> kRequestTables = {
    ":authority: www.example.com\n57",
    "cache-control: no-cache\n:authority: www.example.com\n110",
    "custom-key: custom-value\ncache-control: no-cache\n:authority: www.example.com\n164",
};

const std::vector<FieldList> kResponses = {
    {{":status", "302"}, {"cache-control", "private"}, {"date", kDate21}, {"location", kUrl}},
    {{":status", "307"}, {"cache-control", "private"}, {"date", kDate21}, {"location", kUrl}},
    {{":status", "200"},
     {"cache-control", "private"},
     {"date", kDate22},
     {"location", kUrl},
     {"content-encoding", "gzip"},
     {"set-cookie", kSetCookie}},
};

const std::vector<std::string> kResponseTables = {
    "location: " + kUrl + "\ndate: " + kDate21 + "\ncache-control: private\n:status: 302\n222",
    ":status: 307\nlocation: " + kUrl + "\ndate: " + kDate21 + "\ncache-control: private\n222",
    "set-cookie: " + kSetCookie + "\ncontent-encoding: gzip\ndate: " + kDate22 + "\n215",
};

constexpr std::string_view kC41 = "8286 8441 8cf1 e3c2 e5f2 3a6b a0ab 90f4 ff";
constexpr std::string_view kC42 = "8286 84be 5886 a8eb 1064 9cbf";
constexpr std::string_view kC43 = "8287 85bf 4088 25a8 49e9 5ba9 7d7f 8925 a849 e95b b8e8 b4bf";
constexpr std::string_view kC61 =
    "4882 6402 5885 aec3 771a 4b61 96d0 7abe 9410 54d4 44a8 2005 9504 0b81 66e0 82a6 2d1b ff6e"
    "919d 29ad 1718 63c7 8f0b 97c8 e9ae 82ae 43d3";
constexpr std::string_view kC62 = "4883 640e ffc1 c0bf";
constexpr std::string_view kC63 =
    "88c1 6196 d07a be94 1054 d444 a820 0595 040b 8166 e084 a62d 1bff c05a 839b d9ab 77ad 94e7"
    "821d d7f2 e6c7 b335 dfdf cd5b 3960 d5af 2708 7f36 72c1 ab27 0fb5 291f 9587 3160 65c0 03ed"
    "4ee5 b106 3d50 07";

// Reproducible draws (splitmix64).
struct Draws {
  uint64_t state;
  uint64_t next() {
    uint64_t z = state += 0x9e3779b97f4a7c15;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }
  uint32_t below(uint32_t limit) { return static_cast<uint32_t>(next() % limit); }
};

// Mostly letters, sometimes any bytes.
std::string drawn_text(Draws& draws, uint32_t length_limit) {
  std::string text(draws.below(length_limit), ' ');
  const bool binary = draws.below(4) == 0;
  for (char& c : text) {
    c = binary ? static_cast<char>(draws.below(256)) : "abcdeinorst-/0123Z"[draws.below(18)];
  }
  return text;
}

// Few names and values, so that they repeat.
HeaderField drawn_field(Draws& draws) {
  HeaderField field;
  if (draws.below(2) == 0) {
    field.name = kHpackStaticTable[draws.below(kHpackStaticCount)].name;
  } else {
    field.name = "x-" + std::to_string(draws.below(20));
  }
  if (draws.below(3) == 0) {
    field.value = kHpackStaticTable[draws.below(kHpackStaticCount)].value;
  } else if (draws.below(2) == 0) {
    field.value = std::to_string(draws.below(30));
  } else {
    field.value = drawn_text(draws, draws.below(30) == 0 ? 6000 : 40);
  }
  return field;
}

}  // namespace

TEST_CASE("C.1: a number takes its prefix, and then seven bits in each byte") {
  // C.1.1: 10 in five bits; C.1.2: 1337 in five bits. A table size update has such a prefix.
  HpackDecoder decoder;
  CHECK(decoded(decoder, bytes("2a")).empty());
  CHECK(decoder.table().size_max() == 10);
  CHECK(decoded(decoder, bytes("3f9a0a")).empty());
  CHECK(decoder.table().size_max() == 1337);

  HpackEncoder encoder;
  encoder.set_max_table_size(10);
  CHECK(hex(encoded(encoder, {{":method", "GET"}})) == "2a82");
  encoder.set_max_table_size(1337);
  CHECK(hex(encoded(encoder, {{":method", "GET"}})) == "3f9a0a82");
}

TEST_CASE("C.2: each representation of a field is decoded") {
  // C.2.1 to C.2.4.
  check_decoding(4096, {{"400a 6375 7374 6f6d 2d6b 6579 0d63 7573 746f 6d2d 6865 6164 6572",
                         {{"custom-key", "custom-header"}},
                         "custom-key: custom-header\n55"}});
  check_decoding(4096, {{"040c 2f73 616d 706c 652f 7061 7468", {{":path", "/sample/path"}}, "0"}});
  check_decoding(
      4096, {{"1008 7061 7373 776f 7264 0673 6563 7265 74", {{"password", "secret", true}}, "0"}});
  check_decoding(4096, {{"82", {{":method", "GET"}}, "0"}});
}

TEST_CASE("C.3: requests without Huffman coding are decoded") {
  check_decoding(
      4096, {{"8286 8441 0f77 7777 2e65 7861 6d70 6c65 2e63 6f6d", kRequests[0], kRequestTables[0]},
             {"8286 84be 5808 6e6f 2d63 6163 6865", kRequests[1], kRequestTables[1]},
             {"8287 85bf 400a 6375 7374 6f6d 2d6b 6579 0c63 7573 746f 6d2d 7661 6c75 65",
              kRequests[2], kRequestTables[2]}});
}

TEST_CASE("C.4: requests with Huffman coding are decoded, and encoded as in the RFC") {
  const std::string_view blocks[] = {kC41, kC42, kC43};
  HpackDecoder decoder;
  HpackEncoder encoder;
  for (std::size_t i = 0; i < 3; ++i) {
    CAPTURE(i);
    CHECK(decoded(decoder, bytes(blocks[i])) == kRequests[i]);
    CHECK(contents(decoder.table()) == kRequestTables[i]);
    CHECK(hex(encoded(encoder, kRequests[i])) == dump(blocks[i]));
    CHECK(contents(encoder.table()) == kRequestTables[i]);
  }
}

TEST_CASE("C.5: responses without Huffman coding push entries out of a table of 256 bytes") {
  check_decoding(
      256,
      {{"4803 3330 3258 0770 7269 7661 7465 611d 4d6f 6e2c 2032 3120 4f63 7420 3230 3133 2032 303a"
        "3133 3a32 3120 474d 546e 1768 7474 7073 3a2f 2f77 7777 2e65 7861 6d70 6c65 2e63 6f6d",
        kResponses[0], kResponseTables[0]},
       {"4803 3330 37c1 c0bf", kResponses[1], kResponseTables[1]},
       {"88c1 611d 4d6f 6e2c 2032 3120 4f63 7420 3230 3133 2032 303a 3133 3a32 3220 474d 54c0 5a04"
        "677a 6970 7738 666f 6f3d 4153 444a 4b48 514b 425a 584f 5157 454f 5049 5541 5851 5745 4f49"
        "553b 206d 6178 2d61 6765 3d33 3630 303b 2076 6572 7369 6f6e 3d31",
        kResponses[2], kResponseTables[2]}});
}

TEST_CASE("C.6: responses with Huffman coding are decoded, and encoded as in the RFC") {
  check_decoding(256, {{kC61, kResponses[0], kResponseTables[0]},
                       {kC62, kResponses[1], kResponseTables[1]},
                       {kC63, kResponses[2], kResponseTables[2]}});

  HpackEncoder encoder(256);
  // A table that is smaller than the other end assumes is announced.
  CHECK(hex(encoded(encoder, kResponses[0])) == "3fe101" + dump(kC61));
  CHECK(contents(encoder.table()) == kResponseTables[0]);
  // The Huffman code of 307 has three bytes too; the RFC takes it, this encoder only if shorter.
  CHECK(hex(encoded(encoder, kResponses[1])) == dump("4803 3330 37c1 c0bf"));
  CHECK(contents(encoder.table()) == kResponseTables[1]);
  CHECK(hex(encoded(encoder, kResponses[2])) == dump(kC63));
  CHECK(contents(encoder.table()) == kResponseTables[2]);
}

TEST_CASE("Every byte and pair of bytes comes back from the Huffman code") {
  for (int first = 0; first < 256; ++first) {
    for (int second = -1; second < 256; ++second) {
      std::string text(1, static_cast<char>(first));
      if (second >= 0) text += static_cast<char>(second);
      std::string code;
      huffman_encode(text, code);
      std::string back = "before ";
      if (code.size() != huffman_size(text) || !huffman_decode(code, back) ||
          back != "before " + text) {
        CAPTURE(first, second);
        FAIL();
      }
    }
  }
}

TEST_CASE("Texts of any length come back from the Huffman code, and their prefixes never do") {
  for (uint64_t seed = 1; seed <= 300; ++seed) {
    CAPTURE(seed);
    Draws draws{seed};
    const std::string text = drawn_text(draws, 200);
    std::string code;
    huffman_encode(text, code);
    REQUIRE(code.size() == huffman_size(text));
    std::string back;
    REQUIRE(huffman_decode(code, back));
    REQUIRE(back == text);
    for (std::size_t cut = 0; cut < code.size(); ++cut) {
      std::string part;
      if (huffman_decode(code.substr(0, cut), part)) {
        REQUIRE(part.size() < text.size());
        REQUIRE(text.starts_with(part));
        std::string again;
        huffman_encode(part, again);
        REQUIRE(again == code.substr(0, cut));
      } else {
        REQUIRE(part.empty());
      }
    }
  }
}

TEST_CASE("Huffman padding is at most seven bits, all of them ones, and EOS is an error") {
  const auto decodes = [](std::string_view hex_code) {
    std::string out = "kept";
    const bool ok = huffman_decode(bytes(hex_code), out);
    if (!ok) CHECK(out == "kept");
    return ok;
  };
  CHECK(decodes(""));
  CHECK(decodes("1f"));          // a, and three ones.
  CHECK_FALSE(decodes("1e"));    // a, and 110.
  CHECK_FALSE(decodes("18"));    // a, and 000.
  CHECK_FALSE(decodes("1fff"));  // a, and eleven ones.
  CHECK_FALSE(decodes("ff"));
  CHECK(decodes("f8"));                                // &, a byte long.
  CHECK_FALSE(decodes("f8ff"));                        // The same, and eight ones.
  CHECK_FALSE(decodes("ff ff ff ff"));                 // EOS, and two ones.
  CHECK_FALSE(decodes("ff ff ff fc"));                 // EOS, and zeros.
  CHECK_FALSE(decodes("1f ff ff ff ff"));              // EOS behind an a.
  CHECK_FALSE(decodes("ff ff ff ff 00 00 00 00 00"));  // EOS in the part that is read by words.
  CHECK_FALSE(decodes("ff ff ff"));                    // The beginning of a long code.
  CHECK(decodes("ff ff ff f3"));                       // A newline: the longest code.
  CHECK_FALSE(decodes("ff ff ff f0"));                 // The same with zeros.
}

TEST_CASE("A block that ends inside a field is truncated") {
  for (const std::string_view whole :
       {"3fe101", "400a 6375 7374 6f6d 2d6b 6579 0d63 7573 746f 6d2d 6865 6164 6572",
        "1008 7061 7373 776f 7264 0673 6563 7265 74", "040c 2f73 616d 706c 652f 7061 7468"}) {
    const std::string block = bytes(whole);
    CHECK(error_of(hex(block)) == HpackError::kNone);
    for (std::size_t size = 1; size < block.size(); ++size) {
      CAPTURE(whole, size);
      CHECK(error_of(hex(block.substr(0, size))) == HpackError::kTruncated);
    }
  }
  CHECK(error_of("ff") == HpackError::kTruncated);
  CHECK(error_of("ff8080") == HpackError::kTruncated);
  CHECK(error_of("407f ffffff7f 61") == HpackError::kTruncated);
}

TEST_CASE("An index that no table has is out of range") {
  CHECK(error_of("80") == HpackError::kIndexOutOfRange);
  CHECK(error_of("bd") == HpackError::kNone);
  CHECK(error_of("be") == HpackError::kIndexOutOfRange);
  CHECK(error_of("7e 0161") == HpackError::kIndexOutOfRange);
  CHECK(error_of("0f 2f 0161") == HpackError::kIndexOutOfRange);
  CHECK(error_of("ff 80ffffff0f") == HpackError::kIndexOutOfRange);
  CHECK(error_of("4001 6101 62 be") == HpackError::kNone);
  CHECK(error_of("4001 6101 62 bf") == HpackError::kIndexOutOfRange);
  // An entry that was pushed out.
  CHECK(error_of("3f09 4001 6101 62 4001 6101 63 be") == HpackError::kNone);
  CHECK(error_of("3f09 4001 6101 62 4001 6101 63 bf") == HpackError::kIndexOutOfRange);
}

TEST_CASE("A number above 32 bits, or with more bytes than it needs at most, overflows") {
  CHECK(error_of("ff 80ffffff0f") == HpackError::kIndexOutOfRange);  // 2^32-1
  CHECK(error_of("ff 81ffffff0f") == HpackError::kIntegerOverflow);  // 2^32
  CHECK(error_of("ff ffffffff7f") == HpackError::kIntegerOverflow);
  CHECK(error_of("ff 808080808000") == HpackError::kIntegerOverflow);
  CHECK(error_of("ff 8080808000") == HpackError::kIndexOutOfRange);
  CHECK(error_of("3f ffffffffff00") == HpackError::kIntegerOverflow);
  CHECK(error_of("00 7f ffffffffff") == HpackError::kIntegerOverflow);
}

TEST_CASE("A bad Huffman code is an error in a name and in a value") {
  CHECK(error_of("00 811f 811f") == HpackError::kNone);
  CHECK(error_of("00 811e 811f") == HpackError::kBadHuffman);
  CHECK(error_of("40 811f 81ff") == HpackError::kBadHuffman);
  CHECK(error_of("04 84ffffffff") == HpackError::kBadHuffman);
}

TEST_CASE("A table size update is at most what the decoder allows, and stands before the fields") {
  CHECK(error_of("3fe11f") == HpackError::kNone);  // 4096
  CHECK(error_of("3fe21f") == HpackError::kTableSizeUpdateTooLarge);
  CHECK(error_of("20 3fe11f 82") == HpackError::kNone);
  CHECK(error_of("82 20") == HpackError::kTableSizeUpdateNotAtStart);
  HpackDecoder decoder;
  decoder.set_max_table_size(8192);
  CHECK(error_of(decoder, "3fe13f 82") == HpackError::kNone);
  CHECK(decoder.table().size_max() == 8192);
}

TEST_CASE("A decoder that made its table smaller demands an update in the next block") {
  HpackDecoder decoder;
  decoder.set_max_table_size(100);
  decoder.set_max_table_size(200);
  SECTION("none comes") {
    CHECK(error_of(decoder, "82") == HpackError::kTableSizeUpdateMissing);
  }
  SECTION("the block is empty") {
    CHECK(error_of(decoder, "") == HpackError::kTableSizeUpdateMissing);
  }
  SECTION("one comes that leaves out the smallest size") {
    CHECK(error_of(decoder, "3f65 82") == HpackError::kTableSizeUpdateTooLarge);  // 132
  }
  SECTION("both come") {
    CHECK(error_of(decoder, "3f45 3fa901 82") == HpackError::kNone);  // 100, 200
    CHECK(decoder.table().size_max() == 200);
    CHECK(error_of(decoder, "82") == HpackError::kNone);
  }
  SECTION("the table in use was smaller already") {
    HpackDecoder other;
    CHECK(error_of(other, "20") == HpackError::kNone);
    other.set_max_table_size(100);
    other.set_max_table_size(200);
    CHECK(error_of(other, "82") == HpackError::kNone);
    CHECK(error_of(other, "3fa901 82") == HpackError::kNone);  // 200
  }
}

TEST_CASE("An encoder announces the smallest size and then the last, and at most its own limit") {
  HpackEncoder encoder(2000);
  HpackDecoder decoder;
  const FieldList field = {{"a", "b"}};
  CHECK(decoded(decoder, encoded(encoder, field)) == field);
  CHECK(decoder.table().size_max() == 2000);
  CHECK(decoder.table().count() == 1);

  for (const uint32_t size : {1000U, 0U, 50U, 6000U}) encoder.set_max_table_size(size);
  const std::string block = encoded(encoder, field);
  CHECK(hex(block) ==
        "203fb10f"
        "4001610162");
  CHECK(decoded(decoder, block) == field);
  CHECK(decoder.table().count() == 1);

  encoder.set_max_table_size(5000);
  CHECK(hex(encoded(encoder, field)) == "be");

  // Section 4.2: the smallest size is sent although nothing is pushed out.
  HpackEncoder grows;
  grows.set_max_table_size(10);
  CHECK(hex(encoded(grows, {{":method", "GET"}})) == "2a82");
  for (const uint32_t size : {20U, 30U}) grows.set_max_table_size(size);
  CHECK(hex(encoded(grows, {{":method", "GET"}})) == "343e82");
}

TEST_CASE("A header list above the limit is refused, and the next block can be decoded") {
  HpackEncoder encoder;
  HpackDecoder decoder;
  // Each field counts 32 bytes beside its texts.
  decoder.set_max_header_list_size(3 * 42);
  const FieldList three = {{"name1", "value"}, {"name2", "value"}, {"name3", "value"}};
  FieldList four = three;
  four.push_back({"name4", "value"});
  CHECK(decoded(decoder, encoded(encoder, three)) == three);
  FieldList fields;
  CHECK(decoder.decode_block(encoded(encoder, four), fields) == HpackError::kHeaderListTooLarge);
  CHECK(fields == three);
  const FieldList last = {{"name4", "value"}};
  CHECK(decoded(decoder, encoded(encoder, last)) == last);
  // Also by references to one large entry, whose bytes are sent once.
  decoder.set_max_header_list_size(1000);
  const FieldList large(30, {"large", std::string(500, 'a')});
  CHECK(decoder.decode_block(encoded(encoder, large), fields) == HpackError::kHeaderListTooLarge);
  CHECK(contents(decoder.table()) == contents(encoder.table()));
  // An error behind the limit is still an error.
  CHECK(decoder.decode_block(encoded(encoder, large) + bytes("80"), fields) ==
        HpackError::kIndexOutOfRange);
}

TEST_CASE("An authorization and a short cookie are never indexed") {
  HpackEncoder encoder;
  HpackDecoder decoder;
  const FieldList fields = {{"authorization", "Bearer " + std::string(100, 'x')},
                            {"cookie", std::string(19, 'c')},
                            {"cookie", std::string(20, 'c')},
                            {"proxy-authorization", "basic"}};
  const FieldList back = decoded(decoder, encoded(encoder, fields));
  REQUIRE(back.size() == 4);
  CHECK(back[0].never_indexed);
  CHECK(back[1].never_indexed);
  CHECK_FALSE(back[2].never_indexed);
  CHECK_FALSE(back[3].never_indexed);
  CHECK(encoder.table().count() == 2);
  CHECK(contents(decoder.table()) == contents(encoder.table()));
}

TEST_CASE("A field without indexing leaves the table as it is, and uses what is in it") {
  HpackEncoder encoder;
  std::string block;
  encoder.encode("x-id", "1", block, Indexing::kWithout);
  CHECK(hex(block) == "0083f2b1a40131");  // A literal name.
  CHECK(encoder.table().count() == 0);
  block.clear();
  encoder.encode("x-id", "1", block);
  block.clear();
  encoder.encode("x-id", "1", block, Indexing::kWithout);
  CHECK(hex(block) == "be");
  block.clear();
  encoder.encode("x-id", "1", block, Indexing::kNever);
  CHECK(hex(block) == "1f2f0131");
}

TEST_CASE("An entry larger than the table empties it at the decoder, and is not sent as one") {
  // Name `a`, value of 10 bytes, in a table of 40.
  HpackDecoder decoder;
  CHECK(error_of(decoder, "3f09 4001 6101 62") == HpackError::kNone);
  CHECK(decoder.table().count() == 1);
  FieldList fields;
  // The name is that of the entry which goes.
  CHECK(decoder.decode_block(bytes("7e 0a 30313233343536373839"), fields) == HpackError::kNone);
  CHECK(fields == FieldList{{"a", "0123456789"}});
  CHECK(decoder.table().count() == 0);
  CHECK(decoder.table().size() == 0);

  HpackEncoder encoder(40);
  CHECK(hex(encoded(encoder, {{"a", "b"}})) == "3f094001610162");
  CHECK(hex(encoded(encoder, {{"a", "\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01"}})) ==
        "0f2f0a01010101010101010101");
  CHECK(encoder.table().count() == 1);
}

TEST_CASE("What an encoder writes is what a decoder reads, and their tables stay equal") {
  for (uint64_t seed = 1; seed <= 400; ++seed) {
    CAPTURE(seed);
    Draws draws{seed};
    const uint32_t limit = draws.below(draws.below(3) == 0 ? 300 : 20'000);
    HpackEncoder encoder(limit);
    HpackDecoder decoder;
    decoder.set_max_header_list_size(UINT32_MAX);
    for (int block_index = 0; block_index < 30; ++block_index) {
      if (draws.below(6) == 0) {
        for (uint32_t changes = 1 + draws.below(3); changes > 0; --changes) {
          const uint32_t size = draws.below(8192);
          decoder.set_max_table_size(size);
          encoder.set_max_table_size(size);
        }
      }
      FieldList fields;
      std::string block;
      for (uint32_t left = 1 + draws.below(20); left > 0; --left) {
        fields.push_back(drawn_field(draws));
        const uint32_t how = draws.below(10);
        encoder.encode(fields.back().name, fields.back().value, block,
                       how == 0   ? Indexing::kNever
                       : how == 1 ? Indexing::kWithout
                                  : Indexing::kIncremental);
        const bool secret = fields.back().name == "authorization" ||
                            (fields.back().name == "cookie" && fields.back().value.size() < 20);
        fields.back().never_indexed = how == 0 || secret;
      }
      REQUIRE(decoded(decoder, block) == fields);
      REQUIRE(contents(decoder.table()) == contents(encoder.table()));
      REQUIRE(decoder.table().size_max() == encoder.table().size_max());
    }
  }
}

TEST_CASE("Any bytes are fields or an error") {
  for (uint64_t seed = 1; seed <= 5000; ++seed) {
    Draws draws{seed};
    HpackDecoder decoder;
    std::string block(draws.below(80), ' ');
    for (char& c : block) c = static_cast<char>(draws.below(256));
    uint64_t seen = 0;
    const HpackError error =
        decoder.decode_block(block, [&seen](const HeaderFieldView&) { ++seen; });
    if (decoder.table().size() > decoder.table().size_max() || seen > block.size() ||
        hpack_error_text(error) == "unknown error") {
      CAPTURE(seed);
      FAIL();
    }
  }
}
