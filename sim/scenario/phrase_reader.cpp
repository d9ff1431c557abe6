// sim/scenario/phrase_reader.cpp: words, quotations and numbers of a short sentence.
//
// Promises: each function takes either all that it describes, or the phrase is refused by its row.
// Does not: know any sentence.

#include "sim/scenario/phrase_reader.h"

#include "sim/scenario/units.h"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <limits>

namespace sim::scenario {
namespace {

constexpr std::string_view kSpaces = " \t\n";

}  // namespace

void PhraseReader::skip_spaces() {
  const std::size_t start = rest_.find_first_not_of(kSpaces);
  rest_ = start == std::string_view::npos ? std::string_view() : rest_.substr(start);
}

std::string_view PhraseReader::peek() {
  skip_spaces();
  return rest_.substr(0, rest_.find_first_of(kSpaces));
}

bool PhraseReader::take(std::string_view word) {
  if (word.empty() || peek() != word) return false;
  rest_.remove_prefix(word.size());
  return true;
}

std::optional<std::string> PhraseReader::name(std::span<const std::string_view> stops) {
  std::string_view word = peek();
  if (word.empty()) return std::nullopt;
  if (word.front() == '"') return quotation();
  std::string name;
  do {
    if (!name.empty()) name += ' ';
    name += word;
    rest_.remove_prefix(word.size());
    word = peek();
  } while (!word.empty() && std::find(stops.begin(), stops.end(), word) == stops.end());
  return name;
}

std::optional<std::string> PhraseReader::quotation() {
  skip_spaces();
  if (rest_.empty() || rest_.front() != '"') return std::nullopt;
  std::string text;
  for (std::size_t i = 1; i < rest_.size(); ++i) {
    if (rest_[i] == '"') {
      rest_.remove_prefix(i + 1);
      if (text.empty()) return std::nullopt;
      return text;
    }
    if (rest_[i] == '\\' && i + 1 < rest_.size()) {
      ++i;
      if (rest_[i] != '"' && rest_[i] != '\\') return std::nullopt;
    }
    text += rest_[i];
  }
  return std::nullopt;
}

std::optional<std::uint64_t> PhraseReader::count() {
  const std::string_view word = peek();
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
  if (error != std::errc() || end != word.data() + word.size()) return std::nullopt;
  if (value > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
    return std::nullopt;
  }
  rest_.remove_prefix(word.size());
  return value;
}

std::optional<std::int64_t> PhraseReader::duration() {
  const std::string_view word = peek();
  const Measured value = parse_duration(word);
  if (!value || value.value() < 0) return std::nullopt;
  rest_.remove_prefix(word.size());
  return value.value();
}

std::optional<std::string> PhraseReader::remainder() {
  skip_spaces();
  const std::size_t last = rest_.find_last_not_of(kSpaces);
  if (last == std::string_view::npos) return std::nullopt;
  std::string text(rest_.substr(0, last + 1));
  rest_ = {};
  return text;
}

bool PhraseReader::done() {
  skip_spaces();
  return rest_.empty();
}

std::string_view first_word(std::string_view grammar) {
  return grammar.substr(0, grammar.find(' '));
}

bool is_placeholder(std::string_view word) {
  return !word.empty() && word.front() >= 'A' && word.front() <= 'Z';
}

}  // namespace sim::scenario
