// engine/sync/chan.h: a typed FIFO between goroutines, with Go's blocking rules.
//
// Determinism: waiters are served in arrival order through the run queue; nothing resumes inside
// send() or recv(). Lifetime: a counted handle, copied like Go's; the last copy frees the channel.
// A handle made by Chan<T>::nil() is Go's nil channel: it blocks for ever.
// Source: The Go Programming Language Specification, "Send statements", "Receive operator",
// "Close", "Length and capacity".

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
  ChanCore(uint32_t capacity, std::string_view name, bool is_timer = false)
      : Object(ObjectKind::kChan, name), capacity_(capacity), is_timer_(is_timer) {}

  [[nodiscard]] uint32_t capacity() const { return capacity_; }
  [[nodiscard]] bool closed() const { return closed_; }
  [[nodiscard]] const WaitList& senders() const { return senders_; }
  [[nodiscard]] const WaitList& receivers() const { return receivers_; }
  [[nodiscard]] virtual uint32_t length() const = 0;
  /// Whether values come by themselves.
  [[nodiscard]] bool is_timer() const { return is_timer_; }
  /// When the next one comes; kEndOfTime if none will.
  [[nodiscard]] virtual Instant due() const { return kEndOfTime; }
  /// Appends the text of each buffered value. For views: runs outside the world's scope.
  virtual void describe_items(std::vector<std::string>& out) const = 0;
  /// No more sends. Wakes every waiter. Panics if it is closed.
  void close();

 protected:
  WaitList senders_;
  WaitList receivers_;
  uint32_t capacity_;
  bool closed_ = false;
  const bool is_timer_;
};

template <class T>
class Chan;

namespace detail {

/// `arg` of a receive that found the channel closed and drained.
inline constexpr uint64_t kReceivedClosed = UINT64_MAX;

template <class T>
class ChanOf;

/// The running task as events name it; 0 if none runs.
inline uint32_t current_id() {
  return here().running;
}

/// A value that waits to be sent, or the place for one to be received.
template <class V>
struct Parcel : WaiterRoom {
  Parcel() = default;
  explicit Parcel(V v) : value(std::move(v)) {}
  static Parcel& of(Waiter& waiter) { return static_cast<Parcel&>(WaiterRoom::of(waiter)); }

  V value{};
};

/// What a select needs to know of one type of case. Constants, one for each type.
struct CaseKind {
  /// Whether it would not block now.
  bool (*would_proceed)(const WaitOp& op);
  /// Proceeds. REQUIRES: would_proceed(). False: it has panicked.
  bool (*proceed)(WaitOp& op);
  /// Queues at the channel. REQUIRES: there is one.
  void (*enqueue)(WaitOp& op, Goroutine& task);
  /// REQUIRES: it has queued.
  Waiter& (*waiter)(WaitOp& op);
};

template <class T>
class [[nodiscard]] SendOp final : public Await<SendOp<T>> {
 public:
  SendOp(ChanOf<T>* chan, T value)
      : Await<SendOp>(chan == nullptr ? kNil : kKind, chan), parcel_(std::move(value)) {}
  ~SendOp() { this->unmake_waiter(parcel_); }

  bool attempt() {
    ChanOf<T>* const c = typed();
    return (c != nullptr && c->buffer_at_once(parcel_.value)) || attempt_otherwise();
  }

  static constexpr CaseKind kCase = {
      [](const WaitOp& op) {
        const auto* c = static_cast<const SendOp&>(op).typed();
        return c != nullptr && c->can_send();
      },
      [](WaitOp& op) {
        auto& self = static_cast<SendOp&>(op);
        return self.typed()->send(self.parcel_.value);
      },
      [](WaitOp& op, Goroutine& task) { static_cast<SendOp&>(op).enqueue(task); },
      [](WaitOp& op) -> Waiter& { return static_cast<SendOp&>(op).parcel_.waiter; },
  };

