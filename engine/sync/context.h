// engine/sync/context.h: cancellation, deadlines and values that travel with a request.
//
//   const auto [ctx, cancel] = with_timeout(parent, 2 * kSecond);
//   const Defer cancelled([&] { cancel(); });
//   const auto won = co_await select(ctx.done().recv(), results.recv());
//   if (won.index() == 0) co_return ctx.err();
//
// Concept: contexts form a tree. Each has a link to its parent; those that can be cancelled stand
// in the list of their nearest ancestor that can. Cancelling closes the context's own channel, then
// cancels the list in order of creation. A child with an earlier deadline has an alarm of its own.
//
// Determinism: cancelling only closes channels and starts goroutines, so nothing resumes inside it.
// A deadline cancels in the step of its alarm; Go's does in a goroutine of its own, which the
// program cannot tell from a deadline that came a little later.
//
// Lifetime: handles are counted, and a parent does not keep its children: a context that nobody can
// reach is gone, cancelled or not. The done channel owns its context, so who has only the channel
// still learns of the end. A pending deadline keeps its context, and its process from being found
// deadlocked, as Go's timer does; both end with the process.
//
// Source: Go documentation, package `context`. Not modelled: contexts of the program's own types,
// String(), and a nil Context (one that is made by default is background()).

#pragma once

#include <optional>
#include <source_location>
#include <string_view>
#include <type_traits>
#include <utility>

#include "engine/sync/chan.h"
#include "engine/sync/counted.h"
#include "engine/sync/error.h"
#include "engine/sync/none.h"
#include "engine/sync/timer.h"
#include "engine/task/go.h"

namespace engine {

/// What Context::err() says.
inline constexpr Sentinel kCanceled("context canceled");
inline constexpr Sentinel kDeadlineExceeded("context deadline exceeded");

/// Names a value in contexts. A constant of the program; only its identity counts:
/// `inline constexpr ContextKey<std::string> kUser("user");`
template <class T>
class ContextKey {
 public:
  explicit constexpr ContextKey(std::string_view name) : name_(name) {}
  ContextKey(const ContextKey&) = delete;
  ContextKey& operator=(const ContextKey&) = delete;
  [[nodiscard]] constexpr std::string_view name() const { return name_; }

 private:
  std::string_view name_;
};

namespace detail {

class CancelNode;

/// A context other than the background.
class ContextNode : public Object {
 public:
  /// Counts the handles of what owns it.
  static void hold(ContextNode* node) { Object::hold(&node->owner_); }
  static void release(ContextNode* node) { Object::release(&node->owner_); }

  /// Null: the background.
  [[nodiscard]] ContextNode* parent() const { return parent_.get(); }
  /// The nearest one that can be cancelled, itself included. Null: it never is.
  [[nodiscard]] CancelNode* canceller() const { return canceller_; }
  /// Its own value for `key`, or null.
  [[nodiscard]] virtual const void* find(const void* /*key*/) const { return nullptr; }

 protected:
  ContextNode(ContextNode* parent, CancelNode* canceller, std::string_view name)
      : ContextNode(parent, canceller, *this, name) {}
  ContextNode(ContextNode* parent, CancelNode* canceller, Object& owner, std::string_view name)
      : Object(ObjectKind::kContext, name), owner_(owner), parent_(parent), canceller_(canceller) {}

 private:
  Object& owner_;
  Ref<ContextNode> parent_;
  CancelNode* canceller_;
};

inline CancelNode* canceller_of(const ContextNode* node) {
  return node == nullptr ? nullptr : node->canceller();
}

struct DependentTag {};

/// What a cancelled context cancels in turn. Does not keep its place in the list by itself.
class Dependent : public ListNode<DependentTag> {
 public:
  /// Has left the list.
  virtual void parent_cancelled(const Error& err, const Error& cause) = 0;
  /// The context is gone without having been cancelled; has left the list. `heir` is its nearest
  /// ancestor that can be cancelled, or null.
  virtual void orphaned(CancelNode* heir) = 0;

 protected:
  ~Dependent() = default;
};

/// The channel that is closed when its context is cancelled.
class DoneChan final : public ChanOf<None> {
 public:
  /// `due`: when a deadline closes it; kEndOfTime if none will.
  DoneChan(Instant due, std::string_view name) : ChanOf(0, name, due != kEndOfTime), due_(due) {}
  ~DoneChan() override;
  void own(CancelNode& node) { node_ = &node; }
  [[nodiscard]] Instant due() const override { return closed() ? kEndOfTime : due_; }

