#include "sim/http/client.h"

#include <algorithm>

#include "engine/sync/timer.h"
#include "engine/task/go.h"
#include "sim/http/message.h"

namespace sim::http {

using engine::Context;
using engine::Error;
using engine::Ref;
using engine::Task;

/// A connection to a host, in use by one request or kept for the next.
class Client::Connection final : public engine::Counted<Connection> {
 public:
  Connection(Ref<Core> core, std::string host, net::Conn c)
      : conn(c),
        stream(new MessageStream(std::move(c), Parser::Kind::response, {})),
        core_(std::move(core)),
        host_(std::move(host)) {}

  /// Back into the pool if another request can use it; else it is closed.
  void give_back(bool is_reusable) {
    Host& host = core_->hosts[host_];
    const ClientOptions& options = core_->options;
    if (has_slot) host.slots->release(1);
    has_slot = false;
    if (!is_reusable || !options.keeps_alive || host.idle.size() >= options.idle_connections_max ||
        conn.is_readable()) {
      static_cast<void>(conn.close());
      return;
    }
    was_used = true;
    host.idle.push_back(Ref<Connection>(this));
    if (options.idle_timeout.ns > 0) {
      engine::WorldState& w = engine::here();
      w.queue.set(idle_timer_, w.now + options.idle_timeout, w.cause);
    }
  }
  void take_from_pool() { idle_timer_.cancel(); }

  net::Conn conn;
  Ref<MessageStream> stream;
  bool was_used = false;
  bool has_slot = false;

 private:
  struct IdleTimer : engine::Alarm {
    explicit IdleTimer(Connection& c) : Alarm(expired), connection(c) {}
    Connection& connection;
  };
  static void expired(engine::Alarm& alarm) {
    const Ref<Connection> self(&static_cast<IdleTimer&>(alarm).connection);
    auto& idle = self->core_->hosts[self->host_].idle;
    std::erase_if(idle, [&](const Ref<Connection>& other) { return other.get() == self.get(); });
    static_cast<void>(self->conn.close());
  }

  Ref<Core> core_;
  std::string host_;
  IdleTimer idle_timer_{*this};
};

Client::Core::Core(const ClientOptions& o) : options(o) {}
Client::Core::~Core() = default;

namespace {

using Connection = Client::Connection;

constexpr engine::Sentinel kServerClosedIdle("http: server closed idle connection");

/// A response's body: it ends with its request's context.
class ResponseBody final : public Body::Source {
 public:
  ResponseBody(Ref<BodyReader> reader, Context context, engine::StopFunc stop)
      : reader_(std::move(reader)), context_(std::move(context)), stop_(std::move(stop)) {}
  Task<net::ReadResult> read() override {
    const Ref<ResponseBody> self(this);
    net::ReadResult result = co_await reader_->read();
    if (result.error) {
      stop_();
      const bool at_end = result.error == Error(net::kEof);
      if (Error done = context_.err(); done && !at_end) result.error = done;
    }
    co_return result;
  }
  void close() override {
    stop_();
    reader_->close();
  }
  Header trailer() override { return reader_->trailer(); }

