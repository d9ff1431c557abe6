// sim/container/docker/commands.h: the commands behind `docker`, by group.
//
// Concept: each gets its words, the command's own first, and a Cli to print and to ask with; it
// gives the exit code. Those that wait are coroutines. Files: commands_run (what starts
// containers), commands_containers (what acts on them), commands_look (what shows them),
// commands_images, commands_system.

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/task/print.h"
#include "sim/container/docker/command_line.h"
#include "sim/container/docker/daemon.h"
#include "sim/container/docker/flags.h"

namespace sim::container::docker {

/// What the daemon refused; the command was wrong.
inline constexpr int kRefused = 125;

struct Cli {
  Print print;
  Daemon* daemon = nullptr;  // as long as the world
  /// `run`, as the user wrote it.
  std::string command;

  [[nodiscard]] Runtime& runtime() const { return daemon->runtime(); }
  [[nodiscard]] int64_t now_ns() const {
    return runtime().machine().wall_clock().unix_ns(engine::now());
  }
  void line(std::string_view text) const;
  /// `Error response from daemon: TEXT`. Gives 1.
  int refuse(const engine::Error& error) const;
  /// What is wrong with the words; and where help is.
  int misuse(std::string_view text, int code = 1) const;
  /// `"docker rm" requires at least 1 argument.`
  int too_few(std::string_view what) const;
  /// Null, and says so: there is no such container.
  [[nodiscard]] Container* container(std::string_view name) const;
};

using Words = std::vector<std::string>;

engine::Task<int> run_run(Cli cli, Words words);
engine::Task<int> run_exec(Cli cli, Words words);
engine::Task<int> run_pull(Cli cli, Words words);
/// Pulls and prints how. The image; null, and why has been printed.
struct PullWanted {
  std::string name;
  bool is_quiet = false;
};
struct PullOutcome {
  engine::Ref<Image> image;
  engine::Error error;
};
engine::Task<PullOutcome> pull_image(Cli cli, PullWanted wanted);

engine::Task<int> run_stop(Cli cli, Words words);
engine::Task<int> run_restart(Cli cli, Words words);
engine::Task<int> run_wait(Cli cli, Words words);
int run_start(const Cli& cli, const Words& words);
int run_kill(const Cli& cli, const Words& words);
int run_rm(const Cli& cli, const Words& words);
engine::Task<int> run_logs(Cli cli, Words words);

int run_ps(const Cli& cli, const Words& words);
int run_inspect(const Cli& cli, const Words& words);
engine::Task<int> run_stats(Cli cli, Words words);
int run_top(const Cli& cli, const Words& words);
int run_diff(const Cli& cli, const Words& words);
int run_port(const Cli& cli, const Words& words);

int run_images(const Cli& cli, const Words& words);
int run_rmi(const Cli& cli, const Words& words);
int run_tag(const Cli& cli, const Words& words);
int run_history(const Cli& cli, const Words& words);

int run_volume(const Cli& cli, const Words& words);
int run_network(const Cli& cli, const Words& words);
int run_version(const Cli& cli, const Words& words);
int run_info(const Cli& cli, const Words& words);
int run_system(const Cli& cli, const Words& words);

/// `Up 5 seconds (healthy)`, `Exited (137) 2 seconds ago`.
std::string status_text(const Cli& cli, const Container& container);
/// `running`, `exited`, `created`, `restarting`.
std::string state_text(const Cli& cli, const Container& container);
/// `0.0.0.0:8080->80/tcp, 81/tcp`
std::string ports_text(const Cli& cli, const Container& container);
std::string protocol_text(net::Protocol protocol);
/// The daemon's error for a container that could not be started, and the exit code of `run`.
std::string start_error_text(std::string_view error);

}  // namespace sim::container::docker