 private:
  CancelNode* node_ = nullptr;
  Instant due_;
};

class CancelNode : public ContextNode, public Dependent {
 public:
  static Ref<ContextNode> make(ContextNode* parent, std::string_view name);
  ~CancelNode() override;

  [[nodiscard]] DoneChan& done() const { return done_; }
  [[nodiscard]] const Error& err() const { return err_; }
  [[nodiscard]] const Error& cause() const { return cause_; }
  [[nodiscard]] std::optional<Instant> deadline() const { return deadline_; }

  /// Does nothing if it is cancelled already. A nil `cause` stands for `err`.
  void cancel(const Error& err, const Error& cause);
  /// `dependent` is to be cancelled with this one.
  void add(Dependent& dependent) { dependents_.push_back(dependent); }
  void parent_cancelled(const Error& err, const Error& cause) final { cancel(err, cause); }
  void orphaned(CancelNode* /*heir*/) final {}

 protected:
  CancelNode(ContextNode* parent, DoneChan& done, std::optional<Instant> deadline,
             std::string_view name);
  /// Joins its parent, or is cancelled with it.
  void join_parent();

 private:
  virtual void cancelled() {}

  DoneChan& done_;
  List<Dependent, DependentTag> dependents_;
  Error err_;
  Error cause_;
  std::optional<Instant> deadline_;
};

/// A context with a deadline of its own.
class DeadlineNode final : public CancelNode, private ProcessPart {
 public:
  static Ref<ContextNode> make(ContextNode* parent, Instant deadline, const Error& cause,
                               std::string_view name);

 private:
  struct Expiry : Alarm {
    explicit Expiry(DeadlineNode& o) : Alarm(expire), owner(o) {}
    DeadlineNode& owner;
  };
  DeadlineNode(ContextNode* parent, DoneChan& done, Instant deadline, const Error& cause,
               std::string_view name);
  static void expire(Alarm& alarm);
  void start(Instant deadline);
  void cancelled() override;
  void process_ended() override;
  void settle();

  Expiry expiry_;
  Process& process_;
  Error cause_of_expiry_;
};

template <class T>
class ValueNode final : public ContextNode {
 public:
  ValueNode(ContextNode* parent, const ContextKey<T>& key, T value)
      : ContextNode(parent, canceller_of(parent), key.name()),
        key_(&key),
        value_(std::move(value)) {}
  [[nodiscard]] const void* find(const void* key) const override {
    return key == key_ ? &value_ : nullptr;
  }

 private:
  const ContextKey<T>* key_;
  T value_;
};

/// A function that waits for a context's end. The context's list keeps it.
class AfterDone : public Counted<AfterDone>, private Dependent {
 public:
  AfterDone();
  virtual ~AfterDone() = default;
  void wait_for(CancelNode* context);
  bool stop();

 protected:
  [[nodiscard]] Process& process() const { return process_; }
  virtual void start(EntityKey key) = 0;

 private:
  friend class Counted<AfterDone>;
  void parent_cancelled(const Error& err, const Error& cause) override;
  void orphaned(CancelNode* heir) override;

  Process& process_;
  EntityKey key_;
  bool settled_ = false;  // it has been started or stopped
};

template <class F>
class AfterDoneOf final : public AfterDone {
 public:
  AfterDoneOf(F fn, std::source_location where) : fn_(std::move(fn)), where_(where) {}

 private:
  void start(EntityKey key) override {
    const Root root = make_root(std::move(fn_));
    if (scheduler().current() != nullptr) {
      scheduler().spawn(root.frame, root.closure, where_);
    } else {
      scheduler().spawn_from_timer(process(), key, root.frame, root.closure, where_);
    }
  }
  F fn_;
  std::source_location where_;
};

/// A plain function that is called at a context's end.
template <class F>
class CallAtDone final : public AfterDone {
 public:
  explicit CallAtDone(F fn) : fn_(std::move(fn)) {}

 private:
  void start(EntityKey /*key*/) override { fn_(); }
  F fn_;
};

}  // namespace detail

/// Go's context.Context. By default background().
class Context {
 public:
  Context() = default;
  explicit Context(Ref<detail::ContextNode> node) : node_(std::move(node)) {}

  /// Closed when the context is cancelled; nil if it never is.
  [[nodiscard]] Chan<None> done() const;
  /// Nil until done() is closed; then kCanceled or kDeadlineExceeded.
  [[nodiscard]] Error err() const;
  /// When it is cancelled at the latest, if there is a deadline.
  [[nodiscard]] std::optional<Instant> deadline() const;
  /// The value for `key` of the nearest context that has one.
  template <class T>
  [[nodiscard]] std::optional<T> value(const ContextKey<T>& key) const {
    for (const auto* node = node_.get(); node != nullptr; node = node->parent()) {
      if (const void* found = node->find(&key)) return *static_cast<const T*>(found);
    }
    return std::nullopt;
  }
  bool operator==(const Context& other) const { return node_.get() == other.node_.get(); }

