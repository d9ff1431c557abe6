// sim/json/yaml_read.cpp: manifests to values.

#include <algorithm>
#include <charconv>
#include <string>
#include <utility>

#include "engine/task/print.h"
#include "sim/json/parse.h"
#include "sim/json/print.h"
#include "sim/json/yaml.h"
#include "sim/json/yaml_scalar.h"

namespace sim::json {
namespace {

using yaml::Node;

bool is_finite(double number) {
  return number - number == 0;
}

std::string_view go_name(double number) {
  return number != number ? "NaN" : number > 0 ? "+Inf" : "-Inf";
}

// A number goes through JSON text, where a whole one looks like an integer.
Value through_json(double number) {
  std::string text;
  append_float(text, number);
  int64_t whole = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), whole);
  const bool is_whole = read.ec == std::errc() && read.ptr == text.data() + text.size();
  return is_whole ? Value(whole) : Value(number);
}

class Builder {
 public:
  FromYaml build(const Node& node) {
    FromYaml out;
    out.value = value(node);
    if (failed()) out.value = {};
    out.error = std::move(error_);
    return out;
  }

 private:
  template <class... T>
  Value fail(const T&... parts) {
    if (error_.empty()) (engine::append_operand(error_, parts), ...);
    return {};
  }
  [[nodiscard]] bool failed() const { return !error_.empty(); }

  Value scalar(const Node& node) {
    if (node.quoted) return node.text;
    const Plain plain = resolve_plain(node.text);
    switch (plain.kind) {
      case PlainKind::kNull:
        return nullptr;
      case PlainKind::kTrue:
        return true;
      case PlainKind::kFalse:
        return false;
      case PlainKind::kInteger:
        return plain.integer;
      case PlainKind::kFloat:
        if (!is_finite(plain.number)) {
          return fail("json: unsupported value: ", go_name(plain.number));
        }
        return through_json(plain.number);
      case PlainKind::kString:
      case PlainKind::kTimestamp:
        break;
    }
    return node.text;
  }

  Value sequence(const Node& node) {
    std::vector<Value> items;
    for (const Node& child : node.children) {
      Value item = value(child);
      if (failed()) return {};
      items.push_back(std::move(item));
    }
    return Value::array(items);
  }

  // Keys that are no strings become the text of what they stand for.
  Value key(const Node& child) {
    if (child.key_quoted) return child.key;
    const Plain plain = resolve_plain(child.key);
    switch (plain.kind) {
      case PlainKind::kNull:
        return fail("unsupported map key of type: %!s(<nil>), key: <nil>, value: ", shown(child));
      case PlainKind::kTrue:
        return "true";
      case PlainKind::kFalse:
        return "false";
      case PlainKind::kInteger:
        return Value(plain.integer).to_json();
      case PlainKind::kFloat:
        if (!is_finite(plain.number)) {
          return plain.number != plain.number ? ".nan" : plain.number > 0 ? ".inf" : "-.inf";
        }
        return through_json(plain.number).to_json();
      case PlainKind::kString:
      case PlainKind::kTimestamp:
        break;
    }
    return child.key;
  }

  // As Go's %#v shows scalars.
  std::string shown(const Node& child) {
    if (child.kind == yaml::Kind::sequence) return "[]interface {}{...}";
    if (child.kind == yaml::Kind::mapping) return "map[interface {}]interface {}{...}";
    const Value content = scalar(child);
    if (content.is_null()) return "<nil>";
    return content.to_json();
  }

  static bool merges(const Node& child) { return !child.key_quoted && child.key == "<<"; }

  void merge(const Node& from, std::vector<Member>& members) {
    const auto add = [&](const Node& mapping) {
      const Value merged = value(mapping);
      members.insert(members.end(), merged.members().begin(), merged.members().end());
    };
    const auto refuse = [this] {
      fail("yaml: map merge requires map or sequence of maps as the value");
    };
    if (from.kind == yaml::Kind::mapping) return add(from);
    if (from.kind != yaml::Kind::sequence) return refuse();
    // Earlier ones count more.
    for (auto item = from.children.rbegin(); item != from.children.rend(); ++item) {
      if (item->kind != yaml::Kind::mapping) return refuse();
      add(*item);
    }
  }

  Value mapping(const Node& node) {
    std::vector<Member> members;
    for (const Node& child : node.children) {
      if (merges(child)) {
        merge(child, members);
      } else {
        Value name = key(child);
        if (failed()) return {};
        members.push_back({std::move(name), value(child)});
      }
      if (failed()) return {};
    }
    return Value::object(std::move(members));
  }

