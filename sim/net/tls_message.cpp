#include "sim/net/tls_message.h"

#include <algorithm>
#include <utility>

#include "engine/world/hash.h"
#include "sim/net/wire.h"

namespace sim::net::tls {
namespace {

constexpr uint16_t kServerName = 0;
constexpr uint16_t kSupportedGroups = 10;
constexpr uint16_t kSignatureAlgorithms = 13;
constexpr uint16_t kAlpn = 16;
constexpr uint16_t kSupportedVersions = 43;
constexpr uint16_t kCertificateAuthorities = 47;
constexpr uint16_t kKeyShare = 51;

std::string_view text_of(const Random& random) {
  return {reinterpret_cast<const char*>(random.data()), random.size()};
}

Random random_in(std::string_view bytes) {
  Random random{};
  std::copy(bytes.begin(), bytes.end(), reinterpret_cast<char*>(random.data()));
  return random;
}

// The stream that hides a record's bytes: eight at a time.
void apply_stream(uint64_t key, std::string& bytes) {
  uint64_t word = 0;
  for (size_t i = 0; i < bytes.size(); ++i) {
    if (i % 8 == 0) word = engine::mix64(key + (i / 8 + 1) * 0x9e3779b97f4a7c15U);
    bytes[i] = static_cast<char>(static_cast<uint8_t>(bytes[i]) ^ (word & 0xff));
    word >>= 8;
  }
}

std::string tag_of(uint64_t key, std::string_view ciphertext) {
  const uint64_t first = engine::combine(key, engine::hash_bytes(ciphertext));
  std::string tag;
  WireWriter writer(tag);
  writer.u64(first);
  writer.u64(engine::mix64(first ^ key));
  return tag;
}

struct AlertName {
  Alert alert;
  std::string_view text;
};
constexpr AlertName kAlertNames[] = {
    {Alert::kCloseNotify, "close notify"},
    {Alert::kUnexpectedMessage, "unexpected message"},
    {Alert::kBadRecordMac, "bad record MAC"},
    {Alert::kRecordOverflow, "record overflow"},
    {Alert::kHandshakeFailure, "handshake failure"},
    {Alert::kBadCertificate, "bad certificate"},
    {Alert::kUnsupportedCertificate, "unsupported certificate"},
    {Alert::kCertificateRevoked, "revoked certificate"},
    {Alert::kCertificateExpired, "expired certificate"},
    {Alert::kCertificateUnknown, "unknown certificate"},
    {Alert::kIllegalParameter, "illegal parameter"},
    {Alert::kUnknownCa, "unknown certificate authority"},
    {Alert::kAccessDenied, "access denied"},
    {Alert::kDecodeError, "error decoding message"},
    {Alert::kDecryptError, "error decrypting message"},
    {Alert::kProtocolVersion, "protocol version not supported"},
    {Alert::kInsufficientSecurity, "insufficient security level"},
    {Alert::kInternalError, "internal error"},
    {Alert::kInappropriateFallback, "inappropriate fallback"},
    {Alert::kUserCanceled, "user canceled"},
    {Alert::kMissingExtension, "missing extension"},
    {Alert::kUnsupportedExtension, "unsupported extension"},
    {Alert::kUnrecognizedName, "unrecognized name"},
    {Alert::kCertificateRequired, "certificate required"},
    {Alert::kNoApplicationProtocol, "no application protocol"},
};

// Writing. Each extension is a number and a counted body.

class Extensions {
 public:
  explicit Extensions(std::string& out) : out_(out), all_(WireWriter(out).begin(2)) {}
  ~Extensions() { WireWriter(out_).end(all_, 2); }
  Extensions(const Extensions&) = delete;
  Extensions& operator=(const Extensions&) = delete;
  template <class F>
  void add(uint16_t number, F write_body) {
    WireWriter writer(out_);
    writer.u16(number);
    const size_t body = writer.begin(2);
    write_body(writer);
    writer.end(body, 2);
  }
  void add_list_of_one(uint16_t number, uint16_t value) {
    add(number, [value](WireWriter& body) {
      body.u16(2);
      body.u16(value);
    });
  }

