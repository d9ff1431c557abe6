// What the documents of gRPC fix to the number: which code a failure becomes, when a call is tried
// again or hedged, and when not. Times are virtual, so they are compared exactly.
//
// Sources: "HTTP to gRPC Status Code Mapping"; "gRPC over HTTP2", Errors; gRFC A6; grpc-go,
// clientStream.shouldRetry, where A6 leaves room.

#include "tests/grpc/tester.h"

#include <charconv>
#include <map>
#include <memory>
#include <vector>

#include "sim/http2/hpack.h"

using namespace tester;
namespace http2 = sim::http2;

namespace {

constexpr Duration kLatency = 5 * kMillisecond;
constexpr Duration kRoundTrip = 2 * kLatency;

std::vector<std::string> split(std::string_view text, char by) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    const size_t end = text.find(by);
    parts.emplace_back(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return parts;
}

int64_t number_in(std::string_view text) {
  int64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

// A call's text is `NUMBER ACTION...`: what its first attempt meets, its second, and so on; the
// last action also meets all that follow. An action is `NAME`, `NAME:PUSHBACK` or
// `NAME:PUSHBACK:MILLISECONDS`, the time that it takes.
Task<Result<Text>> scripted(std::shared_ptr<std::map<std::string, size_t>> met, ServerContext ctx,
                            Text in) {
  const std::vector<std::string> words = split(in.text, ' ');
  const size_t attempt = ++(*met)[in.text];
  const std::vector<std::string> action = split(words[std::min(attempt, words.size() - 1)], ':');
  println("call", words[0], ctx.metadata().get("grpc-previous-rpc-attempts"), "at", uptime().ns);
  if (action.size() > 2) {
    const Error ended = co_await work(ctx.context(), kMillisecond * number_in(action[2]));
    if (ended) {
      println("cancelled", words[0], "at", uptime().ns);
      co_return status_of(ended);
    }
  }
  if (action.size() > 1 && !action[1].empty()) {
    ctx.set_trailer("grpc-retry-pushback-ms", action[1]);
    if (action[0] == "twice") ctx.set_trailer("grpc-retry-pushback-ms", action[1]);
  }
  if (action[0] == "ok") co_return Text{"done"};
  if (action[0] == "bad") co_return Status{Code::kInvalidArgument, "bad"};
  co_return Status{Code::kUnavailable, "busy"};
}

Task<> scripted_server() {
  const Server server;
  const auto met = std::make_shared<std::map<std::string, size_t>>();
  server.unary(kUnary, [met](ServerContext ctx, Text in) -> Task<Result<Text>> {
    const auto kept = met;
    co_return co_await scripted(kept, ctx, in);
  });
  println(co_await server.listen_and_serve(":50051"));
}

ChannelOptions options_from(const Process& process) {
  ChannelOptions options;
  options.retry.max_attempts = static_cast<int>(process.env_int("RETRIES", 0));
  options.retry.initial_backoff = kMillisecond * process.env_int("INITIAL", 100);
  options.retry.max_backoff = kMillisecond * process.env_int("MAX", 400);
  options.retry.backoff_multiplier_percent = process.env_int("PERCENT", 250);
  options.hedging.max_attempts = static_cast<int>(process.env_int("HEDGES", 0));
  options.hedging.delay = kMillisecond * process.env_int("DELAY", 100);
  options.throttling.max_tokens = process.env_int("TOKENS", 0);
  options.throttling.token_ratio_milli = process.env_int("RATIO", 100);
  return options;
}

// Makes a call for each argument, one after the other. A connection is there before the first.
Task<> scripted_client() {
  const Process& process = current_process();
  const Channel channel("server:50051", options_from(process));
  channel.connect();
  co_await sleep_for(kSecond);
  int number = 0;
  for (const std::string& script : process.args()) {
    std::string text;
    append_operand(text, ++number);
    const Text request{text + " " + script};
    const Cancelable timed = with_timeout(background(), 60 * kSecond);
    const Instant begin = now();
    const auto reply = co_await call(channel, kUnary, timed.context, request);
    println("done", number, code_text(reply.status.code), reply.attempts, "at", uptime().ns,
            "after", since(begin).ns);
    if (!reply.ok()) println("why", reply.status.text);
    timed.cancel();
    co_await sleep_for(kSecond);
  }
}

using Environment = std::vector<std::pair<std::string, std::string>>;

struct Script {
  std::vector<std::string> calls;
  Environment env = {};
  std::vector<std::string> serving = {};  // arguments of the server
  support::Program server = scripted_server;
  uint64_t seed = 1;
};

std::string run_script(const Script& script) {
  engine::RunOptions options = an_hour();
  options.world.seed = script.seed;
  options.world.trace = TraceLevel::kOff;
  engine::Run run(options, [&script] {
    auto& cluster = *new sim::net::Cluster;
    for (const char* name : {"server", "client"}) {
      sim::node::Machine::Options machine;
      machine.name = name;
      machine.zone = "zone";
      const bool is_client = machine.name == "client";
      sim::node::Unit unit;
      unit.name = name;
      unit.main = is_client ? scripted_client : script.server;
      unit.args = is_client ? script.calls : script.serving;
      unit.env = script.env;
      cluster.add_machine(machine).add_unit(std::move(unit));
    }
    sim::net::LinkOptions link;
    link.latency = kLatency;
    cluster.network().add_link({"zone", "zone"}, link);
    cluster.boot();
  });
  run.run();
  return support::printed(run.world(), Stream::kStdout) +
         support::printed(run.world(), Stream::kStderr);
}

struct Outcome {
  std::string code;
  int64_t attempts = 0;
  std::string why;
  Duration took;
  std::vector<Duration> gaps;  // between the arrivals of attempts
  std::vector<std::string> previous;
  size_t cancelled = 0;
};

// What became of each call.
std::vector<Outcome> outcomes(const Script& script) {
  const std::string out = run_script(script);
  CAPTURE(out);
  std::vector<Outcome> all(script.calls.size());
  std::map<size_t, int64_t> last;
  size_t done = 0;
  for (const std::string& line : split(out, '\n')) {
    const std::vector<std::string> words = split(line, ' ');
    if (words[0] == "why") all[done - 1].why = line.substr(4);
    if (words.size() < 3) continue;
    const auto number = static_cast<size_t>(number_in(words[1]));
    if (number < 1 || number > all.size()) continue;
    Outcome& outcome = all[number - 1];
    if (words[0] == "call") {
      outcome.previous.push_back(words[2]);
      const int64_t at = number_in(words[4]);
      if (last.contains(number)) outcome.gaps.push_back(Duration{at - last[number]});
      last[number] = at;
    } else if (words[0] == "cancelled") {
      ++outcome.cancelled;
    } else if (words[0] == "done") {
      done = number;
      outcome.code = words[2];
      outcome.attempts = number_in(words[3]);
      outcome.took = Duration{number_in(words.back())};
    }
  }
  REQUIRE(done == all.size());
  return all;
}
Outcome outcome_of(const Script& script) {
  return outcomes(script).front();
}

using Gaps = std::vector<Duration>;
using Texts = std::vector<std::string>;

}  // namespace

TEST_CASE("an HTTP status without grpc-status becomes the code of the public table") {
  struct Row {
    int status;
    Code code;
  };
  // 431 is what grpc-java adds (GrpcUtil); the document and grpc-go leave it to UNKNOWN.
  constexpr Row kTable[] = {
      {400, Code::kInternal},      {401, Code::kUnauthenticated}, {403, Code::kPermissionDenied},
      {404, Code::kUnimplemented}, {429, Code::kUnavailable},     {431, Code::kInternal},
      {502, Code::kUnavailable},   {503, Code::kUnavailable},     {504, Code::kUnavailable},
  };
  for (int status = 100; status < 1000; ++status) {
    Code expected = Code::kUnknown;
    for (const Row& row : kTable) {
      if (row.status == status) expected = row.code;
    }
    CAPTURE(status);
    CHECK(code_of_http(status) == expected);
  }
}

TEST_CASE("a reset stream becomes the code of the public table") {
  using http2::ErrorCode;
  struct Row {
    ErrorCode reset;
    Code code;
  };
  constexpr Row kTable[] = {
      {ErrorCode::kNoError, Code::kInternal},
      {ErrorCode::kProtocolError, Code::kInternal},
      {ErrorCode::kInternalError, Code::kInternal},
      {ErrorCode::kFlowControlError, Code::kInternal},
      {ErrorCode::kSettingsTimeout, Code::kInternal},
      {ErrorCode::kStreamClosed, Code::kInternal},  // the table has no mapping
      {ErrorCode::kFrameSizeError, Code::kInternal},
      {ErrorCode::kRefusedStream, Code::kUnavailable},
      {ErrorCode::kCancel, Code::kCancelled},
      {ErrorCode::kCompressionError, Code::kInternal},
      {ErrorCode::kConnectError, Code::kInternal},
      {ErrorCode::kEnhanceYourCalm, Code::kResourceExhausted},
      {ErrorCode::kInadequateSecurity, Code::kPermissionDenied},
      {ErrorCode::kHttp11Required, Code::kInternal},  // grpc-go's
  };
  for (const Row& row : kTable) {
    CAPTURE(http2::error_code_text(row.reset));
    CHECK(code_of_reset(row.reset) == row.code);
  }
}

// gRFC A6, "Exponential Backoff": initialBackoff * backoffMultiplier^(n-1), at most maxBackoff,
// times random(0.8, 1.2).
TEST_CASE("the wait before each retry is the back-off of A6 with a jitter of 20 %") {
  const Script kBusy{.calls = {"busy"}, .env = {{"RETRIES", "5"}}};
  constexpr int64_t kBaseMs[] = {100, 250, 400, 400};
  int64_t least[4] = {1000, 1000, 1000, 1000};
  int64_t most[4] = {};
  int64_t sum = 0;
  constexpr uint64_t kSeeds = 200;
  for (uint64_t seed = 1; seed <= kSeeds; ++seed) {
    Script script = kBusy;
    script.seed = seed;
    const Outcome outcome = outcome_of(script);
    CAPTURE(seed);
    REQUIRE(outcome.gaps.size() == 4);
    for (size_t i = 0; i < 4; ++i) {
      const int64_t permille = (outcome.gaps[i] - kRoundTrip).ns / kBaseMs[i] / 1000;
      CHECK(permille >= 800);
      CHECK(permille <= 1200);
      least[i] = std::min(least[i], permille);
      most[i] = std::max(most[i], permille);
      sum += permille;
    }
    CHECK(outcome.code == "Unavailable");
    CHECK(outcome.attempts == 5);
    CHECK(outcome.previous == Texts{"", "1", "2", "3", "4"});
  }
  for (size_t i = 0; i < 4; ++i) {
    CHECK(least[i] <= 810);
    CHECK(most[i] >= 1190);
  }
  const int64_t mean = sum / static_cast<int64_t>(4 * kSeeds);
  CHECK(mean > 985);
  CHECK(mean < 1015);
}

TEST_CASE("a server's pushback is the wait, to the millisecond, and begins the back-off anew") {
  const Outcome outcome =
      outcome_of({.calls = {"busy busy:3000 busy:0 busy ok"}, .env = {{"RETRIES", "5"}}});
  CHECK(outcome.code == "OK");
  REQUIRE(outcome.gaps.size() == 4);
  CHECK(outcome.gaps[1] == 3000 * kMillisecond + kRoundTrip);
  CHECK(outcome.gaps[2] == kRoundTrip);
  // The third back-off would be 400 ms.
  CHECK(outcome.gaps[3] >= 80 * kMillisecond + kRoundTrip);
  CHECK(outcome.gaps[3] <= 120 * kMillisecond + kRoundTrip);
}

TEST_CASE("a pushback that is negative or no number forbids retries; one does not allow them") {
  const std::vector<Outcome> all =
      outcomes({.calls = {"busy:-1 ok", "busy:soon ok", "busy: ok", "bad:10 ok"},
                .env = {{"RETRIES", "4"}}});
  CHECK(all[0].attempts == 1);
  CHECK(all[0].code == "Unavailable");
  CHECK(all[1].attempts == 1);
  CHECK(all[2].attempts == 2);  // none was sent
  CHECK(all[3].attempts == 1);
  CHECK(all[3].code == "InvalidArgument");
}

// Source: grpc-go: `len(sps) > 1` aborts.
TEST_CASE("two pushbacks are no number") {
  CHECK(outcome_of({.calls = {"twice:10 ok"}, .env = {{"RETRIES", "4"}}}).attempts == 1);
}

// gRFC A6, "Throttling Retry Attempts and Hedged RPCs".
TEST_CASE("retries stop while the tokens are at half, and successes earn them back") {
  const auto attempts = [](int successes, const char* tokens, const char* ratio) {
    Script script{.calls = {"busy", "busy"},
                  .env = {{"RETRIES", "5"}, {"TOKENS", tokens}, {"RATIO", ratio}}};
    for (int i = 0; i < successes; ++i) script.calls.emplace_back("ok");
    script.calls.emplace_back("busy");
    std::vector<int64_t> counts;
    for (const Outcome& outcome : outcomes(script)) {
      if (outcome.code != "OK") counts.push_back(outcome.attempts);
    }
    return counts;
  };
  using Counts = std::vector<int64_t>;
  // 10 tokens, five failures: 5. One more: 4. Twenty successes of 0.1 each: 6, and a failure
  // makes that 5, which is no more than half.
  CHECK(attempts(20, "10", "100") == Counts{5, 1, 1});
  CHECK(attempts(21, "10", "100") == Counts{5, 1, 2});
  // Never more than the most: 10 again, however many have succeeded.
  CHECK(attempts(40, "10", "1000") == Counts{5, 1, 5});
  // An odd number: 3 > 2.5, 2 is not.
  CHECK(attempts(0, "5", "100") == Counts{3, 1, 1});
}

TEST_CASE("failures that are not retryable cost no token, but a forbidden retry does") {
  const auto last = [](std::string_view first) {
    Script script{.calls = {}, .env = {{"RETRIES", "5"}, {"TOKENS", "4"}}};
    script.calls.assign(2, std::string(first));
    script.calls.emplace_back("busy ok");
    return outcomes(script).back().attempts;
  };
  CHECK(last("bad") == 2);
  CHECK(last("bad:-1") == 1);
}

TEST_CASE("a call's deadline ends the wait before a retry") {
  const Outcome outcome = outcome_of({.calls = {"busy:600000 ok"}, .env = {{"RETRIES", "4"}}});
  CHECK(outcome.code == "DeadlineExceeded");
  CHECK(outcome.took == 60 * kSecond);
}

TEST_CASE("hedges begin after the delay, without jitter, and the losers are cancelled") {
  const Outcome outcome =
      outcome_of({.calls = {"ok::5000 ok::5000 ok::250"}, .env = {{"HEDGES", "4"}}});
  CHECK(outcome.code == "OK");
  CHECK(outcome.gaps == Gaps(3, 100 * kMillisecond));
  CHECK(outcome.previous == Texts{"", "1", "2", "3"});
  CHECK(outcome.took == 450 * kMillisecond + kRoundTrip);
  CHECK(outcome.cancelled == 3);
}

TEST_CASE("a failure that is not fatal begins the next hedge at once, one that is ends the call") {
  const std::vector<Outcome> all = outcomes(
      {.calls = {"busy busy::20 ok::10", "ok::5000 bad ok", "busy"}, .env = {{"HEDGES", "4"}}});
  CHECK(all[0].code == "OK");
  CHECK(all[0].gaps == Gaps{kRoundTrip, kRoundTrip + 20 * kMillisecond});
  CHECK(all[1].code == "InvalidArgument");
  CHECK(all[1].gaps == Gaps{100 * kMillisecond});
  CHECK(all[1].took == 100 * kMillisecond + kRoundTrip);
  CHECK(all[1].cancelled == 1);
  CHECK(all[2].code == "Unavailable");
  CHECK(all[2].gaps == Gaps(3, kRoundTrip));
  // No more than five, whatever is asked for.
  CHECK(outcome_of({.calls = {"busy"}, .env = {{"HEDGES", "9"}}}).attempts == 5);
}

TEST_CASE("pushback puts the next hedge off, a negative one stops them but not those under way") {
  const std::vector<Outcome> all =
      outcomes({.calls = {"busy:700 ok", "busy:700 ok::5000 ok", "ok::450 busy:-1 ok",
                          "ok::450 busy:x ok", "busy:-1 ok", "ok::450 busy:1000 ok"},
                .env = {{"HEDGES", "4"}}});
  CHECK(all[0].gaps == Gaps{kRoundTrip + 700 * kMillisecond});
  // After it, the delay counts again.
  CHECK(all[1].gaps == Gaps{kRoundTrip + 700 * kMillisecond, 100 * kMillisecond});
  for (const size_t i : {2U, 3U}) {
    CHECK(all[i].code == "OK");
    CHECK(all[i].gaps == Gaps{100 * kMillisecond});
    CHECK(all[i].took == 450 * kMillisecond + kRoundTrip);
  }
  CHECK(all[4].code == "Unavailable");
  CHECK(all[4].attempts == 1);
  // The first attempt answers before the third could begin.
  CHECK(all[5].code == "OK");
  CHECK(all[5].attempts == 2);
}

TEST_CASE("hedges stop while the tokens are at half") {
  const std::vector<Outcome> all =
      outcomes({.calls = {"busy", "ok::450"}, .env = {{"HEDGES", "4"}, {"TOKENS", "4"}}});
  CHECK(all[0].attempts == 2);
  CHECK(all[1].code == "OK");
  CHECK(all[1].attempts == 1);
}

// Transparent retries: a server that speaks frames.

namespace {

struct RawConnection {
  sim::net::Conn conn;
  http2::HpackDecoder decoder;
  http2::HpackEncoder encoder;

