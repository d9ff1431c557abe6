#include "tests/grpc/proto_samples.h"

#include <catch_amalgamated.hpp>

#include <limits>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

using namespace samples;
using proto::Decoded;
using proto::Fault;

// The bytes of "Test1" to "Test6" are those of the Protocol Buffers documentation, "Encoding"; the
// other messages' are what protoc's Python runtime writes.

namespace {

template <class T>
T from_hex(std::string_view text) {
  return decoded<T>(unhex(text));
}

template <class T>
Decoded fault_of(std::string_view text) {
  T message{};
  return proto::decode(unhex(text), message);
}

template <class T>
void check_both_ways(const T& message, std::string_view bytes) {
  CHECK(hex(encoded(message)) == hex(unhex(bytes)));
  CHECK(from_hex<T>(bytes) == message);
}

/// `depth` messages within the outermost one, each the only child of the one around it.
std::string tree_bytes(int depth) {
  std::string bytes;
  for (int i = 0; i < depth; ++i) {
    std::string around;
    std::size_t size = bytes.size();
    around += '\x12';
    for (; size >= 0x80; size >>= 7) around += static_cast<char>(size | 0x80);
    around += static_cast<char>(size);
    bytes.insert(0, around);
  }
  return bytes;
}

}  // namespace

TEST_CASE("the documentation's messages have the documentation's bytes") {
  check_both_ways(Test1{150}, "08 96 01");
  check_both_ways(Test2{"testing"}, "12 07 74 65 73 74 69 6e 67");
  check_both_ways(Test3{{150}}, "1a 03 08 96 01");
  check_both_ways(Test5{{3, 270, 86942}}, "32 06 03 8e 02 9e a7 05");
  CHECK(from_hex<Test4>("22 05 68 65 6c 6c 6f 28 01 28 02 28 03") == Test4{"hello", {1, 2, 3}});
  check_both_ways(Test6{{{"k", 7}}}, "3a 05 0a 01 6b 10 07");
}

TEST_CASE("every scalar type has protoc's bytes") {
  Scalars all;
  all.a_double = -1.5;
  all.a_float = Float32::of(0.1);
  all.an_int32 = -2;
  all.an_int64 = std::numeric_limits<std::int64_t>::min();
  all.a_uint32 = 0xFFFF'FFFF;
  all.a_uint64 = std::numeric_limits<std::uint64_t>::max();
  all.a_sint32 = std::numeric_limits<std::int32_t>::min();
  all.a_sint64 = -2;
  all.a_fixed32 = 0x01020304;
  all.a_fixed64 = 0x0102030405060708;
  all.an_sfixed32 = -1;
  all.an_sfixed64 = -2;
  all.a_bool = true;
  all.a_string = "gr\xC3\xBC\xC3\x9F";
  all.some_bytes = std::string("\x00\xFF", 2);
  all.color = Color::negative;
  check_both_ways(all,
                  "09000000000000f8bf15cdcccc3d18feffffffffffffffff01208080808080808080800128ffffff"
                  "ff0f30ffffffffffffffffff0138ffffffff0f40034d040302015108070605040302015dffffffff"
                  "61feffffffffffffff680172066772c3bcc39f7a0200ff8001ffffffffffffffffff01");
}

