// Numbers that flow through stages: one makes them, some square them side by side, and one merges.
// Main takes the first few and closes a channel, which tells all stages to stop; with CANCEL=false
// it does not, and the stages wait for ever to send what nobody takes.
// After "Go Concurrency Patterns: Pipelines and cancellation" of the Go blog.

#include <vector>

#include "engine/sync/chan.h"
#include "engine/sync/none.h"
#include "engine/sync/select.h"
#include "engine/sync/wait_group.h"
#include "engine/task/go.h"
#include "engine/task/print.h"
#include "sim/programs/numbers.h"

namespace sim::programs {

using namespace engine;

namespace {

struct Cancel {
  Chan<None> done{0, "done"};
  WaitGroup stages{"stages"};  // those that have not stopped
};

/// Whether the value was taken before the pipeline was cancelled.
Task<bool> send_or_stop(Chan<int64_t> out, int64_t value, Cancel cancel) {
  const auto won = co_await select(out.send(value), cancel.done.recv());
  co_return won.index() == 0;
}

Chan<int64_t> generate(Cancel cancel, int64_t count) {
  const Chan<int64_t> out(0, "numbers");
  cancel.stages.add(1);
  go([cancel, count, out]() -> Task<> {
    Defer stopped([&] {
      println("generate stopped");
      cancel.stages.done();
    });
    Defer close([&] { out.close(); });
    for (int64_t n = 1; n <= count; ++n) {
      if (!co_await send_or_stop(out, n, cancel)) co_return;
    }
  }).set_name("generate");
  return out;
}

Chan<int64_t> square(Cancel cancel, Chan<int64_t> in, int64_t number) {
  const Chan<int64_t> out(0, numbered("squares-", number));
  cancel.stages.add(1);
  go([cancel, in, number, out]() -> Task<> {
    Defer stopped([&] {
      println(numbered("square-", number), "stopped");
      cancel.stages.done();
    });
    Defer close([&] { out.close(); });
    while (const auto n = co_await in.recv()) {
      co_await sleep_for(20 * kMillisecond);
      if (!co_await send_or_stop(out, *n * *n, cancel)) co_return;
    }
  }).set_name(numbered("square-", number));
  return out;
}

Chan<int64_t> merge(Cancel cancel, std::vector<Chan<int64_t>> inputs) {
  const Chan<int64_t> out(0, "merged");
  const WaitGroup open("open");
  open.add(static_cast<int64_t>(inputs.size()));
  for (int64_t number = 1; const Chan<int64_t>& in : inputs) {
    go([cancel, in, out, open]() -> Task<> {
      Defer done([&] { open.done(); });
      while (const auto value = co_await in.recv()) {
        if (!co_await send_or_stop(out, *value, cancel)) co_return;
      }
    }).set_name(numbered("merge-", number));
    ++number;
  }
  cancel.stages.add(1);
  go([cancel, out, open]() -> Task<> {
    co_await open.wait();
    out.close();
    println("merge stopped");
    cancel.stages.done();
  }).set_name("closer");
  return out;
}

}  // namespace

Task<> go_pipeline() {
  const int64_t count = number_from_env("COUNT", {.otherwise = 9, .least = 0, .most = 1000});
  const int64_t workers = number_from_env("WORKERS", {.otherwise = 3, .least = 1, .most = 100});
  const int64_t take = number_from_env("TAKE", {.otherwise = 3, .least = 0, .most = 1000});
  const bool cancels = current_process().env_bool("CANCEL", true);
  Cancel cancel;

  const Chan<int64_t> numbers = generate(cancel, count);
  std::vector<Chan<int64_t>> squares;
  for (int64_t i = 1; i <= workers; ++i) squares.push_back(square(cancel, numbers, i));
  const Chan<int64_t> merged = merge(cancel, squares);

  int64_t taken = 0;
  while (taken < take) {
    const auto value = co_await merged.recv();
    if (!value) break;
    println(*value);
    ++taken;
  }
  println("took", taken, "of", count);
  if (cancels) cancel.done.close();
  co_await cancel.stages.wait();
  println("all stages stopped");
}

}  // namespace sim::programs
