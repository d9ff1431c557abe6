// sim/scenario/phrases.cpp: the tables of triggers, looks and invariants.
//
// Promises: the grammar that a refusal shows is the text in the row that reads it.
// Does not: share rows between tables; the same words may mean different things in two of them.

#include "sim/scenario/phrases.h"

#include "sim/scenario/phrase_reader.h"

#include <array>
#include <cstddef>
#include <utility>

namespace sim::scenario {
namespace {

/// A row for a word that stands alone.
template <class Variant, class Struct>
std::optional<Variant> read_word(PhraseReader& reader) {
  if (!reader.take(reader.peek())) return std::nullopt;
  return Struct{};
}

/// A row for `WORD NAME`.
template <class Variant, class Struct>
std::optional<Variant> read_named(PhraseReader& reader) {
  if (!reader.take(reader.peek())) return std::nullopt;
  std::optional<std::string> name = reader.name();
  if (!name) return std::nullopt;
  return Struct{*std::move(name)};
}

/// A row for `WORD "TEXT"`.
template <class Variant, class Struct>
std::optional<Variant> read_quotation(PhraseReader& reader) {
  if (!reader.take(reader.peek())) return std::nullopt;
  std::optional<std::string> text = reader.quotation();
  if (!text) return std::nullopt;
  return Struct{*std::move(text)};
}

std::optional<Trigger> read_step(PhraseReader& reader) {
  if (!reader.take("step")) return std::nullopt;
  const std::optional<std::uint64_t> step = reader.count();
  if (!step) return std::nullopt;
  return AtStep{*step};
}

std::optional<Trigger> read_instant(PhraseReader& reader) {
  if (!reader.take("at")) return std::nullopt;
  const std::optional<std::int64_t> at_ns = reader.duration();
  if (!at_ns) return std::nullopt;
  return AtInstant{*at_ns};
}

/// Where the name of a goroutine ends; a name that holds one of these words needs quotes.
constexpr std::array<std::string_view, 3> kGoroutineEvents = {"starts", "ends", "blocks"};

std::optional<Trigger> read_goroutine(PhraseReader& reader) {
  if (!reader.take("goroutine")) return std::nullopt;
  std::optional<std::string> name = reader.name(kGoroutineEvents);
  if (!name) return std::nullopt;
  OnGoroutine trigger{*std::move(name), GoroutineEvent::starts, {}};
  if (reader.take("starts")) return trigger;
  trigger.event = GoroutineEvent::ends;
  if (reader.take("ends")) return trigger;
  trigger.event = GoroutineEvent::blocks;
  if (!reader.take("blocks")) return std::nullopt;
  if (!reader.take("on")) return trigger;
  std::optional<std::string> reason = reader.remainder();
  if (!reason) return std::nullopt;
  trigger.wait_reason = *std::move(reason);
  return trigger;
}

std::optional<Trigger> read_node_death(PhraseReader& reader) {
  if (!reader.take("node")) return std::nullopt;
  constexpr std::array<std::string_view, 1> kStops = {"dies"};
  std::optional<std::string> name = reader.name(kStops);
  if (!name || !reader.take("dies")) return std::nullopt;
  return OnNodeDeath{*std::move(name)};
}

std::optional<Look> read_look_at_node(PhraseReader& reader) {
  const std::string name(reader.peek());
  if (!reader.take(name)) return std::nullopt;
  return LookAtNode{name};
}

constexpr std::array<Phrase<Trigger>, 9> kTriggers = {{
    {"start", read_word<Trigger, OnStart>},
    {"end", read_word<Trigger, OnEnd>},
    {"deadlock", read_word<Trigger, OnDeadlock>},
    {"panic", read_word<Trigger, OnPanic>},
    {"step N", read_step},
    {"at DURATION", read_instant},
    {"prints \"TEXT\"", read_quotation<Trigger, OnPrint>},
    {"goroutine NAME starts|ends|blocks [on WAIT REASON]", read_goroutine},
    {"node NAME dies", read_node_death},
}};

constexpr std::array<Phrase<Look>, 5> kLooks = {{
    {"goroutine NAME", read_named<Look, LookAtGoroutine>},
    {"channel NAME", read_named<Look, LookAtChannel>},
    {"lock NAME", read_named<Look, LookAtLock>},
    {"output", read_word<Look, LookAtOutput>},
    {"NODE", read_look_at_node},
}};

constexpr std::array<Phrase<Invariant>, 3> kInvariants = {{
    {"no-deadlock", read_word<Invariant, NoDeadlock>},
    {"no-panic", read_word<Invariant, NoPanic>},
    {"prints \"TEXT\"", read_quotation<Invariant, Prints>},
}};

}  // namespace

Result<Trigger, std::string> parse_trigger(std::string_view text) {
  return read_phrase<Trigger>(text, kTriggers);
}

Result<Look, std::string> parse_look(std::string_view text) {
  return read_phrase<Look>(text, kLooks);
}

Result<Invariant, std::string> parse_invariant(std::string_view text) {
  return read_phrase<Invariant>(text, kInvariants);
}

bool name_matches(std::string_view pattern, std::string_view name) {
  // Only the last star ever needs to take more, so the work is at most the product of the lengths.
  std::size_t p = 0, n = 0;
  std::size_t star = std::string_view::npos, star_name = 0;
  while (n < name.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      star_name = n;
    } else if (p < pattern.size() && pattern[p] == name[n]) {
      ++p;
      ++n;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      n = ++star_name;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

}  // namespace sim::scenario
