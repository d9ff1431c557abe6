#include "sim/net/tls_core.h"

#include <algorithm>
#include <utility>

#include "engine/world/hash.h"

namespace sim::net {
namespace {

using engine::Error;
using engine::here;
using engine::Task;
using tls::Alert;
using tls::ContentType;

/// In a row, of records that carry nothing. Source: Go's crypto/tls, maxUselessRecords.
constexpr int kIdleRecordsMax = 16;
/// How much is sealed before the connection takes it.
constexpr uint32_t kSealAtOnce = 4 * tls::kPlaintextMax;

constexpr engine::Sentinel kShutDown("tls: protocol is shutdown");
constexpr engine::Sentinel kEarlyCloseWrite("tls: CloseWrite called before handshake complete");

Error alert_error(std::string_view side, Alert alert) {
  return engine::make_error(
      OpError{std::string(side) + " error", {}, {}, {}, engine::make_error(AlertError{alert})});
}

void append_hex(std::string& text, uint16_t number) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  bool begun = false;
  for (int shift = 12; shift >= 0; shift -= 4) {
    const unsigned digit = number >> shift & 0xf;
    begun = begun || digit != 0 || shift == 0;
    if (begun) text += kDigits[digit];
  }
}

}  // namespace

// Records, as they arrive.

Task<Error> TlsCore::fill(uint64_t size) {
  while (arrived_.size() < size) {
    ReadResult got = co_await conn_.read();
    if (got.error) {
      if (got.error == Error(kEof) && !arrived_.empty()) got.error = kUnexpectedEof;
      // Who meets a deadline may go on after it.
      if (!engine::errors_is(got.error, kErrTimeout)) read_error_ = got.error;
      co_return got.error;
    }
    arrived_.append(std::move(got.bytes));
  }
  co_return nullptr;
}

Error TlsCore::header_fault(const tls::RecordHeader& header) {
  constexpr uint16_t kNoTlsVersion = 0x1000;
  const auto type = static_cast<ContentType>(header.type);
  if (version_is_known_) {
    if (header.version != tls::kLegacyVersion) {
      std::string text = "tls: received record with version ";
      append_hex(text, header.version);
      text += " when expecting version ";
      append_hex(text, tls::kLegacyVersion);
      return fail(Alert::kProtocolVersion, engine::errors_new(text));
    }
  } else if ((type != ContentType::kAlert && type != ContentType::kHandshake) ||
             header.version >= kNoTlsVersion) {
    return engine::errors_new("tls: first record does not look like a TLS handshake");
  }
  if (header.length > tls::kCiphertextMax) {
    return fail(Alert::kRecordOverflow,
                engine::errorf("tls: oversized record received with length ", header.length));
  }
  return nullptr;
}

// Takes one record that carries something into messages_ or input_.
Task<Error> TlsCore::read_record() {
  bool is_idle = true;
  for (int idle = 0; is_idle; ++idle) {
    if (read_error_) co_return read_error_;
    if (idle > kIdleRecordsMax) {
      read_error_ =
          fail(Alert::kUnexpectedMessage, engine::errors_new("tls: too many ignored records"));
      continue;
    }
    if (Error error = co_await fill(tls::kRecordHeaderBytes)) co_return error;
    const Bytes head = arrived_.peek(0, tls::kRecordHeaderBytes);
    const tls::RecordHeader header = tls::decode_record_header(head.view());
    read_error_ = header_fault(header);
    if (read_error_) co_return read_error_;
    if (Error error = co_await fill(tls::kRecordHeaderBytes + header.length)) co_return error;
    const Bytes body = arrived_.peek(tls::kRecordHeaderBytes, header.length);
    arrived_.drop(tls::kRecordHeaderBytes + header.length);
    auto type = static_cast<ContentType>(header.type);
    std::string payload;
    if (input_cipher_.is_on() && type != ContentType::kChangeCipherSpec) {
      std::optional<tls::Cipher::Opened> opened;
      if (type == ContentType::kApplicationData) opened = input_cipher_.open(body.view());
      if (!opened) {
        const bool is_data = type == ContentType::kApplicationData;
        read_error_ = fail(is_data ? Alert::kBadRecordMac : Alert::kUnexpectedMessage);
        continue;
      }
      type = opened->type;
      payload = std::move(opened->payload);
    } else {
      payload = body.view();
    }
    read_error_ = payload.size() > tls::kPlaintextMax ? fail(Alert::kRecordOverflow)
                                                      : take_record(type, payload, is_idle);
  }
  co_return read_error_;
}

