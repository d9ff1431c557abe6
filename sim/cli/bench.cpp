// `bench`: what the engine costs on this machine, in wall-clock time of the host.
//
// Each benchmark runs a simulated program of its own for a fixed amount of work and is repeated;
// the fastest repetition counts. Hash and trace are on unless a name says otherwise. The simulated
// results are checked, so that nothing is measured that did not happen.

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>

#include "engine/sync/chan.h"
#include "engine/sync/mutex.h"
#include "engine/sync/wait_group.h"
#include "engine/task/go.h"
#include "engine/timeline/timeline.h"
#include "sim/cli/cli.h"
#include "sim/scenario/wording.h"

namespace sim::cli {
namespace {

using namespace engine;

struct Result {
  std::string unit;  // of `value`
  double value = 0;  // the fastest repetition
  double median = 0;
  nlohmann::ordered_json extra = nlohmann::ordered_json::object();
};

double seconds_of(const std::function<void()>& work) {
  const auto begin = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

constexpr int kRepetitions = 5;

// Repeats `sample`, which returns one figure.
Result repeat(std::string unit, const std::function<double()>& sample) {
  std::vector<double> figures;
  for (int i = 0; i < kRepetitions; ++i) figures.push_back(sample());
  std::stable_sort(figures.begin(), figures.end());
  return {std::move(unit), figures.front(), figures[figures.size() / 2]};
}

RunOptions traced_run() {
  RunOptions options;
  options.world.trace = TraceLevel::kOn;
  options.world.trace_budget_bytes = size_t{8} << 20;
  return options;
}

// Nanoseconds per operation of a program that does `operations` of them.
double ns_per_operation(Task<> (*program)(), double operations, const RunOptions& options) {
  Run run(options, [program] { start_process({"bench", {}, {}}, program); });
  const double seconds = seconds_of([&run] {
    while (run.step()) {
    }
  });
  ENGINE_CHECK(failures(run.world()).empty());
  return seconds * 1e9 / operations;
}

constexpr int64_t kRounds = 200'000;

Task<> switch_program() {
  WaitGroup wg;
  wg.add(2);
  for (int i = 0; i < 2; ++i) {
    go([wg]() -> Task<> {
      for (int64_t n = 0; n < kRounds; ++n) co_await gosched();
      wg.done();
    });
  }
  co_await wg.wait();
}

Task<> echo(Chan<int64_t> in, Chan<int64_t> out) {
  while (auto value = co_await in.recv()) co_await out.send(*value);
}

Task<> hop_program() {
  Chan<int64_t> there, back;
  go(echo, there, back);
  for (int64_t n = 0; n < kRounds; ++n) {
    co_await there.send(n);
    ENGINE_CHECK(co_await back.recv() == n);
  }
}

Task<> buffered_program() {
  constexpr uint32_t kCapacity = 128;
  Chan<int64_t> ch(kCapacity);
  go([ch]() -> Task<> {
    for (int64_t n = 0; n < kRounds; ++n) co_await ch.send(n);
    ch.close();
  });
  int64_t expected = 0;
  while (auto value = co_await ch.recv()) ENGINE_CHECK(*value == expected++);
  ENGINE_CHECK(expected == kRounds);
}

Task<> spawn_program() {
  WaitGroup wg;
  for (int64_t n = 0; n < kRounds; ++n) {
    wg.add(1);
    go([wg]() -> Task<> {
      wg.done();
      co_return;
    });
    co_await wg.wait();
  }
}

Task<> timer_program() {
  WaitGroup wg;
  wg.add(kRounds);
  for (int64_t n = 0; n < kRounds; ++n) {
    go([wg, n]() -> Task<> {
      constexpr int64_t kSpread = 7919;
      co_await sleep_for(Duration{1 + n * kSpread % kRounds});
      wg.done();
    });
  }
  co_await wg.wait();
}

Task<> mutex_program() {
  Mutex mutex;
  for (int64_t n = 0; n < kRounds; ++n) {
    co_await mutex.lock();
    mutex.unlock();
  }
}

Result per_operation(Task<> (*program)(), double operations) {
  return repeat("ns", [=] { return ns_per_operation(program, operations, traced_run()); });
}

Result task_switch() {
  return per_operation(switch_program, 2.0 * kRounds);
}
Result channel_hop() {
  return per_operation(hop_program, 2.0 * kRounds);
}
Result channel_hop_untraced() {
  RunOptions options = traced_run();
  options.world.trace = TraceLevel::kOff;
  return repeat("ns", [=] { return ns_per_operation(hop_program, 2.0 * kRounds, options); });
}
Result channel_item() {
  return per_operation(buffered_program, kRounds);
}
Result spawn() {
  return per_operation(spawn_program, kRounds);
}
Result timer() {
  return per_operation(timer_program, kRounds);
}
Result mutex() {
  return per_operation(mutex_program, kRounds);
}

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

struct Benchmark {
  std::string_view name;
  std::string_view about;
  Result (*run)();
};

constexpr Benchmark kBenchmarks[] = {
    {"task-switch", "one goroutine yields, the next one runs", task_switch},
    {"channel-hop", "a value crosses an unbuffered channel and its receiver runs", channel_hop},
    {"channel-hop-untraced", "the same without the log of events", channel_hop_untraced},
    {"channel-item", "one value through a channel with 128 slots", channel_item},
    {"spawn", "a goroutine is started, ends and is waited for", spawn},
    {"timer", "a goroutine is started, sleeps and wakes, among 200,000", timer},
    {"mutex", "an uncontended lock and unlock", mutex},
    {"snapshot", "a snapshot of a 64 MiB world, one page in 16 changed", snapshot},
    {"restore", "the same world restored", restore},
    {"seek", "a seek in a history of a million steps", seek},
};

std::string machine() {
#if defined(__EMSCRIPTEN__)
  return "WebAssembly";
#else
  std::string text;
  if (std::FILE* file = std::fopen("/proc/cpuinfo", "r")) {
    char line[512];
    while (std::fgets(line, sizeof line, file) != nullptr && text.empty()) {
      const std::string_view read = line;
      if (!read.starts_with("model name")) continue;
      const size_t colon = read.find(": ");
      if (colon != std::string_view::npos) text = read.substr(colon + 2);
      if (text.ends_with('\n')) text.pop_back();
    }
    std::fclose(file);
  }
  return text.empty() ? "unknown" : text;
#endif
}

std::string compiler() {
#if defined(__EMSCRIPTEN__)
  return fmt::format("em++ (clang {})", __clang_version__);
#elif defined(__clang__)
  return fmt::format("clang++ {}", __clang_version__);
#else
  return fmt::format("g++ {}", __VERSION__);
#endif
}

int bench(const std::vector<std::string>& names, bool as_json) {
  std::vector<const Benchmark*> chosen;
  std::vector<std::string_view> known;
  for (const Benchmark& benchmark : kBenchmarks) known.push_back(benchmark.name);
  for (const std::string& name : names) {
    const auto* found = std::find_if(std::begin(kBenchmarks), std::end(kBenchmarks),
                                     [&](const Benchmark& b) { return b.name == name; });
    if (found == std::end(kBenchmarks)) {
      throw UsageError(fmt::format("bench: there is no benchmark {}{}; there is {}",
                                   scenario::in_quotes(name), scenario::did_you_mean(name, known),
                                   scenario::listed(known, " and ")));
    }
    chosen.push_back(found);
  }
  if (chosen.empty()) {
    for (const Benchmark& benchmark : kBenchmarks) chosen.push_back(&benchmark);
  }
  nlohmann::ordered_json rows = nlohmann::ordered_json::array();
  if (!as_json) print_out(fmt::format("{}, {}\n", machine(), compiler()));
  for (const Benchmark* benchmark : chosen) {
    const Result result = benchmark->run();
    rows.push_back({{"name", benchmark->name},
                    {"about", benchmark->about},
                    {"unit", result.unit},
                    {"value", result.value},
                    {"median", result.median}});
    for (const auto& [key, value] : result.extra.items()) rows.back()[key] = value;
    if (as_json) continue;
    print_out(fmt::format("{:22} {:10.2f} {:2}  median {:10.2f}  {}\n", benchmark->name,
                          result.value, result.unit, result.median, benchmark->about));
    for (const auto& [key, value] : result.extra.items()) {
      print_out(fmt::format("{:24} {}: {}\n", "", key, value.dump()));
    }
  }
  if (as_json) {
    const nlohmann::ordered_json out = {
        {"machine", machine()}, {"compiler", compiler()}, {"benchmarks", std::move(rows)}};
    print_out(out.dump(2) + "\n");
  }
  return kExitOk;
}

}  // namespace

std::function<int()> bench_verb(CLI::App& app) {
  struct Arguments {
    std::vector<std::string> names;
    bool json = false;
  };
  auto arguments = std::make_shared<Arguments>();
  std::string about = "Which; all if none is named:";
  for (const Benchmark& benchmark : kBenchmarks) about += " " + std::string(benchmark.name);
  app.add_option("NAME", arguments->names, about);
  app.add_flag("--json", arguments->json, "Print JSON, with the machine and the compiler");
  return [arguments] { return bench(arguments->names, arguments->json); };
}

}  // namespace sim::cli
