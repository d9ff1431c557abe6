// tests/k8s/explore/k8s_explore.cpp: many clusters under random faults, checked at every write.
//
//   k8s_explore [--seeds A..B] [--faults N] [--break NAME] [--keep I,J,...] [--no-shrink]
//               [--show KEY] [--first] [--verbose]
//
// A seed that fails is one line with what was broken, then the least that still breaks it and how
// to run that again. The last line sums up. Exit code 1 if a seed failed, 2 for a bad command line.
// `--break` plants a mistake. `--keep` leaves out all acts but those numbers, `--keep none` all.
// `--first` ends with the first seed that fails. `--show` prints all writes whose key has that text
// in it.

#include <algorithm>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "tests/k8s/explore/run.h"

namespace {

using namespace explore;

struct Arguments {
  uint64_t first = 1;
  uint64_t last = 20;
  DrawOptions draw;
  Break planted;
  bool has_keep = false;
  std::vector<size_t> keep;
  std::string shows;
  bool shrinks = true;
  bool verbose = false;
  bool only_first = false;
};

template <class T>
bool parse_number(std::string_view text, T& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size();
}

bool parse_keep(std::string_view text, Arguments& arguments) {
  arguments.has_keep = true;
  while (!text.empty() && text != "none") {
    const size_t comma = text.find(',');
    size_t number = 0;
    if (!parse_number(text.substr(0, comma), number)) return false;
    arguments.keep.push_back(number);
    text.remove_prefix(comma == std::string_view::npos ? text.size() : comma + 1);
  }
  return true;
}

bool parse_value(std::string_view word, std::string_view value, Arguments& arguments) {
  if (word == "--seeds") {
    const size_t dots = value.find("..");
    return dots != std::string_view::npos && parse_number(value.substr(0, dots), arguments.first) &&
           parse_number(value.substr(dots + 2), arguments.last);
  }
  if (word == "--faults") {
    return parse_number(value, arguments.draw.faults) && arguments.draw.faults >= 0;
  }
  if (word == "--keep") return parse_keep(value, arguments);
  if (word == "--show") {
    arguments.shows = value;
    return !value.empty();
  }
  if (word != "--break") return false;
  const Break* const found = find_break(value);
  if (found == nullptr) return false;
  arguments.planted = *found;
  arguments.draw.parallel_set = found->parallel_set;
  return true;
}

bool parse(int count, char** words, Arguments& arguments) {
  for (int i = 1; i < count; ++i) {
    const std::string_view word = words[i];
    if (word == "--first") {
      arguments.only_first = true;
    } else if (word == "--no-shrink") {
      arguments.shrinks = false;
    } else if (word == "--verbose") {
      arguments.verbose = true;
    } else if (!parse_value(word, i + 1 < count ? words[++i] : "", arguments)) {
      return false;
    }
  }
  return true;
}

// What a failed check of the simulator itself leaves behind.
volatile std::sig_atomic_t g_seed = 0;
void say_seed(int) {
  std::fprintf(stderr, "aborted in seed %d\n", static_cast<int>(g_seed));
  std::fflush(stderr);
}

double seconds() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration<double>(now).count();
}

// The numbers of the acts that are left, as --keep takes them.
std::string keep_text(const Case& all, const Case& left) {
  std::string out;
  size_t next = 0;
  for (size_t i = 0; i < all.acts.size() && next < left.acts.size(); ++i) {
    if (all.acts[i].text() != left.acts[next].text()) continue;
    ++next;
    out += fmt::format("{}{}", out.empty() ? "" : ",", i);
  }
  return out.empty() ? "none" : out;
}

