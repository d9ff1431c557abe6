#include "sim/k8s/kubelet/containers.h"

#include <algorithm>

#include "engine/sync/timer.h"
#include "engine/task/print.h"
#include "sim/k8s/kubelet/environment.h"
#include "sim/k8s/kubelet/images.h"
#include "sim/k8s/kubelet/pod_cgroups.h"
#include "sim/k8s/kubelet/probes.h"
#include "sim/k8s/kubelet/sandbox.h"
#include "sim/k8s/kubelet/sources.h"
#include "sim/k8s/kubelet/stop.h"
#include "sim/k8s/kubelet/volumes.h"

namespace sim::k8s::kubelet {

using container::Container;
using engine::Duration;
using engine::Instant;
using engine::Ref;
using engine::Task;

std::string_view label_of(const Container& container, std::string_view label) {
  // There are five, and a search would need a string.
  for (const auto& [key, text] : container.config().labels) {
    if (key == label) return text;
  }
  return {};
}

std::vector<Ref<Container>> containers_of(const Kubelet& kubelet, std::string_view uid,
                                          std::string_view name) {
  std::vector<Ref<Container>> out;
  for (const Ref<Container>& each : kubelet.runtime.containers()) {
    if (label_of(*each, kPodUidLabel) != uid) continue;
    if (name.empty() || label_of(*each, kContainerNameLabel) == name) out.push_back(each);
  }
  return out;
}

ContainerRun run_of(const Container& container) {
  ContainerRun out;
  out.id = container.id();
  out.image = container.config().image_name;
  out.image_id = container.config().image->id().text();
  out.started_ns = container.started_ns();
  out.finished_ns = container.finished_ns();
  out.restart_count = net::parse_port(label_of(container, kRestartCountLabel)).value_or(0);
  out.exit_code = container.exit_code();
  out.running = container.is_running();
  out.oom_killed = container.oom_killed();
  out.start_error = container.start_error();
  if (was_lost(container)) {
    out.exit_code = kLostExitCode;
    out.is_lost = true;
  }
  return out;
}

std::string backoff_key(const Value& pod, std::string_view name) {
  std::string key(uid_of(pod));
  key += '_';
  key += name;
  return key;
}

namespace {

Variables all_service_variables(const Kubelet& kubelet, const Value& pod) {
  Variables out;
  if (pod["spec"]["enableServiceLinks"].truth(true)) {
    out = service_variables(kubelet.services.in_namespace(namespace_of(pod)));
  }
  const std::string& host = kubelet.options.service_host;
  const std::string& port = kubelet.options.service_port;
  const std::string url = "tcp://" + host + ":" + port;
  const std::string prefix = "KUBERNETES_PORT_" + port + "_TCP";
  std::erase_if(out, [](const auto& each) { return each.first.starts_with("KUBERNETES_"); });
  out.emplace_back("KUBERNETES_SERVICE_HOST", host);
  out.emplace_back("KUBERNETES_SERVICE_PORT", port);
  out.emplace_back("KUBERNETES_SERVICE_PORT_HTTPS", port);
  out.emplace_back("KUBERNETES_PORT", url);
  out.emplace_back(prefix, url);
  out.emplace_back(prefix + "_PROTO", "tcp");
  out.emplace_back(prefix + "_PORT", port);
  out.emplace_back(prefix + "_ADDR", host);
  return out;
}

// The pod as its containers see it: with addresses that the API server may not know yet.
Value seen_from_inside(const Kubelet& kubelet, const PodWorker& worker) {
  const Value ip = json::Object().set("ip", worker.sandbox->ip).build();
  const Value host = json::Object().set("ip", kubelet.host_ip()).build();
  return worker.pod.with_in({"status", "podIP"}, worker.sandbox->ip)
      .with_in({"status", "hostIP"}, kubelet.host_ip())
      .with_in({"status", "podIPs"}, json::Array().add(ip).build())
      .with_in({"status", "hostIPs"}, json::Array().add(host).build());
}

// What is made of the runs before: only the last one is kept.
int64_t clear_old_runs(Kubelet& kubelet, const Value& pod, const std::string& name) {
  int64_t restarts = 0;
  const std::vector<Ref<Container>> all = containers_of(kubelet, uid_of(pod), name);
  for (size_t i = 0; i < all.size(); ++i) {
    restarts = std::max(restarts, run_of(*all[i]).restart_count + 1);
    if (i + 1 < all.size()) static_cast<void>(kubelet.runtime.remove(*all[i], true));
  }
  return restarts;
}

container::ContainerConfig config_of(Kubelet& kubelet, const PodWorker& worker,
                                     const ContainerSpec& what, Environment environment) {
  const Value& pod = worker.pod;
  const std::string name = what.name();
  std::string count;
  engine::append_operand(count, clear_old_runs(kubelet, pod, name));
  container::ContainerConfig out;
  out.name = "k8s_" + name + "_" + std::string(name_of(pod)) + "_" +
             std::string(namespace_of(pod)) + "_" + std::string(uid_of(pod)) + "_" + count;
  out.image_name = what.spec["image"].text();
  out.entrypoint = std::move(environment.command);
  out.args = std::move(environment.args);
  out.env = std::move(environment.variables);
  out.labels = {{std::string(kPodUidLabel), std::string(uid_of(pod))},
                {std::string(kPodNameLabel), std::string(name_of(pod))},
                {std::string(kPodNamespaceLabel), std::string(namespace_of(pod))},
                {std::string(kContainerNameLabel), name},
                {std::string(kRestartCountLabel), count}};
  out.mounts = mounts_of(*worker.sandbox, what.spec);
  out.limits = container_limits(pod, what.spec, kubelet.machine.memory_bytes());
  out.parent_group = worker.sandbox->group;
  out.network = worker.sandbox->network;
  if (!out.network) out.host_name = kubelet.machine.name();
  out.read_only = what.spec["securityContext"]["readOnlyRootFilesystem"].truth();
  return out;
}

struct Hook : engine::Counted<Hook> {
  HandlerResult result;
  bool is_done = false;
};

// Waits for the hook as long as there is something to wait for.
Task<HandlerResult> run_post_start(Ref<PodWorker> worker, Ref<Container> container,
                                   ContainerSpec what) {
  HandlerCall call;
  call.handler = what.spec["lifecycle"]["postStart"];
  call.spec = what.spec;
  call.pod_ip = worker->sandbox->ip;
  call.timeout = Duration{};
  const Ref<Hook> hook(new Hook);
  engine::go([worker, container, call, hook]() -> Task<> {
    hook->result = co_await run_handler(container, call);
    hook->is_done = true;
    worker->progress.advance();
  }).set_name("post-start");
  while (!hook->is_done && container->is_running() && !must_end(*worker)) {
    const uint64_t seen = worker->progress.count();
    co_await worker->progress.wait(seen);
  }
  co_return hook->result;
}

}  // namespace

Task<Instant> start_container(Ref<Kubelet> kubelet, Ref<PodWorker> worker, ContainerSpec what) {
  const std::string name = what.name();
  const auto say = [&](std::string_view type, std::string_view reason, std::string message) {
    PodEvent event{type, reason, std::move(message), name, what.is_init};
    tell(*kubelet, worker->pod, event);
  };
  const auto wait_for = [&](std::string reason, std::string message) {
    ContainerFacts& facts = worker->facts.containers[name];
    facts.waiting_reason = std::move(reason);
    facts.waiting_message = std::move(message);
  };
  const ImageResult image = co_await ensure_image(kubelet, worker, what);
  if (must_end(*worker)) co_return engine::kEndOfTime;
  if (!image.image) {
    wait_for(image.reason, image.message);
    co_return image.retry_at;
  }
  const Value seen = worker->pod;
  std::vector<std::string> keys = environment_keys(what.spec);
  const Fetched fetched = co_await fetch_sources(kubelet, seen, keys);
  if (must_end(*worker)) co_return engine::kEndOfTime;
  const Variables services = all_service_variables(*kubelet, worker->pod);
  const Value pod = seen_from_inside(*kubelet, *worker);
  const NodeAmounts amounts = allocatable_of(*kubelet);
  const EnvironmentInput input{pod, what.spec, fetched.sources, services, amounts};
  Environment environment = environment_of(input);
  if (fetched.error) environment.error = fetched.error;
  if (environment.error) {
    const std::string message = environment.error.message();
    wait_for("CreateContainerConfigError", message);
    say("Warning", "Failed", "Error: " + message);
    co_return engine::now() + Backoff::kFirst;
  }
  container::ContainerConfig config = config_of(*kubelet, *worker, what, std::move(environment));
  config.image = image.image;
  const container::Runtime::Created made = kubelet->runtime.create(std::move(config));
  if (made.error) {
    wait_for("CreateContainerError", made.error.message());
    say("Warning", "Failed", "Error: " + made.error.message());
    co_return engine::now() + Backoff::kFirst;
  }
  say("Normal", "Created", "Created container: " + name);
  const engine::Error error = kubelet->runtime.start(*made.container);
  wait_for({}, {});
  if (error) {
    say("Warning", "Failed", "Error: failed to create containerd task: " + error.message());
    co_return engine::now();
  }
  say("Normal", "Started", "Started container " + name);
  if (what.spec["lifecycle"].contains("postStart")) {
    const HandlerResult ran = co_await run_post_start(worker, made.container, what);
    if (!ran.ok) {
      say("Warning", "FailedPostStartHook", "PostStartHook failed");
      Stop stop{grace_period_of(worker->pod), "FailedPostStartHook", {}};
      co_await stop_container(kubelet, worker, made.container, stop);
      co_return engine::now();
    }
    if (must_end(*worker)) co_return engine::kEndOfTime;
  }
  start_probes(kubelet, worker, made.container, what.spec);
  co_return engine::kEndOfTime;
}

}  // namespace sim::k8s::kubelet
