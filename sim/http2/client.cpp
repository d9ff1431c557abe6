#include "sim/http2/client.h"

#include <charconv>

#include "engine/sync/select.h"
#include "engine/sync/semaphore.h"
#include "engine/sync/timer.h"
#include "sim/http/message.h"
#include "sim/http2/keep_alive.h"

namespace sim::http2 {

using engine::Context;
using engine::Error;
using engine::Ref;
using engine::Task;
using http::Body;
using http::Request;
using http::RoundTrip;

namespace {

/// Source: Go's net/http, http2transportDefaultStreamFlow, http2transportDefaultConnFlow.
constexpr uint32_t kStreamWindow = 4 << 20;
constexpr uint32_t kConnectionWindow = (1 << 30) + kWindowDefault;
constexpr std::string_view kUserAgent = "Go-http-client/2.0";
/// How often a refused request is sent again. Source: Go's http2Transport.RoundTripOpt.
constexpr int kRetriesMost = 6;
/// Source: Go's net/http, http2errClientConnUnusable.
constexpr engine::Sentinel kUnusable("http2: client conn not usable");
constexpr engine::Sentinel kConnectionLost("http2: client connection lost");
constexpr uint64_t kHealthPing = 0x6865616c74683f21;

ConnectionOptions connection_options() {
  ConnectionOptions options = client_options();
  options.settings.initial_window_size = kStreamWindow;
  options.connection_window = kConnectionWindow;
  return options;
}

}  // namespace

/// A connection to a host, and the requests that share it.
class Client::Connection final : public engine::Counted<Connection> {
 public:
  Connection(Ref<Core> core, std::string host, net::Conn conn)
      : endpoint(new Endpoint(std::move(conn), connection_options())),
        core_(std::move(core)),
        host_(std::move(host)) {
    endpoint->at_leaving = [this] { retire(); };
  }
  ~Connection() { endpoint->at_leaving = nullptr; }

  void begin_use() {
    ++uses_;
    idle_timer_.cancel();
  }
  void end_use() {
    if (--uses_ > 0) return;
    if (!endpoint->is_usable()) return close();
    const engine::Duration limit = core_->options.idle_timeout;
    if (limit.ns <= 0) return;
    engine::WorldState& w = engine::here();
    w.queue.set(idle_timer_, w.now + limit, w.cause);
  }
  void close() {
    // One that has failed still says why, and closes by itself.
    if (!endpoint->machine().has_failed()) endpoint->close();
  }
  [[nodiscard]] bool is_idle() const { return uses_ == 0; }

  Ref<Endpoint> endpoint;
  engine::Semaphore turn{1};

 private:
  struct IdleTimer : engine::Alarm {
    explicit IdleTimer(Connection& c) : Alarm(expired), connection(c) {}
    Connection& connection;
  };
  static void expired(engine::Alarm& alarm) {
    const Ref<Connection> self(&static_cast<IdleTimer&>(alarm).connection);
    self->close();
  }
  // No new requests from now on.
  void retire() {
    const Ref<Connection> self(this);
    Host& host = core_->hosts[host_];
    if (host.connection.get() == this) host.connection = {};
    if (uses_ == 0) close();
  }

