// The controller of CronJobs: starts jobs at their times.

#include <string>
#include <utility>

#include "engine/sync/timer.h"
#include "sim/k8s/controllers/children.h"
#include "sim/k8s/controllers/cron_job.h"
#include "sim/k8s/controllers/pod_control.h"
#include "sim/k8s/controllers/workloads.h"
#include "sim/node/clock.h"

namespace sim::k8s {
namespace {

using engine::Context;
using engine::Error;
using engine::Task;

constexpr int kWorkers = 5;

struct Controller : engine::Counted<Controller> {
  Controller(ControllerContext c, Context ctx)
      : controllers(std::move(c)),
        context(std::move(ctx)),
        cron_jobs(controllers.informers.of(kCronJobs)),
        jobs(controllers.informers.of(kJobs)) {}
  ControllerContext controllers;
  Context context;
  Informer cron_jobs;
  Informer jobs;
  WorkQueue queue{"cronjob"};
};
using Self = engine::Ref<Controller>;

void tell(const Controller& it, const Value& cron_job, const std::vector<cron::Note>& notes) {
  for (const cron::Note& note : notes) {
    it.controllers.events.record(cron_job, {note.type, note.reason, note.message});
  }
}

// A CronJob as a sync changes it.
struct Progress {
  Value cron_job;
  Error error;
};

Task<Progress> delete_job(Self self, Value cron_job, std::string name) {
  Progress progress;
  progress.cron_job = cron_job;
  ObjectKey key;
  key.space = namespace_of(cron_job);
  key.name = name;
  const Value options = json::Object()
                            .set("apiVersion", "v1")
                            .set("kind", "DeleteOptions")
                            .set("propagationPolicy", "Background")
                            .build();
  const Error error = co_await self->controllers.client.remove(self->context, kJobs, key, options);
  if (error && !is_not_found(error)) {
    const std::string message = "Deleted job: " + error.message();
    self->controllers.events.record(cron_job, {"Warning", "FailedDelete", message});
    progress.error = error;
    co_return progress;
  }
  progress.cron_job = cron::without_active(cron_job, name);
  const std::string message = "Deleted job " + name;
  self->controllers.events.record(cron_job, {"Normal", "SuccessfulDelete", message});
  co_return progress;
}

// Brings the list of active jobs up to date.
Task<Progress> review(Self self, Value cron_job) {
  const std::vector<Value> jobs = children_of(self->jobs, cron_job);
  cron::Review made = cron::review_jobs(cron_job, jobs);
  std::string space(namespace_of(cron_job));
  Progress progress;
  if (!made.unexpected.empty()) {
    // The list is probably older than the job: its last change has not come by yet.
    std::string name(name_of(cron_job));
    const ObjectResult fresh =
        co_await self->controllers.client.get(self->context, kCronJobs, space, name);
    progress.error = fresh.error;
    if (fresh.error) co_return progress;
    made = cron::review_jobs(fresh.object, jobs);
    for (const std::string& unexpected : made.unexpected) {
      made.notes.push_back(
          {"Warning", "UnexpectedJob",
           "Saw a job that the controller did not create or forgot: " + unexpected});
    }
  }
  progress.cron_job = made.cron_job;
  for (const std::string& name : made.missing) {
    const ObjectResult job =
        co_await self->controllers.client.get(self->context, kJobs, space, name);
    if (is_not_found(job.error)) {
      progress.cron_job = cron::without_active(progress.cron_job, name);
      made.notes.push_back({"Normal", "MissingJob", "Active job went missing: " + name});
    } else if (job.error) {
      progress.error = job.error;
      break;
    }
  }
  tell(*self, progress.cron_job, made.notes);
  co_return progress;
}

Task<Progress> start_job(Self self, Value cron_job, int64_t scheduled) {
  const Value wanted = cron::make_job(cron_job, scheduled);
  std::string space(namespace_of(cron_job));
  const ObjectResult made =
      co_await self->controllers.client.create(self->context, kJobs, space, wanted);
  Progress progress;
  progress.cron_job = cron_job;
  if (is_already_exists(made.error)) {
    // If it is ours, it was created before and the list could not be written then.
    std::string name(name_of(wanted));
    const ObjectResult there =
        co_await self->controllers.client.get(self->context, kJobs, space, name);
    progress.error = there.error;
    const bool is_ours = controller_of(there.object)["uid"].text() == uid_of(cron_job);
    if (is_ours) progress.cron_job = cron::with_started(cron_job, there.object, scheduled);
    co_return progress;
  }
  progress.error = made.error;
  if (made.error) {
    if (!is_namespace_terminating(made.error)) {
      const std::string message = "Error creating job: " + made.error.message();
      self->controllers.events.record(cron_job, {"Warning", "FailedCreate", message});
    }
    co_return progress;
  }
  const std::string message = "Created job " + std::string(name_of(made.object));
  self->controllers.events.record(cron_job, {"Normal", "SuccessfulCreate", message});
  progress.cron_job = cron::with_started(cron_job, made.object, scheduled);
  co_return progress;
}

// Starts what is due.
Task<Progress> run_due(Self self, Value cron_job, cron::Decision decision) {
  Progress progress;
  progress.cron_job = cron_job;
  tell(*self, cron_job, decision.notes);
  for (const std::string& name : decision.replace) {
    progress = co_await delete_job(self, progress.cron_job, name);
    if (progress.error) co_return progress;
  }
  if (decision.start) progress = co_await start_job(self, progress.cron_job, *decision.start);
  co_return progress;
}

Task<Progress> clean_up(Self self, Value cron_job) {
  Progress progress;
  progress.cron_job = cron_job;
  const std::vector<Value> jobs = children_of(self->jobs, cron_job);
  const std::vector<Value> surplus = cron::surplus_jobs(cron_job, jobs);
  for (const Value& job : surplus) {
    std::string name(name_of(job));
    const Progress next = co_await delete_job(self, progress.cron_job, name);
    progress.cron_job = next.cron_job;
  }
  co_return progress;
}

Task<Error> sync(Self self, std::string key) {
  const Value before = self->cron_jobs.get(key);
  if (!before) co_return nullptr;
  Progress progress = co_await review(self, before);
  if (progress.error) co_return progress.error;
  const cron::Decision decision = cron::decide(progress.cron_job, node::unix_nano());
  progress = co_await run_due(self, progress.cron_job, decision);
  const Error failure = progress.error;
  if (!is_being_deleted(before)) progress = co_await clean_up(self, progress.cron_job);
  if (progress.cron_job["status"] != before["status"]) {
    const Value changed = progress.cron_job;
    const ObjectResult written =
        co_await self->controllers.client.update(self->context, kCronJobs, changed, "status");
    if (written.error) co_return written.error;
  }
  if (!failure && decision.again_ns) {
    self->queue.add_after(key, engine::Duration{*decision.again_ns});
  }
  co_return failure;
}

void add_handlers(const Controller& it) {
  const WorkQueue queue = it.queue;
  InformerHandlers own;
  own.added = [queue](const Value& cron_job) { queue.add(key_of(cron_job)); };
  own.updated = [queue](const Value&, const Value& cron_job) { queue.add(key_of(cron_job)); };
  own.deleted = own.added;
  it.cron_jobs.add_handlers(std::move(own));

  ChildReactions reactions;
  reactions.added = [queue](const Value& owner, const Value&) { queue.add(key_of(owner)); };
  reactions.updated = [queue](const Value& owner, const Value&, const Value&) {
    queue.add(key_of(owner));
  };
  reactions.deleted = [queue](const Value& owner, const Value&, bool) { queue.add(key_of(owner)); };
  index_by_owner(it.jobs);
  it.jobs.add_handlers(child_handlers(it.cron_jobs, std::move(reactions)));
}

}  // namespace

Task<> run_cron_job(ControllerContext controllers, Context context) {
  const Self self(new Controller(controllers, context));
  add_handlers(*self);
  co_await self->cron_jobs.wait_for_sync();
  co_await self->jobs.wait_for_sync();
  run_workers(self->queue, kWorkers,
              [self](std::string key) { return sync(self, std::move(key)); });
  stop_with(self->queue, context);
  co_await context.done().recv();
}

}  // namespace sim::k8s
