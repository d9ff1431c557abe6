// tests/shell/shell_test.cpp: the shell and its tools, in containers and on a bare machine.

#include <catch_amalgamated.hpp>

#include "engine/sync/timer.h"
#include "sim/container/runtime.h"
#include "sim/http/server.h"
#include "sim/programs/images.h"
#include "tests/support/cluster.h"

namespace {

using namespace engine;
using namespace sim::container;
using namespace sim;

struct Script {
  std::string line;
  std::vector<std::pair<std::string, std::string>> env;
  std::string input;
};

Task<engine::Ref<Container>> box() {
  programs::provide_images();
  const Pulled pulled = co_await this_runtime().pull("orrery/busybox:1");
  ENGINE_CHECK(!pulled.error);
  ContainerConfig config;
  config.image = pulled.image;
  config.host_name = "box";
  config.args = {"sleep", "1000"};
  config.env = {{"COLOR", "deep blue"}};
  config.mounts = {{"/data", engine::Ref<Volume>(new Volume("data")), false}};
  const Runtime::Created made = this_runtime().create(std::move(config));
  static_cast<void>(this_runtime().start(*made.container));
  co_await sleep_for(kMillisecond);
  co_return made.container;
}

// Runs lines in one container, and says what each printed and how it ended.
Task<std::string> run_lines(std::vector<std::string> lines) {
  const engine::Ref<Container> container = co_await box();
  std::string out;
  for (const std::string& line : lines) {
    ExecOptions options;
    options.output_bytes_max = 1 << 20;
    options.input = "one\ntwo three\n";
    const std::vector<std::string> command = {"sh", "-c", line};
    const Container::Executed executed = container->execute(command, options);
    ENGINE_CHECK(!executed.error);
    const engine::Ref<Execution> execution = executed.execution;
    const bool ended = co_await wait_for_end(execution, now() + 100 * kSecond);
    out += execution->take_output();
    if (!ended) out += "(runs)\n";
    if (execution->exit_code() == 0) continue;
    out += '(';
    append_operand(out, execution->exit_code());
    out += ")\n";
  }
  co_return out;
}

std::string run(support::Program program) {
  support::ClusterOptions options;
  options.nodes = {{"box-1", program}, {"server", nullptr}};
  options.run.until = Instant{} + 600 * kSecond;
  const support::ClusterOutcome outcome = support::simulate_cluster(options);
  UNSCOPED_INFO(outcome.err);
  return outcome.out;
}

// What the test's own program printed last, after what its containers did.
std::string last(support::Program program) {
  const std::string all = run(program);
  const size_t mark = all.rfind("====\n");
  return mark == std::string::npos ? all : all.substr(mark + 5);
}

Task<> words_and_status() {
  std::vector<std::string> lines = {
      "echo hello $COLOR; echo \"$COLOR\" '$COLOR' \"a  b\"",
      "X=5; echo $X ${X}0; unset X; echo [$X]; Y=a:$COLOR; echo \"$Y\"",
      "false || echo or; true && echo and; false && echo no; echo $?",
      "if [ -f /etc/passwd ]; then echo file; else echo none; fi",
      "! true; echo $?; [ 3 -gt 2 ] && [ a != b ] && echo both",
      "nosuch; echo $?",
      "exit 3; echo never",
      "echo -n a; echo -e 'b\\tc'; printf '%s=%d\\n' x 7 y 8",
      "while [ ! -f /srv/stop ]; do echo turn; touch /srv/stop; done",
      "sh -c 'echo $0 $1 $#' name one two",
      "echo 'a | b' | cat",
      "cd /etc && pwd && cd /nope; echo $?",
      "Z=1 sh -c 'echo $Z'; echo [$Z]",
      "kill -9 1; kill 77; hostname; id",
      "cat; head -n 1; wc -l; wc",
  };
  const std::string out = co_await run_lines(std::move(lines));
  println("====\n" + out);
}

Task<> files() {
  std::vector<std::string> lines = {
      "mkdir -p /srv/a/b; echo one > /srv/a/x; echo two >> /srv/a/x; cat /srv/a/x",
      "ls /srv/a; ls -l /srv/a; ls -l /bin/sh",
      "cat /nope; cat /nope 2>/dev/null; echo $?",
      "cp /srv/a/x /srv/a/b; mv /srv/a/x /data/y; ls /srv/a/b /data",
      "rm /srv/a; rm -rf /srv/a; ls /srv; rm /gone; rm -f /gone",
      "echo hi > /no/dir; mkdir /etc",
      "printf '1\\n2\\n3\\n' > /srv/n; tail -n 2 /srv/n; tail -1 /srv/n; head -c 3 /srv/n; wc "
      "-l "
      "/srv/n",
      "[ -d /data ]; echo $?; [ -s /srv/n ] && echo big; [ 1 -eq x ]; echo $?",
      "echo x > /srv/o 2>&1; cat < /srv/o",
      "date; date +%F_%T; cat /etc/os-release > /dev/null; sleep 2; date +%s",
  };
  const std::string out = co_await run_lines(std::move(lines));
  println("====\n" + out);
}

Task<> processes() {
  std::vector<std::string> lines = {"ps", "env", "ls -l /", "stress --vm-bytes 1M --timeout 2s",
                                    "sleep 200"};
  const std::string out = co_await run_lines(std::move(lines));
  println("====\n" + out);
}

Task<> network() {
  go([]() -> Task<> {
    const http::Handler hello = [](http::ResponseWriter w, http::Request r) -> Task<> {
      if (r.url.path == "/missing") co_return co_await http::answer_error(w, "no", 404);
      static_cast<void>(co_await w.write("page " + r.url.path + "\n"));
    };
    static_cast<void>(co_await http::listen_and_serve(":8080", hello));
  });
  std::vector<std::string> lines = {"wget -qO- http://box-1:8080/a",
                                    "wget -q -O - box-1:8080/missing",
                                    "wget http://box-1:8080/f.txt && cat f.txt",
                                    "wget -qO- http://box-1:81/",
                                    "wget -qO- http://nowhere.example/",
                                    "nslookup server",
                                    "nslookup nowhere.example"};
  const std::string out = co_await run_lines(std::move(lines));
  println("====\n" + out);
}

Task<> first_process() {
  programs::provide_images();
  const Pulled pulled = co_await this_runtime().pull("orrery/busybox:1");
  ContainerConfig config;
  config.image = pulled.image;
  config.args = {"sh", "-c", "while true; do echo tick; sleep 1; done"};
  const Runtime::Created made = this_runtime().create(std::move(config));
  const engine::Ref<Container> one = made.container;
  static_cast<void>(this_runtime().start(*one));
  co_await sleep_for(2500 * kMillisecond);
  const std::vector<std::string> command = {"sleep", "1000"};
  const Container::Executed beside = one->execute(command);
  const Instant begin = now();
  co_await this_runtime().stop(one, 3 * kSecond);
  const bool ended = co_await wait_for_end(beside.execution);
  println("====");
  println("stopped after", since(begin), "with", one->exit_code(), "lines", one->log().size());
  println("beside", ended, beside.execution->exit_code());
}

}  // namespace

