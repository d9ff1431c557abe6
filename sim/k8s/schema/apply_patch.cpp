#include "sim/k8s/schema/apply_patch.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "sim/json/go_text.h"
#include "sim/json/parse.h"
#include "sim/k8s/schema/merge_list.h"
#include "sim/k8s/schema/strategic_merge.h"

namespace sim::k8s {
namespace {

using engine::Error;
using engine::errorf;
using json::Member;
using json::Value;
using merge::Items;
using merge::Rule;

// An item with the text that it is sorted by.
struct Sorted {
  std::string text;
  Value item;
};

// By the text of their key, or by their own text. Items with the same one come in reverse: Go sorts
// up to twelve by insertion, and here before those that are not greater.
std::vector<Sorted> sorted(const Value& list, std::string_view key) {
  std::vector<Sorted> out;
  for (const Value& item : list.items()) {
    out.push_back({json::go_value(key.empty() ? item : item[key]), item});
  }
  std::reverse(out.begin(), out.end());
  std::stable_sort(out.begin(), out.end(),
                   [](const Sorted& a, const Sorted& b) { return a.text < b.text; });
  return out;
}

std::string directive_for(std::string_view directive, std::string_view list) {
  return std::string(directive) + "/" + std::string(list);
}

// Makes one half of a patch: what has to change, or what has to go.
class Differ {
 public:
  enum class Half { kChanges, kDeletions };

  explicit Differ(Half half) : changes_(half == Half::kChanges) {}

  Value objects(const Value& original, const Value& modified, const Schema* schema,
                bool retains_keys) {
    std::vector<Member> patch;
    for (const Member& member : modified.members()) {
      field(original[member.name()], member, schema, patch);
      if (error_) return {};
    }
    bool has_more = false;
    for (const Member& member : original.members()) {
      if (modified.contains(member.name())) continue;
      has_more = has_more || !member.value.is_null();
      if (!changes_) patch.push_back({member.key, nullptr});
    }
    if (retains_keys && (has_more || !patch.empty())) {
      Items keys;
      for (const Member& member : modified.members()) {
        if (!member.value.is_null()) keys.push_back(member.key);
      }
      if (!keys.empty()) patch.push_back({merge::kRetainKeys, Value::array(keys)});
    }
    return Value::object(std::move(patch));
  }

  [[nodiscard]] const Error& error() const { return error_; }

 private:
  void fail(Error error) {
    if (!error_) error_ = std::move(error);
  }

  void field(const Value& before, const Member& after, const Schema* schema,
             std::vector<Member>& patch) {
    if (before.kind() != after.value.kind()) {
      if (changes_) patch.push_back(after);
      return;
    }
    const Rule rule = merge::rule_of(schema, after.name());
    if (before.is_object()) {
      Value below = objects(before, after.value, rule.schema, rule.retains_keys);
      if (below.size() > 0) patch.push_back({after.key, std::move(below)});
    } else if (before.is_array() && rule.merges_list) {
      list(before, after, rule, patch);
    } else if (changes_ && before != after.value) {
      patch.push_back(after);
    }
  }

  void list(const Value& before, const Member& after, const Rule& rule,
            std::vector<Member>& patch) {
    if (before.size() == 0) {
      if (changes_ && after.value.size() > 0) patch.push_back(after);
      return;
    }
    const merge::Elements elements = merge::elements_of(before.items(), after.value.items());
    if (elements.error) return fail(elements.error);
    if (elements.are_objects) {
      list_of_objects(before, after, rule, patch);
    } else {
      list_of_values(before, after, patch);
    }
  }

  void list_of_objects(const Value& before, const Member& after, const Rule& rule,
                       std::vector<Member>& patch) {
    for (const Value* each : {&before, &after.value}) {
      if (Error error = merge::check_keys(each->items(), rule.key)) return fail(std::move(error));
    }
    Items changed;
    Items deleted;
    compare_objects(before, after.value, rule, changed, deleted);
    if (Error error = merge::put_in_order(changed, after.value.items(), rule.key)) {
      return fail(std::move(error));
    }
    changed.insert(changed.end(), deleted.begin(), deleted.end());
    Items order;
    for (const Value& item : after.value.items()) {
      order.push_back(Value::empty_object().with(rule.key, item[rule.key]));
    }
    const bool reorders = changes_ && !same_order(before, after.value, rule.key);
    const bool is_ordered = !changed.empty() || reorders;
    add_list(after, std::move(changed), patch);
    if (is_ordered && !order.empty()) {
      patch.push_back({directive_for(merge::kElementOrder, after.name()), Value::array(order)});
    }
  }

  void compare_objects(const Value& before, const Value& after, const Rule& rule, Items& changed,
                       Items& deleted) {
    const std::vector<Sorted> olds = sorted(before, rule.key);
    const std::vector<Sorted> news = sorted(after, rule.key);
    size_t i = 0;
    size_t j = 0;
    while (i < olds.size() || j < news.size()) {
      const bool only_new = i == olds.size() || (j < news.size() && olds[i].text > news[j].text);
      const bool only_old = !only_new && (j == news.size() || olds[i].text < news[j].text);
      if (only_new) {
        if (changes_) changed.push_back(news[j].item);
        ++j;
      } else if (only_old) {
        if (!changes_) {
          deleted.push_back(Value::empty_object()
                                .with(rule.key, olds[i].item[rule.key])
                                .with(merge::kDirective, merge::kDelete));
        }
        ++i;
      } else {
        const Value& item = news[j].item;
        const Value below = objects(olds[i].item, item, rule.schema, rule.retains_keys);
        if (error_) return;
        if (below.size() > 0) changed.push_back(below.with(rule.key, item[rule.key]));
        ++i;
        ++j;
      }
    }
  }

