// engine/sync/atomic.h: variables that are read and changed in one go.
//
// Concept: Go's package sync/atomic. Each operation is a point where the run queue's policy may let
// others go first, and happens as a whole; the time between two of them belongs to everybody, as
// the lost updates of `store(load() + 1)` show. All are awaited and none ever waits. Lifetime: a
// counted handle: copies are the same variable. Source: Go documentation, package sync/atomic. Not
// modelled: memory order weaker than Go's, which is sequentially consistent anyway.

#pragma once

#include <concepts>
#include <string_view>
#include <type_traits>
#include <utility>

#include "engine/sync/shared.h"

namespace engine {

/// Go's atomic.Int64 and its like, atomic.Bool, atomic.Pointer and atomic.Value.
template <class T>
class Atomic {
  using Core = detail::SharedOf<T>;

 public:
  explicit Atomic(T initial = {}, std::string_view name = {})
      : core_(new Core(std::move(initial), name)) {}

  auto load() const { return core_->read(); }
  auto store(T value) const { return core_->write(std::move(value)); }
  /// Gives the old value.
  auto swap(T value) const {
    return change([value = std::move(value)](T& now) mutable {
      return std::exchange(now, std::move(value));
    });
  }
  /// Stores `desired` if the value is `old`. Whether it was.
  auto compare_and_swap(T old, T desired) const {
    return detail::AccessOp(
        core_.get(), [old = std::move(old), desired = std::move(desired)](Core& core) mutable {
          const bool swaps = core.value == old;
          if (swaps) core.value = std::move(desired);
          detail::note(core, swaps ? EventKind::kWrite : EventKind::kRead);
          return swaps;
        });
  }
  /// Gives the new value. Wraps around as Go's integers do.
  auto add(T delta) const
    requires(std::integral<T> && !std::same_as<T, bool>)
  {
    return change([delta](T& now) {
      using Bits = std::make_unsigned_t<T>;
      return now = static_cast<T>(
                 static_cast<Bits>(static_cast<Bits>(now) + static_cast<Bits>(delta)));
    });
  }
  /// Keeps the bits of `mask`. Gives the old value.
  auto and_(T mask) const
    requires(std::integral<T> && !std::same_as<T, bool>)
  {
    return change([mask](T& now) { return std::exchange(now, static_cast<T>(now & mask)); });
  }
  /// Sets the bits of `mask`. Gives the old value.
  auto or_(T mask) const
    requires(std::integral<T> && !std::same_as<T, bool>)
  {
    return change([mask](T& now) { return std::exchange(now, static_cast<T>(now | mask)); });
  }

 private:
  template <class F>
  auto change(F fn) const {
    return detail::AccessOp(core_.get(), [fn = std::move(fn)](Core& core) mutable {
      detail::note(core, EventKind::kWrite);
      return fn(core.value);
    });
  }
  Ref<Core> core_;
};

}  // namespace engine
