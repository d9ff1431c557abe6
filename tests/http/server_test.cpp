// An HTTP server and its clients, to the byte.

#include "sim/http/server.h"

#include <catch_amalgamated.hpp>

#include "engine/task/print.h"
#include "sim/http/client.h"
#include "sim/http/mux.h"
#include "tests/support/cluster.h"

using namespace engine;
using namespace sim::http;
using sim::net::Conn;
using sim::net::ReadResult;

namespace {

ServeMux test_mux() {
  const ServeMux mux;
  mux.handle("/hello", [](ResponseWriter w, Request) -> Task<> {
    static_cast<void>(co_await w.write("hello"));
  });
  mux.handle("/empty", [](ResponseWriter, Request) -> Task<> { co_return; });
  mux.handle("/large", [](ResponseWriter w, Request) -> Task<> {
    for (int i = 0; i < 5; ++i) static_cast<void>(co_await w.write(std::string(1000, "abcde"[i])));
  });
  mux.handle("/echo", [](ResponseWriter w, Request r) -> Task<> {
    const Body::All all = co_await r.body.read_all();
    w.header().set("X-Length", std::to_string(r.content_length));
    static_cast<void>(co_await w.write(r.method + " " + all.text));
  });
  mux.handle("/ignore", [](ResponseWriter w, Request) -> Task<> {
    static_cast<void>(co_await w.write("ignored"));
  });
  mux.handle("/nothing", [](ResponseWriter w, Request) -> Task<> {
    w.write_header(204);
    co_return;
  });
  mux.handle("/panic", [](ResponseWriter, Request) -> Task<> { co_await panic("oh"); });
  mux.handle("/slow", [](ResponseWriter w, Request r) -> Task<> {
    const Context context = r.context();
    co_await sleep_for(5 * kSecond);
    println("slow:", context.err());
    static_cast<void>(co_await w.write("slow"));
  });
  mux.handle("/flush", [](ResponseWriter w, Request) -> Task<> {
    static_cast<void>(co_await w.write("one"));
    static_cast<void>(co_await w.flush());
    static_cast<void>(co_await w.write("two"));
  });
  mux.handle("/move",
             [](ResponseWriter w, Request r) -> Task<> { co_await redirect(w, r, "/hello", 302); });
  mux.handle("/keep",
             [](ResponseWriter w, Request r) -> Task<> { co_await redirect(w, r, "/echo", 307); });
  mux.handle("/loop",
             [](ResponseWriter w, Request r) -> Task<> { co_await redirect(w, r, "/loop", 302); });
  return mux;
}

Task<> server() {
  ServerOptions options;
  options.idle_timeout = 60 * kSecond;
  println(co_await Server(test_mux(), options).listen_and_serve(":80"));
}

// Sends the bytes of the first argument, and prints all that comes until the connection ends or has
// been silent for long.
Task<> raw_client() {
  sim::net::DialResult dialed = co_await sim::net::dial("server:80");
  static_cast<void>(co_await dialed.conn.write(current_process().args()[0]));
  std::string all;
  while (true) {
    dialed.conn.set_read_deadline(now() + 20 * kSecond);
    const ReadResult got = co_await dialed.conn.read();
    if (got.error) {
      all += sim::net::is_timeout(got.error) ? "(open)" : "(closed)";
      break;
    }
    all += got.bytes.view();
  }
  print(all);
}

std::string exchange(const std::string& bytes) {
  const auto run = std::make_unique<Run>(RunOptions{}, [&] {
    auto& cluster = *new sim::net::Cluster;
    for (const bool is_server : {true, false}) {
      sim::node::Machine::Options machine;
      machine.name = is_server ? "server" : "client";
      sim::node::Unit unit;
      unit.name = machine.name;
      unit.main = is_server ? server : raw_client;
      unit.args = {bytes};
      cluster.add_machine(machine).add_unit(std::move(unit));
    }
    cluster.boot();
  });
  run->run();
  return support::printed(run->world(), Stream::kStdout) +
         support::printed(run->world(), Stream::kStderr);
}

const std::string kDate = "Date: Thu, 01 Jan 2026 00:00:00 GMT\r\n";

support::ClusterOutcome run_client(support::Program client,
                                   std::vector<std::pair<Instant, std::string>> plan = {}) {
  return support::simulate_cluster(
      {.nodes = {{"server", server}, {"client", client}}, .plan = std::move(plan)});
}

Task<> show(RoundTrip got) {
  if (got.error) {
    println(got.error);
    co_return;
  }
  const Body::All all = co_await got.response.body.read_all();
  println(got.response.status, all.text, all.error ? all.error.message() : "");
}

}  // namespace

