#include "tests/fuzz/semantics/interpreter.h"

#include <memory>
#include <string>

#include "tests/fuzz/semantics/dynamic_select.h"

namespace semantics {
namespace {

using namespace engine;

/// What a goroutine has for itself; lives in its root frame.
struct Self {
  uint32_t id;
  uint32_t sent = 0;
  /// No two values that are sent are equal.
  int64_t next() { return int64_t{id} * 100'000 + ++sent; }
};

void record(Env* env, uint32_t goroutine, uint32_t statement, int64_t value) {
  const WorldState& w = here();
  if (w.muted) return;
  Log& log = env->log;
  if (log.count == Log::kMax) {
    log.full = true;
    return;
  }
  log.at[log.count++] = {static_cast<uint32_t>(w.step), goroutine, statement, value, w.now.ns};
}

int64_t code_of_error(const Error& error) {
  return !error ? 0 : errors_is(error, kCanceled) ? 1 : 2;
}

Task<> goroutine(Env* env, const Stmt* stmt);

/// A statement that does not wait. False: it is no such statement.
bool plain(Env* env, const Self* self, const Stmt& s) {
  int64_t value = 0;
  switch (s.op) {
    case Op::kNote:
      break;
    case Op::kClose:
      env->channels[s.target].close();
      break;
    case Op::kLen:
      value = env->channels[s.target].len() * 100 + env->channels[s.target].cap();
      break;
    case Op::kUnlock:
      env->mutexes[s.target].unlock();
      break;
    case Op::kTryLock:
      value = env->mutexes[s.target].try_lock() ? 1 : 0;
      break;
    case Op::kReadUnlock:
      env->rwmutexes[s.target].runlock();
      break;
    case Op::kTryReadLock:
      value = env->rwmutexes[s.target].try_rlock() ? 1 : 0;
      break;
    case Op::kWriteUnlock:
      env->rwmutexes[s.target].unlock();
      break;
    case Op::kTryWriteLock:
      value = env->rwmutexes[s.target].try_lock() ? 1 : 0;
      break;
    case Op::kSignal:
      env->conds[s.target].signal();
      break;
    case Op::kBroadcast:
      env->conds[s.target].broadcast();
      break;
    case Op::kGroupAdd:
      env->groups[s.target].add(s.value);
      break;
    case Op::kTimerReset:
      value = env->timers[s.target].reset(Duration{s.value}) ? 1 : 0;
      break;
    case Op::kTimerStop:
      value = env->timers[s.target].stop() ? 1 : 0;
      break;
    case Op::kTickerReset:
      env->tickers[s.target].reset(Duration{s.value});
      break;
    case Op::kTickerStop:
      env->tickers[s.target].stop();
      break;
    case Op::kFuncStop:
      value = !env->funcs[s.target] ? -1 : env->funcs[s.target]->stop() ? 1 : 0;
      break;
    case Op::kFuncReset:
      value = !env->funcs[s.target] ? -1 : env->funcs[s.target]->reset(Duration{s.value}) ? 1 : 0;
      break;
    case Op::kCancel:
      env->contexts[s.target].cancel();
      break;
    case Op::kContextErr:
      value = code_of_error(env->contexts[s.target].context.err());
      break;
    case Op::kContextAfterStop:
      value = !env->stops[s.target] ? -1 : (*env->stops[s.target])() ? 1 : 0;
      break;
    case Op::kNumGoroutine:
      value = num_goroutine();
      break;
    default:
      return false;
  }
  record(env, self->id, s.id, value);
  return true;
}

/// A statement that makes something. Of a doomed goroutine nothing is seen, so nothing is stored.
void make(Env* env, const Self* self, const Stmt& s) {
  if (here().muted) return;
  const auto body = [env, stmt = &s]() -> Task<> { return goroutine(env, stmt); };
  if (s.op == Op::kAfterFunc) {
    env->funcs[s.target] = after_func(Duration{s.value}, body);
  } else if (s.op == Op::kContextAfterFunc) {
    env->stops[s.target] = after_func(env->contexts[s.other].context, body);
  } else {
    const Context parent = env->contexts[s.other].context;
    env->contexts[s.target] =
        s.op == Op::kWithCancel ? with_cancel(parent) : with_timeout(parent, Duration{s.value});
    env->kept.push_back(env->contexts[s.target].context);
  }
  record(env, self->id, s.id, 0);
}

/// The deferred statements of a function: run last to first when its frame goes.
class Deferred {
 public:
  Deferred(Env* env, Self* self) : env_(env), self_(self) {}
  Deferred(const Deferred&) = delete;
  Deferred& operator=(const Deferred&) = delete;
  ~Deferred() {
    while (!calls_.empty()) calls_.pop_back();
  }
  void push(const Stmt& s) { calls_.push_back(std::make_unique<Call>(Run{env_, self_, &s})); }

