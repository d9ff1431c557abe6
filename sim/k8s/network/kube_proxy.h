// sim/k8s/network/kube_proxy.h: kube-proxy: Services as rules of its machine's address translation.
//
// Concept: follows Services and EndpointSlices and writes the rules that have changed, at most once
// a second. Between a pod's becoming ready and traffic to it lie the kubelet's status, the slice,
// the watch and this delay, as in life. Lifetime: rules stay when the process goes, and go with a
// crash of the machine. Source: kube-proxy's mode iptables; its minSyncPeriod of 1 s.

#pragma once

#include <string>

#include "sim/k8s/client/informer_factory.h"
#include "sim/net/nat.h"

namespace sim::k8s {

/// The address translation of that machine, made when it is first asked for.
net::Nat& nat_of(net::Stack& machine);

/// Keeps the rules of the machine it runs on until `context` is done.
engine::Task<> run_kube_proxy(RestClient client, std::string node, engine::Context context);

}  // namespace sim::k8s