Error TlsCore::take_record(ContentType type, std::string payload, bool& is_idle) {
  switch (type) {
    case ContentType::kAlert:
      return take_alert(payload, is_idle);
    case ContentType::kChangeCipherSpec:
      // For the eyes of others only. Source: RFC 8446 appendix D.4.
      if (payload == "\1") return nullptr;
      return fail(Alert::kDecodeError);
    case ContentType::kApplicationData:
      if (!state_.handshake_complete) return fail(Alert::kUnexpectedMessage);
      is_idle = payload.empty();
      input_ = Bytes::adopt(std::move(payload));
      return nullptr;
    case ContentType::kHandshake:
      if (payload.empty()) return fail(Alert::kUnexpectedMessage);
      is_idle = false;
      messages_ += payload;
      return nullptr;
  }
  return fail(Alert::kUnexpectedMessage);
}

Error TlsCore::take_alert(std::string_view payload, bool& is_idle) {
  if (payload.size() != 2) return fail(Alert::kUnexpectedMessage);
  const auto alert = static_cast<Alert>(payload[1]);
  if (alert == Alert::kUserCanceled) return nullptr;
  is_idle = false;
  if (alert == Alert::kCloseNotify) return kEof;
  return alert_error("remote", alert);
}

// Messages.

Task<TlsCore::Received> TlsCore::read_message() {
  uint64_t size = tls::kMessageHeaderBytes;
  bool knows_size = false;
  while (messages_.size() < size || !knows_size) {
    if (messages_.size() < size) {
      if (Error error = co_await read_record()) co_return Received{{}, std::move(error)};
      continue;
    }
    const uint32_t length = tls::message_length(messages_);
    if (length > tls::kMessageMax) {
      Error error = engine::errorf("tls: handshake message of length ", length,
                                   " bytes exceeds maximum of ", tls::kMessageMax, " bytes");
      co_return Received{{}, fail(Alert::kInternalError, std::move(error))};
    }
    knows_size = true;
    size += length;
  }
  const std::string bytes = messages_.substr(0, static_cast<size_t>(size));
  messages_.erase(0, static_cast<size_t>(size));
  tls::Decoded decoded = tls::decode(bytes);
  if (!decoded.message) co_return Received{{}, fail(decoded.fault)};
  transcript_ = engine::combine(transcript_, engine::hash_bytes(bytes));
  co_return Received{std::move(decoded.message), nullptr};
}

void TlsCore::add_message(const tls::Message& message) {
  const std::string bytes = tls::encode(message);
  transcript_ = engine::combine(transcript_, engine::hash_bytes(bytes));
  std::string_view rest = bytes;
  while (!rest.empty()) {
    const std::string_view part = rest.substr(0, tls::kPlaintextMax);
    output_cipher_.seal(sealed_, ContentType::kHandshake, part);
    rest.remove_prefix(part.size());
  }
}

void TlsCore::add_change_cipher_spec() {
  tls::append_record_header(sealed_, ContentType::kChangeCipherSpec, 1);
  sealed_ += '\1';
}

Task<Error> TlsCore::flush() {
  ++writes_under_way_;
  Error error = co_await conn_.write(Bytes::adopt(std::exchange(sealed_, {})));
  --writes_under_way_;
  if (error) write_error_ = error;
  co_return error;
}

