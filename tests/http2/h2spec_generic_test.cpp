// The cases of h2spec 2.6 for generic, each named by its section
// and number there. Where h2spec lets a server choose between a stream and a connection error, ours
// is asserted. Source: github.com/summerwind/h2spec.

#include <catch_amalgamated.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "tests/http2/raw_peer.h"

using namespace http2_test;

namespace {

struct Representation {
  const char* name;
  std::string_view bytes;
};

// x-test or user-agent, h2spec.
constexpr Representation kRepresentations[] = {
    {"an indexed field", std::string_view("\xba", 1)},
    {"a literal with indexing, indexed name", std::string_view("\x7a\x06h2spec", 8)},
    {"a literal with indexing, indexed name, Huffman",
     std::string_view("\x7a\x84\x9c\x48\xac\xa4", 6)},
    {"a literal with indexing, new name", std::string_view("\x40\x06x-test\x06h2spec", 15)},
    {"a literal with indexing, new name, Huffman",
     std::string_view("\x40\x85\xf2\xb2\x4a\x84\xff\x84\x9c\x48\xac\xa4", 12)},
    {"a literal without indexing, indexed name", std::string_view("\x0f\x2b\x06h2spec", 9)},
    {"a literal without indexing, indexed name, Huffman",
     std::string_view("\x0f\x2b\x84\x9c\x48\xac\xa4", 7)},
    {"a literal without indexing, new name", std::string_view("\x00\x06x-test\x06h2spec", 15)},
    {"a literal without indexing, new name, Huffman",
     std::string_view("\x00\x85\xf2\xb2\x4a\x84\xff\x84\x9c\x48\xac\xa4", 12)},
    {"a literal never indexed, indexed name", std::string_view("\x1f\x2b\x06h2spec", 9)},
    {"a literal never indexed, indexed name, Huffman",
     std::string_view("\x1f\x2b\x84\x9c\x48\xac\xa4", 7)},
    {"a literal never indexed, new name", std::string_view("\x10\x06x-test\x06h2spec", 15)},
    {"a literal never indexed, new name, Huffman",
     std::string_view("\x10\x85\xf2\xb2\x4a\x84\xff\x84\x9c\x48\xac\xa4", 12)},
};

}  // namespace

TEST_CASE("h2spec generic 1/1: a client connection preface is answered with SETTINGS", "[http2]") {
  RawPeer p;
  p.send(kClientPreface);
  p.settings({{SettingId::kInitialWindowSize, 65535}});
  REQUIRE_FALSE(p.frames.empty());
  CHECK(p.frames[0].type == FrameType::kSettings);
  CHECK(p.frames[0].flags == 0);
}

TEST_CASE("h2spec generic 2/1: PRIORITY on an idle stream is accepted", "[http2]") {
  RawPeer p;
  p.handshake();
  p.priority(1, 0);
  p.ping(7);
  CHECK(p.acked_ping(7));
}

TEST_CASE("h2spec generic 2/2: WINDOW_UPDATE on a half-closed (remote) stream is accepted",
          "[http2]") {
  RawPeer p;
  p.handshake();
  p.settings({{SettingId::kInitialWindowSize, 0}});
  p.headers(1, kBoth, kGet);
  p.window_update(1, 1);
  CHECK(p.data_lengths(1) == "1");
}

TEST_CASE("h2spec generic 2/3: PRIORITY on a half-closed (remote) stream is accepted", "[http2]") {
  RawPeer p;
  p.handshake();
  p.settings({{SettingId::kInitialWindowSize, 0}});
  p.headers(1, kBoth, kGet);
  p.priority(1, 0);
  p.window_update(1, 1);
  CHECK(p.data_lengths(1) == "1");
}

TEST_CASE("h2spec generic 2/4: RST_STREAM on a half-closed (remote) stream is accepted",
          "[http2]") {
  RawPeer p;
  p.handshake();
  p.settings({{SettingId::kInitialWindowSize, 0}});
  p.headers(1, kBoth, kGet);
  p.reset(1, 8);
  p.ping(7);
  CHECK(p.acked_ping(7));
  CHECK(p.resets == std::vector<uint32_t>{1});
}

TEST_CASE("h2spec generic 2/5: PRIORITY on a closed stream is accepted", "[http2]") {
  RawPeer p;
  p.handshake();
  p.headers(1, kBoth, kGet);
  REQUIRE_FALSE(p.server.has_stream(1));
  p.priority(1, 0);
  p.ping(7);
  CHECK(p.acked_ping(7));
}

