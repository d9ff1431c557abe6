// Reading JSONPath templates.

#include <algorithm>
#include <charconv>
#include <optional>

#include "sim/json/parse.h"
#include "sim/k8s/api/json_path.h"

namespace sim::k8s {
namespace {

using engine::Error;
using engine::errorf;

constexpr int kDepthMax = 32;  // of filters in filters

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_name(char c) {
  return c == '_' || is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         static_cast<unsigned char>(c) >= 0x80;
}
bool ends_name(char c) {
  constexpr std::string_view kEnds = ".,[]$@{} \t\r\n";
  return kEnds.find(c) != std::string_view::npos;
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

std::optional<int64_t> whole(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return {};
  return value;
}

// The index behind; of the last number there is, the end of the list.
int64_t after(int64_t index) {
  return index == INT64_MAX ? 0 : index + 1;
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> out;
  while (true) {
    const size_t at = text.find(separator);
    out.push_back(text.substr(0, at));
    if (at == std::string_view::npos) return out;
    text.remove_prefix(at + 1);
  }
}

// The content of a quoted text, escapes resolved; nothing if it is malformed.
std::optional<std::string> unquoted(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\') {
      out += text[i];
      continue;
    }
    if (++i == text.size()) return {};
    constexpr std::string_view kEscapes = "abfnrtv\\'\"";
    constexpr std::string_view kMeanings = "\a\b\f\n\r\t\v\\'\"";
    const size_t which = kEscapes.find(text[i]);
    if (which == std::string_view::npos) return {};
    out += kMeanings[which];
  }
  return out;
}

}  // namespace

class JsonPathReader {
 public:
  using Step = JsonPath::Step;
  using Steps = std::vector<JsonPath::Step>;
  using Part = JsonPath::Part;

  explicit JsonPathReader(std::string_view text, int depth = 0) : rest_(text), depth_(depth) {}

  // A whole template.
  Error read(std::vector<Part>& out) {
    std::vector<Part> open(1);  // bodies of the loops that we are in; the first is the template's
    while (!rest_.empty()) {
      Part part;
      if (rest_[0] != '{') {
        const size_t end = std::min(rest_.find('{'), rest_.size());
        part.steps.push_back({Step::Kind::kText, std::string(rest_.substr(0, end)), {}, {}, {}});
        rest_.remove_prefix(end);
        open.back().body.push_back(std::move(part));
        continue;
      }
      rest_.remove_prefix(1);
      bool ends = false;
      if (const Error error = read_action(part, ends)) return error;
      if (ends) {
        if (open.size() > 1) {
          close(open);
        } else {
          open.back().body.push_back({{failure("not in range, nothing to end")}, false, {}});
        }
      } else if (part.is_range) {
        open.push_back(std::move(part));
      } else {
        open.back().body.push_back(std::move(part));
      }
    }
    while (open.size() > 1) close(open);
    out = std::move(open[0].body);
    return nullptr;
  }

  // Steps up to the closing brace, or the end of the text if `to_end`.
  Error read_steps(Steps& out) {
    Part part;
    bool ends = false;
    if (depth_ > kDepthMax) return errorf("expressions are nested too deeply");
    if (const Error error = read_action(part, ends, true)) return error;
    if (ends || part.is_range) return errorf("unrecognized identifier in expression");
    out = std::move(part.steps);
    return nullptr;
  }

 private:
  static Step failure(std::string why) {
    return {Step::Kind::kFailure, std::move(why), {}, {}, {}};
  }

  static void close(std::vector<Part>& open) {
    Part done = std::move(open.back());
    open.pop_back();
    open.back().body.push_back(std::move(done));
  }

  Error read_action(Part& part, bool& ends, bool to_end = false) {
    while (true) {
      if (rest_.empty() && to_end) return nullptr;
      if (rest_.empty() || rest_[0] == '\n' || rest_[0] == '\r') return errorf("unclosed action");
      const char c = rest_[0];
      Error error;
      if (c == '}' && !to_end) {
        rest_.remove_prefix(1);
        return nullptr;
      }
      if (c == ' ' || c == '@' || c == '$') {
        rest_.remove_prefix(1);
      } else if (rest_.starts_with("[?(")) {
        error = read_filter(part.steps);
      } else if (rest_.starts_with("..")) {
        error = read_recursive(part.steps);
      } else if (c == '[') {
        error = read_brackets(part.steps);
      } else if (c == '"' || c == '\'') {
        error = read_quoted(part.steps);
      } else if (c == '.') {
        rest_.remove_prefix(1);
        read_field(part.steps);
      } else if (c == '+' || c == '-' || is_digit(c)) {
        error = read_number(part.steps);
      } else if (is_name(c)) {
        error = read_identifier(part, ends);
      } else {
        return unrecognized();
      }
      if (error) return error;
    }
  }

