#include "sim/k8s/kubelet/status_manager.h"

#include "engine/sync/timer.h"
#include "sim/k8s/api/time.h"
#include "sim/k8s/kubelet/pod_worker.h"

namespace sim::k8s::kubelet {

using container::Container;
using engine::Ref;
using engine::Task;
using json::Object;

PodFacts facts_of(const Kubelet& kubelet, const PodWorker& worker) {
  PodFacts facts = worker.facts;
  facts.has_sandbox = worker.sandbox && !worker.sandbox->is_lost();
  if (worker.sandbox) facts.pod_ip = worker.sandbox->ip;
  facts.is_terminal = worker.may_be_removed;
  facts.host_ip = kubelet.host_ip();
  for (const std::string_view list : {"initContainers", "containers"}) {
    for (const Value& each : worker.pod["spec"][list].items()) {
      const std::string name(each["name"].text());
      const std::vector<Ref<Container>> all = containers_of(kubelet, uid_of(worker.pod), name);
      ContainerFacts& own = facts.containers[name];
      if (all.empty()) continue;
      own.run = run_of(*all.back());
      if (all.size() > 1) own.previous = run_of(*all[all.size() - 2]);
      const auto probes = worker.probes.find(name);
      if (probes == worker.probes.end()) continue;
      if (probes->second.container_id != own.run->id) continue;
      own.started = probes->second.started;
      own.ready = probes->second.ready;
    }
  }
  return facts;
}

void queue_status(Kubelet& kubelet, PodWorker& worker) {
  if (worker.is_deleted) return;
  const std::string now = time_text(kubelet.wall_ns());
  const Value& had = worker.pod["status"];
  const bool is_final = had["phase"].text() == "Succeeded" || had["phase"].text() == "Failed";
  // Of a pod that was over before this kubelet came, nothing more is known than what was told.
  const bool is_known = !is_final || !containers_of(kubelet, uid_of(worker.pod)).empty();
  const Value status = is_known ? pod_status(worker.pod, facts_of(kubelet, worker), now) : had;
  const bool leaves = worker.may_be_removed && is_being_deleted(worker.pod);
  if (status == worker.pod["status"] && !leaves) return;
  kubelet.statuses[std::string(uid_of(worker.pod))] = status;
  kubelet.statuses_changed.advance();
}

namespace {

// The error is one that another try may not have.
Task<engine::Error> send(Ref<Kubelet> kubelet, Ref<PodWorker> worker, Value status) {
  const Value pod = worker->pod;
  ObjectKey key;
  key.space = namespace_of(pod);
  key.name = name_of(pod);
  if (status != pod["status"]) {
    const Value body = status_patch(pod, pod["status"], status);
    RestClient::Patch patch(PatchType::kStrategic, body, "status");
    const ObjectResult sent = co_await kubelet->client.patch(kubelet->context, kPods, key, patch);
    // A pod that is gone, or another one of its name (the uid is compared), needs no status.
    if (is_not_found(sent.error)) co_return nullptr;
    if (sent.error) co_return sent.error;
    take_pod(kubelet, worker, sent.object);
  }
  if (!worker->may_be_removed || !is_being_deleted(worker->pod)) co_return nullptr;
  const Value conditions = Object().set("uid", metadata(pod)["uid"]).build();
  const Value options =
      Object().set("gracePeriodSeconds", 0).set("preconditions", conditions).build();
  const engine::Error error =
      co_await kubelet->client.remove(kubelet->context, kPods, key, options);
  if (is_not_found(error) || is_conflict(error)) co_return nullptr;
  co_return error;
}

}  // namespace

Task<> run_status_manager(Ref<Kubelet> kubelet) {
  constexpr engine::Duration kRetry = 10 * engine::kSecond;
  while (!kubelet->context.err()) {
    const uint64_t seen = kubelet->statuses_changed.count();
    std::map<std::string, Value, std::less<>> waiting = std::move(kubelet->statuses);
    kubelet->statuses.clear();
    bool has_failed = false;
    while (!waiting.empty()) {
      const std::string uid = waiting.begin()->first;
      const Value status = waiting.begin()->second;
      waiting.erase(waiting.begin());
      const auto found = kubelet->workers.find(uid);
      if (found == kubelet->workers.end()) continue;
      const Ref<PodWorker> worker = found->second;
      const engine::Error error = co_await send(kubelet, worker, status);
      if (!error) continue;
      has_failed = true;
      kubelet->statuses.try_emplace(uid, status);  // unless a younger one waits
    }
    const engine::Instant retry = has_failed ? engine::now() + kRetry : engine::kEndOfTime;
    if (has_failed || kubelet->statuses.empty()) {
      co_await kubelet->statuses_changed.wait(seen, retry);
    }
  }
}

}  // namespace sim::k8s::kubelet