 private:
  [[gnu::noinline]] bool attempt_otherwise() {
    ChanOf<T>* const c = typed();
    if (c == nullptr) return false;
    if (c->send_otherwise(parcel_.value)) return true;
    if (!c->closed()) enqueue(*scheduler().current());
    return false;
  }
  [[nodiscard]] ChanOf<T>* typed() const { return static_cast<ChanOf<T>*>(this->object_); }
  static constexpr OpKind kKind = {.attempt = Await<SendOp>::attempt_of,
                                   .reason = WaitReason::kChanSend};
  static constexpr OpKind kNil = {.attempt = Await<SendOp>::attempt_of,
                                  .reason = WaitReason::kChanSendNil};
  // Once: whoever is woken has been served, or panics.
  void enqueue(Goroutine& task) { typed()->enqueue_sender(this->make_waiter(parcel_, task)); }

  Parcel<T> parcel_;
};

/// Of a goroutine that waits to receive: whether a timer will send, and when.
bool timer_sends(const WaitOp& op);
Instant timer_due(const WaitOp& op);

template <class T>
class [[nodiscard]] RecvOp final : public Await<RecvOp<T>> {
  static constexpr OpKind kKind = {.attempt = Await<RecvOp>::attempt_of,
                                   .reason = WaitReason::kChanReceive};
  static constexpr OpKind kTimer = {.attempt = Await<RecvOp>::attempt_of,
                                    .reason = WaitReason::kChanReceive,
                                    .wakes_by_itself = timer_sends,
                                    .due = timer_due};
  static constexpr OpKind kNil = {.attempt = Await<RecvOp>::attempt_of,
                                  .reason = WaitReason::kChanReceiveNil};

 public:
  explicit RecvOp(ChanOf<T>* chan) : Await<RecvOp>(chan == nullptr ? kNil : kKind, chan) {}
  ~RecvOp() { this->unmake_waiter(parcel_); }

  bool attempt() {
    ChanOf<T>* const c = typed();
    return (c != nullptr && c->take_at_once(parcel_.value)) || attempt_otherwise();
  }
  /// The value; empty once the channel is closed and drained (Go's `ok == false`).
  std::optional<T> await_resume() { return std::move(parcel_.value); }

  static constexpr CaseKind kCase = {
      [](const WaitOp& op) {
        const auto* c = static_cast<const RecvOp&>(op).typed();
        return c != nullptr && c->can_receive();
      },
      [](WaitOp& op) {
        auto& self = static_cast<RecvOp&>(op);
        return self.typed()->receive(self.parcel_.value);
      },
      [](WaitOp& op, Goroutine& task) { static_cast<RecvOp&>(op).enqueue(task); },
      [](WaitOp& op) -> Waiter& { return static_cast<RecvOp&>(op).parcel_.waiter; },
  };

 private:
  [[gnu::noinline]] bool attempt_otherwise() {
    ChanOf<T>* const c = typed();
    if (c == nullptr) return false;
    if (c->receive_otherwise(parcel_.value)) return true;
    enqueue(*scheduler().current());
    return false;
  }
  [[nodiscard]] ChanOf<T>* typed() const { return static_cast<ChanOf<T>*>(this->object_); }
  // Once: whoever is woken has been served.
  void enqueue(Goroutine& task) {
    if (typed()->is_timer()) [[unlikely]]
      this->set_kind(kTimer);
    typed()->enqueue_receiver(this->make_waiter(parcel_, task));
  }

  Parcel<std::optional<T>> parcel_;
};

template <class T>
class ChanOf : public ChanCore {
 public:
  using ChanCore::ChanCore;

  [[nodiscard]] bool can_send() const {
    return closed_ || !receivers_.empty() || buffer_.size() < capacity_;
  }
  [[nodiscard]] bool can_receive() const {
    return closed_ || !senders_.empty() || buffer_.size() > 0;
  }

  /// The usual courses of send() and receive(): the buffer has room or a value, and nobody waits.
  /// False: it is another course.
  bool buffer_at_once(T& value) {
    if (buffer_.full() || buffer_.size() == capacity_ || closed_ || !receivers_.empty())
      return false;
    buffer_.push_back(std::move(value));
    emit(EventKind::kSend, id(), current_id(), buffer_.size());
    return true;
  }

