// What a hostile or broken peer may make a connection do.

#include <catch_amalgamated.hpp>
#include <string>
#include <vector>

#include "tests/http2/raw_peer.h"

using namespace http2_test;

namespace {

// A client whose server is the test.
class RawServer final : public Listener {
 public:
  RawServer() {
    std::string bytes;
    append_settings(bytes, {});
    append_settings_ack(bytes);
    client.receive(bytes);
    client.open_stream(kGet, true);
    static_cast<void>(take_all(client));
  }
  void frame(FrameType type, uint8_t flags, uint32_t stream, std::string_view payload) {
    std::string bytes;
    append_frame(bytes, {type, flags, stream, payload});
    client.receive(bytes);
  }
  void headers(uint32_t stream, uint8_t flags, const FieldList& fields) {
    std::string block;
    for (const HeaderFieldView& field : fields) encoder.encode(field.name, field.value, block);
    frame(FrameType::kHeaders, flags, stream, block);
  }

  void on_headers(const HeadersEvent&) override { ++heads; }
  void on_data(const DataEvent&) override { ++datas; }
  void on_reset(const ResetEvent& event) override { reset = event; }
  void on_failed(ErrorCode code, std::string_view) override { failed = code; }

  Connection client{client_options(), *this};
  HpackEncoder encoder;
  ResetEvent reset;
  ErrorCode failed = ErrorCode::kNoError;
  uint32_t heads = 0;
  uint32_t datas = 0;
};

// Bytes of many frames, so that the server cannot write its answers in between.
template <class F>
std::string many(uint32_t count, F append) {
  std::string bytes;
  for (uint32_t i = 0; i < count; ++i) append(bytes);
  return bytes;
}

}  // namespace

TEST_CASE("a flood of PING or SETTINGS is calmed", "[http2]") {
  const auto ping = [](std::string& out) { append_ping(out, 1, false); };
  const auto settings = [](std::string& out) { append_settings(out, {}); };
  RawPeer good;
  good.handshake().send(many(kQueuedAnswersMax, ping)).send(many(kQueuedAnswersMax, settings));
  CHECK_FALSE(good.server.has_failed());
  RawPeer pings;
  pings.handshake().send(many(kQueuedAnswersMax + 1, ping));
  CHECK(pings.connection_error(ErrorCode::kEnhanceYourCalm));
  RawPeer changes;
  changes.handshake().send(many(kQueuedAnswersMax + 1, settings));
  CHECK(changes.connection_error(ErrorCode::kEnhanceYourCalm));
}

TEST_CASE("a flood of frames that do nothing is calmed", "[http2]") {
  RawPeer empty;
  empty.handshake().headers(1, kEndHeaders, kPost);
  for (uint32_t i = 0; i < kIdleFramesMax; ++i) empty.data(1, 0, "");
  CHECK_FALSE(empty.server.has_failed());
  empty.data(1, 0, "x");  // begins the count anew
  for (uint32_t i = 0; i <= kIdleFramesMax; ++i) empty.data(1, 0, "");
  CHECK(empty.connection_error(ErrorCode::kEnhanceYourCalm));

  RawPeer priorities;
  priorities.handshake();
  for (uint32_t i = 0; i <= kIdleFramesMax; ++i) priorities.priority(1, 0);
  CHECK(priorities.connection_error(ErrorCode::kEnhanceYourCalm));
}

TEST_CASE("streams that are opened and reset in haste are calmed", "[http2]") {
  RawPeer p;
  p.handshake();
  p.answers = false;
  uint32_t id = 1;
  for (uint32_t i = 0; i < kPrematureResetsMax; ++i, id += 2) {
    p.headers(id, kBoth, kGet).reset(id, 8);
  }
  CHECK_FALSE(p.server.has_failed());
  p.server.forgive(1);
  p.headers(id, kBoth, kGet).reset(id, 8);
  CHECK_FALSE(p.server.has_failed());
  id += 2;
  p.headers(id, kBoth, kGet).reset(id, 8);
  CHECK(p.connection_error(ErrorCode::kEnhanceYourCalm));
}

