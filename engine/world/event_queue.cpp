#include "engine/world/event_queue.h"

#include "engine/world/check.h"

namespace engine {
namespace {
constexpr uint32_t kArity = 4;
}

EventQueue::~EventQueue() {
  for (const Entry& entry : heap_) entry.timer->queue_ = nullptr;
}

void EventQueue::set(Timer& timer, Instant due, uint64_t cause) {
  timer.cancel();
  timer.queue_ = this;
  timer.due_ = due;
  timer.sequence_ = next_sequence_++;
  timer.cause_ = cause;
  heap_.push_back({});
  sift_up(static_cast<uint32_t>(heap_.size()) - 1, {due, timer.sequence_, &timer});
}

void EventQueue::cancel(Timer& timer) {
  ENGINE_CHECK(timer.queue_ == this);
  timer.queue_ = nullptr;
  remove(timer.index_);
}

Timer& EventQueue::pop() {
  ENGINE_CHECK(!heap_.empty());
  Timer& timer = *heap_.front().timer;
  timer.queue_ = nullptr;
  remove(0);
  return timer;
}

void EventQueue::remove(uint32_t index) {
  const Entry last = heap_.back();
  heap_.pop_back();
  if (index == heap_.size()) return;
  if (index > 0 && last.before(heap_[(index - 1) / kArity])) {
    sift_up(index, last);
  } else {
    sift_down(index, last);
  }
}

void EventQueue::place(uint32_t index, const Entry& entry) {
  heap_[index] = entry;
  entry.timer->index_ = index;
}

void EventQueue::sift_up(uint32_t index, Entry entry) {
  while (index > 0) {
    const uint32_t parent = (index - 1) / kArity;
    if (!entry.before(heap_[parent])) break;
    place(index, heap_[parent]);
    index = parent;
  }
  place(index, entry);
}

void EventQueue::sift_down(uint32_t index, Entry entry) {
  const uint32_t count = size();
  for (;;) {
    const uint32_t first = index * kArity + 1;
    if (first >= count) break;
    uint32_t least = first;
    for (uint32_t child = first + 1; child < first + kArity && child < count; ++child) {
      if (heap_[child].before(heap_[least])) least = child;
    }
    if (!heap_[least].before(entry)) break;
    place(index, heap_[least]);
    index = least;
  }
  place(index, entry);
}

}  // namespace engine
