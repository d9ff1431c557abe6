// sim/http2/client.h: an HTTP client that speaks HTTP/2 without TLS, as Go's net/http does.
//
//   Client client;
//   auto [response, error] = co_await client.get("http://server:8080/");
//   Body::All all = co_await response.body.read_all();
//
// Concept: all requests to a host share one connection, each as a stream of it ("prior knowledge":
// RFC 9113, section 3.3). The first ones dial it together; after a GOAWAY, or when it is lost, the
// next request dials another. A request that the server has refused unseen is sent again. What a
// program sees is what http::Client gives it.
// Lifetime: a counted handle. A connection lives while it is used or kept.
// Source: Go documentation and behaviour of `net/http` (http2Transport, http2ClientConn).
// Not modelled: TLS, Expect: 100-continue (the body is sent at once), trailers of requests,
// compression, proxies, cookies.

#pragma once

#include <map>
#include <string>

#include "sim/http/client.h"
#include "sim/http2/endpoint.h"

namespace sim::http2 {

/// Go's *http.Client with a Transport whose protocol is unencrypted HTTP/2.
class Client {
 public:
  /// Of the options, the timeouts and `redirects_max` count.
  explicit Client(const http::ClientOptions& options = {}) : core_(new Core(options)) {}

  /// Each suspends until the header of the response has arrived. The body must be read to its end,
  /// or closed, which resets the stream.
  [[nodiscard]] engine::Task<http::RoundTrip> get(std::string url) const;
  [[nodiscard]] engine::Task<http::RoundTrip> head(std::string url) const;
  [[nodiscard]] engine::Task<http::RoundTrip> post(std::string url, std::string content_type,
                                                   std::string body) const;
  /// `request.url` must be absolute. Its context ends the request and the reading of the body: the
  /// stream is reset with CANCEL. Its body is sent while the response comes.
  [[nodiscard]] engine::Task<http::RoundTrip> send(http::Request request) const;
  /// One request: see http::send_over() for what send() adds. Source: `Transport.RoundTrip`.
  [[nodiscard]] engine::Task<http::RoundTrip> round_trip(http::Request request) const;
  /// Source: `Client.CloseIdleConnections`.
  void close_idle_connections() const;
  /// Connections that were begun so far.
  [[nodiscard]] uint64_t dials() const { return core_->dials; }

  class Connection;
  class Dialing;
  /// The connection that new requests use, or the one that is on its way; null: there is none.
  struct Host {
    engine::Ref<Connection> connection;
    engine::Ref<Dialing> dialing;
  };
  struct Core : engine::Counted<Core> {
    explicit Core(const http::ClientOptions& o);
    ~Core();
    http::ClientOptions options;
    std::map<std::string, Host> hosts;
    uint64_t dials = 0;
  };

 private:
  [[nodiscard]] http::Transport transport() const {
    return
        [client = *this](http::Request request) { return client.round_trip(std::move(request)); };
  }
  engine::Ref<Core> core_;
};

}  // namespace sim::http2
