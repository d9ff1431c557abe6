#include "sim/http/header.h"

#include <algorithm>
#include <map>
#include <utility>

namespace sim::http {
namespace {

constexpr bool is_upper(char c) {
  return c >= 'A' && c <= 'Z';
}
constexpr bool is_lower(char c) {
  return c >= 'a' && c <= 'z';
}
constexpr char upper(char c) {
  return is_lower(c) ? static_cast<char>(c - 'a' + 'A') : c;
}
constexpr char lower(char c) {
  return is_upper(c) ? static_cast<char>(c - 'A' + 'a') : c;
}

constexpr bool is_token_char(char c) {
  return is_upper(c) || is_lower(c) || (c >= '0' && c <= '9') ||
         (c != '\0' && std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos);
}

constexpr bool is_space(char c) {
  return c == ' ' || c == '\t';
}

// Stored names are canonical, and canonical names differ by more than case; so a token need not be
// made canonical to be looked up.
bool is_name(std::string_view stored, std::string_view asked) {
  return stored == asked || (equal_fold(stored, asked) && is_token(asked));
}

}  // namespace

bool is_token(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), is_token_char);
}

bool is_field_value(std::string_view text) {
  if (trim_space(text).size() != text.size()) return false;
  return std::all_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return c == '\t' || (byte >= 0x20 && byte != 0x7f);
  });
}

bool equal_fold(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return lower(x) == lower(y); });
}

std::string_view trim_space(std::string_view text) {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

std::vector<std::string_view> list_members(std::string_view list) {
  std::vector<std::string_view> members;
  while (true) {
    const std::size_t comma = list.find(',');
    members.push_back(trim_space(list.substr(0, comma)));
    if (comma == std::string_view::npos) return members;
    list.remove_prefix(comma + 1);
  }
}

std::string canonical_header_key(std::string_view name) {
  std::string key(name);
  if (!is_token(name)) return key;
  bool capital = true;
  for (char& c : key) {
    c = capital ? upper(c) : lower(c);
    capital = c == '-';
  }
  return key;
}

std::string_view Header::get(std::string_view name) const {
  for (const Field& field : fields_) {
    if (is_name(field.name, name)) return field.value;
  }
  return {};
}

std::vector<std::string_view> Header::values(std::string_view name) const {
  std::vector<std::string_view> found;
  for (const Field& field : fields_) {
    if (is_name(field.name, name)) found.push_back(field.value);
  }
  return found;
}

bool Header::has(std::string_view name) const {
  return std::any_of(fields_.begin(), fields_.end(),
                     [name](const Field& field) { return is_name(field.name, name); });
}

bool Header::has_list_member(std::string_view name, std::string_view token) const {
  for (const std::string_view value : values(name)) {
    for (const std::string_view member : list_members(value)) {
      if (equal_fold(member, token)) return true;
    }
  }
  return false;
}

void Header::add(std::string_view name, std::string_view value) {
  fields_.push_back({canonical_header_key(name), std::string(value)});
}

void Header::set(std::string_view name, std::string_view value) {
  // The texts may be of a field that is about to go.
  Field field{canonical_header_key(name), std::string(value)};
  const auto same = [&field](const Field& other) { return other.name == field.name; };
  const auto first = std::find_if(fields_.begin(), fields_.end(), same);
  if (first == fields_.end()) {
    fields_.push_back(std::move(field));
    return;
  }
  fields_.erase(std::remove_if(first + 1, fields_.end(), same), fields_.end());
  first->value = std::move(field.value);
}

void Header::del(std::string_view name) {
  const std::string key = canonical_header_key(name);
  std::erase_if(fields_, [&key](const Field& field) { return field.name == key; });
}

void Header::append_sorted(std::string& out, std::span<const std::string_view> except) const {
  // A multimap keeps those of one name in the order they came.
  std::multimap<std::string_view, std::string_view> sorted;
  for (const Field& field : fields_) {
    const bool left_out = std::find(except.begin(), except.end(), field.name) != except.end();
    if (!left_out && is_token(field.name)) sorted.emplace(field.name, field.value);
  }
  for (const auto& [name, value] : sorted) append_field(out, name, value);
}

void append_field(std::string& out, std::string_view name, std::string_view value) {
  const auto is_break = [](char c) { return c == '\r' || c == '\n'; };
  // Go trims after line breaks became spaces, so those at the ends go too.
  while (!value.empty() && (is_space(value.front()) || is_break(value.front()))) {
    value.remove_prefix(1);
  }
  while (!value.empty() && (is_space(value.back()) || is_break(value.back()))) {
    value.remove_suffix(1);
  }
  out += name;
  out += ": ";
  for (const char c : value) out += is_break(c) ? ' ' : c;
  out += "\r\n";
}

}  // namespace sim::http
