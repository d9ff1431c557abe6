// The cases of h2spec 2.6 for hpack, and http2 sections 3 to 5, each named by its section
// and number there. Where h2spec lets a server choose between a stream and a connection error, ours
// is asserted. Source: github.com/summerwind/h2spec.

#include <catch_amalgamated.hpp>
#include <string>

#include "tests/http2/raw_peer.h"

using namespace http2_test;

TEST_CASE("h2spec hpack 2.3.3/1: an indexed field with an invalid index", "[http2]") {
  RawPeer p;
  p.handshake();
  const std::string block = p.block(kGet) + "\xc6";
  p.frame(FrameType::kHeaders, kBoth, 1, block);
  CHECK(p.connection_error(ErrorCode::kCompressionError));
}

TEST_CASE("h2spec hpack 2.3.3/2: a literal field with an invalid index", "[http2]") {
  RawPeer p;
  p.handshake();
  const std::string block = p.block(kGet) +
                            "\x7f\x0f\x01"
                            "a";
  p.frame(FrameType::kHeaders, kBoth, 1, block);
  CHECK(p.connection_error(ErrorCode::kCompressionError));
}

TEST_CASE("h2spec hpack 4.2/1: a table size update at the end of a block", "[http2]") {
  RawPeer p;
  p.handshake();
  const std::string block = p.block(kGet) + "\x21";
  p.frame(FrameType::kHeaders, kBoth, 1, block);
  CHECK(p.connection_error(ErrorCode::kCompressionError));
}

TEST_CASE("h2spec hpack 5.2/1: a Huffman text with padding above 7 bits", "[http2]") {
  RawPeer p;
  p.handshake();
  const std::string block =
      p.block(kGet) + std::string("\x00\x85\xf2\xb2\x4a\x84\xff\x84\x49\x50\x9f\xff", 12);
  p.frame(FrameType::kHeaders, kBoth, 1, block);
  CHECK(p.connection_error(ErrorCode::kCompressionError));
}

TEST_CASE("h2spec hpack 5.2/2: a Huffman text padded by zero", "[http2]") {
  RawPeer p;
  p.handshake();
  const std::string block =
      p.block(kGet) + std::string("\x00\x85\xf2\xb2\x4a\x84\xff\x83\x49\x50\x90", 11);
  p.frame(FrameType::kHeaders, kBoth, 1, block);
  CHECK(p.connection_error(ErrorCode::kCompressionError));
}

TEST_CASE("h2spec hpack 5.2/3: a Huffman text with EOS", "[http2]") {
  RawPeer p;
  p.handshake();
  const std::string block =
      p.block(kGet) + std::string("\x00\x85\xf2\xb2\x4a\x87\xff\xff\xff\xfd\x25\x42\x7f", 13);
  p.frame(FrameType::kHeaders, kBoth, 1, block);
  CHECK(p.connection_error(ErrorCode::kCompressionError));
}

TEST_CASE("h2spec hpack 6.1/1: an indexed field with index 0", "[http2]") {
  RawPeer p;
  p.handshake();
  const std::string block = p.block(kGet) + "\x80";
  p.frame(FrameType::kHeaders, kBoth, 1, block);
  CHECK(p.connection_error(ErrorCode::kCompressionError));
}

TEST_CASE("h2spec hpack 6.3/1: a table size update above SETTINGS_HEADER_TABLE_SIZE", "[http2]") {
  RawPeer p;
  p.handshake();
  const std::string block = std::string("\x3f\xe2\x1f") + p.block(kGet);
  p.frame(FrameType::kHeaders, kBoth, 1, block);
  CHECK(p.connection_error(ErrorCode::kCompressionError));
}

TEST_CASE("h2spec 3.5/1: the first frame of the server is SETTINGS", "[http2]") {
  RawPeer p;
  p.send(kClientPreface);
  p.settings({});
  REQUIRE_FALSE(p.frames.empty());
  CHECK(p.frames[0].type == FrameType::kSettings);
  CHECK(p.frames[0].flags == 0);
}

TEST_CASE("h2spec 3.5/2: an invalid preface ends the connection", "[http2]") {
  RawPeer p;
  p.send("INVALID CONNECTION PREFACE\r\n\r\n");
  CHECK(p.connection_error(ErrorCode::kProtocolError));
}

TEST_CASE("h2spec 4.1/1: a frame of unknown type is ignored", "[http2]") {
  RawPeer p;
  p.handshake();
  p.frame(static_cast<FrameType>(0x16), 0, 0, std::string(8, '\0'));
  p.ping(7);
  CHECK(p.acked_ping(7));
}

TEST_CASE("h2spec 4.1/2: undefined flags are ignored", "[http2]") {
  RawPeer p;
  p.handshake();
  p.frame(FrameType::kPing, 0x16, 0, std::string(8, '\0'));
  CHECK(p.acked_ping(0));
}

