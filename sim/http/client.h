// sim/http/client.h: an HTTP client on the simulated network, as Go's net/http.
//
//   Client client;
//   auto [response, error] = co_await client.get("http://server:8080/");
//   Body::All all = co_await response.body.read_all();
//
// Concept: connections are kept for the next request once a response's body has been read to its
// end. Redirects are followed, a request that found its kept connection gone is sent again if that
// is safe, and a timeout covers all of it, the body included.
// Source: Go documentation and behaviour of `net/http` (Client, Transport).
// Not modelled: TLS, proxies, cookies, compression (a gzip body is handed over as it is).

#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "engine/sync/context.h"
#include "engine/sync/semaphore.h"
#include "sim/http/send.h"
#include "sim/http/stream.h"

namespace sim::http {

/// Go's *http.Client with its Transport: a counted handle.
class Client {
 public:
  explicit Client(const ClientOptions& options = {}) : core_(new Core(options)) {}

  /// Each suspends until the head of the response has arrived. The body must be read to its end, or
  /// closed.
  [[nodiscard]] engine::Task<RoundTrip> get(std::string url) const;
  [[nodiscard]] engine::Task<RoundTrip> head(std::string url) const;
  [[nodiscard]] engine::Task<RoundTrip> post(std::string url, std::string content_type,
                                             std::string body) const;
  /// `request.url` must be absolute. Its context ends the request and the reading of the body.
  [[nodiscard]] engine::Task<RoundTrip> send(Request request) const;
  /// One request on one connection: see send_over() for what send() adds. Source:
  /// `Transport.RoundTrip`.
  [[nodiscard]] engine::Task<RoundTrip> round_trip(Request request) const;
  /// Source: `Client.CloseIdleConnections`.
  void close_idle_connections() const;
  /// Connections that were opened so far.
  [[nodiscard]] uint64_t dials() const { return core_->dials; }

  class Connection;
  struct Host {
    std::vector<engine::Ref<Connection>> idle;  // most recently used last
    std::unique_ptr<engine::Semaphore> slots;
  };
  struct Core : engine::Counted<Core> {
    explicit Core(const ClientOptions& o);
    ~Core();
    ClientOptions options;
    std::map<std::string, Host> hosts;
    uint64_t dials = 0;
  };

 private:
  [[nodiscard]] Transport transport() const {
    return [client = *this](Request request) { return client.round_trip(std::move(request)); };
  }
  engine::Ref<Core> core_;
};

}  // namespace sim::http
