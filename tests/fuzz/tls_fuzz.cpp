// tests/fuzz/tls_fuzz.cpp: any bytes are a TLS message or have a fault; what was decoded can be
// encoded and decodes to an equal one. Sealed records open once, in order, and not when changed.

#include "sim/net/certificate.h"
#include "sim/net/tls_message.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

using namespace sim::net;

/// Extensions that a message did not have must fit as well.
constexpr size_t kLengthsMax = 60'000;

void require(bool holds) {
  if (!holds) std::abort();
}

void check_message(std::string_view bytes) {
  const tls::Decoded decoded = tls::decode(bytes);
  if (!decoded.message) {
    require(!tls::alert_text(decoded.fault).empty() && decoded.fault != tls::Alert::kCloseNotify);
    return;
  }
  const std::string encoded = tls::encode(*decoded.message);
  const tls::Decoded again = tls::decode(encoded);
  require(again.message && *again.message == *decoded.message);
  require(tls::encode(*again.message) == encoded);
  require(!tls::message_name(decoded.message->index()).empty());
  if (const auto* chain = std::get_if<tls::CertificateMessage>(&*decoded.message)) {
    for (const std::string& certificate : chain->chain) {
      static_cast<void>(decode_certificate(certificate));
    }
  }
}

void check_certificate(std::string_view bytes) {
  const std::optional<Certificate> certificate = decode_certificate(bytes);
  if (!certificate) return;
  require(encode(*certificate) == bytes);
  const std::vector<Certificate> chain = {*certificate, *certificate};
  static_cast<void>(verify(chain, {chain, "a.example", certificate->not_before_s}));
  require(rfc3339(certificate->not_after_s).size() == 20);
}

void check_records(std::string_view bytes) {
  const std::string_view payload = bytes.substr(0, tls::kPlaintextMax);
  tls::Cipher out;
  tls::Cipher in;
  out.set_key(7);
  in.set_key(7);
  static_cast<void>(in.open(bytes));
  in.set_key(7);
  for (int i = 0; i < 2; ++i) {
    std::string record;
    out.seal(record, tls::ContentType::kApplicationData, payload);
    const tls::RecordHeader header = tls::decode_record_header(record);
    require(header.length == record.size() - tls::kRecordHeaderBytes);
    std::string sealed = record.substr(tls::kRecordHeaderBytes);
    sealed[sealed.size() / 2] ^= 1;
    require(!in.open(sealed));
    sealed[sealed.size() / 2] ^= 1;
    const auto opened = in.open(sealed);
    require(opened && opened->payload == payload &&
            opened->type == tls::ContentType::kApplicationData);
    require(!in.open(sealed));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  if (size > kLengthsMax) return 0;
  check_message(bytes);
  // The same bytes as the body of each type, so that its length need not be found by chance.
  for (const uint8_t type : tls::kMessageTypes) {
    std::string message{static_cast<char>(type), static_cast<char>(size >> 16),
                        static_cast<char>(size >> 8), static_cast<char>(size)};
    message += bytes;
    check_message(message);
  }
  check_certificate(bytes);
  check_records(bytes);
  if (size >= tls::kRecordHeaderBytes) static_cast<void>(tls::decode_record_header(bytes));
  return 0;
}
