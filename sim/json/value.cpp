#include "sim/json/value.h"

#include <algorithm>
#include <bit>
#include <new>

#include "engine/world/check.h"
#include "engine/world/hash.h"
#include "engine/world/local.h"
#include "sim/json/print.h"

namespace sim::json {

using detail::Node;

namespace {

constexpr Value kNothing;

constexpr uint64_t kMultiplier = 0x9E3779B97F4A7C15;

constexpr uint64_t mixed(uint64_t hash, uint64_t word) {
  hash = (hash ^ word) * kMultiplier;
  return hash ^ (hash >> 29);
}

template <class T>
T* content_of(Node* node) {
  return reinterpret_cast<T*>(node + 1);
}
static_assert(sizeof(Node) % alignof(Value) == 0);

Kind kind_of(const Node& node) {
  return static_cast<Kind>(node.kind);
}

}  // namespace

/// The values of a world that are more than a word.
struct Pool final : engine::WorldLocal {
  static constexpr size_t kFirstBuckets = 256;

  std::vector<Node*> buckets = std::vector<Node*>(kFirstBuckets);
  size_t count = 0;

  static Pool& of_world() { return engine::world_local<Pool>(); }

  Node*& bucket(uint64_t hash) { return buckets[static_cast<size_t>(hash >> shift())]; }
  [[nodiscard]] int shift() const { return 64 - std::countr_zero(buckets.size()); }

  void grow() {
    std::vector<Node*> old(buckets.size() * 2);
    old.swap(buckets);
    for (Node* node : old) {
      while (node != nullptr) {
        Node* const behind = node->next;
        Node*& first = bucket(node->hash);
        node->next = first;
        first = node;
        node = behind;
      }
    }
  }

  // Room for a node's head and `bytes` of content, in the pool already.
  Node* add(Kind kind, uint64_t hash, size_t size, size_t bytes) {
    if (count == buckets.size()) grow();
    ++count;
    Node* const node = new (::operator new(sizeof(Node) + bytes)) Node;
    ENGINE_CHECK(size < (size_t{1} << 29));
    node->hash = hash;
    node->size = static_cast<uint32_t>(size) & ((1U << 29) - 1);
    node->kind = static_cast<uint32_t>(kind) & 7;
    Node*& first = bucket(hash);
    node->next = first;
    first = node;
    return node;
  }

  template <class Equal>
  Node* find(Kind kind, uint64_t hash, size_t size, Equal equal) {
    for (Node* node = bucket(hash); node != nullptr; node = node->next) {
      if (node->hash == hash && kind_of(*node) == kind && node->size == size && equal(node)) {
        return node;
      }
    }
    return nullptr;
  }

  void remove(Node* node) {
    Node** link = &bucket(node->hash);
    while (*link != node) link = &(*link)->next;
    *link = node->next;
    --count;
    if (kind_of(*node) == Kind::kArray) {
      std::destroy_n(content_of<Value>(node), node->size);
    } else if (kind_of(*node) == Kind::kObject) {
      std::destroy_n(content_of<Member>(node), node->size);
    }
    ::operator delete(node);
  }

  // A number that does not fit into a word.
  Node* wide(Kind kind, uint64_t bits) {
    const uint64_t hash = mixed(static_cast<uint64_t>(kind), bits);
    const auto same = [bits](Node* node) { return *content_of<uint64_t>(node) == bits; };
    if (Node* const found = find(kind, hash, 1, same)) return found;
    Node* const node = add(kind, hash, 1, sizeof bits);
    *content_of<uint64_t>(node) = bits;
    return node;
  }

