#include "engine/sync/context.h"

#include <algorithm>

#include "engine/world/hash.h"

namespace engine {
namespace detail {
namespace {

class WithoutCancelNode final : public ContextNode {
 public:
  explicit WithoutCancelNode(ContextNode* parent) : ContextNode(parent, nullptr, {}) {}
};

std::optional<Instant> deadline_of(const ContextNode* node) {
  const CancelNode* const canceller = canceller_of(node);
  return canceller == nullptr ? std::nullopt : canceller->deadline();
}

}  // namespace

DoneChan::~DoneChan() {
  delete node_;
}

// What can be cancelled.

CancelNode::CancelNode(ContextNode* parent, DoneChan& done, std::optional<Instant> deadline,
                       std::string_view name)
    : ContextNode(parent, this, done, name), done_(done), deadline_(deadline) {
  done.own(*this);
}

CancelNode::~CancelNode() {
  CancelNode* const heir = canceller_of(parent());
  while (Dependent* dependent = dependents_.pop_front()) dependent->orphaned(heir);
}

Ref<ContextNode> CancelNode::make(ContextNode* parent, std::string_view name) {
  const std::optional<Instant> deadline = deadline_of(parent);
  auto* const done = new DoneChan(deadline.value_or(kEndOfTime), name);
  auto* const node = new CancelNode(parent, *done, deadline, name);
  Ref<ContextNode> ref(node);
  node->join_parent();
  return ref;
}

void CancelNode::join_parent() {
  CancelNode* const above = canceller_of(parent());
  if (above == nullptr) return;
  if (above->err_) {
    cancel(above->err_, above->cause_);
  } else {
    above->add(*this);
  }
}

void CancelNode::cancel(const Error& err, const Error& cause) {
  if (here().muted || err_) return;
  // A dependent that goes may have been the last to keep this one.
  const Ref<ContextNode> self(this);
  err_ = err;
  cause_ = cause ? cause : err;
  Dependent::unlink();
  emit(EventKind::kCancel, id(), current_id(), hash_bytes(err_.message()));
  done_.close();
  while (Dependent* dependent = dependents_.pop_front()) {
    dependent->parent_cancelled(err_, cause_);
  }
  cancelled();
}

// What has a deadline.

DeadlineNode::DeadlineNode(ContextNode* parent, DoneChan& done, Instant deadline,
                           const Error& cause, std::string_view name)
    : CancelNode(parent, done, deadline, name),
      expiry_(*this),
      process_(current_process()),
      cause_of_expiry_(cause) {}

Ref<ContextNode> DeadlineNode::make(ContextNode* parent, Instant deadline, const Error& cause,
                                    std::string_view name) {
  auto* const done = new DoneChan(deadline, name);
  auto* const node = new DeadlineNode(parent, *done, deadline, cause, name);
  Ref<ContextNode> ref(node);
  node->join_parent();
  if (!node->err()) node->start(deadline);
  return ref;
}

void DeadlineNode::start(Instant deadline) {
  WorldState& w = here();
  if (w.muted) return;
  if (deadline <= w.now) {
    cancel(kDeadlineExceeded, cause_of_expiry_);
    return;
  }
  // It keeps itself while its alarm is pending.
  hold(this);
  process_.own(*this);
  process_.add_pending();
  const uint64_t event =
      emit(EventKind::kTimerSet, id(), current_id(), static_cast<uint64_t>(deadline.ns));
  w.queue.set(expiry_, deadline, event + 1);
}

void DeadlineNode::expire(Alarm& alarm) {
  DeadlineNode& self = static_cast<Expiry&>(alarm).owner;
  self.cancel(kDeadlineExceeded, self.cause_of_expiry_);
}

void DeadlineNode::cancelled() {
  if (!ProcessPart::linked()) return;
  if (expiry_.pending()) {
    emit(EventKind::kTimerStop, id(), current_id());
    expiry_.cancel();
  }
  settle();
}

void DeadlineNode::process_ended() {
  expiry_.cancel();
  settle();
}

// Its alarm is pending no more.
void DeadlineNode::settle() {
  ProcessPart::unlink();
  process_.remove_pending();
  release(this);
}

// What waits for the end.

AfterDone::AfterDone() : process_(current_process()), key_(current_goroutine().next_key()) {}

void AfterDone::wait_for(CancelNode* context) {
  if (here().muted || context == nullptr) return;
  hold(this);
  if (context->err()) {
    parent_cancelled(context->err(), context->cause());
  } else {
    context->add(*this);
  }
}

bool AfterDone::stop() {
  if (here().muted || settled_) return false;
  settled_ = true;
  if (linked()) {
    unlink();
    release(this);
  }
  return true;
}

void AfterDone::parent_cancelled(const Error& /*err*/, const Error& /*cause*/) {
  settled_ = true;
  if (process_.running()) start(derive(key_, 1));
  release(this);
}

// Only that ancestor can still cancel the context.
void AfterDone::orphaned(CancelNode* heir) {
  if (heir != nullptr) {
    heir->add(*this);
  } else {
    release(this);
  }
}

}  // namespace detail

Chan<None> Context::done() const {
  detail::CancelNode* const canceller = detail::canceller_of(node_.get());
  if (canceller == nullptr) return Chan<None>::nil();
  return Chan<None>(Ref<detail::ChanOf<None>>(&canceller->done()));
}

Error Context::err() const {
  const detail::CancelNode* const canceller = detail::canceller_of(node_.get());
  return canceller == nullptr ? Error() : canceller->err();
}

std::optional<Instant> Context::deadline() const {
  return detail::deadline_of(node_.get());
}

Error cause(const Context& context) {
  const detail::CancelNode* const canceller = detail::canceller_of(context.node());
  return canceller == nullptr ? Error() : canceller->cause();
}

void CancelFunc::operator()() const {
  if (detail::CancelNode* canceller = detail::canceller_of(context_.node())) {
    canceller->cancel(kCanceled, nullptr);
  }
}

void CancelCauseFunc::operator()(const Error& cause) const {
  if (detail::CancelNode* canceller = detail::canceller_of(context_.node())) {
    canceller->cancel(kCanceled, cause);
  }
}

bool StopFunc::operator()() const {
  return func_ && func_->stop();
}

Cancelable with_cancel(const Context& parent, std::string_view name) {
  const Context context(detail::CancelNode::make(parent.node(), name));
  return {context, CancelFunc(context)};
}

CancelableWithCause with_cancel_cause(const Context& parent, std::string_view name) {
  const Context context(detail::CancelNode::make(parent.node(), name));
  return {context, CancelCauseFunc(context)};
}

Cancelable with_deadline(const Context& parent, Instant deadline, std::string_view name) {
  return with_deadline_cause(parent, deadline, nullptr, name);
}

Cancelable with_deadline_cause(const Context& parent, Instant deadline, const Error& cause,
                               std::string_view name) {
  const std::optional<Instant> earlier = parent.deadline();
  if (earlier && *earlier < deadline) return with_cancel(parent, name);
  deadline = std::min(deadline, kEndOfTime - kNanosecond);
  const Context context(detail::DeadlineNode::make(parent.node(), deadline, cause, name));
  return {context, CancelFunc(context)};
}

Cancelable with_timeout(const Context& parent, Duration timeout, std::string_view name) {
  return with_timeout_cause(parent, timeout, nullptr, name);
}

Cancelable with_timeout_cause(const Context& parent, Duration timeout, const Error& cause,
                              std::string_view name) {
  const Instant deadline = timeout > Duration{} ? detail::due_after(timeout) : here().now + timeout;
  return with_deadline_cause(parent, deadline, cause, name);
}

Context without_cancel(const Context& parent) {
  if (parent.node() == nullptr) return {};
  return Context(Ref<detail::ContextNode>(new detail::WithoutCancelNode(parent.node())));
}

}  // namespace engine
