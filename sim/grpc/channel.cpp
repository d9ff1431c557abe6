#include "sim/grpc/channel.h"

#include <algorithm>

#include "engine/sync/timer.h"
#include "sim/net/socket.h"

namespace sim::grpc {
namespace {

using engine::Context;
using engine::Duration;
using engine::Error;
using engine::Ref;
using engine::Task;
using Core = Channel::Core;
using Subchannel = Channel::Subchannel;

/// Source: "Connection Backoff Protocol".
constexpr Duration kBackoffFirst = engine::kSecond;
constexpr int64_t kBackoffPercent = 160;
constexpr int64_t kJitterPercent = 20;
constexpr Duration kBackoffMost = 120 * engine::kSecond;
constexpr Duration kConnectTimeout = 20 * engine::kSecond;

Duration backoff_after(int failures) {
  Duration wait = kBackoffFirst;
  for (int i = 1; i < failures && wait < kBackoffMost; ++i) wait = wait * kBackoffPercent / 100;
  wait = std::min(wait, kBackoffMost);
  const uint32_t steps = 2 * kJitterPercent + 1;
  const auto drawn = static_cast<int64_t>(engine::Scheduler::choose_for(
      engine::current_goroutine(), engine::ChoiceKind::kProgram, steps));
  return wait * (100 - kJitterPercent + drawn) / 100;
}

void set_state(Core& core, Subchannel& sub, Connectivity state) {
  sub.state = state;
  net::wake_all(core.pickers);
}

// Reads until the connection ends, which may be long after it takes no more calls.
Task<> run_endpoint(Ref<Core> core, Ref<http2::Endpoint> endpoint) {
  // Also when the process ends: the connection's closures refer to the channel.
  struct Listed {
    Ref<Core> core;
    Ref<http2::Endpoint> endpoint;
    ~Listed() {
      std::erase_if(core->endpoints, [this](const Ref<http2::Endpoint>& other) {
        return other.get() == endpoint.get();
      });
    }
  };
  core->endpoints.push_back(endpoint);
  const Listed listed{core, endpoint};
  co_await endpoint->run();
  const http2::Endpoint::Goodbye& goodbye = endpoint->goodbye();
  // Source: gRFC A8, "Server Enforcement".
  if (goodbye.code == http2::ErrorCode::kEnhanceYourCalm && goodbye.text == "too_many_pings") {
    core->options.keep_alive.time = core->options.keep_alive.time * 2;
  }
}

// The calls that are under way on a connection that takes no more.
Task<> finish_calls(Ref<http2::Endpoint> endpoint) {
  co_await endpoint->wait_idle();
  endpoint->close();
}

struct Attempted {
  Ref<http2::Endpoint> endpoint;
  Error error;
};
// Connects, and waits until the server has spoken. Source: grpc-go, newHTTP2Client.
Task<Attempted> connect_to(Ref<Core> core, std::string address) {
  Attempted attempted;
  const engine::Cancelable limited = engine::with_timeout(engine::background(), kConnectTimeout);
  net::DialResult dialed = co_await net::dial(limited.context, std::move(address));
  if (core->closed) {
    static_cast<void>(dialed.conn.close());
    attempted.error = net::kErrClosed;
  } else if (dialed.error) {
    attempted.error = dialed.error;
  } else {
    const Ref<http2::Endpoint> endpoint(new http2::Endpoint(dialed.conn, http2::client_options()));
    engine::go(run_endpoint, core, endpoint).set_name("grpc conn");
    const engine::StopFunc stop = engine::on_done(
        limited.context, [endpoint] { endpoint->close(engine::kDeadlineExceeded); });
    if (co_await endpoint->wait_ready()) {
      attempted.endpoint = endpoint;
    } else {
      attempted.error = endpoint->end_error();
    }
    stop();
  }
  limited.cancel();
  co_return attempted;
}

// Keeps one address connected: connects, waits until the connection takes no more calls, backs off.
Task<> run_subchannel(Ref<Core> core, Ref<Subchannel> sub) {
  const bool is_first = core->options.balancing == Balancing::kPickFirst;
  while (!core->closed) {
    set_state(*core, *sub, Connectivity::kConnecting);
    const Attempted attempted = co_await connect_to(core, sub->address);
    if (core->closed) break;
    if (!attempted.endpoint) {
      sub->last_error = attempted.error;
      sub->failing = true;
      ++sub->failures;
      set_state(*core, *sub, Connectivity::kTransientFailure);
      if (is_first) break;  // the next address is tried by who watches all of them
      co_await engine::sleep_for(backoff_after(sub->failures));
      continue;
    }
    const Ref<http2::Endpoint> endpoint = attempted.endpoint;
    sub->failures = 0;
    sub->failing = false;
    ++core->connections;
    sub->endpoint = endpoint;
    if (core->options.keep_alive.time.ns > 0) {
      KeepAlive options = core->options.keep_alive;
      options.time = std::max(options.time, kKeepAliveLeast);
      engine::go(keep_alive, endpoint, options).set_name("grpc keepalive");
    }
    set_state(*core, *sub, Connectivity::kReady);
    co_await endpoint->wait_leaving();
    sub->endpoint = {};
    if (core->closed) break;
    sub->last_error = endpoint->end_error();
    set_state(*core, *sub, Connectivity::kIdle);
    engine::go(finish_calls, endpoint).set_name("grpc draining");
    if (is_first) break;
  }
  if (core->closed) set_state(*core, *sub, Connectivity::kShutdown);
}

// pick_first: the addresses in order, again and again with back-off, while none is connected.
Task<> run_pick_first(Ref<Core> core) {
  int rounds = 0;
  while (!core->closed) {
    for (uint32_t i = 0; i < core->subchannels.size() && !core->closed; ++i) {
      const Ref<Subchannel> sub = core->subchannels[i];
      co_await run_subchannel(core, sub);
      if (sub->state == Connectivity::kIdle) {
        // It was connected and is no more: from the first address again.
        rounds = 0;
        i = UINT32_MAX;
      }
    }
    if (core->closed) break;
    co_await engine::sleep_for(backoff_after(++rounds));
  }
}

void start(const Ref<Core>& core) {
  if (std::exchange(core->started, true)) return;
  if (core->options.balancing == Balancing::kPickFirst) {
    for (const auto& sub : core->subchannels) sub->state = Connectivity::kConnecting;
    engine::go(run_pick_first, core).set_name("grpc channel");
    return;
  }
  for (const Ref<Subchannel>& sub : core->subchannels) {
    sub->state = Connectivity::kConnecting;
    engine::go(run_subchannel, core, sub).set_name("grpc subchannel");
  }
}

Connectivity state_of(const Core& core) {
  if (core.closed) return Connectivity::kShutdown;
  if (!core.started) return Connectivity::kIdle;
  bool all_failed = true;
  for (const auto& sub : core.subchannels) {
    if (sub->state == Connectivity::kReady) return Connectivity::kReady;
    all_failed = all_failed && sub->failing;
  }
  return all_failed ? Connectivity::kTransientFailure : Connectivity::kConnecting;
}

bool has_usable(const Core& core) {
  return std::any_of(core.subchannels.begin(), core.subchannels.end(),
                     [](const auto& sub) { return sub->endpoint && sub->endpoint->is_usable(); });
}

// The connection whose turn it is; null if none is ready.
Ref<http2::Endpoint> take_turn(Core& core) {
  const auto count = static_cast<uint32_t>(core.subchannels.size());
  for (uint32_t i = 0; i < count; ++i) {
    const uint32_t at = core.options.balancing == Balancing::kPickFirst ? i : core.next++ % count;
    const Ref<http2::Endpoint>& endpoint = core.subchannels[at]->endpoint;
    if (endpoint && endpoint->is_usable()) return endpoint;
  }
  return {};
}

std::string failure_text(const Core& core) {
  std::string text = "connection error: desc = \"transport: Error while dialing: ";
  for (const auto& sub : core.subchannels) {
    if (sub->last_error) return text + sub->last_error.message() + "\"";
  }
  return text + "no addresses\"";
}

class [[nodiscard]] PickWait : public engine::Await<PickWait> {
 public:
  PickWait(Core& core, const Context& context, bool wait_for_ready)
      : Await(kKind), core_(core), context_(context), waits_(wait_for_ready) {}
  bool attempt() {
    if (engine::here().muted) return false;
    const Connectivity state = state_of(core_);
    const bool fails = state == Connectivity::kTransientFailure && !waits_;
    if (context_.err() || fails || state == Connectivity::kShutdown || has_usable(core_)) {
      return true;
    }
    waiter_.task = &engine::current_goroutine();
    core_.pickers.push_back(waiter_);
    return false;
  }

