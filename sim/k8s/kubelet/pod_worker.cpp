#include "sim/k8s/kubelet/pod_worker.h"

#include <algorithm>

#include "engine/sync/timer.h"
#include "engine/task/print.h"
#include "sim/k8s/api/time.h"
#include "sim/k8s/kubelet/admission.h"
#include "sim/k8s/kubelet/containers.h"
#include "sim/k8s/kubelet/probes.h"
#include "sim/k8s/kubelet/sandbox.h"
#include "sim/k8s/kubelet/sources.h"
#include "sim/k8s/kubelet/status_manager.h"
#include "sim/k8s/kubelet/stop.h"
#include "sim/k8s/kubelet/volumes.h"

namespace sim::k8s::kubelet {
namespace {

using container::Container;
using engine::Duration;
using engine::Instant;
using engine::kEndOfTime;
using engine::Ref;
using engine::Task;

// Source: the volume manager's exponential back-off of a volume's operations.
constexpr Duration kMountPauseFirst = 500 * engine::kMillisecond;
constexpr Duration kMountPauseMost = 122 * engine::kSecond;

// The youngest run in the sandbox that the pod has now; null if there is none.
Ref<Container> last_run(const Kubelet& kubelet, const PodWorker& worker, std::string_view name) {
  const std::vector<Ref<Container>> all = containers_of(kubelet, uid_of(worker.pod), name);
  if (all.empty() || !worker.sandbox) return {};
  const bool belongs = all.back()->config().parent_group.get() == worker.sandbox->group.get();
  return belongs ? all.back() : Ref<Container>();
}

std::vector<ContainerSpec> specs_of(const Value& pod) {
  std::vector<ContainerSpec> out;
  for (const Value& each : pod["spec"]["initContainers"].items()) out.push_back({each, true});
  for (const Value& each : pod["spec"]["containers"].items()) out.push_back({each, false});
  return out;
}

Instant instant_of(const Kubelet& kubelet, int64_t wall_ns) {
  return engine::now() + Duration{wall_ns - kubelet.wall_ns()};
}

// Starts a container that has ended, or has not run yet; or waits as long as it has to.
Task<Instant> start_or_wait(Ref<Kubelet> kubelet, Ref<PodWorker> worker, ContainerSpec what) {
  const std::string name = what.name();
  const Ref<Container> last = last_run(*kubelet, *worker, name);
  if (last) {
    const std::string key = backoff_key(worker->pod, name);
    const Instant failed = instant_of(*kubelet, last->finished_ns());
    const Instant until = kubelet->container_backoff.until(key, failed);
    ContainerFacts& facts = worker->facts.containers[name];
    if (until > engine::now()) {
      if (facts.waiting_reason != "CrashLoopBackOff") {
        PodEvent event{"Warning", "BackOff", "Back-off restarting failed container ", name,
                       what.is_init};
        event.message += name + " in pod " + pod_text(worker->pod);
        tell(*kubelet, worker->pod, event);
      }
      facts.waiting_reason = "CrashLoopBackOff";
      facts.waiting_message = crash_loop_message(
          worker->pod, name, engine::duration_text(kubelet->container_backoff.delay(key)));
      co_return until;
    }
    kubelet->container_backoff.next(key, failed, engine::now());
  }
  co_return co_await start_container(kubelet, worker, what);
}

struct Progress {
  Instant next = kEndOfTime;  // when to look again by itself
  bool may_go_on = true;      // to what comes after it
  bool has_failed = false;    // for good
};

// One init container.
Task<Progress> sync_init(Ref<Kubelet> kubelet, Ref<PodWorker> worker, ContainerSpec what) {
  Progress out;
  const bool sidecar = is_sidecar(what.spec);
  const Ref<Container> last = last_run(*kubelet, *worker, what.name());
  if (last && last->is_running()) {
    out.may_go_on = sidecar && worker->probes[what.name()].started;
    co_return out;
  }
  if (last && !sidecar && last->exit_code() == 0) co_return out;
  if (last && !restarts(worker->pod, what.spec, true, last->exit_code())) {
    out.may_go_on = false;
    out.has_failed = true;
    co_return out;
  }
  out.next = co_await start_or_wait(kubelet, worker, what);
  out.may_go_on = sidecar && out.next == kEndOfTime && worker->probes[what.name()].started;
  co_return out;
}

Task<> restart_unhealthy(Ref<Kubelet> kubelet, Ref<PodWorker> worker) {
  const std::vector<ContainerSpec> specs = specs_of(worker->pod);
  for (const ContainerSpec& each : specs) {
    const std::string name = each.name();
    const Ref<Container> last = last_run(*kubelet, *worker, name);
    if (!last || !last->is_running()) continue;
    const ProbeResults& results = worker->probes[name];
    if (results.container_id != last->id() || !results.is_unhealthy) continue;
    Stop stop{results.grace, results.unhealthy_message, {}};
    co_await stop_container(kubelet, worker, last, stop);
  }
}

// A pod whose sandbox is gone may have nothing left to do: then it gets no other one.
bool is_over_without_sandbox(const Kubelet& kubelet, const PodWorker& worker) {
  const std::string_view uid = uid_of(worker.pod);
  if (containers_of(kubelet, uid).empty()) return false;
  for (const Value& each : worker.pod["spec"]["containers"].items()) {
    const std::vector<Ref<Container>> runs = containers_of(kubelet, uid, each["name"].text());
    const int exit_code = runs.empty() ? 1 : runs.back()->exit_code();
    if (restarts(worker.pod, each, false, exit_code)) return false;
  }
  return true;
}

// A volume could not be made, or written. Gives when to try again.
Instant mount_failed(const Kubelet& kubelet, PodWorker& worker, const engine::Error& error) {
  PodEvent event{"Warning", "FailedMount", error.message()};
  tell(kubelet, worker.pod, event);
  const Duration pause = worker.mount_pause;
  worker.mount_pause = pause > Duration{} ? std::min(kMountPauseMost, pause * 2) : kMountPauseFirst;
  return engine::now() + worker.mount_pause;
}

// The sandbox and the volumes. Gives when to try again; kEndOfTime if all is there.
Task<Instant> prepare(Ref<Kubelet> kubelet, Ref<PodWorker> worker) {
  if (!worker->sandbox || worker->sandbox->is_lost()) {
    if (is_over_without_sandbox(*kubelet, *worker)) {
      worker->is_terminating = true;
      co_return engine::now();
    }
    worker->sandbox = make_sandbox(*kubelet, worker->pod);
    worker->has_volumes = false;
    if (!worker->sandbox) {
      PodEvent event{"Warning", "FailedCreatePodSandBox",
                     "Failed to create pod sandbox: no IP addresses available in range set"};
      tell(*kubelet, worker->pod, event);
      co_return engine::now() + Backoff::kFirst;
    }
  }
  const bool is_stale = engine::now() >= worker->refresh_at;
  if (worker->has_volumes && !is_stale) co_return kEndOfTime;
  worker->refresh_at = kEndOfTime;
  const Value pod = worker->pod;
  std::vector<std::string> keys = volume_keys(pod);
  const Fetched fetched = co_await fetch_sources(kubelet, pod, keys);
  engine::Error error = fetched.error;
  if (!error) error = co_await make_volumes(kubelet, worker->sandbox, pod, fetched.sources);
  if (!error && is_stale) {
    error = co_await refresh_volumes(kubelet, worker->sandbox, pod, fetched.sources);
  }
  if (error) {
    const Instant again = mount_failed(*kubelet, *worker, error);
    if (!worker->has_volumes) co_return again;
    worker->refresh_at = std::min(worker->refresh_at, again);
    co_return kEndOfTime;
  }
  worker->mount_pause = {};
  worker->has_volumes = true;
  co_return kEndOfTime;
}

// When the pod has run too long; kEndOfTime if it may run for ever.
Instant active_until(const Kubelet& kubelet, const PodWorker& worker) {
  const Value& seconds = worker.pod["spec"]["activeDeadlineSeconds"];
  if (!seconds.is_integer()) return kEndOfTime;
  const std::optional<int64_t> known = parse_time(worker.pod["status"]["startTime"].text());
  return instant_of(kubelet, known.value_or(worker.facts.start_ns)) +
         seconds.integer() * engine::kSecond;
}

Task<Instant> sync_pod(Ref<Kubelet> kubelet, Ref<PodWorker> worker) {
  const Instant limit = active_until(*kubelet, *worker);
  if (engine::now() >= limit) {
    worker->facts.failed_reason = "DeadlineExceeded";
    worker->facts.failed_message = "Pod was active on the node longer than the specified deadline";
    PodEvent event{"Normal", "DeadlineExceeded", worker->facts.failed_message};
    tell(*kubelet, worker->pod, event);
    co_return engine::now();
  }
  const Instant again = co_await prepare(kubelet, worker);
  if (again != kEndOfTime) co_return std::min(again, limit);
  queue_status(*kubelet, *worker);
  co_await restart_unhealthy(kubelet, worker);
  const Value pod = worker->pod;
  bool has_begun = false;
  for (const Value& each : pod["spec"]["containers"].items()) {
    if (last_run(*kubelet, *worker, each["name"].text())) has_begun = true;
  }
  Instant next = std::min(limit, worker->refresh_at);
  for (const Value& each : pod["spec"]["initContainers"].items()) {
    if (must_end(*worker)) co_return engine::now();
    if (has_begun && !is_sidecar(each)) continue;
    ContainerSpec what{each, true};
    const Progress progress = co_await sync_init(kubelet, worker, what);
    next = std::min(next, progress.next);
    if (progress.has_failed) worker->is_terminating = true;
    if (!progress.may_go_on && !has_begun) co_return worker->is_terminating ? engine::now() : next;
  }
  bool all_done = true;
  for (const Value& each : pod["spec"]["containers"].items()) {
    if (must_end(*worker)) co_return engine::now();
    ContainerSpec what{each, false};
    const Ref<Container> last = last_run(*kubelet, *worker, what.name());
    if (last && !last->is_running() && !restarts(pod, each, false, last->exit_code())) continue;
    all_done = false;
    if (last && last->is_running()) continue;
    const Instant when = co_await start_or_wait(kubelet, worker, what);
    next = std::min(next, when);
  }
  if (all_done) {
    worker->is_terminating = true;
    co_return engine::now();
  }
  co_return next;
}

Duration grace_of(const PodWorker& worker) {
  if (worker.is_deleted || worker.is_evicted) return {};
  const Value& said = metadata(worker.pod)["deletionGracePeriodSeconds"];
  return said ? said.integer() * engine::kSecond : grace_period_of(worker.pod);
}

Task<> end_pod(Ref<Kubelet> kubelet, Ref<PodWorker> worker) {
  worker->is_terminating = true;
  // What has ended waits for nothing any more.
  for (auto& [name, facts] : worker->facts.containers) {
    if (last_run(*kubelet, *worker, name)) facts.waiting_reason.clear();
  }
  co_await stop_pod(kubelet, worker, grace_of(*worker));
  worker->may_be_removed = true;
}

// Takes over what runs already, as after a restart of the kubelet.
void adopt(const Ref<Kubelet>& kubelet, const Ref<PodWorker>& worker) {
  worker->sandbox = find_sandbox(*kubelet, uid_of(worker->pod));
  for (const ContainerSpec& each : specs_of(worker->pod)) {
    const Ref<Container> run = last_run(*kubelet, *worker, each.name());
    if (run && run->is_running()) start_probes(kubelet, worker, run, each.spec);
  }
}

void remove_everything(Kubelet& kubelet, const std::string& uid) {
  for (const Ref<Container>& run : containers_of(kubelet, uid)) {
    static_cast<void>(kubelet.runtime.remove(*run, true));
  }
  remove_sandbox(kubelet, uid);
}

Task<> run_worker(Ref<Kubelet> kubelet, Ref<PodWorker> worker) {
  const std::string uid(uid_of(worker->pod));
  worker->facts.start_ns = kubelet->wall_ns();
  worker->begun = engine::now();
  adopt(kubelet, worker);
  if (!must_end(*worker)) co_await admit(kubelet, worker);
  while (!kubelet->context.err()) {
    const uint64_t seen = worker->wake.count();
    Instant next = kEndOfTime;
    if (must_end(*worker)) {
      co_await end_pod(kubelet, worker);
      if (worker->is_deleted) break;
    } else {
      next = co_await sync_pod(kubelet, worker);
      if (must_end(*worker)) continue;
    }
    queue_status(*kubelet, *worker);
    co_await worker->wake.wait(seen, next);
  }
  if (!worker->is_deleted) co_return;
  worker->sandbox = {};
  remove_everything(*kubelet, uid);
  kubelet->container_backoff.forget_all(uid + "_");
  kubelet->image_backoff.forget_all(uid + "_");
  forget_sources(*kubelet, uid);
  kubelet->statuses.erase(uid);
  kubelet->workers.erase(uid);
}

}  // namespace

void take_pod(Ref<Kubelet> kubelet, Ref<PodWorker> worker, const Value& pod) {
  const std::string uid(uid_of(pod));
  if (resource_version_of(pod) < resource_version_of(worker->pod)) return;
  const Value before = metadata(worker->pod);
  const Value now = metadata(pod);
  const bool is_labelled =
      before["labels"] != now["labels"] || before["annotations"] != now["annotations"];
  if (is_labelled) worker->refresh_at = engine::now();
  const int64_t had = before["deletionGracePeriodSeconds"].integer(-1);
  const int64_t grace = now["deletionGracePeriodSeconds"].integer(-1);
  if (grace < had && worker->is_terminating) hurry(kubelet, uid, grace * engine::kSecond);
  const bool is_news = is_labelled || had != grace || worker->pod["spec"] != pod["spec"] ||
                       before["deletionTimestamp"] != now["deletionTimestamp"];
  worker->pod = pod;
  if (is_news || (must_end(*worker) && !worker->is_terminating)) {
    worker->nudge();
  } else {
    // Others write it too: the controllers take a pod for not ready while its node is not heard of.
    queue_status(*kubelet, *worker);
  }
}

void pod_changed(Ref<Kubelet> kubelet, const Value& pod) {
  Ref<PodWorker>& place = kubelet->workers[std::string(uid_of(pod))];
  if (place) return take_pod(kubelet, place, pod);
  place = Ref<PodWorker>(new PodWorker(pod));
  engine::go(run_worker, kubelet, place).set_name(name_of(pod));
}

void pod_deleted(Ref<Kubelet> kubelet, const Value& pod) {
  const auto found = kubelet->workers.find(uid_of(pod));
  if (found == kubelet->workers.end()) return;
  PodWorker& worker = *found->second;
  worker.is_deleted = true;
  worker.nudge();
  if (worker.is_terminating && !worker.may_be_removed) hurry(kubelet, uid_of(pod), Duration{});
}

void remove_orphans(Kubelet& kubelet) {
  std::set<std::string> gone;
  for (const Ref<Container>& each : kubelet.runtime.containers()) {
    const std::string uid(label_of(*each, kPodUidLabel));
    if (!uid.empty() && !kubelet.workers.contains(uid)) gone.insert(uid);
  }
  for (const std::string& uid : gone) remove_everything(kubelet, uid);
}

}  // namespace sim::k8s::kubelet
