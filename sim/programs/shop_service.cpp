// One link of a chain of services. It works for WORK_MS, one order at a time, and asks the next
// service (NEXT, an address; empty: it is the last). It passes the caller's deadline on, and tries
// again if RETRIES is above 1; with THROTTLE its channel stops retrying while most calls fail.

#include "engine/sync/mutex.h"
#include "engine/sync/timer.h"
#include "engine/task/print.h"
#include "sim/grpc/client.h"
#include "sim/grpc/server.h"
#include "sim/node/machine.h"
#include "sim/programs/shop.h"

namespace sim::programs {

using namespace engine;
using shop::Answer;
using shop::Order;

namespace {

grpc::ChannelOptions channel_options() {
  const Process& process = current_process();
  grpc::ChannelOptions options;
  options.retry.max_attempts = static_cast<int>(process.env_int("RETRIES", 1));
  options.retry.retryable = {grpc::Code::kUnavailable, grpc::Code::kResourceExhausted};
  options.retry.initial_backoff = 20 * kMillisecond;
  if (process.env_bool("THROTTLE", false)) options.throttling.max_tokens = 10;
  return options;
}

struct Desk {
  Mutex busy{"desk"};
  int64_t waiting = 0;
  int64_t served = 0;
  int64_t refused = 0;
  int64_t in_vain = 0;
};

Task<grpc::Result<Answer>> ask(std::shared_ptr<Desk> desk, grpc::ServerContext ctx, Order order,
                               std::string next, std::shared_ptr<grpc::Channel> channel,
                               Duration work, int64_t queue_most) {
  if (desk->waiting >= queue_most) {
    ++desk->refused;
    co_return grpc::Status{grpc::Code::kResourceExhausted, "too many orders wait"};
  }
  ++desk->waiting;
  co_await desk->busy.lock();
  --desk->waiting;
  // Whoever gave the order may have given up while it waited.
  if (!ctx.context().err()) co_await sleep_for(work);
  desk->busy.unlock();
  if (Error ended = ctx.context().err()) {
    ++desk->in_vain;
    co_return grpc::status_of(ended);
  }
  ++desk->served;
  if (next.empty()) {
    Answer answer;
    answer.text = "in stock";
    co_return answer;
  }
  const auto reply = co_await grpc::call(*channel, shop::kAsk, ctx.context(), order);
  if (!reply.ok()) co_return reply.status;
  co_return reply.message;
}

}  // namespace

Task<> shop_service() {
  const Process& process = current_process();
  const std::string next(process.env("NEXT", ""));
  const Duration work = kMillisecond * process.env_int("WORK_MS", 5);
  const int64_t queue_most = process.env_int("QUEUE", 20);
  const auto channel = std::make_shared<grpc::Channel>(next, channel_options());
  const auto desk = std::make_shared<Desk>();
  const grpc::Server server;
  server.unary(shop::kAsk, [=](grpc::ServerContext ctx, Order order) {
    return ask(desk, std::move(ctx), order, next, channel, work, queue_most);
  });
  go([desk]() -> Task<> {
    const std::string name = node::this_machine().name() + ":";
    int64_t reported = 0;
    while (true) {
      co_await sleep_for(kSecond);
      const int64_t all = desk->served + desk->refused + desk->in_vain;
      if (std::exchange(reported, all) == all) continue;
      println(name, "served", desk->served, "refused", desk->refused, "given up by the caller",
              desk->in_vain);
    }
  }).set_name("report");
  if (Error error = co_await server.listen_and_serve(":50051")) println(error);
}

}  // namespace sim::programs
