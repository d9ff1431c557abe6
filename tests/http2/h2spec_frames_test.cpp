// The cases of h2spec 2.6 for http2 sections 6 to 8, each named by its section and number there.
// Where h2spec lets a server choose between a stream and a connection error, ours is asserted.
// Source: github.com/summerwind/h2spec.

#include <catch_amalgamated.hpp>
#include <string>

#include "tests/http2/raw_peer.h"

using namespace http2_test;

TEST_CASE("h2spec 6.1/1: DATA on stream 0", "[http2]") {
  RawPeer p;
  p.handshake();
  p.data(0, kEndStream, "test");
  CHECK(p.connection_error(ErrorCode::kProtocolError));
}

TEST_CASE("h2spec 6.1/2: DATA on a stream that is not open", "[http2]") {
  RawPeer p;
  p.handshake();
  p.answers = false;
  p.headers(1, kBoth, kPost);
  p.data(1, kEndStream, "test");
  CHECK(p.stream_error(1, ErrorCode::kStreamClosed));
}

TEST_CASE("h2spec 6.1/3: DATA with an invalid pad length", "[http2]") {
  RawPeer p;
  p.handshake();
  p.headers(1, kEndHeaders, with(kPost, {{"content-length", "4"}}));
  p.data(1, kEndStream | kFlagPadded, "\x06Test");
  CHECK(p.connection_error(ErrorCode::kProtocolError));
}

TEST_CASE("h2spec 6.2/1: HEADERS without END_HEADERS, then PRIORITY", "[http2]") {
  RawPeer p;
  p.handshake();
  p.headers(1, 0, kGet);
  p.priority(1, 0);
  CHECK(p.connection_error(ErrorCode::kProtocolError));
}

TEST_CASE("h2spec 6.2/2: HEADERS without END_HEADERS, then HEADERS of another stream", "[http2]") {
  RawPeer p;
  p.handshake();
  p.headers(1, 0, kGet);
  p.headers(3, kBoth, kGet);
  CHECK(p.connection_error(ErrorCode::kProtocolError));
}

TEST_CASE("h2spec 6.2/3: HEADERS on stream 0", "[http2]") {
  RawPeer p;
  p.handshake();
  p.headers(0, kBoth, kGet);
  CHECK(p.connection_error(ErrorCode::kProtocolError));
}

TEST_CASE("h2spec 6.2/4: HEADERS with an invalid pad length", "[http2]") {
  RawPeer p;
  p.handshake();
  const std::string block = p.block(kGet);
  const char pad = static_cast<char>(block.size() + 2);
  p.frame(FrameType::kHeaders, kBoth | kFlagPadded, 1, pad + block);
  CHECK(p.connection_error(ErrorCode::kProtocolError));
}

TEST_CASE("h2spec 6.3/1: PRIORITY on stream 0", "[http2]") {
  RawPeer p;
  p.handshake();
  p.priority(0, 0);
  CHECK(p.connection_error(ErrorCode::kProtocolError));
}

TEST_CASE("h2spec 6.3/2: PRIORITY not of 5 bytes", "[http2]") {
  RawPeer p;
  p.handshake();
  p.headers(1, kEndHeaders, kGet);
  p.frame(FrameType::kPriority, 0, 1, std::string("\x80\0\0\x01", 4));
  CHECK(p.stream_error(1, ErrorCode::kFrameSizeError));
}

TEST_CASE("h2spec 6.4/1: RST_STREAM on stream 0", "[http2]") {
  RawPeer p;
  p.handshake();
  p.reset(0, 8);
  CHECK(p.connection_error(ErrorCode::kProtocolError));
}

TEST_CASE("h2spec 6.4/2: RST_STREAM on an idle stream", "[http2]") {
  RawPeer p;
  p.handshake();
  p.reset(1, 8);
  CHECK(p.connection_error(ErrorCode::kProtocolError));
}

TEST_CASE("h2spec 6.4/3: RST_STREAM not of 4 bytes", "[http2]") {
  RawPeer p;
  p.handshake();
  p.headers(1, kEndHeaders, kGet);
  p.frame(FrameType::kRstStream, 0, 1, std::string(3, '\0'));
  CHECK(p.connection_error(ErrorCode::kFrameSizeError));
}

