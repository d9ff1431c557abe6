// A queue with a few places, guarded by a mutex and two conditions: not full, not empty. LOOP=false
// checks a condition once instead of in a loop, so that who was overtaken finds it false again.
// CONDITIONS=1 uses one condition for both, so that a signal can wake somebody of the wrong side.

#include <deque>

#include "engine/sync/chan.h"
#include "engine/sync/cond.h"
#include "engine/sync/mutex.h"
#include "engine/sync/shared.h"
#include "engine/sync/wait_group.h"
#include "engine/task/go.h"
#include "engine/task/print.h"
#include "sim/programs/numbers.h"

namespace sim::programs {

using namespace engine;

namespace {

struct Items {
  std::deque<int64_t> waiting;
  bool closed = false;  // nobody will put any more
};

struct Queue {
  Mutex mutex{"queue"};
  Cond<> not_empty{mutex, "not-empty"};
  Cond<> not_full{mutex, "not-full"};
  Shared<Items> items{Items{}, "items"};
  uint64_t capacity;
  bool loop;
};

Task<> put(Queue queue, int64_t item) {
  co_await queue.mutex.lock();
  Defer unlock([&] { queue.mutex.unlock(); });
  Items items = co_await queue.items.load();
  while (items.waiting.size() == queue.capacity) {
    co_await queue.not_full.wait();
    items = co_await queue.items.load();
    if (!queue.loop) break;
  }
  if (items.waiting.size() == queue.capacity) co_await panic("no place in the queue");
  items.waiting.push_back(item);
  co_await queue.items.store(items);
  queue.not_empty.signal();
}

/// Empty once the queue is closed and drained.
Task<std::optional<int64_t>> take(Queue queue) {
  co_await queue.mutex.lock();
  Defer unlock([&] { queue.mutex.unlock(); });
  Items items = co_await queue.items.load();
  while (items.waiting.empty() && !items.closed) {
    co_await queue.not_empty.wait();
    items = co_await queue.items.load();
    if (!queue.loop) break;
  }
  if (items.waiting.empty() && items.closed) co_return std::nullopt;
  if (items.waiting.empty()) co_await panic("nothing in the queue");
  const int64_t item = items.waiting.front();
  items.waiting.pop_front();
  co_await queue.items.store(items);
  queue.not_full.signal();
  co_return item;
}

Task<> close_queue(Queue queue) {
  co_await queue.mutex.lock();
  Defer unlock([&] { queue.mutex.unlock(); });
  Items items = co_await queue.items.load();
  items.closed = true;
  co_await queue.items.store(items);
  queue.not_empty.broadcast();
}

struct Numbers {
  int64_t first;
  int64_t last;
  int64_t step;
};

Task<> producer(Queue queue, WaitGroup wg, Numbers numbers) {
  Defer done([&] { wg.done(); });
  for (int64_t n = numbers.first; n <= numbers.last; n += numbers.step) co_await put(queue, n);
}

Task<> consumer(Queue queue, Chan<int64_t> taken) {
  while (const auto item = co_await take(queue)) {
    co_await taken.send(*item);
    co_await sleep_for(10 * kMillisecond);  // works with it
  }
}

}  // namespace

Task<> go_cond() {
  const Limits people{.otherwise = 2, .least = 1, .most = 100};
  const int64_t producers = number_from_env("PRODUCERS", people);
  const int64_t consumers = number_from_env("CONSUMERS", people);
  const int64_t count = number_from_env("ITEMS", {.otherwise = 10, .least = 0, .most = 1000});
  const int64_t capacity = number_from_env("CAPACITY", {.otherwise = 2, .least = 1, .most = 1000});
  const int64_t conditions = number_from_env("CONDITIONS", {.otherwise = 2, .least = 1, .most = 2});
  Queue queue{.capacity = static_cast<uint64_t>(capacity),
              .loop = current_process().env_bool("LOOP", true)};
  if (conditions == 1) queue.not_full = queue.not_empty;

  const Chan<int64_t> taken(static_cast<uint32_t>(count), "taken");
  WaitGroup working("producers");
  WaitGroup eating("consumers");
  for (int64_t i = 1; i <= consumers; ++i) {
    const auto body = [queue, taken]() -> Task<> { co_await consumer(queue, taken); };
    eating.go(body).set_name(numbered("consumer-", i));
  }
  working.add(producers);
  for (int64_t i = 1; i <= producers; ++i) {
    const Numbers numbers{.first = i, .last = count, .step = producers};
    go(producer, queue, working, numbers).set_name(numbered("producer-", i));
  }

  co_await working.wait();
  println("all items are in the queue");
  co_await close_queue(queue);
  co_await eating.wait();
  taken.close();
  int64_t sum = 0;
  const uint32_t items = taken.len();
  while (const auto item = co_await taken.recv()) sum += *item;
  println("items taken:", items);
  println("sum:", sum);
}

}  // namespace sim::programs
