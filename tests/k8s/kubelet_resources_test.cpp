// tests/k8s/kubelet_resources_test.cpp: limits, admission, eviction, and what is measured.

#include <catch_amalgamated.hpp>

#include "tests/k8s/kubelet_support.h"

namespace {

using namespace kubelet_test;

Task<> limits() {
  co_await begin();
  co_await create(simple_pod("oom", R"('command':['eat','64','2'],
    'resources':{'limits':{'memory':'32Mi'}})",
                             "'restartPolicy':'Never'"));
  co_await create(simple_pod("slow", R"('command':['burn','5'],
    'resources':{'limits':{'cpu':'250m'}})"));
  co_await until(10);
  co_await show("oom");
  co_await until(40);
}

Task<> classes() {
  co_await begin();
  co_await create(simple_pod("a", R"('command':['sleep'],
    'resources':{'limits':{'cpu':'100m','memory':'32Mi'}})"));
  co_await create(
      simple_pod("b", R"('command':['sleep'],'resources':{'requests':{'cpu':'100m'}})"));
  co_await create(simple_pod("c", "'command':['sleep']"));
  co_await until(6);
  for (const char* name : {"a", "b", "c"}) {
    const ObjectResult got = co_await pods().get(background(), name);
    println(name, got.object["status"]["qosClass"].text());
  }
}

// Which control groups there are, as the machine sees it.
Task<> node_with_groups() {
  go([]() -> Task<> {
    co_await sleep_for(6 * kSecond);
    const node::Machine& machine = node::this_machine();
    for (const node::CgroupView& view : node::look_at_cgroups(machine.cgroups(), now())) {
      std::string path = view.path;
      if (path.find("/pod") == std::string::npos || path.size() > 80) continue;
      path.resize(path.find("/pod") + 4);
      println(path, view.cpu_weight, view.cpu_max.quota.ns / 1'000'000,
              view.memory_max == INT64_MAX ? 0 : view.memory_max >> 20);
    }
  });
  co_await run_node();
}

Task<> admission() {
  co_await begin();
  co_await create(simple_pod("half", R"('command':['sleep'],'resources':{'requests':{'cpu':'600m'}},
    'ports':[{'containerPort':80,'hostPort':8080}])"));
  co_await create(
      simple_pod("cpu", R"('command':['sleep'],'resources':{'requests':{'cpu':'500m'}})"));
  co_await create(simple_pod("memory", R"('command':['sleep'],
    'resources':{'requests':{'memory':'1Gi'}})"));
  co_await create(simple_pod("label", "'command':['sleep']", "'nodeSelector':{'disk':'ssd'}"));
  co_await create(simple_pod("port", R"('command':['sleep'],
    'ports':[{'containerPort':80,'hostPort':8080}])"));
  co_await create(simple_pod("fits",
                             R"('command':['sleep'],'resources':{'requests':{'cpu':'400m'}})",
                             "'nodeSelector':{'kubernetes.io/os':'linux'}"));
  co_await until(6);
  for (const char* name : {"half", "cpu", "memory", "label", "port", "fits"}) {
    const ObjectResult got = co_await pods().get(background(), name);
    println(pod_text_of(got.object));
    if (const Value& message = got.object["status"]["message"]) println(message.text());
  }
  // What has ended makes room.
  static_cast<void>(co_await pods().remove(background(), "half"));
  co_await until(8);
  co_await create(
      simple_pod("later", R"('command':['sleep'],'resources':{'requests':{'cpu':'500m'}})"));
  co_await until(10);
  co_await show("later");
}

Task<> small_node() {
  container::set_catalogue({program, fill});
  KubeletOptions options;
  options.pods_max = 2;
  co_await run_kubelet(support::api_client(), options, background());
}
Task<> too_many() {
  co_await begin();
  for (const char* name : {"a", "b", "c"}) co_await create(simple_pod(name, "'command':['sleep']"));
  co_await until(6);
  for (const char* name : {"a", "b", "c"}) co_await show(name);
}

Task<> pressure(std::string type) {
  const ObjectResult node = co_await clients().core_v1().nodes().get(background(), "n1");
  const Value& condition = condition_of(node.object, type);
  println(seconds_now(), condition["type"].text(), condition["status"].text(),
          condition["reason"].text());
}

// The machine has 1 GiB.
Task<> memory_eviction() {
  co_await begin();
  co_await create(simple_pod("asked", R"('command':['eat','400','5'],
    'resources':{'requests':{'memory':'500Mi'}})"));
  co_await create(simple_pod("greedy", "'command':['eat','300','10']"));
  co_await create(simple_pod("small", "'command':['eat','250','11']"));
  co_await until(35);
  co_await pressure("MemoryPressure");
  for (const char* name : {"asked", "greedy", "small"}) co_await show(name);
  const ObjectResult got = co_await pods().get(background(), "greedy");
  println(got.object["status"]["message"].text());
  println(condition_of(got.object, "DisruptionTarget")["reason"].text());
  co_await create(simple_pod("late", "'command':['sleep']"));
  co_await create(simple_pod("sized", R"('command':['sleep'],
    'resources':{'requests':{'memory':'1Mi'}})"));
  co_await until(40);
  co_await show("late");
  co_await show("sized");
  co_await until(315);
  co_await pressure("MemoryPressure");
  co_await until(345);
  co_await pressure("MemoryPressure");
}

// How many images there are, before and after the disk has become full.
Task<> node_with_images() {
  go([]() -> Task<> {
    for (const int64_t second : {7, 12}) {
      co_await until(second);
      println(second, "images", container::this_runtime().images().images().size());
    }
  });
  co_await run_node();
}

Task<> disk_eviction() {
  co_await begin();
  const Value high =
      new_object({"scheduling.k8s.io/v1", "PriorityClass"}, {}, "high").with("value", 10);
  static_cast<void>(
      co_await clients().resource(kPriorityClasses, std::string()).create(background(), high));
  co_await create(simple_pod("a", "'command':['sleep']"));
  co_await create(simple_pod("b", "'command':['sleep']", "'priorityClassName':'high'"));
  co_await create(pod("x", R"({'restartPolicy':'Never',
    'containers':[{'name':'c','image':'spare:1','command':['exit','0']}]})"));
  co_await until(5);
  static_cast<void>(co_await pods().remove(background(), "x"));
  co_await until(17);
  co_await pressure("DiskPressure");
  co_await show("a");
  co_await show("b");
  const ObjectResult got = co_await pods().get(background(), "a");
  println(got.object["status"]["message"].text());
  co_await until(27);
  co_await show("b");
}

Task<> rates() {
  co_await begin();
  co_await create(simple_pod("p", R"('command':['burn','1000'],
    'resources':{'limits':{'cpu':'250m','memory':'64Mi'}})"));
  co_await until(20);
  const std::string early = co_await ask_kubelet("/metrics/resource.json");
  println(json::parse(early).value["node"].contains("windowSeconds"));
  co_await until(35);
  const std::string text = co_await ask_kubelet("/metrics/resource.json");
  const Value answer = json::parse(text).value;
  println(answer["node"]["nodeName"].text(), answer["node"]["windowSeconds"].integer(),
          answer["node"]["cpu"]["usageNanoCores"].integer() / 1'000'000);
  const Value& entry = answer["pods"][0];
  println(entry["podRef"]["name"].text(), entry["containers"][0]["name"].text(),
          entry["containers"][0]["cpu"]["usageNanoCores"].integer() / 1'000'000,
          entry["containers"][0]["memory"]["workingSetBytes"].integer());
}

}  // namespace

TEST_CASE("A memory limit kills with 137 and OOMKilled; a CPU limit slows down") {
  CHECK(with_kubelet(limits) ==
        "10 oom Failed c=OOMKilled:137\n"
        "22 burnt\n");
}

TEST_CASE("A pod's class decides where its control group is, requests and limits what it gets") {
  Options options;
  options.node = node_with_groups;
  CHECK(with_kubelet(classes, options) ==
        "/kubepods/pod 4 10 32\n"
        "/kubepods/burstable/pod 4 0 0\n"
        "/kubepods/besteffort/pod 1 0 0\n"
        "a Guaranteed\n"
        "b Burstable\n"
        "c BestEffort\n");
}

TEST_CASE("A pod that does not fit is rejected by the kubelet") {
  CHECK(with_kubelet(admission) ==
        "half Running ready c=running+ready\n"
        "cpu Failed/OutOfcpu\n"
        "Pod was rejected: Node didn't have enough resource: cpu, requested: 500, "
        "used: 600, capacity: 1000\n"
        "memory Failed/OutOfmemory\n"
        "Pod was rejected: Node didn't have enough resource: memory, requested: "
        "1073741824, used: 0, capacity: 968884224\n"
        "label Failed/NodeAffinity\n"
        "Pod was rejected: Predicate NodeAffinity failed: node(s) didn't match Pod's "
        "node affinity/selector\n"
        "port Failed/NodePorts\n"
        "Pod was rejected: Predicate NodePorts failed: node(s) didn't have free ports "
        "for the requested pod ports\n"
        "fits Running ready c=running+ready\n"
        "10 later Running ready c=running+ready\n");
}

TEST_CASE("A node takes no more pods than its capacity says") {
  Options options;
  options.node = small_node;
  CHECK(with_kubelet(too_many, options) ==
        "6 a Running ready c=running+ready\n"
        "6 b Running ready c=running+ready\n"
        "6 c Failed/OutOfpods\n");
}

TEST_CASE("Under memory pressure the pod goes that is furthest above its request") {
  Options options;
  options.length = 360 * kSecond;
  CHECK(with_kubelet(memory_eviction, options) ==
        "35 MemoryPressure True KubeletHasInsufficientMemory\n"
        "35 asked Running ready c=running+ready\n"
        "35 greedy Failed/Evicted c=Error:2\n"
        "35 small Running ready c=running+ready\n"
        "The node was low on resource: memory. Threshold quantity: 100Mi, available: "
        "74Mi. Container c was using 300Mi, request is 0, has larger consumption of "
        "memory. \n"
        "TerminationByKubelet\n"
        "40 late Failed/Evicted\n"
        "40 sized Running ready c=running+ready\n"
        "315 MemoryPressure True KubeletHasInsufficientMemory\n"
        "345 MemoryPressure False KubeletHasSufficientMemory\n");
}

TEST_CASE("A full disk makes pods go, the lower priority first") {
  Options options;
  options.plan = {{Instant{} + 8 * kSecond, "fill-disk n1"}};
  options.node = node_with_images;
  CHECK(with_kubelet(disk_eviction, options) ==
        "7 images 2\n"
        "12 images 1\n"
        "17 DiskPressure True KubeletHasDiskPressure\n"
        "17 a Failed/Evicted c=Error:2\n"
        "17 b Running ready c=running+ready\n"
        "The node was low on resource: ephemeral-storage. Threshold quantity: "
        "6871947673, available: 0. \n"
        "27 b Failed/Evicted c=Error:2\n");
}

TEST_CASE("Usage is a rate over the time since somebody asked before") {
  CHECK(with_kubelet(rates) ==
        "false\n"
        "n1 15 250\n"
        "p c 250 0\n");
}
