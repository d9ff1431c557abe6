// HTTP handlers and an HTTP client over HTTP/2: the server of sim/http2/server.h and the client of
// sim/http2/client.h, on a network.

#include <catch_amalgamated.hpp>

#include "engine/sync/wait_group.h"
#include "engine/task/print.h"
#include "sim/http/mux.h"
#include "sim/http/server.h"
#include "sim/http2/client.h"
#include "sim/http2/server.h"
#include "tests/http2/raw_peer.h"
#include "tests/support/cluster.h"

using namespace engine;
using namespace sim::http;
using H2Client = sim::http2::Client;
using sim::http2::Endpoint;
using sim::http2::ErrorCode;
using sim::http2::Exchange;

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
  mux.handle("/huge", [](ResponseWriter w, Request) -> Task<> {
    int64_t written = 0;
    while (!co_await w.write(std::string(16 << 10, 'x')) && written < (6 << 20))
      written += 16 << 10;
    println("huge ends");
  });
  mux.handle("/echo", [](ResponseWriter w, Request r) -> Task<> {
    const Body::All all = co_await r.body.read_all();
    w.header().set("X-Length", std::to_string(r.content_length));
    static_cast<void>(co_await w.write(r.method + " " + all.text));
  });
  mux.handle("/stream", [](ResponseWriter w, Request r) -> Task<> {
    static_cast<void>(co_await w.flush());
    while (true) {
      const sim::net::ReadResult piece = co_await r.body.read();
      if (piece.error) break;
      static_cast<void>(co_await w.write("<" + std::string(piece.bytes.view()) + ">"));
      static_cast<void>(co_await w.flush());
    }
  });
  mux.handle("/ignore", [](ResponseWriter w, Request) -> Task<> {
    static_cast<void>(co_await w.write("ignored"));
  });
  mux.handle("/refuse", [](ResponseWriter w, Request r) -> Task<> {
    co_await answer_error(w, "no " + r.url.path, 403);
  });
  mux.handle("/nothing", [](ResponseWriter w, Request) -> Task<> {
    w.write_header(204);
    println(co_await w.write("x"));
  });
  mux.handle("/declared", [](ResponseWriter w, Request) -> Task<> {
    w.header().set("Content-Length", "3");
    println(co_await w.write("abc"), co_await w.write("d"));
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
    co_await sleep_for(kSecond);
    static_cast<void>(co_await w.write("two"));
  });
  mux.handle("/hints", [](ResponseWriter w, Request) -> Task<> {
    w.header().set("Link", "</style>");
    w.write_header(103);
    static_cast<void>(co_await w.write("hints"));
  });
  mux.handle("/bye", [](ResponseWriter w, Request) -> Task<> {
    w.header().set("Connection", "close");
    static_cast<void>(co_await w.write("bye"));
  });
  mux.handle("/seen", [](ResponseWriter w, Request r) -> Task<> {
    std::string out = r.method + " " + r.url.path + "?" + r.url.query + " " + r.host + " " +
                      std::to_string(r.major) + "." + std::to_string(r.minor) + " " +
                      std::to_string(r.content_length) + (r.body.is_none() ? " none" : " body");
    for (const Field& field : r.header) out += "\n" + field.name + ": " + field.value;
    static_cast<void>(co_await w.write(out));
  });
  return mux;
}

Task<> server() {
  ServerOptions options;
  options.http2 = sim::http2::serve;
  println(co_await Server(test_mux(), options).listen_and_serve(":80"));
}

support::ClusterOutcome run_client(support::Program client,
                                   std::vector<std::pair<Instant, std::string>> plan = {}) {
  return support::simulate_cluster(
      {.nodes = {{"server", server}, {"client", client}}, .plan = std::move(plan)});
}

// A server that hands each exchange to `accept`.
template <class F>
Task<> raw_server(F accept, sim::http2::ConnectionOptions options = sim::http2::server_options()) {
  const sim::net::ListenResult listening = sim::net::listen(":80");
  while (true) {
    const sim::net::AcceptResult accepted = co_await listening.listener.accept();
    if (accepted.error) co_return;
    const Ref<Endpoint> endpoint(new Endpoint(accepted.conn, options, accept));
    go([](Ref<Endpoint> at) -> Task<> { co_await at->run(); }, endpoint);
  }
}

