// HTTP/2 in words: each frame, the fields of each header block, and gRPC's messages in DATA.

#include <algorithm>
#include <map>

#include "sim/http2/frame.h"
#include "sim/http2/hpack.h"
#include "web/app/decode_http.h"

namespace web {
namespace {

using sim::http2::Frame;
using sim::http2::FrameReader;
using sim::http2::FrameType;

/// Without the padding and the priority that may surround it.
std::string_view content_of(const Frame& frame) {
  std::string_view content = frame.payload;
  size_t padding = 0;
  if (frame.has(sim::http2::kFlagPadded) && !content.empty()) {
    padding = static_cast<uint8_t>(content[0]);
    content.remove_prefix(1);
  }
  constexpr size_t kPriorityBytes = 5;
  if (frame.type == FrameType::kHeaders && frame.has(sim::http2::kFlagPriority)) {
    content.remove_prefix(std::min(kPriorityBytes, content.size()));
  }
  content.remove_suffix(std::min(padding, content.size()));
  return content;
}

class Http2Decoder final : public StreamDecoder {
 public:
  void feed(Side side, uint64_t offset, std::string_view bytes, Decoding& out) override {
    Direction& direction = directions_[static_cast<size_t>(side)];
    if (direction.is_lost) return;
    if (side == Side::kClient && offset < sim::http2::kClientPreface.size()) {
      const size_t preface = sim::http2::kClientPreface.size() - static_cast<size_t>(offset);
      const size_t length = std::min(preface, bytes.size());
      out.say(side, offset, offset + length, "connection preface");
      direction.at = offset + length;
      bytes.remove_prefix(length);
    }
    direction.reader.feed(bytes);
    Frame frame;
    while (true) {
      const FrameReader::Status status = direction.reader.next(frame);
      if (status == FrameReader::Status::kNeedMore) return;
      if (status == FrameReader::Status::kTooLarge) {
        direction.is_lost = true;
        out.say(side, direction.at, direction.at, "a frame above the limit");
        return;
      }
      const uint64_t begin = direction.at;
      direction.at += sim::http2::kFrameHeaderBytes + frame.payload.size();
      out.say(side, begin, direction.at, sim::http2::frame_text(frame));
      take(side, frame, begin, out);
    }
  }

 private:
  struct Direction {
    FrameReader reader;
    sim::http2::HpackDecoder headers{kTableMost};
    std::string block;  // of headers, until it is complete
    uint64_t at = 0;    // where the next frame begins
    bool ends_stream = false;
    bool is_lost = false;
  };
  static constexpr uint32_t kTableMost = 4096;

  void take(Side side, const Frame& frame, uint64_t begin, Decoding& out) {
    Direction& direction = directions_[static_cast<size_t>(side)];
    switch (frame.type) {
      case FrameType::kHeaders:
        direction.block.clear();
        direction.ends_stream = frame.has(sim::http2::kFlagEndStream);
        begin_message(side, frame.stream, begin, out);
        [[fallthrough]];
      case FrameType::kContinuation:
        direction.block += frame.type == FrameType::kHeaders ? content_of(frame) : frame.payload;
        if (!frame.has(sim::http2::kFlagEndHeaders)) return;
        take_block(side, frame.stream, out);
        if (direction.ends_stream) end_message(side, frame.stream, direction.at, out);
        return;
      case FrameType::kData:
        tell_data(side, frame, out);
        if (frame.has(sim::http2::kFlagEndStream)) {
          end_message(side, frame.stream, direction.at, out);
        }
        return;
      case FrameType::kRstStream:
        if (Exchange* const exchange = exchange_of(frame.stream, out)) {
          exchange->failed = true;
          exchange->response += exchange->response.empty() ? "reset" : ", reset";
        }
        return;
      default:
        return;
    }
  }

  Exchange* exchange_of(uint32_t stream, Decoding& out) {
    const auto found = places_.find(stream);
    return found == places_.end() ? nullptr : &out.exchanges[found->second];
  }

  void begin_message(Side side, uint32_t stream, uint64_t at, Decoding& out) {
    if (side == Side::kServer) {
      Exchange* const exchange = exchange_of(stream, out);
      if (exchange == nullptr || exchange->has_response) return;
      exchange->has_response = true;
      exchange->response_begin = at;
      return;
    }
    if (places_.contains(stream)) return;  // trailers
    places_[stream] = out.exchanges.size();
    Exchange next;
    next.request = "a request";
    next.stream = stream;
    next.request_begin = at;
    out.exchanges.push_back(std::move(next));
  }

  void end_message(Side side, uint32_t stream, uint64_t at, Decoding& out) {
    Exchange* const exchange = exchange_of(stream, out);
    if (exchange == nullptr) return;
    (side == Side::kClient ? exchange->request_end : exchange->response_end) = at;
  }

  void take_block(Side side, uint32_t stream, Decoding& out) {
    Direction& direction = directions_[static_cast<size_t>(side)];
    std::string method;
    std::string path;
    Exchange* const exchange = exchange_of(stream, out);
    const auto error = direction.headers.decode_block(
        direction.block, [&](const sim::http2::HeaderFieldView& field) {
          out.say(side, direction.at, direction.at,
                  std::string(field.name) + ": " + std::string(field.value));
          if (field.name == ":method") method = field.value;
          if (field.name == ":path") path = field.value;
          if (field.name == "content-type" && field.value.starts_with("application/grpc")) {
            out.protocol = "gRPC";
          }
          if (exchange == nullptr || side == Side::kClient) return;
          if (field.name == ":status") {
            exchange->response = field.value;
            exchange->failed = !field.value.empty() && field.value[0] >= '4';
          }
          if (field.name == "grpc-status") {
            exchange->response = "grpc-status " + std::string(field.value);
            exchange->failed = field.value != "0";
          }
        });
    if (error != sim::http2::HpackError::kNone) {
      out.say(side, direction.at, direction.at,
              std::string("header block: ") + std::string(sim::http2::hpack_error_text(error)));
    }
    if (exchange != nullptr && !path.empty()) exchange->request = method + " " + path;
  }

  /// What lies in a frame of data: gRPC puts five bytes before each message.
  void tell_data(Side side, const Frame& frame, Decoding& out) {
    constexpr size_t kPrefixBytes = 5;
    const uint64_t at = directions_[static_cast<size_t>(side)].at;
    const std::string_view content = content_of(frame);
    if (content.empty()) return;
    if (out.protocol != "gRPC" || content.size() < kPrefixBytes) {
      out.say(side, at, at, preview(content, 72));
      return;
    }
    const uint32_t length = sim::http2::read_u32(content.substr(1));
    out.say(side, at, at,
            std::string(content[0] == 0 ? "gRPC message of " : "compressed gRPC message of ") +
                std::to_string(length) + " bytes");
  }

  Direction directions_[2];
  std::map<uint32_t, size_t> places_;  // of exchanges, by stream
};

}  // namespace

std::unique_ptr<StreamDecoder> http2_decoder(Decoding& out) {
  out.protocol = "HTTP/2";
  return std::make_unique<Http2Decoder>();
}

}  // namespace web
