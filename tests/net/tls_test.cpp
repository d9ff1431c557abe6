// TLS between two machines: who trusts whom, what both ends say when they do not, and the bytes.

#include "sim/net/tls.h"

#include <catch_amalgamated.hpp>

#include "engine/task/print.h"
#include "tests/support/cluster.h"

using namespace engine;
using namespace sim::net;
using support::ClusterOptions;
using support::simulate_cluster;

namespace {

constexpr int64_t kBegin = sim::node::kWorldBeginsUnix;

Authority company() {
  return Authority("Company CA");
}

TlsConfig server_config() {
  TlsConfig config;
  config.certificates.push_back(
      company().issue({.subject = "server", .dns_names = {"server", "*.shop.example"}}));
  return config;
}

TlsConfig client_config() {
  TlsConfig config;
  config.roots.push_back(company().certificate());
  config.server_name = "server";
  return config;
}

TlsConfig mutual_server() {
  TlsConfig config = server_config();
  config.client_roots.push_back(company().certificate());
  config.client_auth = ClientAuth::kRequireAndVerify;
  return config;
}

TlsConfig mutual_client(const Identity& identity) {
  TlsConfig config = client_config();
  config.certificates.push_back(identity);
  return config;
}

// One connection: says how the handshake went, and sends back what it reads.
Task<> serve_one(TlsConfig config) {
  const ListenResult listening = listen(":443");
  const AcceptResult accepted = co_await listening.listener.accept();
  const TlsConn conn = tls_server(accepted.conn, config);
  Error error = co_await conn.handshake();
  println("server:", error);
  while (!error) {
    const ReadResult got = co_await conn.read();
    error = got.error;
    if (!error) error = co_await conn.write(got.bytes);
  }
  static_cast<void>(conn.close());
}

// Dials, says something and reads the answer.
Task<> talk(TlsConfig config, std::string address = "server:443") {
  const TlsDialResult dialed = co_await tls_dial(background(), address, config);
  println("client:", dialed.error);
  if (dialed.error) co_return;
  const TlsState state = dialed.conn.connection_state();
  if (!state.negotiated_protocol.empty()) println("protocol:", state.negotiated_protocol);
  // The server may refuse only now; what it says is read before anything is said.
  dialed.conn.set_read_deadline(now() + kSecond);
  ReadResult got = co_await dialed.conn.read();
  if (!is_timeout(got.error)) {
    println("client read:", got.error);
    co_return;
  }
  dialed.conn.set_read_deadline(kEndOfTime);
  println("write:", co_await dialed.conn.write("hello"));
  got = co_await dialed.conn.read();
  println("read:", got.bytes.view(), got.error);
  println("close:", dialed.conn.close());
  println("close again:", dialed.conn.close());
}

std::string shake(support::Program server, support::Program client) {
  const auto outcome = simulate_cluster({{{"server", server}, {"client", client}}});
  CHECK(outcome.failures.empty());
  return outcome.out;
}

constexpr std::string_view kTalked =
    "write: <nil>\nread: hello <nil>\nclose: <nil>\n"
    "close again: use of closed network connection\n";

}  // namespace

TEST_CASE("a handshake lets both ends talk, and close_notify ends the stream") {
  const std::string out = shake([]() -> Task<> { co_await serve_one(server_config()); },
                                []() -> Task<> { co_await talk(client_config()); });
  CHECK(out == "client: <nil>\nserver: <nil>\n" + std::string(kTalked));
}

TEST_CASE("what is said cannot be read on the wire, and the handshake is TLS's") {
  const auto run =
      support::start_cluster({{{"server", []() -> Task<> { co_await serve_one(server_config()); }},
                               {"client", []() -> Task<> { co_await talk(client_config()); }}}});
  std::string wire;
  while (run->step()) {
    for (const Network::Flight& flight :
         static_cast<Cluster*>(run->world().state().model)->network().flights()) {
      wire += flight.packet.tcp.payload.view();
    }
  }
  CHECK(wire.find("hello") == std::string::npos);
  CHECK(wire.starts_with(std::string("\x16\x03\x03", 3)));
  CHECK(wire.find("server") != std::string::npos);      // the name asked for
  CHECK(wire.find("Company CA") == std::string::npos);  // certificates are sealed in TLS 1.3
}

