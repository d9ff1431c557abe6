// tests/node/unit_test.cpp: programs that a machine starts again, and those that are typed at its
// console.

#include <catch_amalgamated.hpp>

#include "engine/task/print.h"
#include "sim/net/words.h"
#include "tests/support/cluster.h"

using namespace engine;

namespace {

Task<> lives_a_second() {
  println("begins at", since(Instant{}));
  co_await sleep_for(kSecond);
}

Task<> says_what_it_got() {
  const Process& process = current_process();
  println(process.name(), process.args().size());
  for (const std::string& arg : process.args()) println("[" + arg + "]");
  println("input", process.env("STDIN", "none"));
  co_return;
}

Task<> (*find(std::string_view name))() {
  return name == "say" ? says_what_it_got : nullptr;
}

std::string run_for(Duration length, support::ClusterOptions options) {
  options.run.until = Instant{} + length;
  return support::simulate_cluster(options).out;
}

}  // namespace

TEST_CASE("a unit that is to be restarted begins again so long after its end") {
  support::ClusterOptions options;
  options.nodes = {{"n", lives_a_second, {}, 10 * kSecond}};
  CHECK(run_for(30 * kSecond, options) == "begins at 0s\nbegins at 11s\nbegins at 22s\n");
}

TEST_CASE("a killed unit is restarted too, and one of a crashed machine only when it boots") {
  support::ClusterOptions options;
  options.nodes = {{"n", lives_a_second, {}, 10 * kSecond}};
  options.plan = {{Instant{500'000'000}, "kill n n"}};
  CHECK(run_for(11 * kSecond, options) == "begins at 0s\nbegins at 10.5s\n");
  options.plan = {{Instant{2'000'000'000}, "crash n"}, {Instant{30'000'000'000}, "restart n"}};
  CHECK(run_for(40 * kSecond, options) == "begins at 0s\nbegins at 30s\n");
}

TEST_CASE("run starts a program with its words, and with what follows as its input") {
  support::ClusterOptions options;
  options.nodes = {{"n", nullptr}};
  options.find_program = find;
  options.plan = {{Instant{1}, "run n say a 'b c' \"d \\\"e\" f\\ g ''"},
                  {Instant{2}, "run n say\none\ntwo"},
                  {Instant{3}, "run n nothing"},
                  {Instant{4}, "run m say"}};
  CHECK(run_for(kSecond, options) ==
        "say 5\n[a]\n[b c]\n[d \"e]\n[f g]\n[]\ninput none\nsay 0\ninput one\ntwo\n");
}

TEST_CASE("a command line must have words and close its quotes") {
  CHECK(sim::net::split_words("  a\tb  ") == std::vector<std::string>{"a", "b"});
  CHECK(sim::net::split_words("'a\\n'\"\\x\"") == std::vector<std::string>{"a\\n\\x"});
  CHECK(sim::net::split_words("") == std::vector<std::string>{});
  CHECK(sim::net::split_words("'a") == std::nullopt);
  std::string expected;
  CHECK(sim::net::Cluster::understands("run n say x y z", expected));
  CHECK_FALSE(sim::net::Cluster::understands("run n", expected));
  CHECK_FALSE(sim::net::Cluster::understands("run n  ", expected));
  CHECK_FALSE(sim::net::Cluster::understands("run n 'x", expected));
  CHECK(expected.find("`run NODE PROGRAM ARGUMENT...`") != std::string::npos);
}
