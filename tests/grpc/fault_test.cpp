// Calls while servers, connections and links fail; retries, hedging, balancing and keep-alive.

#include "tests/grpc/tester.h"

using namespace tester;

namespace {

support::ClusterOptions options_of(std::vector<support::TestNode> nodes) {
  return {.nodes = std::move(nodes), .run = an_hour()};
}

Task<> long_call_client() {
  const Channel channel("server:50051");
  co_await ask(channel, "sleep", 60'000, 20 * kSecond);
  println("at", uptime().ns / kSecond.ns);
}

// Says how often it was called, and fails as long as told.
Task<> failing_server() {
  const Server server;
  const auto calls = std::make_shared<int>(0);
  server.unary(kUnary, [calls](ServerContext ctx, Text in) -> Task<Result<Text>> {
    const std::shared_ptr<int> count = calls;
    ++*count;
    println("call", *count, "previous", ctx.metadata().get("grpc-previous-rpc-attempts"));
    if (in.text == "header") ctx.send_header();
    if (in.text == "pushback") ctx.set_trailer("grpc-retry-pushback-ms", "3000");
    if (in.text == "never") ctx.set_trailer("grpc-retry-pushback-ms", "-1");
    if (in.text == "slow-first" && *count < 3) {
      co_await work(ctx.context(), 10 * kSecond);
      println("ended", ctx.context().err());
    } else if (*count < in.number) {
      co_return Status{Code::kUnavailable, "busy"};
    }
    co_return Text{"done"};
  });
  println(co_await server.listen_and_serve(":50051"));
}

ChannelOptions retrying(int attempts = 4) {
  ChannelOptions options;
  options.retry.max_attempts = attempts;
  return options;
}

Task<> retry_client() {
  const Channel channel("server:50051", retrying());
  const auto reply = co_await ask(channel, "x", 3);
  println("attempts", reply.attempts);
}
Task<> retry_most_client() {
  const Channel channel("server:50051", retrying(9));
  const auto reply = co_await ask(channel, "x", 100);
  println("attempts", reply.attempts);
}
Task<> retry_header_client() {
  const Channel channel("server:50051", retrying());
  co_await ask(channel, "header", 3);
}
Task<> retry_never_client() {
  const Channel channel("server:50051", retrying());
  co_await ask(channel, "never", 3);
}
Task<> pushback_client() {
  const Channel channel("server:50051", retrying());
  co_await ask(channel, "pushback", 2);
  println(uptime().ns / kSecond.ns);
}
Task<> throttled_client() {
  ChannelOptions options = retrying(5);
  options.throttling.max_tokens = 4;
  const Channel channel("server:50051", options);
  co_await ask(channel, "x", 100);
}
Task<> hedging_client() {
  ChannelOptions options;
  options.hedging.max_attempts = 4;
  options.hedging.delay = 100 * kMillisecond;
  const Channel channel("server:50051", options);
  const auto reply = co_await ask(channel, "slow-first");
  println("attempts", reply.attempts, uptime() < kSecond);
  co_await sleep_for(kSecond);
}

Task<> naming_server() {
  const Server server;
  const std::string name(current_process().name());
  server.unary(kUnary, [name](ServerContext, Text) -> Task<Result<Text>> { co_return Text{name}; });
  println(co_await server.listen_and_serve(":50051"));
}
Task<> round_robin_client() {
  ChannelOptions options;
  options.balancing = Balancing::kRoundRobin;
  const Channel channel("a:50051,b:50051,c:50051", options);
  co_await ask(channel, "x");
  co_await sleep_for(kSecond);
  for (int i = 0; i < 6; ++i) co_await ask(channel, "x");
}
Task<> pick_first_client() {
  co_await sleep_for(kSecond);
  const Channel channel("dead:50051,b:50051,c:50051");
  for (int i = 0; i < 3; ++i) co_await ask(channel, "x");
}

Task<> late_server() {
  co_await sleep_for(10 * kSecond);
  co_await server();
}
Task<> reconnecting_client() {
  const Channel channel("server:50051");
  co_await ask(channel, "x");
  println(connectivity_text(channel.state()));
  CallOptions patient;
  patient.wait_for_ready = true;
  const Cancelable timed = with_timeout(background(), 60 * kSecond);
  const Text request{"waited"};
  co_await ask(channel, timed.context, request, patient);
  timed.cancel();
  println(uptime() > 10 * kSecond, uptime() < 30 * kSecond);
}

Task<> keep_alive_client() {
  ChannelOptions options;
  options.keep_alive.time = 10 * kSecond;
  options.keep_alive.timeout = 5 * kSecond;
  const Channel channel("server:50051", options);
  co_await ask(channel, "sleep", 600'000, 300 * kSecond);
  println("at", uptime().ns / kSecond.ns);
}
Task<> pinging_client() {
  ChannelOptions options;
  options.keep_alive.time = 10 * kSecond;
  options.keep_alive.permit_without_calls = true;
  const Channel channel("server:50051", options);
  co_await ask(channel, "sleep", 600'000, 300 * kSecond);
  println("at", uptime().ns / kSecond.ns);
}

Task<> stopping_server() {
  const Server server = make_server();
  go(
      [](Server stopping) -> Task<> {
        co_await sleep_for(kSecond);
        co_await stopping.graceful_stop();
        println("stopped at", uptime().ns / kSecond.ns);
      },
      server);
  println(co_await server.listen_and_serve(":50051"));
  co_await sleep_for(20 * kSecond);
}
Task<> stopping_client() {
  const Channel channel("server:50051");
  go(
      [](Channel other) -> Task<> {
        co_await sleep_for(2 * kSecond);
        co_await ask(other, "x");
      },
      channel);
  co_await ask(channel, "sleep", 5000);
  co_await sleep_for(kSecond);
}

Task<> busy_client() {
  ChannelOptions options = retrying(3);
  options.keep_alive.time = 10 * kSecond;
  const Channel channel("server:50051,other:50051", options);
  for (int round = 0; round < 4; ++round) {
    go(
        [](Channel on) -> Task<> {
          const Cancelable timed = with_timeout(background(), 10 * kSecond);
          const auto opened = co_await stream(on, kBoth, timed.context);
          const Text piece{std::string(20'000, 'x')};
          for (int i = 0; i < 20; ++i) {
            if (!co_await opened.send(piece)) break;
            if (auto got = co_await opened.receive(); !got) break;
          }
          opened.close_send();
          while (auto got = co_await opened.receive()) continue;
          println("ended");
          timed.cancel();
        },
        channel);
    const Instant begin = now();
    const Cancelable timed = with_timeout(background(), 3 * kSecond);
    const Text request{"sleep", 200};
    const auto reply = co_await call(channel, kUnary, timed.context, request);
    timed.cancel();
    if (since(begin) > 3 * kSecond) println("late", reply.status.message());
    println("ended");
    co_await sleep_for(kSecond);
  }
  co_await sleep_for(15 * kSecond);
  channel.close();
}

support::ClusterOutcome run(std::vector<support::TestNode> nodes,
                            std::vector<std::pair<Instant, std::string>> plan = {}) {
  support::ClusterOptions options = options_of(std::move(nodes));
  options.plan = std::move(plan);
  return support::simulate_cluster(options);
}
std::string run_failing(support::Program client) {
  return run_client(client, {}, failing_server);
}
Instant at(int64_t seconds) {
  return Instant{} + seconds * kSecond;
}

}  // namespace

TEST_CASE(
    "a server that is killed leaves its calls UNAVAILABLE, one without power to the deadline") {
  const std::string killed = run_client(long_call_client, {{at(2), "kill server server"}});
  CAPTURE(killed);
  CHECK(killed.starts_with("rpc error: code = Unavailable desc = error reading from server: "));
  CHECK(killed.ends_with("at 2\n"));
  CHECK(run_client(long_call_client, {{at(2), "crash server"}}) ==
        "rpc error: code = DeadlineExceeded desc = context deadline exceeded\nat 20\n");
}

TEST_CASE("retries: attempts, their most, and what forbids them") {
  CHECK(run_failing(retry_client) ==
        "call 1 previous \ncall 2 previous 1\ncall 3 previous 2\ndone 0\nattempts 3\n");
  const std::string busy = "rpc error: code = Unavailable desc = busy\n";
  CHECK(run_failing(retry_most_client) ==
        "call 1 previous \ncall 2 previous 1\ncall 3 previous 2\ncall 4 previous 3\n"
        "call 5 previous 4\n" +
            busy + "attempts 5\n");
  CHECK(run_failing(retry_header_client) == "call 1 previous \n" + busy);
  CHECK(run_failing(retry_never_client) == "call 1 previous \n" + busy);
  CHECK(run_failing(pushback_client) == "call 1 previous \ncall 2 previous 1\ndone 0\n3\n");
  // Four tokens: after two failures they are at half.
  CHECK(run_failing(throttled_client) == "call 1 previous \ncall 2 previous 1\n" + busy);
}

TEST_CASE("hedging sends more attempts and cancels the losers") {
  CHECK(run_failing(hedging_client) ==
        "call 1 previous \ncall 2 previous 1\ncall 3 previous 2\ndone 0\nattempts 3 true\n"
        "ended context canceled\nended context canceled\n");
}

TEST_CASE("round_robin takes turns, pick_first the first that answers") {
  const std::string turns = run({{"a", naming_server},
                                 {"b", naming_server},
                                 {"c", naming_server},
                                 {"client", round_robin_client}})
                                .out;
  CAPTURE(turns);
  for (const char* name : {"a 0", "b 0", "c 0"}) {
    int count = 0;
    for (size_t found = turns.find(name, 4); found != std::string::npos;
         found = turns.find(name, found + 1)) {
      ++count;
    }
    CHECK(count == 2);
  }
  CHECK(run({{"dead"}, {"b", naming_server}, {"c", naming_server}, {"client", pick_first_client}})
            .out == "b 0\nb 0\nb 0\n");
}

TEST_CASE("a channel connects again with back-off; a call that waits for ready outlives failures") {
  CHECK(run({{"server", late_server}, {"client", reconnecting_client}}).out ==
        "rpc error: code = Unavailable desc = connection error: desc = \"transport: Error while "
        "dialing: dial tcp 10.0.0.1:50051: connect: connection refused\"\n"
        "TRANSIENT_FAILURE\nre: waited 1\ntrue true\n");
}

TEST_CASE("keep-alive finds a partition before the deadline does") {
  const std::string out = run_client(keep_alive_client, {{at(3), "partition client server"}});
  CAPTURE(out);
  CHECK(out.find("rpc error: code = Unavailable desc = error reading from server: keepalive ping "
                 "failed to receive ACK within timeout\nat 15\n") != std::string::npos);
}

TEST_CASE("a client that pings too often is sent away") {
  const std::string out = run_client(pinging_client);
  CAPTURE(out);
  CHECK(out.find("received prior goaway: code: ENHANCE_YOUR_CALM, debug data: "
                 "\"too_many_pings\"\n") != std::string::npos);
}

TEST_CASE("a graceful stop lets calls end and begins no more") {
  const std::string out = run_client(stopping_client, {}, stopping_server);
  CAPTURE(out);
  CHECK(out.find("re: sleep 5001\n") != std::string::npos);
  CHECK(out.find("connection refused") != std::string::npos);
  CHECK(out.find("stopped at 5\n") != std::string::npos);
}

TEST_CASE("every call ends by its deadline, whatever links and servers do") {
  for (uint64_t seed = 1; seed <= 200; ++seed) {
    CAPTURE(seed);
    auto draw = [state = seed * 977](uint64_t n) mutable {
      return static_cast<int64_t>(mix64(++state) % n);
    };
    support::ClusterOptions options =
        options_of({{"server", server}, {"other", server}, {"client", busy_client}});
    options.run.policy = Policy::kRandom;
    options.run.world.seed = seed;
    options.link.latency = kMicrosecond * (50 + draw(20'000));
    options.link.jitter = kMicrosecond * draw(5'000);
    options.link.loss_ppm = draw(3) == 0 ? 0 : draw(100'000);
    const char* const faults[] = {"kill server server", "crash server", "partition client server",
                                  "partition-from server client", "kill other other"};
    const Instant when = Instant{} + kMillisecond * draw(4'000);
    options.plan.emplace_back(when, faults[draw(std::size(faults))]);
    options.plan.emplace_back(when + kMillisecond * (1 + draw(6'000)),
                              draw(2) == 0 ? "heal client server" : "restart server");
    const support::ClusterOutcome outcome = support::simulate_cluster(options);
    CHECK(outcome.out.find("late") == std::string::npos);
    CHECK(outcome.failures.empty());
    size_t ended = 0;
    for (size_t found = outcome.out.find("ended\n"); found != std::string::npos;
         found = outcome.out.find("ended\n", found + 1)) {
      ++ended;
    }
    REQUIRE(ended == 8);
  }
}