TEST_CASE("a client refuses a server whose authority it does not know") {
  CHECK(shake([]() -> Task<> { co_await serve_one(server_config()); },
              []() -> Task<> {
                TlsConfig config = client_config();
                config.roots = {Authority("Other CA").certificate()};
                co_await talk(config);
              }) ==
        "client: tls: failed to verify certificate: x509: certificate signed by unknown "
        "authority\nserver: remote error: tls: bad certificate\n");
  CHECK(shake([]() -> Task<> { co_await serve_one(server_config()); },
              []() -> Task<> {
                TlsConfig config = client_config();
                config.roots = {Authority("Company CA", "impostor").certificate()};
                co_await talk(config);
              }) ==
        "client: tls: failed to verify certificate: x509: certificate signed by unknown "
        "authority (possibly because of \"x509: ECDSA verification failure\" while trying to "
        "verify candidate authority certificate \"Company CA\")\n"
        "server: remote error: tls: bad certificate\n");
}

TEST_CASE("a client refuses a certificate of another name, and a star is one label") {
  const auto server = []() -> Task<> { co_await serve_one(server_config()); };
  CHECK(shake(server,
              []() -> Task<> {
                TlsConfig config = client_config();
                config.server_name = "db";
                co_await talk(config);
              }) ==
        "client: tls: failed to verify certificate: x509: certificate is valid for server, "
        "*.shop.example, not db\nserver: remote error: tls: bad certificate\n");
  CHECK(shake(server, []() -> Task<> {
          TlsConfig config = client_config();
          config.server_name = "Api.Shop.example";
          co_await talk(config);
        }) == "client: <nil>\nserver: <nil>\n" + std::string(kTalked));
  CHECK(matches_host("*.shop.example", "a.shop.example"));
  CHECK_FALSE(matches_host("*.shop.example", "a.b.shop.example"));
  CHECK_FALSE(matches_host("*.shop.example", "shop.example"));
  CHECK(shake(server,
              []() -> Task<> {
                TlsConfig config = client_config();
                config.server_name = "10.0.0.1";
                co_await talk(config);
              }) ==
        "client: tls: failed to verify certificate: x509: cannot validate certificate for "
        "10.0.0.1 because it doesn't contain any IP SANs\n"
        "server: remote error: tls: bad certificate\n");
}

TEST_CASE("a clock that is stepped makes good certificates expired, or not yet valid") {
  const ClusterOptions late{
      .nodes = {{"server", []() -> Task<> { co_await serve_one(server_config()); }},
                {"client",
                 []() -> Task<> {
                   co_await sleep_for(kSecond);
                   co_await talk(client_config());
                 }}},
      .plan = {{Instant{0}, "step-clock client 10000000s"}}};
  CHECK(simulate_cluster(late).out ==
        "client: tls: failed to verify certificate: x509: certificate has expired or is not yet "
        "valid: current time 2026-04-26T17:46:41Z is after 2026-03-31T23:00:00Z\n"
        "server: remote error: tls: bad certificate\n");
  ClusterOptions early = late;
  early.plan = {{Instant{0}, "step-clock client -86400s"}};
  CHECK(simulate_cluster(early).out ==
        "client: tls: failed to verify certificate: x509: certificate has expired or is not yet "
        "valid: current time 2025-12-31T00:00:01Z is before 2025-12-31T23:00:00Z\n"
        "server: remote error: tls: bad certificate\n");
}

TEST_CASE("mutual TLS: a server lets in who shows a good certificate, and sees the name") {
  CHECK(shake(
            []() -> Task<> {
              const ListenResult listening = listen(":443");
              const AcceptResult accepted = co_await listening.listener.accept();
              const TlsConn conn = tls_server(accepted.conn, mutual_server());
              println("server:", co_await conn.handshake());
              const TlsState state = conn.connection_state();
              println(state.peer_certificates.front().subject, state.peer_certificates.size());
              static_cast<void>(conn.close());
            },
            []() -> Task<> {
              const Authority team = company().intermediate({.subject = "Team CA"});
              const TlsConfig config = mutual_client(team.issue({.subject = "alice"}));
              co_await talk(config);
            }) == "client: <nil>\nserver: <nil>\nalice 2\nclient read: EOF\n");
}

