// sim/k8s/client/informer_factory.h: one informer for each resource that a program follows.
//
// Concept: the parts of a program share what they watch. Informers are asked for before start(),
// which runs them all. Lifetime: a counted handle. Source: client-go's SharedInformerFactory.

#pragma once

#include <memory>
#include <vector>

#include "sim/k8s/client/informer.h"

namespace sim::k8s {

class InformerFactory {
 public:
  explicit InformerFactory(RestClient client) : core_(new Core(std::move(client))) {}

  /// The informer of all objects of `resource`.
  [[nodiscard]] Informer of(const Resource& resource) const;
  /// Runs those that were asked for and do not run yet, each as a goroutine of this process.
  void start(engine::Context context) const;
  /// Suspends until all have their first list.
  engine::Task<> wait_for_sync() const;

 private:
  struct Entry {
    Informer informer;
    bool runs = false;
  };
  struct Core : engine::Counted<Core> {
    explicit Core(RestClient c) : client(std::move(c)) {}
    RestClient client;
    std::vector<Entry> informers;
  };
  engine::Ref<Core> core_;
};

}  // namespace sim::k8s
