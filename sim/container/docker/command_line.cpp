#include "sim/container/docker/command_line.h"

#include <utility>

#include "sim/container/docker/commands.h"

namespace sim::container::docker {
namespace {

using engine::Task;

struct Command {
  std::string_view name;
  int (*now)(const Cli& cli, const Words& words) = nullptr;
  Task<int> (*later)(Cli cli, Words words) = nullptr;
};

constexpr Command kCommands[] = {
    {"create", nullptr, run_run},
    {"diff", run_diff},
    {"exec", nullptr, run_exec},
    {"history", run_history},
    {"images", run_images},
    {"info", run_info},
    {"inspect", run_inspect},
    {"kill", run_kill},
    {"logs", nullptr, run_logs},
    {"network", run_network},
    {"port", run_port},
    {"ps", run_ps},
    {"pull", nullptr, run_pull},
    {"restart", nullptr, run_restart},
    {"rm", run_rm},
    {"rmi", run_rmi},
    {"run", nullptr, run_run},
    {"start", run_start},
    {"stats", nullptr, run_stats},
    {"stop", nullptr, run_stop},
    {"system", run_system},
    {"tag", run_tag},
    {"top", run_top},
    {"version", run_version},
    {"volume", run_volume},
    {"wait", nullptr, run_wait},
};

// `docker container ls` is `docker ps`, and so on.
void shorten(Words& words) {
  if (words.size() < 2) return;
  if (words[0] == "container") words.erase(words.begin());
  if (words[0] == "ls" || words[0] == "list") words[0] = "ps";
  if (words[0] != "image" || words.size() < 2) return;
  words.erase(words.begin());
  if (words[0] == "ls" || words[0] == "list") words[0] = "images";
  if (words[0] == "rm") words[0] = "rmi";
}

}  // namespace

void Cli::line(std::string_view text) const {
  std::string out(text);
  out += '\n';
  print(out);
}

int Cli::refuse(const engine::Error& error) const {
  line(std::string(kDaemonErrorPrefix) + error.message());
  return 1;
}

int Cli::misuse(std::string_view text, int code) const {
  line(text);
  line("See 'docker " + command + " --help'.");
  return code;
}

int Cli::too_few(std::string_view what) const {
  line("\"docker " + command + "\" requires " + std::string(what) + ".");
  line("See 'docker " + command + " --help'.");
  return 1;
}

Container* Cli::container(std::string_view name) const {
  Container* const found = runtime().find(name);
  if (found == nullptr) {
    line(std::string(kDaemonErrorPrefix) + "No such container: " + std::string(name));
  }
  return found;
}

Task<int> run_command_line(std::vector<std::string> words, Print print) {
  Cli cli;
  cli.print = std::move(print);
  cli.daemon = &this_daemon();
  shorten(words);
  if (words.empty() || words[0] == "--help" || words[0] == "help") {
    cli.line("Usage:  docker [OPTIONS] COMMAND");
    std::string names = "\nCommands:";
    for (const Command& command : kCommands) names += " " + std::string(command.name);
    cli.line(names);
    co_return 0;
  }
  if (words[0] == "--version" || words[0] == "-v") {
    cli.line("Docker version 27.5.1, build orrery");
    co_return 0;
  }
  cli.command = words[0];
  for (const Command& command : kCommands) {
    if (command.name != words[0]) continue;
    if (command.now != nullptr) co_return command.now(cli, words);
    const int code = co_await command.later(std::move(cli), std::move(words));
    co_return code;
  }
  cli.line("docker: '" + words[0] + "' is not a docker command.");
  cli.line("See 'docker --help'");
  co_return 1;
}

}  // namespace sim::container::docker
