#include "sim/node/bandwidth.h"

namespace sim::node {

using engine::Duration;
using engine::Instant;

void Bandwidth::advance(Instant from, Instant to, uint32_t running) {
  if (!has_begun_) {
    has_begun_ = true;
    begin_ = to;
    return;
  }
  if (to < period_end()) {
    left_ = left_ - (to - from) * running;
    return;
  }
  const int64_t ended = (to - begin_).ns / max_.period.ns;
  const bool was_used = running > 0 || left_ != max_.quota || was_throttled_;
  if (was_used) periods_ += running > 0 ? static_cast<uint64_t>(ended) : 1;
  begin_ = begin_ + max_.period * ended;
  left_ = max_.quota - (to - begin_) * running;
  was_throttled_ = false;
}

void Bandwidth::change(const CpuMax& max) {
  max_ = max;
  left_ = max.quota;
  has_begun_ = false;
  was_throttled_ = false;
}

Instant Bandwidth::runs_out(Instant now, uint32_t running) const {
  if (running == 0) return engine::kEndOfTime;
  const auto cores = static_cast<int64_t>(running);
  if (left_ < (period_end() - now) * cores) return now + left_ / cores;
  if (max_.quota < max_.period * cores) return period_end() + max_.quota / cores;
  return engine::kEndOfTime;
}

}  // namespace sim::node
