// tests/k8s/live_controller_test.cpp: controllers at work, against an API server on another
// machine.

#include <catch_amalgamated.hpp>

#include "engine/sync/timer.h"
#include "sim/json/parse.h"
#include "sim/k8s/controllers/disruption.h"
#include "sim/k8s/controllers/edit.h"
#include "sim/k8s/controllers/endpoint_slice_controller.h"
#include "sim/k8s/controllers/garbage_collector.h"
#include "sim/k8s/controllers/horizontal_pod_autoscaler.h"
#include "sim/k8s/controllers/namespace_controller.h"
#include "sim/k8s/controllers/namespace_defaults.h"
#include "sim/k8s/controllers/node_lifecycle.h"
#include "sim/k8s/controllers/pod_gc.h"
#include "sim/k8s/controllers/resource_quota.h"
#include "sim/k8s/controllers/taint_eviction.h"
#include "sim/k8s/controllers/volume_binder.h"
#include "sim/k8s/controllers/volume_protection.h"
#include "tests/k8s/tester.h"

namespace {

using namespace engine;
using namespace sim::k8s;
using sim::json::parse;
using support::api_client;

using Run = Task<> (*)(ControllerContext, Context);

// Starts controllers as the controller manager does.
Task<> start(std::vector<Run> runs) {
  co_await sleep_for(kSecond);  // the API server is up
  const RestClient client = api_client();
  const InformerFactory informers(client);
  const EventRecorder::Source source("test");
  const EventRecorder events(client, source);
  go([events]() -> Task<> { co_await events.run(background()); });
  const ControllerContext controllers{client, informers, events};
  for (const Run run : runs) go(run, controllers, background());
  co_await sleep_for(kMillisecond);
  informers.start(background());
}

Task<Value> make(Resource resource, std::string text) {
  const Value object = parse(text).value;
  const std::string space(namespace_of(object));
  const ObjectResult made = co_await api_client().create(background(), resource, space, object);
  if (made.error) println("create:", made.error);
  co_return made.object;
}

Task<Value> read(Resource resource, std::string space, std::string name) {
  const ObjectResult got = co_await api_client().get(background(), resource, space, name);
  co_return got.error ? Value() : got.object;
}

Task<std::string> names(Resource resource, std::string space) {
  const ListOptions all;
  const ListResult listed = co_await api_client().list(background(), resource, space, all);
  std::string out;
  for (const Value& object : listed.items) {
    if (!out.empty()) out += ' ';
    out += name_of(object);
  }
  co_return out.empty() ? "none" : out;
}

Task<> set_status(Resource resource, ObjectKey key, Value status) {
  EditTarget target(resource, key, "status");
  const Edit edit = [status](const Value& live) { return live.with("status", status); };
  const ObjectResult result = co_await edit_object(api_client(), background(), target, edit);
  if (result.error) println("status:", result.error);
}

Task<> remove(Resource resource, ObjectKey key, std::string propagation) {
  DeleteWish wish;
  wish.propagation = propagation;
  const Error error = co_await api_client().remove(background(), resource, key, wish.options());
  if (error) println("delete:", error);
}

Task<> make_space(std::string name) {
  const std::string text = R"({"metadata": {"name": ")" + name + R"("}})";
  static_cast<void>(co_await make(kNamespaces, text));
  co_await sleep_for(kSecond);
}

// A pod on a node, ready, with an address.
Task<> make_pod(std::string name, std::string meta, std::string spec, std::string ip) {
  const std::string text = R"({"metadata": {"namespace": "shop", "name": ")" + name + "\"" + meta +
                           R"(}, "spec": {"nodeName": "n1", "terminationGracePeriodSeconds": 0)" +
                           spec + R"(, "containers": [{"name": "c", "image": "i",
                             "resources": {"requests": {"cpu": "1"}}}]}})";
  static_cast<void>(co_await make(kPods, text));
  const std::string status = R"({"phase": "Running", "startTime": "2026-01-01T00:00:00Z",
      "podIP": ")" + ip + R"(", "conditions": [{"type": "Ready", "status": "True",
                              "lastTransitionTime": "2026-01-01T00:00:01Z"}]})";
  const ObjectKey key{"shop", name};
  co_await set_status(kPods, key, parse(status).value);
}

