#include "sim/k8s/schema/custom.h"

#include <deque>

#include "engine/task/print.h"
#include "sim/json/print.h"
#include "sim/k8s/schema/types.h"

namespace sim::k8s {
namespace {

using json::Array;
using json::Member;
using json::Object;
using json::Value;
using Type = Schema::Type;

constexpr std::string_view kKeepUnknown = "x-kubernetes-preserve-unknown-fields";
constexpr std::string_view kEmbedded = "x-kubernetes-embedded-resource";

bool keeps_unknown(const Value& schema) {
  return !schema || schema[kKeepUnknown].truth();
}

// What every API object has, whether or not its schema says so.
bool is_of_every_object(std::string_view name) {
  return name == "apiVersion" || name == "kind" || name == "metadata";
}

// Walks down an object beside its schema and changes members on the way.
class Pruner {
 public:
  explicit Pruner(std::vector<std::string>& unknown) : unknown_(unknown) {}

  Value prune(const Value& schema, const Value& value, const std::string& path, bool is_resource) {
    if (value.is_array()) return prune_items(schema["items"], value, path);
    if (!value.is_object()) return value;
    const Value& properties = schema["properties"];
    const Value& others = schema["additionalProperties"];
    Object kept(value);
    bool is_changed = false;
    for (const Member& member : value.members()) {
      const std::string_view name = member.name();
      if (is_resource && is_of_every_object(name)) continue;
      std::string below = path.empty() ? std::string(name) : path + "." + std::string(name);
      const Value& known = properties[name] ? properties[name] : others;
      if (known.is_zero() && !keeps_unknown(schema)) {
        note(below);
        kept.set(name, {});
        is_changed = true;
        continue;
      }
      if (!known.is_object()) continue;
      // Null is taken for missing where it is not allowed; a default may fill the place.
      const bool is_dropped = member.value.is_null() && !known["nullable"].truth() &&
                              !known["default"] && properties[name];
      Value pruned =
          is_dropped ? Value() : prune(known, member.value, below, known[kEmbedded].truth());
      if (pruned == member.value) continue;
      kept.set(name, std::move(pruned));
      is_changed = true;
    }
    return is_changed ? std::move(kept).build() : value;
  }

 private:
  Value prune_items(const Value& schema, const Value& list, const std::string& path) {
    Array kept;
    bool is_changed = false;
    for (const Value& item : list.items()) {
      std::string below = path + "[";
      engine::append_operand(below, kept.size());
      below += ']';
      Value pruned = schema ? prune(schema, item, below, schema[kEmbedded].truth()) : item;
      is_changed = is_changed || pruned != item;
      kept.add(std::move(pruned));
    }
    return is_changed ? kept.build() : list;
  }
  void note(std::string_view path) {
    std::string text = "unknown field ";
    json::append_quoted(text, path, false);
    unknown_.push_back(std::move(text));
  }

  std::vector<std::string>& unknown_;
};

Value defaulted(const Value& schema, const Value& value) {
  if (value.is_array()) {
    const Value& of_items = schema["items"];
    if (!of_items) return value;
    Array items;
    for (const Value& item : value.items()) items.add(defaulted(of_items, item));
    return items.build();
  }
  if (!value.is_object()) return value;
  Object out(value);
  for (const Member& property : schema["properties"].members()) {
    const Value& known = property.value;
    const Value& present = value[property.name()];
    const bool is_missing = !present || (present.is_null() && !known["nullable"].truth());
    const Value filled = is_missing ? known["default"] : present;
    if (!filled) continue;
    out.set(property.name(), defaulted(known, filled));
  }
  const Value& others = schema["additionalProperties"];
  if (others.is_object()) {
    for (const Member& member : value.members()) {
      if (schema["properties"][member.name()]) continue;
      out.set(member.name(), defaulted(others, member.value));
    }
  }
  return std::move(out).build();
}

}  // namespace

// The Schemas, which refer to each other and to the texts of the source.
struct CustomType::Store {
  std::deque<Schema> schemas;
  std::deque<std::vector<Field>> fields;
  std::deque<std::string> texts;
  const Schema* root = nullptr;

