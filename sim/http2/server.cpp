#include "sim/http2/server.h"

#include <algorithm>
#include <charconv>

#include "engine/sync/context.h"
#include "engine/sync/timer.h"
#include "sim/http/message.h"
#include "sim/node/machine.h"

namespace sim::http2 {
namespace {

using engine::Error;
using engine::Ref;
using engine::Task;

/// Source: Go's net/http, bufferBeforeChunkingSize and http2handlerChunkWriteSize.
constexpr size_t kBufferBeforeHeaders = 4 << 10;
/// Source: Go's net/http, http2Server (MaxUploadBufferPerStream, MaxUploadBufferPerConnection).
constexpr uint32_t kWindow = 1 << 20;
/// How long a client has for reading why its connection ends. Source: Go, http2goAwayTimeout.
constexpr engine::Duration kGoAwayTime = engine::kSecond;
/// How often a response is looked at that is not sent yet.
constexpr engine::Duration kFlushPollFirst = engine::kMillisecond;
constexpr engine::Duration kFlushPollMost = 64 * engine::kMillisecond;

class ExchangeBody final : public http::Body::Source {
 public:
  explicit ExchangeBody(Ref<Exchange> exchange) : exchange_(std::move(exchange)) {}
  Task<net::ReadResult> read() override {
    const Ref<ExchangeBody> self(this);
    net::ReadResult result;
    co_await exchange_->wait_data();
    if (exchange_->has_data()) {
      result.bytes = exchange_->take_data();
    } else {
      result.error = exchange_->at_end() ? Error(net::kEof) : exchange_->error();
    }
    co_return result;
  }
  http::Header trailer() override {
    http::Header trailer;
    for (const HeaderFieldView field : exchange_->trailers()) trailer.add(field.name, field.value);
    return trailer;
  }

