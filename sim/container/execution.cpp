#include "sim/container/execution.h"

#include <algorithm>

namespace sim::container {

void Execution::printed(std::string_view text) {
  const size_t room = output_bytes_max_ - std::min(output_bytes_max_, output_.size());
  output_ += text.substr(0, room);
  changed_.advance();
}

void Execution::ended(int exit_code) {
  exit_code_ = exit_code;
  has_ended_ = true;
  changed_.advance();
  if (on_end_) std::exchange(on_end_, {})(*this);
}

engine::Task<bool> wait_for_end(engine::Ref<Execution> execution, engine::Instant deadline) {
  const AwaitsOthers awaits;
  while (!execution->has_ended() && engine::here().now < deadline) {
    const uint64_t seen = execution->changed().count();
    co_await execution->changed().wait(seen, deadline);
  }
  co_return execution->has_ended();
}

}  // namespace sim::container
