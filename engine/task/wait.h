// engine/task/wait.h: how a goroutine waits for something.
//
// Concept: an operation that may wait (send, lock, sleep) is a WaitOp that lives in the frame
// awaiting it. attempt() tries it; if it cannot complete it queues the op at the object and the
// goroutine parks. Whoever completes it later readies the goroutine through the scheduler and never
// resumes it in place. Before each attempt the run queue's policy is asked whether others go first.
// An op that is destroyed with its frame unlinks itself.

#pragma once

#include <coroutine>
#include <cstdint>
#include <source_location>
#include <string_view>

#include "engine/world/list.h"

namespace engine {

class Goroutine;
class Object;

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
};

/// Go's words for it, as a goroutine dump prints them.
std::string_view wait_reason_text(WaitReason reason);

struct WaitTag {};

class WaitOp : public ListNode<WaitTag> {
 public:
  /// Tries to complete. False: it has queued itself and its goroutine must park (or has panicked).
  using Attempt = bool (*)(WaitOp&);

  WaitOp(Attempt try_once, WaitReason reason) : attempt_(try_once), reason_(reason) {}

  /// Leaves nothing behind in its frame that looks like a handle to what it waited on.
  ~WaitOp() { *const_cast<Object* volatile*>(&object_) = nullptr; }
  WaitOp(const WaitOp&) = delete;
  WaitOp& operator=(const WaitOp&) = delete;

  [[nodiscard]] Goroutine* task() const { return task_; }
  [[nodiscard]] const Object* object() const { return object_; }
  [[nodiscard]] std::source_location where() const { return where_; }
  [[nodiscard]] WaitReason reason() const { return reason_; }
  bool attempt() { return attempt_(*this); }

  /// The awaiter's part, the same for every operation. The compiler supplies the place.
  bool await_ready(std::source_location where = std::source_location::current());
  void await_suspend(std::coroutine_handle<>);

 protected:
  Object* object_ = nullptr;  // what it waits on; kept alive by the op's own handle

 private:
  friend class Scheduler;
  Attempt attempt_;
  Goroutine* task_ = nullptr;
  std::source_location where_;
  WaitReason reason_;
  bool yielded_ = false;  // the policy let others go first; attempt when dispatched again
};

using WaitList = List<WaitOp, WaitTag>;

}  // namespace engine