TEST_CASE("h2spec 6.5/1: an ACK of SETTINGS with a payload", "[http2]") {
  RawPeer p;
  p.handshake();
  p.frame(FrameType::kSettings, kFlagAck, 0, std::string(1, '\0'));
  CHECK(p.connection_error(ErrorCode::kFrameSizeError));
}

TEST_CASE("h2spec 6.5/2: SETTINGS on a stream", "[http2]") {
  RawPeer p;
  p.handshake();
  p.frame(FrameType::kSettings, 0, 1, std::string("\0\3\0\0\0\x64", 6));
  CHECK(p.connection_error(ErrorCode::kProtocolError));
}

TEST_CASE("h2spec 6.5/3: SETTINGS not of 6 bytes each", "[http2]") {
  RawPeer p;
  p.handshake();
  p.frame(FrameType::kSettings, 0, 0, std::string("\0\3\0", 3));
  CHECK(p.connection_error(ErrorCode::kFrameSizeError));
}

TEST_CASE("h2spec 6.5.2/1: SETTINGS_ENABLE_PUSH other than 0 or 1", "[http2]") {
  RawPeer p;
  p.handshake();
  p.settings({{SettingId::kEnablePush, 2}});
  CHECK(p.connection_error(ErrorCode::kProtocolError));
}

TEST_CASE("h2spec 6.5.2/2: SETTINGS_INITIAL_WINDOW_SIZE above the largest window", "[http2]") {
  RawPeer p;
  p.handshake();
  p.settings({{SettingId::kInitialWindowSize, 2147483648}});
  CHECK(p.connection_error(ErrorCode::kFlowControlError));
}

TEST_CASE("h2spec 6.5.2/3: SETTINGS_MAX_FRAME_SIZE below the initial value", "[http2]") {
  RawPeer p;
  p.handshake();
  p.settings({{SettingId::kMaxFrameSize, 16383}});
  CHECK(p.connection_error(ErrorCode::kProtocolError));
}

TEST_CASE("h2spec 6.5.2/4: SETTINGS_MAX_FRAME_SIZE above the largest value", "[http2]") {
  RawPeer p;
  p.handshake();
  p.settings({{SettingId::kMaxFrameSize, 16777216}});
  CHECK(p.connection_error(ErrorCode::kProtocolError));
}

TEST_CASE("h2spec 6.5.2/5: an unknown setting is ignored", "[http2]") {
  RawPeer p;
  p.handshake();
  p.settings({{static_cast<SettingId>(0xff), 1}});
  p.ping(7);
  CHECK(p.acked_ping(7));
}

TEST_CASE("h2spec 6.5.3/1: values are processed in their order", "[http2]") {
  RawPeer p;
  p.handshake();
  p.settings({{SettingId::kInitialWindowSize, 100}, {SettingId::kInitialWindowSize, 1}});
  p.headers(1, kBoth, kGet);
  CHECK(p.data_lengths(1) == "1");
}

TEST_CASE("h2spec 6.5.3/2: SETTINGS are acknowledged", "[http2]") {
  RawPeer p;
  p.handshake();
  p.settings({{SettingId::kEnablePush, 0}});
  CHECK(p.acked_settings());
}

TEST_CASE("h2spec 6.7/1: PING is acknowledged", "[http2]") {
  RawPeer p;
  p.handshake();
  p.ping(7);
  CHECK(p.acked_ping(7));
}

TEST_CASE("h2spec 6.7/2: an ACK of no PING is ignored", "[http2]") {
  RawPeer p;
  p.handshake();
  p.ping(6, true);
  p.ping(7);
  CHECK(p.acked_ping(7));
  CHECK_FALSE(p.acked_ping(6));
}

TEST_CASE("h2spec 6.7/3: PING on a stream", "[http2]") {
  RawPeer p;
  p.handshake();
  p.frame(FrameType::kPing, 0, 1, std::string(8, '\0'));
  CHECK(p.connection_error(ErrorCode::kProtocolError));
}

TEST_CASE("h2spec 6.7/4: PING not of 8 bytes", "[http2]") {
  RawPeer p;
  p.handshake();
  p.frame(FrameType::kPing, 0, 0, std::string(6, '\0'));
  CHECK(p.connection_error(ErrorCode::kFrameSizeError));
}

