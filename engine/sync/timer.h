// engine/sync/timer.h: timers, tickers and delayed calls, with the rules of Go 1.23 and later.
//
// Concept: a timer's channel is unbuffered to its user: len() and cap() are 0, and after stop() or
// reset() no stale time is ever received. A goroutine that waits for a pending timer is no part of
// a deadlock, and neither is any while an after_func() is pending; a timer that nobody waits for
// keeps nobody alive. Times are those at which a timer was due. A time that lies beyond the end of
// time is just before it.
//
// Determinism: timers of one instant fire in the order they were set, before any goroutine runs;
// one set to nothing or less has fired when the call returns. Lifetime: counted handles; the copies
// are one timer. A timer that nobody can reach any more is gone, but a pending after_func() keeps
// itself until its process ends.
//
// Source: Go documentation, package time; Go 1.23 release notes, "Timer changes".
// Not modelled: time.Time with calendar and zones, GODEBUG=asynctimerchan.

#pragma once

#include <string_view>
#include <utility>

#include "engine/sync/chan.h"
#include "engine/sync/counted.h"
#include "engine/task/go.h"

namespace engine {

/// The virtual time.
inline Instant now() {
  return here().now;
}
inline Duration since(Instant then) {
  return here().now - then;
}

namespace detail {

/// `length` from now, but before the end of time; now if `length` is negative.
Instant due_after(Duration length);

/// The channel of a timer or ticker, which sends to itself.
class TimerChan final : public ChanOf<Instant> {
 public:
  explicit TimerChan(std::string_view name) : ChanOf(0, name, true), alarm_(*this) {}

  /// Starts anew: what was due or sent before is forgotten. `period` 0: it fires once. Fires at
  /// once if `length` is not positive.
  void set(Duration length, Duration period);
  void stop();
  /// Whether it has neither fired nor been stopped, as far as a receiver can tell.
  [[nodiscard]] bool active() const { return alarm_.pending() || ChanOf::length() > 0; }

  [[nodiscard]] uint32_t length() const override { return 0; }
  [[nodiscard]] Instant due() const override { return due_; }

 private:
  struct Ring : Alarm {
    explicit Ring(TimerChan& o) : Alarm(fire_chan), owner(o) {}
    TimerChan& owner;
  };
  static void fire_chan(Alarm& alarm) { static_cast<Ring&>(alarm).owner.fire(); }
  void fire();
  void set_due(Instant due);
  [[nodiscard]] Instant next_tick(Instant last) const;

  Ring alarm_;
  Instant due_ = kEndOfTime;
  Duration period_;
};

/// A call that waits for its time. It keeps itself while it is pending.
class FuncTimer : public Counted<FuncTimer>, public Alarm, public ProcessPart {
 public:
  FuncTimer();
  virtual ~FuncTimer() = default;
  bool set(Duration length);
  bool stop();
  void process_ended() override { stop(); }
  [[nodiscard]] Process& process() const { return process_; }
  [[nodiscard]] uint32_t id() const { return id_; }

 protected:
  virtual void start(EntityKey key) = 0;

 private:
  static void fire_func(Alarm& alarm);
  void settle();

  Process& process_;
  EntityKey key_;
  uint32_t id_;
  uint32_t fired_ = 0;
};

template <class F>
class FuncTimerOf final : public FuncTimer {
 public:
  FuncTimerOf(F fn, std::source_location where) : fn_(std::move(fn)), where_(where) {}

 private:
  void start(EntityKey key) override {
    const Root root = make_root(F(fn_));
    scheduler().spawn_from_timer(process(), key, root.frame, root.closure, where_);
  }
  F fn_;
  std::source_location where_;
};

}  // namespace detail

/// Go's *time.Timer.
class Timer {
 public:
  /// Sends the time on c() after `length`. Source: `time.NewTimer`.
  explicit Timer(Duration length, std::string_view name = {}) : chan_(new detail::TimerChan(name)) {
    chan_->set(length, Duration{});
  }
  explicit Timer(Ref<detail::FuncTimer> func) : func_(std::move(func)) {}

  /// Go's C: receives the time at which it fired. Nil for after_func().
  [[nodiscard]] Chan<Instant> c() const {
    return Chan<Instant>(Ref<detail::ChanOf<Instant>>(chan_.get()));
  }
  /// Prevents it from firing. False: it has fired or was stopped before.
  bool stop() const {  // NOLINT: as in Go, the result may be ignored
    if (here().muted) return false;
    if (func_) return func_->stop();
    const bool active = chan_->active();
    chan_->stop();
    return active;
  }
  /// Sets it anew, for `length` from now. Whether it was active before.
  bool reset(Duration length) const {
    if (here().muted) return false;
    if (func_) return func_->set(length);
    const bool active = chan_->active();
    chan_->set(length, Duration{});
    return active;
  }

 private:
  Ref<detail::TimerChan> chan_;
  Ref<detail::FuncTimer> func_;
};

/// Go's *time.Ticker: sends the time again and again; drops ticks for slow receivers.
class Ticker {
 public:
  /// Panics the goroutine if `period` is not positive. Source: `time.NewTicker`.
  explicit Ticker(Duration period, std::string_view name = {});

  [[nodiscard]] Chan<Instant> c() const {
    return Chan<Instant>(Ref<detail::ChanOf<Instant>>(chan_.get()));
  }
  /// No more ticks. Does not close the channel.
  void stop() const {
    if (!here().muted) chan_->stop();
  }
  /// Stops, and ticks with another period from now. Panics if it is not positive.
  void reset(Duration period) const;

 private:
  Ref<detail::TimerChan> chan_;
};

/// A channel that receives the time once, after `length`. Source: `time.After`.
inline Chan<Instant> after(Duration length) {
  return Timer(length).c();
}

/// A ticker's channel; nil if `period` is not positive. Source: `time.Tick`.
inline Chan<Instant> tick(Duration period) {
  return period > Duration{} ? Ticker(period).c() : Chan<Instant>::nil();
}

/// Starts `fn()`, a coroutine, as a goroutine of this process after `length`, unless it is stopped.
/// Source: `time.AfterFunc`.
template <class F>
Timer after_func(Duration length, F fn,
                 std::source_location where = std::source_location::current()) {
  Ref<detail::FuncTimer> func(new detail::FuncTimerOf<F>(std::move(fn), where));
  func->set(length);
  return Timer(std::move(func));
}

}  // namespace engine
