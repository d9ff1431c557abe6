// TCP under random faults: whatever the links do, a stream arrives whole and in order.

#include <catch_amalgamated.hpp>

#include <cstdlib>

#include "engine/task/print.h"
#include "sim/net/socket.h"
#include "tests/support/cluster.h"

using namespace engine;
using namespace sim::net;

namespace {

constexpr uint32_t kStreamBytes = 200'000;

char byte_at(uint64_t position) {
  return static_cast<char>(mix64(position));
}

// Each end sends a stream and checks the other's.
Task<> exchange(Conn conn) {
  go([conn]() -> Task<> {
    uint64_t sent = 0;
    while (sent < kStreamBytes) {
      const uint64_t length = std::min<uint64_t>(1 + mix64(sent) % 9'000, kStreamBytes - sent);
      std::string piece;
      for (uint64_t i = 0; i < length; ++i) piece += byte_at(sent + i);
      if (Error error = co_await conn.write(Bytes::adopt(std::move(piece)))) {
        println("write:", error);
        co_return;
      }
      sent += length;
    }
    static_cast<void>(conn.close_write());
  });
  uint64_t received = 0;
  while (true) {
    const ReadResult got = co_await conn.read();
    if (got.error) {
      println(got.error, received);
      break;
    }
    for (const char c : got.bytes.view()) {
      if (c != byte_at(received)) {
        println("wrong byte at", received);
        co_return;
      }
      ++received;
    }
  }
}

Task<> server() {
  const ListenResult listening = listen(":7");
  co_await exchange((co_await listening.listener.accept()).conn);
  co_await sleep_for(600 * kSecond);
}

Task<> client() {
  const DialResult dialed =
      co_await dial_address(background(), {*this_cluster()->address_of("server"), 7});
  if (dialed.error) {
    println(dialed.error);
    co_return;
  }
  co_await exchange(dialed.conn);
  co_await sleep_for(600 * kSecond);
}

// What the links do in schedule `seed`: from nothing to very much.
support::ClusterOptions schedule(uint64_t seed) {
  uint64_t state = seed;
  const auto draw = [&state](uint64_t n) { return static_cast<int64_t>(mix64(++state * 977) % n); };
  support::ClusterOptions options{{{"server", server}, {"client", client}}};
  LinkOptions& link = options.link;
  link.latency = kMicrosecond * (50 + draw(20'000));
  link.jitter = kMicrosecond * draw(10'000);
  link.loss_ppm = draw(3) == 0 ? 0 : draw(150'000);
  link.duplicate_ppm = draw(2) == 0 ? 0 : draw(100'000);
  link.reorder_ppm = draw(2) == 0 ? 0 : draw(200'000);
  link.corrupt_ppm = draw(3) == 0 ? draw(50'000) : 0;
  link.bandwidth_bps = draw(3) == 0 ? 0 : 1'000'000 + draw(100'000'000);
  link.queue_bytes = 20'000 + draw(500'000);
  if (draw(2) == 0) {
    const Instant cut{draw(3'000'000'000)};
    const std::string verb = draw(2) == 0 ? "" : "-from";
    options.plan = {{cut, "partition" + verb + " server client"},
                    {cut + Duration{draw(20'000'000'000)}, "heal" + verb + " server client"}};
  }
  options.run.world.seed = seed;
  options.run.world.trace = TraceLevel::kOff;
  options.run.policy = draw(2) == 0 ? Policy::kFifo : Policy::kRandom;
  return options;
}

}  // namespace

TEST_CASE("under random faults no byte of a stream is lost, doubled or moved") {
  const bool is_long = std::getenv("ORRERY_LONG") != nullptr;
  const uint64_t seeds = is_long ? 10'000 : 1'000;
  for (uint64_t seed = 1; seed <= seeds; ++seed) {
    CAPTURE(seed);
    const auto outcome = support::simulate_cluster(schedule(seed));
    REQUIRE(outcome.out == "EOF 200000\nEOF 200000\n");
  }
}

TEST_CASE("a schedule of faults has the same history each time") {
  for (const uint64_t seed : {3U, 7U, 8U}) {
    CHECK(support::simulate_cluster(schedule(seed)).hash ==
          support::simulate_cluster(schedule(seed)).hash);
  }
}
