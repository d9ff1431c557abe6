// engine/sync/map.h: a map that many goroutines use without a lock.
//
// Concept: Go's sync.Map. Each operation is a point where the run queue's policy may let others go
// first, and happens as a whole. All are awaited and none ever waits.
// Determinism: range() visits in the order of the keys, one of the orders that Go may take. Keys
// need `<` that does not depend on addresses.
// Lifetime: a counted handle: copies are the same map.
// Source: Go documentation, `sync.Map`. Not modelled: Go's unspecified order of Range; that
// CompareAndSwap panics on values that cannot be compared, which do not compile here.

#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "engine/sync/shared.h"

namespace engine {
namespace detail {

template <class K, class V>
class MapCore final : public SharedCore {
 public:
  explicit MapCore(std::string_view name) : SharedCore(name) {}
  /// As fmt prints a map.
  [[nodiscard]] std::string describe() const override {
    std::string text = "map[";
    for (const auto& [key, value] : items) {
      if (text.back() != '[') text += ' ';
      append_value(text, key);
      text += ':';
      append_value(text, value);
    }
    return text + "]";
  }
  std::map<K, V> items;
};

}  // namespace detail

template <class K, class V>
class Map {
  using Core = detail::MapCore<K, V>;

 public:
  /// What load_or_store() gives: the value that is there now, and whether it was there before.
  struct Loaded {
    V actual;
    bool loaded;
  };

  explicit Map(std::string_view name = {}) : core_(new Core(name)) {}

  /// The value for `key`; empty if there is none.
  auto load(K key) const {
    return access(EventKind::kRead, [key = std::move(key)](Core& core) {
      const auto at = core.items.find(key);
      return at == core.items.end() ? std::nullopt : std::optional<V>(at->second);
    });
  }
  auto store(K key, V value) const {
    return access(EventKind::kWrite,
                  [key = std::move(key), value = std::move(value)](Core& core) mutable {
                    core.items.insert_or_assign(std::move(key), std::move(value));
                  });
  }
  /// The value for `key` if there is one; else stores `value` and gives it.
  auto load_or_store(K key, V value) const {
    return access(
        EventKind::kWrite, [key = std::move(key), value = std::move(value)](Core& core) mutable {
          const auto [at, stored] = core.items.try_emplace(std::move(key), std::move(value));
          return Loaded{at->second, !stored};
        });
  }
  /// Deletes; gives the value that was there, if any.
  auto load_and_delete(K key) const {
    return access(EventKind::kWrite, [key = std::move(key)](Core& core) {
      std::optional<V> previous;
      if (auto node = core.items.extract(key)) previous.emplace(std::move(node.mapped()));
      return previous;
    });
  }
  /// Go's Delete.
  auto delete_key(K key) const {
    return access(EventKind::kWrite, [key = std::move(key)](Core& core) { core.items.erase(key); });
  }
  /// Stores; gives the value that was there, if any.
  auto swap(K key, V value) const {
    return access(EventKind::kWrite,
                  [key = std::move(key), value = std::move(value)](Core& core) mutable {
                    std::optional<V> previous;
                    const auto at = core.items.find(key);
                    if (at == core.items.end()) {
                      core.items.emplace(std::move(key), std::move(value));
                    } else {
                      previous.emplace(std::exchange(at->second, std::move(value)));
                    }
                    return previous;
                  });
  }
  /// Stores `desired` if there is a value and it is `old`. Whether it did.
  auto compare_and_swap(K key, V old, V desired) const {
    return change_if(std::move(key), std::move(old),
                     [desired = std::move(desired)](std::map<K, V>&, auto at) mutable {
                       at->second = std::move(desired);
                     });
  }
  /// Deletes if there is a value and it is `old`. Whether it did.
  auto compare_and_delete(K key, V old) const {
    return change_if(std::move(key), std::move(old),
                     [](std::map<K, V>& items, auto at) { items.erase(at); });
  }
  /// Go's Clear.
  auto clear() const {
    return access(EventKind::kWrite, [](Core& core) { core.items.clear(); });
  }
  /// Calls `fn(key, value)`, a function giving bool or a coroutine giving Task<bool>, for each key
  /// in order until one gives false. Others may change the map meanwhile: no key is visited twice,
  /// and what is stored or deleted on the way may be seen or not. Give a lambda that captures as a
  /// variable, not as a temporary.
  template <class F>
  Task<> range(F fn) const {
    return visit(core_, std::move(fn));
  }

 private:
  using Item = std::optional<std::pair<K, V>>;

  template <class F>
  auto access(EventKind kind, F fn) const {
    return detail::AccessOp(core_.get(), [kind, fn = std::move(fn)](Core& core) mutable {
      detail::note(core, kind);
      return fn(core);
    });
  }

  template <class F>
  auto change_if(K key, V old, F change) const {
    return detail::AccessOp(core_.get(), [key = std::move(key), old = std::move(old),
                                          change = std::move(change)](Core& core) mutable {
      const auto at = core.items.find(key);
      const bool changes = at != core.items.end() && at->second == old;
      if (changes) change(core.items, at);
      detail::note(core, changes ? EventKind::kWrite : EventKind::kRead);
      return changes;
    });
  }

  /// The first item after `key`, or the very first; empty at the end.
  static auto next(Core* core, std::optional<K> key) {
    return detail::AccessOp(core, [key = std::move(key)](Core& c) {
      detail::note(c, EventKind::kRead);
      const auto at = key ? c.items.upper_bound(*key) : c.items.begin();
      return at == c.items.end() ? Item() : Item(*at);
    });
  }

  template <class F>
  static Task<> visit(Ref<Core> core, F fn) {
    std::optional<K> last;
    while (true) {
      Item item = co_await next(core.get(), last);
      if (!item) co_return;
      last = item->first;
      bool goes_on = false;
      if constexpr (std::is_convertible_v<std::invoke_result_t<F&, K, V>, bool>) {
        goes_on = fn(std::move(item->first), std::move(item->second));
      } else {
        goes_on = co_await fn(std::move(item->first), std::move(item->second));
      }
      if (!goes_on) co_return;
    }
  }

  Ref<Core> core_;
};

}  // namespace engine
