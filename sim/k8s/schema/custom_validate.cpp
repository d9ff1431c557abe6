// What openAPIV3Schema says of values: types, bounds, choices, required fields, unique items.

#include <charconv>

#include "engine/task/print.h"
#include "sim/json/print.h"
#include "sim/k8s/api/time.h"
#include "sim/k8s/schema/custom.h"

namespace sim::k8s {
namespace {

using json::Kind;
using json::Member;
using json::Value;

std::string_view type_name(const Value& value) {
  switch (value.kind()) {
    case Kind::kBool:
      return "boolean";
    case Kind::kInteger:
      return "integer";
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

bool is_whole(const Value& value) {
  if (value.is_integer()) return true;
  constexpr double kExact = 9007199254740992.0;  // beyond it every number is whole
  const double number = value.number();
  if (value.kind() != Kind::kFloat || number > kExact || number < -kExact) return false;
  return static_cast<double>(static_cast<int64_t>(number)) == number;
}

bool has_type(const Value& value, std::string_view type) {
  if (type == "integer") return is_whole(value);
  if (type == "number") return value.is_number();
  return type_name(value) == type;
}

int64_t length_of(std::string_view text) {
  int64_t count = 0;
  for (const char c : text) count += (static_cast<uint8_t>(c) & 0xC0) != 0x80 ? 1 : 0;
  return count;
}

std::string quoted(std::string_view text) {
  std::string out;
  json::append_quoted(out, text, false);
  return out;
}

// A value as field.Error prints it: Go's %v of scalars, %#v of the rest.
std::string shown(const Value& value) {
  if (value.is_string()) return quoted(value.text());
  if (!value.is_object() && !value.is_array()) return value.to_json();
  std::string out = value.is_object() ? "map[string]interface {}{" : "[]interface {}{";
  bool first = true;
  const auto separate = [&] {
    if (!first) out += ", ";
    first = false;
  };
  for (const Member& member : value.members()) {
    separate();
    out += quoted(member.name()) + ":" + shown(member.value);
  }
  for (const Value& item : value.items()) {
    separate();
    out += shown(item);
  }
  return out + "}";
}

std::string number_text(int64_t number) {
  std::string out;
  engine::append_operand(out, number);
  return out;
}

class Validator {
 public:
  explicit Validator(std::vector<FieldError>& errors) : errors_(errors) {}

  void check(const Value& schema, const Value& value, const std::string& path) {
    if (value.is_null() && schema["nullable"].truth()) return;
    check_type(schema, value, path);
    if (value.is_string()) check_text(schema, value, path);
    if (value.is_number()) check_number(schema, value, path);
    if (value.is_array()) check_list(schema, value, path);
    check_choice(schema, value, path);
    if (value.is_object()) check_object(schema, value, path);
    for (const Value& part : schema["allOf"].items()) check(part, value, path);
  }

 private:
  void add(const std::string& path, std::string_view reason, std::string message) {
    errors_.push_back({reason, path, std::move(message)});
  }
  // `Invalid value: 11: spec.replicas in body should be less than or equal to 10`
  void invalid(const std::string& path, const std::string& value, std::string_view what) {
    std::string message = "Invalid value: " + value + ": " + path + " in body ";
    message += what;
    add(path, "FieldValueInvalid", std::move(message));
  }

  void check_type(const Value& schema, const Value& value, const std::string& path) {
    std::string type(schema["type"].text());
    if (schema["x-kubernetes-int-or-string"].truth()) {
      if (value.is_string() || is_whole(value)) return;
      type = "integer,string";
    } else if (type.empty() || has_type(value, type)) {
      return;
    }
    const std::string is = quoted(type_name(value));
    std::string message = "Invalid value: " + is + ": " + path + " in body must be of type ";
    message += type + ": " + is;
    add(path, "FieldValueTypeInvalid", std::move(message));
  }

  void check_text(const Value& schema, const Value& value, const std::string& path) {
    const int64_t length = length_of(value.text());
    const Value& most = schema["maxLength"];
    if (most.is_integer() && length > most.integer()) {
      add(path, "FieldValueTooLong",
          "Too long: may not be more than " + number_text(most.integer()) +
              (most.integer() == 1 ? " byte" : " bytes"));
    }
    const Value& least = schema["minLength"];
    if (least.is_integer() && length < least.integer()) {
      invalid(path, shown(value),
              "should be at least " + number_text(least.integer()) + " chars long");
    }
    if (schema["format"].text() == "date-time" && !time_error(value.text()).empty()) {
      invalid(path, shown(value), "must be of type date-time: " + shown(value));
    }
  }

  void check_number(const Value& schema, const Value& value, const std::string& path) {
    const double number = value.number();
    const Value& step = schema["multipleOf"];
    if (step.is_number() && step.number() > 0 && !is_whole(Value(number / step.number()))) {
      invalid(path, shown(value), "should be a multiple of " + step.to_json());
    }
    const Value& most = schema["maximum"];
    const bool below = schema["exclusiveMaximum"].truth();
    const double upper = bound_of(most, value);
    if (most.is_number() && (number > upper || (below && number == upper))) {
      invalid(path, shown(value),
              (below ? "should be less than " : "should be less than or equal to ") +
                  bound_text(upper, value));
    }
    const Value& least = schema["minimum"];
    const bool above = schema["exclusiveMinimum"].truth();
    const double lower = bound_of(least, value);
    if (least.is_number() && (number < lower || (above && number == lower))) {
      invalid(path, shown(value),
              (above ? "should be greater than " : "should be greater than or equal to ") +
                  bound_text(lower, value));
    }
  }

  // The server compares whole numbers with whole bounds.
  static double bound_of(const Value& bound, const Value& value) {
    const double number = bound.number();
    constexpr double kMost = 9.0e18;
    if (!value.is_integer() || number > kMost || number < -kMost) return number;
    return static_cast<double>(static_cast<int64_t>(number));
  }
  // As Go's %v: numbers with a part behind the point get an exponent from 10^6 on.
  static std::string bound_text(double bound, const Value& value) {
    constexpr double kMost = 9.0e18;
    if (value.is_integer() && bound < kMost && bound > -kMost) {
      return number_text(static_cast<int64_t>(bound));
    }
    std::string out;
    constexpr double kLong = 1e6;  // JSON's form begins to differ here
    if (bound < kLong && bound > -kLong) {
      json::append_float(out, bound);
      return out;
    }
    char digits[40];
    char* const end =
        std::to_chars(digits, digits + sizeof digits, bound, std::chars_format::scientific).ptr;
    out.assign(digits, end);
    return out;
  }

  void too_many(const std::string& path, size_t is, const Value& most) {
    add(path, "FieldValueTooMany",
        "Too many: " + number_text(static_cast<int64_t>(is)) + ": must have at most " +
            number_text(most.integer()) + (most.integer() == 1 ? " item" : " items"));
  }
  void too_few(const std::string& path, size_t is, const Value& least, std::string_view what) {
    invalid(path, number_text(static_cast<int64_t>(is)),
            "should have at least " + number_text(least.integer()) + " " + std::string(what));
  }

  void check_list(const Value& schema, const Value& value, const std::string& path) {
    const auto size = static_cast<int64_t>(value.size());
    const Value& least = schema["minItems"];
    if (least.is_integer() && size < least.integer()) too_few(path, value.size(), least, "items");
    const Value& most = schema["maxItems"];
    if (most.is_integer() && size > most.integer()) too_many(path, value.size(), most);
    int64_t index = 0;
    for (const Value& item : value.items()) {
      check(schema["items"], item, path + "[" + number_text(index++) + "]");
    }
    check_unique(schema, value, path);
  }

  // The items of a set differ, those of a map in their keys.
  void check_unique(const Value& schema, const Value& value, const std::string& path) {
    const std::string_view type = schema["x-kubernetes-list-type"].text();
    if (type != "set" && type != "map") return;
    std::vector<Value> seen;
    int64_t index = -1;
    for (const Value& item : value.items()) {
      ++index;
      Value key = item;
      if (type == "map") {
        json::Object made;
        for (const Value& name : schema["x-kubernetes-list-map-keys"].items()) {
          made.set(name.text(), item[name.text()]);
        }
        key = std::move(made).build();
      }
      bool is_new = true;
      for (const Value& other : seen) is_new = is_new && other != key;
      if (is_new) {
        seen.push_back(key);
        continue;
      }
      add(path + "[" + number_text(index) + "]", "FieldValueDuplicate",
          "Duplicate value: " + shown(key));
    }
  }

  void check_choice(const Value& schema, const Value& value, const std::string& path) {
    const Value& choices = schema["enum"];
    if (choices.size() == 0) return;
    std::string all;
    for (const Value& choice : choices.items()) {
      if (choice == value) return;
      if (!all.empty()) all += ", ";
      all += quoted(choice.is_string() ? std::string(choice.text()) : choice.to_json());
    }
    add(path, "FieldValueNotSupported",
        "Unsupported value: " + shown(value) + ": supported values: " + all);
  }

  void check_object(const Value& schema, const Value& value, const std::string& path) {
    const auto size = static_cast<int64_t>(value.size());
    const Value& least = schema["minProperties"];
    if (least.is_integer() && size < least.integer()) {
      too_few(path, value.size(), least, "properties");
    }
    const Value& most = schema["maxProperties"];
    if (most.is_integer() && size > most.integer()) too_many(path, value.size(), most);
    const auto below = [&](std::string_view name) {
      return path.empty() ? std::string(name) : path + "." + std::string(name);
    };
    const Value& properties = schema["properties"];
    for (const Member& member : value.members()) {
      const Value& known = properties[member.name()];
      const Value& others = schema["additionalProperties"];
      if (known) {
        check(known, member.value, below(member.name()));
      } else if (others.is_object()) {
        check(others, member.value, below(member.name()));
      }
    }
    for (const Value& name : schema["required"].items()) {
      if (value.contains(name.text())) continue;
      add(below(name.text()), "FieldValueRequired", "Required value");
    }
  }

  std::vector<FieldError>& errors_;
};

}  // namespace

std::vector<FieldError> CustomType::validate(const Value& object) const {
  std::vector<FieldError> errors;
  if (source_) Validator(errors).check(source_, object, {});
  return errors;
}

}  // namespace sim::k8s
