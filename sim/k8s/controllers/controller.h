// sim/k8s/controllers/controller.h: what all controllers of the controller manager have in common.
//
// Concept: informers tell what has changed, handlers put keys in a queue, workers take them and
// bring the world one step closer to what an object says. A worker reads the informers' copies,
// which lag behind, and writes through the client; whatever fails comes back after a delay.
// Source: Kubernetes' documentation, "Controllers"; client-go's workqueue example.

#pragma once

#include <functional>
#include <string>

#include "sim/k8s/client/event_recorder.h"
#include "sim/k8s/client/informer_factory.h"
#include "sim/k8s/client/work_queue.h"

namespace sim::k8s {

/// What a controller works with; handles, shared by all of a process.
struct ControllerContext {
  RestClient client;
  InformerFactory informers;
  EventRecorder events;
};

/// Brings one object to where it should be. An error: it comes again, later each time.
using SyncFunction = std::function<engine::Task<engine::Error>(std::string key)>;

/// Runs `workers` goroutines that sync the keys of `queue`; returns at once. They end when the
/// queue is shut down.
void run_workers(const WorkQueue& queue, int workers, SyncFunction sync);

/// Shuts `queue` down when `context` is done.
void stop_with(const WorkQueue& queue, const engine::Context& context);

}  // namespace sim::k8s
