// Sockets in the shape of Go's package net, between two machines.

#include "sim/net/socket.h"

#include <catch_amalgamated.hpp>

#include "engine/sync/wait_group.h"
#include "engine/task/print.h"
#include "tests/support/cluster.h"

using namespace engine;
using namespace sim::net;
using support::simulate_cluster;

namespace {

Task<> echo(Conn conn) {
  while (true) {
    ReadResult got = co_await conn.read();
    if (got.error) {
      println("server read:", got.error);
      break;
    }
    if (Error error = co_await conn.write(got.bytes)) println("server write:", error);
  }
  static_cast<void>(conn.close());
}

Task<> echo_server() {
  const ListenResult listening = listen(":7");
  while (true) {
    AcceptResult accepted = co_await listening.listener.accept();
    if (accepted.error) co_return;
    go(echo, accepted.conn);
  }
}

Task<> one_connection_server() {
  const ListenResult listening = listen(":7");
  AcceptResult accepted = co_await listening.listener.accept();
  co_await echo(accepted.conn);
}

// The last part of an error's message: what happened, without the addresses.
std::string reason(const Error& error) {
  const std::string message = error.message();
  const size_t colon = message.rfind(": ");
  return colon == std::string::npos ? message : message.substr(colon + 2);
}

Task<DialResult> dial_server() {
  const Cluster& cluster = *this_cluster();
  co_return co_await dial_address(background(), {*cluster.address_of("server"), 7});
}

Task<> say_hello() {
  DialResult dialed = co_await dial_server();
  println("dialed:", dialed.error);
  println("write:", co_await dialed.conn.write("hello"));
  ReadResult got = co_await dialed.conn.read();
  println("read:", got.bytes.view(), got.error);
  println("close:", dialed.conn.close());
  println("close:", dialed.conn.close());
}

}  // namespace

TEST_CASE("what is written at one end is read at the other, and closing is seen as the end") {
  const auto outcome =
      simulate_cluster({{{"server", one_connection_server}, {"client", say_hello}}});
  CHECK(outcome.out ==
        "dialed: <nil>\nwrite: <nil>\nread: hello <nil>\nclose: <nil>\n"
        "close: close tcp 10.0.0.2:57087->10.0.0.1:7: use of closed network connection\n"
        "server read: EOF\n");
  CHECK(outcome.failures.empty());
}

TEST_CASE("a port where nobody listens refuses") {
  const auto outcome = simulate_cluster({{{"server", nullptr}, {"client", []() -> Task<> {
                                                                  DialResult dialed =
                                                                      co_await dial_server();
                                                                  println(dialed.error);
                                                                }}}});
  CHECK(outcome.out == "dial tcp 10.0.0.1:7: connect: connection refused\n");
}

TEST_CASE("a machine that is down is silent, and dialing it times out as Linux does") {
  const auto outcome =
      simulate_cluster({.nodes = {{"server", echo_server},
                                  {"client",
                                   []() -> Task<> {
                                     DialResult dialed = co_await dial_server();
                                     println(dialed.error, "after", since(Instant{}));
                                   }}},
                        .plan = {{Instant{0}, "crash server"}}});
  CHECK(outcome.out == "dial tcp 10.0.0.1:7: connect: connection timed out after 2m7s\n");
}

TEST_CASE("a context's deadline ends a dial") {
  const auto outcome = simulate_cluster(
      {.nodes = {{"server", echo_server},
                 {"client",
                  []() -> Task<> {
                    Cancelable limited = with_timeout(background(), 3 * kSecond);
                    DialResult dialed = co_await dial_address(
                        limited.context, {*this_cluster()->address_of("server"), 7});
                    println(dialed.error, "after", since(Instant{}));
                  }}},
       .plan = {{Instant{0}, "partition server client"}}});
  CHECK(outcome.out == "dial tcp 10.0.0.1:7: i/o timeout after 3s\n");
}

TEST_CASE("a read deadline ends a read and can be moved") {
  const auto outcome =
      simulate_cluster({{{"server", echo_server}, {"client", []() -> Task<> {
                                                     DialResult dialed = co_await dial_server();
                                                     dialed.conn.set_read_deadline(now() + kSecond);
                                                     ReadResult got = co_await dialed.conn.read();
                                                     println(is_timeout(got.error), got.error);
                                                     dialed.conn.set_read_deadline(kEndOfTime);
                                                     println(co_await dialed.conn.write("x"));
                                                     got = co_await dialed.conn.read();
                                                     println(got.bytes.view(), got.error);
                                                   }}}});
  CHECK(outcome.out ==
        "true read tcp 10.0.0.2:57087->10.0.0.1:7: i/o timeout\n<nil>\nx <nil>\n"
        "server read: EOF\n");
}

