// tests/k8s/kubelet_probes_test.cpp: startup, readiness and liveness probes of all four kinds.

#include <catch_amalgamated.hpp>

#include "tests/k8s/kubelet_support.h"

namespace {

using namespace kubelet_test;

Task<> readiness() {
  co_await begin();
  // Fails from 20 to 60 s of its age; each 10 s, three failures in a row.
  co_await create(simple_pod("p", R"('command':['web'],
    'env':[{'name':'FAIL_FROM','value':'20'},{'name':'FAIL_UNTIL','value':'60'}],
    'ports':[{'name':'http','containerPort':8080}],
    'readinessProbe':{'httpGet':{'path':'/ready','port':'http'},'initialDelaySeconds':5})"));
  co_await tell_changes("p", 90);
  co_await show_events("p");
}

Task<> liveness() {
  co_await begin();
  co_await create(simple_pod("p", R"('command':['web'],
    'env':[{'name':'FAIL_FROM','value':'12'},{'name':'FAIL_UNTIL','value':'9999'}],
    'livenessProbe':{'httpGet':{'port':8080},'periodSeconds':5,'failureThreshold':2})"));
  co_await tell_changes("p", 60);
  co_await show_events("p");
}

Task<> never_restarted() {
  co_await begin();
  co_await create(simple_pod("p", R"('command':['web'],
    'livenessProbe':{'tcpSocket':{'port':8081},'periodSeconds':5,'failureThreshold':1})",
                             "'restartPolicy':'Never'"));
  co_await until(12);
  co_await show("p");
  co_await show_events("p");
}

Task<> startup() {
  co_await begin();
  // Listens after 25 s; liveness would have killed it by then.
  co_await create(simple_pod("p", R"('command':['web'],
    'env':[{'name':'LISTEN_AFTER','value':'25'}],
    'startupProbe':{'tcpSocket':{'port':8080},'failureThreshold':6,'periodSeconds':5},
    'readinessProbe':{'tcpSocket':{'port':8080}},
    'livenessProbe':{'tcpSocket':{'port':8080},'periodSeconds':5,'failureThreshold':1})"));
  co_await tell_changes("p", 60);
}

Task<> startup_fails() {
  co_await begin();
  co_await create(simple_pod("p", R"('command':['graceful','60'],
    'startupProbe':{'exec':{'command':['test','/up']},'failureThreshold':2,
                    'terminationGracePeriodSeconds':4})"));
  co_await tell_changes("p", 20);
  co_await show_events("p");
}

Task<> exec_probe() {
  co_await begin();
  co_await create(simple_pod("p", R"('command':['sleep'],
    'readinessProbe':{'exec':{'command':['test','/up']},'periodSeconds':2,'successThreshold':3})"));
  co_await until(8);
  co_await show("p");
  const http::Client web_client;
  const http::RoundTrip trip = co_await web_client.post(
      "http://n1:10250/exec/default/p/c?command=touch&command=/up", "text/plain", "");
  static_cast<void>(co_await trip.response.body.read_all());
  co_await tell_changes("p", 20);
}

Task<> exec_times_out() {
  co_await begin();
  co_await create(simple_pod("p", R"('command':['sleep'],
    'livenessProbe':{'exec':{'command':['sleep','100']},'periodSeconds':5,'timeoutSeconds':2,
                     'failureThreshold':1})"));
  co_await until(12);
  co_await show("p");
  co_await show_events("p");
}

Task<> grpc_probe() {
  co_await begin();
  co_await create(simple_pod("p", R"('command':['health'],
    'readinessProbe':{'grpc':{'port':50051},'periodSeconds':5,'failureThreshold':1})"));
  co_await create(simple_pod("q", R"('command':['health'],
    'readinessProbe':{'grpc':{'port':50052},'failureThreshold':1})"));
  co_await tell_changes("p", 60);
  co_await show("q");
  co_await show_events("p");
  co_await show_events("q");
}

}  // namespace

TEST_CASE("A readiness probe takes a pod out after three failures and in after one success") {
  CHECK(with_kubelet(readiness) ==
        "2 p Pending\n"
        "3 p Running c=running\n"
        "8 p Running ready c=running+ready\n"
        "48 p Running c=running\n"
        "68 p Running ready c=running+ready\n"
        "Pulling 1 Pulling image \"box:1\"\n"
        "Pulled 1 Successfully pulled image \"box:1\" in 200ms (200ms including "
        "waiting). Image size: 97 bytes.\n"
        "Created 1 Created container: c\n"
        "Started 1 Started container c\n"
        "Unhealthy 4 Readiness probe failed: HTTP probe failed with statuscode: 500\n");
}

TEST_CASE("A liveness probe that fails restarts the container") {
  CHECK(with_kubelet(liveness) ==
        "2 p Pending\n"
        "3 p Running ready c=running+ready\n"
        "23 p Running ready c=running+ready*1\n"
        "43 p Running c=CrashLoopBackOff*1\n"
        "53 p Running ready c=running+ready*2\n"
        "Pulling 1 Pulling image \"box:1\"\n"
        "Pulled 1 Successfully pulled image \"box:1\" in 200ms (200ms including "
        "waiting). Image size: 97 bytes.\n"
        "Created 3 Created container: c\n"
        "Started 3 Started container c\n"
        "Unhealthy 4 Liveness probe failed: HTTP probe failed with statuscode: 500\n"
        "Killing 2 Container c failed liveness probe, will be restarted\n"
        "Pulled 2 Container image \"box:1\" already present on machine\n"
        "BackOff 1 Back-off restarting failed container c in pod p_default\n");
}

TEST_CASE("A liveness probe makes a pod fail that is never restarted") {
  CHECK(with_kubelet(never_restarted) ==
        "12 p Failed c=Error:2\n"
        "Pulling 1 Pulling image \"box:1\"\n"
        "Pulled 1 Successfully pulled image \"box:1\" in 200ms (200ms including "
        "waiting). Image size: 97 bytes.\n"
        "Created 1 Created container: c\n"
        "Started 1 Started container c\n"
        "Unhealthy 1 Liveness probe failed: dial tcp 10.128.3.2:8081: connect: "
        "connection refused\n"
        "Killing 1 Container c failed liveness probe\n");
}

TEST_CASE("The other probes wait for the startup probe") {
  CHECK(with_kubelet(startup) ==
        "2 p Pending\n"
        "3 p Running c=running\n"
        "28 p Running ready c=running+ready\n");
}

TEST_CASE("A startup probe that never succeeds restarts the container with its own grace period") {
  Options options;
  options.length = 22 * kSecond;
  CHECK(with_kubelet(startup_fails, options) ==
        "2 p Pending\n"
        "3 p Running c=running\n"
        "12 c SIGTERM\n"
        "17 p Running c=running*1\n"
        "Pulling 1 Pulling image \"box:1\"\n"
        "Pulled 1 Successfully pulled image \"box:1\" in 200ms (200ms including "
        "waiting). Image size: 97 bytes.\n"
        "Created 2 Created container: c\n"
        "Started 2 Started container c\n"
        "Unhealthy 3 Startup probe failed: \n"
        "Killing 1 Container c failed startup probe, will be restarted\n"
        "Pulled 1 Container image \"box:1\" already present on machine\n");
}

TEST_CASE("A command's exit code is a probe's result, and several successes may be wanted") {
  CHECK(with_kubelet(exec_probe) ==
        "8 p Running c=running\n"
        "8 p Running c=running\n"
        "13 p Running ready c=running+ready\n");
}

TEST_CASE("A command that takes too long has failed") {
  CHECK(with_kubelet(exec_times_out) ==
        "12 p Running c=CrashLoopBackOff*1\n"
        "Pulling 1 Pulling image \"box:1\"\n"
        "Pulled 1 Successfully pulled image \"box:1\" in 200ms (200ms including "
        "waiting). Image size: 97 bytes.\n"
        "Created 2 Created container: c\n"
        "Started 2 Started container c\n"
        "Unhealthy 2 Liveness probe failed: command timed out: \"sleep 100\" timed out "
        "after 2s\n"
        "Killing 2 Container c failed liveness probe, will be restarted\n"
        "Pulled 1 Container image \"box:1\" already present on machine\n"
        "BackOff 1 Back-off restarting failed container c in pod p_default\n");
}

TEST_CASE("A gRPC probe asks the health service") {
  CHECK(with_kubelet(grpc_probe) ==
        "2 p Pending c=ContainerCreating\n"
        "3 p Running c=running\n"
        "18 p Running ready c=running+ready\n"
        "48 p Running c=running\n"
        "60 q Running c=running\n"
        "Pulling 1 Pulling image \"box:1\"\n"
        "Pulled 1 Successfully pulled image \"box:1\" in 200ms (200ms including "
        "waiting). Image size: 97 bytes.\n"
        "Created 1 Created container: c\n"
        "Started 1 Started container c\n"
        "Unhealthy 6 Readiness probe failed: service unhealthy (responded with "
        "\"NOT_SERVING\")\n"
        "Pulling 1 Pulling image \"box:1\"\n"
        "Pulled 1 Successfully pulled image \"box:1\" in 200ms (200ms including "
        "waiting). Image size: 97 bytes.\n"
        "Created 1 Created container: c\n"
        "Started 1 Started container c\n"
        "Unhealthy 6 Readiness probe failed: timeout: failed to connect service "
        "\"10.128.3.3:50052\" within 1s: context deadline exceeded\n");
}
