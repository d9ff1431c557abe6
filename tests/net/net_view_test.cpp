// What the playground shows of a network, copied out of the world.

#include "sim/net/net_view.h"

#include <catch_amalgamated.hpp>

#include "sim/net/socket.h"
#include "tests/support/cluster.h"

using namespace engine;
using namespace sim::net;

namespace {

Task<> serve() {
  const ListenResult listening = listen(":80");
  AcceptResult accepted = co_await listening.listener.accept();
  while (true) {
    ReadResult got = co_await accepted.conn.read();
    if (got.error) co_return;
    static_cast<void>(co_await accepted.conn.write("pong"));
  }
}

Task<> ask() {
  DialResult dialed = co_await dial("server:80");
  static_cast<void>(co_await dialed.conn.write("ping"));
  static_cast<void>(co_await dialed.conn.read());
  co_await sleep_for(kSecond);
}

support::ClusterOptions two_machines() {
  support::ClusterOptions options{{{"server", serve}, {"client", ask}}};
  options.link.latency = 5 * kMillisecond;
  return options;
}

uint64_t digest(World& world) {
  Arena& arena = world.arena();
  arena.begin_raw_access();
  uint64_t digest = hash_bytes({arena.base(), arena.head_pages() * kPageBytes});
  const size_t first = arena.first_data_page();
  digest = combine(digest, hash_bytes({arena.base() + first * kPageBytes,
                                       (arena.end_page() - first) * kPageBytes}));
  arena.end_raw_access();
  return digest;
}

}  // namespace

TEST_CASE("a view of a network shows machines, packets in flight and both ends of a connection") {
  const auto run = support::start_cluster(two_machines());
  while (look_at_network(run->world()).packets.empty()) REQUIRE(run->step());
  const NetView opening = look_at_network(run->world());
  REQUIRE(opening.machines.size() == 2);
  CHECK(opening.machines[0].name == "server");
  CHECK(opening.machines[1].ip == *parse_ip("10.0.0.2"));
  CHECK(opening.machines[0].processes == std::vector<std::string>{"server"});
  REQUIRE(opening.listeners.size() == 1);
  CHECK(opening.listeners[0].local.port == 80);
  const PacketView& syn = opening.packets[0];
  CHECK(syn.from == 2);
  CHECK(syn.to == 1);
  CHECK(syn.due - syn.sent_at == 5 * kMillisecond);
  CHECK(syn.flags == Segment::kSyn);
  CHECK(syn.text.find("[SYN]") != std::string::npos);
  CHECK(static_cast<unsigned char>(syn.wire[0]) == 0x45);
  REQUIRE(opening.connections.size() == 1);
  CHECK(opening.connections[0].state == "SYN_SENT");

  while (run->now().ns < (100 * kMillisecond).ns) REQUIRE(run->step());
  const NetView open = look_at_network(run->world());
  REQUIRE(open.connections.size() == 2);
  CHECK(open.connections[0].state == "ESTABLISHED");
  CHECK(open.connections[1].smoothed_rtt == 10 * kMillisecond);
  CHECK(open.connections[1].sent == 4);
  CHECK(open.connections[1].received == 4);
  CHECK(open.connections[0].local == open.connections[1].remote);
  REQUIRE(open.direction(open.machines[0], open.machines[1]) != nullptr);
  CHECK(open.direction(open.machines[0], open.machines[1])->packets > 2);
}

TEST_CASE("looking at a network leaves the world's bytes unchanged, at every step") {
  support::ClusterOptions options = two_machines();
  options.link.loss_ppm = 200'000;
  const auto run = support::start_cluster(options);
  bool more = true;
  for (int step = 0; step < 200 && more; ++step) {
    const uint64_t before = digest(run->world());
    static_cast<void>(look_at_network(run->world()));
    static_cast<void>(packets_since(run->world(), {}));
    CHECK(digest(run->world()) == before);
    more = run->step();
  }
}

TEST_CASE("a packet that a cut swallows is seen as lost, in the step that lost it") {
  support::ClusterOptions options = two_machines();
  options.plan = {{Instant{}, "partition-from client server"}};
  const auto run = support::start_cluster(options);
  std::vector<PacketView> packets;
  while (packets.empty() && run->step()) packets = packets_since(run->world(), run->now());
  REQUIRE(packets.size() == 1);
  CHECK(packets[0].lost == Drop::kCut);
  CHECK(packets[0].flags == Segment::kSyn);
  const NetView view = look_at_network(run->world());
  CHECK(view.packets.empty());
  CHECK(view.cut(view.machines[1], view.machines[0]) != nullptr);
  CHECK(view.cut(view.machines[0], view.machines[1]) == nullptr);
  // What a later step loses takes its place.
  run->step();
  for (const PacketView& later : packets_since(run->world(), {})) {
    CHECK(later.sent_at > packets[0].sent_at);
  }
}

TEST_CASE("a machine that lost power is shown as down, without processes and connections") {
  support::ClusterOptions options = two_machines();
  options.plan = {{Instant{(50 * kMillisecond).ns}, "crash server"}};
  const auto run = support::start_cluster(options);
  while (look_at_network(run->world()).machines[0].is_up) REQUIRE(run->step());
  run->step();
  const NetView view = look_at_network(run->world());
  CHECK(view.machines[0].processes.empty());
  for (const ConnectionView& connection : view.connections) CHECK(connection.machine == 2);
}

TEST_CASE("a world without machines has an empty view") {
  const auto run = support::start([]() -> Task<> { co_return; });
  CHECK(look_at_network(run->world()).machines.empty());
}
