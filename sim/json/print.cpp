#include "sim/json/print.h"

#include <charconv>

namespace sim::json {
namespace {

constexpr std::string_view kHexDigits = "0123456789abcdef";

struct Writer {
  std::string& out;
  int indent = 0;  // 0: compact
  bool for_html = true;

  void line(int depth) {
    if (indent == 0) return;
    out += '\n';
    out.append(static_cast<size_t>(indent * depth), ' ');
  }

  void write(const Value& value, int depth) {
    switch (value.kind()) {
      case Kind::kAbsent:
      case Kind::kNull:
        out += "null";
        return;
      case Kind::kBool:
        out += value.truth() ? "true" : "false";
        return;
      case Kind::kInteger: {
        char digits[24];
        const auto end = std::to_chars(digits, digits + sizeof digits, value.integer()).ptr;
        out.append(digits, end);
        return;
      }
      case Kind::kFloat:
        return append_float(out, value.number());
      case Kind::kString:
        return append_quoted(out, value.text(), for_html);
      case Kind::kArray:
        return write_array(value, depth);
      case Kind::kObject:
        return write_object(value, depth);
    }
  }

  void write_array(const Value& value, int depth) {
    out += '[';
    bool first = true;
    for (const Value& item : value.items()) {
      if (!first) out += ',';
      first = false;
      line(depth + 1);
      write(item, depth + 1);
    }
    if (!first) line(depth);
    out += ']';
  }

  void write_object(const Value& value, int depth) {
    out += '{';
    bool first = true;
    for (const Member& member : value.members()) {
      if (!first) out += ',';
      first = false;
      line(depth + 1);
      append_quoted(out, member.name(), for_html);
      out += indent == 0 ? ":" : ": ";
      write(member.value, depth + 1);
    }
    if (!first) line(depth);
    out += '}';
  }
};

// Whether the three bytes at `at` are U+2028 or U+2029, which JavaScript takes for line ends.
bool is_line_separator(std::string_view text, size_t at) {
  return text.substr(at, 2) == "\xE2\x80" && at + 2 < text.size() &&
         (text[at + 2] == '\xA8' || text[at + 2] == '\xA9');
}

void append_escape(std::string& out, uint8_t byte) {
  out += "\\u00";
  out += kHexDigits[byte >> 4];
  out += kHexDigits[byte & 15];
}

}  // namespace

void append_quoted(std::string& out, std::string_view text, bool for_html) {
  out += '"';
  size_t plain = 0;  // where what can be copied begins
  for (size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<uint8_t>(text[i]);
    const bool is_html = for_html && (byte == '<' || byte == '>' || byte == '&');
    const bool separates = byte == 0xE2 && is_line_separator(text, i);
    if (byte >= 0x20 && byte != '"' && byte != '\\' && !is_html && !separates) continue;
    out += text.substr(plain, i - plain);
    plain = i + 1;
    if (separates) {
      out += "\\u202";
      out += text[i + 2] == '\xA8' ? '8' : '9';
      i += 2;
      plain = i + 1;
    } else if (byte == '"' || byte == '\\') {
      out += '\\';
      out += text[i];
    } else if (byte == '\b' || byte == '\f' || byte == '\n' || byte == '\r' || byte == '\t') {
      constexpr std::string_view kLetters = "btn?fr";  // by byte, from \b on
      out += '\\';
      out += kLetters[static_cast<size_t>(byte - '\b')];
    } else {
      append_escape(out, byte);
    }
  }
  out += text.substr(plain);
  out += '"';
}

// The shortest digits that give the number again, laid out as Go does.
void append_float(std::string& out, double number) {
  char text[40];
  const char* const end =
      std::to_chars(text, text + sizeof text, number, std::chars_format::scientific).ptr;
  std::string_view rest(text, static_cast<size_t>(end - text));
  if (rest[0] == '-') {
    out += '-';
    rest.remove_prefix(1);
  }
  const size_t mark = rest.find('e');
  int exponent = 0;
  const bool is_negative = rest[mark + 1] == '-';
  std::from_chars(rest.data() + mark + 2, rest.data() + rest.size(), exponent);
  if (is_negative) exponent = -exponent;
  std::string digits(rest.substr(0, 1));
  if (mark > 2) digits += rest.substr(2, mark - 2);
  if (number != 0 && (exponent < -6 || exponent >= 21)) {
    out += digits[0];
    if (digits.size() > 1) out += '.';
    out += std::string_view(digits).substr(1);
    out += is_negative ? "e-" : "e+";
    const auto size = std::to_chars(text, text + sizeof text, is_negative ? -exponent : exponent);
    out.append(text, size.ptr);
    return;
  }
  if (exponent < 0) {
    out += "0.";
    out.append(static_cast<size_t>(-exponent - 1), '0');
    out += digits;
    return;
  }
  const auto whole = static_cast<size_t>(exponent) + 1;
  if (digits.size() <= whole) {
    out += digits;
    out.append(whole - digits.size(), '0');
    return;
  }
  out.append(digits, 0, whole);
  out += '.';
  out.append(digits, whole);
}

void append_json(std::string& out, const Value& value) {
  Writer{out}.write(value, 0);
}

void append_pretty(std::string& out, const Value& value, int indent) {
  Writer{out, indent, false}.write(value, 0);
}

}  // namespace sim::json