  static bool same_order(const Value& before, const Value& after, std::string_view key) {
    return std::equal(before.items().begin(), before.items().end(), after.items().begin(),
                      after.items().end(),
                      [key](const Value& a, const Value& b) { return a[key] == b[key]; });
  }

  void list_of_values(const Value& before, const Member& after, std::vector<Member>& patch) {
    const std::vector<Sorted> olds = sorted(before, {});
    const std::vector<Sorted> news = sorted(after.value, {});
    Items added;
    Items deleted;
    size_t i = 0;
    size_t j = 0;
    while (i < olds.size() || j < news.size()) {
      const bool only_new = i == olds.size() || (j < news.size() && olds[i].text > news[j].text);
      const bool only_old = !only_new && (j == news.size() || olds[i].text < news[j].text);
      if (only_new && changes_) added.push_back(news[j].item);
      const bool is_again = !deleted.empty() && only_old && deleted.back() == olds[i].item;
      if (only_old && !changes_ && !is_again) deleted.push_back(olds[i].item);
      i += only_new ? 0 : 1;
      j += only_old ? 0 : 1;
    }
    if (Error error = merge::put_in_order(added, after.value.items(), {})) {
      return fail(std::move(error));
    }
    add_list(after, std::move(added), patch);
    const bool is_ordered = changes_ ? !is_sorted_into(olds, after.value) : !deleted.empty();
    if (!deleted.empty()) {
      patch.push_back({directive_for(merge::kDeleteFromList, after.name()), Value::array(deleted)});
    }
    if (is_ordered && after.value.size() > 0) {
      patch.push_back({directive_for(merge::kElementOrder, after.name()), after.value});
    }
  }

  // kubectl compares the new list with the old one that it has sorted.
  static bool is_sorted_into(const std::vector<Sorted>& olds, const Value& list) {
    return std::equal(olds.begin(), olds.end(), list.items().begin(), list.items().end(),
                      [](const Sorted& a, const Value& b) { return a.item == b; });
  }

  static void add_list(const Member& member, Items items, std::vector<Member>& patch) {
    if (!items.empty()) patch.push_back({member.key, Value::array(items)});
  }

  bool changes_;
  Error error_;
};

json::Patched strategic(const Schema* schema, const ApplyObjects& objects) {
  Differ changes(Differ::Half::kChanges);
  const Value delta = changes.objects(objects.current, objects.modified, schema, false);
  if (changes.error()) return {{}, changes.error()};
  Differ deletions(Differ::Half::kDeletions);
  const Value gone = deletions.objects(objects.original, objects.modified, schema, false);
  if (deletions.error()) return {{}, deletions.error()};
  return combine_strategic_patches(schema, gone, delta);
}

// What a JSON merge patch deletes, or all else. An empty object is a value, not an empty patch.
Value half_of(const Value& patch, bool deletions) {
  std::vector<Member> members;
  for (const Member& member : patch.members()) {
    if (!member.value.is_object() || member.value.size() == 0) {
      if (member.value.is_null() == deletions) members.push_back(member);
      continue;
    }
    Value below = half_of(member.value, deletions);
    if (below.size() > 0) members.push_back({member.key, std::move(below)});
  }
  return Value::object(std::move(members));
}

json::Patched by_json(const ApplyObjects& objects) {
  const auto object_or_empty = [](const Value& value) {
    return value.is_object() ? value : Value::empty_object();
  };
  const Value modified = object_or_empty(objects.modified);
  const Value delta =
      half_of(json::create_merge_patch(object_or_empty(objects.current), modified), false);
  const Value gone =
      half_of(json::create_merge_patch(object_or_empty(objects.original), modified), true);
  Value patch = json::merge_patch(gone, delta);
  const bool changes_identity =
      patch.contains("apiVersion") || patch.contains("kind") || patch["metadata"].contains("name");
  if (changes_identity) return {{}, errorf("precondition failed for: ", json::go_value(patch))};
  return {std::move(patch), nullptr};
}

}  // namespace

Value last_applied(const Value& live) {
  const Value& text = live.in({"metadata", "annotations", kLastAppliedAnnotation});
  return text.is_string() ? json::parse(text.text()).value : Value();
}

Value with_last_applied(const Value& manifest) {
  Value annotations = manifest["metadata"]["annotations"].without(kLastAppliedAnnotation);
  const Value plain = manifest.with_in({"metadata", "annotations"}, annotations);
  return plain.with_in({"metadata", "annotations", kLastAppliedAnnotation}, plain.to_json() + "\n");
}

json::Patched apply_patch(const Schema* schema, const ApplyObjects& objects) {
  return schema == nullptr ? by_json(objects) : strategic(schema, objects);
}

}  // namespace sim::k8s
