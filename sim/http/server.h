// sim/http/server.h: an HTTP server on the simulated network, as Go's net/http.
//
//   ServeMux mux;
//   mux.handle("/", hello);
//   Error error = co_await listen_and_serve(":8080", mux);
//
// Concept: a goroutine for each connection reads requests and runs the handler. Responses have the
// bytes that Go's server sends. A handler that panics closes its connection, not the process.
// HTTP/2 without TLS is served on the same port to clients that begin with its preface, if `http2`
// is set. Source: Go documentation and behaviour of `net/http` (Server). Not modelled: TLS,
// hijacking, trailers announced after the body has begun.

#pragma once

#include <cstdint>
#include <functional>
#include <set>
#include <string>
#include <string_view>

#include "engine/sync/context.h"
#include "sim/http/handler.h"
#include "sim/http/parser.h"
#include "sim/http/stream.h"

namespace sim::http {

class Server;

/// A connection, as the server's shutdown() sees it.
struct ServedConnection {
  net::Conn conn;
  /// There is no request on it.
  bool idle = true;
  /// Where that does not say enough: has the peer told that the server leaves, and the connection
  /// closed when what is under way has ended. Called once at most.
  std::function<void()> leave;
};

struct ServerOptions {
  /// Zero: no limit. As Go's ReadTimeout, ReadHeaderTimeout, WriteTimeout, IdleTimeout.
  engine::Duration read_timeout;
  engine::Duration read_header_timeout;
  engine::Duration write_timeout;
  engine::Duration idle_timeout;
  ParserLimits limits;
  /// Serves HTTP/2 on a connection that begins with its preface; null: it is not spoken.
  engine::Task<> (*http2)(engine::Ref<MessageStream> stream, Handler handler,
                          ServedConnection& connection) = nullptr;
};

/// What listen_and_serve() and serve() end with after shutdown() or close().
inline constexpr engine::Sentinel kErrServerClosed("http: Server closed");

/// Go's *http.Server: a counted handle.
class Server {
 public:
  explicit Server(Handler handler, const ServerOptions& options = {})
      : core_(new Core{std::move(handler), options}) {}

  /// Suspends for as long as the listener works; gives why it ended.
  [[nodiscard]] engine::Task<engine::Error> serve(net::Listener listener) const;
  [[nodiscard]] engine::Task<engine::Error> listen_and_serve(std::string address) const;
  /// Accepts no more, lets running requests end, closes connections as they become idle. Suspends
  /// until all are closed or `context` is done. Source: `http.Server.Shutdown`.
  [[nodiscard]] engine::Task<engine::Error> shutdown(engine::Context context) const;
  /// Closes everything at once.
  void close() const;
  /// Requests that were answered so far.
  [[nodiscard]] uint64_t requests() const { return core_->requests; }

  struct Core : engine::Counted<Core> {
    Core(Handler h, const ServerOptions& o) : handler(std::move(h)), options(o) {}
    Handler handler;
    ServerOptions options;
    std::vector<net::Listener> listeners;
    std::vector<ServedConnection*> connections;
    uint64_t requests = 0;
    bool closing = false;
  };

 private:
  engine::Ref<Core> core_;
};

/// Serves `handler` at `address` until the process ends. Source: `http.ListenAndServe`.
engine::Task<engine::Error> listen_and_serve(std::string address, Handler handler);

}  // namespace sim::http