void answer(Exchange& exchange, std::string_view body) {
  const sim::http2::HeaderFieldView status[] = {{":status", "200"}};
  exchange.send_headers(status, false);
  exchange.send_data(body, true);
}

Task<> show(RoundTrip got) {
  if (got.error) {
    println(got.error);
    co_return;
  }
  const Body::All all = co_await got.response.body.read_all();
  println(got.response.status, all.text, all.error ? all.error.message() : "");
}

Task<> show_header(RoundTrip got) {
  for (const Field& field : got.response.header) println(field.name + ": " + field.value);
  println(got.response.content_length, got.response.reason, got.response.minor);
  co_await show(std::move(got));
}

int64_t now_ms() {
  return now().ns / kMillisecond.ns;
}

const std::string kDate = "Date: Thu, 01 Jan 2026 00:00:00 GMT\n";

}  // namespace

TEST_CASE("a handler sees over HTTP/2 what it sees over HTTP/1.1") {
  const auto outcome = run_client([]() -> Task<> {
    const H2Client client;
    co_await show(co_await client.get("http://server/seen?a=1"));
    Request request = new_request("POST", "http://server/seen", "body").request;
    request.header.set("X-One", "1");
    request.header.set("Connection", "keep-alive");
    request.header.set("User-Agent", "me");
    co_await show(co_await client.send(request));
    Request unknown = new_request("PUT", "http://server/seen").request;
    unknown.body = Body::of("abc");
    co_await show(co_await client.send(unknown));
    println(client.dials());
  });
  CHECK(outcome.out ==
        "200 GET /seen?a=1 server 2.0 0 none\nAccept-Encoding: gzip\n"
        "User-Agent: Go-http-client/2.0 \n"
        "200 POST /seen? server 2.0 4 body\nX-One: 1\nContent-Length: 4\nAccept-Encoding: gzip\n"
        "User-Agent: me \n"
        "200 PUT /seen? server 2.0 -1 body\nAccept-Encoding: gzip\n"
        "User-Agent: Go-http-client/2.0 \n1\n");
}

TEST_CASE("responses over HTTP/2 have the fields of Go's server") {
  const auto outcome = run_client([]() -> Task<> {
    const H2Client client;
    for (const char* path : {"hello", "empty", "nothing", "large", "hints", "declared", "none"}) {
      co_await show_header(co_await client.get(std::string("http://server/") + path));
    }
    co_await show_header(co_await client.head("http://server/hello"));
    co_await show_header(co_await client.head("http://server/large"));
    println(client.dials());
  });
  const std::string text = "Content-Type: text/plain; charset=utf-8\n";
  std::string large;
  for (const char c : std::string_view("abcde")) large += std::string(1000, c);
  CHECK(outcome.out ==
        text + "Content-Length: 5\n" + kDate + "5 OK 0\n200 hello \n" + "Content-Length: 0\n" +
            kDate + "0 OK 0\n200  \n" +
            "http: request method or response status code does not allow body\n" + kDate +
            "0 No Content 0\n204  \n" + text + kDate + "-1 OK 0\n200 " + large + " \n" +
            "Link: </style>\n" + text + "Content-Length: 5\n" + kDate + "5 OK 0\n200 hints \n" +
            "<nil> http: wrote more than the declared Content-Length\n" + "Content-Length: 3\n" +
            text + kDate + "3 OK 0\n200 abc \n" + text +
            "X-Content-Type-Options: nosniff\nContent-Length: 19\n" + kDate +
            "19 Not Found 0\n404 404 page not found\n \n" + text + "Content-Length: 5\n" + kDate +
            "5 OK 0\n200  \n" + text + kDate + "-1 OK 0\n200  \n1\n");
}

TEST_CASE("a flushed part of a response arrives before the rest is written") {
  const auto outcome = run_client([]() -> Task<> {
    const RoundTrip got = co_await H2Client().get("http://server/flush");
    while (true) {
      const sim::net::ReadResult piece = co_await got.response.body.read();
      println(now_ms(), piece.bytes.view(), piece.error);
      if (piece.error) break;
    }
  });
  CHECK(outcome.out == "4 one <nil>\n1004 two <nil>\n1004  EOF\n");
}