  [[nodiscard]] Error unrecognized() const {
    constexpr std::string_view kHex = "0123456789ABCDEF";
    const auto byte = static_cast<unsigned char>(rest_[0]);
    std::string code = "U+00";
    code += kHex[byte >> 4];
    code += kHex[byte & 15];
    return errorf("unrecognized character in action: ", code, " '", rest_.substr(0, 1), "'");
  }

  Error read_identifier(Part& part, bool& ends) {
    size_t length = 0;
    while (length < rest_.size() && !ends_name(rest_[length])) ++length;
    const std::string_view name = take(length);
    if (name == "true" || name == "false") {
      part.steps.push_back({Step::Kind::kLiteral, {}, name == "true", {}, {}});
    } else if (name == "range") {
      part.is_range = true;
    } else if (name == "end") {
      ends = true;
    } else {
      part.steps.push_back(failure("unrecognized identifier " + std::string(name)));
    }
    return nullptr;
  }

  Error read_recursive(Steps& out) {
    if (!out.empty() && out.back().kind == Step::Kind::kRecursive) {
      return errorf("invalid multiple recursive descent");
    }
    rest_.remove_prefix(2);
    out.push_back({Step::Kind::kRecursive, {}, {}, {}, {}});
    if (!rest_.empty() && is_name(rest_[0])) read_field(out);
    return nullptr;
  }

  void read_field(Steps& out) {
    std::string name;
    while (!rest_.empty() && !ends_name(rest_[0])) {
      if (rest_[0] == '\\' && rest_.size() > 1) rest_.remove_prefix(1);
      name += rest_[0];
      rest_.remove_prefix(1);
    }
    if (name == "*") {
      out.push_back({Step::Kind::kWildcard, {}, {}, {}, {}});
    } else if (!name.empty()) {
      out.push_back({Step::Kind::kField, std::move(name), {}, {}, {}});
    }
  }

  Error read_number(Steps& out) {
    size_t length = 1;
    while (length < rest_.size() && (is_digit(rest_[length]) || rest_[length] == '.')) ++length;
    const std::string_view text = take(length);
    if (const std::optional<int64_t> value = whole(text)) {
      out.push_back({Step::Kind::kLiteral, {}, *value, {}, {}});
      return nullptr;
    }
    const json::Parsed parsed = json::parse(text.starts_with('+') ? text.substr(1) : text);
    if (!parsed.value.is_number()) return errorf("cannot parse number ", text);
    out.push_back({Step::Kind::kLiteral, {}, parsed.value, {}, {}});
    return nullptr;
  }

  Error read_quoted(Steps& out) {
    const char quote = rest_[0];
    size_t end = 1;
    while (end < rest_.size() && rest_[end] != quote && rest_[end] != '\n') {
      end += rest_[end] == '\\' ? 2 : 1;
    }
    if (end >= rest_.size() || rest_[end] != quote) return errorf("unterminated quoted string");
    const std::string_view text = take(end + 1);
    std::optional<std::string> content = unquoted(text.substr(1, text.size() - 2));
    if (!content) return errorf("unquote string ", text, " error invalid syntax");
    out.push_back({Step::Kind::kText, std::move(*content), {}, {}, {}});
    return nullptr;
  }

  Error read_brackets(Steps& out) {
    const size_t end = rest_.find_first_of("]\n");
    if (end == std::string_view::npos || rest_[end] != ']') return errorf("unterminated array");
    const std::string_view text = take(end + 1).substr(1, end - 1);
    const std::vector<std::string_view> several = split(text, ',');
    if (several.size() == 1) return read_index(text, out);
    Step step{Step::Kind::kUnion, {}, {}, {}, {}};
    for (const std::string_view each : several) {
      step.inner.emplace_back();
      if (const Error error = read_index(trimmed(each), step.inner.back())) return error;
    }
    out.push_back(std::move(step));
    return nullptr;
  }

