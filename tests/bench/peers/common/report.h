// common/report.h: how a peer in C++ measures and what it prints.
//
// A peer is called with the name of one workload. It repeats the workload and prints one line of
// JSON: the best repetition as `value`, the median beside it, and further numbers by name.

#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

namespace peers {

constexpr int kRepetitions = 5;

using Clock = std::chrono::steady_clock;

inline double seconds_since(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

using Extras = std::vector<std::pair<std::string_view, int64_t>>;

/// Prints the line. The best sample is the lowest, except for rates (`M/s`).
inline void report(std::string_view name, std::string_view unit, std::vector<double> samples,
                   const Extras& extras = {}) {
  std::sort(samples.begin(), samples.end());
  const double best = unit == "M/s" ? samples.back() : samples.front();
  const double median = samples[samples.size() / 2];
  std::printf(R"({"name": "%.*s", "unit": "%.*s", "value": %.6g, "median": %.6g)",
              static_cast<int>(name.size()), name.data(), static_cast<int>(unit.size()),
              unit.data(), best, median);
  for (const auto& [key, number] : extras) {
    std::printf(R"(, "%.*s": %lld)", static_cast<int>(key.size()), key.data(),
                static_cast<long long>(number));
  }
  std::printf("}\n");
}

/// Repeats `work`, which does `operations` of something, and reports nanoseconds for each.
template <class Work>
void report_ns(std::string_view name, int64_t operations, const Work& work) {
  std::vector<double> samples;
  for (int i = 0; i < kRepetitions; ++i) {
    const auto begin = Clock::now();
    work();
    samples.push_back(seconds_since(begin) * 1e9 / static_cast<double>(operations));
  }
  report(name, "ns", std::move(samples));
}

/// Turns a steady stream of events into samples: each slice of `slice_events` is one, in M/s.
class EventRate {
 public:
  explicit EventRate(int64_t slice_events) : slice_events_(slice_events), left_(slice_events) {}

  /// Counts an event; false once every slice is measured.
  bool event() {
    if (--left_ > 0) return true;
    samples_.push_back(static_cast<double>(slice_events_) / seconds_since(begin_) * 1e-6);
    left_ = slice_events_;
    begin_ = Clock::now();
    return samples_.size() < kRepetitions;
  }
  /// Starts the first slice.
  void start() { begin_ = Clock::now(); }
  const std::vector<double>& samples() const { return samples_; }

 private:
  int64_t slice_events_;
  int64_t left_;
  Clock::time_point begin_;
  std::vector<double> samples_;
};

struct Workload {
  std::string_view name;
  void (*run)(std::string_view name);
};

/// The body of main(): runs the workload that the command line names.
inline int run_named(std::span<const Workload> workloads, int argc, char** argv) {
  for (const Workload& workload : workloads) {
    if (argc == 2 && workload.name == argv[1]) {
      workload.run(workload.name);
      return 0;
    }
  }
  std::fprintf(stderr, "usage: %s WORKLOAD, one of:", argv[0]);
  for (const Workload& workload : workloads) {
    std::fprintf(stderr, " %.*s", static_cast<int>(workload.name.size()), workload.name.data());
  }
  std::fprintf(stderr, "\n");
  return 2;
}

}  // namespace peers
