// sim/k8s/kubelet/pod_status.h: a pod's status, from its spec and what is known of its containers.
//
// Concept: whoever runs the pod fills plain facts in; the phase, the conditions and the containers'
// statuses follow from them. Determinism: pure; lists are in the order of the spec.
// REQUIRES: an open scope, for values are made. Source: the kubelet's `getPhase`,
// `convertToAPIContainerStatuses`, and its package status (`GenerateContainersReadyCondition`,
// ...). Not modelled: ephemeral containers, allocated resources, users, volume mounts' states.

#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "sim/k8s/api/object.h"

namespace sim::k8s::kubelet {

/// One run of a container, as the runtime has it.
struct ContainerRun {
  std::string id;           // without containerd://
  std::string image;        // the name
  std::string image_id;     // the digest
  int64_t started_ns = 0;   // since 1970
  int64_t finished_ns = 0;  // since 1970
  int64_t restart_count = 0;
  int exit_code = 0;
  bool running = false;
  bool oom_killed = false;
  bool is_lost = false;  // it went with a crash of its machine: nobody knows how it ended
  /// Why it could not be started; empty otherwise.
  std::string start_error;
};

struct ContainerFacts {
  /// The youngest run, and the one before it.
  std::optional<ContainerRun> run;
  std::optional<ContainerRun> previous;
  /// Why it waits, if it does not run and is to: "CrashLoopBackOff". Empty with an ended run: that
  /// is its state; without one: ContainerCreating, or PodInitializing.
  std::string waiting_reason;
  std::string waiting_message;
  /// What the probes say; of a container that runs.
  bool started = false;
  bool ready = false;
};

struct PodFacts {
  std::map<std::string, ContainerFacts, std::less<>> containers;  // init containers, too
  bool has_sandbox = false;
  std::string pod_ip;  // empty: none yet
  std::string host_ip;
  int64_t start_ns = 0;  // since 1970; 0: not seen yet
  /// Nothing of it runs any more, nor will: whatever its restart policy, it has come to its end.
  bool is_terminal = false;
  /// Set when the kubelet ends the pod by itself ("Evicted", "DeadlineExceeded"): the pod has
  /// failed.
  std::string failed_reason;
  std::string failed_message;
  /// It was never taken in: its status says no more than that.
  bool is_rejected = false;
  /// A `DisruptionTarget` condition's message, as evictions set it; empty: none.
  std::string disruption_message;
};

/// Whether an init container is a sidecar, which goes on running.
inline bool is_sidecar(const Value& init_container) {
  return init_container["restartPolicy"].text() == "Always";
}
/// Whether a container that has ended with `exit_code` is started again.
bool restarts(const Value& pod, const Value& container, bool is_init, int exit_code);

/// The reason of an ended run: "Completed", "Error", "OOMKilled", "StartError", "Unknown".
std::string_view terminated_reason(const ContainerRun& run);
/// A container's status.
Value container_status(const Value& pod, const Value& container, bool is_init,
                       const PodFacts& facts);
/// "Pending", "Running", "Succeeded" or "Failed". `status` holds the containers' statuses.
/// `is_terminal`: see PodFacts.
std::string_view pod_phase(const Value& spec, const Value& status, bool is_terminal = false);
/// Whether all regular init containers are done, or some container has started.
bool is_initialized(const Value& spec, const Value& status);
/// The whole status. Conditions of others, and times of conditions that stay, are those of the
/// status that `pod` has. A phase that is final stays; while a container still runs none becomes
/// final. `now` is a time's text.
Value pod_status(const Value& pod, const PodFacts& facts, std::string_view now);

/// `web_default(1234)`, as messages of back-offs have it.
std::string pod_text(const Value& pod);
/// `back-off 10s restarting failed container=web pod=web_default(1234)`
std::string crash_loop_message(const Value& pod, std::string_view container,
                               std::string_view delay);
/// The body of a strategic merge patch that makes the status `after` of one that was `before`.
Value status_patch(const Value& pod, const Value& before, const Value& after);

}  // namespace sim::k8s::kubelet