TEST_CASE("mutual TLS: each refusal has its alert at the client's next read") {
  const auto server = []() -> Task<> { co_await serve_one(mutual_server()); };
  CHECK(shake(server, []() -> Task<> { co_await talk(client_config()); }) ==
        "client: <nil>\nserver: tls: client didn't provide a certificate\n"
        "client read: remote error: tls: certificate required\n");
  // Of another authority than the server names: the client shows none.
  CHECK(shake(server,
              []() -> Task<> {
                const TlsConfig config =
                    mutual_client(Authority("Other CA").issue({.subject = "eve"}));
                co_await talk(config);
              }) ==
        "client: <nil>\nserver: tls: client didn't provide a certificate\n"
        "client read: remote error: tls: certificate required\n");
  CHECK(shake(server,
              []() -> Task<> {
                const Authority impostor("Company CA", "impostor");
                const TlsConfig config = mutual_client(impostor.issue({.subject = "eve"}));
                co_await talk(config);
              }) ==
        "client: <nil>\nserver: tls: failed to verify certificate: x509: certificate signed by "
        "unknown authority (possibly because of \"x509: ECDSA verification failure\" while trying "
        "to verify candidate authority certificate \"Company CA\")\n"
        "client read: remote error: tls: unknown certificate authority\n");
  CHECK(shake(server,
              []() -> Task<> {
                const TlsConfig config = mutual_client(company().issue(
                    {.subject = "bob", .not_before_s = kBegin - 100, .not_after_s = kBegin - 1}));
                co_await talk(config);
              }) ==
        "client: <nil>\nserver: tls: failed to verify certificate: x509: certificate has expired "
        "or is not yet valid: current time 2026-01-01T00:00:00Z is after 2025-12-31T23:59:59Z\n"
        "client read: remote error: tls: expired certificate\n");
  CHECK(shake(server,
              []() -> Task<> {
                Identity stolen = company().issue({.subject = "alice"});
                stolen.key = key_named("somebody else's");
                const TlsConfig config = mutual_client(stolen);
                co_await talk(config);
              }) ==
        "client: <nil>\nserver: tls: invalid signature by the client certificate: tls: ECDSA "
        "verification failure\nclient read: remote error: tls: error decrypting message\n");
}

TEST_CASE("a certificate that no authority signed is no authority's") {
  CHECK(shake(
            []() -> Task<> {
              // A leaf signs another one.
              TlsConfig config = server_config();
              Identity fake = company().issue({.subject = "server", .dns_names = {"server"}});
              const Certificate leaf = fake.chain.front();
              fake = Authority("server", "server").issue({"server", {"server"}});
              fake.chain.push_back(leaf);
              config.certificates = {fake};
              co_await serve_one(config);
            },
            []() -> Task<> { co_await talk(client_config()); }) ==
        "client: tls: failed to verify certificate: x509: certificate signed by unknown "
        "authority (possibly because of \"x509: invalid signature: parent certificate cannot "
        "sign this kind of certificate\" while trying to verify candidate authority certificate "
        "\"server\")\nserver: remote error: tls: bad certificate\n");
}

TEST_CASE("a request for a certificate is not a demand") {
  const auto client = []() -> Task<> { co_await talk(client_config()); };
  const std::string good = "client: <nil>\nserver: <nil>\n" + std::string(kTalked);
  CHECK(shake(
            []() -> Task<> {
              TlsConfig config = mutual_server();
              config.client_auth = ClientAuth::kRequest;
              co_await serve_one(config);
            },
            client) == good);
  CHECK(shake(
            []() -> Task<> {
              TlsConfig config = mutual_server();
              config.client_auth = ClientAuth::kVerifyIfGiven;
              co_await serve_one(config);
            },
            client) == good);
}

