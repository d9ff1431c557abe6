#include "sim/k8s/kubelet/server.h"

#include "engine/sync/timer.h"
#include "engine/task/print.h"
#include "sim/http/mux.h"
#include "sim/http/server.h"
#include "sim/k8s/api/time.h"
#include "sim/k8s/kubelet/probes.h"

namespace sim::k8s::kubelet {
namespace {

using container::Container;
using engine::Ref;
using engine::Task;
using json::Array;
using json::Object;

std::vector<Ref<Container>> asked_for(const Kubelet& kubelet, const http::Request& request) {
  std::vector<Ref<Container>> out;
  for (const Ref<Container>& each : kubelet.runtime.containers()) {
    if (label_of(*each, kPodNamespaceLabel) == request.path_value("space") &&
        label_of(*each, kPodNameLabel) == request.path_value("pod") &&
        label_of(*each, kContainerNameLabel) == request.path_value("container")) {
      out.push_back(each);
    }
  }
  return out;
}

int64_t number_of(std::string_view text, int64_t otherwise) {
  if (text.empty()) return otherwise;
  int64_t out = 0;
  for (const char c : text) {
    if (c < '0' || c > '9' || out > 1'000'000'000'000) return otherwise;
    out = out * 10 + (c - '0');
  }
  return out;
}

Task<> logs(Ref<Kubelet> kubelet, http::ResponseWriter writer, http::Request request) {
  http::Values query;
  static_cast<void>(http::parse_query(request.url.query, query));
  std::vector<Ref<Container>> runs = asked_for(*kubelet, request);
  if (query.get("previous") == "true" && !runs.empty()) runs.pop_back();
  if (runs.empty()) {
    std::string text = "container \"" + std::string(request.path_value("container")) +
                       "\" in pod \"" + std::string(request.path_value("pod")) +
                       "\" is waiting to start: ContainerCreating";
    co_return co_await http::answer_error(writer, text, 400);
  }
  const Ref<Container> run = runs.back();
  const bool follows = query.get("follow") == "true";
  const bool stamped = query.get("timestamps") == "true";
  int64_t left = number_of(query.get("limitBytes"), INT64_MAX);
  const int64_t tail = number_of(query.get("tailLines"), INT64_MAX);
  const int64_t since = number_of(query.get("sinceSeconds"), -1);
  const int64_t from_ns = since < 0 ? INT64_MIN : kubelet->wall_ns() - since * 1'000'000'000;
  uint64_t next = 1;
  if (tail < static_cast<int64_t>(run->log_end())) {
    next = run->log_end() - static_cast<uint64_t>(tail);
  }
  writer.header().set("Content-Type", "text/plain");
  const engine::Context context = request.context();
  while (true) {
    const uint64_t seen = run->changed().count();
    std::string text;
    for (const container::LogLine& line : run->log()) {
      if (line.number < next) continue;
      next = line.number + 1;
      if (line.unix_ns < from_ns) continue;
      if (stamped) text += micro_time_text(line.unix_ns) + " ";
      text += line.text + "\n";
    }
    if (static_cast<int64_t>(text.size()) > left) text.resize(static_cast<size_t>(left));
    left -= static_cast<int64_t>(text.size());
    if (!text.empty()) {
      const engine::Error failed = co_await writer.write(std::move(text));
      if (failed) co_return;
    }
    if (!follows || left <= 0 || !run->is_running() || context.err()) co_return;
    const engine::Error failed = co_await writer.flush();
    if (failed) co_return;
    // Now and then it looks whether somebody still reads.
    co_await run->changed().wait(seen, engine::now() + 60 * engine::kSecond);
  }
}

Task<> answer_json(http::ResponseWriter writer, Value value) {
  writer.header().set("Content-Type", "application/json");
  static_cast<void>(co_await writer.write(value.to_json()));
}

Value usage_of(const node::Cgroup& group) {
  return Object()
      .set("cpuNanos", group.cpu_stat(engine::now()).usage.ns)
      .set("memoryBytes", group.memory_usage())
      .build();
}

Value metrics(const Kubelet& kubelet) {
  Array pods;
  for (const auto& [uid, worker] : kubelet.workers) {
    Array containers;
    for (const Ref<Container>& run : containers_of(kubelet, uid)) {
      if (!run->is_running()) continue;
      containers.add(usage_of(run->cgroup()).with("name", label_of(*run, kContainerNameLabel)));
    }
    pods.add(Object()
                 .set("namespace", namespace_of(worker->pod))
                 .set("name", name_of(worker->pod))
                 .set("containers", containers.build())
                 .build());
  }
  return Object()
      .set("node", usage_of(kubelet.machine.cgroups()))
      .set("pods", pods.build())
      .build();
}

Value pod_list(const Kubelet& kubelet) {
  Array items;
  for (const auto& [uid, worker] : kubelet.workers) items.add(worker->pod);
  return Object()
      .set("kind", "PodList")
      .set("apiVersion", "v1")
      .set("metadata", Value::empty_object())
      .set("items", items.build())
      .build();
}

Task<> exec(Ref<Kubelet> kubelet, http::ResponseWriter writer, http::Request request) {
  http::Values query;
  static_cast<void>(http::parse_query(request.url.query, query));
  std::vector<std::string> command;
  for (const std::string_view word : query.all("command")) command.emplace_back(word);
  const std::vector<Ref<Container>> runs = asked_for(*kubelet, request);
  if (runs.empty() || !runs.back()->is_running()) {
    std::string text = "container not found (\"";
    text += request.path_value("container");
    text += "\")";
    co_return co_await http::answer_error(writer, text, 404);
  }
  const Ref<Container> run = runs.back();
  const CommandResult ran = co_await run_command(run, command, engine::Duration{});
  Object out;
  out.set("output", "").set("exitCode", ran.error ? 126 : ran.exit_code);
  if (ran.error) out.set("error", ran.error.message());
  const Value body = std::move(out).build();
  co_await answer_json(writer, body);
}

}  // namespace

Task<> run_server(Ref<Kubelet> kubelet) {
  const http::ServeMux mux;
  mux.handle("GET /healthz", [](http::ResponseWriter writer, http::Request) -> Task<> {
    static_cast<void>(co_await writer.write("ok"));
  });
  mux.handle("GET /pods", [kubelet](http::ResponseWriter writer, http::Request) {
    return answer_json(writer, pod_list(*kubelet));
  });
  mux.handle("GET /metrics/resource.json", [kubelet](http::ResponseWriter writer, http::Request) {
    return answer_json(writer, metrics(*kubelet));
  });
  mux.handle("GET /containerLogs/{space}/{pod}/{container}",
             [kubelet](http::ResponseWriter writer, http::Request request) {
               return logs(kubelet, writer, std::move(request));
             });
  mux.handle("POST /exec/{space}/{pod}/{container}",
             [kubelet](http::ResponseWriter writer, http::Request request) {
               return exec(kubelet, writer, std::move(request));
             });
  std::string address = ":";
  engine::append_operand(address, kubelet->options.port);
  static_cast<void>(co_await http::listen_and_serve(address, mux));
}

}  // namespace sim::k8s::kubelet
