#include "sim/http2/endpoint.h"

#include <algorithm>

#include "engine/sync/timer.h"

namespace sim::http2 {
namespace {

using engine::Error;
using engine::here;
using engine::Ref;
using engine::Task;

constexpr engine::Sentinel kLost("http2: client connection lost");

/// Suspends until `is_over()`, which is asked whenever somebody wakes the list.
template <class F>
class [[nodiscard]] ListWait : public engine::Await<ListWait<F>> {
 public:
  ListWait(engine::WaitList& list, F is_over)
      : engine::Await<ListWait<F>>(kKind), list_(list), is_over_(std::move(is_over)) {}
  bool attempt() {
    if (here().muted) return false;
    if (is_over_()) return true;
    waiter_.task = &engine::current_goroutine();
    list_.push_back(waiter_);
    return false;
  }

 private:
  static bool always(const engine::WaitOp&) { return true; }
  static constexpr engine::OpKind kKind = {.attempt = engine::Await<ListWait<F>>::attempt_of,
                                           .reason = engine::WaitReason::kIoWait,
                                           .wakes_by_itself = always};
  engine::WaitList& list_;
  F is_over_;
  engine::Waiter waiter_;
};

}  // namespace

std::string StreamError::message() const {
  std::string out = "stream error: ";
  out += error_code_text(code);
  if (by_peer) out += "; received from peer";
  if (!text.empty()) out += "; " + text;
  return out;
}

// An exchange.

bool ExchangeWait::attempt() {
  if (here().muted) return false;
  if (exchange_.is_ready(what_)) return true;
  waiter_.task = &engine::current_goroutine();
  exchange_.waiters_.push_back(waiter_);
  return false;
}

bool Exchange::is_ready(ExchangeWait::For what) const {
  if (error_) return true;
  switch (what) {
    case ExchangeWait::For::kHeaders:
      return has_headers_;
    case ExchangeWait::For::kData:
      return !data_.empty() || peer_ended_;
    case ExchangeWait::For::kRoom:
      return queued_bytes() < kQueuedMost;
    case ExchangeWait::For::kDrained:
      return queued_bytes() == 0;
  }
  return true;
}

Exchange::~Exchange() = default;

net::Bytes Exchange::take_data() {
  if (data_.empty()) return {};
  Piece piece = std::move(data_.front());
  data_.pop_front();
  endpoint_->machine_.consume(stream_, piece.flow_bytes);
  endpoint_->output_changed();
  return std::move(piece.bytes);
}

bool Exchange::send_headers(std::span<const HeaderFieldView> fields, bool end) {
  const bool sent = endpoint_->machine_.send_headers(stream_, fields, end);
  ++endpoint_->sends_;
  endpoint_->output_changed();
  if (end) endpoint_->drop_if_closed(stream_);
  return sent;
}

bool Exchange::send_data(std::string_view bytes, bool end) {
  const bool sent = endpoint_->machine_.send_data(stream_, bytes, end);
  ++endpoint_->sends_;
  endpoint_->output_changed();
  if (end) endpoint_->drop_if_closed(stream_);
  return sent;
}

void Exchange::reset(ErrorCode code) {
  if (error_) return;
  const Ref<Exchange> self(this);
  endpoint_->machine_.reset_stream(stream_, code);
  endpoint_->output_changed();
  endpoint_->take_out(stream_);
  net::wake_all(endpoint_->watchers_);
  net::wake_all(endpoint_->stream_room_);
  fail(engine::make_error(StreamError{code, false, {}}), code);
}

uint64_t Exchange::queued_bytes() const {
  return endpoint_->machine_.queued_bytes(stream_);
}

void Exchange::at_close(std::function<void()> call) {
  at_close_ = std::move(call);
  if (error_) closed();
}

void Exchange::fail(Error error, ErrorCode code) {
  if (error_) return;
  error_ = std::move(error);
  reset_code_ = code;
  net::wake_all(waiters_);
  closed();
}

void Exchange::closed() {
  if (at_close_) std::exchange(at_close_, nullptr)();
}

// The endpoint.

Endpoint::Endpoint(net::Conn conn, const ConnectionOptions& options, Accept accept)
    : conn_(std::move(conn)), machine_(options, *this), accept_(std::move(accept)) {}

Endpoint::~Endpoint() = default;

void Endpoint::output_changed() {
  if (machine_.has_output() && !receiving_) net::wake_all(writer_);
}

Task<> Endpoint::write_loop() {
  const Ref<Endpoint> self(this);
  while (!ended_) {
    while (machine_.has_output()) {
      std::string output = machine_.take_output();
      drop_closed();
      if (Error error = co_await conn_.write(net::Bytes::adopt(std::move(output)))) {
        end(std::move(error));
        co_return;
      }
    }
    if (machine_.has_failed() || ends_when_written_) {
      end(end_error_);
      co_return;
    }
    co_await ListWait(writer_, [this] {
      return ended_ || machine_.has_output() || machine_.has_failed() || ends_when_written_;
    });
  }
}

Task<> Endpoint::run(std::string first) {
  const Ref<Endpoint> self(this);
  struct Abandon {
    Endpoint& endpoint;
    ~Abandon() {
      if (here().muted) endpoint.abandon();
    }
  };
  const Abandon abandoned{*this};
  const auto writes = [](Ref<Endpoint> endpoint) -> Task<> { co_await endpoint->write_loop(); };
  engine::go(writes, self).set_name("h2 writer");
  Error error;
  net::Bytes bytes = net::Bytes::adopt(std::move(first));
  while (true) {
    if (!bytes.empty()) {
      last_read_ = here().now;
      receiving_ = true;
      machine_.receive(bytes.view());
      receiving_ = false;
      // Only now has the machine forgotten the streams that have ended.
      for (const uint32_t stream : peer_ended_) drop_if_closed(stream);
      peer_ended_.clear();
      drop_closed();
      output_changed();
    }
    if (machine_.has_failed() || ended_) break;
    net::ReadResult got = co_await conn_.read();
    if (got.error) {
      error = got.error;
      break;
    }
    bytes = std::move(got.bytes);
  }
  if (machine_.has_failed()) {
    net::wake_all(writer_);  // a GOAWAY is still to be written
  } else {
    end(std::move(error));
  }
}

void Endpoint::end(Error error) {
  if (ended_) return;
  ended_ = true;
  end_error_ = error ? std::move(error) : Error(kLost);
  const auto exchanges = std::exchange(exchanges_, {});
  for (const auto& [stream, exchange] : exchanges) {
    exchange->connection_lost_ = true;
    exchange->fail(end_error_, ErrorCode::kNoError);
  }
  net::wake_all(writer_);
  net::wake_all(stream_room_);
  net::wake_all(watchers_);
  static_cast<void>(conn_.close());
  if (at_leaving) at_leaving();
}

// Where it is, or would be.
Endpoint::OpenList::iterator Endpoint::place_of(uint32_t stream) {
  // Most often it is the newest one, or newer.
  if (exchanges_.empty() || exchanges_.back().stream < stream) return exchanges_.end();
  if (exchanges_.back().stream == stream) return exchanges_.end() - 1;
  return std::ranges::lower_bound(exchanges_, stream, {}, &Open::stream);
}

Exchange* Endpoint::find(uint32_t stream) {
  const auto place = place_of(stream);
  return place == exchanges_.end() || place->stream != stream ? nullptr : place->exchange.get();
}

// Null if it is not there.
Ref<Exchange> Endpoint::take_out(uint32_t stream) {
  const auto place = place_of(stream);
  if (place == exchanges_.end() || place->stream != stream) return {};
  Ref<Exchange> exchange = std::move(place->exchange);
  exchanges_.erase(place);
  return exchange;
}

// The process is gone: nobody is told, but what refers to each other lets go.
void Endpoint::abandon() {
  const auto exchanges = std::exchange(exchanges_, {});
  for (const auto& [stream, exchange] : exchanges) exchange->at_close_ = nullptr;
  at_leaving = nullptr;
  at_ping = nullptr;
  at_ping_ack = nullptr;
}

// An exchange whose stream both sides have ended is only its holders' business.
void Endpoint::drop_if_closed(uint32_t stream) {
  if (machine_.has_stream(stream)) return;
  const Ref<Exchange> exchange = take_out(stream);
  if (!exchange) return;
  net::wake_all(watchers_);
  net::wake_all(stream_room_);
  exchange->closed();
}

// Streams also close behind an event, or when their queues have been sent.
void Endpoint::drop_closed() {
  if (exchanges_.size() <= machine_.stream_count()) return;
  std::vector<Ref<Exchange>> closed;
  for (auto at = exchanges_.begin(); at != exchanges_.end();) {
    if (machine_.has_stream(at->stream)) {
      ++at;
      continue;
    }
    closed.push_back(std::move(at->exchange));
    at = exchanges_.erase(at);
  }
  net::wake_all(watchers_);
  net::wake_all(stream_room_);
  for (const Ref<Exchange>& exchange : closed) exchange->closed();
}

Ref<Exchange> Endpoint::open_now(std::span<const HeaderFieldView> fields, bool end) {
  if (ended_) return {};
  const uint32_t id = machine_.open_stream(fields, end);
  if (id == 0) return {};
  Ref<Exchange> exchange(new Exchange(Ref<Endpoint>(this), id));
  exchanges_.push_back({id, exchange});
  output_changed();
  return exchange;
}

Task<Ref<Exchange>> Endpoint::open(Fields fields, bool end, engine::Context until) {
  const Ref<Endpoint> self(this);
  const std::vector<HeaderFieldView> views(fields.begin(), fields.end());
  Ref<Exchange> exchange;
  if (is_usable() && !until.err()) exchange = open_now(views, end);
  if (exchange) co_return exchange;
  const engine::StopFunc stop =
      engine::on_done(until, [self] { net::wake_all(self->stream_room_); });
  while (!exchange && is_usable() && !until.err()) {
    co_await ListWait(stream_room_,
                      [this, &until] { return !is_usable() || can_open() || until.err(); });
    if (is_usable() && !until.err()) exchange = open_now(views, end);
  }
  stop();
  co_return exchange;
}

Task<bool> Endpoint::wait_ready() {
  const Ref<Endpoint> self(this);
  co_await ListWait(watchers_, [this] { return has_settings_ || !is_usable(); });
  co_return is_usable();
}

Task<> Endpoint::wait_leaving() {
  const Ref<Endpoint> self(this);
  co_await ListWait(watchers_, [this] { return !is_usable(); });
}

Task<> Endpoint::wait_idle() {
  const Ref<Endpoint> self(this);
  co_await ListWait(watchers_, [this] { return ended_ || exchanges_.empty(); });
}

Task<> Endpoint::drain(engine::Duration answers_within) {
  const Ref<Endpoint> self(this);
  const engine::Instant answers_until = engine::now() + answers_within;
  while (true) {
    co_await wait_idle();
    const bool is_told = !machine_.is_shutting_down() && !machine_.has_output();
    if (is_told || engine::now() >= answers_until) break;
    co_await wait_end(engine::kMillisecond);
  }
  close();
}

Task<bool> Endpoint::wait_end(engine::Duration most) {
  const Ref<Endpoint> self(this);
  const engine::Cancelable limited = engine::with_timeout(engine::background(), most);
  const engine::StopFunc stop =
      engine::on_done(limited.context, [self] { net::wake_all(self->watchers_); });
  co_await ListWait(watchers_, [this, &limited] { return ended_ || limited.context.err(); });
  stop();
  limited.cancel();
  co_return ended_;
}

void Endpoint::shutdown() {
  machine_.shutdown();
  output_changed();
}

void Endpoint::goaway(ErrorCode code, std::string_view text) {
  machine_.goaway(code, text);
  output_changed();
}

void Endpoint::leave(ErrorCode code, std::string_view text) {
  if (ended_ || machine_.has_failed()) return;
  machine_.goaway(code, text);
  end_error_ = engine::make_error(StreamError{code, false, std::string(text)});
  ends_when_written_ = true;
  output_changed();
}

void Endpoint::close(Error why) {
  if (here().muted) return;
  end(std::move(why));
}

void Endpoint::ping(uint64_t opaque) {
  machine_.ping(opaque);
  output_changed();
}

// What the machine says.

void Endpoint::on_headers(const HeadersEvent& event) {
  Exchange* exchange = find(event.stream);
  Ref<Exchange> fresh;
  if (exchange == nullptr) {
    if (!machine_.is_server() || !accept_) return;
    fresh = Ref<Exchange>(new Exchange(Ref<Endpoint>(this), event.stream));
    exchanges_.push_back({event.stream, fresh});
    exchange = fresh.get();
  }
  if (event.kind == HeadersKind::kInformational) return;
  if (event.kind == HeadersKind::kTrailers) {
    exchange->trailers_ = event.fields;
  } else {
    exchange->headers_ = event.fields;
    exchange->has_headers_ = true;
  }
  exchange->peer_ended_ = exchange->peer_ended_ || event.end_stream;
  net::wake_all(exchange->waiters_);
  if (fresh) {
    engine::go([](Ref<Endpoint> endpoint,
                  Ref<Exchange> work) -> Task<> { co_await endpoint->accept_(work); },
               Ref<Endpoint>(this), fresh)
        .set_name("h2 stream");
  }
  if (event.end_stream) peer_ended_.push_back(event.stream);
}

void Endpoint::on_data(const DataEvent& event) {
  Exchange* const exchange = find(event.stream);
  if (exchange == nullptr) {
    machine_.consume(event.stream, event.flow_bytes);
    return;
  }
  if (event.bytes.empty()) {
    machine_.consume(event.stream, event.flow_bytes);
  } else {
    exchange->data_.push_back({net::Bytes::copy(event.bytes), event.flow_bytes});
  }
  exchange->peer_ended_ = exchange->peer_ended_ || event.end_stream;
  net::wake_all(exchange->waiters_);
  if (event.end_stream) peer_ended_.push_back(event.stream);
}

void Endpoint::on_reset(const ResetEvent& event) {
  const Ref<Exchange> exchange = take_out(event.stream);
  if (!exchange) return;
  exchange->fail(
      engine::make_error(StreamError{event.code, event.by_peer, std::string(event.text)}),
      event.code);
}

void Endpoint::on_goaway(const GoAway& event) {
  goodbye_ = {true, event.code, std::string(event.debug)};
  net::wake_all(stream_room_);
  net::wake_all(watchers_);
  if (at_leaving) at_leaving();
}

void Endpoint::on_peer_settings() {
  has_settings_ = true;
  net::wake_all(watchers_);
}

void Endpoint::on_ping() {
  if (at_ping) at_ping();
}

void Endpoint::on_ping_ack(uint64_t opaque) {
  if (at_ping_ack) at_ping_ack(opaque);
}

void Endpoint::on_send_room(uint32_t stream) {
  if (Exchange* const exchange = find(stream)) net::wake_all(exchange->waiters_);
}

void Endpoint::on_stream_room() {
  net::wake_all(stream_room_);
}

void Endpoint::on_failed(ErrorCode code, std::string_view text) {
  end_error_ = engine::make_error(StreamError{code, false, std::string(text)});
  const auto exchanges = std::exchange(exchanges_, {});
  for (const auto& [stream, exchange] : exchanges) {
    exchange->connection_lost_ = true;
    exchange->fail(end_error_, code);
  }
  net::wake_all(stream_room_);
  net::wake_all(watchers_);
  if (at_leaving) at_leaving();
}

}  // namespace sim::http2
