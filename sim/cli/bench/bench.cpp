// `bench`: what the engine costs on this machine, in wall-clock time of the host.

#include "sim/cli/bench/bench.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "engine/task/go.h"
#include "sim/cli/cli.h"
#include "sim/scenario/wording.h"

namespace sim::cli::bench {

double seconds_of(const std::function<void()>& work) {
  const auto begin = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

Result repeat(std::string unit, const std::function<double()>& sample) {
  constexpr int kRepetitions = 5;
  std::vector<double> figures;
  for (int i = 0; i < kRepetitions; ++i) figures.push_back(sample());
  std::stable_sort(figures.begin(), figures.end());
  const bool more_is_better = unit == "M/s";
  return {std::move(unit), more_is_better ? figures.back() : figures.front(),
          figures[figures.size() / 2]};
}

engine::RunOptions traced_run() {
  engine::RunOptions options;
  options.world.trace = engine::TraceLevel::kOn;
  options.world.trace_budget_bytes = size_t{8} << 20;
  // Room for a million of anything where the default is small: WebAssembly.
  options.world.arena.reserve_bytes = size_t{768} << 20;
  options.world.arena.limit_bytes = size_t{640} << 20;
  return options;
}

double seconds_of_program(engine::Task<> (*program)(), const engine::RunOptions& options) {
  engine::Run run(options, [program] { engine::start_process({"bench", {}, {}}, program); });
  const double seconds = seconds_of([&run] { run.run(); });
  ENGINE_CHECK(run.end() == engine::RunEnd::kNothingLeft && engine::failures(run.world()).empty());
  return seconds;
}

Result per_operation(engine::Task<> (*program)(), double operations,
                     const engine::RunOptions& options) {
  return repeat("ns", [&] { return seconds_of_program(program, options) * 1e9 / operations; });
}

Result per_second(engine::Task<> (*program)(), double operations) {
  return repeat("M/s",
                [&] { return operations / seconds_of_program(program, traced_run()) / 1e6; });
}

namespace {

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

std::vector<Benchmark> all_benchmarks() {
  std::vector<Benchmark> all;
  for (const auto table :
       {task_benchmarks(), event_benchmarks(), history_benchmarks(), network_benchmarks()}) {
    all.insert(all.end(), table.begin(), table.end());
  }
  return all;
}

int run_benchmarks(const std::vector<std::string>& names, bool as_json) {
  std::vector<const Benchmark*> chosen;
  std::vector<std::string_view> known;
  const std::vector<Benchmark> all = all_benchmarks();
  for (const Benchmark& benchmark : all) known.push_back(benchmark.name);
  for (const std::string& name : names) {
    const auto found =
        std::find_if(all.begin(), all.end(), [&](const Benchmark& b) { return b.name == name; });
    if (found == all.end()) {
      throw UsageError(fmt::format("bench: there is no benchmark {}{}; there is {}",
                                   scenario::in_quotes(name), scenario::did_you_mean(name, known),
                                   scenario::listed(known, " and ")));
    }
    chosen.push_back(&*found);
  }
  if (chosen.empty()) {
    for (const Benchmark& benchmark : all) chosen.push_back(&benchmark);
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
    print_out(fmt::format("{:22} {:10.2f} {:5}  median {:10.2f}  {}\n", benchmark->name,
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
}  // namespace sim::cli::bench

namespace sim::cli {

std::function<int()> bench_verb(Options& options) {
  struct Arguments {
    std::vector<std::string> names;
    bool json = false;
  };
  auto arguments = std::make_shared<Arguments>();
  std::string about = "Which; all if none is named:";
  for (const bench::Benchmark& benchmark : bench::all_benchmarks())
    about += " " + std::string(benchmark.name);
  options.values("NAME", arguments->names, about);
  options.flag("--json", arguments->json, "Print JSON, with the machine and the compiler");
  return [arguments] { return bench::run_benchmarks(arguments->names, arguments->json); };
}

}  // namespace sim::cli
