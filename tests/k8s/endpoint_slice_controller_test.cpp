// tests/k8s/endpoint_slice_controller_test.cpp: which endpoints services have, and in which slices.

#include <catch_amalgamated.hpp>

#include "sim/json/parse.h"
#include "sim/k8s/controllers/endpoint_slices.h"
#include "tests/support/in_world.h"

using namespace sim::k8s;
using sim::json::parse;

namespace {

Value service() {
  return parse(R"({"metadata": {"name": "web", "namespace": "shop", "uid": "s1",
                                "labels": {"app": "web"}},
                   "spec": {"clusterIP": "10.96.0.7", "selector": {"app": "web"},
                            "ports": [{"name": "http", "port": 80, "targetPort": 8080}]}})")
      .value;
}

Value pod(int number, bool ready = true) {
  const std::string digits = std::to_string(number);
  Value made = parse(R"({"metadata": {"namespace": "shop", "labels": {"app": "web"}},
                         "spec": {"nodeName": "n1", "containers": [
                             {"name": "c", "ports": [{"name": "web", "containerPort": 9000}]}]},
                         "status": {"phase": "Running"}})")
                   .value;
  // Names in the order of their numbers.
  made = with_meta(made, "name", "web-" + std::string(4 - digits.size(), '0') + digits);
  made = with_meta(made, "uid", "p" + digits);
  made = made.with_in({"status", "podIP"}, "10.1.0." + digits);
  return with_condition(made, {"Ready", ready ? "True" : "False"}, "2026-01-01T00:00:00Z");
}

std::vector<Value> pods(int count) {
  std::vector<Value> made;
  for (int i = 0; i < count; ++i) made.push_back(pod(i));
  return made;
}

Value node_in_zone_a(std::string_view name) {
  if (name != "n1") return {};
  return parse(R"({"metadata": {"name": "n1",
                                "labels": {"topology.kubernetes.io/zone": "a"}}})")
      .value;
}

DesiredEndpoints desired_of(const Value& of, const std::vector<Value>& all) {
  return desired_endpoints(of, all, node_in_zone_a);
}

// As if all had been written: slices with names.
std::vector<Value> carried_out(const SlicePlan& plan, std::vector<Value> slices = {}) {
  for (const Value& gone : plan.remove) std::erase(slices, gone);
  for (const Value& changed : plan.update) {
    for (Value& slice : slices) {
      if (name_of(slice) == name_of(changed)) slice = changed;
    }
  }
  for (const Value& made : plan.create) {
    slices.push_back(with_meta(made, "name", "web-" + std::to_string(slices.size())));
  }
  return slices;
}

std::vector<size_t> sizes(const std::vector<Value>& slices) {
  std::vector<size_t> out;
  for (const Value& slice : slices) out.push_back(slice["endpoints"].size());
  return out;
}

}  // namespace

TEST_CASE("A slice belongs to its service and says who manages it") {
  const support::InWorld world;
  const SlicePlan plan = plan_slices(service(), {}, desired_of(service(), pods(1)));
  REQUIRE(plan.create.size() == 1);
  const Value& slice = plan.create[0];
  CHECK(metadata(slice)["generateName"].text() == "web-");
  CHECK(labels_of(slice) == parse(R"({"app": "web", "kubernetes.io/service-name": "web",
                  "endpointslice.kubernetes.io/managed-by": "endpointslice-controller.k8s.io"})")
                                .value);
  CHECK(controller_of(slice)["uid"].text() == "s1");
  CHECK(slice["addressType"].text() == "IPv4");
  CHECK(slice["ports"] == parse(R"([{"name": "http", "protocol": "TCP", "port": 8080}])").value);
  CHECK(slice["endpoints"][0] == parse(R"({
      "addresses": ["10.1.0.0"],
      "conditions": {"ready": true, "serving": true, "terminating": false},
      "targetRef": {"kind": "Pod", "namespace": "shop", "name": "web-0000", "uid": "p0"},
      "nodeName": "n1", "zone": "a"})")
                                     .value);
}

TEST_CASE("A pod on its way out still serves but is no longer ready") {
  const support::InWorld world;
  const Value leaving = with_meta(pod(1), "deletionTimestamp", "2026-01-01T00:00:09Z");
  const Value conditions = endpoint_of(service(), leaving, {})["conditions"];
  CHECK(conditions == parse(R"({"ready": false, "serving": true, "terminating": true})").value);
  const Value eager = service().with_in({"spec", "publishNotReadyAddresses"}, true);
  CHECK(endpoint_of(eager, pod(1, false), {})["conditions"]["ready"].truth());
}

TEST_CASE("Pods that have ended or have no address are no endpoints") {
  const support::InWorld world;
  const Value ended = pod(1).with_in({"status", "phase"}, "Succeeded");
  const Value waiting = pod(2).with_in({"status", "podIP"}, {});
  CHECK(desired_of(service(), {ended, waiting}).groups.empty());
}

TEST_CASE("A pod on an unknown node is left out, unless unready addresses are published") {
  const support::InWorld world;
  const Value lost = pod(1).with_in({"spec", "nodeName"}, "n2");
  const DesiredEndpoints desired = desired_of(service(), {lost});
  CHECK(desired.groups.empty());
  CHECK(desired.without_node == std::vector<std::string>{"web-0001"});
  const Value eager = service().with_in({"spec", "publishNotReadyAddresses"}, true);
  CHECK(desired_of(eager, {lost}).groups.size() == 1);
}

