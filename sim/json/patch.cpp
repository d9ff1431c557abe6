#include "sim/json/patch.h"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sim/json/parse.h"
#include "sim/json/print.h"

namespace sim::json {
namespace {

using engine::Error;
using engine::errorf;

constexpr engine::Sentinel kMissing("missing value");
constexpr engine::Sentinel kTestFailed("test failed");
constexpr engine::Sentinel kInvalidIndex("invalid index referenced");
constexpr engine::Sentinel kTooDeep("exceeded max depth");

// Whether lists and objects lie at most `levels` deep in each other.
bool fits(const Value& value, int levels) {
  if (!value.is_array() && !value.is_object()) return true;
  if (levels <= 0) return false;
  for (const Value& item : value.items()) {
    if (!fits(item, levels - 1)) return false;
  }
  for (const Member& member : value.members()) {
    if (!fits(member.value, levels - 1)) return false;
  }
  return true;
}

std::string go_type(const Value& value) {
  switch (value.kind()) {
    case Kind::kAbsent:
    case Kind::kNull:
      return "null";
    case Kind::kBool:
      return "bool";
    case Kind::kInteger:
    case Kind::kFloat:
      return "number";
    case Kind::kString:
      return "string";
    case Kind::kArray:
      return "array";
    case Kind::kObject:
      return "object";
  }
  return {};
}

Error cannot_unmarshal(const Value& value, std::string_view type) {
  return errorf("json: cannot unmarshal ", go_type(value), " into Go value of type ", type);
}

struct Index {
  int64_t number = 0;
  Error error;
};

// Go's strconv.Atoi.
Index to_index(std::string_view text) {
  Index out;
  std::string_view rest = text;
  if (rest.starts_with('+') && rest.substr(1, 1) != "-") rest.remove_prefix(1);
  const auto read = std::from_chars(rest.data(), rest.data() + rest.size(), out.number);
  const bool is_whole = read.ptr == rest.data() + rest.size();
  if (is_whole && read.ec == std::errc()) return out;
  std::string quoted;
  append_quoted(quoted, text, false);
  const bool is_large = is_whole && read.ec == std::errc::result_out_of_range;
  out.error = errorf("strconv.Atoi: parsing ", quoted, ": ",
                     is_large ? "value out of range" : "invalid syntax");
  return out;
}

// The place of an item among `size` ones.
Index to_place(std::string_view key, size_t size) {
  Index out = to_index(key);
  if (out.error) return out;
  const auto count = static_cast<int64_t>(size);
  if (out.number >= count || out.number < -count) {
    out.error = errorf("Unable to access invalid index: ", out.number, ": ", kInvalidIndex);
  } else if (out.number < 0) {
    out.number += count;
  }
  return out;
}

// A list or an object in the document, with what leads to it, and a key in it.
struct Target {
  std::vector<Value> containers;  // the outermost first
  std::vector<std::string> keys;  // of each one, what follows in it; the last is what is meant
  explicit operator bool() const { return !containers.empty(); }
  [[nodiscard]] const Value& container() const { return containers.back(); }
  [[nodiscard]] const std::string& key() const { return keys.back(); }
  [[nodiscard]] int depth() const { return static_cast<int>(containers.size()); }
};

struct Got {
  Value value;  // absent if an object has no such member
  Error error;
};

Got get(const Value& container, std::string_view key) {
  if (container.is_object()) return {container[key], nullptr};
  const Index place = to_place(key, container.size());
  if (place.error) return {{}, place.error};
  return {container[static_cast<int>(place.number)], nullptr};
}

std::string unescaped(std::string_view part) {
  std::string out;
  for (size_t i = 0; i < part.size(); ++i) {
    const std::string_view two = part.substr(i, 2);
    if (two == "~0" || two == "~1") {
      out += two == "~0" ? '~' : '/';
      ++i;
    } else {
      out += part[i];
    }
  }
  return out;
}

Target find(const Value& document, std::string_view path) {
  Target out;
  size_t slash = path.find('/');
  if (slash == std::string_view::npos) return out;
  out.containers.push_back(document);
  while (true) {
    path.remove_prefix(slash + 1);
    slash = path.find('/');
    out.keys.push_back(unescaped(path.substr(0, slash)));
    if (slash == std::string_view::npos) return out;
    Got next = get(out.container(), out.key());
    if (!next.value.is_object() && !next.value.is_array()) return {};
    out.containers.push_back(std::move(next.value));
  }
}

Value with_item(const Value& array, int64_t place, Value item) {
  std::vector<Value> items(array.items().begin(), array.items().end());
  items[static_cast<size_t>(place)] = std::move(item);
  return Value::array(items);
}

// The document with `changed` in place of the target's container.
Value rebuilt(const Target& target, Value changed) {
  for (size_t i = target.containers.size() - 1; i > 0; --i) {
    const Value& outer = target.containers[i - 1];
    const std::string& key = target.keys[i - 1];
    changed = outer.is_object()
                  ? outer.with(key, std::move(changed))
                  : with_item(outer, to_place(key, outer.size()).number, std::move(changed));
  }
  return changed;
}

class Patcher {
 public:
  explicit Patcher(Value document) : document_(std::move(document)) {}

