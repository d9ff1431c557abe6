// sim/yaml/yaml.cpp: libyaml's events, checked and counted one by one, become a tree.
//
// Promises: libyaml's parser and events are freed on every path; recursion stops at depth_max.
// Does not: use libyaml's document loader, which resolves aliases and has no limits.

#include "sim/yaml/yaml.h"

#include <fmt/format.h>
#include <yaml.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <charconv>
#include <map>
#include <span>
#include <utility>

namespace sim::yaml {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

Place place_of(const yaml_mark_t& mark) {
  return {static_cast<std::uint32_t>(mark.line + 1), static_cast<std::uint32_t>(mark.column + 1)};
}

/// The place of a byte. REQUIRES: offset <= text.size().
Place place_of_offset(std::string_view text, std::size_t offset) {
  Place place;
  for (const char byte : text.substr(0, offset)) {
    const bool continues = (static_cast<unsigned char>(byte) & 0xC0) == 0x80;
    if (byte == '\n') {
      ++place.line;
      place.column = 1;
    } else if (!continues) {
      ++place.column;
    }
  }
  return place;
}

/// The offset of the character at a mark, whose index counts characters; text.size() if it is the
/// end.
std::size_t offset_of(std::string_view text, const yaml_mark_t& mark) {
  std::size_t characters = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if ((static_cast<unsigned char>(text[i]) & 0xC0) == 0x80) continue;
    if (characters++ == mark.index) return i;
  }
  return text.size();
}

/// As place_of(), but at the end of a text without a last line feed libyaml's mark is a line too
/// far.
Place place_in(std::string_view text, const yaml_mark_t& mark) {
  const bool too_far = !text.ends_with('\n') && offset_of(text, mark) == text.size();
  return too_far ? place_of_offset(text, text.size()) : place_of(mark);
}

/// libyaml's event, freed with the scope.
struct Event {
  Event() = default;
  Event(const Event&) = delete;
  Event& operator=(const Event&) = delete;
  ~Event() { yaml_event_delete(&raw); }

  yaml_event_t raw{};
};

class Reader {
 public:
  Reader(std::string_view file, std::string_view text, const Options& options)
      : file_(file), text_(text), options_(options) {
    started_ = yaml_parser_initialize(&parser_) != 0;
    if (!started_) return;
    yaml_parser_set_encoding(&parser_, YAML_UTF8_ENCODING);
    // libyaml asserts on a null pointer, which is what an empty view may hold.
    const char* bytes = text_.empty() ? "" : text_.data();
    yaml_parser_set_input_string(&parser_, reinterpret_cast<const unsigned char*>(bytes),
                                 text_.size());
  }
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;
  ~Reader() {
    if (started_) yaml_parser_delete(&parser_);
  }

  Result<Node, Problem> read() {
    Node root;
    if (!read_stream(root)) return std::move(problem_);
    return root;
  }

 private:
  bool read_stream(Node& root);
  bool read_node(const yaml_event_t& event, std::uint32_t depth, Node& node);
  bool read_scalar(const yaml_event_t& event, Node& node);
  bool read_sequence(std::uint32_t depth, Node& node);
  bool read_mapping(std::uint32_t depth, Node& node);
  bool next(Event& event);
  bool refuse_extras(const yaml_char_t* anchor, const yaml_char_t* tag, Place at);
  bool syntax_error();
  bool syntax_error_in_go();
  bool fail(Place at, std::string message) {
    if (options_.wording == Wording::kGo) {
      message = fmt::format("yaml: line {}: {}", at.line, message);
    }
    return fail_with(at, std::move(message));
  }
  bool fail_with(Place at, std::string message) {
    problem_ = {std::string(file_), at.line, at.column, std::move(message)};
    return false;
  }

  std::string_view file_;
  std::string_view text_;
  const Options& options_;
  yaml_parser_t parser_{};
  bool started_ = false;
  std::uint32_t nodes_ = 0;
  Problem problem_;
};

bool Reader::next(Event& event) {
  return yaml_parser_parse(&parser_, &event.raw) != 0 || syntax_error();
}

bool Reader::syntax_error() {
  if (parser_.error == YAML_MEMORY_ERROR) return fail({}, "not enough memory to read the file");
  if (options_.wording == Wording::kGo) return syntax_error_in_go();
  const std::string_view what = parser_.problem != nullptr ? parser_.problem : "unknown error";
  if (parser_.error == YAML_READER_ERROR) {
    const std::size_t offset = std::min<std::size_t>(parser_.problem_offset, text_.size());
    return fail(place_of_offset(text_, offset), fmt::format("not readable as UTF-8: {}", what));
  }
  const Place at = place_in(text_, parser_.problem_mark);
  if (text_.substr(offset_of(text_, parser_.problem_mark)).starts_with('\t')) {
    return fail(at, "YAML is indented with spaces; a tab cannot stand here");
  }
  if (parser_.context == nullptr) return fail(at, fmt::format("not valid YAML: {}", what));
  return fail(at, fmt::format("not valid YAML: {} {} that starts at line {}", what, parser_.context,
                              place_in(text_, parser_.context_mark).line));
}

