#include "sim/json/parse.h"

#include <algorithm>
#include <charconv>
#include <cstdlib>

#include "engine/task/print.h"
#include "sim/json/print.h"

namespace sim::json {
namespace {

bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// A character as Go quotes it in these errors.
std::string quoted(char c) {
  if (c == '\'') return "'\\''";
  if (c == '"') return "'\"'";
  std::string out;
  const auto byte = static_cast<uint8_t>(c);
  if (byte >= 0x80) {
    // Go takes the byte for a character of Latin-1.
    out = "'";
    out += static_cast<char>(0xC0 | (byte >> 6));
    out += static_cast<char>(0x80 | (byte & 0x3F));
    return out + "'";
  }
  if (c == '\a') return "'\\a'";
  if (c == '\v') return "'\\v'";
  if (c == '\\') return "'\\\\'";
  if (byte >= 0x20 && byte != 0x7F) return std::string("'") + c + "'";
  if (c == '\b' || c == '\f' || c == '\n' || c == '\r' || c == '\t') {
    append_quoted(out, std::string_view(&c, 1));
    return "'" + out.substr(1, out.size() - 2) + "'";
  }
  constexpr std::string_view kHex = "0123456789abcdef";
  return std::string("'\\x") + kHex[byte >> 4] + kHex[byte & 15] + "'";
}

void append_utf8(std::string& out, uint32_t c) {
  if (c < 0x80) {
    out += static_cast<char>(c);
  } else if (c < 0x800) {
    out += static_cast<char>(0xC0 | (c >> 6));
    out += static_cast<char>(0x80 | (c & 0x3F));
  } else if (c < 0x10000) {
    out += static_cast<char>(0xE0 | (c >> 12));
    out += static_cast<char>(0x80 | ((c >> 6) & 0x3F));
    out += static_cast<char>(0x80 | (c & 0x3F));
  } else {
    out += static_cast<char>(0xF0 | (c >> 18));
    out += static_cast<char>(0x80 | ((c >> 12) & 0x3F));
    out += static_cast<char>(0x80 | ((c >> 6) & 0x3F));
    out += static_cast<char>(0x80 | (c & 0x3F));
  }
}

constexpr uint32_t kReplacement = 0xFFFD;

// How many bytes of a well-formed character begin `text`; 0: none. Source: Unicode, table 3-7.
size_t utf8_length(std::string_view text) {
  const auto at = [text](size_t i) {
    return i < text.size() ? static_cast<uint8_t>(text[i]) : uint8_t{0};
  };
  const auto follows = [&](size_t i, uint8_t least = 0x80, uint8_t most = 0xBF) {
    return at(i) >= least && at(i) <= most;
  };
  const uint8_t first = at(0);
  if (first < 0x80) return 1;
  if (first >= 0xC2 && first <= 0xDF) return follows(1) ? 2 : 0;
  if (first == 0xE0) return follows(1, 0xA0) && follows(2) ? 3 : 0;
  if (first == 0xED) return follows(1, 0x80, 0x9F) && follows(2) ? 3 : 0;
  if (first >= 0xE1 && first <= 0xEF) return follows(1) && follows(2) ? 3 : 0;
  if (first == 0xF0) return follows(1, 0x90) && follows(2) && follows(3) ? 4 : 0;
  if (first == 0xF4) return follows(1, 0x80, 0x8F) && follows(2) && follows(3) ? 4 : 0;
  if (first >= 0xF1 && first <= 0xF3) return follows(1) && follows(2) && follows(3) ? 4 : 0;
  return 0;
}

class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  Parsed parse() {
    out_.value = value(0);
    skip_space();
    if (out_.error.empty() && at_ < text_.size()) unexpected("after top-level value");
    if (!out_.error.empty()) out_.value = {};
    return std::move(out_);
  }

 private:
  // One step of where the parser is, for the paths of duplicates.
  struct Step {
    std::string_view key;
    size_t index = kIsKey;
  };
  static constexpr size_t kIsKey = SIZE_MAX;

