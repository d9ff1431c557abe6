// Benchmarks of the network and of what speaks over it: whole exchanges between two machines.

#include "sim/cli/bench/bench.h"

#include "engine/sync/wait_group.h"
#include "sim/grpc/client.h"
#include "sim/grpc/server.h"
#include "sim/http/client.h"
#include "sim/http/mux.h"
#include "sim/http/server.h"
#include "sim/net/cluster.h"
#include "sim/programs/greet.h"

namespace sim::cli::bench {
namespace {

using namespace engine;
using programs::greet::GreetRequest;
using programs::greet::GreetResponse;
using programs::greet::kSayHello;

using Program = Task<> (*)();

struct Measured {
  double seconds = 0;
  uint64_t wire_bytes = 0;
  uint64_t packets = 0;
  uint64_t arena_bytes = 0;  // in use at the end
};

// A world of two machines; ends when the client has called os_exit() and nothing is due.
Measured run_pair(Program server, Program client) {
  RunOptions options = traced_run();
  options.world.trace = TraceLevel::kOff;
  options.until = Instant{} + 3600 * kSecond;
  Run run(options, [&] {
    auto& cluster = *new net::Cluster;
    for (const bool is_server : {true, false}) {
      node::Machine::Options machine;
      machine.name = is_server ? "server" : "client";
      node::Unit unit;
      unit.name = machine.name;
      unit.main = is_server ? server : client;
      cluster.add_machine(machine).add_unit(std::move(unit));
    }
    net::LinkOptions link;
    link.latency = 100 * kMicrosecond;
    cluster.network().add_link({"client", "server"}, link);
    cluster.boot();
  });
  Measured measured;
  const auto client_runs = [&] {
    for (const Process& process : run.world().state().scheduler->processes()) {
      if (process.name() == "client") return process.running();
    }
    return false;
  };
  measured.seconds = seconds_of([&] {
    while (client_runs() && run.run(100'000) > 0) {
    }
  });
  ENGINE_CHECK(!client_runs() && failures(run.world()).empty());
  measured.arena_bytes = run.world().arena().used_bytes();
  const auto& cluster = static_cast<const net::Cluster&>(*run.world().state().model);
  for (const auto& link : cluster.network().links()) {
    measured.wire_bytes += link->forward.bytes + link->back.bytes;
    measured.packets += link->forward.packets + link->back.packets;
  }
  return measured;
}

Result per_exchange(Program server, Program client, double exchanges) {
  Measured last;
  int repetitions = 0;
  Result result = repeat("ns", [&] {
    ++repetitions;
    last = run_pair(server, client);
    return last.seconds * 1e9 / exchanges;
  });
  result.extra["per_second"] = static_cast<int64_t>(1e9 / result.value);
  result.extra["exchanges"] = exchanges * repetitions;
  result.extra["wire_bytes"] = static_cast<double>(last.wire_bytes) / exchanges;
  result.extra["arena_bytes"] = last.arena_bytes;
  result.extra["packets"] = static_cast<double>(last.packets) / exchanges;
  return result;
}

constexpr int64_t kHttpRequests = 40'000;
constexpr int64_t kHttpClients = 16;

Task<> http_server() {
  const http::ServeMux mux;
  mux.handle("/", [](http::ResponseWriter w, http::Request r) -> Task<> {
    static_cast<void>(co_await w.write("Hello, " + r.url.path.substr(1) + "!"));
  });
  static_cast<void>(co_await http::listen_and_serve(":80", mux));
}

Task<> http_client() {
  WaitGroup wg;
  wg.add(kHttpClients);
  http::ClientOptions options;
  options.idle_connections_max = static_cast<uint32_t>(kHttpClients);
  const http::Client client(options);
  for (int64_t i = 0; i < kHttpClients; ++i) {
    go(
        [](http::Client with, WaitGroup group) -> Task<> {
          for (int64_t n = 0; n < kHttpRequests / kHttpClients; ++n) {
            const http::RoundTrip got = co_await with.get("http://server/gopher");
            const http::Body::All all = co_await got.response.body.read_all();
            ENGINE_CHECK(all.text == "Hello, gopher!");
          }
          group.done();
        },
        client, wg);
  }
  co_await wg.wait();
  co_await os_exit(0);
}

constexpr int64_t kCalls = 100'000;

Task<> grpc_server() {
  const grpc::Server server;
  server.unary(kSayHello,
               [](grpc::ServerContext, GreetRequest in) -> Task<grpc::Result<GreetResponse>> {
                 GreetResponse out;
                 out.message = "Hello " + in.name;
                 co_return out;
               });
  static_cast<void>(co_await server.listen_and_serve(":50051"));
}

template <int64_t kClients>
Task<> grpc_client() {
  WaitGroup wg;
  wg.add(kClients);
  const grpc::Channel channel("server:50051");
  for (int64_t i = 0; i < kClients; ++i) {
    go(
        [](grpc::Channel on, WaitGroup group) -> Task<> {
          GreetRequest request;
          request.name = "gopher";
          for (int64_t n = 0; n < kCalls / kClients; ++n) {
            const auto reply = co_await grpc::call(on, kSayHello, background(), request);
            ENGINE_CHECK(reply.ok() && reply.message.message == "Hello gopher");
          }
          group.done();
        },
        channel, wg);
  }
  co_await wg.wait();
  co_await os_exit(0);
}

constexpr int64_t kStreamBytes = 1 << 28;

Task<> tcp_server() {
  const net::ListenResult listening = net::listen(":9");
  const net::Conn conn = (co_await listening.listener.accept()).conn;
  while (!(co_await conn.read(1 << 20)).error) {
  }
}

Task<> tcp_client() {
  const net::DialResult dialed = co_await net::dial("server:9");
  const net::Bytes block = net::Bytes::adopt(std::string(1 << 16, 'x'));
  for (int64_t sent = 0; sent < kStreamBytes; sent += block.size()) {
    static_cast<void>(co_await dialed.conn.write(block));
  }
  static_cast<void>(dialed.conn.close_write());
  static_cast<void>(co_await dialed.conn.read());
}

Result tcp_stream() {
  Result result = repeat("M/s", [] {
    return static_cast<double>(kStreamBytes) / run_pair(tcp_server, tcp_client).seconds / 1e6;
  });
  return result;
}

constexpr Benchmark kBenchmarks[] = {
    {"tcp-stream", "one TCP connection at full speed, in MB/s of payload", tcp_stream},
    {"http1-get", "HTTP/1.1 requests on 16 kept connections, both ends",
     [] { return per_exchange(http_server, http_client, kHttpRequests); }},
    {"grpc-unary", "unary gRPC calls, 100 at a time on one connection, both ends",
     [] { return per_exchange(grpc_server, grpc_client<100>, kCalls); }},
    {"grpc-unary-1", "unary gRPC calls, one after the other, both ends",
     [] { return per_exchange(grpc_server, grpc_client<1>, kCalls); }},
};

}  // namespace

std::span<const Benchmark> network_benchmarks() {
  return kBenchmarks;
}

}  // namespace sim::cli::bench