TEST_CASE("h2spec 4.1/3: the reserved bit is ignored", "[http2]") {
  RawPeer p;
  p.handshake();
  p.frame(FrameType::kPing, 0x16, 0x80000000, std::string(8, '\0'));
  CHECK(p.acked_ping(0));
}

TEST_CASE("h2spec 4.2/1: DATA of 2^14 bytes is accepted", "[http2]") {
  RawPeer p;
  p.handshake();
  p.headers(1, kEndHeaders, kPost);
  p.data(1, kEndStream, repeated(1 << 14));
  CHECK(p.answered(1));
}

TEST_CASE("h2spec 4.2/2: DATA above SETTINGS_MAX_FRAME_SIZE", "[http2]") {
  RawPeer p;
  p.handshake();
  p.headers(1, kEndHeaders, kPost);
  p.data(1, kEndStream, repeated((1 << 14) + 1));
  CHECK(p.connection_error(ErrorCode::kFrameSizeError));
}

TEST_CASE("h2spec 4.2/3: HEADERS above SETTINGS_MAX_FRAME_SIZE", "[http2]") {
  RawPeer p;
  p.handshake();
  const std::string value = repeated(4000);
  FieldList fields = kGet;
  for (const char* name : {"a", "b", "c", "d", "e"}) fields.push_back({name, value});
  p.headers(1, kBoth, fields);
  CHECK(p.connection_error(ErrorCode::kFrameSizeError));
}

TEST_CASE("h2spec 4.3/1: an invalid header block fragment", "[http2]") {
  RawPeer p;
  p.handshake();
  p.frame(FrameType::kHeaders, kBoth, 1, "\x40");
  CHECK(p.connection_error(ErrorCode::kCompressionError));
}

TEST_CASE("h2spec 4.3/2: PRIORITY within a header block", "[http2]") {
  RawPeer p;
  p.handshake();
  p.headers(1, 0, kGet);
  p.priority(1, 0);
  CHECK(p.connection_error(ErrorCode::kProtocolError));
}

TEST_CASE("h2spec 4.3/3: HEADERS of another stream within a header block", "[http2]") {
  RawPeer p;
  p.handshake();
  p.headers(1, 0, kGet);
  p.headers(3, kBoth, kGet);
  CHECK(p.connection_error(ErrorCode::kProtocolError));
}

TEST_CASE("h2spec 5.1/1: DATA on an idle stream", "[http2]") {
  RawPeer p;
  p.handshake();
  p.data(1, kEndStream, "test");
  CHECK(p.connection_error(ErrorCode::kProtocolError));
}

TEST_CASE("h2spec 5.1/2: RST_STREAM on an idle stream", "[http2]") {
  RawPeer p;
  p.handshake();
  p.reset(1, 8);
  CHECK(p.connection_error(ErrorCode::kProtocolError));
}

TEST_CASE("h2spec 5.1/3: WINDOW_UPDATE on an idle stream", "[http2]") {
  RawPeer p;
  p.handshake();
  p.window_update(1, 100);
  CHECK(p.connection_error(ErrorCode::kProtocolError));
}

TEST_CASE("h2spec 5.1/4: CONTINUATION on an idle stream", "[http2]") {
  RawPeer p;
  p.handshake();
  p.continuation(1, kEndHeaders, kGet);
  CHECK(p.connection_error(ErrorCode::kProtocolError));
}

TEST_CASE("h2spec 5.1/5: DATA on a half-closed (remote) stream", "[http2]") {
  RawPeer p;
  p.handshake();
  p.answers = false;
  p.headers(1, kBoth, kGet);
  p.data(1, kEndStream, "test");
  CHECK(p.stream_error(1, ErrorCode::kStreamClosed));
}

TEST_CASE("h2spec 5.1/6: HEADERS on a half-closed (remote) stream", "[http2]") {
  RawPeer p;
  p.handshake();
  p.answers = false;
  p.headers(1, kBoth, kGet);
  p.headers(1, kBoth, kGet);
  CHECK(p.stream_error(1, ErrorCode::kStreamClosed));
}

TEST_CASE("h2spec 5.1/7: CONTINUATION on a half-closed (remote) stream", "[http2]") {
  RawPeer p;
  p.handshake();
  p.answers = false;
  p.headers(1, kBoth, kGet);
  p.continuation(1, kEndHeaders, kGet);
  CHECK(p.connection_error(ErrorCode::kProtocolError));
}

TEST_CASE("h2spec 5.1/8: DATA after RST_STREAM", "[http2]") {
  RawPeer p;
  p.handshake();
  p.answers = false;
  p.headers(1, kEndHeaders, kGet);
  p.reset(1, 8);
  p.data(1, kEndStream, "test");
  CHECK(p.stream_error(1, ErrorCode::kStreamClosed));
}

