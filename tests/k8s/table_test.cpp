// tests/k8s/table_test.cpp: objects as rows, compared with what a Kubernetes server answers.

#include "sim/k8s/apiserver/table.h"

#include <catch_amalgamated.hpp>

#include "tests/k8s/table_support.h"
#include "tests/support/in_world.h"

using namespace table_support;

namespace {

// A pod made five days ago, with that in its spec and status.
std::string pod(std::string_view spec, std::string_view status, std::string_view meta = "") {
  std::string out = R"({"metadata": {"name": "p", "creationTimestamp": "2026-01-05T00:00:00Z")";
  out += meta;
  out += R"(}, "spec": {)";
  out += spec;
  out += R"(}, "status": {)";
  out += status;
  return out + "}}";
}

// READY, STATUS and RESTARTS of it.
std::string summary(std::string_view spec, std::string_view status, std::string_view meta = "") {
  const Value table = table_of("", "pods", pod(spec, status, meta));
  const Value& cells = table["rows"][0]["cells"];
  return std::string(cells[1].text()) + " " + std::string(cells[2].text()) + " " +
         std::string(cells[3].text());
}

constexpr std::string_view kMap = R"({"metadata": {"name": "a", "resourceVersion": "7",
    "creationTimestamp": "2026-01-09T23:59:00Z"}, "data": {"k": "v"}})";

constexpr std::string_view kOne = R"("containers": [{"name": "c"}])";
constexpr std::string_view kTwo = R"("containers": [{"name": "c"}, {"name": "d"}])";
constexpr std::string_view kInit =
    R"("containers": [{"name": "c"}], "initContainers": [{"name": "i"}, {"name": "j"}])";
constexpr std::string_view kSidecar =
    R"("containers": [{"name": "c"}],
       "initContainers": [{"name": "s", "restartPolicy": "Always"}, {"name": "i"}])";
constexpr std::string_view kDeleted = R"(, "deletionTimestamp": "2026-01-09T00:00:00Z")";

}  // namespace

TEST_CASE("A table has kind, version, columns and rows") {
  const support::InWorld world;
  const Value objects[] = {parsed(kMap)};
  sim::k8s::TableOptions options;
  options.now_unix_ns = now_unix_ns();
  const Value list_meta = parsed(R"({"resourceVersion": "42"})");
  const Value table = sim::k8s::table_of(kind_of("", "configmaps"), objects, list_meta, options);
  CHECK(table["kind"].text() == "Table");
  CHECK(table["apiVersion"].text() == "meta.k8s.io/v1");
  CHECK(table["metadata"].to_json() == R"({"resourceVersion":"42"})");
  const Value& name = table["columnDefinitions"][0];
  CHECK(name["name"].text() == "Name");
  CHECK(name["type"].text() == "string");
  CHECK(name["format"].text() == "name");
  CHECK(name["priority"].to_json() == "0");
  CHECK_FALSE(name["description"].text().empty());
  CHECK(table["rows"][0]["cells"].to_json() == R"(["a",1,"60s"])");

  options.without_columns = true;
  const Value empty = sim::k8s::table_of(kind_of("", "configmaps"), {}, list_meta, options);
  CHECK(empty["columnDefinitions"].to_json() == "null");
  CHECK(empty["rows"].to_json() == "[]");
}

TEST_CASE("A row carries the metadata of its object, the object, or nothing") {
  const support::InWorld world;
  const Value object = parsed(kMap);
  const auto carried = [](std::string_view include) {
    sim::k8s::TableOptions options;
    options.include_object = include;
    return table_of("", "configmaps", kMap, options)["rows"][0]["object"];
  };
  CHECK(carried("Metadata").to_json() ==
        R"({"apiVersion":"meta.k8s.io/v1","kind":"PartialObjectMetadata","metadata":)" +
            object["metadata"].to_json() + "}");
  CHECK(carried("Object").to_json() == object.to_json());
  CHECK(carried("None").to_json() == "null");
}

TEST_CASE("Ages beyond all measure are cut") {
  const support::InWorld world;
  const auto age = [](std::string_view made) {
    std::string object = R"({"metadata": {"name": "x", "creationTimestamp": ")";
    object += made;
    return row_of("example.com", "widgets", object + R"("}})");
  };
  CHECK(age("1678-01-01T00:00:00Z") == "'x' | '292y'");
  CHECK(age("2261-01-01T00:00:00Z") == "'x' | '<invalid>'");
}

TEST_CASE("The table of one object has the object's version") {
  const support::InWorld world;
  CHECK(table_of("", "configmaps", kMap)["metadata"].to_json() == R"({"resourceVersion":"7"})");
}

