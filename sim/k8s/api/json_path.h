// sim/k8s/api/json_path.h: JSONPath templates, as kubectl and printer columns use them.
//
// Concept: a template is text with expressions in braces: `{range .items[*]}{.metadata.name}{"\n"}
// {end}`. An expression leads from an object to any number of values: fields, `[*]`, `[n]`,
// `[a:b:step]`, `['a','b']`, filters `[?(@.type=="Ready")]`, `..`, quoted text, numbers.
// Determinism: what Go leaves to chance (`.*` of an object) comes by key.
// Lifetime: a template lives in the world where it was read.
// Source: Kubernetes' documentation, "JSONPath Support"; the behaviour and the error texts of
// client-go's package jsonpath.
// Not modelled: regular expressions in filters, which kubectl has not either.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/sync/error.h"
#include "sim/json/value.h"

namespace sim::k8s {

class JsonPath {
 public:
  struct Parsed;
  struct Found;
  struct Printed;

  static Parsed parse(std::string_view text);
  /// Of a path as columns and --sort-by have it, with or without a leading dot and braces.
  static Parsed parse_relaxed(std::string_view text);

  /// What each part of the template leads to, in order. Fields that are missing lead nowhere.
  [[nodiscard]] Found find(const json::Value& object) const;
  /// The text of all parts; values of one part are separated by spaces.
  [[nodiscard]] Printed print(const json::Value& object) const;

 private:
  struct Step;
  struct Part;
  struct Slice {
    int64_t begin = 0;
    int64_t end = 0;
    int64_t step = 1;
    bool has_begin = false;
    bool has_end = false;
    bool is_one = false;  // `[n]`
  };
  using Values = std::vector<json::Value>;
  friend class JsonPathReader;
  friend class JsonPathFinder;

  std::vector<Part> parts_;
};

/// One step of an expression: from each value to others.
struct JsonPath::Step {
  enum class Kind : uint8_t {
    kText,
    kLiteral,
    kField,
    kWildcard,
    kSlice,
    kUnion,
    kFilter,
    kRecursive,
    kFailure  // a word that means nothing, which is found out when it is reached
  };
  Kind kind = Kind::kText;
  std::string text;     // of a text or failure; a field's name; a filter's operator
  json::Value literal;  // a number or a truth
  Slice slice;
  std::vector<std::vector<Step>> inner;  // of a union; left and right of a filter
};

/// A text or an expression; or a loop over what an expression leads to.
struct JsonPath::Part {
  std::vector<Step> steps;
  bool is_range = false;
  std::vector<Part> body;
};

struct JsonPath::Parsed {
  JsonPath path;
  engine::Error error;
};
struct JsonPath::Found {
  std::vector<std::vector<json::Value>> results;
  engine::Error error;
};
struct JsonPath::Printed {
  std::string text;
  engine::Error error;
};

/// A value as a template prints it: text as it is, lists and objects as JSON.
std::string json_path_text(const json::Value& value);
/// A value as Go's fmt.Sprint has it: `map[a:1 b:[x y]]`. Source: Go documentation, `fmt`.
std::string go_text(const json::Value& value);
/// A value in Go's syntax, as `%#v` has it: `map[string]interface {}{"a":1}`.
std::string go_syntax(const json::Value& value);

}  // namespace sim::k8s
