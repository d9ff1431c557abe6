// tests/fuzz/semantics/model.h: Go's rules, written for clarity, as a judge of recorded runs.
//
// Goroutines are stacks of places in the program's tree, channels and locks are standard
// containers. The model goes along a Record step by step: the recorded goroutine must be one that
// may run next, and runs here until it waits, lets others go first or ends, with the same results.
// Where the rules leave a choice (who runs, which ready case of a select), it takes the recorded
// one and checks that it is allowed.
//
// Knows nothing of the engine. Sources: The Go Programming Language Specification; the Go
// documentation and sources of sync, time, context and runtime.

#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "tests/fuzz/semantics/program.h"
#include "tests/fuzz/semantics/record.h"

namespace semantics {

/// A mistake that is put into the model on purpose, to see that it would be noticed.
enum class Mutation : uint8_t {
  kNone,
  kLastReceiverFirst,  // a send wakes the receiver that came last
  kCloseDropsBuffer,   // closing a channel loses what is buffered
  kBargingReader,      // a waiting writer does not hold up new readers
  kStaleTimer,         // stopping a timer leaves the time that it sent
  kEagerGroup,         // a wait group wakes its waiters when the counter is one
};

class Model {
 public:
  Model(const Program& program, Schedule schedule, Mutation mutation);
  /// Empty if Go could have done what the record says; else what is wrong with it.
  std::string judge(const Record& record);
  /// It was judged up to a misuse after which engine and Go are known to differ.
  [[nodiscard]] bool gave_up() const { return gave_up_; }

 private:
  enum class State : uint8_t { kReady, kRunning, kWaiting, kEnded };
  /// What a goroutine finds when it goes on.
  enum class Resume : uint8_t {
    kNext,      // begin the statement that it stands at
    kAttempt,   // attempt it: its operands are known
    kDone,      // what it waited for has happened
    kClosed,    // it waited to send, and the channel was closed
    kTurn,      // a mutex let it have a try
    kNotified,  // a condition was signalled
  };
  enum class Outcome : uint8_t { kDone, kWaits, kGone };

  struct Frame {
    const Block* block;
    const Stmt* stmt;  // whose body it is; null: main
    size_t next = 0;
    int64_t left = 1;  // passes through the block
    bool is_function = false;
    std::vector<const Stmt*> deferred;
  };
  /// A case of a select, or the one channel of a plain operation.
  struct Arm {
    size_t channel = kNil;
    bool sends = false;
    int64_t value = 0;
  };
  struct LockState {
    bool starving = false;
    bool awoken = false;
    bool has_waited = false;
    int64_t since = 0;
  };
  struct Goroutine {
    uint32_t id = 0;
    State state = State::kReady;
    Resume resume = Resume::kNext;
    std::vector<Frame> frames;
    std::string_view reason;
    bool recovers = false;  // from a panic that has left all frames
    const Stmt* started_by = nullptr;
    std::vector<std::string> panics;  // the last one is current
    bool exits = false;               // runtime.Goexit
    int64_t sent = 0;
    uint64_t priority = 0;
    // Of the statement that it stands at.
    std::vector<Arm> arms;
    std::vector<size_t> made;  // channels that go with the statement
    size_t chosen = 0;
    int64_t got = 0;
    LockState lock;
  };
  struct Place {
    uint32_t goroutine;
    size_t arm;
    int64_t value;
  };
  struct Channel {
    int64_t capacity = 0;
    bool closed = false;
    std::deque<int64_t> buffer;
    std::deque<Place> senders;
    std::deque<Place> receivers;
    // Of a timer's or ticker's channel.
    bool is_timer = false;
    int64_t due = kNever;
    int64_t period = 0;
  };
  /// Go's sync.Mutex, with a queue in place of the semaphore.
  struct Mutex {
    bool locked = false;
    bool woken = false;
    bool starving = false;
    int64_t waiters = 0;
    std::deque<uint32_t> queue;
  };
  struct Semaphore {
    int64_t count = 0;
    std::deque<uint32_t> queue;
  };
  struct RWMutex {
    Mutex writers;
    int64_t reader_count = 0;
    int64_t reader_wait = 0;
    Semaphore reader_turn;
    Semaphore writer_turn;
    // Who really holds it, which Go does not keep.
    int64_t readers = 0;
    bool is_written = false;
  };
  struct Group {
    int64_t counter = 0;
    std::deque<uint32_t> waiters;
  };
  struct Dependent {
    bool is_context;
    size_t index;
  };
  struct Context {
    int64_t err = 0;  // 1: canceled, 2: deadline exceeded
    int64_t deadline = kNever;
    size_t channel = kNil;
    std::vector<Dependent> dependents;
  };
  /// A function that runs later, for a timer or a context.
  struct Func {
    const Stmt* stmt = nullptr;
    bool pending = false;
  };
  enum class AlarmKind : uint8_t { kSleep, kChannel, kFunc, kDeadline };
  struct Alarm {
    int64_t due;
    uint64_t order;
    AlarmKind kind;
    size_t index;
  };

  static constexpr int64_t kNever = INT64_MAX;
  static constexpr size_t kNil = SIZE_MAX;
  static constexpr int64_t kMaxReaders = 1 << 30;

