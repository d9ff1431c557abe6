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

// The header of a request, and the texts that it needs beside those of the call.
struct RequestFields {
  RequestFields(const CallSpec& spec, int previous_attempts) {
    constexpr size_t kUsualFields = 12;
    views.reserve(kUsualFields);
    views.push_back({":method", "POST"});
    views.push_back({":scheme", "http"});
    views.push_back({":path", spec.path});
    views.push_back({":authority", spec.channel.authority()});
    views.push_back({"content-type", "application/grpc"});
    views.push_back({"user-agent", spec.channel.options().user_agent});
    views.push_back({"te", "trailers"});
    if (const auto deadline = spec.context.deadline()) {
      timeout = timeout_text(*deadline - engine::now());
      views.push_back({"grpc-timeout", timeout});
    }
    if (previous_attempts > 0) {
      engine::append_operand(count, previous_attempts);
      views.push_back({"grpc-previous-rpc-attempts", count});
    }
    spec.options.metadata.append_to(views, texts);
  }
  RequestFields(const RequestFields&) = delete;
  RequestFields& operator=(const RequestFields&) = delete;

  std::vector<http2::HeaderFieldView> views;
  std::string timeout;
  std::string count;
  std::deque<std::string> texts;
};

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

Task<Ref<ClientCall>> ClientCall::begin(const CallSpec& spec, int previous_attempts,
                                        bool is_whole) {
  Ref<ClientCall> call(new ClientCall);
  const Context& context = spec.context;
  call->context_ = context;
  // A connection that is lost or leaves before the call has begun is exchanged for another.
  while (!call->exchange_) {
    Channel::Picked picked;
    picked.endpoint = spec.channel.pick_now(context);
    if (!picked.endpoint) {
      picked = co_await spec.channel.pick(context, spec.options.wait_for_ready);
    }
    if (!picked.endpoint) {
      call->finish(std::move(picked.status));
      co_return call;
    }
    http2::Fields fields;
    {
      const RequestFields request(spec, previous_attempts);
      if (picked.endpoint->is_usable() && !context.err()) {
        call->exchange_ = picked.endpoint->open_now(request.views, false);
      }
      if (!call->exchange_) fields = http2::Fields(request.views);
    }
    if (!call->exchange_) {
      call->exchange_ = co_await picked.endpoint->open(std::move(fields), false, context);
    }
  }
  // The closure must not keep the call: the call keeps what stops it.
  call->stop_ = engine::on_done(
      context, [exchange = call->exchange_] { exchange->reset(http2::ErrorCode::kCancel); });
  if (is_whole) call->exchange_->send_data(framed(spec.request), true);
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
  exchange_->send_data(framed(message), false);
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
  const bool is_trailers_only = !fields.get("grpc-status").empty();
  if (is_trailers_only) {
    trailer_.take(fields);
  } else {
    header_.take(fields);
    committed_ = fields.get(":status") == "200";
  }
}

// Whether the response's header is not gRPC's. Source: grpc-go, http2Client.operateHeaders.
bool ClientCall::is_foreign(std::string& why) const {
  if (!header_taken_) return false;
  const http2::Fields& fields = exchange_->headers();
  if (!fields.get("grpc-status").empty()) return false;
  const std::string_view http_status = fields.get(":status");
  if (http_status != "200") {
    const auto number = static_cast<int>(number_in(http_status).value_or(0));
    why = "unexpected HTTP status code received from server: " + std::string(http_status) + " (" +
          std::string(http::status_text(number)) + ")";
  }
  const std::string_view type = fields.get("content-type");
  if (is_grpc_content(type)) return !why.empty();
  if (!why.empty()) why += "; ";
  why += type.empty() ? "malformed header: missing HTTP content-type"
                      : "transport: received unexpected content-type \"" + std::string(type) + "\"";
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
  std::string_view code = end.get("grpc-status");
  std::string_view text = end.get("grpc-message");
  if (code.empty()) {
    code = header.get("grpc-status");
    text = header.get("grpc-message");
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
    const auto status = number_in(exchange_->headers().get(":status")).value_or(0);
    cancel({code_of_http(static_cast<int>(status)), std::move(why)});
    co_return false;
  }
  ReceivedMessage got;
  while (!poll_message(*exchange_, reader_, got)) co_await exchange_->wait_data();
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

// REQUIRES: the caller keeps `spec` and `attempt`.
Task<> attempt_once(const CallSpec& spec, int previous, Attempt& attempt) {
  const Ref<ClientCall> call = co_await ClientCall::begin(spec, previous, true);
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
}

// What the server says about trying again: nothing, a wait, or not at all.
struct Pushback {
  bool is_there = false;
  int64_t ms = 0;  // negative: do not
};
Pushback pushback_of(const Metadata& trailer) {
  Pushback pushback;
  for (const auto& [name, value] : trailer) {
    if (name != "grpc-retry-pushback-ms") continue;
    // Two values are no number. Source: grpc-go, shouldRetry.
    const bool is_second = std::exchange(pushback.is_there, true);
    pushback.ms = is_second ? -1 : number_in(value).value_or(-1);
  }
  return pushback;
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
Task<RawReply> call_with_retries(CallSpec spec) {
  const Channel& channel = spec.channel;
  const Context& context = spec.context;
  const RetryPolicy& policy = channel.options().retry;
  const int most = std::min(policy.max_attempts, RetryPolicy::kAttemptsMost);
  bool tried_transparently = false;
  int attempts = 0;
  int since_pushback = 0;
  while (true) {
    Attempt attempt;
    co_await attempt_once(spec, attempts, attempt);
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
Task<RawReply> call_with_hedging(CallSpec spec) {
  const Channel& channel = spec.channel;
  const HedgingPolicy& policy = channel.options().hedging;
  const int most = std::min(policy.max_attempts, RetryPolicy::kAttemptsMost);
  const engine::Cancelable race = engine::with_cancel(spec.context, "hedged call");
  spec.context = race.context;
  const engine::Chan<Attempt> results(static_cast<uint32_t>(most), "hedged replies");
  int started = 0;
  int ended = 0;
  bool forbidden = false;
  bool begins = true;  // another attempt, at once
  Duration wait = policy.delay;
  RawReply last;
  while (true) {
    if (begins && started < most && !forbidden && (started == 0 || channel.may_retry())) {
      engine::go(
          [](CallSpec own, engine::Chan<Attempt> to, int previous) -> Task<> {
            Attempt attempt;
            co_await attempt_once(own, previous, attempt);
            co_await to.send(std::move(attempt));
          },
          spec, results, started)
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

Task<RawReply> call_in_time(CallSpec spec, Duration limit) {
  const engine::Cancelable limited = engine::with_timeout(spec.context, limit);
  spec.context = limited.context;
  RawReply reply = co_await call_raw(std::move(spec));
  limited.cancel();
  co_return reply;
}

}  // namespace

Task<RawReply> call_raw(CallSpec spec) {
  const ChannelOptions& defaults = spec.channel.options();
  if (defaults.default_timeout.ns > 0 && !spec.context.deadline()) {
    return call_in_time(std::move(spec), defaults.default_timeout);
  }
  if (defaults.hedging.max_attempts > 1) return call_with_hedging(std::move(spec));
  return call_with_retries(std::move(spec));
}

}  // namespace sim::grpc
