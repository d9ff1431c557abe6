// sim/http2/frame.h: the frames of HTTP/2: reading them from a byte stream, and writing them.
//
// Concept: a connection is a sequence of frames, each a header of nine bytes and a payload. A
// reader is fed with pieces of the stream, cut anywhere, and yields whole frames; a payload is
// copied only if its frame spans pieces. Writers append to a string. Promises: pure; a reader holds
// at most one frame, and no frame above its limit. Source: RFC 9113, sections 4, 6 and 7. Not
// modelled: what a frame means for its connection; see sim/http2/connection.h.

#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace sim::http2 {

inline constexpr uint32_t kFrameHeaderBytes = 9;
/// What every endpoint accepts; the least and the default SETTINGS_MAX_FRAME_SIZE.
inline constexpr uint32_t kFrameSizeDefault = 1 << 14;
inline constexpr uint32_t kFrameSizeMax = (1 << 24) - 1;
/// Stream identifiers and window increments have 31 bits.
inline constexpr uint32_t kStreamIdMax = 0x7fffffff;

/// What a client sends before its first frame.
inline constexpr std::string_view kClientPreface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// A value that is not named is a type to ignore.
enum class FrameType : uint8_t {
  kData = 0,
  kHeaders = 1,
  kPriority = 2,
  kRstStream = 3,
  kSettings = 4,
  kPushPromise = 5,
  kPing = 6,
  kGoAway = 7,
  kWindowUpdate = 8,
  kContinuation = 9,
};

/// The bits of a frame's flags; which ones count depends on its type.
inline constexpr uint8_t kFlagAck = 0x1;
inline constexpr uint8_t kFlagEndStream = 0x1;
inline constexpr uint8_t kFlagEndHeaders = 0x4;
inline constexpr uint8_t kFlagPadded = 0x8;
inline constexpr uint8_t kFlagPriority = 0x20;

/// Why a stream or a connection ended. Other values mean nothing special.
enum class ErrorCode : uint32_t {
  kNoError = 0x0,
  kProtocolError = 0x1,
  kInternalError = 0x2,
  kFlowControlError = 0x3,
  kSettingsTimeout = 0x4,
  kStreamClosed = 0x5,
  kFrameSizeError = 0x6,
  kRefusedStream = 0x7,
  kCancel = 0x8,
  kCompressionError = 0x9,
  kConnectError = 0xa,
  kEnhanceYourCalm = 0xb,
  kInadequateSecurity = 0xc,
  kHttp11Required = 0xd,
};

enum class SettingId : uint16_t {
  kHeaderTableSize = 1,
  kEnablePush = 2,
  kMaxConcurrentStreams = 3,
  kInitialWindowSize = 4,
  kMaxFrameSize = 5,
  kMaxHeaderListSize = 6,
};

struct Setting {
  SettingId id{};
  uint32_t value = 0;
};

/// A frame in someone else's bytes.
struct Frame {
  FrameType type{};
  uint8_t flags = 0;
  uint32_t stream = 0;
  std::string_view payload;

  [[nodiscard]] bool has(uint8_t flag) const { return (flags & flag) != 0; }
};

/// `PROTOCOL_ERROR`; `0xff` for a code without a name.
[[nodiscard]] std::string error_code_text(ErrorCode code);
/// `HEADERS`; `0x16` for a type without a name.
[[nodiscard]] std::string frame_type_text(FrameType type);
/// A line for an inspector, as `HEADERS stream=1 END_HEADERS END_STREAM len=42`. Payloads that are
/// short and fixed are spelled out; one that is malformed shows as its length.
[[nodiscard]] std::string frame_text(const Frame& frame);

/// The number in the first bytes of `bytes`, the highest first. REQUIRES: there are enough.
[[nodiscard]] inline uint32_t read_u16(std::string_view bytes) {
  return static_cast<uint32_t>(static_cast<uint8_t>(bytes[0])) << 8 |
         static_cast<uint8_t>(bytes[1]);
}
[[nodiscard]] inline uint32_t read_u32(std::string_view bytes) {
  return read_u16(bytes) << 16 | read_u16(bytes.substr(2));
}
[[nodiscard]] inline uint64_t read_u64(std::string_view bytes) {
  return uint64_t{read_u32(bytes)} << 32 | read_u32(bytes.substr(4));
}

/// Cuts a byte stream into frames.
class FrameReader {
 public:
  enum class Status : uint8_t {
    kFrame,
    kNeedMore,  ///< The piece is used up.
    kTooLarge,  ///< A frame above the limit: its header is read, nothing more will be.
  };

  /// The next piece. It must stay valid until next() has said kNeedMore, which keeps a copy of what
  /// begins a frame. REQUIRES: the last piece is used up.
  void feed(std::string_view piece) { piece_ = piece; }
  /// The next frame; its payload is valid until the next call, and as long as the piece is.
  [[nodiscard]] Status next(Frame& frame);
  /// The largest payload that is accepted from the next frame on.
  void set_max_payload(uint32_t bytes) { max_payload_ = bytes; }
  /// The bytes of the current piece that no frame has used, for what precedes the first frame.
  [[nodiscard]] std::string_view rest() const { return piece_; }
  void skip(uint32_t bytes) { piece_.remove_prefix(bytes); }

 private:
  [[nodiscard]] Status next_spanning(Frame& frame);
  void keep(uint32_t bytes);

  std::string_view piece_;
  std::string kept_;  // a frame that began in an earlier piece
  bool yielded_kept_ = false;
  uint32_t max_payload_ = kFrameSizeDefault;
};

/// The nine bytes before a payload of `length` bytes.
struct FrameHeader {
  uint32_t length = 0;
  FrameType type{};
  uint8_t flags = 0;
  uint32_t stream = 0;
};

[[nodiscard]] inline std::array<char, kFrameHeaderBytes> encode_frame_header(
    const FrameHeader& header) {
  return {static_cast<char>(header.length >> 16), static_cast<char>(header.length >> 8),
          static_cast<char>(header.length),       static_cast<char>(header.type),
          static_cast<char>(header.flags),        static_cast<char>(header.stream >> 24),
          static_cast<char>(header.stream >> 16), static_cast<char>(header.stream >> 8),
          static_cast<char>(header.stream)};
}

/// Any frame. REQUIRES here and below: the payload fits one.
void append_frame(std::string& out, const Frame& frame);
void append_settings(std::string& out, std::span<const Setting> settings);
void append_settings_ack(std::string& out);
void append_rst_stream(std::string& out, uint32_t stream, ErrorCode code);
void append_ping(std::string& out, uint64_t opaque, bool ack);
void append_window_update(std::string& out, uint32_t stream, uint32_t increment);

struct GoAway {
  uint32_t last_stream = 0;
  ErrorCode code = ErrorCode::kNoError;
  std::string_view debug;
};
void append_goaway(std::string& out, const GoAway& goaway);

}  // namespace sim::http2