TEST_CASE("requests that were answered make up for ones that were reset", "[http2]") {
  RawPeer p;
  p.handshake();
  for (uint32_t i = 0, id = 1; i < 3 * kPrematureResetsMax; ++i, id += 2) {
    p.answers = i % 2 == 0;
    p.headers(id, kBoth, kGet);
    if (!p.answers) p.reset(id, 8);
  }
  CHECK_FALSE(p.server.has_failed());
}

TEST_CASE("malformed requests count as resets", "[http2]") {
  RawPeer p;
  p.handshake();
  for (uint32_t i = 0, id = 1; i <= kPrematureResetsMax; ++i, id += 2) {
    p.headers(id, kBoth, {{":method", "GET"}});
  }
  CHECK(p.connection_error(ErrorCode::kEnhanceYourCalm));
}

TEST_CASE("a header block without end is cut off", "[http2]") {
  RawPeer count;
  count.handshake().headers(1, 0, kGet);
  for (uint32_t i = 0; i <= kContinuationsMax; ++i) count.continuation(1, 0, {});
  CHECK(count.connection_error(ErrorCode::kEnhanceYourCalm));

  RawPeer size;
  size.handshake().headers(1, 0, kGet);
  const uint64_t most = header_block_bytes_max(kHeaderListBytesMax);
  for (uint64_t sent = 0; sent <= most && !size.server.has_failed(); sent += 16000) {
    size.frame(FrameType::kContinuation, 0, 1, repeated(16000));
  }
  CHECK(size.connection_error(ErrorCode::kEnhanceYourCalm));
}

TEST_CASE("a peer that ignores a window is told off", "[http2]") {
  ConnectionOptions options = server_options();
  options.settings.initial_window_size = 10;
  RawPeer stream(options);
  stream.handshake().headers(1, kEndHeaders, kPost).data(1, 0, repeated(11));
  CHECK(stream.stream_error(1, ErrorCode::kFlowControlError));

  class Greedy final : public Listener {
   public:
    void on_headers(const HeadersEvent&) override {}
    void on_data(const DataEvent&) override {}
    void on_reset(const ResetEvent&) override {}
  } nothing;
  Connection server(server_options(), nothing);
  std::string bytes(kClientPreface);
  append_settings(bytes, {});
  HpackEncoder encoder;
  std::string block;
  for (const HeaderFieldView& f : kPost) encoder.encode(f.name, f.value, block);
  append_frame(bytes, {FrameType::kHeaders, kEndHeaders, 1, block});
  append_frame(bytes, {FrameType::kHeaders, kEndHeaders, 3, block});
  for (uint32_t i = 0; i < 3; ++i) append_frame(bytes, {FrameType::kData, 0, 1, repeated(16384)});
  for (uint32_t i = 0; i < 2; ++i) append_frame(bytes, {FrameType::kData, 0, 3, repeated(8192)});
  server.receive(bytes);
  CHECK(server.has_failed());
}

TEST_CASE("a client refuses what a server must not send", "[http2]") {
  const auto failed = [](FrameType type, uint8_t flags, uint32_t stream, std::string_view bytes) {
    RawServer server;
    server.frame(type, flags, stream, bytes);
    return server.failed;
  };
  const std::string promise = std::string("\0\0\0\2", 4) + "\x82";
  CHECK(failed(FrameType::kPushPromise, kEndHeaders, 1, promise) == ErrorCode::kProtocolError);
  const std::string push("\0\2\0\0\0\1", 6);
  CHECK(failed(FrameType::kSettings, 0, 0, push) == ErrorCode::kProtocolError);
  CHECK(failed(FrameType::kHeaders, kBoth, 2, "\x88") == ErrorCode::kProtocolError);
  CHECK(failed(FrameType::kHeaders, kBoth, 3, "\x88") == ErrorCode::kProtocolError);
  CHECK(failed(FrameType::kData, 0, 3, "x") == ErrorCode::kProtocolError);
}

