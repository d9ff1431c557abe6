// sim/k8s/kubelet/probes.h: asking containers whether they are well, and running their hooks.
//
// Concept: a goroutine for each probe of a running container; what it finds goes to the pod's
// worker, which decides. It ends with the container's run, and leaves nothing armed. Requests come
// from the node's own address. Determinism: the first probe comes after its delay, without the
// kubelet's random wait. Source: Kubernetes' documentation, "Configure Liveness, Readiness and
// Startup Probes", "Container Lifecycle Hooks"; the kubelet's packages prober and lifecycle.

#pragma once

#include <string>

#include "engine/task/task.h"
#include "sim/k8s/kubelet/state.h"

namespace sim::k8s::kubelet {

struct CommandResult {
  int exit_code = 0;
  bool timed_out = false;
  std::string output;   // what it has printed, at most kOutputBytesMax
  engine::Error error;  // it could not be started; the exit code is then a shell's
};
/// How much of a command's output the kubelet keeps. A probe's message has 10 KiB at most in the
/// real one, `maxRespBodyLength`.
inline constexpr size_t kOutputBytesMax = size_t{1} << 20;
inline constexpr size_t kProbeOutputBytesMax = size_t{10} << 10;
/// Runs a command in a container and waits for its end, at most `timeout` (zero: for ever); then it
/// is killed.
engine::Task<CommandResult> run_command(engine::Ref<container::Container> container,
                                        std::vector<std::string> command, engine::Duration timeout);

struct HandlerResult {
  bool ok = true;
  std::string output;  // why not
};
/// Runs `{exec | httpGet | tcpSocket | sleep | grpc}` of a container. Suspends, at most `timeout`.
struct HandlerCall {
  Value handler;
  Value spec;          // of the container, for the names of ports
  std::string pod_ip;  // where to ask
  engine::Duration timeout;
};
engine::Task<HandlerResult> run_handler(engine::Ref<container::Container> container,
                                        HandlerCall call);

/// Starts the probes of a container that has just begun to run, or was found running.
void start_probes(engine::Ref<Kubelet> kubelet, engine::Ref<PodWorker> worker,
                  engine::Ref<container::Container> container, const Value& spec);

}  // namespace sim::k8s::kubelet
