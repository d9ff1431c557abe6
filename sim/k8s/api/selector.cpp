#include "sim/k8s/api/selector.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "engine/task/print.h"
#include "sim/json/print.h"
#include "sim/k8s/api/names.h"

namespace sim::k8s {
namespace {

using engine::errorf;
using json::Value;
using Op = Requirement::Op;

struct Token {
  enum class Kind : uint8_t { kEnd, kWord, kSymbol } kind = Kind::kEnd;
  std::string_view text;
};

bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}
bool is_symbol(char c) {
  return c == '=' || c == '!' || c == '(' || c == ')' || c == ',' || c == '>' || c == '<';
}

class Lexer {
 public:
  explicit Lexer(std::string_view text) : text_(text) { next(); }

  [[nodiscard]] const Token& peek() const { return token_; }
  Token take() {
    const Token taken = token_;
    next();
    return taken;
  }
  bool skip(std::string_view symbol) {
    if (token_.text != symbol || token_.kind == Token::Kind::kEnd) return false;
    next();
    return true;
  }
  [[nodiscard]] bool at_end() const { return token_.kind == Token::Kind::kEnd; }

 private:
  void next() {
    while (!text_.empty() && is_space(text_[0])) text_.remove_prefix(1);
    if (text_.empty()) {
      token_ = {};
      return;
    }
    size_t length = 0;
    if (is_symbol(text_[0])) {
      const std::string_view two = text_.substr(0, 2);
      length = two == "==" || two == "!=" ? 2 : 1;
      token_ = {Token::Kind::kSymbol, text_.substr(0, length)};
    } else {
      while (length < text_.size() && !is_symbol(text_[length]) && !is_space(text_[length])) {
        ++length;
      }
      token_ = {Token::Kind::kWord, text_.substr(0, length)};
    }
    text_.remove_prefix(length);
  }
  std::string_view text_;
  Token token_;
};

// Within a requirement, and between two of them.
engine::Error unexpected(const Token& token, std::string_view expected) {
  return errorf("unable to parse requirement: found '", token.text, "', expected: ", expected);
}
engine::Error unexpected_between(const Token& token, std::string_view expected) {
  return errorf("found '", token.text, "', expected: ", expected);
}

engine::Error invalid(std::string_view field, std::string_view value, std::string_view why) {
  std::string quoted;
  json::append_quoted(quoted, value, false);
  return errorf("unable to parse requirement: ", field, ": Invalid value: ", quoted, ": ", why);
}

std::optional<int64_t> whole(std::string_view text) {
  int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return {};
  return value;
}

class RequirementReader {
 public:
  explicit RequirementReader(std::string_view text) : in_(text) {}

  LabelSelector::Parsed read() {
    LabelSelector::Parsed out;
    if (in_.at_end()) return out;
    while (true) {
      if (in_.peek().kind != Token::Kind::kWord && in_.peek().text != "!") {
        return {{}, unexpected_between(in_.peek(), "!, identifier, or 'end of string'")};
      }
      Requirement requirement;
      out.error = read_one(requirement);
      if (!out.error) out.error = check(requirement);
      if (out.error) return {{}, out.error};
      out.selector.add(std::move(requirement));
      if (in_.at_end()) return out;
      if (!in_.skip(",")) return {{}, unexpected_between(in_.peek(), "',' or 'end of string'")};
      if (in_.peek().kind != Token::Kind::kWord && in_.peek().text != "!") {
        return {{}, unexpected_between(in_.peek(), "identifier after ','")};
      }
    }
  }

