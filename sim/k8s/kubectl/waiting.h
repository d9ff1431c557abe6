// sim/k8s/kubectl/waiting.h: waiting until an object is as a command wants it.

#pragma once

#include <functional>
#include <string>

#include "sim/k8s/kubectl/resolve.h"

namespace sim::k8s::kubectl {

/// What a look at an object tells: whether to go on waiting.
struct Look {
  bool is_done = false;
  engine::Error error;
};
/// `object` is absent if there is none (any more).
using LookAt = std::function<Look(const Value& object)>;

inline constexpr engine::Sentinel kTimedOut("timed out waiting for the condition");

/// Lists the object and watches it until `look` is done or gives an error; kTimedOut if `context`
/// ends before. Suspends.
engine::Task<engine::Error> wait_until(Call call, Item item, LookAt look, engine::Context context);

/// Until the object is gone, or another one has its name. `uid` empty: any object.
engine::Task<engine::Error> wait_for_deletion(Call call, Item item, std::string uid,
                                              engine::Context context);

}  // namespace sim::k8s::kubectl
