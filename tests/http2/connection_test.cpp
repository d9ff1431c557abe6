// Two connections that talk to each other.

#include "sim/http2/connection.h"

#include <catch_amalgamated.hpp>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "tests/http2/raw_peer.h"

using namespace http2_test;

namespace {

// Writes down what happens, a line each, and consumes what it gets unless told otherwise.
class End final : public Listener {
 public:
  explicit End(const ConnectionOptions& options) : connection(options, *this) {}

  void on_headers(const HeadersEvent& event) override {
    std::string line = "headers " + std::to_string(event.stream);
    if (event.kind == HeadersKind::kTrailers) line += " trailers";
    if (event.kind == HeadersKind::kInformational) line += " informational";
    for (const HeaderFieldView& field : event.fields) {
      line += ' ' + std::string(field.name) + '=' + std::string(field.value);
    }
    log.push_back(line + (event.end_stream ? " end" : ""));
    if (on_request && event.kind == HeadersKind::kInitial) on_request(event.stream);
  }
  void on_data(const DataEvent& event) override {
    received += event.bytes.size();
    log.push_back("data " + std::to_string(event.stream) + ' ' + std::string(event.bytes) +
                  (event.end_stream ? " end" : ""));
    if (consumes) connection.consume(event.stream, event.flow_bytes);
  }
  void on_reset(const ResetEvent& event) override {
    log.push_back("reset " + std::to_string(event.stream) + ' ' + error_code_text(event.code) +
                  (event.by_peer ? " by peer" : ""));
  }
  void on_goaway(const GoAway& event) override {
    log.push_back("goaway " + std::to_string(event.last_stream) + ' ' +
                  error_code_text(event.code) + ' ' + std::string(event.debug));
  }
  void on_settings_ack() override { ++settings_acks; }
  void on_ping_ack(uint64_t opaque) override { log.push_back("pong " + std::to_string(opaque)); }
  void on_send_room(uint32_t stream) override {
    log.push_back("room " + std::to_string(stream));
    if (on_room) on_room(stream);
  }
  void on_stream_room() override { log.push_back("stream room"); }
  void on_failed(ErrorCode code, std::string_view) override {
    log.push_back("failed " + error_code_text(code));
  }

  Connection connection;
  std::vector<std::string> log;
  std::function<void(uint32_t)> on_request;
  std::function<void(uint32_t)> on_room;
  uint64_t received = 0;
  uint32_t settings_acks = 0;
  bool consumes = true;
};

struct Pair {
  explicit Pair(const ConnectionOptions& client_side = client_options(),
                const ConnectionOptions& server_side = server_options())
      : client(client_side), server(server_side) {}

  // Until neither has anything to say. `piece`: how the bytes are cut.
  Pair& run(uint32_t piece = UINT32_MAX) {
    while (client.connection.has_output() || server.connection.has_output()) {
      pass(client.connection, server.connection, piece);
      pass(server.connection, client.connection, piece);
    }
    return *this;
  }
  void pass(Connection& from, Connection& to, uint32_t piece) {
    const std::string bytes = take_all(from);
    for (std::string_view rest = bytes; !rest.empty();) {
      const std::string part(rest.substr(0, piece));
      rest.remove_prefix(part.size());
      to.receive(part);
    }
  }

  End client;
  End server;
};

const FieldList kCall = {{":method", "POST"},
                         {":scheme", "http"},
                         {":path", "/pkg.Service/Method"},
                         {":authority", "server:50051"},
                         {"content-type", "application/grpc"},
                         {"te", "trailers"}};
const FieldList kOk = {{":status", "200"}, {"content-type", "application/grpc"}};
const FieldList kStatus = {{"grpc-status", "0"}};

using Log = std::vector<std::string>;

// A unary call of the kind that gRPC makes.
void answer_calls(Pair& pair) {
  pair.server.on_request = [&pair](uint32_t id) {
    Connection& server = pair.server.connection;
    CHECK(server.send_headers(id, kOk, false));
    CHECK(server.send_data(id, "reply", false));
    CHECK(server.send_headers(id, kStatus, true));
  };
}

ConnectionOptions with_window(ConnectionOptions options, uint32_t window) {
  options.settings.initial_window_size = window;
  return options;
}

}  // namespace