TEST_CASE("responses have the bytes of Go's server") {
  CHECK(exchange("GET /hello HTTP/1.1\r\nHost: x\r\n\r\n") ==
        "HTTP/1.1 200 OK\r\n" + kDate +
            "Content-Length: 5\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nhello(open)");
  CHECK(exchange("GET /empty HTTP/1.1\r\nHost: x\r\n\r\n") ==
        "HTTP/1.1 200 OK\r\n" + kDate + "Content-Length: 0\r\n\r\n(open)");
  CHECK(exchange("HEAD /hello HTTP/1.1\r\nHost: x\r\n\r\n") ==
        "HTTP/1.1 200 OK\r\n" + kDate +
            "Content-Length: 5\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n(open)");
  CHECK(exchange("GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n") ==
        "HTTP/1.1 204 No Content\r\n" + kDate + "\r\n(open)");
  CHECK(exchange("GET /none HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n") ==
        "HTTP/1.1 404 Not Found\r\nContent-Type: text/plain; charset=utf-8\r\n"
        "X-Content-Type-Options: nosniff\r\n" +
            kDate + "Content-Length: 19\r\nConnection: close\r\n\r\n404 page not found\n(closed)");
  CHECK(exchange("GET /move HTTP/1.1\r\nHost: x\r\n\r\n") ==
        "HTTP/1.1 302 Found\r\nContent-Type: text/html; charset=utf-8\r\nLocation: /hello\r\n" +
            kDate + "Content-Length: 29\r\n\r\n<a href=\"/hello\">Found</a>.\n\n(open)");
}

TEST_CASE("a response that outgrows the buffer, or is flushed, goes in chunks") {
  const std::string large = exchange("GET /large HTTP/1.1\r\nHost: x\r\n\r\n");
  CHECK(large.starts_with("HTTP/1.1 200 OK\r\n" + kDate +
                          "Content-Type: text/plain; charset=utf-8\r\n"
                          "Transfer-Encoding: chunked\r\n\r\nbb8\r\naaa"));
  CHECK(large.ends_with("eee\r\n0\r\n\r\n(open)"));
  CHECK(exchange("GET /flush HTTP/1.1\r\nHost: x\r\n\r\n")
            .ends_with("chunked\r\n\r\n3\r\none\r\n3\r\ntwo\r\n0\r\n\r\n(open)"));
}

TEST_CASE("HTTP/1.0 closes unless it is asked to keep the connection") {
  CHECK(exchange("GET /hello HTTP/1.0\r\n\r\n") ==
        "HTTP/1.0 200 OK\r\n" + kDate +
            "Content-Length: 5\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nhello(closed)");
  CHECK(exchange("GET /hello HTTP/1.0\r\nConnection: keep-alive\r\n\r\n") ==
        "HTTP/1.0 200 OK\r\n" + kDate +
            "Content-Length: 5\r\nContent-Type: text/plain; charset=utf-8\r\n"
            "Connection: keep-alive\r\n\r\nhello(open)");
}

