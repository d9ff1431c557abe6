// tests/k8s/housekeeping_controller_test.cpp: namespaces, pods nobody looks after, quotas,
// what every namespace has, and measurements.

#include <catch_amalgamated.hpp>

#include "sim/json/parse.h"
#include "sim/k8s/controllers/edit.h"
#include "sim/k8s/controllers/metrics_server.h"
#include "sim/k8s/controllers/namespace_controller.h"
#include "sim/k8s/controllers/namespace_defaults.h"
#include "sim/k8s/controllers/pod_gc.h"
#include "sim/k8s/controllers/resource_quota.h"
#include "tests/support/in_world.h"

using namespace sim::k8s;
using engine::Instant;
using engine::kSecond;
using sim::json::parse;

namespace {

constexpr std::string_view kNow = "2026-01-01T00:10:00Z";

Instant at(int64_t seconds) {
  return Instant{} + seconds * kSecond;
}

Value pod(std::string_view name, std::string_view phase, std::string_view created) {
  return with_meta(new_object({"v1", "Pod"}, "shop", name), "creationTimestamp", created)
      .with_in({"status", "phase"}, phase);
}

Informer::Objects all(std::initializer_list<Value> objects) {
  Informer::Objects made;
  for (const Value& object : objects) made.emplace(key_of(object), object);
  return made;
}

std::vector<std::string> names(const std::vector<Value>& objects) {
  std::vector<std::string> out;
  for (const Value& object : objects) out.emplace_back(name_of(object));
  return out;
}

}  // namespace

TEST_CASE("A namespace loses its finalizer, and keeps those of others") {
  const support::InWorld world;
  const Value space =
      parse(R"({"metadata": {"name": "shop"}, "spec": {"finalizers": ["kubernetes", "mine"]}})")
          .value;
  CHECK(finalized(space)["spec"]["finalizers"] == parse(R"(["mine"])").value);
}

TEST_CASE("What is left in a namespace says when to look again") {
  const support::InWorld world;
  CHECK(seconds_to_wait(kPods, {}) == 0);
  const Value usual = pod("a", "Running", kNow);
  const Value slow = usual.with_in({"spec", "terminationGracePeriodSeconds"}, 60);
  const std::vector<Value> pods = {usual, slow};
  CHECK(seconds_to_wait(kPods, pods) == 60);
  CHECK(retry_seconds(60) == 31);
  const std::vector<Value> other = {new_object({"v1", "ConfigMap"}, "shop", "c")};
  CHECK(seconds_to_wait(kConfigMaps, other) == 15);
}

TEST_CASE("Ended pods beyond the limit go, evicted ones first, then the oldest") {
  const support::InWorld world;
  const Value evicted =
      pod("d", "Failed", "2026-01-01T00:09:00Z").with_in({"status", "reason"}, "Evicted");
  const Informer::Objects pods =
      all({pod("a", "Succeeded", "2026-01-01T00:03:00Z"), pod("b", "Running", kNow),
           pod("c", "Failed", "2026-01-01T00:01:00Z"), evicted});
  CHECK(ended_pods_to_remove(pods, 3).empty());
  CHECK(names(ended_pods_to_remove(pods, 1)) == std::vector<std::string>{"d", "c"});
}

TEST_CASE("Pods that are being deleted and never got a node go") {
  const support::InWorld world;
  const Value leaving = with_meta(pod("a", "Pending", kNow), "deletionTimestamp", kNow);
  const Value placed =
      leaving.with_in({"spec", "nodeName"}, "n1").with_in({"metadata", "name"}, "b");
  CHECK(names(unscheduled_to_remove(all({leaving, placed}))) == std::vector<std::string>{"a"});
}

TEST_CASE("A node is missed for forty seconds before its pods are given up") {
  const support::InWorld world;
  MissingNodes missing;
  CHECK(missing.update({"n1"}, at(0)).empty());
  CHECK(missing.update({"n1"}, at(20)).empty());
  CHECK(missing.update({"n1"}, at(40)) == std::vector<std::string>{"n1"});
  // One that is back begins anew.
  CHECK(missing.update({}, at(60)).empty());
  CHECK(missing.update({"n1"}, at(80)).empty());
}

