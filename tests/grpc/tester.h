// tests/grpc/tester.h: a service with a method of each kind, for the tests of servers and clients.

#pragma once

#include <catch_amalgamated.hpp>
#include <string>

#include "engine/sync/select.h"
#include "engine/sync/timer.h"
#include "engine/task/print.h"
#include "sim/grpc/client.h"
#include "sim/grpc/server.h"
#include "tests/support/cluster.h"

namespace tester {

using namespace engine;
using namespace sim::grpc;

struct Text {
  std::string text;
  std::int32_t number = 0;
  static constexpr auto fields() {
    return proto::message("test.Text", proto::field<1>("text", &Text::text),
                          proto::field<2>("number", &Text::number));
  }
};

inline constexpr proto::Method<Text, Text> kUnary{"/test.Tester/Unary"};
inline constexpr proto::Method<Text, Text, proto::Streaming::client> kUp{"/test.Tester/Up"};
inline constexpr proto::Method<Text, Text, proto::Streaming::server> kDown{"/test.Tester/Down"};
inline constexpr proto::Method<Text, Text, proto::Streaming::both> kBoth{"/test.Tester/Both"};
inline constexpr auto kTester = proto::service("test.Tester", kUnary, kUp, kDown, kBoth);
inline constexpr proto::ServiceDescriptor kServices[] = {kTester.descriptor()};
inline constexpr proto::FileDescriptor kFile{
    .name = "test/tester.proto", .package = "test", .services = kServices};

using Messages = ServerStream<Text, Text>;

/// Since the world began.
inline Duration uptime() {
  return since(Instant{});
}

/// Suspends for `length` or until the context is done; how the context ended.
inline Task<Error> work(Context context, Duration length) {
  const Timer timer(length);
  const Chan<None> done = context.done();
  static_cast<void>(co_await engine::select(timer.c().recv(), done.recv()));
  timer.stop();
  co_return context.err();
}

/// "echo", "sleep" (so many milliseconds), "code" (fails with the code), or anything: itself.
inline Task<Result<Text>> unary(ServerContext ctx, Text in) {
  if (in.text == "sleep") {
    if (Error error = co_await work(ctx.context(), kMillisecond * in.number)) {
      println("server:", error, "at", uptime());
      co_return status_of(error);
    }
    println("server: slept");
  }
  if (in.text == "code") co_return Status{static_cast<Code>(in.number), "asked for"};
  co_return Text{"re: " + in.text, in.number + 1};
}

/// The number of the messages and their texts.
inline Task<Result<Text>> up(ServerContext /*ctx*/, Messages stream) {
  Text all;
  while (true) {
    auto got = co_await stream.receive();
    if (!got) {
      if (!got.status.ok()) {
        println("server:", got.status.message());
        co_return got.status;
      }
      break;
    }
    all.text += got.message.text;
    ++all.number;
  }
  co_return all;
}

/// So many messages.
inline Task<Status> down(ServerContext /*ctx*/, Text in, Messages stream) {
  for (std::int32_t i = 0; i < in.number; ++i) {
    const Text out{in.text, i};
    const Status sent = co_await stream.send(out);
    if (!sent.ok()) {
      println("server:", sent.message(), "after", i);
      co_return sent;
    }
  }
  co_return Status();
}

/// Each message comes back; "stop" ends the call.
inline Task<Status> both(ServerContext /*ctx*/, Messages stream) {
  while (true) {
    auto got = co_await stream.receive();
    if (!got) {
      if (!got.status.ok()) println("server:", got.status.message(), "at", uptime());
      co_return got.status;
    }
    if (got.message.text == "stop") co_return Status{Code::kAborted, "stopped"};
    const Status sent = co_await stream.send(got.message);
    if (!sent.ok()) co_return sent;
  }
}

inline Server make_server(const ServerOptions& options = {}) {
  const Server server(options);
  server.unary(kUnary, unary);
  server.client_streaming(kUp, up);
  server.server_streaming(kDown, down);
  server.bidirectional(kBoth, both);
  server.describe(kFile);
  return server;
}

inline Task<> server() {
  println(co_await make_server().listen_and_serve(":50051"));
}

/// A unary call that prints how it ends.
inline Task<Reply<Text>> ask(Channel channel, Context context, Text request,
                             CallOptions options = {}) {
  Reply<Text> reply = co_await call(channel, kUnary, context, request, options);
  if (reply.ok()) {
    println(reply.message.text, reply.message.number);
  } else {
    println(reply.status.message());
  }
  co_return reply;
}
inline Task<Reply<Text>> ask(Channel channel, std::string text, std::int32_t number = 0,
                             Duration limit = 10 * kSecond) {
  const Cancelable timed = with_timeout(background(), limit);
  const Text request{text, number};
  Reply<Text> reply = co_await ask(channel, timed.context, request);
  timed.cancel();
  co_return reply;
}

/// A server's pings go on for ever while a connection does, so every run has an end.
inline engine::RunOptions an_hour() {
  engine::RunOptions options;
  options.until = Instant{} + 3600 * kSecond;
  return options;
}

inline std::string run_client(support::Program client,
                              std::vector<std::pair<Instant, std::string>> plan = {},
                              support::Program serving = server) {
  const support::ClusterOutcome outcome =
      support::simulate_cluster({.nodes = {{"server", serving}, {"client", client}},
                                 .plan = std::move(plan),
                                 .run = an_hour()});
  return outcome.out + outcome.err;
}

}  // namespace tester
