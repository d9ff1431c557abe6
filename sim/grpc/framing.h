// sim/grpc/framing.h: messages on an HTTP/2 stream: one byte that says whether it is compressed,
// the length in four bytes, the message.
//
// Source: gRPC over HTTP/2, "Length-Prefixed-Message".
// Not modelled: compression; a compressed message is refused as by a peer without the algorithm.

#pragma once

#include <string>
#include <string_view>

#include "sim/grpc/status.h"
#include "sim/http2/endpoint.h"

namespace sim::grpc {

/// Source: grpc-go, defaultServerMaxReceiveMessageSize.
inline constexpr uint32_t kReceiveMessageMost = 4 << 20;
inline constexpr uint32_t kMessagePrefixBytes = 5;

/// Whether a content-type is gRPC's.
bool is_grpc_content(std::string_view type);

/// A message with its prefix.
std::string framed(std::string_view message);

/// Cuts a stream's data into messages.
class MessageReader {
 public:
  enum class Event : uint8_t { kMessage, kNeedMore, kRefused };
  void feed(std::string_view bytes) { buffer_ += bytes; }
  /// The next whole message; it is good until the next call.
  Event next(std::string_view& message);
  [[nodiscard]] const Status& refusal() const { return refusal_; }
  /// Bytes of a message whose rest has not come.
  [[nodiscard]] bool has_partial() const { return buffer_.size() > used_; }

 private:
  std::string buffer_;
  size_t used_ = 0;
  Status refusal_;
};

struct ReceivedMessage {
  bool is_there = false;
  std::string bytes;
  Status status;        // if none is there: OK at the stream's end, or what is wrong
  bool failed = false;  // it is the exchange that has failed
};
/// Whether a message is there, or the peer has ended the stream, or it has failed (the status is
/// then that of the reset). If not: wait_data(), and ask again.
bool poll_message(http2::Exchange& exchange, MessageReader& reader, ReceivedMessage& received);

}  // namespace sim::grpc