  Error apply(const Value& op) {
    const std::string kind(op["op"].text("unknown"));
    if (kind == "add") return add(op);
    if (kind == "remove") return remove(op);
    if (kind == "replace") return replace(op);
    if (kind == "move") return move(op);
    if (kind == "copy") return copy(op);
    if (kind == "test") return test(op);
    return errorf("Unexpected kind: ", kind);
  }

  [[nodiscard]] const Value& document() const { return document_; }

 private:
  // `op`'s member `field`, a pointer.
  static Error read(const Value& op, std::string_view field, std::string& into) {
    const Value& pointer = op[field];
    if (!pointer || pointer.is_null()) {
      return errorf(
          field == "path" ? "operation missing path field: " : "operation, missing from field: ",
          kMissing);
    }
    if (!pointer.is_string()) return cannot_unmarshal(pointer, "string");
    into = pointer.text();
    return nullptr;
  }

  static Value value_of(const Value& op) {
    return op.contains("value") ? op["value"] : Value(nullptr);
  }

  Error insert(const Target& target, Value value) {
    if (!fits(value, kDepthMax - target.depth())) return kTooDeep;
    const Value& container = target.container();
    const std::string& key = target.key();
    if (container.is_object()) {
      document_ = rebuilt(target, container.with(key, std::move(value)));
      return nullptr;
    }
    std::vector<Value> items(container.items().begin(), container.items().end());
    if (key == "-") {
      items.push_back(std::move(value));
    } else {
      const Index index = to_index(key);
      if (index.error) {
        return errorf("value was not a proper array index: '", key, "': ", index.error);
      }
      const Index place = to_place(key, items.size() + 1);
      if (place.error) return place.error;
      items.insert(items.begin() + static_cast<std::ptrdiff_t>(place.number), std::move(value));
    }
    document_ = rebuilt(target, Value::array(items));
    return nullptr;
  }

  Error erase(const Target& target) {
    const Value& container = target.container();
    const std::string& key = target.key();
    if (container.is_object()) {
      if (!container.contains(key)) {
        return errorf("Unable to remove nonexistent key: ", key, ": ", kMissing);
      }
      document_ = rebuilt(target, container.without(key));
      return nullptr;
    }
    const Index place = to_place(key, container.size());
    if (place.error) return place.error;
    std::vector<Value> items(container.items().begin(), container.items().end());
    items.erase(items.begin() + static_cast<std::ptrdiff_t>(place.number));
    document_ = rebuilt(target, Value::array(items));
    return nullptr;
  }

  Error add(const Value& op) {
    std::string path;
    if (read(op, "path", path)) return errorf("add operation failed to decode path: ", kMissing);
    const Target target = find(document_, path);
    if (!target) {
      return errorf("add operation does not apply: doc is missing path: \"", path,
                    "\": ", kMissing);
    }
    const Error error = insert(target, value_of(op));
    return error ? errorf("error in add for path: '", path, "': ", error) : error;
  }

  Error remove(const Value& op) {
    std::string path;
    if (read(op, "path", path)) {
      return errorf("remove operation failed to decode path: ", kMissing);
    }
    const Target target = find(document_, path);
    if (!target) {
      return errorf("remove operation does not apply: doc is missing path: \"", path,
                    "\": ", kMissing);
    }
    const Error error = erase(target);
    return error ? errorf("error in remove for path: '", path, "': ", error) : error;
  }

