// sim/container/container.h: a container: a process with its own files, network, name and limits.
//
// Concept: a container is what its processes run in: a union file system over its image, a control
// group, a network namespace or its machine's, a host name. Its first process is its life: when
// that ends, the container has exited, and keeps its files and its log until it is removed.
// Lifetime: counted handles; its runtime holds it until it is removed, its processes need it.
// Source: the OCI runtime specification; Docker's container states.
// Not modelled: user namespaces, capabilities, devices, pausing.

#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/sync/counted.h"
#include "engine/sync/event_count.h"
#include "engine/world/world.h"
#include "sim/container/command.h"
#include "sim/container/execution.h"
#include "sim/container/image.h"
#include "sim/container/union_fs.h"
#include "sim/net/stack.h"
#include "sim/node/machine.h"
#include "sim/node/signal.h"

namespace sim::container {

/// Files that are kept apart from a container's own, and may be shared by several.
class Volume : public engine::Counted<Volume> {
 public:
  explicit Volume(std::string_view name);
  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] UnionFs& files() { return files_; }

 private:
  std::string name_;
  UnionFs files_;
};

/// A volume at a place in a container's tree.
struct Mount {
  std::string path;
  engine::Ref<Volume> volume;
  bool read_only = false;
};

/// A network namespace that containers share, as those of a pod do.
class Namespace : public engine::Counted<Namespace> {
 public:
  Namespace(net::Stack& host, net::Ip ip, std::string host_name)
      : stack_(host, ip), host_name_(std::move(host_name)) {}
  [[nodiscard]] net::Stack& stack() { return stack_; }
  [[nodiscard]] const std::string& host_name() const { return host_name_; }

 private:
  net::Stack stack_;
  std::string host_name_;
};

struct Limits {
  uint32_t cpu_weight = 100;
  node::CpuMax cpu_max;
  int64_t memory_bytes = node::Cgroup::kNoMemoryLimit;
  uint32_t pids = node::Cgroup::kNoPidsLimit;
  int32_t oom_score_adj = 0;
};

/// What a container is made of.
struct ContainerConfig {
  std::string name;
  engine::Ref<Image> image;
  std::string image_name;  // as it was asked for
  std::vector<std::string> entrypoint;
  std::vector<std::string> args;
  Environment env;
  std::string host_name;  // empty: the beginning of its id
  /// Where its processes begin. Empty: the image's.
  std::string working_dir;
  std::map<std::string, std::string> labels;
  std::vector<Mount> mounts;
  Limits limits;
  /// Where its control group is made; null: below /docker.
  engine::Ref<node::Cgroup> parent_group;
  /// Null: it uses its machine's network.
  engine::Ref<Namespace> network;
  bool read_only = false;
};

enum class ContainerState : uint8_t { kCreated, kRunning, kExited };

/// One line that a container has printed.
struct LogLine {
  int64_t unix_ns = 0;
  std::string text;
  uint64_t number = 0;  // from 1, also counting lines that are gone
};

class Container final : public engine::Counted<Container>, public node::Host {
 public:
  /// How much of its output is kept, in bytes. Source: the kubelet's containerLogMaxSize is 10 Mi;
  /// the oldest lines go first.
  static constexpr size_t kLogBytes = 256 << 10;

  Container(node::Machine& machine, net::Stack& network, std::string id, ContainerConfig config);
  ~Container();

  [[nodiscard]] const std::string& id() const { return id_; }
  [[nodiscard]] std::string short_id() const { return id_.substr(0, 12); }
  [[nodiscard]] const ContainerConfig& config() const { return config_; }
  [[nodiscard]] ContainerState state() const { return state_; }
  [[nodiscard]] bool is_running() const { return state_ == ContainerState::kRunning; }
  [[nodiscard]] int exit_code() const { return exit_code_; }
  [[nodiscard]] bool oom_killed() const { return oom_killed_; }
  /// Why it could not be started; empty otherwise.
  [[nodiscard]] const std::string& start_error() const { return start_error_; }
  [[nodiscard]] int64_t created_ns() const { return created_ns_; }  // since 1970
  [[nodiscard]] int64_t started_ns() const { return started_ns_; }
  [[nodiscard]] int64_t finished_ns() const { return finished_ns_; }
  [[nodiscard]] engine::ProcessId first_process() const { return first_; }
  [[nodiscard]] UnionFs& files() { return files_; }
  /// What its first process is run with: the words of its command line.
  [[nodiscard]] std::vector<std::string> command_line() const;
  [[nodiscard]] std::string_view working_dir() const;
  /// Of its first process, in order; later ones count.
  [[nodiscard]] Environment environment() const;

