// sim/grpc/channel.h: a gRPC client's connections to a service, and which of them a call takes.
//
// Concept: a channel has the addresses of a target, a connection to those that its balancing policy
// wants, and picks one for each call. `pick_first` connects to the first address that answers;
// `round_robin` to all, taking turns. A connection that is lost is made again with back-off; while
// none is ready a call fails at once with UNAVAILABLE, or waits if it says so.
// Sources: gRPC "Load Balancing", "Connectivity Semantics", "Connection Backoff Protocol";
// grpc-go for texts. Not modelled: the xDS family, subchannel sharing, health-checked balancing,
// resolving again when connections are lost.

#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/sync/context.h"
#include "sim/grpc/keep_alive.h"
#include "sim/grpc/metadata.h"
#include "sim/grpc/status.h"
#include "sim/http2/endpoint.h"

namespace sim::grpc {

enum class Balancing : uint8_t { kPickFirst, kRoundRobin };
enum class Connectivity : uint8_t { kIdle, kConnecting, kReady, kTransientFailure, kShutdown };
std::string_view connectivity_text(Connectivity state);

/// gRFC A6. Zero attempts: no retries.
struct RetryPolicy {
  static constexpr int kAttemptsMost = 5;
  int max_attempts = 0;
  engine::Duration initial_backoff = 100 * engine::kMillisecond;
  engine::Duration max_backoff = engine::kSecond;
  int64_t backoff_multiplier_percent = 200;
  std::vector<Code> retryable = {Code::kUnavailable};
};
/// gRFC A6. Zero attempts: no hedging.
struct HedgingPolicy {
  int max_attempts = 0;
  engine::Duration delay;
  std::vector<Code> non_fatal = {Code::kUnavailable};
};
/// Retries stop while the tokens are at half or less. Zero: no throttling. In thousandths.
struct RetryThrottling {
  int64_t max_tokens = 0;
  int64_t token_ratio_milli = 100;
};

struct ChannelOptions {
  Balancing balancing = Balancing::kPickFirst;
  /// Off by default. Source: grpc-go, keepalive.ClientParameters.
  KeepAlive keep_alive;
  RetryPolicy retry;
  HedgingPolicy hedging;
  RetryThrottling throttling;
  /// Of every call that has none of its own; zero: none.
  engine::Duration default_timeout;
  std::string user_agent = "grpc-orrery/1.0";
};

/// Go's *grpc.ClientConn: a counted handle.
class Channel {
 public:
  /// `target`: "host:port", or several with commas between (each name may have several addresses).
  explicit Channel(std::string_view target, const ChannelOptions& options = {});

  struct Picked {
    engine::Ref<http2::Endpoint> endpoint;
    Status status;
  };
  /// Suspends while connections are being made (and, if it waits for ready ones, until there is
  /// one), or `context` is done.
  [[nodiscard]] engine::Task<Picked> pick(engine::Context context, bool wait_for_ready) const;
  /// The same without waiting: null if there is nothing to pick now.
  [[nodiscard]] engine::Ref<http2::Endpoint> pick_now(const engine::Context& context) const;
  [[nodiscard]] Connectivity state() const;
  /// Begins to connect, without a call. Source: grpc-go, ClientConn.Connect.
  void connect() const;
  /// Ends all connections; calls from now on fail.
  void close() const;
  [[nodiscard]] const ChannelOptions& options() const;
  [[nodiscard]] const std::string& authority() const;
  [[nodiscard]] uint64_t connections_made() const;

  /// Of gRFC A6: counts a call's end; whether a retry is allowed now.
  void count_outcome(bool was_failure) const;
  [[nodiscard]] bool may_retry() const;

  struct Core;
  /// One address of the target.
  struct Subchannel;

 private:
  engine::Ref<Core> core_;
};

/// An address's connection, made again and again while the channel wants it.
struct Channel::Subchannel : engine::Counted<Channel::Subchannel> {
  std::string address;  // host:port
  engine::Ref<http2::Endpoint> endpoint;
  Connectivity state = Connectivity::kIdle;
  /// It has failed and was not ready since: trying again does not make calls wait.
  bool failing = false;
  engine::Error last_error;
  int failures = 0;
};

struct Channel::Core : engine::Counted<Channel::Core> {
  ChannelOptions options;
  std::string authority;
  std::vector<engine::Ref<Subchannel>> subchannels;
  /// Those that are open: also such as only finish their calls.
  std::vector<engine::Ref<http2::Endpoint>> endpoints;
  engine::WaitList pickers;
  uint32_t next = 0;  // whose turn it is
  int64_t tokens_milli = 0;
  uint64_t connections = 0;
  bool started = false;
  bool closed = false;
};

}  // namespace sim::grpc
