// Runs one case of the conformance suite as the Go program of that name would run: the same
// standard output and error, the same exit code.
//
//   orrery_conformance list
//   orrery_conformance run NAME [--policy fifo|random|pct|go] [--seed N]

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include "engine/task/policy.h"
#include "tests/conformance/go/cases.h"
#include "tests/support/simulate.h"

namespace conformance {
namespace {

constexpr int kBadUsage = 64;
constexpr int kStuck = 70;
// Far more than any case needs: a case that takes as many does not end.
constexpr uint64_t kStepsMax = 1'000'000;

constexpr std::span<const Case> (*kTopics[])() = {
    atomic_cases, channel_cases,   close_cases,  cond_cases,     context_cases,   errgroup_cases,
    mutex_cases,  once_cases,      panic_cases,  pool_map_cases, runtime_cases,   rwmutex_cases,
    select_cases, semaphore_cases, ticker_cases, timer_cases,    waitgroup_cases,
};

std::vector<Case> all_cases() {
  std::vector<Case> all;
  for (const auto topic : kTopics) {
    const std::span<const Case> cases = topic();
    all.insert(all.end(), cases.begin(), cases.end());
  }
  return all;
}

int complain(std::string_view what) {
  std::fprintf(stderr, "orrery_conformance: %.*s\n", static_cast<int>(what.size()), what.data());
  std::fputs("usage: orrery_conformance list | run NAME [--policy POLICY] [--seed N]\n", stderr);
  return kBadUsage;
}

int list() {
  for (const Case& one : all_cases()) {
    std::printf("%.*s\n", static_cast<int>(one.name.size()), one.name.data());
  }
  return 0;
}

int run(const Case& one, engine::RunOptions options) {
  options.max_steps = kStepsMax;
  const support::Outcome outcome = support::simulate(one.program, options);
  std::fwrite(outcome.out.data(), 1, outcome.out.size(), stdout);
  std::fwrite(outcome.err.data(), 1, outcome.err.size(), stderr);
  if (outcome.exit != engine::ExitKind::kRunning) return outcome.exit_code;
  std::fputs("orrery_conformance: the case did not end\n", stderr);
  return kStuck;
}

bool read_option(engine::RunOptions& options, std::string_view name, std::string_view value) {
  if (name == "--policy") {
    const auto policy = engine::policy_named(value);
    if (policy) options.policy = *policy;
    return policy.has_value();
  }
  const char* const end = value.data() + value.size();
  const auto read = std::from_chars(value.data(), end, options.world.seed);
  return name == "--seed" && read.ec == std::errc() && read.ptr == end;
}

int answer(const std::vector<std::string_view>& words) {
  if (words.size() == 1 && words[0] == "list") return list();
  if (words.size() < 2 || words[0] != "run") return complain("expected list, or run and a name");
  engine::RunOptions options;
  for (size_t i = 2; i < words.size(); i += 2) {
    if (i + 1 == words.size() || !read_option(options, words[i], words[i + 1])) {
      return complain("cannot read " + std::string(words[i]));
    }
  }
  const std::vector<Case> cases = all_cases();
  const auto found = std::find_if(cases.begin(), cases.end(),
                                  [&](const Case& one) { return one.name == words[1]; });
  if (found == cases.end()) return complain("there is no case " + std::string(words[1]));
  return run(*found, options);
}

}  // namespace
}  // namespace conformance

int main(int argc, char** argv) {
  return conformance::answer({argv + 1, argv + argc});
}
