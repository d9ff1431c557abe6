// sim/scenario/schema.cpp: walks the tree and the schema together.
//
// Promises: problems come in the order of the file, because the tree is walked in that order and
// what a mapping lacks is reported at its start, before its children.
// Does not: stop at the first problem; it stops at kProblemsMax.

#include "sim/scenario/schema.h"

#include "sim/scenario/wording.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <cstdint>
#include <utility>

namespace sim::scenario {
namespace {

using Json = nlohmann::ordered_json;
using yaml::Kind;
using yaml::Node;
using yaml::Place;
using yaml::ScalarType;

/// A $ref may lead to a $ref, but a chain this long is a mistake in the schema.
constexpr int kReferencesMax = 8;

const Json* member(const Json& schema, const std::string& key) {
  const auto found = schema.find(key);
  return found == schema.end() ? nullptr : &*found;
}

std::string_view text_of(const Json* value) {
  const auto* text = value == nullptr ? nullptr : value->get_ptr<const Json::string_t*>();
  return text == nullptr ? std::string_view() : std::string_view(*text);
}

std::optional<std::int64_t> integer_of(const Json* value) {
  if (value == nullptr || !value->is_number_integer()) return std::nullopt;
  return value->get<std::int64_t>();
}

std::vector<std::string_view> texts_of(const Json* list) {
  std::vector<std::string_view> texts;
  if (list == nullptr || !list->is_array()) return texts;
  for (const Json& item : *list) texts.push_back(text_of(&item));
  return texts;
}

/// The types that a schema allows, whether it names one or lists several.
std::vector<std::string_view> types_of(const Json& schema) {
  const Json* const type = member(schema, "type");
  if (type != nullptr && type->is_array()) return texts_of(type);
  std::vector<std::string_view> types;
  if (type != nullptr) types.push_back(text_of(type));
  return types;
}

/// The JSON type of a YAML value.
std::string_view type_of(const Node& node) {
  if (node.kind == Kind::sequence) return "array";
  if (node.kind == Kind::mapping) return "object";
  switch (yaml::scalar_type(node)) {
    case ScalarType::null:
      return "null";
    case ScalarType::boolean:
      return "boolean";
    case ScalarType::integer:
      return "integer";
    case ScalarType::floating:
      return "number";
    case ScalarType::string:
      break;
  }
  return "string";
}

bool type_fits(const Json& schema, std::string_view type) {
  const std::vector<std::string_view> allowed = types_of(schema);
  for (const std::string_view name : allowed) {
    if (name == type || (name == "number" && type == "integer")) return true;
  }
  return allowed.empty();
}

/// A number's text without quotes, but as short and harmless as in_quotes() makes it.
std::string number_text(const Node& node) {
  const std::string shown = in_quotes(node.text);
  return shown.substr(1, shown.size() - 2);
}

std::string describe_found(const Node& node) {
  const std::string_view type = type_of(node);
  if (type == "array") return node.children.empty() ? "an empty list" : "a list";
  if (type == "object") return node.children.empty() ? "an empty mapping" : "a mapping";
  if (type == "null") return node.text.empty() ? "nothing" : "null";
  if (type == "boolean") return node.text;
  if (type == "integer") return fmt::format("the integer {}", number_text(node));
  if (type == "number") return fmt::format("the number {}", number_text(node));
  return node.text.empty() ? "empty text" : fmt::format("the text {}", in_quotes(node.text));
}

std::string describe_integer(const Json& schema) {
  const std::optional<std::int64_t> min = integer_of(member(schema, "minimum"));
  const std::optional<std::int64_t> max = integer_of(member(schema, "maximum"));
  if (min && max) return fmt::format("a whole number from {} to {}", *min, *max);
  if (min) return fmt::format("a whole number of at least {}", *min);
  if (max) return fmt::format("a whole number of at most {}", *max);
  return "a whole number";
}

std::string describe_type(const Json& schema, std::string_view type) {
  if (type == "object") return "a mapping (key: value)";
  if (type == "array") return "a list";
  if (type == "integer") return describe_integer(schema);
  if (type == "number") return "a number";
  if (type == "boolean") return "true or false";
  return type == "null" ? "nothing" : "text";
}

std::string child_path(const std::string& path, const std::string& key) {
  std::string shown = in_quotes(key);
  // A plain key is clearer without its quotes.
  if (shown.size() == key.size() + 2) shown = key;
  return path.empty() ? shown : path + "." + shown;
}

class Validator {
 public:
  Validator(const Json& root, std::span<const Format> formats, std::string_view file)
      : root_(root), formats_(formats), file_(file) {}

  void check(const Node& node, const Json& unresolved, const std::string& path);
  std::vector<Problem> take() { return std::move(problems_); }

