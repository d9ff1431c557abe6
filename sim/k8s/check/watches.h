// sim/k8s/check/watches.h: a watcher is told of every change once, in order.
//
// Rules, for a watcher of pods that reconnects with the last version it has seen: a list is the
// state at its version, and no older than what the watcher has seen. After it come exactly the
// writes to what is selected, as they were made; what begins or ceases to be selected is added or
// deleted. A bookmark is given only when nothing up to its version is missing. Source: Kubernetes'
// API concepts, "Efficient detection of changes".

#pragma once

#include "sim/k8s/check/checker.h"

namespace sim::k8s::check {

class Watches final : public Checker {
 public:
  using Checker::Checker;
  void written(const StoreEvent& event, const Objects& objects) override;

  /// A watcher of all pods, or of those bound to `node`. Gives its number.
  size_t add(std::string name, std::string node);
  void listed(size_t watcher, int64_t version, const std::vector<Value>& items);
  void told(size_t watcher, std::string_view type, const Value& object);
  /// At the end, when nothing has been written for a while: nobody misses anything.
  void check_ends();
  [[nodiscard]] int64_t events_told() const { return told_; }

 private:
  struct Watcher {
    std::string name;
    std::string node;
    int64_t seen = 0;  // version
    size_t next = 0;   // in the log
    bool has_listed = false;
  };
  /// What a watcher should be told of a write; an empty type: nothing.
  struct Expected {
    std::string_view type;
    Value object;
    int64_t version = 0;
  };
  static Expected expected_of(const Watcher& watcher, const StoreEvent& event);
  /// The next write that it should be told of; at most up to `version`.
  Expected next_of(Watcher& watcher, int64_t version) const;
  void wrong(const Watcher& watcher, std::string text);

  std::vector<StoreEvent> log_;
  std::vector<Watcher> watchers_;
  int64_t told_ = 0;
};

}  // namespace sim::k8s::check
