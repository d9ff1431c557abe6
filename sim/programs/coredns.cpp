// Answers for the names of a cluster, in a pod of kube-system.

#include "engine/task/print.h"
#include "sim/k8s/client/in_cluster.h"
#include "sim/k8s/network/cluster_dns.h"

namespace sim::programs {

using namespace engine;

Task<> coredns() {
  const k8s::ConfigResult found = k8s::in_cluster_config();
  if (found.error) {
    println(found.error);
    co_return;
  }
  const k8s::RestClient client(found.config);
  const Context context = background();
  co_await k8s::run_cluster_dns(client, ":53", context);
}

}  // namespace sim::programs