TEST_CASE("a client resets a stream with a malformed response", "[http2]") {
  const auto code = [](uint8_t flags, const FieldList& fields) {
    RawServer server;
    server.headers(1, flags, fields);
    CHECK(server.heads == (server.reset.stream == 1 ? 0 : 1));
    return server.reset.code;
  };
  CHECK(code(kBoth, {{":status", "200"}}) == ErrorCode::kNoError);
  CHECK(code(kBoth, {}) == ErrorCode::kProtocolError);
  CHECK(code(kBoth, {{":status", "20"}}) == ErrorCode::kProtocolError);
  CHECK(code(kBoth, {{":status", "2x0"}}) == ErrorCode::kProtocolError);
  CHECK(code(kBoth, {{":status", "101"}}) == ErrorCode::kProtocolError);
  CHECK(code(kBoth, {{":status", "100"}}) == ErrorCode::kProtocolError);
  CHECK(code(kBoth, {{":status", "200"}, {":path", "/"}}) == ErrorCode::kProtocolError);
  CHECK(code(kBoth, {{":status", "200"}, {"content-length", "1"}}) == ErrorCode::kProtocolError);
  CHECK(code(kBoth, {{":status", "304"}, {"content-length", "1"}}) == ErrorCode::kNoError);
  CHECK(code(kBoth, {{":status", "200"}, {"x", "a\nb"}}) == ErrorCode::kProtocolError);
  CHECK(code(kBoth, {{":status", "200"}, {"x", " a"}}) == ErrorCode::kProtocolError);
  CHECK(code(kBoth, {{":status", "200"}, {"x", "twelve bytes\tand more"}}) == ErrorCode::kNoError);
  CHECK(code(kBoth, {{":status", "200"}, {"", "a"}}) == ErrorCode::kProtocolError);
}

TEST_CASE("DATA before the response is a stream error", "[http2]") {
  RawServer server;
  server.frame(FrameType::kData, 0, 1, "x");
  CHECK(server.reset.code == ErrorCode::kProtocolError);
  CHECK(server.datas == 0);
}

TEST_CASE("a GOAWAY must not take back an earlier one", "[http2]") {
  RawServer server;
  server.frame(FrameType::kGoAway, 0, 0, std::string("\0\0\0\1\0\0\0\0", 8));
  CHECK(server.failed == ErrorCode::kNoError);
  server.frame(FrameType::kGoAway, 0, 0, std::string("\0\0\0\3\0\0\0\0", 8));
  CHECK(server.failed == ErrorCode::kProtocolError);
}

TEST_CASE("an acknowledgment of no SETTINGS is a connection error", "[http2]") {
  RawPeer p;
  p.handshake().frame(FrameType::kSettings, kFlagAck, 0, "");
  CHECK(p.connection_error(ErrorCode::kProtocolError));
}

TEST_CASE("the first frame must be SETTINGS", "[http2]") {
  RawPeer p;
  p.send(kClientPreface).ping(1);
  CHECK(p.connection_error(ErrorCode::kProtocolError));
}

TEST_CASE("requests have the fields that CONNECT and OPTIONS allow", "[http2]") {
  const auto accepted = [](const FieldList& fields) {
    RawPeer p;
    p.handshake().headers(1, kBoth, fields);
    return p.answered(1);
  };
  CHECK(accepted({{":method", "CONNECT"}, {":authority", "a:1"}}));
  CHECK_FALSE(accepted({{":method", "CONNECT"}}));
  CHECK_FALSE(accepted({{":method", "CONNECT"}, {":authority", "a:1"}, {":path", "/"}}));
  CHECK(accepted({{":method", "OPTIONS"}, {":scheme", "http"}, {":path", "*"}}));
  CHECK_FALSE(accepted({{":method", "GET"}, {":scheme", "http"}, {":path", "*"}}));
  CHECK_FALSE(accepted({{":method", "GET"}, {":scheme", "http"}, {":path", "a"}}));
  CHECK_FALSE(accepted(with(kGet, {{"content-length", "1"}, {"content-length", "2"}})));
  CHECK_FALSE(accepted(with(kGet, {{"content-length", "+0"}})));
  CHECK_FALSE(accepted(with(kGet, {{"content-length", "1"}})));
  CHECK(accepted(with(kGet, {{"content-length", "0"}, {"te", "trailers"}})));
}