  [[nodiscard]] bool failed() const { return !out_.error.empty(); }
  [[nodiscard]] bool more() const { return at_ < text_.size(); }
  void skip_space() {
    while (more() && is_space(text_[at_])) ++at_;
  }
  Value fail(std::string message) {
    if (!failed()) {
      out_.error = std::move(message);
      out_.offset = at_;
    }
    return {};
  }
  Value unexpected(std::string_view where) {
    if (!more()) return fail("unexpected end of JSON input");
    return fail("invalid character " + quoted(text_[at_]) + " " + std::string(where));
  }

  Value value(int depth) {
    skip_space();
    if (!more()) return unexpected({});
    switch (text_[at_]) {
      case '{':
        return object(depth + 1);
      case '[':
        return array(depth + 1);
      case '"':
        return string();
      case 't':
        return literal("true", true);
      case 'f':
        return literal("false", false);
      case 'n':
        return literal("null", nullptr);
      default:
        break;
    }
    if (text_[at_] == '-' || is_digit(text_[at_])) return number();
    return unexpected("looking for beginning of value");
  }

  Value literal(std::string_view word, Value meaning) {
    for (const char c : word) {
      if (more() && text_[at_] == c) {
        ++at_;
        continue;
      }
      return unexpected("in literal " + std::string(word) + " (expecting '" + c + "')");
    }
    return meaning;
  }

  bool digits(std::string_view where) {
    if (!more() || !is_digit(text_[at_])) {
      unexpected(where);
      return false;
    }
    while (more() && is_digit(text_[at_])) ++at_;
    return true;
  }

  Value number() {
    const size_t begin = at_;
    bool is_float = false;
    if (text_[at_] == '-') ++at_;
    if (more() && text_[at_] == '0') {
      ++at_;
    } else if (!digits("in numeric literal")) {
      return {};
    }
    if (more() && text_[at_] == '.') {
      is_float = true;
      ++at_;
      if (!digits("after decimal point in numeric literal")) return {};
    }
    if (more() && (text_[at_] == 'e' || text_[at_] == 'E')) {
      is_float = true;
      ++at_;
      if (more() && (text_[at_] == '+' || text_[at_] == '-')) ++at_;
      if (!digits("in exponent of numeric literal")) return {};
    }
    const std::string_view word = text_.substr(begin, at_ - begin);
    int64_t whole = 0;
    const auto read = std::from_chars(word.data(), word.data() + word.size(), whole);
    if (!is_float && read.ec == std::errc()) return whole;
    // Correctly rounded, and without a locale as long as nobody has set one.
    const double wide = std::strtod(std::string(word).c_str(), nullptr);
    if (wide - wide != 0) return fail("cannot unmarshal number " + std::string(word));
    return Value(wide);
  }

  // The four digits of a \u escape.
  std::optional<uint32_t> hex4() {
    uint32_t code = 0;
    for (int i = 0; i < 4; ++i) {
      const char c = more() ? text_[at_] : '\0';
      const auto digit = static_cast<uint32_t>(is_digit(c)            ? c - '0'
                                               : c >= 'a' && c <= 'f' ? c - 'a' + 10
                                               : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                                                      : 16);
      if (digit == 16) {
        unexpected("in \\u hexadecimal character escape");
        return {};
      }
      code = code * 16 + digit;
      ++at_;
    }
    return code;
  }

  void unicode_escape(std::string& out) {
    const std::optional<uint32_t> first = hex4();
    if (!first) return;
    if (*first < 0xD800 || *first > 0xDFFF) return append_utf8(out, *first);
    const size_t behind = at_;
    if (*first < 0xDC00 && text_.substr(at_, 2) == "\\u") {
      at_ += 2;
      const std::optional<uint32_t> second = hex4();
      if (!second) return;
      if (*second >= 0xDC00 && *second <= 0xDFFF) {
        return append_utf8(out, 0x10000 + ((*first - 0xD800) << 10) + (*second - 0xDC00));
      }
      at_ = behind;  // it stands for itself
    }
    append_utf8(out, kReplacement);
  }

  void escape(std::string& out) {
    constexpr std::string_view kLetters = "\"\\/bfnrt";
    constexpr std::string_view kMeanings = "\"\\/\b\f\n\r\t";
    const char c = more() ? text_[at_] : '\0';
    if (c == 'u') {
      ++at_;
      return unicode_escape(out);
    }
    const size_t found = more() ? kLetters.find(c) : std::string_view::npos;
    if (found == std::string_view::npos) {
      unexpected("in string escape code");
      return;
    }
    ++at_;
    out += kMeanings[found];
  }

