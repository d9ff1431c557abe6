#include "sim/k8s/kubelet/probes.h"

#include <algorithm>

#include "engine/sync/timer.h"
#include "engine/task/print.h"
#include "sim/grpc/client.h"
#include "sim/grpc/health.h"
#include "sim/http/client.h"
#include "sim/k8s/kubelet/stop.h"
#include "sim/net/socket.h"

namespace sim::k8s::kubelet {
namespace {

using container::Container;
using engine::Duration;
using engine::Instant;
using engine::Ref;
using engine::Task;

enum class ProbeKind : uint8_t { kStartup, kReadiness, kLiveness };
constexpr std::string_view kProbeNames[] = {"Startup", "Readiness", "Liveness"};
constexpr std::string_view kProbeFields[] = {"startupProbe", "readinessProbe", "livenessProbe"};

int64_t port_number(const Value& port, const Value& spec) {
  if (port.is_integer()) return port.integer();
  for (const Value& each : spec["ports"].items()) {
    if (each["name"] == port) return each["containerPort"].integer();
  }
  return net::parse_port(port.text()).value_or(0);
}

Task<HandlerResult> http_get(HandlerCall call) {
  const Value get = call.handler["httpGet"];
  HandlerResult out;
  std::string url = "http://";
  url += get["host"].text(call.pod_ip);
  url += ':';
  engine::append_operand(url, port_number(get["port"], call.spec));
  const std::string path(get["path"].text("/"));
  if (!path.starts_with('/')) url += '/';
  url += path;
  http::ClientOptions options;
  options.timeout = call.timeout;
  options.keeps_alive = false;
  const http::Client client(options);
  http::NewRequest made = http::new_request("GET", url);
  if (made.error) {
    out.ok = false;
    out.output = made.error.message();
    co_return out;
  }
  made.request.header.set("User-Agent", "kube-probe/1.33");
  made.request.header.set("Accept", "*/*");
  for (const Value& header : get["httpHeaders"].items()) {
    made.request.header.set(header["name"].text(), header["value"].text());
  }
  http::Request request = std::move(made.request);
  const http::RoundTrip trip = co_await client.send(std::move(request));
  if (trip.error) {
    out.ok = false;
    out.output = trip.error.message();
    co_return out;
  }
  const int status = trip.response.status;
  trip.response.body.close();
  if (status < 200 || status >= 400) {
    out.ok = false;
    out.output = "HTTP probe failed with statuscode: ";
    engine::append_operand(out.output, status);
  }
  co_return out;
}

Task<HandlerResult> tcp_connect(HandlerCall call) {
  const Value socket = call.handler["tcpSocket"];
  std::string address(socket["host"].text(call.pod_ip));
  address += ':';
  engine::append_operand(address, port_number(socket["port"], call.spec));
  const engine::Cancelable limited = engine::with_timeout(engine::background(), call.timeout);
  const net::DialResult dialed = co_await net::dial(limited.context, address);
  limited.cancel();
  HandlerResult out;
  out.ok = !dialed.error;
  if (dialed.error) out.output = dialed.error.message();
  static_cast<void>(dialed.conn.close());
  co_return out;
}

std::string_view serving_text(grpc::ServingStatus status) {
  switch (status) {
    case grpc::ServingStatus::kServing:
      return "SERVING";
    case grpc::ServingStatus::kNotServing:
      return "NOT_SERVING";
    case grpc::ServingStatus::kServiceUnknown:
      return "SERVICE_UNKNOWN";
    case grpc::ServingStatus::kUnknown:
      break;
  }
  return "UNKNOWN";
}

// Source: the kubelet's package probe/grpc, and its texts.
Task<HandlerResult> grpc_check(HandlerCall call) {
  std::string target = call.pod_ip + ":";
  engine::append_operand(target, port_number(call.handler["grpc"]["port"], call.spec));
  grpc::ChannelOptions options;
  options.user_agent = "kube-probe/1.33";
  const grpc::Channel channel(target, options);
  const engine::Cancelable limited = engine::with_timeout(engine::background(), call.timeout);
  grpc::HealthCheckRequest request;
  request.service = call.handler["grpc"]["service"].text();
  grpc::CallOptions wait;
  wait.wait_for_ready = true;
  const grpc::Reply<grpc::HealthCheckResponse> reply =
      co_await grpc::call(channel, grpc::kHealthCheck, limited.context, request, wait);
  const bool had_connection = channel.connections_made() > 0;
  limited.cancel();
  channel.close();
  HandlerResult out;
  const std::string within = engine::duration_text(call.timeout);
  if (reply.ok() && reply.message.status == grpc::ServingStatus::kServing) co_return out;
  out.ok = false;
  if (reply.ok()) {
    out.output = "service unhealthy (responded with \"";
    out.output += serving_text(reply.message.status);
    out.output += "\")";
  } else if (!had_connection) {
    out.output = "timeout: failed to connect service \"" + target + "\" within " + within +
                 ": context deadline exceeded";
  } else if (reply.status.code == grpc::Code::kUnimplemented) {
    out.output =
        "error: this server does not implement the grpc health protocol "
        "(grpc.health.v1.Health): " +
        reply.status.message();
  } else if (reply.status.code == grpc::Code::kDeadlineExceeded) {
    out.output = "timeout: health rpc did not complete within " + within;
  } else {
    out.output = "error: health rpc probe failed: " + reply.status.message();
  }
  co_return out;
}

Duration seconds(const Value& value, int64_t otherwise) {
  return value.integer(otherwise) * engine::kSecond;
}

struct ProbeRun {
  Ref<Container> container;
  Value spec;
  ProbeKind kind;
  bool is_init = false;
};

// Waits until `at`, or until the container's run is over. Whether it still runs.
Task<bool> wait_running(Ref<Container> container, Instant at) {
  while (container->is_running() && engine::now() < at) {
    const uint64_t seen = container->changed().count();
    co_await container->changed().wait(seen, at);
  }
  co_return container->is_running();
}

void take_result(PodWorker& worker, const ProbeRun& run, bool success) {
  const std::string name(run.spec["name"].text());
  ProbeResults& results = worker.probes[name];
  if (results.container_id != run.container->id()) return;  // a younger run has its own
  const ProbeResults before = results;
  if (run.kind == ProbeKind::kReadiness) results.ready = success;
  if (run.kind == ProbeKind::kStartup && success) results.started = true;
  if (run.kind != ProbeKind::kReadiness && !success && !worker.is_terminating) {
    results.is_unhealthy = true;
    results.unhealthy_message = "Container " + name + " failed ";
    results.unhealthy_message += run.kind == ProbeKind::kLiveness ? "liveness" : "startup";
    results.unhealthy_message += " probe";
    if (restarts(worker.pod, run.spec, run.is_init, 1)) {
      results.unhealthy_message += ", will be restarted";
    }
    const Value& own = run.spec[kProbeFields[static_cast<size_t>(run.kind)]];
    const Value& grace = own["terminationGracePeriodSeconds"];
    results.grace = grace ? grace.integer() * engine::kSecond : grace_period_of(worker.pod);
  }
  if (before.ready != results.ready || before.started != results.started ||
      before.is_unhealthy != results.is_unhealthy) {
    worker.nudge();
  }
}

Task<> probe(Ref<Kubelet> kubelet, Ref<PodWorker> worker, ProbeRun run) {
  const auto kind = static_cast<size_t>(run.kind);
  const Value settings = run.spec[kProbeFields[kind]];
  const std::string name(run.spec["name"].text());
  const Duration period = seconds(settings["periodSeconds"], 10);
  const int64_t wanted = settings["successThreshold"].integer(1);
  const int64_t tolerated = settings["failureThreshold"].integer(3);
  HandlerCall call;
  call.handler = settings;
  call.spec = run.spec;
  call.timeout = seconds(settings["timeoutSeconds"], 1);
  int64_t successes = 0;
  int64_t failures = 0;
  Instant next = engine::now() + seconds(settings["initialDelaySeconds"], 0);
  while (true) {
    const bool runs = co_await wait_running(run.container, next);
    if (!runs) co_return;
    next = engine::now() + period;
    ProbeResults& results = worker->probes[name];
    if (results.container_id != run.container->id() || results.is_unhealthy) co_return;
    // A pod that ends is still asked whether it is ready.
    if (worker->is_terminating && run.kind != ProbeKind::kReadiness) co_return;
    if (run.kind != ProbeKind::kStartup && !results.started) {
      // Others begin when the startup probe has succeeded.
      const uint64_t seen = worker->wake.count();
      co_await worker->wake.wait(seen, next);
      next = engine::now();
      continue;
    }
    call.pod_ip = worker->sandbox ? worker->sandbox->ip : std::string();
    const HandlerResult got = co_await run_handler(run.container, call);
    if (!run.container->is_running()) co_return;
    successes = got.ok ? successes + 1 : 0;
    failures = got.ok ? 0 : failures + 1;
    if (!got.ok) {
      PodEvent event{"Warning", "Unhealthy", std::string(kProbeNames[kind]), name};
      event.message += " probe failed: " + got.output;
      tell(*kubelet, worker->pod, event);
    }
    if (successes >= wanted) {
      take_result(*worker, run, true);
      if (run.kind == ProbeKind::kStartup) co_return;
    } else if (failures >= tolerated) {
      take_result(*worker, run, false);
    }
  }
}

}  // namespace

Task<CommandResult> run_command(Ref<Container> container, std::vector<std::string> command,
                                Duration timeout) {
  CommandResult out;
  container::ExecOptions options;
  options.output_bytes_max = kOutputBytesMax;
  const Container::Executed executed = container->execute(command, options);
  out.error = executed.error;
  out.exit_code = executed.code;
  if (out.error) co_return out;
  const Ref<container::Execution> execution = executed.execution;
  const bool limited = timeout > Duration{};
  const Instant deadline = limited ? engine::now() + timeout : engine::kEndOfTime;
  const bool ended = co_await container::wait_for_end(execution, deadline);
  out.timed_out = !ended;
  if (!ended) node::send_signal(execution->process(), node::Signal::kKill);
  out.output = execution->take_output();
  out.exit_code = execution->exit_code();
  co_return out;
}

Task<HandlerResult> run_handler(Ref<Container> container, HandlerCall call) {
  HandlerResult out;
  if (call.handler.contains("httpGet")) {
    out = co_await http_get(call);
  } else if (call.handler.contains("tcpSocket")) {
    out = co_await tcp_connect(call);
  } else if (call.handler.contains("sleep")) {
    co_await engine::sleep_for(seconds(call.handler["sleep"]["seconds"], 0));
  } else if (call.handler.contains("grpc")) {
    out = co_await grpc_check(call);
  } else if (call.handler.contains("exec")) {
    std::vector<std::string> command;
    for (const Value& word : call.handler["exec"]["command"].items()) {
      command.emplace_back(word.text());
    }
    const CommandResult ran = co_await run_command(container, command, call.timeout);
    out.ok = !ran.error && !ran.timed_out && ran.exit_code == 0;
    out.output = ran.error ? ran.error.message() : ran.output.substr(0, kProbeOutputBytesMax);
    if (ran.timed_out) {
      out.output = "command timed out: \"";
      for (const std::string& word : command) out.output += word + " ";
      out.output.back() = '"';
      out.output += " timed out after " + engine::duration_text(call.timeout);
    }
  }
  co_return out;
}

void start_probes(Ref<Kubelet> kubelet, Ref<PodWorker> worker, Ref<Container> container,
                  const Value& spec) {
  const std::string name(spec["name"].text());
  ProbeResults& results = worker->probes[name];
  results = ProbeResults{};
  results.container_id = container->id();
  results.started = !spec.contains("startupProbe");
  results.ready = !spec.contains("readinessProbe");
  for (const ProbeKind kind : {ProbeKind::kStartup, ProbeKind::kReadiness, ProbeKind::kLiveness}) {
    if (!spec.contains(kProbeFields[static_cast<size_t>(kind)])) continue;
    ProbeRun run{container, spec, kind, is_sidecar(spec)};
    engine::go(probe, kubelet, worker, std::move(run)).set_name("probe");
  }
}

}  // namespace sim::k8s::kubelet
