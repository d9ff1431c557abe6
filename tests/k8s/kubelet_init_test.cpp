// tests/k8s/kubelet_init_test.cpp: init containers, sidecars, restart policies and phases.

#include <catch_amalgamated.hpp>

#include "tests/k8s/kubelet_support.h"

namespace {

using namespace kubelet_test;

Task<> inits() {
  co_await begin();
  co_await create(pod("p", R"({
    'initContainers':[
      {'name':'i1','image':'box:1','command':['exit','0','3']},
      {'name':'i2','image':'box:1','command':['exit','0','4']}],
    'containers':[{'name':'c','image':'box:1','command':['sleep']}]})"));
  co_await tell_changes("p", 20);
}

Task<> failing_init() {
  co_await begin();
  co_await create(pod("always", R"({
    'initContainers':[{'name':'i','image':'box:1','command':['exit','4']}],
    'containers':[{'name':'c','image':'box:1','command':['sleep']}]})"));
  co_await create(pod("never", R"({'restartPolicy':'Never',
    'initContainers':[{'name':'i','image':'box:1','command':['exit','4']}],
    'containers':[{'name':'c','image':'box:1','command':['sleep']}]})"));
  co_await until(8);
  co_await show("always");
  co_await show("never");
  co_await until(20);
  co_await show("always");
}

Task<> sidecars() {
  co_await begin();
  co_await create(pod("job", R"({'restartPolicy':'Never',
    'initContainers':[
      {'name':'s','image':'box:1','command':['graceful','1'],'restartPolicy':'Always',
       'env':[{'name':'NAME','value':'s'}],
       'startupProbe':{'exec':{'command':['test','/up']},'periodSeconds':2},
       'lifecycle':{'postStart':{'exec':{'command':['touch','/up']}}}},
      {'name':'i','image':'box:1','command':['exit','0','2']}],
    'containers':[{'name':'c','image':'box:1','command':['exit','0','5']}]})"));
  co_await tell_changes("job", 20);
}

Task<> sidecar_restarts() {
  co_await begin();
  co_await create(pod("p", R"({'restartPolicy':'Never',
    'initContainers':[
      {'name':'s','image':'box:1','command':['exit','1','5'],'restartPolicy':'Always'}],
    'containers':[{'name':'c','image':'box:1','command':['sleep']}]})"));
  co_await until(12);
  co_await show("p");
  co_await until(40);
  co_await show("p");
}

Task<> order_of_stopping() {
  co_await begin();
  co_await create(pod("p", R"({
    'initContainers':[
      {'name':'s1','image':'box:1','command':['graceful','1'],'restartPolicy':'Always',
       'env':[{'name':'NAME','value':'s1'}]},
      {'name':'s2','image':'box:1','command':['graceful','2'],'restartPolicy':'Always',
       'env':[{'name':'NAME','value':'s2'}]}],
    'containers':[{'name':'c','image':'box:1','command':['graceful','3']}]})"));
  co_await until(10);
  static_cast<void>(co_await pods().remove(background(), "p"));
  co_await until(25);
  co_await show("p");
}

Task<> policies() {
  co_await begin();
  co_await create(simple_pod("ok", "'command':['exit','0','2']", "'restartPolicy':'Never'"));
  co_await create(simple_pod("bad", "'command':['exit','3','2']", "'restartPolicy':'Never'"));
  co_await create(simple_pod("retry", "'command':['exit','3','2']", "'restartPolicy':'OnFailure'"));
  co_await create(simple_pod("done", "'command':['exit','0','2']", "'restartPolicy':'OnFailure'"));
  co_await create(pod("both", R"({'restartPolicy':'Never','containers':[
    {'name':'a','image':'box:1','command':['exit','0','1']},
    {'name':'b','image':'box:1','command':['exit','1','8']}]})"));
  co_await until(9);
  for (const char* name : {"ok", "bad", "retry", "done", "both"}) co_await show(name);
  co_await until(15);
  co_await show("both");
  const ObjectResult got = co_await pods().get(background(), "ok");
  println(condition_of(got.object, "Ready")["reason"].text(),
          condition_of(got.object, "Initialized")["reason"].text());
}

Task<> crash_loop() {
  co_await begin();
  co_await create(simple_pod("p", "'command':['exit','1','1']"));
  // Each run lasts a second; the pauses are 0, 10, 20, 40, 80, 160, 300 s, counted from its end.
  for (const int64_t second : {5, 14, 35, 76, 158, 320, 621, 923}) {
    co_await until(second);
    co_await show("p");
  }
}

Task<> crash_loop_reset() {
  co_await begin();
  // 620 s each: more than 10 minutes after the last start, so each end is the first one.
  co_await create(simple_pod("p", "'command':['exit','1','620']"));
  co_await until(1300);
  co_await show("p");
  co_await show_events("p");
}

