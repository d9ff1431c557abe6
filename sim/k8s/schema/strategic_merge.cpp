#include "sim/k8s/schema/strategic_merge.h"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sim/json/go_text.h"
#include "sim/k8s/schema/merge_list.h"

namespace sim::k8s {
namespace {

using engine::Error;
using engine::errorf;
using json::Member;
using json::Value;
using merge::Items;
using merge::Rule;

// Without the members that are null, at any depth.
Value without_nulls(const Value& value) {
  if (value.is_array()) {
    Items items;
    for (const Value& item : value.items()) items.push_back(without_nulls(item));
    return Value::array(items);
  }
  if (!value.is_object()) return value;
  std::vector<Member> members;
  for (const Member& member : value.members()) {
    if (!member.value.is_null()) members.push_back({member.key, without_nulls(member.value)});
  }
  return Value::object(std::move(members));
}

// Without the objects that have a $patch, at any depth; absent if it is one itself.
Value without_directives(const Value& value) {
  if (value.is_array()) {
    Items items;
    for (const Value& item : value.items()) {
      if (Value kept = without_directives(item)) items.push_back(std::move(kept));
    }
    return Value::array(items);
  }
  if (!value.is_object()) return value;
  if (value.contains(merge::kDirective)) return {};
  std::vector<Member> members;
  for (const Member& member : value.members()) {
    members.push_back({member.key, without_directives(member.value)});
  }
  return Value::object(std::move(members));
}

Error unknown_directive(const Value& directive, const Value& where) {
  std::string text = json::go_value(directive);
  // As %s prints what is no text.
  if (directive.is_null()) text = "%!s(<nil>)";
  if (directive.is_bool() || directive.is_number()) {
    text = "%!s(" + std::string(merge::go_type(directive)) + "=" + text + ")";
  }
  return errorf("unknown patch type: ", text, " in map: ", json::go_value(where));
}

// What follows `prefix` and a slash in a directive's name; `bad` if there is none.
struct ListName {
  std::string_view name;
  Error error;
};
ListName list_name(std::string_view key, std::string_view prefix, const engine::Sentinel& bad) {
  key.remove_prefix(prefix.size());
  if (!key.starts_with('/')) return {{}, bad};
  return {key.substr(1), nullptr};
}

// Changes of an object that take effect at the end, all at once.
class Edit {
 public:
  explicit Edit(Value& object) : object_(object) {}
  Edit(const Edit&) = delete;
  Edit& operator=(const Edit&) = delete;
  ~Edit() {
    if (members_.empty()) return;
    members_.insert(members_.begin(), object_.members().begin(), object_.members().end());
    object_ = Value::object(std::move(members_));
  }
  void set(Value key, Value value) { members_.push_back({std::move(key), std::move(value)}); }
  void take_out(Value key) { set(std::move(key), {}); }

 private:
  Value& object_;
  std::vector<Member> members_;
};

class Merger {
 public:
  /// `combines`: the result is a patch, too.
  explicit Merger(bool combines) : combines_(combines) {}

  json::Patched run(const Schema* schema, const Value& original, const Value& patch) {
    for (const Value* document : {&original, &patch}) {
      if (!document->is_object() && !document->is_null()) return {{}, merge::kBadDocument};
    }
    Value merged = objects(original, patch, schema);
    if (error_) return {{}, error_};
    return {std::move(merged), nullptr};
  }

 private:
  Value fail(Error error) {
    if (!error_) error_ = std::move(error);
    return {};
  }

  // A value where there is none, or one of another type.
  [[nodiscard]] Value fresh(const Value& value) const {
    return without_directives(combines_ ? value : without_nulls(value));
  }

  Value objects(Value original, Value patch, const Schema* schema) {
    if (const Value& directive = patch[merge::kDirective]) {
      if (directive.text() == merge::kReplace) return patch.without(merge::kDirective);
      if (directive.text() == merge::kDelete) return Value::empty_object();
      return fail(unknown_directive(directive, patch));
    }
    if (!original.is_object()) original = Value::empty_object();
    retain_keys(original, patch);
    order_lists(original, patch, schema);
    delete_from_lists(original, patch, schema);
    if (error_) return {};
    std::vector<Member> members(original.members().begin(), original.members().end());
    for (const Member& member : patch.members()) {
      Value merged = field(original[member.name()], member, schema);
      if (error_) return {};
      members.push_back({member.key, std::move(merged)});
    }
    return Value::object(std::move(members));
  }

  // What a member becomes; absent if it goes.
  Value field(const Value& before, const Member& change, const Schema* schema) {
    if (change.value.is_null()) return combines_ ? change.value : Value();
    if (before.kind() != change.value.kind()) return fresh(change.value);
    const Rule rule = merge::rule_of(schema, change.name());
    if (before.is_object()) return objects(before, change.value, rule.schema);
    if (!before.is_array()) return change.value;
    if (!rule.merges_list) return change.value;
    return lists(before, change.value, rule);
  }

