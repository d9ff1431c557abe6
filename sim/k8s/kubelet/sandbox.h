// sim/k8s/kubelet/sandbox.h: sandboxes of pods: their network, their control group, their ports on
// the machine.
//
// Concept: a sandbox is made once for a pod and kept for the machine, as containerd keeps it; only
// a crash of the machine loses it. Addresses are given in turn from the node's range. A host port
// is a rule of the machine's address translation, as the portmap plugin writes one.
// Source: the CRI's RunPodSandbox; CNI's host-local and portmap.
// Not modelled: hostIP of a port (a port is open on the machine's address), SCTP.

#pragma once

#include <cstdint>
#include <vector>

#include "sim/k8s/kubelet/state.h"

namespace sim::k8s::kubelet {

/// Null: it has none, or has lost it.
engine::Ref<Sandbox> find_sandbox(const Kubelet& kubelet, std::string_view uid);
/// With a new address. Null: the node's range has none left.
engine::Ref<Sandbox> make_sandbox(Kubelet& kubelet, const Value& pod);
/// REQUIRES: none of its containers runs.
void remove_sandbox(Kubelet& kubelet, std::string_view uid);

/// Whether a crash of the machine has ended the container. REQUIRES: it is of a pod.
bool was_lost(const container::Container& container);
/// What containerd says of how such a one has ended.
inline constexpr int kLostExitCode = 255;

struct HostPort {
  uint16_t number = 0;
  uint16_t container_port = 0;
  net::Protocol protocol = net::Protocol::kTcp;
};
/// The ports of its machine that a pod wants.
std::vector<HostPort> host_ports_of(const Value& pod);

}  // namespace sim::k8s::kubelet
