#include "sim/k8s/controllers/controller_manager.h"

#include <utility>

#include "engine/sync/timer.h"
#include "engine/task/go.h"
#include "sim/k8s/client/leader_election.h"
#include "sim/k8s/controllers/disruption.h"
#include "sim/k8s/controllers/endpoint_slice_controller.h"
#include "sim/k8s/controllers/garbage_collector.h"
#include "sim/k8s/controllers/horizontal_pod_autoscaler.h"
#include "sim/k8s/controllers/namespace_controller.h"
#include "sim/k8s/controllers/namespace_defaults.h"
#include "sim/k8s/controllers/node_lifecycle.h"
#include "sim/k8s/controllers/pod_gc.h"
#include "sim/k8s/controllers/resource_quota.h"
#include "sim/k8s/controllers/taint_eviction.h"
#include "sim/k8s/controllers/volume_binder.h"
#include "sim/k8s/controllers/volume_protection.h"
#include "sim/k8s/controllers/workloads.h"
#include "sim/node/machine.h"

namespace sim::k8s {
namespace {

using engine::Context;
using engine::Task;

using Controller = Task<> (*)(ControllerContext, Context);

struct Named {
  /// Who its events say they are from, and the name of its first goroutine.
  std::string_view name;
  Controller run;
};

constexpr Named kControllers[] = {
    {"serviceaccount-controller", run_service_accounts},
    {"namespace-controller", run_namespaces},
    {"garbage-collector-controller", run_garbage_collector},
    {"resourcequota-controller", run_resource_quotas},
    {"endpoint-slice-controller", run_endpoint_slices},
    {"replicaset-controller", run_replica_set},
    {"deployment-controller", run_deployment},
    {"statefulset-controller", run_stateful_set},
    {"daemonset-controller", run_daemon_set},
    {"job-controller", run_job},
    {"cronjob-controller", run_cron_job},
    {"ttl-after-finished-controller", run_ttl_after_finished},
    {"node-controller", run_node_lifecycle},
    {"taint-eviction-controller", run_taint_eviction},
    {"pod-garbage-collector", run_pod_gc},
    {"controllermanager", run_disruption},
    {"horizontal-pod-autoscaler", run_horizontal_pod_autoscalers},
    {"persistentvolume-controller", run_volume_binder},
    {"volume-protection-controller", run_volume_protection},
};

RestClient paced_client(const RestConfig& base, const ControllerManagerOptions& options,
                        std::string_view user) {
  RestConfig config = base;
  config.qps = options.qps;
  config.burst = options.burst;
  config.user_agent = "kube-controller-manager/" + std::string(user);
  return RestClient(std::move(config));
}

Task<> run_all(RestConfig base, ControllerManagerOptions options, Context context) {
  const InformerFactory informers(paced_client(base, options, "shared-informers"));
  std::vector<EventRecorder> recorders;  // also those that nobody else keeps
  const auto started = [&](std::string_view name) {
    const RestClient client = paced_client(base, options, name);
    const EventRecorder events(client, EventRecorder::Source(std::string(name)));
    engine::go([events, context]() -> Task<> { co_await events.run(context); }).set_name("events");
    recorders.push_back(events);
    return ControllerContext{client, informers, events};
  };
  for (const Named& controller : kControllers) {
    engine::go(controller.run, started(controller.name), context)
        .set_name(std::string(controller.name));
  }
  engine::go(run_root_ca_publisher, started("root-ca-cert-publisher"), options.root_ca, context)
      .set_name("root-ca-cert-publisher");
  // Time moves only when nobody has anything to do: by then all have asked for their informers.
  co_await engine::sleep_for(engine::kMillisecond);
  informers.start(context);
  co_await context.done().recv();
}

// "cp-1_6f1c...": the machine, and a random UUID. Source: kube-controller-manager's leader
// election.
std::string process_identity() {
  constexpr std::string_view kHex = "0123456789abcdef";
  const engine::EntityKey key = engine::current_process().next_key();
  const node::Machine* const machine = node::this_machine_or_null();
  std::string id = (machine == nullptr ? std::string("localhost") : machine->name()) + "_";
  constexpr int kDigits = 32;
  for (int i = 0; i < kDigits; ++i) {
    if (i == 8 || i == 12 || i == 16 || i == 20) id += '-';
    uint32_t digit = engine::choose(engine::ChoiceKind::kProgram, key, 16);
    if (i == 12) digit = 4;                // the version: random
    if (i == 16) digit = 8 | (digit & 3);  // the variant of RFC 9562
    id += kHex[digit];
  }
  return id;
}

}  // namespace

Task<> run_controller_manager(RestClient client, ControllerManagerOptions options,
                              Context context) {
  const RestConfig base = client.config();
  if (!options.leader_elect) co_return co_await run_all(base, options, context);
  LeaderElectionOptions election;
  election.name = "kube-controller-manager";
  election.identity = options.identity.empty() ? process_identity() : options.identity;
  const std::function<Task<>(Context)> work = [base, options](Context leading) {
    return run_all(base, options, std::move(leading));
  };
  co_await lead(client, election, context, work);
}

}  // namespace sim::k8s
