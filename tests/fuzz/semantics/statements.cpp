// The model: what each statement does to the goroutine that runs it.

#include <utility>

#include "tests/fuzz/semantics/model.h"

namespace semantics {

// What Go evaluates before an operation begins: its operands.
void Model::prepare(Goroutine& g, const Stmt& s) {
  g.arms.clear();
  g.lock = {};
  const auto next_value = [&] { return int64_t{g.id} * 100'000 + ++g.sent; };
  const auto done_of = [&](uint8_t slot) {
    const size_t context = context_slots_[slot];
    return context == kNil ? kNil : contexts_[context].channel;
  };
  const auto made = [&](int64_t length) {
    g.made.push_back(new_timer(length));
    return g.made.back();
  };
  switch (s.op) {
    case Op::kSend:
      g.arms.push_back({slots_[s.target], true, next_value()});
      break;
    case Op::kRecv:
      g.arms.push_back({slots_[s.target], false, 0});
      break;
    case Op::kAfter:
      g.arms.push_back({made(s.value), false, 0});
      break;
    case Op::kTimerRecv:
      g.arms.push_back({timers_[s.target], false, 0});
      break;
    case Op::kTickerRecv:
      g.arms.push_back({tickers_[s.target], false, 0});
      break;
    case Op::kContextWait:
      g.arms.push_back({done_of(s.target), false, 0});
      break;
    case Op::kSelect:
      for (const Case& c : s.cases) {
        switch (c.kind) {
          case CaseKind::kSend:
            g.arms.push_back({slots_[c.target], true, next_value()});
            break;
          case CaseKind::kRecv:
            g.arms.push_back({slots_[c.target], false, 0});
            break;
          case CaseKind::kAfter:
            g.arms.push_back({made(c.value), false, 0});
            break;
          case CaseKind::kTimer:
            g.arms.push_back({timers_[c.target], false, 0});
            break;
          case CaseKind::kTicker:
            g.arms.push_back({tickers_[c.target], false, 0});
            break;
          case CaseKind::kContext:
            g.arms.push_back({done_of(c.target), false, 0});
            break;
        }
      }
      break;
    default:
      break;
  }
}

Model::Outcome Model::attempt(Goroutine& g, const Stmt& s) {
  switch (s.op) {
    case Op::kGo: {
      Goroutine& started = add_goroutine(&s, s.body);
      started.recovers = s.flag;
      return finish(g, s, started.id);
    }
    case Op::kCall:
      enter(g, s, s.body, true);
      return Outcome::kDone;
    case Op::kRepeat:
      enter(g, s, s.body, false);
      if (!s.body.empty()) g.frames.back().left = s.value;
      return Outcome::kDone;
    case Op::kDefer: {
      size_t function = g.frames.size() - 1;
      while (!g.frames[function].is_function) --function;
      g.frames[function].deferred.push_back(&s.body[0]);
      ++g.frames.back().next;
      return Outcome::kDone;
    }
    case Op::kLock:
    case Op::kReadLock:
    case Op::kWriteLock:
    case Op::kCondWait:
      return take_lock(g, s, Resume::kAttempt);
    case Op::kGroupWait: {
      Group& group = groups_[s.target];
      if (group.counter == 0) return finish(g, s, 0);
      group.waiters.push_back(g.id);
      return waits(g, "sync.WaitGroup.Wait");
    }
    case Op::kSleep:
      if (s.value <= 0) return finish(g, s, 0);
      set_alarm(AlarmKind::kSleep, g.id, after(s.value));
      return waits(g, "sleep");
    case Op::kPanic:
      return panic(g, "p" + std::to_string(s.value));
    case Op::kGoexit:
      g.exits = true;
      unwind(g);
      return Outcome::kGone;
    case Op::kGosched:
      return finish(g, s, 0);
    default:
      return g.arms.empty() && s.op != Op::kSelect ? plain(g, s) : communicate(g, s);
  }
}

// It has waited, and goes on.
Model::Outcome Model::resume(Goroutine& g, const Stmt& s, Resume how) {
  if (how == Resume::kClosed) return panic(g, "send on closed channel");
  switch (s.op) {
    case Op::kLock:
    case Op::kReadLock:
    case Op::kWriteLock:
    case Op::kCondWait:
      return take_lock(g, s, how);
    case Op::kGroupWait: {
      const Group& group = groups_[s.target];
      const bool is_reused = group.counter != 0 || !group.waiters.empty();
      if (is_reused) {
        return panic(g, "sync: WaitGroup is reused before previous Wait has returned");
      }
      return finish(g, s, 0);
    }
    case Op::kSleep:
      return finish(g, s, 0);
    default:
      return communicated(g, s);
  }
}

Model::Outcome Model::waits(Goroutine& g, std::string_view reason) {
  g.reason = reason;
  return Outcome::kWaits;
}

void Model::enter(Goroutine& g, const Stmt& s, const Block& block, bool is_function) {
  ++g.frames.back().next;
  if (is_function || !block.empty()) g.frames.push_back({&block, &s, 0, 1, is_function, {}});
}

void Model::drop_made(Goroutine& g) {
  for (const size_t channel : g.made) cancel_alarm(AlarmKind::kChannel, channel);
  g.made.clear();
}

// Sends, receives and selects.

Model::Outcome Model::communicate(Goroutine& g, const Stmt& s) {
  std::vector<size_t> ready;
  for (size_t i = 0; i < g.arms.size(); ++i) {
    if (can_proceed(g.arms[i])) ready.push_back(i);
  }
  if (!ready.empty()) {
    g.chosen = ready[0];
    if (ready.size() > 1) {
      if (choice_ == choices_end_) {
        fail("a select did not draw among its ready cases");
        return Outcome::kGone;
      }
      const Draw draw = record_->choices[choice_++];
      if (draw.of != ready.size() || draw.taken >= draw.of) {
        fail("a select drew among " + std::to_string(draw.of) + " cases, but " +
             std::to_string(ready.size()) + " are ready");
        return Outcome::kGone;
      }
      g.chosen = ready[draw.taken];
    }
    if (!proceed(g.arms[g.chosen], g.got)) return panic(g, "send on closed channel");
    return communicated(g, s);
  }
  if (s.op == Op::kSelect && s.flag) {
    g.chosen = g.arms.size();
    return communicated(g, s);
  }
  for (size_t i = 0; i < g.arms.size(); ++i) {
    const Arm& arm = g.arms[i];
    if (arm.channel == kNil) continue;
    Channel& c = channels_[arm.channel];
    (arm.sends ? c.senders : c.receivers).push_back({g.id, i, arm.value});
  }
  if (s.op == Op::kSelect && g.arms.empty()) return waits(g, "select (no cases)");
  // A select of one case is compiled to the plain operation.
  const bool is_plain = s.op != Op::kSelect || g.arms.size() == 1;
  if (!is_plain) return waits(g, "select");
  const bool is_nil = g.arms[0].channel == kNil;
  if (g.arms[0].sends) return waits(g, is_nil ? "chan send (nil chan)" : "chan send");
  return waits(g, is_nil ? "chan receive (nil chan)" : "chan receive");
}

Model::Outcome Model::communicated(Goroutine& g, const Stmt& s) {
  drop_made(g);
  const bool is_default = g.chosen == g.arms.size();
  const int64_t value = is_default || g.arms[g.chosen].sends ? 0 : g.got;
  if (s.op != Op::kSelect) return finish(g, s, value);
  observe(g, s.id, static_cast<int64_t>(g.chosen));
  if (!is_default) observe(g, s.id, value);
  enter(g, s, is_default ? s.body : s.cases[g.chosen].body, false);
  return Outcome::kDone;
}

// Locks, from the start or after a wait.

Model::Outcome Model::take_lock(Goroutine& g, const Stmt& s, Resume how) {
  if (s.op == Op::kReadLock) {
    RWMutex& m = rwmutexes_[s.target];
    const bool barges = mutation_ == Mutation::kBargingReader && m.reader_wait > 0;
    if (how == Resume::kDone || ++m.reader_count >= 0 || barges || acquire(m.reader_turn, g)) {
      ++m.readers;
      return finish(g, s, 0);
    }
    return waits(g, "sync.RWMutex.RLock");
  }
  if (s.op == Op::kCondWait && how == Resume::kAttempt) {
    conds_[s.target].push_back(g.id);
    if (!unlock(mutexes_[s.target])) return fatal(g, "sync: unlock of unlocked mutex");
    return waits(g, "sync.Cond.Wait");
  }
  const bool is_writer = s.op == Op::kWriteLock;
  if (is_writer && how == Resume::kDone) {
    rwmutexes_[s.target].is_written = true;
    return finish(g, s, 0);
  }
  Mutex& m = is_writer ? rwmutexes_[s.target].writers : mutexes_[s.target];
  const bool is_taken = how == Resume::kTurn ? take_turn(m, g) : lock(m, g);
  if (!is_taken) return waits(g, "sync.Mutex.Lock");
  if (is_writer && !announce(rwmutexes_[s.target], g)) return waits(g, "sync.RWMutex.Lock");
  if (is_writer) rwmutexes_[s.target].is_written = true;
  return finish(g, s, 0);
}

// What never waits.

Model::Outcome Model::plain(Goroutine& g, const Stmt& s) {
  int64_t value = 0;
  if (plain_value(g, s, value)) return finish(g, s, value);
  if (exit_ == Exit::kRunning) unwind(g);
  return Outcome::kGone;
}

// False: it has panicked, or ended the process.
bool Model::plain_value(Goroutine& g, const Stmt& s, int64_t& value) {
  const auto panics = [&](const char* message) {
    g.panics.emplace_back(message);
    return false;
  };
  const auto is_fatal = [&](const char* message) {
    fatal(g, message);
    return false;
  };
  switch (s.op) {
    case Op::kClose: {
      const size_t channel = slots_[s.target];
      if (channel == kNil) return panics("close of nil channel");
      return close(channel) || panics("close of closed channel");
    }
    case Op::kLen: {
      if (slots_[s.target] == kNil) break;
      const Channel& c = channels_[slots_[s.target]];
      value = static_cast<int64_t>(c.buffer.size()) * 100 + c.capacity;
      break;
    }
    case Op::kUnlock:
      return unlock(mutexes_[s.target]) || is_fatal("sync: unlock of unlocked mutex");
    case Op::kTryLock:
      value = try_lock(mutexes_[s.target]) ? 1 : 0;
      break;
    case Op::kReadUnlock:
      return read_unlock(rwmutexes_[s.target]) || is_fatal("sync: RUnlock of unlocked RWMutex");
    case Op::kTryReadLock: {
      RWMutex& m = rwmutexes_[s.target];
      value = m.reader_count >= 0 ? 1 : 0;
      m.reader_count += value;
      m.readers += value;
      break;
    }
    case Op::kWriteUnlock:
      if (!write_unlock(rwmutexes_[s.target], g))
        return is_fatal("sync: Unlock of unlocked RWMutex");
      return exit_ == Exit::kRunning;
    case Op::kTryWriteLock:
      value = try_write_lock(rwmutexes_[s.target]) ? 1 : 0;
      break;
    case Op::kSignal:
    case Op::kBroadcast: {
      std::deque<uint32_t>& waiters = conds_[s.target];
      while (!waiters.empty()) {
        const uint32_t first = waiters.front();
        waiters.pop_front();
        wake(first, Resume::kNotified);
        if (s.op == Op::kSignal) break;
      }
      break;
    }
    case Op::kGroupAdd:
      return add_to_group(groups_[s.target], s.value) || panics("sync: negative WaitGroup counter");
    case Op::kTimerReset:
      value = is_active(timers_[s.target]) ? 1 : 0;
      set_timer(timers_[s.target], s.value, 0);
      break;
    case Op::kTimerStop:
      value = is_active(timers_[s.target]) ? 1 : 0;
      stop_timer(timers_[s.target]);
      break;
    case Op::kTickerReset:
      if (s.value <= 0) return panics("non-positive interval for Ticker.Reset");
      set_timer(tickers_[s.target], s.value, s.value);
      break;
    case Op::kTickerStop:
      stop_timer(tickers_[s.target]);
      break;
    case Op::kAfterFunc:
      func_slots_[s.target] = funcs_.size();
      funcs_.push_back({&s, false});
      set_func(func_slots_[s.target], s.value);
      break;
    case Op::kFuncStop: {
      const size_t func = func_slots_[s.target];
      value = func == kNil ? -1 : std::exchange(funcs_[func].pending, false) ? 1 : 0;
      if (value == 1) cancel_alarm(AlarmKind::kFunc, func);
      break;
    }
    case Op::kFuncReset: {
      const size_t func = func_slots_[s.target];
      value = func == kNil ? -1 : set_func(func, s.value) ? 1 : 0;
      break;
    }
    case Op::kWithCancel:
      context_slots_[s.target] = new_context(context_slots_[s.other], kNever);
      break;
    case Op::kWithTimeout:
      context_slots_[s.target] = new_context(context_slots_[s.other], now_ + s.value);
      break;
    case Op::kCancel:
      if (context_slots_[s.target] != kNil) cancel(context_slots_[s.target], 1);
      break;
    case Op::kContextErr:
      value = context_slots_[s.target] == kNil ? 0 : contexts_[context_slots_[s.target]].err;
      break;
    case Op::kContextAfterFunc:
      stop_slots_[s.target] = funcs_.size();
      funcs_.push_back({&s, true});
      depend(context_slots_[s.other], {false, stop_slots_[s.target]});
      break;
    case Op::kContextAfterStop: {
      const size_t func = stop_slots_[s.target];
      value = func == kNil ? -1 : std::exchange(funcs_[func].pending, false) ? 1 : 0;
      break;
    }
    case Op::kNumGoroutine:
      value = alive_;
      break;
    default:
      break;
  }
  return true;
}

}  // namespace semantics
