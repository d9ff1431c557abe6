// sim/gateway/gateway.h: a simulation that real clients can talk to.
//
// Concept: listens on real loopback ports, bridges each connection into a simulated one, and lets
// virtual time run with the wall clock: at each moment the run stands where
// `begin + elapsed * speed` is, or behind if it cannot keep up. It sleeps until the next simulated
// instant or a real event. What the clients did is kept as inputs, so the session replays exactly
// without clients, sockets and clock.
// Does not: model a slow client's back-pressure (bridge.h).

#pragma once

#include <poll.h>

#include <chrono>
#include <string>
#include <vector>

#include "sim/gateway/bridge.h"
#include "sim/gateway/driver.h"
#include "sim/gateway/endpoint.h"

namespace sim::gateway {

/// Virtual time as the wall clock has it.
class Pacer {
 public:
  explicit Pacer(double speed) : speed_(speed) {}
  void begin() { begin_ = Clock::now(); }
  [[nodiscard]] engine::Instant now() const;
  /// How long the wall clock takes until then; at most an hour.
  [[nodiscard]] std::chrono::nanoseconds wall_time_until(engine::Instant instant) const;

 private:
  using Clock = std::chrono::steady_clock;
  double speed_;
  Clock::time_point begin_;
};

/// Why a gateway no longer serves.
enum class Stop : uint8_t { kSignal, kUntil, kNothingLeft, kArenaLimit, kRecordingFull };

class Gateway {
 public:
  struct Options {
    double speed = 1;
    engine::Instant until = engine::kEndOfTime;
    uint64_t recording_bytes_most = 0;
  };
  /// Who is shown what the programs print.
  using Print = void (*)(engine::Stream stream, std::string_view text);

  /// `run` has taken no step yet, and is driven by nobody else.
  Gateway(engine::Run& run, const Options& options, Print print);
  Gateway(const Gateway&) = delete;
  Gateway& operator=(const Gateway&) = delete;

  /// Listens at the endpoint's real address, whose port is filled in. Returns why not, or nothing.
  std::string listen(Endpoint& endpoint);
  /// Serves until `stop` is readable or nothing is left to serve.
  Stop serve(const Fd& stop);
  /// Takes the steps that are due at the instant that was reached, so that a replay knows its end.
  /// False: there are too many of them.
  bool finish_instant();
  [[nodiscard]] const std::vector<engine::Input>& inputs() const { return driver_.inputs(); }

 private:
  struct Listener {
    Fd fd;
    scenario::Expose to;
  };
  /// What one wait has to tell.
  enum class Wake : uint8_t { kEvents, kStop };

  /// Takes the steps that are due by `target`, for a few milliseconds at most.
  void advance(engine::Instant target);
  [[nodiscard]] bool is_over(Stop& why) const;
  Wake wait(const Fd& stop);
  void accept_all(const Listener& listener, engine::Instant at);
  [[nodiscard]] engine::Instant target() const;

  engine::Run& run_;
  Options options_;
  Driver driver_;
  Bridge bridge_;
  Pacer pacer_;
  std::vector<Listener> listeners_;
  std::vector<pollfd> polls_;   // the stop signal, the listeners, the connections
  bool out_of_memory_ = false;  // the last accept() failed for want of descriptors
};

}  // namespace sim::gateway
