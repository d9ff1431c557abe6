// tests/k8s/kubelet_node_test.cpp: the Node and its lease; crashes, restarts and partitions.

#include <catch_amalgamated.hpp>

#include "tests/k8s/kubelet_support.h"

namespace {

using namespace kubelet_test;

Instant at(int64_t second) {
  return Instant{} + second * kSecond;
}

Task<> object() {
  co_await until(3);
  const ObjectResult got = co_await clients().core_v1().nodes().get(background(), "n1");
  const Value& status = got.object["status"];
  println(status["capacity"].to_json());
  println(status["allocatable"].to_json());
  println(status["nodeInfo"]["kubeletVersion"].text(), status["nodeInfo"]["operatingSystem"].text(),
          status["nodeInfo"]["architecture"].text());
  for (const Value& each : status["addresses"].items()) println(each["type"].text());
  for (const Value& each : status["conditions"].items()) {
    println(each["type"].text(), each["status"].text(), each["reason"].text());
  }
  println(status["daemonEndpoints"].to_json(), labels_of(got.object).to_json());
}

Task<> heartbeats() {
  const ObjectClient leases = clients().resource(kLeases, "kube-node-lease");
  std::string renewed;
  std::string beaten;
  while (seconds_now() < 320) {
    co_await sleep_for(kSecond);
    const ObjectResult lease = co_await leases.get(background(), "n1");
    const std::string now_renewed(lease.object["spec"]["renewTime"].text());
    const bool is_early = seconds_now() < 35;
    if (now_renewed != renewed && is_early) {
      println(seconds_now(), "lease", lease.object["spec"]["leaseDurationSeconds"].integer());
    }
    renewed = now_renewed;
    const ObjectResult node = co_await clients().core_v1().nodes().get(background(), "n1");
    const std::string now_beaten(condition_of(node.object, "Ready")["lastHeartbeatTime"].text());
    if (now_beaten != beaten) println(seconds_now(), "status");
    beaten = now_beaten;
  }
}

Task<> steady(std::string name, int64_t second) {
  co_await begin();
  co_await create(simple_pod(name, "'command':['sleep']"));
  co_await create(simple_pod("once", "'command':['sleep']", "'restartPolicy':'Never'"));
  co_await tell_changes(name, second);
  co_await show("once");
}
Task<> crashed() {
  co_await steady("p", 60);
}

// A machine that starts its kubelet again 10 s after that has ended.
Task<> supervisor() {
  node::Machine& machine = node::this_machine();
  while (true) {
    node::Unit unit;
    unit.name = "kubelet";
    unit.main = run_node;
    const ProcessId id = machine.run(unit).id();
    while (machine.memory_of(id) != nullptr) co_await sleep_for(kSecond);
    co_await sleep_for(10 * kSecond);
  }
}
Task<> kubelet_killed() {
  co_await begin();
  co_await create(simple_pod("p", "'command':['lines','3']"));
  co_await create(simple_pod("gone", "'command':['graceful','1']"));
  co_await create(simple_pod("ends", "'command':['exit','0','20']"));
  co_await until(22);
  // The kubelet is away from 20 to 30 s.
  static_cast<void>(co_await pods().remove(background(), "gone"));
  co_await create(simple_pod("new", "'command':['sleep']"));
  co_await until(29);
  for (const char* name : {"p", "gone", "ends", "new"}) co_await show(name);
  co_await until(36);
  for (const char* name : {"p", "gone", "ends", "new"}) co_await show(name);
}

Task<> cut_off() {
  co_await begin();
  const Value map =
      new_object({"v1", "ConfigMap"}, "default", "settings").with("data", read("{'color':'blue'}"));
  static_cast<void>(co_await clients().core_v1().config_maps("default").create(background(), map));
  co_await create(simple_pod("p", R"('command':['exit','1','15'],
    'envFrom':[{'configMapRef':{'name':'settings'}}])"));
  co_await until(65);
  // As the node lifecycle controller does.
  const ObjectResult node = co_await clients().core_v1().nodes().get(background(), "n1");
  Condition unknown;
  unknown.type = "Ready";
  unknown.status = "Unknown";
  unknown.reason = "NodeStatusUnknown";
  const Value told = with_condition(node.object, unknown, "2026-01-01T00:01:05Z");
  const ObjectResult put = co_await clients().core_v1().nodes().update_status(background(), told);
  println(put.error);
  co_await show("p");
  bool was_ready = false;
  while (seconds_now() < 130) {
    const ObjectResult seen = co_await clients().core_v1().nodes().get(background(), "n1");
    const bool ready = condition_is_true(seen.object, "Ready");
    if (ready != was_ready) println(seconds_now(), "ready", ready);
    was_ready = ready;
    co_await sleep_for(kSecond);
  }
  co_await show("p");
}

Task<> nobody() {
  co_await begin();
}
Task<> five() {
  co_await begin();
  for (const char* name : {"a", "b", "c", "d", "e"}) {
    co_await create(simple_pod(name, "'command':['sleep']"));
  }
}
Task<> many() {
  co_await begin();
  for (int i = 0; i < 100; ++i) {
    co_await create(simple_pod("p" + std::to_string(i), "'command':['sleep']"));
  }
  co_await until(30);
  const ListResult all = co_await support::api_client().list(background(), kPods, "default", {});
  int64_t ready = 0;
  for (const Value& each : all.items) ready += condition_is_true(each, "Ready") ? 1 : 0;
  println(ready);
}
uint64_t steps_by(support::Program client, int64_t second) {
  support::ClusterOptions cluster;
  cluster.nodes = {{"cp", support::run_api_server}, {"client", client}, {"n1", run_node}};
  cluster.run.until = at(second);
  const auto run = support::start_cluster(cluster);
  run->run();
  return run->steps();
}

}  // namespace

TEST_CASE("A Node says what its machine is") {
  CHECK(with_kubelet(object) ==
        "{\"cpu\":\"1\",\"ephemeral-storage\":\"64Gi\",\"memory\":\"1Gi\",\"pods\":\"11"
        "0\"}\n"
        "{\"cpu\":\"1\",\"ephemeral-storage\":\"61847529063\",\"memory\":\"924Mi\",\"po"
        "ds\":\"110\"}\n"
        "v1.33.2 linux amd64\n"
        "InternalIP\n"
        "Hostname\n"
        "MemoryPressure False KubeletHasSufficientMemory\n"
        "DiskPressure False KubeletHasNoDiskPressure\n"
        "PIDPressure False KubeletHasSufficientPID\n"
        "Ready True KubeletReady\n"
        "{\"kubeletEndpoint\":{\"Port\":10250}} "
        "{\"kubernetes.io/arch\":\"amd64\",\"kubernetes.io/hostname\":\"n1\",\"kubernet"
        "es.io/os\":\"linux\",\"topology.kubernetes.io/zone\":\"zone\"}\n");
}

TEST_CASE("The lease is renewed each 10 s, the status told each 5 minutes") {
  Options options;
  options.length = 330 * kSecond;
  CHECK(with_kubelet(heartbeats, options) ==
        "1 lease 40\n"
        "1 status\n"
        "10 lease 40\n"
        "20 lease 40\n"
        "30 lease 40\n"
        "300 status\n");
}

TEST_CASE("After a crash of the node its containers run again, and count it") {
  Options options;
  options.plan = {{at(20), "crash n1"}, {at(40), "restart n1"}};
  CHECK(with_kubelet(crashed, options) ==
        "2 p Pending c=ContainerCreating\n"
        "3 p Running ready c=running+ready\n"
        "41 p Running ready c=running+ready*1\n"
        "60 once Failed c=Unknown:255\n");
}

TEST_CASE("Containers go on while their kubelet is away, and it finds them again") {
  Options options;
  options.node = supervisor;
  options.plan = {{at(20), "kill n1 kubelet"}};
  CHECK(with_kubelet(kubelet_killed, options) ==
        "line 1\n"
        "line 2\n"
        "line 3\n"
        "29 p Running ready c=running+ready\n"
        "29 gone Running ready c=running+ready\n"
        "29 ends Running ready c=running+ready\n"
        "29 new Pending\n"
        "30 c SIGTERM\n"
        "31 c done\n"
        "36 p Running ready c=running+ready\n"
        "36 pods \"gone\" not found\n"
        "36 ends Running ready c=running+ready*1\n"
        "36 new Running ready c=running+ready\n");
}

TEST_CASE("A node that cannot reach the API server goes on, and tells afterwards") {
  Options options;
  options.length = 140 * kSecond;
  options.plan = {{at(10), "partition n1 cp"}, {at(70), "heal n1 cp"}};
  CHECK(with_kubelet(cut_off, options) ==
        "<nil>\n"
        "65 p Running ready c=running+ready\n"
        "79 ready true\n"
        "130 p Running c=CrashLoopBackOff*3\n");
}

TEST_CASE("A node runs a hundred pods") {
  Options options;
  options.length = 40 * kSecond;
  CHECK(with_kubelet(many, options) == "100\n");
}

TEST_CASE("Pods at rest cost nothing") {
  const uint64_t without = steps_by(nobody, 200) - steps_by(nobody, 100);
  const uint64_t with = steps_by(five, 200) - steps_by(five, 100);
  CHECK(with == without);
}
