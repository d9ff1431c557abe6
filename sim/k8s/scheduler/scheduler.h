// sim/k8s/scheduler/scheduler.h: kube-scheduler: follows the API server and gives pods their nodes.
//
//   co_await run_scheduler(client, options, context);
//
// Concept: a thin shell around Cluster, Queue and Decider, which decide. Informers keep the
// picture; one pod after the other is decided on; binding, and deleting who is pushed away, go on
// meanwhile. Determinism: whatever is told while a pod is decided on waits; draws are the
// goroutine's. Lifetime: a counted handle; it works as long as run() does. Source: Kubernetes'
// documentation, "Scheduling Framework"; kube-scheduler 1.33. Not modelled: several profiles,
// extenders, permit and reserve plugins, waiting pods, metrics.

#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "engine/sync/context.h"
#include "engine/sync/counted.h"
#include "engine/sync/event_count.h"
#include "sim/k8s/client/event_recorder.h"
#include "sim/k8s/client/informer_factory.h"
#include "sim/k8s/client/rest.h"
#include "sim/k8s/scheduler/cluster.h"
#include "sim/k8s/scheduler/decision.h"
#include "sim/k8s/scheduler/queue.h"

namespace sim::k8s::scheduler {

struct SchedulerOptions {
  SchedulerOptions() = default;
  /// Pods that name another scheduler are left alone.
  std::string name = "default-scheduler";
  uint32_t percentage_of_nodes_to_score = 0;
  /// Of how many decisions the explanation is kept.
  uint32_t explanations = 0;
  /// How many pods are being bound at once; the next one waits.
  int32_t bindings_most = 100;
  /// What a scheduling cycle takes. Zero: it is over in the moment in which it begins.
  engine::Duration cycle_time;
  QueueOptions queue;
};

class Scheduler {
 public:
  Scheduler(RestClient client, SchedulerOptions options);

  /// Works until `context` is done.
  engine::Task<> run(engine::Context context) const;

  /// Where a pod would go now, and why; an empty one if there is no such pod. Draws nothing.
  [[nodiscard]] Explanation explain(const Value& pod) const;
  /// The latest decisions', oldest first.
  [[nodiscard]] const std::deque<Explanation>& explanations() const;
  [[nodiscard]] const Queue& queue() const { return core_->queue; }

 private:
  struct Core : engine::Counted<Core> {
    Core(RestClient c, SchedulerOptions o);
    RestClient client;
    SchedulerOptions options;
    EventRecorder recorder;
    Cluster cluster;
    Queue queue;
    Decider decider;
    int32_t bindings = 0;
    engine::EventCount changed{"scheduler"};
  };
  // What informers tell.
  [[nodiscard]] InformerFactory watch() const;
  void pod_changed(const Value& pod) const;
  void pod_gone(const Value& pod) const;
  void node_changed(const Value& before, const Value& after) const;
  void tell(const Event& event) const;
  void tell_of(EventKind kind, const Value& object) const;

  engine::Task<> schedule_one(engine::Context context) const;
  engine::Task<> bind(engine::Context context, Value pod, Value node) const;
  /// What is said of a pod that could not be scheduled.
  struct Failure {
    Failure() = default;
    std::string reason;
    std::string message;
    Decision::Nomination nomination = Decision::Nomination::kKept;
    Value nominated;
  };
  engine::Task<> report(engine::Context context, Value pod, Failure failure) const;
  struct Push {
    Push() = default;
    Value preemptor;
    Value node;
    std::vector<Value> victims;
    std::vector<Value> nominated;  // who must look for another place
  };
  engine::Task<> push_away(engine::Context context, Push push) const;

  engine::Ref<Core> core_;
};

/// Runs one until `context` is done. Suspends.
engine::Task<> run_scheduler(RestClient client, SchedulerOptions options, engine::Context context);

}  // namespace sim::k8s::scheduler
