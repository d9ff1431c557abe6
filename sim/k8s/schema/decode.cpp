#include "sim/k8s/schema/decode.h"

#include <algorithm>

#include "engine/task/print.h"
#include "sim/json/print.h"
#include "sim/k8s/api/base64.h"
#include "sim/k8s/api/quantity.h"
#include "sim/k8s/api/time.h"

namespace sim::k8s {
namespace {

using json::Kind;
using json::Member;
using json::Value;
using Type = Schema::Type;

// The way down to a value: a member of an object, or an item of a list.
struct Step {
  const Step* up = nullptr;
  std::string_view name;          // of a member
  std::ptrdiff_t index = -1;      // of an item
  const Schema* owner = nullptr;  // the struct, if the member is one of its fields
};

// `spec.containers[0].ports`
void append_path(std::string& out, const Step* step) {
  if (step == nullptr) return;
  append_path(out, step->up);
  if (step->index >= 0) {
    out += '[';
    engine::append_operand(out, step->index);
    out += ']';
    return;
  }
  if (!out.empty()) out += '.';
  out += step->name;
}

// The fields alone: `spec.containers.ports`
void append_fields(std::string& out, const Step* step) {
  if (step == nullptr) return;
  append_fields(out, step->up);
  if (step->owner == nullptr) return;
  if (!out.empty()) out += '.';
  out += step->name;
}

std::string_view kind_name(const Value& value) {
  switch (value.kind()) {
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
    case Kind::kAbsent:
    case Kind::kNull:
      break;
  }
  return "null";
}

bool fits_int32(const Value& value) {
  return value.is_integer() && value.integer() >= INT32_MIN && value.integer() <= INT32_MAX;
}

// What Go makes of null inside of a list or map.
Value zero_of(const Schema& schema) {
  switch (schema.type) {
    case Type::kObject:
      return Value::empty_object();
    case Type::kString:
    case Type::kBytes:
      return "";
    case Type::kInt32:
    case Type::kInt64:
    case Type::kFloat:
    case Type::kIntOrString:
      return 0;
    case Type::kBool:
      return false;
    case Type::kQuantity:
      return "0";
    case Type::kArray:
    case Type::kMap:
    case Type::kTime:
    case Type::kMicroTime:
    case Type::kAny:
      break;
  }
  return nullptr;
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kSpaces = " \t\n\v\f\r";
  text.remove_prefix(std::min(text.find_first_not_of(kSpaces), text.size()));
  return text.substr(0, text.find_last_not_of(kSpaces) + 1);
}

// Whether Go's `omitempty` leaves the field out.
bool is_omitted(const Field& field, const Value& value) {
  if (field.required || field.keeps_zero) return false;
  switch (field.schema->type) {
    case Type::kArray:
    case Type::kMap:
    case Type::kString:
    case Type::kBytes:
    case Type::kInt32:
    case Type::kInt64:
    case Type::kFloat:
    case Type::kBool:
      return value.is_zero();
    default:
      return false;
  }
}

// As compare(), but most names differ in their first letter.
int compared(std::string_view a, std::string_view b) {
  if (!a.empty() && !b.empty() && a[0] != b[0]) {
    return static_cast<uint8_t>(a[0]) < static_cast<uint8_t>(b[0]) ? -1 : 1;
  }
  return a.compare(b);
}

class Decoder {
 public:
  explicit Decoder(std::string_view root) : root_(root) {}

  // The cleaned value; absent if nothing is to be kept.
  Value walk(const Schema& schema, const Value& value, const Step* at);
  Decoded finish(Value value);

 private:
  Value walk_object(const Schema& schema, const Value& value, const Step* at);
  Value walk_array(const Schema& schema, const Value& value, const Step* at);
  Value walk_map(const Schema& schema, const Value& value, const Step* at);
  Value walk_scalar(const Schema& schema, const Value& value, const Step* at);
  Value walk_time(const Value& value, bool micro, const Step* at);
  Value walk_bytes(const Schema& schema, const Value& value, const Step* at);

  [[nodiscard]] std::string cannot_unmarshal(const Value& value, std::string_view go_type,
                                             bool is_number, const Step* at) const;
  // Go goes on after the first of these and reports it at the end.
  Value mismatch(const Schema& schema, const Value& value, const Step* at);
  // Go stops at an error of a type's own UnmarshalJSON.
  Value stop(std::string error) {
    stopped_ = true;
    error_ = std::move(error);
    return {};
  }
  void unknown(const Step& at);