 private:
  struct Run {
    Env* env;
    const Self* self;
    const Stmt* stmt;
    void operator()() const { plain(env, self, *stmt); }
  };
  using Call = Defer<Run>;

  Env* env_;
  Self* self_;
  std::vector<std::unique_ptr<Call>> calls_;
};

/// Adds the cases in their order; `made` keeps the channels that exist only for this select.
void add_cases(Env* env, Self* self, const Stmt& s, DynamicSelect& select,
               std::vector<Chan<Instant>>& made) {
  for (const Case& c : s.cases) {
    switch (c.kind) {
      case CaseKind::kSend:
        select.send(env->channels[c.target], self->next());
        break;
      case CaseKind::kRecv:
        select.recv(env->channels[c.target]);
        break;
      case CaseKind::kAfter:
        made.push_back(after(Duration{c.value}));
        select.recv(made.back());
        break;
      case CaseKind::kTimer:
        select.recv(env->timers[c.target].c());
        break;
      case CaseKind::kTicker:
        select.recv(env->tickers[c.target].c());
        break;
      case CaseKind::kContext:
        select.recv(env->contexts[c.target].context.done());
        break;
    }
  }
}

Task<uint32_t> run_select(Env* env, Self* self, const Stmt* s) {
  const auto count = static_cast<uint32_t>(s->cases.size());
  std::vector<Chan<Instant>> made;
  made.reserve(kCasesMax);
  DynamicSelect select(s->flag, count);
  add_cases(env, self, *s, select, made);
  const uint32_t chosen = co_await select;
  record(env, self->id, s->id, chosen);
  if (chosen < count) record(env, self->id, s->id, select.received());
  co_return chosen;
}

// Selects of common shapes go through the engine's own front door.

int64_t value_of(const std::optional<int64_t>& got) {
  return got.value_or(kClosedValue);
}
int64_t value_of(const std::optional<Instant>& got) {
  return got ? got->ns : kClosedValue;
}
int64_t value_of(const std::optional<None>& got) {
  return got ? 0 : kClosedValue;
}

template <class T>
Task<uint32_t> receive_in_select(Env* env, Self* self, const Stmt* s, Chan<T> chan) {
  uint32_t chosen = 0;
  int64_t received = 0;
  if (s->flag) {
    auto won = co_await select(chan.recv(), otherwise());
    chosen = won.index();
    if (chosen == 0) received = value_of(won.template get<0>());
  } else {
    auto won = co_await select(chan.recv());
    received = value_of(won.template get<0>());
  }
  record(env, self->id, s->id, chosen);
  if (chosen == 0) record(env, self->id, s->id, received);
  co_return chosen;
}

Task<uint32_t> send_in_select(Env* env, Self* self, const Stmt* s) {
  const Chan<int64_t> chan = env->channels[s->cases[0].target];
  const int64_t value = self->next();
  uint32_t chosen = 0;
  if (s->flag) {
    const auto won = co_await select(chan.send(value), otherwise());
    chosen = won.index();
  } else {
    const auto won = co_await select(chan.send(value));
    chosen = won.index();
  }
  record(env, self->id, s->id, chosen);
  if (chosen == 0) record(env, self->id, s->id, 0);
  co_return chosen;
}

Task<uint32_t> run_select_of_one(Env* env, Self* self, const Stmt* s) {
  const Case& c = s->cases[0];
  switch (c.kind) {
    case CaseKind::kSend:
      return send_in_select(env, self, s);
    case CaseKind::kRecv:
      return receive_in_select(env, self, s, env->channels[c.target]);
    case CaseKind::kAfter:
      return receive_in_select(env, self, s, after(Duration{c.value}));
    case CaseKind::kTimer:
      return receive_in_select(env, self, s, env->timers[c.target].c());
    case CaseKind::kTicker:
      return receive_in_select(env, self, s, env->tickers[c.target].c());
    case CaseKind::kContext:
      break;
  }
  return receive_in_select(env, self, s, env->contexts[c.target].context.done());
}

Task<uint32_t> run_select_of_two(Env* env, Self* self, const Stmt* s) {
  const Chan<int64_t> in = env->channels[s->cases[0].target];
  const Chan<int64_t> out = env->channels[s->cases[1].target];
  const int64_t value = self->next();
  uint32_t chosen = 0;
  int64_t received = 0;
  if (s->flag) {
    auto won = co_await select(in.recv(), out.send(value), otherwise());
    chosen = won.index();
    if (chosen == 0) received = won.get<0>().value_or(kClosedValue);
  } else {
    auto won = co_await select(in.recv(), out.send(value));
    chosen = won.index();
    if (chosen == 0) received = won.get<0>().value_or(kClosedValue);
  }
  record(env, self->id, s->id, chosen);
  if (chosen < 2) record(env, self->id, s->id, received);
  co_return chosen;
}

bool is_receive_and_send(const Stmt& s) {
  return s.cases.size() == 2 && s.cases[0].kind == CaseKind::kRecv &&
         s.cases[1].kind == CaseKind::kSend;
}

Task<> run_block(Env* env, Self* self, Deferred* deferred, const Block* block);

Task<> run_function(Env* env, Self* self, const Block* body) {
  Deferred deferred(env, self);
  co_await run_block(env, self, &deferred, body);
}

/// A statement that waits for one channel, lock, group or instant.
Task<> wait(Env* env, Self* self, const Stmt* s) {
  int64_t value = 0;
  switch (s->op) {
    case Op::kSend:
      co_await env->channels[s->target].send(self->next());
      break;
    case Op::kRecv: {
      const std::optional<int64_t> got = co_await env->channels[s->target].recv();
      value = got.value_or(kClosedValue);
      break;
    }
    case Op::kLock:
      co_await env->mutexes[s->target].lock();
      break;
    case Op::kReadLock:
      co_await env->rwmutexes[s->target].rlock();
      break;
    case Op::kWriteLock:
      co_await env->rwmutexes[s->target].lock();
      break;
    case Op::kCondWait:
      co_await env->conds[s->target].wait();
      break;
    case Op::kGroupWait:
      co_await env->groups[s->target].wait();
      break;
    case Op::kSleep:
      co_await sleep_for(Duration{s->value});
      break;
    case Op::kAfter: {
      const std::optional<Instant> got = co_await after(Duration{s->value}).recv();
      value = got->ns;
      break;
    }
    case Op::kTimerRecv: {
      const std::optional<Instant> got = co_await env->timers[s->target].c().recv();
      value = got->ns;
      break;
    }
    case Op::kTickerRecv: {
      const std::optional<Instant> got = co_await env->tickers[s->target].c().recv();
      value = got->ns;
      break;
    }
    case Op::kContextWait: {
      const std::optional<None> got = co_await env->contexts[s->target].context.done().recv();
      value = got ? 0 : kClosedValue;
      break;
    }
    default:
      co_await gosched();
  }
  record(env, self->id, s->id, value);
}

Task<> run_call(Env* env, Self* self, const Stmt* s) {
  int64_t value = 0;
  if (s->flag) {
    const auto result = co_await recovered(run_function(env, self, &s->body));
    value = result ? 0 : code_of(result.panic);
  } else {
    co_await run_function(env, self, &s->body);
  }
  record(env, self->id, s->id, value);
}

void start_goroutine(Env* env, const Self* self, const Stmt* s) {
  Goroutine& started = go(goroutine, env, s);
  const uint32_t id = started.id().value;
  if (s->flag) {
    started.on_panic(
        [env, id, s](std::string_view message) { record(env, id, s->id, code_of(message)); });
  }
  record(env, self->id, s->id, id);
}

Task<> run_block(Env* env, Self* self, Deferred* deferred, const Block* block) {
  for (const Stmt& s : *block) {
    switch (s.op) {
      case Op::kGo:
        start_goroutine(env, self, &s);
        break;
      case Op::kDefer:
        deferred->push(s.body[0]);
        break;
      case Op::kCall:
        co_await run_call(env, self, &s);
        break;
      case Op::kRepeat:
        for (int64_t i = 0; i < s.value; ++i) co_await run_block(env, self, deferred, &s.body);
        break;
      case Op::kSelect: {
        uint32_t chosen = 0;
        if (s.cases.size() == 1) {
          chosen = co_await run_select_of_one(env, self, &s);
        } else if (is_receive_and_send(s)) {
          chosen = co_await run_select_of_two(env, self, &s);
        } else {
          chosen = co_await run_select(env, self, &s);
        }
        const Block* const arm = chosen < s.cases.size() ? &s.cases[chosen].body : &s.body;
        if (!arm->empty()) co_await run_block(env, self, deferred, arm);
        break;
      }
      case Op::kAfterFunc:
      case Op::kContextAfterFunc:
      case Op::kWithCancel:
      case Op::kWithTimeout:
        make(env, self, s);
        break;
      case Op::kPanic: {
        const std::string message = "p" + std::to_string(s.value);
        co_await panic(message);
        break;
      }
      case Op::kGoexit:
        co_await goexit();
        break;
      default:
        if (may_wait(s.op)) {
          co_await wait(env, self, &s);
        } else {
          plain(env, self, s);
        }
    }
  }
}

Task<> goroutine(Env* env, const Stmt* stmt) {
  Self self{current_goroutine().id().value};
  Deferred deferred(env, &self);
  co_await run_block(env, &self, &deferred, &stmt->body);
}

Task<> run_main(Env* env) {
  Self self{current_goroutine().id().value};
  if (env->program.main_recovers) {
    current_goroutine().on_panic(
        [env, id = self.id](std::string_view message) { record(env, id, 0, code_of(message)); });
  }
  Deferred deferred(env, &self);
  co_await run_block(env, &self, &deferred, &env->program.main);
}

}  // namespace

Env::Env(const Program& p, Log& l)
    : program(p),
      log(l),
      mutexes(kLocks),
      rwmutexes(kLocks),
      groups(kGroups),
      funcs(kFuncs),
      stops(kFuncs),
      contexts(kContexts) {
  for (uint8_t i = 0; i < kLocks; ++i) conds.emplace_back(mutexes[i]);
  for (const int64_t capacity : p.channels) {
    channels.push_back(capacity == kNilChannel ? Chan<int64_t>::nil()
                                               : Chan<int64_t>(static_cast<uint32_t>(capacity)));
  }
  for (const int64_t length : p.timers) timers.emplace_back(Duration{length});
  for (const int64_t period : p.tickers) {
    tickers.emplace_back(Duration{period == 0 ? 1 : period});
    if (period == 0) tickers.back().stop();
  }
}

void start(Env* env) {
  start_process({"program", {}, {}}, [env]() -> Task<> { return run_main(env); });
}

}  // namespace semantics