  Node* object(std::span<Member> members) {
    uint64_t hash = mixed(static_cast<uint64_t>(Kind::kObject), members.size());
    for (const Member& member : members) {
      hash = mixed(mixed(hash, member.key.hash()), member.value.hash());
    }
    const auto same = [members](Node* node) {
      return std::equal(
          members.begin(), members.end(), content_of<Member>(node),
          [](const Member& a, const Member& b) { return a.key == b.key && a.value == b.value; });
    };
    if (Node* const found = find(Kind::kObject, hash, members.size(), same)) return found;
    Node* const node = add(Kind::kObject, hash, members.size(), members.size_bytes());
    std::uninitialized_move(members.begin(), members.end(), content_of<Member>(node));
    return node;
  }
};

Value::Value(Node* node) : bits_(reinterpret_cast<uintptr_t>(node)) {
  ++node->handles;
}

Value::Value(int64_t number) : bits_((static_cast<uint64_t>(number) << kTagBits) | kIntegerTag) {
  if (static_cast<int64_t>(bits_) >> kTagBits == number) return;
  bits_ = 0;
  *this = Value(Pool::of_world().wide(Kind::kInteger, static_cast<uint64_t>(number)));
}

Value::Value(double number)
    : Value(Pool::of_world().wide(Kind::kFloat, std::bit_cast<uint64_t>(number))) {}

Value::Value(std::string_view text) {
  Pool& pool = Pool::of_world();
  const uint64_t hash = engine::hash_bytes(text);
  const auto same = [text](Node* node) {
    return std::string_view(content_of<char>(node), text.size()) == text;
  };
  Node* node = pool.find(Kind::kString, hash, text.size(), same);
  if (node == nullptr) {
    node = pool.add(Kind::kString, hash, text.size(), text.size());
    text.copy(content_of<char>(node), text.size());
  }
  *this = Value(node);
}

Value Value::array(std::span<const Value> items) {
  Pool& pool = Pool::of_world();
  uint64_t hash = mixed(static_cast<uint64_t>(Kind::kArray), items.size());
  for (const Value& item : items) {
    ENGINE_CHECK(bool(item));
    hash = mixed(hash, item.hash());
  }
  const auto same = [items](Node* node) {
    return std::equal(items.begin(), items.end(), content_of<Value>(node));
  };
  Node* node = pool.find(Kind::kArray, hash, items.size(), same);
  if (node == nullptr) {
    node = pool.add(Kind::kArray, hash, items.size(), items.size_bytes());
    std::uninitialized_copy(items.begin(), items.end(), content_of<Value>(node));
  }
  return Value(node);
}

Value Value::object(std::vector<Member> members) {
  const auto by_key = [](const Member& a, const Member& b) { return a.name() < b.name(); };
  if (!std::is_sorted(members.begin(), members.end(), by_key)) {
    std::stable_sort(members.begin(), members.end(), by_key);
  }
  size_t kept = 0;
  for (size_t i = 0; i < members.size(); ++i) {
    const bool is_last = i + 1 == members.size() || members[i].key != members[i + 1].key;
    if (!is_last || !members[i].value) continue;
    if (kept != i) members[kept] = std::move(members[i]);
    ++kept;
  }
  return Value(Pool::of_world().object(std::span(members).first(kept)));
}

Value Value::empty_object() {
  return Value(Pool::of_world().object({}));
}

void Value::release() {
  Node* const freed = node();
  if (--freed->handles == 0) Pool::of_world().remove(freed);
}

Kind Value::kind() const {
  if (bits_ == 0) return Kind::kAbsent;
  if (is_node()) return kind_of(*node());
  if ((bits_ & 7) == kIntegerTag) return Kind::kInteger;
  return bits_ == kNullBits ? Kind::kNull : Kind::kBool;
}

bool Value::is_zero() const {
  switch (kind()) {
    case Kind::kAbsent:
    case Kind::kNull:
      return true;
    case Kind::kBool:
      return !truth();
    case Kind::kInteger:
    case Kind::kFloat:
      return number() == 0;
    case Kind::kString:
    case Kind::kArray:
    case Kind::kObject:
      return node()->size == 0;
  }
  return false;
}

const Value& Value::operator[](std::string_view key) const {
  const std::span<const Member> all = members();
  constexpr size_t kFewMembers = 8;
  if (all.size() <= kFewMembers) {
    for (const Member& member : all) {
      if (member.name() == key) return member.value;
    }
    return kNothing;
  }
  const auto found =
      std::lower_bound(all.begin(), all.end(), key,
                       [](const Member& member, std::string_view k) { return member.name() < k; });
  return found != all.end() && found->name() == key ? found->value : kNothing;
}

const Value& Value::operator[](int index) const {
  const std::span<const Value> all = items();
  const auto at = static_cast<size_t>(index);
  return index >= 0 && at < all.size() ? all[at] : kNothing;
}

size_t Value::size() const {
  return is_array() || is_object() ? node()->size : 0;
}

std::span<const Value> Value::items() const {
  if (!is_array()) return {};
  return {content_of<const Value>(node()), node()->size};
}

std::span<const Member> Value::members() const {
  if (!is_object()) return {};
  return {content_of<const Member>(node()), node()->size};
}

std::string_view Value::text(std::string_view otherwise) const {
  if (!is_string()) return otherwise;
  return {content_of<const char>(node()), node()->size};
}

int64_t Value::integer(int64_t otherwise) const {
  if (!is_integer()) return otherwise;
  if (!is_node()) return static_cast<int64_t>(bits_) >> kTagBits;
  return static_cast<int64_t>(*content_of<uint64_t>(node()));
}

double Value::number(double otherwise) const {
  if (kind() == Kind::kFloat) return std::bit_cast<double>(*content_of<uint64_t>(node()));
  return is_integer() ? static_cast<double>(integer()) : otherwise;
}

bool Value::truth(bool otherwise) const {
  return is_bool() ? bits_ == kTrueBits : otherwise;
}

Value Value::with(std::string_view key, Value value) const {
  if ((*this)[key] == value && is_object()) return *this;
  std::vector<Member> changed;
  changed.reserve(size() + 1);
  bool placed = !value;
  for (const Member& member : members()) {
    if (member.name() == key) continue;
    if (!placed && member.name() > key) {
      changed.push_back({Value(key), std::move(value)});
      placed = true;
    }
    changed.push_back(member);
  }
  if (!placed) changed.push_back({Value(key), std::move(value)});
  return Value(Pool::of_world().object(changed));
}

Value Value::with_in(std::span<const std::string_view> path, Value value) const {
  if (path.empty()) return value;
  const Value& below = (*this)[path[0]];
  if (!value && path.size() > 1 && !below) return *this;  // nothing there to take out
  return with(path[0], below.with_in(path.subspan(1), std::move(value)));
}

const Value& Value::in(std::initializer_list<std::string_view> path) const {
  const Value* at = this;
  for (const std::string_view key : path) at = &(*at)[key];
  return *at;
}

Value Value::appended(Value item) const {
  std::vector<Value> all(items().begin(), items().end());
  all.push_back(std::move(item));
  return array(all);
}

uint64_t Value::hash() const {
  return is_node() ? node()->hash : mixed(1, bits_);
}

std::string Value::to_json() const {
  std::string out;
  append_json(out, *this);
  return out;
}

}  // namespace sim::json