TEST_CASE("h2spec 5.1/9: HEADERS after RST_STREAM", "[http2]") {
  RawPeer p;
  p.handshake();
  p.answers = false;
  p.headers(1, kEndHeaders, kGet);
  p.reset(1, 8);
  p.headers(1, kBoth, kGet);
  CHECK(p.stream_error(1, ErrorCode::kStreamClosed));
}

TEST_CASE("h2spec 5.1/10: CONTINUATION after RST_STREAM", "[http2]") {
  RawPeer p;
  p.handshake();
  p.answers = false;
  p.headers(1, kEndHeaders, kGet);
  p.reset(1, 8);
  p.continuation(1, kEndHeaders, kGet);
  CHECK(p.connection_error(ErrorCode::kProtocolError));
}

TEST_CASE("h2spec 5.1/11: DATA on a closed stream", "[http2]") {
  RawPeer p;
  p.handshake();
  p.headers(1, kBoth, kGet);
  p.data(1, kEndStream, "test");
  CHECK(p.stream_error(1, ErrorCode::kStreamClosed));
}

TEST_CASE("h2spec 5.1/12: HEADERS on a closed stream", "[http2]") {
  RawPeer p;
  p.handshake();
  p.headers(1, kBoth, kGet);
  p.headers(1, kBoth, kGet);
  CHECK(p.connection_error(ErrorCode::kStreamClosed));
}

TEST_CASE("h2spec 5.1/13: CONTINUATION on a closed stream", "[http2]") {
  RawPeer p;
  p.handshake();
  p.headers(1, kBoth, kGet);
  p.continuation(1, kEndHeaders, kGet);
  CHECK(p.connection_error(ErrorCode::kProtocolError));
}

TEST_CASE("h2spec 5.1.1/1: an even stream identifier", "[http2]") {
  RawPeer p;
  p.handshake();
  p.headers(2, kBoth, kGet);
  CHECK(p.connection_error(ErrorCode::kProtocolError));
}

TEST_CASE("h2spec 5.1.1/2: a stream identifier that does not grow", "[http2]") {
  RawPeer p;
  p.handshake();
  p.headers(5, kBoth, kGet);
  p.headers(3, kBoth, kGet);
  CHECK(p.connection_error(ErrorCode::kProtocolError));
}

TEST_CASE("h2spec 5.1.2/1: more streams than SETTINGS_MAX_CONCURRENT_STREAMS", "[http2]") {
  RawPeer p;
  p.handshake();
  p.settings({{SettingId::kInitialWindowSize, 0}});
  const uint32_t last = 2 * kServerStreamsMax + 1;
  for (uint32_t id = 1; id <= last; id += 2) p.headers(id, kBoth, kGet);
  CHECK(p.stream_error(last, ErrorCode::kRefusedStream));
}

TEST_CASE("h2spec 5.3.1/1: HEADERS that depend on their own stream", "[http2]") {
  RawPeer p;
  p.handshake();
  const std::string block = RawPeer::priority_bytes(1) + p.block(kGet);
  p.frame(FrameType::kHeaders, kBoth | kFlagPriority, 1, block);
  CHECK(p.stream_error(1, ErrorCode::kProtocolError));
}

TEST_CASE("h2spec 5.3.1/2: PRIORITY of a stream on itself", "[http2]") {
  RawPeer p;
  p.handshake();
  p.priority(1, 1);
  CHECK(p.connection_error(ErrorCode::kProtocolError));
}

TEST_CASE("h2spec 5.4.1/1: an invalid PING ends the connection", "[http2]") {
  RawPeer p;
  p.handshake();
  p.frame(FrameType::kPing, 0, 3, std::string(8, '\0'));
  CHECK(p.server.has_failed());
}

TEST_CASE("h2spec 5.4.1/2: an invalid PING is answered with GOAWAY", "[http2]") {
  RawPeer p;
  p.handshake();
  p.frame(FrameType::kPing, 0, 3, std::string(8, '\0'));
  CHECK(p.connection_error(ErrorCode::kProtocolError));
}

TEST_CASE("h2spec 5.5/1: an unknown extension frame is ignored", "[http2]") {
  RawPeer p;
  p.handshake();
  p.frame(static_cast<FrameType>(0x16), 0, 0, std::string(8, '\0'));
  p.ping(7);
  CHECK(p.acked_ping(7));
}

TEST_CASE("h2spec 5.5/2: an unknown extension frame within a header block", "[http2]") {
  RawPeer p;
  p.handshake();
  p.headers(1, kEndStream, kGet);
  p.frame(static_cast<FrameType>(0x16), 0, 0, std::string(8, '\0'));
  CHECK(p.connection_error(ErrorCode::kProtocolError));
}
