// tests/fuzz/semantics/interpreter.h: a generated program as goroutines of the engine.
//
// What the program shares lies in an Env, which is never freed: it goes with its world. Contexts
// are kept as well, so what a program sees does not depend on when a handle goes. The log lies
// outside the world.

#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "engine/sync/chan.h"
#include "engine/sync/cond.h"
#include "engine/sync/context.h"
#include "engine/sync/mutex.h"
#include "engine/sync/rwmutex.h"
#include "engine/sync/timer.h"
#include "engine/sync/wait_group.h"
#include "engine/task/go.h"
#include "tests/fuzz/semantics/program.h"
#include "tests/fuzz/semantics/record.h"

namespace semantics {

/// Host memory of a fixed size, so that a goroutine can write to it.
struct Log {
  static constexpr uint32_t kMax = 4096;
  uint32_t count = 0;
  bool full = false;
  Observation at[kMax];
};

/// What the goroutines of a program share.
struct Env {
  Env(const Program& p, Log& l);

  const Program& program;
  Log& log;
  std::vector<engine::Chan<int64_t>> channels;
  std::vector<engine::Mutex> mutexes;
  std::vector<engine::RWMutex> rwmutexes;
  std::vector<engine::Cond<engine::Mutex>> conds;
  std::vector<engine::WaitGroup> groups;
  std::vector<engine::Timer> timers;
  std::vector<engine::Ticker> tickers;
  std::vector<std::optional<engine::Timer>> funcs;
  std::vector<std::optional<engine::StopFunc>> stops;
  std::vector<engine::Cancelable> contexts;
  std::vector<engine::Context> kept;
};

/// Starts the program as a process of the current world.
void start(Env* env);

}  // namespace semantics
