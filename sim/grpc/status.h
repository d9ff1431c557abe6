// sim/grpc/status.h: how a call ended, and the texts and codings of gRPC's protocol around it.
//
// Sources: gRPC over HTTP/2 (PROTOCOL-HTTP2.md), "gRPC status codes", "HTTP to gRPC status code
// mapping"; grpc-go for messages.
// Not modelled: status details beyond code and message.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "engine/sync/error.h"
#include "engine/world/time.h"
#include "sim/http2/frame.h"

namespace sim::grpc {

enum class Code : uint8_t {
  kOk = 0,
  kCancelled = 1,
  kUnknown = 2,
  kInvalidArgument = 3,
  kDeadlineExceeded = 4,
  kNotFound = 5,
  kAlreadyExists = 6,
  kPermissionDenied = 7,
  kResourceExhausted = 8,
  kFailedPrecondition = 9,
  kAborted = 10,
  kOutOfRange = 11,
  kUnimplemented = 12,
  kInternal = 13,
  kUnavailable = 14,
  kDataLoss = 15,
  kUnauthenticated = 16,
};
inline constexpr uint32_t kCodes = 17;

/// `NotFound`, as grpc-go prints it.
std::string_view code_text(Code code);

struct Status {
  Code code = Code::kOk;
  std::string text;

  [[nodiscard]] bool ok() const { return code == Code::kOk; }
  /// `rpc error: code = NotFound desc = no such user`
  [[nodiscard]] std::string message() const;
  bool operator==(const Status&) const = default;
};
/// Nil if the status is OK. errors_as<Status> finds it again.
engine::Error error_of(const Status& status);
/// The status in `error`; that of a context's end; else UNKNOWN with its message.
Status status_of(const engine::Error& error);

/// What a response without grpc-status means.
Code code_of_http(int http_status);
/// What a reset stream means.
Code code_of_reset(http2::ErrorCode code);

/// For grpc-message: bytes outside space..~, and `%`, as %XX.
std::string percent_encode(std::string_view text);
/// The reverse; what is not well-formed stays as it is.
std::string percent_decode(std::string_view text);

/// For grpc-timeout: at most 8 digits and the finest unit that fits. Zero or less: "0n".
std::string timeout_text(engine::Duration timeout);
/// Nothing if it is not 1 to 8 digits with one of H M S m u n.
std::optional<engine::Duration> parse_timeout(std::string_view text);

/// Of `-bin` metadata: base64 without padding; decoding takes it with padding, too.
std::string base64_encode(std::string_view bytes);
std::optional<std::string> base64_decode(std::string_view text);

}  // namespace sim::grpc
