#include "sim/net/dns_message.h"

#include <catch_amalgamated.hpp>

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

using namespace sim::net::dns;
using namespace std::string_literals;

namespace {

std::string bytes_of(std::initializer_list<int> values) {
  std::string bytes;
  for (const int value : values) bytes += static_cast<char>(value);
  return bytes;
}

/// A header with id 1, no flags, and these counts.
std::string header(int questions, int answers, int authority = 0, int additional = 0) {
  return bytes_of({0, 1, 0, 0, 0, questions, 0, answers, 0, authority, 0, additional});
}

/// A question for A records in IN, from its name's bytes.
std::string question(std::string name) {
  return name + bytes_of({0, 1, 0, 1});
}

/// The fixed part of a record in IN with TTL 60.
std::string fixed(int type, int length) {
  return bytes_of({0, type, 0, 1, 0, 0, 0, 60, 0, length});
}

/// A message whose only record is of the root, in IN.
std::string with_data(int type, const std::string& data) {
  return header(0, 1) + "\0"s + fixed(type, static_cast<int>(data.size())) + data;
}

void check_fault(const std::string& bytes, Fault fault, std::size_t offset) {
  const Decoded decoded = decode(bytes);
  CHECK(decoded.fault == fault);
  CHECK(decoded.offset == offset);
  CHECK_FALSE(decoded.message);
  CHECK_FALSE(expected(decoded.fault).empty());
}

Record record(std::string name, std::uint16_t type, Data data) {
  return {std::move(name), type, kClassIn, 30, std::move(data)};
}

Message response() {
  Message message;
  message.id = 0xBEEF;
  message.qr = message.aa = message.rd = message.ra = true;
  message.rcode = kNameError;
  message.questions = {{"_grpc._tcp.db.example.", kTypeSrv, kClassIn}};
  return message;
}

/// One of everything.
Message full() {
  Message message = response();
  message.opcode = 2;
  message.answers = {
      record("db.example.", kTypeA, A{0x0A000001}),
      record("db.example.", kTypeAaaa,
             Aaaa{{0xFD, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 1}}),
      record("www.example.", kTypeCname, Domain{"db.example."}),
      record("1.0.0.10.in-addr.arpa.", kTypePtr, Domain{"db.example."}),
      record("_grpc._tcp.db.example.", kTypeSrv, Srv{1, 2, 50051, "db-0.db.example."}),
      record("db.example.", kTypeTxt, Txt{{"a=1", "", std::string(255, 'x')}}),
      record("db.example.", 15, Other{"\0\x0A\0"s}),
  };
  message.authority = {
      record(".", kTypeNs, Domain{"ns.example."}),
      record("example.", kTypeSoa, Soa{"ns.example.", "root.example.", 7, 3600, 600, 86400, 30}),
  };
  message.additional = {record("db-0.db.example.", kTypeA, A{0xFFFFFFFF})};
  message.additional[0].klass = 3;
  message.additional[0].data = Other{"any"};
  return message;
}

/// `count` addresses of x. in the answers: each 16 bytes, but the first, which is 17.
Message with_addresses(std::size_t count) {
  Message message;
  message.qr = true;
  for (std::size_t i = 0; i < count; ++i) {
    message.answers.push_back(record("x.", kTypeA, A{static_cast<std::uint32_t>(i)}));
  }
  return message;
}

}  // namespace

TEST_CASE("a query is the bytes that RFC 1035 draws") {
  Message message;
  message.id = 0x1234;
  message.rd = true;
  message.questions = {{"db.example", kTypeAaaa, kClassIn}};
  const std::string bytes = bytes_of({0x12, 0x34, 0x01, 0x00, 0, 1, 0, 0, 0, 0, 0, 0}) +
                            "\x02"s
                            "db\x07"s
                            "example\0"s +
                            bytes_of({0, 28, 0, 1});
  CHECK(encode(message) == bytes);
  const Decoded decoded = decode(bytes);
  REQUIRE(decoded);
  message.questions[0].name = "db.example.";
  CHECK(*decoded.message == message);
}