TEST_CASE("A pod that runs is ready n of m and was restarted so often") {
  const support::InWorld world;
  CHECK(columns_of("", "pods") ==
        "Name | Ready | Status | Restarts | Age | IP* | Node* | Nominated Node* | "
        "Readiness Gates*");
  CHECK(row_of("", "pods",
               pod(R"("containers": [{"name": "c"}, {"name": "d"}], "nodeName": "n1",
                      "readinessGates": [{"conditionType": "g"}, {"conditionType": "h"}])",
                   R"("phase": "Running", "podIP": "10.0.0.7", "podIPs": [{"ip": "10.0.0.7"}],
                      "conditions": [{"type": "g", "status": "True"}],
                      "containerStatuses": [
                        {"name": "c", "ready": true, "restartCount": 2,
                         "state": {"running": {}}, "lastState": {"terminated":
                           {"finishedAt": "2026-01-09T23:58:00Z"}}},
                        {"name": "d", "ready": false, "restartCount": 1,
                         "state": {"running": {}}}])")) ==
        "'p' | '1/2' | 'Running' | '3 (2m ago)' | '5d' | '10.0.0.7' | 'n1' | '<none>' | '1/2'");
  CHECK(row_of("", "pods", pod(kOne, R"("phase": "Pending")")) ==
        "'p' | '0/1' | 'Pending' | '0' | '5d' | '<none>' | '<none>' | '<none>' | '<none>'");
}

TEST_CASE("The status of a pod is what its containers wait for or ended with") {
  const support::InWorld world;
  const auto waiting = [](std::string_view reason) {
    return summary(kOne, R"("phase": "Pending", "containerStatuses": [{"name": "c",
        "restartCount": 0, "state": {"waiting": {"reason": ")" +
                             std::string(reason) + R"("}}}])");
  };
  CHECK(waiting("ContainerCreating") == "0/1 ContainerCreating 0");
  CHECK(waiting("ErrImagePull") == "0/1 ErrImagePull 0");
  CHECK(waiting("ImagePullBackOff") == "0/1 ImagePullBackOff 0");
  CHECK(waiting("CrashLoopBackOff") == "0/1 CrashLoopBackOff 0");
  const auto ended = [](std::string_view phase, std::string_view how) {
    return summary(kOne, R"("phase": ")" + std::string(phase) +
                             R"(", "containerStatuses": [{"name": "c", "restartCount": 0,
                                 "state": {"terminated": {)" +
                             std::string(how) + "}}}]");
  };
  CHECK(ended("Succeeded", R"("reason": "Completed", "exitCode": 0)") == "0/1 Completed 0");
  CHECK(ended("Failed", R"("reason": "Error", "exitCode": 1)") == "0/1 Error 0");
  CHECK(ended("Failed", R"("reason": "OOMKilled", "exitCode": 137)") == "0/1 OOMKilled 0");
  CHECK(ended("Failed", R"("exitCode": 3)") == "0/1 ExitCode:3 0");
  CHECK(ended("Failed", R"("exitCode": 137, "signal": 9)") == "0/1 Signal:9 0");
}

TEST_CASE("A pod of which one container has ended and one runs is Running or NotReady") {
  const support::InWorld world;
  const std::string statuses = R"("phase": "Running", "containerStatuses": [
      {"name": "c", "ready": false, "restartCount": 0,
       "state": {"terminated": {"reason": "Completed", "exitCode": 0}}},
      {"name": "d", "ready": true, "restartCount": 0, "state": {"running": {}}}])";
  CHECK(summary(kTwo, statuses) == "1/2 NotReady 0");
  CHECK(summary(kTwo, statuses + R"(, "conditions": [{"type": "Ready", "status": "True"}])") ==
        "1/2 Running 0");
}

TEST_CASE("While init containers run, the status says how far they are") {
  const support::InWorld world;
  const auto with_init = [](std::string_view first, std::string_view second) {
    return summary(kInit, R"("phase": "Pending", "containerStatuses": [{"name": "c",
        "restartCount": 0, "state": {"waiting": {"reason": "PodInitializing"}}}],
        "initContainerStatuses": [{"name": "i", "restartCount": 2, "state": )" +
                              std::string(first) + R"(, "lastState": {"terminated":
                                {"finishedAt": "2026-01-09T23:00:00Z"}}},
                               {"name": "j", "restartCount": 0, "state": )" +
                              std::string(second) + "}]");
  };
  constexpr std::string_view kDone = R"({"terminated": {"exitCode": 0, "reason": "Completed"}})";
  constexpr std::string_view kWaits = R"({"waiting": {"reason": "PodInitializing"}})";
  constexpr std::string_view kRuns = R"({"running": {}})";
  CHECK(with_init(kRuns, kWaits) == "0/1 Init:0/2 2 (60m ago)");
  CHECK(with_init(kDone, kRuns) == "0/1 Init:1/2 2 (60m ago)");
  CHECK(with_init(R"({"waiting": {"reason": "CrashLoopBackOff"}})", kWaits) ==
        "0/1 Init:CrashLoopBackOff 2 (60m ago)");
  CHECK(with_init(R"({"terminated": {"exitCode": 1, "reason": "Error"}})", kWaits) ==
        "0/1 Init:Error 2 (60m ago)");
  CHECK(with_init(R"({"terminated": {"exitCode": 1}})", kWaits) ==
        "0/1 Init:ExitCode:1 2 (60m ago)");
  // Once they are done their restarts no longer count.
  CHECK(with_init(kDone, kDone) == "0/1 PodInitializing 0");
}

