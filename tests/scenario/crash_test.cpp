// Machines that lose power in the middle of every scenario of the gallery: what ran there is gone
// at once and is never touched again (AddressSanitizer watches), and what its peers see is TCP's.

#include <catch_amalgamated.hpp>

#include <algorithm>
#include <cstdlib>

#include "engine/task/report.h"
#include "sim/net/cluster.h"
#include "sim/net/net_view.h"
#include "sim/scenario/gallery.h"
#include "sim/scenario/session.h"
#include "tests/support/simulate.h"

using namespace engine;
using namespace sim::scenario;
using sim::net::ConnectionView;
using sim::net::look_at_network;
using sim::net::NetView;
using sim::net::PacketView;
using sim::net::Segment;

namespace {

#ifdef ENGINE_ASAN
constexpr bool kIsSanitized = true;
#else
constexpr bool kIsSanitized = false;
#endif

bool is_long() {
  return std::getenv("ORRERY_LONG") != nullptr;
}

// Instants of each run at which a machine crashes. Whole clusters take many steps.
uint64_t points(uint64_t length) {
  constexpr uint64_t kHeavy = 6'000;
  if (is_long()) return length > kHeavy ? 20 : 60;
  if (length > kHeavy) return 1;
  return kIsSanitized ? 3 : 12;
}

RunSpec gallery_spec(const GalleryEntry& entry) {
  Parsed parsed = parse(entry.file, entry.text);
  REQUIRE(parsed);
  RunSpec spec;
  spec.scenario = std::move(parsed.value());
  return spec;
}

const sim::node::Machine& machine_of(const Run& run, const std::string& node) {
  const auto* const cluster = static_cast<const sim::net::Cluster*>(run.world().state().model);
  const sim::net::Cluster::Member* const member = cluster->find(node);
  REQUIRE(member != nullptr);
  return *member->machine;
}

uint64_t length_of(const RunSpec& spec) {
  const auto run = start(spec);
  run->run();
  return run->steps();
}

// What the runs of one kind use one after the other.
struct Memory {
  uint8_t fill = 0;
  Region region;
};

struct Crash {
  std::string node;
  uint64_t step = 0;
  uint64_t restart_after = 0;  // so many steps; 0: it stays down
};

// What the crash has left of a machine: nothing. Returns the processes that ran on it.
std::vector<uint32_t> check_dead(const Run& run, const std::string& node) {
  const sim::node::Machine& machine = machine_of(run, node);
  CHECK_FALSE(machine.is_up());
  CHECK(machine.processes().empty());
  std::vector<uint32_t> dead;
  for (const Process& process : run.world().state().scheduler->processes()) {
    if (process.host_name() != node) continue;
    dead.push_back(process.id().value);
    CHECK_FALSE(process.running());
    CHECK(process.task_count() == 0);
    CHECK(process.tasks().empty());
    CHECK(process.parts().empty());
  }
  const NetView view = look_at_network(run.world());
  for (const auto& listener : view.listeners) CHECK(listener.machine != machine.id());
  for (const auto& connection : view.connections) CHECK(connection.machine != machine.id());
  return dead;
}

// Runs the spec with the crash, checks all that holds of any crash, and returns the run's summary.
std::string run_with(const RunSpec& spec, const Crash& crash, Memory& memory) {
  WorldOptions world;
  world.arena.region = &memory.region;
  world.arena.reserve_bytes = size_t{256} << 20;
  world.arena.limit_bytes = size_t{128} << 20;
  world.arena.fill = memory.fill;
  world.trace = TraceLevel::kOff;
  const auto run = start(spec, world);
  run->run(crash.step);
  // The scenario's own faults may have crashed it before.
  const bool was_up = machine_of(*run, crash.node).is_up();
  REQUIRE(run->apply("crash " + crash.node, run->now()) == was_up);
  const uint64_t crashed_at = run->steps();
  const std::vector<uint32_t> dead = check_dead(*run, crash.node);
  if (crash.restart_after > 0) {
    run->run(crash.restart_after);
    const bool was_down = !machine_of(*run, crash.node).is_up();
    REQUIRE(run->apply("restart " + crash.node, run->now()) == was_down);
    CHECK(machine_of(*run, crash.node).is_up());
  }
  run->run();
  const RunEnd end = run->end();
  CHECK((end == RunEnd::kNothingLeft || (end == RunEnd::kUntil && spec.scenario.until_ns)));
  for (const ProcessFailure& failure : failures(run->world())) {
    CAPTURE(failure.name);
    CHECK(failure.message == kDeadlockMessage);
  }
  CHECK(judge(spec.scenario, *run).kind != VerdictKind::kLimit);
  run->world().output().for_each_until(
      UINT64_MAX, [&](const OutputLog::Chunk& chunk, std::string_view text) {
        if (chunk.step < crashed_at) return;
        CAPTURE(text, chunk.step, crashed_at);
        CHECK(std::find(dead.begin(), dead.end(), chunk.process) == dead.end());
      });
  // What died stays dead, also where the machine has booted again.
  for (const Process& process : run->world().state().scheduler->processes()) {
    if (std::find(dead.begin(), dead.end(), process.id().value) != dead.end()) {
      CHECK(process.task_count() == 0);
    }
  }
  return summary_line(*run);
}

}  // namespace

