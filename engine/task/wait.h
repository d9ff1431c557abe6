// engine/task/wait.h: how a goroutine waits for something.
//
// Concept: an operation that may wait (send, lock, sleep) is a WaitOp that lives in the frame
// awaiting it, as Go's sudog lies beside a stack. Before each attempt the run queue's policy is
// asked whether others go first. An attempt that cannot complete links a Waiter into the queue of
// what it waits for, and the goroutine parks. Whoever completes it later readies the goroutine
// through the scheduler and never resumes it in place. An op that is destroyed with its frame
// unlinks itself. Await an operation at once: it holds no handle until its goroutine stops.

#pragma once

#include <coroutine>
#include <cstdint>
#include <new>
#include <source_location>
#include <string_view>

#include "engine/world/list.h"
#include "engine/world/object.h"

namespace engine {

class Goroutine;

/// Why a goroutine is parked. Values are part of the hash: append, never renumber.
enum class WaitReason : uint8_t {
  kNone = 0,
  kChanReceive = 1,
  kChanSend = 2,
  kChanReceiveNil = 3,
  kChanSendNil = 4,
  kSleep = 5,
  kMutexLock = 6,
  kWaitGroupWait = 7,
  kPanic = 8,
  kSelect = 9,
  kSelectNoCases = 10,
  kRWMutexRLock = 11,
  kRWMutexLock = 12,
  kCondWait = 13,
  kIoWait = 14,   // the network: Go's network poller
  kCompute = 15,  // a processor's time
  kSyscall = 16,  // a disk
};

/// Go's words for it, as a goroutine dump prints them.
std::string_view wait_reason_text(WaitReason reason);

struct WaitTag {};

/// A place in the queue of what a goroutine waits for; a select has several. `task` is set once the
/// goroutine queues.
struct Waiter : ListNode<WaitTag> {
  Goroutine* task = nullptr;
};
using WaitList = List<Waiter, WaitTag>;

/// Room for a waiter beside what it waits with. The waiter is made when its op first queues.
struct WaiterRoom {
  WaiterRoom() {}
  ~WaiterRoom() {}
  WaiterRoom(const WaiterRoom&) = delete;
  WaiterRoom& operator=(const WaiterRoom&) = delete;
  /// The room that `waiter` was made in.
  static WaiterRoom& of(Waiter& waiter) { return reinterpret_cast<WaiterRoom&>(waiter); }

  union {
    Waiter waiter;
  };
};

class WaitOp;

/// What sets one type of operation apart. Constants, one for each type.
struct OpKind {
  /// Tries to complete. False: it has queued itself and its goroutine must park (or has panicked).
  bool (*attempt)(WaitOp&);
  WaitReason reason;
  /// Of a select: one of its waiters has been served. Null: the op has only one.
  void (*served)(WaitOp&, Waiter&) = nullptr;
  /// Whether it will complete without another goroutine's help. Null: never.
  bool (*wakes_by_itself)(const WaitOp&) = nullptr;
  /// When it does, for views. Null: unknown.
  Instant (*due)(const WaitOp&) = nullptr;
};

class WaitOp {
 public:
  explicit WaitOp(const OpKind& kind, Object* object = nullptr)
      : kind_(reinterpret_cast<uintptr_t>(&kind)), object_(object) {}
  ~WaitOp() {
    if ((kind_ & kHeld) != 0) Object::release(object_);
    // Leaves nothing behind in its frame that looks like a handle to what it waited on.
    *const_cast<Object* volatile*>(&object_) = nullptr;
  }
  WaitOp(const WaitOp&) = delete;
  WaitOp& operator=(const WaitOp&) = delete;

  /// What it waits on; null for a select, a sleep, a nil channel.
  [[nodiscard]] const Object* object() const { return object_; }
  [[nodiscard]] std::source_location where() const { return where_; }
  [[nodiscard]] const OpKind& kind() const {
    return *reinterpret_cast<const OpKind*>(kind_ & ~kFlags);
  }
  [[nodiscard]] WaitReason reason() const { return kind().reason; }
  /// The goroutine stops here: from now on the op shares in its object.
  void hold_object() {
    if ((kind_ & kHeld) != 0) return;
    kind_ |= kHeld;
    Object::hold(object_);
  }

 protected:
  /// The first half of every await_ready(): asks the policy whether others go first. True: they do;
  /// the attempt is made when the goroutine is dispatched again.
  static bool interrupted() { return may_be_interrupted() && is_interrupted(); }
  /// The same in two parts: a quick one, and what must follow if it gives true.
  static bool may_be_interrupted();
  static bool is_interrupted();
  /// The second half of every awaiter: await_suspend() of an op that was not ready, at `where`.
  void stop(std::source_location where);

  void set_kind(const OpKind& kind) {
    kind_ = reinterpret_cast<uintptr_t>(&kind) | (kind_ & kFlags);
  }
  /// For ops that make their waiter when they first queue. Each calls unmake_waiter() when it ends.
  Waiter& make_waiter(WaiterRoom& room, Goroutine& task) {
    new (&room.waiter) Waiter;
    room.waiter.task = &task;
    kind_ |= kHasWaiter;
    return room.waiter;
  }
  void unmake_waiter(WaiterRoom& room) {
    if ((kind_ & kHasWaiter) != 0) room.waiter.~Waiter();
  }

 private:
  // In the low bits of kind_:
  static constexpr uintptr_t kHeld = 1;  // the op shares in its object
  static constexpr uintptr_t kHasWaiter = 2;
  static constexpr uintptr_t kFlags = kHeld | kHasWaiter;
  static_assert(alignof(OpKind) > kFlags);
  uintptr_t kind_;

 protected:
  Object* object_;

 private:
  std::source_location where_;
};

/// The awaiter of an operation: `Op` derives from Await<Op> and has `bool attempt()`.
template <class Op>
class Await : public WaitOp {
 public:
  using WaitOp::WaitOp;
  bool await_ready() {
    if (WaitOp::may_be_interrupted()) [[unlikely]]
      return ready_unless_interrupted();
    return static_cast<Op*>(this)->attempt();
  }
  /// The compiler supplies the place.
  void await_suspend(std::coroutine_handle<>,
                     std::source_location where = std::source_location::current()) {
    stop(where);
  }
  void await_resume() const {}

 protected:
  static bool attempt_of(WaitOp& op) { return static_cast<Op&>(op).attempt(); }

 private:
  [[gnu::noinline]] bool ready_unless_interrupted() {
    return !WaitOp::is_interrupted() && static_cast<Op*>(this)->attempt();
  }
};

}  // namespace engine
