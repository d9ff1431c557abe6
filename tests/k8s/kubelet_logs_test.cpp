// tests/k8s/kubelet_logs_test.cpp: what of containers' logs can be asked for, and image pulls.

#include <catch_amalgamated.hpp>

#include "tests/k8s/kubelet_support.h"

namespace {

using namespace kubelet_test;

Task<> log(std::string query, std::string name = "p") {
  const std::string path = "/containerLogs/default/" + name + "/c" + query;
  println(query, "->", co_await ask_kubelet(path));
}

Task<> parameters() {
  co_await begin();
  co_await create(simple_pod("p", "'command':['lines','4']"));
  co_await until(8);
  co_await log("");
  co_await log("?tailLines=2");
  co_await log("?tailLines=0");
  co_await log("?sinceSeconds=4");
  co_await log("?limitBytes=9");
  co_await log("?tailLines=1&timestamps=true");
  co_await log("?previous=true");
  co_await log("", "none");
}

Task<> previous() {
  co_await begin();
  co_await create(simple_pod("p", "'command':['lines','1','1']"));
  // The first run ends at 4 s, the second one begins at 5 s.
  co_await until(6);
  co_await log("?previous=true&timestamps=true");
  co_await until(9);
  co_await show("p");
  // Both are the second one while it waits.
  co_await log("?previous=true&timestamps=true");
  co_await log("?timestamps=true");
}

Task<> follow() {
  co_await begin();
  co_await create(simple_pod("p", "'command':['lines','4','2']", "'restartPolicy':'Never'"));
  co_await until(4);
  const http::Client web_client;
  const http::RoundTrip trip =
      co_await web_client.get("http://n1:10250/containerLogs/default/p/c?follow=true&tailLines=1");
  while (true) {
    const net::ReadResult piece = co_await trip.response.body.read();
    if (piece.error) break;
    println(seconds_now(), "got", std::string(piece.bytes.view()));
  }
  println(seconds_now(), "end");
}

Task<> pulls() {
  co_await begin();
  container::registry().set_down(true);
  co_await create(simple_pod("p", "'command':['sleep']"));
  co_await until(4);
  co_await show("p");
  co_await until(6);
  co_await show("p");
  const ObjectResult got = co_await pods().get(background(), "p");
  println(got.object["status"]["containerStatuses"][0]["state"]["waiting"]["message"].text());
  co_await log("");
  // Pulls are tried at 2, 12, 32 and 72 s.
  co_await until(71);
  co_await show_events("p");
  container::registry().set_down(false);
  co_await tell_changes("p", 80);
}

Task<> policies() {
  co_await begin();
  co_await create(simple_pod("never", "'imagePullPolicy':'Never','command':['sleep']"));
  co_await until(5);
  co_await show("never");
  co_await create(simple_pod("first", "'command':['sleep']"));
  co_await until(8);
  co_await create(simple_pod("second", "'command':['sleep']"));
  co_await create(simple_pod("always", "'imagePullPolicy':'Always','command':['sleep']"));
  co_await until(20);
  co_await show("never");
  for (const char* name : {"second", "always"}) co_await show_events(name);
}

}  // namespace

TEST_CASE("A log can be cut by lines, time and bytes") {
  CHECK(with_kubelet(parameters) ==
        "line 1\n"
        "line 2\n"
        "line 3\n"
        "line 4\n"
        " -> line 1\n"
        "line 2\n"
        "line 3\n"
        "line 4\n"
        "\n"
        "?tailLines=2 -> line 3\n"
        "line 4\n"
        "\n"
        "?tailLines=0 -> \n"
        "?sinceSeconds=4 -> line 3\n"
        "line 4\n"
        "\n"
        "?limitBytes=9 -> line 1\n"
        "li\n"
        "?tailLines=1&timestamps=true -> 2026-01-01T00:00:05.208075540Z line 4\n"
        "\n"
        "?previous=true -> previous terminated container \"c\" in pod \"p\" not found\n"
        "\n"
        " -> container \"c\" in pod \"none\" is waiting to start: ContainerCreating\n"
        "\n");
}

TEST_CASE("The previous log is that of the last run that has ended before") {
  Options options;
  options.length = 12 * kSecond;
  CHECK(with_kubelet(previous, options) ==
        "line 1\n"
        "line 1\n"
        "?previous=true&timestamps=true -> 2026-01-01T00:00:02.208075540Z line 1\n"
        "\n"
        "9 p Running c=CrashLoopBackOff*1\n"
        "?previous=true&timestamps=true -> 2026-01-01T00:00:05.000000000Z line 1\n"
        "\n"
        "?timestamps=true -> 2026-01-01T00:00:05.000000000Z line 1\n"
        "\n");
}

TEST_CASE("Who follows a log is told until the container ends") {
  CHECK(with_kubelet(follow) ==
        "line 1\n"
        "line 2\n"
        "4 got line 2\n"
        "\n"
        "line 3\n"
        "4 got line 3\n"
        "\n"
        "line 4\n"
        "5 got line 4\n"
        "\n"
        "8 end\n");
}

TEST_CASE("A pull that fails is tried again after 10 s, 20 s, 40 s") {
  CHECK(with_kubelet(pulls) ==
        "4 p Pending c=ImagePullBackOff\n"
        "6 p Pending c=ImagePullBackOff\n"
        "Back-off pulling image \"box:1\": ErrImagePull: failed to pull and unpack "
        "image \"docker.io/library/box:1\": failed to resolve reference "
        "\"docker.io/library/box:1\": failed to do request: i/o timeout\n"
        " -> container \"c\" in pod \"p\" is waiting to start: trying and failing to "
        "pull image\n"
        "\n"
        "Pulling 3 Pulling image \"box:1\"\n"
        "Failed 3 Failed to pull image \"box:1\": failed to pull and unpack image "
        "\"docker.io/library/box:1\": failed to resolve reference "
        "\"docker.io/library/box:1\": failed to do request: i/o timeout\n"
        "Failed 3 Error: ErrImagePull\n"
        "BackOff 3 Back-off pulling image \"box:1\"\n"
        "Failed 3 Error: ImagePullBackOff\n"
        "71 p Pending c=ImagePullBackOff\n"
        "73 p Running ready c=running+ready\n");
}

TEST_CASE("The pull policy says when an image is pulled") {
  CHECK(with_kubelet(policies) ==
        "5 never Pending c=ErrImageNeverPull\n"
        "20 never Running ready c=running+ready\n"
        "Pulled 1 Container image \"box:1\" already present on machine\n"
        "Created 1 Created container: c\n"
        "Started 1 Started container c\n"
        "Pulling 1 Pulling image \"box:1\"\n"
        "Pulled 1 Successfully pulled image \"box:1\" in 200ms (200ms including "
        "waiting). Image size: 97 bytes.\n"
        "Created 1 Created container: c\n"
        "Started 1 Started container c\n");
}
