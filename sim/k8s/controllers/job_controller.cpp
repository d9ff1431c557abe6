// The controller of Jobs: runs pods to completion, and counts each once.

#include <map>
#include <string>
#include <utility>

#include "engine/sync/timer.h"
#include "sim/k8s/controllers/children.h"
#include "sim/k8s/controllers/claim.h"
#include "sim/k8s/controllers/job.h"
#include "sim/k8s/controllers/pod_control.h"
#include "sim/k8s/controllers/pods.h"
#include "sim/k8s/controllers/workloads.h"
#include "sim/node/clock.h"

namespace sim::k8s {
namespace {

using engine::Context;
using engine::Error;
using engine::Task;
using Uids = std::set<std::string, std::less<>>;

constexpr int kWorkers = 5;
/// What happens to pods within this time is looked at together.
constexpr engine::Duration kBatchPeriod = engine::kSecond;
constexpr engine::Duration kFirstRetry = engine::kSecond;
constexpr engine::Duration kLastRetry = 60 * engine::kSecond;

// The pods of each job whose finalizers have been taken away, until the cache shows it.
struct Released : engine::Counted<Released> {
  std::map<std::string, Uids, std::less<>> by_job;
  void observed(std::string_view job, std::string_view uid) {
    const auto found = by_job.find(job);
    if (found == by_job.end()) return;
    const auto pod = found->second.find(uid);
    if (pod != found->second.end()) found->second.erase(pod);
  }
};

struct Controller : engine::Counted<Controller> {
  Controller(ControllerContext c, Context ctx)
      : controllers(std::move(c)),
        context(std::move(ctx)),
        jobs(controllers.informers.of(kJobs)),
        pods(controllers.informers.of(kPods)),
        released(new Released) {}
  ControllerContext controllers;
  Context context;
  Informer jobs;
  Informer pods;
  engine::Ref<Released> released;
  Expectations expectations;
  WorkQueue queue{"job", WorkQueue::Backoff(kFirstRetry, kLastRetry)};
  /// Unique ids of jobs that are gone, whose pods may still have their finalizers.
  WorkQueue orphans{"job orphans"};
  std::map<std::string, job::Backoff, std::less<>> backoffs;
};
using Self = engine::Ref<Controller>;

Task<Error> release(Self self, Value pod) {
  const ObjectKey key = split_key(key_of(pod));
  RestClient::Patch patch(PatchType::kStrategic, job::release_patch());
  const ObjectResult patched =
      co_await self->controllers.client.patch(self->context, kPods, key, patch);
  co_return patched.error;
}

// A pod that the job does not need: it is not to be counted, so its finalizer goes first.
Task<Error> discard(Self self, Value job, Value pod) {
  Error error;
  if (job::is_tracked(pod)) error = co_await release(self, pod);
  if (!error) error = co_await delete_pod(self->controllers, self->context, job, pod);
  if (error) self->expectations.deleted(key_of(job), uid_of(pod));
  co_return is_not_found(error) ? Error() : error;
}

// What has been done about the pods in one sync.
struct Managed {
  job::Outcome outcome;
  Error error;
};

void took_away(const std::vector<Value>& pods, const std::vector<Error>& errors, Managed& managed) {
  for (size_t i = 0; i < pods.size(); ++i) {
    if (errors[i]) continue;
    --managed.outcome.active;
    ++managed.outcome.terminating;
    if (is_pod_ready(pods[i])) --managed.outcome.ready;
  }
  managed.error = first_error(errors);
}

// Of a job that has ended: its pods go, and will be counted.
Task<Managed> delete_active(Self self, Value job, std::vector<Value> active, Managed managed) {
  const IndexedAction action = [self, job, active](int64_t index) {
    return delete_pod(self->controllers, self->context, job, active[static_cast<size_t>(index)]);
  };
  std::vector<Error> errors = co_await run_all(static_cast<int64_t>(active.size()), action);
  for (Error& error : errors) {
    if (is_not_found(error)) error = nullptr;
  }
  took_away(active, errors, managed);
  co_return managed;
}

Task<Managed> carry_out(Self self, Value job, job::PodPlan plan, Managed managed) {
  const std::string key = key_of(job);
  managed.outcome.managed = true;
  if (plan.wait_ns > 0) self->queue.add_after(key, engine::Duration{plan.wait_ns});
  if (!plan.remove.empty()) {
    std::vector<std::string> uids;
    for (const Value& pod : plan.remove) uids.emplace_back(uid_of(pod));
    self->expectations.expect(key, 0, uids, engine::now());
    const IndexedAction action = [self, job, pods = plan.remove](int64_t index) {
      return discard(self, job, pods[static_cast<size_t>(index)]);
    };
    const std::vector<Error> errors =
        co_await run_all(static_cast<int64_t>(plan.remove.size()), action);
    took_away(plan.remove, errors, managed);
  } else if (!plan.create.empty()) {
    const auto count = static_cast<int64_t>(plan.create.size());
    self->expectations.expect(key, count, {}, engine::now());
    PodBatch batch(job, plan.create);
    batch.expectations = self->expectations;
    batch.key = key;
    const BatchResult created = co_await create_pods(self->controllers, self->context, batch);
    managed.outcome.active += created.succeeded;
    managed.error = created.error;
  }
  co_return managed;
}

struct ReleasedPods {
  Uids uids;
  Error error;
};

Task<Error> release_one(Self self, std::string key, Value pod) {
  const Error error = co_await release(self, pod);
  if (error) self->released->observed(key, uid_of(pod));  // nothing will show
  co_return is_not_found(error) ? Error() : error;
}

Task<ReleasedPods> release_all(Self self, std::string key, std::vector<Value> pods) {
  ReleasedPods result;
  if (pods.empty()) co_return result;
  Uids& expected = self->released->by_job[key];
  for (const Value& pod : pods) expected.emplace(uid_of(pod));
  const IndexedAction action = [self, key, pods](int64_t index) {
    return release_one(self, key, pods[static_cast<size_t>(index)]);
  };
  const std::vector<Error> errors = co_await run_all(static_cast<int64_t>(pods.size()), action);
  for (size_t i = 0; i < pods.size(); ++i) {
    if (!errors[i]) result.uids.emplace(uid_of(pods[i]));
  }
  result.error = first_error(errors);
  co_return result;
}

Task<ObjectResult> write(Self self, Value job, Value status) {
  ObjectResult result;
  result.object = job;
  if (job["status"] == status) co_return result;
  const Value changed = job.with("status", status);
  result = co_await self->controllers.client.update(self->context, kJobs, changed, "status");
  co_return result;
}

void tell_finished(const Controller& it, const Value& job, const job::Finish& how) {
  const EventRecorder& events = it.controllers.events;
  if (!how.success) {
    events.record(job, {"Warning", how.reason, how.message});
    return;
  }
  const Value& completions = job["spec"]["completions"];
  if (completions.is_integer() && job["status"]["succeeded"].integer() > completions.integer()) {
    events.record(job, {"Warning", "TooManySucceededPods",
                        "Too many succeeded pods running after completion count reached"});
  }
  events.record(job, {"Normal", "Completed", "Job completed"});
}

// Writes the status, takes finalizers away, and counts the pods that have lost theirs.
Task<Error> settle(Self self, job::Input input, job::Assessment assessment,
                   job::Tracking tracking) {
  const std::string key = key_of(input.job);
  ObjectResult written = co_await write(self, input.job, assessment.status);
  if (written.error) co_return written.error;
  self->backoffs[key] = assessment.backoff;
  const Value job = written.object;
  const ReleasedPods gone = co_await release_all(self, key, tracking.release);
  Uids left = job::uids_with_finalizer(input);
  for (const std::string& uid : gone.uids) left.erase(uid);
  Value status = job::counted(assessment.status, left);
  const int64_t terminating = status["terminating"].integer();
  const bool ended = !gone.error && tracking.complete && assessment.finish.has_value() &&
                     job::finish(*assessment.finish, terminating, node::unix_nano(), status);
  if (status == assessment.status) co_return gone.error;
  written = co_await write(self, job, status);
  if (written.error) co_return written.error;
  if (ended) tell_finished(*self, written.object, *assessment.finish);
  co_return gone.error;
}

Task<Error> sync(Self self, std::string key) {
  const Value job = self->jobs.get(key);
  if (!job || !job::finished_as(job).empty()) {
    self->backoffs.erase(key);
    if (job) co_return nullptr;
    self->expectations.forget(key);
    self->released->by_job.erase(key);
    co_return nullptr;
  }
  const bool satisfied = self->expectations.satisfied(key, engine::now());
  const std::vector<Value> candidates = children_and_orphans(self->pods, job);
  ClaimRequest request(job, kJobs, kPods);
  request.claims = claims_of(job, LabelSelector::from(job["spec"]["selector"]), candidates);
  request.finalizer = job::kTracking;
  const Claimed claimed = co_await claim(self->controllers.client, self->context, request);
  if (claimed.error) co_return claimed.error;

  job::Input input;
  input.job = job;
  input.pods = claimed.objects;
  input.released = self->released->by_job[key];
  input.backoff = self->backoffs[key];
  input.now_ns = node::unix_nano();
  job::Assessment assessment = job::assess(input);
  if (assessment.recheck_ns) self->queue.add_after(key, engine::Duration{*assessment.recheck_ns});
  Managed managed;
  managed.outcome.active = static_cast<int64_t>(assessment.active.size());
  managed.outcome.ready = assessment.ready;
  managed.outcome.terminating = assessment.terminating;
  if (assessment.finish) {
    managed = co_await delete_active(self, job, assessment.active, managed);
    // There may be pods that are not deleted yet, or not seen yet.
    if (managed.outcome.active > 0 || !satisfied) assessment.finish.reset();
  } else if (satisfied && !is_being_deleted(job)) {
    const job::PodPlan plan = job::plan_pods(input, assessment);
    managed = co_await carry_out(self, job, plan, managed);
  }
  const std::string_view event = job::conclude(input, managed.outcome, assessment);
  if (!event.empty()) {
    const std::string_view message = event == "Resumed" ? "Job resumed" : "Job suspended";
    self->controllers.events.record(job, {"Normal", event, message});
  }
  const job::Tracking tracking = job::track(input, assessment);
  const Error error = co_await settle(self, input, assessment, tracking);
  if (error) co_return engine::errorf("tracking status: ", error);
  co_return managed.error;
}

// Pods of a job that is gone must not keep a finalizer that nobody else takes away.
Task<Error> sync_orphans(Self self, std::string uid) {
  const std::vector<Value> pods = children_of_uid(self->pods, uid);
  for (const Value& pod : pods) {
    if (!job::is_tracked(pod) || owner_among(self->jobs, pod)) continue;
    if (controller_of(pod)["kind"].text() != kJobs.kind) continue;
    const Error error = co_await release(self, pod);
    if (error && !is_not_found(error)) co_return error;
  }
  co_return nullptr;
}

void follow_pods(const Controller& it) {
  const WorkQueue queue = it.queue;
  const Expectations expectations = it.expectations;
  const engine::Ref<Released> released = it.released;
  const auto look = [queue, released](const Value& job, const Value& pod) {
    const std::string key = key_of(job);
    if (!job::is_tracked(pod)) released->observed(key, uid_of(pod));
    queue.add_after(key, kBatchPeriod);
  };
  ChildReactions reactions;
  reactions.added = [look, expectations](const Value& job, const Value& pod) {
    expectations.created(key_of(job));
    look(job, pod);
  };
  reactions.updated = [look](const Value& job, const Value&, const Value& pod) { look(job, pod); };
  reactions.deleted = [look, released, expectations](const Value& job, const Value& pod,
                                                     bool gone) {
    if (gone) released->observed(key_of(job), uid_of(pod));
    expectations.deleted(key_of(job), uid_of(pod));
    look(job, pod);
  };
  reactions.orphaned = [queue](const Value& job) { queue.add_after(key_of(job), kBatchPeriod); };
  index_by_owner(it.pods);
  it.pods.add_handlers(child_handlers(it.jobs, std::move(reactions)));

  const auto look_for_owner = [orphans = it.orphans, jobs = it.jobs](const Value& pod) {
    const Value& owner = controller_of(pod);
    if (!job::is_tracked(pod) || owner["kind"].text() != kJobs.kind) return;
    if (!owner_among(jobs, pod)) orphans.add(owner["uid"].text());
  };
  InformerHandlers of_pods;
  of_pods.added = look_for_owner;
  of_pods.updated = [look_for_owner](const Value&, const Value& pod) { look_for_owner(pod); };
  it.pods.add_handlers(std::move(of_pods));
}

void follow_jobs(const Controller& it) {
  const WorkQueue queue = it.queue;
  InformerHandlers own;
  own.added = [queue](const Value& job) { queue.add(key_of(job)); };
  own.updated = [queue](const Value& before, const Value& job) {
    const bool same = metadata(before)["generation"] == metadata(job)["generation"];
    queue.add_after(key_of(job), same ? kBatchPeriod : engine::Duration{});
  };
  own.deleted = [queue, orphans = it.orphans](const Value& job) {
    queue.add(key_of(job));
    orphans.add(uid_of(job));
  };
  it.jobs.add_handlers(std::move(own));
}

}  // namespace

Task<> run_job(ControllerContext controllers, Context context) {
  const Self self(new Controller(controllers, context));
  follow_jobs(*self);
  follow_pods(*self);
  co_await self->jobs.wait_for_sync();
  co_await self->pods.wait_for_sync();
  run_workers(self->queue, kWorkers,
              [self](std::string key) { return sync(self, std::move(key)); });
  run_workers(self->orphans, 1,
              [self](std::string uid) { return sync_orphans(self, std::move(uid)); });
  stop_with(self->queue, context);
  stop_with(self->orphans, context);
  co_await context.done().recv();
}

}  // namespace sim::k8s
