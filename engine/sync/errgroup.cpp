#include "engine/sync/errgroup.h"

#include <algorithm>
#include <string>

namespace engine {

void detail::GroupCore::failed(const Error& error) {
  if (err || here().muted) return;
  err = error;
  if (cancel) (*cancel)(error);
}

namespace errgroup {

void Group::set_limit(int64_t most) const {
  if (here().muted) return;
  if (most < 0) {
    core_->tokens = {};
    return;
  }
  const uint32_t active = core_->tokens ? core_->tokens->length() : 0;
  if (active != 0) {
    std::string message = "errgroup: modify limit while ";
    append_operand(message, active);
    message += " goroutines in the group are still active";
    scheduler().panic(message);
    return;
  }
  const auto capacity = static_cast<uint32_t>(std::min<int64_t>(most, UINT32_MAX));
  core_->tokens = Ref<detail::ChanOf<None>>(new detail::ChanOf<None>(capacity, "errgroup limit"));
}

Task<Error> Group::wait_for(Ref<detail::GroupCore> core) {
  co_await core->running.wait();
  if (core->cancel) (*core->cancel)(core->err);
  co_return core->err;
}

Grouped with_context(const Context& parent) {
  const CancelableWithCause child = with_cancel_cause(parent, "errgroup");
  Grouped grouped{{}, child.context};
  grouped.group.core_->cancel = child.cancel;
  return grouped;
}

}  // namespace errgroup
}  // namespace engine
