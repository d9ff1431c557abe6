#include "sim/k8s/kubelet/server.h"

#include "engine/task/print.h"
#include "sim/http/mux.h"
#include "sim/http/server.h"
#include "sim/k8s/kubelet/logs.h"
#include "sim/k8s/kubelet/metrics.h"
#include "sim/k8s/kubelet/probes.h"

namespace sim::k8s::kubelet {
namespace {

using container::Container;
using engine::Ref;
using engine::Task;
using json::Array;
using json::Object;

Task<> answer_json(http::ResponseWriter writer, Value value) {
  writer.header().set("Content-Type", "application/json");
  static_cast<void>(co_await writer.write(value.to_json()));
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
  const std::vector<Ref<Container>> runs = runs_asked_for(*kubelet, request);
  if (runs.empty() || !runs.back()->is_running()) {
    std::string text = "container not found (\"";
    text += request.path_value("container");
    text += "\")";
    co_return co_await http::answer_error(writer, text, 404);
  }
  const Ref<Container> run = runs.back();
  const CommandResult ran = co_await run_command(run, command, engine::Duration{});
  Object out;
  out.set("output", ran.output).set("exitCode", ran.exit_code);
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
    return answer_json(writer, measure(*kubelet));
  });
  mux.handle("GET /containerLogs/{space}/{pod}/{container}",
             [kubelet](http::ResponseWriter writer, http::Request request) {
               return serve_logs(kubelet, writer, std::move(request));
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