TEST_CASE("a call has the same events however the bytes are cut", "[http2]") {
  const Log client_log = {"headers 1 :status=200 content-type=application/grpc", "data 1 reply",
                          "headers 1 trailers grpc-status=0 end"};
  const Log server_log = {
      "headers 1 :method=POST :scheme=http :path=/pkg.Service/Method :authority=server:50051 "
      "content-type=application/grpc te=trailers",
      "data 1 request end"};
  for (const uint32_t piece : {1u, 2u, 3u, 5u, 8u, 9u, 10u, 13u, 64u, UINT32_MAX}) {
    INFO("pieces of " << piece);
    Pair pair;
    answer_calls(pair);
    REQUIRE(pair.client.connection.open_stream(kCall, false) == 1);
    CHECK(pair.client.connection.send_data(1, "request", true));
    pair.run(piece);
    CHECK(pair.client.log == client_log);
    CHECK(pair.server.log == server_log);
    CHECK(pair.client.connection.stream_count() == 0);
    CHECK(pair.server.connection.stream_count() == 0);
    CHECK(pair.client.settings_acks == 1);
    CHECK(pair.server.settings_acks == 1);
  }
}

TEST_CASE("an informational response precedes the final one", "[http2]") {
  Pair pair;
  pair.server.on_request = [&pair](uint32_t id) {
    const HeaderFieldView hints[] = {{":status", "103"}};
    pair.server.connection.send_headers(id, hints, false);
    pair.server.connection.send_headers(id, kOk, true);
  };
  pair.client.connection.open_stream(kGet, true);
  pair.run();
  CHECK(pair.client.log == Log{"headers 1 informational :status=103",
                               "headers 1 :status=200 content-type=application/grpc end"});
}

TEST_CASE("a response to HEAD may have a content-length and no body", "[http2]") {
  Pair pair;
  pair.server.on_request = [&pair](uint32_t id) {
    const HeaderFieldView fields[] = {{":status", "200"}, {"content-length", "10"}};
    pair.server.connection.send_headers(id, fields, true);
  };
  FieldList head = kGet;
  head[0].value = "HEAD";
  pair.client.connection.open_stream(head, true);
  pair.run();
  CHECK(pair.client.log == Log{"headers 1 :status=200 content-length=10 end"});
  pair.client.connection.open_stream(kGet, true);
  pair.run();
  CHECK(pair.client.log.back() == "reset 3 PROTOCOL_ERROR");
}

TEST_CASE("DATA beyond the windows waits until the receiver consumes", "[http2]") {
  Pair pair;
  pair.run();
  pair.server.consumes = false;
  Connection& client = pair.client.connection;
  client.open_stream(kCall, false);
  const std::string message = repeated(100000);
  CHECK(client.send_data(1, message, false));
  CHECK(client.send_headers(1, {}, true));
  CHECK_FALSE(client.send_data(1, "more", false));
  pair.run();
  CHECK(pair.server.received == 65535);
  CHECK(client.queued_bytes(1) == 34465);
  CHECK(client.queued_bytes() == 34465);
  CHECK(pair.server.connection.receive_window() == 0);

  // Below half a window nothing is said.
  pair.server.connection.consume(1, 32766);
  CHECK_FALSE(pair.server.connection.has_output());
  pair.server.connection.consume(1, 1);
  pair.run();
  CHECK(pair.server.received == 65535 + 32767);
  pair.server.connection.consume(1, 32768);
  pair.run();
  CHECK(pair.server.received == 100000);
  CHECK(pair.server.log.back() == "headers 1 trailers end");
}

TEST_CASE("a sender hears when its queue has room again", "[http2]") {
  ConnectionOptions options = client_options();
  options.send_low_bytes = 1000;
  Pair pair(options, with_window(server_options(), 100));
  pair.run();
  Connection& client = pair.client.connection;
  client.open_stream(kCall, false);
  client.send_data(1, repeated(1120), false);
  CHECK(client.queued_bytes(1) == 1020);
  pair.client.on_room = [&](uint32_t id) {
    CHECK(client.queued_bytes(id) <= 1000);
    client.send_data(id, repeated(30), true);
  };
  pair.run();
  CHECK(pair.server.received == 1150);
  CHECK(pair.client.log == Log{"room 1"});
}

TEST_CASE("streams share the connection's window by turns", "[http2]") {
  ConnectionOptions server_side = with_window(server_options(), 1 << 20);
  Pair pair(client_options(), server_side);
  pair.run();
  pair.server.consumes = false;
  Connection& client = pair.client.connection;
  for (uint32_t id : {1u, 3u, 5u}) REQUIRE(client.open_stream(kCall, false) == id);
  client.send_data(1, repeated(65535), false);  // shuts the connection's window
  for (uint32_t id : {1u, 3u, 5u}) client.send_data(id, repeated(40000), true);
  pair.run();
  pair.server.log.clear();
  pair.server.connection.consume(1, 65535);
  pair.run();
  std::string order;
  for (const std::string& line : pair.server.log) {
    order += line.substr(5, 1) + ':' + std::to_string(line.size() - 7) + ' ';
  }
  CHECK(order == "1:16384 3:16384 5:16384 1:16383 ");
}

