// Kubernetes' agent that makes Services reachable from its machine. Argument: --master=URL.

#include "sim/k8s/network/kube_proxy.h"
#include "sim/node/machine.h"
#include "sim/programs/flags.h"

namespace sim::programs {

using namespace engine;

Task<> kube_proxy() {
  k8s::RestConfig config;
  config.host = flag("master", "http://localhost:6443");
  config.user_agent = "kube-proxy";
  const k8s::RestClient client(config);
  const Context context = background();
  co_await k8s::run_kube_proxy(client, node::this_machine().name(), context);
}

}  // namespace sim::programs
