// Names to addresses: hosts, a nameserver over a network that loses packets, and dialing by name.

#include "sim/net/resolver.h"

#include <catch_amalgamated.hpp>

#include "engine/task/print.h"
#include "sim/net/dns_server.h"
#include "sim/net/socket.h"
#include "tests/support/cluster.h"

using namespace engine;
using namespace sim::net;
using support::simulate_cluster;

namespace {

DnsZone example_zone() {
  DnsZone zone("example");
  zone.add_address("db.example", {0x0a000001});
  zone.add_address("db.prod.example", {0x0a000005});
  zone.add_address("two.example", {0x0a000006});
  zone.add_address("two.example", {0x0a000007});
  zone.add_alias("www.example", "web.example");
  zone.add_alias("web.example", "db.example");
  zone.add_alias("lost.example", "nowhere.example");
  zone.add_alias("loop.example", "loop.example");
  zone.add_service("_sql._tcp.example", {10, 0, 5432, "db.example"});
  zone.add_service("_sql._tcp.example", {20, 0, 5433, "two.example"});
  zone.add_text("long.example", std::string(600, 'x'));
  for (uint32_t i = 0; i < 60; ++i) zone.add_address("many.example", {0x0a010000 + i});
  return zone;
}

Task<> name_server() {
  co_await serve_dns(example_zone(), ":53");
}

/// Takes connections and closes each when its peer has.
Task<> accept_all(Listener listener) {
  while (true) {
    const AcceptResult accepted = co_await listener.accept();
    if (accepted.error) co_return;
    static_cast<void>(co_await accepted.conn.read());
    static_cast<void>(accepted.conn.close());
  }
}

void use_server(std::vector<std::string> search = {}) {
  NameService service;
  service.nameserver = Address{*this_cluster()->address_of("ns"), 53};
  service.search = std::move(search);
  this_stack().set_name_service(std::move(service));
}

Task<> print_lookup(std::string name) {
  const LookupResult found = co_await lookup_host(background(), name);
  std::string line;
  for (const Ip ip : found.addresses) line += ip_text(ip) + " ";
  println(name, line + found.error.message());
}

}  // namespace

TEST_CASE("IPs, localhost and the names of machines need no nameserver") {
  const auto outcome = simulate_cluster({{{"ns", nullptr}, {"client", []() -> Task<> {
                                                              co_await print_lookup("192.168.1.2");
                                                              co_await print_lookup("localhost");
                                                              co_await print_lookup("NS");
                                                              co_await print_lookup("client.");
                                                              co_await print_lookup("nowhere");
                                                              co_await print_lookup("");
                                                              co_await print_lookup("a..b");
                                                            }}}});
  CHECK(outcome.out ==
        "192.168.1.2 192.168.1.2 <nil>\nlocalhost 127.0.0.1 <nil>\nNS 10.0.0.1 <nil>\n"
        "client. 10.0.0.2 <nil>\nnowhere lookup nowhere: no such host\n"
        " lookup : no such host\na..b lookup a..b: no such host\n");
}

TEST_CASE("a nameserver answers with addresses, through aliases, or says that there are none") {
  const auto outcome =
      simulate_cluster({{{"ns", name_server}, {"client", []() -> Task<> {
                                                 use_server();
                                                 co_await print_lookup("db.example");
                                                 co_await print_lookup("two.example");
                                                 co_await print_lookup("www.example");
                                                 co_await print_lookup("nowhere.example");
                                                 co_await print_lookup("lost.example");
                                                 co_await print_lookup("prod.example");
                                                 co_await print_lookup("long.example");
                                                 co_await print_lookup("db.other");
                                               }}}});
  CHECK(outcome.out ==
        "db.example 10.0.0.1 <nil>\ntwo.example 10.0.0.6 10.0.0.7 <nil>\n"
        "www.example 10.0.0.1 <nil>\n"
        "nowhere.example lookup nowhere.example on 10.0.0.1:53: no such host\n"
        "lost.example lookup lost.example on 10.0.0.1:53: no such host\n"
        "prod.example lookup prod.example on 10.0.0.1:53: no such host\n"
        "long.example lookup long.example on 10.0.0.1:53: no such host\n"
        "db.other lookup db.other on 10.0.0.1:53: server misbehaving\n");
  CHECK(outcome.failures.empty());
}

TEST_CASE("a name that is short is tried with each domain of the search list first") {
  const auto outcome =
      simulate_cluster({{{"ns", name_server}, {"client", []() -> Task<> {
                                                 use_server({"prod.example", "example"});
                                                 co_await print_lookup("db");
                                                 co_await print_lookup("two");
                                                 co_await print_lookup("db.example");
                                                 co_await print_lookup("db.prod");
                                                 co_await print_lookup("db.");
                                                 co_await print_lookup("nowhere");
                                               }}}});
  CHECK(outcome.out ==
        "db 10.0.0.5 <nil>\ntwo 10.0.0.6 10.0.0.7 <nil>\ndb.example 10.0.0.1 <nil>\n"
        "db.prod 10.0.0.5 <nil>\ndb. lookup db. on 10.0.0.1:53: server misbehaving\n"
        "nowhere lookup nowhere on 10.0.0.1:53: no such host\n");
}

