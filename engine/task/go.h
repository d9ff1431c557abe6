// engine/task/go.h: starting goroutines, sleeping, panicking, deferring.
//
// The C++ reads like the Go it mirrors: go(fn, args...) starts a goroutine in the current process,
// co_await sleep_for(d), co_await panic("..."), co_await recovered(f(x)), Defer. All are called
// from inside a running goroutine.

#pragma once

#include <optional>
#include <source_location>
#include <string>
#include <type_traits>
#include <utility>

#include "engine/task/scheduler.h"

namespace engine {
namespace detail {

struct Root {
  PromiseBase* frame;
  Attachment* closure;
};

// A closure with state moves to the arena and lives as long as the frame that refers to it; the
// frame of a function without state refers to nothing.
template <class F, class... A>
Root make_root(F fn, A... args) {
  if constexpr (std::is_empty_v<F> || std::is_function_v<std::remove_pointer_t<F>>) {
    scheduler().begin_root();
    return {fn(std::move(args)...).release(), nullptr};
  } else {
    auto* closure = new Closure<F>(std::move(fn));
    scheduler().begin_root();
    return {closure->fn(std::move(args)...).release(), closure};
  }
}

}  // namespace detail

/// Starts `fn(args...)`, a coroutine returning Task<>, as a goroutine. It joins the run queue; the
/// caller goes on. Both `fn` and `args` are copied into the goroutine.
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

/// The running goroutine.
inline Goroutine& current_goroutine() {
  return *scheduler().current();
}

/// The process that the running goroutine belongs to.
inline Process& current_process() {
  return scheduler().current()->process();
}

/// How many goroutines of this process exist. Source: Go documentation, `runtime.NumGoroutine`.
inline uint32_t num_goroutine() {
  return current_process().task_count();
}

/// Suspends for `length` of virtual time; not at all if it is zero or negative.
/// Source: Go documentation, `time.Sleep`.
class [[nodiscard]] sleep_for : public Await<sleep_for> {
 public:
  explicit sleep_for(Duration length) : Await(kKind), timer_(ring), length_(length) {}
  bool attempt();

 private:
  struct Wake : Alarm {
    using Alarm::Alarm;
    Goroutine* task = nullptr;
  };
  static void ring(Alarm& alarm) { scheduler().ready(*static_cast<Wake&>(alarm).task); }
  static bool always(const WaitOp&) { return true; }
  static Instant due_of(const WaitOp& op) { return static_cast<const sleep_for&>(op).timer_.due(); }
  static constexpr OpKind kKind = {.attempt = attempt_of,
                                   .reason = WaitReason::kSleep,
                                   .wakes_by_itself = always,
                                   .due = due_of};
  Wake timer_;
  Duration length_;
};

/// Ends the process with Go's report, after this goroutine's deferred work, unless something
/// recovers. Never resumes. Source: The Go Programming Language Specification, "Handling panics".
class [[nodiscard]] panic : public Await<panic> {
 public:
  explicit panic(std::string_view message) : Await(kKind), message_(message) {}
  bool attempt() {
    scheduler().panic(message_);
    return false;
  }
  [[noreturn]] void await_resume() const {
    check_failed(__FILE__, __LINE__, "a panic was resumed");
  }

 private:
  static constexpr OpKind kKind = {.attempt = attempt_of, .reason = WaitReason::kPanic};
  std::string_view message_;
};

/// Ends this goroutine after its deferred work; the others go on, also after main. Never resumes.
/// Source: Go documentation, `runtime.Goexit`.
class [[nodiscard]] goexit : public Await<goexit> {
 public:
  goexit() : Await(kKind) {}
  bool attempt() {
    scheduler().goexit();
    return false;
  }
  [[noreturn]] void await_resume() const {
    check_failed(__FILE__, __LINE__, "a goroutine that has ended was resumed");
  }

 private:
  static constexpr OpKind kKind = {.attempt = attempt_of, .reason = WaitReason::kNone};
};

/// Ends the process with exit code `code`, without deferred work. Never resumes.
/// Source: Go documentation, `os.Exit`.
class [[nodiscard]] os_exit : public Await<os_exit> {
 public:
  explicit os_exit(int code) : Await(kKind), code_(code) {}
  bool attempt() {
    scheduler().exit_process(code_);
    return false;
  }
  [[noreturn]] void await_resume() const {
    check_failed(__FILE__, __LINE__, "a goroutine of a process that has exited was resumed");
  }

 private:
  static constexpr OpKind kKind = {.attempt = attempt_of, .reason = WaitReason::kNone};
  int code_;
};

/// Lets the other ready goroutines run. Source: Go documentation, `runtime.Gosched`.
class [[nodiscard]] gosched : public Await<gosched> {
 public:
  gosched() : Await(kKind) {}
  bool attempt() { return true; }
  bool await_ready() {
    static_cast<void>(interrupted());
    return false;
  }
  void await_suspend(std::coroutine_handle<>,
                     std::source_location where = std::source_location::current()) {
    scheduler().will_yield();
    stop(where);
  }

 private:
  static constexpr OpKind kKind = {.attempt = attempt_of, .reason = WaitReason::kNone};
};

/// Awaits `task` and recovers if it panics: its frames are destroyed, with their deferred work, and
/// the goroutine goes on here. Gives `Result`: the value, or the panic's message.
/// As a function in Go that defers recover(). A fatal error is not recovered.
template <class T>
class [[nodiscard]] Recovered {
 public:
  explicit Recovered(Task<T> task) : task_(std::move(task)) { base().recovers = true; }

  struct Result {
    std::conditional_t<std::is_void_v<T>, std::optional<bool>, std::optional<T>> value;
    std::string panic;  // of a panic: its message
    /// Whether it ended without a panic.
    explicit operator bool() const { return value.has_value(); }
  };

  bool await_ready(std::source_location where = std::source_location::current()) noexcept {
    return task_.await_ready(where);
  }
  template <class P>
  void await_suspend(std::coroutine_handle<P> parent) noexcept {
    task_.await_suspend(parent);
  }
  Result await_resume() {
    Result result;
    if (base().panicked) {
      result.panic = current_process().take_recovered();
    } else if constexpr (std::is_void_v<T>) {
      result.value = true;
    } else {
      result.value = task_.await_resume();
    }
    return result;
  }

 private:
  detail::TaskBase& base() { return task_; }
  Task<T> task_;
};
template <class T>
Recovered<T> recovered(Task<T> task) {
  return Recovered<T>(std::move(task));
}

/// Runs `fn` when the scope that holds it is left: by return, or because the goroutine panicked.
/// Unlike Go's, it runs at the end of its block, not of its function.
template <class F>
class [[nodiscard]] Defer {
 public:
  explicit Defer(F fn) : fn_(std::move(fn)), made_in_vain_(is_doomed()) {}
  Defer(const Defer&) = delete;
  Defer& operator=(const Defer&) = delete;
  ~Defer() {
    if (made_in_vain_) return;
    const DeferredWork visible;
    fn_();
  }

 private:
  F fn_;
  bool made_in_vain_;  // by a goroutine that had panicked before it came here
};

}  // namespace engine
