// A server that keeps a vault, and opens it to who shows a certificate of its own authority. It
// takes one visit. SERVER_DEMANDS: require (mutual TLS), request (it looks at no certificate
// closely) or none.

#include "engine/task/print.h"
#include "sim/net/tls.h"

namespace sim::programs {

using namespace engine;

namespace {

net::TlsConfig server_config() {
  const net::Authority authority("Orrery CA");
  net::TlsConfig config;
  config.certificates.push_back(authority.issue({.subject = "server", .dns_names = {"server"}}));
  config.client_roots.push_back(authority.certificate());
  const std::string_view demands = current_process().env("SERVER_DEMANDS", "require");
  if (demands == "require") config.client_auth = net::ClientAuth::kRequireAndVerify;
  if (demands == "request") config.client_auth = net::ClientAuth::kRequest;
  return config;
}

}  // namespace

Task<> net_mtls_server() {
  const net::TlsConfig config = server_config();
  const net::ListenResult listening = net::listen(":443");
  const net::AcceptResult accepted = co_await listening.listener.accept();
  const net::TlsConn conn = net::tls_server(accepted.conn, config);
  conn.set_deadline(now() + 5 * kSecond);
  const Error refused = co_await conn.handshake();
  if (refused) {
    println("server: refused:", refused);
    println("the vault is safe");
    static_cast<void>(conn.close());
    co_return;
  }
  const std::vector<net::Certificate> shown = conn.connection_state().peer_certificates;
  const std::string name = shown.empty() ? "somebody" : shown.front().subject;
  println("server: let in", name);
  const bool is_known =
      !shown.empty() &&
      !net::verify(shown, {config.client_roots, std::string_view(), node::unix_nano()});
  println(is_known ? "the vault is safe" : "the vault was opened to a stranger");
  const Error lost = co_await conn.write("hello, " + name + ": 42 coins");
  if (lost) println("server:", lost);
  static_cast<void>(conn.close());
}

}  // namespace sim::programs