TEST_CASE("zigzag gives numbers near zero few bytes, of either sign") {
  const auto bytes = [](std::int32_t value) {
    Scalars scalars;
    scalars.a_sint32 = value;
    return hex(encoded(scalars));
  };
  CHECK(bytes(-1) == "3801");
  CHECK(bytes(1) == "3802");
  CHECK(bytes(-2) == "3803");
  CHECK(bytes(0x7FFF'FFFF) == "38feffffff0f");
  CHECK(bytes(-0x7FFF'FFFF - 1) == "38ffffffff0f");
}

TEST_CASE("a default value takes no bytes, unless the field has presence") {
  CHECK(encoded(Scalars{}).empty());
  CHECK(encoded(Test3{}).empty());
  CHECK(encoded(Shapes{}).empty());
  CHECK(encoded(Empty{}).empty());
  CHECK(from_hex<Scalars>("") == Scalars{});

  Shapes present;
  present.maybe_number = 0;
  present.maybe_message = Test1{};
  present.choice.emplace<1>(0);
  present.maybe_text = "";
  check_both_ways(present, "08 00 12 00 48 00 82 7d 00");

  Scalars negative_zero;
  negative_zero.a_double = -0.0;
  CHECK(hex(encoded(negative_zero)) == "090000000000000080");
}

TEST_CASE("maps, oneofs and repeated fields have protoc's bytes") {
  Shapes shapes;
  shapes.maybe_number = -1;
  shapes.maybe_message = Test1{150};
  shapes.names = {"", "b"};
  shapes.floats = {Float32::of(1), Float32::of(-2)};
  shapes.flags = {true, false, true};
  shapes.deltas = {-1, 64, 0};
  shapes.trees_by_id = {{-1, Tree{}}, {2, Tree{1, {Tree{2, {}}, Tree{}}}}};
  shapes.colors = {{true, Color::red}};
  shapes.choice = Test4{"d", {}};
  shapes.maybe_text = "end";
  check_both_ways(shapes,
                  "08ffffffffffffffffff0112030896011a001a016222080000803f000000c02a0301000132040180"
                  "01003a04080112003a0c0804120808011202080212004204080110015a03220164827d03656e64");
}

TEST_CASE("repeated numbers may come packed, one by one, or both") {
  CHECK(from_hex<Test5>("30 03 32 03 8e 02 05 30 07") == Test5{{3, 270, 5, 7}});
  CHECK(from_hex<Test5>("32 00") == Test5{});
  CHECK(from_hex<Shapes>("25 00 00 80 3f 22 04 00 00 00 40").floats ==
        std::vector{Float32::of(1), Float32::of(2)});
  CHECK(fault_of<Test5>("32 02 01 80") == Decoded{Fault::truncated, 3});
  CHECK(fault_of<Shapes>("22 03 00 00 00") == Decoded{Fault::truncated, 1});
}

TEST_CASE("of a field that comes twice, the last value holds and messages merge") {
  CHECK(from_hex<Test1>("08 01 08 02") == Test1{2});
  CHECK(from_hex<Test2>("12 01 61 12 00") == Test2{""});
  const Shapes merged = from_hex<Shapes>("5a 03 22 01 61 5a 02 28 01");
  CHECK(std::get<Test4>(merged.choice) == Test4{"a", {1}});
  CHECK(from_hex<Shapes>("12 02 08 05 12 00").maybe_message == Test1{5});
}

TEST_CASE("of a oneof, what comes last remains") {
  CHECK(from_hex<Shapes>("48 07 52 01 78").choice.index() == 2);
  CHECK(from_hex<Shapes>("52 01 78 48 07").choice.index() == 1);
  // The message of before has gone, so that nothing of it merges.
  const Shapes again = from_hex<Shapes>("5a 03 22 01 61 48 07 5a 02 28 01");
  CHECK(std::get<Test4>(again.choice) == Test4{"", {1}});
}

TEST_CASE("a map entry may lack its key or value, and the last of a key holds") {
  CHECK(from_hex<Test6>("3a 00") == Test6{{{"", 0}}});
  CHECK(from_hex<Test6>("3a 02 10 07") == Test6{{{"", 7}}});
  CHECK(from_hex<Test6>("3a 03 0a 01 6b") == Test6{{{"k", 0}}});
  CHECK(from_hex<Test6>("3a 05 10 07 0a 01 6b 3a 05 0a 01 6b 10 08") == Test6{{{"k", 8}}});
  // A third field is passed over.
  CHECK(from_hex<Test6>("3a 07 0a 01 6b 18 05 10 07") == Test6{{{"k", 7}}});
}

TEST_CASE("map entries are written by ascending key, whatever came first") {
  const Test6 read = from_hex<Test6>("3a 05 0a 01 62 10 02 3a 05 0a 01 61 10 01");
  CHECK(hex(encoded(read)) == "3a050a016110013a050a01621002");
}

TEST_CASE("fields that the table does not name are passed over") {
  // A varint, 64 bits, bytes, a group with another within, and 32 bits.
  CHECK(from_hex<Test1>("10 ff 01 19 00 00 00 00 00 00 00 00 22 02 68 69 "
                        "2b 08 01 33 34 2c 3d 00 00 00 00 08 05") == Test1{5});
  CHECK(from_hex<Empty>("08 01") == Empty{});
  CHECK(from_hex<Test1>("f8 ff ff ff 0f 01 08 05") == Test1{5});
}

TEST_CASE("a field of another wire type than its kind's is passed over") {
  CHECK(from_hex<Test1>("0a 01 61 08 05") == Test1{5});
  CHECK(from_hex<Test1>("0d 00 00 00 00 08 05") == Test1{5});
  CHECK(from_hex<Test2>("10 05 12 01 61") == Test2{"a"});
  CHECK(from_hex<Test6>("38 01") == Test6{});
}

TEST_CASE("numbers too large for their field lose their high bits") {
  CHECK(from_hex<Test1>("08 81 80 80 80 10") == Test1{1});
  CHECK(from_hex<Test1>("08 ff ff ff ff 0f") == Test1{-1});
  CHECK(from_hex<Scalars>("68 80 80 80 80 10").a_bool);
  CHECK(from_hex<Scalars>("80 01 05").color == static_cast<Color>(5));
}

TEST_CASE("a varint may be longer than needed, up to 64 bits in ten bytes") {
  CHECK(from_hex<Test1>("08 96 81 80 00") == Test1{150});
  CHECK(from_hex<Test1>("88 00 05") == Test1{5});
  CHECK(from_hex<Test1>("08 ff ff ff ff ff ff ff ff ff 01") == Test1{-1});
  CHECK(fault_of<Test1>("08 ff ff ff ff ff ff ff ff ff 02") == Decoded{Fault::varint_overflow, 1});
  CHECK(fault_of<Test1>("08 80 80 80 80 80 80 80 80 80 80 00") ==
        Decoded{Fault::varint_overflow, 1});
}

TEST_CASE("every way to break a message off early is a fault at the value's place") {
  CHECK(fault_of<Test1>("08") == Decoded{Fault::truncated, 1});
  CHECK(fault_of<Test1>("08 96") == Decoded{Fault::truncated, 1});
  CHECK(fault_of<Test1>("88") == Decoded{Fault::truncated, 0});
  CHECK(fault_of<Test2>("12 03 61 62") == Decoded{Fault::truncated, 1});
  CHECK(fault_of<Test2>("12 ff ff ff ff ff ff ff ff ff 01 61") == Decoded{Fault::truncated, 1});
  CHECK(fault_of<Test3>("1a 02 08 96 01") == Decoded{Fault::truncated, 3});
  CHECK(fault_of<Scalars>("09 00 00 00") == Decoded{Fault::truncated, 1});
  CHECK(fault_of<Scalars>("15 00 00 00") == Decoded{Fault::truncated, 1});
  CHECK(fault_of<Test1>("2b 08 01") == Decoded{Fault::truncated, 1});
}

TEST_CASE("tags that the format does not know are faults") {
  CHECK(fault_of<Test1>("00 00") == Decoded{Fault::bad_field_number, 0});
  CHECK(fault_of<Test1>("08 01 80 80 80 80 10 01") == Decoded{Fault::bad_field_number, 2});
  CHECK(fault_of<Test1>("0e") == Decoded{Fault::bad_wire_type, 0});
  CHECK(fault_of<Test1>("0f") == Decoded{Fault::bad_wire_type, 0});
  CHECK(fault_of<Test1>("0c").fault == Fault::unpaired_group);
  CHECK(fault_of<Test1>("2b 34") == Decoded{Fault::unpaired_group, 1});
}

TEST_CASE("text must be UTF-8, bytes need not") {
  for (const std::string_view bad :
       {"80", "c0 af", "c3", "e0 9f bf", "ed a0 80", "f0 8f bf bf", "f4 90 80 80", "f5 80 80 80",
        "ff", "61 62 63 64 65 66 67 68 69 c3 28", "e2 82"}) {
    INFO(bad);
    const std::string text = unhex(bad);
    CHECK_FALSE(proto::is_utf8(text));
    Test2 message;
    CHECK(proto::decode("\x12" + std::string(1, static_cast<char>(text.size())) + text, message) ==
          Decoded{Fault::bad_utf8, 1});
    Scalars scalars;
    CHECK(proto::decode("\x7A" + std::string(1, static_cast<char>(text.size())) + text, scalars));
    CHECK(scalars.some_bytes == text);
  }
  for (const std::string_view good : {"", "00", "c2 80", "df bf", "e0 a0 80", "ed 9f bf",
                                      "ee 80 80", "f0 90 80 80", "f4 8f bf bf"}) {
    INFO(good);
    CHECK(proto::is_utf8(unhex(good)));
  }
  CHECK(fault_of<Test6>("3a 05 0a 01 ff 10 07") == Decoded{Fault::bad_utf8, 3});
}

TEST_CASE("messages nest a hundred deep and no deeper") {
  const Tree deep = decoded<Tree>(tree_bytes(100));
  CHECK(encoded(deep) == tree_bytes(100));
  Tree message;
  const std::string too_deep = tree_bytes(101);
  CHECK(proto::decode(too_deep, message).fault == Fault::too_deep);
  CHECK(proto::decode(tree_bytes(3000), message).fault == Fault::too_deep);
  // Groups that nobody knows count too: they must not exhaust the stack either.
  CHECK(proto::decode(std::string(100'000, '\x2b'), message).fault == Fault::too_deep);
}

TEST_CASE("a short message cannot ask for much memory") {
  std::string bytes;
  for (std::uint32_t i = 0; i <= proto::kElementsMax; ++i) bytes.append("\x12\x00", 2);
  Tree tree;
  CHECK(proto::decode(bytes, tree) == Decoded{Fault::too_many, proto::kElementsMax * 2 + 1});
}

TEST_CASE("decoding merges into what is there, encoding appends") {
  Test4 message{"kept", {1}};
  REQUIRE(proto::decode(unhex("28 02"), message));
  CHECK(message == Test4{"kept", {1, 2}});
  std::string out = "before";
  proto::encode(Test1{150}, out);
  CHECK(out == "before\x08\x96\x01");
}

TEST_CASE("floats of 32 bits round to the nearest, ties to even") {
  const auto bits = [](double value) { return Float32::of(value).bits; };
  CHECK(bits(1.0) == 0x3F80'0000);
  CHECK(bits(-0.0) == 0x8000'0000);
  CHECK(bits(0.1) == 0x3DCC'CCCD);
  CHECK(bits(16777217.0) == 0x4B80'0000);
  CHECK(bits(16777219.0) == 0x4B80'0002);
  CHECK(bits(1e-45) == 1);
  CHECK(bits(0x1p-150) == 0);
  CHECK(bits(0x1.8p-149) == 2);
  CHECK(bits(0x1.FFFFFFp127) == 0x7F80'0000);
  CHECK(bits(1e300) == 0x7F80'0000);
  CHECK(bits(-std::numeric_limits<double>::infinity()) == 0xFF80'0000);
  CHECK((bits(std::numeric_limits<double>::quiet_NaN()) & 0x7FC0'0000) == 0x7FC0'0000);
  CHECK(Float32{1}.value() == 0x1p-149);
  CHECK(Float32{0x007F'FFFF}.value() == 0x1.FFFFFCp-127);
  CHECK(Float32{0xC049'0FDB}.value() == -0x1.921FB6p1);
}
