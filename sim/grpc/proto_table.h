// sim/grpc/proto_table.h: how a C++ struct says which message it is: its fields as a constant.
//
// Promises: a table that breaks the rules of .proto files (two fields with one number, a number out
// of range, a kind that its member cannot hold) does not compile.
// Source: the Protocol Buffers documentation, "Language Guide (proto 3)".

#pragma once

#include "sim/grpc/proto_wire.h"

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace sim::grpc::proto {

/// The types of fields, numbered as google.protobuf.FieldDescriptorProto.Type.
enum class Kind : std::uint8_t {
  automatic = 0,
  float64 = 1,
  float32 = 2,
  int64 = 3,
  uint64 = 4,
  int32 = 5,
  fixed64 = 6,
  fixed32 = 7,
  boolean = 8,
  string = 9,
  message = 11,
  bytes = 12,
  uint32 = 13,
  enumeration = 14,
  sfixed32 = 15,
  sfixed64 = 16,
  sint32 = 17,
  sint64 = 18,
};

/// A struct that has a table.
template <class T>
concept MessageType = std::is_class_v<T> && requires { T::fields(); };

/// An enumeration that has a table: `proto_enum(T)`, found beside it.
template <class T>
concept EnumType = std::is_enum_v<T> && requires(T value) { proto_enum(value); };

struct EnumValue {
  std::string_view name;
  std::int32_t number = 0;
};

template <std::size_t N>
struct EnumTable {
  std::string_view name;
  std::array<EnumValue, N> values;
};

template <class... E>
struct MessageTable {
  std::string_view name;
  std::tuple<E...> entries;
};

namespace detail {

enum class Shape : std::uint8_t { singular, optional, repeated, map };

/// How a member holds its elements.
template <class V>
struct ShapeOf {
  using Element = V;
  using Key = void;
  static constexpr Shape kShape = Shape::singular;
};
template <class V>
struct ShapeOf<std::optional<V>> {
  using Element = V;
  using Key = void;
  static constexpr Shape kShape = Shape::optional;
};
template <class V, class A>
struct ShapeOf<std::vector<V, A>> {
  using Element = V;
  using Key = void;
  static constexpr Shape kShape = Shape::repeated;
};
template <class K, class V, class C, class A>
struct ShapeOf<std::map<K, V, C, A>> {
  using Element = V;
  using Key = K;
  static constexpr Shape kShape = Shape::map;
};

template <class V>
consteval Kind natural_kind() {
  if constexpr (std::same_as<V, bool>) return Kind::boolean;
  if constexpr (std::same_as<V, std::int32_t>) return Kind::int32;
  if constexpr (std::same_as<V, std::int64_t>) return Kind::int64;
  if constexpr (std::same_as<V, std::uint32_t>) return Kind::uint32;
  if constexpr (std::same_as<V, std::uint64_t>) return Kind::uint64;
  if constexpr (std::same_as<V, double>) return Kind::float64;
  if constexpr (std::same_as<V, Float32>) return Kind::float32;
  if constexpr (std::same_as<V, std::string>) return Kind::string;
  if constexpr (EnumType<V>) return Kind::enumeration;
  if constexpr (MessageType<V>) return Kind::message;
  return Kind::automatic;
}

/// Whether fields of kind `kind` live in a V.
template <class V>
consteval bool holds(Kind kind) {
  switch (kind) {
    case Kind::sint32:
    case Kind::sfixed32:
      return std::same_as<V, std::int32_t>;
    case Kind::sint64:
    case Kind::sfixed64:
      return std::same_as<V, std::int64_t>;
    case Kind::fixed32:
      return std::same_as<V, std::uint32_t>;
    case Kind::fixed64:
      return std::same_as<V, std::uint64_t>;
    case Kind::bytes:
      return std::same_as<V, std::string>;
    case Kind::automatic:
      return false;
    default:
      return kind == natural_kind<V>();
  }
}

template <class V>
consteval Kind resolve(Kind asked) {
  return asked == Kind::automatic ? natural_kind<V>() : asked;
}

consteval bool is_key(Kind kind) {
  return kind != Kind::float64 && kind != Kind::float32 && kind != Kind::bytes &&
         kind != Kind::message && kind != Kind::enumeration && kind != Kind::automatic;
}

consteval bool is_number_allowed(std::uint32_t number) {
  return number >= 1 && number <= kFieldNumberMax && (number < 19'000 || number > 19'999);
}

}  // namespace detail

constexpr bool is_text(Kind kind) {
  return kind == Kind::string || kind == Kind::bytes;
}

/// Whether elements of a repeated field may share one length (packed).
constexpr bool is_packable(Kind kind) {
  return !is_text(kind) && kind != Kind::message;
}

constexpr WireType wire_type(Kind kind) {
  switch (kind) {
    case Kind::float64:
    case Kind::fixed64:
    case Kind::sfixed64:
      return WireType::fixed64;
    case Kind::float32:
    case Kind::fixed32:
    case Kind::sfixed32:
      return WireType::fixed32;
    case Kind::string:
    case Kind::bytes:
    case Kind::message:
      return WireType::bytes;
    default:
      return WireType::varint;
  }
}

/// One field of M. Made by field().
template <std::uint32_t Number, Kind K, Kind KeyK, class M, class V>
struct Field {
  using Message = M;
  using Value = V;
  using Element = typename detail::ShapeOf<V>::Element;
  using Key = typename detail::ShapeOf<V>::Key;
  static constexpr std::uint32_t kNumber = Number;
  static constexpr detail::Shape kShape = detail::ShapeOf<V>::kShape;

  std::string_view name;
  V M::* member;

  // Functions, since a table is read before types that it names need be complete.
  static consteval Kind kind() {
    constexpr Kind kind = detail::resolve<Element>(K);
    static_assert(detail::is_number_allowed(Number));
    static_assert(detail::holds<Element>(kind), "no field of this kind lives in this type");
    return kind;
  }
  static consteval Kind key_kind() {
    if constexpr (kShape == detail::Shape::map) {
      constexpr Kind kind = detail::resolve<Key>(KeyK);
      static_assert(detail::holds<Key>(kind) && detail::is_key(kind));
      return kind;
    } else {
      return Kind::automatic;
    }
  }
};

/// One alternative of a oneof. Made by alternative().
template <std::uint32_t Number, Kind K>
struct Alternative {
  static constexpr std::uint32_t kNumber = Number;
  std::string_view name;

  template <class V>
  static consteval Kind kind() {
    constexpr Kind kind = detail::resolve<V>(K);
    static_assert(detail::is_number_allowed(Number));
    static_assert(detail::holds<V>(kind), "no field of this kind lives in this type");
    return kind;
  }
};

/// Fields of which at most one is there. Made by oneof().
template <class M, class V, class... A>
struct Oneof {
  using Message = M;
  using Value = V;
  static constexpr std::size_t kCount = sizeof...(A);

  std::string_view name;
  V M::* member;
  std::tuple<A...> alternatives;
};

/// Field `Number` of the .proto file. Its kind follows from the member's type, unless given: int32,
/// int64, uint32, uint64, bool, double and Float32; std::string is `string`; an enumeration and a
/// struct with tables. std::optional is `optional` (or a message that may be missing), std::vector
/// `repeated`, std::map `map`; kinds are then those of the elements, values and keys.
/// A plain member starts as zero or empty: that is what a field which is not there means.
template <std::uint32_t Number, Kind K = Kind::automatic, Kind KeyK = Kind::automatic, class M,
          class V>
constexpr Field<Number, K, KeyK, M, V> field(std::string_view name, V M::* member) {
  return {name, member};
}

/// An alternative of a oneof(), in the order of the variant.
template <std::uint32_t Number, Kind K = Kind::automatic>
constexpr Alternative<Number, K> alternative(std::string_view name) {
  return {name};
}

/// A oneof. The member is a std::variant that starts with std::monostate (none is there), and then
/// has a type for each alternative; types may repeat, so look at index().
template <class M, class... V, class... A>
constexpr Oneof<M, std::variant<std::monostate, V...>, A...> oneof(
    std::string_view name, std::variant<std::monostate, V...> M::* member, A... alternatives) {
  static_assert(sizeof...(V) == sizeof...(A));
  return {name, member, {alternatives...}};
}

/// The table of a message, by its full name and its fields.
template <class... E>
constexpr MessageTable<E...> message(std::string_view full_name, E... entries) {
  return {full_name, {entries...}};
}

/// A value of an enumeration. Its underlying type is std::int32_t, so it also keeps numbers that it
/// does not name.
template <class E>
constexpr EnumValue value(std::string_view name, E number) {
  static_assert(std::same_as<std::underlying_type_t<E>, std::int32_t>);
  return {name, static_cast<std::int32_t>(number)};
}

/// The table of an enumeration. The first value is zero, as proto3 asks.
template <std::same_as<EnumValue>... V>
constexpr EnumTable<sizeof...(V)> enumeration(std::string_view full_name, V... values) {
  return {full_name, {values...}};
}

namespace detail {

template <class T>
inline constexpr auto kTable = T::fields();

template <class T>
inline constexpr std::size_t kEntryCount = std::tuple_size_v<decltype(kTable<T>.entries)>;

template <class E>
inline constexpr bool kIsOneof = false;
template <class M, class V, class... A>
inline constexpr bool kIsOneof<Oneof<M, V, A...>> = true;

/// How many fields of the .proto file an entry stands for.
template <class E>
consteval std::size_t field_count() {
  if constexpr (kIsOneof<E>) {
    return E::kCount;
  } else {
    return 1;
  }
}

template <class E>
constexpr void add_numbers(std::uint32_t*& out) {
  if constexpr (kIsOneof<E>) {
    [&]<class... A>(std::type_identity<std::tuple<A...>>) {
      ((*out++ = A::kNumber), ...);
    }(std::type_identity<decltype(E::alternatives)>{});
  } else {
    *out++ = E::kNumber;
  }
}

template <class... E>
consteval bool numbers_differ(std::type_identity<std::tuple<E...>>) {
  constexpr std::size_t kCount = (field_count<E>() + ... + 0);
  std::array<std::uint32_t, kCount + 1> numbers{};
  [[maybe_unused]] std::uint32_t* end = numbers.data();
  (add_numbers<E>(end), ...);
  for (std::size_t i = 0; i < kCount; ++i) {
    for (std::size_t k = 0; k < i; ++k) {
      if (numbers[i] == numbers[k]) return false;
    }
  }
  return true;
}

template <class T>
inline constexpr bool kIsSound =
    numbers_differ(std::type_identity<std::remove_const_t<decltype(kTable<T>.entries)>>{});

}  // namespace detail
}  // namespace sim::grpc::proto