  const Schema* add(Schema schema) { return &schemas.emplace_back(schema); }

  const Schema* from(const Value& source) {
    const std::string_view type = source["type"].text();
    if (source["x-kubernetes-int-or-string"].truth()) return &types::kIntOrString;
    if (type == "string") return &types::kText;
    if (type == "boolean") return &types::kBool;
    if (type == "number") return &types::kFloat;
    if (type == "integer") {
      return source["format"].text() == "int32" ? &types::kInt32 : &types::kInt64;
    }
    if (type == "array") return add({.type = Type::kArray, .items = from(source["items"])});
    if (type != "object") return &types::kAny;
    const bool is_atomic = source["x-kubernetes-map-type"].text() == "atomic";
    const Value& others = source["additionalProperties"];
    if (!others.is_zero()) {
      return add({.type = Type::kMap,
                  .items = others.is_object() ? from(others) : &types::kAny,
                  .atomic = is_atomic});
    }
    return from_object(source, {}, is_atomic);
  }

  const Schema* from_object(const Value& source, std::string_view name, bool is_atomic) {
    const bool is_resource = !name.empty() || source[kEmbedded].truth();
    std::vector<Field> made;
    if (is_resource) {
      made.push_back(types::kApiVersionField);
      made.push_back(types::kKindField);
      made.push_back(types::kMetadataField);
    }
    for (const Member& property : source["properties"].members()) {
      if (is_resource && is_of_every_object(property.name())) continue;
      Field field{.name = property.name(),
                  .schema = from(property.value),
                  .about = property.value["description"].text(),
                  .keeps_zero = true};
      for (const Value& required : source["required"].items()) {
        if (required == property.key) field.required = true;
      }
      if (property.value["x-kubernetes-list-type"].text() == "map") {
        field.list_keys = joined(property.value["x-kubernetes-list-map-keys"]);
      }
      auto place = made.begin();
      while (place != made.end() && place->name < field.name) ++place;
      made.insert(place, field);
    }
    return add({.type = Type::kObject,
                .name = name,
                .about = source["description"].text(),
                .fields = fields.emplace_back(std::move(made)),
                .keeps_unknown = keeps_unknown(source),
                .atomic = is_atomic});
  }

  std::string_view joined(const Value& words) {
    std::string& text = texts.emplace_back();
    for (const Value& word : words.items()) {
      if (!text.empty()) text += ',';
      text += word.text();
    }
    return text;
  }
};

CustomType::CustomType(const Value& schema, std::string_view kind)
    : source_(schema), store_(std::make_unique<Store>()) {
  const std::string_view name = store_->texts.emplace_back(kind);
  store_->root = store_->from_object(source_, name, false);
}

CustomType::CustomType(CustomType&&) noexcept = default;
CustomType& CustomType::operator=(CustomType&&) noexcept = default;
CustomType::~CustomType() = default;

const Schema& CustomType::schema() const {
  return *store_->root;
}

Decoded CustomType::decode(const Value& object) const {
  Decoded out;
  const Value& metadata = object["metadata"];
  Value read = metadata;
  if (metadata) {
    Decoded decoded = k8s::decode(types::kObjectMeta, metadata);
    if (!decoded.error.empty()) {
      out.error = std::move(decoded.error);
      return out;
    }
    constexpr std::string_view kUnknown = "unknown field \"";
    for (const std::string& error : decoded.strict) {
      out.strict.push_back(std::string(kUnknown) + "metadata." + error.substr(kUnknown.size()));
    }
    read = std::move(decoded.value);
  }
  out.value = Pruner(out.strict).prune(source_, object, {}, true).with("metadata", read);
  return out;
}

Value CustomType::with_defaults(const Value& object) const {
  return defaulted(source_, object);
}

}  // namespace sim::k8s
