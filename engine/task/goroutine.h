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

enum class TaskState : uint8_t { kReady, kRunning, kWaiting, kPanicking, kDone, kExiting };

struct SiblingTag {};
struct ProcessTag {};

/// Goroutine-local labels: pairs of key and value, inherited by the goroutines it starts.
/// Source: Go documentation, `runtime/pprof.SetGoroutineLabels`.
using Labels = std::vector<std::pair<std::string, std::string>>;

namespace detail {

/// What few goroutines have: a list of them hangs on each.
struct Attachment {
  enum class Kind : uint8_t { kClosure, kName, kLabels, kRecovery };
  explicit Attachment(Kind k) : kind(k) {}
  Attachment(const Attachment&) = delete;
  Attachment& operator=(const Attachment&) = delete;
  virtual ~Attachment() = default;
  Attachment* next = nullptr;
  const Kind kind;
};

/// Keeps a capturing coroutine lambda alive for as long as its frame.
template <class F>
struct Closure final : Attachment {
  explicit Closure(F function) : Attachment(Kind::kClosure), fn(std::move(function)) {}
  F fn;
};

/// What is called when a panic has ended the goroutine's frames: it ends the panic, not the
/// process.
struct Recovery : Attachment {
  Recovery() : Attachment(Kind::kRecovery) {}
  virtual void recovered(std::string_view message) = 0;
};

}  // namespace detail

class Goroutine : public ListNode<SiblingTag> {
 public:
  Goroutine(Process& process, TaskId id, TaskId parent, EntityKey key)
      : process_(process), key_(key), id_(id), parent_(parent) {}

  [[nodiscard]] TaskId id() const { return id_; }
  [[nodiscard]] TaskId parent() const { return parent_; }
  [[nodiscard]] EntityKey key() const { return key_; }
  [[nodiscard]] Process& process() const { return process_; }
  [[nodiscard]] TaskState state() const { return state_; }
  [[nodiscard]] std::string_view name() const;
  Goroutine& set_name(std::string_view name);
  /// Null if it has none.
  [[nodiscard]] const Labels* labels() const;
  /// Replaces all labels of this goroutine; those it starts from now on inherit them.
  Goroutine& set_labels(Labels labels);
  /// If this goroutine panics, `handler(message)`, a plain function, is called after its deferred
  /// work, and the process goes on without it. As Go's recover() in a function deferred first.
  template <class F>
  Goroutine& on_panic(F handler) {
    struct Handler final : detail::Recovery {
      explicit Handler(F f) : fn(std::move(f)) {}
      void recovered(std::string_view message) override { fn(message); }
      F fn;
    };
    attach(new Handler(std::move(handler)));
    return *this;
  }
  /// Where it was started.
  [[nodiscard]] std::source_location created() const { return root()->created; }
  /// What it waits on; null unless parked or stopped before an operation.
  [[nodiscard]] const WaitOp* op() const { return op_; }
  [[nodiscard]] const detail::PromiseBase* innermost() const { return top_; }
  [[nodiscard]] const detail::Attachment* attachments() const { return attachments_; }
  /// Its outermost frame, which lies behind it in the same block.
  [[nodiscard]] detail::PromiseBase* root() const {
    return detail::PromiseBase::at(const_cast<Goroutine*>(this) + 1);
  }
  /// The frame that awaits `frame`, or null.
  [[nodiscard]] detail::PromiseBase* awaiter_of(const detail::PromiseBase* frame) const {
    return frame == root() ? nullptr : frame->task->awaiter;
  }
  /// A fresh key for something this goroutine creates.
  EntityKey next_key() { return derive(key_, ++children_); }

 private:
  friend class Scheduler;
  friend class RunQueue;
  friend struct detail::PromiseBase;
  [[nodiscard]] detail::Attachment* find(detail::Attachment::Kind kind) const;
  void attach(detail::Attachment* attachment);
  void drop_attachments();

  detail::PromiseBase* top_ = nullptr;
  WaitOp* op_ = nullptr;
  Process& process_;
  EntityKey key_;
  detail::Attachment* attachments_ = nullptr;
  TaskId id_;
  TaskId parent_;
  uint32_t children_ = 0;
  uint32_t cause_ = 0;     // number of the event that made it ready, its low bits
  uint32_t priority_ = 0;  // under the policy `pct`: the highest goes first
  TaskState state_ = TaskState::kReady;
  bool needs_others_ = false;  // parked on what only another goroutine can complete
  bool has_drawn_ = false;     // has made choices of its own
};
static_assert(sizeof(void*) != 8 || sizeof(Goroutine) == 80);
static_assert(sizeof(Goroutine) % (2 * sizeof(void*)) == 0, "the root frame behind it is aligned");

