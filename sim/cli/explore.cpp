// `explore`: many schedules of one scenario, until one fails.
//
// Each seed is a run of its own under a policy that draws, and is judged like any run. The failure
// that counts is the one with the lowest seed, whatever the number of jobs, so the answer depends
// on the range of seeds alone. It is kept as a run file, which `replay` repeats. Jobs are
// processes: each takes every n-th seed, tells of its progress through a pipe, and stops at its own
// first failure. Not modelled: a search that covers all schedules.

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <nlohmann/json.hpp>

#include "sim/cli/cli.h"
#include "sim/scenario/wording.h"

#if !defined(__EMSCRIPTEN__)
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>
#endif

namespace sim::cli {
namespace {

constexpr uint64_t kNoSeed = UINT64_MAX;
constexpr double kSecondsBetweenReports = 1.0;

/// What a job tells: how many runs it has made, and the first seed that failed.
struct Progress {
  uint64_t runs = 0;
  uint64_t failed = kNoSeed;
};

struct Shard {
  uint64_t index = 0;
  uint64_t count = 1;
};

struct Exploration {
  scenario::RunSpec spec;
  std::string text;
  SeedRange seeds;
  std::string out = ".";
  bool json = false;
};

double seconds_since(std::chrono::steady_clock::time_point begin) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

/// Runs schedules one after the other in one region of memory.
class Runner {
 public:
  std::unique_ptr<engine::Run> run(const scenario::RunSpec& spec) {
    engine::WorldOptions world;
    world.trace = engine::TraceLevel::kOff;
    world.output_budget_bytes = SIZE_MAX;
    world.arena.region = &region_;
    auto one = scenario::start(spec, world);
    one->run();
    return one;
  }

 private:
  engine::Region region_;
};

/// Explores the shard's seeds in order, up to its first failure; `report` hears of it about once a
/// second and returns the seed beyond which nothing matters any more.
template <class Report>
Progress explore_shard(const Exploration& wanted, Shard shard, Report report) {
  Progress progress;
  Runner runner;
  scenario::RunSpec spec = wanted.spec;
  auto reported = std::chrono::steady_clock::now();
  uint64_t last = wanted.seeds.last;
  for (uint64_t seed = wanted.seeds.first + shard.index; seed <= last; seed += shard.count) {
    spec.seed = seed;
    const auto run = runner.run(spec);
    ++progress.runs;
    if (scenario::judge(spec.scenario, *run).kind != scenario::VerdictKind::kHeld) {
      progress.failed = seed;
      break;
    }
    constexpr uint64_t kRunsBetweenLooks = 64;
    if (progress.runs % kRunsBetweenLooks != 0) continue;
    if (seconds_since(reported) >= kSecondsBetweenReports) {
      last = std::min(last, report(progress));
      reported = std::chrono::steady_clock::now();
    }
    if (seed > UINT64_MAX - shard.count) break;
  }
  return progress;
}

/// Shows how far it has come, on standard error.
class Meter {
 public:
  explicit Meter(bool quiet) : quiet_(quiet) {}
  void show(uint64_t runs) const {
    if (quiet_) return;
    const double seconds = seconds_since(begin_);
    print_error(fmt::format("{} schedules, {:.0f} a second\n", runs,
                            static_cast<double>(runs) / std::max(seconds, 1e-9)));
  }
  [[nodiscard]] double seconds() const { return seconds_since(begin_); }

