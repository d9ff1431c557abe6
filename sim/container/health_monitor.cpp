#include "sim/container/health_monitor.h"

#include <utility>

#include "sim/node/clock.h"

namespace sim::container {

std::string_view health_name(Health health) {
  switch (health) {
    case Health::kHealthy:
      return "healthy";
    case Health::kUnhealthy:
      return "unhealthy";
    case Health::kStarting:
      break;
  }
  return "starting";
}

HealthMonitor::HealthMonitor(Container& container, const HealthCheck& check)
    : container_(&container), check_(check.with_defaults()) {}

void HealthMonitor::begin() {
  is_running_ = true;
  began_ = engine::here().now;
  health_ = Health::kStarting;
  failing_streak_ = 0;
  results_.clear();
  wait_for_next();
}

void HealthMonitor::stop() {
  is_running_ = false;
  next_.cancel();
  probe_ = {};
}

bool HealthMonitor::is_in_start_period() const {
  return health_ == Health::kStarting && engine::here().now - began_ < check_.start_period;
}

void HealthMonitor::wait_for_next() {
  const engine::Duration pause = is_in_start_period() ? check_.start_interval : check_.interval;
  engine::here().queue.set(next_, engine::here().now + pause, engine::here().cause);
}

void HealthMonitor::rings(engine::Alarm& alarm) {
  const engine::Ref<HealthMonitor> self(&static_cast<Next&>(alarm).monitor);
  if (!self->probe_) return self->probe();
  // The probe has not ended in time.
  const engine::Ref<Execution> late = std::exchange(self->probe_, {});
  node::send_signal(late->process(), node::Signal::kKill);
  self->probed(
      -1, "Health check exceeded timeout (" + engine::duration_text(self->check_.timeout) + ")");
}

std::vector<std::string> HealthMonitor::command() const {
  if (check_.test[0] == "CMD-SHELL") {
    return {"/bin/sh", "-c", check_.test.size() > 1 ? check_.test[1] : std::string()};
  }
  return {check_.test.begin() + 1, check_.test.end()};
}

void HealthMonitor::probe() {
  probe_start_ns_ = container_->machine().wall_clock().unix_ns(engine::here().now);
  ExecOptions options;
  options.output_bytes_max = kOutputBytesMax;
  options.on_end = [self = engine::Ref<HealthMonitor>(this)](Execution& ended) {
    if (self->probe_.get() != &ended) return;  // given up
    self->probe_ = {};
    self->next_.cancel();
    if (self->is_running_) self->probed(ended.exit_code(), ended.take_output());
  };
  const Container::Executed executed = container_->execute(command(), options);
  if (executed.error) return probed(-1, executed.error.message());
  probe_ = executed.execution;
  engine::here().queue.set(next_, engine::here().now + check_.timeout, engine::here().cause);
}

void HealthMonitor::probed(int exit_code, std::string output) {
  HealthResult result;
  result.start_ns = probe_start_ns_;
  result.end_ns = container_->machine().wall_clock().unix_ns(engine::here().now);
  result.exit_code = exit_code;
  result.output = std::move(output);
  results_.push_back(std::move(result));
  if (results_.size() > kResultsMax) results_.pop_front();
  if (exit_code == 0) {
    failing_streak_ = 0;
    health_ = Health::kHealthy;
  } else if (!is_in_start_period()) {
    ++failing_streak_;
    if (failing_streak_ >= check_.retries) health_ = Health::kUnhealthy;
  }
  wait_for_next();
}

}  // namespace sim::container