TEST_CASE("h2spec generic 3.1/1: DATA is accepted", "[http2]") {
  RawPeer p;
  p.handshake();
  p.headers(1, kEndHeaders, kPost);
  p.data(1, kEndStream, "test");
  CHECK(p.answered(1));
}

TEST_CASE("h2spec generic 3.1/2: several DATA frames are accepted", "[http2]") {
  RawPeer p;
  p.handshake();
  p.headers(1, kEndHeaders, kPost);
  p.data(1, 0, "test");
  p.data(1, kEndStream, "test");
  CHECK(p.answered(1));
}

TEST_CASE("h2spec generic 3.1/3: DATA with padding is accepted", "[http2]") {
  RawPeer p;
  p.handshake();
  p.headers(1, kEndHeaders, kPost);
  p.data(1, kEndStream | kFlagPadded, "\x05test" + repeated(5, '\0'));
  CHECK(p.answered(1));
}

TEST_CASE("h2spec generic 3.2/1: HEADERS are accepted", "[http2]") {
  RawPeer p;
  p.handshake();
  p.headers(1, kBoth, kGet);
  CHECK(p.answered(1));
}

TEST_CASE("h2spec generic 3.2/2: HEADERS with padding are accepted", "[http2]") {
  RawPeer p;
  p.handshake();
  const std::string padded = "\x08" + p.block(kGet) + repeated(8, '\0');
  p.frame(FrameType::kHeaders, kBoth | kFlagPadded, 1, padded);
  CHECK(p.answered(1));
}

TEST_CASE("h2spec generic 3.2/3: HEADERS with a priority are accepted", "[http2]") {
  RawPeer p;
  p.handshake();
  const std::string block = RawPeer::priority_bytes(0) + p.block(kGet);
  p.frame(FrameType::kHeaders, kBoth | kFlagPriority, 1, block);
  CHECK(p.answered(1));
}

TEST_CASE("h2spec generic 3.3/1: PRIORITY is accepted: weight 1", "[http2]") {
  RawPeer p;
  p.handshake();
  p.frame(FrameType::kPriority, 0, 1, std::string(5, '\0'));
  p.headers(1, kBoth, kGet);
  CHECK(p.answered(1));
}

TEST_CASE("h2spec generic 3.3/2: PRIORITY is accepted: weight 256", "[http2]") {
  RawPeer p;
  p.handshake();
  p.priority(1, 0);
  p.headers(1, kBoth, kGet);
  CHECK(p.answered(1));
}

TEST_CASE("h2spec generic 3.3/3: PRIORITY is accepted: a stream dependency", "[http2]") {
  RawPeer p;
  p.handshake();
  p.priority(3, 1).priority(1, 0);
  p.headers(1, kBoth, kGet);
  CHECK(p.answered(1));
}

TEST_CASE("h2spec generic 3.3/4: PRIORITY is accepted: exclusive", "[http2]") {
  RawPeer p;
  p.handshake();
  p.frame(FrameType::kPriority, 0, 3, RawPeer::priority_bytes(0x80000001));
  p.headers(1, kBoth, kGet);
  CHECK(p.answered(1));
}

TEST_CASE("h2spec generic 3.3/5: PRIORITY is accepted: an idle stream, then HEADERS", "[http2]") {
  RawPeer p;
  p.handshake();
  p.priority(1, 0x80000000 | 3);
  p.headers(1, kBoth, kGet);
  CHECK(p.answered(1));
}

TEST_CASE("h2spec generic 3.4/1: RST_STREAM is accepted", "[http2]") {
  RawPeer p;
  p.handshake();
  p.headers(1, kEndHeaders, kPost);
  p.reset(1, 8);
  p.ping(7);
  CHECK(p.acked_ping(7));
}

TEST_CASE("h2spec generic 3.5/1: SETTINGS are accepted and acknowledged", "[http2]") {
  RawPeer p;
  p.handshake();
  p.settings({{SettingId::kHeaderTableSize, 100},
              {SettingId::kEnablePush, 0},
              {SettingId::kMaxConcurrentStreams, 100},
              {SettingId::kInitialWindowSize, 65535},
              {SettingId::kMaxFrameSize, 16384},
              {SettingId::kMaxHeaderListSize, 100}});
  CHECK(p.acked_settings());
}

