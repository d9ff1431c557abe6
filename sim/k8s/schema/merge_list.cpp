#include "sim/k8s/schema/merge_list.h"

#include <algorithm>

#include "sim/json/go_text.h"

namespace sim::k8s::merge {

using engine::Error;
using engine::errorf;
using json::Kind;
using json::Value;

Rule rule_of(const Schema* schema, std::string_view name) {
  Rule rule;
  if (schema == nullptr) return rule;
  const Schema* type = nullptr;
  if (schema->type == Schema::Type::kMap) {
    type = schema->items;
  } else if (schema->type == Schema::Type::kObject) {
    const Field* const field = schema->field(name);
    if (field == nullptr) return rule;
    type = field->schema;
    using Merge = Field::Merge;
    rule.merges_list = field->merge == Merge::kMerge || field->merge == Merge::kMergeRetainKeys;
    rule.retains_keys =
        field->merge == Merge::kRetainKeys || field->merge == Merge::kMergeRetainKeys;
    rule.key = field->merge_key;
  } else {
    return rule;
  }
  rule.is_known = true;
  const bool is_list = type != nullptr && type->type == Schema::Type::kArray;
  rule.schema = is_list ? type->items : type;
  return rule;
}

std::string_view go_type(const Value& value) {
  switch (value.kind()) {
    case Kind::kAbsent:
    case Kind::kNull:
      return "%!s(<nil>)";
    case Kind::kBool:
      return "bool";
    case Kind::kInteger:
      return "int64";
    case Kind::kFloat:
      return "float64";
    case Kind::kString:
      return "string";
    case Kind::kArray:
      return "[]interface {}";
    case Kind::kObject:
      return "map[string]interface {}";
  }
  return {};
}

Error bad_type(std::string_view expected, const Value& actual) {
  return errorf("expected a ", expected, ", but received a ", go_type(actual));
}

Error no_key(const Value& item, std::string_view key) {
  return errorf("map: ", json::go_value(item), " does not contain declared merge key: ", key);
}

Elements elements_of(std::span<const Value> a, std::span<const Value> b) {
  const Value* first = nullptr;
  for (const std::span<const Value> list : {a, b}) {
    for (const Value& item : list) {
      if (first == nullptr) first = &item;
      if (first->is_array()) return {false, kNoListsOfLists};
      if (item.kind() == first->kind()) continue;
      return {false,
              errorf("list element types are not identical: [", json::go_value(Value::array(a)),
                     " ", json::go_value(Value::array(b)), "]")};
    }
  }
  if (first == nullptr) return {false, kNoElements};
  return {first->is_object(), nullptr};
}

std::string identity_of(const Value& item, std::string_view key) {
  return (key.empty() ? item : item[key]).to_json();
}

Places::Places(std::span<const Value> list, std::string_view key) : key_(key) {
  int64_t place = 0;
  for (const Value& item : list) places_.emplace(identity_of(item, key), place++);
}

Error check_keys(std::span<const Value> list, std::string_view key) {
  for (const Value& item : list) {
    if (!item.is_object()) return bad_type("map[string]interface {}", item);
    if (!item.contains(key)) return no_key(item, key);
  }
  return nullptr;
}

namespace {

bool is_deleted(const Value& item) {
  return item[kDirective].text() == kDelete;
}

}  // namespace

Error put_in_order(Items& items, std::span<const Value> order, std::string_view key) {
  if (!key.empty()) {
    if (Error error = check_keys(items, key)) return error;
    if (Error error = check_keys(order, key)) return error;
  }
  const Places places(order, key);
  // What is to be deleted, and what is nowhere, comes last.
  std::vector<std::pair<int64_t, Value>> placed;
  for (Value& item : items) {
    const int64_t place = places.of(item);
    const bool is_last = place < 0 || (!key.empty() && is_deleted(item));
    placed.push_back({is_last ? INT64_MAX : place, std::move(item)});
  }
  std::stable_sort(placed.begin(), placed.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  items.clear();
  for (auto& [place, item] : placed) items.push_back(std::move(item));
  return nullptr;
}

Error arrange(Items& items, std::span<const Value> wanted, std::span<const Value> server,
              bool are_objects, std::string_view key) {
  if (!key.empty()) {
    if (Error error = check_keys(items, key)) return error;
    for (size_t i = 0; i < wanted.size() && !items.empty(); ++i) {
      if (!wanted[i].is_object()) return errorf("value for key ", uint64_t{i}, " is not a map.");
    }
  }
  const Places in_wanted(wanted, key);
  Items ours;
  Items theirs;
  for (Value& item : items) (in_wanted.of(item) < 0 ? theirs : ours).push_back(std::move(item));
  const std::string_view order_key = are_objects ? key : std::string_view();
  if (Error error = put_in_order(ours, wanted, order_key)) return error;
  if (Error error = put_in_order(theirs, server, order_key)) return error;
  const Places in_server(server, order_key);
  items.clear();
  size_t i = 0;
  size_t j = 0;
  while (i < theirs.size() || j < ours.size()) {
    bool takes_theirs = j == ours.size();
    if (i < theirs.size() && j < ours.size()) {
      const int64_t their_place = in_server.of(theirs[i]);
      const int64_t our_place = in_server.of(ours[j]);
      takes_theirs = their_place >= 0 && our_place >= 0 && their_place < our_place;
    }
    items.push_back(std::move(takes_theirs ? theirs[i++] : ours[j++]));
  }
  return nullptr;
}

}  // namespace sim::k8s::merge
