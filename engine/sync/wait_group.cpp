#include "engine/sync/wait_group.h"

namespace engine::detail {

WaitGroupOp::WaitGroupOp(Ref<WaitGroupCore> group)
    : WaitOp(
          [](WaitOp& op) {
            auto& self = static_cast<WaitGroupOp&>(op);
            return self.group_->wait(self);
          },
          WaitReason::kWaitGroupWait),
      group_(std::move(group)) {
  object_ = group_.get();
}

void WaitGroupCore::add(int64_t delta) {
  if (here().muted) return;
  counter_ += delta;
  const Goroutine* task = scheduler().current();
  emit(EventKind::kWaitGroupAdd, id(), task == nullptr ? 0 : task->id().value,
       static_cast<uint64_t>(counter_));
  if (counter_ < 0) {
    scheduler().panic("sync: negative WaitGroup counter");
    return;
  }
  if (counter_ > 0) return;
  while (WaitOp* waiter = waiters_.pop_front()) scheduler().ready(*waiter->task());
}

bool WaitGroupCore::wait(WaitOp& op) {
  if (counter_ == 0) return true;
  waiters_.push_back(op);
  return false;
}

}  // namespace engine::detail