TEST_CASE("a peer that is killed resets its connections; one that loses power falls silent") {
  const auto client = []() -> Task<> {
    DialResult dialed = co_await dial_server();
    println(co_await dialed.conn.write("x"));
    static_cast<void>(co_await dialed.conn.read());
    co_await sleep_for(2 * kSecond);
    println(co_await dialed.conn.write("y"));
    ReadResult got = co_await dialed.conn.read();
    println(reason(got.error));
  };
  const auto killed = simulate_cluster({.nodes = {{"server", echo_server}, {"client", client}},
                                        .plan = {{Instant{0} + kSecond, "kill server server"}}});
  CHECK(killed.out == "<nil>\n<nil>\nEOF\n");
  const auto crashed = simulate_cluster({.nodes = {{"server", echo_server}, {"client", client}},
                                         .plan = {{Instant{0} + kSecond, "crash server"},
                                                  {Instant{0} + 4 * kSecond, "restart server"}}});
  CHECK(crashed.out == "<nil>\n<nil>\nconnection reset by peer\n");
}

TEST_CASE("half-open peers are noticed by keep-alives after nine probes") {
  const auto outcome = simulate_cluster({.nodes = {{"server", echo_server},
                                                   {"client",
                                                    []() -> Task<> {
                                                      DialResult dialed = co_await dial_server();
                                                      ReadResult got = co_await dialed.conn.read();
                                                      println(reason(got.error), since(Instant{}));
                                                    }}},
                                         .plan = {{Instant{0} + kSecond, "crash server"}}});
  CHECK(outcome.out == "connection timed out 2m30.002s\n");
}

TEST_CASE("the second listener of a port is refused") {
  const auto outcome = simulate_cluster({{{"server", []() -> Task<> {
                                             const ListenResult first = listen(":80");
                                             const ListenResult second = listen(":80");
                                             println(first.error, second.error);
                                             println(listen("80").error);
                                             println(listen("10.9.9.9:80").error);
                                             println(first.listener.close());
                                             println(listen(":80").error);
                                             co_return;
                                           }}}});
  CHECK(outcome.out ==
        "<nil> listen tcp 0.0.0.0:80: bind: address already in use\n"
        "listen tcp: address 80: missing port in address\n"
        "listen tcp: bind: cannot assign requested address\n<nil>\n<nil>\n");
}

TEST_CASE("datagrams arrive with their sender's address, and are lost where nobody listens") {
  const auto outcome =
      simulate_cluster({{{"server",
                          []() -> Task<> {
                            const PacketConn conn = listen_packet(":53").conn;
                            const Datagram got = co_await conn.read_from();
                            println(got.bytes.view());
                            static_cast<void>(conn.write_to("pong", got.from));
                          }},
                         {"client", []() -> Task<> {
                            const PacketConn conn = listen_packet(":0").conn;
                            const Ip server = *this_cluster()->address_of("server");
                            static_cast<void>(conn.write_to("lost", {server, 54}));
                            static_cast<void>(conn.write_to("ping", {server, 53}));
                            const Datagram got = co_await conn.read_from();
                            println(got.bytes.view(), "from", address_text(got.from));
                            conn.set_read_deadline(now() + kSecond);
                            println(is_timeout((co_await conn.read_from()).error));
                          }}}});
  CHECK(outcome.out == "ping\npong from 10.0.0.1:53\ntrue\n");
}

TEST_CASE("a slow reader stops its writer, who goes on once the window opens") {
  const auto outcome =
      simulate_cluster({{{"server",
                          []() -> Task<> {
                            const ListenResult listening = listen(":7");
                            Conn conn = (co_await listening.listener.accept()).conn;
                            co_await sleep_for(10 * kSecond);
                            uint64_t total = 0;
                            while (true) {
                              const ReadResult got = co_await conn.read();
                              if (got.error) break;
                              total += got.bytes.size();
                            }
                            println("read", total);
                          }},
                         {"client", []() -> Task<> {
                            Conn conn = (co_await dial_server()).conn;
                            const std::string block(1 << 20, 'x');
                            for (int i = 0; i < 16; ++i) {
                              if (Error error = co_await conn.write(block)) println(error);
                            }
                            println("wrote after", since(Instant{}).ns >= (9 * kSecond).ns);
                            static_cast<void>(conn.close());
                          }}}});
  CHECK(outcome.out == "wrote after true\nread 16777216\n");
}
