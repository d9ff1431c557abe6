// Kubernetes' scheduler. Arguments: --master=URL, --leader-elect=false.

#include <functional>

#include "sim/k8s/client/leader_election.h"
#include "sim/k8s/scheduler/scheduler.h"
#include "sim/node/machine.h"
#include "sim/programs/flags.h"

namespace sim::programs {

using namespace engine;

Task<> kube_scheduler() {
  // Source: kube-scheduler's clientConnection: qps 50, burst 100.
  k8s::RestConfig config;
  config.host = flag("master", "http://localhost:6443");
  config.user_agent = "kube-scheduler";
  config.qps = 50;
  config.burst = 100;
  const k8s::RestClient client(config);
  const k8s::scheduler::SchedulerOptions options;
  const Context context = background();
  if (flag("leader-elect", "true") != "true") {
    co_await k8s::scheduler::run_scheduler(client, options, context);
    co_return;
  }
  config.qps = 0;
  const k8s::RestClient for_lease(config);
  k8s::LeaderElectionOptions election;
  election.name = "kube-scheduler";
  election.identity =
      node::this_machine().name() + "_" + std::to_string(current_process().id().value);
  const std::function<Task<>(Context)> work = [client, options](Context leading) {
    return k8s::scheduler::run_scheduler(client, options, std::move(leading));
  };
  co_await k8s::lead(for_lease, election, context, work);
}

}  // namespace sim::programs
