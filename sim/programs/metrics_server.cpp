// Measures what nodes and pods use, in a pod of kube-system.

#include "sim/k8s/controllers/metrics_server.h"
#include "engine/task/print.h"
#include "sim/k8s/client/in_cluster.h"

namespace sim::programs {

using namespace engine;

Task<> metrics_server() {
  k8s::ConfigResult found = k8s::in_cluster_config();
  if (found.error) {
    println(found.error);
    co_return;
  }
  found.config.qps = 0;
  const k8s::RestClient client(found.config);
  const k8s::MetricsServerOptions options;
  const Context context = background();
  co_await k8s::run_metrics_server(client, options, context);
}

}  // namespace sim::programs
