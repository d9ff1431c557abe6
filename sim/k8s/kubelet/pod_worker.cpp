#include "sim/k8s/kubelet/pod_worker.h"

#include <algorithm>

#include "engine/sync/timer.h"
#include "engine/sync/wait_group.h"
#include "engine/task/print.h"
#include "sim/k8s/api/time.h"
#include "sim/k8s/kubelet/containers.h"
#include "sim/k8s/kubelet/probes.h"
#include "sim/k8s/kubelet/status_manager.h"
#include "sim/k8s/kubelet/volumes.h"

namespace sim::k8s::kubelet {
namespace {

using container::Container;
using engine::Duration;
using engine::Instant;
using engine::kEndOfTime;
using engine::Ref;
using engine::Task;

constexpr Duration kMountRetry = engine::kSecond;

bool must_end(const PodWorker& worker) {
  const std::string_view phase = worker.pod["status"]["phase"].text();
  return worker.is_deleted || worker.is_terminating || is_being_deleted(worker.pod) ||
         !worker.facts.failed_reason.empty() || phase == "Succeeded" || phase == "Failed";
}

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
    kubelet->container_backoff.next(key, failed);
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
    constexpr int64_t kGrace = 30;
    const Value& said = worker->pod["spec"]["terminationGracePeriodSeconds"];
    Stop stop{said.integer(kGrace) * engine::kSecond, results.unhealthy_message};
    co_await stop_container(kubelet, worker, last, stop);
  }
}

// The sandbox and the volumes. Gives when to try again; kEndOfTime if all is there.
Task<Instant> prepare(Ref<Kubelet> kubelet, Ref<PodWorker> worker) {
  if (!worker->sandbox || worker->sandbox->is_lost()) {
    worker->sandbox = make_sandbox(*kubelet, worker->pod);
    worker->has_volumes = false;
    if (!worker->sandbox) {
      PodEvent event{"Warning", "FailedCreatePodSandBox",
                     "Failed to create pod sandbox: no IP addresses available in range set"};
      tell(*kubelet, worker->pod, event);
      co_return engine::now() + Backoff::kFirst;
    }
  }
  if (worker->has_volumes) co_return kEndOfTime;
  const Value pod = worker->pod;
  const Fetched fetched = co_await fetch_sources(kubelet, pod);
  engine::Error error = fetched.error;
  if (!error) error = co_await make_volumes(kubelet, worker->sandbox, pod, fetched.sources);
  if (error) {
    PodEvent event{"Warning", "FailedMount", error.message()};
    tell(*kubelet, worker->pod, event);
    co_return engine::now() + kMountRetry;
  }
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
  Instant next = limit;
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
  constexpr int64_t kUsual = 30;
  if (worker.is_deleted || worker.is_evicted) return {};
  const Value& deleted = metadata(worker.pod)["deletionGracePeriodSeconds"];
  const Value& said = worker.pod["spec"]["terminationGracePeriodSeconds"];
  return deleted.integer(said.integer(kUsual)) * engine::kSecond;
}

// Stops everything: first the containers, side by side, then the sidecars, the last one first.
Task<> end_pod(Ref<Kubelet> kubelet, Ref<PodWorker> worker) {
  worker->is_terminating = true;
  const Instant deadline = engine::now() + grace_of(*worker);
  const engine::WaitGroup stopped("containers stop");
  std::vector<Ref<Container>> sidecars;
  const std::vector<ContainerSpec> specs = specs_of(worker->pod);
  for (const ContainerSpec& each : specs) {
    const std::string name = each.name();
    for (const Ref<Container>& run : containers_of(*kubelet, uid_of(worker->pod), name)) {
      if (!run->is_running()) continue;
      if (each.is_init && is_sidecar(each.spec)) {
        sidecars.push_back(run);
        continue;
      }
      Stop stop{grace_of(*worker), "Stopping container " + name};
      stopped.add(1);
      engine::go([=]() -> Task<> {
        co_await stop_container(kubelet, worker, run, stop);
        stopped.done();
      });
    }
  }
  co_await stopped.wait();
  while (!sidecars.empty()) {
    const Ref<Container> run = sidecars.back();
    sidecars.pop_back();
    Stop stop{std::max(Duration{}, deadline - engine::now()), "Stopping container "};
    stop.message += label_of(*run, kContainerNameLabel);
    co_await stop_container(kubelet, worker, run, stop);
  }
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
  adopt(kubelet, worker);
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
  kubelet->statuses.erase(uid);
  kubelet->workers.erase(uid);
}

}  // namespace

void pod_changed(Ref<Kubelet> kubelet, const Value& pod) {
  const std::string uid(uid_of(pod));
  Ref<PodWorker>& place = kubelet->workers[uid];
  if (place) {
    if (resource_version_of(pod) >= resource_version_of(place->pod)) place->pod = pod;
    place->wake.advance();
    return;
  }
  place = Ref<PodWorker>(new PodWorker(pod));
  engine::go(run_worker, kubelet, place).set_name(name_of(pod));
}

void pod_deleted(Ref<Kubelet> kubelet, const Value& pod) {
  const auto found = kubelet->workers.find(uid_of(pod));
  if (found == kubelet->workers.end()) return;
  const bool was_ready = found->second->may_be_removed;
  found->second->is_deleted = true;
  found->second->wake.advance();
  if (was_ready || !found->second->is_terminating) return;
  for (const Ref<Container>& run : containers_of(*kubelet, uid_of(pod))) {
    run->signal(node::Signal::kKill);
  }
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