  void retain_keys(Value& original, Value& patch) {
    const Value kept = patch[merge::kRetainKeys];
    if (!kept) return;
    patch = patch.without(merge::kRetainKeys);
    if (combines_) {
      const Value& already = original[merge::kRetainKeys];
      if (already && already != kept) {
        fail(errorf(json::go_value(already), " and ", json::go_value(kept),
                    " are not deep equal: this may happen when calculating the 3-way diff patch"));
      }
      original = original.with(merge::kRetainKeys, kept);
      return;
    }
    if (!kept.is_array()) {
      fail(merge::kBadRetainKeys);
      return;
    }
    const merge::Places names(kept.items(), {});
    const auto is_kept = [&names](const Member& member) { return names.of(member.key) >= 0; };
    for (const Member& member : patch.members()) {
      const bool is_directive = member.name().starts_with(merge::kDeleteFromList) ||
                                member.name().starts_with(merge::kElementOrder);
      if (member.value.is_null() || is_directive || is_kept(member)) continue;
      fail(merge::kBadRetainKeys);
      return;
    }
    std::vector<Member> members;
    for (const Member& member : original.members()) {
      if (is_kept(member)) members.push_back(member);
    }
    original = Value::object(std::move(members));
  }

  // Each $setElementOrder takes the list's own change with it.
  void order_lists(Value& original, Value& patch, const Schema* schema) {
    Edit result(original);
    Edit rest(patch);
    for (const Member& member : patch.members()) {
      if (error_) return;
      if (!member.name().starts_with(merge::kElementOrder)) continue;
      rest.take_out(member.key);
      if (combines_) {
        const Value& already = original[member.name()];
        if (already && already != member.value) {
          fail(merge::kBadElementOrder);
          return;
        }
        result.set(member.key, member.value);
      }
      if (!member.value.is_array()) {
        fail(merge::bad_type("[]interface {}", member.value));
        return;
      }
      const ListName list = list_name(member.name(), merge::kElementOrder, merge::kBadElementOrder);
      if (list.error) {
        fail(list.error);
        return;
      }
      Value ordered =
          order_list(list.name, member.value, original[list.name], patch[list.name], schema);
      if (!ordered) continue;
      result.set(list.name, std::move(ordered));
      rest.take_out(list.name);
    }
  }

  // The list `name` after its change, in order; absent if it is not there.
  Value order_list(std::string_view name, const Value& order, const Value& before,
                   const Value& change, const Schema* schema) {
    for (const Value* list : {&before, &change}) {
      if (*list && !list->is_array()) {
        return fail(merge::bad_type("[]interface {}", *list));
      }
    }
    const Rule rule = merge::rule_of(schema, name);
    if (!rule.is_known && schema != nullptr && !schema->keeps_unknown) {
      return fail(errorf("unable to find api field in struct ", schema->name,
                         " for the json field \"", name, "\""));
    }
    if (Error error = check_order(change, order, rule.key)) return fail(std::move(error));
    if (!before && !change) return {};
    Value merged = before;
    Items server = merge::items_of(before);
    if (!before) merged = without_directives(change);
    if (before && change) merged = rule.merges_list ? lists(before, change, rule, &server) : change;
    const merge::Elements elements = merge::elements_of(before.items(), change.items());
    if (elements.error) fail(elements.error);
    if (error_) return {};
    Items items = merge::items_of(merged);
    if (Error error =
            merge::arrange(items, order.items(), server, elements.are_objects, rule.key)) {
      return fail(std::move(error));
    }
    return Value::array(items);
  }

  // The items of a change must stand in the order that is asked for, apart from those with
  // directives.
  static Error check_order(const Value& change, const Value& order, std::string_view key) {
    if (change.size() == 0 || order.size() == 0) return nullptr;
    size_t at = 0;
    for (const Value& item : change.items()) {
      if (!key.empty() && !item.is_object())
        return merge::bad_type("map[string]interface {}", item);
      const Value& directive = item[merge::kDirective];
      if (!key.empty() && directive.text() == merge::kDelete) continue;
      if (directive && at < order.size()) continue;
      const std::string identity = merge::identity_of(item, key);
      bool found = false;
      while (at < order.size() && !found) {
        const Value both[] = {item, order.items()[at++]};
        if (!key.empty()) {
          if (Error error = merge::check_keys(both, key)) return error;
        }
        found = merge::identity_of(both[1], key) == identity;
      }
      if (found) continue;
      return errorf("The order in patch list:\n", json::go_value(change), "\n doesn't match ",
                    merge::kElementOrder, " list:\n", json::go_value(order), "\n");
    }
    return nullptr;
  }