  // model.cpp: the schedule, goroutines and panics.
  bool fail(std::string what);
  void take_step(const Step& step, const Step& next);
  void dispatch(const Step& step);
  bool may_run_next(const Goroutine& g, const Step& step);
  void kill_or_deadlock(const Step& step);
  [[nodiscard]] bool deadlocked() const;
  void check_schedule(const Step& step, const Step& next);
  void check_ending();
  void take_priorities(uint32_t last);
  Goroutine& add_goroutine(const Stmt* stmt, const Block& body);
  Goroutine& at(uint32_t id) { return goroutines_[id - 1]; }
  void make_ready(Goroutine& g, bool yielded = false);
  void put_local(uint32_t id);
  void wake(uint32_t id, Resume resume);
  void run(Goroutine& g);
  bool lets_others_go_first(Goroutine& g, const Stmt& s);
  bool leave_frame(Goroutine& g);
  void run_deferred(Goroutine& g);
  void unwind(Goroutine& g);
  void end_goroutine(Goroutine& g);
  void end_process(Exit exit, std::string failure);
  Outcome panic(Goroutine& g, std::string message);
  Outcome fatal(const Goroutine& g, std::string_view message);
  void observe(const Goroutine& g, uint32_t statement, int64_t value);
  Outcome finish(Goroutine& g, const Stmt& s, int64_t value);

  // statements.cpp: what statements do.
  void prepare(Goroutine& g, const Stmt& s);
  Outcome attempt(Goroutine& g, const Stmt& s);
  Outcome resume(Goroutine& g, const Stmt& s, Resume how);
  Outcome plain(Goroutine& g, const Stmt& s);
  bool plain_value(Goroutine& g, const Stmt& s, int64_t& value);
  Outcome communicate(Goroutine& g, const Stmt& s);
  Outcome communicated(Goroutine& g, const Stmt& s);
  void enter(Goroutine& g, const Stmt& s, const Block& block, bool is_function);
  void drop_made(Goroutine& g);
  Outcome waits(Goroutine& g, std::string_view reason);
  Outcome take_lock(Goroutine& g, const Stmt& s, Resume how);

  // objects.cpp: channels, locks, timers and contexts.
  [[nodiscard]] bool can_proceed(const Arm& arm) const;
  bool proceed(Arm& arm, int64_t& got);
  bool send(Channel& c, int64_t value);
  void leave_queues(Goroutine& g);
  bool close(size_t channel);
  bool lock(Mutex& m, Goroutine& g);
  bool take_turn(Mutex& m, Goroutine& g);
  bool unlock(Mutex& m);
  static bool try_lock(Mutex& m);
  static bool acquire(Semaphore& s, Goroutine& g);
  void release(Semaphore& s);
  bool announce(RWMutex& m, Goroutine& g);
  bool read_unlock(RWMutex& m);
  bool write_unlock(RWMutex& m, const Goroutine& g);
  bool try_write_lock(RWMutex& m);
  bool add_to_group(Group& group, int64_t delta);
  size_t new_channel(int64_t capacity);
  size_t new_timer(int64_t length);
  void set_timer(size_t channel, int64_t length, int64_t period);
  void stop_timer(size_t channel);
  [[nodiscard]] bool is_active(size_t channel) const;
  void fire_timer(size_t channel);
  void set_alarm(AlarmKind kind, size_t index, int64_t due);
  bool cancel_alarm(AlarmKind kind, size_t index);
  void fire(const Alarm& alarm);
  bool set_func(size_t func, int64_t length);
  size_t new_context(size_t parent, int64_t deadline);
  void cancel(size_t context, int64_t err);
  void cancel_dependent(const Dependent& one, int64_t err);
  void depend(size_t context, Dependent dependent);
  [[nodiscard]] int64_t after(int64_t length) const { return now_ + (length > 0 ? length : 0); }

  const Program& program_;
  Schedule schedule_;
  Mutation mutation_;
  const Record* record_ = nullptr;
  std::string failure_;  // what is wrong with the record
  bool gave_up_ = false;

  // Where it is in the record.
  uint32_t step_ = 0;
  const Step* now_step_ = nullptr;
  uint32_t observation_ = 0;
  uint32_t observations_end_ = 0;
  uint32_t choice_ = 0;
  uint32_t choices_end_ = 0;
  uint32_t priority_ = 0;
  std::vector<uint32_t> readied_;
  Stop stop_ = Stop::kNone;

  // The world.
  int64_t now_ = 0;
  uint64_t alarms_set_ = 0;
  std::deque<Goroutine> goroutines_;  // never shrinks
  uint32_t alive_ = 0;
  std::deque<uint32_t> ready_;
  uint32_t next_ = 0;             // who goes first under `go`
  std::deque<uint32_t> yielded_;  // who goes last under `go`
  std::vector<Alarm> alarms_;
  std::deque<Channel> channels_;
  std::vector<size_t> slots_;  // channels of the program; kNil for nil
  std::vector<size_t> timers_;
  std::vector<size_t> tickers_;
  Mutex mutexes_[kLocks];
  RWMutex rwmutexes_[kLocks];
  std::deque<uint32_t> conds_[kLocks];
  Group groups_[kGroups];
  std::vector<Func> funcs_;
  size_t func_slots_[kFuncs] = {kNil, kNil};
  size_t stop_slots_[kFuncs] = {kNil, kNil};
  std::vector<Context> contexts_;
  size_t context_slots_[kContexts] = {kNil, kNil, kNil};
  Exit exit_ = Exit::kRunning;
  std::string exit_message_;
  bool main_has_exited_ = false;
};

}  // namespace semantics
