// sim/scenario/phrase_reader.h: reads a short sentence by a table of sentences.
//
// Promises: a sentence is accepted only whole; a refusal names what was possible. A new sentence is
// one row in its table and one struct.
// Does not: backtrack inside a row, or know what the sentences mean.

#pragma once

#include "sim/scenario/wording.h"
#include "sim/yaml/result.h"

#include <fmt/format.h>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sim::scenario {

using yaml::Result;

/// Reads words from left to right; every function skips the spaces before it.
class PhraseReader {
 public:
  explicit PhraseReader(std::string_view text) : rest_(text) {}

  /// The next word, without taking it; empty at the end.
  [[nodiscard]] std::string_view peek();

  /// Takes the next word if it is `word`.
  [[nodiscard]] bool take(std::string_view word);

  /// Takes a text in double quotes, or else the words before the first one of `stops` (all words,
  /// if none of these follows), with one space between them. At least one word is taken.
  [[nodiscard]] std::optional<std::string> name(std::span<const std::string_view> stops = {});

  /// Takes a text in double quotes; `\"` and `\\` stand for `"` and `\`.
  [[nodiscard]] std::optional<std::string> quotation();

  /// Takes a whole number that fits in 63 bits.
  [[nodiscard]] std::optional<std::uint64_t> count();

  /// Takes a duration of at least zero, in nanoseconds.
  [[nodiscard]] std::optional<std::int64_t> duration();

  /// Takes all that is left, without spaces at the ends; nothing if that is empty.
  [[nodiscard]] std::optional<std::string> remainder();

  /// Whether only spaces are left.
  [[nodiscard]] bool done();

 private:
  void skip_spaces();

  std::string_view rest_;
};

/// One row of a grammar. `grammar` is what the user is shown; its first word selects the row, and a
/// first word in capitals (a placeholder) is tried when no other row's first word fits.
template <class T>
struct Phrase {
  std::string_view grammar;
  std::optional<T> (*read)(PhraseReader& reader);
};

[[nodiscard]] std::string_view first_word(std::string_view grammar);
[[nodiscard]] bool is_placeholder(std::string_view word);

/// What `text` says, or why it says nothing, as the end of a sentence.
template <class T>
[[nodiscard]] Result<T, std::string> read_phrase(std::string_view text,
                                                 std::span<const Phrase<T>> table) {
  const std::string_view head = PhraseReader(text).peek();
  bool head_known = false;
  std::vector<std::string_view> fitting, heads, all;
  for (const Phrase<T>& phrase : table) {
    const std::string_view word = first_word(phrase.grammar);
    all.push_back(phrase.grammar);
    if (!is_placeholder(word)) heads.push_back(word);
    if (word == head) {
      head_known = true;
      fitting.push_back(phrase.grammar);
    }
  }
  for (const Phrase<T>& phrase : table) {
    const std::string_view word = first_word(phrase.grammar);
    if (head_known ? word != head : !is_placeholder(word)) continue;
    PhraseReader reader(text);
    std::optional<T> value = phrase.read(reader);
    if (value && reader.done()) return *std::move(value);
  }
  if (head_known) return fmt::format("it must read: {}", listed(fitting, " or: "));
  return fmt::format("it must be one of: {}{}", listed(all), did_you_mean(head, heads));
}

}  // namespace sim::scenario
