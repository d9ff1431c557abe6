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
#include "sim/http/handler.h"
#include "sim/http/stream.h"

namespace sim::http {

struct ClientOptions {
  /// From the call until the body has been read; zero: no limit. Source: `Client.Timeout`.
  engine::Duration timeout;
  /// Source: Go's defaultCheckRedirect.
  int redirects_max = 10;
  /// Source: `http.DefaultMaxIdleConnsPerHost`, `DefaultTransport.IdleConnTimeout`.
  uint32_t idle_connections_max = 2;
  engine::Duration idle_timeout = 90 * engine::kSecond;
  /// Of one host, in use at a time; 0: no limit. Source: `Transport.MaxConnsPerHost`.
  uint32_t connections_max = 0;
  /// Source: `DefaultTransport.ExpectContinueTimeout`.
  engine::Duration expect_continue_timeout = engine::kSecond;
  bool keeps_alive = true;
};

struct ClientResponse {
  int status = 0;
  std::string reason;
  int minor = 1;
  Header header;
  Body body;
  /// -1: unknown.
  int64_t content_length = -1;
  /// Where it came from, after redirects.
  Url url;
};

struct RoundTrip {
  ClientResponse response;
  engine::Error error;
};

/// Source: `url.Error`.
struct UrlError {
  std::string op;
  std::string url;
  engine::Error error;
  [[nodiscard]] std::string message() const { return op + " \"" + url + "\": " + error.message(); }
  [[nodiscard]] engine::Error unwrap() const { return error; }
  bool operator==(const UrlError&) const = default;
};

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
  /// As send(), without redirects, timeout or the wrapping of errors. Source:
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
  engine::Ref<Core> core_;
};

/// A request for `url`, which is parsed; the error says what is wrong with it.
struct NewRequest {
  Request request;
  engine::Error error;
};
NewRequest new_request(std::string_view method, std::string_view url, std::string body = {});

}  // namespace sim::http
