// tests/grpc/proto_samples.h: the messages of the tests of the codec and of descriptors.
//
// "Test1" to "Test6" are those of the Protocol Buffers documentation, "Encoding"; the others have
// every kind and shape of field. As a .proto file they are protoc's input for the bytes that
// the tests expect, with messages in alphabetical order.

#pragma once

#include "sim/grpc/proto.h"
#include "sim/grpc/proto_descriptor.h"

#include <catch_amalgamated.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace samples {

namespace proto = sim::grpc::proto;
using proto::Float32;
using proto::Kind;

struct Test1 {
  std::int32_t a = 0;
  static constexpr auto fields() {
    return proto::message("samples.Test1", proto::field<1>("a", &Test1::a));
  }
  bool operator==(const Test1&) const = default;
};

struct Test2 {
  std::string b;
  static constexpr auto fields() {
    return proto::message("samples.Test2", proto::field<2>("b", &Test2::b));
  }
  bool operator==(const Test2&) const = default;
};

struct Test3 {
  Test1 c;
  static constexpr auto fields() {
    return proto::message("samples.Test3", proto::field<3>("c", &Test3::c));
  }
  bool operator==(const Test3&) const = default;
};

struct Test4 {
  std::string d;
  std::vector<std::int32_t> e;
  static constexpr auto fields() {
    return proto::message("samples.Test4", proto::field<4>("d", &Test4::d),
                          proto::field<5>("e", &Test4::e));
  }
  bool operator==(const Test4&) const = default;
};

struct Test5 {
  std::vector<std::int32_t> f;
  static constexpr auto fields() {
    return proto::message("samples.Test5", proto::field<6>("f", &Test5::f));
  }
  bool operator==(const Test5&) const = default;
};

struct Test6 {
  std::map<std::string, std::int32_t> g;
  static constexpr auto fields() {
    return proto::message("samples.Test6", proto::field<7>("g", &Test6::g));
  }
  bool operator==(const Test6&) const = default;
};

struct Empty {
  static constexpr auto fields() { return proto::message("samples.Empty"); }
  bool operator==(const Empty&) const = default;
};

enum class Color : std::int32_t { unknown = 0, red = 1, negative = -1 };
constexpr auto proto_enum(Color) {
  return proto::enumeration("samples.Scalars.Color", proto::value("UNKNOWN", Color::unknown),
                            proto::value("RED", Color::red),
                            proto::value("NEGATIVE", Color::negative));
}

struct Scalars {
  double a_double = 0;
  Float32 a_float;
  std::int32_t an_int32 = 0;
  std::int64_t an_int64 = 0;
  std::uint32_t a_uint32 = 0;
  std::uint64_t a_uint64 = 0;
  std::int32_t a_sint32 = 0;
  std::int64_t a_sint64 = 0;
  std::uint32_t a_fixed32 = 0;
  std::uint64_t a_fixed64 = 0;
  std::int32_t an_sfixed32 = 0;
  std::int64_t an_sfixed64 = 0;
  bool a_bool = false;
  std::string a_string;
  std::string some_bytes;
  Color color = Color::unknown;

  static constexpr auto fields() {
    using M = Scalars;
    return proto::message(
        "samples.Scalars", proto::field<1>("a_double", &M::a_double),
        proto::field<2>("a_float", &M::a_float), proto::field<3>("an_int32", &M::an_int32),
        proto::field<4>("an_int64", &M::an_int64), proto::field<5>("a_uint32", &M::a_uint32),
        proto::field<6>("a_uint64", &M::a_uint64),
        proto::field<7, Kind::sint32>("a_sint32", &M::a_sint32),
        proto::field<8, Kind::sint64>("a_sint64", &M::a_sint64),
        proto::field<9, Kind::fixed32>("a_fixed32", &M::a_fixed32),
        proto::field<10, Kind::fixed64>("a_fixed64", &M::a_fixed64),
        proto::field<11, Kind::sfixed32>("an_sfixed32", &M::an_sfixed32),
        proto::field<12, Kind::sfixed64>("an_sfixed64", &M::an_sfixed64),
        proto::field<13>("a_bool", &M::a_bool), proto::field<14>("a_string", &M::a_string),
        proto::field<15, Kind::bytes>("some_bytes", &M::some_bytes),
        proto::field<16>("color", &M::color));
  }
  bool operator==(const Scalars&) const = default;
};

