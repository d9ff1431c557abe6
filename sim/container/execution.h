// sim/container/execution.h: a process that runs in a container beside its first one.
//
// Concept: what `docker exec`, a probe or a hook starts. It lives as long as the container's first
// process at most. Whoever started it may read what it prints, piece by piece, and await its end;
// both advance changed(), so nobody polls.
// Lifetime: counted handles; its container holds it while it runs. Source: the OCI runtime
// specification; `docker exec`. Not modelled: terminals; standard input as a stream: its text is
// there from the beginning; a standard error of its own.

#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/sync/counted.h"
#include "engine/sync/event_count.h"
#include "engine/task/task.h"

namespace sim::container {

/// The variable of a process's environment that holds what it could read from its standard input.
inline constexpr std::string_view kStandardInput = "STDIN";

class Execution;

struct ExecOptions {
  /// Beside those of the container.
  std::vector<std::pair<std::string, std::string>> env;
  /// What it reads from its standard input.
  std::string input;
  /// Empty: the container's.
  std::string working_dir;
  /// How much of what it prints waits to be taken, in bytes; the rest is dropped. 0: nothing.
  size_t output_bytes_max = 0;
  /// If it keeps nothing itself: what it prints counts as printed by this process of the container.
  std::optional<engine::ProcessId> prints_for;
  /// Called once it has ended, by its container; must not suspend. For who has no goroutine.
  std::function<void(Execution&)> on_end;
};

class Execution final : public engine::Counted<Execution> {
 public:
  Execution(engine::ProcessId process, const ExecOptions& options)
      : process_(process),
        env_(options.env),
        output_bytes_max_(options.output_bytes_max),
        prints_for_(options.prints_for),
        on_end_(options.on_end) {}

  [[nodiscard]] engine::ProcessId process() const { return process_; }
  /// The variables that it was given beside those of its container.
  [[nodiscard]] const std::vector<std::pair<std::string, std::string>>& env() const { return env_; }
  [[nodiscard]] bool has_ended() const { return has_ended_; }
  /// REQUIRES: it has ended.
  [[nodiscard]] int exit_code() const { return exit_code_; }
  /// Advances when it prints something that is kept, and when it ends.
  [[nodiscard]] const engine::EventCount& changed() const { return changed_; }
  /// What it has printed since the last call.
  std::string take_output() { return std::exchange(output_, {}); }

  // What its container does.

  [[nodiscard]] bool keeps_output() const { return output_bytes_max_ > 0; }
  [[nodiscard]] std::optional<engine::ProcessId> prints_for() const { return prints_for_; }
  void printed(std::string_view text);
  void ended(int exit_code);

 private:
  engine::ProcessId process_;
  std::vector<std::pair<std::string, std::string>> env_;
  size_t output_bytes_max_;
  std::optional<engine::ProcessId> prints_for_;
  std::function<void(Execution&)> on_end_;
  engine::EventCount changed_{"execution"};
  std::string output_;
  int exit_code_ = 0;
  bool has_ended_ = false;
};

/// While this lives, the running goroutine's process is not deadlocked, whatever its goroutines
/// wait for: what they wait for is done by another process.
class [[nodiscard]] AwaitsOthers {
 public:
  AwaitsOthers() : process_(engine::current_process()) { process_.add_pending(); }
  AwaitsOthers(const AwaitsOthers&) = delete;
  AwaitsOthers& operator=(const AwaitsOthers&) = delete;
  ~AwaitsOthers() {
    if (process_.running()) process_.remove_pending();
  }

 private:
  engine::Process& process_;
};

/// Suspends until it has ended, or until `deadline`. Whether it has.
engine::Task<bool> wait_for_end(engine::Ref<Execution> execution,
                                engine::Instant deadline = engine::kEndOfTime);

}  // namespace sim::container