 private:
  engine::Error read_one(Requirement& out) {
    const bool negated = in_.skip("!");
    const Token key = in_.take();
    if (key.kind != Token::Kind::kWord) {
      return unexpected(key, "identifier");
    }
    out.key = key.text;
    const std::string wrong = names::joined(names::qualified_name(out.key));
    if (!wrong.empty()) return invalid("<nil>", out.key, wrong);
    if (negated) {
      out.op = Op::kDoesNotExist;
      return nullptr;
    }
    if (in_.at_end() || in_.peek().text == ",") {
      out.op = Op::kExists;
      return nullptr;
    }
    const Token op = in_.take();
    if (op.text == "in" || op.text == "notin") {
      out.op = op.text == "in" ? Op::kIn : Op::kNotIn;
      return read_set(out);
    }
    if (op.text == "=" || op.text == "==") {
      out.op = Op::kIn;
    } else if (op.text == "!=") {
      out.op = Op::kNotIn;
    } else if (op.text == ">") {
      out.op = Op::kGreater;
    } else if (op.text == "<") {
      out.op = Op::kLess;
    } else {
      return unexpected(op, "in, notin, =, ==, !=, gt, lt");
    }
    // Without a value the empty one is meant.
    out.values.emplace_back();
    if (in_.at_end() || in_.peek().text == ",") return nullptr;
    const Token value = in_.take();
    if (value.kind != Token::Kind::kWord) return unexpected(value, "identifier");
    out.values.back() = value.text;
    return nullptr;
  }

  static engine::Error check(const Requirement& requirement) {
    const bool compares = requirement.op == Op::kGreater || requirement.op == Op::kLess;
    if (compares && !whole(requirement.values[0])) {
      return invalid("values[0]", requirement.values[0],
                     "for 'Gt', 'Lt' operators, the value must be an integer");
    }
    for (size_t i = 0; i < requirement.values.size(); ++i) {
      const std::string wrong = names::joined(names::label_value(requirement.values[i]));
      if (wrong.empty()) continue;
      std::string field = "values[";
      engine::append_operand(field, i);
      return invalid(field + "][" + requirement.key + "]", requirement.values[i], wrong);
    }
    return nullptr;
  }

  engine::Error read_set(Requirement& out) {
    if (!in_.skip("(")) {
      return errorf("unable to parse requirement: found '", in_.peek().text, "' expected: '('");
    }
    while (true) {
      const Token value = in_.peek();
      if (value.kind == Token::Kind::kWord) {
        out.values.emplace_back(value.text);
        in_.take();
      } else if (value.text == "," || value.text == ")") {
        out.values.emplace_back();
      } else {
        return unexpected(value, "',', ')' or identifier");
      }
      if (in_.skip(")")) break;
      if (!in_.skip(",")) return unexpected(in_.peek(), "',' or ')'");
    }
    std::stable_sort(out.values.begin(), out.values.end());
    out.values.erase(std::unique(out.values.begin(), out.values.end()), out.values.end());
    return nullptr;
  }

