// sim/net/dns_server.h: an authoritative DNS server for one zone.
//
// Concept: a zone is a set of records under its origin, with a SOA of CoreDNS's shape. It answers
// queries as pure calls; serve_dns() does the listening. Chains of CNAMEs are followed inside the
// zone. A name that is not there is NXDOMAIN; one that is there without such records, or that only
// has names below it, has no data; both answers carry the SOA.
// Lifetime: a counted handle; copies are one zone. So records can be replaced while it is served,
// and the next query sees them; each change raises the SOA's serial.
// Source: RFC 1034 section 4.3.2, RFC 2308, RFC 7766 (over TCP).
// Not modelled: wildcards, delegations, zone transfers, EDNS (answers over UDP end at 512 bytes).

#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "engine/sync/counted.h"
#include "engine/task/task.h"
#include "engine/world/object.h"
#include "sim/net/address.h"
#include "sim/net/dns_message.h"

namespace sim::net {

class DnsZone {
 public:
  /// As CoreDNS's plugin kubernetes has it, in seconds.
  static constexpr uint32_t kTtl = 5;

  /// The zone of all names that are `origin` or end with it, such as "cluster.local". REQUIRES: it
  /// is a name.
  explicit DnsZone(std::string_view origin);

  /// Adds a record beside those of its name and type. False: the name is none or is outside the
  /// zone, or the data is not that of the type.
  bool add(dns::Record record) const;
  bool add_address(std::string_view name, Ip ip) const;
  bool add_alias(std::string_view name, std::string_view target) const;
  bool add_service(std::string_view name, dns::Srv service) const;
  bool add_text(std::string_view name, std::string_view text) const;
  /// Makes `ips` all the addresses that `name` has; with none, it has none.
  bool set_addresses(std::string_view name, const std::vector<Ip>& ips) const;
  /// Removes all records of the name and type; of every type if it is kTypeAny. False: there are
  /// none.
  bool remove(std::string_view name, uint16_t type) const;

  /// The response to a query.
  [[nodiscard]] dns::Message answer(const dns::Message& query) const;
  [[nodiscard]] std::string_view origin() const { return core_->origin; }
  [[nodiscard]] uint32_t serial() const { return core_->serial; }

 private:
  using Records = std::map<uint16_t, std::vector<dns::Record>>;  // by type
  struct Core : engine::Counted<Core> {
    std::string origin;                                 // canonical
    std::map<std::string, Records, std::less<>> names;  // by key_of()
    uint32_t serial = 1;
  };
  [[nodiscard]] bool holds(std::string_view canonical) const;
  [[nodiscard]] bool has_names_below(std::string_view key) const;
  [[nodiscard]] dns::Record soa() const;
  void follow(std::string name, const dns::Question& question, dns::Message& out) const;
  void add_targets(dns::Message& out) const;
  bool erase(std::string_view name, uint16_t type) const;

  engine::Ref<Core> core_;
};

/// Answers queries at `address` (such as ":53") over UDP and TCP, until the process ends. If it
/// cannot listen, it says so on the standard output and returns.
engine::Task<> serve_dns(DnsZone zone, std::string address);

}  // namespace sim::net
