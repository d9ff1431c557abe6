// engine/task/task.h: Task<T>, the coroutine type of everything that runs in a world.
//
// Concept: a Task is lazy and owns its frame. Awaiting one from another makes a chain of frames;
// the scheduler's loop resumes the innermost until the goroutine parks or ends (a trampoline: no
// symmetric transfer, so the host's stack stays flat and no tail calls are needed). Only the
// scheduler resumes frames. No exceptions: an escape from a coroutine aborts. A goroutine's root
// frame lies in one block with its Goroutine.
//
// Rules for coroutines: parameters by value; a lambda that captures is only started through go().

#pragma once

#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <source_location>
#include <utility>

#include "engine/world/check.h"

namespace engine {

template <class T = void>
class Task;

namespace detail {

struct PromiseBase;

/// The part of a Task that does not depend on its type. It lies in the frame that awaits it.
struct TaskBase {
  explicit TaskBase(PromiseBase* p) : promise(p) {}
  PromiseBase* promise;             // the frame that it owns, or null
  PromiseBase* awaiter = nullptr;   // the frame that awaits it
  std::source_location awaited_at;  // and where
  bool recovers = false;            // a panic below ends here
  bool panicked = false;            // and one did
};

/// What every frame has, whatever it returns. The scheduler handles frames through this alone.
struct PromiseBase {
  union {
    TaskBase* task;                // of a frame that another awaits: its Task, there
    std::source_location created;  // of a goroutine's root frame: where it was started
  };

  PromiseBase() : task(nullptr) {}

  static PromiseBase* at(void* frame) {
    return &std::coroutine_handle<PromiseBase>::from_address(frame).promise();
  }
  void* frame() { return std::coroutine_handle<PromiseBase>::from_promise(*this).address(); }
  void resume() { std::coroutine_handle<PromiseBase>::from_promise(*this).resume(); }
  /// REQUIRES: suspended, and no child frame left.
  void destroy() { std::coroutine_handle<PromiseBase>::from_promise(*this).destroy(); }

  /// Frames lie in the world's arena; a root frame behind its Goroutine.
  static void* operator new(size_t size);
  static void operator delete(void* frame, size_t size);

  static std::suspend_always initial_suspend() noexcept { return {}; }
  [[noreturn]] static void unhandled_exception() noexcept {
    check_failed(__FILE__, __LINE__, "an exception left a coroutine");
  }

  struct Final {
    static bool await_ready() noexcept { return false; }
    template <class P>
    static void await_suspend(std::coroutine_handle<P> frame) noexcept {
      finished(frame.promise());
    }
    static void await_resume() noexcept {}
  };
  static Final final_suspend() noexcept { return {}; }

  /// The scheduler's side: the innermost frame of the current goroutine changes.
  static void entered(PromiseBase& child) noexcept;
  static void finished(PromiseBase& frame) noexcept;
};

template <class T>
struct Promise : PromiseBase {
  static_assert(alignof(T) <= 2 * sizeof(void*), "frames are aligned to two pointers");
  std::optional<T> result;
  Task<T> get_return_object() { return Task<T>(*this); }
  template <class U>
  void return_value(U&& value) {
    result.emplace(std::forward<U>(value));
  }
};

template <>
struct Promise<void> : PromiseBase {
  inline Task<void> get_return_object();
  void return_void() {}
};

}  // namespace detail

template <class T>
class [[nodiscard]] Task : private detail::TaskBase {
 public:
  using promise_type = detail::Promise<T>;

  Task(Task&& other) noexcept : TaskBase(std::exchange(other.promise, nullptr)) {}
  Task& operator=(Task&&) = delete;
  ~Task() {
    if (promise != nullptr) promise->destroy();
  }

  /// The compiler supplies the place of the co_await.
  bool await_ready(std::source_location where = std::source_location::current()) noexcept {
    awaited_at = where;
    return false;
  }
  /// Runs the task to its end as part of the same goroutine.
  template <class P>
  void await_suspend(std::coroutine_handle<P> parent) noexcept {
    awaiter = &parent.promise();
    promise->task = this;
    detail::PromiseBase::entered(*promise);
  }
  T await_resume() {
    if constexpr (!std::is_void_v<T>)
      return std::move(*static_cast<promise_type*>(promise)->result);
  }

  /// Gives up the frame; the caller owns it. For the scheduler.
  detail::PromiseBase* release() { return std::exchange(promise, nullptr); }

 private:
  friend promise_type;
  template <class U>
  friend class Recovered;
  explicit Task(promise_type& frame) : TaskBase(&frame) {}
};

inline Task<void> detail::Promise<void>::get_return_object() {
  return Task<void>(*this);
}

}  // namespace engine