/// The line that Go names: marks count from 0, and only those of the scanner's errors are raised by
/// one; the first line is never named. Source: go-yaml v2, decode.go, parser.fail().
bool Reader::syntax_error_in_go() {
  std::size_t line = parser_.problem_mark.line;
  if (line != 0) {
    if (parser_.error == YAML_SCANNER_ERROR) ++line;
  } else {
    line = parser_.context_mark.line;
  }
  const std::string_view what =
      parser_.problem != nullptr ? parser_.problem : "unknown problem parsing YAML content";
  return fail_with(
      place_in(text_, parser_.problem_mark),
      line == 0 ? fmt::format("yaml: {}", what) : fmt::format("yaml: line {}: {}", line, what));
}

bool Reader::read_stream(Node& root) {
  if (!started_) return fail({}, "not enough memory to read the file");
  Event stream_start, document_start, value, document_end, after;
  if (!next(stream_start) || !next(document_start)) return false;
  if (document_start.raw.type != YAML_DOCUMENT_START_EVENT) {
    return options_.takes_first_document || fail({}, "the file is empty");
  }
  if (!next(value) || !read_node(value.raw, 1, root)) return false;
  if (!next(document_end)) return false;
  if (options_.takes_first_document) return true;
  if (!next(after)) return false;
  if (after.raw.type != YAML_STREAM_END_EVENT) {
    return fail(place_of(after.raw.start_mark),
                "a second document starts here; expected one document in the file");
  }
  return true;
}

bool Reader::refuse_extras(const yaml_char_t* anchor, const yaml_char_t* tag, Place at) {
  if (anchor != nullptr) {
    return fail(at, "anchors (&name) are not supported; write the value where it is used");
  }
  if (tag != nullptr) return fail(at, "tags (!name) are not supported; write the value alone");
  return true;
}

bool Reader::read_node(const yaml_event_t& event, std::uint32_t depth, Node& node) {
  node.at = place_of(event.start_mark);
  if (++nodes_ > options_.nodes_max) {
    return fail(node.at, fmt::format("too large: more than {} values", options_.nodes_max));
  }
  if (depth > options_.depth_max) {
    return fail(node.at, fmt::format("nested more than {} levels deep", options_.depth_max));
  }
  switch (event.type) {
    case YAML_SCALAR_EVENT:
      return read_scalar(event, node);
    case YAML_SEQUENCE_START_EVENT:
      return refuse_extras(event.data.sequence_start.anchor, event.data.sequence_start.tag,
                           node.at) &&
             read_sequence(depth, node);
    case YAML_MAPPING_START_EVENT:
      return refuse_extras(event.data.mapping_start.anchor, event.data.mapping_start.tag,
                           node.at) &&
             read_mapping(depth, node);
    case YAML_ALIAS_EVENT:
      // No anchor got past here that it could mean.
      if (options_.wording == Wording::kGo) {
        return fail_with(node.at,
                         fmt::format("yaml: unknown anchor '{}' referenced",
                                     reinterpret_cast<const char*>(event.data.alias.anchor)));
      }
      return fail(node.at, "aliases (*name) are not supported; write the value out");
    default:
      return fail(node.at, "expected a value");
  }
}

bool Reader::read_scalar(const yaml_event_t& event, Node& node) {
  const auto& scalar = event.data.scalar;
  if (!refuse_extras(scalar.anchor, scalar.tag, node.at)) return false;
  node.kind = Kind::scalar;
  node.text.assign(reinterpret_cast<const char*>(scalar.value), scalar.length);
  node.quoted = scalar.style != YAML_PLAIN_SCALAR_STYLE;
  return true;
}

bool Reader::read_sequence(std::uint32_t depth, Node& node) {
  node.kind = Kind::sequence;
  while (true) {
    Event event;
    if (!next(event)) return false;
    if (event.raw.type == YAML_SEQUENCE_END_EVENT) return true;
    if (!read_node(event.raw, depth + 1, node.children.emplace_back())) return false;
  }
}

