// sim/net/certificate.h: who somebody is, and who says so: a model of X.509.
//
// Concept: a certificate binds names to a key, for a time, in the words of an issuer. An Authority
// issues certificates; verify() looks for a chain from a leaf to a trusted root, as Go's
// crypto/x509 does, and finds fault in its words. A key is a number: whoever knows the number of a
// key can sign with it, and every certificate tells its key's. So this models what certificates
// promise and how they fail, and protects nothing.
// Determinism: pure functions; the same names give the same keys and serials.
// Source: RFC 5280; Go documentation, package `crypto/x509`.
// Not modelled: cryptography of any kind; ASN.1 and PEM; key usages, name constraints and path
// lengths, revocation, IP addresses and URIs as names.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/sync/error.h"

namespace sim::net {

/// The number of a key. The same for the same name.
struct KeyId {
  uint64_t value = 0;
  bool operator==(const KeyId&) const = default;
};
KeyId key_named(std::string_view name);
/// The keyed hash that stands for a signature of `bytes`.
uint64_t sign(KeyId key, std::string_view bytes);

struct Certificate {
  /// As long as a name or a list of them can be in encode()'s form.
  static constexpr size_t kTextMax = 0xffff;

  uint64_t serial = 0;
  std::string subject;  // a common name
  std::string issuer;
  std::vector<std::string> dns_names;  // "db.example", "*.example"
  int64_t not_before_s = 0;            // since 1970
  int64_t not_after_s = 0;
  bool is_ca = false;
  KeyId key;
  uint64_t signature = 0;
  bool operator==(const Certificate&) const = default;
};

/// The bytes that stand for a certificate where X.509 has DER. REQUIRES: no text beyond kTextMax.
std::string encode(const Certificate& certificate);
/// Nothing if `bytes` are not exactly those of a certificate.
std::optional<Certificate> decode_certificate(std::string_view bytes);

/// A certificate with those that lead from it to a root, and the key that it is of.
/// Source: Go documentation, `tls.Certificate`.
struct Identity {
  std::vector<Certificate> chain;  // the leaf first; without the root
  KeyId key;
};

/// A certificate authority.
class Authority {
 public:
  static constexpr int64_t kDay = 24 * 60 * 60;
  /// Certificates begin an hour before the world does and last for 90 days, authorities ten years.
  struct Request {
    std::string subject;
    std::vector<std::string> dns_names = {};
    std::optional<int64_t> not_before_s = {};
    std::optional<int64_t> not_after_s = {};
  };

  /// A root, which signs itself. The key is that of `key_name`, or of the name if that is empty.
  explicit Authority(std::string_view name, std::string_view key_name = {});

  /// A certificate for a key of the subject's own.
  [[nodiscard]] Identity issue(const Request& request) const;
  /// An authority that this one vouches for.
  [[nodiscard]] Authority intermediate(const Request& request) const;
  [[nodiscard]] const Certificate& certificate() const { return certificate_; }

 private:
  Authority() = default;
  [[nodiscard]] Certificate fill(const Request& request, bool is_ca) const;
  Certificate certificate_;
  std::vector<Certificate> above_;  // what its certificates need besides the root
};

/// What to verify a certificate against. Source: Go documentation, `x509.VerifyOptions`.
struct VerifyOptions {
  const std::vector<Certificate>& roots;
  std::string_view dns_name;  // empty: any
  int64_t now_ns = 0;         // since 1970
};

/// Source: Go documentation, `x509.UnknownAuthorityError`.
struct UnknownAuthorityError {
  std::string hint;            // why a candidate does not serve; may be empty
  std::string hint_authority;  // which
  [[nodiscard]] std::string message() const;
};
/// Out of its time. Source: Go documentation, `x509.CertificateInvalidError`, reason Expired.
struct CertificateInvalidError {
  std::string detail;
  [[nodiscard]] std::string message() const;
};
/// Source: Go documentation, `x509.HostnameError`.
struct HostnameError {
  std::vector<std::string> dns_names;
  std::string host;
  [[nodiscard]] std::string message() const;
};

/// Whether `chain`'s first certificate can be trusted, the others being what it brought along. Nil
/// if it can. Source: `x509.Certificate.Verify`.
engine::Error verify(const std::vector<Certificate>& chain, const VerifyOptions& options);
/// Whether `pattern` (of a certificate) covers `host`: a `*` is one whole first label.
/// Source: RFC 6125 section 6.4.3; Go's x509.matchHostnames.
bool matches_host(std::string_view pattern, std::string_view host);
/// `2026-01-01T00:00:00Z`. Source: RFC 3339.
std::string rfc3339(int64_t unix_s);

}  // namespace sim::net
