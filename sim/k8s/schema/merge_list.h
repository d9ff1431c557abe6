// sim/k8s/schema/merge_list.h: what strategic merge patches and those who make them share: what the
// schema says of a field, and how lists are told apart and put in order.
//
// Source: k8s.io/apimachinery/pkg/util/strategicpatch and mergepatch, whose errors these are.

#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/sync/error.h"
#include "sim/json/value.h"
#include "sim/k8s/schema/schema.h"

namespace sim::k8s::merge {

inline constexpr std::string_view kDirective = "$patch";
inline constexpr std::string_view kDelete = "delete";
inline constexpr std::string_view kReplace = "replace";
inline constexpr std::string_view kMerge = "merge";
inline constexpr std::string_view kRetainKeys = "$retainKeys";
inline constexpr std::string_view kDeleteFromList = "$deleteFromPrimitiveList";
inline constexpr std::string_view kElementOrder = "$setElementOrder";

inline constexpr engine::Sentinel kNoListsOfLists("lists of lists are not supported");
inline constexpr engine::Sentinel kNoElements("no elements in any of the given slices");
inline constexpr engine::Sentinel kBadDocument("invalid JSON document");
inline constexpr engine::Sentinel kBadDeleteFromList("invalid patch format of primitive list");
inline constexpr engine::Sentinel kBadElementOrder("invalid patch format of setElementOrder list");
inline constexpr engine::Sentinel kBadRetainKeys("invalid patch format of retainKeys");

/// What the schema says of a field. Of an unknown one nothing, which means: objects are merged,
/// lists are replaced.
struct Rule {
  bool is_known = false;
  const Schema* schema = nullptr;  // of an object; of a list's items
  bool merges_list = false;
  bool retains_keys = false;
  std::string_view key;  // of a merged list of objects
};
Rule rule_of(const Schema* schema, std::string_view field);

/// A Go type, as `%s` of reflect.TypeOf names it: `map[string]interface {}`, `int64`.
std::string_view go_type(const json::Value& value);
/// `expected a []interface {}, but received a string`
engine::Error bad_type(std::string_view expected, const json::Value& actual);
engine::Error no_key(const json::Value& item, std::string_view key);

/// All items of the lists have one type, which is no list. An error otherwise, also if there are no
/// items at all.
struct Elements {
  bool are_objects = false;
  engine::Error error;
};
Elements elements_of(std::span<const json::Value> a, std::span<const json::Value> b);

using Items = std::vector<json::Value>;
inline Items items_of(const json::Value& list) {
  return {list.items().begin(), list.items().end()};
}

/// What tells an item apart: the value of its key, or itself if `key` is empty; as text, in which
/// different values differ. A missing key is a value, too.
std::string identity_of(const json::Value& item, std::string_view key);

/// Where things stand in a list: the first place counts.
class Places {
 public:
  Places(std::span<const json::Value> list, std::string_view key);
  /// -1: nowhere.
  [[nodiscard]] int64_t of(const json::Value& item) const { return at(identity_of(item, key_)); }
  [[nodiscard]] int64_t at(const std::string& identity) const {
    const auto found = places_.find(identity);
    return found == places_.end() ? -1 : found->second;
  }
  void add(const json::Value& item, size_t place) {
    places_.emplace(identity_of(item, key_), static_cast<int64_t>(place));
  }

 private:
  std::string_view key_;
  std::map<std::string, int64_t> places_;
};

/// Each object of the lists has the key.
engine::Error check_keys(std::span<const json::Value> list, std::string_view key);

/// In the order of `order`, items that are to be deleted behind all others. `key` is empty for
/// plain values.
engine::Error put_in_order(Items& items, std::span<const json::Value> order, std::string_view key);

/// Puts those of `items` that are in `wanted` into its order, and all others, which the server
/// alone knows, into that of `server`; then places the latter among the former as they stood there.
/// Source: Kubernetes' design proposal "preserve order in strategic merge patch".
engine::Error arrange(Items& items, std::span<const json::Value> wanted,
                      std::span<const json::Value> server, bool are_objects, std::string_view key);

}  // namespace sim::k8s::merge
