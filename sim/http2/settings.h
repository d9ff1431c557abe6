// sim/http2/settings.h: the settings of one end of an HTTP/2 connection, and the limits on a peer.
//
// Concept: each end tells the other how it wants to be talked to; the other end's acknowledgment
// says from which frame on it does. The limits are what a connection bears without being told.
// Source: RFC 9113, section 6.5.2; the attacks that the limits answer are named beside them.

#pragma once

#include <cstdint>

#include "sim/http2/frame.h"
#include "sim/http2/hpack.h"

namespace sim::http2 {

inline constexpr uint32_t kUnlimited = UINT32_MAX;
inline constexpr uint32_t kWindowDefault = 65535;
inline constexpr uint32_t kWindowMax = 0x7fffffff;

/// What one end has told the other, or what holds until it does.
struct Settings {
  uint32_t header_table_size = kHpackDefaultTableSize;
  bool enable_push = true;
  uint32_t max_concurrent_streams = kUnlimited;
  uint32_t initial_window_size = kWindowDefault;
  uint32_t max_frame_size = kFrameSizeDefault;
  uint32_t max_header_list_size = kUnlimited;
  bool operator==(const Settings&) const = default;
};

/// Streams that a client may have open at a server. Source: Go, `http2.Server`.
inline constexpr uint32_t kServerStreamsMax = 250;
/// Streams that a client opens before it knows the server's limit. Source: Go, `http2.Transport`.
inline constexpr uint32_t kFirstStreamsMax = 100;
/// The largest list of fields that an endpoint accepts, unless told otherwise.
inline constexpr uint32_t kHeaderListBytesMax = 64 << 10;

/// CONTINUATION frames of one header block (CVE-2024-27316: blocks without end).
inline constexpr uint32_t kContinuationsMax = 64;
/// Bytes of one encoded header block: twice the list, and room for what carries no field.
[[nodiscard]] constexpr uint64_t header_block_bytes_max(uint32_t header_list_bytes) {
  return uint64_t{header_list_bytes} * 2 + 4096;
}
/// Answers (acknowledgments, RST_STREAM) that wait to be taken while the peer asks for more
/// (CVE-2019-9512 ping flood, -9514 reset flood, -9515 settings flood). Source: Go has 10,000.
inline constexpr uint32_t kQueuedAnswersMax = 1000;
/// Frames in a row that do nothing: empty DATA, PRIORITY, unknown (CVE-2019-9518 empty frames).
inline constexpr uint32_t kIdleFramesMax = 1000;
/// Requests that ended in RST_STREAM before they were answered, less those that were answered
/// (CVE-2023-44487 rapid reset; CVE-2025-8671, where the peer makes us reset). Source: nghttp2.
inline constexpr uint32_t kPrematureResetsMax = 1000;
/// Bytes of output from which on DATA stays in the queues of its streams.
inline constexpr uint32_t kOutputBytesHigh = 64 << 10;

struct ConnectionOptions {
  bool is_server = false;
  /// What this end tells the other. `enable_push` is off whatever it says.
  Settings settings{.enable_push = false, .max_header_list_size = kHeaderListBytesMax};
  /// How much the peer may send on all streams together before it is consumed; at least 65,535.
  uint32_t connection_window = kWindowDefault;
  /// The most that the table of the encoder takes up, whatever the peer allows.
  uint32_t encoder_table_limit = kHpackDefaultTableSize;
  /// on_send_room() comes when a stream's queue has shrunk to so much.
  uint32_t send_low_bytes = 0;
  uint32_t premature_resets_max = kPrematureResetsMax;
};

/// What a server tells a client by default.
[[nodiscard]] constexpr ConnectionOptions server_options() {
  ConnectionOptions options;
  options.is_server = true;
  options.settings.max_concurrent_streams = kServerStreamsMax;
  return options;
}
[[nodiscard]] constexpr ConnectionOptions client_options() {
  return {};
}

}  // namespace sim::http2
