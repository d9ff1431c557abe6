// Visits the server of net_mtls_server.cpp. CLIENT_CERTIFICATE: which one it shows, as alice: none,
// good, expired, or unknown (of an authority that only has the right name).

#include "engine/task/print.h"
#include "sim/net/tls.h"

namespace sim::programs {

using namespace engine;

namespace {

net::TlsConfig client_config() {
  constexpr int64_t kBegin = node::kWorldBeginsUnix;
  const net::Authority authority("Orrery CA");
  net::TlsConfig config;
  config.roots.push_back(authority.certificate());
  config.server_name = "server";
  net::Authority::Request request{.subject = "alice"};
  const std::string_view which = current_process().env("CLIENT_CERTIFICATE", "good");
  if (which == "expired") {
    request.not_before_s = kBegin - 91 * net::Authority::kDay;
    request.not_after_s = kBegin - net::Authority::kDay;
  }
  if (which == "good" || which == "expired") {
    config.certificates.push_back(authority.issue(request));
  } else if (which == "unknown") {
    config.certificates.push_back(net::Authority("Orrery CA", "impostor").issue(request));
  }
  return config;
}

}  // namespace

Task<> net_mtls_client() {
  co_await sleep_for(100 * kMillisecond);
  const net::TlsConfig config = client_config();
  const net::TlsDialResult dialed = co_await net::tls_dial(background(), "server:443", config);
  if (dialed.error) {
    println("client: no connection:", dialed.error);
    co_return;
  }
  println("client: the server is who it says it is");
  dialed.conn.set_deadline(now() + 5 * kSecond);
  const net::ReadResult got = co_await dialed.conn.read();
  if (got.error) {
    println("client: turned away:", got.error);
  } else {
    println("client: the server says:", got.bytes.view());
  }
  static_cast<void>(dialed.conn.close());
}

}  // namespace sim::programs