TEST_CASE("DATA waits in its queue while the output is not taken", "[http2]") {
  ConnectionOptions server_side = with_window(server_options(), 1 << 20);
  server_side.connection_window = 1 << 20;
  Pair pair(client_options(), server_side);
  pair.run();
  Connection& client = pair.client.connection;
  client.open_stream(kCall, false);
  client.open_stream(kCall, false);
  client.send_data(1, repeated(500000), true);
  client.send_data(3, repeated(10), true);
  CHECK(client.take_output().size() < 2 * kOutputBytesHigh);
  // The short message need not wait for the long one.
  CHECK(client.queued_bytes(3) == 0);
  CHECK(client.queued_bytes(1) > 300000);
}

TEST_CASE("a long message goes through windows of any size", "[http2]") {
  for (const uint32_t window : {1u, 7u, 1000u, 70000u}) {
    Pair pair(client_options(), with_window(server_options(), window));
    answer_calls(pair);
    pair.client.connection.open_stream(kCall, false);
    pair.client.connection.send_data(1, repeated(3000), true);
    pair.run(11);
    CHECK(pair.server.received == 3000);
    CHECK_FALSE(pair.server.connection.has_failed());
    CHECK(pair.client.log.back() == "headers 1 trailers grpc-status=0 end");
  }
}

TEST_CASE("a smaller window holds from the acknowledgment on", "[http2]") {
  Pair pair;
  pair.run();
  pair.server.consumes = false;
  Connection& client = pair.client.connection;
  client.open_stream(kCall, false);
  pair.run();
  Settings settings = server_options().settings;
  settings.initial_window_size = 10;
  pair.server.connection.update_settings(settings);
  // Sent before the client knows.
  client.send_data(1, repeated(50), false);
  pair.run();
  CHECK(pair.server.received == 50);
  CHECK(client.send_window(1) == 10 - 50);
  client.send_data(1, "more", false);
  pair.run();
  CHECK(pair.server.received == 50);
  CHECK(pair.server.connection.acknowledged_settings().initial_window_size == 10);
  pair.server.connection.consume(1, 50);
  pair.run();
  CHECK(pair.server.received == 54);
}

TEST_CASE("header tables change their size on the way", "[http2]") {
  Pair pair;
  answer_calls(pair);
  pair.client.connection.open_stream(kCall, true);
  pair.run();
  for (const uint32_t size : {0u, 4096u, 100u, 65536u}) {
    Settings settings = server_options().settings;
    settings.header_table_size = size;
    pair.server.connection.update_settings(settings);
    pair.client.connection.update_settings(settings);
    pair.run(3);
    pair.client.connection.open_stream(kCall, true);
    pair.run(3);
    CHECK(pair.client.log.back().ends_with("trailers grpc-status=0 end"));
  }
}

TEST_CASE("a header block above a frame is continued", "[http2]") {
  Pair pair;
  answer_calls(pair);
  const std::string value = repeated(40000, '~');
  pair.client.connection.open_stream(with(kCall, {{"x-long", value}}), true);
  pair.run(1000);
  REQUIRE(pair.server.log.size() == 1);
  CHECK(pair.server.log[0].ends_with(" x-long=" + value + " end"));
}

TEST_CASE("a header list above the limit resets its stream only", "[http2]") {
  Pair pair;
  answer_calls(pair);
  pair.client.connection.open_stream(with(kCall, {{"x-long", repeated(70000, '~')}}), true);
  pair.client.connection.open_stream(kCall, true);
  pair.run();
  CHECK(pair.client.log.front() == "reset 1 FRAME_SIZE_ERROR by peer");
  CHECK(pair.client.log.back() == "headers 3 trailers grpc-status=0 end");
}

TEST_CASE("a client opens as many streams as the server takes", "[http2]") {
  ConnectionOptions server_side = server_options();
  server_side.settings.max_concurrent_streams = 2;
  Pair pair(client_options(), server_side);
  pair.run();
  Connection& client = pair.client.connection;
  CHECK(client.open_stream(kCall, true) == 1);
  CHECK(client.open_stream(kCall, true) == 3);
  CHECK_FALSE(client.can_open_stream());
  CHECK(client.open_stream(kCall, true) == 0);
  pair.run();
  pair.server.connection.send_headers(1, kOk, true);
  pair.run();
  CHECK(pair.client.log ==
        Log{"headers 1 :status=200 content-type=application/grpc end", "stream room"});
  CHECK(client.open_stream(kCall, true) == 5);
}

