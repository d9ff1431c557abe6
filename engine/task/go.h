// engine/task/go.h: starting goroutines, sleeping, panicking, deferring.
//
// The C++ reads like the Go it mirrors: go(fn, args...) starts a goroutine in the current process,
// co_await sleep_for(d), co_await panic("..."), Defer. All are called from inside a running
// goroutine.

#pragma once

#include <source_location>
#include <type_traits>
#include <utility>

#include "engine/task/scheduler.h"

namespace engine {
namespace detail {

template <class F>
struct ClosureOf final : Closure {
  explicit ClosureOf(F function) : fn(std::move(function)) {}
  F fn;
};

struct Root {
  PromiseBase* frame;
  Closure* closure;
};

// A closure with state moves to the arena and lives as long as the frame that refers to it; the
// frame of a function without state refers to nothing.
template <class F, class... A>
Root make_root(F fn, A... args) {
  if constexpr (std::is_empty_v<F> || std::is_function_v<std::remove_pointer_t<F>>) {
    return {fn(std::move(args)...).release(), nullptr};
  } else {
    auto* closure = new ClosureOf<F>(std::move(fn));
    return {closure->fn(std::move(args)...).release(), closure};
  }
}

}  // namespace detail

/// Starts `fn(args...)`, a coroutine returning Task<>, as a goroutine. It is appended to the run
/// queue; the caller goes on. Both `fn` and `args` are copied into the goroutine.
template <class F>
Goroutine& go(F fn, std::source_location where = std::source_location::current()) {
  const detail::Root root = detail::make_root(std::move(fn));
  return scheduler().spawn(root.frame, root.closure, where);
}
template <class F, class A>
Goroutine& go(F fn, A a, std::source_location where = std::source_location::current()) {
  const detail::Root root = detail::make_root(std::move(fn), std::move(a));
  return scheduler().spawn(root.frame, root.closure, where);
}
template <class F, class A, class B>
Goroutine& go(F fn, A a, B b, std::source_location where = std::source_location::current()) {
  const detail::Root root = detail::make_root(std::move(fn), std::move(a), std::move(b));
  return scheduler().spawn(root.frame, root.closure, where);
}
template <class F, class A, class B, class C>
Goroutine& go(F fn, A a, B b, C c, std::source_location where = std::source_location::current()) {
  const detail::Root root =
      detail::make_root(std::move(fn), std::move(a), std::move(b), std::move(c));
  return scheduler().spawn(root.frame, root.closure, where);
}
template <class F, class A, class B, class C, class D>
Goroutine& go(F fn, A a, B b, C c, D d,
              std::source_location where = std::source_location::current()) {
  const detail::Root root =
      detail::make_root(std::move(fn), std::move(a), std::move(b), std::move(c), std::move(d));
  return scheduler().spawn(root.frame, root.closure, where);
}

/// Starts a process whose main goroutine runs `fn()`. Called while a world is set up, or by a
/// model.
template <class F>
Process& start_process(Process::Options options, F fn,
                       std::source_location where = std::source_location::current()) {
  const detail::Root root = detail::make_root(std::move(fn));
  return scheduler().start_process(std::move(options), root.frame, root.closure, where);
}

/// The process that the running goroutine belongs to.
inline Process& current_process() {
  return scheduler().current()->process();
}

/// Suspends for `length` of virtual time; not at all if it is zero or negative.
/// Source: Go documentation, `time.Sleep`.
class [[nodiscard]] sleep_for : public WaitOp {
 public:
  explicit sleep_for(Duration length)
      : WaitOp(start, WaitReason::kSleep), timer_(*this), length_(length) {}
  void await_resume() const {}
  /// When it wakes. REQUIRES: it sleeps.
  [[nodiscard]] Instant due() const { return timer_.due(); }

 private:
  struct Alarm : Timer {
    explicit Alarm(sleep_for& owner) : Timer(ring), op(owner) {}
    static void ring(Timer& timer) { scheduler().ready(*static_cast<Alarm&>(timer).op.task()); }
    sleep_for& op;
  };
  static bool start(WaitOp& op);
  Alarm timer_;
  Duration length_;
};

/// Ends the process with Go's report, after this goroutine's deferred work. Never resumes.
/// Source: The Go Programming Language Specification, "Handling panics".
class [[nodiscard]] panic : public WaitOp {
 public:
  explicit panic(std::string_view message) : WaitOp(raise, WaitReason::kPanic), message_(message) {}
  [[noreturn]] void await_resume() const {
    check_failed(__FILE__, __LINE__, "a panic was resumed");
  }

 private:
  static bool raise(WaitOp& op);
  std::string_view message_;
};

/// Lets the other ready goroutines run. Source: Go documentation, `runtime.Gosched`.
class [[nodiscard]] gosched : public WaitOp {
 public:
  gosched() : WaitOp([](WaitOp&) { return true; }, WaitReason::kNone) {}
  bool await_ready(std::source_location where = std::source_location::current()) {
    WaitOp::await_ready(where);
    return false;
  }
  void await_suspend(std::coroutine_handle<>) { scheduler().suspend(*this, true); }
  void await_resume() const {}
};

/// Runs `fn` when the scope that holds it is left: by return, or because the goroutine panicked.
/// Unlike Go's, it runs at the end of its block, not of its function.
template <class F>
class [[nodiscard]] Defer {
 public:
  explicit Defer(F fn) : fn_(std::move(fn)) {}
  Defer(const Defer&) = delete;
  Defer& operator=(const Defer&) = delete;
  ~Defer() {
    const DeferredWork visible;
    fn_();
  }

 private:
  F fn_;
};

}  // namespace engine
