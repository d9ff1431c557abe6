// engine/sync/shared.h: a variable that several goroutines use without a lock of its own.
//
// Concept: each read and each write is a point where the run queue's policy may let others go
// first, so the lost updates that a data race allows can really happen, on a schedule that can be
// replayed. What else never waits but is such a point (atomics, maps, pools) is an AccessOp as
// well. Lifetime: a counted handle: copies are the same variable. Not modelled: torn values and
// memory reordering.

#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "engine/task/print.h"
#include "engine/task/scheduler.h"
#include "engine/world/object.h"

namespace engine {

/// The part of a shared thing that does not depend on its type; what views look at.
class SharedCore : public Object {
 public:
  explicit SharedCore(std::string_view name) : Object(ObjectKind::kShared, name) {}
  /// The value as text. For views: runs outside the world's scope.
  [[nodiscard]] virtual std::string describe() const = 0;
};

namespace detail {

/// Appends the operand, or a word for what has no text.
template <class T>
void append_value(std::string& out, const T& value) {
  if constexpr (requires { append_operand(out, value); }) {
    append_operand(out, value);
  } else {
    out += "value";
  }
}

/// Something happens to `object`, by the running goroutine.
inline void note(const Object& object, EventKind kind, uint64_t arg = 0) {
  const Goroutine* task = scheduler().current();
  emit(kind, object.id(), task == nullptr ? 0 : task->id().value, arg);
}

/// An operation that never waits: `access(core)` happens in one go, after the point where the
/// policy may let others go first. Its result is the operation's.
template <class Core, class F>
class [[nodiscard]] AccessOp final : public Await<AccessOp<Core, F>> {
 public:
  AccessOp(Core* core, F access) : Await<AccessOp>(kKind, core), access_(std::move(access)) {}
  bool attempt() { return true; }
  auto await_resume() { return access_(static_cast<Core&>(*this->object_)); }

 private:
  static constexpr OpKind kKind = {.attempt = Await<AccessOp>::attempt_of,
                                   .reason = WaitReason::kNone};
  F access_;
};

template <class T>
class SharedOf final : public SharedCore {
 public:
  SharedOf(T initial, std::string_view name) : SharedCore(name), value(std::move(initial)) {}
  [[nodiscard]] std::string describe() const override {
    std::string text;
    append_value(text, value);
    return text;
  }
  [[nodiscard]] auto read() {
    return AccessOp(this, [](SharedOf& variable) {
      note(variable, EventKind::kRead);
      return T(variable.value);
    });
  }
  [[nodiscard]] auto write(T to) {
    return AccessOp(this, [to = std::move(to)](SharedOf& variable) mutable {
      variable.value = std::move(to);
      note(variable, EventKind::kWrite);
    });
  }
  T value;
};

}  // namespace detail

template <class T>
class Shared {
 public:
  explicit Shared(T initial = {}, std::string_view name = {})
      : core_(new detail::SharedOf<T>(std::move(initial), name)) {}

  /// Reads; the policy may let others run before.
  auto load() const { return core_->read(); }
  /// Writes; the policy may let others run before.
  auto store(T value) const { return core_->write(std::move(value)); }

 private:
  Ref<detail::SharedOf<T>> core_;
};

}  // namespace engine
