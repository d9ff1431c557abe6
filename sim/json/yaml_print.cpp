// libyaml's emitter does the writing, as its translation to Go does for kubectl: it chooses quotes,
// folds and indents.

#include <yaml.h>

#include <algorithm>
#include <string>
#include <vector>

#include "engine/world/check.h"
#include "sim/json/go_text.h"
#include "sim/json/print.h"
#include "sim/json/yaml.h"
#include "sim/json/yaml_scalar.h"

namespace sim::json {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool continues_character(char c) {
  return (static_cast<uint8_t>(c) & 0xC0) == 0x80;
}

// Whether a letter begins `text`. Of the rest of Unicode, Latin-1's and general punctuation,
// symbols and emoji are none.
bool begins_with_letter(std::string_view text) {
  const char c = text[0];
  if (static_cast<uint8_t>(c) < 0x80) return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  return !text.starts_with("\xC2") && !text.starts_with("\xE2") && !text.starts_with("\xF0\x9F");
}

struct Run {
  int64_t number = 0;
  size_t end = 0;
};

// The number that the digits from `begin` on make, behind `lead`.
Run digits_from(std::string_view text, size_t begin, uint64_t lead) {
  uint64_t number = lead;
  size_t end = begin;
  for (; end < text.size() && is_digit(text[end]); ++end) {
    number = number * 10 + static_cast<uint64_t>(text[end] - '0');
  }
  return {static_cast<int64_t>(number), end};
}

// Source: goyaml.v2, sorter.go (keyList.Less).
bool key_less(std::string_view a, std::string_view b) {
  const size_t common = std::min(a.size(), b.size());
  size_t i = 0;
  while (i < common && a[i] == b[i]) ++i;
  if (i == common) return a.size() < b.size();
  while (i > 0 && continues_character(a[i]) && continues_character(b[i])) --i;
  const bool letter_a = begins_with_letter(a.substr(i));
  const bool letter_b = begins_with_letter(b.substr(i));
  if (letter_a && letter_b) return a.substr(i) < b.substr(i);
  if (letter_a || letter_b) return letter_b;
  // Zeros count if digits other than zero stand before them.
  uint64_t lead = 0;
  if (a[i] == '0' || b[i] == '0') {
    for (size_t j = i; j > 0 && is_digit(a[j - 1]); --j) {
      if (a[j - 1] != '0') lead = 1;
    }
  }
  const Run run_a = digits_from(a, i, lead);
  const Run run_b = digits_from(b, i, lead);
  if (run_a.number != run_b.number) return run_a.number < run_b.number;
  if (run_a.end != run_b.end) return run_a.end < run_b.end;
  return a.substr(i) < b.substr(i);
}

// A number whose JSON is that of a whole one is written as such, because kubectl makes YAML out of
// JSON.
std::string go_number(double number) {
  std::string plain;
  append_float(plain, number);
  constexpr double kUint64End = 18446744073709551616.0;
  const bool is_whole = plain.find_first_of(".e") == std::string::npos;
  if (is_whole && number < kUint64End && number >= -kUint64End / 2) return plain;
  plain.clear();
  append_go_number(plain, number, 6);
  return plain;
}

class Emitter {
 public:
  explicit Emitter(std::string& out) : out_(out) {
    ENGINE_CHECK(yaml_emitter_initialize(&emitter_) != 0);
    yaml_emitter_set_output(&emitter_, append, this);
    yaml_emitter_set_unicode(&emitter_, 1);
  }
  Emitter(const Emitter&) = delete;
  Emitter& operator=(const Emitter&) = delete;
  ~Emitter() { yaml_emitter_delete(&emitter_); }

  void document(const Value& value) {
    yaml_event_t event;
    emit(event, yaml_stream_start_event_initialize(&event, YAML_UTF8_ENCODING));
    emit(event, yaml_document_start_event_initialize(&event, nullptr, nullptr, nullptr, 1));
    write(value);
    // Go ends no document with three dots.
    emitter_.open_ended = 0;
    emit(event, yaml_document_end_event_initialize(&event, 1));
    emitter_.open_ended = 0;
    emit(event, yaml_stream_end_event_initialize(&event));
  }

 private:
  static int append(void* self, unsigned char* bytes, size_t size) {
    static_cast<Emitter*>(self)->out_.append(reinterpret_cast<const char*>(bytes), size);
    return 1;
  }

  // What fails is memory alone.
  void emit(yaml_event_t& event, int made) {
    ENGINE_CHECK(made != 0);
    ENGINE_CHECK(yaml_emitter_emit(&emitter_, &event) != 0);
  }

  int scalar_event(yaml_event_t& event, std::string_view text, yaml_scalar_style_t style) {
    // libyaml asserts on a null pointer, which is what an empty view may hold.
    const char* const bytes = text.empty() ? "" : text.data();
    return yaml_scalar_event_initialize(&event, nullptr, nullptr,
                                        reinterpret_cast<const yaml_char_t*>(bytes),
                                        static_cast<int>(text.size()), 1, 1, style);
  }

  void scalar(std::string_view text, yaml_scalar_style_t style) {
    yaml_event_t event;
    if (scalar_event(event, text, style) != 0) return emit(event, 1);
    emit(event, scalar_event(event, sound_utf8(text), style));  // it is no UTF-8
  }

  void string(std::string_view text) {
    if (text.find('\n') != std::string_view::npos) {
      return scalar(text, YAML_LITERAL_SCALAR_STYLE);
    }
    scalar(text, needs_quotes(text) ? YAML_DOUBLE_QUOTED_SCALAR_STYLE : YAML_PLAIN_SCALAR_STYLE);
  }

  void array(const Value& value) {
    yaml_event_t event;
    emit(event, yaml_sequence_start_event_initialize(&event, nullptr, nullptr, 1,
                                                     YAML_BLOCK_SEQUENCE_STYLE));
    for (const Value& item : value.items()) write(item);
    emit(event, yaml_sequence_end_event_initialize(&event));
  }

  void object(const Value& value) {
    yaml_event_t event;
    emit(event, yaml_mapping_start_event_initialize(&event, nullptr, nullptr, 1,
                                                    YAML_BLOCK_MAPPING_STYLE));
    std::vector<const Member*> members;
    for (const Member& member : value.members()) members.push_back(&member);
    std::stable_sort(members.begin(), members.end(), [](const Member* a, const Member* b) {
      return key_less(a->name(), b->name());
    });
    for (const Member* member : members) {
      string(member->name());
      write(member->value);
    }
    emit(event, yaml_mapping_end_event_initialize(&event));
  }

  void write(const Value& value) {
    switch (value.kind()) {
      case Kind::kString:
        return string(value.text());
      case Kind::kArray:
        return array(value);
      case Kind::kObject:
        return object(value);
      case Kind::kFloat:
        return scalar(go_number(value.number()), YAML_PLAIN_SCALAR_STYLE);
      case Kind::kAbsent:
      case Kind::kNull:
      case Kind::kBool:
      case Kind::kInteger:
        return scalar(value.to_json(), YAML_PLAIN_SCALAR_STYLE);
    }
  }

  std::string& out_;
  yaml_emitter_t emitter_{};
};

}  // namespace

void append_yaml(std::string& out, const Value& value) {
  Emitter(out).document(value);
}

}  // namespace sim::json
