// tests/fuzz/dns_fuzz.cpp: any bytes are a DNS message or have a fault inside them; a message that
// was decoded can be encoded, within any limit, and decodes to an equal one.

#include "sim/net/dns_message.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

using namespace sim::net::dns;

void require(bool holds) {
  if (!holds) std::abort();
}

/// Whether `part` begins as `whole` does.
template <class T>
bool begins(const std::vector<T>& part, const std::vector<T>& whole) {
  if (part.size() > whole.size()) return false;
  for (std::size_t i = 0; i < part.size(); ++i) {
    if (part[i] != whole[i]) return false;
  }
  return true;
}

void check_names(const Message& message) {
  for (const Question& question : message.questions) {
    const auto canonical = canonical_name(question.name);
    require(canonical && canonical_name(*canonical) == canonical);
    require(same_name(question.name, *canonical));
  }
}

void check_truncated(const Message& message, std::size_t limit) {
  const std::string bytes = encode(message, limit);
  require(bytes.size() >= kHeaderBytes && bytes.size() <= limit);
  const Decoded decoded = decode(bytes);
  require(decoded.ok());
  const Message& some = *decoded.message;
  require(begins(some.questions, message.questions) && begins(some.answers, message.answers));
  require(begins(some.authority, message.authority) && begins(some.additional, message.additional));
  require(some.tc || some == message);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const Decoded decoded = decode(bytes);
  if (!decoded) {
    require(!decoded.message && decoded.offset <= size && !expected(decoded.fault).empty());
    return 0;
  }
  const Message& message = *decoded.message;
  // Without a limit: what another encoder compressed better may be longer here.
  const std::string encoded = encode(message, SIZE_MAX);
  const Decoded again = decode(encoded);
  require(again.ok() && *again.message == message);
  require(encode(*again.message, SIZE_MAX) == encoded);
  check_names(message);
  check_truncated(message, kUdpBytesMax);
  check_truncated(message, kHeaderBytes + size % 64);
  return 0;
}