TEST_CASE("bodies of requests: of known and unknown length, unread, and longer than the window") {
  const auto outcome = run_client([]() -> Task<> {
    const H2Client client;
    co_await show_header(co_await client.post("http://server/echo", "text/plain", "abc"));
    const std::string long_text(3 << 20, 'z');
    const RoundTrip big = co_await client.post("http://server/echo", "text/plain", long_text);
    const Body::All all = co_await big.response.body.read_all();
    println(all.text.size(), all.text == "POST " + long_text, all.error);
    co_await show(co_await client.post("http://server/ignore", "text/plain", long_text));
    co_await show(co_await client.post("http://server/refuse", "text/plain", long_text));
    Request wrong = new_request("POST", "http://server/echo", "abcdef").request;
    wrong.content_length = 3;
    co_await show(co_await client.send(wrong));
    co_await show(co_await client.get("http://server/hello"));
    println(client.dials());
  });
  CHECK(outcome.out ==
        "X-Length: 3\nContent-Type: text/plain; charset=utf-8\nContent-Length: 8\n" + kDate +
            "8 OK 0\n200 POST abc \n3145733 true <nil>\n200 ignored \n403 no /refuse\n \n"
            "Post \"http://server/echo\": http2: request body larger than specified content "
            "length\n200 hello \n1\n");
}

TEST_CASE("a response comes while the request is still sent") {
  class Slowly final : public Body::Source {
   public:
    Task<sim::net::ReadResult> read() override {
      const Ref<Slowly> self(this);
      co_await sleep_for(kSecond);
      sim::net::ReadResult result;
      if (++count_ > 3) {
        result.error = sim::net::kEof;
      } else {
        result.bytes = sim::net::Bytes::copy(std::to_string(count_));
      }
      co_return result;
    }
    void close() override { println("closed"); }

   private:
    int count_ = 0;
  };
  const auto outcome = run_client([]() -> Task<> {
    Request request = new_request("POST", "http://server/stream").request;
    request.body = Body(Ref<Body::Source>(new Slowly));
    const RoundTrip got = co_await H2Client().send(request);
    println(now_ms(), got.response.status);
    while (true) {
      const sim::net::ReadResult piece = co_await got.response.body.read();
      println(now_ms(), piece.bytes.view(), piece.error);
      if (piece.error) break;
    }
  });
  CHECK(outcome.out ==
        "4 200\n1004 <1> <nil>\n2004 <2> <nil>\n3004 <3> <nil>\nclosed\n4004  EOF\n");
}

TEST_CASE("requests that start together share one connection and do not wait for each other") {
  const auto outcome = run_client([]() -> Task<> {
    const H2Client client;
    const WaitGroup group;
    for (const char* path : {"slow", "hello", "huge", "flush", "echo", "hello"}) {
      group.go([client, path]() -> Task<> {
        const RoundTrip got = co_await client.get(std::string("http://server/") + path);
        const Body::All all = co_await got.response.body.read_all();
        println(path, all.text.size(), all.error, now_ms() / 1000);
      });
    }
    co_await group.wait();
    println(client.dials());
  });
  CHECK(outcome.out ==
        "hello 5 <nil> 0\necho 4 <nil> 0\nhello 5 <nil> 0\nhuge ends\nhuge 6307840 <nil> 0\n"
        "flush 6 <nil> 1\nslow: <nil>\nslow 4 <nil> 5\n1\n");
}

TEST_CASE("a response that nobody reads does not hold up the others") {
  const auto outcome = run_client([]() -> Task<> {
    const H2Client client;
    RoundTrip unread = co_await client.get("http://server/huge");
    co_await sleep_for(5 * kSecond);
    co_await show(co_await client.get("http://server/hello"));
    println(now_ms());
    const Body::All all = co_await unread.response.body.read_all();
    println(all.text.size(), all.error);
    println(client.dials());
  });
  CHECK(outcome.out == "200 hello \n5006\nhuge ends\n6307840 <nil>\n1\n");
}

TEST_CASE("a body that is closed resets its stream, and the handler learns of it") {
  const auto outcome = run_client([]() -> Task<> {
    const H2Client client;
    const RoundTrip got = co_await client.get("http://server/huge");
    got.response.body.close();
    println((co_await got.response.body.read()).error);
    co_await show(co_await client.get("http://server/hello"));
    println(client.dials());
  });
  CHECK(outcome.out == "http2: response body closed\nhuge ends\n200 hello \n1\n");
}

