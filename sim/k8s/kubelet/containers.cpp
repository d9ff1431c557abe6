#include "sim/k8s/kubelet/containers.h"

#include <algorithm>

#include "engine/sync/timer.h"
#include "engine/task/print.h"
#include "sim/k8s/kubelet/environment.h"
#include "sim/k8s/kubelet/pod_cgroups.h"
#include "sim/k8s/kubelet/probes.h"
#include "sim/k8s/kubelet/volumes.h"

namespace sim::k8s::kubelet {

using container::Container;
using engine::Duration;
using engine::Instant;
using engine::Ref;
using engine::Task;

std::string_view label_of(const Container& container, std::string_view label) {
  const auto found = container.config().labels.find(std::string(label));
  return found == container.config().labels.end() ? std::string_view() : found->second;
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
  return out;
}

std::string backoff_key(const Value& pod, std::string_view name) {
  std::string key(uid_of(pod));
  key += '_';
  key += name;
  return key;
}

namespace {

struct ImageResult {
  Ref<container::Image> image;
  std::string reason;
  std::string message;
  Instant retry_at = engine::kEndOfTime;
};

// `1.2s`, as messages have lengths: whole milliseconds.
std::string length_text(Duration length) {
  constexpr int64_t kMs = 1'000'000;
  return engine::duration_text(Duration{length.ns / kMs * kMs});
}

std::string pull_policy(const Value& spec) {
  const std::string_view said = spec["imagePullPolicy"].text();
  if (!said.empty()) return std::string(said);
  const std::string_view image = spec["image"].text();
  const size_t name = image.rfind('/') == std::string_view::npos ? 0 : image.rfind('/');
  const std::string_view last = image.substr(name);
  const bool latest = last.find(':') == std::string_view::npos || last.ends_with(":latest");
  return latest && last.find('@') == std::string_view::npos ? "Always" : "IfNotPresent";
}

Task<ImageResult> ensure_image(Ref<Kubelet> kubelet, Ref<PodWorker> worker, ContainerSpec what) {
  ImageResult out;
  const std::string image(what.spec["image"].text());
  const std::string name = what.name();
  const Value pod = worker->pod;
  const auto say = [&](std::string_view type, std::string_view reason, std::string message) {
    PodEvent event{type, reason, std::move(message), name, what.is_init};
    tell(*kubelet, pod, event);
  };
  const std::string policy = pull_policy(what.spec);
  const container::FoundImage found = kubelet->runtime.images().find(image);
  if (!found.error && policy != "Always") {
    say("Normal", "Pulled", "Container image \"" + image + "\" already present on machine");
    out.image = found.image;
    co_return out;
  }
  if (policy == "Never") {
    out.reason = "ErrImageNeverPull";
    out.message = "Container image \"" + image + "\" is not present with pull policy of Never";
    say("Warning", "ErrImageNeverPull", out.message);
    say("Warning", "Failed", "Error: ErrImageNeverPull");
    out.retry_at = engine::now() + Backoff::kFirst;
    co_return out;
  }
  const std::string key = backoff_key(pod, image);
  const Instant begun = engine::now();
  const Instant allowed = kubelet->image_backoff.until(key, begun);
  const Duration pause = kubelet->image_backoff.delay(key);
  const std::string before = worker->facts.containers[name].waiting_reason;
  const bool has_failed = before == "ErrImagePull" || before == "ImagePullBackOff";
  if (has_failed && allowed > begun && pause > Duration{}) {
    out.reason = "ImagePullBackOff";
    out.message = "Back-off pulling image \"" + image + "\"";
    if (before == "ErrImagePull") {
      say("Normal", "BackOff", out.message);
      say("Warning", "Failed", "Error: ImagePullBackOff");
    }
    out.retry_at = allowed;
    co_return out;
  }
  say("Normal", "Pulling", "Pulling image \"" + image + "\"");
  const container::Pulled pulled = co_await kubelet->runtime.pull(image);
  if (pulled.error) {
    kubelet->image_backoff.next(key, engine::now());
    out.reason = "ErrImagePull";
    out.message = pulled.error.message();
    say("Warning", "Failed", "Failed to pull image \"" + image + "\": " + out.message);
    say("Warning", "Failed", "Error: ErrImagePull");
    out.retry_at = engine::now() + engine::kSecond;
    co_return out;
  }
  kubelet->image_backoff.forget(key);
  const std::string took = length_text(engine::now() - begun);
  std::string message = "Successfully pulled image \"" + image + "\" in " + took + " (" + took +
                        " including waiting). Image size: ";
  engine::append_operand(message, pulled.image->size_bytes());
  message += " bytes.";
  say("Normal", "Pulled", std::move(message));
  out.image = pulled.image;
  co_return out;
}

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
  if (!image.image) {
    wait_for(image.reason, image.message);
    co_return image.retry_at;
  }
  const Fetched fetched = co_await fetch_sources(kubelet, worker->pod);
  const Variables services = all_service_variables(*kubelet, worker->pod);
  const Value pod = seen_from_inside(*kubelet, *worker);
  const NodeAmounts amounts{int64_t{kubelet->machine.cpu().cores()} * 1000,
                            kubelet->machine.memory_bytes()};
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
  const Value hook = what.spec["lifecycle"]["postStart"];
  if (hook) {
    HandlerCall call;
    call.handler = hook;
    call.spec = what.spec;
    call.pod_ip = worker->sandbox->ip;
    call.timeout = engine::Duration{};
    const HandlerResult ran = co_await run_handler(made.container, call);
    if (!ran.ok) {
      say("Warning", "FailedPostStartHook", "PostStartHook failed: " + ran.output);
      Stop stop{30 * engine::kSecond, "FailedPostStartHook"};
      co_await stop_container(kubelet, worker, made.container, stop);
      co_return engine::now();
    }
  }
  start_probes(kubelet, worker, made.container, what.spec);
  co_return engine::kEndOfTime;
}

namespace {

Task<> run_pre_stop(Ref<Kubelet> kubelet, Ref<PodWorker> worker, Ref<Container> container,
                    engine::EventCount done) {
  const std::string name(label_of(*container, kContainerNameLabel));
  HandlerCall call;
  for (const std::string_view list : {"initContainers", "containers"}) {
    for (const Value& each : worker->pod["spec"][list].items()) {
      if (each["name"].text() == name) call.spec = each;
    }
  }
  call.handler = call.spec["lifecycle"]["preStop"];
  call.pod_ip = worker->sandbox ? worker->sandbox->ip : std::string();
  if (call.handler) {
    const HandlerResult ran = co_await run_handler(container, call);
    if (!ran.ok) {
      PodEvent event{"Warning", "FailedPreStopHook", "PreStopHook failed", name};
      tell(*kubelet, worker->pod, event);
    }
  }
  done.advance();
}

}  // namespace

Task<> stop_container(Ref<Kubelet> kubelet, Ref<PodWorker> worker, Ref<Container> container,
                      Stop stop) {
  if (!container->is_running()) co_return;
  const std::string name(label_of(*container, kContainerNameLabel));
  PodEvent event{"Normal", "Killing", stop.message, name};
  tell(*kubelet, worker->pod, event);
  const Instant deadline = engine::now() + stop.grace;
  const engine::EventCount done("preStop");
  const uint64_t seen = done.count();
  engine::go(run_pre_stop, kubelet, worker, container, done).set_name("pre-stop");
  co_await done.wait(seen, deadline);
  // Source: the kubelet gives 2 s at least after the hook, `minimumGracePeriodInSeconds`.
  constexpr Duration kLeast = 2 * engine::kSecond;
  const Duration left = deadline - engine::now();
  co_await kubelet->runtime.stop(container,
                                 stop.grace > Duration{} ? std::max(kLeast, left) : left);
}

}  // namespace sim::k8s::kubelet