bool Reader::read_mapping(std::uint32_t depth, Node& node) {
  node.kind = Kind::mapping;
  std::map<std::string, std::uint32_t> line_of_key;
  while (true) {
    Event key_event;
    if (!next(key_event)) return false;
    if (key_event.raw.type == YAML_MAPPING_END_EVENT) return true;
    const Place at = place_of(key_event.raw.start_mark);
    if (key_event.raw.type == YAML_SEQUENCE_START_EVENT ||
        key_event.raw.type == YAML_MAPPING_START_EVENT) {
      return fail(at, "a key must be text, not a list or a mapping");
    }
    Node key;
    if (!read_node(key_event.raw, depth, key)) return false;
    if (!options_.keys_may_repeat) {
      const auto [seen, is_new] = line_of_key.emplace(key.text, at.line);
      if (!is_new) {
        return fail(at, fmt::format("duplicate key {}; it already stands at line {}",
                                    in_quotes(key.text), seen->second));
      }
    }
    Event value_event;
    if (!next(value_event)) return false;
    Node& value = node.children.emplace_back();
    value.key = std::move(key.text);
    value.key_quoted = key.quoted;
    value.key_at = at;
    if (!read_node(value_event.raw, depth + 1, value)) return false;
  }
}

bool is_one_of(std::string_view text, std::span<const std::string_view> words) {
  return std::find(words.begin(), words.end(), text) != words.end();
}

constexpr std::array<std::string_view, 5> kNulls = {"", "~", "null", "Null", "NULL"};
constexpr std::array<std::string_view, 3> kTrues = {"true", "True", "TRUE"};
constexpr std::array<std::string_view, 3> kFalses = {"false", "False", "FALSE"};
constexpr std::array<std::string_view, 3> kInfinities = {".inf", ".Inf", ".INF"};
constexpr std::array<std::string_view, 3> kNotNumbers = {".nan", ".NaN", ".NAN"};

std::string_view without_sign(std::string_view text) {
  if (!text.empty() && (text.front() == '-' || text.front() == '+')) text.remove_prefix(1);
  return text;
}

bool all_in(std::string_view text, std::string_view alphabet) {
  return !text.empty() && text.find_first_not_of(alphabet) == std::string_view::npos;
}

bool is_integer(std::string_view text) {
  if (text.starts_with("0o")) return all_in(text.substr(2), "01234567");
  if (text.starts_with("0x")) return all_in(text.substr(2), "0123456789abcdefABCDEF");
  return all_in(without_sign(text), "0123456789");
}

std::string_view skip_digits(std::string_view text) {
  const std::size_t end = text.find_first_not_of("0123456789");
  return end == std::string_view::npos ? std::string_view() : text.substr(end);
}

bool is_floating(std::string_view text) {
  if (is_one_of(text, kNotNumbers)) return true;
  text = without_sign(text);
  if (is_one_of(text, kInfinities)) return true;
  const std::string_view after_whole = skip_digits(text);
  bool has_digits = after_whole.size() < text.size();
  text = after_whole;
  if (!text.empty() && text.front() == '.') {
    const std::string_view after_fraction = skip_digits(text.substr(1));
    has_digits = has_digits || after_fraction.size() + 1 < text.size();
    text = after_fraction;
  }
  if (!has_digits) return false;
  if (text.empty()) return true;
  return (text.front() == 'e' || text.front() == 'E') &&
         all_in(without_sign(text.substr(1)), "0123456789");
}

}  // namespace

const Node* Node::find(std::string_view name) const {
  if (kind != Kind::mapping) return nullptr;
  for (const Node& child : children) {
    if (child.key == name) return &child;
  }
  return nullptr;
}

Result<Node, Problem> parse(std::string_view file, std::string_view text, const Options& options) {
  if (text.size() > options.bytes_max) {
    return Problem{
        std::string(file), 1, 1,
        fmt::format("too large: {} bytes, and the limit is {}", text.size(), options.bytes_max)};
  }
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  return Reader(file, text, options).read();
}

ScalarType scalar_type(const Node& node) {
  assert(node.kind == Kind::scalar);
  const std::string_view text = node.text;
  if (node.quoted) return ScalarType::string;
  if (is_one_of(text, kNulls)) return ScalarType::null;
  if (is_one_of(text, kTrues) || is_one_of(text, kFalses)) return ScalarType::boolean;
  if (is_integer(text)) return ScalarType::integer;
  if (is_floating(text)) return ScalarType::floating;
  return ScalarType::string;
}

std::optional<std::int64_t> to_integer(const Node& node) {
  if (node.kind != Kind::scalar || scalar_type(node) != ScalarType::integer) return std::nullopt;
  std::string_view text = node.text;
  int base = 10;
  if (text.starts_with("0o")) base = 8;
  if (text.starts_with("0x")) base = 16;
  if (base != 10) text.remove_prefix(2);
  if (text.starts_with('+')) text.remove_prefix(1);
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<bool> to_boolean(const Node& node) {
  if (node.kind != Kind::scalar || scalar_type(node) != ScalarType::boolean) return std::nullopt;
  return is_one_of(node.text, kTrues);
}

}  // namespace sim::yaml