/// How a process ended. Values are part of the hash: append, never renumber.
enum class ExitKind : uint8_t {
  kRunning = 0,
  kReturned = 1,  // main returned
  kPanic = 2,     // an unrecovered panic
  kFatal = 3,     // a fatal error of the runtime, such as a deadlock
  kKilled = 4,
  kExited = 5,  // the program called os_exit()
};

/// What processes run on. It lives longer than they do.
class ProcessHost {
 public:
  /// `process` has just ended; its goroutines and parts are gone.
  virtual void process_ended(Process& process) = 0;
  [[nodiscard]] virtual std::string_view host_name() const = 0;
  /// `process` has just printed `text`, for a host that keeps what its processes print.
  virtual void printed(Process& /*process*/, std::string_view /*text*/) {}

 protected:
  ~ProcessHost() = default;
};

struct PartTag {};

/// What ends with its process, such as a timer that would start a goroutine in it.
class ProcessPart : public ListNode<PartTag> {
 public:
  virtual void process_ended() = 0;

 protected:
  ~ProcessPart() = default;
};

class Process : public ListNode<ProcessTag> {
 public:
  struct Options {
    std::string_view name;
    std::vector<std::string> args;
    std::vector<std::pair<std::string, std::string>> env;
    ProcessHost* host = nullptr;
  };

  Process(ProcessId id, EntityKey key, Options options)
      : args_(std::move(options.args)),
        env_(std::move(options.env)),
        name_(options.name),
        host_name_(options.host == nullptr ? std::string_view() : options.host->host_name()),
        host_(options.host),
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

  /// Null: it runs on nothing in particular. Once the process has ended, its host may be gone: only
  /// the name of it stays.
  [[nodiscard]] ProcessHost* host() const { return host_; }

  [[nodiscard]] std::string_view host_name() const { return host_name_.view(); }

  [[nodiscard]] bool running() const { return exit_ == ExitKind::kRunning; }
  /// Its goroutines all wait for each other.
  [[nodiscard]] bool is_stuck() const { return running() && awake_ == 0; }
  [[nodiscard]] ExitKind exit_kind() const { return exit_; }
  /// As the program's operating system would see it. Go's runtime exits with 2 on a panic.
  [[nodiscard]] int exit_code() const { return exit_code_; }
  /// The message of the panic that was recovered last; taken by whoever recovered.
  std::string take_recovered() { return std::exchange(last_panic_, {}); }
  /// The panic's or fatal error's message; empty otherwise.
  [[nodiscard]] std::string_view failure() const { return failure_; }
  [[nodiscard]] const List<Goroutine, SiblingTag>& tasks() const { return tasks_; }
  [[nodiscard]] uint32_t task_count() const { return alive_; }

  /// Something of this process will happen by itself, such as a pending timer that starts a
  /// goroutine: while there is any, its goroutines are not deadlocked.
  void add_pending() { ++awake_; }
  void remove_pending();
  /// A fresh key for something this process creates by itself.
  EntityKey next_key() { return derive(key_, ++children_); }
  /// `part` is told when the process ends, unless it is gone by then.
  void own(ProcessPart& part) { parts_.push_back(part); }
  /// What it owns, oldest first.
  [[nodiscard]] const List<ProcessPart, PartTag>& parts() const { return parts_; }

 private:
  friend class Scheduler;
  List<Goroutine, SiblingTag> tasks_;  // oldest first
  List<ProcessPart, PartTag> parts_;
  std::vector<std::string> args_;
  std::vector<std::pair<std::string, std::string>> env_;
  std::string failure_;
  std::string last_panic_;  // the message of the last panic, which recovering gives
  Name name_;
  Name host_name_;
  ProcessHost* host_;
  EntityKey key_;
  ProcessId id_;
  TaskId main_;
  uint32_t awake_ = 0;  // what runs, is ready or will happen by itself
  uint32_t alive_ = 0;  // tasks
  uint32_t children_ = 0;
  bool main_has_exited_ = false;  // main called goexit()
  int exit_code_ = 0;
  ExitKind exit_ = ExitKind::kRunning;
};

}  // namespace engine