  Value value(const Node& node) {
    switch (node.kind) {
      case yaml::Kind::scalar:
        return scalar(node);
      case yaml::Kind::sequence:
        return sequence(node);
      case yaml::Kind::mapping:
        return mapping(node);
    }
    return {};
  }

  std::string error_;
};

constexpr std::string_view kSpace = " \t\n\v\f\r";

std::string_view trimmed(std::string_view text) {
  const size_t begin = text.find_first_not_of(kSpace);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kSpace) + 1 - begin);
}

class Documenter {
 public:
  Documenter(std::string_view text, std::string_view file) : text_(text), file_(file) {}

  Documents read() {
    if (trimmed(text_).starts_with('{')) {
      read_json();
    } else {
      read_yaml();
    }
    return std::move(out_);
  }

 private:
  template <class... T>
  bool fail(const T&... parts) {
    if (!file_.empty()) out_.error = "error parsing " + std::string(file_) + ": ";
    (engine::append_operand(out_.error, parts), ...);
    return false;
  }

  void add(Value value) {
    if (!value.is_null()) out_.values.push_back(std::move(value));
  }

  // Go's JSON decoder reads one value after the other.
  void read_json() {
    size_t at = text_.find_first_not_of(kSpace);
    while (at != std::string_view::npos) {
      const size_t end = json_end(at);
      Parsed parsed = parse(text_.substr(at, end - at));
      if (!parsed.error.empty()) {
        if (parsed.error == "unexpected end of JSON input") {
          fail("unexpected EOF");
        } else {
          fail("json: offset ", uint64_t{at + parsed.offset + 1}, ": ", parsed.error);
        }
        return;
      }
      add(std::move(parsed.value));
      at = text_.find_first_not_of(kSpace, end);
    }
  }

  // Where the value that begins at `at` ends, as far as its brackets, quotes or spaces tell.
  [[nodiscard]] size_t json_end(size_t at) const {
    size_t depth = 0;
    bool in_string = false;
    constexpr std::string_view kOpening = "{[\"";
    if (kOpening.find(text_[at]) == std::string_view::npos) {
      return std::min(text_.size(), text_.find_first_of(kSpace, at));
    }
    for (size_t i = at; i < text_.size(); ++i) {
      const char c = text_[i];
      if (in_string) {
        if (c == '\\') ++i;
        if (c == '"') in_string = false;
        if (!in_string && depth == 0) return i + 1;
        continue;
      }
      if (c == '"') in_string = true;
      if (c == '{' || c == '[') ++depth;
      if ((c == '}' || c == ']') && depth > 0 && --depth == 0) return i + 1;
    }
    return text_.size();
  }

  // Each line that begins with --- ends a document; nothing but a comment may follow the dashes.
  void read_yaml() {
    constexpr std::string_view kSeparator = "---";
    std::string document;
    std::string_view rest = text_;
    while (!rest.empty()) {
      const size_t feed = std::min(rest.size(), rest.find('\n'));
      std::string_view line = rest.substr(0, feed);
      rest.remove_prefix(std::min(rest.size(), feed + 1));
      if (line.ends_with('\r')) line.remove_suffix(1);
      if (line.starts_with(kSeparator)) {
        const std::string_view behind = trimmed(line.substr(kSeparator.size()));
        if (!behind.empty() && behind[0] != '#') {
          fail("invalid Yaml document separator: ", behind);
          return;
        }
        // The line itself begins the document behind it, unless another one ends here.
        if (!document.empty()) {
          if (!read_document(document)) return;
          document.clear();
          continue;
        }
      }
      document += line;
      document += '\n';
    }
    if (!document.empty()) read_document(document);
  }

  bool read_document(std::string_view text) {
    const yaml::Result<Node, yaml::Problem> tree =
        yaml::parse(file_, sound_utf8(text), kManifestOptions);
    constexpr std::string_view kConverting = "error converting YAML to JSON: ";
    if (!tree.ok()) return fail(kConverting, tree.error().message);
    FromYaml made = from_yaml(tree.value());
    if (!made.error.empty()) return fail(kConverting, made.error);
    add(std::move(made.value));
    return true;
  }

  std::string_view text_;
  std::string_view file_;
  Documents out_;
};

}  // namespace

FromYaml from_yaml(const yaml::Node& node) {
  return Builder().build(node);
}

Documents parse_yaml_documents(std::string_view text, std::string_view file) {
  return Documenter(text, file).read();
}

}  // namespace sim::json