TEST_CASE("both ends agree on a protocol, on none, or not at all") {
  CHECK(shake(
            []() -> Task<> {
              TlsConfig config = server_config();
              config.next_protos = {"h2", "http/1.1"};
              co_await serve_one(config);
            },
            []() -> Task<> {
              TlsConfig config = client_config();
              config.next_protos = {"http/1.1", "h2"};
              co_await talk(config);
            }) == "client: <nil>\nprotocol: h2\nserver: <nil>\n" + std::string(kTalked));
  const auto h2_only = []() -> Task<> {
    TlsConfig config = server_config();
    config.next_protos = {"h2"};
    co_await serve_one(config);
  };
  CHECK(shake(h2_only, []() -> Task<> {
          TlsConfig config = client_config();
          config.next_protos = {"http/1.1"};
          co_await talk(config);
        }) == "client: <nil>\nserver: <nil>\n" + std::string(kTalked));
  CHECK(shake(h2_only,
              []() -> Task<> {
                TlsConfig config = client_config();
                config.next_protos = {"spdy/3", "x"};
                co_await talk(config);
              }) ==
        "server: tls: client requested unsupported application protocols ([\"spdy/3\" \"x\"])\n"
        "client: remote error: tls: no application protocol\n");
}

TEST_CASE("a config that cannot work is refused before or by the peer") {
  CHECK(shake(
            []() -> Task<> {
              const TlsConfig config;
              co_await serve_one(config);
            },
            []() -> Task<> { co_await talk(client_config()); }) ==
        "server: tls: no certificates configured\nclient: remote error: tls: unrecognized name\n");
  CHECK(shake([]() -> Task<> { co_await serve_one(server_config()); },
              []() -> Task<> {
                const DialResult dialed = co_await dial("server:443");
                const TlsConn conn = tls_client(dialed.conn, {});
                println(co_await conn.handshake());
                println(co_await conn.write("x"));
                println(conn.close());
              }) ==
        "tls: either ServerName or InsecureSkipVerify must be specified in the tls.Config\n"
        "tls: either ServerName or InsecureSkipVerify must be specified in the tls.Config\n"
        "<nil>\nserver: EOF\n");
}

TEST_CASE("who speaks no TLS is told apart") {
  CHECK(shake([]() -> Task<> { co_await serve_one(server_config()); },
              []() -> Task<> {
                const Conn conn = (co_await dial("server:443")).conn;
                println(co_await conn.write("GET / HTTP/1.1\r\n\r\n"));
                println((co_await conn.read()).error);
              }) == "<nil>\nserver: tls: first record does not look like a TLS handshake\nEOF\n");
}

TEST_CASE("a record that nobody sealed is noticed at both ends") {
  const auto client = []() -> Task<> {
    const Conn conn = (co_await dial("server:443")).conn;
    const TlsConn tls = tls_client(conn, client_config());
    println("client:", co_await tls.handshake());
    std::string record;
    tls::append_record_header(record, tls::ContentType::kApplicationData, 40);
    record += std::string(40, 'x');
    println(co_await conn.write(record));
    println((co_await tls.read()).error);
    println(co_await tls.write("x"));
  };
  const auto server = []() -> Task<> {
    const ListenResult listening = listen(":443");
    const TlsConn conn = tls_server((co_await listening.listener.accept()).conn, server_config());
    println("server:", co_await conn.handshake());
    println((co_await conn.read()).error);
    println(co_await conn.write("x"));
  };
  CHECK(shake(server, client) ==
        "client: <nil>\n<nil>\nserver: <nil>\nlocal error: tls: bad record MAC\n"
        "local error: tls: bad record MAC\nremote error: tls: bad record MAC\n<nil>\n");
}

