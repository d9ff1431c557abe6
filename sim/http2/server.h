// sim/http2/server.h: HTTP handlers over HTTP/2, as Go's net/http serves them.
//
// serve() takes over a connection that began with HTTP/2's preface (RFC 9113, section 3.3: "prior
// knowledge"). Handlers see what they see over HTTP/1.1. Source: Go's net/http (http2Server).
// Not modelled: server push, extended CONNECT.

#pragma once

#include "sim/http/server.h"
#include "sim/http/stream.h"
#include "sim/http2/endpoint.h"

namespace sim::http2 {

/// For http::ServerOptions::http2. Suspends until the connection has ended.
engine::Task<> serve(engine::Ref<http::MessageStream> stream, http::Handler handler,
                     http::ServedConnection& connection);

/// Answers one exchange through `handler`.
engine::Task<> serve_exchange(engine::Ref<Exchange> exchange, http::Handler handler);

/// Serves HTTP/2 alone at `address` until the process ends.
engine::Task<engine::Error> listen_and_serve(std::string address, http::Handler handler);

}  // namespace sim::http2
