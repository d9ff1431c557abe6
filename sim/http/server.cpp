#include "sim/http/server.h"

#include <algorithm>

#include "engine/sync/timer.h"
#include "engine/task/go.h"
#include "sim/http/message.h"
#include "sim/http/response.h"
#include "sim/node/machine.h"

namespace sim::http {
namespace {

using engine::Error;
using engine::Task;

/// Source: Go's net/http, maxPostHandlerReadBytes.
constexpr uint64_t kPostHandlerReadMost = 256 << 10;
/// Source: Go's net/http, rstAvoidanceDelay.
constexpr engine::Duration kResetAvoidance = 500 * engine::kMillisecond;
constexpr std::string_view kHttp2Preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

std::string date_now() {
  return http_date(node::unix_nano() / engine::kSecond.ns);
}

/// The context of a request, made only if the handler asks for it; ends when the client is gone.
class RequestScope final : public engine::Counted<RequestScope>, private net::SocketObserver {
 public:
  explicit RequestScope(net::TcpSocket& socket) : socket_(&socket) { socket.set_observer(this); }
  ~RequestScope() { socket_->set_observer(nullptr); }
  engine::Context context() {
    if (!made_) {
      made_ = engine::with_cancel(engine::background());
      if (is_gone_) made_->cancel();
    }
    return made_->context;
  }
  void end() {
    if (made_) made_->cancel();
  }

 private:
  void socket_changed(net::TcpSocket& socket) override {
    if (!socket.tcp().is_closed() && !socket.tcp().receiver().finished()) return;
    is_gone_ = true;
    end();
  }
  engine::Ref<net::TcpSocket> socket_;
  std::optional<engine::Cancelable> made_;
  bool is_gone_ = false;
};

// Source: Go's net/http, conn.serve.
std::string refusal_answer(const Refusal& refusal) {
  std::string body = std::to_string(refusal.status) + " ";
  body += status_text(refusal.status);
  if (!refusal.answer.empty()) {
    body += ": ";
    body += refusal.answer;
  }
  std::string out = "HTTP/1.1 " + body;
  if (refusal.status == 501) body = "Unsupported transfer encoding";
  out += "\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n";
  return out + body;
}

Task<> answer_options(ResponseWriter w, Request) {
  w.header().set("Content-Length", "0");
  co_return;
}

/// The work of one connection.
class ConnectionServer {
 public:
  ConnectionServer(engine::Ref<Server::Core> server, net::Conn conn)
      : server_(std::move(server)),
        stream_(new MessageStream(conn, Parser::Kind::request, server_->options.limits)) {
    place_.conn = std::move(conn);
    server_->connections.push_back(&place_);
  }
  ~ConnectionServer() {
    auto& all = server_->connections;
    all.erase(std::find(all.begin(), all.end(), &place_));
  }
  ConnectionServer(const ConnectionServer&) = delete;
  ConnectionServer& operator=(const ConnectionServer&) = delete;

  Task<> run();

 private:
  Task<bool> serve_one();
  Task<bool> finish(engine::Ref<Response> response, engine::Ref<BodyReader> reader);
  Request take_request(Body body, engine::Ref<RequestScope> scope);
  void limit_reads(engine::Duration limit) const;

