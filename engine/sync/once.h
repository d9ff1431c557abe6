// engine/sync/once.h: what is done one time only, however many ask for it.
//
//   co_await once.run(connect);            // Go's once.Do(connect)
//   auto config = once_value(read_config);  // a function
//   use(co_await config());
//
// Concept: Go's sync.Once. The first caller runs the function; the others wait until it has
// finished, as for a mutex. A function that panics has run. once_func() and once_value() make
// functions that panic with the same message on each later call too. For several values
// (Go's OnceValues) let the function give a tuple: `auto [a, b] = co_await values();`.
// Give a lambda that captures as a variable, not as a temporary inside the co_await.
//
// Determinism: those that waited go on one after another in the order they came, as from a mutex.
// Lifetime: counted handles: copies are the same Once.
// Source: Go documentation, `sync.Once`, `sync.OnceFunc`, `sync.OnceValue`. Not modelled: the words
// "[recovered, repanicked]" that Go's report adds to the first panic of a OnceFunc.

#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "engine/sync/shared.h"
#include "engine/task/go.h"

namespace engine {

namespace detail {

class OnceCore : public SharedCore {
 public:
  explicit OnceCore(std::string_view name) : SharedCore(name) {}

  enum class State : uint8_t { kNew, kRuns, kDone };
  /// True: it has run. False: the caller's part is to run it, or to wait.
  [[nodiscard]] bool done() const { return state_ == State::kDone; }
  [[nodiscard]] bool begin() {
    if (state_ != State::kNew) return false;
    state_ = State::kRuns;
    return true;
  }
  void enqueue(Waiter& waiter) {
    waiter.task = scheduler().current();
    waiters_.push_back(waiter);
  }
  void finish() {
    if (here().muted) return;
    state_ = State::kDone;
    note(*this, EventKind::kOnce);
    wake_next();
  }
  void wake_next() {
    if (Waiter* waiter = waiters_.pop_front()) scheduler().ready_to_retry(*waiter->task);
  }
  [[nodiscard]] const WaitList& waiters() const { return waiters_; }
  [[nodiscard]] std::string describe() const override {
    return state_ == State::kNew ? "not done" : state_ == State::kRuns ? "running" : "done";
  }

 private:
  WaitList waiters_;
  State state_ = State::kNew;
};

/// Gives true to the one caller that must run the function; to the others false once it has run.
class [[nodiscard]] OnceOp final : public Await<OnceOp> {
 public:
  explicit OnceOp(OnceCore* core) : Await(kKind, core) {}
  ~OnceOp() {
    const bool was_woken = queued_ && !waiter_.linked();
    if (was_woken && !here().muted) core().wake_next();
  }
  bool attempt() {
    if (core().done()) {
      if (std::exchange(queued_, false)) core().wake_next();
      return true;
    }
    first_ = core().begin();
    if (first_) return true;
    queued_ = true;
    core().enqueue(waiter_);
    return false;
  }
  [[nodiscard]] bool await_resume() const { return first_; }

 private:
  static constexpr OpKind kKind = {.attempt = attempt_of, .reason = WaitReason::kMutexLock};
  [[nodiscard]] OnceCore& core() const { return *static_cast<OnceCore*>(object_); }

  Waiter waiter_;
  bool queued_ = false;
  bool first_ = false;
};

template <class F>
Task<> run_once(Ref<OnceCore> core, F fn) {
  const bool first = co_await OnceOp(core.get());
  if (!first) co_return;
  const Defer finished([&] { core->finish(); });
  co_await fn();
}

/// What the coroutine function F gives.
template <class T>
struct ResultOfTask;
template <class T>
struct ResultOfTask<Task<T>> {
  using Type = T;
};
template <class F>
using ResultOf = typename ResultOfTask<std::invoke_result_t<F&>>::Type;

/// Go's text for panic(nil), which OnceFunc makes of a function that ends its goroutine.
inline constexpr std::string_view kNilPanic = "panic called with nil argument";

/// A once_func() or once_value(): a Once with its function and what came of it.
template <class F>
class OnceFuncCore final : public OnceCore {
 public:
  using T = ResultOf<F>;
  OnceFuncCore(F fn, std::string_view name) : OnceCore(name), fn_(std::in_place, std::move(fn)) {}

  static Task<T> call(Ref<OnceFuncCore> core) {
    const bool first = co_await OnceOp(core.get());
    if (first) {
      const Defer finished([&] { core->end(); });
      if constexpr (std::is_void_v<T>) {
        co_await (*core->fn_)();
        core->result_.emplace();
      } else {
        core->result_.emplace(co_await (*core->fn_)());
      }
    }
    if (!core->result_) co_await panic(core->message_);
    if constexpr (!std::is_void_v<T>) co_return *core->result_;
  }

 private:
  struct Nothing {};
  void end() {
    if (here().muted) return;
    if (!result_) message_ = current_process().failure();
    const bool exits = !result_ && message_.empty();
    if (exits) message_ = kNilPanic;
    finish();
    fn_.reset();
    if (exits) scheduler().panic(kNilPanic);
  }

  std::optional<F> fn_;  // until it has run
  std::optional<std::conditional_t<std::is_void_v<T>, Nothing, T>> result_;
  std::string message_;  // of its panic
};

}  // namespace detail

class Once {
 public:
  explicit Once(std::string_view name = {}) : core_(new detail::OnceCore(name)) {}

  /// Go's Do: runs `fn()`, a coroutine giving Task<>, if no call did so before; else suspends until
  /// that call has finished. If `fn` calls run() of the same Once, it waits for ever.
  template <class F>
  Task<> run(F fn) const {
    return detail::run_once(core_, std::move(fn));
  }

 private:
  Ref<detail::OnceCore> core_;
};

/// What once_func() and once_value() give. Copies are the same function.
template <class F>
class OnceFunc {
  using Core = detail::OnceFuncCore<F>;

 public:
  explicit OnceFunc(F fn, std::string_view name = {}) : core_(new Core(std::move(fn), name)) {}

  /// The result of the one run; its panic, if it ended in one.
  Task<typename Core::T> operator()() const { return Core::call(core_); }

 private:
  Ref<Core> core_;
};

/// A function that runs `fn()`, a coroutine giving Task<>, the first time it is called and awaited.
template <class F>
  requires std::is_void_v<detail::ResultOf<F>>
OnceFunc<F> once_func(F fn, std::string_view name = {}) {
  return OnceFunc<F>(std::move(fn), name);
}
/// As once_func(), where `fn()` gives Task<T>: each call gives a copy of its value.
template <class F>
  requires(!std::is_void_v<detail::ResultOf<F>>)
OnceFunc<F> once_value(F fn, std::string_view name = {}) {
  return OnceFunc<F>(std::move(fn), name);
}

}  // namespace engine
