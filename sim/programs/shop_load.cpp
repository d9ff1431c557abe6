// Customers of the shop: RATE orders a second for SECONDS, each with a deadline of DEADLINE_MS.
// What became of them is printed each second.

#include "engine/sync/timer.h"
#include "engine/sync/wait_group.h"
#include "engine/task/print.h"
#include "sim/grpc/client.h"
#include "sim/programs/shop.h"

namespace sim::programs {

using namespace engine;
using shop::Order;

namespace {

struct Tally {
  int64_t ok = 0;
  int64_t late = 0;
  int64_t failed = 0;
};

Task<> one_order(grpc::Channel channel, Order order, std::shared_ptr<Tally> tally, WaitGroup wg) {
  const Defer done([&] { wg.done(); });
  const Duration limit = kMillisecond * current_process().env_int("DEADLINE_MS", 150);
  const Cancelable timed = with_timeout(background(), limit);
  const auto reply = co_await grpc::call(channel, shop::kAsk, timed.context, order);
  timed.cancel();
  if (reply.ok()) {
    ++tally->ok;
  } else if (reply.status.code == grpc::Code::kDeadlineExceeded) {
    ++tally->late;
  } else {
    ++tally->failed;
  }
}

}  // namespace

Task<> shop_load() {
  const Process& process = current_process();
  const int64_t rate = process.env_int("RATE", 100);
  const int64_t seconds = process.env_int("SECONDS", 6);
  grpc::ChannelOptions options;
  options.retry.max_attempts = static_cast<int>(process.env_int("RETRIES", 1));
  options.retry.retryable = {grpc::Code::kUnavailable, grpc::Code::kResourceExhausted};
  options.retry.initial_backoff = 20 * kMillisecond;
  if (process.env_bool("THROTTLE", false)) options.throttling.max_tokens = 10;
  const grpc::Channel channel("shop:50051", options);
  const auto tally = std::make_shared<Tally>();
  WaitGroup wg("orders");
  int64_t id = 0;
  for (int64_t second = 1; second <= seconds; ++second) {
    for (int64_t i = 0; i < rate; ++i) {
      wg.add(1);
      Order order;
      order.id = ++id;
      go(one_order, channel, order, tally, wg).set_name("order");
      co_await sleep_for(kSecond / rate);
    }
    println("second", second, "answered", tally->ok, "too late", tally->late, "failed",
            tally->failed);
  }
  co_await wg.wait();
  println("of", id, "orders", tally->ok, "were answered in time");
  channel.close();
}

}  // namespace sim::programs
