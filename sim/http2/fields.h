// sim/http2/fields.h: the fields of one header block.
//
// Concept: a list in the order of the wire, in one piece of memory: each field is two lengths, then
// its name, then its value. Made once, read from front to back, copied as one.

#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>

namespace sim::http2 {

/// A header field that someone else holds.
struct HeaderFieldView {
  std::string_view name;
  std::string_view value;
  /// Whoever passes it on may not put it into a table either. Source: RFC 7541, section 7.1.3.
  bool never_indexed = false;
};

class Fields {
 public:
  class Iterator {
   public:
    using value_type = HeaderFieldView;
    using difference_type = std::ptrdiff_t;
    Iterator() = default;
    explicit Iterator(const char* at) : at_(at) {}
    HeaderFieldView operator*() const {
      const Lengths lengths = lengths_at(at_);
      const char* const name = at_ + sizeof(Lengths);
      return {{name, lengths.name}, {name + lengths.name, lengths.value_bytes()}, lengths.secret()};
    }
    Iterator& operator++() {
      const Lengths lengths = lengths_at(at_);
      at_ += sizeof(Lengths) + lengths.name + lengths.value_bytes();
      return *this;
    }
    Iterator operator++(int) {
      const Iterator before = *this;
      ++*this;
      return before;
    }
    bool operator==(const Iterator&) const = default;

   private:
    const char* at_ = nullptr;
  };

  Fields() = default;
  explicit Fields(std::span<const HeaderFieldView> views) {
    size_t bytes = 0;
    for (const auto& view : views) bytes += bytes_of(view.name, view.value);
    bytes_.reserve(bytes);
    for (const auto& view : views) add(view.name, view.value, view.never_indexed);
  }

  /// REQUIRES: each text is below 2 GiB, and none of them is of this list.
  void add(std::string_view name, std::string_view value, bool never_indexed = false) {
    const Lengths lengths{static_cast<uint32_t>(name.size()),
                          static_cast<uint32_t>(value.size()) << 1 | uint32_t{never_indexed}};
    char head[sizeof(Lengths)];
    std::memcpy(head, &lengths, sizeof head);
    bytes_.append(head, sizeof head);
    bytes_.append(name);
    bytes_.append(value);
  }
  /// Keeps the memory.
  void clear() { bytes_.clear(); }

  [[nodiscard]] bool empty() const { return bytes_.empty(); }
  [[nodiscard]] Iterator begin() const { return Iterator(bytes_.data()); }
  [[nodiscard]] Iterator end() const { return Iterator(bytes_.data() + bytes_.size()); }
  /// The value of the first field of this name; empty if there is none.
  [[nodiscard]] std::string_view get(std::string_view name) const {
    for (const HeaderFieldView field : *this) {
      if (field.name == name) return field.value;
    }
    return {};
  }

 private:
  struct Lengths {
    uint32_t name;
    uint32_t value_and_secret;
    [[nodiscard]] uint32_t value_bytes() const { return value_and_secret >> 1; }
    [[nodiscard]] bool secret() const { return (value_and_secret & 1) != 0; }
  };
  static Lengths lengths_at(const char* at) {
    Lengths lengths;
    std::memcpy(&lengths, at, sizeof lengths);
    return lengths;
  }
  static size_t bytes_of(std::string_view name, std::string_view value) {
    return sizeof(Lengths) + name.size() + value.size();
  }

  std::string bytes_;
};

}  // namespace sim::http2