  [[nodiscard]] detail::ContextNode* node() const { return node_.get(); }

 private:
  Ref<detail::ContextNode> node_;
};

/// Cancels its context with kCanceled; every call but the first does nothing. Never suspends.
class CancelFunc {
 public:
  CancelFunc() = default;
  explicit CancelFunc(Context context) : context_(std::move(context)) {}
  void operator()() const;

 private:
  Context context_;
};

/// As CancelFunc, with a cause; nil stands for kCanceled.
class CancelCauseFunc {
 public:
  CancelCauseFunc() = default;
  explicit CancelCauseFunc(Context context) : context_(std::move(context)) {}
  void operator()(const Error& cause) const;

 private:
  Context context_;
};

struct Cancelable {
  Context context;
  CancelFunc cancel;
};
struct CancelableWithCause {
  Context context;
  CancelCauseFunc cancel;
};

/// Never cancelled, without deadline or values.
inline Context background() {
  return {};
}
/// As background(), where it is not decided yet which context to use.
inline Context todo() {
  return {};
}
/// A child that `cancel` cancels. `name` is for views.
[[nodiscard]] Cancelable with_cancel(const Context& parent, std::string_view name = {});
[[nodiscard]] CancelableWithCause with_cancel_cause(const Context& parent,
                                                    std::string_view name = {});
/// A child that is cancelled with kDeadlineExceeded at `deadline` at the latest; at once if that
/// has passed. Called from a running goroutine.
[[nodiscard]] Cancelable with_deadline(const Context& parent, Instant deadline,
                                       std::string_view name = {});
/// Cancelled by its deadline, cause() is `cause`; otherwise kCanceled.
[[nodiscard]] Cancelable with_deadline_cause(const Context& parent, Instant deadline,
                                             const Error& cause, std::string_view name = {});
[[nodiscard]] Cancelable with_timeout(const Context& parent, Duration timeout,
                                      std::string_view name = {});
[[nodiscard]] Cancelable with_timeout_cause(const Context& parent, Duration timeout,
                                            const Error& cause, std::string_view name = {});
/// A child with `value` for `key`.
template <class T>
[[nodiscard]] Context with_value(const Context& parent, const ContextKey<T>& key,
                                 std::type_identity_t<T> value) {
  return Context(
      Ref<detail::ContextNode>(new detail::ValueNode<T>(parent.node(), key, std::move(value))));
}
template <class T>
Context with_value(const Context& parent, const ContextKey<T>&& key,
                   std::type_identity_t<T> value) = delete;
/// A child with the parent's values that is not cancelled with it and has no deadline.
[[nodiscard]] Context without_cancel(const Context& parent);
/// Why `context` was cancelled: the cause given, or what err() says. Nil if it was not.
[[nodiscard]] Error cause(const Context& context);

/// Takes back an after_func(). True: `fn` will not be started; false: it was, or was stopped
/// before.
class StopFunc {
 public:
  StopFunc() = default;
  explicit StopFunc(Ref<detail::AfterDone> func) : func_(std::move(func)) {}
  bool operator()() const;  // NOLINT: as in Go, the result may be ignored

 private:
  Ref<detail::AfterDone> func_;
};

/// Starts `fn()`, a coroutine, as a goroutine once `context` is cancelled; at once if it is.
/// Source: `context.AfterFunc`.
template <class F>
StopFunc after_func(const Context& context, F fn,
                    std::source_location where = std::source_location::current()) {
  Ref<detail::AfterDone> func(new detail::AfterDoneOf<F>(std::move(fn), where));
  func->wait_for(detail::canceller_of(context.node()));
  return StopFunc(std::move(func));
}

/// Calls `fn()`, a plain function that neither suspends nor panics, as part of cancelling
/// `context`; at once if it is cancelled already. For models that wait for something else as well.
template <class F>
StopFunc on_done(const Context& context, F fn) {
  detail::CancelNode* const canceller = detail::canceller_of(context.node());
  if (canceller == nullptr) return {};
  Ref<detail::AfterDone> func(new detail::CallAtDone<F>(std::move(fn)));
  func->wait_for(canceller);
  return StopFunc(std::move(func));
}

}  // namespace engine