  std::string block(std::initializer_list<http2::HeaderFieldView> fields) {
    std::string out;
    for (const http2::HeaderFieldView& field : fields) encoder.encode(field.name, field.value, out);
    return out;
  }
  /// An empty message and the status.
  void answer(std::string& out, uint32_t stream, std::string_view status) {
    using http2::FrameType;
    const std::string head = block({{":status", "200"}, {"content-type", "application/grpc"}});
    const std::string tail = block({{"grpc-status", status}});
    constexpr uint8_t kEnd = http2::kFlagEndHeaders | http2::kFlagEndStream;
    if (status == "0") {
      http2::append_frame(out, {FrameType::kHeaders, http2::kFlagEndHeaders, stream, head});
      http2::append_frame(out, {FrameType::kData, 0, stream, std::string_view("\0\0\0\0\0", 5)});
      http2::append_frame(out, {FrameType::kHeaders, kEnd, stream, tail});
    } else {
      http2::append_frame(out, {FrameType::kHeaders, kEnd, stream, head + tail});
    }
  }
};

// What is done with a request: `refuse`, `reset:CODE`, `above` (a GOAWAY that leaves it out),
// `leave` (a GOAWAY that does not, and an answer), `http:STATUS`, `close`, or a grpc-status.
// False: the connection ends.
bool react(RawConnection& raw, const std::string& action, uint32_t stream, std::string& out) {
  const std::vector<std::string> words = split(action, ':');
  const uint32_t code = words.size() > 1 ? static_cast<uint32_t>(number_in(words[1])) : 7;
  if (words[0] == "refuse" || words[0] == "reset") {
    http2::append_rst_stream(out, stream, static_cast<http2::ErrorCode>(code));
  } else if (words[0] == "above") {
    http2::append_goaway(out, {stream > 2 ? stream - 2 : 0, http2::ErrorCode::kNoError, {}});
  } else if (words[0] == "leave") {
    http2::append_goaway(out, {stream, http2::ErrorCode::kNoError, {}});
    raw.answer(out, stream, "0");
  } else if (words[0] == "http") {
    const std::string head = raw.block({{":status", words[1]}, {"content-type", "text/html"}});
    http2::append_frame(out, {http2::FrameType::kHeaders,
                              http2::kFlagEndHeaders | http2::kFlagEndStream, stream, head});
  } else if (words[0] == "close") {
    return false;
  } else {
    raw.answer(out, stream, words[0]);
  }
  return true;
}

// Its arguments are what it does with the requests in the order of their arrival.
Task<> raw_connection(sim::net::Conn conn, int number, std::shared_ptr<size_t> requests) {
  const auto raw = std::make_shared<RawConnection>();
  raw->conn = conn;
  http2::FrameReader reader;
  std::string preface;
  std::string out;
  http2::append_settings(out, {});
  while (true) {
    if (!out.empty())
      static_cast<void>(co_await conn.write(sim::net::Bytes::adopt(std::move(out))));
    out.clear();
    const sim::net::ReadResult got = co_await conn.read();
    if (got.error) break;
    const std::string bytes(got.bytes.view());
    reader.feed(bytes);
    if (preface.size() < http2::kClientPreface.size()) {
      const size_t rest = std::min(http2::kClientPreface.size() - preface.size(), bytes.size());
      preface += bytes.substr(0, rest);
      reader.skip(static_cast<uint32_t>(rest));
    }
    bool goes_on = true;
    for (http2::Frame frame; reader.next(frame) == http2::FrameReader::Status::kFrame;) {
      if (frame.type == http2::FrameType::kSettings && !frame.has(http2::kFlagAck)) {
        http2::append_settings_ack(out);
      }
      if (frame.type != http2::FrameType::kHeaders) continue;
      std::string previous;
      static_cast<void>(
          raw->decoder.decode_block(frame.payload, [&](const http2::HeaderFieldView& field) {
            if (field.name == "grpc-previous-rpc-attempts") previous = field.value;
          }));
      println("call 1", previous, "at", uptime().ns, "connection", number);
      const std::vector<std::string>& actions = current_process().args();
      const size_t at = std::min((*requests)++, actions.size() - 1);
      goes_on = react(*raw, actions[at], frame.stream, out) && goes_on;
    }
    if (!goes_on) break;
  }
  static_cast<void>(conn.close());
}

Task<> raw_server() {
  const sim::net::ListenResult listening = sim::net::listen(":50051");
  const auto requests = std::make_shared<size_t>(0);
  for (int number = 1;; ++number) {
    const sim::net::AcceptResult accepted = co_await listening.listener.accept();
    if (accepted.error) break;
    go(raw_connection, accepted.conn, number, requests);
  }
}

Outcome raw_outcome(std::vector<std::string> actions, Environment env = {}) {
  return outcome_of(
      {.calls = {"-"}, .env = std::move(env), .serving = std::move(actions), .server = raw_server});
}

}  // namespace

TEST_CASE("a stream that the server refused is tried again at once, and once, uncounted") {
  const Outcome once = raw_outcome({"refuse", "0"});
  CHECK(once.code == "OK");
  CHECK(once.attempts == 1);
  CHECK(once.gaps == Gaps{kRoundTrip});
  CHECK(once.previous == Texts{"", ""});

  const Outcome twice = raw_outcome({"refuse", "refuse", "0"});
  CHECK(twice.code == "Unavailable");
  CHECK(twice.why == "stream terminated by RST_STREAM with error code: REFUSED_STREAM");
  CHECK(twice.attempts == 1);
  CHECK(twice.gaps.size() == 1);

  // The second refusal is an attempt that failed, for a policy to try again.
  const Outcome policy = raw_outcome({"refuse", "refuse", "0"}, {{"RETRIES", "2"}});
  CHECK(policy.code == "OK");
  CHECK(policy.attempts == 2);
  CHECK(policy.previous == Texts{"", "", "1"});
  REQUIRE(policy.gaps.size() == 2);
  CHECK(policy.gaps[1] >= 80 * kMillisecond);
}

TEST_CASE("a stream above a GOAWAY's is tried again on a new connection, one below it goes on") {
  const Outcome above = raw_outcome({"above", "0"});
  CHECK(above.code == "OK");
  CHECK(above.attempts == 1);
  CHECK(above.previous == Texts{"", ""});
  // A handshake and the settings of the new connection lie between.
  REQUIRE(above.gaps.size() == 1);
  CHECK(above.gaps[0] < 10 * kRoundTrip);

  const Outcome twice = raw_outcome({"above", "above", "0"});
  CHECK(twice.code == "Unavailable");
  CHECK(twice.gaps.size() == 1);

  const Outcome below = raw_outcome({"leave", "14"});
  CHECK(below.code == "OK");
  CHECK(below.gaps.empty());
}

TEST_CASE("what the server may have seen is not tried again without a policy") {
  CHECK(raw_outcome({"reset:8", "0"}).code == "Canceled");
  CHECK(raw_outcome({"reset:11", "0"}).code == "ResourceExhausted");
  CHECK(raw_outcome({"reset:2", "0"}).code == "Internal");
  CHECK(raw_outcome({"14", "0"}).code == "Unavailable");
  const Outcome closed = raw_outcome({"close", "0"});
  CHECK(closed.code == "Unavailable");
  CHECK(closed.gaps.empty());
  const Outcome policy = raw_outcome({"close", "0"}, {{"RETRIES", "2"}});
  CHECK(policy.code == "OK");
  CHECK(policy.attempts == 2);
  CHECK(policy.previous == Texts{"", "1"});
}

TEST_CASE("an answer that is not gRPC's is told by its HTTP status, and may be retried by it") {
  const Outcome proxy = raw_outcome({"http:503", "0"});
  CHECK(proxy.code == "Unavailable");
  CHECK(proxy.why ==
        "unexpected HTTP status code received from server: 503 (Service Unavailable); transport: "
        "received unexpected content-type \"text/html\"");
  CHECK(raw_outcome({"http:503", "0"}, {{"RETRIES", "2"}}).attempts == 2);
  CHECK(raw_outcome({"http:404", "0"}).code == "Unimplemented");
  CHECK(raw_outcome({"http:418", "0"}).code == "Unknown");
}
