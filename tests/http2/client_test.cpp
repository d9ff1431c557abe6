// What an HTTP/2 client does around its requests: it is the same as for HTTP/1.1.

#include "sim/http2/client.h"

#include <catch_amalgamated.hpp>

#include "engine/task/print.h"
#include "sim/http/mux.h"
#include "sim/http/server.h"
#include "sim/http2/server.h"
#include "tests/support/cluster.h"

using namespace engine;
using namespace sim::http;
using H2Client = sim::http2::Client;

namespace {

Task<> server() {
  const ServeMux mux;
  mux.handle("/hello", [](ResponseWriter w, Request r) -> Task<> {
    static_cast<void>(
        co_await w.write(r.method + " hello " + std::string(r.header.get("Referer"))));
  });
  mux.handle("/echo", [](ResponseWriter w, Request r) -> Task<> {
    const Body::All all = co_await r.body.read_all();
    static_cast<void>(co_await w.write(r.method + " " + all.text));
  });
  mux.handle("/move",
             [](ResponseWriter w, Request r) -> Task<> { co_await redirect(w, r, "/hello", 302); });
  mux.handle("/keep",
             [](ResponseWriter w, Request r) -> Task<> { co_await redirect(w, r, "/echo", 307); });
  mux.handle("/loop",
             [](ResponseWriter w, Request r) -> Task<> { co_await redirect(w, r, "/loop", 302); });
  ServerOptions options;
  options.http2 = sim::http2::serve;
  println(co_await Server(mux, options).listen_and_serve(":80"));
}

Task<> show(RoundTrip got) {
  if (got.error) {
    println(got.error);
    co_return;
  }
  const Body::All all = co_await got.response.body.read_all();
  println(got.response.status, all.text, got.response.url.path);
}

}  // namespace

TEST_CASE("an HTTP/2 client follows redirects on its one connection, and sends bodies again") {
  const auto outcome = support::simulate_cluster(
      {.nodes = {{"server", server},
                 {"client", []() -> Task<> {
                    const H2Client client;
                    co_await show(co_await client.get("http://server/move"));
                    co_await show(co_await client.post("http://server/move", "text/plain", "body"));
                    co_await show(co_await client.post("http://server/keep", "text/plain", "body"));
                    co_await show(co_await client.get("http://server/loop"));
                    println(client.dials());
                  }}}});
  CHECK(outcome.out ==
        "200 GET hello http://server/move /hello\n"
        "200 GET hello http://server/move /hello\n"
        "200 POST body /echo\n"
        "Get \"http://server/loop\": stopped after 10 redirects\n"
        "1\n");
}

TEST_CASE("a server that shuts down lets the streams of its HTTP/2 connections end") {
  const auto outcome = support::simulate_cluster(
      {.nodes = {{"server",
                  []() -> Task<> {
                    const ServeMux mux;
                    mux.handle("/slow", [](ResponseWriter w, Request) -> Task<> {
                      co_await sleep_for(2 * kSecond);
                      static_cast<void>(co_await w.write("slow"));
                    });
                    ServerOptions options;
                    options.http2 = sim::http2::serve;
                    const Server server(mux, options);
                    go([](Server own) -> Task<> { println(co_await own.listen_and_serve(":80")); },
                       server);
                    co_await sleep_for(kSecond);
                    println(co_await server.shutdown(background()),
                            now().ns / kMillisecond.ns > 2000);
                  }},
                 {"client", []() -> Task<> {
                    const H2Client client;
                    co_await show(co_await client.get("http://server/slow"));
                    co_await show(co_await client.get("http://server/slow"));
                  }}}});
  CHECK(outcome.out ==
        "http: Server closed\n"
        "200 slow /slow\n"
        "Get \"http://server/slow\": dial tcp 10.0.0.1:80: connect: connection refused\n"
        "<nil> true\n");
}
