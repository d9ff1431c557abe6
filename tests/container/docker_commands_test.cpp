// tests/container/docker_commands_test.cpp: the docker command, as a user types it.

#include <catch_amalgamated.hpp>

#include "engine/sync/timer.h"
#include "sim/container/docker/command_line.h"
#include "sim/http/client.h"
#include "sim/programs/images.h"
#include "tests/support/cluster.h"

namespace {

using namespace engine;
using namespace sim;

// Commands without quotes: words between blanks; `@N` sleeps for N milliseconds.
Task<std::string> type_lines(std::vector<std::string> lines) {
  programs::provide_images();
  std::string out;
  for (const std::string& line : lines) {
    if (line[0] == '@') {
      co_await sleep_for(std::stoll(line.substr(1)) * kMillisecond);
      continue;
    }
    std::vector<std::string> words;
    std::string word;
    bool is_quoted = false;
    for (const char c : line + " ") {
      if (c == '\'') {
        is_quoted = !is_quoted;
      } else if (c == ' ' && !is_quoted) {
        if (!word.empty()) words.push_back(std::exchange(word, {}));
      } else {
        word += c;
      }
    }
    const auto text = std::make_shared<std::string>();
    container::docker::Print print = [text](std::string_view piece) { *text += piece; };
    const int code =
        co_await container::docker::run_command_line(std::move(words), std::move(print));
    out += *text;
    if (code == 0) continue;
    out += '(';
    append_operand(out, code);
    out += ")\n";
  }
  co_return out;
}

std::string run_whole(support::Program program, support::Program other = nullptr) {
  support::ClusterOptions options;
  options.nodes = {{"box-1", program}, {"client", other}};
  options.run.until = Instant{} + 600 * kSecond;
  const support::ClusterOutcome outcome = support::simulate_cluster(options);
  UNSCOPED_INFO(outcome.err);
  return outcome.out;
}

// What the test's own program printed last, without what others print after it.
std::string run(support::Program program, support::Program other = nullptr) {
  const std::string all = run_whole(program, other);
  const size_t mark = all.rfind("====\n");
  if (mark == std::string::npos) return all;
  const size_t end = all.find("----\n", mark);
  return all.substr(mark + 5, end - mark - 5);
}

// Ids are digests: each is replaced by what it is. Of the fractions of seconds two digits stay, as
// the rest depends on the sizes of images.
std::string without_ids(std::string text) {
  std::string out;
  for (size_t i = 0; i < text.size();) {
    size_t end = i;
    while (end < text.size() &&
           ((text[end] >= '0' && text[end] <= '9') || (text[end] >= 'a' && text[end] <= 'f'))) {
      ++end;
    }
    constexpr size_t kFraction = 7;
    if (end - i >= kFraction && end - i <= 9 && i > 0 && text[i - 1] == '.') {
      out += text.substr(i, 2);
      i = end;
    } else if (end - i == 12 || end - i == 64) {
      out += end - i == 12 ? "<id>........" : "<long id>";
      i = end;
    } else {
      do {
        out += text[i++];
      } while (i < end);
    }
  }
  return out;
}

Task<> life() {
  std::vector<std::string> lines = {
      "ps",
      "run orrery/none",
      "run --rm orrery/busybox:1 echo hello world",
      "run -q --name one -e COLOR=red orrery/busybox:1 sh -c 'echo $COLOR; exit 3'",
      "ps -a --format '{{.Names}} {{.State}} {{.Image}}'",
      "@2000",
      "run -d -q --name web --hostname www -v data:/data orrery/busybox:1 sleep 1000",
      "@1500",
      "ps -a",
      "exec web hostname",
      "exec -e X=5 -w /srv web sh -c 'echo $X; pwd; echo kept > /data/f; touch /srv/new'",
      "exec web nosuch",
      "run -q --rm orrery/busybox:1 nosuch",
      "exec web sh -c 'exit 4'",
      "diff web",
      "rm web",
      "run -q --name web orrery/busybox:1 true",
      "kill web",
      "wait web",
      "rm web one",
      "run --rm -v data:/d orrery/busybox:1 cat /d/f",
      "volume ls",
      "volume rm data",
      "ps -aq",
      "stop nothing",
      "inspect nothing",
      "run --no-such orrery/busybox:1",
      "frob",
      "rm",
  };
  const std::string out = co_await type_lines(std::move(lines));
  println("====\n" + out + "----");
}

Task<> images() {
  std::vector<std::string> lines = {"pull -q orrery/busybox:1",
                                    "pull orrery/hello-http:1",
                                    "pull orrery/hello-http:1",
                                    "pull orrery/nothing",
                                    "images",
                                    "history orrery/busybox:1",
                                    "tag orrery/busybox:1 box",
                                    "images box",
                                    "rmi box",
                                    "rmi orrery/hello-http:1",
                                    "system df"};
  const std::string out = co_await type_lines(std::move(lines));
  println("====\n" + out + "----");
}

Task<> restarts() {
  std::vector<std::string> lines = {
      "run -d -q --name crash --restart on-failure:3 orrery/busybox:1 sh -c 'date +%s.%N; exit 7'",
      "@50",
      "ps --format '{{.Names}} {{.Status}}'",
      "@5000",
      "logs crash",
      "inspect -f '{{.RestartCount}} {{.State.Status}} {{.State.ExitCode}}' crash",
      "run -d -q --name forever --restart always orrery/busybox:1 sleep 1",
      "@10500",
      "inspect -f '{{.RestartCount}} {{.State.Running}}' forever",
      "stop -t 1 forever",
      "@5000",
      "inspect -f '{{.State.Status}} {{.HostConfig.RestartPolicy.Name}}' forever",
  };
  const std::string out = co_await type_lines(std::move(lines));
  println("====\n" + out + "----");
}

Task<> health() {
  std::vector<std::string> lines = {
      "run -d -q --name app --health-cmd 'cat /srv/well' --health-interval 2s --health-retries 2 "
      "orrery/busybox:1 sleep 1000",
      "@1000",
      "ps --format '{{.Status}}'",
      "exec app touch /srv/well",
      "@2000",
      "ps --format '{{.Status}}'",
      "exec app rm /srv/well",
      "@2500",
      "inspect -f '{{.State.Health.Status}} {{.State.Health.FailingStreak}}' app",
      "@2500",
      "ps --format '{{.Status}}'",
      "run -d -q --name slow --health-cmd 'sleep 100' --health-interval 1s --health-timeout 1s "
      "--health-retries 1 orrery/busybox:1 sleep 1000",
      "@2500",
      "inspect -f '{{.State.Health.Status}} {{json .State.Health.Log}}' slow",
      "exec slow ps",
  };
  const std::string out = co_await type_lines(std::move(lines));
  println("====\n" + out + "----");
}

Task<> limits() {
  std::vector<std::string> lines = {
      "run -d -q --name big -m 32m orrery/busybox:1 stress --vm-bytes 64M",
      "run -d -q --name burn --cpus 0.25 -m 64m --pids-limit 10 orrery/busybox:1 stress -c 1",
      "@100",
      "inspect -f '{{.State.OOMKilled}} {{.State.ExitCode}}' big",
      "stats --no-stream --format '{{.Name}} {{.CPUPerc}} {{.MemUsage}} {{.PIDs}}'",
      "top burn",
      "run -m 1m orrery/busybox:1",
      "run -m many orrery/busybox:1",
  };
  const std::string out = co_await type_lines(std::move(lines));
  println("====\n" + out + "----");
}

Task<> serve() {
  std::vector<std::string> lines = {
      "run -d -q --name web -p 80:8080 orrery/hello-http:1",
      "ps --format 'table {{.Names}}\t{{.Ports}}'",
      "port web",
      "run -d -q --name web2 -p 80:8080 orrery/hello-http:1",
      "inspect -f '{{.NetworkSettings.IPAddress}}' web",
      "@2000",
      "rm -f web",
      "@100000",
  };
  const std::string out = co_await type_lines(std::move(lines));
  println("====\n" + out + "----");
}

Task<> visit() {
  for (int i = 0; i < 2; ++i) {
    co_await sleep_for(1900 * kMillisecond);
    http::ClientOptions options;
    options.timeout = kSecond;
    const http::Client client(options);
    const http::RoundTrip trip = co_await client.get("http://box-1/guest");
    println("client", trip.response.status, trip.error);
    if (!trip.error) static_cast<void>(co_await trip.response.body.read_all());
    client.close_idle_connections();
  }
}

Task<> crash() {
  std::vector<std::string> lines = {
      "run -d -q --name stays --restart unless-stopped -p 80:8080 orrery/hello-http:1",
      "run -d -q --name gone orrery/busybox:1 sleep 1000", "@1000"};
  if (now() > Instant{} + 5 * kSecond) {
    lines = {"@1000", "ps -a --format '{{.Names}} {{.State}} {{.Ports}}'"};
  }
  const std::string out = co_await type_lines(std::move(lines));
  println("====\n" + out + "----");
}

}  // namespace

