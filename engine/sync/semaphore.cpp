#include "engine/sync/semaphore.h"

#include "engine/sync/select.h"

namespace engine::detail {

void SemaphoreCore::trace(EventKind kind, TaskId task, int64_t n) {
  if (!name().empty()) emit(kind, id(), task.value, static_cast<uint64_t>(n));
}

bool SemaphoreCore::try_acquire(int64_t n) {
  if (here().muted || !admits(n)) return false;
  held_ += n;
  trace(EventKind::kLock, scheduler().current()->id(), n);
  return true;
}

void SemaphoreCore::request(SemaphoreWaiter& waiter) {
  waiter.task_ = scheduler().current()->id();
  if (admits(waiter.n_)) {
    held_ += waiter.n_;
    waiter.holds_ = true;
    trace(EventKind::kLock, waiter.task_, waiter.n_);
  } else if (can_ever(waiter.n_)) {
    std::string text(name());
    if (!text.empty()) text += ".ready";
    waiter.ready_ = Chan<None>(0, text);
    waiters_.push_back(waiter);
  }
}

void SemaphoreCore::give_back(int64_t n) {
  if (here().muted) return;
  held_ -= n;
  if (held_ < 0) {
    scheduler().panic("semaphore: released more than held");
    return;
  }
  const Goroutine* task = scheduler().current();
  trace(EventKind::kUnlock, task == nullptr ? TaskId{} : task->id(), n);
  serve_waiters();
}

void SemaphoreCore::serve_waiters() {
  while (SemaphoreWaiter* next = waiters_.front()) {
    if (size_ - held_ < next->n_) return;
    held_ += next->n_;
    next->unlink();
    next->holds_ = true;
    trace(EventKind::kLock, next->task_, next->n_);
    next->ready_.close();
  }
}

std::string SemaphoreCore::describe() const {
  return std::to_string(held_) + " of " + std::to_string(size_) + " held";
}

void SemaphoreWaiter::leave() {
  if (std::exchange(holds_, false)) {
    core_.held_ -= n_;
    core_.trace(EventKind::kUnlock, task_, n_);
  } else if (linked()) {
    const bool was_first = core_.waiters_.front() == this;
    unlink();
    if (!was_first || core_.size_ <= core_.held_) return;
  } else {
    return;
  }
  if (!here().muted) core_.serve_waiters();
}

// The order of what is asked is that of Go's Acquire.
Task<Error> acquire(Ref<SemaphoreCore> core, Context ctx, int64_t n) {
  SemaphoreWaiter waiter(*core, n);
  const Chan<None> done = ctx.done();
  const auto request = [&](SemaphoreCore& semaphore) {
    if (ctx.err()) return false;
    semaphore.request(waiter);
    return true;
  };
  bool cancelled = !co_await AccessOp(core.get(), request);
  if (cancelled) co_return ctx.err();
  if (!waiter.ready().is_nil()) {
    const auto won = co_await select(done.recv(), waiter.ready().recv());
    cancelled = won.index() == 0 || ctx.err();
  } else if (!core->can_ever(n)) {
    co_await done.recv();
    cancelled = true;
  }
  if (cancelled) {
    waiter.leave();
    co_return ctx.err();
  }
  waiter.keep();
  co_return nullptr;
}

}  // namespace engine::detail
