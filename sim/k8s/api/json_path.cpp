#include "sim/k8s/api/json_path.h"

#include <charconv>
#include <compare>
#include <optional>

#include "sim/json/print.h"

namespace sim::k8s {
namespace {

using engine::Error;
using engine::errorf;
using json::Kind;
using json::Value;

// As Go's %v: the shortest digits, with an exponent from 1e+06 on, and below 1e-04.
void append_go_float(std::string& out, double number) {
  char text[64];
  const double size = number < 0 ? -number : number;
  const bool fixed = size == 0 || (size >= 1e-4 && size < 1e6);
  const auto form = fixed ? std::chars_format::fixed : std::chars_format::scientific;
  out.append(text, std::to_chars(text, text + sizeof text, number, form).ptr);
}

void append_go(std::string& out, const Value& value) {
  switch (value.kind()) {
    case Kind::kAbsent:
    case Kind::kNull:
      out += "<nil>";
      return;
    case Kind::kString:
      out += value.text();
      return;
    case Kind::kFloat:
      append_go_float(out, value.number());
      return;
    case Kind::kBool:
    case Kind::kInteger:
      out += value.to_json();
      return;
    case Kind::kArray: {
      out += '[';
      bool first = true;
      for (const Value& item : value.items()) {
        if (!first) out += ' ';
        first = false;
        append_go(out, item);
      }
      out += ']';
      return;
    }
    case Kind::kObject: {
      out += "map[";
      bool first = true;
      for (const json::Member& member : value.members()) {
        if (!first) out += ' ';
        first = false;
        out += member.name();
        out += ':';
        append_go(out, member.value);
      }
      out += ']';
      return;
    }
  }
}

void append_go_syntax(std::string& out, const Value& value) {
  bool first = true;
  const auto separate = [&] {
    if (!first) out += ", ";
    first = false;
  };
  if (value.is_string()) {
    json::append_quoted(out, value.text(), false);
  } else if (value.is_array()) {
    out += "[]interface {}{";
    for (const Value& item : value.items()) {
      separate();
      append_go_syntax(out, item);
    }
    out += '}';
  } else if (value.is_object()) {
    out += "map[string]interface {}{";
    for (const json::Member& member : value.members()) {
      separate();
      append_go_syntax(out, member.key);
      out += ':';
      append_go_syntax(out, member.value);
    }
    out += '}';
  } else if (value.is_null()) {
    out += "interface {}(nil)";
  } else {
    append_go(out, value);
  }
}

// The Go type of a decoded value, as errors name it.
std::string_view type_name(const Value& value) {
  switch (value.kind()) {
    case Kind::kString:
      return "string";
    case Kind::kBool:
      return "bool";
    case Kind::kInteger:
      return "int64";
    case Kind::kFloat:
      return "float64";
    case Kind::kObject:
      return "map[string]interface {}";
    default:
      return "[]interface {}";
  }
}

// How `a` stands to `b`; an error unless both are of one simple type.
struct Compared {
  std::partial_ordering order;
  Error error;
};
Compared compare(const Value& a, const Value& b) {
  const auto is_simple = [](const Value& value) {
    return value.is_string() || value.is_bool() || value.is_number();
  };
  constexpr auto kNone = std::partial_ordering::unordered;
  if (!is_simple(a) || !is_simple(b)) return {kNone, errorf("invalid type for comparison")};
  if (a.kind() != b.kind()) return {kNone, errorf("incompatible types for comparison")};
  if (a.is_string()) return {a.text() <=> b.text(), nullptr};
  if (a.is_integer()) return {a.integer() <=> b.integer(), nullptr};
  if (a.is_bool()) return {a.truth() <=> b.truth(), nullptr};
  return {a.number() <=> b.number(), nullptr};
}

}  // namespace

class JsonPathFinder {
 public:
  using Step = JsonPath::Step;
  using Steps = std::vector<JsonPath::Step>;
  using Part = JsonPath::Part;
  using Values = std::vector<Value>;

  Error run(const std::vector<Part>& parts, const Value& object, std::vector<Values>& out) {
    for (const Part& part : parts) {
      Values values = {object};
      if (const Error error = follow(part.steps, values)) return error;
      if (!part.is_range) {
        out.push_back(std::move(values));
        continue;
      }
      for (const Value& value : values) {
        if (const Error error = run(part.body, value, out)) return error;
      }
    }
    return nullptr;
  }

 private:
  Error follow(const Steps& steps, Values& values) {
    for (const Step& step : steps) {
      Values next;
      if (const Error error = take(step, values, next)) return error;
      values = std::move(next);
    }
    return nullptr;
  }

