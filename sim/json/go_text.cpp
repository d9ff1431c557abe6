#include "sim/json/go_text.h"

#include <charconv>
#include <string_view>

#include "sim/json/print.h"

namespace sim::json {

void append_go_number(std::string& out, double number, int exponent_end) {
  char text[40];
  const char* const end =
      std::to_chars(text, text + sizeof text, number, std::chars_format::scientific).ptr;
  const std::string_view scientific(text, static_cast<size_t>(end - text));
  const size_t mark = scientific.find('e');
  int exponent = 0;
  std::from_chars(scientific.data() + mark + (scientific[mark + 1] == '+' ? 2 : 1), end, exponent);
  if (exponent < -4 || exponent >= exponent_end) {
    out += scientific;
  } else {
    append_float(out, number);
  }
}

void append_go_value(std::string& out, const Value& value) {
  constexpr int kExponentEnd = 21;
  bool first = true;
  const auto separate = [&] {
    if (!first) out += ' ';
    first = false;
  };
  switch (value.kind()) {
    case Kind::kAbsent:
    case Kind::kNull:
      out += "<nil>";
      return;
    case Kind::kBool:
    case Kind::kInteger:
      append_json(out, value);
      return;
    case Kind::kFloat:
      return append_go_number(out, value.number(), kExponentEnd);
    case Kind::kString:
      out += value.text();
      return;
    case Kind::kArray:
      out += '[';
      for (const Value& item : value.items()) {
        separate();
        append_go_value(out, item);
      }
      out += ']';
      return;
    case Kind::kObject:
      out += "map[";
      for (const Member& member : value.members()) {
        separate();
        out += member.name();
        out += ':';
        append_go_value(out, member.value);
      }
      out += ']';
      return;
  }
}

std::string go_value(const Value& value) {
  std::string out;
  append_go_value(out, value);
  return out;
}

}  // namespace sim::json
