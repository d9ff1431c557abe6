// Brings the first objects into a cluster: what runs in kube-system, then the manifests that are
// its arguments. Argument before them: --master=URL. Environment: ADDONS, such as dns,metrics.

#include "sim/k8s/cluster/addons.h"
#include "sim/k8s/cluster/set_up.h"
#include "sim/programs/flags.h"

namespace sim::programs {

using namespace engine;

Task<> kube_addons() {
  k8s::RestConfig config;
  config.host = flag("master", "http://localhost:6443");
  config.user_agent = "kubectl";
  config.qps = 50;
  config.burst = 300;
  const k8s::RestClient client(config);
  std::vector<std::string> manifests;
  for (const std::string& addon : split_list(current_process().env("ADDONS", ""))) {
    if (addon == "dns") manifests.emplace_back(k8s::kDnsManifest);
    if (addon == "metrics") manifests.emplace_back(k8s::kMetricsManifest);
  }
  for (const std::string& arg : current_process().args()) {
    if (!arg.starts_with("--master=")) manifests.push_back(arg);
  }
  const Context context = background();
  co_await k8s::create_manifests(client, manifests, context);
}

}  // namespace sim::programs
