// Deletes jobs whose time after their end is over (ttlSecondsAfterFinished).
//
// Source: Kubernetes' documentation, "Automatic Cleanup for Finished Jobs"; kube-controller-manager
// (ttlafterfinished).

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "engine/sync/timer.h"
#include "sim/k8s/controllers/job.h"
#include "sim/k8s/controllers/job_ttl.h"
#include "sim/k8s/controllers/pods.h"
#include "sim/k8s/controllers/workloads.h"
#include "sim/node/clock.h"

namespace sim::k8s {
namespace {

using engine::Context;
using engine::Error;
using engine::Task;

constexpr int kWorkers = 5;
constexpr int64_t kSecondNs = 1'000'000'000;

struct Controller : engine::Counted<Controller> {
  Controller(ControllerContext c, Context ctx)
      : controllers(std::move(c)), context(std::move(ctx)), jobs(controllers.informers.of(kJobs)) {}
  ControllerContext controllers;
  Context context;
  Informer jobs;
  WorkQueue queue{"ttl jobs to delete"};
};
using Self = engine::Ref<Controller>;

Task<Error> sync(Self self, std::string key) {
  const Value job = self->jobs.get(key);
  std::optional<int64_t> left = job::ttl_left(job, node::unix_nano());
  if (!left) co_return nullptr;
  if (*left > 0) {
    self->queue.add_after(key, engine::Duration{*left});
    co_return nullptr;
  }
  // The time may have been changed since the cache was told.
  const ObjectKey name = split_key(key);
  const ObjectResult fresh =
      co_await self->controllers.client.get(self->context, kJobs, name.space, name.name);
  if (fresh.error) co_return is_not_found(fresh.error) ? Error() : fresh.error;
  left = job::ttl_left(fresh.object, node::unix_nano());
  if (!left) co_return nullptr;
  if (*left > 0) {
    self->queue.add_after(key, engine::Duration{*left});
    co_return nullptr;
  }
  const Value wanted = json::Object().set("uid", uid_of(fresh.object)).build();
  const Value options = json::Object()
                            .set("apiVersion", "v1")
                            .set("kind", "DeleteOptions")
                            .set("propagationPolicy", "Foreground")
                            .set("preconditions", wanted)
                            .build();
  const Error error = co_await self->controllers.client.remove(self->context, kJobs, name, options);
  co_return is_not_found(error) ? Error() : error;
}

}  // namespace

std::optional<int64_t> job::ttl_left(const Value& job, int64_t now_ns) {
  const Value& ttl = job["spec"]["ttlSecondsAfterFinished"];
  const std::string_view ended_as = finished_as(job);
  if (!ttl.is_integer() || ended_as.empty() || is_being_deleted(job)) return std::nullopt;
  const int64_t ended = time_of(condition_of(job, ended_as)["lastTransitionTime"]);
  return std::max<int64_t>(0, ended + ttl.integer() * kSecondNs - now_ns);
}

Task<> run_ttl_after_finished(ControllerContext controllers, Context context) {
  const Self self(new Controller(controllers, context));
  const auto enqueue = [queue = self->queue](const Value& job) {
    const Value& ttl = job["spec"]["ttlSecondsAfterFinished"];
    if (ttl.is_integer() && !job::finished_as(job).empty()) queue.add(key_of(job));
  };
  InformerHandlers handlers;
  handlers.added = enqueue;
  handlers.updated = [enqueue](const Value&, const Value& job) { enqueue(job); };
  self->jobs.add_handlers(std::move(handlers));
  co_await self->jobs.wait_for_sync();
  run_workers(self->queue, kWorkers,
              [self](std::string key) { return sync(self, std::move(key)); });
  stop_with(self->queue, context);
  co_await context.done().recv();
}

}  // namespace sim::k8s
