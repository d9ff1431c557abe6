#include "sim/k8s/kubelet/stop.h"

#include <algorithm>

#include "engine/sync/timer.h"
#include "engine/sync/wait_group.h"
#include "sim/k8s/kubelet/environment.h"
#include "sim/k8s/kubelet/probes.h"

namespace sim::k8s::kubelet {
namespace {

using container::Container;
using engine::Duration;
using engine::Instant;
using engine::Ref;
using engine::Task;

// Source: the kubelet's `minimumGracePeriodInSeconds`.
constexpr Duration kLeastGrace = 2 * engine::kSecond;

Task<> wait_ended(Ref<Container> container, Instant deadline) {
  while (container->is_running() && engine::now() < deadline) {
    const uint64_t seen = container->changed().count();
    co_await container->changed().wait(seen, deadline);
  }
}

Task<> run_pre_stop(Ref<Kubelet> kubelet, Ref<PodWorker> worker, Ref<Container> container,
                    engine::EventCount done) {
  const std::string name(label_of(*container, kContainerNameLabel));
  HandlerCall call;
  call.spec = container_named(worker->pod, name);
  call.handler = call.spec["lifecycle"]["preStop"];
  call.pod_ip = worker->sandbox ? worker->sandbox->ip : std::string();
  const HandlerResult ran = co_await run_handler(container, call);
  if (!ran.ok) {
    PodEvent event{"Warning", "FailedPreStopHook", "PreStopHook failed", name};
    tell(*kubelet, worker->pod, event);
  }
  done.advance();
}

// Until the hook has run, the container has ended, or the deadline.
Task<> wait_for_hook(Ref<Kubelet> kubelet, Ref<PodWorker> worker, Ref<Container> container,
                     Instant deadline) {
  const engine::EventCount done("preStop");
  const uint64_t seen = done.count();
  engine::go(run_pre_stop, kubelet, worker, container, done).set_name("pre-stop");
  engine::go([container, done, deadline]() -> Task<> {
    co_await wait_ended(container, deadline);
    done.advance();
  });
  co_await done.wait(seen, deadline);
}

}  // namespace

Duration grace_period_of(const Value& pod) {
  constexpr int64_t kUsual = 30;
  return pod["spec"]["terminationGracePeriodSeconds"].integer(kUsual) * engine::kSecond;
}

Task<> stop_container(Ref<Kubelet> kubelet, Ref<PodWorker> worker, Ref<Container> container,
                      Stop stop) {
  if (!container->is_running()) co_return;
  const std::string name(label_of(*container, kContainerNameLabel));
  PodEvent event{"Normal", "Killing", stop.message, name};
  tell(*kubelet, worker->pod, event);
  const Instant deadline = engine::now() + stop.grace;
  const bool has_hook = container_named(worker->pod, name)["lifecycle"].contains("preStop");
  if (has_hook && stop.grace > Duration{}) {
    co_await wait_for_hook(kubelet, worker, container, deadline);
  }
  for (const Ref<Container>& each : stop.after) co_await wait_ended(each, deadline);
  const Duration left = std::max(kLeastGrace, deadline - engine::now());
  co_await kubelet->runtime.stop(container, left);
}

Task<> stop_pod(Ref<Kubelet> kubelet, Ref<PodWorker> worker, Duration grace) {
  const engine::WaitGroup stopped("containers stop");
  std::vector<Ref<Container>> later;  // what started after the one that is looked at
  const auto stop_all_of = [&](const std::string& name, bool waits) {
    for (const Ref<Container>& run : containers_of(*kubelet, uid_of(worker->pod), name)) {
      if (!run->is_running()) continue;
      Stop stop{grace, "Stopping container " + name, {}};
      if (waits) stop.after = later;
      stopped.add(1);
      engine::go([kubelet, worker, run, stop, stopped]() -> Task<> {
        co_await stop_container(kubelet, worker, run, stop);
        stopped.done();
      });
      later.push_back(run);
    }
  };
  const Value& spec = worker->pod["spec"];
  for (const Value& each : spec["containers"].items()) {
    stop_all_of(std::string(each["name"].text()), false);
  }
  const std::span<const Value> inits = spec["initContainers"].items();
  for (size_t i = inits.size(); i-- > 0;) {
    stop_all_of(std::string(inits[i]["name"].text()), is_sidecar(inits[i]));
  }
  co_await stopped.wait();
}

void hurry(Ref<Kubelet> kubelet, std::string_view uid, Duration grace) {
  const Instant at = engine::now() + std::max(kLeastGrace, grace);
  engine::go([kubelet, at, pod = std::string(uid)]() -> Task<> {
    co_await engine::sleep_for(at - engine::now());
    for (const Ref<Container>& run : containers_of(*kubelet, pod)) {
      run->signal(node::Signal::kKill);
    }
  });
}

}  // namespace sim::k8s::kubelet
