// sim/json/value.h: JSON values that never change and are shared.
//
// Concept: a value is one word: a small number, a truth, null, or a reference to text, a list or an
// object. Within a world there is only one of each: whoever makes an equal value gets the same one.
// So comparing is comparing words, copies cost nothing, and what thousands of API objects have in
// common is stored once. To change an object is to make another one that shares the rest.
// Objects are ordered by key, which makes every text of a value canonical.
// Determinism: nothing depends on addresses but equality. Lifetime: counted; a value lives in the
// world where it was made. REQUIRES: an open scope wherever a value is made.
// Source: RFC 8259. Not modelled: numbers beyond 64 bits, other than as floating point.

#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sim::json {

struct Member;

enum class Kind : uint8_t { kAbsent, kNull, kBool, kInteger, kFloat, kString, kArray, kObject };

namespace detail {

/// What a reference refers to; its content follows.
struct Node {
  uint64_t hash = 0;
  Node* next = nullptr;  // in its bucket of the pool
  uint32_t handles = 0;
  uint32_t size : 29 = 0;  // bytes, items or members
  uint32_t kind : 3 = 0;
};

}  // namespace detail

/// Absent by default, which is what looking for something in vain gives; it is no JSON.
class Value {
 public:
  constexpr Value() = default;
  constexpr Value(std::nullptr_t) : bits_(kNullBits) {}                   // NOLINT: is null
  constexpr Value(bool truth) : bits_(truth ? kTrueBits : kFalseBits) {}  // NOLINT
  Value(int number) : Value(int64_t{number}) {}                           // NOLINT
  Value(uint32_t number) : Value(int64_t{number}) {}                      // NOLINT
  Value(int64_t number);                                                  // NOLINT
  explicit Value(double number);
  Value(std::string_view text);                                      // NOLINT
  Value(const char* text) : Value(std::string_view(text)) {}         // NOLINT
  Value(const std::string& text) : Value(std::string_view(text)) {}  // NOLINT
  /// A list. REQUIRES: no item is absent.
  static Value array(std::span<const Value> items);
  /// An object. Of members with one key the last counts; absent ones are left out.
  static Value object(std::vector<Member> members);
  static Value empty_object();
  static Value empty_array() { return array({}); }

  constexpr Value(const Value& other) : bits_(other.bits_) { hold(); }
  constexpr Value(Value&& other) noexcept : bits_(std::exchange(other.bits_, 0)) {}
  constexpr Value& operator=(Value other) noexcept {
    std::swap(bits_, other.bits_);
    return *this;
  }
  constexpr ~Value() {
    if (is_node()) release();
  }

  [[nodiscard]] Kind kind() const;
  [[nodiscard]] bool is_null() const { return bits_ == kNullBits; }
  [[nodiscard]] bool is_bool() const { return bits_ == kTrueBits || bits_ == kFalseBits; }
  [[nodiscard]] bool is_integer() const { return kind() == Kind::kInteger; }
  [[nodiscard]] bool is_number() const { return is_integer() || kind() == Kind::kFloat; }
  [[nodiscard]] bool is_string() const { return kind() == Kind::kString; }
  [[nodiscard]] bool is_array() const { return kind() == Kind::kArray; }
  [[nodiscard]] bool is_object() const { return kind() == Kind::kObject; }
  /// Whether there is something, be it null.
  explicit operator bool() const { return bits_ != 0; }
  /// Absent, null, zero, false, or empty: what Go's `omitempty` leaves out.
  [[nodiscard]] bool is_zero() const;
  friend bool operator==(const Value& a, const Value& b) { return a.bits_ == b.bits_; }