  /// Starts its first process. The error says why it could not; the container has then exited with
  /// 127 or 128, as Docker has it. REQUIRES: it does not run.
  engine::Error start();
  /// Runs another process in it, which is killed when the first one ends. The error says why it
  /// could not be started, and `code` with what a shell would answer.
  struct Executed {
    engine::Ref<Execution> execution;
    engine::Error error;
    int code = 0;
  };
  Executed execute(const std::vector<std::string>& command, const ExecOptions& options = {});
  /// What execute() has started and still runs, oldest first.
  [[nodiscard]] const std::map<engine::ProcessId, engine::Ref<Execution>>& executions() const {
    return executions_;
  }
  /// To its first process. False: it does not run.
  bool signal(node::Signal signal);
  /// Advances whenever its state changes or it prints.
  [[nodiscard]] const engine::EventCount& changed() const { return changed_; }

  [[nodiscard]] const std::deque<LogLine>& log() const { return log_; }
  /// Number of the next line.
  [[nodiscard]] uint64_t log_end() const { return log_lines_ + 1; }

  /// Files at `path` as its processes see them: its own, or those of a volume. `inside` is the path
  /// in them.
  struct Seen {
    UnionFs* files = nullptr;
    std::string inside;
    bool read_only = false;
  };
  [[nodiscard]] Seen files_at(std::string_view path);

  node::Machine& machine() override { return machine_; }
  node::Cgroup& cgroup() override { return *group_; }
  [[nodiscard]] node::Device* network() const override;
  [[nodiscard]] net::Stack& stack() const;
  [[nodiscard]] std::string_view host_name() const override;
  void printed(engine::Process& process, std::string_view text) override;
  /// Its control group is gone with the crash of its machine.
  void machine_crashed();
  void note_oom_kill(engine::ProcessId process);
  /// Who is told of each change of its state.
  void set_observer(std::function<void(Container&)> observer) { observer_ = std::move(observer); }

 private:
  /// Kills what its last run has left behind.
  struct Reaper : engine::Alarm {
    Reaper() : Alarm(reap) {}
    std::vector<engine::ProcessId> processes;
  };
  static void reap(engine::Alarm& alarm);

  void on_process_ended(engine::Process& process) override;
  void exited(int code);
  void state_changed();
  void log_text(std::string_view text);
  void make_group();

  node::Machine& machine_;
  net::Stack& machine_network_;
  std::string id_;
  ContainerConfig config_;
  UnionFs files_;
  engine::Ref<node::Cgroup> group_;
  engine::ProcessId first_;
  std::map<engine::ProcessId, engine::Ref<Execution>> executions_;
  Reaper reaper_;
  std::function<void(Container&)> observer_;
  engine::EventCount changed_{"container"};
  std::deque<LogLine> log_;
  std::string line_;  // that has begun
  size_t log_bytes_ = 0;
  uint64_t log_lines_ = 0;
  std::string start_error_;
  int64_t created_ns_ = 0;
  int64_t started_ns_ = 0;
  int64_t finished_ns_ = 0;
  int exit_code_ = 0;
  ContainerState state_ = ContainerState::kCreated;
  bool oom_killed_ = false;
};

class Registry;

/// What there is to run in a world.
struct Catalogue {
  /// Null if there is no such program.
  ProgramMain (*find)(std::string_view program) = nullptr;
  /// Offers images in the world's registry, when that is first asked for.
  void (*fill)(Registry& registry) = nullptr;
};
/// Set where a world is set up; before, no file is a program.
void set_catalogue(const Catalogue& catalogue);
const Catalogue& catalogue();
/// The text of an executable of that program.
std::string executable_text(std::string_view program);

/// The container that the running goroutine's process runs in; null if it runs on a bare machine.
Container* this_container();

}  // namespace sim::container
