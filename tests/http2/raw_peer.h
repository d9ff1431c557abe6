// tests/http2/raw_peer.h: a server, and a client that sends it whatever frames a test wants.

#pragma once

#include <array>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sim/http2/connection.h"

namespace http2_test {

using namespace sim::http2;

using FieldList = std::vector<HeaderFieldView>;

/// A frame and its payload.
struct OwnFrame {
  FrameType type{};
  uint8_t flags = 0;
  uint32_t stream = 0;
  std::string payload;
};

/// All frames in `bytes`.
inline std::vector<OwnFrame> frames_of(std::string_view bytes) {
  FrameReader reader;
  reader.set_max_payload(kFrameSizeMax);
  reader.feed(bytes);
  std::vector<OwnFrame> frames;
  for (Frame frame; reader.next(frame) == FrameReader::Status::kFrame;) {
    frames.push_back({frame.type, frame.flags, frame.stream, std::string(frame.payload)});
  }
  return frames;
}

inline std::string take_all(Connection& connection) {
  std::string bytes;
  while (connection.has_output()) bytes += connection.take_output();
  return bytes;
}

inline std::string repeated(uint32_t count, char c = 'x') {
  return std::string(count, c);
}

/// What h2spec sends first in a header block.
inline const FieldList kGet = {
    {":method", "GET"}, {":scheme", "http"}, {":path", "/"}, {":authority", "127.0.0.1:8080"}};
inline const FieldList kPost = {
    {":method", "POST"}, {":scheme", "http"}, {":path", "/"}, {":authority", "127.0.0.1:8080"}};
inline FieldList with(FieldList fields, const FieldList& more) {
  fields.insert(fields.end(), more.begin(), more.end());
  return fields;
}

constexpr uint8_t kEndStream = kFlagEndStream;
constexpr uint8_t kEndHeaders = kFlagEndHeaders;
constexpr uint8_t kBoth = kFlagEndStream | kFlagEndHeaders;

/// The server answers a request at once, with `body`.
class RawPeer final : public Listener {
 public:
  explicit RawPeer(const ConnectionOptions& options = server_options()) : server(options, *this) {}

  /// Preface and SETTINGS of both sides, acknowledged.
  RawPeer& handshake() {
    send(kClientPreface);
    settings({});
    append_settings_ack(sent_);
    flush();
    frames.clear();
    return *this;
  }

  RawPeer& send(std::string_view bytes) {
    sent_ += bytes;
    return flush();
  }
  RawPeer& frame(FrameType type, uint8_t flags, uint32_t stream, std::string_view payload) {
    append_frame(sent_, {type, flags, stream, payload});
    return flush();
  }
  RawPeer& settings(std::initializer_list<Setting> list) {
    append_settings(sent_, {list.begin(), list.size()});
    return flush();
  }
  RawPeer& headers(uint32_t stream, uint8_t flags, const FieldList& fields) {
    return frame(FrameType::kHeaders, flags, stream, block(fields));
  }
  RawPeer& continuation(uint32_t stream, uint8_t flags, const FieldList& fields) {
    return frame(FrameType::kContinuation, flags, stream, block(fields));
  }
  RawPeer& data(uint32_t stream, uint8_t flags, std::string_view bytes) {
    return frame(FrameType::kData, flags, stream, bytes);
  }
  RawPeer& priority(uint32_t stream, uint32_t depends_on) {
    return frame(FrameType::kPriority, 0, stream, priority_bytes(depends_on));
  }
  RawPeer& reset(uint32_t stream, uint32_t code) {
    append_rst_stream(sent_, stream, static_cast<ErrorCode>(code));
    return flush();
  }
  RawPeer& window_update(uint32_t stream, uint32_t increment) {
    append_window_update(sent_, stream, increment);
    return flush();
  }
  RawPeer& ping(uint64_t opaque, bool ack = false) {
    append_ping(sent_, opaque, ack);
    return flush();
  }

  /// A header block of this client's encoder.
  std::string block(const FieldList& fields) {
    std::string out;
    for (const HeaderFieldView& field : fields) encoder.encode(field.name, field.value, out);
    return out;
  }
  static std::string priority_bytes(uint32_t depends_on) {
    std::string bytes;
    for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>(depends_on >> shift);
    return bytes + '\xff';
  }

  /// How many frames of a type have come.
  [[nodiscard]] uint32_t count(FrameType type) const {
    uint32_t found = 0;
    for (const OwnFrame& f : frames) found += f.type == type ? 1 : 0;
    return found;
  }
  [[nodiscard]] bool answered(uint32_t stream) const {
    for (const OwnFrame& f : frames) {
      if (f.type == FrameType::kHeaders && f.stream == stream) return !server.has_failed();
    }
    return false;
  }
  [[nodiscard]] bool acked_settings() const {
    for (const OwnFrame& f : frames) {
      if (f.type == FrameType::kSettings && (f.flags & kFlagAck) != 0) return true;
    }
    return false;
  }
  [[nodiscard]] bool acked_ping(uint64_t opaque) const {
    for (const OwnFrame& f : frames) {
      if (f.type == FrameType::kPing && f.flags == kFlagAck && read_u64(f.payload) == opaque) {
        return true;
      }
    }
    return false;
  }
  /// The connection goes on, and the stream was reset with that code.
  [[nodiscard]] bool stream_error(uint32_t stream, ErrorCode code) const {
    for (const OwnFrame& f : frames) {
      if (f.type == FrameType::kRstStream && f.stream == stream) {
        return !server.has_failed() && static_cast<ErrorCode>(read_u32(f.payload)) == code;
      }
    }
    return false;
  }
  /// The connection has failed, and the last frame is a GOAWAY with that code.
  [[nodiscard]] bool connection_error(ErrorCode code) const {
    if (!server.has_failed() || frames.empty()) return false;
    const OwnFrame& last = frames.back();
    return last.type == FrameType::kGoAway &&
           static_cast<ErrorCode>(read_u32(std::string_view(last.payload).substr(4))) == code;
  }
  /// The lengths of the DATA frames of a stream, with spaces between.
  [[nodiscard]] std::string data_lengths(uint32_t stream) const {
    std::string text;
    for (const OwnFrame& f : frames) {
      if (f.type != FrameType::kData || f.stream != stream) continue;
      if (!text.empty()) text += ' ';
      text += std::to_string(f.payload.size());
    }
    return text;
  }

  void on_headers(const HeadersEvent& event) override {
    if (event.kind != HeadersKind::kInitial || !answers) return;
    const HeaderFieldView status[] = {{":status", "200"}};
    server.send_headers(event.stream, status, body.empty());
    if (!body.empty()) server.send_data(event.stream, body, true);
  }
  void on_data(const DataEvent& event) override { server.consume(event.stream, event.flow_bytes); }
  void on_reset(const ResetEvent& event) override { resets.push_back(event.stream); }

  Connection server;
  HpackEncoder encoder;
  std::vector<OwnFrame> frames;  // that the server has sent since the handshake
  std::vector<uint32_t> resets;
  std::string body = "hello";
  bool answers = true;

 private:
  RawPeer& flush() {
    server.receive(sent_);
    sent_.clear();
    for (OwnFrame& f : frames_of(take_all(server))) frames.push_back(std::move(f));
    return *this;
  }

  std::string sent_;
};

}  // namespace http2_test
