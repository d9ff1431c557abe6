// sim/net/tls_core.h: what the handles of one TLS connection share: its records and messages.
//
// Concept: records are sealed into a buffer and sent together; what arrives is taken apart into
// handshake messages, application data and alerts. The handshakes (tls_handshake.cpp) are written
// in terms of whole messages. Who calls a coroutine of this class holds a handle meanwhile.
// Source: Go's crypto/tls, conn.go.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "engine/sync/counted.h"
#include "engine/sync/mutex.h"
#include "sim/net/tls.h"

namespace sim::net {

class TlsCore : public engine::Counted<TlsCore> {
 public:
  TlsCore(Conn conn, TlsConfig config, bool is_client)
      : conn_(std::move(conn)), config_(std::move(config)), is_client_(is_client) {}

  // For the handles.
  engine::Task<engine::Error> handshake();
  engine::Task<ReadResult> read(uint32_t most);
  engine::Task<engine::Error> write(Bytes bytes);
  engine::Error close();
  engine::Error close_write();
  [[nodiscard]] const Conn& conn() const { return conn_; }
  [[nodiscard]] bool has_input() const { return !input_.empty(); }

  // For the handshakes.
  [[nodiscard]] const TlsConfig& config() const { return config_; }
  [[nodiscard]] TlsState& state() { return state_; }
  struct Received {
    std::optional<tls::Message> message;
    engine::Error error;
  };
  /// The next message, which also joins the transcript.
  engine::Task<Received> read_message();
  /// Adds to what flush() sends, and to the transcript.
  void add_message(const tls::Message& message);
  void add_change_cipher_spec();
  engine::Task<engine::Error> flush();
  /// Sends an alert and gives `error` back.
  engine::Error fail(tls::Alert alert, engine::Error error);
  /// The same, where Go has no other words than the alert's.
  engine::Error fail(tls::Alert alert);
  [[nodiscard]] uint64_t transcript() const { return transcript_; }
  /// From now on records must have the version that TLS 1.3 says.
  void settle_version();
  void set_input_key(uint64_t key) { input_cipher_.set_key(key); }
  void set_output_key(uint64_t key) { output_cipher_.set_key(key); }

 private:
  engine::Task<engine::Error> fill(uint64_t size);
  engine::Task<engine::Error> read_record();
  engine::Error header_fault(const tls::RecordHeader& header);
  engine::Error take_record(tls::ContentType type, std::string payload, bool& is_idle);
  engine::Error take_alert(std::string_view payload, bool& is_idle);
  void send_at_once();

  Conn conn_;
  TlsConfig config_;
  bool is_client_;
  bool version_is_known_ = false;
  bool is_closed_ = false;
  TlsState state_;
  engine::Mutex handshake_lock_;
  engine::Error handshake_error_;
  uint64_t transcript_ = 0;

  engine::Mutex read_lock_;
  engine::Error read_error_;
  ByteQueue arrived_;  // records
  tls::Cipher input_cipher_;
  std::string messages_;  // of the handshake, perhaps in part
  Bytes input_;           // application data that nobody has read

  engine::Mutex write_lock_;
  engine::Error write_error_;
  tls::Cipher output_cipher_;
  std::string sealed_;  // to be sent
  uint32_t writes_under_way_ = 0;
};

/// The two sides of the handshake. Source: RFC 8446 section 2.
engine::Task<engine::Error> client_handshake(engine::Ref<TlsCore> core);
engine::Task<engine::Error> server_handshake(engine::Ref<TlsCore> core);

}  // namespace sim::net
