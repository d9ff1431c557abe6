// tests/k8s/kubelet_test.cpp: a kubelet and an API server, seen through the client.

#include "sim/k8s/kubelet/kubelet.h"

#include <catch_amalgamated.hpp>

#include "sim/container/image_builder.h"
#include "sim/container/runtime.h"
#include "sim/http/client.h"
#include "sim/json/parse.h"
#include "tests/k8s/tester.h"

namespace {

using namespace engine;
using namespace sim;
using namespace sim::k8s;
using sim::json::parse;

Task<> app() {
  println("hello", current_process().env("WHO", "-"),
          current_process().env("KUBERNETES_SERVICE_HOST", "-"));
  co_await sleep_for(1000 * kSecond);
}

Task<> crash() {
  println("bye");
  co_await os_exit(3);
}

container::ProgramMain program(std::string_view name) {
  if (name == "app") return app;
  return name == "crash" ? crash : nullptr;
}

void offer(container::Registry& registry, const std::string& name) {
  registry.offer(container::parse_reference(name).reference, [name] {
    container::ImageBuilder builder;
    const container::BuildFile file{name, container::executable_text(name)};
    builder.copy(name, "/", {file}).entrypoint({"/" + name});
    return builder.build().image;
  });
}

void fill(container::Registry& registry) {
  offer(registry, "app");
  offer(registry, "crash");
}

Task<> run_node() {
  container::set_catalogue({program, fill});
  KubeletOptions options;
  co_await run_kubelet(support::api_client(), options, background());
}

Value pod(std::string_view name, std::string_view image) {
  return parse(
             R"({"apiVersion":"v1","kind":"Pod","metadata":{"name":")" + std::string(name) +
             R"(","namespace":"default"},"spec":{"nodeName":"n1","terminationGracePeriodSeconds":5,
               "containers":[{"name":"c","image":")" +
             std::string(image) + R"(","env":[{"name":"WHO","value":"pod"}]}]}})")
      .value;
}

Task<> lives() {
  co_await sleep_for(3 * kSecond);
  const Context ctx = background();
  const RestClient client = support::api_client();
  const Clientset clientset(client.config());
  const ObjectResult node = co_await clientset.core_v1().nodes().get(ctx, "n1");
  println("node", node.error, condition_is_true(node.object, "Ready"));
  const Value account = new_object({"v1", "ServiceAccount"}, "default", "default");
  const ObjectResult served =
      co_await clientset.resource(kServiceAccounts, "default").create(ctx, account);
  const Value root = new_object({"v1", "ConfigMap"}, "default", "kube-root-ca.crt")
                         .with_in({"data", "ca.crt"}, "root");
  const ObjectResult trusted =
      co_await clientset.core_v1().config_maps("default").create(ctx, root);
  println(served.error, trusted.error);
  const ObjectClient pods = clientset.core_v1().pods("default");
  for (const char* name : {"app", "crash", "none"}) {
    const Value wanted = pod(name, name);
    const ObjectResult made = co_await pods.create(ctx, wanted);
    println("created", name, made.error);
  }
  co_await sleep_for(8 * kSecond);
  for (const char* name : {"app", "crash", "none"}) {
    const ObjectResult got = co_await pods.get(ctx, name);
    const Value& status = got.object["status"];
    const Value& own = status["containerStatuses"][0];
    println(name, status["phase"].text(), condition_is_true(got.object, "Ready"),
            own["restartCount"].integer(), own["state"]["waiting"]["reason"].text());
  }
  const http::Client web;
  const http::RoundTrip log = co_await web.get("http://n1:10250/containerLogs/default/app/c");
  const http::Body::All text = co_await log.response.body.read_all();
  print(text.text);
  const engine::Error removed = co_await pods.remove(ctx, "app");
  println("deleted", removed);
  co_await sleep_for(4 * kSecond);
  const ObjectResult gone = co_await pods.get(ctx, "app");
  println(gone.error);
}

}  // namespace

TEST_CASE("A kubelet registers its node, runs pods, restarts those that crash, and ends them") {
  support::ClusterOptions cluster;
  cluster.nodes = {{"cp", support::run_api_server}, {"client", lives}, {"n1", run_node}};
  cluster.run.until = Instant{} + 40 * kSecond;
  CHECK(support::simulate_cluster(cluster).out ==
        "node <nil> true\n"
        "<nil> <nil>\n"
        "created app <nil>\n"
        "created crash <nil>\n"
        "created none <nil>\n"
        "hello pod 10.96.0.1\n"
        "bye\n"
        "bye\n"
        "app Running true 0 \n"
        "crash Running false 1 CrashLoopBackOff\n"
        "none Pending false 0 ImagePullBackOff\n"
        "hello pod 10.96.0.1\n"
        "deleted <nil>\n"
        "bye\n"  // 10 s after its second end, and then 20 s after its third
        "pods \"app\" not found\n"
        "bye\n");
}
