// engine/task/policy.h: which ready goroutine runs next. Part of a run's identity.

#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace engine {

enum class Policy : uint8_t {
  kFifo,    // in the order they became ready; draws nothing
  kRandom,  // any of them, and any synchronization operation may let others go first
  kPct,     // by random priorities, a few of which are lowered on the way
  kGo,      // as one processor of Go's runtime does; draws nothing
};

/// All of them, in the order above.
std::span<const Policy> policies();
/// `fifo`, `random`, `pct`, `go`.
std::string_view policy_name(Policy policy);
std::optional<Policy> policy_named(std::string_view name);

}  // namespace engine
