// sim/json/merge_patch.cpp: JSON Merge Patch.

#include <utility>
#include <vector>

#include "sim/json/patch.h"

namespace sim::json {
namespace {

// Without the members that are null, at any depth.
Value without_nulls(const Value& value) {
  if (value.is_array()) {
    std::vector<Value> items;
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

}  // namespace

Value merge_patch(const Value& target, const Value& patch) {
  if (!target.is_object()) return without_nulls(patch);
  if (!patch.is_object()) return patch;
  std::vector<Member> members(target.members().begin(), target.members().end());
  for (const Member& member : patch.members()) {
    if (member.value.is_null()) {
      members.push_back({member.key, {}});
    } else {
      members.push_back({member.key, merge_patch(target[member.name()], member.value)});
    }
  }
  return Value::object(std::move(members));
}

Value create_merge_patch(const Value& original, const Value& modified) {
  if (!original.is_object() || !modified.is_object()) return modified;
  std::vector<Member> members;
  for (const Member& member : modified.members()) {
    const Value& before = original[member.name()];
    if (before == member.value) continue;
    members.push_back({member.key, create_merge_patch(before, member.value)});
  }
  for (const Member& member : original.members()) {
    if (!modified.contains(member.name())) members.push_back({member.key, nullptr});
  }
  return Value::object(std::move(members));
}

}  // namespace sim::json
