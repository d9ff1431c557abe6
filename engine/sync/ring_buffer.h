// engine/sync/ring_buffer.h: a first-in first-out buffer that grows by doubling.
//
// Its memory follows what it holds, not what it may hold, so a channel with a large capacity costs
// nothing while it is empty.

#pragma once

#include <cstdint>
#include <memory>
#include <new>
#include <optional>
#include <utility>

namespace engine {

template <class T>
class RingBuffer {
 public:
  RingBuffer() = default;
  RingBuffer(const RingBuffer&) = delete;
  RingBuffer& operator=(const RingBuffer&) = delete;
  ~RingBuffer() {
    clear();
    std::allocator<T>().deallocate(items_, capacity_);
  }

  [[nodiscard]] uint32_t size() const { return count_; }
  [[nodiscard]] const T& operator[](uint32_t nth) const { return items_[slot(nth)]; }

  /// No room without growing.
  [[nodiscard]] bool full() const { return count_ == capacity_; }
  void clear() {
    for (; count_ > 0; --count_) {
      items_[head_].~T();
      head_ = slot(1);
    }
  }

  /// REQUIRES: not full.
  void push_back(T&& value) {
    new (&items_[slot(count_)]) T(std::move(value));
    ++count_;
  }

  /// REQUIRES: not empty.
  void pop_front(std::optional<T>& into) {
    T& front = items_[head_];
    into.emplace(std::move(front));
    front.~T();
    head_ = slot(1);
    --count_;
  }
  /// Doubles the room. Moves the items.
  void grow() {
    const uint32_t larger = capacity_ == 0 ? 4 : capacity_ * 2;
    T* items = std::allocator<T>().allocate(larger);
    for (uint32_t i = 0; i < count_; ++i) {
      T& from = items_[slot(i)];
      new (&items[i]) T(std::move(from));
      from.~T();
    }
    std::allocator<T>().deallocate(items_, capacity_);
    items_ = items;
    capacity_ = larger;
    head_ = 0;
  }

 private:
  [[nodiscard]] uint32_t slot(uint32_t nth) const { return (head_ + nth) & (capacity_ - 1); }

  T* items_ = nullptr;
  uint32_t capacity_ = 0;
  uint32_t head_ = 0;
  uint32_t count_ = 0;
};

}  // namespace engine
