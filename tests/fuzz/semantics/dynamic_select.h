// tests/fuzz/semantics/dynamic_select.h: a select whose cases are known only when it runs.
//
// The engine's own select with a list in place of its argument list. Lifetime: as an operation.

#pragma once

#include <variant>

#include "engine/sync/none.h"
#include "engine/sync/select.h"
#include "engine/sync/timer.h"
#include "tests/fuzz/semantics/program.h"
#include "tests/fuzz/semantics/record.h"

namespace semantics {

class [[nodiscard]] DynamicSelect final : public engine::detail::SelectBase {
 public:
  explicit DynamicSelect(bool has_default) : SelectBase(refs_, 0, has_default) {}
  /// Of a select that has cases: before the first one is added.
  explicit DynamicSelect(bool has_default, uint32_t count)
      : SelectBase(refs_, count, has_default) {}

  void send(const engine::Chan<int64_t>& chan, int64_t value) {
    add<engine::detail::SendOp<int64_t>>(core_of(chan), value);
  }
  template <class T>
  void recv(const engine::Chan<T>& chan) {
    add<engine::detail::RecvOp<T>>(core_of(chan));
  }

  /// Which case; that of the default is the number of the others.
  uint32_t await_resume() const { return chosen_; }

  /// What the chosen case received; kClosedValue if its channel was closed; 0 of a send.
  int64_t received() {
    if (chosen_ >= count_) return 0;
    if (auto* ints = std::get_if<engine::detail::RecvOp<int64_t>>(&ops_[chosen_])) {
      return ints->await_resume().value_or(kClosedValue);
    }
    if (auto* times = std::get_if<engine::detail::RecvOp<engine::Instant>>(&ops_[chosen_])) {
      return times->await_resume().value_or(engine::Instant{kClosedValue}).ns;
    }
    if (auto* ends = std::get_if<engine::detail::RecvOp<engine::None>>(&ops_[chosen_])) {
      return ends->await_resume() ? 0 : kClosedValue;
    }
    return 0;
  }

 private:
  template <class T>
  static engine::detail::ChanOf<T>* core_of(const engine::Chan<T>& chan) {
    auto* const object = const_cast<engine::Object*>(chan.recv().object());
    return static_cast<engine::detail::ChanOf<T>*>(object);
  }
  template <class Op, class... A>
  void add(A... args) {
    Op& op = ops_[added_].emplace<Op>(args...);
    refs_[added_++] = {&op, &Op::kCase};
  }

  uint32_t added_ = 0;
  engine::detail::CaseRef refs_[kCasesMax];
  std::variant<std::monostate, engine::detail::SendOp<int64_t>, engine::detail::RecvOp<int64_t>,
               engine::detail::RecvOp<engine::Instant>, engine::detail::RecvOp<engine::None>>
      ops_[kCasesMax];
};

}  // namespace semantics