TEST_CASE("a response shares suffixes of names with pointers") {
  Message message;
  message.id = 1;
  message.qr = true;
  message.aa = true;
  message.questions = {{"www.a.b.", kTypeA, kClassIn}};
  message.answers = {record("www.a.b.", kTypeCname, Domain{"x.a.b."}),
                     record("x.a.b.", kTypeA, A{0x0A000002})};
  const std::string bytes = bytes_of({0, 1, 0x84, 0, 0, 1, 0, 2, 0, 0, 0, 0}) +
                            // At 12: www.a.b., with a.b. at 16.
                            bytes_of({3, 'w', 'w', 'w', 1, 'a', 1, 'b', 0, 0, 1, 0, 1}) +
                            // At 25, and its data at 37.
                            bytes_of({0xC0, 12, 0, 5, 0, 1, 0, 0, 0, 30, 0, 4, 1, 'x', 0xC0, 16}) +
                            bytes_of({0xC0, 37, 0, 1, 0, 1, 0, 0, 0, 30, 0, 4, 10, 0, 0, 2});
  CHECK(encode(message) == bytes);
  const Decoded decoded = decode(bytes);
  REQUIRE(decoded);
  CHECK(*decoded.message == message);
}

TEST_CASE("every flag has its own bit") {
  const auto flags = [](auto set) {
    Message message;
    set(message);
    const std::string bytes = encode(message);
    const Decoded decoded = decode(bytes);
    REQUIRE(decoded);
    CHECK(*decoded.message == message);
    return static_cast<unsigned char>(bytes[2]) << 8 | static_cast<unsigned char>(bytes[3]);
  };
  CHECK(flags([](Message& m) { m.qr = true; }) == 0x8000);
  CHECK(flags([](Message& m) { m.opcode = 15; }) == 0x7800);
  CHECK(flags([](Message& m) { m.aa = true; }) == 0x0400);
  CHECK(flags([](Message& m) { m.tc = true; }) == 0x0200);
  CHECK(flags([](Message& m) { m.rd = true; }) == 0x0100);
  CHECK(flags([](Message& m) { m.ra = true; }) == 0x0080);
  CHECK(flags([](Message& m) { m.rcode = 15; }) == 0x000F);
}

TEST_CASE("the flags AD and CD and the reserved bit are ignored") {
  const Decoded decoded = decode(bytes_of({0, 0, 0, 0x70, 0, 0, 0, 0, 0, 0, 0, 0}));
  REQUIRE(decoded);
  CHECK(*decoded.message == Message{});
}

TEST_CASE("every kind of record comes back as it was") {
  const Message message = full();
  const std::string bytes = encode(message, kTcpBytesMax);
  const Decoded decoded = decode(bytes);
  REQUIRE(decoded);
  CHECK(*decoded.message == message);
  CHECK(encode(*decoded.message, kTcpBytesMax) == bytes);
}

TEST_CASE("each start of a message is truncated, and no byte may follow it") {
  const std::string bytes = encode(full(), kTcpBytesMax);
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    check_fault(bytes.substr(0, size), Fault::truncated, size);
  }
  check_fault(bytes + "x", Fault::trailing_bytes, bytes.size());
}

TEST_CASE("counts that lie are refused") {
  const std::string one = question(
      "\x01"s
      "a\0"s);
  CHECK(decode(header(1, 0) + one));
  check_fault(header(2, 0) + one, Fault::truncated, 19);
  check_fault(header(0, 0) + one, Fault::trailing_bytes, 12);
  check_fault(header(1, 1) + one, Fault::truncated, 19);
  check_fault(header(1, 0, 255) + one, Fault::truncated, 19);
  check_fault(header(1, 0, 0, 1) + one, Fault::truncated, 19);
}

