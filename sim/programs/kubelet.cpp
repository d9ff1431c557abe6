// Kubernetes' agent on each node. Arguments: --master=URL, --node-labels=KEY=VALUE,...,
// --register-with-taints=KEY=VALUE:EFFECT,..., --pod-cidr=RANGE.

#include "sim/k8s/kubelet/kubelet.h"
#include "sim/programs/flags.h"

namespace sim::programs {
namespace {

// `gpu=true:NoSchedule`, `spot:NoExecute`
k8s::Value taint_of(std::string_view text) {
  const size_t colon = text.rfind(':');
  const std::string_view effect =
      colon == std::string_view::npos ? std::string_view() : text.substr(colon + 1);
  const std::string_view pair = text.substr(0, colon);
  const size_t equals = pair.find('=');
  json::Object taint;
  taint.set("key", pair.substr(0, equals));
  if (equals != std::string_view::npos) taint.set("value", pair.substr(equals + 1));
  taint.set("effect", effect);
  return taint.build();
}

}  // namespace

using namespace engine;

Task<> kubelet() {
  // Source: the kubelet's kubeAPIQPS and kubeAPIBurst.
  k8s::RestConfig config;
  config.host = flag("master", "http://localhost:6443");
  config.user_agent = "kubelet";
  config.qps = 50;
  config.burst = 100;
  const k8s::RestClient client(config);
  k8s::KubeletOptions options;
  for (const std::string& label : split_list(flag("node-labels", ""))) {
    const size_t equals = label.find('=');
    options.labels[label.substr(0, equals)] =
        equals == std::string::npos ? std::string() : label.substr(equals + 1);
  }
  for (const std::string& taint : split_list(flag("register-with-taints", ""))) {
    options.taints.push_back(taint_of(taint));
  }
  options.pod_cidr = flag("pod-cidr", "");
  const auto [context, cancel] = with_cancel(background());
  co_await k8s::run_kubelet(client, options, context);
}

}  // namespace sim::programs
