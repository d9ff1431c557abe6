// Benchmarks of snapshots, restores and seeks.

#include <algorithm>

#include "engine/sync/chan.h"
#include "engine/task/go.h"
#include "engine/timeline/timeline.h"
#include "sim/cli/bench/bench.h"

namespace sim::cli::bench {
namespace {

using namespace engine;

// A world of 64 MiB in which every `stride`-th page changes between snapshots.
constexpr size_t kBlockBytes = size_t{1} << 20;
constexpr size_t kBlocks = 64;
constexpr size_t kStridePages = 16;

struct BigWorld {
  BigWorld() : world(options()) {
    const World::Scope scope(world);
    for (size_t i = 0; i < kBlocks; ++i) {
      blocks[i] = new char[kBlockBytes];
      for (size_t at = 0; at < kBlockBytes; ++at) blocks[i][at] = static_cast<char>(at * 31 + i);
    }
  }
  static WorldOptions options() {
    WorldOptions options;
    options.trace = TraceLevel::kOff;
    options.arena.reserve_bytes = size_t{160} << 20;
    options.arena.limit_bytes = size_t{128} << 20;
    return options;
  }
  // Changes one byte in every stride-th page; returns how many MiB of pages that makes.
  double touch() {
    size_t pages = 0;
    for (char* block : blocks) {
      for (size_t at = 0; at < kBlockBytes; at += kStridePages * kPageBytes) {
        ++block[at];
        ++pages;
      }
    }
    return static_cast<double>(pages * kPageBytes) / (1 << 20);
  }
  World world;
  char* blocks[kBlocks] = {};
};

Result snapshot() {
  BigWorld big;
  const Snapshot base = Snapshot::take(big.world.arena(), {});
  double changed_mib = 0;
  Result result = repeat("ms", [&] {
    changed_mib = big.touch();
    return 1e3 * seconds_of([&] { const auto taken = Snapshot::take(big.world.arena(), base); });
  });
  result.extra = {{"world_mib", kBlocks},
                  {"changed_mib", changed_mib},
                  {"ms_per_changed_mib", result.value / changed_mib},
                  {"ms_per_world_mib", result.value / kBlocks}};
  return result;
}

Result restore() {
  BigWorld big;
  const Snapshot base = Snapshot::take(big.world.arena(), {});
  double changed_mib = 0;
  Result result = repeat("ms", [&] {
    changed_mib = big.touch();
    return 1e3 * seconds_of([&] { base.restore(big.world.arena()); });
  });
  result.extra = {{"world_mib", kBlocks},
                  {"changed_mib", changed_mib},
                  {"ms_per_changed_mib", result.value / changed_mib},
                  {"ms_per_world_mib", result.value / kBlocks}};
  return result;
}

Task<> echo(Chan<int64_t> in, Chan<int64_t> out) {
  while (auto value = co_await in.recv()) co_await out.send(*value);
}

Task<> endless_program() {
  Chan<int64_t> there, back;
  go(echo, there, back);
  for (int64_t n = 0;; ++n) {
    co_await there.send(n);
    co_await back.recv();
  }
}

// The slowest of many seeks in a history of a million steps.
Result seek() {
  constexpr uint64_t kSteps = 1'000'000;
  constexpr int kSeeks = 200;
  Run run(traced_run(), [] { start_process({"bench", {}, {}}, endless_program); });
  Timeline timeline(run, {});
  const double build_seconds = seconds_of([&] { timeline.seek(kSteps); });
  std::vector<double> milliseconds;
  uint64_t draw = 1;
  for (int i = 0; i < kSeeks; ++i) {
    draw = mix64(draw);
    const uint64_t target = draw % kSteps;
    milliseconds.push_back(1e3 * seconds_of([&] { timeline.seek(target); }));
    ENGINE_CHECK(timeline.position() == target);
  }
  std::stable_sort(milliseconds.begin(), milliseconds.end());
  Result result{"ms", milliseconds.back(), milliseconds[milliseconds.size() / 2]};
  result.extra = {{"figure", "the slowest of the seeks; the median beside it"},
                  {"history_steps", kSteps},
                  {"seeks", kSeeks},
                  {"build_s", build_seconds},
                  {"snapshots", timeline.snapshot_positions().size()},
                  {"snapshot_spacing_steps", timeline.spacing()},
                  {"snapshot_mib", static_cast<double>(timeline.snapshot_bytes()) / (1 << 20)},
                  {"trace_mib", static_cast<double>(run.world().trace().bytes()) / (1 << 20)}};
  return result;
}

constexpr Benchmark kBenchmarks[] = {
    {"snapshot", "a snapshot of a 64 MiB world, one page in 16 changed", snapshot},
    {"restore", "the same world restored", restore},
    {"seek", "a seek in a history of a million steps", seek},
};

}  // namespace

std::span<const Benchmark> history_benchmarks() {
  return kBenchmarks;
}

}  // namespace sim::cli::bench