TEST_CASE("a client's context and timeout reset the stream and end the handler's context") {
  const auto outcome = run_client([]() -> Task<> {
    ClientOptions options;
    options.timeout = 2 * kSecond;
    const H2Client client(options);
    co_await show(co_await client.get("http://server/slow"));
    Request cancelled = new_request("GET", "http://server/slow").request;
    const Cancelable limited = with_timeout(background(), kSecond);
    cancelled.context = [context = limited.context] { return context; };
    co_await show(co_await client.send(cancelled));
    const RoundTrip flushed = co_await client.get("http://server/flush");
    co_await sleep_for(3 * kSecond);
    co_await show(flushed);
    Request over = new_request("GET", "http://server/hello").request;
    over.context = [context = limited.context] { return context; };
    co_await show(co_await client.send(over));
    co_await sleep_for(10 * kSecond);
    co_await show(co_await client.get("http://server/hello"));
    println(client.dials());
  });
  CHECK(outcome.out ==
        "Get \"http://server/slow\": context deadline exceeded (Client.Timeout exceeded while "
        "awaiting headers)\n"
        "Get \"http://server/slow\": context deadline exceeded\n"
        "slow: context canceled\n200 onetwo \n"
        "Get \"http://server/hello\": context deadline exceeded\n"
        "slow: context canceled\n200 hello \n1\n");
}

TEST_CASE("a client's errors over HTTP/2 have Go's texts") {
  const auto outcome = run_client([]() -> Task<> {
    const H2Client client;
    co_await show(co_await client.get("http://server:81/"));
    co_await show(co_await client.get("http://nowhere/"));
    co_await show(co_await client.get("ftp://server/"));
    Request request = new_request("G T", "http://server/").request;
    co_await show(co_await client.send(request));
    request = new_request("GET", "http://server/").request;
    request.header.set("X", "a\nb");
    co_await show(co_await client.send(request));
  });
  CHECK(outcome.out ==
        "Get \"http://server:81/\": dial tcp 10.0.0.1:81: connect: connection refused\n"
        "Get \"http://nowhere/\": dial tcp: lookup nowhere: no such host\n"
        "Get \"ftp://server/\": unsupported protocol scheme \"ftp\"\n"
        "G t \"http://server/\": net/http: invalid method \"G T\"\n"
        "Get \"http://server/\": net/http: invalid header field value for \"X\"\n");
}

TEST_CASE("a handler's panic resets its stream only") {
  const auto outcome = run_client([]() -> Task<> {
    const H2Client client;
    const RoundTrip slow = co_await client.get("http://server/flush");
    co_await show(co_await client.get("http://server/panic"));
    co_await show(slow);
    println(client.dials());
  });
  CHECK(outcome.out ==
        "Get \"http://server/panic\": stream error: INTERNAL_ERROR; received from peer\n"
        "200 onetwo \n1\n");
  CHECK(outcome.err.starts_with("http2: panic serving 10.0.0.2:"));
  CHECK(outcome.err.ends_with(": oh\n"));
  CHECK(outcome.failures.empty());
}

TEST_CASE("a server that dies in an HTTP/2 exchange is an error of the client, at any moment") {
  for (int64_t at_us = 0; at_us < 9'000; at_us += 250) {
    CAPTURE(at_us);
    const auto outcome = run_client(
        []() -> Task<> {
          ClientOptions options;
          options.timeout = 3 * kSecond;
          const H2Client client(options);
          const WaitGroup group;
          for (int i = 0; i < 2; ++i) {
            group.go([client]() -> Task<> {
              const RoundTrip got =
                  co_await client.post("http://server/large", "text/plain", std::string(9000, 'x'));
              const Body::All all = co_await got.response.body.read_all();
              println(got.error || all.error ? "failed" : "whole");
            });
          }
          co_await group.wait();
        },
        {{Instant{at_us * 1000}, at_us % 500 == 0 ? "crash server" : "kill server server"}});
    const std::string each = at_us <= 3'000 ? "failed\n" : "whole\n";
    CHECK(outcome.out == each + each);
    CHECK(outcome.failures.empty());
  }
}

