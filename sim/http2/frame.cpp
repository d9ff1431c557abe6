#include "sim/http2/frame.h"

namespace sim::http2 {

namespace {

FrameHeader decode_header(std::string_view bytes) {
  FrameHeader header;
  header.length = read_u16(bytes) << 8 | static_cast<uint8_t>(bytes[2]);
  header.type = static_cast<FrameType>(bytes[3]);
  header.flags = static_cast<uint8_t>(bytes[4]);
  header.stream = read_u32(bytes.substr(5)) & kStreamIdMax;
  return header;
}

Frame to_frame(const FrameHeader& header, std::string_view payload) {
  return {header.type, header.flags, header.stream, payload};
}

void append_u32(std::string& out, uint32_t number) {
  const char bytes[] = {static_cast<char>(number >> 24), static_cast<char>(number >> 16),
                        static_cast<char>(number >> 8), static_cast<char>(number)};
  out.append(bytes, sizeof bytes);
}

void append_header(std::string& out, const FrameHeader& header) {
  const auto bytes = encode_frame_header(header);
  out.append(bytes.data(), bytes.size());
}

}  // namespace

FrameReader::Status FrameReader::next(Frame& frame) {
  if (yielded_kept_) {
    kept_.clear();
    yielded_kept_ = false;
  }
  if (!kept_.empty()) return next_spanning(frame);
  if (piece_.size() < kFrameHeaderBytes) {
    keep(static_cast<uint32_t>(piece_.size()));
    return Status::kNeedMore;
  }
  const FrameHeader header = decode_header(piece_);
  if (header.length > max_payload_) return Status::kTooLarge;
  if (piece_.size() - kFrameHeaderBytes < header.length) {
    kept_.reserve(kFrameHeaderBytes + header.length);
    keep(static_cast<uint32_t>(piece_.size()));
    return Status::kNeedMore;
  }
  frame = to_frame(header, piece_.substr(kFrameHeaderBytes, header.length));
  piece_.remove_prefix(kFrameHeaderBytes + header.length);
  return Status::kFrame;
}

FrameReader::Status FrameReader::next_spanning(Frame& frame) {
  if (kept_.size() < kFrameHeaderBytes) {
    keep(kFrameHeaderBytes - static_cast<uint32_t>(kept_.size()));
    if (kept_.size() < kFrameHeaderBytes) return Status::kNeedMore;
  }
  const FrameHeader header = decode_header(kept_);
  if (header.length > max_payload_) return Status::kTooLarge;
  const uint32_t whole = kFrameHeaderBytes + header.length;
  kept_.reserve(whole);
  keep(whole - static_cast<uint32_t>(kept_.size()));
  if (kept_.size() < whole) return Status::kNeedMore;
  frame = to_frame(header, std::string_view(kept_).substr(kFrameHeaderBytes));
  yielded_kept_ = true;
  return Status::kFrame;
}

void FrameReader::keep(uint32_t bytes) {
  const std::string_view part = piece_.substr(0, bytes);
  kept_.append(part);
  piece_.remove_prefix(part.size());
}

void append_frame(std::string& out, const Frame& frame) {
  const uint32_t length = static_cast<uint32_t>(frame.payload.size());
  append_header(out, {length, frame.type, frame.flags, frame.stream});
  out.append(frame.payload);
}

void append_settings(std::string& out, std::span<const Setting> settings) {
  append_header(out, {static_cast<uint32_t>(settings.size()) * 6, FrameType::kSettings, 0, 0});
  for (const Setting& setting : settings) {
    const uint32_t id = static_cast<uint32_t>(setting.id);
    out += static_cast<char>(id >> 8);
    out += static_cast<char>(id);
    append_u32(out, setting.value);
  }
}

void append_settings_ack(std::string& out) {
  append_header(out, {0, FrameType::kSettings, kFlagAck, 0});
}

void append_rst_stream(std::string& out, uint32_t stream, ErrorCode code) {
  append_header(out, {4, FrameType::kRstStream, 0, stream});
  append_u32(out, static_cast<uint32_t>(code));
}

void append_ping(std::string& out, uint64_t opaque, bool ack) {
  append_header(out, {8, FrameType::kPing, ack ? kFlagAck : uint8_t{0}, 0});
  append_u32(out, static_cast<uint32_t>(opaque >> 32));
  append_u32(out, static_cast<uint32_t>(opaque));
}

void append_window_update(std::string& out, uint32_t stream, uint32_t increment) {
  append_header(out, {4, FrameType::kWindowUpdate, 0, stream});
  append_u32(out, increment);
}

void append_goaway(std::string& out, const GoAway& goaway) {
  const uint32_t length = 8 + static_cast<uint32_t>(goaway.debug.size());
  append_header(out, {length, FrameType::kGoAway, 0, 0});
  append_u32(out, goaway.last_stream);
  append_u32(out, static_cast<uint32_t>(goaway.code));
  out.append(goaway.debug);
}

}  // namespace sim::http2
