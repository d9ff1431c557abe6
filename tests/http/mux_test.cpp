// Which handler answers: Go's patterns.

#include "sim/http/mux.h"

#include <catch_amalgamated.hpp>

#include "engine/task/print.h"
#include "sim/http/client.h"
#include "sim/http/server.h"
#include "tests/support/cluster.h"

using namespace engine;
using namespace sim::http;

namespace {

// A mux whose handlers say which pattern they are of, and what its wildcards matched.
void say(const ServeMux& mux, std::string_view pattern) {
  mux.handle(pattern, [](ResponseWriter w, Request r) -> Task<> {
    std::string text = r.pattern;
    for (const auto& [name, value] : r.path_values) text += " " + name + "=" + value;
    static_cast<void>(co_await w.write(text));
  });
}

Task<> ask(ServeMux mux, std::string method, std::string target) {
  go(
      [](ServeMux served) -> Task<> {
        static_cast<void>(co_await listen_and_serve("localhost:80", served));
      },
      mux);
  co_await sleep_for(kSecond);
  NewRequest made = new_request(method, "http://localhost" + target);
  // Not followed, so that redirects can be seen.
  const RoundTrip got = co_await Client().round_trip(made.request);
  const Body::All all = co_await got.response.body.read_all();
  std::string line = std::to_string(got.response.status);
  for (const char* name : {"Location", "Allow"}) {
    if (got.response.header.has(name)) line += " " + std::string(got.response.header.get(name));
  }
  if (got.response.status == 200) line += " " + all.text;
  print(line + "\n");
}

std::string answers(std::initializer_list<std::string_view> requests) {
  std::string all;
  for (const std::string_view request : requests) {
    support::ClusterOptions options{{{"local", nullptr}}};
    const size_t space = request.find(' ');
    const std::string method(request.substr(0, space));
    const std::string target(request.substr(space + 1));
    const auto run = std::make_unique<engine::Run>(engine::RunOptions{}, [&] {
      auto& cluster = *new sim::net::Cluster;
      sim::node::Machine::Options machine;
      machine.name = "local";
      sim::node::Machine& local = cluster.add_machine(machine);
      sim::node::Unit unit;
      unit.name = "test";
      unit.args = {method, target};
      unit.main = []() -> Task<> {
        const ServeMux mux;
        for (const char* pattern : {"/", "/exact", "/tree/", "GET /methods", "POST /methods",
                                    "/users/{id}", "/users/{id}/posts/{post}", "/files/{path...}",
                                    "/end/{$}", "/users/me", "other.host/"}) {
          say(mux, pattern);
        }
        const auto& args = current_process().args();
        co_await ask(mux, args[0], args[1]);
        co_await os_exit(0);
      };
      local.add_unit(std::move(unit));
      cluster.boot();
    });
    run->run();
    all += support::printed(run->world(), engine::Stream::kStdout);
    all += support::printed(run->world(), engine::Stream::kStderr);
  }
  return all;
}

}  // namespace

TEST_CASE("the most specific pattern answers") {
  CHECK(answers({"GET /", "GET /nothing/here", "GET /exact", "GET /tree/below/it"}) ==
        "200 /\n200 /\n200 /exact\n200 /tree/\n");
  CHECK(answers({"GET /users/7", "GET /users/me", "GET /users/7/posts/9", "GET /users/a%20b"}) ==
        "200 /users/{id} id=7\n200 /users/me\n200 /users/{id}/posts/{post} id=7 post=9\n"
        "200 /users/{id} id=a b\n");
  CHECK(answers({"GET /files/a/b/c", "GET /files/", "GET /end/", "GET /end/x"}) ==
        "200 /files/{path...} path=a/b/c\n200 /files/{path...} path=\n200 /end/{$}\n200 /\n");
}

TEST_CASE("a method that no pattern has falls to a more general pattern, or is not allowed") {
  CHECK(answers({"GET /methods", "HEAD /methods", "POST /methods", "DELETE /methods"}) ==
        "200 GET /methods\n200 \n200 POST /methods\n200 /\n");
}

TEST_CASE("a tree without its slash and a path that is not clean are redirected") {
  CHECK(answers({"GET /tree", "GET /a//b/../c?x=1", "GET /tree?q"}) ==
        "307 /tree/\n307 /a/c?x=1\n307 /tree/?q\n");
}

TEST_CASE("patterns that conflict, or are none, panic as in Go") {
  const auto outcome = [](std::vector<std::string> patterns) {
    static std::vector<std::string> given;
    given = std::move(patterns);
    return support::simulate([]() -> Task<> {
             const ServeMux mux;
             for (const std::string& pattern : given) say(mux, pattern);
             co_return;
           })
        .err;
  };
  CHECK_THAT(outcome({"/a/{x}", "/{y}/b"}),
             Catch::Matchers::ContainsSubstring("conflicts with pattern \"/a/{x}\""));
  CHECK_THAT(outcome({"/a", "/a"}), Catch::Matchers::ContainsSubstring("conflicts"));
  CHECK_THAT(outcome({"nohost"}), Catch::Matchers::ContainsSubstring("host/path missing /"));
  CHECK_THAT(outcome({"/{a}/{a}"}), Catch::Matchers::ContainsSubstring("duplicate wildcard"));
  CHECK_THAT(outcome({"/{a...}/b"}), Catch::Matchers::ContainsSubstring("not at end"));
  // One has the narrower method, the other the narrower path.
  CHECK_THAT(outcome({"GET /a/{x}", "/a/b"}),
             Catch::Matchers::ContainsSubstring("conflicts with pattern \"GET /a/{x}\""));
  CHECK(outcome({"GET /a", "POST /a", "/a", "GET /a/{x}", "GET /a/b"}).empty());
}