TEST_CASE("a client that dies in an HTTP/2 exchange leaves nothing behind, at any moment") {
  for (int64_t at_us = 0; at_us < 9'000; at_us += 250) {
    CAPTURE(at_us);
    const auto outcome = run_client(
        []() -> Task<> {
          const H2Client client;
          for (const char* path : {"large", "echo", "huge", "panic"}) {
            go([client, path]() -> Task<> {
              co_await show(co_await client.post(std::string("http://server/") + path, "", "abc"));
            });
          }
          co_await sleep_for(kSecond);
        },
        {{Instant{at_us * 1000}, at_us % 500 == 0 ? "crash client" : "kill client client"}});
    CHECK(outcome.failures.empty());
  }
}

TEST_CASE("a lost connection is replaced by a new one") {
  const auto outcome = run_client(
      []() -> Task<> {
        const H2Client client;
        co_await show(co_await client.get("http://server/hello"));
        const RoundTrip cut = co_await client.get("http://server/flush");
        co_await show(cut);
        println(client.dials());
      },
      {{Instant{0} + 500 * kMillisecond, "kill server server"}});
  CHECK(outcome.out == "200 hello \n200 one unexpected EOF\n1\n");
  const auto crashed = run_client(
      []() -> Task<> {
        const H2Client client;
        co_await show(co_await client.get("http://server/hello"));
        co_await sleep_for(10 * kSecond);
        const RoundTrip lost = co_await client.get("http://server/hello");
        println(errors_is(lost.error, sim::net::kConnectionReset));
        co_await show(co_await client.get("http://server/hello"));
        println(client.dials());
      },
      {{Instant{0} + 2 * kSecond, "crash server"}, {Instant{0} + 3 * kSecond, "restart server"}});
  CHECK(crashed.out == "200 hello \ntrue\n200 hello \n2\n");
}

TEST_CASE("a connection that nobody uses is closed after a while") {
  const auto outcome = run_client([]() -> Task<> {
    const H2Client client;
    co_await show(co_await client.get("http://server/hello"));
    co_await sleep_for(89 * kSecond);
    co_await show(co_await client.get("http://server/hello"));
    co_await sleep_for(91 * kSecond);
    co_await show(co_await client.get("http://server/hello"));
    client.close_idle_connections();
    co_await show(co_await client.get("http://server/hello"));
    println(client.dials());
  });
  CHECK(outcome.out == "200 hello \n200 hello \n200 hello \n200 hello \n3\n");
}

TEST_CASE("after a server has said good-bye, requests go over a new connection") {
  const auto outcome = run_client([]() -> Task<> {
    const H2Client client;
    const RoundTrip old = co_await client.get("http://server/flush");
    co_await show(co_await client.get("http://server/bye"));
    co_await sleep_for(10 * kMillisecond);
    co_await show(co_await client.get("http://server/hello"));
    println(client.dials(), now_ms());
    co_await show(old);
  });
  CHECK(outcome.out == "200 bye \n200 hello \n2 20\n200 onetwo \n");
}

TEST_CASE("requests that a GOAWAY refuses are sent again") {
  const auto outcome = support::simulate_cluster(
      {.nodes = {
           {"server",
            [] {
              return raw_server([](Ref<Exchange> exchange) -> Task<> {
                // After the first request of a connection it takes no more.
                exchange->endpoint().goaway(ErrorCode::kNoError, "");
                co_await exchange->wait_data();
                std::string text = "stream " + std::to_string(exchange->stream());
                text += exchange->take_data().view();
                answer(*exchange, text);
              });
            }},
           {"client", []() -> Task<> {
              const H2Client client;
              go([client]() -> Task<> { co_await show(co_await client.get("http://server/")); });
              // The GOAWAY is on its way.
              co_await sleep_for(5 * kMillisecond + kMillisecond / 2);
              co_await show(co_await client.post("http://server/", "", " again"));
              Request once = new_request("POST", "http://server/", "x").request;
              once.get_body = nullptr;
              co_await show(co_await client.get("http://server/"));
              go([client]() -> Task<> { co_await show(co_await client.get("http://server/")); });
              co_await sleep_for(6 * kMillisecond + kMillisecond / 2);
              co_await show(co_await client.send(once));
              println(client.dials());
            }}}});
  CHECK(outcome.out ==
        "200 stream 1 \n200 stream 1 again \n200 stream 1 \n200 stream 1 \n200 stream 1x \n5\n");
}

