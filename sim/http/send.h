// sim/http/send.h: what a client does around the round trips of its transport: the timeout,
// redirects, errors that say what was asked for.
//
// Source: Go documentation and behaviour of `http.Client.Do`.
// Not modelled: cookies, a CheckRedirect of the program's own.

#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "engine/sync/context.h"
#include "sim/http/handler.h"

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
  /// Of HTTP/2: a connection on which nothing has come for so long is pinged, and given up if there
  /// is no answer. Zero: never. Source: `http2.Transport`, ReadIdleTimeout, PingTimeout.
  engine::Duration read_idle_timeout;
  engine::Duration ping_timeout = 15 * engine::kSecond;
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

/// Gives a request's response, or why there is none; suspends until its head is there.
using Transport = std::function<engine::Task<RoundTrip>(Request)>;

/// Sends `request` and follows redirects. Suspends until the head of the last response is there.
engine::Task<RoundTrip> send_over(Transport transport, ClientOptions options, Request request);
/// The same for a request that is made of these; an empty `type` or `body`: none.
engine::Task<RoundTrip> send_simple(Transport transport, ClientOptions options, std::string method,
                                    std::string url, std::string type, std::string body);

/// A request for `url`, which is parsed; the error says what is wrong with it.
struct NewRequest {
  Request request;
  engine::Error error;
};
NewRequest new_request(std::string_view method, std::string_view url, std::string body = {});

}  // namespace sim::http
