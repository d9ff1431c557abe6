// sim/k8s/controllers/batch.h: many requests at once, carefully.
//
// Concept: creating pods begins with one, then two, four, ...: if the first ones are refused, for
// a quota is used up, the others need not be tried. Deleting is done all at once.
// Source: kube-controller-manager (slowStartBatch).

#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "engine/sync/error.h"
#include "engine/task/task.h"

namespace sim::k8s {

/// One of the requests. It is a plain function that calls a coroutine, which gets all by value.
using IndexedAction = std::function<engine::Task<engine::Error>(int64_t index)>;

struct BatchResult {
  int64_t succeeded = 0;
  engine::Error error;  // the first one
};

/// Runs `action` for 0 to `count` - 1, in batches that double from 1 on, each as goroutines.
/// Suspends until all have ended; stops after a batch with an error.
engine::Task<BatchResult> run_slow_start(int64_t count, IndexedAction action);

/// Runs all of them at once; their errors by index.
engine::Task<std::vector<engine::Error>> run_all(int64_t count, IndexedAction action);

/// The first that is not nil.
engine::Error first_error(const std::vector<engine::Error>& errors);

}  // namespace sim::k8s
