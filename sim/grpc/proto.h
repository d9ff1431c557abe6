// sim/grpc/proto.h: protocol buffers (proto3) for plain structs: encode() and decode().
//
// Concept: a message is a struct that names its fields once, in a constant. The codec, descriptors,
// server reflection and the stream inspector all read that table:
//
//   enum class Mood : std::int32_t { calm = 0, glad = 1 };
//   constexpr auto proto_enum(Mood) {
//     return proto::enumeration("greet.Mood", proto::value("CALM", Mood::calm),
//                               proto::value("GLAD", Mood::glad));
//   }
//   struct Hello {
//     std::string name;
//     std::vector<Mood> moods;
//     std::variant<std::monostate, std::int64_t, std::string> id;
//     static constexpr auto fields() {
//       return proto::message("greet.Hello", proto::field<1>("name", &Hello::name),
//                             proto::field<2>("moods", &Hello::moods),
//                             proto::oneof("id", &Hello::id, proto::alternative<3>("number"),
//                                          proto::alternative<4, proto::Kind::bytes>("token")));
//     }
//   };
//
// Promises: equal values give equal bytes, the same in every build (map entries by ascending key).
// Any bytes give a message or a fault with its offset; work and memory are bounded by their length
// and the limits in proto_wire.h.
// Not modelled: groups and other proto2 features (passed over), unknown fields (not kept), a
// singular field of its own type (use a repeated one), extensions. A message in a plain member, not
// in a std::optional, is one that is missing when it is empty.

#pragma once

#include "engine/world/check.h"
#include "sim/grpc/proto_decode.h"
#include "sim/grpc/proto_encode.h"
#include "sim/grpc/proto_table.h"
#include "sim/grpc/proto_wire.h"

#include <cstddef>
#include <string>
#include <string_view>

namespace sim::grpc::proto {

/// How many bytes encode() appends.
template <MessageType T>
[[nodiscard]] std::size_t encoded_size(const T& message) {
  return detail::fields_size(message);
}

/// Appends the message's bytes. REQUIRES: they are at most kMessageBytesMax.
template <MessageType T>
void encode(const T& message, std::string& out) {
  const std::size_t size = detail::fields_size(message);
  ENGINE_CHECK(size <= kMessageBytesMax);
  const std::size_t before = out.size();
  out.resize(before + size);
  char* const begin = detail::write_fields(out.data() + out.size(), message);
  ENGINE_CHECK(begin == out.data() + before);
}

/// Reads `bytes` into `message`, merging with what is there: give a fresh one to parse. After a
/// fault the message holds some of the fields, and is only good for being thrown away.
template <MessageType T>
Decoded decode(std::string_view bytes, T& message) {
  wire::State state;
  state.begin = bytes.data();
  if (bytes.size() > kMessageBytesMax) return {Fault::too_many, 0};
  if (detail::read_fields(bytes.data(), bytes.data() + bytes.size(), message, state) != nullptr) {
    return {};
  }
  // Of empty bytes, whose address may be null, nothing can be wrong.
  if (state.fault == Fault::none) return {};
  return {state.fault, static_cast<std::uint32_t>(state.fault_at - state.begin)};
}

}  // namespace sim::grpc::proto
