#include "sim/http2/frame.h"

#include <catch_amalgamated.hpp>
#include <string>
#include <string_view>
#include <vector>

using namespace sim::http2;

namespace {

std::string text_of(FrameType type, uint8_t flags, uint32_t stream, std::string_view payload) {
  return frame_text({type, flags, stream, payload});
}

std::string header(uint32_t length, FrameType type = FrameType::kData) {
  const auto bytes = encode_frame_header({length, type, 0, 1});
  return {bytes.data(), bytes.size()};
}

// Frames of several sizes, and their texts.
struct Sample {
  std::string bytes;
  std::vector<std::string> texts;
};

Sample sample() {
  Sample s;
  append_settings(s.bytes, {});
  append_frame(s.bytes, {FrameType::kHeaders, kFlagEndHeaders, 1, "block"});
  append_frame(s.bytes, {FrameType::kData, 0, 1, "hello"});
  append_frame(s.bytes, {FrameType::kData, kFlagEndStream, 1, ""});
  append_ping(s.bytes, 1, true);
  s.texts = {"SETTINGS", "HEADERS stream=1 END_HEADERS len=5", "DATA stream=1 len=5",
             "DATA stream=1 END_STREAM len=0", "PING ACK opaque=0x0000000000000001"};
  return s;
}

void read_all(FrameReader& reader, std::string_view piece, std::vector<std::string>& texts) {
  reader.feed(piece);
  Frame frame;
  while (reader.next(frame) == FrameReader::Status::kFrame) {
    std::string text = frame_text(frame);
    // The payload must have come through as well.
    if (frame.type == FrameType::kData && !frame.payload.empty()) {
      CHECK(frame.payload == "hello");
    }
    texts.push_back(std::move(text));
  }
}

}  // namespace

TEST_CASE("a frame reader yields the same frames however the stream is cut", "[http2]") {
  const Sample s = sample();
  const std::string_view bytes = s.bytes;
  for (uint32_t first = 0; first <= bytes.size(); ++first) {
    for (uint32_t second = first; second <= bytes.size(); ++second) {
      FrameReader reader;
      std::vector<std::string> texts;
      read_all(reader, bytes.substr(0, first), texts);
      read_all(reader, bytes.substr(first, second - first), texts);
      read_all(reader, bytes.substr(second), texts);
      REQUIRE(texts == s.texts);
    }
  }
}

TEST_CASE("a frame reader takes single bytes", "[http2]") {
  const Sample s = sample();
  FrameReader reader;
  std::vector<std::string> texts;
  for (const char& byte : s.bytes) read_all(reader, {&byte, 1}, texts);
  CHECK(texts == s.texts);
}

TEST_CASE("a frame within one piece is not copied", "[http2]") {
  std::string bytes;
  append_frame(bytes, {FrameType::kData, 0, 1, "hello"});
  FrameReader reader;
  reader.feed(bytes);
  Frame frame;
  REQUIRE(reader.next(frame) == FrameReader::Status::kFrame);
  CHECK(frame.payload.data() == bytes.data() + kFrameHeaderBytes);
}

TEST_CASE("a frame above the limit is refused at its header", "[http2]") {
  Frame frame;
  FrameReader whole;
  const std::string large = header(kFrameSizeDefault + 1);
  whole.feed(large);
  CHECK(whole.next(frame) == FrameReader::Status::kTooLarge);

  FrameReader split;
  split.feed(std::string_view(large).substr(0, 4));
  CHECK(split.next(frame) == FrameReader::Status::kNeedMore);
  split.feed(std::string_view(large).substr(4));
  CHECK(split.next(frame) == FrameReader::Status::kTooLarge);

  FrameReader wider;
  wider.set_max_payload(kFrameSizeDefault + 1);
  wider.feed(large);
  CHECK(wider.next(frame) == FrameReader::Status::kNeedMore);
}

TEST_CASE("the reserved bit of a stream identifier is dropped", "[http2]") {
  std::string bytes;
  append_frame(bytes, {FrameType::kData, 0, 0x80000005, ""});
  FrameReader reader;
  reader.feed(bytes);
  Frame frame;
  REQUIRE(reader.next(frame) == FrameReader::Status::kFrame);
  CHECK(frame.stream == 5);
}

TEST_CASE("every frame has a line", "[http2]") {
  CHECK(text_of(FrameType::kHeaders, kFlagEndHeaders | kFlagEndStream, 1, std::string(42, 'x')) ==
        "HEADERS stream=1 END_HEADERS END_STREAM len=42");
  CHECK(text_of(FrameType::kHeaders, kFlagPadded | kFlagPriority, 3, "") ==
        "HEADERS stream=3 PADDED PRIORITY len=0");
  CHECK(text_of(FrameType::kPriority, 0, 3, "12345") == "PRIORITY stream=3 len=5");
  CHECK(text_of(FrameType::kPushPromise, kFlagEndHeaders, 1, "1234") ==
        "PUSH_PROMISE stream=1 END_HEADERS len=4");
  CHECK(text_of(FrameType::kContinuation, kFlagEndHeaders, 1, "") ==
        "CONTINUATION stream=1 END_HEADERS len=0");
  CHECK(text_of(static_cast<FrameType>(0x16), 0xff, 0, "ab") == "0x16 len=2");

  std::string bytes;
  const Setting settings[] = {{SettingId::kMaxConcurrentStreams, 250},
                              {static_cast<SettingId>(0xff), 1}};
  append_settings(bytes, settings);
  append_settings_ack(bytes);
  append_rst_stream(bytes, 7, ErrorCode::kCancel);
  append_window_update(bytes, 0, 65535);
  append_goaway(bytes, {5, ErrorCode::kEnhanceYourCalm, "too\nmany"});
  append_goaway(bytes, {kStreamIdMax, static_cast<ErrorCode>(0x1234), {}});
  FrameReader reader;
  std::vector<std::string> texts;
  read_all(reader, bytes, texts);
  CHECK(texts == std::vector<std::string>{"SETTINGS MAX_CONCURRENT_STREAMS=250 0x00ff=1",
                                          "SETTINGS ACK", "RST_STREAM stream=7 CANCEL",
                                          "WINDOW_UPDATE increment=65535",
                                          "GOAWAY last=5 ENHANCE_YOUR_CALM \"too.many\"",
                                          "GOAWAY last=2147483647 0x00001234"});
}

TEST_CASE("the line of a malformed frame has its length", "[http2]") {
  CHECK(text_of(FrameType::kRstStream, 0, 1, "123") == "RST_STREAM stream=1 len=3");
  CHECK(text_of(FrameType::kSettings, 0, 0, "123") == "SETTINGS len=3");
  CHECK(text_of(FrameType::kPing, 0, 0, "") == "PING len=0");
  CHECK(text_of(FrameType::kGoAway, 0, 0, "1234567") == "GOAWAY len=7");
  CHECK(text_of(FrameType::kWindowUpdate, 0, 0, "12345") == "WINDOW_UPDATE len=5");
}