TEST_CASE("an SRV target is neither compressed nor pointed to") {
  Message message = response();
  message.answers = {record("_grpc._tcp.db.example.", kTypeSrv, Srv{0, 0, 1, "t.db.example."})};
  message.additional = {record("t.db.example.", kTypeA, A{1})};
  const std::string bytes = encode(message);
  const std::string target =
      "\x01"s
      "t\x02"s
      "db\x07"s
      "example\0"s;
  CHECK(bytes.find(target) != std::string::npos);
  // The additional record writes its first label again, and a pointer to the question.
  CHECK(bytes.find("\x01"s
                   "t\xC0"s) != std::string::npos);
  // RFC 3597 wants a compressed one to be understood.
  const Decoded decoded = decode(header(1, 1) +
                                 question("\x01"s
                                          "a\0"s) +
                                 "\0"s + fixed(33, 8) + bytes_of({0, 1, 0, 2, 0, 3, 0xC0, 12}));
  REQUIRE(decoded);
  CHECK(decoded.message->answers[0].data == Data(Srv{1, 2, 3, "a."}));
}

TEST_CASE("letters keep their case, so a suffix of another case is not shared") {
  Message message;
  message.questions = {{"wWw.ExAmPlE.", kTypeA, kClassIn}};
  message.answers = {record("www.example.", kTypeA, A{1}), record("b.ExAmPlE.", kTypeA, A{1})};
  const Decoded decoded = decode(encode(message));
  REQUIRE(decoded);
  CHECK(*decoded.message == message);
}

TEST_CASE("what is beyond the reach of a pointer is written again") {
  Message message;
  message.answers = {record(".", 99, Other{std::string(0x4000, 'x')}),
                     record("far.away.", kTypeA, A{1}), record("far.away.", kTypeA, A{2})};
  const std::string bytes = encode(message, kTcpBytesMax);
  const std::string name =
      "\x03"s
      "far\x04"s
      "away\0"s;
  const std::size_t first = bytes.find(name);
  REQUIRE(first != std::string::npos);
  CHECK(bytes.find(name, first + 1) != std::string::npos);
  const Decoded decoded = decode(bytes);
  REQUIRE(decoded);
  CHECK(*decoded.message == message);
}

TEST_CASE("a message that does not fit loses records at its end and sets TC") {
  // 12 + 17 + 30 * 16 = 509.
  CHECK(encode(with_addresses(31)).size() == 509);
  CHECK_FALSE(decode(encode(with_addresses(31))).message->tc);
  const std::string bytes = encode(with_addresses(40));
  CHECK(bytes.size() == 509);
  Message some = with_addresses(31);
  some.tc = true;
  CHECK(*decode(bytes).message == some);
  CHECK(encode(with_addresses(40), kTcpBytesMax).size() == 12 + 17 + 39 * 16);
}

TEST_CASE("a limit is kept to the byte") {
  const Message message = full();
  const std::string whole = encode(message, kTcpBytesMax);
  CHECK(encode(message, whole.size()) == whole);
  std::size_t records_before = 0;
  for (std::size_t limit = kHeaderBytes; limit < whole.size(); ++limit) {
    const std::string bytes = encode(message, limit);
    CHECK(bytes.size() <= limit);
    const Decoded decoded = decode(bytes);
    REQUIRE(decoded);
    CHECK(decoded.message->tc);
    const std::size_t records = decoded.message->answers.size() +
                                decoded.message->authority.size() +
                                decoded.message->additional.size();
    CHECK(records >= records_before);
    records_before = records;
  }
  CHECK(records_before == 9);
  CHECK(encode(message, kHeaderBytes - 1).empty());
}

TEST_CASE("nothing follows the first record that does not fit, even if it would") {
  Message message;
  message.answers = {record(".", 99, Other{std::string(600, 'x')}), record(".", kTypeA, A{1})};
  message.additional = {record(".", kTypeA, A{2})};
  CHECK(encode(message) == bytes_of({0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0}));
}