TEST_CASE("what is lost is asked for again after five seconds, once") {
  const auto client = []() -> Task<> {
    use_server();
    co_await sleep_for(kSecond);
    const LookupResult found = co_await lookup_host(background(), "db.example");
    println(found.error, is_timeout(found.error), since(Instant{} + kSecond));
  };
  const auto retried =
      simulate_cluster({.nodes = {{"ns", name_server}, {"client", client}},
                        .plan = {{Instant{0} + 500 * kMillisecond, "partition ns client"},
                                 {Instant{0} + 3 * kSecond, "heal ns client"}}});
  CHECK(retried.out == "<nil> false 5.002s\n");
  const auto lost =
      simulate_cluster({.nodes = {{"ns", name_server}, {"client", client}},
                        .plan = {{Instant{0} + 500 * kMillisecond, "partition ns client"}}});
  CHECK(lost.out.starts_with("lookup db.example on 10.0.0.1:53: read udp 10.0.0.2:"));
  CHECK(lost.out.ends_with("->10.0.0.1:53: i/o timeout true 10s\n"));
}

TEST_CASE("on a link that loses packets lookups succeed in the end, or time out") {
  LinkOptions lossy;
  lossy.loss_ppm = 200'000;
  lossy.duplicate_ppm = 100'000;
  const auto outcome =
      simulate_cluster({.nodes = {{"ns", name_server},
                                  {"client",
                                   []() -> Task<> {
                                     use_server();
                                     int good = 0;
                                     int late = 0;
                                     for (int i = 0; i < 100; ++i) {
                                       const LookupResult found =
                                           co_await lookup_host(background(), "db.example");
                                       (found.error ? late : good) += 1;
                                       if (found.error) println(is_timeout(found.error));
                                     }
                                     println(good > 75, good + late);
                                   }}},
                        .link = lossy});
  CHECK(outcome.out.find("false") == std::string::npos);
  CHECK(outcome.out.ends_with("true 100\n"));
}

TEST_CASE("a context ends a lookup") {
  const auto outcome = simulate_cluster(
      {.nodes = {{"ns", name_server},
                 {"client",
                  []() -> Task<> {
                    use_server();
                    const Cancelable limited = with_timeout(background(), kSecond);
                    println((co_await lookup_host(limited.context, "db.example")).error,
                            since(Instant{}));
                    const Cancelable ended = with_cancel(background());
                    ended.cancel();
                    println((co_await lookup_host(ended.context, "db.example")).error);
                  }}},
       .plan = {{Instant{0}, "partition ns client"}}});
  CHECK(outcome.out ==
        "lookup db.example: i/o timeout 1s\nlookup db.example: operation was canceled\n");
}

TEST_CASE("an answer that does not fit a datagram is fetched over TCP") {
  const auto outcome =
      simulate_cluster({{{"ns", name_server}, {"client", []() -> Task<> {
                                                 use_server();
                                                 const LookupResult found = co_await lookup_host(
                                                     background(), "many.example");
                                                 println(found.error, found.addresses.size());
                                               }}}});
  CHECK(outcome.out == "<nil> 60\n");
}

TEST_CASE("services come by priority, and by weight within one") {
  const auto client = []() -> Task<> {
    use_server();
    const ServiceName sql{"sql", "tcp", "example"};
    const ServiceResult found = co_await lookup_srv(background(), sql);
    println(found.cname, found.error);
    for (const ServiceRecord& record : found.records) println(record.target, record.port);
    const ServiceName missing{"", "", "x.example"};
    println((co_await lookup_srv(background(), missing)).error);
  };
  const auto outcome = simulate_cluster({{{"ns", name_server}, {"client", client}}});
  CHECK(outcome.out ==
        "_sql._tcp.example. <nil>\ndb.example. 5432\ntwo.example. 5433\n"
        "lookup x.example on 10.0.0.1:53: no such host\n");
}

TEST_CASE("dialing by name looks it up, and names what is wrong") {
  const auto server = []() -> Task<> {
    const ListenResult listening = listen(":80");
    go(accept_all, listening.listener);
    co_await name_server();
  };
  const auto client = []() -> Task<> {
    use_server({"example"});
    const std::vector<std::string> addresses = {"db:80", "ns:http",  "nowhere.example:80", "x",
                                                "a:b:c", "ns:99999", "ns:nothing",         "db:81"};
    for (size_t i = 0; i < addresses.size(); ++i) {
      const DialResult dialed = co_await dial(addresses[i]);
      println(dialed.error);
    }
    this_stack().set_name_service({});
    const DialResult dialed = co_await dial("nowhere:80");
    println(dialed.error);
  };
  const auto outcome = simulate_cluster({{{"ns", server}, {"client", client}}});
  CHECK(outcome.out ==
        "<nil>\n<nil>\n"
        "dial tcp: lookup nowhere.example on 10.0.0.1:53: no such host\n"
        "dial tcp: address x: missing port in address\n"
        "dial tcp: address a:b:c: too many colons in address\n"
        "dial tcp: address 99999: invalid port\n"
        "dial tcp: lookup tcp/nothing: unknown port\n"
        "dial tcp 10.0.0.1:81: connect: connection refused\n"
        "dial tcp: lookup nowhere: no such host\n");
}

