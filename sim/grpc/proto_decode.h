// sim/grpc/proto_decode.h: from bytes to a struct with a table.
//
// Promises: merges as the format says: a single value overwrites, a message merges, a repeated
// field grows, a map's later entry wins, a oneof keeps what came last. A scalar repeated field is
// read packed or not. Does not: keep fields that the table does not name; they are passed over,
// as is one whose wire type is another than its kind's.

#pragma once

#include "sim/grpc/proto_table.h"

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <tuple>
#include <utility>
#include <variant>

namespace sim::grpc::proto::detail {

template <class T>
const char* read_fields(const char* p, const char* end, T& message, wire::State& state);

template <Kind K, class V>
void from_varint(std::uint64_t raw, V& value) {
  if constexpr (K == Kind::sint32) {
    value = static_cast<V>(wire::unzigzag(static_cast<std::uint32_t>(raw)));
  } else if constexpr (K == Kind::sint64) {
    value = wire::unzigzag(raw);
  } else if constexpr (K == Kind::boolean) {
    value = raw != 0;
  } else {
    // Bits that do not fit are cut off, as the format says.
    value = static_cast<V>(static_cast<std::int64_t>(raw));
  }
}

/// A value without its tag.
template <Kind K, class V>
const char* read_value(const char* p, const char* end, V& value, wire::State& state) {
  if constexpr (K == Kind::message) {
    std::string_view body;
    const char* const next = wire::read_bytes(p, end, body, state);
    if (next == nullptr) return nullptr;
    if (state.depth_left == 0) return state.fail(Fault::too_deep, p);
    --state.depth_left;
    if (read_fields(body.data(), next, value, state) == nullptr) return nullptr;
    ++state.depth_left;
    return next;
  } else if constexpr (is_text(K)) {
    std::string_view bytes;
    const char* const next = wire::read_bytes(p, end, bytes, state);
    if (next == nullptr) return nullptr;
    if constexpr (K == Kind::string) {
      if (!is_ascii(bytes) && !is_utf8(bytes)) return state.fail(Fault::bad_utf8, p);
    }
    value.assign(bytes.data(), bytes.size());
    return next;
  } else if constexpr (wire_type(K) == WireType::varint) {
    std::uint64_t raw = 0;
    p = wire::read_varint(p, end, raw, state);
    if (p != nullptr) from_varint<K>(raw, value);
    return p;
  } else {
    return wire::read_fixed(p, end, value, state);
  }
}

/// Makes room for `more` values without giving up growth by doubling.
template <class V>
void reserve_more(std::vector<V>& values, std::size_t more) {
  if (values.capacity() - values.size() >= more) return;
  values.reserve(std::max(values.size() + more, values.capacity() * 2));
}

template <Kind K, class V>
const char* read_packed(const char* p, const char* end, std::vector<V>& values,
                        wire::State& state) {
  std::string_view body;
  const char* const next = wire::read_bytes(p, end, body, state);
  if (next == nullptr) return nullptr;
  if constexpr (wire_type(K) == WireType::varint) {
    std::size_t count = 0;
    for (const char byte : body) count += static_cast<unsigned char>(byte) < 0x80 ? 1 : 0;
    reserve_more(values, count);
    for (p = body.data(); p != next;) {
      V value{};
      p = read_value<K>(p, next, value, state);
      if (p == nullptr) return nullptr;
      values.push_back(value);
    }
  } else {
    if (body.size() % sizeof(V) != 0) return state.fail(Fault::truncated, p);
    const std::size_t before = values.size();
    reserve_more(values, body.size() / sizeof(V));
    values.resize(before + body.size() / sizeof(V));
    if (!body.empty()) std::memcpy(values.data() + before, body.data(), body.size());
  }
  return next;
}

template <Kind K, class V>
const char* read_element(const char* p, const char* end, std::vector<V>& values,
                         wire::State& state) {
  if constexpr (is_packable(K)) {
    V value{};
    p = read_value<K>(p, end, value, state);
    if (p != nullptr) values.push_back(value);
    return p;
  } else {
    if (state.elements_left == 0) return state.fail(Fault::too_many, p);
    --state.elements_left;
    return read_value<K>(p, end, values.emplace_back(), state);
  }
}

template <class F>
const char* read_map_entry(const char* p, const char* end, typename F::Value& entries,
                           wire::State& state) {
  constexpr std::uint32_t kKey = wire::tag(1, wire_type(F::key_kind()));
  constexpr std::uint32_t kValue = wire::tag(2, wire_type(F::kind()));
  if (state.elements_left == 0) return state.fail(Fault::too_many, p);
  --state.elements_left;
  if (state.depth_left == 0) return state.fail(Fault::too_deep, p);
  std::string_view body;
  const char* const next = wire::read_bytes(p, end, body, state);
  if (next == nullptr) return nullptr;
  --state.depth_left;
  typename F::Key key{};
  typename F::Element value{};
  for (p = body.data(); p != next;) {
    std::uint32_t tag = 0;
    p = wire::read_tag(p, next, tag, state);
    if (p == nullptr) return nullptr;
    if (tag == kKey) {
      p = read_value<F::key_kind()>(p, next, key, state);
    } else if (tag == kValue) {
      p = read_value<F::kind()>(p, next, value, state);
    } else {
      p = wire::skip(tag, p, next, state);
    }
    if (p == nullptr) return nullptr;
  }
  ++state.depth_left;
  entries.insert_or_assign(std::move(key), std::move(value));
  return next;
}

/// Whether `tag` is the field's; then `p` is where its value ends, or null.
template <class F, class T>
bool read_entry(const F& field, std::uint32_t tag, const char*& p, const char* end, T& message,
                wire::State& state) {
  constexpr Kind K = F::kind();
  auto& value = message.*field.member;
  if constexpr (F::kShape == Shape::repeated && is_packable(K)) {
    if (tag == wire::tag(F::kNumber, WireType::bytes)) {
      p = read_packed<K>(p, end, value, state);
      return true;
    }
  }
  constexpr WireType kWire = F::kShape == Shape::map ? WireType::bytes : wire_type(K);
  if (tag != wire::tag(F::kNumber, kWire)) return false;
  if constexpr (F::kShape == Shape::map) {
    p = read_map_entry<F>(p, end, value, state);
  } else if constexpr (F::kShape == Shape::repeated) {
    p = read_element<K>(p, end, value, state);
  } else if constexpr (F::kShape == Shape::optional) {
    if (!value) value.emplace();
    p = read_value<K>(p, end, *value, state);
  } else {
    p = read_value<K>(p, end, value, state);
  }
  return true;
}

template <class M, class V, class... A, class T>
bool read_entry(const Oneof<M, V, A...>& oneof, std::uint32_t tag, const char*& p, const char* end,
                T& message, wire::State& state) {
  V& held = message.*oneof.member;
  const auto try_one = [&]<std::size_t I>(std::integral_constant<std::size_t, I>) {
    using One = std::tuple_element_t<I, std::tuple<A...>>;
    constexpr Kind K = One::template kind<std::variant_alternative_t<I + 1, V>>();
    if (tag != wire::tag(One::kNumber, wire_type(K))) return false;
    auto* value = std::get_if<I + 1>(&held);
    if (value == nullptr) value = &held.template emplace<I + 1>();
    p = read_value<K>(p, end, *value, state);
    return true;
  };
  return [&]<std::size_t... I>(std::index_sequence<I...>) {
    return (try_one(std::integral_constant<std::size_t, I>{}) || ...);
  }(std::index_sequence_for<A...>{});
}

template <class T>
const char* read_fields(const char* p, const char* end, T& message, wire::State& state) {
  static_assert(kIsSound<T>, "two fields have one number");
  while (p != end) {
    std::uint32_t tag = 0;
    p = wire::read_tag(p, end, tag, state);
    if (p == nullptr) return nullptr;
    const bool known = [&]<std::size_t... I>(std::index_sequence<I...>) {
      return (read_entry(std::get<I>(kTable<T>.entries), tag, p, end, message, state) || ...);
    }(std::make_index_sequence<kEntryCount<T>>{});
    if (!known) p = wire::skip(tag, p, end, state);
    if (p == nullptr) return nullptr;
  }
  return p;
}

}  // namespace sim::grpc::proto::detail
