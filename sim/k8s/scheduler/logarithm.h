// sim/k8s/scheduler/logarithm.h: the natural logarithm from sums, products and quotients.
//
// Determinism: the same bits everywhere, which libm's is not.
// Accuracy: within 1 ulp of the exact value for whole numbers from 1 to a million (a test
// compares).

#pragma once

#include <cstdint>

namespace sim::k8s::scheduler {

/// REQUIRES: number > 0.
double natural_log(int64_t number);

}  // namespace sim::k8s::scheduler
