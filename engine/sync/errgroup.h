// engine/sync/errgroup.h: goroutines that work on parts of one task, and the first error of theirs.
//
//   const auto [group, ctx] = errgroup::with_context(parent);
//   group.go([ctx]() -> Task<Error> { ... });
//   const Error err = co_await group.wait();
//
// Concept: a WaitGroup, the first error, and with a limit a channel whose buffer holds a token for
// each goroutine that runs. Lifetime: a counted handle; copies are one group, and its goroutines
// keep it. A panic in a function ends the process from its own goroutine, as in Go.
// Source: golang.org/x/sync/errgroup. Not modelled: set_limit() while goroutines run that were
// started without a limit, which makes them hang in Go; here each gives back what it took.

#pragma once

#include <optional>
#include <source_location>
#include <utility>

#include "engine/sync/chan.h"
#include "engine/sync/context.h"
#include "engine/sync/counted.h"
#include "engine/sync/error.h"
#include "engine/sync/none.h"
#include "engine/sync/wait_group.h"
#include "engine/task/go.h"

namespace engine {
namespace detail {

struct GroupCore : Counted<GroupCore> {
  WaitGroup running;
  Ref<ChanOf<None>> tokens;  // null: no limit
  std::optional<CancelCauseFunc> cancel;
  Error err;

  void failed(const Error& error);
  /// Takes a token if there is one or no limit.
  bool try_take() {
    None token;
    return !tokens || tokens->send(token);
  }
};

/// Starts `fn`, which has its token, as a goroutine of the group.
template <class F>
void start_in_group(Ref<GroupCore> group, F fn, std::source_location where) {
  group->running.add(1);
  const Ref<ChanOf<None>> tokens = group->tokens;
  go(
      [](Ref<GroupCore> core, Ref<ChanOf<None>> took, F body) -> Task<> {
        const Defer done([&] {
          std::optional<None> token;
          if (took && !here().muted) took->receive(token);
          core->running.done();
        });
        const Error error = co_await body();
        if (error) core->failed(error);
      },
      std::move(group), tokens, std::move(fn), where);
}

/// A Group::go(): done at once if there is a token, else by awaiting it.
template <class F>
class GroupGo final : public Await<GroupGo<F>> {
 public:
  GroupGo(Ref<GroupCore> group, F fn, std::source_location where)
      : Await<GroupGo>(kKind, group->tokens.get()), group_(std::move(group)), place_(where) {
    if (here().muted) return;
    if (group_->try_take()) {
      start_in_group(group_, std::move(fn), place_);
    } else {
      fn_.emplace(std::move(fn));
    }
  }
  ~GroupGo() {
    this->unmake_waiter(token_);
    if (fn_ && !here().muted) scheduler().panic("errgroup: go() at its limit must be awaited");
  }

  bool attempt() {
    if (!fn_) return true;
    auto* const tokens = static_cast<ChanOf<None>*>(this->object_);
    if (tokens->send(token_.value)) return true;
    tokens->enqueue_sender(this->make_waiter(token_, *scheduler().current()));
    return false;
  }
  void await_resume() {
    if (!fn_) return;
    start_in_group(group_, std::move(*fn_), place_);
    fn_.reset();
  }

 private:
  static constexpr OpKind kKind = {.attempt = Await<GroupGo>::attempt_of,
                                   .reason = WaitReason::kChanSend};
  Ref<GroupCore> group_;
  std::optional<F> fn_;  // what is not started yet
  std::source_location place_;
  Parcel<None> token_;
};

}  // namespace detail

namespace errgroup {

/// Go's *errgroup.Group.
class Group {
 public:
  Group() : core_(new detail::GroupCore) {}

  /// Starts `fn()`, a coroutine returning Task<Error>, as a goroutine. Below the limit, or without
  /// one, that is done when the call returns. With a limit it must be awaited, and suspends while
  /// the limit is reached; a lambda that captures must not stand in a co_await:
  ///   auto started = group.go([ctx]() -> Task<Error> { ... });
  ///   co_await started;
  template <class F>
  detail::GroupGo<F> go(F fn, std::source_location where = std::source_location::current()) const {
    return {core_, std::move(fn), where};
  }
  /// As go(), unless the limit is reached. Whether it started. Never suspends.
  template <class F>
  bool try_go(F fn, std::source_location where = std::source_location::current()) const {
    if (here().muted || !core_->try_take()) return false;
    detail::start_in_group(core_, std::move(fn), where);
    return true;
  }
  /// At most so many goroutines at once; negative: any number. Panics while some run that were
  /// started under a limit.
  void set_limit(int64_t most) const;
  /// Suspends until all have ended; cancels the context. The first error, or nil.
  Task<Error> wait() const { return wait_for(core_); }

 private:
  friend struct Grouped;
  friend struct Grouped with_context(const Context& parent);
  static Task<Error> wait_for(Ref<detail::GroupCore> core);
  Ref<detail::GroupCore> core_;
};

struct Grouped {
  Group group;
  Context context;
};
/// A group, and a context that is cancelled with the first error as its cause, or when wait()
/// returns.
[[nodiscard]] Grouped with_context(const Context& parent);

}  // namespace errgroup
}  // namespace engine
