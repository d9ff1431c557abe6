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

struct WorldCatalogue : engine::WorldLocal {
  Catalogue catalogue;
};

engine::Ref<LayerStack> no_layers() {
  return engine::Ref<LayerStack>(new LayerStack({}));
}

}  // namespace

Volume::Volume(std::string_view name) : name_(name), files_(no_layers()) {}

void set_catalogue(const Catalogue& catalogue) {
  engine::world_local<WorldCatalogue>().catalogue = catalogue;
}

const Catalogue& catalogue() {
  return engine::world_local<WorldCatalogue>().catalogue;
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
  if (config_.network && !config_.network->host_name().empty()) {
    return config_.network->host_name();
  }
  return std::string_view(id_).substr(0, 12);
}

std::string_view Container::working_dir() const {
  if (!config_.working_dir.empty()) return config_.working_dir;
  const std::string& said = config_.image->config().working_dir;
  return said.empty() ? std::string_view("/") : std::string_view(said);
}

Environment Container::environment() const {
  Environment env;
  for (const std::string& variable : config_.image->config().env) {
    const size_t equals = variable.find('=');
    env.emplace_back(variable.substr(0, equals),
                     equals == std::string::npos ? std::string() : variable.substr(equals + 1));
  }
  env.emplace_back("HOSTNAME", host_name());
  env.insert(env.end(), config_.env.begin(), config_.env.end());
  return env;
}

std::vector<std::string> Container::command_line() const {
  const ImageConfig& image = config_.image->config();
  const bool is_given = !config_.entrypoint.empty();
  std::vector<std::string> words = is_given ? config_.entrypoint : image.entrypoint;
  const std::vector<std::string>& rest =
      is_given || !config_.args.empty() ? config_.args : image.cmd;
  words.insert(words.end(), rest.begin(), rest.end());
  return words;
}

engine::Error Container::start() {
  ENGINE_CHECK(state_ != ContainerState::kRunning && machine_.is_up());
  const std::vector<std::string> words = command_line();
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
  Environment env = environment();
  Command command = find_command(*this, words, env);
  if (command.error) return fail(command.error, command.code);
  if (!group_ || group_->is_removed()) make_group();
  node::Unit unit;
  unit.name = command.name;
  unit.main = command.main;
  unit.args = std::move(command.args);
  unit.env = std::move(env);
  unit.oom_score_adj = config_.limits.oom_score_adj;
  const node::Machine::Started started = machine_.run(unit, *this);
  if (started.error) return fail(started.error, kCannotStart);
  first_ = started.process->id();
  state_ = ContainerState::kRunning;
  state_changed();
  return nullptr;
}

void Container::make_group() {
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

Container::Executed Container::execute(const std::vector<std::string>& command,
                                       const ExecOptions& options) {
  Executed out;
  out.code = kCannotInvoke;
  if (!is_running() || command.empty()) {
    out.error = errorf("container ", id_, " is not running");
    return out;
  }
  ExecOptions with = options;
  if (!with.working_dir.empty()) with.env.emplace_back("PWD", with.working_dir);
  if (!with.input.empty()) with.env.emplace_back(kStandardInput, with.input);
  Environment env = environment();
  env.insert(env.end(), with.env.begin(), with.env.end());
  Command found = find_command(*this, command, env);
  if (found.error) {
    out.error = found.error;
    if (found.code == kCommandNotFound) out.code = kCommandNotFound;
    return out;
  }
  node::Unit unit;
  unit.name = found.name;
  unit.main = found.main;
  unit.args = std::move(found.args);
  unit.env = std::move(env);
  const node::Machine::Started started = machine_.run(unit, *this);
  out.error = started.error;
  if (started.process == nullptr) return out;
  out.code = 0;
  out.execution = engine::Ref<Execution>(new Execution(started.process->id(), with));
  executions_[started.process->id()] = out.execution;
  return out;
}

bool Container::signal(node::Signal signal) {
  return is_running() && node::send_signal(first_, signal, true);
}

void Container::printed(engine::Process& process, std::string_view text) {
  engine::ProcessId printer = process.id();
  // Each step leads to an older process.
  while (printer != first_) {
    const auto found = executions_.find(printer);
    if (found == executions_.end()) return;
    const engine::Ref<Execution> execution = found->second;
    if (execution->keeps_output()) return execution->printed(text);
    if (!execution->prints_for()) return;
    printer = *execution->prints_for();
  }
  log_text(text);
}

void Container::log_text(std::string_view text) {
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
  const engine::Ref<Container> self(this);
  const auto found = executions_.find(process.id());
  if (found != executions_.end()) {
    const engine::Ref<Execution> execution = found->second;
    executions_.erase(found);
    execution->ended(process.exit_code());
    return;
  }
  if (process.id() != first_ || !is_running()) return;
  // With process 1 its namespace ends. Not at once: what asked for that end may be among the rest.
  for (const auto& [id, execution] : executions_) reaper_.processes.push_back(id);
  if (!executions_.empty() && !reaper_.pending()) {
    engine::here().queue.set(reaper_, engine::here().now, engine::here().cause);
  }
  exited(process.exit_code());
}

void Container::reap(engine::Alarm& alarm) {
  const std::vector<engine::ProcessId> all =
      std::exchange(static_cast<Reaper&>(alarm).processes, {});
  for (const engine::ProcessId process : all) {
    node::send_signal(process, node::Signal::kKill);
  }
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
    seen.inside = join_path(working_dir(), path);
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
