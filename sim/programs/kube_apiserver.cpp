// Kubernetes' API server, on the store of its machine. Argument: the address to listen at.

#include "engine/task/print.h"
#include "sim/k8s/apiserver/server.h"
#include "sim/k8s/store/local_store.h"
#include "sim/node/machine.h"

namespace sim::programs {

using namespace engine;

Task<> kube_apiserver() {
  const std::vector<std::string>& args = current_process().args();
  const k8s::ApiServer server(k8s::store_of_machine(node::this_machine().id()));
  const std::string address = args.empty() ? ":6443" : args[0];
  const Error error = co_await server.listen_and_serve(address);
  println(error);
}

}  // namespace sim::programs