constexpr std::string_view kWeb = R"(, "labels": {"app": "web"})";

Task<> namespaces_and_slices() {
  const std::vector<Run> runs = {run_namespaces, run_service_accounts, run_endpoint_slices};
  co_await start(runs);
  co_await make_space("shop");
  println("accounts:", co_await names(kServiceAccounts, "shop"));
  static_cast<void>(co_await make(kNodes, R"({"metadata": {"name": "n1"}})"));
  static_cast<void>(co_await make(kServices, R"({"metadata": {"name": "web", "namespace": "shop"},
      "spec": {"selector": {"app": "web"}, "ports": [{"port": 80}]}})"));
  co_await make_pod("a", std::string(kWeb), "", "10.1.0.1");
  co_await make_pod("b", std::string(kWeb), "", "10.1.0.2");
  co_await sleep_for(2 * kSecond);
  const ListOptions all;
  const ListResult slices = co_await api_client().list(background(), kEndpointSlices, "shop", all);
  for (const Value& slice : slices.items) {
    for (const Value& endpoint : slice["endpoints"].items()) {
      println(endpoint["addresses"][0].text(), endpoint["conditions"]["ready"].truth());
    }
  }
  const ObjectKey key{"", "shop"};
  co_await remove(kNamespaces, key, "Background");
  co_await sleep_for(2 * kSecond);
  println("after 2 s:", co_await names(kPods, "shop"));
  co_await sleep_for(20 * kSecond);
  const Value space = co_await read(kNamespaces, "", "shop");
  println("pods:", co_await names(kPods, "shop"), "gone:", !space);
}

std::string owned_by(const Value& owner) {
  return R"(, "ownerReferences": [{"apiVersion": "v1", "kind": "ConfigMap", "name": ")" +
         std::string(name_of(owner)) + R"(", "uid": ")" + std::string(uid_of(owner)) +
         R"(", "blockOwnerDeletion": true}])";
}

Task<> make_family(std::string name) {
  const std::string begin = R"({"metadata": {"namespace": "default", "name": ")" + name;
  const Value owner = co_await make(kConfigMaps, begin + "\"}}");
  const Value child = co_await make(kConfigMaps, begin + "-child\"" + owned_by(owner) + "}}");
  static_cast<void>(co_await make(kConfigMaps, begin + "-grandchild\"" + owned_by(child) + "}}"));
}

Task<> garbage() {
  const std::vector<Run> runs = {run_garbage_collector};
  co_await start(runs);
  for (const std::string_view name : {"a", "b", "c"}) co_await make_family(std::string(name));
  co_await sleep_for(kSecond);
  const ObjectKey a{"default", "a"};
  co_await remove(kConfigMaps, a, "Background");
  co_await sleep_for(kSecond);
  println("background:", co_await names(kConfigMaps, "default"));
  const ObjectKey b{"default", "b"};
  co_await remove(kConfigMaps, b, "Foreground");
  co_await sleep_for(kSecond);
  println("foreground:", co_await names(kConfigMaps, "default"));
  const ObjectKey c{"default", "c"};
  co_await remove(kConfigMaps, c, "Orphan");
  co_await sleep_for(kSecond);
  const Value orphan = co_await read(kConfigMaps, "default", "c-child");
  println("orphan:", co_await names(kConfigMaps, "default"),
          metadata(orphan)["ownerReferences"].size());
}

Task<> beat(std::string name, int64_t seconds) {
  const ObjectKey key{"", name};
  for (int64_t i = 0; i < seconds; i += 10) {
    const std::string now = now_text();
    const Value ready = sim::json::Object()
                            .set("type", "Ready")
                            .set("status", "True")
                            .set("reason", "KubeletReady")
                            .set("lastHeartbeatTime", now)
                            .build();
    const Value conditions = sim::json::Array().add(ready).build();
    co_await set_status(kNodes, key, Value::empty_object().with("conditions", conditions));
    co_await sleep_for(10 * kSecond);
  }
}

