// tests/fuzz/semantics/semantics_check.cpp: many generated programs, on the engine and against the
// model, under each policy.
//
//   semantics_check --seeds A..B [--policy P] [--break NAME] [--keep-going]
//   semantics_check --print SEED [--policy P]
//
// The last line sums up. Exit code 1 with the shrunk program if something differs, 2 for a bad
// command line. `--break` puts a mistake into the model, to see that it is found.

#include <charconv>
#include <chrono>
#include <cstdio>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/fuzz/semantics/check.h"
#include "tests/fuzz/semantics/generate.h"

namespace {

using namespace semantics;

struct Arguments {
  uint64_t first = 1;
  uint64_t last = 1000;
  std::vector<engine::Policy> policies;
  Mutation mutation = Mutation::kNone;
  bool prints = false;
  bool keeps_going = false;
};

constexpr std::pair<std::string_view, Mutation> kMutations[] = {
    {"last-receiver-first", Mutation::kLastReceiverFirst},
    {"close-drops-buffer", Mutation::kCloseDropsBuffer},
    {"barging-reader", Mutation::kBargingReader},
    {"stale-timer", Mutation::kStaleTimer},
    {"eager-group", Mutation::kEagerGroup},
};

bool parse_number(std::string_view text, uint64_t& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size();
}

bool parse_range(std::string_view text, Arguments& arguments) {
  const size_t dots = text.find("..");
  if (dots == std::string_view::npos) return false;
  return parse_number(text.substr(0, dots), arguments.first) &&
         parse_number(text.substr(dots + 2), arguments.last);
}

bool parse_mutation(std::string_view name, Arguments& arguments) {
  for (const auto& [known_name, mutation] : kMutations) {
    if (name == known_name) arguments.mutation = mutation;
  }
  return arguments.mutation != Mutation::kNone;
}

bool parse_policy(std::string_view name, Arguments& arguments) {
  const auto policy = engine::policy_named(name);
  if (policy) arguments.policies.push_back(*policy);
  return policy.has_value();
}

bool parse(int count, char** words, Arguments& arguments) {
  for (int i = 1; i < count; ++i) {
    const std::string_view word = words[i];
    const std::string_view value = i + 1 < count ? words[i + 1] : "";
    bool good = true;
    if (word == "--keep-going") {
      arguments.keeps_going = true;
      continue;
    }
    if (word == "--seeds") {
      good = parse_range(value, arguments);
    } else if (word == "--policy") {
      good = parse_policy(value, arguments);
    } else if (word == "--break") {
      good = parse_mutation(value, arguments);
    } else if (word == "--print") {
      good = parse_number(value, arguments.first);
      arguments.last = arguments.first;
      arguments.prints = true;
    } else {
      good = false;
    }
    if (!good) return false;
    ++i;
  }
  if (arguments.policies.empty()) {
    const auto all = engine::policies();
    arguments.policies.assign(all.begin(), all.end());
  }
  return true;
}

double seconds() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration<double>(now).count();
}

void show_difference(const Program& program, const CheckOptions& options) {
  std::printf("seed %llu differs under %s; shrunk:\n",
              static_cast<unsigned long long>(options.seed),
              std::string(engine::policy_name(options.policy)).c_str());
  std::printf("%s\n", report(shrink(program, options), options).c_str());
  std::fflush(stdout);
}

void sum_up(const Tally& tally, uint64_t differences, double took) {
  const auto number = [](uint64_t n) { return static_cast<unsigned long long>(n); };
  std::printf(
      "runs=%llu differences=%llu returned=%llu panicked=%llu fatal=%llu deadlocked=%llu "
      "killed=%llu cut=%llu gave-up=%llu steps=%llu statements=%llu seconds=%.1f runs/s=%.0f\n",
      number(tally.runs), number(differences), number(tally.exits[1]), number(tally.exits[2]),
      number(tally.exits[3] - tally.deadlocks), number(tally.deadlocks), number(tally.exits[4]),
      number(tally.cut), number(tally.gave_up), number(tally.steps), number(tally.observations),
      took, static_cast<double>(tally.runs) / took);
}

}  // namespace

int main(int count, char** words) {
  Arguments arguments;
  if (!parse(count, words, arguments)) {
    std::fprintf(stderr,
                 "usage: semantics_check --seeds A..B [--policy P] [--break NAME] "
                 "[--keep-going] | --print SEED\n");
    return 2;
  }
  Tally tally;
  uint64_t differences = 0;
  const double began = seconds();
  for (uint64_t seed = arguments.first; seed <= arguments.last; ++seed) {
    const Program program = generate(seed);
    for (const engine::Policy policy : arguments.policies) {
      const CheckOptions options{policy, seed, arguments.mutation};
      if (arguments.prints) std::printf("%s\n", report(program, options).c_str());
      if (check(program, options, &tally).empty()) continue;
      ++differences;
      show_difference(program, options);
      if (!arguments.keeps_going) {
        sum_up(tally, differences, seconds() - began);
        return 1;
      }
    }
  }
  sum_up(tally, differences, seconds() - began);
  return differences == 0 ? 0 : 1;
}