/// A message that contains itself.
struct Tree {
  std::int32_t value = 0;
  std::vector<Tree> children;
  static constexpr auto fields() {
    return proto::message("samples.Tree", proto::field<1>("value", &Tree::value),
                          proto::field<2>("children", &Tree::children));
  }
  bool operator==(const Tree&) const = default;
};

struct Shapes {
  std::optional<std::int32_t> maybe_number;
  std::optional<Test1> maybe_message;
  std::vector<std::string> names;
  std::vector<Float32> floats;
  std::vector<bool> flags;
  std::vector<std::int64_t> deltas;
  std::map<std::int32_t, Tree> trees_by_id;
  std::map<bool, Color> colors;
  std::variant<std::monostate, std::int64_t, std::string, Test4> choice;
  std::optional<std::string> maybe_text;

  static constexpr auto fields() {
    using M = Shapes;
    return proto::message(
        "samples.Shapes", proto::field<1>("maybe_number", &M::maybe_number),
        proto::field<2>("maybe_message", &M::maybe_message), proto::field<3>("names", &M::names),
        proto::field<4>("floats", &M::floats), proto::field<5>("flags", &M::flags),
        proto::field<6, Kind::sint64>("deltas", &M::deltas),
        proto::field<7, Kind::automatic, Kind::sint32>("trees_by_id", &M::trees_by_id),
        proto::field<8>("colors", &M::colors),
        proto::oneof("choice", &M::choice, proto::alternative<9>("number"),
                     proto::alternative<10, Kind::bytes>("token"),
                     proto::alternative<11>("message")),
        proto::field<2000>("maybe_text", &M::maybe_text));
  }
  bool operator==(const Shapes&) const = default;
};

inline constexpr proto::Method<Scalars, Shapes> kTransform{"/samples.Sampler/Transform"};
inline constexpr proto::Method<Test1, Tree, proto::Streaming::server> kGrow{
    "/samples.Sampler/Grow"};
inline constexpr proto::Method<Test1, Empty, proto::Streaming::client> kDrain{
    "/samples.Sampler/Drain"};
inline constexpr proto::Method<Test1, Test1, proto::Streaming::both> kEcho{"/samples.Sampler/Echo"};
inline constexpr auto kSampler =
    proto::service("samples.Sampler", kTransform, kGrow, kDrain, kEcho);

inline constexpr proto::ServiceDescriptor kServices[] = {kSampler.descriptor()};
inline constexpr const proto::MessageDescriptor* kMore[] = {&proto::message_descriptor<Test6>()};
inline constexpr proto::FileDescriptor kFile{
    .name = "samples.proto", .package = "samples", .services = kServices, .messages = kMore};

inline std::string hex(std::string_view bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  for (const char byte : bytes) {
    text += kDigits[static_cast<unsigned char>(byte) >> 4];
    text += kDigits[static_cast<unsigned char>(byte) & 15];
  }
  return text;
}

inline std::string unhex(std::string_view text) {
  std::string bytes;
  int high = -1;
  for (const char digit : text) {
    if (digit == ' ') continue;
    const int value = digit <= '9' ? digit - '0' : digit - 'a' + 10;
    if (high >= 0) bytes += static_cast<char>(high << 4 | value);
    high = high >= 0 ? -1 : value;
  }
  return bytes;
}

template <class T>
std::string encoded(const T& message) {
  std::string out;
  proto::encode(message, out);
  REQUIRE(out.size() == proto::encoded_size(message));
  return out;
}

template <class T>
T decoded(std::string_view bytes) {
  T message{};
  const proto::Decoded result = proto::decode(bytes, message);
  INFO(hex(bytes) << ": " << proto::expected(result.fault) << " at " << result.offset);
  REQUIRE(result.ok());
  return message;
}

}  // namespace samples

namespace other {

namespace proto = sim::grpc::proto;

/// Of another package, with a field of the first one.
struct Envelope {
  std::vector<samples::Test1> content;
  std::optional<samples::Color> color;
  static constexpr auto fields() {
    return proto::message("other.v1.Envelope", proto::field<1>("content", &Envelope::content),
                          proto::field<2>("color", &Envelope::color),
                          proto::field<3>("_color", &Envelope::underscored));
  }
  bool underscored = false;
};

inline constexpr const proto::MessageDescriptor* kMessages[] = {
    &proto::message_descriptor<Envelope>()};
inline constexpr const proto::FileDescriptor* kNeeds[] = {&samples::kFile};
inline constexpr proto::FileDescriptor kFile{
    .name = "other.proto", .package = "other.v1", .messages = kMessages, .dependencies = kNeeds};

}  // namespace other
