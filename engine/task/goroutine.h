// engine/task/goroutine.h: goroutines and the processes they belong to.
//
// A goroutine is a chain of coroutine frames that the scheduler runs. A process is one run of a
// program: its goroutines live and die together, and its main goroutine's return ends it. Both live
// in the arena; the scheduler owns them. Ids number them in order of creation, for events and
// views.

#pragma once

#include <cstdint>
#include <source_location>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/task/task.h"
#include "engine/task/wait.h"
#include "engine/world/choice.h"
#include "engine/world/list.h"
#include "engine/world/object.h"

namespace engine {

class Process;

struct TaskId {
  uint32_t value = 0;
  auto operator<=>(const TaskId&) const = default;
};
struct ProcessId {
  uint32_t value = 0;
  auto operator<=>(const ProcessId&) const = default;
};

enum class TaskState : uint8_t { kReady, kRunning, kWaiting, kPanicking, kDone };

struct SiblingTag {};
struct ProcessTag {};

namespace detail {
/// Keeps a capturing coroutine lambda alive for as long as its frame.
struct Closure {
  Closure() = default;
  Closure(const Closure&) = delete;
  Closure& operator=(const Closure&) = delete;
  virtual ~Closure() = default;
};
}  // namespace detail

class Goroutine : public ListNode<SiblingTag> {
 public:
  Goroutine(Process& process, TaskId id, TaskId parent, EntityKey key, std::source_location created)
      : process_(process), key_(key), id_(id), parent_(parent), created_(created) {}

  [[nodiscard]] TaskId id() const { return id_; }
  [[nodiscard]] TaskId parent() const { return parent_; }
  [[nodiscard]] EntityKey key() const { return key_; }
  [[nodiscard]] Process& process() const { return process_; }
  [[nodiscard]] TaskState state() const { return state_; }
  [[nodiscard]] std::string_view name() const { return name_.view(); }
  void set_name(std::string_view name) { name_.assign(name); }
  /// Where it was started.
  [[nodiscard]] std::source_location created() const { return created_; }
  /// What it waits on; null unless parked or preempted before an operation.
  [[nodiscard]] const WaitOp* op() const { return op_; }
  [[nodiscard]] const detail::PromiseBase* innermost() const { return top_; }
  /// What keeps its root frame's captures alive; may be null.
  [[nodiscard]] const detail::Closure* closure() const { return closure_; }
  /// A fresh key for something this goroutine creates.
  EntityKey next_key() { return derive(key_, ++children_); }

 private:
  friend class Scheduler;
  friend struct detail::PromiseBase;
  detail::PromiseBase* top_ = nullptr;
  WaitOp* op_ = nullptr;
  Process& process_;
  EntityKey key_;
  detail::Closure* closure_ = nullptr;
  uint64_t cause_ = 0;  // number + 1 of the event that made it ready
  TaskId id_;
  TaskId parent_;
  uint32_t children_ = 0;
  TaskState state_ = TaskState::kReady;
  bool needs_others_ = false;  // parked on what only another goroutine can complete
  std::source_location created_;
  Name name_;
};

/// How a process ended. Values are part of the hash: append, never renumber.
enum class ExitKind : uint8_t {
  kRunning = 0,
  kReturned = 1,  // main returned
  kPanic = 2,     // an unrecovered panic
  kFatal = 3,     // a fatal error of the runtime, such as a deadlock
  kKilled = 4,
};

class Process : public ListNode<ProcessTag> {
 public:
  struct Options {
    std::string_view name;
    std::vector<std::string> args;
    std::vector<std::pair<std::string, std::string>> env;
  };

  Process(ProcessId id, EntityKey key, Options options)
      : args_(std::move(options.args)),
        env_(std::move(options.env)),
        name_(options.name),
        key_(key),
        id_(id) {}

  [[nodiscard]] ProcessId id() const { return id_; }
  [[nodiscard]] EntityKey key() const { return key_; }
  [[nodiscard]] std::string_view name() const { return name_.view(); }
  [[nodiscard]] const std::vector<std::string>& args() const { return args_; }
  /// The value of an environment variable, or `otherwise`.
  [[nodiscard]] std::string_view env(std::string_view variable, std::string_view otherwise) const;
  [[nodiscard]] int64_t env_int(std::string_view variable, int64_t otherwise) const;
  [[nodiscard]] bool env_bool(std::string_view variable, bool otherwise) const;

  [[nodiscard]] bool running() const { return exit_ == ExitKind::kRunning; }
  [[nodiscard]] ExitKind exit_kind() const { return exit_; }
  /// As the program's operating system would see it. Go's runtime exits with 2 on a panic.
  [[nodiscard]] int exit_code() const { return exit_code_; }
  /// The panic's or fatal error's message; empty otherwise.
  [[nodiscard]] std::string_view failure() const { return failure_; }
  [[nodiscard]] const List<Goroutine, SiblingTag>& tasks() const { return tasks_; }

 private:
  friend class Scheduler;
  List<Goroutine, SiblingTag> tasks_;  // oldest first
  std::vector<std::string> args_;
  std::vector<std::pair<std::string, std::string>> env_;
  std::string failure_;
  Name name_;
  EntityKey key_;
  ProcessId id_;
  TaskId main_;
  uint32_t awake_ = 0;  // tasks that run, are ready or will wake by themselves
  int exit_code_ = 0;
  ExitKind exit_ = ExitKind::kRunning;
};

}  // namespace engine
