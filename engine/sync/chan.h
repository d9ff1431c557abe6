// engine/sync/chan.h: a typed FIFO between goroutines, with Go's blocking rules.
//
// Determinism: waiters are served in arrival order through the run queue; nothing resumes inside
// send() or recv(). Lifetime: a counted handle, copied like Go's; the last copy frees the channel.
// A default-constructed handle made by Chan<T>::nil() is Go's nil channel: it blocks for ever.
// Source: The Go Programming Language Specification, "Send statements", "Receive operator",
// "Close".

#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/sync/ring_buffer.h"
#include "engine/task/print.h"
#include "engine/task/scheduler.h"
#include "engine/world/object.h"

namespace engine {

/// The part of a channel that does not depend on its element type; what views look at.
class ChanCore : public Object {
 public:
  ChanCore(uint32_t capacity, std::string_view name)
      : Object(ObjectKind::kChan, name), capacity_(capacity) {}

  [[nodiscard]] uint32_t capacity() const { return capacity_; }
  [[nodiscard]] bool closed() const { return closed_; }
  [[nodiscard]] const WaitList& senders() const { return senders_; }
  [[nodiscard]] const WaitList& receivers() const { return receivers_; }
  [[nodiscard]] virtual uint32_t length() const = 0;
  /// Appends the text of each buffered value. For views: runs outside the world's scope.
  virtual void describe_items(std::vector<std::string>& out) const = 0;

 protected:
  template <class T>
  friend class Chan;
  void trace(EventKind kind, const WaitOp& op, uint64_t arg) const {
    emit(kind, id(), op.task()->id().value, arg);
  }
  void close();

  WaitList senders_;
  WaitList receivers_;
  uint32_t capacity_;
  bool closed_ = false;
};

template <class T>
class Chan;

namespace detail {

/// `arg` of a receive that found the channel closed and drained.
inline constexpr uint64_t kReceivedClosed = UINT64_MAX;

template <class T>
class ChanOf;

template <class T>
class [[nodiscard]] SendOp : public WaitOp {
 public:
  SendOp(Ref<ChanOf<T>> chan, T value)
      : WaitOp(try_send, chan ? WaitReason::kChanSend : WaitReason::kChanSendNil),
        chan_(std::move(chan)),
        value_(std::move(value)) {
    object_ = chan_.get();
  }
  void await_resume() const {}

 private:
  friend class ChanOf<T>;
  static bool try_send(WaitOp& op) {
    auto& self = static_cast<SendOp&>(op);
    return self.chan_ && self.chan_->send(self);
  }
  Ref<ChanOf<T>> chan_;
  T value_;
};

template <class T>
class [[nodiscard]] RecvOp : public WaitOp {
 public:
  explicit RecvOp(Ref<ChanOf<T>> chan)
      : WaitOp(try_receive, chan ? WaitReason::kChanReceive : WaitReason::kChanReceiveNil),
        chan_(std::move(chan)) {
    object_ = chan_.get();
  }
  /// The value; empty once the channel is closed and drained (Go's `ok == false`).
  std::optional<T> await_resume() { return std::move(value_); }

 private:
  friend class ChanOf<T>;
  static bool try_receive(WaitOp& op) {
    auto& self = static_cast<RecvOp&>(op);
    return self.chan_ && self.chan_->receive(self);
  }
  Ref<ChanOf<T>> chan_;
  std::optional<T> value_;
};

template <class T>
class ChanOf final : public ChanCore {
 public:
  using ChanCore::ChanCore;

  bool send(SendOp<T>& op) {
    if (closed_) {
      scheduler().panic("send on closed channel");
      return false;
    }
    if (auto* receiver = static_cast<RecvOp<T>*>(receivers_.pop_front())) {
      receiver->value_.emplace(std::move(op.value_));
      trace(EventKind::kSend, op, 0);
      scheduler().ready(*receiver->task());
      return true;
    }
    if (buffer_.size() < capacity_) {
      buffer_.push_back(std::move(op.value_));
      trace(EventKind::kSend, op, buffer_.size());
      return true;
    }
    senders_.push_back(op);
    return false;
  }

  bool receive(RecvOp<T>& op) {
    if (buffer_.size() > 0) {
      op.value_.emplace(buffer_.pop_front());
      auto* sender = static_cast<SendOp<T>*>(senders_.pop_front());
      if (sender != nullptr) buffer_.push_back(std::move(sender->value_));
      trace(EventKind::kReceive, op, buffer_.size());
      if (sender != nullptr) scheduler().ready(*sender->task());
      return true;
    }
    if (auto* sender = static_cast<SendOp<T>*>(senders_.pop_front())) {
      op.value_.emplace(std::move(sender->value_));
      trace(EventKind::kReceive, op, 0);
      scheduler().ready(*sender->task());
      return true;
    }
    if (closed_) {
      trace(EventKind::kReceive, op, kReceivedClosed);
      return true;
    }
    receivers_.push_back(op);
    return false;
  }

  [[nodiscard]] uint32_t length() const override { return buffer_.size(); }
  void describe_items(std::vector<std::string>& out) const override {
    for (uint32_t i = 0; i < buffer_.size(); ++i) {
      std::string text;
      if constexpr (requires(const T& item) { append_operand(text, item); }) {
        append_operand(text, buffer_[i]);
      } else {
        text = "value";
      }
      out.push_back(std::move(text));
    }
  }

 private:
  RingBuffer<T> buffer_;
};

}  // namespace detail

template <class T>
class Chan {
 public:
  /// `capacity` 0 makes every send wait for its receiver (a rendezvous). Go's make(chan T,
  /// capacity).
  explicit Chan(uint32_t capacity = 0, std::string_view name = {})
      : core_(new detail::ChanOf<T>(capacity, name)) {}
  /// Go's nil channel: sends and receives block for ever, close panics.
  static Chan nil() { return Chan(Ref<detail::ChanOf<T>>()); }

  /// Suspends until a receiver or a free slot takes `value`. Panics the goroutine if the channel is
  /// closed, before or while it waits.
  detail::SendOp<T> send(T value) const { return {core_, std::move(value)}; }
  /// Suspends until a value arrives; empty once the channel is closed and drained. A loop
  /// `while (auto v = co_await ch.recv())` is Go's `for v := range ch`.
  detail::RecvOp<T> recv() const { return detail::RecvOp<T>(core_); }
  /// No more sends. Wakes every waiter. Panics on a nil or closed channel. Never suspends.
  void close() const {
    if (here().muted) return;
    if (!core_) {
      scheduler().panic("close of nil channel");
      return;
    }
    core_->close();
  }
  /// Values in the buffer now. Source: specification, "Length and capacity".
  [[nodiscard]] uint32_t len() const { return core_ ? core_->length() : 0; }
  [[nodiscard]] uint32_t cap() const { return core_ ? core_->capacity() : 0; }

 private:
  explicit Chan(Ref<detail::ChanOf<T>> core) : core_(std::move(core)) {}
  Ref<detail::ChanOf<T>> core_;
};

}  // namespace engine
