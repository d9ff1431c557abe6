// sim/k8s/store/local_store.h: a store on one machine's disk.
//
// Concept: all in memory, and as durable as a synced disk: it outlives the processes that use it
// and crashes of its machine. It keeps the last changes so that watches can begin in the past.
// Observers see every write before anybody else does: invariants are checked there.
// Determinism: keys are ordered, changes are told in the order they were made.
// Not modelled: the time that etcd takes to sync, its own process, its size limit.

#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <string>

#include "engine/sync/event_count.h"
#include "engine/world/list.h"
#include "sim/k8s/store/store.h"

namespace sim::k8s {

struct StoreWatchTag {};

class LocalStore final : public Store {
 public:
  /// How many changes are kept. Source: kube-apiserver compacts every 5 minutes, whatever there
  /// is; here it is a number, so that memory is bounded.
  static constexpr size_t kKeptChanges = 10'000;

  explicit LocalStore(size_t kept_changes = kKeptChanges) : kept_(kept_changes) {}
  LocalStore(const LocalStore&) = delete;
  LocalStore& operator=(const LocalStore&) = delete;

  engine::Task<Got> get(std::string key) override;
  engine::Task<Listed> list(std::string prefix) override;
  engine::Task<Written> put(std::string key, json::Value value, int64_t expected) override;
  engine::Task<Written> remove(std::string key, int64_t expected) override;
  engine::Ref<StoreWatch> watch(std::string prefix, int64_t revision) override;
  [[nodiscard]] int64_t revision() const override { return revision_; }

  /// Changes up to `revision` are forgotten; watches that still need them end.
  void compact(int64_t revision);

  /// Who sees every write as it is made. It must outlive the store or be taken out.
  class Observer {
   public:
    virtual void written(const StoreEvent& event) = 0;

   protected:
    ~Observer() = default;
  };
  void set_observer(Observer* observer) { observer_ = observer; }

  /// For views: everything, by key.
  [[nodiscard]] const std::map<std::string, json::Value, std::less<>>& objects() const {
    return objects_;
  }

 private:
  class Watch;
  [[nodiscard]] int64_t oldest() const { return revision_ - static_cast<int64_t>(log_.size()); }
  void record(StoreEvent event);

  std::map<std::string, json::Value, std::less<>> objects_;
  std::deque<StoreEvent> log_;  // one for each of the last revisions, without gaps
  int64_t revision_ = 1;
  size_t kept_;
  engine::List<Watch, StoreWatchTag> watches_;
  Observer* observer_ = nullptr;
};

/// The store on the disk of that machine, made when it is first asked for.
LocalStore& store_of_machine(uint32_t machine);

}  // namespace sim::k8s
