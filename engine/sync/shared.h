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
class [[nodiscard]] ReadOp : public Await<ReadOp<T>> {
 public:
  explicit ReadOp(SharedOf<T>* variable) : Await<ReadOp>(kKind, variable) {}
  bool attempt() {
    emit(EventKind::kRead, this->object_->id(), scheduler().current()->id().value);
    return true;
  }
  T await_resume() const { return static_cast<SharedOf<T>*>(this->object_)->value; }

 private:
  static constexpr OpKind kKind = {.attempt = Await<ReadOp>::attempt_of,
                                   .reason = WaitReason::kNone};
};

template <class T>
class [[nodiscard]] WriteOp : public Await<WriteOp<T>> {
 public:
  WriteOp(SharedOf<T>* variable, T value)
      : Await<WriteOp>(kKind, variable), value_(std::move(value)) {}
  bool attempt() {
    static_cast<SharedOf<T>*>(this->object_)->value = std::move(value_);
    emit(EventKind::kWrite, this->object_->id(), scheduler().current()->id().value);
    return true;
  }

 private:
  static constexpr OpKind kKind = {.attempt = Await<WriteOp>::attempt_of,
                                   .reason = WaitReason::kNone};
  T value_;
};

}  // namespace detail

template <class T>
class Shared {
 public:
  explicit Shared(T initial = {}, std::string_view name = {})
      : core_(new detail::SharedOf<T>(std::move(initial), name)) {}

  /// Reads; the policy may let others run before.
  detail::ReadOp<T> load() const { return detail::ReadOp<T>(core_.get()); }
  /// Writes; the policy may let others run before.
  detail::WriteOp<T> store(T value) const { return {core_.get(), std::move(value)}; }

 private:
  Ref<detail::SharedOf<T>> core_;
};

}  // namespace engine