 private:
  Ref<BodyReader> reader_;
  Context context_;
  engine::StopFunc stop_;
};

std::string host_key(const Url& url) {
  std::string key(url.hostname());
  key += ":" + std::to_string(url.port());
  return key;
}

bool has_body(const Request& request) {
  return !request.body.is_none();
}

// A request that a server may get twice without harm. Source: Go's Request.isReplayable.
bool is_replayable(const Request& request) {
  if (has_body(request) && !request.get_body) return false;
  return request.method == "GET" || request.method == "HEAD" || request.method == "OPTIONS" ||
         request.method == "TRACE" || request.header.has("Idempotency-Key");
}

std::string head_of(const Request& request) {
  RequestHead head;
  head.method = request.method;
  head.target = request.url.request_target();
  head.header = request.header;
  head.header.set("Host", request.host.empty() ? request.url.host : request.host);
  if (!head.header.has("User-Agent")) head.header.set("User-Agent", kGoUserAgent);
  const bool takes_body = has_body(request);
  if (takes_body && request.content_length <= 0) {
    head.header.set("Transfer-Encoding", "chunked");
  } else if (takes_body || request.method == "POST" || request.method == "PUT" ||
             request.method == "PATCH") {
    head.header.set("Content-Length", std::to_string(request.content_length));
  }
  if (!head.header.has("Accept-Encoding") && !head.header.has("Range") &&
      request.method != "HEAD") {
    head.header.set("Accept-Encoding", "gzip");
  }
  std::string out;
  if (!append_request_head(out, head)) out.clear();
  return out;
}

// Sends the body behind the head; gives what failed.
Task<Error> send_body(Ref<Connection> connection, Body body, int64_t length, std::string first) {
  const bool chunks = length <= 0;
  std::string out = std::move(first);
  int64_t sent = 0;
  Error error;
  while (!error) {
    net::ReadResult piece = co_await body.read();
    if (piece.error) {
      if (!(piece.error == Error(net::kEof))) error = piece.error;
      break;
    }
    sent += piece.bytes.size();
    if (chunks) {
      append_chunk(out, piece.bytes.view());
    } else {
      out += piece.bytes.view();
    }
    error = co_await connection->conn.write(net::Bytes::adopt(std::exchange(out, {})));
  }
  if (!error && chunks) append_last_chunk(out);
  if (!error && !chunks && sent != length) {
    error = engine::errors_new("http: ContentLength with Body length that differs");
  }
  if (!error && !out.empty()) {
    error = co_await connection->conn.write(net::Bytes::adopt(std::move(out)));
  }
  body.close();
  co_return error;
}

struct Exchange {
  RoundTrip result;
  bool may_retry = false;  // the connection was gone before anything of a response came
};

// One request on one connection.
Task<Exchange> exchange(Ref<Connection> connection, Request request, Context context,
                        engine::Duration continue_timeout) {
  Exchange done;
  Parser& parser = connection->stream->parser();
  const bool was_used = connection->was_used;
  const engine::StopFunc stop =
      engine::on_done(context, [connection] { static_cast<void>(connection->conn.close()); });
  const auto fail = [&](Error error) {
    stop();
    connection->give_back(false);
    Error ended = context.err();
    done.result.error = ended ? std::move(ended) : std::move(error);
  };
  std::string head = head_of(request);
  if (head.empty()) {
    fail(engine::errors_new("net/http: invalid method, host or target"));
    co_return done;
  }
  parser.expect_response_to(request.method);
  const bool waits = has_body(request) && request.header.has_list_member("Expect", "100-continue");
  bool body_sent = !has_body(request);
  engine::Chan<Error> written(1, "request body");
  if (body_sent || waits) {
    if (Error error = co_await connection->conn.write(net::Bytes::adopt(std::move(head)))) {
      done.may_retry = was_used;
      fail(std::move(error));
      co_return done;
    }
  } else {
    // The response may come before the whole request is sent.
    const auto work = [](Ref<Connection> to, Request from, std::string first,
                         engine::Chan<Error> report) -> Task<> {
      Error error = co_await send_body(to, from.body, from.content_length, std::move(first));
      co_await report.send(error);
    };
    engine::go(work, connection, request, std::move(head), written).set_name("http write");
  }
  if (waits) connection->conn.set_read_deadline(engine::now() + continue_timeout);
  bool got_any = false;
  while (true) {
    const MessageStream::Event event = co_await connection->stream->next();
    if (waits && !body_sent && net::is_timeout(event.error) && !context.err()) {
      // Silence for so long is as good as a 100 Continue.
      connection->conn.set_read_deadline(engine::kEndOfTime);
      body_sent = true;
      if (Error error = co_await send_body(connection, request.body, request.content_length, {})) {
        fail(std::move(error));
        co_return done;
      }
      continue;
    }
    if (event.kind == Parser::Event::refused && !event.error) {
      fail(engine::errorf(
          "net/http: HTTP/1.x transport connection broken: malformed HTTP response: ",
          parser.refusal().text));
      co_return done;
    }
    if (event.kind != Parser::Event::head) {
      const bool ended =
          event.kind == Parser::Event::closed || event.error == Error(net::kUnexpectedEof);
      done.may_retry = was_used && !got_any;
      Error error = event.error;
      if (ended) error = was_used ? Error(kServerClosedIdle) : Error(net::kEof);
      fail(std::move(error));
      co_return done;
    }
    got_any = true;
    const int status = parser.response().status;
    if (status >= 200 || status == 101) break;
    static_cast<void>(co_await connection->stream->next());  // an interim response has no body
    parser.expect_response_to(request.method);
    if (status == 100 && waits && !body_sent) {
      connection->conn.set_read_deadline(engine::kEndOfTime);
      body_sent = true;
      if (Error error = co_await send_body(connection, request.body, request.content_length, {})) {
        fail(std::move(error));
        co_return done;
      }
    }
  }
  connection->conn.set_read_deadline(engine::kEndOfTime);

  ClientResponse& response = done.result.response;
  ResponseHead& arrived = parser.response();
  response.status = arrived.status;
  response.reason = arrived.reason;
  response.minor = arrived.minor;
  response.header = std::move(arrived.header);
  response.url = request.url;
  const Framing framing = parser.framing();
  response.content_length = parser.content_length().value_or(framing == Framing::none ? 0 : -1);
  const bool keep_alive = parser.keep_alive();
  const bool has_text =
      framing != Framing::none && !(framing == Framing::length && response.content_length == 0);
  const bool has_writer = !waits && has_body(request);
  connection->stream->body_ended = false;
  connection->stream->body_failed = false;
  const Ref<BodyReader> reader(new BodyReader(connection->stream));
  reader->at_end = [connection, keep_alive, body_sent, has_writer, written] {
    const bool whole_request = has_writer ? written.len() > 0 : body_sent;
    connection->give_back(connection->stream->body_ended && whole_request && keep_alive);
  };
  if (!has_text) {
    static_cast<void>(co_await reader->read());
    stop();
    co_return done;
  }
  response.body = Body(Ref<Body::Source>(new ResponseBody(reader, std::move(context), stop)));
  co_return done;
}

struct Obtained {
  Ref<Connection> connection;
  Error error;
};

Task<Obtained> obtain(Ref<Client::Core> core, std::string key, Context context) {
  Obtained got;
  Client::Host& host = core->hosts[key];
  const uint32_t most = core->options.connections_max;
  if (most > 0) {
    if (!host.slots) host.slots = std::make_unique<engine::Semaphore>(most);
    if (Error error = co_await host.slots->acquire(context, 1)) {
      got.error = error;
      co_return got;
    }
  }
  while (!host.idle.empty()) {
    Ref<Connection> kept = std::move(host.idle.back());
    host.idle.pop_back();
    kept->take_from_pool();
    if (kept->conn.is_readable()) {
      static_cast<void>(kept->conn.close());
      continue;
    }
    kept->has_slot = most > 0;
    got.connection = std::move(kept);
    co_return got;
  }
  ++core->dials;
  net::DialResult dialed = co_await net::dial(context, key);
  if (dialed.error) {
    if (most > 0) host.slots->release(1);
    Error done = context.err();
    got.error = done ? done : dialed.error;
    co_return got;
  }
  got.connection = Ref<Connection>(new Connection(core, key, dialed.conn));
  got.connection->has_slot = most > 0;
  co_return got;
}

}  // namespace

Task<RoundTrip> Client::round_trip(Request wanted) const {
  return [](Ref<Core> core, Request request) -> Task<RoundTrip> {
    if (request.url.scheme != "http") {
      co_return RoundTrip{
          {}, engine::errorf("unsupported protocol scheme \"", request.url.scheme, "\"")};
    }
    const Context context = request.context();
    const std::string key = host_key(request.url);
    while (true) {
      Obtained got = co_await obtain(core, key, context);
      if (got.error) co_return RoundTrip{{}, got.error};
      Exchange done = co_await exchange(got.connection, request, context,
                                        core->options.expect_continue_timeout);
      if (!done.result.error || !done.may_retry || !is_replayable(request) || context.err()) {
        co_return std::move(done.result);
      }
      if (request.get_body) request.body = request.get_body();
    }
  }(core_, std::move(wanted));
}

Task<RoundTrip> Client::send(Request wanted) const {
  return send_over(transport(), core_->options, std::move(wanted));
}
Task<RoundTrip> Client::get(std::string url) const {
  return send_simple(transport(), core_->options, "GET", std::move(url), {}, {});
}
Task<RoundTrip> Client::head(std::string url) const {
  return send_simple(transport(), core_->options, "HEAD", std::move(url), {}, {});
}
Task<RoundTrip> Client::post(std::string url, std::string content_type, std::string body) const {
  return send_simple(transport(), core_->options, "POST", std::move(url), std::move(content_type),
                     std::move(body));
}

void Client::close_idle_connections() const {
  for (auto& [key, host] : core_->hosts) {
    for (const Ref<Connection>& kept : host.idle) {
      kept->take_from_pool();
      static_cast<void>(kept->conn.close());
    }
    host.idle.clear();
  }
}

}  // namespace sim::http
