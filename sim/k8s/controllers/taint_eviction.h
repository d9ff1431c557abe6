// sim/k8s/controllers/taint_eviction.h: deletes pods that do not tolerate their node's NoExecute
// taints, at once or when their toleration has run out.
//
// Concept: the plan is a pure table of pods and times; changes of nodes and pods move it, and
// workers carry out what is due. A taint that goes cancels what it had
// planned.
// Source: Kubernetes' documentation, "Taints and Tolerations"; kube-controller-manager,
// taint-eviction-controller.

#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "sim/k8s/controllers/controller.h"
#include "sim/k8s/controllers/taints.h"

namespace sim::k8s {

/// When which pod is to be deleted.
class EvictionPlan {
 public:
  struct Outcome {
    /// It is to be deleted now.
    bool evict_now = false;
    /// Something was planned for it and no longer is.
    bool cancelled = false;
    /// It is to be deleted then, and this is news.
    std::optional<engine::Instant> evict_at = std::nullopt;
  };
  /// What becomes of a pod with those tolerations on a node with those NoExecute taints.
  Outcome consider(const std::string& pod, const Value& tolerations,
                   const std::vector<Value>& taints, engine::Instant now);
  /// The pod is gone, or its node is no longer tainted. Whether something was planned.
  bool cancel(const std::string& pod);
  /// Takes it out of the plan if its time has come.
  bool take_due(const std::string& pod, engine::Instant now);
  [[nodiscard]] std::optional<engine::Instant> planned_for(const std::string& pod) const;
  [[nodiscard]] size_t size() const { return planned_.size(); }

 private:
  struct Planned {
    engine::Instant since;
    engine::Instant at;
  };
  std::map<std::string, Planned, std::less<>> planned_;
};

/// Starts the workers and returns; they end with `context`. Asks for its informers before it
/// suspends.
engine::Task<> run_taint_eviction(ControllerContext controllers, engine::Context context);

}  // namespace sim::k8s