TEST_CASE("streams beyond what a client could know of are refused", "[http2]") {
  ConnectionOptions server_side = server_options();
  server_side.settings.max_concurrent_streams = 1;
  Pair pair(client_options(), server_side);
  pair.client.connection.open_stream(kCall, true);
  pair.client.connection.open_stream(kCall, true);
  pair.run();
  CHECK(pair.client.log == Log{"reset 3 REFUSED_STREAM by peer"});
}

TEST_CASE("what is on its way to a stream that was reset is ignored", "[http2]") {
  Pair pair;
  Connection& client = pair.client.connection;
  client.open_stream(kCall, false);
  pair.run();
  client.send_data(1, repeated(40000), false);
  client.send_headers(1, kStatus, true);
  CHECK(pair.server.connection.reset_stream(1, ErrorCode::kCancel));
  CHECK_FALSE(pair.server.connection.send_data(1, "x", true));
  // Both are under way at once.
  pair.run();
  CHECK(pair.client.log == Log{"reset 1 CANCEL by peer"});
  CHECK_FALSE(pair.server.connection.has_failed());
  // The connection's window was given back, though nobody consumed, but for less than half of it.
  CHECK(client.send_window() > 65535 / 2);
}

TEST_CASE("a reset drops what was queued", "[http2]") {
  Pair pair;
  pair.run();
  pair.server.consumes = false;
  Connection& client = pair.client.connection;
  client.open_stream(kCall, false);
  client.send_data(1, repeated(200000), true);
  pair.run();
  CHECK(client.queued_bytes() == 200000 - 65535);
  client.reset_stream(1, ErrorCode::kCancel);
  CHECK(client.queued_bytes() == 0);
  pair.run();
  CHECK(pair.server.log.back() == "reset 1 CANCEL by peer");
  // Consuming late still opens the connection's window.
  pair.server.connection.consume(1, 65535);
  pair.run();
  CHECK(client.send_window() == 65535);
}

TEST_CASE("a GOAWAY resets the streams that the peer has not taken", "[http2]") {
  Pair pair;
  pair.client.connection.open_stream(kCall, true);
  pair.run();
  pair.client.connection.open_stream(kCall, true);  // not arrived when the server says goodbye
  pair.server.connection.goaway(ErrorCode::kNoError, "bye");
  pair.pass(pair.server.connection, pair.client.connection, UINT32_MAX);
  CHECK(pair.client.log == Log{"goaway 1 NO_ERROR bye", "reset 3 REFUSED_STREAM by peer"});
  CHECK_FALSE(pair.client.connection.can_open_stream());
  pair.run();
  CHECK(pair.server.connection.stream_count() == 1);
  // The one that was taken goes on.
  pair.server.connection.send_headers(1, kOk, true);
  pair.run();
  CHECK(pair.client.log.back() == "headers 1 :status=200 content-type=application/grpc end");
}

TEST_CASE("a shutdown loses no stream that is on its way", "[http2]") {
  Pair pair;
  answer_calls(pair);
  pair.run();
  pair.client.connection.open_stream(kCall, true);
  pair.server.connection.shutdown();
  pair.pass(pair.server.connection, pair.client.connection, UINT32_MAX);
  CHECK(pair.client.log == Log{"goaway 2147483647 NO_ERROR "});
  pair.run();
  CHECK(pair.client.log ==
        Log{"goaway 2147483647 NO_ERROR ", "headers 1 :status=200 content-type=application/grpc",
            "data 1 reply", "headers 1 trailers grpc-status=0 end", "goaway 1 NO_ERROR "});
}

TEST_CASE("a ping comes back", "[http2]") {
  Pair pair;
  pair.client.connection.ping(42);
  pair.server.connection.ping(43);
  pair.run();
  CHECK(pair.client.log == Log{"pong 42"});
  CHECK(pair.server.log == Log{"pong 43"});
}

TEST_CASE("a failed connection does nothing more", "[http2]") {
  Pair pair;
  pair.run();
  pair.client.connection.receive(repeated(9, '\xff'));
  CHECK(pair.client.log == Log{"failed FRAME_SIZE_ERROR"});
  CHECK(pair.client.connection.open_stream(kCall, true) == 0);
  pair.client.connection.ping(1);
  pair.run();
  CHECK(pair.server.log.front().starts_with("goaway 0 FRAME_SIZE_ERROR"));
  CHECK_FALSE(pair.client.connection.has_output());
}