  Ref<Core> core_;
  std::string host_;
  uint32_t uses_ = 0;
  IdleTimer idle_timer_{*this};
};

/// A connection on its way, and those who wait for it.
class Client::Dialing final : public engine::Counted<Dialing> {
 public:
  engine::Cancelable context = engine::with_cancel(engine::background());
  engine::Chan<engine::None> done{0, "h2 dial"};
  Ref<Connection> connection;
  Error error;
  uint32_t waiting = 0;
};

Client::Core::Core(const http::ClientOptions& o) : options(o) {}
Client::Core::~Core() = default;

namespace {

using Connection = Client::Connection;
using Dialing = Client::Dialing;

bool has_body(const Request& request) {
  return !request.body.is_none();
}

Task<> dial(Ref<Client::Core> core, std::string key, Ref<Dialing> dialing) {
  net::DialResult dialed = co_await net::dial(dialing->context.context, key);
  Client::Host& host = core->hosts[key];
  if (host.dialing.get() == dialing.get()) host.dialing = {};
  Ref<Connection> connection;
  if (dialed.error) {
    dialing->error = dialed.error;
  } else {
    connection = Ref<Connection>(new Connection(core, key, dialed.conn));
    dialing->connection = connection;
    host.connection = connection;
  }
  dialing->done.close();
  dialing->context.cancel();
  if (!connection) co_return;
  if (core->options.read_idle_timeout.ns > 0) {
    KeepAlive pings;
    pings.time = core->options.read_idle_timeout;
    pings.timeout = core->options.ping_timeout;
    const KeepAliveMark mark{kHealthPing, kConnectionLost};
    engine::go(keep_alive, connection->endpoint, pings, mark).set_name("http2 pings");
  }
  co_await connection->endpoint->run();
}

struct Obtained {
  Ref<Connection> connection;
  Error error;
};

// The host's connection; dials it unless somebody does already.
Task<Obtained> obtain(Ref<Client::Core> core, std::string key, Context context) {
  Client::Host& host = core->hosts[key];
  if (host.connection && host.connection->endpoint->is_usable()) {
    co_return Obtained{host.connection, {}};
  }
  if (!host.dialing) {
    host.dialing = Ref<Dialing>(new Dialing);
    ++core->dials;
    engine::go(dial, core, key, host.dialing).set_name("h2 conn");
  }
  const Ref<Dialing> dialing = host.dialing;
  ++dialing->waiting;
  static_cast<void>(co_await engine::select(context.done().recv(), dialing->done.recv()));
  --dialing->waiting;
  Error over = context.err();
  if (!over) co_return Obtained{dialing->connection, dialing->error};
  // A dial that nobody waits for is given up, and the next request begins another.
  if (dialing->waiting == 0 && !dialing->connection && !dialing->error) {
    dialing->context.cancel();
    if (host.dialing.get() == dialing.get()) host.dialing = {};
  }
  co_return Obtained{{}, over};
}

std::string lower(std::string_view name) {
  std::string out(name);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

bool is_sent(std::string_view name) {
  for (const char* not_sent : {"host", "content-length", "connection", "proxy-connection",
                               "transfer-encoding", "upgrade", "keep-alive", "user-agent"}) {
    if (name == not_sent) return false;
  }
  return true;
}

// What is wrong with the request itself.
Error fault_of(const Request& request) {
  if (request.url.scheme != "http") {
    return engine::errorf("unsupported protocol scheme \"", request.url.scheme, "\"");
  }
  if (!http::is_token(request.method)) {
    return engine::errorf("net/http: invalid method \"", request.method, "\"");
  }
  for (const http::Field& field : request.header) {
    if (!http::is_token(field.name)) {
      return engine::errorf("net/http: invalid header field name \"", field.name, "\"");
    }
    if (!http::is_field_value(field.value)) {
      return engine::errorf("net/http: invalid header field value for \"", field.name, "\"");
    }
  }
  const std::string& host = request.host.empty() ? request.url.host : request.host;
  if (!http::is_host(host)) return engine::errors_new("http2: invalid Host header");
  return {};
}

// In the order of Go's client: the pseudo-header fields, the program's, then what it adds.
// Source: Go's net/http, http2EncodeHeaders.
Fields fields_of(const Request& request) {
  Fields fields;
  fields.add(":authority", request.host.empty() ? request.url.host : request.host);
  fields.add(":method", request.method);
  fields.add(":path", request.url.request_target());
  fields.add(":scheme", request.url.scheme);
  for (const http::Field& field : request.header) {
    std::string name = lower(field.name);
    if (is_sent(name)) fields.add(name, field.value);
  }
  const bool takes_body = has_body(request);
  const bool may_take_body =
      request.method == "POST" || request.method == "PUT" || request.method == "PATCH";
  if (takes_body && request.content_length > 0) {
    fields.add("content-length", std::to_string(request.content_length));
  } else if (!takes_body && may_take_body) {
    fields.add("content-length", "0");
  }
  if (!request.header.has("Accept-Encoding") && !request.header.has("Range") &&
      request.method != "HEAD") {
    fields.add("accept-encoding", "gzip");
  }
  const bool has_agent = request.header.has("User-Agent");
  const std::string_view agent = has_agent ? request.header.get("User-Agent") : kUserAgent;
  if (!agent.empty()) fields.add("user-agent", agent);
  return fields;
}

/// A request under way.
struct Call : engine::Counted<Call> {
  Ref<Connection> connection;
  Ref<Exchange> exchange;
  Context context;
  engine::StopFunc stop;
  Error body_error;            // why the request's body could not be sent
  bool body_unwanted = false;  // the response says that the rest of it is of no use
  bool body_begun = false;
  bool is_over = false;

  /// The stream is given up unless both sides have ended it.
  void end(ErrorCode code) {
    if (std::exchange(is_over, true)) return;
    stop();
    exchange->reset(code);
    connection->end_use();
  }
  /// What the exchange's failure is to the program.
  [[nodiscard]] Error failure() const {
    if (Error over = context.err()) return over;
    if (body_error) return body_error;
    Error error = exchange->error();
    return error == Error(net::kEof) ? Error(net::kUnexpectedEof) : error;
  }
};

/// The body of a response.
class ResponseBody final : public Body::Source {
 public:
  explicit ResponseBody(Ref<Call> call) : call_(std::move(call)) {}
  Task<net::ReadResult> read() override {
    const Ref<ResponseBody> self(this);
    net::ReadResult result;
    if (ended_) {
      result.error = ended_;
      co_return result;
    }
    Exchange& exchange = *call_->exchange;
    co_await exchange.wait_data();
    if (exchange.has_data() && !ended_) {
      result.bytes = exchange.take_data();
      co_return result;
    }
    if (!ended_) ended_ = exchange.at_end() ? Error(net::kEof) : call_->failure();
    call_->end(exchange.at_end() ? ErrorCode::kNoError : ErrorCode::kCancel);
    result.error = ended_;
    co_return result;
  }
  void close() override {
    if (ended_) return;
    ended_ = engine::errors_new("http2: response body closed");
    call_->end(call_->exchange->at_end() ? ErrorCode::kNoError : ErrorCode::kCancel);
  }
  http::Header trailer() override {
    http::Header trailer;
    for (const HeaderFieldView field : call_->exchange->trailers()) {
      trailer.add(field.name, field.value);
    }
    return trailer;
  }

 private:
  Ref<Call> call_;
  Error ended_;
};

// Sends a request's body as the server takes it. Of a known length, its last byte ends the stream.
Task<> send_body(Ref<Call> call, Body body, int64_t length) {
  int64_t left = length;
  Exchange& exchange = *call->exchange;
  while (!exchange.error() && !call->body_unwanted) {
    net::ReadResult piece = co_await body.read();
    if (call->body_unwanted) break;
    Error error = piece.error;
    left -= piece.bytes.size();
    if (length > 0 && left == 0 && !error) error = (co_await body.read()).error;
    const bool at_end = error == Error(net::kEof);
    if (length > 0 && (left < 0 || (left == 0 && !error))) {
      error = engine::errors_new("http2: request body larger than specified content length");
    }
    if (error && !at_end) {
      call->body_error = error;
      exchange.reset(ErrorCode::kCancel);
      break;
    }
    exchange.send_data(piece.bytes.view(), at_end);
    if (at_end) break;
    co_await exchange.wait_room();
  }
  body.close();
}

int64_t content_length_of(const http::Header& header) {
  const std::string_view text = header.get("Content-Length");
  int64_t length = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), length);
  return !text.empty() && error == std::errc() && end == text.data() + text.size() ? length : -1;
}

http::ClientResponse response_of(const Exchange& exchange, const Request& request) {
  http::ClientResponse response;
  for (const HeaderFieldView field : exchange.headers()) {
    if (field.name == ":status") {
      std::from_chars(field.value.data(), field.value.data() + field.value.size(), response.status);
    } else {
      response.header.add(field.name, field.value);
    }
  }
  response.reason = http::status_text(response.status);
  response.minor = 0;
  response.url = request.url;
  response.content_length = content_length_of(response.header);
  return response;
}

struct Attempt {
  RoundTrip result;
  bool may_repeat = false;  // the server has seen nothing of it
  bool body_begun = false;
};

bool is_refusal(const Error& error) {
  const StreamError* const reset = engine::errors_as<StreamError>(error);
  return reset != nullptr && reset->by_peer && reset->code == ErrorCode::kRefusedStream;
}

// One request on one connection.
Task<Attempt> attempt(Ref<Connection> connection, Request request, Context context) {
  Attempt done;
  const Ref<Call> call(new Call);
  call->connection = connection;
  call->context = context;
  connection->begin_use();
  // Who waits until the server allows another stream does so in turn.
  if (!co_await connection->turn.acquire(context, 1)) {
    call->exchange =
        co_await connection->endpoint->open(fields_of(request), !has_body(request), context);
    connection->turn.release(1);
  }
  if (!call->exchange) {
    connection->end_use();
    done.result.error = context.err();
    done.may_repeat = !done.result.error;
    if (done.may_repeat) done.result.error = kUnusable;
    co_return done;
  }
  call->stop = engine::on_done(
      context, [exchange = call->exchange] { exchange->reset(ErrorCode::kCancel); });
  if (has_body(request)) {
    done.body_begun = true;
    engine::go(send_body, call, request.body, request.content_length).set_name("h2 request body");
  }
  co_await call->exchange->wait_headers();
  if (!call->exchange->has_headers() || context.err()) {
    done.result.error = call->failure();
    done.may_repeat = is_refusal(done.result.error);
    call->body_unwanted = true;
    call->end(ErrorCode::kCancel);
    co_return done;
  }
  http::ClientResponse& response = done.result.response;
  response = response_of(*call->exchange, request);
  // Source: Go's http2clientStream.doRequest: such a server does not care for the body.
  if (response.status > 299) call->body_unwanted = true;
  const Body body(Ref<Body::Source>(new ResponseBody(call)));
  if (call->exchange->at_end() && call->exchange->trailers().empty()) {
    if (request.method != "HEAD" && response.content_length < 0) response.content_length = 0;
    call->end(ErrorCode::kNoError);
  } else if (request.method == "HEAD") {
    // The stream may end later than the header that was asked for.
    engine::go([](Body rest) -> Task<> { static_cast<void>(co_await rest.read_all()); }, body);
  } else {
    response.body = body;
  }
  co_return done;
}

}  // namespace

