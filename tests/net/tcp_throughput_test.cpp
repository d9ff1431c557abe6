// Congestion control against theory: the rate of a long transfer under random loss.
//
// Source: Mathis, Semke, Mahdavi, Ott, "The Macroscopic Behavior of the TCP Congestion Avoidance
// Algorithm" (1997): rate = MSS / RTT * C / sqrt(p), C = sqrt(3/2) where every segment is
// acknowledged, sqrt(3/4) with delayed acknowledgments.

#include <catch_amalgamated.hpp>

#include <cmath>

#include "engine/task/print.h"
#include "sim/net/socket.h"
#include "tests/support/cluster.h"

using namespace engine;
using namespace sim::net;

namespace {

Task<> sink() {
  const ListenResult listening = listen(":9");
  const Conn conn = (co_await listening.listener.accept()).conn;
  // The first seconds are slow start.
  constexpr Duration kWarmUp = 20 * kSecond;
  constexpr Duration kMeasured = 400 * kSecond;
  uint64_t before = 0;
  uint64_t after = 0;
  while (since(Instant{}) < kWarmUp + kMeasured) {
    const ReadResult got = co_await conn.read(1 << 20);
    (since(Instant{}) < kWarmUp ? before : after) += got.bytes.size();
  }
  println(after / static_cast<uint64_t>(kMeasured.ns / kSecond.ns));
  co_await os_exit(0);
}

Task<> source() {
  const DialResult dialed =
      co_await dial_address(background(), {*this_cluster()->address_of("server"), 9});
  const Bytes block = Bytes::adopt(std::string(1 << 16, 'x'));
  while (!(co_await dialed.conn.write(block))) {
  }
}

double rate_under(int64_t loss_ppm) {
  support::ClusterOptions options{{{"server", sink}, {"client", source}}};
  options.link.latency = 50 * kMillisecond;
  options.link.loss_ppm = loss_ppm;
  options.run.world.trace = TraceLevel::kOff;
  return std::stod(support::simulate_cluster(options).out);
}

}  // namespace

TEST_CASE("throughput under loss follows the formula of Mathis et al. within 25 %") {
  for (const int64_t ppm : {200, 1'000, 5'000}) {
    const double loss = static_cast<double>(ppm) / 1e6;
    const double rtt = 0.1;
    const double theory = 1460 / rtt * std::sqrt(1.5) / std::sqrt(loss);
    const double ratio = rate_under(ppm) / theory;
    CAPTURE(ppm, ratio);
    WARN("loss " << loss * 100 << " %: " << ratio << " of the formula");
    CHECK(ratio > 0.75);
    CHECK(ratio < 1.25);
  }
}

TEST_CASE("a transfer without loss fills a link of limited bandwidth") {
  support::ClusterOptions options{{{"server", sink}, {"client", source}}};
  options.link.latency = 5 * kMillisecond;
  options.link.bandwidth_bps = 10'000'000;
  options.run.world.trace = TraceLevel::kOff;
  const double rate = std::stod(support::simulate_cluster(options).out) * 8;
  CHECK(rate > 0.9 * 10'000'000 * 1460 / 1500);
  CHECK(rate < 10'000'000);
}