  Error replace(const Value& op) {
    std::string path;
    if (const Error error = read(op, "path", path)) {
      return errorf("replace operation failed to decode path: ", error);
    }
    const Target target = find(document_, path);
    if (!target) {
      return errorf("replace operation does not apply: doc is missing path: ", path, ": ",
                    kMissing);
    }
    const Value& container = target.container();
    if (get(container, target.key()).error) {
      return errorf("replace operation does not apply: doc is missing key: ", path, ": ", kMissing);
    }
    Value value = value_of(op);
    if (!fits(value, kDepthMax - target.depth())) return kTooDeep;
    Value changed =
        container.is_object()
            ? container.with(target.key(), std::move(value))
            : with_item(container, to_place(target.key(), container.size()).number, value);
    document_ = rebuilt(target, std::move(changed));
    return nullptr;
  }

  Error move(const Value& op) {
    std::string from;
    if (const Error error = read(op, "from", from)) {
      return errorf("move operation failed to decode from: ", error);
    }
    const Target source = find(document_, from);
    if (!source) {
      return errorf("move operation does not apply: doc is missing from path: ", from, ": ",
                    kMissing);
    }
    Got got = get(source.container(), source.key());
    if (!got.error) got.error = erase(source);
    if (got.error) return errorf("error in move for path: '", source.key(), "': ", got.error);
    std::string path;
    if (const Error error = read(op, "path", path)) {
      return errorf("move operation failed to decode path: ", error);
    }
    const Target target = find(document_, path);
    if (!target) {
      return errorf("move operation does not apply: doc is missing destination path: ", path, ": ",
                    kMissing);
    }
    const Error error = insert(target, std::move(got.value));
    return error ? errorf("error in move for path: '", path, "': ", error) : error;
  }

  Error copy(const Value& op) {
    std::string from;
    if (const Error error = read(op, "from", from)) {
      return errorf("copy operation failed to decode from: ", error);
    }
    const Target source = find(document_, from);
    if (!source) {
      return errorf("copy operation does not apply: doc is missing from path: ", from, ": ",
                    kMissing);
    }
    Got got = get(source.container(), source.key());
    if (got.error) return errorf("error in copy for from: '", from, "': ", got.error);
    std::string path;
    if (read(op, "path", path)) return errorf("copy operation failed to decode path: ", kMissing);
    const Target target = find(document_, path);
    if (!target) {
      return errorf("copy operation does not apply: doc is missing destination path: ", path, ": ",
                    kMissing);
    }
    if (!got.value) got.value = nullptr;
    copied_ += static_cast<int64_t>(got.value.to_json().size());
    if (copied_ > kPatchCopyBytesMax) {
      return errorf("Unable to complete the copy, the accumulated size increase of copy is ",
                    copied_, ", exceeding the limit ", kPatchCopyBytesMax);
    }
    const Error error = insert(target, std::move(got.value));
    return error ? errorf("error while adding value during copy: ", error) : error;
  }

  Error test(const Value& op) const {
    std::string path;
    if (const Error error = read(op, "path", path)) {
      return errorf("test operation failed to decode path: ", error);
    }
    Value found = document_;
    if (!path.empty()) {
      const Target target = find(document_, path);
      if (!target) {
        return errorf("test operation does not apply: is missing path: ", path, ": ", kMissing);
      }
      Got got = get(target.container(), target.key());
      if (got.error) return errorf("error in test for path: '", path, "': ", got.error);
      found = got.value ? std::move(got.value) : Value(nullptr);
    }
    if (op.contains("value") && found == op["value"]) return nullptr;
    return errorf("testing value ", path, " failed: ", kTestFailed);
  }

  Value document_;
  int64_t copied_ = 0;
};

}  // namespace

Patched json_patch(const Value& value, const Value& patch) {
  if (patch.is_null()) return {value, nullptr};
  if (!patch.is_array()) return {{}, cannot_unmarshal(patch, "jsonpatch.Patch")};
  const auto count = static_cast<int64_t>(patch.size());
  for (const Value& op : patch.items()) {
    if (!op.is_object() && !op.is_null()) return {{}, cannot_unmarshal(op, "jsonpatch.Operation")};
  }
  if (count > kPatchOperationsMax) {
    return {{},
            errorf("The allowed maximum operations in a JSON patch is ", kPatchOperationsMax,
                   ", got ", count)};
  }
  if (!value.is_object() && !value.is_array()) {
    return {{}, cannot_unmarshal(value, "jsonpatch.partialDoc")};
  }
  Patcher patcher(value);
  for (const Value& op : patch.items()) {
    if (Error error = patcher.apply(op)) return {{}, std::move(error)};
  }
  return {patcher.document(), nullptr};
}

}  // namespace sim::json