TEST_CASE("a machine that crashes at any point of a scenario leaves nothing that runs") {
  Memory blank{0, {}};
  Memory dirty{0xA5, {}};
  for (const GalleryEntry& entry : gallery()) {
    RunSpec spec = gallery_spec(entry);
    const uint64_t length = length_of(spec);
    // Far more than any crash should cost: a run that takes so many steps is one that hangs.
    spec.max_steps = 20 * length + 100'000;
    for (const Node& node : spec.scenario.topology.nodes) {
      for (uint64_t point = 0; point < points(length); ++point) {
        spec.seed = point + 1;
        spec.policy = point % 3 == 2 ? Policy::kRandom : Policy::kFifo;
        const Crash crash{node.name, length * (2 * point + 1) / (2 * points(length)),
                          point % 2 == 1 ? 1 + length / 4 : 0};
        CAPTURE(entry.name, crash.node, crash.step, crash.restart_after);
        const std::string summary = run_with(spec, crash, blank);
        REQUIRE(run_with(spec, crash, dirty) == summary);
      }
    }
  }
}

namespace {

// A connection of a survivor to the machine that crashes, established when that happens.
struct Watched {
  ConnectionView last;
  bool is_gone = false;
  Instant gone_at{};
  bool was_reset = false;         // a RST for it has left the machine that crashed
  uint64_t sent_when_silent = 0;  // acknowledged once nothing was in flight any more
};

struct Peers {
  Instant crashed_at;
  std::vector<Watched> watched;
  std::string out;
};

/// Longer than what was in flight when the machine crashed needs to arrive.
constexpr Duration kSilence = 100 * kMillisecond;

void observe(Peers& peers, const NetView& view, Instant now, Instant crashed_at) {
  for (Watched& watched : peers.watched) {
    const ConnectionView& own = watched.last;
    for (const PacketView& packet : view.packets) {
      const bool is_back = packet.source == own.remote && packet.destination == own.local;
      if (is_back && (packet.flags & Segment::kRst) != 0) watched.was_reset = true;
    }
    if (watched.is_gone) continue;
    const auto found = std::find_if(
        view.connections.begin(), view.connections.end(),
        [&](const ConnectionView& connection) { return connection.object == own.object; });
    watched.is_gone = found == view.connections.end();
    if (watched.is_gone) {
      watched.gone_at = now;
      continue;
    }
    watched.last = *found;
    if (now <= crashed_at + kSilence) watched.sent_when_silent = watched.last.sent;
  }
}

// Crashes the server after `step` steps, and boots it after `downtime` if that is not zero.
Peers crash_server(const RunSpec& spec, uint64_t step, Duration downtime) {
  Peers peers;
  const auto run = start(spec);
  run->run(step);
  const Instant crashed_at = peers.crashed_at = run->now();
  NetView view = look_at_network(run->world());
  const sim::node::Machine& server = machine_of(*run, "server");
  for (const ConnectionView& connection : view.connections) {
    if (connection.machine == server.id() || connection.state != "ESTABLISHED") continue;
    if (connection.remote.ip == view.machine(server.id())->ip) {
      Watched watched;
      watched.last = connection;
      peers.watched.push_back(watched);
    }
  }
  REQUIRE(run->apply("crash server", crashed_at));
  const Instant boots_at = crashed_at + downtime;
  bool boots = downtime.ns > 0;
  while (true) {
    view = look_at_network(run->world());
    observe(peers, view, run->now(), crashed_at);
    // Who has no power sends nothing.
    for (const PacketView& packet : view.packets) {
      if (packet.from == server.id() && packet.sent_at > crashed_at) CHECK(server.is_up());
    }
    if (boots && run->next_instant() > boots_at) {
      REQUIRE(run->apply("restart server", boots_at));
      boots = false;
    } else if (!run->step()) {
      break;
    }
  }
  peers.out = support::printed(run->world(), Stream::kStdout);
  return peers;
}

RunSpec long_spec(std::string_view name, int64_t seconds) {
  RunSpec spec = gallery_spec(*find_in_gallery(name));
  spec.until = Instant{} + seconds * kSecond;
  return spec;
}

struct Pair {
  std::string_view scenario;
  Duration patience;  // of the client's program
  uint64_t greeting;  // what is acknowledged before a request is on its way
};
constexpr Pair kPairs[] = {{"net/http-hello", 9 * kSecond, 0}, {"grpc/greeter", kSecond / 2, 1}};

// The first step after which the client has sent a request that the server does not know of.
uint64_t step_of_request(const RunSpec& spec, const Pair& pair) {
  const auto run = start(spec);
  const uint32_t client = machine_of(*run, "client").id();
  const auto asks = [&](const ConnectionView& connection) {
    return connection.machine == client && connection.state == "ESTABLISHED" &&
           connection.in_flight > 0 && connection.sent >= pair.greeting;
  };
  while (true) {
    const NetView view = look_at_network(run->world());
    if (std::any_of(view.connections.begin(), view.connections.end(), asks)) return run->steps();
    REQUIRE(run->step());
  }
}

}  // namespace