// Without waiting for room in the send buffer, which takes more than it has room for.
void TlsCore::send_at_once() {
  std::string bytes = std::exchange(sealed_, {});
  TcpSocket* const socket = conn_.socket();
  if (here().muted || socket == nullptr || socket->is_closed_by_user()) return;
  if (socket->tcp().can_write()) socket->write(Bytes::adopt(std::move(bytes)));
}

Error TlsCore::fail(Alert alert, Error error) {
  // Records leave in the order in which they were sealed.
  if (!write_error_ && writes_under_way_ == 0) {
    constexpr char kFatal = 2;
    const char payload[] = {kFatal, static_cast<char>(alert)};
    output_cipher_.seal(sealed_, ContentType::kAlert, {payload, sizeof payload});
    send_at_once();
  }
  if (!write_error_) write_error_ = alert_error("local", alert);
  return error;
}

Error TlsCore::fail(Alert alert) {
  return fail(alert, alert_error("local", alert));
}

void TlsCore::settle_version() {
  version_is_known_ = true;
  state_.version = tls::kVersion13;
  state_.cipher_suite = tls::kAes128GcmSha256;
}

// What the handles do.

Task<Error> TlsCore::handshake() {
  if (state_.handshake_complete) co_return nullptr;
  co_await handshake_lock_.lock();
  const engine::Defer unlocking([this] { handshake_lock_.unlock(); });
  if (state_.handshake_complete || handshake_error_) co_return handshake_error_;
  const engine::Ref<TlsCore> self(this);
  if (is_client_) {
    handshake_error_ = co_await client_handshake(self);
  } else {
    handshake_error_ = co_await server_handshake(self);
  }
  state_.handshake_complete = !handshake_error_;
  co_return handshake_error_;
}

Task<ReadResult> TlsCore::read(uint32_t most) {
  if (Error error = co_await handshake()) co_return ReadResult{{}, std::move(error)};
  co_await read_lock_.lock();
  const engine::Defer unlocking([this] { read_lock_.unlock(); });
  while (input_.empty() && most > 0) {
    if (Error error = co_await read_record()) co_return ReadResult{{}, std::move(error)};
    if (!messages_.empty()) {
      read_error_ = fail(Alert::kUnexpectedMessage);
      co_return ReadResult{{}, read_error_};
    }
  }
  const uint32_t size = std::min(most, input_.size());
  ReadResult result{input_.slice(0, size), nullptr};
  input_ = size == input_.size() ? Bytes() : input_.slice(size, input_.size() - size);
  co_return result;
}

Task<Error> TlsCore::write(Bytes bytes) {
  if (Error error = co_await handshake()) co_return error;
  co_await write_lock_.lock();
  const engine::Defer unlocking([this] { write_lock_.unlock(); });
  uint32_t written = 0;
  while (written < bytes.size()) {
    if (is_closed_) co_return Error(kErrClosed);
    if (write_error_) co_return write_error_;
    const uint32_t end = std::min(bytes.size(), written + kSealAtOnce);
    while (written < end) {
      const uint32_t size = std::min(end - written, tls::kPlaintextMax);
      output_cipher_.seal(sealed_, ContentType::kApplicationData,
                          bytes.view().substr(written, size));
      written += size;
    }
    if (Error error = co_await flush()) co_return error;
  }
  co_return nullptr;
}

Error TlsCore::close_write() {
  if (!state_.handshake_complete) return kEarlyCloseWrite;
  if (write_error_) return write_error_;
  if (writes_under_way_ == 0) {
    constexpr char kWarning = 1;
    const char payload[] = {kWarning, static_cast<char>(Alert::kCloseNotify)};
    output_cipher_.seal(sealed_, ContentType::kAlert, {payload, sizeof payload});
    send_at_once();
  }
  write_error_ = kShutDown;
  return nullptr;
}

Error TlsCore::close() {
  if (is_closed_) return kErrClosed;
  is_closed_ = true;
  if (state_.handshake_complete) static_cast<void>(close_write());
  return conn_.close();
}

}  // namespace sim::net
