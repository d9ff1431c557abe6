// sim/http/handler.h: what a handler sees: a request, and where to write its answer.
//
// Concept: the shape of Go's net/http. A handler is a coroutine; it may read the request's body as
// it comes and write the response as it goes. Which version of HTTP carries them is not its
// business: Body and ResponseWriter are handles to what a connection provides.
// Lifetime: counted handles; valid until the handler has returned. Source: Go documentation,
// `net/http` (Handler, Request, ResponseWriter).

#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "engine/sync/context.h"
#include "engine/sync/counted.h"
#include "engine/task/task.h"
#include "sim/http/header.h"
#include "sim/http/url.h"
#include "sim/net/socket.h"

namespace sim::http {

/// A message's body as it arrives, or as it is to be sent.
class Body {
 public:
  class Source : public engine::Counted<Source> {
   public:
    virtual ~Source() = default;
    /// The next piece, or an error: kEof at the end.
    virtual engine::Task<net::ReadResult> read() = 0;
    /// Nobody will read the rest.
    virtual void close() {}
    /// The fields after the body, once it has ended.
    virtual Header trailer() { return {}; }
  };

  Body() = default;
  explicit Body(engine::Ref<Source> source) : source_(std::move(source)) {}
  /// A body that is known whole.
  static Body of(std::string text);

  /// Suspends until a piece is there, or the end (kEof).
  [[nodiscard]] engine::Task<net::ReadResult> read() const;
  struct All {
    std::string text;
    engine::Error error;
  };
  /// Suspends until the body has ended or has more than `most` bytes. Source: `io.ReadAll`.
  [[nodiscard]] engine::Task<All> read_all(uint64_t most = UINT64_MAX) const;
  /// Gives the connection up for the rest of the body. May be called more than once.
  void close() const {
    if (source_) source_->close();
  }
  [[nodiscard]] Header trailer() const { return source_ ? source_->trailer() : Header(); }
  /// No bytes at all: Go's http.NoBody.
  [[nodiscard]] bool is_none() const { return !source_; }

 private:
  engine::Ref<Source> source_;
};

/// Source: `http.MaxBytesError`.
inline constexpr engine::Sentinel kBodyTooLarge("http: request body too large");
inline constexpr engine::Sentinel kErrContentLength(
    "http: wrote more than the declared Content-Length");
inline constexpr engine::Sentinel kErrBodyNotAllowed(
    "http: request method or response status code does not allow body");

struct Request {
  std::string method = "GET";
  /// As it came in origin form, or the URL to ask for.
  Url url;
  int major = 1;
  int minor = 1;
  Header header;
  /// Of the field Host, or of an absolute target.
  std::string host;
  Body body;
  /// -1: unknown. Of a client's request with a body, 0 is unknown, too.
  int64_t content_length = 0;
  /// Of a client's request: the body once more, for a redirect or a second try; may be empty.
  std::function<Body()> get_body;
  std::string remote_address;
  /// Cancelled when the client goes away. Of a client's request: ends it.
  std::function<engine::Context()> context = [] { return engine::background(); };
  /// What the wildcards of the pattern matched.
  std::map<std::string, std::string, std::less<>> path_values;
  /// The pattern that the mux found.
  std::string pattern;

  [[nodiscard]] std::string_view path_value(std::string_view name) const {
    const auto found = path_values.find(name);
    return found == path_values.end() ? std::string_view() : std::string_view(found->second);
  }
};

/// Where a handler's answer goes.
class ResponseWriter {
 public:
  class Sink : public engine::Counted<Sink> {
   public:
    virtual ~Sink() = default;
    virtual Header& header() = 0;
    virtual void write_header(int status) = 0;
    virtual engine::Task<engine::Error> write(std::string text) = 0;
    virtual engine::Task<engine::Error> flush() = 0;
  };
  explicit ResponseWriter(engine::Ref<Sink> sink) : sink_(std::move(sink)) {}

  /// The fields to be sent; changes after the first write are too late, but for trailers.
  [[nodiscard]] Header& header() const { return sink_->header(); }
  /// Sends the status with the header; 200 if it is not called before write(). 1xx statuses but 101
  /// are sent at once and do not count.
  void write_header(int status) const { sink_->write_header(status); }
  /// Suspends while the client takes no more.
  [[nodiscard]] engine::Task<engine::Error> write(std::string text) const {
    return sink_->write(std::move(text));
  }
  /// What was written so far is sent. Source: `http.Flusher`.
  [[nodiscard]] engine::Task<engine::Error> flush() const { return sink_->flush(); }

 private:
  engine::Ref<Sink> sink_;
};

/// A handler. A lambda that captures lives in its mux or server.
using Handler = std::function<engine::Task<>(ResponseWriter, Request)>;

/// Answers with `status` and `text` as plain text. Source: `http.Error`.
engine::Task<> answer_error(ResponseWriter writer, std::string text, int status);
/// Source: `http.NotFound`.
engine::Task<> not_found(ResponseWriter writer, Request request);
/// Source: `http.Redirect`.
engine::Task<> redirect(ResponseWriter writer, Request request, std::string url, int status);

}  // namespace sim::http