TEST_CASE("Containers are run, looked at, entered and removed, in Docker's words") {
  CHECK(
      without_ids(run(life)) ==
      "CONTAINER ID   IMAGE     COMMAND   CREATED   STATUS    PORTS     NAMES\n"
      "Unable to find image 'orrery/none:latest' locally\n"
      "docker: Error response from daemon: pull access denied for orrery/none, repository does not "
      "exist or may require 'docker login': denied: requested access to the resource is denied.\n"
      "See 'docker run --help'.\n"
      "(125)\n"
      "Unable to find image 'orrery/busybox:1' locally\n"
      "1: Pulling from orrery/busybox\n"
      "<id>........: Pulling fs layer\n"
      "<id>........: Pulling fs layer\n"
      "<id>........: Verifying Checksum\n"
      "<id>........: Download complete\n"
      "<id>........: Pull complete\n"
      "<id>........: Verifying Checksum\n"
      "<id>........: Download complete\n"
      "<id>........: Pull complete\n"
      "Digest: sha256:<long id>\n"
      "Status: Downloaded newer image for orrery/busybox:1\n"
      "hello world\n"
      "red\n"
      "(3)\n"
      "one exited orrery/busybox:1\n"
      "<long id>\n"
      "CONTAINER ID   IMAGE              COMMAND                  CREATED         STATUS           "
      "          PORTS     NAMES\n"
      "<id>........   orrery/busybox:1   \"sleep 1000\"             1 second ago    Up 1 second    "
      "                      web\n"
      "<id>........   orrery/busybox:1   \"sh -c echo $COLOR; …\"   3 seconds ago   Exited (3) 3 "
      "seconds ago             one\n"
      "www\n"
      "5\n"
      "/srv\n"
      "OCI runtime exec failed: exec failed: unable to start container process: exec: \"nosuch\": "
      "executable file not found in $PATH: unknown\n"
      "(127)\n"
      "docker: Error response from daemon: failed to create task for container: failed to create "
      "shim task: OCI runtime create failed: runc create failed: unable to start container "
      "process: exec: \"nosuch\": executable file not found in $PATH: unknown.\n"
      "(127)\n"
      "(4)\n"
      "A /data\n"
      "C /srv\n"
      "A /srv/new\n"
      "Error response from daemon: cannot remove container \"/web\": container is running: stop "
      "the container before removing or force remove\n"
      "(1)\n"
      "docker: Error response from daemon: Conflict. The container name \"/web\" is already in use "
      "by container \"<long id>\". You have to remove (or rename) that container to be able to "
      "reuse that name.\n"
      "See 'docker run --help'.\n"
      "(125)\n"
      "web\n"
      "137\n"
      "web\n"
      "one\n"
      "kept\n"
      "DRIVER    VOLUME NAME\n"
      "local     data\n"
      "data\n"
      "Error response from daemon: No such container: nothing\n"
      "(1)\n"
      "[]\n"
      "Error: No such object: nothing\n"
      "(1)\n"
      "unknown flag: --no-such\n"
      "See 'docker run --help'.\n"
      "(125)\n"
      "docker: 'frob' is not a docker command.\n"
      "See 'docker --help'\n"
      "(1)\n"
      "\"docker rm\" requires at least 1 argument.\n"
      "See 'docker rm --help'.\n"
      "(1)\n");
}

