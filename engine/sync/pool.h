// engine/sync/pool.h: spare things to be used again, any of which may vanish.
//
// Concept: Go's sync.Pool. get() takes what was put last, or makes a new one. A program must not
// rely on getting back what it put: under the policies fifo and go nothing vanishes; under the
// others one item in four that is put is dropped by a choice, as Go does under its race detector.
// Both operations are points where the policy may let others go first; none ever waits.
// Lifetime: a counted handle: copies are the same pool.
// Source: Go documentation, `sync.Pool`; Go's sync/pool.go, `Put`. Not modelled: a cache for each
// processor, and the garbage collector that empties them.

#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/sync/shared.h"

namespace engine {
namespace detail {

/// Source: Go's sync/pool.go, "Randomly drop x on floor".
inline constexpr uint32_t kPoolDropsOneIn = 4;

template <class T>
class PoolCore final : public SharedCore {
 public:
  PoolCore(std::function<T()> make, std::string_view name)
      : SharedCore(name), make_(std::move(make)) {}

  T get() {
    note(*this, EventKind::kRead);
    if (items_.empty()) return make_ ? make_() : T();
    T item = std::move(items_.back());
    items_.pop_back();
    return item;
  }
  void put(T item) {
    if constexpr (requires { item == nullptr; }) {
      if (item == nullptr) return;
    }
    Scheduler& s = scheduler();
    const bool keeps_all = s.policy() == Policy::kFifo || s.policy() == Policy::kGo;
    if (!keeps_all &&
        Scheduler::choose_for(*s.current(), ChoiceKind::kProgram, kPoolDropsOneIn) == 0) {
      return;
    }
    note(*this, EventKind::kWrite);
    items_.push_back(std::move(item));
  }
  [[nodiscard]] std::string describe() const override {
    return std::to_string(items_.size()) + " spare";
  }

 private:
  std::function<T()> make_;
  std::vector<T> items_;
};

}  // namespace detail

template <class T>
class Pool {
  using Core = detail::PoolCore<T>;

 public:
  /// `make` is Go's New: a plain function. Without one, an empty pool gives T(), as Go's gives nil.
  explicit Pool(std::function<T()> make = {}, std::string_view name = {})
      : core_(new Core(std::move(make), name)) {}

  /// Takes an item, or makes one.
  auto get() const {
    return detail::AccessOp(core_.get(), [](Core& core) { return core.get(); });
  }
  /// Gives an item back. A null pointer is ignored.
  auto put(T item) const {
    return detail::AccessOp(
        core_.get(), [item = std::move(item)](Core& core) mutable { core.put(std::move(item)); });
  }

 private:
  Ref<Core> core_;
};

}  // namespace engine