Task<RoundTrip> Client::round_trip(Request wanted) const {
  return [](Ref<Core> core, Request request) -> Task<RoundTrip> {
    if (Error fault = fault_of(request)) co_return RoundTrip{{}, fault};
    const Context context = request.context();
    std::string key(request.url.hostname());
    key += ":" + std::to_string(request.url.port());
    for (int retries = 0;; ++retries) {
      Obtained got = co_await obtain(core, key, context);
      if (got.error) co_return RoundTrip{{}, got.error};
      Attempt done = co_await attempt(got.connection, request, context);
      if (!done.may_repeat || retries == kRetriesMost) co_return std::move(done.result);
      if (done.body_begun) {
        if (!request.get_body) {
          co_return RoundTrip{
              {},
              engine::errorf("http2: Transport: cannot retry err [", done.result.error,
                             "] after Request.Body was written; define Request.GetBody to avoid "
                             "this error")};
        }
        request.body = request.get_body();
      }
      // At once, then after 1 s, 2 s, 4 s; without Go's jitter.
      if (retries == 0) continue;
      const engine::Timer pause(engine::kSecond * (int64_t{1} << (retries - 1)));
      static_cast<void>(co_await engine::select(context.done().recv(), pause.c().recv()));
      if (Error over = context.err()) co_return RoundTrip{{}, over};
    }
  }(core_, std::move(wanted));
}

Task<RoundTrip> Client::send(Request wanted) const {
  return http::send_over(transport(), core_->options, std::move(wanted));
}
Task<RoundTrip> Client::get(std::string url) const {
  return http::send_simple(transport(), core_->options, "GET", std::move(url), {}, {});
}
Task<RoundTrip> Client::head(std::string url) const {
  return http::send_simple(transport(), core_->options, "HEAD", std::move(url), {}, {});
}
Task<RoundTrip> Client::post(std::string url, std::string content_type, std::string body) const {
  return http::send_simple(transport(), core_->options, "POST", std::move(url),
                           std::move(content_type), std::move(body));
}

void Client::close_idle_connections() const {
  for (auto& [key, host] : core_->hosts) {
    if (!host.connection || !host.connection->is_idle()) continue;
    const Ref<Connection> idle = host.connection;
    idle->close();
  }
}

}  // namespace sim::http2
