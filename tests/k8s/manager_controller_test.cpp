// tests/k8s/manager_controller_test.cpp: all controllers together, two managers of them, and the
// metrics server.

#include <catch_amalgamated.hpp>

#include "engine/sync/timer.h"
#include "sim/http/mux.h"
#include "sim/http/server.h"
#include "sim/json/parse.h"
#include "sim/k8s/controllers/controller_manager.h"
#include "sim/k8s/controllers/edit.h"
#include "sim/k8s/controllers/metrics_server.h"
#include "sim/node/machine.h"
#include "tests/k8s/tester.h"

namespace {

using namespace engine;
using namespace sim::k8s;
using sim::json::parse;
using support::api_client;

Task<> manager() {
  co_await sleep_for(kSecond);
  ControllerManagerOptions options;
  options.identity = sim::node::this_machine().name() + "_1";
  options.root_ca = "PEM";
  co_await run_controller_manager(api_client(), options, background());
  println(options.identity, "ends");
}

Task<int64_t> count(Resource resource) {
  const ListOptions all;
  const ListResult listed = co_await api_client().list(background(), resource, "default", all);
  co_return static_cast<int64_t>(listed.items.size());
}

Task<> tell() {
  const ObjectResult lease =
      co_await api_client().get(background(), kLeases, "kube-system", "kube-controller-manager");
  println(now().ns / kSecond.ns, lease.object["spec"]["holderIdentity"].text(),
          co_await count(kDeployments), "deployments", co_await count(kReplicaSets), "sets",
          co_await count(kPods), "pods");
}

Task<> scale(int64_t replicas) {
  const ObjectKey key{"default", "web"};
  EditTarget target(kDeployments, key);
  const Edit edit = [replicas](const Value& live) {
    return live.with_in({"spec", "replicas"}, replicas);
  };
  static_cast<void>(co_await edit_object(api_client(), background(), target, edit));
}

Task<> user() {
  co_await sleep_for(5 * kSecond);
  const Value web = parse(R"({"metadata": {"name": "web", "namespace": "default"}, "spec": {
      "replicas": 2, "selector": {"matchLabels": {"app": "web"}}, "template": {
          "metadata": {"labels": {"app": "web"}}, "spec": {"containers": [
              {"name": "c", "image": "i"}]}}}})")
                        .value;
  const ObjectResult made =
      co_await api_client().create(background(), kDeployments, "default", web);
  if (made.error) println(made.error);
  co_await sleep_for(2 * kSecond);
  co_await tell();
  const ObjectResult config =
      co_await api_client().get(background(), kConfigMaps, "default", "kube-root-ca.crt");
  println("certificate", config.object["data"]["ca.crt"].text());
  co_await sleep_for(4 * kSecond);  // the first manager dies
  co_await scale(3);
  co_await sleep_for(2 * kSecond);
  co_await tell();
  co_await sleep_for(20 * kSecond);
  co_await tell();
  const ObjectKey key{"default", "web"};
  static_cast<void>(co_await api_client().remove(background(), kDeployments, key));
  co_await sleep_for(5 * kSecond);
  co_await tell();
}

// What a kubelet says of its node and one pod, a little more each time.
Task<> kubelet() {
  const sim::http::ServeMux mux;
  mux.handle("/metrics/resource.json",
             [](sim::http::ResponseWriter w, sim::http::Request) -> Task<> {
               std::string text = R"({"node": {"time": ")" + now_text() + R"(",
          "cpu": {"usageNanoCores": 500000000}, "memory": {"workingSetBytes": 1048576}},
          "pods": [{"podRef": {"name": "a", "namespace": "default"}, "containers": [
            {"name": "c", "cpu": {"usageNanoCores": 1000000},
             "memory": {"workingSetBytes": 4096}}]}]})";
               static_cast<void>(co_await w.write(std::move(text)));
             });
  const sim::http::Server server(mux);
  static_cast<void>(co_await server.listen_and_serve(":10250"));
}