TEST_CASE("a label has at most 63 bytes") {
  const std::string longest(63, 'a');
  CHECK(canonical_name(longest) == longest + ".");
  CHECK_FALSE(canonical_name(longest + "a"));
  Message message;
  message.questions = {{longest + "a.", kTypeA, kClassIn}};
  CHECK(encode(message).empty());
  check_fault(header(1, 0) + question("\x40"s + longest + "a\0"s), Fault::bad_label, 12);
  check_fault(header(1, 0) + question("\x01"s
                                      "a\x80"s
                                      "a\0"s),
              Fault::bad_label, 14);
}

TEST_CASE("a name has at most 255 bytes") {
  const std::string label(63, 'a');
  const std::string wire_label = "\x3F"s + label;
  // 3 * 64 + 62 + 1 = 255.
  const std::string longest = label + "." + label + "." + label + "." + std::string(61, 'b') + ".";
  CHECK(canonical_name(longest) == longest);
  CHECK_FALSE(canonical_name(longest + "c"));
  CHECK_FALSE(canonical_name("c" + longest.substr(64) + "." + label + ".x"));
  const std::string three = wire_label + wire_label + wire_label;
  const Decoded decoded =
      decode(header(1, 0) + question(three + "\x3D"s + std::string(61, 'b') + "\0"s));
  REQUIRE(decoded);
  CHECK(decoded.message->questions[0].name == longest);
  check_fault(header(1, 0) + question(three + "\x3E"s + std::string(62, 'b') + "\0"s),
              Fault::name_too_long, 12 + 3 * 64);
  // Also when a pointer brings the rest: 1 + 1 + 254 bytes.
  check_fault(header(2, 0) + question(three + "\x3D"s + std::string(61, 'b') + "\0"s) +
                  question(bytes_of({1, 'c', 0xC0, 12})),
              Fault::name_too_long, 12 + 3 * 64);
}

TEST_CASE("a pointer leads to a complete earlier name") {
  const std::string first = question(
      "\x01"s
      "a\0"s);
  // The second question is at 19.
  const Decoded decoded = decode(header(2, 0) + first + question(bytes_of({0xC0, 12})));
  REQUIRE(decoded);
  CHECK(decoded.message->questions[1].name == "a.");
  INFO("to itself");
  check_fault(header(1, 0) + question(bytes_of({0xC0, 12})), Fault::bad_pointer, 12);
  check_fault(header(1, 0) + question(bytes_of({1, 'a', 0xC0, 12})), Fault::bad_pointer, 14);
  INFO("forwards");
  check_fault(header(2, 0) + question(bytes_of({0xC0, 18})) + first, Fault::bad_pointer, 12);
  check_fault(header(2, 0) + first + question(bytes_of({0xFF, 0xFF})), Fault::bad_pointer, 19);
  INFO("into the header");
  check_fault(header(2, 0) + first + question(bytes_of({0xC0, 4})), Fault::bad_pointer, 19);
  INFO("to bytes that run into the name that points: the class, as a label of one byte");
  check_fault(header(2, 0) + first + question(bytes_of({0xC0, 18})), Fault::bad_pointer, 18);
  INFO("to half a pointer before the name that points");
  check_fault(header(2, 0) + bytes_of({0, 0, 1, 0, 0xC0}) + question(bytes_of({0xC0, 16})),
              Fault::bad_pointer, 16);
  INFO("without its second byte");
  check_fault(header(2, 0) + first + "\xC0"s, Fault::truncated, 20);
}