  Error take(const Step& step, const Values& from, Values& out) {
    switch (step.kind) {
      case Step::Kind::kText:
        out.emplace_back(step.text);
        return nullptr;
      case Step::Kind::kLiteral:
        out.assign(from.size(), step.literal);
        return nullptr;
      case Step::Kind::kField:
        for (const Value& value : from) {
          if (value.contains(step.text)) out.push_back(value[step.text]);
        }
        return nullptr;
      case Step::Kind::kWildcard:
        for (const Value& value : from) append_children(value, out);
        return nullptr;
      case Step::Kind::kRecursive:
        for (const Value& value : from) append_descendants(value, out);
        return nullptr;
      case Step::Kind::kSlice:
        return take_slices(step.slice, from, out);
      case Step::Kind::kUnion:
        for (const Steps& each : step.inner) {
          Values values = from;
          if (const Error error = follow(each, values)) return error;
          out.insert(out.end(), values.begin(), values.end());
        }
        return nullptr;
      case Step::Kind::kFailure:
        return errorf(step.text);
      case Step::Kind::kFilter:
        return filter(step, from, out);
    }
    return nullptr;
  }

  static void append_children(const Value& value, Values& out) {
    for (const Value& item : value.items()) out.push_back(item);
    for (const json::Member& member : value.members()) out.push_back(member.value);
  }

  // Those that have children, each before its own.
  static void append_descendants(const Value& value, Values& out) {
    if (value.size() == 0) return;
    out.push_back(value);
    Values children;
    append_children(value, children);
    for (const Value& child : children) append_descendants(child, out);
  }

  static Error take_slices(const JsonPath::Slice& slice, const Values& from, Values& out) {
    for (const Value& value : from) {
      if (value.is_null()) continue;
      if (!value.is_array()) return errorf(type_name(value), " is not array or slice");
      if (const Error error = take_slice(slice, value, out)) return error;
    }
    return nullptr;
  }

  static Error take_slice(const JsonPath::Slice& slice, const Value& list, Values& out) {
    const auto length = static_cast<int64_t>(list.size());
    int64_t begin = slice.has_begin ? slice.begin : 0;
    int64_t end = slice.has_end ? slice.end : length;
    if (begin < 0) begin += length;
    // The end of [-1] is 0, which means the end of the list.
    if (end < 0 || (end == 0 && slice.is_one)) end += length;
    if (begin == end) return nullptr;
    const auto out_of_bounds = [&](int64_t index) {
      return errorf("array index out of bounds: index ", index, ", length ", length);
    };
    if (begin < 0 || begin >= length) return out_of_bounds(begin);
    if (end < 0 || end > length) return out_of_bounds(end - 1);
    if (begin > end) {
      return errorf("starting index ", begin, " is greater than ending index ", end);
    }
    if (slice.step <= 0) return errorf("step must be > 0");
    for (int64_t i = begin; i < end; i += slice.step) {
      out.push_back(list.items()[static_cast<size_t>(i)]);
      if (slice.step > length) break;
    }
    return nullptr;
  }

  Error filter(const Step& step, const Values& from, Values& out) {
    for (const Value& value : from) {
      if (!value.is_array()) {
        return errorf(go_text(value), " is not array or slice and cannot be filtered");
      }
      for (const Value& item : value.items()) {
        bool passes = false;
        if (const Error error = check(step, item, passes)) return error;
        if (passes) out.push_back(item);
      }
    }
    return nullptr;
  }

  Error check(const Step& step, const Value& item, bool& passes) {
    Values left = {item};
    const Error error = follow(step.inner[0], left);
    if (step.text == "exists") {
      passes = !error && !left.empty();
      return nullptr;
    }
    if (error) return error;
    if (left.empty()) return nullptr;
    Values right = {item};
    if (const Error other = follow(step.inner[1], right)) return other;
    if (right.empty()) return nullptr;
    if (left.size() > 1 || right.size() > 1) {
      return errorf("can only compare one element at a time");
    }
    const Compared compared = compare(left[0], right[0]);
    const std::string_view op = step.text;
    if (op == "==") {
      passes = std::is_eq(compared.order);
    } else if (op == "!=") {
      passes = std::is_neq(compared.order);
    } else if (op == "<") {
      passes = std::is_lt(compared.order);
    } else if (op == "<=") {
      passes = std::is_lteq(compared.order);
    } else if (op == ">") {
      passes = std::is_gt(compared.order);
    } else if (op == ">=") {
      passes = std::is_gteq(compared.order);
    } else {
      return errorf("unrecognized filter operator ", op);
    }
    return compared.error;
  }
};

JsonPath::Found JsonPath::find(const Value& object) const {
  Found out;
  out.error = JsonPathFinder().run(parts_, object, out.results);
  return out;
}

JsonPath::Printed JsonPath::print(const Value& object) const {
  const Found found = find(object);
  if (found.error) return {{}, found.error};
  Printed out;
  for (const Values& values : found.results) {
    for (size_t i = 0; i < values.size(); ++i) {
      if (i > 0) out.text += ' ';
      out.text += json_path_text(values[i]);
    }
  }
  return out;
}

std::string json_path_text(const Value& value) {
  const bool is_json = value.is_array() || value.is_object() || value.is_null();
  return is_json ? value.to_json() : go_text(value);
}

std::string go_syntax(const Value& value) {
  std::string out;
  append_go_syntax(out, value);
  return out;
}

std::string go_text(const Value& value) {
  std::string out;
  append_go(out, value);
  return out;
}

}  // namespace sim::k8s
