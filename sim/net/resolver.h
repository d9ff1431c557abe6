// sim/net/resolver.h: from names to addresses, as Go's own resolver does it.
//
// Concept: an IP is its own address; "localhost" and the names of the cluster's machines stand in
// every machine's hosts file. All else is asked of the machine's nameserver (Stack::name_service())
// over UDP, and over TCP if the answer was cut short: two attempts of five seconds, one name of the
// search list after the other. CNAME chains are the server's to follow.
// Errors: Go's *net.DNSError, in its words: `lookup db.example on 10.0.0.1:53: no such host`.
// Determinism: a query's id and its socket's port are choices of the machine.
// Source: Go's net/dnsclient_unix.go, dnsconfig_unix.go; RFC 1035, RFC 2782.
// Not modelled: IPv6 (no AAAA query is sent), caches, several nameservers, EDNS, the system's
// resolver by cgo.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/sync/context.h"
#include "engine/sync/error.h"
#include "engine/task/task.h"
#include "sim/net/address.h"

namespace sim::net {

/// Source: Go documentation, `net.DNSError`. `error` says what happened and is what it wraps.
struct DnsError {
  engine::Error error;
  std::string name;
  std::string server;  // may be empty
  [[nodiscard]] std::string message() const;
  [[nodiscard]] engine::Error unwrap() const { return error; }
};

struct LookupResult {
  std::vector<Ip> addresses;
  engine::Error error;
};
/// The addresses of `name`. Suspends while the nameserver is asked, or until `context` is done.
/// Source: `net.Resolver.LookupHost`.
engine::Task<LookupResult> lookup_host(engine::Context context, std::string name);

/// Source: Go documentation, `net.SRV`.
struct ServiceRecord {
  std::string target;
  uint16_t port = 0;
  uint16_t priority = 0;
  uint16_t weight = 0;
  bool operator==(const ServiceRecord&) const = default;
};
struct ServiceResult {
  std::string cname;
  std::vector<ServiceRecord> records;  // by priority, and drawn by weight within one
  engine::Error error;
};
/// Which service: `_http._tcp.example.com`, or just `name` if `service` and `protocol` are empty.
struct ServiceName {
  std::string service;
  std::string protocol;
  std::string name;
};
/// Where a service is offered. Give it a variable: g++ 12 destroys an aggregate that is made inside
/// a co_await twice. Source: `net.Resolver.LookupSRV`.
engine::Task<ServiceResult> lookup_srv(engine::Context context, ServiceName service);

/// Whether `name` could be one. Source: Go's net.isDomainName.
bool is_domain_name(std::string_view name);

}  // namespace sim::net