TEST_CASE("a name follows at most 127 pointers") {
  // A name at 12, and behind it, in the data of a record that nobody knows, a chain of pointers.
  const auto chain = [](int pointers) {
    const std::string start = header(1, 1) +
                              question(
                                  "\x01"s
                                  "a\0"s) +
                              "\0"s;
    std::string data;
    int target = 12;
    for (int i = 0; i < pointers - 1; ++i) {
      const int place = static_cast<int>(start.size() + 10 + data.size());
      data += bytes_of({0xC0 | target >> 8, target & 0xFF});
      target = place;
    }
    std::string bytes = start + bytes_of({0, 99, 0, 1, 0, 0, 0, 0, 0, 0}) + data;
    bytes[start.size() + 8] = static_cast<char>(data.size() >> 8);
    bytes[start.size() + 9] = static_cast<char>(data.size() & 0xFF);
    bytes[9] = 1;
    return bytes + bytes_of({0xC0 | target >> 8, target & 0xFF}) + fixed(1, 4) + "1234";
  };
  const Decoded decoded = decode(chain(127));
  REQUIRE(decoded);
  CHECK(decoded.message->authority[0].name == "a.");
  // The last one is the first of the chain.
  check_fault(chain(128), Fault::too_many_pointers, 12 + 7 + 1 + 10);
}

TEST_CASE("data ends where its length says") {
  // Data begins at 23.
  CHECK(decode(with_data(1, "1234")));
  check_fault(with_data(1, "123"), Fault::bad_data, 26);
  check_fault(with_data(1, "12345"), Fault::bad_data, 27);
  check_fault(with_data(1, ""), Fault::bad_data, 23);
  CHECK(decode(with_data(28, std::string(16, 'x'))));
  check_fault(with_data(28, std::string(15, 'x')), Fault::bad_data, 38);
  check_fault(with_data(28, std::string(17, 'x')), Fault::bad_data, 39);
  CHECK(decode(with_data(5,
                         "\x01"s
                         "a\0"s)));
  check_fault(with_data(5,
                        "\x01"s
                        "a"s),
              Fault::bad_data, 25);
  check_fault(with_data(5,
                        "\x02"s
                        "a"s),
              Fault::bad_data, 25);
  check_fault(with_data(5, "\0\0"s), Fault::bad_data, 24);
  check_fault(with_data(33, "123456"), Fault::bad_data, 29);
  check_fault(with_data(6, "\0\0"s + std::string(19, 'x')), Fault::bad_data, 44);
  check_fault(with_data(16, ""), Fault::bad_data, 23);
  check_fault(with_data(16,
                        "\x02"s
                        "a"s),
              Fault::bad_data, 25);
  CHECK(decode(with_data(99, "")));
  INFO("and more bytes than the message has are missing, not wrong");
  check_fault(header(0, 1) + "\0"s + fixed(1, 5) + "1234", Fault::truncated, 27);
}

TEST_CASE("an OPT record is skipped where it may be, and refused elsewhere") {
  // RFC 6891: the class is a UDP size, the TTL flags.
  const std::string opt = "\0"s + bytes_of({0, 41, 0x10, 0, 0, 0, 0x80, 0, 0, 2}) + "??";
  const std::string address = "\0"s + fixed(1, 4) + "1234";
  const Decoded decoded = decode(header(0, 0, 0, 2) + opt + address);
  REQUIRE(decoded);
  REQUIRE(decoded.message->additional.size() == 1);
  CHECK(decoded.message->additional[0].type == kTypeA);
  check_fault(header(0, 0, 0, 2) + opt + opt, Fault::bad_opt, 12 + 13);
  check_fault(header(0, 1) + opt, Fault::bad_opt, 12);
  check_fault(header(0, 0, 1) + opt, Fault::bad_opt, 12);
  check_fault(header(0, 0, 0, 1) +
                  "\x01"s
                  "a"s +
                  opt,
              Fault::bad_opt, 12);
  INFO("a class of IN does not matter");
  CHECK(decode(header(0, 0, 0, 1) + "\0"s + fixed(41, 1) + "?"));
}