TEST_CASE("the peer of a machine without power waits; once it is back, RST ends what was open") {
  const uint64_t stride = kIsSanitized && !is_long() ? 7 : 1;
  for (const auto& [name, limit, greeting] : kPairs) {
    const RunSpec spec = long_spec(name, 60);
    const uint64_t length = length_of(spec);
    size_t connections = 0;
    for (uint64_t step = 1; step < length; step += stride) {
      CAPTURE(name, step);
      // Booted before the client loses patience, and long after.
      for (const Duration downtime : {50 * kMillisecond, 3 * kSecond}) {
        CAPTURE(downtime.ns);
        const Peers peers = crash_server(spec, step, downtime);
        for (const Watched& watched : peers.watched) {
          ++connections;
          CAPTURE(watched.last.state, watched.last.local.port);
          CHECK(watched.was_reset);
          CHECK(watched.is_gone);
        }
      }
      const Peers peers = crash_server(spec, step, {});
      for (const Watched& watched : peers.watched) {
        CAPTURE(watched.last.state, watched.last.closed, watched.is_gone, watched.last.unread);
        CHECK_FALSE(watched.was_reset);
        // It is the survivor's program that gives up, if anybody does: after its own limit.
        CHECK((watched.last.state == "ESTABLISHED" || watched.last.closed));
        CHECK((!watched.is_gone || watched.gone_at >= peers.crashed_at + limit));
        CHECK(watched.last.sent == watched.sent_when_silent);
        if (watched.last.in_flight > 0) CHECK(watched.last.retransmissions >= 5);
      }
    }
    CHECK(connections > 20 / stride);
  }
}

TEST_CASE("what the client's program learns of a crash in the middle of its request") {
  using Catch::Matchers::ContainsSubstring;
  using Catch::Matchers::EndsWith;
  using Catch::Matchers::StartsWith;
  const RunSpec http = long_spec("net/http-hello", 60);
  const uint64_t get = step_of_request(http, kPairs[0]);
  // Nothing of a response came, but the connection was new: as in Go, that is not tried again.
  const std::string reset = crash_server(http, get, 50 * kMillisecond).out;
  CHECK_THAT(reset, StartsWith("Get \"http://server:8080/World\": read tcp 10.0.0.2:"));
  CHECK_THAT(reset, EndsWith("connection reset by peer\n200 Hello, again! \n200 Hello, a b! \n"
                             "connections: 2\n"));
  const std::string late =
      ": context deadline exceeded (Client.Timeout exceeded while awaiting headers)\n";
  CHECK(crash_server(http, get, {}).out ==
        "Get \"http://server:8080/World\"" + late + "Get \"http://server:8080/again\"" + late +
            "Get \"http://server:8080/a%20b\"" + late + "connections: 3\n");

  const RunSpec grpc = long_spec("grpc/greeter", 60);
  const uint64_t call = step_of_request(grpc, kPairs[1]);
  const std::string lost = crash_server(grpc, call, 50 * kMillisecond).out;
  CHECK_THAT(lost, StartsWith("rpc error: code = Unavailable desc = error reading from server: "));
  CHECK_THAT(lost, ContainsSubstring("connection reset by peer after 230ms\nReceived: again\n"));
  const std::string over =
      "rpc error: code = DeadlineExceeded desc = context deadline exceeded after 1s\n";
  CHECK(crash_server(grpc, call, {}).out == over + over + over);
}

TEST_CASE("a program without a limit of its own is told by TCP, after all retransmissions") {
  for (const Pair& pair : kPairs) {
    CAPTURE(pair.scenario);
    RunSpec spec = long_spec(pair.scenario, 3600);
    for (Workload& workload : spec.scenario.workloads) {
      if (workload.on != "client") continue;
      workload.env.emplace_back("TIMEOUT_S", "7200");
      workload.env.emplace_back("TIMEOUT_MS", "7200000");
      workload.args.resize(1);
    }
    const Peers peers = crash_server(spec, step_of_request(spec, pair), {});
    REQUIRE(peers.watched.size() == 1);
    const Watched& watched = peers.watched[0];
    CHECK_FALSE(watched.was_reset);
    CHECK(watched.is_gone);
    CHECK(watched.last.state == "ESTABLISHED");
    CHECK_FALSE(watched.last.closed);
    CHECK(watched.last.retransmissions >= 15);
    // The sum of all timeouts. Source: Linux, net.ipv4.tcp_retries2: about 924.6 s.
    const Duration took = watched.gone_at - peers.crashed_at;
    CHECK(took > 924 * kSecond);
    CHECK(took < 926 * kSecond);
    CHECK(peers.out.find("connection timed out") != std::string::npos);
  }
}
