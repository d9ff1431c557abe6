// Calls of every kind between a client and a server: messages, metadata, statuses, deadlines.

#include "tests/grpc/tester.h"

using namespace tester;

namespace {

Task<> unary_client() {
  const Channel channel("server:50051");
  co_await ask(channel, "hello", 41);
  co_await ask(channel, "", -1);
  co_await ask(channel, "code", 5);
  co_await ask(channel, "code", 0);
  println(channel.connections_made(), connectivity_text(channel.state()));
  channel.close();
  co_await ask(channel, "hello");
}

Task<> streaming_client() {
  const Channel channel("server:50051");
  auto down_stream = co_await stream(channel, kDown, background());
  const Text three{"x", 3};
  co_await down_stream.send(three);
  down_stream.close_send();
  while (auto got = co_await down_stream.receive()) println("down", got.message.number);
  println(down_stream.status().message());

  auto up_stream = co_await stream(channel, kUp, background());
  for (const char* letter : {"a", "b", "c"}) {
    const Text out{letter};
    println(co_await up_stream.send(out));
  }
  up_stream.close_send();
  const auto all = co_await up_stream.receive();
  println(all.message.text, all.message.number, up_stream.call().finished());
  println((co_await up_stream.receive()).is_there, up_stream.status().message());

  auto both_stream = co_await stream(channel, kBoth, background());
  for (const char* word : {"ping", "pong", "stop"}) {
    const Text out{word, 7};
    co_await both_stream.send(out);
    const auto got = co_await both_stream.receive();
    println(got.is_there, got.message.text);
  }
  println(both_stream.status().message());
  const Text late{"late"};
  println(co_await both_stream.send(late));
}

Task<> metadata_server() {
  const Server server;
  server.unary(kUnary, [](ServerContext ctx, Text) -> Task<Result<Text>> {
    for (const auto& [key, value] : ctx.metadata()) println(key, "=", value.size(), value);
    ctx.set_header("head", "one");
    ctx.set_header("head", "two");
    ctx.set_header("short-bin", std::string("\0\xff", 2));
    ctx.set_trailer("tail-bin", "abc");
    ctx.set_trailer("tail", "t");
    co_return Text{"done"};
  });
  server.server_streaming(kDown, [](ServerContext ctx, Text in, Messages) -> Task<Status> {
    if (in.number == 1) ctx.set_header("head", "h");
    ctx.set_trailer("tail", "t");
    co_return Status{Code::kNotFound, "100% \xc3\xa4\n"};
  });
  println(co_await server.listen_and_serve(":50051"));
}

Task<> metadata_client() {
  const Channel channel("server:50051");
  CallOptions options;
  options.metadata.add("Key", "a b");
  options.metadata.add("key", "second");
  options.metadata.add("raw-bin", std::string("\0\1\2,", 4));
  options.metadata.add("grpc-status", "0");      // reserved: not sent
  options.metadata.add("content-type", "text");  // reserved: not sent
  const Text request;
  const auto reply = co_await call(channel, kUnary, background(), request, options);
  println(reply.status.message());
  for (const auto& [key, value] : reply.header) println("header", key, value.size());
  for (const auto& [key, value] : reply.trailer) println("trailer", key, value);
  for (const int with_header : {0, 1}) {
    const auto opened = co_await stream(channel, kDown, background());
    const Text number{"", with_header};
    co_await opened.send(number);
    opened.close_send();
    println((co_await opened.receive()).is_there, opened.status().message());
    println(opened.call().header().get("head"), opened.call().trailer().get("tail"));
  }
}

// The second server of a chain: it sleeps. The first passes its context on.
Task<> chain_front() {
  const Channel back("back:50051");
  const Server server;
  server.unary(kUnary, [back](ServerContext ctx, Text in) -> Task<Result<Text>> {
    const Channel next = back;
    const Context context = ctx.context();
    const auto reply = co_await call(next, kUnary, context, in);
    println("front:", reply.status.message(), context.err(), "at", uptime());
    if (!reply.ok()) co_return reply.status;
    co_return reply.message;
  });
  println(co_await server.listen_and_serve(":50051"));
}

Task<> chain_client() {
  co_await sleep_for(100 * kMillisecond);
  const Channel channel("front:50051");
  co_await ask(channel, "warm", 1);
  println("asks at", uptime());
  co_await ask(channel, "sleep", 5000, kSecond);
  println("client at", uptime());
  co_await sleep_for(2 * kSecond);
}

Task<> cancelling_chain_client() {
  co_await sleep_for(100 * kMillisecond);
  const Channel channel("front:50051");
  const Cancelable scope = with_cancel(background());
  go(
      [](CancelFunc cancel) -> Task<> {
        co_await sleep_for(kSecond);
        cancel();
      },
      scope.cancel);
  const Text request{"sleep", 5000};
  co_await ask(channel, scope.context, request);
  co_await sleep_for(2 * kSecond);
}

std::string run_chain(support::Program client) {
  return support::simulate_cluster(
             {.nodes = {{"back", server}, {"front", chain_front}, {"client", client}},
              .run = an_hour()})
      .out;
}

Task<> unknown_client() {
  const Channel channel("server:50051");
  constexpr proto::Method<Text, Text> kMethod{"/test.Tester/None"};
  constexpr proto::Method<Text, Text> kService{"/test.None/Unary"};
  constexpr proto::Method<Text, Text> kBad{"/none"};
  const Text request;
  for (const auto& method : {kMethod, kService, kBad}) {
    println((co_await call(channel, method, background(), request)).status.message());
  }
}

Task<> large_client() {
  const Channel channel("server:50051");
  const auto opened = co_await stream(channel, kBoth, background());
  const Text most{std::string((4 << 20) - 10, 'x')};
  co_await opened.send(most);
  println((co_await opened.receive()).message.text.size());
  const Text more{std::string(4 << 20, 'x')};
  co_await opened.send(more);
  const auto got = co_await opened.receive();
  println(got.is_there, opened.status().message());
}

Task<> large_server() {
  const Server server;
  server.unary(kUnary, [](ServerContext, Text) -> Task<Result<Text>> {
    co_return Text{std::string(4 << 20, 'x')};
  });
  println(co_await server.listen_and_serve(":50051"));
}
Task<> large_reply_client() {
  const Channel channel("server:50051");
  co_await ask(channel, "");
}

Task<> cancelling_client() {
  const Channel channel("server:50051");
  const Cancelable scope = with_cancel(background());
  const auto opened = co_await stream(channel, kBoth, scope.context);
  const Text out{"x"};
  co_await opened.send(out);
  println((co_await opened.receive()).is_there);
  scope.cancel();
  println((co_await opened.receive()).is_there, opened.status().message());
  co_await sleep_for(kSecond);
  println("unfinished calls:", channel.connections_made());
}

Task<> slow_reader() {
  const Channel channel("server:50051");
  const Cancelable scope = with_cancel(background());
  const auto opened = co_await stream(channel, kDown, scope.context);
  const Text many{std::string(1000, 'x'), 100'000};
  co_await opened.send(many);
  opened.close_send();
  println((co_await opened.receive()).message.number);
  co_await sleep_for(10 * kSecond);
  // What was sent meanwhile is bounded by the window and the queues.
  scope.cancel();
  println((co_await opened.receive()).is_there, opened.status().message());
  co_await sleep_for(kSecond);
}

// All that is sent arrives, and the status behind it, however late it is read.
Task<> late_reader() {
  const Channel channel("server:50051");
  const auto opened = co_await stream(channel, kBoth, background());
  const Text piece{std::string(30'000, 'x')};
  for (int i = 0; i < 6; ++i) co_await opened.send(piece);
  const Text stop{"stop"};
  co_await opened.send(stop);
  co_await sleep_for(kSecond);
  int count = 0;
  while (auto got = co_await opened.receive()) ++count;
  println(count, opened.status().message());
}

Task<> interceptor_server() {
  const Server server = make_server();
  for (const char* name : {"outer", "inner"}) {
    const std::string kept = name;
    server.intercept(
        [kept](ServerContext ctx, Server::Handler next, std::string* reply) -> Task<Status> {
          const std::string mine = kept;
          println(mine, "begins", ctx.method());
          const Status status = co_await next(Ref<ServerCall>(&ctx.call()), reply);
          println(mine, "ends", status.message());
          co_return status;
        });
  }
  server.intercept([](ServerContext ctx, Server::Handler next, std::string* reply) -> Task<Status> {
    if (ctx.metadata().has("stranger")) co_return Status{Code::kUnauthenticated, "who?"};
    co_return co_await next(Ref<ServerCall>(&ctx.call()), reply);
  });
  println(co_await server.listen_and_serve(":50051"));
}

Task<> interceptor_client() {
  const Channel channel("server:50051");
  co_await ask(channel, "hello");
  CallOptions options;
  options.metadata.add("stranger", "yes");
  const Text request;
  co_await ask(channel, background(), request, options);
}

}  // namespace

TEST_CASE("a unary call brings the handler's message or status") {
  CHECK(run_client(unary_client) ==
        "re: hello 42\nre:  0\nrpc error: code = NotFound desc = asked for\n 0\n1 READY\n"
        "rpc error: code = Canceled desc = grpc: the client connection is closing\n");
}

TEST_CASE("streams carry messages in each direction and both") {
  CHECK(run_client(streaming_client) ==
        "down 0\ndown 1\ndown 2\nrpc error: code = OK desc = \n"
        "true\ntrue\ntrue\nabc 3 false\nfalse rpc error: code = OK desc = \n"
        "true ping\ntrue pong\nfalse \nrpc error: code = Aborted desc = stopped\nfalse\n");
}

TEST_CASE("metadata goes with the call, the header and the trailers") {
  const std::string raw("\0\1\2,", 4);
  CHECK(run_client(metadata_client, {}, metadata_server) ==
        "user-agent = 15 grpc-orrery/1.0\nkey = 3 a b\nkey = 6 second\nraw-bin = 4 " + raw +
            "\nrpc error: code = OK desc = \nheader head 3\nheader head 3\nheader short-bin 2\n"
            "trailer tail-bin abc\ntrailer tail t\n"
            "false rpc error: code = NotFound desc = 100% \xc3\xa4\n\n t\n"
            "false rpc error: code = NotFound desc = 100% \xc3\xa4\n\nh t\n");
}

TEST_CASE("a deadline travels along a chain of servers and ends every call of it") {
  const std::string out = run_chain(chain_client);
  CAPTURE(out);
  CHECK(
      out.find("rpc error: code = DeadlineExceeded desc = context deadline exceeded\nclient at") !=
      std::string::npos);
  CHECK(out.find("front: rpc error: code = DeadlineExceeded desc = context deadline exceeded "
                 "context deadline exceeded at") != std::string::npos);
  CHECK(out.find("server: context deadline exceeded at") != std::string::npos);
  CHECK(out.find("server: slept") == std::string::npos);
}

TEST_CASE("a client that gives up cancels the whole chain") {
  const std::string out = run_chain(cancelling_chain_client);
  CAPTURE(out);
  CHECK(out.find("rpc error: code = Canceled desc = context canceled\n") != std::string::npos);
  CHECK(out.find("front: rpc error: code = Canceled desc = context canceled context canceled") !=
        std::string::npos);
  CHECK(out.find("server: context canceled at") != std::string::npos);
}

TEST_CASE("unknown methods and services are UNIMPLEMENTED, in grpc-go's words") {
  CHECK(run_client(unknown_client) ==
        "rpc error: code = Unimplemented desc = unknown method None for service test.Tester\n"
        "rpc error: code = Unimplemented desc = unknown service test.None\n"
        "rpc error: code = Unimplemented desc = malformed method name: \"/none\"\n");
}

TEST_CASE("a message above 4 MiB is refused with RESOURCE_EXHAUSTED at either end") {
  const std::string status =
      "rpc error: code = ResourceExhausted desc = grpc: received message larger than max (4194309 "
      "vs. 4194304)\n";
  const std::string out = run_client(large_client);
  CAPTURE(out);
  CHECK(out.starts_with("4194294\nserver: " + status.substr(0, status.size() - 1)));
  CHECK(out.ends_with("false " + status));
  CHECK(run_client(large_reply_client, {}, large_server) == status);
}

TEST_CASE("a cancelled call ends the handler's context") {
  const std::string out = run_client(cancelling_client);
  CAPTURE(out);
  CHECK(out.starts_with("true\nfalse rpc error: code = Canceled desc = context canceled\n"));
  CHECK(out.find("server: rpc error: code = Canceled desc = context canceled at") !=
        std::string::npos);
}

TEST_CASE("a slow reader stops the sender") {
  const std::string out = run_client(slow_reader);
  CAPTURE(out);
  CHECK(out.starts_with("0\nfalse rpc error: code = Canceled desc = context canceled\n"));
  const size_t at = out.find("after ");
  REQUIRE(at != std::string::npos);
  // The windows of 64 KiB, and the sender's quota of as much.
  const int sent = std::stoi(out.substr(at + 6));
  CHECK(sent > 60);
  CHECK(sent < 200);
}

TEST_CASE("a status waits for the messages before it") {
  CHECK(run_client(late_reader) == "6 rpc error: code = Aborted desc = stopped\n");
}

TEST_CASE("interceptors wrap the handler, the first outermost") {
  CHECK(run_client(interceptor_client, {}, interceptor_server) ==
        "outer begins /test.Tester/Unary\ninner begins /test.Tester/Unary\n"
        "inner ends rpc error: code = OK desc = \nouter ends rpc error: code = OK desc = \n"
        "re: hello 1\n"
        "outer begins /test.Tester/Unary\ninner begins /test.Tester/Unary\n"
        "inner ends rpc error: code = Unauthenticated desc = who?\n"
        "outer ends rpc error: code = Unauthenticated desc = who?\n"
        "rpc error: code = Unauthenticated desc = who?\n");
}
