// The two sides of TLS 1.3's handshake, each as one straight course.
//
// Source: RFC 8446 sections 2, 4 and 7; Go's crypto/tls, handshake_client_tls13.go and
// handshake_server_tls13.go, whose order of checks, alerts and errors this follows.

#include <algorithm>
#include <optional>
#include <utility>

#include "engine/world/choice.h"
#include "engine/world/hash.h"
#include "sim/net/tls_core.h"
#include "sim/net/wire.h"
#include "sim/node/machine.h"

namespace sim::net {
namespace {

using engine::Error;
using engine::Task;
using tls::Alert;

using Core = engine::Ref<TlsCore>;

constexpr std::string_view kServerContext = "TLS 1.3, server CertificateVerify";
constexpr std::string_view kClientContext = "TLS 1.3, client CertificateVerify";

// What a real one would take from its source of randomness.
uint64_t draw_secret() {
  constexpr uint64_t kTlsOrdinal = 443;
  const engine::EntityKey key = engine::derive(node::this_machine().key(), kTlsOrdinal);
  const uint64_t high = engine::choose(engine::ChoiceKind::kSecret, key, UINT32_MAX);
  const uint64_t low = engine::choose(engine::ChoiceKind::kSecret, key, UINT32_MAX);
  return high << 32 | low;
}

// 32 bytes that follow from `seed`.
std::string expand(uint64_t seed) {
  std::string bytes;
  WireWriter writer(bytes);
  for (uint64_t i = 0; i < 4; ++i) writer.u64(engine::combine(seed, i));
  return bytes;
}

tls::Random random_of(uint64_t seed) {
  tls::Random random{};
  const std::string bytes = expand(seed);
  std::copy(bytes.begin(), bytes.end(), reinterpret_cast<char*>(random.data()));
  return random;
}

// The keys of one connection. Source: RFC 8446 section 7.1, in shape.
class KeySchedule {
 public:
  KeySchedule() = default;
  /// `transcript` ends with the ServerHello.
  KeySchedule(std::string_view client_share, std::string_view server_share, uint64_t transcript)
      : secret_(engine::combine(
            engine::combine(engine::hash_bytes(client_share), engine::hash_bytes(server_share)),
            transcript)) {}
  [[nodiscard]] uint64_t client_handshake() const { return engine::combine(secret_, 1); }
  [[nodiscard]] uint64_t server_handshake() const { return engine::combine(secret_, 2); }
  /// From now on it is of the application. `transcript` ends with the server's Finished.
  void finish(uint64_t transcript) { application_ = engine::combine(secret_, transcript); }
  [[nodiscard]] uint64_t client_application() const { return engine::combine(application_, 1); }
  [[nodiscard]] uint64_t server_application() const { return engine::combine(application_, 2); }

