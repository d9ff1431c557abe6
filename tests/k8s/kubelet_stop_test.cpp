// tests/k8s/kubelet_stop_test.cpp: hooks, grace periods and forced deletions.

#include <catch_amalgamated.hpp>

#include "tests/k8s/kubelet_support.h"

namespace {

using namespace kubelet_test;

Task<> remove(std::string name, int64_t grace = -1) {
  Value options;
  if (grace >= 0) options = json::Object().set("gracePeriodSeconds", grace).build();
  static_cast<void>(co_await pods().remove(background(), name, options));
}

// Deletes the pod at 10 s, and tells when it is gone.
Task<> remove_and_tell(std::string name, int64_t second) {
  co_await until(10);
  co_await remove(name);
  while (seconds_now() < second) {
    const ObjectResult got = co_await pods().get(background(), name);
    if (got.error) break;
    co_await sleep_for(100 * kMillisecond);
  }
  println(seconds_now(), "gone");
}

Task<> stubborn() {
  co_await begin();
  co_await create(simple_pod("p", "'command':['graceful','100']"));
  co_await remove_and_tell("p", 60);
}

Task<> pre_stop() {
  co_await begin();
  co_await create(simple_pod("p", R"('command':['graceful','100'],
    'lifecycle':{'preStop':{'exec':{'command':['exit','0','12']}}})",
                             "'terminationGracePeriodSeconds':20"));
  co_await remove_and_tell("p", 60);
}

Task<> long_pre_stop() {
  co_await begin();
  co_await create(simple_pod("p", R"('command':['graceful','100'],
    'lifecycle':{'preStop':{'exec':{'command':['sleep']}}})",
                             "'terminationGracePeriodSeconds':8"));
  co_await remove_and_tell("p", 60);
}

Task<> failing_pre_stop() {
  co_await begin();
  co_await create(simple_pod("p", R"('command':['graceful','1'],
    'lifecycle':{'preStop':{'httpGet':{'port':1}}})"));
  co_await remove_and_tell("p", 60);
  co_await show_events("p");
}

Task<> post_start() {
  co_await begin();
  co_await create(simple_pod("ok", R"('command':['cat','/up'],
    'lifecycle':{'postStart':{'exec':{'command':['exit','0','5']}}})"));
  co_await create(simple_pod("bad", R"('command':['graceful','0'],
    'lifecycle':{'postStart':{'exec':{'command':['exit','1','1']}}})"));
  co_await until(5);
  co_await show("ok");
  co_await until(9);
  co_await show("ok");
  co_await show("bad");
  co_await show_events("bad");
}

Task<> hanging_post_start() {
  co_await begin();
  co_await create(simple_pod("p", R"('command':['graceful','1'],
    'lifecycle':{'postStart':{'exec':{'command':['sleep']}}})"));
  co_await remove_and_tell("p", 60);
}

Task<> forced() {
  co_await begin();
  co_await create(simple_pod("p", "'command':['graceful','100']"));
  co_await until(10);
  co_await remove("p", 0);
  co_await show("p");
  co_await until(11);
  println(co_await ask_kubelet("/containerLogs/default/p/c"));
  co_await until(14);
  println(co_await ask_kubelet("/containerLogs/default/p/c"));
}

Task<> shortened() {
  co_await begin();
  co_await create(simple_pod("p", "'command':['graceful','100']"));
  co_await until(10);
  co_await remove("p");
  co_await until(12);
  co_await remove("p", 5);
  co_await until(16);
  co_await show("p");
  co_await until(19);
  co_await show("p");
}

Task<> last_status() {
  co_await begin();
  const Value made = with_meta(simple_pod("p", "'command':['graceful','1']"), "finalizers",
                               json::Array().add("test/keep").build());
  co_await create(made);
  co_await until(10);
  co_await remove("p");
  co_await until(15);
  co_await show("p");
}

}  // namespace

TEST_CASE("A container that does not end is killed after 30 s") {
  CHECK(with_kubelet(stubborn) ==
        "10 c SIGTERM\n"
        "40 gone\n");
}

TEST_CASE("A preStop hook uses up the grace period") {
  CHECK(with_kubelet(pre_stop) ==
        "22 c SIGTERM\n"
        "30 gone\n");
}

TEST_CASE("A preStop hook that uses all of it leaves 2 s") {
  CHECK(with_kubelet(long_pre_stop) ==
        "18 c SIGTERM\n"
        "20 gone\n");
}

TEST_CASE("A preStop hook that fails is told of, and the container is stopped") {
  CHECK(with_kubelet(failing_pre_stop) ==
        "10 c SIGTERM\n"
        "11 c done\n"
        "11 gone\n"
        "Pulling 1 Pulling image \"box:1\"\n"
        "Pulled 1 Successfully pulled image \"box:1\" in 200ms (200ms including "
        "waiting). Image size: 97 bytes.\n"
        "Created 1 Created container: c\n"
        "Started 1 Started container c\n"
        "Killing 1 Stopping container c\n"
        "FailedPreStopHook 1 PreStopHook failed\n");
}

TEST_CASE("A postStart hook delays the pod, and kills the container if it fails") {
  Options options;
  options.length = 12 * kSecond;
  CHECK(with_kubelet(post_start, options) ==
        "/up (no such file or directory)\n"
        "3 c SIGTERM\n"
        "3 c done\n"
        "4 c SIGTERM\n"
        "4 c done\n"
        "5 ok Pending c=ContainerCreating\n"
        "9 ok Running ready c=running+ready\n"
        "9 bad Running c=CrashLoopBackOff*1\n"
        "Pulling 1 Pulling image \"box:1\"\n"
        "Pulled 1 Successfully pulled image \"box:1\" in 200ms (200ms including "
        "waiting). Image size: 97 bytes.\n"
        "Created 2 Created container: c\n"
        "Started 2 Started container c\n"
        "FailedPostStartHook 2 PostStartHook failed\n"
        "Killing 2 FailedPostStartHook\n"
        "Pulled 1 Container image \"box:1\" already present on machine\n"
        "BackOff 1 Back-off restarting failed container c in pod bad_default\n");
}

TEST_CASE("A postStart hook that hangs does not keep a pod from ending") {
  CHECK(with_kubelet(hanging_post_start) ==
        "10 c SIGTERM\n"
        "11 c done\n"
        "11 gone\n");
}

TEST_CASE("A forced deletion removes the pod at once and kills it after 2 s") {
  CHECK(with_kubelet(forced) ==
        "10 c SIGTERM\n"
        "10 pods \"p\" not found\n"
        "10 c SIGTERM\n"
        "\n"
        "container \"c\" in pod \"p\" is waiting to start: ContainerCreating\n"
        "\n");
}

TEST_CASE("A second deletion may shorten the grace period") {
  CHECK(with_kubelet(shortened) ==
        "10 c SIGTERM\n"
        "16 p Running ready c=running+ready\n"
        "19 pods \"p\" not found\n");
}

TEST_CASE("A deleted pod's last status says how its containers ended") {
  CHECK(with_kubelet(last_status) ==
        "10 c SIGTERM\n"
        "11 c done\n"
        "15 p Succeeded c=Completed:0\n");
}