 private:
  static bool always(const WaitOp&) { return true; }
  static constexpr engine::OpKind kKind = {
      .attempt = attempt_of, .reason = engine::WaitReason::kIoWait, .wakes_by_itself = always};
  Core& core_;
  const Context& context_;
  bool waits_;
  engine::Waiter waiter_;
};

}  // namespace

std::string_view connectivity_text(Connectivity state) {
  switch (state) {
    case Connectivity::kIdle:
      return "IDLE";
    case Connectivity::kConnecting:
      return "CONNECTING";
    case Connectivity::kReady:
      return "READY";
    case Connectivity::kTransientFailure:
      return "TRANSIENT_FAILURE";
    case Connectivity::kShutdown:
      return "SHUTDOWN";
  }
  return "INVALID_STATE";
}

Channel::Channel(std::string_view target, const ChannelOptions& options) : core_(new Core) {
  core_->options = options;
  core_->tokens_milli = options.throttling.max_tokens * 1000;
  core_->authority = target.substr(0, target.find(','));
  while (true) {
    const size_t comma = target.find(',');
    Ref<Subchannel> sub(new Subchannel);
    sub->address = target.substr(0, comma);
    core_->subchannels.push_back(std::move(sub));
    if (comma == std::string_view::npos) break;
    target.remove_prefix(comma + 1);
  }
}

Task<Channel::Picked> Channel::pick(Context context, bool wait_for_ready) const {
  return [](Ref<Core> core, Context until, bool waits) -> Task<Picked> {
    Picked picked;
    start(core);
    const engine::StopFunc stop = engine::on_done(until, [core] { net::wake_all(core->pickers); });
    while (true) {
      if (core->closed) {
        picked.status = {Code::kCancelled, "grpc: the client connection is closing"};
        break;
      }
      if (Error done = until.err()) {
        picked.status = status_of(done);
        break;
      }
      picked.endpoint = take_turn(*core);
      if (picked.endpoint) break;
      if (state_of(*core) == Connectivity::kTransientFailure && !waits) {
        picked.status = {Code::kUnavailable, failure_text(*core)};
        break;
      }
      co_await PickWait(*core, until, waits);
    }
    stop();
    co_return picked;
  }(core_, std::move(context), wait_for_ready);
}

Ref<http2::Endpoint> Channel::pick_now(const Context& context) const {
  start(core_);
  return core_->closed || context.err() ? Ref<http2::Endpoint>() : take_turn(*core_);
}

Connectivity Channel::state() const {
  return state_of(*core_);
}
void Channel::connect() const {
  if (!engine::here().muted) start(core_);
}
const ChannelOptions& Channel::options() const {
  return core_->options;
}
const std::string& Channel::authority() const {
  return core_->authority;
}
uint64_t Channel::connections_made() const {
  return core_->connections;
}

void Channel::close() const {
  if (engine::here().muted) return;
  core_->closed = true;
  const auto endpoints = core_->endpoints;
  for (const Ref<http2::Endpoint>& endpoint : endpoints) endpoint->close();
  net::wake_all(core_->pickers);
}

void Channel::count_outcome(bool was_failure) const {
  const RetryThrottling& throttling = core_->options.throttling;
  if (throttling.max_tokens == 0) return;
  constexpr int64_t kToken = 1000;
  int64_t& tokens = core_->tokens_milli;
  tokens = was_failure
               ? std::max<int64_t>(tokens - kToken, 0)
               : std::min(tokens + throttling.token_ratio_milli, throttling.max_tokens * kToken);
}

bool Channel::may_retry() const {
  const RetryThrottling& throttling = core_->options.throttling;
  return throttling.max_tokens == 0 || core_->tokens_milli > throttling.max_tokens * 1000 / 2;
}

}  // namespace sim::grpc
