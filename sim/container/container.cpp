#include "sim/container/container.h"

#include <algorithm>
#include <utility>

#include "engine/world/local.h"
#include "sim/container/path.h"
#include "sim/node/clock.h"
#include "sim/node/signal.h"

namespace sim::container {
namespace {

using engine::errorf;

/// What shells and Docker answer if a command is not there, and if it is none.
constexpr int kCommandNotFound = 127;
constexpr int kCannotStart = 128;
constexpr std::string_view kMagic = "#!";
constexpr std::string_view kDefaultPath =
    "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

struct WorldCatalogue : engine::WorldLocal {
  Catalogue catalogue;
};

struct Command {
  ProgramMain main = nullptr;
  std::string name;  // "hello-http"
  engine::Error error;
  int code = 0;
};

// "orrery/hello-http:1" is the process hello-http.
std::string process_name(std::string_view program) {
  const size_t slash = program.rfind('/');
  if (slash != std::string_view::npos) program.remove_prefix(slash + 1);
  return std::string(program.substr(0, program.find(':')));
}

engine::Ref<LayerStack> no_layers() {
  return engine::Ref<LayerStack>(new LayerStack({}));
}

std::string value_of(const std::vector<std::pair<std::string, std::string>>& env,
                     std::string_view key) {
  for (auto at = env.rbegin(); at != env.rend(); ++at) {
    if (at->first == key) return at->second;
  }
  return {};
}

Command command_at(const UnionFs& files, std::string_view path, std::string_view asked) {
  Command out;
  constexpr int64_t kHeadBytes = 128;
  const FileRead head = files.read(path, 0, kHeadBytes);
  if (head.error) {
    out.code = kCommandNotFound;
    out.error = errorf("exec: \"", asked, "\": ", head.error);
    return out;
  }
  std::string_view line = head.bytes;
  line = line.substr(0, line.find('\n'));
  const auto find = catalogue().find;
  if (line.starts_with(kMagic) && find != nullptr) {
    line.remove_prefix(kMagic.size());
    out.main = find(line);
    out.name = process_name(line);
  }
  if (out.main == nullptr) {
    out.code = kCannotStart;
    out.error = errorf("exec ", asked, ": exec format error");
  }
  return out;
}

}  // namespace

Volume::Volume(std::string_view name) : name_(name), files_(no_layers()) {}

void set_catalogue(const Catalogue& catalogue) {
  engine::world_local<WorldCatalogue>().catalogue = catalogue;
}

const Catalogue& catalogue() {
  return engine::world_local<WorldCatalogue>().catalogue;
}

std::string executable_text(std::string_view program) {
  std::string text(kMagic);
  text += program;
  text += '\n';
  return text;
}

Container* this_container() {
  node::Host& host = node::this_host();
  // There is no third kind of host.
  return &host == &host.machine() ? nullptr : static_cast<Container*>(&host);
}

Container::Container(node::Machine& machine, net::Stack& network, std::string id,
                     ContainerConfig config)
    : machine_(machine),
      machine_network_(network),
      id_(std::move(id)),
      config_(std::move(config)),
      files_(config_.image->stack()),
      created_ns_(machine.wall_clock().unix_ns(engine::here().now)) {
  files_.set_read_only(config_.read_only);
}

Container::~Container() {
  if (group_) static_cast<void>(group_->remove());
}

node::Device* Container::network() const {
  return &stack();
}

net::Stack& Container::stack() const {
  return config_.network ? config_.network->stack() : machine_network_;
}

std::string_view Container::host_name() const {
  if (!config_.host_name.empty()) return config_.host_name;
  if (config_.network) return config_.network->host_name();
  return std::string_view(id_).substr(0, 12);
}

std::vector<std::pair<std::string, std::string>> Container::environment() const {
  std::vector<std::pair<std::string, std::string>> env;
  for (const std::string& variable : config_.image->config().env) {
    const size_t equals = variable.find('=');
    env.emplace_back(variable.substr(0, equals),
                     equals == std::string::npos ? std::string() : variable.substr(equals + 1));
  }
  env.emplace_back("HOSTNAME", host_name());
  env.insert(env.end(), config_.env.begin(), config_.env.end());
  return env;
}

namespace {

Command find_command(Container& container, std::string_view asked,
                     const std::vector<std::pair<std::string, std::string>>& env) {
  if (asked.find('/') != std::string_view::npos) {
    const Container::Seen seen = container.files_at(asked);
    return command_at(*seen.files, seen.inside, asked);
  }
  const std::string said = value_of(env, "PATH");
  std::string_view path = said.empty() ? kDefaultPath : std::string_view(said);
  while (!path.empty()) {
    const size_t colon = path.find(':');
    const std::string candidate = join_path(path.substr(0, colon), asked);
    path.remove_prefix(colon == std::string_view::npos ? path.size() : colon + 1);
    const Container::Seen seen = container.files_at(candidate);
    if (!seen.files->stat(seen.inside).error) {
      return command_at(*seen.files, seen.inside, asked);
    }
  }
  Command out;
  out.code = kCommandNotFound;
  out.error = errorf("exec: \"", asked, "\": executable file not found in $PATH");
  return out;
}

}  // namespace

engine::Error Container::start() {
  ENGINE_CHECK(state_ != ContainerState::kRunning && machine_.is_up());
  const ImageConfig& image = config_.image->config();
  std::vector<std::string> words = config_.entrypoint;
  if (words.empty()) {
    words = image.entrypoint;
    const std::vector<std::string>& rest = config_.args.empty() ? image.cmd : config_.args;
    words.insert(words.end(), rest.begin(), rest.end());
  } else {
    words.insert(words.end(), config_.args.begin(), config_.args.end());
  }
  started_ns_ = machine_.wall_clock().unix_ns(engine::here().now);
  finished_ns_ = 0;
  oom_killed_ = false;
  exit_code_ = 0;
  start_error_.clear();
  const auto fail = [&](const engine::Error& error, int code) {
    start_error_ = error.message();
    exited(code);
    return error;
  };
  if (words.empty()) return fail(errorf("no command specified"), kCommandNotFound);
  std::vector<std::pair<std::string, std::string>> env = environment();
  const Command command = find_command(*this, words[0], env);
  if (command.error) return fail(command.error, command.code);

  if (!group_ || group_->is_removed()) {
    node::Cgroup& root = machine_.cgroup();
    engine::Ref<node::Cgroup> parent = config_.parent_group;
    if (!parent) {
      node::Cgroup* const docker = root.child("docker");
      parent = docker != nullptr ? engine::Ref<node::Cgroup>(docker) : root.create("docker");
    }
    group_ = parent->create(id_);
    static_cast<void>(group_->set_cpu_weight(config_.limits.cpu_weight));
    if (config_.limits.cpu_max.quota.ns > 0) {
      static_cast<void>(group_->set_cpu_max(config_.limits.cpu_max));
    }
    group_->set_memory_max(config_.limits.memory_bytes);
    group_->set_pids_max(config_.limits.pids);
    group_->set_oom_group(true);
  }
  node::Unit unit;
  unit.name = command.name;
  unit.main = command.main;
  unit.args.assign(words.begin() + 1, words.end());
  unit.env = std::move(env);
  unit.oom_score_adj = config_.limits.oom_score_adj;
  const node::Machine::Started started = machine_.run(unit, *this);
  if (started.error) return fail(started.error, kCannotStart);
  first_ = started.process->id();
  state_ = ContainerState::kRunning;
  state_changed();
  return nullptr;
}

Container::Executed Container::execute(const std::vector<std::string>& command) {
  Executed out;
  if (!is_running() || command.empty()) {
    out.error = errorf("container ", id_, " is not running");
    return out;
  }
  std::vector<std::pair<std::string, std::string>> env = environment();
  const Command found = find_command(*this, command[0], env);
  if (found.error) {
    out.error = found.error;
    return out;
  }
  node::Unit unit;
  unit.name = found.name;
  unit.main = found.main;
  unit.args.assign(command.begin() + 1, command.end());
  unit.env = std::move(env);
  const node::Machine::Started started = machine_.run(unit, *this);
  out.error = started.error;
  if (started.process != nullptr) out.process = started.process->id();
  return out;
}

bool Container::signal(node::Signal signal) {
  return is_running() && node::send_signal(first_, signal, true);
}

void Container::printed(engine::Process& process, std::string_view text) {
  // What is run in it beside has its own reader.
  if (process.id() != first_) return;
  while (!text.empty()) {
    const size_t end = text.find('\n');
    line_ += text.substr(0, end);
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + 1);
    log_bytes_ += line_.size();
    log_.push_back({machine_.wall_clock().unix_ns(engine::here().now), std::exchange(line_, {}),
                    ++log_lines_});
    while (log_bytes_ > kLogBytes) {
      log_bytes_ -= log_.front().text.size();
      log_.pop_front();
    }
  }
  changed_.advance();
}

