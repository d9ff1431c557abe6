#include "sim/gateway/gateway.h"

#include <algorithm>
#include <cmath>

namespace sim::gateway {
namespace {

using engine::Instant;
using engine::kEndOfTime;
using std::chrono::nanoseconds;
using namespace std::chrono_literals;

constexpr nanoseconds kBusyMost = 5ms;
constexpr nanoseconds kSleepMost = 1h;
constexpr nanoseconds kSleepOutOfMemory = 100ms;
constexpr uint64_t kStepsBetweenLooks = 64;
constexpr uint64_t kStepsOfOneInstantMost = 1'000'000;
constexpr int kAcceptsATurn = 64;
constexpr uint64_t kDescriptors = Bridge::kConnectionsMost + kEndpointsMost + 64;

bool has_running_process(const engine::Run& run) {
  for (const engine::Process& process : run.world().state().scheduler->processes()) {
    if (process.running()) return true;
  }
  return false;
}

}  // namespace

Instant Pacer::now() const {
  const auto elapsed = nanoseconds(Clock::now() - begin_).count();
  if (speed_ == 1) return Instant{elapsed};
  const double ns = static_cast<double>(elapsed) * speed_;
  // The largest double below the end of time.
  constexpr double kMost = 9.2e18;
  return Instant{static_cast<int64_t>(std::min(ns, kMost))};
}

nanoseconds Pacer::wall_time_until(Instant instant) const {
  const engine::Duration left = instant - now();
  if (left.ns <= 0) return 0ns;
  // Rounded up: to wake too early would be to wake twice.
  const double ns = std::ceil(static_cast<double>(left.ns) / speed_);
  return ns < static_cast<double>(kSleepMost.count()) ? nanoseconds(static_cast<int64_t>(ns))
                                                      : kSleepMost;
}

Gateway::Gateway(engine::Run& run, const Options& options, Print print)
    : run_(run),
      options_(options),
      driver_(run, options.recording_bytes_most),
      bridge_(driver_),
      pacer_(options.speed) {
  driver_.set_sink([this, print](const engine::OutputLog::Chunk& chunk, std::string_view text) {
    if (engine::is_terminal(chunk.stream)) {
      print(chunk.stream, text);
    } else {
      bridge_.take_output(chunk, text);
    }
  });
  raise_descriptor_limit(kDescriptors);
}

std::string Gateway::listen(Endpoint& endpoint) {
  auto bound = listen_on(endpoint.real);
  if (!bound) return bound.error();
  endpoint.real.port = bound.value().port;
  listeners_.push_back({std::move(bound.value().fd), endpoint.simulated});
  return {};
}

Instant Gateway::target() const {
  return std::min(pacer_.now(), options_.until);
}

void Gateway::advance(Instant target) {
  const auto begin = std::chrono::steady_clock::now();
  for (uint64_t steps = 1; run_.next_instant() <= target && driver_.step(); ++steps) {
    const bool looks = steps % kStepsBetweenLooks == 0;
    if (looks && std::chrono::steady_clock::now() - begin > kBusyMost) return;
  }
}

bool Gateway::is_over(Stop& why) const {
  if (driver_.recording_is_full()) {
    why = Stop::kRecordingFull;
    return true;
  }
  if (run_.end() == engine::RunEnd::kArenaLimit) {
    why = Stop::kArenaLimit;
    return true;
  }
  const Instant next = run_.next_instant();
  if (pacer_.now() >= options_.until && next > options_.until) {
    why = Stop::kUntil;
    return true;
  }
  why = Stop::kNothingLeft;
  return next == kEndOfTime && !has_running_process(run_) && bridge_.size() == 0;
}

Gateway::Wake Gateway::wait(const Fd& stop) {
  polls_.clear();
  polls_.push_back({stop.get(), POLLIN, 0});
  for (const Listener& listener : listeners_) {
    polls_.push_back({bridge_.full() || out_of_memory_ ? -1 : listener.fd.get(), POLLIN, 0});
  }
  bridge_.add_polls(polls_);
  nanoseconds sleep = pacer_.wall_time_until(std::min(run_.next_instant(), options_.until));
  if (out_of_memory_) sleep = std::min(sleep, kSleepOutOfMemory);
  out_of_memory_ = false;
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(sleep);
  timespec timeout{};
  timeout.tv_sec = static_cast<time_t>(seconds.count());
  timeout.tv_nsec = static_cast<decltype(timeout.tv_nsec)>((sleep - seconds).count());
  if (ppoll(polls_.data(), polls_.size(), &timeout, nullptr) < 0) {
    for (pollfd& poll : polls_) poll.revents = 0;  // interrupted: look again
  }
  return polls_[0].revents != 0 ? Wake::kStop : Wake::kEvents;
}

void Gateway::accept_all(const Listener& listener, Instant at) {
  for (int accepts = 0; accepts < kAcceptsATurn && !bridge_.full(); ++accepts) {
    Accepted accepted = accept_on(listener.fd);
    out_of_memory_ = accepted.status == AcceptStatus::kOutOfMemory;
    if (accepted.status != AcceptStatus::kAccepted) return;
    bridge_.open(std::move(accepted.fd), listener.to, at);
  }
}

Stop Gateway::serve(const Fd& stop) {
  pacer_.begin();
  while (true) {
    advance(target());
    bridge_.settle(target());
    Stop why{};
    if (is_over(why)) return why;
    if (wait(stop) == Wake::kStop) return Stop::kSignal;
    // What arrived arrives now: first comes what was due before.
    const Instant now = target();
    advance(now);
    // Connections first: take_events() walks those that were polled.
    bridge_.take_events(polls_.data() + 1 + listeners_.size(), now);
    for (size_t i = 0; i < listeners_.size(); ++i) {
      if (polls_[1 + i].revents != 0) accept_all(listeners_[i], now);
    }
  }
}

bool Gateway::finish_instant() {
  const Instant reached = run_.now();
  for (uint64_t steps = 0; run_.next_instant() <= reached; ++steps) {
    if (steps == kStepsOfOneInstantMost || !driver_.step()) return false;
  }
  return true;
}

}  // namespace sim::gateway