 private:
  uint64_t secret_ = 0;
  uint64_t application_ = 0;
};

std::string finished_data(uint64_t key, uint64_t transcript) {
  return expand(engine::combine(key, transcript));
}

std::string signature_of(KeyId key, std::string_view context, uint64_t transcript) {
  std::string content(context);
  WireWriter(content).u64(transcript);
  std::string signature;
  WireWriter(signature).u64(sign(key, content));
  return signature;
}

// The message that must come next, or why it does not.
template <class T>
struct Expected {
  std::optional<T> message;
  Error error;
};

template <class T>
Error unexpected(Core core, const tls::Message& got) {
  return core->fail(Alert::kUnexpectedMessage,
                    engine::errorf("tls: received unexpected handshake message of type ",
                                   tls::message_name(got.index()), " when waiting for ",
                                   tls::message_name(tls::Message(T{}).index())));
}

template <class T>
Task<Expected<T>> expect(Core core) {
  TlsCore::Received received = co_await core->read_message();
  Expected<T> result;
  if (received.error) {
    result.error = std::move(received.error);
  } else if (T* message = std::get_if<T>(&*received.message)) {
    result.message = std::move(*message);
  } else {
    result.error = unexpected<T>(core, *received.message);
  }
  co_return result;
}

std::string quoted_list(const std::vector<std::string>& texts) {
  std::string list = "[";
  for (const std::string& text : texts) list += (list.size() > 1 ? " \"" : "\"") + text + "\"";
  return list + "]";
}

bool contains(const std::vector<uint16_t>& numbers, uint16_t number) {
  return std::find(numbers.begin(), numbers.end(), number) != numbers.end();
}

// Certificates.

struct Parsed {
  std::vector<Certificate> chain;
  bool well = true;
};

Parsed parse(const tls::CertificateMessage& message) {
  Parsed parsed;
  for (const std::string& bytes : message.chain) {
    std::optional<Certificate> certificate = decode_certificate(bytes);
    if (!certificate) return {{}, false};
    parsed.chain.push_back(std::move(*certificate));
  }
  return parsed;
}

tls::CertificateMessage message_of(const Identity& identity) {
  tls::CertificateMessage message;
  for (const Certificate& certificate : identity.chain) {
    message.chain.push_back(encode(certificate));
  }
  return message;
}

void add_identity(Core core, const Identity& identity, std::string_view context) {
  core->add_message(message_of(identity));
  tls::CertificateVerify proof;
  proof.algorithm = tls::kEcdsaP256Sha256;
  proof.signature = signature_of(identity.key, context, core->transcript());
  core->add_message(proof);
}

// Source: Go's tls.Config.getCertificate.
const Identity* identity_for(const TlsConfig& config, std::string_view server_name) {
  for (const Identity& identity : config.certificates) {
    if (identity.chain.empty()) continue;
    for (const std::string& name : identity.chain.front().dns_names) {
      if (matches_host(name, server_name)) return &identity;
    }
  }
  return config.certificates.empty() ? nullptr : &config.certificates.front();
}

// Source: Go's tls.Conn.getClientCertificate, CertificateRequestInfo.SupportsCertificate.
const Identity* identity_for(const TlsConfig& config, const tls::CertificateRequest& request) {
  const std::vector<std::string>& wanted = request.authorities;
  for (const Identity& identity : config.certificates) {
    if (wanted.empty()) return &identity;
    for (const Certificate& certificate : identity.chain) {
      if (std::find(wanted.begin(), wanted.end(), certificate.issuer) != wanted.end()) {
        return &identity;
      }
    }
  }
  return nullptr;
}

// The proof that a peer has the key of the certificate it has shown.
Task<Error> read_proof(Core core, std::string_view context, std::string_view whose) {
  const uint64_t transcript = core->transcript();
  const Expected<tls::CertificateVerify> got = co_await expect<tls::CertificateVerify>(core);
  if (got.error) co_return got.error;
  if (got.message->algorithm != tls::kEcdsaP256Sha256) {
    co_return core->fail(
        Alert::kIllegalParameter,
        engine::errors_new("tls: certificate used with invalid signature algorithm"));
  }
  const KeyId key = core->state().peer_certificates.front().key;
  if (got.message->signature != signature_of(key, context, transcript)) {
    co_return core->fail(Alert::kDecryptError,
                         engine::errorf("tls: invalid signature by the ", whose,
                                        " certificate: tls: ECDSA verification failure"));
  }
  co_return nullptr;
}

Task<Error> read_finished(Core core, uint64_t key, std::string_view whose) {
  const std::string wanted = finished_data(key, core->transcript());
  const Expected<tls::Finished> got = co_await expect<tls::Finished>(core);
  if (got.error) co_return got.error;
  if (got.message->verify_data != wanted) {
    co_return core->fail(Alert::kDecryptError,
                         engine::errorf("tls: invalid ", whose, " finished hash"));
  }
  co_return nullptr;
}

void add_finished(Core core, uint64_t key) {
  core->add_message(tls::Finished{finished_data(key, core->transcript())});
}

// The client.

// Source: Go's checkServerHelloOrHRR, processServerHello.
Error judge_hello(Core core, const tls::ClientHello& hello, const tls::ServerHello& answer) {
  if (answer.version != tls::kVersion13) {
    return core->fail(Alert::kProtocolVersion,
                      engine::errors_new("tls: server selected unsupported protocol version 303"));
  }
  if (answer.session_id != hello.session_id) {
    return core->fail(Alert::kIllegalParameter,
                      engine::errors_new("tls: server did not echo the legacy session ID"));
  }
  if (!contains(hello.cipher_suites, answer.cipher_suite)) {
    return core->fail(Alert::kIllegalParameter,
                      engine::errors_new("tls: server chose an unconfigured cipher suite"));
  }
  if (answer.key_share.empty()) {
    return core->fail(Alert::kIllegalParameter,
                      engine::errors_new("tls: server did not send a key share"));
  }
  return nullptr;
}

// Source: Go's checkALPN.
Error judge_protocol(Core core, const std::string& protocol) {
  if (protocol.empty()) return nullptr;
  const std::vector<std::string>& offered = core->config().next_protos;
  if (std::find(offered.begin(), offered.end(), protocol) != offered.end()) return nullptr;
  return core->fail(
      Alert::kUnsupportedExtension,
      engine::errors_new(offered.empty() ? "tls: server advertised unrequested ALPN extension"
                                         : "tls: server selected unadvertised ALPN protocol"));
}

// Source: Go's tls.Conn.verifyServerCertificate.
Error judge_server(Core core, const tls::CertificateMessage& message) {
  if (message.chain.empty()) {
    return core->fail(Alert::kDecodeError,
                      engine::errors_new("tls: received empty certificates message"));
  }
  Parsed parsed = parse(message);
  if (!parsed.well) {
    return core->fail(Alert::kDecodeError,
                      engine::errors_new("tls: failed to parse certificate from server: x509: "
                                         "malformed certificate"));
  }
  core->state().peer_certificates = std::move(parsed.chain);
  const TlsConfig& config = core->config();
  if (config.insecure_skip_verify) return nullptr;
  Error fault = verify(core->state().peer_certificates,
                       {config.roots, config.server_name, node::unix_nano()});
  if (!fault) return nullptr;
  return core->fail(Alert::kBadCertificate,
                    engine::make_error(CertificateVerificationError{std::move(fault)}));
}

tls::ClientHello client_hello(const TlsConfig& config) {
  const uint64_t secret = draw_secret();
  tls::ClientHello hello;
  hello.random = random_of(engine::combine(secret, 1));
  hello.session_id = expand(engine::combine(secret, 2));
  hello.key_share = expand(engine::combine(secret, 3));
  hello.cipher_suites.push_back(tls::kAes128GcmSha256);
  hello.versions.push_back(tls::kVersion13);
  // An IP is no server name. Source: RFC 6066 section 3.
  std::string_view name = config.server_name;
  while (name.ends_with('.')) name.remove_suffix(1);
  if (!parse_ip(name)) hello.server_name = name;
  hello.protocols = config.next_protos;
  return hello;
}

Error config_fault(const TlsConfig& config) {
  if (config.server_name.empty() && !config.insecure_skip_verify) {
    return engine::errors_new(
        "tls: either ServerName or InsecureSkipVerify must be specified in the tls.Config");
  }
  for (const std::string& protocol : config.next_protos) {
    if (protocol.empty() || protocol.size() > 255) {
      return engine::errors_new("tls: invalid NextProtos value");
    }
  }
  return nullptr;
}

// The server's certificate with its proof, after the request for the client's if there is one.
struct ServerFlight {
  std::optional<tls::CertificateRequest> request;
  Error error;
};
Task<ServerFlight> read_server_flight(Core core) {
  ServerFlight flight;
  TlsCore::Received received = co_await core->read_message();
  if (!received.error && std::holds_alternative<tls::CertificateRequest>(*received.message)) {
    flight.request = std::get<tls::CertificateRequest>(*std::move(received.message));
    received = co_await core->read_message();
  }
  if (received.error) {
    flight.error = std::move(received.error);
    co_return flight;
  }
  const auto* certificate = std::get_if<tls::CertificateMessage>(&*received.message);
  if (certificate == nullptr) {
    flight.error = unexpected<tls::CertificateMessage>(core, *received.message);
    co_return flight;
  }
  flight.error = judge_server(core, *certificate);
  if (flight.error) co_return flight;
  flight.error = co_await read_proof(core, kServerContext, "server");
  co_return flight;
}

// The server.

struct Negotiated {
  std::string protocol;
  Error error;
};

// Source: Go's negotiateALPN.
Negotiated negotiate(const std::vector<std::string>& ours, const std::vector<std::string>& theirs) {
  if (ours.empty() || theirs.empty()) return {};
  bool falls_back = false;
  for (const std::string& one : ours) {
    for (const std::string& other : theirs) {
      if (one == other) return {one, nullptr};
      falls_back = falls_back || (one == "h2" && other == "http/1.1");
    }
  }
  if (falls_back) return {};
  return {{},
          engine::errorf("tls: client requested unsupported application protocols (",
                         quoted_list(theirs), ")")};
}

// Source: Go's processClientHello.
Error judge_client_hello(Core core, const tls::ClientHello& hello) {
  if (!contains(hello.versions, tls::kVersion13)) {
    return core->fail(Alert::kProtocolVersion,
                      engine::errors_new("tls: client offered only unsupported versions"));
  }
  core->settle_version();
  if (!contains(hello.cipher_suites, tls::kAes128GcmSha256)) {
    return core->fail(
        Alert::kHandshakeFailure,
        engine::errors_new("tls: no cipher suite supported by both client and server"));
  }
  if (hello.key_share.empty()) {
    return core->fail(
        Alert::kHandshakeFailure,
        engine::errors_new("tls: no key exchanges supported by both client and server"));
  }
  core->state().server_name = hello.server_name;
  Negotiated negotiated = negotiate(core->config().next_protos, hello.protocols);
  if (negotiated.error) {
    return core->fail(Alert::kNoApplicationProtocol, std::move(negotiated.error));
  }
  core->state().negotiated_protocol = std::move(negotiated.protocol);
  return nullptr;
}

// Source: Go's tls.Conn.processCertsFromClient.
Error judge_client(Core core, const tls::CertificateMessage& message) {
  Parsed parsed = parse(message);
  if (!parsed.well) {
    return core->fail(
        Alert::kDecodeError,
        engine::errors_new("tls: failed to parse client certificate: x509: malformed certificate"));
  }
  const TlsConfig& config = core->config();
  const bool is_required = config.client_auth == ClientAuth::kRequireAny ||
                           config.client_auth == ClientAuth::kRequireAndVerify;
  if (parsed.chain.empty()) {
    if (!is_required) return nullptr;
    return core->fail(Alert::kCertificateRequired,
                      engine::errors_new("tls: client didn't provide a certificate"));
  }
  core->state().peer_certificates = std::move(parsed.chain);
  if (config.client_auth < ClientAuth::kVerifyIfGiven) return nullptr;
  Error fault = verify(core->state().peer_certificates,
                       {config.client_roots, std::string_view(), node::unix_nano()});
  if (!fault) return nullptr;
  Alert alert = Alert::kBadCertificate;
  if (engine::errors_as<UnknownAuthorityError>(fault) != nullptr) alert = Alert::kUnknownCa;
  if (engine::errors_as<CertificateInvalidError>(fault) != nullptr) {
    alert = Alert::kCertificateExpired;
  }
  return core->fail(alert, engine::make_error(CertificateVerificationError{std::move(fault)}));
}

tls::CertificateRequest request_of(const TlsConfig& config) {
  tls::CertificateRequest request;
  for (const Certificate& root : config.client_roots) request.authorities.push_back(root.subject);
  return request;
}

// What the client shows after the server's Finished, if it was asked.
Task<Error> read_client_certificate(Core core) {
  if (core->config().client_auth == ClientAuth::kNone) co_return nullptr;
  const Expected<tls::CertificateMessage> got = co_await expect<tls::CertificateMessage>(core);
  if (got.error) co_return got.error;
  if (Error error = judge_client(core, *got.message)) co_return error;
  if (got.message->chain.empty()) co_return nullptr;
  co_return co_await read_proof(core, kClientContext, "client");
}

}  // namespace

Task<Error> client_handshake(Core core) {
  const TlsConfig& config = core->config();
  if (Error fault = config_fault(config)) co_return fault;
  const tls::ClientHello hello = client_hello(config);
  core->state().server_name = config.server_name;
  core->add_message(hello);
  if (Error error = co_await core->flush()) co_return error;

  const Expected<tls::ServerHello> answer = co_await expect<tls::ServerHello>(core);
  if (answer.error) co_return answer.error;
  if (Error error = judge_hello(core, hello, *answer.message)) co_return error;
  core->settle_version();
  KeySchedule keys(hello.key_share, answer.message->key_share, core->transcript());
  core->add_change_cipher_spec();
  core->set_output_key(keys.client_handshake());
  core->set_input_key(keys.server_handshake());

  const Expected<tls::EncryptedExtensions> more = co_await expect<tls::EncryptedExtensions>(core);
  if (more.error) co_return more.error;
  if (Error error = judge_protocol(core, more.message->protocol)) co_return error;
  core->state().negotiated_protocol = more.message->protocol;
  const ServerFlight flight = co_await read_server_flight(core);
  if (flight.error) co_return flight.error;
  Error bad_finish = co_await read_finished(core, keys.server_handshake(), "server");
  if (bad_finish) co_return bad_finish;
  keys.finish(core->transcript());
  core->set_input_key(keys.server_application());

  if (flight.request) {
    const Identity* const identity = identity_for(config, *flight.request);
    if (identity == nullptr || identity->chain.empty()) {
      core->add_message(tls::CertificateMessage{});
    } else {
      add_identity(core, *identity, kClientContext);
    }
  }
  add_finished(core, keys.client_handshake());
  core->set_output_key(keys.client_application());
  co_return co_await core->flush();
}

Task<Error> server_handshake(Core core) {
  const TlsConfig& config = core->config();
  const Expected<tls::ClientHello> hello = co_await expect<tls::ClientHello>(core);
  if (hello.error) co_return hello.error;
  if (Error error = judge_client_hello(core, *hello.message)) co_return error;
  const Identity* const identity = identity_for(config, hello.message->server_name);
  if (identity == nullptr) {
    co_return core->fail(Alert::kUnrecognizedName,
                         engine::errors_new("tls: no certificates configured"));
  }

  const uint64_t secret = draw_secret();
  tls::ServerHello answer;
  answer.random = random_of(engine::combine(secret, 1));
  answer.session_id = hello.message->session_id;
  answer.cipher_suite = tls::kAes128GcmSha256;
  answer.version = tls::kVersion13;
  answer.key_share = expand(engine::combine(secret, 3));
  core->add_message(answer);
  core->add_change_cipher_spec();
  KeySchedule keys(hello.message->key_share, answer.key_share, core->transcript());
  core->set_output_key(keys.server_handshake());
  core->set_input_key(keys.client_handshake());
  core->add_message(tls::EncryptedExtensions{core->state().negotiated_protocol});
  if (config.client_auth != ClientAuth::kNone) core->add_message(request_of(config));
  add_identity(core, *identity, kServerContext);
  add_finished(core, keys.server_handshake());
  keys.finish(core->transcript());
  core->set_output_key(keys.server_application());
  if (Error error = co_await core->flush()) co_return error;

  if (Error error = co_await read_client_certificate(core)) co_return error;
  Error bad_finish = co_await read_finished(core, keys.client_handshake(), "client");
  if (bad_finish) co_return bad_finish;
  core->set_input_key(keys.client_application());
  co_return nullptr;
}

}  // namespace sim::net