  engine::Ref<Server::Core> server_;
  engine::Ref<MessageStream> stream_;
  ServedConnection place_;
};

void ConnectionServer::limit_reads(engine::Duration limit) const {
  const bool unlimited = limit.ns <= 0;
  stream_->conn().set_read_deadline(unlimited ? engine::kEndOfTime : engine::now() + limit);
}

Request ConnectionServer::take_request(Body body, engine::Ref<RequestScope> scope) {
  Parser& parser = stream_->parser();
  RequestHead& head = parser.request();
  Request request;
  if (std::optional<Target> target = parse_target(head.method, head.target)) {
    request.url = std::move(target->url);
  }
  request.host = request.url.host.empty() ? std::string(head.header.get("Host")) : request.url.host;
  head.header.del("Host");
  request.method = std::move(head.method);
  request.minor = head.minor;
  request.header = std::move(head.header);
  request.content_length = parser.content_length().value_or(body.is_none() ? 0 : -1);
  request.body = std::move(body);
  request.remote_address = net::address_text(stream_->conn().remote_address());
  request.context = [scope] { return scope->context(); };
  return request;
}

// False: the connection carries no more requests.
Task<bool> ConnectionServer::serve_one() {
  const ServerOptions& options = server_->options;
  place_.idle = true;
  if (!stream_->has_input()) {
    limit_reads(options.idle_timeout.ns > 0 ? options.idle_timeout : options.read_timeout);
    if (co_await stream_->peek(1)) co_return false;
  }
  place_.idle = false;
  const engine::Duration head_limit =
      options.read_header_timeout.ns > 0 ? options.read_header_timeout : options.read_timeout;
  limit_reads(head_limit);
  const MessageStream::Event event = co_await stream_->next();
  Parser& parser = stream_->parser();
  if (event.kind == Parser::Event::refused && !event.error) {
    static_cast<void>(co_await stream_->conn().write(refusal_answer(parser.refusal())));
    static_cast<void>(stream_->conn().close_write());
    co_await engine::sleep_for(kResetAvoidance);
    co_return false;
  }
  if (event.kind != Parser::Event::head) co_return false;
  limit_reads(options.read_timeout);
  if (options.write_timeout.ns > 0) {
    stream_->conn().set_write_deadline(engine::now() + options.write_timeout);
  }

  const bool has_body = parser.framing() != Framing::none;
  const std::string expectation(parser.request().header.get("Expect"));
  const engine::Ref<Response> response(
      new Response({stream_->conn(), parser.request().method, parser.request().minor,
                    parser.keep_alive(), server_->closing, date_now()}));
  Body body;
  engine::Ref<BodyReader> reader;
  stream_->body_ended = !has_body;
  stream_->body_failed = false;
  if (has_body) {
    reader = engine::Ref<BodyReader>(new BodyReader(stream_));
    if (equal_fold(expectation, "100-continue") && parser.request().minor >= 1) {
      reader->before_first_read = [stream = stream_, response]() -> Task<> {
        if (response->has_begun()) co_return;
        static_cast<void>(co_await stream->conn().write("HTTP/1.1 100 Continue\r\n\r\n"));
      };
    }
    body = Body(engine::Ref<Body::Source>(reader.get()));
  } else {
    // The end of a message without a body comes at once.
    static_cast<void>(co_await stream_->next());
  }
  if (!expectation.empty() && !equal_fold(expectation, "100-continue")) {
    response->header().set("Connection", "close");
    response->write_header(417);
    static_cast<void>(co_await response->finish());
    co_return false;
  }
  const engine::Ref<RequestScope> scope(new RequestScope(*stream_->conn().socket()));
  ++server_->requests;
  // Whose target is the server itself is not the handler's. Source: Go's globalOptionsHandler.
  const bool asks_server = parser.request().method == "OPTIONS" && parser.request().target == "*";
  const ResponseWriter writer(engine::Ref<ResponseWriter::Sink>(response.get()));
  engine::Task<> handled = asks_server ? answer_options(writer, take_request(body, scope))
                                       : server_->handler(writer, take_request(body, scope));
  auto outcome = co_await engine::recovered(std::move(handled));
  scope->end();
  if (!outcome) {
    std::string report = "http: panic serving " +
                         net::address_text(stream_->conn().remote_address()) + ": " +
                         outcome.panic + "\n";
    engine::emit_output(engine::current_process().id().value, engine::Stream::kStderr, report);
    co_return false;
  }
  co_return co_await finish(response, reader);
}

Task<bool> ConnectionServer::finish(engine::Ref<Response> response,
                                    engine::Ref<BodyReader> reader) {
  // What the handler left unread stands before the next request; not too much of it is read. Who
  // waits for a 100 Continue that never came sends nothing.
  if (!stream_->body_ended && !response->closes()) {
    const int64_t length = stream_->parser().content_length().value_or(0);
    bool gives_up = stream_->body_failed || reader->before_first_read ||
                    length > static_cast<int64_t>(kPostHandlerReadMost);
    if (!gives_up) {
      const Body body{engine::Ref<Body::Source>(reader.get())};
      const Body::All rest = co_await body.read_all(kPostHandlerReadMost);
      gives_up = static_cast<bool>(rest.error);
    }
    if (gives_up) response->close_after();
  }
  const Error error = co_await response->finish();
  stream_->conn().set_write_deadline(engine::kEndOfTime);
  if (error) co_return false;
  if (!stream_->body_ended) {
    // Unread bytes would turn the close into a reset that takes the answer with it.
    static_cast<void>(stream_->conn().close_write());
    co_await engine::sleep_for(kResetAvoidance);
    co_return false;
  }
  co_return !response->closes() && !server_->closing;
}

Task<> ConnectionServer::run() {
  const engine::Defer close([conn = stream_->conn()] { static_cast<void>(conn.close()); });
  if (server_->options.http2 != nullptr) {
    // No more is waited for than the preface has in common with what is there.
    Error error = co_await stream_->peek(1);
    while (!error && stream_->unread().size() < kHttp2Preface.size() &&
           kHttp2Preface.starts_with(stream_->unread())) {
      error = co_await stream_->peek(stream_->unread().size() + 1);
    }
    if (stream_->unread().starts_with(kHttp2Preface)) {
      place_.idle = false;
      co_await server_->options.http2(stream_, server_->handler, place_);
      co_return;
    }
  }
  while (co_await serve_one()) {
  }
}

Task<> serve_connection(engine::Ref<Server::Core> server, net::Conn conn) {
  ConnectionServer connection(std::move(server), std::move(conn));
  co_await connection.run();
}

}  // namespace

Task<Error> Server::serve(net::Listener listener) const {
  return [](engine::Ref<Core> core, net::Listener from) -> Task<Error> {
    core->listeners.push_back(from);
    while (true) {
      net::AcceptResult accepted = co_await from.accept();
      if (accepted.error) {
        if (core->closing) co_return Error(kErrServerClosed);
        co_return accepted.error;
      }
      engine::go(serve_connection, core, accepted.conn).set_name("http conn");
    }
  }(core_, std::move(listener));
}

Task<Error> Server::listen_and_serve(std::string address) const {
  return [](Server server, std::string at) -> Task<Error> {
    net::ListenResult listening = net::listen(at);
    if (listening.error) co_return listening.error;
    co_return co_await server.serve(listening.listener);
  }(*this, std::move(address));
}

void Server::close() const {
  if (engine::here().muted) return;
  core_->closing = true;
  for (const net::Listener& listener : core_->listeners) static_cast<void>(listener.close());
  for (const ServedConnection* connection : core_->connections) {
    static_cast<void>(connection->conn.close());
  }
}

Task<Error> Server::shutdown(engine::Context context) const {
  return [](engine::Ref<Core> core, engine::Context until) -> Task<Error> {
    core->closing = true;
    for (const net::Listener& listener : core->listeners) static_cast<void>(listener.close());
    // Source: Go's net/http, shutdownPollIntervalMax; without its jitter.
    engine::Duration poll = engine::kMillisecond;
    while (true) {
      for (ServedConnection* const connection : core->connections) {
        if (connection->leave) std::exchange(connection->leave, nullptr)();
        if (connection->idle) static_cast<void>(connection->conn.close());
      }
      if (core->connections.empty()) co_return Error();
      if (Error done = until.err()) co_return done;
      co_await engine::sleep_for(poll);
      poll = std::min(poll * 2, 500 * engine::kMillisecond);
    }
  }(core_, std::move(context));
}

Task<Error> listen_and_serve(std::string address, Handler handler) {
  return Server(std::move(handler)).listen_and_serve(std::move(address));
}

}  // namespace sim::http
