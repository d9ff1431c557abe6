#include "sim/http2/server.h"

#include <charconv>

#include "engine/sync/context.h"
#include "sim/http/message.h"
#include "sim/node/machine.h"

namespace sim::http2 {
namespace {

using engine::Error;
using engine::Ref;
using engine::Task;

/// Source: Go's net/http, bufferBeforeChunkingSize and http2handlerChunkWriteSize.
constexpr size_t kBufferBeforeHeaders = 4 << 10;

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
    for (const HeaderField& field : exchange_->trailers()) trailer.add(field.name, field.value);
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

class ResponseSink final : public http::ResponseWriter::Sink {
 public:
  ResponseSink(Ref<Exchange> exchange, bool is_head)
      : exchange_(std::move(exchange)), is_head_(is_head) {}

  http::Header& header() override { return header_; }
  void write_header(int status) override {
    if (engine::here().muted || status_ != 0) return;
    if (status < 200) {
      send_fields(status, header_, false);
      return;
    }
    status_ = status;
    sent_header_ = header_;
  }
  Task<Error> write(std::string text) override {
    const Ref<ResponseSink> self(this);
    if (status_ == 0) write_header(200);
    if (!http::status_allows_body(status_)) co_return Error(http::kErrBodyNotAllowed);
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
  void send_fields(int status, const http::Header& header, bool end) {
    std::string code;
    engine::append_operand(code, status);
    std::vector<HeaderFieldView> fields = {{":status", code}};
    std::vector<std::string> names;
    names.reserve(header.size());
    for (const http::Field& field : header) {
      names.push_back(lower(field.name));
      if (is_connection_specific(names.back())) continue;
      fields.push_back({names.back(), field.value});
    }
    exchange_->send_headers(fields, end);
  }

  void begin(std::string_view text, bool end) {
    has_begun_ = true;
    const bool allows_body = http::status_allows_body(status_);
    if (is_done_ && allows_body && !sent_header_.has("Content-Length") &&
        (!is_head_ || !text.empty())) {
      std::string length;
      engine::append_operand(length, text.size());
      sent_header_.set("Content-Length", length);
    }
    if (allows_body && !sent_header_.has("Content-Type") && !text.empty() &&
        sent_header_.get("Content-Encoding").empty()) {
      sent_header_.set("Content-Type", http::sniffed_type(text));
    }
    if (!sent_header_.has("Date")) {
      sent_header_.set("Date", http::http_date(node::unix_nano() / engine::kSecond.ns));
    }
    send_fields(status_, sent_header_, end);
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
  http::Header sent_header_;
  std::string pending_;
  int status_ = 0;
  bool is_head_;
  bool has_begun_ = false;
  bool is_done_ = false;
};

http::Request request_of(Exchange& exchange) {
  http::Request request;
  request.major = 2;
  request.minor = 0;
  request.content_length = exchange.peer_ended() ? 0 : -1;
  std::string path;
  std::string cookies;
  for (const HeaderField& field : exchange.headers()) {
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
      cookies += (cookies.empty() ? "" : "; ") + field.value;
    } else if (field.name.front() != ':') {
      request.header.add(field.name, field.value);
    }
  }
  if (!cookies.empty()) request.header.add("Cookie", cookies);
  if (auto target = http::parse_target(request.method, path)) request.url = std::move(target->url);
  int64_t length = 0;
  const std::string_view text = request.header.get("Content-Length");
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), length);
  if (!text.empty() && error == std::errc() && end == text.data() + text.size()) {
    request.content_length = length;
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

}  // namespace

Task<> serve_exchange(Ref<Exchange> exchange, http::Handler handler) {
  http::Request request = request_of(*exchange);
  if (!exchange->peer_ended() || exchange->has_data()) {
    request.body = http::Body(Ref<http::Body::Source>(new ExchangeBody(exchange)));
  }
  const Ref<Scope> scope(new Scope);
  exchange->at_close([scope] { scope->end(); });
  request.context = [scope] { return scope->context(); };
  const Ref<ResponseSink> sink(new ResponseSink(exchange, request.method == "HEAD"));
  auto outcome = co_await engine::recovered(handler(
      http::ResponseWriter(Ref<http::ResponseWriter::Sink>(sink.get())), std::move(request)));
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
  // Who does not want the rest of a request says so. Source: RFC 9113, section 8.1.
  if (!exchange->peer_ended()) exchange->reset(ErrorCode::kNoError);
}

Task<> serve(Ref<http::MessageStream> stream, http::Handler handler) {
  const Ref<Endpoint> endpoint(new Endpoint(
      stream->conn(), server_options(),
      [handler](Ref<Exchange> exchange) { return serve_exchange(std::move(exchange), handler); }));
  co_await endpoint->run(std::string(stream->unread()));
}

}  // namespace sim::http2
