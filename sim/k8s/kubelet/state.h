// sim/k8s/kubelet/state.h: what the parts of a kubelet share.
//
// Concept: one Kubelet for the process, one PodWorker for each pod it knows; handles to both go to
// the goroutines that work on them. Lifetime: counted, both live as long as some goroutine has
// them; a Sandbox belongs to the world and survives the kubelet.

#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "engine/sync/counted.h"
#include "engine/sync/event_count.h"
#include "sim/container/runtime.h"
#include "sim/k8s/client/event_recorder.h"
#include "sim/k8s/client/informer.h"
#include "sim/k8s/kubelet/backoff.h"
#include "sim/k8s/kubelet/kubelet.h"
#include "sim/k8s/kubelet/pod_cgroups.h"
#include "sim/k8s/kubelet/pod_status.h"
#include "sim/net/nat.h"

namespace sim::k8s::kubelet {

inline constexpr std::string_view kPodUidLabel = "io.kubernetes.pod.uid";
inline constexpr std::string_view kPodNameLabel = "io.kubernetes.pod.name";
inline constexpr std::string_view kPodNamespaceLabel = "io.kubernetes.pod.namespace";
inline constexpr std::string_view kContainerNameLabel = "io.kubernetes.container.name";
inline constexpr std::string_view kRestartCountLabel = "io.kubernetes.container.restartCount";

/// What the kubelet has written into a volume: bytes by path.
using Files = std::map<std::string, std::string, std::less<>>;

/// What a pod's containers share: a network and a control group. Lost with a crash of the machine.
struct Sandbox : engine::Counted<Sandbox> {
  engine::Ref<container::Namespace> network;  // null: the machine's
  engine::Ref<node::Cgroup> group;
  std::string ip;
  std::map<std::string, engine::Ref<container::Volume>, std::less<>> volumes;  // by their names
  std::map<std::string, Files, std::less<>> files;                             // of some of them
  std::vector<net::Nat::Service> host_ports;                                   // that it has opened
  [[nodiscard]] bool is_lost() const { return group->is_removed(); }
};

/// A container of a pod while it has probes.
struct ProbeResults {
  std::string container_id;
  bool started = false;
  bool ready = false;
  bool is_unhealthy = false;  // liveness or startup probe have failed: it is to be killed
  std::string unhealthy_message;
  engine::Duration grace;  // that it gets then
};

struct PodWorker : engine::Counted<PodWorker> {
  explicit PodWorker(Value object) : pod(std::move(object)) {}
  Value pod;  // as it was seen last
  /// There is something to look at.
  engine::EventCount wake{"pod"};
  /// The same, or what the worker waits for has come: a pull, a hook.
  engine::EventCount progress{"pod's progress"};
  void nudge() const {
    wake.advance();
    progress.advance();
  }
  engine::Ref<Sandbox> sandbox;
  engine::Instant begun;  // when the kubelet took it up
  bool is_admitted = false;
  Resources needs;  // of the whole pod
  bool has_volumes = false;
  engine::Duration mount_pause;                     // before volumes are tried again
  engine::Instant refresh_at = engine::kEndOfTime;  // when volumes are to be written anew
  bool is_deleted = false;                          // the API server has it no more
  bool is_terminating = false;                      // no container is started any more
  bool may_be_removed = false;                      // nothing of it runs: its object can go
  bool is_evicted = false;                          // without a grace period
  PodFacts facts;  // what the worker itself knows: reasons, start, end
  std::map<std::string, ProbeResults, std::less<>> probes;  // by the container's name
};

/// Whether the pod is to end, or has.
inline bool must_end(const PodWorker& worker) {
  const std::string_view phase = worker.pod["status"]["phase"].text();
  return worker.is_deleted || worker.is_terminating || is_being_deleted(worker.pod) ||
         !worker.facts.failed_reason.empty() || phase == "Succeeded" || phase == "Failed";
}

/// A ConfigMap or Secret that some pods refer to.
struct FollowedSource : engine::Counted<FollowedSource> {
  FollowedSource(const Informer& i, std::string key, engine::Cancelable run)
      : informer(i), object_key(std::move(key)), running(std::move(run)) {}
  Informer informer;
  std::string object_key;  // "namespace/name"
  engine::Cancelable running;
  std::set<std::string, std::less<>> users;  // uids of pods
};

/// When processor time was last looked at, and how much had been used by then.
struct UsageSample {
  engine::Instant at;
  engine::Duration node;
  std::map<std::string, engine::Duration, std::less<>> containers;  // by id
};

struct Kubelet : engine::Counted<Kubelet> {
  Kubelet(RestClient c, KubeletOptions o, engine::Context ctx, const Informer& p, const Informer& s,
          const EventRecorder& e)
      : client(std::move(c)),
        options(std::move(o)),
        context(std::move(ctx)),
        pods(p),
        services(s),
        events(e),
        machine(node::this_machine()),
        runtime(container::this_runtime()) {
    disk_bytes = machine.disk().options().capacity_bytes;
  }
  RestClient client;
  KubeletOptions options;
  engine::Context context;
  Informer pods;      // of this node
  Informer services;  // all
  EventRecorder events;
  node::Machine& machine;
  container::Runtime& runtime;
  std::map<std::string, engine::Ref<PodWorker>, std::less<>> workers;  // by uid
  Backoff container_backoff;
  Backoff image_backoff;
  net::Ip pod_base;        // the first address of its range
  uint32_t pod_count = 0;  // and how many there are
  uint32_t next_ip = 1;    // the last that was given, counted from the base
  int64_t disk_bytes = 0;  // of the machine's disk, when the kubelet began
  bool memory_pressure = false;
  bool disk_pressure = false;
  bool is_cut_off = false;           // the API server did not answer: what it has may have changed
  std::vector<UsageSample> samples;  // two at most, the older first
  std::map<std::string, engine::Ref<FollowedSource>, std::less<>> sources;  // "secrets/ns/name"
  engine::EventCount node_changed{"node status"};
  engine::EventCount statuses_changed{"pod statuses"};
  std::map<std::string, Value, std::less<>> statuses;  // by uid, that the server shall have

  [[nodiscard]] std::string host_ip() const { return net::ip_text(runtime.network().ip()); }
  [[nodiscard]] int64_t wall_ns() const { return machine.wall_clock().unix_ns(engine::here().now); }
};

/// An event about a pod, or about one of its containers.
struct PodEvent {
  std::string_view type;
  std::string_view reason;
  std::string message;
  std::string_view container = {};
  bool is_init = false;
};
inline void tell(const Kubelet& kubelet, const Value& pod, const PodEvent& event) {
  std::string path;
  if (!event.container.empty()) {
    path = event.is_init ? "spec.initContainers{" : "spec.containers{";
    path += event.container;
    path += '}';
  }
  EventRecorder::Note note{event.type, event.reason, event.message, path};
  kubelet.events.record(pod, note);
}

/// The containers of a pod that the runtime has, oldest first; of one name if it is not empty.
std::vector<engine::Ref<container::Container>> containers_of(const Kubelet& kubelet,
                                                             std::string_view uid,
                                                             std::string_view name = {});
/// What of a container its status tells.
ContainerRun run_of(const container::Container& container);
/// The container's label, or nothing.
std::string_view label_of(const container::Container& container, std::string_view label);

}  // namespace sim::k8s::kubelet