Task<> deadline() {
  co_await begin();
  co_await create(simple_pod("p", "'command':['graceful','3']", "'activeDeadlineSeconds':10"));
  co_await until(14);
  co_await show("p");
  co_await until(20);
  co_await show("p");
  const ObjectResult got = co_await pods().get(background(), "p");
  println(got.object["status"]["message"].text());
}

}  // namespace

TEST_CASE("Init containers run one after the other before the others start") {
  CHECK(with_kubelet(inits) ==
        "2 p Pending\n"
        "3 p Pending i1=running i2=PodInitializing c=PodInitializing\n"
        "6 p Pending i1=Completed:0+ready i2=running c=PodInitializing\n"
        "11 p Running ready i1=Completed:0+ready i2=Completed:0+ready c=running+ready\n");
}

TEST_CASE("An init container that fails is started again, or makes the pod fail") {
  CHECK(with_kubelet(failing_init) ==
        "8 always Pending i=CrashLoopBackOff*1 c=PodInitializing\n"
        "8 never Failed i=Error:4 c=PodInitializing\n"
        "20 always Pending i=CrashLoopBackOff*2 c=PodInitializing\n");
}

TEST_CASE("A sidecar starts before the rest, lets the pod succeed, and ends after it") {
  CHECK(with_kubelet(sidecars) ==
        "2 job Pending\n"
        "3 job Pending s=running+ready i=running c=PodInitializing\n"
        "5 job Running ready s=running+ready i=Completed:0+ready c=running+ready\n"
        "11 s SIGTERM\n"
        "11 job Running s=running+ready i=Completed:0+ready c=Completed:0\n"
        "12 s done\n"
        "12 job Succeeded s=Completed:0 i=Completed:0+ready c=Completed:0\n");
}

TEST_CASE("A sidecar that ends is started again whatever the pod's restart policy") {
  CHECK(with_kubelet(sidecar_restarts) ==
        "12 p Running ready s=running+ready*1 c=running+ready\n"
        "40 p Running s=CrashLoopBackOff*2 c=running+ready\n");
}

TEST_CASE("Sidecars get their SIGTERM when all that started after them has ended") {
  CHECK(with_kubelet(order_of_stopping) ==
        "10 c SIGTERM\n"
        "13 c done\n"
        "13 s2 SIGTERM\n"
        "15 s2 done\n"
        "15 s1 SIGTERM\n"
        "16 s1 done\n"
        "25 pods \"p\" not found\n");
}

TEST_CASE("A pod's phase follows from its restart policy and its exit codes") {
  CHECK(with_kubelet(policies) ==
        "9 ok Succeeded c=Completed:0\n"
        "9 bad Failed c=Error:3\n"
        "9 retry Running c=CrashLoopBackOff*1\n"
        "9 done Succeeded c=Completed:0\n"
        "9 both Running a=Completed:0 b=running+ready\n"
        "15 both Failed a=Completed:0 b=Error:1\n"
        "PodCompleted PodCompleted\n");
}

TEST_CASE("A container that crashes waits 10 s, and twice as long each time up to 300 s") {
  Options options;
  options.length = 1000 * kSecond;
  CHECK(with_kubelet(crash_loop, options) ==
        "5 p Running c=CrashLoopBackOff*1\n"
        "14 p Running c=CrashLoopBackOff*1\n"
        "35 p Running c=CrashLoopBackOff*2\n"
        "76 p Running c=CrashLoopBackOff*3\n"
        "158 p Running ready c=running+ready*5\n"
        "320 p Running c=CrashLoopBackOff*6\n"
        "621 p Running c=CrashLoopBackOff*7\n"
        "923 p Running c=CrashLoopBackOff*8\n");
}

TEST_CASE("A crash after more than 10 minutes is a first one") {
  Options options;
  options.length = 1400 * kSecond;
  CHECK(with_kubelet(crash_loop_reset, options) ==
        "1300 p Running ready c=running+ready*2\n"
        "Pulling 1 Pulling image \"box:1\"\n"
        "Pulled 1 Successfully pulled image \"box:1\" in 200ms (200ms including "
        "waiting). Image size: 97 bytes.\n"
        "Created 3 Created container: c\n"
        "Started 3 Started container c\n"
        "Pulled 2 Container image \"box:1\" already present on machine\n");
}

TEST_CASE("A pod that is active for too long fails with DeadlineExceeded once it has ended") {
  CHECK(with_kubelet(deadline) ==
        "12 c SIGTERM\n"
        "14 p Running ready c=running+ready\n"
        "15 c done\n"
        "20 p Failed/DeadlineExceeded c=Completed:0\n"
        "Pod was active on the node longer than the specified deadline\n");
}
