// engine/task/task.h: Task<T>, the coroutine type of everything that runs in a world.
//
// Concept: a Task is lazy and owns its frame. Awaiting one from another makes a chain of frames;
// the scheduler's loop resumes the innermost until the goroutine parks or ends (a trampoline: no
// symmetric transfer, so the host's stack stays flat and no tail calls are needed). Only the
// scheduler resumes frames. No exceptions: an escape from a coroutine aborts.
//
// Rules for coroutines: parameters by value; a lambda that captures is only started through go().

#pragma once

#include <coroutine>
#include <optional>
#include <source_location>
#include <utility>

#include "engine/world/check.h"

namespace engine {

template <class T = void>
class Task;

namespace detail {

/// What every frame has, whatever it returns. The scheduler handles frames through this alone.
struct PromiseBase {
  PromiseBase* continuation =
      nullptr;                      // the frame that awaits this one; null for a goroutine's root
  PromiseBase** owner = nullptr;    // the Task that owns this frame, to be told of its end
  std::source_location awaited_at;  // where the continuation awaits this frame

  void resume() { std::coroutine_handle<PromiseBase>::from_promise(*this).resume(); }
  /// Destroys the frame and tells its owner. REQUIRES: suspended, and no child frame left.
  void destroy() {
    if (owner != nullptr) *owner = nullptr;
    std::coroutine_handle<PromiseBase>::from_promise(*this).destroy();
  }

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
class [[nodiscard]] Task {
 public:
  using promise_type = detail::Promise<T>;

  Task(Task&& other) noexcept : promise_(std::exchange(other.promise_, nullptr)) {}
  Task& operator=(Task&&) = delete;
  ~Task() {
    if (promise_ != nullptr) promise_->destroy();
  }

  /// The compiler supplies the place of the co_await.
  bool await_ready(std::source_location where = std::source_location::current()) noexcept {
    promise_->awaited_at = where;
    return false;
  }
  /// Runs the task to its end as part of the same goroutine.
  template <class P>
  void await_suspend(std::coroutine_handle<P> parent) noexcept {
    promise_->continuation = &parent.promise();
    promise_->owner = &promise_;
    detail::PromiseBase::entered(*promise_);
  }
  T await_resume() {
    if constexpr (!std::is_void_v<T>)
      return std::move(*static_cast<promise_type*>(promise_)->result);
  }

  /// Gives up the frame; the caller owns it. For the scheduler.
  detail::PromiseBase* release() { return std::exchange(promise_, nullptr); }

 private:
  friend promise_type;
  explicit Task(promise_type& promise) : promise_(&promise) {}
  detail::PromiseBase* promise_;
};

inline Task<void> detail::Promise<void>::get_return_object() {
  return Task<void>(*this);
}

}  // namespace engine