Task<> silence() {
  const std::vector<Run> runs = {run_namespaces, run_service_accounts, run_node_lifecycle,
                                 run_taint_eviction, run_pod_gc};
  co_await start(runs);
  co_await make_space("shop");
  for (const std::string_view name : {"n1", "n2", "n3"}) {
    const std::string text = R"({"metadata": {"name": ")" + std::string(name) + "\"}}";
    static_cast<void>(co_await make(kNodes, text));
  }
  go(beat, std::string("n1"), int64_t{60});
  go(beat, std::string("n2"), int64_t{1000});
  go(beat, std::string("n3"), int64_t{1000});
  co_await make_pod("usual", "", "", "10.1.0.1");
  co_await make_pod("brief", "", R"(, "tolerations": [{"operator": "Exists",
      "effect": "NoExecute", "tolerationSeconds": 20}])",
                    "10.1.0.2");
  co_await make_pod("loyal", "", R"(, "tolerations": [{"operator": "Exists"}])", "10.1.0.3");
  std::string before;
  for (int i = 0; i < 500; ++i) {
    const Value node = co_await read(kNodes, "", "n1");
    std::string state(condition_of(node, "Ready")["status"].text("none"));
    for (const Value& taint : node["spec"]["taints"].items()) {
      state += " " + std::string(taint["key"].text()) + ":" + std::string(taint["effect"].text());
    }
    const Value loyal = co_await read(kPods, "shop", "loyal");
    state += condition_is_true(loyal, "Ready") ? " ready" : " unready";
    state += " [" + co_await names(kPods, "shop") + "]";
    if (state != before) println(now().ns / kSecond.ns, state);
    before = state;
    co_await sleep_for(kSecond);
  }
  const ObjectKey key{"", "n1"};
  co_await remove(kNodes, key, "Background");
  co_await sleep_for(90 * kSecond);
  println("node gone:", co_await names(kPods, "shop"));
}

Task<> budgets() {
  const std::vector<Run> runs = {run_service_accounts, run_disruption, run_resource_quotas};
  co_await start(runs);
  co_await make_space("shop");
  const Value set = co_await make(kReplicaSets, R"({"metadata": {"name": "rs", "namespace": "shop"},
      "spec": {"replicas": 3, "selector": {"matchLabels": {"app": "web"}}, "template": {
          "metadata": {"labels": {"app": "web"}}, "spec": {"containers": [
              {"name": "c", "image": "i"}]}}}})");
  static_cast<void>(co_await make(kPodDisruptionBudgets, R"({"metadata": {"name": "b",
      "namespace": "shop"}, "spec": {"maxUnavailable": "30%",
      "selector": {"matchLabels": {"app": "web"}}}})"));
  static_cast<void>(co_await make(kResourceQuotas, R"({"metadata": {"name": "q",
      "namespace": "shop"}, "spec": {"hard": {"pods": "3", "requests.cpu": "10"}}})"));
  const std::string owner = std::string(kWeb) +
                            R"(, "ownerReferences": [{"apiVersion": "apps/v1", "kind": "ReplicaSet",
          "controller": true, "name": "rs", "uid": ")" +
                            std::string(uid_of(set)) + R"("}])";
  for (const std::string_view name : {"a", "b", "c"}) {
    co_await make_pod(std::string(name), owner, "", "10.1.0.1");
  }
  co_await sleep_for(kSecond);
  Value budget = co_await read(kPodDisruptionBudgets, "shop", "b");
  println(budget["status"].without("conditions").to_json());
  RestClient::RawRequest evict("POST", "/api/v1/namespaces/shop/pods/a/eviction");
  evict.content_type = "application/json";
  evict.body = R"({"apiVersion": "policy/v1", "kind": "Eviction",
                   "metadata": {"name": "a", "namespace": "shop"}})";
  const RestClient::Raw first = co_await api_client().raw(background(), evict);
  println("first", first.code);
  co_await sleep_for(kSecond);
  evict.path = "/api/v1/namespaces/shop/pods/b/eviction";
  const RestClient::Raw second = co_await api_client().raw(background(), evict);
  println("second", second.code);
  budget = co_await read(kPodDisruptionBudgets, "shop", "b");
  println(budget["status"]["currentHealthy"].integer(), "healthy",
          budget["status"]["disruptionsAllowed"].integer(), "allowed");
  const Value quota = co_await read(kResourceQuotas, "shop", "q");
  println(quota["status"]["used"].to_json());
}

