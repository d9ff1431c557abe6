// sim/k8s/client/leader_election.h: one of several replicas works, the others wait.
//
// Concept: the leader renews a Lease; who sees it not renewed for the lease's length takes it over.
// A leader that cannot renew in time stops working before others may start. Time is measured by
// each one's own clock from when it saw the record change, so clocks need not agree.
// Source: client-go's tools/leaderelection: 15 s, 10 s, 2 s; a jitter of 1.2 on retries.

#pragma once

#include <functional>
#include <string>

#include "sim/k8s/client/rest.h"

namespace sim::k8s {

struct LeaderElectionOptions {
  std::string space = "kube-system";
  std::string name;      // of the Lease
  std::string identity;  // who this is
  engine::Duration lease = 15 * engine::kSecond;
  engine::Duration renew_deadline = 10 * engine::kSecond;
  engine::Duration retry = 2 * engine::kSecond;
};

/// Waits to be the leader, runs `work` with a context that ends when it no longer is, and returns
/// when leadership is lost or `context` is done. REQUIRES: `work` returns when its context ends.
engine::Task<> lead(RestClient client, LeaderElectionOptions options, engine::Context context,
                    std::function<engine::Task<>(engine::Context)> work);

}  // namespace sim::k8s