  // Behind the opening quote, as far as nothing needs to be changed.
  [[nodiscard]] size_t plain_end() const {
    size_t end = at_;
    while (end < text_.size()) {
      const auto byte = static_cast<uint8_t>(text_[end]);
      if (byte < 0x20 || byte >= 0x80 || byte == '"' || byte == '\\') break;
      ++end;
    }
    return end;
  }

  Value string() {
    ++at_;
    size_t end = plain_end();
    if (end < text_.size() && text_[end] == '"') {
      const std::string_view plain = text_.substr(at_, end - at_);
      at_ = end + 1;
      return plain;
    }
    std::string out;
    while (!failed()) {
      end = plain_end();
      out += text_.substr(at_, end - at_);
      at_ = end;
      if (!more()) return unexpected({});
      const char c = text_[at_];
      if (c == '"') {
        ++at_;
        return out;
      }
      if (c == '\\') {
        ++at_;
        escape(out);
        continue;
      }
      if (static_cast<uint8_t>(c) < 0x20) return unexpected("in string literal");
      const size_t length = utf8_length(text_.substr(at_));
      if (length == 0) append_utf8(out, kReplacement);
      out += text_.substr(at_, length);
      at_ += length == 0 ? 1 : length;
    }
    return {};
  }

  Value array(int depth) {
    if (depth > kDepthMax) return fail("exceeded max depth");
    ++at_;
    std::vector<Value> items;
    skip_space();
    if (more() && text_[at_] == ']') {
      ++at_;
      return Value::array({});
    }
    while (true) {
      path_.push_back({{}, items.size()});
      Value item = value(depth);
      path_.pop_back();
      if (failed()) return {};
      items.push_back(std::move(item));
      skip_space();
      const char c = more() ? text_[at_] : '\0';
      if (c != ',' && c != ']') return unexpected("after array element");
      ++at_;
      if (c == ']') return Value::array(items);
    }
  }

  Value object(int depth) {
    if (depth > kDepthMax) return fail("exceeded max depth");
    ++at_;
    std::vector<Member> members;
    skip_space();
    if (more() && text_[at_] == '}') {
      ++at_;
      return Value::empty_object();
    }
    while (true) {
      skip_space();
      if (!more() || text_[at_] != '"') {
        return unexpected("looking for beginning of object key string");
      }
      Value key = string();
      if (failed()) return {};
      skip_space();
      if (!more() || text_[at_] != ':') return unexpected("after object key");
      ++at_;
      path_.push_back({key.text()});
      Value content = value(depth);
      path_.pop_back();
      if (failed()) return {};
      members.push_back({std::move(key), std::move(content)});
      skip_space();
      const char c = more() ? text_[at_] : '\0';
      if (c != ',' && c != '}') return unexpected("after object key:value pair");
      ++at_;
      if (c == '}') return finished(std::move(members));
    }
  }

  Value finished(std::vector<Member> members) {
    const size_t count = members.size();
    Value made = Value::object(members);
    if (made.size() == count) return made;
    std::stable_sort(members.begin(), members.end(),
                     [](const Member& a, const Member& b) { return a.name() < b.name(); });
    for (size_t i = 1; i < count; ++i) {
      const bool is_first = i == 1 || members[i - 2].key != members[i].key;
      if (is_first && members[i - 1].key == members[i].key) note_duplicate(members[i].name());
    }
    return made;
  }

  void note_duplicate(std::string_view key) {
    constexpr size_t kMost = 100;
    if (out_.duplicates.size() == kMost) return;
    std::string path;
    const auto add_key = [&path](std::string_view name) {
      if (!path.empty()) path += '.';
      path += name;
    };
    for (const Step& step : path_) {
      if (step.index == kIsKey) {
        add_key(step.key);
        continue;
      }
      path += '[';
      engine::append_operand(path, uint64_t{step.index});
      path += ']';
    }
    add_key(key);
    out_.duplicates.push_back(std::move(path));
  }

  std::string_view text_;
  size_t at_ = 0;
  std::vector<Step> path_;
  Parsed out_;
};

}  // namespace

Parsed parse(std::string_view text) {
  return Parser(text).parse();
}

}  // namespace sim::json
