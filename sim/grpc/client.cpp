#include "sim/grpc/client.h"

#include <algorithm>
#include <charconv>

#include "engine/sync/select.h"
#include "engine/sync/timer.h"
#include "sim/http/message.h"

namespace sim::grpc {
namespace {

using engine::Context;
using engine::Duration;
using engine::Error;
using engine::Ref;
using engine::Task;

http2::Fields request_fields(const Channel& channel, const std::string& path,
                             const Context& context, const CallOptions& options,
                             int previous_attempts) {
  http2::Fields fields;
  constexpr size_t kUsualFields = 12;
  fields.reserve(kUsualFields);
  fields.push_back({":method", "POST"});
  fields.push_back({":scheme", "http"});
  fields.push_back({":path", path});
  fields.push_back({":authority", channel.authority()});
  fields.push_back({"content-type", "application/grpc"});
  fields.push_back({"user-agent", channel.options().user_agent});
  fields.push_back({"te", "trailers"});
  if (const auto deadline = context.deadline()) {
    fields.push_back({"grpc-timeout", timeout_text(*deadline - engine::now())});
  }
  if (previous_attempts > 0) {
    std::string count;
    engine::append_operand(count, previous_attempts);
    fields.push_back({"grpc-previous-rpc-attempts", count});
  }
  std::vector<http2::HeaderFieldView> views;
  std::deque<std::string> texts;
  options.metadata.append_to(views, texts);
  for (const http2::HeaderFieldView& view : views) {
    fields.push_back({std::string(view.name), std::string(view.value)});
  }
  return fields;
}

bool holds(const std::vector<Code>& codes, Code code) {
  return std::find(codes.begin(), codes.end(), code) != codes.end();
}

std::optional<int64_t> number_in(std::string_view text) {
  int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return {};
  return value;
}

}  // namespace

ClientCall::~ClientCall() = default;

Task<Ref<ClientCall>> ClientCall::begin(Channel channel, std::string path, Context context,
                                        CallOptions options, int previous_attempts,
                                        const std::string* only_message) {
  Ref<ClientCall> call(new ClientCall);
  call->context_ = context;
  // A connection that is lost or leaves before the call has begun is exchanged for another.
  while (!call->exchange_) {
    Channel::Picked picked = co_await channel.pick(context, options.wait_for_ready);
    if (!picked.endpoint) {
      call->finish(std::move(picked.status));
      co_return call;
    }
    http2::Fields fields = request_fields(channel, path, context, options, previous_attempts);
    call->exchange_ = co_await picked.endpoint->open(std::move(fields), false, context);
  }
  // The closure must not keep the call: the call keeps what stops it.
  call->stop_ = engine::on_done(
      context, [exchange = call->exchange_] { exchange->reset(http2::ErrorCode::kCancel); });
  if (only_message != nullptr) {
    std::string frame;
    frame.reserve(kMessagePrefixBytes + only_message->size());
    append_prefix(frame, static_cast<uint32_t>(only_message->size()));
    frame += *only_message;
    call->exchange_->send_data(frame, true);
  }
  co_return call;
}

void ClientCall::finish(Status status) {
  if (std::exchange(finished_, true)) return;
  status_ = std::move(status);
  stop_();
}

void ClientCall::cancel(const Status& why) {
  if (engine::here().muted || finished_) return;
  finish(why);
  if (exchange_) exchange_->reset(http2::ErrorCode::kCancel);
}

Task<bool> ClientCall::send(std::string message) {
  const Ref<ClientCall> self(this);
  if (finished_ || !exchange_ || exchange_->error() || exchange_->peer_ended()) co_return false;
  std::string frame;
  frame.reserve(kMessagePrefixBytes + message.size());
  append_prefix(frame, static_cast<uint32_t>(message.size()));
  frame += message;
  exchange_->send_data(frame, false);
  co_await exchange_->wait_room();
  co_return !exchange_->error() && !exchange_->peer_ended();
}

void ClientCall::close_send() {
  if (engine::here().muted || finished_ || !exchange_) return;
  exchange_->send_data({}, true);
}

// The response's header has arrived.
void ClientCall::take_header() {
  if (header_taken_ || !exchange_->has_headers()) return;
  header_taken_ = true;
  const http2::Fields& fields = exchange_->headers();
  // A response that is headers alone has its status there, and its metadata counts as trailers.
  const bool is_trailers_only = !field_of(fields, "grpc-status").empty();
  if (is_trailers_only) {
    trailer_.take(fields);
  } else {
    header_.take(fields);
    committed_ = field_of(fields, ":status") == "200";
  }
}

// Whether the response's header is not gRPC's. Source: grpc-go, http2Client.operateHeaders.
bool ClientCall::is_foreign(std::string& why) const {
  if (!header_taken_) return false;
  const http2::Fields& fields = exchange_->headers();
  if (!field_of(fields, "grpc-status").empty()) return false;
  const std::string http_status(field_of(fields, ":status"));
  if (http_status != "200") {
    const auto number = static_cast<int>(number_in(http_status).value_or(0));
    why = "unexpected HTTP status code received from server: " + http_status + " (" +
          std::string(http::status_text(number)) + ")";
  }
  const std::string type(field_of(fields, "content-type"));
  if (is_grpc_content(type)) return !why.empty();
  if (!why.empty()) why += "; ";
  why += type.empty() ? "malformed header: missing HTTP content-type"
                      : "transport: received unexpected content-type \"" + type + "\"";
  return true;
}

// The stream has ended, one way or another.
void ClientCall::take_end() {
  take_header();
  if (Error done = context_.err()) return finish(status_of(done));
  // A reset behind the whole response only says that the server reads no more.
  if (exchange_->error() && !exchange_->peer_ended()) {
    const http2::ErrorCode code = exchange_->reset_code();
    if (exchange_->connection_lost()) {
      std::string text = "error reading from server: " + exchange_->error().message();
      const http2::Endpoint::Goodbye& goodbye = exchange_->endpoint().goodbye();
      if (goodbye.is_there) {
        text += ", received prior goaway: code: " + http2::error_code_text(goodbye.code);
        if (!goodbye.text.empty()) text += ", debug data: \"" + goodbye.text + "\"";
      }
      return finish({Code::kUnavailable, std::move(text)});
    }
    refused_ = code == http2::ErrorCode::kRefusedStream;
    return finish({code_of_reset(code), "stream terminated by RST_STREAM with error code: " +
                                            http2::error_code_text(code)});
  }
  const http2::Fields& header = exchange_->headers();
  const http2::Fields& end = exchange_->trailers();
  if (!end.empty()) trailer_.take(end);
  std::string_view code = field_of(end, "grpc-status");
  std::string_view text = field_of(end, "grpc-message");
  if (code.empty()) {
    code = field_of(header, "grpc-status");
    text = field_of(header, "grpc-message");
  }
  if (code.empty()) {
    return finish({Code::kInternal, "server closed the stream without sending trailers"});
  }
  const int64_t value = number_in(code).value_or(-1);
  const bool is_known = value >= 0 && value < kCodes;
  finish({is_known ? static_cast<Code>(value) : Code::kUnknown, percent_decode(text)});
}

Task<> ClientCall::wait_header() {
  const Ref<ClientCall> self(this);
  if (finished_) co_return;
  co_await exchange_->wait_headers();
  take_header();
}

Task<bool> ClientCall::receive(std::string& message) {
  const Ref<ClientCall> self(this);
  if (finished_) co_return false;
  co_await exchange_->wait_headers();
  take_header();
  if (Error done = context_.err()) {
    finish(status_of(done));
    co_return false;
  }
  std::string why;
  if (!exchange_->error() && is_foreign(why)) {
    const auto status = number_in(field_of(exchange_->headers(), ":status")).value_or(0);
    cancel({code_of_http(static_cast<int>(status)), std::move(why)});
    co_return false;
  }
  ReceivedMessage got = co_await receive_message(exchange_, reader_);
  if (got.is_there) {
    message = std::move(got.bytes);
    co_return true;
  }
  if (!got.status.ok() && !got.failed && !context_.err()) {
    cancel(got.status);
    co_return false;
  }
  take_end();
  co_return false;
}

// Unary calls.

namespace {

struct Attempt {
  RawReply reply;
  bool committed = false;
  bool refused = false;
};

Task<Attempt> attempt_once(Channel channel, std::string path, Context context, std::string request,
                           CallOptions options, int previous) {
  Attempt attempt;
  const Ref<ClientCall> call =
      co_await ClientCall::begin(channel, std::move(path), context, options, previous, &request);
  RawReply& reply = attempt.reply;
  if (co_await call->receive(reply.message)) {
    std::string extra;
    if (co_await call->receive(extra)) {
      call->cancel({Code::kInternal,
                    "cardinality violation: expected <EOF> for non server-streaming RPCs, but "
                    "received another message"});
    }
  } else if (call->status().ok()) {
    reply.status = {Code::kInternal, "cardinality violation: received no response message"};
  }
  if (reply.status.ok()) reply.status = call->status();
  reply.header = call->header();
  reply.trailer = call->trailer();
  attempt.committed = call->is_committed();
  attempt.refused = call->was_refused();
  co_return attempt;
}

// What the server says about trying again: nothing, a wait, or not at all.
struct Pushback {
  bool is_there = false;
  int64_t ms = 0;  // negative: do not
};
Pushback pushback_of(const Metadata& trailer) {
  if (!trailer.has("grpc-retry-pushback-ms")) return {};
  return {true, number_in(trailer.get("grpc-retry-pushback-ms")).value_or(-1)};
}

// Suspends for `length`, or until `context` is done. False: it is done.
Task<bool> pause(Context context, Duration length) {
  const engine::Cancelable wait = engine::with_timeout(context, length);
  static_cast<void>(co_await wait.context.done().recv());
  const bool goes_on = !context.err();
  wait.cancel();
  co_return goes_on;
}

Duration retry_backoff(const RetryPolicy& policy, int retries) {
  constexpr int64_t kJitterPercent = 20;
  Duration wait = policy.initial_backoff;
  for (int i = 1; i < retries && wait < policy.max_backoff; ++i) {
    wait = wait * policy.backoff_multiplier_percent / 100;
  }
  wait = std::min(wait, policy.max_backoff);
  const auto drawn = static_cast<int64_t>(
      engine::Scheduler::choose_for(engine::current_goroutine(), engine::ChoiceKind::kProgram,
                                    static_cast<uint32_t>(2 * kJitterPercent + 1)));
  return wait * (100 - kJitterPercent + drawn) / 100;
}

// Source: gRFC A6.
Task<RawReply> call_with_retries(Channel channel, std::string path, Context context,
                                 std::string request, CallOptions options) {
  const RetryPolicy& policy = channel.options().retry;
  const int most = std::min(policy.max_attempts, RetryPolicy::kAttemptsMost);
  bool tried_transparently = false;
  int attempts = 0;
  int since_pushback = 0;
  while (true) {
    Attempt attempt = co_await attempt_once(channel, path, context, request, options, attempts);
    // What the server never saw is tried again at once, and does not count.
    if (attempt.refused && !tried_transparently && !context.err()) {
      tried_transparently = true;
      continue;
    }
    ++attempts;
    ++since_pushback;
    RawReply& reply = attempt.reply;
    reply.attempts = attempts;
    const bool failed = !reply.status.ok() && holds(policy.retryable, reply.status.code);
    const Pushback pushback = pushback_of(reply.trailer);
    const bool forbidden = pushback.is_there && pushback.ms < 0;
    if (failed || forbidden || reply.status.ok()) channel.count_outcome(!reply.status.ok());
    if (reply.status.ok() || !failed || attempt.committed || attempts >= most ||
        !channel.may_retry() || context.err() || forbidden) {
      co_return std::move(reply);
    }
    Duration wait = retry_backoff(policy, since_pushback);
    if (pushback.is_there) {
      wait = engine::kMillisecond * pushback.ms;
      since_pushback = 0;
    }
    if (!co_await pause(context, wait)) {
      reply.status = status_of(context.err());
      co_return std::move(reply);
    }
  }
}

// Several attempts at a time; the first that decides wins, and the others are cancelled.
Task<RawReply> call_with_hedging(Channel channel, std::string path, Context context,
                                 std::string request, CallOptions options) {
  const HedgingPolicy& policy = channel.options().hedging;
  const int most = std::min(policy.max_attempts, RetryPolicy::kAttemptsMost);
  const engine::Cancelable race = engine::with_cancel(context, "hedged call");
  struct Work {
    Channel channel;
    std::string path;
    Context context;
    std::string request;
    CallOptions options;
    engine::Chan<Attempt> results;
  };
  const engine::Chan<Attempt> results(static_cast<uint32_t>(most), "hedged replies");
  const Work work{channel, path, race.context, request, options, results};
  int started = 0;
  int ended = 0;
  bool forbidden = false;
  bool begins = true;  // another attempt, at once
  Duration wait = policy.delay;
  RawReply last;
  while (true) {
    if (begins && started < most && !forbidden && (started == 0 || channel.may_retry())) {
      engine::go(
          [](Work w, int previous) -> Task<> {
            Attempt attempt =
                co_await attempt_once(w.channel, w.path, w.context, w.request, w.options, previous);
            co_await w.results.send(std::move(attempt));
          },
          work, started)
          .set_name("hedged attempt");
      ++started;
    }
    begins = true;
    // The next one starts after the delay, unless this one decides before.
    bool more = started < most && !forbidden && channel.may_retry();
    const engine::Timer delay(more ? wait : Duration{INT64_MAX / 4});
    auto selected = co_await engine::select(results.recv(), delay.c().recv());
    delay.stop();
    wait = policy.delay;
    if (selected.index() == 1) continue;
    ++ended;
    last = std::move(selected.get<0>()->reply);
    last.attempts = started;
    const bool decides = last.status.ok() || !holds(policy.non_fatal, last.status.code);
    const Pushback pushback = pushback_of(last.trailer);
    forbidden = forbidden || (pushback.is_there && pushback.ms < 0);
    if (last.status.ok() || !decides || forbidden) channel.count_outcome(!last.status.ok());
    more = more && !forbidden && channel.may_retry();
    if (decides || (ended == started && !more)) break;
    if (!pushback.is_there || !more) continue;
    wait = engine::kMillisecond * pushback.ms;
    begins = false;
  }
  race.cancel();
  co_return last;
}

}  // namespace

Task<RawReply> call_raw(Channel channel, std::string path, Context context, std::string request,
                        CallOptions options) {
  const ChannelOptions& defaults = channel.options();
  std::optional<engine::Cancelable> limited;
  if (defaults.default_timeout.ns > 0 && !context.deadline()) {
    limited = engine::with_timeout(context, defaults.default_timeout);
    context = limited->context;
  }
  RawReply reply;
  if (defaults.hedging.max_attempts > 1) {
    reply = co_await call_with_hedging(channel, path, context, std::move(request), options);
  } else {
    reply = co_await call_with_retries(channel, path, context, std::move(request), options);
  }
  if (limited) limited->cancel();
  co_return reply;
}

}  // namespace sim::grpc