void show_failure(const Arguments& arguments, const Case& all, const Case& drawn,
                  const Outcome& outcome) {
  std::printf("seed %llu broke %s: %s\n", static_cast<unsigned long long>(all.seed),
              outcome.broken.front().rule.c_str(), outcome.broken.front().text.c_str());
  for (size_t i = 1; i < outcome.broken.size(); ++i) {
    std::printf("  also %s: %s\n", outcome.broken[i].rule.c_str(), outcome.broken[i].text.c_str());
  }
  std::fflush(stdout);
  const Case least =
      arguments.shrinks ? shrink(drawn, arguments.planted, outcome.broken.front().rule) : drawn;
  std::string again = fmt::format("k8s_explore --seeds {0}..{0} --faults {1} --keep {2}", all.seed,
                                  arguments.draw.faults, keep_text(all, least));
  if (!arguments.planted.name.empty()) again += fmt::format(" --break {}", arguments.planted.name);
  std::printf("  least: %s\n  again: %s\n", least.text().c_str(), again.c_str());
  std::fflush(stdout);
}

struct Sum {
  int64_t seeds = 0;
  int64_t failed = 0;
  int64_t acts = 0;
  int64_t writes = 0;
  int64_t events = 0;
  int64_t done = 0;
  int64_t gave_up = 0;
  int64_t virtual_seconds = 0;
};

void explore_seed(const Arguments& arguments, uint64_t seed, Sum& sum) {
  const Case all = draw_case(seed, arguments.draw);
  Case c = all;
  if (arguments.has_keep) {
    c.acts.clear();
    for (const size_t i : arguments.keep) {
      if (i < all.acts.size()) c.acts.push_back(all.acts[i]);
    }
  }
  const double began = seconds();
  const Outcome outcome = run_case(c, arguments.planted, arguments.shows);
  for (const std::string& text : outcome.shown) std::printf("%s\n", text.c_str());
  ++sum.seeds;
  sum.acts += static_cast<int64_t>(c.acts.size());
  sum.writes += outcome.writes;
  sum.events += outcome.events_told;
  sum.done += outcome.actions_done;
  sum.gave_up += outcome.actions_failed;
  sum.virtual_seconds += outcome.virtual_seconds;
  if (arguments.verbose) {
    std::printf("seed %llu %s\n  hash=%016llx steps=%llu writes=%lld events=%lld seconds=%.2f\n",
                static_cast<unsigned long long>(seed), c.text().c_str(),
                static_cast<unsigned long long>(outcome.hash),
                static_cast<unsigned long long>(outcome.steps),
                static_cast<long long>(outcome.writes), static_cast<long long>(outcome.events_told),
                seconds() - began);
    std::fflush(stdout);
  }
  if (outcome.broken.empty()) return;
  ++sum.failed;
  show_failure(arguments, all, c, outcome);
}

}  // namespace

int main(int count, char** words) {
  Arguments arguments;
  if (!parse(count, words, arguments)) {
    std::fprintf(stderr,
                 "usage: k8s_explore [--seeds A..B] [--faults N] [--break NAME] [--keep I,J,...] "
                 "[--show KEY] [--first] [--no-shrink] [--verbose]\nbreaks: %s\n",
                 break_names().c_str());
    return 2;
  }
  std::signal(SIGABRT, say_seed);
  Sum sum;
  const double began = seconds();
  for (uint64_t seed = arguments.first; seed <= arguments.last; ++seed) {
    g_seed = static_cast<int>(seed);
    explore_seed(arguments, seed, sum);
    if (arguments.only_first && sum.failed > 0) break;
  }
  std::printf(
      "seeds=%lld failed=%lld acts=%lld writes=%lld events=%lld actions-done=%lld "
      "actions-given-up=%lld virtual=%llds seconds=%.1f\n",
      static_cast<long long>(sum.seeds), static_cast<long long>(sum.failed),
      static_cast<long long>(sum.acts), static_cast<long long>(sum.writes),
      static_cast<long long>(sum.events), static_cast<long long>(sum.done),
      static_cast<long long>(sum.gave_up), static_cast<long long>(sum.virtual_seconds),
      seconds() - began);
  return sum.failed == 0 ? 0 : 1;
}
