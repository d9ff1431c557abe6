// sim/grpc/proto_encode.h: from a struct with a table to bytes.
//
// Concept: one pass adds up the size, a second writes from the last byte to the first, where the
// length of a nested message is known when its prefix is due: no size is computed twice or stored.
// Promises: fields in the order of the table, map entries by ascending key, so equal values give
// equal bytes. Does not: check that strings are UTF-8; who decodes them does.

#pragma once

#include "sim/grpc/proto_table.h"

#include <bit>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <tuple>
#include <utility>
#include <variant>

namespace sim::grpc::proto::detail {

template <class T>
std::size_t fields_size(const T& message);
template <class T>
char* write_fields(char* end, const T& message);

/// The number that goes on the wire for a value of a varint kind.
template <Kind K, class V>
std::uint64_t to_varint(const V& value) {
  if constexpr (K == Kind::sint32 || K == Kind::sint64) {
    return wire::zigzag(value);
  } else {
    // Negative numbers are sign-extended to 64 bits, int32 and enumerations too.
    return static_cast<std::uint64_t>(static_cast<std::int64_t>(value));
  }
}

/// A value of a fixed-width kind as its bits.
template <class V>
auto to_fixed(const V& value) {
  if constexpr (sizeof(V) == 4) {
    return std::bit_cast<std::uint32_t>(value);
  } else {
    return std::bit_cast<std::uint64_t>(value);
  }
}

/// An element without its tag.
template <Kind K, class V>
std::size_t value_size(const V& value) {
  if constexpr (K == Kind::message) {
    const std::size_t size = fields_size(value);
    return wire::varint_size(size) + size;
  } else if constexpr (is_text(K)) {
    return wire::varint_size(value.size()) + value.size();
  } else if constexpr (wire_type(K) == WireType::varint) {
    return wire::varint_size(to_varint<K>(value));
  } else {
    return sizeof(V);
  }
}

template <Kind K, class V>
char* write_value(char* end, const V& value) {
  if constexpr (K == Kind::message) {
    char* const body = write_fields(end, value);
    return wire::write_varint_before(body, static_cast<std::uint64_t>(end - body));
  } else if constexpr (is_text(K)) {
    char* const body = wire::write_bytes_before(end, value);
    return wire::write_varint_before(body, value.size());
  } else if constexpr (wire_type(K) == WireType::varint) {
    return wire::write_varint_before(end, to_varint<K>(value));
  } else {
    return wire::write_fixed_before(end, to_fixed(value));
  }
}

template <std::uint32_t Number, WireType W>
inline constexpr std::size_t kTagSize = wire::varint_size(wire::tag(Number, W));

template <std::uint32_t Number, WireType W>
char* write_tag(char* end) {
  return wire::write_varint_before(end, wire::tag(Number, W));
}

/// A field that is there, whatever its value.
template <std::uint32_t Number, Kind K, class V>
std::size_t present_size(const V& value) {
  return kTagSize<Number, wire_type(K)> + value_size<K>(value);
}

template <std::uint32_t Number, Kind K, class V>
char* write_present(char* end, const V& value) {
  return write_tag<Number, wire_type(K)>(write_value<K>(end, value));
}

/// Whether a field without presence is left out. -0.0 is not zero here: its bits count.
template <Kind K, class V>
bool is_default(const V& value) {
  if constexpr (is_text(K)) {
    return value.empty();
  } else if constexpr (wire_type(K) == WireType::varint) {
    return to_varint<K>(value) == 0;
  } else {
    return to_fixed(value) == 0;
  }
}

/// The elements of a packed field, without tag and length.
template <Kind K, class V>
std::size_t packed_size(const std::vector<V>& values) {
  if constexpr (wire_type(K) != WireType::varint) {
    return values.size() * sizeof(V);
  } else {
    std::size_t size = 0;
    for (const V value : values) size += value_size<K>(value);
    return size;
  }
}

template <Kind K, class V>
char* write_packed(char* end, const std::vector<V>& values) {
  if constexpr (wire_type(K) != WireType::varint) {
    const auto* bytes = reinterpret_cast<const char*>(values.data());
    return wire::write_bytes_before(end, {bytes, values.size() * sizeof(V)});
  } else {
    for (std::size_t i = values.size(); i > 0; --i) {
      const V value = values[i - 1];
      end = write_value<K>(end, value);
    }
    return end;
  }
}

template <class F>
std::size_t repeated_size(const typename F::Value& values) {
  constexpr Kind K = F::kind();
  if (values.empty()) return 0;
  if constexpr (is_packable(K)) {
    const std::size_t size = packed_size<K>(values);
    return kTagSize<F::kNumber, WireType::bytes> + wire::varint_size(size) + size;
  } else {
    std::size_t size = 0;
    for (const auto& value : values) size += present_size<F::kNumber, K>(value);
    return size;
  }
}

template <class F>
char* write_repeated(char* end, const typename F::Value& values) {
  constexpr Kind K = F::kind();
  if (values.empty()) return end;
  if constexpr (is_packable(K)) {
    char* const body = write_packed<K>(end, values);
    end = wire::write_varint_before(body, static_cast<std::uint64_t>(end - body));
    return write_tag<F::kNumber, WireType::bytes>(end);
  } else {
    for (std::size_t i = values.size(); i > 0; --i) {
      end = write_present<F::kNumber, K>(end, values[i - 1]);
    }
    return end;
  }
}

/// A map is a repeated message of two fields, both always written.
template <class F>
std::size_t map_size(const typename F::Value& entries) {
  std::size_t size = 0;
  for (const auto& [key, value] : entries) {
    const std::size_t entry =
        present_size<1, F::key_kind()>(key) + present_size<2, F::kind()>(value);
    size += kTagSize<F::kNumber, WireType::bytes> + wire::varint_size(entry) + entry;
  }
  return size;
}

template <class F>
char* write_map(char* end, const typename F::Value& entries) {
  for (auto entry = entries.rbegin(); entry != entries.rend(); ++entry) {
    char* body = write_present<2, F::kind()>(end, entry->second);
    body = write_present<1, F::key_kind()>(body, entry->first);
    end = wire::write_varint_before(body, static_cast<std::uint64_t>(end - body));
    end = write_tag<F::kNumber, WireType::bytes>(end);
  }
  return end;
}

template <class F, class T>
std::size_t entry_size(const F& field, const T& message) {
  const auto& value = message.*field.member;
  if constexpr (F::kShape == Shape::optional) {
    return value ? present_size<F::kNumber, F::kind()>(*value) : 0;
  } else if constexpr (F::kShape == Shape::repeated) {
    return repeated_size<F>(value);
  } else if constexpr (F::kShape == Shape::map) {
    return map_size<F>(value);
  } else if constexpr (F::kind() == Kind::message) {
    const std::size_t size = fields_size(value);
    return size == 0 ? 0 : kTagSize<F::kNumber, WireType::bytes> + wire::varint_size(size) + size;
  } else {
    return is_default<F::kind()>(value) ? 0 : present_size<F::kNumber, F::kind()>(value);
  }
}

template <class F, class T>
char* write_entry(char* end, const F& field, const T& message) {
  const auto& value = message.*field.member;
  if constexpr (F::kShape == Shape::optional) {
    return value ? write_present<F::kNumber, F::kind()>(end, *value) : end;
  } else if constexpr (F::kShape == Shape::repeated) {
    return write_repeated<F>(end, value);
  } else if constexpr (F::kShape == Shape::map) {
    return write_map<F>(end, value);
  } else if constexpr (F::kind() == Kind::message) {
    char* const body = write_fields(end, value);
    if (body == end) return end;
    char* const prefix = wire::write_varint_before(body, static_cast<std::uint64_t>(end - body));
    return write_tag<F::kNumber, WireType::bytes>(prefix);
  } else {
    if (is_default<F::kind()>(value)) return end;
    return write_present<F::kNumber, F::kind()>(end, value);
  }
}

/// Calls `visit` with the alternative that is there, its kind as a constant, and its value.
template <class O, class V, class Visit>
void visit_oneof(const O&, const V& value, Visit visit) {
  const auto try_one = [&]<std::size_t I>(std::integral_constant<std::size_t, I>) {
    if (value.index() != I + 1) return false;
    using A = std::tuple_element_t<I, decltype(O::alternatives)>;
    using Element = std::variant_alternative_t<I + 1, V>;
    constexpr Kind K = A::template kind<Element>();
    visit(std::integral_constant<std::uint32_t, A::kNumber>{}, std::integral_constant<Kind, K>{},
          *std::get_if<I + 1>(&value));
    return true;
  };
  [&]<std::size_t... I>(std::index_sequence<I...>) {
    static_cast<void>((try_one(std::integral_constant<std::size_t, I>{}) || ...));
  }(std::make_index_sequence<O::kCount>{});
}

template <class M, class V, class... A, class T>
std::size_t entry_size(const Oneof<M, V, A...>& oneof, const T& message) {
  std::size_t size = 0;
  visit_oneof(oneof, message.*oneof.member, [&](auto number, auto kind, const auto& value) {
    size = present_size<decltype(number)::value, decltype(kind)::value>(value);
  });
  return size;
}

template <class M, class V, class... A, class T>
char* write_entry(char* end, const Oneof<M, V, A...>& oneof, const T& message) {
  visit_oneof(oneof, message.*oneof.member, [&](auto number, auto kind, const auto& value) {
    end = write_present<decltype(number)::value, decltype(kind)::value>(end, value);
  });
  return end;
}

template <class T>
std::size_t fields_size(const T& message) {
  static_assert(kIsSound<T>, "two fields have one number");
  return [&]<std::size_t... I>(std::index_sequence<I...>) {
    return (entry_size(std::get<I>(kTable<T>.entries), message) + ... + std::size_t{0});
  }(std::make_index_sequence<kEntryCount<T>>{});
}

template <class T>
char* write_fields(char* end, const T& message) {
  constexpr std::size_t kCount = kEntryCount<T>;
  [&]<std::size_t... I>(std::index_sequence<I...>) {
    ((end = write_entry(end, std::get<kCount - 1 - I>(kTable<T>.entries), message)), ...);
  }(std::make_index_sequence<kCount>{});
  return end;
}

}  // namespace sim::grpc::proto::detail
