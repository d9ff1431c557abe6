// sim/k8s/kubelet/eviction.h: what the kubelet does when its machine runs out of memory or disk.
//
// Concept: every 10 s it compares what is free with the hard thresholds (memory 100Mi, disk 10 %).
// Under pressure of disk it removes images that nobody uses; if that is not enough, or memory is
// short, it ends one pod a time. The pressure's condition lasts 5 minutes more. Determinism:
// evicts_first() is a total order. Source: Kubernetes' documentation, "Node-pressure Eviction"; the
// kubelet's package eviction. Not modelled: soft thresholds, inodes, a file system of images apart,
// a kernel's notice of low memory.

#pragma once

#include <cstdint>
#include <string>

#include "engine/task/task.h"
#include "sim/k8s/kubelet/state.h"

namespace sim::k8s::kubelet {

struct EvictionRank {
  int64_t usage = 0;
  int64_t request = 0;
  int64_t priority = 0;
  std::string uid;
};
/// Whether `a` goes before `b`: who uses more than it asked for, then the lower priority, then who
/// is further above its request.
bool evicts_first(const EvictionRank& a, const EvictionRank& b);
/// `The node was low on resource: memory. Threshold quantity: 100Mi, available: 52Mi. `
std::string eviction_message(std::string_view resource, int64_t threshold_bytes,
                             int64_t available_bytes);
/// Whether a pod is never evicted, nor kept out by pressure.
bool is_critical(const Value& spec);

/// Looks every 10 s until the context is done. Run as a goroutine.
engine::Task<> run_eviction(engine::Ref<Kubelet> kubelet);

}  // namespace sim::k8s::kubelet