TEST_CASE("A pod whose node is gone has failed") {
  const support::InWorld world;
  const Value lost = lost_pod(pod("a", "Running", kNow), kNow);
  CHECK(lost["status"]["phase"].text() == "Failed");
  CHECK(condition_of(lost, "DisruptionTarget")["reason"].text() == "DeletionByPodGC");
  CHECK(condition_of(lost, "DisruptionTarget")["message"].text() == "PodGC: node no longer exists");
  const Value done = pod("b", "Succeeded", kNow);
  CHECK(lost_pod(done, kNow) == done);
}

TEST_CASE("Each namespace has its account and its certificate") {
  const support::InWorld world;
  CHECK(key_of(default_account("shop")) == "shop/default");
  CHECK(kind_of(default_account("shop")) == "ServiceAccount");
  const Value config = root_ca_config_map("shop", "PEM");
  CHECK(key_of(config) == "shop/kube-root-ca.crt");
  CHECK(config["data"]["ca.crt"].text() == "PEM");
  const Value spoilt = with_label(config.with("data", {}), "mine", "yes");
  CHECK(with_root_ca(spoilt, "PEM")["data"] == config["data"]);
  CHECK(labels_of(with_root_ca(spoilt, "PEM"))["mine"].text() == "yes");
}

TEST_CASE("A quota is used for what its pods ask for, those that have ended aside") {
  const support::InWorld world;
  const Value quota = parse(R"({"metadata": {"name": "q", "namespace": "shop"}, "spec": {"hard": {
      "pods": "10", "count/pods": "20", "requests.cpu": "4", "cpu": "4", "limits.memory": "8Gi",
      "configmaps": "5"}}})")
                          .value;
  const Value busy = pod("a", "Running", kNow)
                         .with("spec", parse(R"({
      "containers": [{"resources": {"requests": {"cpu": "500m"}, "limits": {"memory": "1Gi"}}},
                     {"resources": {"requests": {"cpu": "250m"}}}],
      "initContainers": [{"resources": {"requests": {"cpu": "1"}}}]})")
                                           .value);
  const Value done = busy.with_in({"status", "phase"}, "Succeeded");
  const Value counted = recounted(quota, {{kPods, {busy, done}}});
  CHECK(counted["status"]["hard"] == quota["spec"]["hard"]);
  CHECK(counted["status"]["used"] == parse(R"({"pods": "1", "count/pods": "2",
      "requests.cpu": "1", "cpu": "1", "limits.memory": "1Gi", "configmaps": "0"})")
                                         .value);
  CHECK(recounted(counted, {{kPods, {busy, done}}}) == counted);
}

TEST_CASE("Objects count by their resource, with its group") {
  const support::InWorld world;
  const QuotaUsage deployment =
      quota_usage_of(kDeployments, new_object({"apps/v1", "Deployment"}, "shop", "d"));
  CHECK(deployment.size() == 1);
  CHECK(deployment.at("count/deployments.apps") == Quantity::of(1));
  const QuotaUsage service = quota_usage_of(
      kServices, parse(R"({"spec": {"type": "NodePort", "ports": [{}, {}]}})").value);
  CHECK(service.at("services") == Quantity::of(1));
  CHECK(service.at("services.nodeports") == Quantity::of(2));
  CHECK_FALSE(service.contains("services.loadbalancers"));
  const QuotaUsage claim =
      quota_usage_of(kPersistentVolumeClaims, parse(R"({"spec": {"storageClassName": "gold",
                         "resources": {"requests": {"storage": "3Gi"}}}})")
                                                  .value);
  CHECK(claim.at("requests.storage").text() == "3Gi");
  CHECK(claim.at("gold.storageclass.storage.k8s.io/requests.storage").text() == "3Gi");
}