TEST_CASE("h2spec 6.8/1: GOAWAY on a stream", "[http2]") {
  RawPeer p;
  p.handshake();
  p.frame(FrameType::kGoAway, 0, 1, std::string(8, '\0'));
  CHECK(p.connection_error(ErrorCode::kProtocolError));
}

TEST_CASE("h2spec 6.9/1: WINDOW_UPDATE of 0", "[http2]") {
  RawPeer p;
  p.handshake();
  p.window_update(0, 0);
  CHECK(p.connection_error(ErrorCode::kProtocolError));
}

TEST_CASE("h2spec 6.9/2: WINDOW_UPDATE of 0 on a stream", "[http2]") {
  RawPeer p;
  p.handshake();
  p.headers(1, kEndHeaders, kGet);
  p.window_update(1, 0);
  CHECK(p.stream_error(1, ErrorCode::kProtocolError));
}

TEST_CASE("h2spec 6.9/3: WINDOW_UPDATE not of 4 bytes", "[http2]") {
  RawPeer p;
  p.handshake();
  p.frame(FrameType::kWindowUpdate, 0, 0, std::string("\0\0\1", 3));
  CHECK(p.connection_error(ErrorCode::kFrameSizeError));
}

TEST_CASE("h2spec 6.9.1/1: a window of 1 lets one byte pass", "[http2]") {
  RawPeer p;
  p.handshake();
  p.settings({{SettingId::kInitialWindowSize, 1}});
  p.headers(1, kBoth, kGet);
  CHECK(p.data_lengths(1) == "1");
}

TEST_CASE("h2spec 6.9.1/2: the connection window above 2^31-1", "[http2]") {
  RawPeer p;
  p.handshake();
  p.window_update(0, 2147483647);
  p.window_update(0, 2147483647);
  CHECK(p.connection_error(ErrorCode::kFlowControlError));
}

TEST_CASE("h2spec 6.9.1/3: a stream window above 2^31-1", "[http2]") {
  RawPeer p;
  p.handshake();
  p.headers(1, kEndHeaders, kGet);
  p.window_update(1, 2147483647);
  p.window_update(1, 2147483647);
  CHECK(p.stream_error(1, ErrorCode::kFlowControlError));
}

TEST_CASE("h2spec 6.9.2/1: SETTINGS_INITIAL_WINDOW_SIZE changes the windows of open streams",
          "[http2]") {
  RawPeer p;
  p.handshake();
  p.settings({{SettingId::kInitialWindowSize, 0}});
  p.headers(1, kBoth, kGet);
  p.settings({{SettingId::kInitialWindowSize, 1}});
  CHECK(p.data_lengths(1) == "1");
}

TEST_CASE("h2spec 6.9.2/2: a window becomes negative", "[http2]") {
  RawPeer p;
  p.handshake();
  p.settings({{SettingId::kInitialWindowSize, 3}});
  p.headers(1, kBoth, kGet);
  CHECK(p.data_lengths(1) == "3");
  p.settings({{SettingId::kInitialWindowSize, 2}});
  CHECK(p.server.send_window(1) == -1);
  p.window_update(1, 2);
  CHECK(p.data_lengths(1) == "3 1");
}

TEST_CASE("h2spec 6.9.2/3: SETTINGS_INITIAL_WINDOW_SIZE above the largest window", "[http2]") {
  RawPeer p;
  p.handshake();
  p.settings({{SettingId::kInitialWindowSize, 2147483648}});
  CHECK(p.connection_error(ErrorCode::kFlowControlError));
}

TEST_CASE("h2spec 6.10/1: CONTINUATION frames behind HEADERS are accepted", "[http2]") {
  RawPeer p;
  p.handshake();
  p.headers(1, kEndStream, kGet);
  p.continuation(1, 0, {{"x-dummy0", "x"}});
  p.continuation(1, kEndHeaders, {{"x-dummy0", "x"}});
  CHECK(p.answered(1));
}