TEST_CASE("the next address is tried when one does not answer") {
  const auto outcome = simulate_cluster(
      {.nodes = {{"ns",
                  []() -> Task<> {
                    DnsZone zone("example");
                    zone.add_address("pair.example", *this_cluster()->address_of("dead"));
                    zone.add_address("pair.example", *this_cluster()->address_of("ns"));
                    const ListenResult listening = listen(":80");
                    go(accept_all, listening.listener);
                    co_await serve_dns(zone, ":53");
                  }},
                 {"dead", nullptr},
                 {"client",
                  []() -> Task<> {
                    use_server();
                    const Cancelable limited = with_timeout(background(), 10 * kSecond);
                    const DialResult dialed = co_await dial(limited.context, "pair.example:80");
                    println(dialed.error, address_text(dialed.conn.remote_address()));
                    println(since(Instant{}) > 4 * kSecond, since(Instant{}) < 6 * kSecond);
                  }}},
       .plan = {{Instant{0}, "crash dead"}}});
  CHECK(outcome.out == "<nil> 10.0.0.1:80\ntrue true\n");
}

TEST_CASE("records can be replaced while they are served, and the serial grows") {
  const auto outcome =
      simulate_cluster({{{"ns",
                          []() -> Task<> {
                            const DnsZone zone = example_zone();
                            go(serve_dns, zone, std::string(":53"));
                            const uint32_t before = zone.serial();
                            co_await sleep_for(kSecond);
                            println(zone.set_addresses("db.example", {{0x0a000009}}));
                            println(zone.remove("two.example", dns::kTypeA));
                            println(zone.serial() > before);
                            println(zone.add_address("db.other", {1}));
                            println(zone.remove("none.example", dns::kTypeA));
                            co_await sleep_for(5 * kSecond);
                          }},
                         {"client", []() -> Task<> {
                            use_server();
                            co_await print_lookup("db.example");
                            co_await sleep_for(2 * kSecond);
                            co_await print_lookup("db.example");
                            co_await print_lookup("two.example");
                          }}}});
  CHECK(outcome.out ==
        "db.example 10.0.0.1 <nil>\ntrue\ntrue\ntrue\nfalse\nfalse\ndb.example 10.0.0.9 <nil>\n"
        "two.example lookup two.example on 10.0.0.1:53: no such host\n");
}

TEST_CASE("a server answers only for its zone, with a SOA where there is nothing") {
  const auto outcome =
      simulate_cluster({{{"ns", []() -> Task<> {
                            const DnsZone zone = example_zone();
                            const auto ask = [&zone](std::string_view name, uint16_t type) {
                              dns::Message query;
                              query.questions.push_back({std::string(name), type, dns::kClassIn});
                              const dns::Message answer = zone.answer(query);
                              println(name, type, "code", answer.rcode, "aa", answer.aa, "answers",
                                      answer.answers.size(), "authority", answer.authority.size(),
                                      "more", answer.additional.size());
                            };
                            ask("DB.example.", dns::kTypeA);
                            ask("db.example", dns::kTypeTxt);
                            ask("nowhere.example", dns::kTypeA);
                            ask("_tcp.example", dns::kTypeA);
                            ask("example", dns::kTypeSoa);
                            ask("example", dns::kTypeA);
                            ask("www.example", dns::kTypeA);
                            ask("www.example", dns::kTypeCname);
                            ask("loop.example", dns::kTypeA);
                            ask("_sql._tcp.example", dns::kTypeSrv);
                            ask("notexample", dns::kTypeA);
                            co_return;
                          }}}});
  CHECK(outcome.out ==
        "DB.example. 1 code 0 aa true answers 1 authority 0 more 0\n"
        "db.example 16 code 0 aa true answers 0 authority 1 more 0\n"
        "nowhere.example 1 code 3 aa true answers 0 authority 1 more 0\n"
        "_tcp.example 1 code 0 aa true answers 0 authority 1 more 0\n"
        "example 6 code 0 aa true answers 1 authority 0 more 0\n"
        "example 1 code 0 aa true answers 0 authority 1 more 0\n"
        "www.example 1 code 0 aa true answers 3 authority 0 more 0\n"
        "www.example 5 code 0 aa true answers 1 authority 0 more 0\n"
        "loop.example 1 code 2 aa true answers 17 authority 0 more 0\n"
        "_sql._tcp.example 33 code 0 aa true answers 2 authority 0 more 3\n"
        "notexample 1 code 5 aa false answers 0 authority 0 more 0\n");
}
