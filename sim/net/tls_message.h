// sim/net/tls_message.h: TLS 1.3's records, alerts and handshake messages, from bytes and back.
//
// Concept: plain data with the numbers, lengths and order of fields of the real protocol, so that a
// packet dump can be read as TLS. What stands inside a certificate or a signature is the model's
// own (sim/net/certificate.h). Extensions that the structs do not have are skipped.
// Promises: pure functions; decode() reads nothing outside its bytes and ends after work in
// proportion to their number; what was decoded can be encoded, and decodes to an equal message.
// Source: RFC 8446 sections 4, 5 and 6; RFC 6066 (server name), RFC 7301 (ALPN).
// Not modelled: session tickets, early data, key updates, HelloRetryRequest, older versions.

#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace sim::net::tls {

inline constexpr uint16_t kLegacyVersion = 0x0303;  // what TLS 1.3 says where 1.2 stood
inline constexpr uint16_t kVersion13 = 0x0304;
inline constexpr uint16_t kAes128GcmSha256 = 0x1301;
inline constexpr uint16_t kX25519 = 0x001d;
inline constexpr uint16_t kEcdsaP256Sha256 = 0x0403;

inline constexpr uint32_t kRecordHeaderBytes = 5;
inline constexpr uint32_t kTagBytes = 16;
/// In a record's payload before and after it is sealed.
inline constexpr uint32_t kPlaintextMax = 1 << 14;
inline constexpr uint32_t kCiphertextMax = kPlaintextMax + 256;
inline constexpr uint32_t kMessageHeaderBytes = 4;
/// Source: Go's crypto/tls, maxHandshake.
inline constexpr uint32_t kMessageMax = 65536;

enum class ContentType : uint8_t {
  kChangeCipherSpec = 20,
  kAlert = 21,
  kHandshake = 22,
  kApplicationData = 23,
};

struct RecordHeader {
  uint8_t type = 0;
  uint16_t version = 0;
  uint16_t length = 0;
};
/// REQUIRES: kRecordHeaderBytes of them.
RecordHeader decode_record_header(std::string_view bytes);
void append_record_header(std::string& out, ContentType type, uint32_t length);

/// One direction of a connection under one key. Not cryptography: the key can be computed from what
/// crosses the network.
class Cipher {
 public:
  /// Until a key is set, records are plain.
  void set_key(uint64_t key) {
    key_ = key;
    sequence_ = 0;
    is_on_ = true;
  }
  [[nodiscard]] bool is_on() const { return is_on_; }
  /// Appends one record. REQUIRES: `payload` of at most kPlaintextMax bytes.
  void seal(std::string& out, ContentType type, std::string_view payload);
  struct Opened {
    ContentType type = ContentType::kAlert;
    std::string payload;
  };
  /// What is in a sealed record's payload; nothing if the bytes are not what was sealed next.
  /// REQUIRES: is_on().
  std::optional<Opened> open(std::string_view sealed);

 private:
  uint64_t key_ = 0;
  uint64_t sequence_ = 0;
  bool is_on_ = false;
};

/// The numbers of RFC 8446 section 6. Others can arrive.
enum class Alert : uint8_t {
  kCloseNotify = 0,
  kUnexpectedMessage = 10,
  kBadRecordMac = 20,
  kRecordOverflow = 22,
  kHandshakeFailure = 40,
  kBadCertificate = 42,
  kUnsupportedCertificate = 43,
  kCertificateRevoked = 44,
  kCertificateExpired = 45,
  kCertificateUnknown = 46,
  kIllegalParameter = 47,
  kUnknownCa = 48,
  kAccessDenied = 49,
  kDecodeError = 50,
  kDecryptError = 51,
  kProtocolVersion = 70,
  kInsufficientSecurity = 71,
  kInternalError = 80,
  kInappropriateFallback = 86,
  kUserCanceled = 90,
  kMissingExtension = 109,
  kUnsupportedExtension = 110,
  kUnrecognizedName = 112,
  kCertificateRequired = 116,
  kNoApplicationProtocol = 120,
};
/// `tls: bad certificate`. Source: Go's crypto/tls, alert.String.
std::string alert_text(Alert alert);

using Random = std::array<uint8_t, 32>;

struct ClientHello {
  Random random{};
  std::string session_id;
  std::vector<uint16_t> cipher_suites;
  std::vector<uint16_t> versions;
  std::string server_name;             // may be empty
  std::vector<std::string> protocols;  // ALPN, the preferred one first
  std::string key_share;               // for x25519
  bool operator==(const ClientHello&) const = default;
};
struct ServerHello {
  Random random{};
  std::string session_id;
  uint16_t cipher_suite = 0;
  uint16_t version = 0;
  std::string key_share;
  bool operator==(const ServerHello&) const = default;
};
struct EncryptedExtensions {
  std::string protocol;  // ALPN's outcome; may be empty
  bool operator==(const EncryptedExtensions&) const = default;
};
struct CertificateRequest {
  std::vector<std::string> authorities;  // whose certificates will do; empty: any
  bool operator==(const CertificateRequest&) const = default;
};
struct CertificateMessage {
  std::vector<std::string> chain;  // the leaf first; each of encode(Certificate)
  bool operator==(const CertificateMessage&) const = default;
};
struct CertificateVerify {
  uint16_t algorithm = 0;
  std::string signature;
  bool operator==(const CertificateVerify&) const = default;
};
struct Finished {
  std::string verify_data;
  bool operator==(const Finished&) const = default;
};

/// In the order of their numbers in kMessageTypes.
using Message = std::variant<ClientHello, ServerHello, EncryptedExtensions, CertificateRequest,
                             CertificateMessage, CertificateVerify, Finished>;
inline constexpr uint8_t kMessageTypes[] = {1, 2, 8, 13, 11, 15, 20};
/// As Go names the types in its errors: `*tls.clientHelloMsg`.
std::string_view message_name(size_t index);

/// With its header. REQUIRES: what the lengths can say (texts are cut there).
std::string encode(const Message& message);
/// How long the body is, of a message that begins so. REQUIRES: kMessageHeaderBytes of them.
uint32_t message_length(std::string_view header);
struct Decoded {
  std::optional<Message> message;
  Alert fault = Alert::kCloseNotify;  // if there is none: what to answer
};
/// Of a whole message with its header.
Decoded decode(std::string_view bytes);

}  // namespace sim::net::tls
