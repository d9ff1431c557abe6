#include "sim/gateway/driver.h"

namespace sim::gateway {
namespace {

/// What a run file says of an input beside its text, at most.
constexpr uint64_t kBytesAnInput = 128;

}  // namespace

bool Driver::step() {
  if (!run_.step()) return false;
  hand_on_output();
  return true;
}

bool Driver::apply(std::string_view text, engine::Instant at) {
  if (recording_bytes_most_ > 0) {
    recording_bytes_ += text.size() + kBytesAnInput;
    recording_is_full_ = recording_is_full_ || recording_bytes_ > recording_bytes_most_;
    if (recording_is_full_) return true;
  }
  const bool found = run_.apply(text, at);
  if (recording_bytes_most_ > 0) inputs_.push_back({run_.steps(), run_.now(), std::string(text)});
  hand_on_output();
  return found;
}

void Driver::hand_on_output() {
  const uint64_t bytes = run_.world().state().output_bytes;
  if (bytes == output_seen_) return;
  run_.world().output().for_each_of(
      run_.steps(), [this](const engine::OutputLog::Chunk& chunk, std::string_view text) {
        if (chunk.offset >= output_seen_ && sink_) sink_(chunk, text);
      });
  output_seen_ = bytes;
}

}  // namespace sim::gateway