TEST_CASE("more requests than the server allows at a time wait for each other") {
  const auto outcome = support::simulate_cluster(
      {.nodes = {{"server",
                  [] {
                    sim::http2::ConnectionOptions options = sim::http2::server_options();
                    options.settings.max_concurrent_streams = 2;
                    return raw_server(
                        [](Ref<Exchange> exchange) -> Task<> {
                          co_await sleep_for(kSecond);
                          answer(*exchange, std::to_string(exchange->endpoint().exchange_count()));
                        },
                        options);
                  }},
                 {"client", []() -> Task<> {
                    const H2Client client;
                    co_await show(co_await client.get("http://server/"));
                    const WaitGroup group;
                    for (int i = 0; i < 7; ++i) {
                      group.go([client, i]() -> Task<> {
                        Request request = new_request("GET", "http://server/").request;
                        const Cancelable limited = with_timeout(background(), 1500 * kMillisecond);
                        if (i == 3) request.context = [c = limited.context] { return c; };
                        co_await show(co_await client.send(request));
                      });
                    }
                    co_await group.wait();
                    println(client.dials(), now_ms() / 1000);
                  }}}});
  CHECK(outcome.out ==
        "200 1 \n200 2 \n200 1 \nGet \"http://server/\": context deadline exceeded\n200 2 \n"
        "200 2 \n200 2 \n200 1 \n1 4\n");
}

TEST_CASE("trailers of a response are there after its body") {
  const auto outcome = support::simulate_cluster(
      {.nodes = {
           {"server",
            [] {
              return raw_server([](Ref<Exchange> exchange) -> Task<> {
                const sim::http2::HeaderFieldView head[] = {{":status", "200"}, {"trailer", "sum"}};
                exchange->send_headers(head, false);
                if (exchange->headers().get(":path") == "/body") {
                  exchange->send_data("text", false);
                }
                const sim::http2::HeaderFieldView tail[] = {{"sum", "42"}};
                exchange->send_headers(tail, true);
                for (const auto field : exchange->headers()) {
                  println(std::string(field.name) + " " + std::string(field.value));
                }
                co_return;
              });
            }},
           {"client", []() -> Task<> {
              const H2Client client;
              for (const char* path : {"/body", "/none"}) {
                const RoundTrip got = co_await client.get(std::string("http://server") + path);
                const Body::All all = co_await got.response.body.read_all();
                println(got.response.status, all.text, got.response.body.trailer().get("Sum"));
              }
            }}}});
  CHECK(outcome.out ==
        ":authority server\n:method GET\n:path /body\n:scheme http\naccept-encoding gzip\n"
        "user-agent Go-http-client/2.0\n200 text 42\n"
        ":authority server\n:method GET\n:path /none\n:scheme http\naccept-encoding gzip\n"
        "user-agent Go-http-client/2.0\n200  42\n");
}

TEST_CASE("one port serves HTTP/1.1 and HTTP/2, and tells a client why it ends") {
  const auto outcome = run_client([]() -> Task<> {
    co_await show(co_await Client().get("http://server/hello"));
    co_await show(co_await H2Client().get("http://server/hello"));
    // The preface in two pieces, then a frame that is none.
    sim::net::DialResult dialed = co_await sim::net::dial("server:80");
    const std::string preface(sim::http2::kClientPreface);
    static_cast<void>(co_await dialed.conn.write(preface.substr(0, 5)));
    co_await sleep_for(kSecond);
    std::string rest = preface.substr(5);
    sim::http2::append_settings(rest, {});
    sim::http2::append_frame(rest, {sim::http2::FrameType::kData, 0, 0, "x"});
    static_cast<void>(co_await dialed.conn.write(rest));
    std::string all;
    while (true) {
      const sim::net::ReadResult got = co_await dialed.conn.read();
      if (got.error) break;
      all += got.bytes.view();
    }
    const auto frames = http2_test::frames_of(all);
    println(frames.size(), frames.back().type == sim::http2::FrameType::kGoAway,
            frames.back().payload.substr(8));
  });
  CHECK(outcome.out == "200 hello \n200 hello \n4 true DATA on stream 0\n");
}