void Container::note_oom_kill(engine::ProcessId process) {
  if (process == first_) oom_killed_ = true;
}

void Container::on_process_ended(engine::Process& process) {
  if (process.id() == first_ && is_running()) exited(process.exit_code());
}

void Container::exited(int code) {
  const engine::Ref<Container> self(this);
  exit_code_ = code;
  state_ = ContainerState::kExited;
  finished_ns_ = machine_.wall_clock().unix_ns(engine::here().now);
  state_changed();
}

void Container::state_changed() {
  changed_.advance();
  if (observer_) observer_(*this);
}

void Container::machine_crashed() {
  group_ = {};
}

Container::Seen Container::files_at(std::string_view path) {
  Seen seen{&files_, std::string(path), config_.read_only};
  if (!path.starts_with('/')) {
    seen.inside = join_path(
        config_.image->config().working_dir.empty() ? "/" : config_.image->config().working_dir,
        path);
  }
  const Mount* best = nullptr;
  for (const Mount& mount : config_.mounts) {
    const bool fits = seen.inside == mount.path || is_below(seen.inside, mount.path);
    if (fits && (best == nullptr || mount.path.size() > best->path.size())) best = &mount;
  }
  if (best == nullptr) return seen;
  seen.files = &best->volume->files();
  seen.read_only = best->read_only;
  seen.inside = seen.inside == best->path ? "/" : seen.inside.substr(best->path.size());
  return seen;
}

}  // namespace sim::container