TEST_CASE("Images are pulled layer by layer, tagged and removed") {
  CHECK(without_ids(run(images)) ==
        "docker.io/orrery/busybox:1\n"
        "1: Pulling from orrery/hello-http\n"
        "<id>........: Already exists\n"
        "<id>........: Already exists\n"
        "<id>........: Pulling fs layer\n"
        "<id>........: Pulling fs layer\n"
        "<id>........: Verifying Checksum\n"
        "<id>........: Download complete\n"
        "<id>........: Pull complete\n"
        "<id>........: Verifying Checksum\n"
        "<id>........: Download complete\n"
        "<id>........: Pull complete\n"
        "Digest: sha256:<long id>\n"
        "Status: Downloaded newer image for orrery/hello-http:1\n"
        "docker.io/orrery/hello-http:1\n"
        "1: Pulling from orrery/hello-http\n"
        "<id>........: Already exists\n"
        "<id>........: Already exists\n"
        "<id>........: Already exists\n"
        "<id>........: Already exists\n"
        "Digest: sha256:<long id>\n"
        "Status: Image is up to date for orrery/hello-http:1\n"
        "docker.io/orrery/hello-http:1\n"
        "Using default tag: latest\n"
        "Error response from daemon: pull access denied for orrery/nothing, repository does not "
        "exist or may require 'docker login': denied: requested access to the resource is denied\n"
        "(1)\n"
        "REPOSITORY          TAG       IMAGE ID       CREATED                  SIZE\n"
        "orrery/busybox      1         <id>........   Less than a second ago   4.84MB\n"
        "orrery/hello-http   1         <id>........   Less than a second ago   13.7MB\n"
        "IMAGE          CREATED                  CREATED BY                                      "
        "SIZE      COMMENT\n"
        "<id>........   Less than a second ago   CMD [\"sh\"]                                      "
        "0B        buildkit.dockerfile.v0\n"
        "<missing>      Less than a second ago   RUN /bin/sh -c busybox --install -s /bin && …   "
        "220kB     buildkit.dockerfile.v0\n"
        "<missing>      Less than a second ago   CMD [\"/bin/sh\"]                                 "
        "0B        buildkit.dockerfile.v0\n"
        "<missing>      Less than a second ago   ADD rootfs.tar.gz / # buildkit                  "
        "4.62MB    buildkit.dockerfile.v0\n"
        "REPOSITORY   TAG       IMAGE ID       CREATED                  SIZE\n"
        "box          latest    <id>........   Less than a second ago   4.84MB\n"
        "Untagged: box:latest\n"
        "Untagged: orrery/hello-http:1\n"
        "Deleted: sha256:<long id>\n"
        "Deleted: sha256:<long id>\n"
        "Deleted: sha256:<long id>\n"
        "TYPE            TOTAL     ACTIVE    SIZE      RECLAIMABLE\n"
        "Images          1         0         4.84MB    4.84MB (100%)\n"
        "Containers      0         0         0B        0B\n"
        "Local Volumes   0         0         0B        0B\n"
        "Build Cache     0         0         0B        0B\n");
}

