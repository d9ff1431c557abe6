// Frames as lines of text, for an inspector.

#include <array>

#include "sim/http2/frame.h"

namespace sim::http2 {

namespace {

constexpr std::array<std::string_view, 14> kErrorNames = {"NO_ERROR",
                                                          "PROTOCOL_ERROR",
                                                          "INTERNAL_ERROR",
                                                          "FLOW_CONTROL_ERROR",
                                                          "SETTINGS_TIMEOUT",
                                                          "STREAM_CLOSED",
                                                          "FRAME_SIZE_ERROR",
                                                          "REFUSED_STREAM",
                                                          "CANCEL",
                                                          "COMPRESSION_ERROR",
                                                          "CONNECT_ERROR",
                                                          "ENHANCE_YOUR_CALM",
                                                          "INADEQUATE_SECURITY",
                                                          "HTTP_1_1_REQUIRED"};

constexpr std::array<std::string_view, 10> kTypeNames = {
    "DATA",         "HEADERS", "PRIORITY", "RST_STREAM",    "SETTINGS",
    "PUSH_PROMISE", "PING",    "GOAWAY",   "WINDOW_UPDATE", "CONTINUATION"};

constexpr std::array<std::string_view, 7> kSettingNames = {"",
                                                           "HEADER_TABLE_SIZE",
                                                           "ENABLE_PUSH",
                                                           "MAX_CONCURRENT_STREAMS",
                                                           "INITIAL_WINDOW_SIZE",
                                                           "MAX_FRAME_SIZE",
                                                           "MAX_HEADER_LIST_SIZE"};

// The most that is shown of a GOAWAY's text.
constexpr uint32_t kDebugShownBytes = 80;

std::string hex(uint64_t number, uint32_t digits) {
  std::string text = "0x";
  for (uint32_t i = digits; i-- > 0;) text += "0123456789abcdef"[number >> (4 * i) & 15];
  return text;
}

template <std::size_t N>
std::string name_or_hex(const std::array<std::string_view, N>& names, uint32_t number,
                        uint32_t digits) {
  if (number < N && !names[number].empty()) return std::string(names[number]);
  return hex(number, digits);
}

std::string printable(std::string_view bytes) {
  std::string text;
  for (const char c : bytes.substr(0, kDebugShownBytes)) text += c >= ' ' && c <= '~' ? c : '.';
  return text;
}

void append_flags(std::string& text, const Frame& frame) {
  const bool ends = frame.type == FrameType::kData || frame.type == FrameType::kHeaders;
  const bool heads = frame.type == FrameType::kHeaders || frame.type == FrameType::kPushPromise ||
                     frame.type == FrameType::kContinuation;
  const bool pads = ends || frame.type == FrameType::kPushPromise;
  const bool acks = frame.type == FrameType::kSettings || frame.type == FrameType::kPing;
  if (acks && frame.has(kFlagAck)) text += " ACK";
  if (heads && frame.has(kFlagEndHeaders)) text += " END_HEADERS";
  if (ends && frame.has(kFlagEndStream)) text += " END_STREAM";
  if (pads && frame.has(kFlagPadded)) text += " PADDED";
  if (frame.type == FrameType::kHeaders && frame.has(kFlagPriority)) text += " PRIORITY";
}

// Appends what a short payload says; false if it is not of a length that it may have.
bool append_payload(std::string& text, const Frame& frame) {
  const std::string_view payload = frame.payload;
  switch (frame.type) {
    case FrameType::kRstStream:
      if (payload.size() != 4) return false;
      text += ' ' + error_code_text(static_cast<ErrorCode>(read_u32(payload)));
      return true;
    case FrameType::kSettings:
      if (payload.size() % 6 != 0) return false;
      for (std::string_view rest = payload; !rest.empty(); rest.remove_prefix(6)) {
        text += ' ' + name_or_hex(kSettingNames, read_u16(rest), 4) + '=' +
                std::to_string(read_u32(rest.substr(2)));
      }
      return true;
    case FrameType::kPing:
      if (payload.size() != 8) return false;
      text += " opaque=" + hex(read_u64(payload), 16);
      return true;
    case FrameType::kGoAway:
      if (payload.size() < 8) return false;
      text += " last=" + std::to_string(read_u32(payload) & kStreamIdMax) + ' ' +
              error_code_text(static_cast<ErrorCode>(read_u32(payload.substr(4))));
      if (payload.size() > 8) text += " \"" + printable(payload.substr(8)) + '"';
      return true;
    case FrameType::kWindowUpdate:
      if (payload.size() != 4) return false;
      text += " increment=" + std::to_string(read_u32(payload) & kStreamIdMax);
      return true;
    default:
      return false;
  }
}

}  // namespace

std::string error_code_text(ErrorCode code) {
  const uint32_t number = static_cast<uint32_t>(code);
  return name_or_hex(kErrorNames, number, number <= 0xff ? 2 : 8);
}

std::string frame_type_text(FrameType type) {
  return name_or_hex(kTypeNames, static_cast<uint32_t>(type), 2);
}

std::string frame_text(const Frame& frame) {
  std::string text = frame_type_text(frame.type);
  if (frame.stream != 0) text += " stream=" + std::to_string(frame.stream);
  append_flags(text, frame);
  if (!append_payload(text, frame)) text += " len=" + std::to_string(frame.payload.size());
  return text;
}

}  // namespace sim::http2