TEST_CASE("A named target port is what each pod means by it") {
  const support::InWorld world;
  const Value port = parse(R"({"port": 80, "targetPort": "web"})").value;
  CHECK(target_port(pod(1), port) == 9000);
  CHECK(target_port(pod(1), port.with("protocol", "UDP")) == 0);
  CHECK(target_port(pod(1), port.with("targetPort", {})) == 80);
  const Value named = service().with_in(
      {"spec", "ports"}, parse(R"([{"name": "http", "port": 80, "targetPort": "web"}])").value);
  const Value containers =
      parse(R"([{"name": "c", "ports": [{"name": "web", "containerPort": 9001}]}])").value;
  const Value other = pod(2).with_in({"spec", "containers"}, containers);
  const SlicePlan plan = plan_slices(named, {}, desired_of(named, {pod(1), other}));
  REQUIRE(plan.create.size() == 2);
  CHECK(plan.create[0]["ports"][0]["port"].integer() == 9000);
  CHECK(plan.create[1]["ports"][0]["port"].integer() == 9001);
}

TEST_CASE("A hundred endpoints fill a slice") {
  const support::InWorld world;
  const SlicePlan plan = plan_slices(service(), {}, desired_of(service(), pods(250)));
  CHECK(sizes(carried_out(plan)) == std::vector<size_t>{100, 100, 50});
}

TEST_CASE("What is as it should be is not written") {
  const support::InWorld world;
  const std::vector<Value> slices =
      carried_out(plan_slices(service(), {}, desired_of(service(), pods(250))));
  CHECK(plan_slices(service(), slices, desired_of(service(), pods(250))).empty());
}

TEST_CASE("One pod that becomes unready changes one slice") {
  const support::InWorld world;
  std::vector<Value> all = pods(250);
  const std::vector<Value> slices =
      carried_out(plan_slices(service(), {}, desired_of(service(), all)));
  all[120] = pod(120, false);
  const SlicePlan plan = plan_slices(service(), slices, desired_of(service(), all));
  CHECK(plan.create.empty());
  CHECK(plan.remove.empty());
  REQUIRE(plan.update.size() == 1);
  CHECK(name_of(plan.update[0]) == name_of(slices[1]));
}

TEST_CASE("New endpoints go where there is room before a new slice is made") {
  const support::InWorld world;
  const std::vector<Value> slices =
      carried_out(plan_slices(service(), {}, desired_of(service(), pods(250))));
  const SlicePlan plan = plan_slices(service(), slices, desired_of(service(), pods(260)));
  CHECK(plan.create.empty());
  REQUIRE(plan.update.size() == 1);
  CHECK(name_of(plan.update[0]) == name_of(slices[2]));
  CHECK(plan.update[0]["endpoints"].size() == 60);
}

TEST_CASE("Endpoints that leave are not gathered from half empty slices") {
  const support::InWorld world;
  const std::vector<Value> all = pods(200);
  std::vector<Value> slices = carried_out(plan_slices(service(), {}, desired_of(service(), all)));
  const std::vector<Value> first(all.begin(), all.begin() + 50);
  std::vector<Value> left = first;
  left.insert(left.end(), all.begin() + 150, all.end());
  const SlicePlan plan = plan_slices(service(), slices, desired_of(service(), left));
  slices = carried_out(plan, slices);
  CHECK(sizes(slices) == std::vector<size_t>{50, 50});
  // A slice without endpoints goes.
  CHECK(sizes(carried_out(plan_slices(service(), slices, desired_of(service(), first)), slices)) ==
        std::vector<size_t>{50});
}

TEST_CASE("A service without endpoints has one empty slice, which stays") {
  const support::InWorld world;
  const SlicePlan plan = plan_slices(service(), {}, desired_of(service(), {}));
  REQUIRE(plan.create.size() == 1);
  CHECK(plan.create[0]["endpoints"] == Value::empty_array());
  const std::vector<Value> slices = carried_out(plan);
  CHECK(plan_slices(service(), slices, desired_of(service(), {})).empty());
  // The empty one is used again for the first endpoint.
  const SlicePlan next = plan_slices(service(), slices, desired_of(service(), pods(1)));
  CHECK(next.create.empty());
  CHECK(next.remove.empty());
  REQUIRE(next.update.size() == 1);
  CHECK(next.update[0]["ports"].size() == 1);
}

TEST_CASE("A headless service is marked as such, and its pods keep their host names") {
  const support::InWorld world;
  const Value headless = service().with_in({"spec", "clusterIP"}, "None");
  const Value named =
      pod(1).with_in({"spec", "hostname"}, "web-1").with_in({"spec", "subdomain"}, "web");
  const SlicePlan plan = plan_slices(headless, {}, desired_of(headless, {named}));
  REQUIRE(plan.create.size() == 1);
  CHECK(labels_of(plan.create[0]).contains("service.kubernetes.io/headless"));
  CHECK(plan.create[0]["endpoints"][0]["hostname"].text() == "web-1");
}

TEST_CASE("Only changes that endpoints can show make a service be looked at") {
  const support::InWorld world;
  CHECK_FALSE(endpoint_may_change(pod(1), with_annotation(pod(1), "a", "b")));
  CHECK(endpoint_may_change(pod(1), pod(1, false)));
  CHECK(endpoint_may_change(pod(1), with_label(pod(1), "app", "other")));
  CHECK(endpoint_may_change(pod(1), pod(1).with_in({"status", "phase"}, "Failed")));
}