  /// The member `key` of an object; absent if there is none, or this is no object.
  const Value& operator[](std::string_view key) const;
  /// The item at `index` of a list, or absent.
  const Value& operator[](int index) const;
  [[nodiscard]] bool contains(std::string_view key) const { return bool((*this)[key]); }
  /// How many members or items; 0 of anything else.
  [[nodiscard]] size_t size() const;
  /// The items of a list; none of anything else.
  [[nodiscard]] std::span<const Value> items() const;
  /// The members of an object by key; none of anything else.
  [[nodiscard]] std::span<const Member> members() const;
  /// The text of a string; `otherwise` of anything else.
  [[nodiscard]] std::string_view text(std::string_view otherwise = {}) const;
  [[nodiscard]] int64_t integer(int64_t otherwise = 0) const;
  [[nodiscard]] double number(double otherwise = 0) const;
  [[nodiscard]] bool truth(bool otherwise = false) const;

  /// This object (an empty one if it is none) with `key` set to `value`; without it if that is
  /// absent.
  [[nodiscard]] Value with(std::string_view key, Value value) const;
  [[nodiscard]] Value without(std::string_view key) const { return with(key, {}); }
  /// The same further down; objects on the way are made.
  [[nodiscard]] Value with_in(std::initializer_list<std::string_view> path, Value value) const {
    return with_in(std::span(path.begin(), path.size()), std::move(value));
  }
  [[nodiscard]] Value with_in(std::span<const std::string_view> path, Value value) const;
  /// What is at the end of a path, or absent.
  [[nodiscard]] const Value& in(std::initializer_list<std::string_view> path) const;
  /// This list (an empty one if it is none) with one item more.
  [[nodiscard]] Value appended(Value item) const;

  /// Of the content alone: equal in every world.
  [[nodiscard]] uint64_t hash() const;
  /// As compact JSON.
  [[nodiscard]] std::string to_json() const;

 private:
  // The low three bits tell what a word is. A node's are 0.
  static constexpr uint64_t kIntegerTag = 1;
  static constexpr uint64_t kNullBits = 2;
  static constexpr uint64_t kFalseBits = 3;
  static constexpr uint64_t kTrueBits = 4;
  static constexpr int kTagBits = 3;

  friend struct Pool;
  explicit Value(detail::Node* node);
  [[nodiscard]] constexpr bool is_node() const { return bits_ != 0 && (bits_ & 7) == 0; }
  [[nodiscard]] detail::Node* node() const {
    return reinterpret_cast<detail::Node*>(static_cast<uintptr_t>(bits_));
  }
  constexpr void hold() const {
    if (is_node()) ++node()->handles;
  }
  void release();

  uint64_t bits_ = 0;
};

struct Member {
  Value key;  // a string
  Value value;
  [[nodiscard]] std::string_view name() const { return key.text(); }
};

/// Builds an object: `Object().set("a", 1).set("b", "c").build()`.
class Object {
 public:
  Object() = default;
  /// Begins with the members of `base`.
  explicit Object(const Value& base) : members_(base.members().begin(), base.members().end()) {}
  /// An absent value is left out, or taken out.
  Object& set(std::string_view key, Value value) & {
    members_.push_back({Value(key), std::move(value)});
    return *this;
  }
  Object&& set(std::string_view key, Value value) && {
    return std::move(set(key, std::move(value)));
  }
  /// Only if it is not zero. Source: Go's `omitempty`.
  Object& set_nonzero(std::string_view key, Value value) & {
    return value.is_zero() ? *this : set(key, std::move(value));
  }
  Object&& set_nonzero(std::string_view key, Value value) && {
    return std::move(set_nonzero(key, std::move(value)));
  }
  [[nodiscard]] Value build() && { return Value::object(std::move(members_)); }
  [[nodiscard]] Value build() const& { return Value::object(members_); }

 private:
  std::vector<Member> members_;
};

/// Builds a list.
class Array {
 public:
  Array() = default;
  explicit Array(const Value& base) : items_(base.items().begin(), base.items().end()) {}
  Array& add(Value item) & {
    items_.push_back(std::move(item));
    return *this;
  }
  Array&& add(Value item) && { return std::move(add(std::move(item))); }
  [[nodiscard]] Value build() const { return Value::array(items_); }
  [[nodiscard]] size_t size() const { return items_.size(); }

 private:
  std::vector<Value> items_;
};

}  // namespace sim::json
