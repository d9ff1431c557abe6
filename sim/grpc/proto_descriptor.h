// sim/grpc/proto_descriptor.h: the tables of messages, enumerations and services as constants that
// tools read at run time, without knowing the C++ types.
//
// Concept: message_descriptor<T>() is derived from T's table when the program is compiled. A
// service is a constant too, made of typed methods, which servers, clients, reflection and the
// inspector share:
//
//   inline constexpr proto::Method<Hello, Reply> kSayHello{"/greet.Greeter/SayHello"};
//   inline constexpr proto::Method<Hello, Reply, proto::Streaming::server> kSayMany{
//       "/greet.Greeter/SayMany"};
//   inline constexpr auto kGreeter = proto::service("greet.Greeter", kSayHello, kSayMany);
//   proto::ServiceDescriptor view = kGreeter.descriptor();
//
// Lifetime: everything is constant and has static storage; nothing is built at run time, except by
// describe(), which makes the google.protobuf.FileDescriptorProto that grpcurl and others read.

#pragma once

#include "sim/grpc/proto_table.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>

namespace sim::grpc::proto {

struct EnumDescriptor {
  std::string_view full_name;
  std::span<const EnumValue> values;

  /// The name of a number; empty if it has none.
  [[nodiscard]] std::string_view name_of(std::int32_t number) const {
    for (const EnumValue& value : values) {
      if (value.number == number) return value.name;
    }
    return {};
  }
};

enum class Label : std::uint8_t {
  /// Without presence: zero and missing are the same. Messages: may be missing.
  implicit,
  /// `optional` in the .proto file, or a message.
  optional,
  repeated,
  map,
  /// One of a oneof, whose name is FieldDescriptor::oneof.
  alternative,
};

struct MessageDescriptor;

struct FieldDescriptor {
  std::string_view name;
  std::uint32_t number = 0;
  Label label = Label::implicit;
  /// Of each element of a repeated field, and of a map's values.
  Kind kind = Kind::automatic;
  /// Of a map.
  Kind key_kind = Kind::automatic;
  /// Gives the message's descriptor; null if it is none. A function, since a message may contain
  /// itself.
  const MessageDescriptor& (*message)() = nullptr;
  /// Of the enumeration; else null.
  const EnumDescriptor* enumeration = nullptr;
  std::string_view oneof = {};
};

struct MessageDescriptor {
  std::string_view full_name;
  /// In the order of the table.
  std::span<const FieldDescriptor> fields;

  [[nodiscard]] const FieldDescriptor* find(std::uint32_t number) const {
    for (const FieldDescriptor& field : fields) {
      if (field.number == number) return &field;
    }
    return nullptr;
  }
};

namespace detail {

template <class E>
struct EnumTables {
  static constexpr auto kValues = proto_enum(E{}).values;
  static_assert(kValues[0].number == 0, "proto3 wants the first value to be zero");
  static constexpr EnumDescriptor kDescriptor{proto_enum(E{}).name, kValues};
};

template <class... E>
consteval std::size_t count_fields(std::type_identity<std::tuple<E...>>) {
  return (field_count<E>() + ... + 0);
}

template <class T>
inline constexpr std::size_t kFieldCount =
    count_fields(std::type_identity<std::remove_const_t<decltype(kTable<T>.entries)>>{});

/// Not constexpr, so that no compiler wants the descriptor while it is in the making.
template <class T>
const MessageDescriptor& descriptor_of();

template <class V>
constexpr void set_type(FieldDescriptor& out) {
  if constexpr (MessageType<V>) out.message = &descriptor_of<V>;
  if constexpr (EnumType<V>) out.enumeration = &EnumTables<V>::kDescriptor;
}

template <std::uint32_t Number, Kind K, Kind KeyK, class M, class V>
constexpr void describe(const Field<Number, K, KeyK, M, V>& field, FieldDescriptor*& out) {
  using F = Field<Number, K, KeyK, M, V>;
  FieldDescriptor& to = *out++;
  to.name = field.name;
  to.number = Number;
  to.kind = F::kind();
  to.key_kind = F::key_kind();
  if constexpr (F::kShape == Shape::map) {
    to.label = Label::map;
  } else if constexpr (F::kShape == Shape::repeated) {
    to.label = Label::repeated;
  } else if constexpr (F::kShape == Shape::optional) {
    to.label = Label::optional;
  }
  set_type<typename F::Element>(to);
}

template <class M, class V, class... A>
constexpr void describe(const Oneof<M, V, A...>& oneof, FieldDescriptor*& out) {
  const auto describe_one = [&]<std::size_t I>(std::integral_constant<std::size_t, I>) {
    using One = std::tuple_element_t<I, std::tuple<A...>>;
    using Element = std::variant_alternative_t<I + 1, V>;
    FieldDescriptor& to = *out++;
    to.name = std::get<I>(oneof.alternatives).name;
    to.number = One::kNumber;
    to.label = Label::alternative;
    to.kind = One::template kind<Element>();
    to.oneof = oneof.name;
    set_type<Element>(to);
  };
  [&]<std::size_t... I>(std::index_sequence<I...>) {
    (describe_one(std::integral_constant<std::size_t, I>{}), ...);
  }(std::index_sequence_for<A...>{});
}

template <class T>
consteval std::array<FieldDescriptor, kFieldCount<T>> describe_fields() {
  std::array<FieldDescriptor, kFieldCount<T>> fields{};
  FieldDescriptor* end = fields.data();
  std::apply([&](const auto&... entry) { (describe(entry, end), ...); }, kTable<T>.entries);
  return fields;
}

template <class T>
struct MessageTables {
  static constexpr std::array<FieldDescriptor, kFieldCount<T>> kFields = describe_fields<T>();
  static constexpr MessageDescriptor kDescriptor{kTable<T>.name, kFields};
};

template <class T>
const MessageDescriptor& descriptor_of() {
  return MessageTables<T>::kDescriptor;
}

}  // namespace detail

template <MessageType T>
constexpr const MessageDescriptor& message_descriptor() {
  return detail::MessageTables<T>::kDescriptor;
}

template <EnumType E>
constexpr const EnumDescriptor& enum_descriptor() {
  return detail::EnumTables<E>::kDescriptor;
}

enum class Streaming : std::uint8_t { none, client, server, both };

struct MethodDescriptor {
  /// As on the wire: "/greet.Greeter/SayHello".
  std::string_view path;
  const MessageDescriptor* request = nullptr;
  const MessageDescriptor* response = nullptr;
  Streaming streaming = Streaming::none;