TEST_CASE(
    "A container that fails is restarted with growing pauses, and one that is stopped is not") {
  CHECK(without_ids(run(restarts)) ==
        "Unable to find image 'orrery/busybox:1' locally\n"
        "<long id>\n"
        "crash Restarting (7) Less than a second ago\n"
        "1767225600.23\n"
        "1767225600.33\n"
        "1767225600.53\n"
        "1767225600.93\n"
        "3 exited 7\n"
        "<long id>\n"
        "6 false\n"
        "forever\n"
        "exited always\n");
}

TEST_CASE("A health check makes a container healthy and unhealthy") {
  CHECK(without_ids(run(health)) ==
        "Unable to find image 'orrery/busybox:1' locally\n"
        "<long id>\n"
        "Up 1 second (health: starting)\n"
        "Up 3 seconds (healthy)\n"
        "healthy 1\n"
        "Up 8 seconds (unhealthy)\n"
        "<long id>\n"
        "unhealthy [{\"End\":\"2026-01-01T00:00:10.23Z\",\"ExitCode\":-1,\"Output\":\"Health "
        "check exceeded timeout (1s)\",\"Start\":\"2026-01-01T00:00:09.23Z\"}]\n"
        "PID   USER     TIME  COMMAND\n"
        "    1 root      0:00 sleep 1000\n"
        "    5 root      0:00 ps\n");
}

TEST_CASE("Limits of memory and of processor time hold, and are shown") {
  CHECK(without_ids(run(limits)) ==
        "Unable to find image 'orrery/busybox:1' locally\n"
        "<long id>\n"
        "<long id>\n"
        "true 137\n"
        "burn 25.00% 0B / 64MiB 1\n"
        "UID                 PID                 PPID                C                   STIME     "
        "          TTY                 TIME                CMD\n"
        "root                3                   1                   0                   00:00     "
        "          ?                   00:00:00            stress -c 1\n"
        "docker: Error response from daemon: Minimum memory limit allowed is 6MB.\n"
        "See 'docker run --help'.\n"
        "(125)\n"
        "invalid argument \"many\" for \"-m, --memory\" flag: invalid size: 'many'\n"
        "See 'docker run --help'.\n"
        "(125)\n");
}

TEST_CASE("After a crash of its machine a container comes back if its policy says so") {
  support::ClusterOptions options;
  options.nodes = {{"box-1", crash}};
  options.run.until = Instant{} + 60 * kSecond;
  options.plan = {{Instant{} + 10 * kSecond, "crash box-1"},
                  {Instant{} + 20 * kSecond, "restart box-1"}};
  const support::ClusterOutcome outcome = support::simulate_cluster(options);
  CHECK(outcome.out.substr(outcome.out.rfind("====\n")) ==
        "====\ngone exited \nstays running 0.0.0.0:80->8080/tcp\n----\n");
}

TEST_CASE("A published port leads to its container until that is gone") {
  CHECK(without_ids(run(serve, visit)) ==
        "Unable to find image 'orrery/hello-http:1' locally\n"
        "<long id>\n"
        "NAMES     PORTS\n"
        "web       0.0.0.0:80->8080/tcp\n"
        "8080/tcp -> 0.0.0.0:80\n"
        "<long id>\n"
        "docker: Error response from daemon: driver failed programming external connectivity on "
        "endpoint web2 (<long id>): Bind for 0.0.0.0:80 failed: port is already allocated.\n"
        "(125)\n"
        "172.17.0.2\n"
        "web\n");
  const std::string all = run_whole(serve, visit);
  CHECK(all.find("client 200 <nil>\n") != std::string::npos);
  CHECK(all.find("client 0 Get \"http://box-1/guest\": dial tcp 10.0.0.1:80: connect: connection "
                 "refused\n") != std::string::npos);
}
