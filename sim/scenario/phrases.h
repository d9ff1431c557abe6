// sim/scenario/phrases.h: the three kinds of sentence in a scenario: when a story step appears,
// what it looks at, and what must always hold.
//
// Promises: every accepted sentence is one plain struct in a variant; every refusal says what was
// possible. The syntax is in the tables of phrases.cpp; a new sentence is one row and one struct.
// Does not: watch a run. Whoever does visits the variant, so a new struct that nobody handles does
// not compile. Nor does it know which nodes a scenario has.

#pragma once

#include "sim/yaml/result.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace sim::scenario {

using yaml::Result;

/// `start`: before the first step.
struct OnStart {
  bool operator==(const OnStart&) const = default;
};

/// `end`: the run is over.
struct OnEnd {
  bool operator==(const OnEnd&) const = default;
};

/// `deadlock`: all goroutines of a process are asleep.
struct OnDeadlock {
  bool operator==(const OnDeadlock&) const = default;
};

/// `panic`: a panic that nothing recovered.
struct OnPanic {
  bool operator==(const OnPanic&) const = default;
};

/// `step N`: step N was taken.
struct AtStep {
  std::uint64_t step = 0;
  bool operator==(const AtStep&) const = default;
};

/// `at DURATION`: virtual time reached this many nanoseconds.
struct AtInstant {
  std::int64_t at_ns = 0;
  bool operator==(const AtInstant&) const = default;
};

/// `prints "TEXT"`: a line of output contains the text.
struct OnPrint {
  std::string text;
  bool operator==(const OnPrint&) const = default;
};

enum class GoroutineEvent : std::uint8_t { starts, blocks, ends };

/// `goroutine NAME starts`, `goroutine NAME blocks on chan receive`, `goroutine NAME ends`.
struct OnGoroutine {
  /// May hold spaces, and `*`; see name_matches(). In quotes, also the words of the events.
  std::string name;
  GoroutineEvent event = GoroutineEvent::starts;
  /// Of `blocks`: the wait reason in Go's words, or empty for any.
  std::string wait_reason;
  bool operator==(const OnGoroutine&) const = default;
};

/// `node NAME dies`: the node lost power.
struct OnNodeDeath {
  /// May hold `*`; see name_matches().
  std::string node;
  bool operator==(const OnNodeDeath&) const = default;
};

/// When a story step appears.
using Trigger = std::variant<OnStart, OnEnd, OnDeadlock, OnPanic, AtStep, AtInstant, OnPrint,
                             OnGoroutine, OnNodeDeath>;

/// `goroutine NAME`
struct LookAtGoroutine {
  std::string name;
  bool operator==(const LookAtGoroutine&) const = default;
};

/// `channel NAME`
struct LookAtChannel {
  std::string name;
  bool operator==(const LookAtChannel&) const = default;
};

/// `lock NAME`
struct LookAtLock {
  std::string name;
  bool operator==(const LookAtLock&) const = default;
};

/// `output`: what the programs print.
struct LookAtOutput {
  bool operator==(const LookAtOutput&) const = default;
};

/// A node's name alone.
struct LookAtNode {
  std::string name;
  bool operator==(const LookAtNode&) const = default;
};

/// What a story step looks at.
using Look = std::variant<LookAtGoroutine, LookAtChannel, LookAtLock, LookAtOutput, LookAtNode>;

/// `no-deadlock`
struct NoDeadlock {
  bool operator==(const NoDeadlock&) const = default;
};

/// `no-panic`
struct NoPanic {
  bool operator==(const NoPanic&) const = default;
};

/// `prints "TEXT"`: at the end of the run, this line is in the output.
struct Prints {
  std::string text;
  bool operator==(const Prints&) const = default;
};

/// What must hold in every run.
using Invariant = std::variant<NoDeadlock, NoPanic, Prints>;

/// The trigger that `text` describes, or what was possible instead, as the end of a sentence.
[[nodiscard]] Result<Trigger, std::string> parse_trigger(std::string_view text);

/// As parse_trigger(), for what a step looks at.
[[nodiscard]] Result<Look, std::string> parse_look(std::string_view text);

/// As parse_trigger(), for an invariant.
[[nodiscard]] Result<Invariant, std::string> parse_invariant(std::string_view text);

/// Whether `name` is `pattern`, in which each `*` stands for any text, also none.
[[nodiscard]] bool name_matches(std::string_view pattern, std::string_view name);

}  // namespace sim::scenario
