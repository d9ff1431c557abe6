// Kubernetes' controllers. Arguments: --master=URL, --leader-elect=false.

#include "sim/k8s/controllers/controller_manager.h"
#include "sim/programs/flags.h"

namespace sim::programs {

using namespace engine;

Task<> kube_controller_manager() {
  k8s::RestConfig config;
  config.host = flag("master", "http://localhost:6443");
  config.user_agent = "kube-controller-manager";
  const k8s::RestClient client(config);
  k8s::ControllerManagerOptions options;
  options.leader_elect = flag("leader-elect", "true") == "true";
  const Context context = background();
  co_await k8s::run_controller_manager(client, options, context);
}

}  // namespace sim::programs
