#include "sim/net/dns_server.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "engine/task/go.h"
#include "engine/task/print.h"
#include "sim/net/socket.h"

namespace sim::net {
namespace {

using engine::Error;
using engine::Task;

/// Of one chain of CNAMEs, so that a loop ends.
constexpr int kAliasesMax = 16;

// A canonical name's labels from the last to the first, each after a NUL, which no canonical name
// has in it: names below another follow it in order.
std::string key_of(std::string_view canonical) {
  std::string key;
  if (canonical == ".") return key;
  canonical.remove_suffix(1);
  size_t end = canonical.size();
  for (size_t at = canonical.size(); at > 0; --at) {
    if (canonical[at - 1] != '.') continue;
    size_t escapes = 0;
    while (escapes + 1 < at && canonical[at - 2 - escapes] == '\\') ++escapes;
    if (escapes % 2 == 1) continue;
    key += '\0';
    key += canonical.substr(at, end - at);
    end = at - 1;
  }
  key += '\0';
  key += canonical.substr(0, end);
  return key;
}

dns::Record record_of(std::string_view name, uint16_t type, dns::Data data) {
  return {std::string(name), type, dns::kClassIn, DnsZone::kTtl, std::move(data)};
}

}  // namespace

DnsZone::DnsZone(std::string_view origin) : core_(new Core) {
  const std::optional<std::string> canonical = dns::canonical_name(origin);
  ENGINE_CHECK(canonical.has_value());
  core_->origin = *canonical;
}

bool DnsZone::holds(std::string_view canonical) const {
  const std::string key = key_of(canonical);
  const std::string top = key_of(core_->origin);
  return key.starts_with(top) && (key.size() == top.size() || key[top.size()] == '\0');
}

bool DnsZone::has_names_below(std::string_view key) const {
  std::string first(key);
  first += '\0';
  const auto next = core_->names.lower_bound(first);
  return next != core_->names.end() && next->first.starts_with(first);
}

bool DnsZone::add(dns::Record record) const {
  if (engine::here().muted) return false;
  const std::optional<std::string> name = dns::canonical_name(record.name);
  if (!name || !holds(*name) || record.klass != dns::kClassIn) return false;
  if (dns::data_of(record.type, record.klass).index() != record.data.index()) return false;
  dns::Message probe;
  probe.answers.push_back(record);
  if (dns::encode(probe, dns::kTcpBytesMax).empty()) return false;
  core_->names[key_of(*name)][record.type].push_back(std::move(record));
  ++core_->serial;
  return true;
}

bool DnsZone::add_address(std::string_view name, Ip ip) const {
  return add(record_of(name, dns::kTypeA, dns::A{ip.value}));
}
bool DnsZone::add_alias(std::string_view name, std::string_view target) const {
  return add(record_of(name, dns::kTypeCname, dns::Domain{std::string(target)}));
}
bool DnsZone::add_service(std::string_view name, dns::Srv service) const {
  return add(record_of(name, dns::kTypeSrv, std::move(service)));
}
bool DnsZone::add_text(std::string_view name, std::string_view text) const {
  dns::Txt txt;
  do {
    txt.strings.emplace_back(text.substr(0, dns::kTextBytesMax));
    text.remove_prefix(txt.strings.back().size());
  } while (!text.empty());
  return add(record_of(name, dns::kTypeTxt, std::move(txt)));
}

bool DnsZone::set_addresses(std::string_view name, const std::vector<Ip>& ips) const {
  if (engine::here().muted) return false;
  const std::optional<std::string> canonical = dns::canonical_name(name);
  if (!canonical || !holds(*canonical)) return false;
  erase(name, dns::kTypeA);
  for (const Ip ip : ips) add_address(name, ip);
  return true;
}

bool DnsZone::remove(std::string_view name, uint16_t type) const {
  return !engine::here().muted && erase(name, type);
}

bool DnsZone::erase(std::string_view name, uint16_t type) const {
  const std::optional<std::string> canonical = dns::canonical_name(name);
  if (!canonical) return false;
  const auto found = core_->names.find(key_of(*canonical));
  if (found == core_->names.end()) return false;
  const bool all = type == dns::kTypeAny;
  if (!all && found->second.erase(type) == 0) return false;
  if (all || found->second.empty()) core_->names.erase(found);
  ++core_->serial;
  return true;
}

dns::Record DnsZone::soa() const {
  const std::string below = core_->origin == "." ? "." : "." + core_->origin;
  dns::Soa data;
  data.mname = "ns.dns" + below;
  data.rname = "hostmaster" + below;
  data.serial = core_->serial;
  // As CoreDNS's plugin kubernetes has them.
  data.refresh_s = 7200;
  data.retry_s = 1800;
  data.expire_s = 86400;
  data.minimum_s = kTtl;
  return record_of(core_->origin, dns::kTypeSoa, std::move(data));
}

// Source: RFC 1034 section 4.3.2; RFC 6604 section 3 (the code is that of the chain's end).
void DnsZone::follow(std::string name, const dns::Question& question, dns::Message& out) const {
  const auto nothing = [&](uint8_t code) {
    out.rcode = code;
    out.authority.push_back(soa());
  };
  for (int aliases = 0; aliases <= kAliasesMax; ++aliases) {
    const std::optional<std::string> canonical = dns::canonical_name(name);
    if (!canonical || !holds(*canonical)) return;
    const bool is_origin = *canonical == core_->origin;
    const bool is_any = question.type == dns::kTypeAny;
    if (is_origin && (question.type == dns::kTypeSoa || is_any)) out.answers.push_back(soa());
    const std::string key = key_of(*canonical);
    const auto found = core_->names.find(key);
    if (found == core_->names.end()) {
      if (!out.answers.empty() && aliases == 0) return;
      return nothing(is_origin || has_names_below(key) ? dns::kNoError : dns::kNameError);
    }
    const size_t before = out.answers.size();
    for (const auto& [type, records] : found->second) {
      if (type != question.type && !is_any) continue;
      out.answers.insert(out.answers.end(), records.begin(), records.end());
    }
    if (out.answers.size() > before || (is_origin && !out.answers.empty() && aliases == 0)) return;
    const auto alias = found->second.find(dns::kTypeCname);
    if (alias == found->second.end()) return nothing(dns::kNoError);
    out.answers.push_back(alias->second.front());
    name = std::get<dns::Domain>(alias->second.front().data).name;
  }
  out.rcode = dns::kServerFailure;
}

// Whoever asks for a service will ask for its addresses next. Source: RFC 2782.
void DnsZone::add_targets(dns::Message& out) const {
  std::vector<std::string> added;
  for (const dns::Record& record : out.answers) {
    const auto* srv = std::get_if<dns::Srv>(&record.data);
    if (srv == nullptr) continue;
    const std::optional<std::string> target = dns::canonical_name(srv->target);
    if (!target || std::find(added.begin(), added.end(), *target) != added.end()) continue;
    added.push_back(*target);
    const auto found = core_->names.find(key_of(*target));
    if (found == core_->names.end()) continue;
    const auto addresses = found->second.find(dns::kTypeA);
    if (addresses == found->second.end()) continue;
    out.additional.insert(out.additional.end(), addresses->second.begin(), addresses->second.end());
  }
}

dns::Message DnsZone::answer(const dns::Message& query) const {
  dns::Message out;
  out.id = query.id;
  out.qr = true;
  out.opcode = query.opcode;
  out.rd = query.rd;
  out.questions = query.questions;
  if (query.opcode != dns::kOpcodeQuery) {
    out.rcode = dns::kNotImplemented;
    return out;
  }
  if (query.questions.size() != 1) {
    out.rcode = dns::kFormatError;
    return out;
  }
  const dns::Question& question = query.questions.front();
  const std::optional<std::string> name = dns::canonical_name(question.name);
  if (!name || !holds(*name) || question.klass != dns::kClassIn) {
    out.rcode = dns::kRefused;
    return out;
  }
  out.aa = true;
  follow(*name, question, out);
  add_targets(out);
  return out;
}

namespace {

// The response to what arrived; empty if none is due.
std::string respond(const DnsZone& zone, std::string_view bytes, size_t limit) {
  const dns::Decoded decoded = dns::decode(bytes);
  if (decoded) {
    if (decoded.message->qr) return {};
    return dns::encode(zone.answer(*decoded.message), limit);
  }
  constexpr auto kResponseBit = uint8_t{0x80};
  if (bytes.size() < dns::kHeaderBytes || (static_cast<uint8_t>(bytes[2]) & kResponseBit) != 0) {
    return {};
  }
  dns::Message refusal;
  refusal.id =
      static_cast<uint16_t>(static_cast<uint8_t>(bytes[0]) << 8 | static_cast<uint8_t>(bytes[1]));
  refusal.qr = true;
  refusal.rcode = dns::kFormatError;
  return dns::encode(refusal, limit);
}

// Source: RFC 1035 section 4.2.2: each message after its length.
Task<> serve_connection(DnsZone zone, Conn conn) {
  constexpr engine::Duration kIdle = 10 * engine::kSecond;
  const engine::Defer closing([conn] { static_cast<void>(conn.close()); });
  std::string input;
  while (true) {
    while (input.size() >= 2) {
      const auto size =
          static_cast<size_t>(static_cast<uint8_t>(input[0]) << 8 | static_cast<uint8_t>(input[1]));
      if (input.size() < 2 + size) break;
      const std::string reply =
          respond(zone, std::string_view(input).substr(2, size), dns::kTcpBytesMax);
      input.erase(0, 2 + size);
      if (reply.empty()) co_return;
      std::string framed{static_cast<char>(reply.size() >> 8), static_cast<char>(reply.size())};
      framed += reply;
      if (Error failed = co_await conn.write(framed)) co_return;
    }
    conn.set_deadline(engine::now() + kIdle);
    const ReadResult got = co_await conn.read();
    if (got.error) co_return;
    input += got.bytes.view();
  }
}

Task<> serve_connections(DnsZone zone, Listener listener) {
  while (true) {
    const AcceptResult accepted = co_await listener.accept();
    if (accepted.error) co_return;
    engine::go(serve_connection, zone, accepted.conn);
  }
}

}  // namespace

Task<> serve_dns(DnsZone zone, std::string address) {
  const ListenPacketResult opened = listen_packet(address);
  if (opened.error) {
    engine::println("dns:", opened.error);
    co_return;
  }
  const ListenResult listening = listen(address);
  if (listening.error) {
    engine::println("dns:", listening.error);
    static_cast<void>(opened.conn.close());
    co_return;
  }
  engine::go(serve_connections, zone, listening.listener);
  while (true) {
    const Datagram got = co_await opened.conn.read_from();
    if (got.error) break;
    const std::string reply = respond(zone, got.bytes.view(), dns::kUdpBytesMax);
    if (!reply.empty()) static_cast<void>(opened.conn.write_to(reply, got.from));
  }
  static_cast<void>(listening.listener.close());
}

}  // namespace sim::net