 private:
  const Json& resolved(const Json& schema) const;
  const Format* format_of(const Json& schema) const;
  std::string describe_expected(const Json& schema) const;
  void check_type_mismatch(const Node& node, const Json& schema, const std::string& path);
  void check_string(const Node& node, const Json& schema, const std::string& path);
  void check_integer(const Node& node, const Json& schema, const std::string& path);
  void check_list(const Node& node, const Json& schema, const std::string& path);
  void check_mapping(const Node& node, const Json& schema, const std::string& path);
  void check_key(const Node& child, const Json& schema, const std::string& path);
  /// The branch that `node` belongs to; null after a problem was reported.
  const Json* choose(const Node& node, const Json& branches, const std::string& path);
  void check_one_key(const Node& node, const Json& branches, const std::string& path);

  bool full() const { return problems_.size() >= kProblemsMax; }
  void report(Place at, const std::string& path, std::string_view message) {
    if (full()) return;
    problems_.push_back(
        {std::string(file_), at.line, at.column,
         path.empty() ? std::string(message) : fmt::format("{}: {}", path, message)});
  }

  const Json& root_;
  std::span<const Format> formats_;
  std::string_view file_;
  std::vector<Problem> problems_;
};

const Json& Validator::resolved(const Json& schema) const {
  constexpr std::string_view kPrefix = "#/$defs/";
  const Json* current = &schema;
  for (int i = 0; i < kReferencesMax; ++i) {
    const std::string_view reference = text_of(member(*current, "$ref"));
    const Json* const defs = member(root_, "$defs");
    if (!reference.starts_with(kPrefix) || defs == nullptr) break;
    const Json* const target = member(*defs, std::string(reference.substr(kPrefix.size())));
    if (target == nullptr) break;
    current = target;
  }
  return *current;
}

const Format* Validator::format_of(const Json& schema) const {
  const std::string_view name = text_of(member(schema, "format"));
  for (const Format& format : formats_) {
    if (format.name == name) return &format;
  }
  return nullptr;
}

std::string Validator::describe_expected(const Json& schema) const {
  if (const Json* value = member(schema, "const")) {
    return value->is_string() ? std::string(text_of(value)) : value->dump();
  }
  if (const Json* values = member(schema, "enum")) {
    return fmt::format("one of {}", listed(texts_of(values)));
  }
  if (const Format* format = format_of(schema)) return std::string(format->expected);
  const std::vector<std::string_view> types = types_of(schema);
  std::string all;
  for (std::size_t i = 0; i < types.size(); ++i) {
    if (i > 0) all += i + 1 == types.size() ? " or " : ", ";
    all += describe_type(schema, types[i]);
  }
  return all;
}

void Validator::check(const Node& node, const Json& unresolved, const std::string& path) {
  if (full()) return;
  const Json& schema = resolved(unresolved);
  const Json* const branches = member(schema, "oneOf");
  if (branches != nullptr && member(schema, "type") == nullptr) {
    const Json* const branch = choose(node, *branches, path);
    if (branch != nullptr) check(node, *branch, path);
    return;
  }
  const std::string_view type = type_of(node);
  if (!type_fits(schema, type)) return check_type_mismatch(node, schema, path);
  if (const Json* value = member(schema, "const")) {
    const bool same = value->is_string() ? text_of(value) == node.text
                                         : integer_of(value) == yaml::to_integer(node);
    if (!same) {
      report(node.at, path,
             fmt::format("expected {}, found {}", describe_expected(schema), describe_found(node)));
    }
    return;
  }
  if (type == "object") {
    if (branches != nullptr) check_one_key(node, *branches, path);
    check_mapping(node, schema, path);
  } else if (type == "array") {
    check_list(node, schema, path);
  } else if (type == "string") {
    check_string(node, schema, path);
  } else if (type == "integer") {
    check_integer(node, schema, path);
  }
}

void Validator::check_type_mismatch(const Node& node, const Json& schema, const std::string& path) {
  std::string message =
      fmt::format("expected {}, found {}", describe_expected(schema), describe_found(node));
  const bool is_value = node.kind == Kind::scalar && yaml::scalar_type(node) != ScalarType::null;
  const Format* const format = format_of(schema);
  if (is_value && type_fits(schema, "string")) {
    const std::optional<std::string> mistake =
        format == nullptr ? std::nullopt : format->mistake(node.text);
    if (!mistake) {
      message += " (quotes would make it text)";
    } else if (!mistake->empty()) {
      message += ": " + *mistake;
    }
  }
  if (is_value && node.quoted && type_fits(schema, "integer")) {
    message += " (a number has no quotes)";
  }
  report(node.at, path, message);
}

void Validator::check_string(const Node& node, const Json& schema, const std::string& path) {
  if (const Json* values = member(schema, "enum")) {
    const std::vector<std::string_view> words = texts_of(values);
    for (const std::string_view word : words) {
      if (word == node.text) return;
    }
    report(node.at, path,
           fmt::format("expected {}, found {}{}", describe_expected(schema), describe_found(node),
                       did_you_mean(node.text, words)));
    return;
  }
  const std::optional<std::int64_t> shortest = integer_of(member(schema, "minLength"));
  if (shortest.value_or(0) > 0 && node.text.empty()) {
    return report(node.at, path, "expected text, found empty text");
  }
  const Format* const format = format_of(schema);
  if (format == nullptr) return;
  const std::optional<std::string> mistake = format->mistake(node.text);
  if (!mistake) return;
  report(node.at, path,
         fmt::format("expected {}, found {}{}{}", format->expected, describe_found(node),
                     mistake->empty() ? "" : ": ", *mistake));
}

void Validator::check_integer(const Node& node, const Json& schema, const std::string& path) {
  const std::optional<std::int64_t> value = yaml::to_integer(node);
  if (!value) {
    return report(node.at, path,
                  fmt::format("expected {}, found {}, which does not fit in 64 bits",
                              describe_integer(schema), describe_found(node)));
  }
  const std::optional<std::int64_t> min = integer_of(member(schema, "minimum"));
  const std::optional<std::int64_t> max = integer_of(member(schema, "maximum"));
  if ((min && *value < *min) || (max && *value > *max)) {
    report(node.at, path,
           fmt::format("expected {}, found {}", describe_integer(schema), describe_found(node)));
  }
}

void Validator::check_list(const Node& node, const Json& schema, const std::string& path) {
  const auto count = static_cast<std::int64_t>(node.children.size());
  const std::int64_t min = integer_of(member(schema, "minItems")).value_or(0);
  const std::int64_t max = integer_of(member(schema, "maxItems")).value_or(count);
  if (min == max && count != min) {
    report(node.at, path, fmt::format("expected {} items, found {}", min, count));
  } else if (count < min) {
    report(node.at, path,
           fmt::format("expected at least {} item{}, found {}", min, min == 1 ? "" : "s",
                       describe_found(node)));
  } else if (count > max) {
    return report(node.at, path, fmt::format("expected at most {} items, found {}", max, count));
  }
  const Json* const items = member(schema, "items");
  if (items == nullptr) return;
  for (std::size_t i = 0; i < node.children.size() && !full(); ++i) {
    check(node.children[i], *items, fmt::format("{}[{}]", path, i));
  }
}

void Validator::check_mapping(const Node& node, const Json& schema, const std::string& path) {
  const Json* const properties = member(schema, "properties");
  for (const std::string_view key : texts_of(member(schema, "required"))) {
    if (node.find(key) != nullptr) continue;
    const Json* const property =
        properties == nullptr ? nullptr : member(*properties, std::string(key));
    const std::string_view about =
        property == nullptr ? std::string_view() : text_of(member(*property, "description"));
    report(node.at, path, fmt::format("the key {} is missing: {}", in_quotes(key), about));
  }
  for (const Node& child : node.children) {
    if (full()) return;
    const Json* const property = properties == nullptr ? nullptr : member(*properties, child.key);
    if (property != nullptr) {
      check(child, *property, child_path(path, child.key));
    } else {
      check_key(child, schema, path);
    }
  }
}

void Validator::check_key(const Node& child, const Json& schema, const std::string& path) {
  const Json* const rest = member(schema, "additionalProperties");
  if (rest != nullptr && rest->is_boolean() && !rest->get<bool>()) {
    std::vector<std::string_view> known;
    if (const Json* properties = member(schema, "properties")) {
      for (const auto& property : properties->items()) known.push_back(property.key());
    }
    return report(child.key_at, path,
                  fmt::format("unknown key {}{}; the keys here are {}", in_quotes(child.key),
                              did_you_mean(child.key, known), listed(known)));
  }
  if (const Json* names = member(schema, "propertyNames")) {
    const Format* const format = format_of(*names);
    if (format != nullptr && format->mistake(child.key)) {
      report(child.key_at, path,
             fmt::format("expected {} as a key, found {}", format->expected, in_quotes(child.key)));
      return;
    }
  }
  if (rest != nullptr) check(child, *rest, child_path(path, child.key));
}

const Json* Validator::choose(const Node& node, const Json& branches, const std::string& path) {
  std::string expected;
  for (const Json& unresolved : branches) {
    const Json& branch = resolved(unresolved);
    if (type_fits(branch, type_of(node))) return &branch;
    expected += (expected.empty() ? "" : " or ") + describe_expected(branch);
  }
  report(node.at, path, fmt::format("expected {}, found {}", expected, describe_found(node)));
  return nullptr;
}

void Validator::check_one_key(const Node& node, const Json& branches, const std::string& path) {
  std::vector<std::string_view> choices, found;
  for (const Json& branch : branches) {
    for (const std::string_view key : texts_of(member(branch, "required"))) {
      choices.push_back(key);
      if (node.find(key) != nullptr) found.push_back(key);
    }
  }
  if (found.size() == 1) return;
  report(node.at, path,
         fmt::format("expected exactly one of {}, found {}", listed(choices),
                     found.empty() ? "none" : listed(found, " and ")));
}

}  // namespace

std::vector<Problem> validate(const Node& root, std::string_view schema_text,
                              std::span<const Format> formats, std::string_view file) {
  const Json schema = Json::parse(schema_text, nullptr, false);
  if (!schema.is_object()) {
    return {{std::string(file), 1, 1, "this build's scenario schema is not readable"}};
  }
  Validator validator(schema, formats, file);
  validator.check(root, schema, "");
  return validator.take();
}

}  // namespace sim::scenario