  std::string_view root_;
  std::string error_;
  bool stopped_ = false;
  std::vector<std::string> strict_;
};

std::string Decoder::cannot_unmarshal(const Value& value, std::string_view go_type, bool is_number,
                                      const Step* at) const {
  std::string out = "json: cannot unmarshal ";
  out += kind_name(value);
  if (value.is_number() && is_number) {
    out += ' ';
    json::append_json(out, value);
  }
  const Step* field = at;
  while (field != nullptr && field->owner == nullptr) field = field->up;
  if (field == nullptr) {
    out += " into Go value";
  } else {
    const Step* above = field->up;
    while (above != nullptr && above->owner == nullptr) above = above->up;
    out += " into Go struct field ";
    out += above == nullptr ? root_ : field->owner->name;
    out += '.';
    std::string path;
    append_fields(path, field);
    out += path;
  }
  out += " of type ";
  out += go_type;
  return out;
}

Value Decoder::mismatch(const Schema& schema, const Value& value, const Step* at) {
  const bool is_number = schema.type == Type::kInt32 || schema.type == Type::kInt64;
  if (error_.empty()) error_ = cannot_unmarshal(value, go_type(schema), is_number, at);
  return {};
}

void Decoder::unknown(const Step& at) {
  constexpr size_t kStrictMax = 100;  // as many as the server collects
  if (strict_.size() >= kStrictMax) return;
  std::string path;
  append_path(path, &at);
  std::string text = "unknown field ";
  json::append_quoted(text, path, false);
  strict_.push_back(std::move(text));
}

Value Decoder::walk_object(const Schema& schema, const Value& value, const Step* at) {
  if (!value.is_object()) return mismatch(schema, value, at);
  const std::span<const Member> members = value.members();
  std::vector<Member> changed;
  bool is_changed = false;
  auto field = schema.fields.begin();
  for (size_t i = 0; i < members.size(); ++i) {
    const Member& member = members[i];
    const std::string_view name = member.name();
    int order = -1;
    for (; field != schema.fields.end(); ++field) {
      order = compared(field->name, name);
      if (order >= 0) break;
    }
    Value kept;
    if (order == 0) {
      const Step step{at, name, -1, &schema};
      if (!member.value.is_null()) kept = walk(*field->schema, member.value, &step);
      if (stopped_) return {};
      if (kept && is_omitted(*field, kept)) kept = {};
    } else if (schema.keeps_unknown) {
      kept = member.value;
    } else {
      unknown({at, name, -1, nullptr});
    }
    if (!is_changed && kept != member.value) {
      is_changed = true;
      changed.assign(members.begin(), members.begin() + static_cast<std::ptrdiff_t>(i));
    }
    if (is_changed && kept) changed.push_back({member.key, std::move(kept)});
  }
  return is_changed ? Value::object(std::move(changed)) : value;
}

Value Decoder::walk_array(const Schema& schema, const Value& value, const Step* at) {
  if (!value.is_array()) return mismatch(schema, value, at);
  const std::span<const Value> items = value.items();
  std::vector<Value> changed;
  bool is_changed = false;
  for (size_t i = 0; i < items.size(); ++i) {
    const Step step{at, {}, static_cast<std::ptrdiff_t>(i), nullptr};
    Value kept = items[i].is_null() ? zero_of(*schema.items) : walk(*schema.items, items[i], &step);
    if (stopped_) return {};
    if (!kept) continue;  // an error was noted
    if (!is_changed && kept != items[i]) {
      is_changed = true;
      changed.assign(items.begin(), items.begin() + static_cast<std::ptrdiff_t>(i));
    }
    if (is_changed) changed.push_back(std::move(kept));
  }
  return is_changed ? Value::array(changed) : value;
}

Value Decoder::walk_map(const Schema& schema, const Value& value, const Step* at) {
  if (!value.is_object()) return mismatch(schema, value, at);
  const std::span<const Member> members = value.members();
  std::vector<Member> changed;
  bool is_changed = false;
  for (size_t i = 0; i < members.size(); ++i) {
    const Member& member = members[i];
    const Step step{at, member.name(), -1, nullptr};
    Value kept =
        member.value.is_null() ? zero_of(*schema.items) : walk(*schema.items, member.value, &step);
    if (stopped_) return {};
    if (!kept) continue;
    if (!is_changed && kept != member.value) {
      is_changed = true;
      changed.assign(members.begin(), members.begin() + static_cast<std::ptrdiff_t>(i));
    }
    if (is_changed) changed.push_back({member.key, std::move(kept)});
  }
  return is_changed ? Value::object(std::move(changed)) : value;
}

Value Decoder::walk_time(const Value& value, bool micro, const Step* at) {
  if (!value.is_string()) return stop(cannot_unmarshal(value, "string", false, at));
  constexpr std::string_view kNoTime = "0001-01-01T00:00:00Z";  // which Go writes as null
  if (value.text() == kNoTime) return {};
  std::string error = time_error(value.text(), micro);
  if (!error.empty()) return stop(std::move(error));
  const size_t length =
      micro ? sizeof "2006-01-02T15:04:05.000000Z" : sizeof "2006-01-02T15:04:05Z";
  if (value.text().size() + 1 == length && value.text().ends_with('Z')) return value;
  const std::optional<int64_t> instant = parse_time(value.text());
  if (!instant) return value;
  return micro ? micro_time_text(*instant) : time_text(*instant);
}

Value Decoder::walk_bytes(const Schema& schema, const Value& value, const Step* at) {
  if (!value.is_string()) return mismatch(schema, value, at);
  const Bytes64 read = base64_decode(value.text());
  if (read.error_at >= 0) {
    if (error_.empty()) {
      error_ = "illegal base64 data at input byte ";
      engine::append_operand(error_, read.error_at);
    }
    return {};
  }
  return base64_encode(read.bytes);
}

Value Decoder::walk_scalar(const Schema& schema, const Value& value, const Step* at) {
  switch (schema.type) {
    case Type::kString:
      return value.is_string() ? value : mismatch(schema, value, at);
    case Type::kInt32:
      return fits_int32(value) ? value : mismatch(schema, value, at);
    case Type::kInt64:
      return value.is_integer() ? value : mismatch(schema, value, at);
    case Type::kFloat:
      return value.is_number() ? value : mismatch(schema, value, at);
    case Type::kBool:
      return value.is_bool() ? value : mismatch(schema, value, at);
    case Type::kIntOrString:
      if (value.is_string() || fits_int32(value)) return value;
      return stop(cannot_unmarshal(value, "int32", true, at));
    case Type::kQuantity: {
      if (!value.is_string() && !value.is_number()) return stop(std::string(kQuantityPattern));
      const std::string number = value.is_number() ? value.to_json() : std::string();
      const std::string_view text = value.is_number() ? number : trimmed(value.text());
      const std::string_view error = quantity_error(text);
      if (!error.empty()) return stop(std::string(error));
      std::string stored = stored_quantity(text);
      return value.is_string() && stored == value.text() ? value : Value(stored);
    }
    case Type::kTime:
      return walk_time(value, false, at);
    case Type::kMicroTime:
      return walk_time(value, true, at);
    case Type::kBytes:
      return walk_bytes(schema, value, at);
    default:
      return value;
  }
}

Value Decoder::walk(const Schema& schema, const Value& value, const Step* at) {
  switch (schema.type) {
    case Type::kObject:
      return walk_object(schema, value, at);
    case Type::kArray:
      return walk_array(schema, value, at);
    case Type::kMap:
      return walk_map(schema, value, at);
    default:
      return walk_scalar(schema, value, at);
  }
}

Decoded Decoder::finish(Value value) {
  if (!error_.empty()) value = {};
  return {std::move(value), std::move(strict_), std::move(error_)};
}

}  // namespace

Decoded decode(const Schema& schema, const json::Value& value, std::string_view go_root) {
  Decoder decoder(go_root.empty() ? schema.name : go_root);
  Value cleaned = value.is_null() ? zero_of(schema) : decoder.walk(schema, value, nullptr);
  return decoder.finish(std::move(cleaned));
}

std::string decode_failure(std::string_view api_version, std::string_view kind,
                           std::string_view error) {
  std::string out(kind);
  out += " in version ";
  json::append_quoted(out, api_version.substr(api_version.find('/') + 1), false);
  out += " cannot be handled as a ";
  out += kind;
  out += ": ";
  out += error;
  return out;
}

std::string strict_failure(std::span<const std::string> errors) {
  std::string out = "strict decoding error: ";
  for (size_t i = 0; i < errors.size(); ++i) {
    if (i > 0) out += ", ";
    out += errors[i];
  }
  return out;
}

std::string go_type(const Schema& schema) {
  switch (schema.type) {
    case Type::kObject: {
      if (schema.package.empty()) return std::string(schema.name);
      std::string out(schema.package.substr(schema.package.rfind('.') + 1));
      return out + "." + std::string(schema.name);
    }
    case Type::kArray:
      return "[]" + go_type(*schema.items);
    case Type::kMap:
      return schema.name.empty() ? "map[string]" + go_type(*schema.items)
                                 : std::string(schema.name);
    case Type::kString:
      return schema.name.empty() ? "string" : std::string(schema.name);
    case Type::kInt32:
      return "int32";
    case Type::kInt64:
      return "int64";
    case Type::kFloat:
      return "float64";
    case Type::kBool:
      return "bool";
    case Type::kIntOrString:
      return "intstr.IntOrString";
    case Type::kQuantity:
      return "resource.Quantity";
    case Type::kTime:
      return "v1.Time";
    case Type::kMicroTime:
      return "v1.MicroTime";
    case Type::kBytes:
      return "[]uint8";
    case Type::kAny:
      break;
  }
  return "interface {}";
}

}  // namespace sim::k8s
