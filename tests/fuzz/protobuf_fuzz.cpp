// tests/fuzz/protobuf_fuzz.cpp: any bytes are a message or a fault in place, and nothing crashes;
// what decodes, encodes to bytes that decode to an equal value.
//
// The first byte picks the message, the rest are its bytes. No seeds are needed.

#include "sim/grpc/proto.h"
#include "sim/grpc/proto_descriptor_messages.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace proto = sim::grpc::proto;
using proto::Kind;

namespace fuzz {

enum class Level : std::int32_t { none = 0, some = 1 };
constexpr auto proto_enum(Level) {
  return proto::enumeration("fuzz.Level", proto::value("NONE", Level::none),
                            proto::value("SOME", Level::some));
}

/// All scalar kinds, each in another shape, and a field number of each length.
struct Everything {
  double number = 0;
  std::vector<proto::Float32> floats;
  std::int32_t int32 = 0;
  std::vector<std::int64_t> int64s;
  std::optional<std::uint32_t> uint32;
  std::vector<std::uint64_t> uint64s;
  std::vector<std::int32_t> sint32s;
  std::int64_t sint64 = 0;
  std::map<std::uint32_t, std::string> texts_by_fixed32;
  std::vector<std::uint64_t> fixed64s;
  std::int32_t sfixed32 = 0;
  std::map<std::int64_t, Everything> nested_by_sfixed64;
  std::vector<bool> flags;
  std::map<bool, double> numbers_by_flag;
  std::vector<std::string> names;
  std::string blob;
  std::vector<Level> levels;
  std::vector<Everything> children;
  std::variant<std::monostate, bool, std::string, std::string, Level,
               proto::EnumValueDescriptorProto>
      choice;
  proto::EnumValueDescriptorProto plain;
  std::optional<proto::EnumValueDescriptorProto> maybe;
  std::map<std::string, Level> levels_by_name;

  static constexpr auto fields() {
    using M = Everything;
    return proto::message(
        "fuzz.Everything", proto::field<1>("number", &M::number),
        proto::field<2>("floats", &M::floats), proto::field<3>("int32", &M::int32),
        proto::field<4>("int64s", &M::int64s), proto::field<5>("uint32", &M::uint32),
        proto::field<6>("uint64s", &M::uint64s),
        proto::field<7, Kind::sint32>("sint32s", &M::sint32s),
        proto::field<8, Kind::sint64>("sint64", &M::sint64),
        proto::field<9, Kind::automatic, Kind::fixed32>("texts_by_fixed32", &M::texts_by_fixed32),
        proto::field<10, Kind::fixed64>("fixed64s", &M::fixed64s),
        proto::field<11, Kind::sfixed32>("sfixed32", &M::sfixed32),
        proto::field<12, Kind::automatic, Kind::sfixed64>("nested_by_sfixed64",
                                                          &M::nested_by_sfixed64),
        proto::field<13>("flags", &M::flags),
        proto::field<14>("numbers_by_flag", &M::numbers_by_flag),
        proto::field<15>("names", &M::names), proto::field<16, Kind::bytes>("blob", &M::blob),
        proto::field<17>("levels", &M::levels), proto::field<18>("children", &M::children),
        proto::oneof("choice", &M::choice, proto::alternative<19>("flag"),
                     proto::alternative<20>("text"), proto::alternative<2047, Kind::bytes>("token"),
                     proto::alternative<2048>("level"), proto::alternative<262'143>("message")),
        proto::field<262'144>("plain", &M::plain), proto::field<33'554'432>("maybe", &M::maybe),
        proto::field<536'870'911>("levels_by_name", &M::levels_by_name));
  }
  bool operator==(const Everything&) const = default;
};

}  // namespace fuzz

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

template <class T>
void check(std::string_view bytes) {
  T first;
  const proto::Decoded result = proto::decode(bytes, first);
  require(!proto::expected(result.fault).empty());
  if (!result.ok()) {
    require(result.offset <= bytes.size());
    return;
  }
  std::string encoded;
  proto::encode(first, encoded);
  require(encoded.size() == proto::encoded_size(first));
  T second;
  require(proto::decode(encoded, second).ok());
  // A NaN equals nothing, itself included; bytes tell its value too.
  if (first == first) require(second == first);
  std::string again;
  proto::encode(second, again);
  require(again == encoded);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  if (data[0] % 2 == 0) {
    check<fuzz::Everything>(bytes);
  } else {
    check<proto::FileDescriptorProto>(bytes);
  }
  return 0;
}