 private:
  std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
  bool quiet_;
};

#if !defined(__EMSCRIPTEN__)

struct Job {
  pid_t process = 0;
  int from = -1;  // what it tells
  int to = -1;    // the seed beyond which nothing matters
  Progress progress;
  bool ended = false;
};

// The child's side: explores, tells, and leaves without running the parent's exit handlers.
[[noreturn]] void run_job(const Exploration& wanted, Shard shard, int out, int in) {
  uint64_t beyond = kNoSeed;
  const auto tell = [&](const Progress& progress) {
    if (write(out, &progress, sizeof progress) != sizeof progress) _exit(1);
    pollfd news{in, POLLIN, 0};
    while (poll(&news, 1, 0) > 0 && (news.revents & POLLIN) != 0) {
      if (read(in, &beyond, sizeof beyond) != sizeof beyond) break;
    }
    return beyond;
  };
  tell(explore_shard(wanted, shard, tell));
  _exit(0);
}

Job start_job(const Exploration& wanted, Shard shard) {
  int up[2];
  int down[2];
  if (pipe(up) != 0 || pipe(down) != 0) throw UsageError("explore: --jobs: no pipe to be had");
  const pid_t child = fork();
  if (child < 0) throw UsageError("explore: --jobs: no process to be had");
  if (child == 0) {
    close(up[0]);
    close(down[1]);
    run_job(wanted, shard, up[1], down[0]);
  }
  close(up[1]);
  close(down[0]);
  Job job;
  job.process = child;
  job.from = up[0];
  job.to = down[1];
  return job;
}

// Hears what the jobs tell, until all have ended. A failure ends the search above its seed.
Progress explore_in_jobs(const Exploration& wanted, Shard outer, uint64_t jobs,
                         const Meter& meter) {
  // A job that has ended does not hear what it is told; that is no reason to die.
  std::signal(SIGPIPE, SIG_IGN);
  std::vector<Job> all;
  for (uint64_t i = 0; i < jobs; ++i) {
    all.push_back(start_job(wanted, {outer.index + i * outer.count, outer.count * jobs}));
  }
  Progress total;
  double shown = 0;
  for (;;) {
    std::vector<pollfd> waiting;
    for (const Job& job : all) {
      if (!job.ended) waiting.push_back({job.from, POLLIN, 0});
    }
    if (waiting.empty()) break;
    poll(waiting.data(), waiting.size(), -1);
    for (Job& job : all) {
      const auto its = std::find_if(waiting.begin(), waiting.end(),
                                    [&](const pollfd& p) { return p.fd == job.from; });
      if (job.ended || its == waiting.end() || its->revents == 0) continue;
      job.ended = read(job.from, &job.progress, sizeof job.progress) != sizeof job.progress;
    }
    const uint64_t failed = total.failed;
    total.runs = 0;
    for (const Job& job : all) {
      total.runs += job.progress.runs;
      total.failed = std::min(total.failed, job.progress.failed);
    }
    if (total.failed < failed) {
      for (const Job& job : all) {
        if (!job.ended && write(job.to, &total.failed, sizeof total.failed) < 0) continue;
      }
    }
    if (meter.seconds() - shown >= kSecondsBetweenReports) {
      shown = meter.seconds();
      meter.show(total.runs);
    }
  }
  for (const Job& job : all) {
    int status = 0;
    waitpid(job.process, &status, 0);
    close(job.from);
    close(job.to);
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
      throw UsageError("explore: a job died; run the seeds without --jobs to see why");
    }
  }
  return total;
}

#endif

// The failing schedule once more: its verdict, and its run file.
int report_failure(const Exploration& wanted, const Progress& total, double seconds) {
  scenario::RunSpec spec = wanted.spec;
  spec.seed = total.failed;
  Runner runner;
  const auto run = runner.run(spec);
  const scenario::Verdict verdict = scenario::judge(spec.scenario, *run);
  const std::string summary = scenario::summary_line(*run);
  const std::string reason = verdict.broken_invariant.empty() ? verdict.reason
                             : verdict.reason == verdict.broken_invariant
                                 ? verdict.reason
                                 : verdict.reason + "; " + verdict.broken_invariant;
  const std::string file = wanted.out + "/" + run_file_name(spec, *run);
  write_file(file, scenario::write_run_file({spec, wanted.text, summary, reason}));
  if (wanted.json) {
    const nlohmann::ordered_json out = {{"scenario", spec.scenario.name},
                                        {"policy", engine::policy_name(spec.policy)},
                                        {"runs", total.runs},
                                        {"seconds", seconds},
                                        {"failed_seed", spec.seed},
                                        {"exit", static_cast<int>(verdict.kind)},
                                        {"reason", reason},
                                        {"run_file", file},
                                        {"summary", summary}};
    print_out(out.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n");
  } else {
    print_out(fmt::format("seed {} failed under policy {}: {}\nrun file: {}\n{}\n", spec.seed,
                          engine::policy_name(spec.policy), reason, file, summary));
  }
  return static_cast<int>(verdict.kind);
}

int report_success(const Exploration& wanted, const Progress& total, double seconds) {
  if (wanted.json) {
    const nlohmann::ordered_json out = {{"scenario", wanted.spec.scenario.name},
                                        {"policy", engine::policy_name(wanted.spec.policy)},
                                        {"runs", total.runs},
                                        {"seconds", seconds},
                                        {"exit", 0}};
    print_out(out.dump(2) + "\n");
  } else {
    print_out(fmt::format("{} schedules under policy {}: none failed\n", total.runs,
                          engine::policy_name(wanted.spec.policy)));
  }
  return kExitOk;
}

struct Arguments {
  std::string name;
  std::string seeds;
  std::string strategy = "random";
  std::string jobs = "1";
  std::string shard = "0/1";
  std::string until;
  std::string max_steps;
  std::vector<std::string> knobs;
  std::string out = ".";
  bool json = false;
  bool quiet = false;
};

Shard read_shard(std::string_view text) {
  const size_t slash = text.find('/');
  if (slash == std::string_view::npos) {
    throw UsageError(fmt::format("explore: --shard: expected I/N such as 0/4, found {}",
                                 scenario::in_quotes(text)));
  }
  const Shard shard{read_whole_number("explore: --shard", text.substr(0, slash)),
                    read_whole_number("explore: --shard", text.substr(slash + 1))};
  if (shard.index >= shard.count) {
    throw UsageError(fmt::format("explore: --shard: expected I/N with I below N, found {}",
                                 scenario::in_quotes(text)));
  }
  return shard;
}

engine::Policy read_strategy(std::string_view text) {
  if (text == "random") return engine::Policy::kRandom;
  if (text == "pct") return engine::Policy::kPct;
  throw UsageError(fmt::format("explore: --strategy: expected random or pct, found {}",
                               scenario::in_quotes(text)));
}

int explore(const Arguments& arguments) {
  Exploration wanted;
  Opened opened = open_scenario(arguments.name);
  for (const std::string& setting : arguments.knobs) {
    const auto problem = scenario::set_knob(opened.scenario, setting);
    if (problem) throw UsageError("explore: --set: " + *problem);
  }
  wanted.spec.scenario = std::move(opened.scenario);
  wanted.text = std::move(opened.text);
  wanted.spec.policy = read_strategy(arguments.strategy);
  wanted.seeds = read_seeds("explore: --seeds", arguments.seeds);
  if (!arguments.until.empty()) {
    wanted.spec.until = engine::Instant{read_duration_ns("explore: --until", arguments.until)};
  }
  if (!arguments.max_steps.empty()) {
    wanted.spec.max_steps = read_whole_number("explore: --max-steps", arguments.max_steps);
  }
  check_folder("explore: --out", arguments.out);
  wanted.out = arguments.out;
  wanted.json = arguments.json;
  const Shard shard = read_shard(arguments.shard);
  const uint64_t jobs = read_whole_number("explore: --jobs", arguments.jobs);
  constexpr uint64_t kJobsMax = 256;
  if (jobs == 0 || jobs > kJobsMax) {
    throw UsageError(fmt::format("explore: --jobs: expected 1 to {}, found {}", kJobsMax, jobs));
  }
  const Meter meter(arguments.quiet);
  Progress total;
  if (jobs == 1) {
    total = explore_shard(wanted, shard, [&](const Progress& progress) {
      meter.show(progress.runs);
      return kNoSeed;
    });
  } else {
#if defined(__EMSCRIPTEN__)
    throw UsageError("explore: --jobs: only one job in WebAssembly; use --shard");
#else
    total = explore_in_jobs(wanted, shard, jobs, meter);
#endif
  }
  const double seconds = meter.seconds();
  meter.show(total.runs);
  return total.failed == kNoSeed ? report_success(wanted, total, seconds)
                                 : report_failure(wanted, total, seconds);
}

}  // namespace

std::function<int()> explore_verb(Options& options) {
  auto arguments = std::make_shared<Arguments>();
  options.required("SCENARIO", arguments->name, "A name that `orrery list` shows, or a .yaml file");
  options.required("--seeds", arguments->seeds, "A..B: one schedule for each");
  options.value("--strategy", arguments->strategy, "How to draw schedules: random or pct (random)");
  options.value("--jobs", arguments->jobs, "How many processes share the seeds (1)");
  options.value("--shard", arguments->shard, "I/N: only every N-th seed, from the I-th on (0/1)");
  options.value("--until", arguments->until, "Stop each before the first step beyond this time");
  options.value("--max-steps", arguments->max_steps, "Stop each after so many steps");
  options.values("--set", arguments->knobs, "Set a knob: NAME=VALUE");
  options.value("--out", arguments->out, "Where to keep the first failure's run file (.)");
  options.flag("--json", arguments->json, "Print one JSON object");
  options.flag("--quiet", arguments->quiet, "Do not show how far it has come");
  return [arguments] { return explore(*arguments); };
}

}  // namespace sim::cli
