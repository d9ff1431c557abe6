#include "sim/k8s/client/in_cluster.h"

#include "engine/task/go.h"
#include "sim/container/container.h"

namespace sim::k8s {

ConfigResult in_cluster_config() {
  constexpr std::string_view kTokenFile = "/var/run/secrets/kubernetes.io/serviceaccount/token";
  ConfigResult out;
  const engine::Process& process = engine::current_process();
  const std::string_view host = process.env("KUBERNETES_SERVICE_HOST", {});
  const std::string_view port = process.env("KUBERNETES_SERVICE_PORT", {});
  container::Container* const inside = container::this_container();
  if (host.empty() || port.empty() || inside == nullptr) {
    out.error = kNotInCluster;
    return out;
  }
  const container::Container::Seen seen = inside->files_at(kTokenFile);
  const container::FileRead token = seen.files->read(seen.inside);
  if (token.error) {
    out.error = engine::errorf("open ", kTokenFile, ": ", token.error);
    return out;
  }
  out.config.host = "http://" + std::string(host) + ":" + std::string(port);
  out.config.bearer_token = token.bytes;
  return out;
}

}  // namespace sim::k8s
