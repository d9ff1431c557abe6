// engine/sync/shared.h: a variable that several goroutines use without a lock of its own.
//
// Each read and each write is a point where the run queue's policy may let others go first, so the
// lost updates that a data race allows can really happen, on a schedule that can be replayed. A
// counted handle: copies are the same variable. Not modelled: torn values and memory reordering.

#pragma once

#include <string>
#include <string_view>

#include "engine/task/print.h"
#include "engine/task/scheduler.h"
#include "engine/world/object.h"

namespace engine {

/// The part of a Shared<T> that does not depend on its type; what views look at.
class SharedCore : public Object {
 public:
  explicit SharedCore(std::string_view name) : Object(ObjectKind::kShared, name) {}
  /// The value as text. For views: runs outside the world's scope.
  [[nodiscard]] virtual std::string describe() const = 0;
};

namespace detail {

template <class T>
class SharedOf final : public SharedCore {
 public:
  SharedOf(T initial, std::string_view name) : SharedCore(name), value(std::move(initial)) {}
  [[nodiscard]] std::string describe() const override {
    std::string text;
    append_operand(text, value);
    return text;
  }
  T value;
};

template <class T>
class [[nodiscard]] ReadOp : public WaitOp {
 public:
  explicit ReadOp(Ref<SharedOf<T>> variable)
      : WaitOp(read, WaitReason::kNone), variable_(std::move(variable)) {
    object_ = variable_.get();
  }
  T await_resume() const { return variable_->value; }

 private:
  static bool read(WaitOp& op) {
    emit(EventKind::kRead, op.object()->id(), op.task()->id().value);
    return true;
  }
  Ref<SharedOf<T>> variable_;
};

template <class T>
class [[nodiscard]] WriteOp : public WaitOp {
 public:
  WriteOp(Ref<SharedOf<T>> variable, T value)
      : WaitOp(write, WaitReason::kNone), variable_(std::move(variable)), value_(std::move(value)) {
    object_ = variable_.get();
  }
  void await_resume() const {}

 private:
  static bool write(WaitOp& op) {
    auto& self = static_cast<WriteOp&>(op);
    self.variable_->value = self.value_;
    emit(EventKind::kWrite, op.object()->id(), op.task()->id().value);
    return true;
  }
  Ref<SharedOf<T>> variable_;
  T value_;
};

}  // namespace detail

template <class T>
class Shared {
 public:
  explicit Shared(T initial = {}, std::string_view name = {})
      : core_(new detail::SharedOf<T>(std::move(initial), name)) {}

  /// Reads; the policy may let others run before.
  detail::ReadOp<T> load() const { return detail::ReadOp<T>(core_); }
  /// Writes; the policy may let others run before.
  detail::WriteOp<T> store(T value) const { return {core_, std::move(value)}; }

 private:
  Ref<detail::SharedOf<T>> core_;
};

}  // namespace engine