  void delete_from_lists(Value& original, Value& patch, const Schema* schema) {
    Edit result(original);
    Edit rest(patch);
    for (const Member& member : patch.members()) {
      if (error_) return;
      if (!member.name().starts_with(merge::kDeleteFromList)) continue;
      rest.take_out(member.key);
      if (combines_) {
        result.set(member.key, member.value);
        continue;
      }
      const ListName list =
          list_name(member.name(), merge::kDeleteFromList, merge::kBadDeleteFromList);
      if (list.error) {
        fail(list.error);
        return;
      }
      const Value& before = original[list.name];
      if (member.value.is_null()) result.take_out(list.name);
      if (!before.is_array() || !member.value.is_array()) continue;
      // Of a list that is not merged it replaces all, as everything does.
      const bool merges = merge::rule_of(schema, list.name).merges_list;
      Value left = merges ? without_items(before, member.value) : member.value;
      result.set(list.name, std::move(left));
    }
  }

  Value without_items(const Value& list, const Value& deleted) {
    if (list.size() == 0 && deleted.size() == 0) return list;
    const merge::Elements elements = merge::elements_of(list.items(), deleted.items());
    if (elements.error) return fail(elements.error);
    const merge::Places gone(deleted.items(), {});
    Items kept;
    for (const Value& item : list.items()) {
      if (gone.of(item) < 0) kept.push_back(item);
    }
    return Value::array(kept);
  }

  // `server_order`, if it is given, becomes what counts as the order before. In Go new items lie
  // where deleted ones lay, because lists share memory there, and so they count as well.
  Value lists(const Value& before, const Value& change, const Rule& rule,
              Items* server_order = nullptr) {
    if (before.size() == 0 && change.size() == 0) return before;
    const merge::Elements elements = merge::elements_of(before.items(), change.items());
    if (elements.error) return fail(elements.error);
    Items server = merge::items_of(before);
    Items wanted = merge::items_of(change);
    Items merged;
    if (elements.are_objects) {
      if (rule.key.empty()) {
        return fail(errorf("cannot merge lists without merge key for type struct"));
      }
      const bool replaces = take_directives(server, wanted, rule.key);
      if (error_) return {};
      merged = merged_by_key(server, wanted, rule);
      if (server_order != nullptr && !replaces) {
        *server_order = merged;
        if (merged.size() > before.size()) server_order->resize(before.size());
      }
    } else {
      merged = united(server, wanted);
    }
    if (error_) return {};
    const std::string_view key = elements.are_objects ? rule.key : std::string_view();
    Error error = merge::arrange(merged, wanted, server, elements.are_objects, key);
    if (error) return fail(std::move(error));
    return Value::array(merged);
  }

  // Each value once.
  static Items united(const Items& a, const Items& b) {
    Items out;
    merge::Places seen({}, {});
    for (const Items* list : {&a, &b}) {
      for (const Value& item : *list) {
        if (seen.of(item) >= 0) continue;
        seen.add(item, out.size());
        out.push_back(item);
      }
    }
    return out;
  }

  // Applies the items of a change that are directives, and takes them out. Whether they replace the
  // list.
  bool take_directives(Items& server, Items& wanted, std::string_view key) {
    Items plain;
    Items deleted;
    bool replaces = false;
    for (Value& item : wanted) {
      const Value& directive = item[merge::kDirective];
      if (!directive) {
        plain.push_back(std::move(item));
      } else if (directive.text() == merge::kDelete) {
        if (!item.contains(key)) fail(merge::no_key(item, key));
        deleted.push_back(std::move(item));
      } else if (directive.text() == merge::kReplace) {
        replaces = true;
      } else if (directive.text() == merge::kMerge) {
        fail(errorf("merging lists cannot yet be specified in the patch"));
      } else {
        fail(unknown_directive(directive, item));
      }
    }
    wanted = std::move(plain);
    const merge::Places gone(deleted, key);
    std::erase_if(server,
                  [&](const Value& item) { return item.contains(key) && gone.of(item) >= 0; });
    if (replaces) {
      server = std::move(wanted);
      wanted.clear();
    }
    return replaces;
  }

  Items merged_by_key(const Items& server, const Items& wanted, const Rule& rule) {
    Items out = server;
    merge::Places places(server, rule.key);
    for (const Value& item : wanted) {
      if (!item.contains(rule.key)) {
        fail(merge::no_key(item, rule.key));
        return {};
      }
      const int64_t place = places.of(item);
      if (place < 0) {
        places.add(item, out.size());
        out.push_back(item);
        continue;
      }
      Value& at = out[static_cast<size_t>(place)];
      at = objects(at, item, rule.schema);
      if (error_) return {};
    }
    return out;
  }

  bool combines_;
  Error error_;
};

}  // namespace

json::Patched strategic_merge(const Schema* schema, const Value& original, const Value& patch) {
  return Merger(false).run(schema, original, patch);
}

json::Patched combine_strategic_patches(const Schema* schema, const Value& first,
                                        const Value& second) {
  return Merger(true).run(schema, first, second);
}

}  // namespace sim::k8s
