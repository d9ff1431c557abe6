// engine/sync/select.h: waiting for the first of several channel operations.
//
//   auto won = co_await select(results.recv(), done.recv(), out.send(v));
//   switch (won.index()) {
//     case 0: use(*won.get<0>()); ...
//
// The cases are operations made in place; timers and contexts take part through their channels.
// With otherwise() as the last case it never blocks. If several cases could proceed, one is chosen
// with equal chance; losing sends leave their values unmoved. Evaluate operands into variables
// first where their order matters: C++ does not fix it inside an argument list.
// Source: The Go Programming Language Specification, "Select statements".

#pragma once

#include <cstddef>
#include <tuple>
#include <type_traits>
#include <utility>

#include "engine/sync/chan.h"

namespace engine {

/// Go's `default` case: proceeds if no other can at once.
struct Otherwise {};
constexpr Otherwise otherwise() {
  return {};
}

namespace detail {

struct CaseRef {
  WaitOp* op;
  const CaseKind* kind;
};

/// The part of a select that does not depend on its cases' types.
class SelectBase : public WaitOp {
 public:
  static constexpr uint32_t kNone = UINT32_MAX;

  bool await_ready() { return !interrupted() && attempt(); }
  void await_suspend(std::coroutine_handle<>,
                     std::source_location where = std::source_location::current()) {
    for (uint32_t i = 0; i < count_; ++i) cases_[i].op->hold_object();
    stop(where);
  }

 protected:
  SelectBase(CaseRef* cases, uint32_t count, bool has_default)
      : WaitOp(count == 0 ? kNoCases : kKind),
        cases_(cases),
        count_(count),
        default_(has_default) {}
  /// A select of one case without a default waits as its operation does.
  SelectBase(CaseRef* cases, const WaitOp& only)
      : WaitOp(kind_of_one(only.reason())), cases_(cases), count_(1), default_(false) {}
  bool attempt();

  CaseRef* cases_;
  uint32_t count_;
  uint32_t chosen_ = kNone;
  bool default_;

 private:
  static void served(WaitOp& op, Waiter& waiter);
  static bool wakes_by_itself(const WaitOp& op);
  static Instant due(const WaitOp& op);
  static const OpKind& kind_of_one(WaitReason reason);
  static const OpKind kKind;
  static const OpKind kNoCases;
  static const OpKind kOne[4];
};

template <class Op>
struct CaseTraits;
template <class T>
struct CaseTraits<SendOp<T>> {
  using Result = bool;
};
template <class T>
struct CaseTraits<RecvOp<T>> {
  using Result = std::optional<T>;
};

}  // namespace detail

/// What a select gives: which case proceeded, and what it received.
template <class... Ops>
class Selected {
 public:
  /// Position of the case in the argument list; that of otherwise() is the number of the others.
  [[nodiscard]] uint32_t index() const { return index_; }
  /// Of a receive that was chosen: the value, or empty if the channel is closed and drained.
  template <size_t I>
  auto& get() {
    return std::get<I>(results_);
  }

 private:
  template <bool kDefault, class... O>
  friend class SelectOp;
  std::tuple<typename detail::CaseTraits<Ops>::Result...> results_;
  uint32_t index_ = 0;
};

template <bool kDefault, class... Ops>
class [[nodiscard]] SelectOp final : public detail::SelectBase {
 public:
  explicit SelectOp(Ops&... ops)
      : SelectBase(refs_, sizeof...(Ops), kDefault), refs_{{&ops, &Ops::kCase}...} {}
  explicit SelectOp(Ops&... ops)
    requires(sizeof...(Ops) == 1 && !kDefault)
      : SelectBase(refs_, ops...), refs_{{&ops, &Ops::kCase}...} {}

  Selected<Ops...> await_resume() {
    Selected<Ops...> selected;
    selected.index_ = chosen_;
    take(selected, std::index_sequence_for<Ops...>());
    return selected;
  }

 private:
  template <size_t... I>
  void take(Selected<Ops...>& selected, std::index_sequence<I...>) {
    [[maybe_unused]] const auto one = [&]<size_t K>(std::integral_constant<size_t, K>) {
      if (chosen_ != K) return;
      using Op = std::tuple_element_t<K, std::tuple<Ops...>>;
      if constexpr (!std::is_same_v<typename detail::CaseTraits<Op>::Result, bool>) {
        std::get<K>(selected.results_) = static_cast<Op*>(refs_[K].op)->await_resume();
      }
    };
    (one(std::integral_constant<size_t, I>()), ...);
  }
  detail::CaseRef refs_[sizeof...(Ops) == 0 ? 1 : sizeof...(Ops)];
};

namespace detail {
template <class... Ops>
concept EndsWithDefault =
    sizeof...(Ops) > 0 &&
    std::is_same_v<std::tuple_element_t<sizeof...(Ops) - 1, std::tuple<std::decay_t<Ops>...>>,
                   Otherwise>;
}  // namespace detail

/// Suspends until one of the operations proceeds; for ever if there is none.
template <class... Ops>
  requires(!detail::EndsWithDefault<Ops...>)
SelectOp<false, Ops...> select(Ops&&... ops) {
  return SelectOp<false, Ops...>(ops...);
}
/// Never suspends: the last argument is otherwise().
template <class... Ops>
  requires detail::EndsWithDefault<Ops...>
auto select(Ops&&... ops) {
  const auto without_last = [&]<size_t... I>(std::index_sequence<I...>) {
    [[maybe_unused]] const auto refs = std::tie(ops...);
    return SelectOp<true, std::tuple_element_t<I, std::tuple<Ops...>>...>(std::get<I>(refs)...);
  };
  return without_last(std::make_index_sequence<sizeof...(Ops) - 1>());
}

}  // namespace engine