 private:
  Ref<Exchange> exchange_;
};

std::string lower(std::string_view name) {
  std::string out(name);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

bool is_connection_specific(std::string_view name) {
  for (const char* specific :
       {"connection", "proxy-connection", "transfer-encoding", "upgrade", "keep-alive"}) {
    if (name == specific) return true;
  }
  return false;
}

std::optional<uint64_t> length_in(std::string_view text) {
  uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return {};
  return value <= INT64_MAX ? std::optional(value) : std::nullopt;
}

class ResponseSink final : public http::ResponseWriter::Sink {
 public:
  ResponseSink(Ref<Exchange> exchange, bool is_head)
      : exchange_(std::move(exchange)), is_head_(is_head) {}

  http::Header& header() override { return header_; }
  void write_header(int status) override {
    if (engine::here().muted) return;
    if (status < 100 || status > 999) {
      engine::scheduler().panic("invalid WriteHeader code");
      return;
    }
    if (status_ != 0) return;
    if (status < 200) {
      http::Header interim = header_;
      interim.del("Content-Length");
      send_fields(status, interim, false);
      return;
    }
    status_ = status;
    sent_header_ = header_;
    declared_length_ = length_in(header_.get("Content-Length"));
    if (!declared_length_) sent_header_.del("Content-Length");
  }
  Task<Error> write(std::string text) override {
    const Ref<ResponseSink> self(this);
    if (status_ == 0) write_header(200);
    if (!http::status_allows_body(status_)) co_return Error(http::kErrBodyNotAllowed);
    written_ += text.size();
    if (declared_length_ && written_ > *declared_length_) {
      co_return Error(http::kErrContentLength);
    }
    pending_ += text;
    if (pending_.size() < kBufferBeforeHeaders) co_return Error();
    co_return co_await send(false);
  }
  Task<Error> flush() override {
    const Ref<ResponseSink> self(this);
    if (status_ == 0) write_header(200);
    co_return co_await send(false);
  }
  Task<Error> finish() {
    const Ref<ResponseSink> self(this);
    if (status_ == 0) write_header(200);
    is_done_ = true;
    co_return co_await send(true);
  }

 private:
  // The handler's fields sorted, then what the server adds, as Go's server has them.
  void send_fields(int status, const http::Header& header, bool end) {
    std::string code;
    engine::append_operand(code, status);
    std::vector<http::Field> sorted;
    for (const http::Field& field : header) {
      http::Field lowered{lower(field.name), field.value};
      const auto behind = std::upper_bound(
          sorted.begin(), sorted.end(), lowered,
          [](const http::Field& x, const http::Field& y) { return x.name < y.name; });
      sorted.insert(behind, std::move(lowered));
    }
    std::vector<HeaderFieldView> fields = {{":status", code}};
    for (const std::vector<http::Field>* part : {&sorted, &added_}) {
      for (const http::Field& field : *part) {
        const bool is_good = http::is_token(field.name) && http::is_field_value(field.value);
        if (is_good && !is_connection_specific(field.name)) {
          fields.push_back({field.name, field.value});
        }
      }
    }
    exchange_->send_headers(fields, end);
  }

  void begin(std::string_view text, bool end) {
    has_begun_ = true;
    const bool allows_body = http::status_allows_body(status_);
    const bool is_complete = is_done_ && !declared_length_ && (!is_head_ || !text.empty());
    if (!allows_body) {
      sent_header_.del("Content-Length");
    } else {
      if (!sent_header_.has("Content-Type") && !text.empty() &&
          sent_header_.get("Content-Encoding").empty()) {
        added_.push_back({"content-type", std::string(http::sniffed_type(text))});
      }
      if (is_complete) added_.push_back({"content-length", std::to_string(text.size())});
    }
    if (!sent_header_.has("Date")) {
      const int64_t seconds = node::unix_nano() / engine::kSecond.ns;
      added_.push_back({"date", http::http_date(seconds)});
    }
    const bool closes = sent_header_.get("Connection") == "close";
    send_fields(status_, sent_header_, end);
    if (closes) exchange_->endpoint().shutdown();
  }

  Task<Error> send(bool end) {
    std::string text = std::exchange(pending_, {});
    const bool is_bare = is_head_ || !http::status_allows_body(status_) || text.empty();
    if (!has_begun_) {
      begin(text, end && is_bare);
      if (end && is_bare) co_return exchange_->error();
    }
    if (is_bare) text.clear();
    if (end || !text.empty()) exchange_->send_data(text, end);
    if (!end) co_await exchange_->wait_room();
    co_return exchange_->error();
  }

  Ref<Exchange> exchange_;
  http::Header header_;
  http::Header sent_header_;        // as it was at write_header()
  std::vector<http::Field> added_;  // by the server, in lower case
  std::string pending_;
  std::optional<uint64_t> declared_length_;
  uint64_t written_ = 0;
  int status_ = 0;
  bool is_head_;
  bool has_begun_ = false;
  bool is_done_ = false;
};

// Empty: its target is none.
std::optional<http::Request> request_of(Exchange& exchange) {
  http::Request request;
  request.major = 2;
  request.minor = 0;
  const bool has_body = !exchange.at_end();
  std::string path;
  std::string cookies;
  for (const HeaderFieldView field : exchange.headers()) {
    if (field.name == ":method") {
      request.method = field.value;
    } else if (field.name == ":path") {
      path = field.value;
    } else if (field.name == ":authority") {
      request.host = field.value;
    } else if (field.name == "host") {
      if (request.host.empty()) request.host = field.value;
    } else if (field.name == "cookie") {
      // Pieces of one field. Source: RFC 9113, section 8.2.3.
      if (!cookies.empty()) cookies += "; ";
      cookies += field.value;
    } else if (field.name.front() != ':') {
      request.header.add(field.name, field.value);
    }
  }
  if (!cookies.empty()) request.header.add("Cookie", cookies);
  const bool is_connect = request.method == "CONNECT";
  auto target = http::parse_target(request.method, is_connect ? request.host : path);
  if (!target) return {};
  request.url = std::move(target->url);
  if (has_body) {
    const auto length = length_in(request.header.get("Content-Length"));
    request.content_length = length ? static_cast<int64_t>(*length) : -1;
    request.body = http::Body(Ref<http::Body::Source>(new ExchangeBody(Ref<Exchange>(&exchange))));
  }
  request.remote_address = net::address_text(exchange.endpoint().conn().remote_address());
  return request;
}

/// The context of a request, made if it is asked for; the exchange's end cancels it.
struct Scope : engine::Counted<Scope> {
  std::optional<engine::Cancelable> made;
  bool is_gone = false;
  engine::Context context() {
    if (!made) {
      made = engine::with_cancel(engine::background());
      if (is_gone) made->cancel();
    }
    return made->context;
  }
  void end() {
    is_gone = true;
    if (made) made->cancel();
  }
};

// Who does not want the rest of a request says so, once the response is sent: what is queued would
// be lost. Source: RFC 9113, section 8.1.
Task<> end_request(Ref<Exchange> exchange) {
  engine::Duration poll = kFlushPollFirst;
  while (!exchange->peer_ended() && !exchange->error() && exchange->queued_bytes() > 0) {
    co_await engine::sleep_for(poll);
    poll = std::min(poll * 2, kFlushPollMost);
  }
  if (!exchange->peer_ended()) exchange->reset(ErrorCode::kNoError);
}

}  // namespace

Task<> serve_exchange(Ref<Exchange> exchange, http::Handler handler) {
  std::optional<http::Request> request = request_of(*exchange);
  if (!request) {
    exchange->reset(ErrorCode::kProtocolError);
    co_return;
  }
  const Ref<Scope> scope(new Scope);
  exchange->at_close([scope] { scope->end(); });
  request->context = [scope] { return scope->context(); };
  const Ref<ResponseSink> sink(new ResponseSink(exchange, request->method == "HEAD"));
  auto outcome = co_await engine::recovered(handler(
      http::ResponseWriter(Ref<http::ResponseWriter::Sink>(sink.get())), std::move(*request)));
  if (!outcome) {
    engine::emit_output(engine::current_process().id().value, engine::Stream::kStderr,
                        "http2: panic serving " +
                            net::address_text(exchange->endpoint().conn().remote_address()) + ": " +
                            outcome.panic + "\n");
    exchange->reset(ErrorCode::kInternalError);
    co_return;
  }
  static_cast<void>(co_await sink->finish());
  scope->end();
  co_await end_request(std::move(exchange));
}

Task<> serve(Ref<http::MessageStream> stream, http::Handler handler,
             http::ServedConnection& connection) {
  ConnectionOptions options = server_options();
  options.settings.initial_window_size = kWindow;
  options.connection_window = kWindow;
  const Ref<Endpoint> endpoint(new Endpoint(
      stream->conn(), options,
      [handler](Ref<Exchange> exchange) { return serve_exchange(std::move(exchange), handler); }));
  connection.leave = [endpoint] {
    endpoint->shutdown();
    engine::go([](Ref<Endpoint> leaving) -> Task<> { co_await leaving->drain(kGoAwayTime); },
               endpoint)
        .set_name("h2 shutdown");
  };
  co_await endpoint->run(std::string(stream->unread()));
  connection.leave = nullptr;
  // The caller closes the connection, but a GOAWAY is still to be written.
  static_cast<void>(co_await endpoint->wait_end(kGoAwayTime));
}

Task<Error> listen_and_serve(std::string address, http::Handler handler) {
  const net::ListenResult listening = net::listen(address);
  if (listening.error) co_return listening.error;
  while (true) {
    net::AcceptResult accepted = co_await listening.listener.accept();
    if (accepted.error) co_return accepted.error;
    const Ref<http::MessageStream> stream(
        new http::MessageStream(accepted.conn, http::Parser::Kind::request, {}));
    engine::go(
        [](Ref<http::MessageStream> on, http::Handler with) -> Task<> {
          http::ServedConnection connection;  // nothing shuts this server down
          co_await serve(on, with, connection);
        },
        stream, handler)
        .set_name("h2 conn");
  }
}

}  // namespace sim::http2
