// sim/k8s/controllers/controller_manager.h: all controllers in one process.
//
// Concept: they share informers and the recorder of events; each kind of work has its own pace of
// requests, as it would with a client of its own. With leader election only one of several managers
// works; one that loses the lease returns, and its process is meant to end and be started again.
// Source: Kubernetes' kube-controller-manager: --kube-api-qps 20, --kube-api-burst 30 for each
// controller's client, --leader-elect.

#pragma once

#include <string>

#include "sim/k8s/controllers/controller.h"

namespace sim::k8s {

struct ControllerManagerOptions {
  /// Whether to wait for the lease kube-system/kube-controller-manager.
  bool leader_elect = true;
  /// Who this is; empty: the machine's name, `_`, and an id that tells this process from its
  /// predecessors.
  std::string identity;
  int64_t qps = 20;
  int64_t burst = 30;
  /// What goes into each namespace's kube-root-ca.crt, in PEM.
  std::string root_ca;
};

/// Runs until `context` is done, or the lease is lost. `client` says where the API server is and
/// who asks.
engine::Task<> run_controller_manager(RestClient client, ControllerManagerOptions options,
                                      engine::Context context);

}  // namespace sim::k8s
