// Philosophers at a round table, a fork between each two; one eats with both forks beside him. If
// all take the left fork first, each may wait for the right one for ever. CURE=order makes everyone
// take the fork with the lower number first; CURE=waiter lets one fewer than all try at a time.
// With PAUSE_US above 0 everyone hesitates between the two forks, long enough for all to meet.
// After E. W. Dijkstra, EWD310, and C. A. R. Hoare, "Communicating Sequential Processes".

#include <vector>

#include "engine/sync/chan.h"
#include "engine/sync/mutex.h"
#include "engine/sync/none.h"
#include "engine/sync/wait_group.h"
#include "engine/task/go.h"
#include "engine/task/print.h"
#include "sim/programs/numbers.h"

namespace sim::programs {

using namespace engine;

namespace {

struct Place {
  int64_t number;
  Mutex first;   // the fork to take first
  Mutex second;  // and then
};

struct Dinner {
  int64_t meals;
  Duration pause;    // between one fork and the next
  Chan<None> seats;  // holds a value for each philosopher who may reach for forks
  WaitGroup wg{"wg"};
};

Task<> philosopher(Place place, Dinner dinner) {
  Defer done([&] { dinner.wg.done(); });
  const None seat;
  for (int64_t meal = 0; meal < dinner.meals; ++meal) {
    co_await dinner.seats.send(seat);
    co_await place.first.lock();
    co_await sleep_for(dinner.pause);
    co_await place.second.lock();
    co_await sleep_for(1 * kMillisecond);  // eats
    place.second.unlock();
    place.first.unlock();
    co_await dinner.seats.recv();
    co_await sleep_for(1 * kMillisecond);  // thinks
  }
  println("philosopher", place.number, "has dined");
}

}  // namespace

Task<> go_dining_philosophers() {
  const Limits at_a_table{.otherwise = 5, .least = 2, .most = 100};
  const int64_t philosophers = number_from_env("PHILOSOPHERS", at_a_table);
  const std::string_view cure = current_process().env("CURE", "none");
  const int64_t seats = cure == "waiter" ? philosophers - 1 : philosophers;
  const Dinner dinner{
      .meals = number_from_env("MEALS", {.otherwise = 3, .least = 0, .most = 1000}),
      .pause =
          number_from_env("PAUSE_US", {.otherwise = 0, .least = 0, .most = 1000}) * kMicrosecond,
      .seats = Chan<None>(static_cast<uint32_t>(seats), "seats")};

  std::vector<Mutex> forks;
  for (int64_t i = 1; i <= philosophers; ++i) forks.emplace_back(numbered("fork-", i));
  dinner.wg.add(philosophers);
  for (int64_t i = 1; i <= philosophers; ++i) {
    const auto left = static_cast<size_t>(i - 1);
    const auto right = static_cast<size_t>(i % philosophers);
    const bool swaps = cure == "order" && right < left;
    const Place place{
        .number = i, .first = forks[swaps ? right : left], .second = forks[swaps ? left : right]};
    go(philosopher, place, dinner).set_name(numbered("philosopher-", i));
  }
  co_await dinner.wg.wait();
  println("all have dined");
}

}  // namespace sim::programs