TEST_CASE("A quota with scopes counts only pods within all of them") {
  const support::InWorld world;
  const Value plain = pod("a", "Running", kNow);
  const Value timed = plain.with_in({"spec", "activeDeadlineSeconds"}, 60);
  const Value quota = parse(R"({"spec": {"scopes": ["Terminating", "BestEffort"]}})").value;
  CHECK(quota_covers(quota, kPods, timed));
  CHECK_FALSE(quota_covers(quota, kPods, plain));
  CHECK_FALSE(quota_covers(quota, kConfigMaps, plain));
  const Value high = parse(R"({"spec": {"scopeSelector": {"matchExpressions": [
      {"scopeName": "PriorityClass", "operator": "In", "values": ["high"]}]}}})")
                         .value;
  CHECK_FALSE(quota_covers(high, kPods, plain));
  CHECK(quota_covers(high, kPods, plain.with_in({"spec", "priorityClassName"}, "high")));
}

namespace {

Value kubelet_answer() {
  return parse(R"({"node": {"nodeName": "n1", "time": "2026-01-01T00:10:00Z", "windowSeconds": 10,
                            "cpu": {"usageNanoCores": 250000000},
                            "memory": {"workingSetBytes": 2048}},
                   "pods": [{"podRef": {"name": "a", "namespace": "shop", "uid": "u1"},
                             "containers": [{"name": "c", "cpu": {"usageNanoCores": 1500},
                                             "memory": {"workingSetBytes": 4097}}]}]})")
      .value;
}

}  // namespace

TEST_CASE("A kubelet's answer becomes metrics objects") {
  const support::InWorld world;
  const Value answer = kubelet_answer();
  const Value node = node_metrics_of(answer, new_object({"v1", "Node"}, {}, "n1"));
  CHECK(node == parse(R"({"apiVersion": "metrics.k8s.io/v1beta1", "kind": "NodeMetrics",
      "metadata": {"name": "n1"}, "timestamp": "2026-01-01T00:10:00Z", "window": "10s",
      "usage": {"cpu": "250m", "memory": "2Ki"}})")
                    .value);
  const Value known = with_label(with_meta(pod("a", "Running", kNow), "uid", "u1"), "app", "web");
  const Value metrics = pod_metrics_of_entry(answer, answer["pods"][0], known);
  CHECK(labels_of(metrics)["app"].text() == "web");
  CHECK(metrics["containers"] ==
        parse(R"([{"name": "c", "usage": {"cpu": "1500n", "memory": "4097"}}])").value);
  // Another pod has taken its name.
  const Value other = with_meta(known, "uid", "u2");
  CHECK_FALSE(pod_metrics_of_entry(answer, answer["pods"][0], other));
}

TEST_CASE("Metrics are written when they have changed, or have become old") {
  const support::InWorld world;
  const Value before = node_metrics_of(kubelet_answer(), new_object({"v1", "Node"}, {}, "n1"));
  CHECK(metrics_differ({}, before));
  CHECK_FALSE(metrics_differ(before, before.with("timestamp", "2026-01-01T00:10:15Z")));
  CHECK(metrics_differ(before, before.with("timestamp", "2026-01-01T00:11:00Z")));
  CHECK(metrics_differ(before, before.with_in({"usage", "memory"}, "3Ki")));
}

TEST_CASE("Finalizers come and go, and the list goes with the last") {
  const support::InWorld world;
  const Value plain = new_object({"v1", "Pod"}, "shop", "a");
  const Value held = with_finalizer(with_finalizer(plain, "x"), "y");
  CHECK(metadata(held)["finalizers"] == parse(R"(["x", "y"])").value);
  CHECK(with_finalizer(held, "x") == held);
  CHECK(without_finalizer(without_finalizer(held, "y"), "x") == plain);
  DeleteWish wish;
  wish.uid = "u";
  wish.grace_seconds = 0;
  CHECK(wish.options() == parse(R"({"kind": "DeleteOptions", "apiVersion": "v1",
      "preconditions": {"uid": "u"}, "gracePeriodSeconds": 0})")
                              .value);
}