TEST_CASE("a TTL with its high bit set is zero") {
  std::string bytes = with_data(1, "1234");
  bytes[17] = '\x7F';
  CHECK(decode(bytes).message->answers[0].ttl == 0x7F00003C);
  bytes[17] = '\x80';
  CHECK(decode(bytes).message->answers[0].ttl == 0);
}

TEST_CASE("what has no bytes is not encoded, even if it would not fit") {
  const auto refused = [](Record bad) {
    Message message;
    message.additional = {std::move(bad)};
    CHECK(encode(message).empty());
    CHECK(encode(message, kHeaderBytes).empty());
  };
  refused(record("", kTypeA, A{}));
  refused(record("a..b", kTypeA, A{}));
  refused(record("a", kTypeA, Aaaa{}));
  refused(record("a", kTypeA, Other{"1234"}));
  refused(record("a", 99, A{}));
  refused(record("a", kTypeCname, Domain{".a"}));
  refused(record("a", kTypeSrv, Srv{0, 0, 0, ""}));
  refused(record("a", kTypeSoa, Soa{"a", "", 0, 0, 0, 0, 0}));
  refused(record("a", kTypeTxt, Txt{}));
  refused(record("a", kTypeTxt, Txt{{std::string(256, 'x')}}));
  refused(record("a", kTypeTxt, Txt{std::vector<std::string>(257, std::string(255, 'x'))}));
  refused(record("a", 99, Other{std::string(65'536, 'x')}));
  refused(record(".", kTypeOpt, Other{}));
  refused({"a", kTypeA, 3, 0, A{}});
  refused({"a", kTypeA, kClassIn, kTtlMax + 1, A{}});
  Message message;
  message.opcode = 16;
  CHECK(encode(message).empty());
  message.opcode = 0;
  message.rcode = 16;
  CHECK(encode(message).empty());
  message.rcode = 0;
  message.questions.resize(65'536, {".", kTypeA, kClassIn});
  CHECK(encode(message, 1'000'000).empty());
  message.questions.pop_back();
  CHECK(encode(message, 1'000'000).size() == 12 + 65'535 * 5);
}

TEST_CASE("names are the same whatever their case, final dot and escapes") {
  CHECK(same_name("DB.Example", "db.example."));
  CHECK(same_name("\\100b.example", "db.example"));
  CHECK(same_name("\\D\\B", "db"));
  CHECK(same_name(".", "."));
  CHECK_FALSE(same_name("db.example", "db.example.org"));
  CHECK_FALSE(same_name("a.b", "a\\.b"));
  INFO("only letters of ASCII have a case");
  CHECK_FALSE(same_name("[", "{"));
  CHECK_FALSE(same_name("\xC4", "\xE4"));
  INFO("what is no name is not the same as anything");
  CHECK_FALSE(same_name("", ""));
  CHECK_FALSE(same_name("a..b", "a..b"));
}

TEST_CASE("a canonical name is lower case with a final dot and few escapes") {
  CHECK(canonical_name("DB.\\069xample") == "db.example.");
  CHECK(canonical_name("\\.\\\\.\\0460\\ \\255") == "\\.\\\\.\\.0\\032\\255.");
  CHECK(canonical_name(".") == ".");
  for (const char* text : {"", "..", ".a", "a..", "a\\", "a\\1", "a\\12", "a\\12x", "a\\256"}) {
    INFO(text);
    CHECK_FALSE(canonical_name(text));
  }
}

TEST_CASE("any bytes in a label come back, and their text is printable") {
  for (int part = 0; part < 256; part += 32) {
    std::string wire = "\x20"s;
    for (int i = 0; i < 32; ++i) wire += static_cast<char>(part + i);
    const std::string bytes = header(1, 0) + question(wire + "\0"s);
    const Decoded decoded = decode(bytes);
    REQUIRE(decoded);
    CHECK(encode(*decoded.message) == bytes);
    for (const char c : decoded.message->questions[0].name) CHECK((c > ' ' && c < '\x7F'));
  }
}
