// Lists the pods of the namespace default, from inside a pod: the sixth seed program.
//
//   config, err := rest.InClusterConfig()
//   clientset, err := kubernetes.NewForConfig(config)
//   pods, err := clientset.CoreV1().Pods("default").List(ctx, metav1.ListOptions{})

#include "engine/task/print.h"
#include "sim/k8s/client/clientset.h"
#include "sim/k8s/client/in_cluster.h"

namespace sim::programs {

using namespace engine;

Task<> list_pods() {
  const k8s::ConfigResult found = k8s::in_cluster_config();
  if (found.error) {
    println(found.error);
    co_return;
  }
  const k8s::Clientset clientset(found.config);
  const Context context = todo();
  const k8s::ListOptions options;
  const k8s::ListResult pods = co_await clientset.core_v1().pods("default").list(context, options);
  if (pods.error) {
    println(pods.error);
    co_return;
  }
  for (const k8s::Value& pod : pods.items) {
    std::string line = "Name: ";
    line += k8s::name_of(pod);
    line += ", Namespace: ";
    line += k8s::namespace_of(pod);
    println(line);
  }
}

}  // namespace sim::programs