TEST_CASE("h2spec 6.10/2: CONTINUATION followed by another frame", "[http2]") {
  RawPeer p;
  p.handshake();
  p.headers(1, 0, kPost);
  p.continuation(1, 0, {{"x-dummy0", "x"}});
  p.data(1, kEndStream, "test");
  CHECK(p.connection_error(ErrorCode::kProtocolError));
}

TEST_CASE("h2spec 6.10/3: CONTINUATION on stream 0", "[http2]") {
  RawPeer p;
  p.handshake();
  p.headers(1, kEndStream, kGet);
  p.continuation(0, kEndHeaders, {{"x-dummy0", "x"}});
  CHECK(p.connection_error(ErrorCode::kProtocolError));
}

TEST_CASE("h2spec 6.10/4: CONTINUATION behind HEADERS with END_HEADERS", "[http2]") {
  RawPeer p;
  p.handshake();
  p.headers(1, kBoth, kGet);
  p.continuation(1, kEndHeaders, {{"x-dummy0", "x"}});
  CHECK(p.connection_error(ErrorCode::kProtocolError));
}

TEST_CASE("h2spec 6.10/5: CONTINUATION behind CONTINUATION with END_HEADERS", "[http2]") {
  RawPeer p;
  p.handshake();
  p.headers(1, kEndStream, kGet);
  p.continuation(1, kEndHeaders, {{"x-dummy0", "x"}});
  p.continuation(1, kEndHeaders, {{"x-dummy0", "x"}});
  CHECK(p.connection_error(ErrorCode::kProtocolError));
}

TEST_CASE("h2spec 6.10/6: CONTINUATION behind DATA", "[http2]") {
  RawPeer p;
  p.handshake();
  p.headers(1, 0, kPost);
  p.data(1, kEndStream, "test");
  p.continuation(1, 0, {{"x-dummy0", "x"}});
  CHECK(p.connection_error(ErrorCode::kProtocolError));
}

TEST_CASE("h2spec 7/1: GOAWAY with an unknown error code is nothing special", "[http2]") {
  RawPeer p;
  p.handshake();
  p.frame(FrameType::kGoAway, 0, 0, std::string(7, '\0') + '\xff');
  p.ping(7);
  CHECK(p.acked_ping(7));
}

TEST_CASE("h2spec 7/2: RST_STREAM with an unknown error code is nothing special", "[http2]") {
  RawPeer p;
  p.handshake();
  p.headers(1, kEndHeaders, kPost);
  p.reset(1, 0xff);
  p.ping(7);
  CHECK(p.acked_ping(7));
}

TEST_CASE("h2spec 8.1/1: a second HEADERS without END_STREAM", "[http2]") {
  RawPeer p;
  p.handshake();
  p.headers(1, kEndHeaders, kPost);
  p.data(1, 0, "test");
  p.headers(1, kEndHeaders, {{"x-test", "ok"}});
  CHECK(p.stream_error(1, ErrorCode::kProtocolError));
}

TEST_CASE("h2spec 8.1.2/1: a header name in upper case", "[http2]") {
  RawPeer p;
  p.handshake();
  p.headers(1, kBoth, with(kGet, {{"X-TEST", "ok"}}));
  CHECK(p.stream_error(1, ErrorCode::kProtocolError));
}

TEST_CASE("h2spec 8.1.2.1/1: an unknown pseudo-header field", "[http2]") {
  RawPeer p;
  p.handshake();
  p.headers(1, kBoth, with(kGet, {{":test", "ok"}}));
  CHECK(p.stream_error(1, ErrorCode::kProtocolError));
}

TEST_CASE("h2spec 8.1.2.1/2: a pseudo-header field of responses", "[http2]") {
  RawPeer p;
  p.handshake();
  p.headers(1, kBoth, with(kGet, {{":status", "200"}}));
  CHECK(p.stream_error(1, ErrorCode::kProtocolError));
}

TEST_CASE("h2spec 8.1.2.1/3: a pseudo-header field in trailers", "[http2]") {
  RawPeer p;
  p.handshake();
  p.headers(1, kEndHeaders, kPost);
  p.data(1, 0, "test");
  p.headers(1, kBoth, {{":method", "POST"}});
  CHECK(p.stream_error(1, ErrorCode::kProtocolError));
}

