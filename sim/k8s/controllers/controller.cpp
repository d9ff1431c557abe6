#include "sim/k8s/controllers/controller.h"

#include "engine/task/go.h"

namespace sim::k8s {
namespace {

engine::Task<> work(WorkQueue queue, SyncFunction sync) {
  while (true) {
    const std::optional<std::string> key = co_await queue.get();
    if (!key) co_return;
    const engine::Error error = co_await sync(*key);
    if (error) {
      queue.add_rate_limited(*key);
    } else {
      queue.forget(*key);
    }
    queue.done(*key);
  }
}

}  // namespace

void run_workers(const WorkQueue& queue, int workers, SyncFunction sync) {
  for (int i = 0; i < workers; ++i) engine::go(work, queue, sync).set_name("worker");
}

void stop_with(const WorkQueue& queue, const engine::Context& context) {
  engine::go([queue, context]() -> engine::Task<> {
    co_await context.done().recv();
    queue.shut_down();
  }).set_name("queue end");
}

}  // namespace sim::k8s