TEST_CASE("Sidecars count as containers, and keep their restarts") {
  const support::InWorld world;
  const std::string statuses = R"("phase": "Running", "initContainerStatuses": [
      {"name": "s", "ready": true, "started": true, "restartCount": 1, "state": {"running": {}},
       "lastState": {"terminated": {"finishedAt": "2026-01-09T12:00:00Z"}}},
      {"name": "i", "restartCount": 4, "state": {"terminated": {"exitCode": 0}}}],
    "containerStatuses": [
      {"name": "c", "ready": true, "restartCount": 0, "state": {"running": {}}}])";
  CHECK(summary(kSidecar, statuses) == "2/2 Running 1 (12h ago)");
  CHECK(summary(kSidecar, R"("phase": "Pending", "initContainerStatuses": [
      {"name": "s", "ready": false, "started": false, "restartCount": 0,
       "state": {"running": {}}}])") == "0/2 Init:0/2 0");
}

TEST_CASE("A pod that is gated, evicted, lost or being deleted says so") {
  const support::InWorld world;
  CHECK(summary(kOne, R"("phase": "Pending", "conditions": [{"type": "PodScheduled",
      "status": "False", "reason": "SchedulingGated"}])") == "0/1 SchedulingGated 0");
  CHECK(summary(kOne, R"("phase": "Failed", "reason": "Evicted")") == "0/1 Evicted 0");
  CHECK(summary(kOne, R"("phase": "Running")", kDeleted) == "0/1 Terminating 0");
  CHECK(summary(kOne, R"("phase": "Running", "reason": "NodeLost")", kDeleted) == "0/1 Unknown 0");
  // What has ended keeps its status until it is gone.
  CHECK(summary(kOne, R"("phase": "Succeeded")", kDeleted) == "0/1 Succeeded 0");
}

TEST_CASE("The row of a pod that has ended is marked") {
  const support::InWorld world;
  const auto condition = [](std::string_view phase) {
    const Value table =
        table_of("", "pods", pod(kOne, R"("phase": ")" + std::string(phase) + "\""));
    return table["rows"][0]["conditions"][0];
  };
  CHECK_FALSE(condition("Running"));
  CHECK(condition("Succeeded")["type"].text() == "Completed");
  CHECK(condition("Failed")["reason"].text() == "Failed");
  CHECK(condition("Failed")["status"].text() == "True");
}

TEST_CASE("A custom resource has the columns that its definition gives") {
  const support::InWorld world;
  sim::k8s::TableOptions options;
  options.custom_columns = parsed(R"([
      {"name": "Replicas", "type": "integer", "jsonPath": ".spec.replicas"},
      {"name": "Ready", "type": "string", "priority": 1, "description": "Whether it is.",
       "jsonPath": ".status.conditions[?(@.type==\"Ready\")].status"},
      {"name": "Paused", "type": "boolean", "jsonPath": ".spec.paused"},
      {"name": "Spec", "type": "string", "jsonPath": ".spec"},
      {"name": "Gone", "type": "string", "jsonPath": ".spec.gone"},
      {"name": "Wrong", "type": "integer", "jsonPath": ".metadata.name"},
      {"name": "Age", "type": "date", "jsonPath": ".metadata.creationTimestamp"}])");
  const Value table = table_of("example.com", "widgets", R"({
      "metadata": {"name": "w", "creationTimestamp": "2026-01-09T21:00:00Z"},
      "spec": {"replicas": 3, "paused": false},
      "status": {"conditions": [{"type": "Ready", "status": "True"}]}})",
                               options);
  CHECK(table["rows"][0]["cells"].to_json() ==
        R"(["w",3,"True",false,"{\"paused\":false,\"replicas\":3}",null,null,"3h"])");
  const Value& columns = table["columnDefinitions"];
  CHECK(columns.size() == 8);
  CHECK(columns[0]["format"].text() == "name");
  CHECK(columns[1]["type"].text() == "integer");
  CHECK(columns[1]["description"].text() ==
        "Custom resource definition column (in JSONPath format): .spec.replicas");
  CHECK(columns[2]["description"].text() == "Whether it is.");
  CHECK(columns[2]["priority"].integer() == 1);
}

TEST_CASE("Other kinds have a name and an age, and some built-in ones the time they were made") {
  const support::InWorld world;
  constexpr std::string_view kObject =
      R"({"metadata": {"name": "x", "creationTimestamp": "2026-01-03T00:00:00Z"}})";
  CHECK(columns_of("example.com", "widgets") == "Name | Age");
  CHECK(row_of("example.com", "widgets", kObject) == "'x' | '7d'");
  CHECK(row_of("example.com", "widgets", R"({"metadata": {"name": "x"}})") == "'x' | '<unknown>'");
  CHECK(columns_of("apiextensions.k8s.io", "customresourcedefinitions") == "Name | Created At");
  CHECK(row_of("apiextensions.k8s.io", "customresourcedefinitions", kObject) ==
        "'x' | '2026-01-03T00:00:00Z'");
  CHECK(row_of("", "limitranges", kObject) == "'x' | '2026-01-03T00:00:00Z'");
}