TEST_CASE("h2spec 8.1.2.1/4: a pseudo-header field behind a regular one", "[http2]") {
  RawPeer p;
  p.handshake();
  p.headers(1, kBoth, with({{"x-test", "ok"}}, kGet));
  CHECK(p.stream_error(1, ErrorCode::kProtocolError));
}

TEST_CASE("h2spec 8.1.2.2/1: a connection-specific header field", "[http2]") {
  RawPeer p;
  p.handshake();
  p.headers(1, kBoth, with(kGet, {{"connection", "keep-alive"}}));
  CHECK(p.stream_error(1, ErrorCode::kProtocolError));
}

TEST_CASE("h2spec 8.1.2.2/2: a te other than trailers", "[http2]") {
  RawPeer p;
  p.handshake();
  p.headers(1, kBoth, with(kGet, {{"trailers", "test"}, {"te", "trailers, deflate"}}));
  CHECK(p.stream_error(1, ErrorCode::kProtocolError));
}

TEST_CASE("h2spec 8.1.2.3/1: an empty :path", "[http2]") {
  RawPeer p;
  p.handshake();
  FieldList fields = kGet;
  fields[2].value = "";
  p.headers(1, kBoth, fields);
  CHECK(p.stream_error(1, ErrorCode::kProtocolError));
}

TEST_CASE("h2spec 8.1.2.3/2: no :method", "[http2]") {
  RawPeer p;
  p.handshake();
  p.headers(1, kBoth, {kGet[1], kGet[2], kGet[3]});
  CHECK(p.stream_error(1, ErrorCode::kProtocolError));
}

TEST_CASE("h2spec 8.1.2.3/3: no :scheme", "[http2]") {
  RawPeer p;
  p.handshake();
  p.headers(1, kBoth, {kGet[0], kGet[2], kGet[3]});
  CHECK(p.stream_error(1, ErrorCode::kProtocolError));
}

TEST_CASE("h2spec 8.1.2.3/4: no :path", "[http2]") {
  RawPeer p;
  p.handshake();
  p.headers(1, kBoth, {kGet[0], kGet[1], kGet[3]});
  CHECK(p.stream_error(1, ErrorCode::kProtocolError));
}

TEST_CASE("h2spec 8.1.2.3/5: :method twice", "[http2]") {
  RawPeer p;
  p.handshake();
  p.headers(1, kBoth, with(kGet, {kGet[0]}));
  CHECK(p.stream_error(1, ErrorCode::kProtocolError));
}

TEST_CASE("h2spec 8.1.2.3/6: :scheme twice", "[http2]") {
  RawPeer p;
  p.handshake();
  p.headers(1, kBoth, with(kGet, {kGet[1]}));
  CHECK(p.stream_error(1, ErrorCode::kProtocolError));
}

TEST_CASE("h2spec 8.1.2.3/7: :path twice", "[http2]") {
  RawPeer p;
  p.handshake();
  p.headers(1, kBoth, with(kGet, {kGet[2]}));
  CHECK(p.stream_error(1, ErrorCode::kProtocolError));
}

TEST_CASE("h2spec 8.1.2.6/1: a content-length that is not the length of DATA", "[http2]") {
  RawPeer p;
  p.handshake();
  p.headers(1, kEndHeaders, with(kPost, {{"content-length", "1"}}));
  p.data(1, kEndStream, "test");
  CHECK(p.stream_error(1, ErrorCode::kProtocolError));
}

TEST_CASE("h2spec 8.1.2.6/2: a content-length that is not the length of several DATA", "[http2]") {
  RawPeer p;
  p.handshake();
  p.headers(1, kEndHeaders, with(kPost, {{"content-length", "5"}}));
  p.data(1, 0, "test");
  p.data(1, kEndStream, "test");
  CHECK(p.stream_error(1, ErrorCode::kProtocolError));
}

TEST_CASE("h2spec 8.2/1: PUSH_PROMISE from a client", "[http2]") {
  RawPeer p;
  p.handshake();
  p.frame(FrameType::kPushPromise, kEndHeaders, 1, std::string("\0\0\0\3", 4) + p.block(kGet));
  CHECK(p.connection_error(ErrorCode::kProtocolError));
}