Task<> measuring() {
  co_await sleep_for(kSecond);
  const RestClient client = api_client();
  const Value account = new_object(kServiceAccounts.object_kind(), "default", "default");
  static_cast<void>(co_await client.create(background(), kServiceAccounts, "default", account));
  const Value node = new_object(kNodes.object_kind(), {}, "n1");
  static_cast<void>(co_await client.create(background(), kNodes, std::string(), node));
  const Value silent = new_object(kNodes.object_kind(), {}, "nowhere");
  static_cast<void>(co_await client.create(background(), kNodes, std::string(), silent));
  const Value pod = parse(R"({"metadata": {"name": "a", "namespace": "default",
      "labels": {"app": "web"}}, "spec": {"containers": [{"name": "c", "image": "i"}]}})")
                        .value;
  static_cast<void>(co_await client.create(background(), kPods, "default", pod));
  const MetricsServerOptions options;
  go(run_metrics_server, client, options, background());
  co_await sleep_for(80 * kSecond);
  ListOptions web;
  web.label_selector = "app=web";
  ListResult pods = co_await client.list(background(), kPodMetrics, "default", web);
  for (const Value& metrics : pods.items) {
    println(name_of(metrics), metrics["containers"].to_json(), metrics["window"].text(),
            metrics["timestamp"].text());
  }
  const ListOptions all;
  const ListResult nodes = co_await client.list(background(), kNodeMetrics, std::string(), all);
  for (const Value& metrics : nodes.items) println(name_of(metrics), metrics["usage"].to_json());
  const ObjectKey key{"default", "a"};
  static_cast<void>(co_await client.remove(background(), kPods, key));
  co_await sleep_for(30 * kSecond);
  pods = co_await client.list(background(), kPodMetrics, "default", all);
  println("left", pods.items.size());
}

}  // namespace

TEST_CASE("A second manager takes over the work of one that has died") {
  support::ClusterOptions options;
  options.nodes = {
      {"cp", support::run_api_server}, {"m1", manager}, {"m2", manager}, {"client", user}};
  options.plan = {{Instant{} + 10 * kSecond, "kill m1 m1"}};
  options.run.until = Instant{} + 60 * kSecond;
  CHECK(support::simulate_cluster(options).out ==
        "7 m1_1 1 deployments 1 sets 2 pods\n"
        "certificate PEM\n"
        "13 m1_1 1 deployments 1 sets 2 pods\n"
        "33 m2_1 1 deployments 1 sets 3 pods\n"
        "38 m2_1 0 deployments 0 sets 0 pods\n");
}

namespace {

Task<> unnamed() {
  co_await sleep_for(kSecond);
  const ControllerManagerOptions options;
  go(run_controller_manager, api_client(), options, background());
  co_await sleep_for(2 * kSecond);
  const ObjectResult lease =
      co_await api_client().get(background(), kLeases, "kube-system", "kube-controller-manager");
  const std::string holder(lease.object["spec"]["holderIdentity"].text());
  println(holder.substr(0, holder.find('_')), holder.size());
}

}  // namespace

TEST_CASE("A manager that is not named calls itself by its machine and a random id") {
  CHECK(support::with_api_server(unnamed) == "client 43\n");
}

TEST_CASE("What kubelets measure becomes objects, written when they change or grow old") {
  support::ClusterOptions options;
  options.nodes = {{"cp", support::run_api_server}, {"n1", kubelet}, {"client", measuring}};
  options.run.until = Instant{} + 150 * kSecond;
  CHECK(support::simulate_cluster(options).out ==
        R"(a [{"name":"c","usage":{"cpu":"1m","memory":"4Ki"}}] 15s 2026-01-01T00:01:01Z)"
        "\n"
        R"(n1 {"cpu":"500m","memory":"1Mi"})"
        "\nleft 0\n");
}