Task<> scaling() {
  const std::vector<Run> runs = {run_service_accounts, run_horizontal_pod_autoscalers};
  co_await start(runs);
  co_await make_space("shop");
  static_cast<void>(co_await make(kDeployments, R"({"metadata": {"name": "web",
      "namespace": "shop"}, "spec": {"replicas": 1, "selector": {"matchLabels": {"app": "web"}},
      "template": {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [
          {"name": "c", "image": "i"}]}}}})"));
  const ObjectKey web{"shop", "web"};
  co_await set_status(kDeployments, web, Value::empty_object().with("replicas", 1));
  co_await make_pod("a", std::string(kWeb), "", "10.1.0.1");
  static_cast<void>(co_await make(kPodMetrics, R"({"metadata": {"name": "a", "namespace": "shop",
      "labels": {"app": "web"}}, "timestamp": "2026-01-01T00:01:00Z", "window": "15s",
      "containers": [{"name": "c", "usage": {"cpu": "3050m", "memory": "1Mi"}}]})"));
  static_cast<void>(co_await make(kHorizontalPodAutoscalers, R"({"metadata": {"name": "web",
      "namespace": "shop"}, "spec": {"maxReplicas": 10, "scaleTargetRef": {
          "apiVersion": "apps/v1", "kind": "Deployment", "name": "web"}, "metrics": [
          {"type": "Resource", "resource": {"name": "cpu", "target": {
              "type": "Utilization", "averageUtilization": 50}}}]}})"));
  co_await sleep_for(16 * kSecond);
  const Value deployment = co_await read(kDeployments, "shop", "web");
  println("replicas", deployment["spec"]["replicas"].integer());
  const Value autoscaler = co_await read(kHorizontalPodAutoscalers, "shop", "web");
  for (const Value& condition : autoscaler["status"]["conditions"].items()) {
    println(condition["type"].text(), condition["status"].text(), condition["reason"].text());
  }
  co_await sleep_for(kSecond);
  const ListOptions all;
  const ListResult events = co_await api_client().list(background(), kEvents, "shop", all);
  for (const Value& event : events.items) {
    println(event["reason"].text(), "-", event["message"].text());
  }
}

Task<> storage() {
  const std::vector<Run> runs = {run_service_accounts, run_volume_binder, run_volume_protection};
  co_await start(runs);
  co_await make_space("shop");
  static_cast<void>(co_await make(kStorageClasses, R"({"metadata": {"name": "fast"},
      "provisioner": "orrery/hostpath"})"));
  static_cast<void>(co_await make(kPersistentVolumeClaims, R"({"metadata": {"name": "data",
      "namespace": "shop"}, "spec": {"accessModes": ["ReadWriteOnce"], "storageClassName": "fast",
      "resources": {"requests": {"storage": "1Gi"}}}})"));
  static_cast<void>(co_await make(kPersistentVolumes, R"({"metadata": {"name": "disk"}, "spec": {
      "accessModes": ["ReadWriteOnce"], "capacity": {"storage": "10Gi"},
      "hostPath": {"path": "/disk"}}})"));
  static_cast<void>(co_await make(kPersistentVolumeClaims, R"({"metadata": {"name": "old",
      "namespace": "shop"}, "spec": {"accessModes": ["ReadWriteOnce"], "storageClassName": "",
      "resources": {"requests": {"storage": "1Gi"}}}})"));
  co_await make_pod("user", "", R"(, "volumes": [{"name": "d", "persistentVolumeClaim": {
      "claimName": "data"}}])",
                    "10.1.0.1");
  co_await sleep_for(16 * kSecond);
  for (const std::string_view name : {"data", "old"}) {
    const Value claim = co_await read(kPersistentVolumeClaims, "shop", std::string(name));
    println(name, claim["status"]["phase"].text(), claim["status"]["capacity"].to_json(),
            metadata(claim)["finalizers"].to_json());
    const Value volume =
        co_await read(kPersistentVolumes, "", std::string(claim["spec"]["volumeName"].text()));
    println(volume["status"]["phase"].text(), metadata(volume)["finalizers"].to_json());
  }
  const ObjectKey data{"shop", "data"};
  const ObjectKey old{"shop", "old"};
  co_await remove(kPersistentVolumeClaims, data, "Background");
  co_await remove(kPersistentVolumeClaims, old, "Background");
  co_await sleep_for(5 * kSecond);
  println("in use:", co_await names(kPersistentVolumeClaims, "shop"));
  const Value disk = co_await read(kPersistentVolumes, "", "disk");
  println("retained:", disk["status"]["phase"].text());
  const ObjectKey user{"shop", "user"};
  co_await remove(kPods, user, "Background");
  co_await sleep_for(20 * kSecond);
  println("claims:", co_await names(kPersistentVolumeClaims, "shop"));
  println("volumes:", co_await names(kPersistentVolumes, ""));
}