TEST_CASE("a peer that is killed or silent in mid-handshake") {
  const auto server = []() -> Task<> {
    const ListenResult listening = listen(":443");
    const AcceptResult accepted = co_await listening.listener.accept();
    co_await sleep_for(kSecond * 3600);
  };
  const auto killed =
      simulate_cluster({.nodes = {{"server", server},
                                  {"client", []() -> Task<> { co_await talk(client_config()); }}},
                        .plan = {{Instant{0} + kSecond, "kill server server"}}});
  // It is closed with a RST, for the client's hello was never read.
  CHECK(killed.out ==
        "client: read tcp 10.0.0.2:57087->10.0.0.1:443: read: connection reset by peer\n");
  const auto silent =
      simulate_cluster({.nodes = {{"server", server},
                                  {"client",
                                   []() -> Task<> {
                                     const Conn conn = (co_await dial("server:443")).conn;
                                     const TlsConn tls = tls_client(conn, client_config());
                                     const Cancelable limited =
                                         with_timeout(background(), 2 * kSecond);
                                     println(co_await tls.handshake(limited.context));
                                     println(co_await tls.handshake());
                                   }}},
                        .plan = {{Instant{0} + kSecond, "crash server"}}});
  CHECK(silent.out.starts_with("context deadline exceeded\nread tcp "));
}

TEST_CASE("many bytes arrive whole and in order over a link that loses, reorders and repeats") {
  LinkOptions bad;
  bad.loss_ppm = 20'000;
  bad.reorder_ppm = 50'000;
  bad.duplicate_ppm = 20'000;
  bad.corrupt_ppm = 10'000;
  const auto server = []() -> Task<> {
    const ListenResult listening = listen(":443");
    const TlsConn conn = tls_server((co_await listening.listener.accept()).conn, server_config());
    uint64_t at = 0;
    bool good = true;
    while (true) {
      const ReadResult got = co_await conn.read(10'000);
      if (got.error) {
        println(got.error, at, good);
        break;
      }
      for (const char c : got.bytes.view()) good = good && c == static_cast<char>(at++ % 251);
    }
    println(co_await conn.write("done"));
    println(conn.close_write());
    println(conn.close_write());
    static_cast<void>(conn.close());
  };
  const auto client = []() -> Task<> {
    const TlsDialResult dialed = co_await tls_dial(background(), "server:443", client_config());
    std::string bytes(1 << 20, '\0');
    for (size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<char>(i % 251);
    println(dialed.error);
    println(co_await dialed.conn.write(bytes));
    println(dialed.conn.close_write());
    const ReadResult got = co_await dialed.conn.read();
    println(got.bytes.view());
    println((co_await dialed.conn.read()).error);
    println(co_await dialed.conn.write("x"));
  };
  const auto outcome =
      simulate_cluster({.nodes = {{"server", server}, {"client", client}}, .link = bad});
  CHECK(outcome.out.find("EOF 1048576 true\n<nil>\n<nil>\ntls: protocol is shutdown\n") !=
        std::string::npos);
  CHECK(outcome.out.ends_with("done\nEOF\ntls: protocol is shutdown\n"));
}

TEST_CASE("goroutines may write to one connection at once: their records stay whole") {
  const auto server = []() -> Task<> {
    const ListenResult listening = listen(":443");
    const TlsConn conn = tls_server((co_await listening.listener.accept()).conn, server_config());
    uint64_t total = 0;
    while (true) {
      const ReadResult got = co_await conn.read();
      total += got.bytes.size();
      if (total == 8 * 200'000 || got.error) {
        println(total, got.error);
        co_return;
      }
    }
  };
  const auto client = []() -> Task<> {
    const TlsDialResult dialed = co_await tls_dial(background(), "server:443", client_config());
    for (int i = 0; i < 8; ++i) {
      go(
          [](TlsConn conn) -> Task<> {
            if (Error error = co_await conn.write(std::string(200'000, 'x'))) println(error);
          },
          dialed.conn);
    }
    co_await sleep_for(60 * kSecond);
  };
  for (const Policy policy : {Policy::kFifo, Policy::kRandom}) {
    const auto outcome = simulate_cluster(
        {.nodes = {{"server", server}, {"client", client}}, .run = support::with_policy(policy)});
    CHECK(outcome.out == "1600000 <nil>\n");
  }
}

TEST_CASE("a null connection answers as a closed one") {
  CHECK(shake(
            []() -> Task<> {
              const TlsConn conn;
              println(co_await conn.handshake());
              println(co_await conn.write("x"));
              println(conn.close());
              println((co_await conn.read()).error);
            },
            nullptr) ==
        "use of closed network connection\nuse of closed network connection\n"
        "use of closed network connection\nuse of closed network connection\n");
}