 private:
  std::string& out_;
  size_t all_;
};

void write_names(WireWriter& writer, const std::vector<std::string>& names, int length_bytes) {
  const size_t list = writer.begin(2);
  for (const std::string& name : names) writer.text(name, length_bytes);
  writer.end(list, 2);
}

struct Encoder {
  std::string& out;

  void operator()(const ClientHello& hello) const {
    WireWriter writer(out);
    writer.u16(kLegacyVersion);
    writer.raw(text_of(hello.random));
    writer.text(hello.session_id, 1);
    const size_t suites = writer.begin(2);
    for (const uint16_t suite : hello.cipher_suites) writer.u16(suite);
    writer.end(suites, 2);
    writer.text(std::string_view("\0", 1), 1);  // no compression
    Extensions extensions(out);
    if (!hello.server_name.empty()) {
      extensions.add(kServerName, [&](WireWriter& body) {
        const size_t list = body.begin(2);
        body.u8(0);  // a host name
        body.text16(hello.server_name);
        body.end(list, 2);
      });
    }
    extensions.add_list_of_one(kSupportedGroups, kX25519);
    extensions.add_list_of_one(kSignatureAlgorithms, kEcdsaP256Sha256);
    if (!hello.protocols.empty()) {
      extensions.add(kAlpn, [&](WireWriter& body) { write_names(body, hello.protocols, 1); });
    }
    extensions.add(kSupportedVersions, [&](WireWriter& body) {
      const size_t list = body.begin(1);
      for (const uint16_t version : hello.versions) body.u16(version);
      body.end(list, 1);
    });
    extensions.add(kKeyShare, [&](WireWriter& body) {
      const size_t list = body.begin(2);
      body.u16(kX25519);
      body.text16(hello.key_share);
      body.end(list, 2);
    });
  }

  void operator()(const ServerHello& hello) const {
    WireWriter writer(out);
    writer.u16(kLegacyVersion);
    writer.raw(text_of(hello.random));
    writer.text(hello.session_id, 1);
    writer.u16(hello.cipher_suite);
    writer.u8(0);
    Extensions extensions(out);
    extensions.add(kSupportedVersions, [&](WireWriter& body) { body.u16(hello.version); });
    extensions.add(kKeyShare, [&](WireWriter& body) {
      body.u16(kX25519);
      body.text16(hello.key_share);
    });
  }

  void operator()(const EncryptedExtensions& message) const {
    Extensions extensions(out);
    if (message.protocol.empty()) return;
    extensions.add(kAlpn, [&](WireWriter& body) { write_names(body, {message.protocol}, 1); });
  }

  void operator()(const CertificateRequest& message) const {
    WireWriter(out).u8(0);  // no context
    Extensions extensions(out);
    extensions.add_list_of_one(kSignatureAlgorithms, kEcdsaP256Sha256);
    if (message.authorities.empty()) return;
    extensions.add(kCertificateAuthorities,
                   [&](WireWriter& body) { write_names(body, message.authorities, 2); });
  }

  void operator()(const CertificateMessage& message) const {
    WireWriter writer(out);
    writer.u8(0);
    const size_t list = writer.begin(3);
    for (const std::string& certificate : message.chain) {
      writer.text(certificate, 3);
      writer.u16(0);  // no extensions
    }
    writer.end(list, 3);
  }

  void operator()(const CertificateVerify& message) const {
    WireWriter writer(out);
    writer.u16(message.algorithm);
    writer.text16(message.signature);
  }