  [[nodiscard]] constexpr std::string_view name() const { return path.substr(path.rfind('/') + 1); }
  [[nodiscard]] constexpr bool client_streams() const {
    return streaming == Streaming::client || streaming == Streaming::both;
  }
  [[nodiscard]] constexpr bool server_streams() const {
    return streaming == Streaming::server || streaming == Streaming::both;
  }
};

/// A method with its types, for typed clients and servers.
template <MessageType Req, MessageType Res, Streaming S = Streaming::none>
struct Method {
  using Request = Req;
  using Response = Res;
  static constexpr Streaming kStreaming = S;

  /// As in MethodDescriptor.
  std::string_view path;

  [[nodiscard]] constexpr MethodDescriptor descriptor() const {
    return {path, &message_descriptor<Req>(), &message_descriptor<Res>(), S};
  }
};

struct ServiceDescriptor {
  std::string_view full_name;
  std::span<const MethodDescriptor> methods;

  /// The method of a path; null if it has none.
  [[nodiscard]] const MethodDescriptor* find(std::string_view path) const {
    for (const MethodDescriptor& method : methods) {
      if (method.path == path) return &method;
    }
    return nullptr;
  }
};

template <std::size_t N>
struct Service {
  std::string_view full_name;
  std::array<MethodDescriptor, N> methods;

  /// REQUIRES: static storage.
  [[nodiscard]] constexpr ServiceDescriptor descriptor() const { return {full_name, methods}; }
};

namespace detail {

/// Not constexpr, so that a path that is wrong does not compile.
inline void path_is_not_slash_service_slash_method() {}

constexpr void check_path(std::string_view service, std::string_view path) {
  const bool right = path.size() > service.size() + 2 && path[0] == '/' &&
                     path.substr(1, service.size()) == service &&
                     path.rfind('/') == service.size() + 1;
  if (!right) path_is_not_slash_service_slash_method();
}

}  // namespace detail

/// The table of a service. Each path is "/" + `full_name` + "/" + the method's name, or it does not
/// compile.
template <class... M>
consteval Service<sizeof...(M)> service(std::string_view full_name, const M&... methods) {
  (detail::check_path(full_name, methods.path), ...);
  return {full_name, {methods.descriptor()...}};
}

/// A .proto file as reflection tells it: the services named here, the messages named here, and all
/// messages and enumerations that these need and no dependency tells. A constant as well:
///
///   inline constexpr proto::ServiceDescriptor kServices[] = {kGreeter.descriptor()};
///   inline constexpr proto::FileDescriptor kGreetFile{
///       .name = "greet.proto", .package = "greet", .services = kServices};
///
/// A type "greet.Outer.Inner" is told within the message "greet.Outer", which then must be needed
/// or named too.
struct FileDescriptor {
  std::string_view name;
  std::string_view package;
  std::span<const ServiceDescriptor> services = {};
  /// Beyond what the services need.
  std::span<const MessageDescriptor* const> messages = {};
  /// The files of all other types that these need, without cycles. A type of a dependency's own
  /// dependency needs that one here too, as an import would.
  std::span<const FileDescriptor* const> dependencies = {};
};

struct FileDescriptorProto;

/// The file as the message that tools know; encode() gives the bytes that server reflection sends.
/// To use it, include proto_descriptor_messages.h. Types are told by ascending name.
/// REQUIRES: each type is of the file's package or of a dependency.
[[nodiscard]] FileDescriptorProto describe(const FileDescriptor& file);

/// Whether the file tells a full name, as reflection's file_containing_symbol asks: of a message,
/// enumeration, field, oneof, enumeration value, service or method ("greet.Greeter.SayHello").
[[nodiscard]] bool declares(const FileDescriptorProto& file, std::string_view symbol);

}  // namespace sim::grpc::proto