TEST_CASE("h2spec generic 3.7/1: PING is acknowledged", "[http2]") {
  RawPeer p;
  p.handshake();
  p.ping(7);
  CHECK(p.acked_ping(7));
}

TEST_CASE("h2spec generic 3.8/1: GOAWAY is accepted", "[http2]") {
  RawPeer p;
  p.handshake();
  p.frame(FrameType::kGoAway, 0, 0, std::string(8, '\0') + "h2spec");
  p.ping(7);
  CHECK(p.acked_ping(7));
}

TEST_CASE("h2spec generic 3.9/1: WINDOW_UPDATE on the connection is accepted", "[http2]") {
  RawPeer p;
  p.handshake();
  p.window_update(0, 1);
  p.ping(7);
  CHECK(p.acked_ping(7));
}

TEST_CASE("h2spec generic 3.9/2: WINDOW_UPDATE on a stream is accepted", "[http2]") {
  RawPeer p;
  p.handshake();
  p.headers(1, kEndHeaders, kPost);
  p.window_update(1, 1);
  CHECK(p.answered(1));
}

TEST_CASE("h2spec generic 3.10/1: CONTINUATION is accepted", "[http2]") {
  RawPeer p;
  p.handshake();
  const std::string block = p.block(kGet);
  p.frame(FrameType::kHeaders, kEndStream, 1, block.substr(0, 5));
  p.frame(FrameType::kContinuation, kEndHeaders, 1, block.substr(5));
  CHECK(p.answered(1));
}

TEST_CASE("h2spec generic 3.10/2: several CONTINUATION frames are accepted", "[http2]") {
  RawPeer p;
  p.handshake();
  const std::string block = p.block(kGet);
  p.frame(FrameType::kHeaders, kEndStream, 1, block.substr(0, 5));
  p.frame(FrameType::kContinuation, 0, 1, block.substr(5, 5));
  p.frame(FrameType::kContinuation, kEndHeaders, 1, block.substr(10));
  CHECK(p.answered(1));
}

TEST_CASE("h2spec generic 4/1: a GET request is answered", "[http2]") {
  RawPeer p;
  p.handshake();
  p.headers(1, kBoth, kGet);
  CHECK(p.answered(1));
}

TEST_CASE("h2spec generic 4/2: a HEAD request is answered", "[http2]") {
  RawPeer p;
  p.handshake();
  FieldList head = kGet;
  head[0].value = "HEAD";
  p.body.clear();
  p.headers(1, kBoth, head);
  CHECK(p.answered(1));
}

TEST_CASE("h2spec generic 4/3: a POST request is answered", "[http2]") {
  RawPeer p;
  p.handshake();
  p.headers(1, kEndHeaders, kPost);
  p.data(1, kEndStream, "test");
  CHECK(p.answered(1));
}

TEST_CASE("h2spec generic 4/4: a POST request with trailers is answered", "[http2]") {
  RawPeer p;
  p.handshake();
  p.headers(1, kEndHeaders, with(kPost, {{"trailer", "x-test"}}));
  p.data(1, 0, "test");
  p.headers(1, kBoth, {{"x-test", "ok"}});
  CHECK(p.answered(1));
}

TEST_CASE("h2spec generic 5/1 to 5/13: every representation of a field is accepted", "[http2]") {
  for (const Representation& representation : kRepresentations) {
    INFO(representation.name);
    RawPeer p;
    p.handshake();
    const std::string block = p.block(kGet) + std::string(representation.bytes);
    p.frame(FrameType::kHeaders, kBoth, 1, block);
    CHECK(p.answered(1));
  }
}

TEST_CASE("h2spec generic 5/14: a dynamic table size update is accepted", "[http2]") {
  RawPeer p;
  p.handshake();
  p.encoder.set_max_table_size(128);
  p.headers(1, kBoth, kGet);
  CHECK(p.answered(1));
}

TEST_CASE("h2spec generic 5/15: two dynamic table size updates are accepted", "[http2]") {
  RawPeer p;
  p.handshake();
  const std::string block = "\x3f\x61\x3f\xe1\x1f" + p.block(kGet);
  p.frame(FrameType::kHeaders, kBoth, 1, block);
  CHECK(p.answered(1));
}