  // What is between brackets: `*`, `n`, `a:b:step` or `'key'`.
  static Error read_index(std::string_view text, Steps& out) {
    if (text.size() >= 2 && text.front() == '\'' && text.back() == '\'') {
      const std::string_view key = text.substr(1, text.size() - 2);
      if (key.find('\'') == std::string_view::npos) {
        JsonPathReader(key).read_key(out);
        return nullptr;
      }
    }
    Step step{Step::Kind::kSlice, {}, {}, {}, {}};
    const std::vector<std::string_view> bounds = split(text == "*" ? ":" : text, ':');
    if (bounds.size() > 3) return errorf("invalid array index ", text);
    for (const std::string_view bound : bounds) {
      if (!bound.empty() && !whole(bound)) return errorf("invalid array index ", text);
    }
    JsonPath::Slice& slice = step.slice;
    slice.has_begin = !bounds[0].empty();
    slice.begin = whole(bounds[0]).value_or(0);
    slice.is_one = bounds.size() == 1;
    slice.has_end = slice.is_one || !bounds[1].empty();
    slice.end = slice.is_one ? after(slice.begin) : whole(bounds[1]).value_or(0);
    if (bounds.size() == 3) slice.step = whole(bounds[2]).value_or(1);
    out.push_back(std::move(step));
    return nullptr;
  }

  // `a.b` in ['a.b'] is the path .a.b unless the dot is escaped, as in the original.
  void read_key(Steps& out) {
    while (true) {
      read_field(out);
      if (rest_.empty()) return;
      rest_.remove_prefix(1);
    }
  }

  Error read_filter(Steps& out) {
    rest_.remove_prefix(3);
    size_t end = 0;
    char quote = 0;
    for (; end < rest_.size() && rest_[end] != '\n'; ++end) {
      const char c = rest_[end];
      if (quote == 0 && c == ')') break;
      if (quote == 0 && (c == '"' || c == '\'')) {
        quote = c;
      } else if (c == quote && rest_[end - 1] != '\\') {
        quote = 0;
      }
    }
    if (end >= rest_.size() || rest_[end] != ')') return errorf("unterminated filter");
    const std::string_view text = rest_.substr(0, end);
    rest_.remove_prefix(end + 1);
    if (!rest_.starts_with(']')) return errorf("unclosed array expect ]");
    rest_.remove_prefix(1);
    return read_condition(text, out);
  }

  Error read_condition(std::string_view text, Steps& out) const {
    constexpr std::string_view kOperators = "!<>=";
    const size_t begin = text.find_first_of(kOperators);
    Step step{Step::Kind::kFilter, "exists", {}, {}, {}};
    step.inner.resize(2);
    std::string_view left = text;
    if (begin != std::string_view::npos && begin > 0) {
      const size_t end = text.find_first_not_of(kOperators, begin);
      if (end != std::string_view::npos) {
        left = text.substr(0, begin);
        step.text = text.substr(begin, end - begin);
        JsonPathReader right(text.substr(end), depth_ + 1);
        if (const Error error = right.read_steps(step.inner[1])) return error;
      }
    }
    if (const Error error = JsonPathReader(left, depth_ + 1).read_steps(step.inner[0])) {
      return error;
    }
    out.push_back(std::move(step));
    return nullptr;
  }

  std::string_view take(size_t length) {
    const std::string_view taken = rest_.substr(0, length);
    rest_.remove_prefix(length);
    return taken;
  }

  std::string_view rest_;
  int depth_ = 0;
};

JsonPath::Parsed JsonPath::parse(std::string_view text) {
  Parsed out;
  out.error = JsonPathReader(text).read(out.path.parts_);
  return out;
}

JsonPath::Parsed JsonPath::parse_relaxed(std::string_view text) {
  std::string_view path = text;
  if (path.size() > 2 && path.front() == '{' && path.back() == '}') {
    path = path.substr(1, path.size() - 2);
  }
  if (path.size() > 1 && path.front() == '.') path.remove_prefix(1);
  if (path.empty() || path.find_first_of("{}") != std::string_view::npos) {
    return {{},
            errorf("unexpected path string, expected a 'name1.name2' or '.name1.name2' or "
                   "'{name1.name2}' or '{.name1.name2}'")};
  }
  return parse("{." + std::string(path) + "}");
}

}  // namespace sim::k8s