  Lexer in_;
};

bool among(const std::vector<std::string>& values, std::string_view value) {
  return std::find(values.begin(), values.end(), value) != values.end();
}

std::optional<Op> op_named(std::string_view name) {
  if (name == "In") return Op::kIn;
  if (name == "NotIn") return Op::kNotIn;
  if (name == "Exists") return Op::kExists;
  if (name == "DoesNotExist") return Op::kDoesNotExist;
  if (name == "Gt") return Op::kGreater;
  if (name == "Lt") return Op::kLess;
  return {};
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

}  // namespace

bool holds(const Requirement& requirement, const Value& labels) {
  const Value& found = labels[requirement.key];
  switch (requirement.op) {
    case Op::kIn:
      return found && among(requirement.values, found.text());
    case Op::kNotIn:
      return !found || !among(requirement.values, found.text());
    case Op::kExists:
      return bool(found);
    case Op::kDoesNotExist:
      return !found;
    case Op::kGreater:
    case Op::kLess: {
      const std::optional<int64_t> is = whole(found.text());
      const std::optional<int64_t> bound =
          requirement.values.empty() ? std::nullopt : whole(requirement.values[0]);
      if (!is || !bound) return false;
      return requirement.op == Op::kGreater ? *is > *bound : *is < *bound;
    }
  }
  return false;
}

LabelSelector::Parsed LabelSelector::parse(std::string_view text) {
  return RequirementReader(text).read();
}

LabelSelector LabelSelector::nothing() {
  LabelSelector made;
  made.nothing_ = true;
  return made;
}

void LabelSelector::add(Requirement requirement) {
  const auto later =
      std::find_if(requirements_.begin(), requirements_.end(),
                   [&](const Requirement& other) { return requirement.key < other.key; });
  requirements_.insert(later, std::move(requirement));
}

LabelSelector LabelSelector::from_map(const Value& labels) {
  LabelSelector made;
  for (const json::Member& label : labels.members()) {
    made.add({std::string(label.name()), Op::kIn, {std::string(label.value.text())}});
  }
  return made;
}

LabelSelector LabelSelector::from(const Value& selector) {
  if (!selector.is_object()) return nothing();
  LabelSelector made = from_map(selector["matchLabels"]);
  for (const Value& expression : selector["matchExpressions"].items()) {
    const std::optional<Op> op = op_named(expression["operator"].text());
    if (!op) return nothing();
    Requirement requirement{std::string(expression["key"].text()), *op, {}};
    for (const Value& value : expression["values"].items()) {
      requirement.values.emplace_back(value.text());
    }
    std::stable_sort(requirement.values.begin(), requirement.values.end());
    made.add(std::move(requirement));
  }
  return made;
}

bool LabelSelector::matches(const Value& labels) const {
  return !nothing_ && std::all_of(requirements_.begin(), requirements_.end(),
                                  [&](const Requirement& each) { return holds(each, labels); });
}

std::string LabelSelector::text() const {
  std::string out;
  for (const Requirement& requirement : requirements_) {
    if (!out.empty()) out += ',';
    if (requirement.op == Op::kDoesNotExist) out += '!';
    out += requirement.key;
    const bool is_set = requirement.values.size() != 1;
    switch (requirement.op) {
      case Op::kIn:
        out += is_set ? " in (" : "=";
        break;
      case Op::kNotIn:
        out += is_set ? " notin (" : "!=";
        break;
      case Op::kGreater:
        out += '>';
        break;
      case Op::kLess:
        out += '<';
        break;
      case Op::kExists:
      case Op::kDoesNotExist:
        continue;
    }
    for (size_t i = 0; i < requirement.values.size(); ++i) {
      if (i > 0) out += ',';
      out += requirement.values[i];
    }
    if (is_set) out += ')';
  }
  return out;
}

FieldSelector::Parsed FieldSelector::parse(std::string_view text) {
  Parsed out;
  while (!text.empty()) {
    const size_t comma = text.find(',');
    const std::string_view part = text.substr(0, comma);
    text.remove_prefix(comma == std::string_view::npos ? text.size() : comma + 1);
    if (trimmed(part).empty()) continue;
    const size_t equals = part.find('=');
    if (equals == std::string_view::npos) {
      return {{}, errorf("invalid selector: '", part, "'; can't understand '", part, "'")};
    }
    Term term;
    std::string_view path = part.substr(0, equals);
    std::string_view value = part.substr(equals + 1);
    if (!path.empty() && path.back() == '!') {
      term.equal = false;
      path.remove_suffix(1);
    } else if (!value.empty() && value.front() == '=') {
      value.remove_prefix(1);
    }
    term.path = trimmed(path);
    term.value = trimmed(value);
    out.selector.terms_.push_back(std::move(term));
  }
  return out;
}

std::string FieldSelector::text() const {
  std::string out;
  for (const Term& term : terms_) {
    if (!out.empty()) out += ',';
    out += term.path;
    out += term.equal ? "=" : "!=";
    out += term.value;
  }
  return out;
}

const std::string* FieldSelector::value_of(std::string_view path) const {
  for (const Term& term : terms_) {
    if (term.equal && term.path == path) return &term.value;
  }
  return nullptr;
}

std::string field_text(const Value& object, std::string_view path) {
  const Value* at = &object;
  while (!path.empty()) {
    const size_t dot = path.find('.');
    at = &(*at)[path.substr(0, dot)];
    path.remove_prefix(dot == std::string_view::npos ? path.size() : dot + 1);
  }
  if (at->is_string()) return std::string(at->text());
  return at->is_integer() || at->is_bool() ? at->to_json() : std::string();
}

}  // namespace sim::k8s