  bool take_at_once(std::optional<T>& value) {
    if (buffer_.size() == 0 || !senders_.empty()) return false;
    buffer_.pop_front(value);
    emit(EventKind::kReceive, id(), current_id(), buffer_.size());
    return true;
  }

  /// Hands `value` over or puts it into the buffer. False: it would block, or has panicked.
  bool send(T& value) { return buffer_at_once(value) || send_otherwise(value); }
  /// As send(), where buffer_at_once() has just given false.
  [[gnu::always_inline]] bool send_otherwise(T& value) {
    if (closed_) {
      scheduler().panic("send on closed channel");
      return false;
    }
    if (Waiter* const receiver = receivers_.pop_front()) {
      Parcel<std::optional<T>>::of(*receiver).value.emplace(std::move(value));
      Goroutine& task = Scheduler::served(*receiver);
      const uint64_t event = emit(EventKind::kHandOver, id(), current_id(), task.id().value);
      scheduler().ready_because(task, event);
      return true;
    }
    if (buffer_.size() == capacity_) return false;
    buffer_.grow();
    buffer_at_once(value);
    return true;
  }

  /// Takes a value, or learns that the channel is closed and drained. False: it would block.
  bool receive(std::optional<T>& value) { return take_at_once(value) || receive_otherwise(value); }
  /// As receive(), where take_at_once() has just given false.
  [[gnu::always_inline]] bool receive_otherwise(std::optional<T>& value) {
    if (Waiter* const sender = senders_.pop_front()) {
      T& sent = Parcel<T>::of(*sender).value;
      if (buffer_.size() > 0) {
        buffer_.pop_front(value);
        buffer_.push_back(std::move(sent));
      } else {
        value.emplace(std::move(sent));
      }
      wake_sender(*sender);
      return true;
    }
    if (!closed_) return false;
    value.reset();
    emit(EventKind::kReceive, id(), current_id(), kReceivedClosed);
    return true;
  }

  /// Queues the waiter of a Parcel<T>.
  void enqueue_sender(Waiter& waiter) { senders_.push_back(waiter); }
  /// Queues the waiter of a Parcel<std::optional<T>>.
  void enqueue_receiver(Waiter& waiter) { receivers_.push_back(waiter); }

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

 protected:
  /// For channels that fill themselves: forgets what is buffered; buffers `value` if nothing is.
  void clear() { buffer_.clear(); }
  void put_if_empty(T value) {
    if (buffer_.size() > 0) return;
    if (buffer_.full()) buffer_.grow();
    buffer_.push_back(std::move(value));
  }

 private:
  void wake_sender(Waiter& sender) {
    Goroutine& task = Scheduler::served(sender);
    const uint64_t event = emit(EventKind::kTakeOver, id(), current_id(),
                                task.id().value | uint64_t{buffer_.size()} << 32);
    scheduler().ready_because(task, event);
  }

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
  /// A handle to a channel of another make, such as a timer's.
  explicit Chan(Ref<detail::ChanOf<T>> core) : core_(std::move(core)) {}
  /// Go's nil channel: sends and receives block for ever, close panics.
  static Chan nil() { return Chan(Ref<detail::ChanOf<T>>()); }

  /// Suspends until a receiver or a free slot takes `value`. Panics the goroutine if the channel is
  /// closed, before or while it waits. Await it at once, or give it to select().
  detail::SendOp<T> send(T value) const { return {core_.get(), std::move(value)}; }
  /// Suspends until a value arrives; empty once the channel is closed and drained. A loop
  /// `while (auto v = co_await ch.recv())` is Go's `for v := range ch`.
  detail::RecvOp<T> recv() const { return detail::RecvOp<T>(core_.get()); }
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
  [[nodiscard]] bool is_nil() const { return !core_; }
  /// The same channel, as Go's ==.
  bool operator==(const Chan& other) const { return core_.get() == other.core_.get(); }

 private:
  Ref<detail::ChanOf<T>> core_;
};

}  // namespace engine