TEST_CASE("pipelined requests are answered in order") {
  const std::string both = exchange(
      "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc"
      "GET /hello HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  CHECK(both.find("POST abcHTTP/1.1 200 OK") != std::string::npos);
  CHECK(both.ends_with("hello(closed)"));
}

TEST_CASE("an unread body is read by the server, unless it is long") {
  CHECK(exchange("POST /ignore HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc"
                 "GET /hello HTTP/1.1\r\nHost: x\r\n\r\n")
            .ends_with("hello(open)"));
  CHECK(exchange("POST /ignore HTTP/1.1\r\nHost: x\r\nContent-Length: 300000\r\n\r\nabc")
            .ends_with("Connection: close\r\n\r\nignored(closed)"));
}

TEST_CASE("an expectation of 100 is answered when the handler reads") {
  CHECK(exchange("POST /echo HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n"
                 "Content-Length: 3\r\n\r\nabc")
            .starts_with("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n"));
  CHECK(exchange("POST /ignore HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n"
                 "Content-Length: 3\r\n\r\n")
            .ends_with("Connection: close\r\n\r\nignored(closed)"));
  CHECK(exchange("GET /hello HTTP/1.1\r\nHost: x\r\nExpect: magic\r\n\r\n")
            .starts_with("HTTP/1.1 417 Expectation Failed\r\nConnection: close\r\n"));
}

TEST_CASE("messages that two readers may take differently are refused with their status") {
  const auto status = [](const std::string& bytes) { return exchange(bytes).substr(9, 3); };
  CHECK(status("GET / HTTP/1.1\r\n\r\n") == "400");
  CHECK(status("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n") == "400");
  CHECK(status("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n"
               "\r\n0\r\n\r\n") == "400");
  CHECK(status("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n") == "501");
  CHECK(status("GET / HTTP/2.0\r\nHost: a\r\n\r\n") == "505");
  CHECK(status("GET / HTTP/1.1\r\nHost : a\r\n\r\n") == "400");
  CHECK(status("GET / HTTP/1.1\r\nHost: a\r\nX: " + std::string(2 << 20, 'x') + "\r\n\r\n") ==
        "431");
  CHECK(exchange("GET / HTTP/1.1\r\n\r\n")
            .starts_with("HTTP/1.1 400 Bad Request: missing required Host header\r\n"
                         "Content-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n"
                         "400 Bad Request: missing required Host header"));
  // Other reasons Go keeps to itself.
  CHECK(exchange("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n")
            .starts_with("HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\n"
                         "Connection: close\r\n\r\n400 Bad Request"));
}

TEST_CASE("a request that asks for the server's own options is answered without the handler") {
  CHECK(exchange("OPTIONS * HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            .find("HTTP/1.1 200 OK\r\n") != std::string::npos);
}

TEST_CASE("a handler's panic ends its connection only") {
  const std::string out = exchange("GET /panic HTTP/1.1\r\nHost: x\r\n\r\n");
  CHECK(out.starts_with("(closed)http: panic serving 10.0.0.2:"));
  CHECK(out.ends_with(": oh\n"));
}

TEST_CASE("a client keeps its connection, follows redirects and sends bodies again") {
  const auto outcome = run_client([]() -> Task<> {
    const Client client;
    co_await show(co_await client.get("http://server/hello"));
    co_await show(co_await client.get("http://server/move"));
    co_await show(co_await client.post("http://server/keep", "text/plain", "body"));
    co_await show(co_await client.get("http://server/large"));
    co_await show(co_await client.get("http://server/loop"));
    println(client.dials());
  });
  CHECK(outcome.out == "200 hello \n200 hello \n200 POST body \n200 " + std::string(1000, 'a') +
                           std::string(1000, 'b') + std::string(1000, 'c') +
                           std::string(1000, 'd') + std::string(1000, 'e') +
                           " \nGet \"http://server/loop\": stopped after 10 redirects\n1\n");
}

TEST_CASE("a client's errors have Go's texts") {
  const auto outcome = run_client([]() -> Task<> {
    ClientOptions options;
    options.timeout = 2 * kSecond;
    const Client client(options);
    co_await show(co_await client.get("http://server:81/"));
    co_await show(co_await client.get("http://nowhere/"));
    co_await show(co_await client.get("ftp://server/"));
    co_await show(co_await client.get("http://server/slow"));
    Request cancelled = new_request("GET", "http://server/slow").request;
    const Cancelable limited = with_timeout(background(), kSecond);
    cancelled.context = [context = limited.context] { return context; };
    co_await show(co_await client.send(cancelled));
    co_await sleep_for(10 * kSecond);
  });
  CHECK(outcome.out ==
        "Get \"http://server:81/\": dial tcp 10.0.0.1:81: connect: connection refused\n"
        "Get \"http://nowhere/\": dial tcp: lookup nowhere: no such host\n"
        "Get \"ftp://server/\": unsupported protocol scheme \"ftp\"\n"
        "Get \"http://server/slow\": context deadline exceeded (Client.Timeout exceeded while "
        "awaiting headers)\n"
        "Get \"http://server/slow\": context deadline exceeded\n"
        "slow: context canceled\nslow: context canceled\n");
}

TEST_CASE("a kept connection that the server has lost is replaced by a new one") {
  const auto outcome = run_client(
      []() -> Task<> {
        const Client client;
        co_await show(co_await client.get("http://server/hello"));
        co_await sleep_for(10 * kSecond);
        co_await show(co_await client.get("http://server/hello"));
        println(client.dials());
      },
      {{Instant{0} + 2 * kSecond, "crash server"}, {Instant{0} + 3 * kSecond, "restart server"}});
  CHECK(outcome.out == "200 hello \n200 hello \n2\n");
}

TEST_CASE("a server that dies while it answers is an error of the client, at any moment") {
  for (int64_t at_us = 0; at_us < 9'000; at_us += 250) {
    CAPTURE(at_us);
    const auto outcome = run_client(
        []() -> Task<> {
          ClientOptions options;
          options.timeout = 3 * kSecond;
          const RoundTrip got = co_await Client(options).get("http://server/large");
          const Body::All all = co_await got.response.body.read_all();
          println(got.error || all.error ? "failed" : "whole");
        },
        {{Instant{at_us * 1000}, at_us % 500 == 0 ? "crash server" : "kill server server"}});
    CHECK(outcome.out == (at_us <= 3'000 ? "failed\n" : "whole\n"));
    CHECK(outcome.failures.empty());
  }
}

TEST_CASE("shutting down waits for what runs and closes what is idle") {
  const auto outcome =
      support::simulate_cluster({{{"server",
                                   []() -> Task<> {
                                     const Server http(test_mux());
                                     go([http]() -> Task<> {
                                       co_await sleep_for(2 * kSecond);
                                       println("shutdown:", co_await http.shutdown(background()),
                                               since(Instant{}).ns / kSecond.ns);
                                     });
                                     println(co_await http.listen_and_serve(":80"));
                                     co_await sleep_for(10 * kSecond);
                                   }},
                                  {"client", []() -> Task<> {
                                     const Client idle;
                                     co_await show(co_await idle.get("http://server/hello"));
                                     co_await show(co_await Client().get("http://server/slow"));
                                     co_await show(co_await idle.get("http://server/hello"));
                                   }}}});
  CHECK(outcome.out ==
        "200 hello \nhttp: Server closed\nslow: <nil>\n200 slow \n"
        "Get \"http://server/hello\": dial tcp 10.0.0.1:80: connect: connection refused\n"
        "shutdown: <nil> 5\n");
}