  void operator()(const Finished& message) const { WireWriter(out).raw(message.verify_data); }
};

// Reading. A false answer: the bytes are not such a message.

std::vector<uint16_t> read_numbers(std::string_view bytes, bool& well) {
  WireReader reader(bytes);
  std::vector<uint16_t> numbers;
  while (!reader.done()) numbers.push_back(reader.u16());
  well = well && reader.ended_well();
  return numbers;
}

// A list of names as long as its body; none of them is empty.
bool read_names(std::string_view body, size_t length_bytes, std::vector<std::string>& out) {
  WireReader reader(body);
  WireReader list(reader.text(2));
  while (!list.done()) {
    out.emplace_back(list.text(length_bytes));
    if (out.back().empty()) return false;
  }
  return reader.ended_well() && list.ended_well() && !out.empty();
}

// Calls `read(number, body)` for each extension. None may come twice.
template <class F>
bool read_extensions(WireReader& reader, F read) {
  constexpr size_t kExtensionsMax = 64;
  WireReader all(reader.text(2));
  std::vector<uint16_t> seen;
  while (!all.done()) {
    const uint16_t number = all.u16();
    const std::string_view body = all.text(2);
    if (all.failed() || seen.size() == kExtensionsMax) return false;
    if (std::find(seen.begin(), seen.end(), number) != seen.end()) return false;
    seen.push_back(number);
    if (!read(number, body)) return false;
  }
  return reader.ended_well() && all.ended_well();
}

bool read_server_name(std::string_view body, std::string& out) {
  WireReader reader(body);
  WireReader list(reader.text(2));
  while (!list.done()) {
    const uint8_t type = list.u8();
    const std::string_view name = list.text(2);
    if (type != 0) continue;
    if (name.empty() || !out.empty() || name.ends_with('.')) return false;
    out = name;
  }
  return reader.ended_well() && list.ended_well();
}

bool read_hello_start(WireReader& reader, Random& random, std::string& session_id) {
  constexpr size_t kSessionIdMax = 32;
  const uint16_t version = reader.u16();
  const std::string_view bytes = reader.raw(random.size());
  session_id = reader.text(1);
  if (reader.failed() || version != kLegacyVersion || session_id.size() > kSessionIdMax) {
    return false;
  }
  random = random_in(bytes);
  return true;
}

bool read_body(WireReader& reader, ClientHello& hello) {
  if (!read_hello_start(reader, hello.random, hello.session_id)) return false;
  bool well = true;
  hello.cipher_suites = read_numbers(reader.text(2), well);
  const std::string_view compressions = reader.text(1);
  if (!well || compressions != std::string_view("\0", 1)) return false;
  return read_extensions(reader, [&](uint16_t number, std::string_view body) {
    WireReader part(body);
    if (number == kServerName) return read_server_name(body, hello.server_name);
    if (number == kAlpn) return read_names(body, 1, hello.protocols);
    if (number == kSupportedVersions) {
      bool numbers_well = true;
      hello.versions = read_numbers(part.text(1), numbers_well);
      return numbers_well && part.ended_well();
    }
    if (number == kKeyShare) {
      WireReader list(part.text(2));
      while (!list.done()) {
        const uint16_t group = list.u16();
        const std::string_view share = list.text(2);
        if (group == kX25519) hello.key_share = share;
      }
      return part.ended_well() && list.ended_well();
    }
    return true;
  });
}

bool read_body(WireReader& reader, ServerHello& hello) {
  if (!read_hello_start(reader, hello.random, hello.session_id)) return false;
  hello.cipher_suite = reader.u16();
  if (reader.u8() != 0) return false;
  return read_extensions(reader, [&](uint16_t number, std::string_view body) {
    WireReader part(body);
    if (number == kSupportedVersions) {
      hello.version = part.u16();
      return part.ended_well();
    }
    if (number == kKeyShare) {
      const uint16_t group = part.u16();
      hello.key_share = part.text(2);
      return part.ended_well() && group == kX25519;
    }
    return true;
  });
}

bool read_body(WireReader& reader, EncryptedExtensions& message) {
  return read_extensions(reader, [&](uint16_t number, std::string_view body) {
    if (number != kAlpn) return true;
    std::vector<std::string> names;
    if (!read_names(body, 1, names) || names.size() != 1) return false;
    message.protocol = std::move(names.front());
    return true;
  });
}

bool read_body(WireReader& reader, CertificateRequest& message) {
  if (!reader.text(1).empty()) return false;
  return read_extensions(reader, [&](uint16_t number, std::string_view body) {
    return number != kCertificateAuthorities || read_names(body, 2, message.authorities);
  });
}

bool read_body(WireReader& reader, CertificateMessage& message) {
  if (!reader.text(1).empty()) return false;
  WireReader list(reader.text(3));
  while (!list.done()) {
    message.chain.emplace_back(list.text(3));
    static_cast<void>(list.text(2));
    if (message.chain.back().empty()) return false;
  }
  return list.ended_well() && reader.ended_well();
}

bool read_body(WireReader& reader, CertificateVerify& message) {
  message.algorithm = reader.u16();
  message.signature = reader.text(2);
  return reader.ended_well();
}

template <size_t I = 0>
Decoded decode_as(uint8_t type, std::string_view body) {
  if constexpr (I == std::variant_size_v<Message>) {
    return {{}, Alert::kUnexpectedMessage};
  } else {
    if (kMessageTypes[I] != type) return decode_as<I + 1>(type, body);
    using Kind = std::variant_alternative_t<I, Message>;
    Kind message;
    if constexpr (std::is_same_v<Kind, Finished>) {
      message.verify_data = body;
    } else {
      WireReader reader(body);
      if (!read_body(reader, message)) return {{}, Alert::kDecodeError};
    }
    return {std::move(message), Alert::kCloseNotify};
  }
}

}  // namespace

RecordHeader decode_record_header(std::string_view bytes) {
  WireReader reader(bytes);
  RecordHeader header;
  header.type = reader.u8();
  header.version = reader.u16();
  header.length = reader.u16();
  return header;
}

void append_record_header(std::string& out, ContentType type, uint32_t length) {
  WireWriter writer(out);
  writer.u8(static_cast<uint8_t>(type));
  writer.u16(kLegacyVersion);
  writer.u16(static_cast<uint16_t>(length));
}

// What is sealed looks like application data; its real type is its last byte. Source: RFC 8446
// section 5.2.
void Cipher::seal(std::string& out, ContentType type, std::string_view payload) {
  const auto size = static_cast<uint32_t>(payload.size());
  if (!is_on_) {
    append_record_header(out, type, size);
    out += payload;
    return;
  }
  append_record_header(out, ContentType::kApplicationData, size + 1 + kTagBytes);
  std::string inner(payload);
  inner += static_cast<char>(type);
  const uint64_t key = engine::combine(key_, sequence_++);
  apply_stream(key, inner);
  out += inner;
  out += tag_of(key, inner);
}

std::optional<Cipher::Opened> Cipher::open(std::string_view sealed) {
  if (sealed.size() <= kTagBytes) return {};
  const uint64_t key = engine::combine(key_, sequence_);
  Opened opened;
  opened.payload = sealed.substr(0, sealed.size() - kTagBytes);
  if (tag_of(key, opened.payload) != sealed.substr(opened.payload.size())) return {};
  ++sequence_;
  apply_stream(key, opened.payload);
  // Zeros may follow the type.
  const size_t last = opened.payload.find_last_not_of('\0');
  if (last == std::string::npos) return {};
  opened.type = static_cast<ContentType>(opened.payload[last]);
  opened.payload.resize(last);
  return opened;
}

std::string alert_text(Alert alert) {
  for (const AlertName& name : kAlertNames) {
    if (name.alert == alert) return "tls: " + std::string(name.text);
  }
  std::string digits;
  for (int left = static_cast<int>(alert); left > 0 || digits.empty(); left /= 10) {
    digits.insert(digits.begin(), static_cast<char>('0' + left % 10));
  }
  return "tls: alert(" + digits + ")";
}

std::string_view message_name(size_t index) {
  constexpr std::string_view kNames[] = {"*tls.clientHelloMsg",
                                         "*tls.serverHelloMsg",
                                         "*tls.encryptedExtensionsMsg",
                                         "*tls.certificateRequestMsgTLS13",
                                         "*tls.certificateMsgTLS13",
                                         "*tls.certificateVerifyMsg",
                                         "*tls.finishedMsg"};
  return kNames[index];
}

std::string encode(const Message& message) {
  std::string out;
  WireWriter writer(out);
  writer.u8(kMessageTypes[message.index()]);
  const size_t body = writer.begin(3);
  std::visit(Encoder{out}, message);
  writer.end(body, 3);
  return out;
}

uint32_t message_length(std::string_view header) {
  return static_cast<uint32_t>(WireReader(header.substr(1, 3)).number(3));
}

Decoded decode(std::string_view bytes) {
  if (bytes.size() < kMessageHeaderBytes ||
      message_length(bytes) != bytes.size() - kMessageHeaderBytes) {
    return {{}, Alert::kDecodeError};
  }
  return decode_as(static_cast<uint8_t>(bytes[0]), bytes.substr(kMessageHeaderBytes));
}

}  // namespace sim::net::tls