TEST_CASE("A shell in a container splits words, keeps quotes, and joins commands by their status") {
  CHECK(last(words_and_status) ==
        "hello deep blue\ndeep blue $COLOR a  b\n"
        "5 50\n[]\na:deep blue\n"
        "or\nand\n1\n"
        "file\n"
        "1\nboth\n"
        "sh: nosuch: not found\n127\n"
        "(3)\n"
        "ab\tc\nx=7\ny=8\n"
        "turn\n"
        "name one 2\n"
        "sh: syntax error: unexpected \"|\"\n(2)\n"
        "/etc\nsh: cd: can't cd to /nope: No such file or directory\n2\n"
        "1\n[]\n"
        "kill: can't kill pid 77: No such process\nbox\nuid=0(root) gid=0(root) groups=0(root)\n"
        "one\ntwo three\none\n2\n        2         3        14\n\n");
}

TEST_CASE("The tools see the container's files and its volumes, and complain as busybox does") {
  CHECK(last(files) ==
        "one\ntwo\n"
        "b\nx\n"
        "total 8\n"
        "drwxr-xr-x    2 root     root          4096 Jan  1 00:00 b\n"
        "-rw-r--r--    1 root     root             8 Jan  1 00:00 x\n"
        "lrwxrwxrwx    1 root     root            12 Jan  1 00:00 /bin/sh -> /bin/busybox\n"
        "cat: can't open '/nope': No such file or directory\n1\n"
        "/srv/a/b:\nx\n\n/data:\ny\n"
        "rm: '/srv/a' is a directory\nrm: can't remove '/gone': No such file or directory\n"
        "sh: can't create /no/dir: nonexistent directory\n"
        "mkdir: can't create directory '/etc': File exists\n(1)\n"
        "2\n3\n3\n1\n23 /srv/n\n"
        "0\nbig\n[: x: bad number\n2\n"
        "x\n"
        "Thu Jan  1 00:00:00 UTC 2026\n2026-01-01_00:00:00\n1767225602\n\n");
}

TEST_CASE("The tools see the container's processes and environment") {
  const std::string out = last(processes);
  CHECK(
      out.starts_with("PID   USER     TIME  COMMAND\n"
                      "    1 root      0:00 sleep 1000\n"
                      "    2 root      0:00 sh -c ps\n"
                      "COLOR=deep blue\nHOME=/root\nHOSTNAME=box\nPATH="));
  CHECK(out.find("stress: info: [5] dispatching hogs: 0 cpu, 0 io, 1 vm, 0 hdd\n"
                 "stress: info: [5] successful run completed in 2s\n") != std::string::npos);
  CHECK(out.ends_with("(runs)\n\n"));
}

TEST_CASE("wget and nslookup use the container's network") {
  CHECK(last(network) ==
        "page /a\n"
        "wget: server returned error: HTTP/1.1 404 Not Found\n(1)\n"
        "Connecting to box-1:8080 (10.0.0.1:8080)\nsaving to 'f.txt'\n'f.txt' saved\npage /f.txt\n"
        "wget: can't connect to remote host (10.0.0.1): Connection refused\n(1)\n"
        "wget: bad address 'nowhere.example'\n(1)\n"
        "Name:\tserver\nAddress: 10.0.0.2\n\n"
        "** server can't find nowhere.example: NXDOMAIN\n\n(1)\n\n");
}

TEST_CASE(
    "A shell that is a container's first process does not end by SIGTERM, and takes all with it") {
  CHECK(last(first_process) ==
        "stopped after 3s with 137 lines 6\n"
        "beside true 137\n");
}