// Whatever order goroutines run in.
void check_outcome(support::Program program, Duration length, std::string_view expected) {
  for (const Policy policy : {Policy::kFifo, Policy::kRandom}) {
    support::ApiTestOptions options;
    options.length = length;
    options.run = support::with_policy(policy);
    CHECK(support::with_api_server(program, options) == expected);
  }
}

}  // namespace

TEST_CASE("A service gets its endpoints, and a namespace takes all it holds with it") {
  check_outcome(namespaces_and_slices, 60 * kSecond,
                "accounts: default\n10.1.0.1 true\n10.1.0.2 true\nafter 2 s: a b\n"
                "pods: none gone: true\n");
}

TEST_CASE("Dependents go with their owner, before it, or stay as orphans") {
  check_outcome(garbage, 60 * kSecond,
                "background: b b-child b-grandchild c c-child c-grandchild\n"
                "foreground: c c-child c-grandchild\n"
                "orphan: c-child c-grandchild 0\n");
}

TEST_CASE("A node that falls silent loses its pods as their tolerations run out") {
  // Last heard of at 52 s and looked at every 5 s; the taint comes with the look after the next.
  check_outcome(
      silence, 700 * kSecond,
      "2 True ready [brief loyal usual]\n"
      "106 Unknown node.kubernetes.io/unreachable:NoSchedule unready [brief loyal usual]\n"
      "111 Unknown node.kubernetes.io/unreachable:NoSchedule "
      "node.kubernetes.io/unreachable:NoExecute unready [brief loyal usual]\n"
      "131 Unknown node.kubernetes.io/unreachable:NoSchedule "
      "node.kubernetes.io/unreachable:NoExecute unready [loyal usual]\n"
      "411 Unknown node.kubernetes.io/unreachable:NoSchedule "
      "node.kubernetes.io/unreachable:NoExecute unready [loyal]\n"
      "node gone: none\n");
}

TEST_CASE("A budget lets one pod go at a time, and a quota counts what is left") {
  check_outcome(budgets, 60 * kSecond,
                R"({"currentHealthy":3,"desiredHealthy":2,"disruptionsAllowed":1,)"
                R"("expectedPods":3,"observedGeneration":1})"
                "\nfirst 201\nsecond 429\n2 healthy 0 allowed\n"
                R"({"pods":"2","requests.cpu":"2"})"
                "\n");
}

TEST_CASE("A deployment grows with the use of its pods") {
  check_outcome(scaling, 60 * kSecond,
                "replicas 4\nAbleToScale True SucceededRescale\n"
                "ScalingActive True ValidMetricFound\nScalingLimited True ScaleUpLimit\n"
                "SuccessfulRescale - New size: 4; reason: cpu resource utilization (percentage of "
                "request) above target\n");
}

TEST_CASE("Claims get volumes, and keep them while they are used") {
  check_outcome(storage, 90 * kSecond,
                R"(data Bound {"storage":"1Gi"} ["kubernetes.io/pvc-protection"])"
                "\n"
                R"(Bound ["kubernetes.io/pv-protection"])"
                "\n"
                R"(old Bound {"storage":"10Gi"} ["kubernetes.io/pvc-protection"])"
                "\n"
                R"(Bound ["kubernetes.io/pv-protection"])"
                "\nin use: data\nretained: Released\nclaims: none\nvolumes: disk\n");
}
