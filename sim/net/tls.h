// sim/net/tls.h: TLS 1.3 over a connection, in the shape of Go's crypto/tls: who is who, and what
// goes wrong when that cannot be shown.
//
//   const TlsConn conn = tls_server(accepted.conn, config);  // Go: tls.Server(conn, config)
//   if (Error e = co_await conn.handshake()) ...             // or by the first read or write
//   auto [bytes, end] = co_await conn.read();
//
// Concept: the real flow of messages in the real framing (sim/net/tls_message.h), with identities,
// names, times, ALPN and alerts. The time is that of the machine's wall clock, so a clock that is
// wrong breaks TLS. As in TLS 1.3, the client's handshake is done before the server has judged the
// client's certificate: a refusal meets the client at its next read.
// Lifetime: a counted handle, as Conn. Close it; that closes the connection below.
// Errors: Go's values and texts.
// Source: RFC 8446; Go documentation, package `crypto/tls`.
// Not modelled: cryptography and security of any kind. Keys, signatures and ciphers are hashes that
// anyone who sees the packets can compute: they make payloads unreadable in a dump and errors
// noticeable, and protect nothing. Nor resumption, early data, key updates, older versions.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sim/net/certificate.h"
#include "sim/net/socket.h"
#include "sim/net/tls_message.h"

namespace sim::net {

class TlsCore;

/// What a server wants of its clients' certificates, each more than the one before.
/// Source: Go documentation, `tls.ClientAuthType`.
enum class ClientAuth : uint8_t {
  kNone,
  kRequest,           // takes any, and none
  kRequireAny,        // takes any
  kVerifyIfGiven,     // takes none, or one that is good
  kRequireAndVerify,  // mutual TLS
};

/// Source: Go documentation, `tls.Config`.
struct TlsConfig {
  /// A server shows the first that has the name asked for, else the first; a client the first that
  /// an authority which the server names has issued.
  std::vector<Identity> certificates = {};
  std::vector<Certificate> roots = {};         // whom a client trusts
  std::vector<Certificate> client_roots = {};  // whom a server trusts
  ClientAuth client_auth = ClientAuth::kNone;
  /// A client's: whom it means to talk to. Empty only with `insecure_skip_verify`.
  std::string server_name = {};
  std::vector<std::string> next_protos = {};  // ALPN, the preferred one first
  bool insecure_skip_verify = false;
};

/// Source: Go documentation, `tls.ConnectionState`.
struct TlsState {
  bool handshake_complete = false;
  uint16_t version = 0;
  uint16_t cipher_suite = 0;
  std::string negotiated_protocol;  // empty: none
  std::string server_name;          // as a server was asked for it, or a client asks
  std::vector<Certificate> peer_certificates;
};

/// An alert, sent or received, inside an OpError. Source: Go documentation, `tls.AlertError`.
struct AlertError {
  tls::Alert alert = tls::Alert::kCloseNotify;
  [[nodiscard]] std::string message() const { return tls::alert_text(alert); }
  bool operator==(const AlertError&) const = default;
};
/// Source: Go documentation, `tls.CertificateVerificationError`.
struct CertificateVerificationError {
  engine::Error error;
  [[nodiscard]] std::string message() const;
  [[nodiscard]] engine::Error unwrap() const { return error; }
};

/// Go's *tls.Conn. A null one answers every call with kErrClosed.
class TlsConn {
 public:
  TlsConn();
  explicit TlsConn(engine::Ref<TlsCore> core);
  TlsConn(const TlsConn&);
  TlsConn(TlsConn&&) noexcept;
  TlsConn& operator=(TlsConn) noexcept;
  ~TlsConn();

  /// Suspends until the handshake is done or has failed; at once if that is known. If `context`
  /// ends first, the connection is closed. Source: `tls.Conn.HandshakeContext`.
  [[nodiscard]] engine::Task<engine::Error> handshake(engine::Context context = {}) const;
  /// As Conn::read() and write(); after the handshake.
  [[nodiscard]] engine::Task<ReadResult> read(uint32_t most = Conn::kReadMost) const;
  [[nodiscard]] engine::Task<engine::Error> write(Bytes bytes) const;
  [[nodiscard]] engine::Task<engine::Error> write(std::string_view text) const;
  /// Says close_notify and closes. Never suspends.
  engine::Error close() const;
  /// Says close_notify: no more writes. Source: `tls.Conn.CloseWrite`.
  engine::Error close_write() const;
  /// Closes with a RST at once.
  void abort() const;
  void set_read_deadline(engine::Instant at) const;
  /// A write that has timed out leaves half a record behind: no other one will do.
  void set_write_deadline(engine::Instant at) const;
  void set_deadline(engine::Instant at) const {
    set_read_deadline(at);
    set_write_deadline(at);
  }
  [[nodiscard]] Address local_address() const;
  [[nodiscard]] Address remote_address() const;
  /// Whether bytes may be there. It can still suspend: records are looked into by read().
  [[nodiscard]] bool is_readable() const;
  [[nodiscard]] TlsState connection_state() const;
  /// The connection below. Source: `tls.Conn.NetConn`.
  [[nodiscard]] Conn net_conn() const;
  explicit operator bool() const { return static_cast<bool>(core_); }
  bool operator==(const TlsConn& other) const { return core_.get() == other.core_.get(); }

 private:
  engine::Ref<TlsCore> core_;
};

/// Nothing is sent before the handshake. Source: `tls.Client`, `tls.Server`.
TlsConn tls_client(Conn conn, TlsConfig config);
TlsConn tls_server(Conn conn, TlsConfig config);

struct TlsDialResult {
  TlsConn conn;
  engine::Error error;
};
/// Connects to "host:port" and shakes hands. Without a server_name the host is meant. Give it a
/// variable as `config`: g++ 12 destroys an aggregate that is made inside a co_await twice.
/// Source: `tls.Dialer.DialContext`.
engine::Task<TlsDialResult> tls_dial(engine::Context context, std::string address,
                                     TlsConfig config);

}  // namespace sim::net
