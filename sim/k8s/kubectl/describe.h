// sim/k8s/kubectl/describe.h: what `kubectl describe` tells of an object.
//
// Concept: a pure function. kubectl looks up several things besides the object; the caller fetches
// them, and they come here as Related.
// Source: the bytes that kubectl 1.33 prints. What kubectl prints in no particular order, such as
// the entries of a ConfigMap, comes by key.
// Not modelled: describers of ReplicationController, CertificateSigningRequest and NetworkPolicy
// (they are told as any other kind is); volumes of clouds that are no more.

#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sim/json/value.h"

namespace sim::k8s::kubectl {

/// What was looked up for an object. Lists are in the server's order.
struct Related {
  /// Whether there is a section Events, which --show-events=false leaves out.
  bool show_events = true;
  /// The events that involve the object. Of a node: those with its uid, then those with its name as
  /// uid.
  std::vector<json::Value> events;
  /// Of a workload: the pods that its selector matches. Of a node: the pods on it that have not
  /// ended. Of a claim: the pods of its namespace.
  std::vector<json::Value> pods;
  /// Of a deployment: the replica sets that it controls.
  std::vector<json::Value> replica_sets;
  /// Of a service or an ingress: the endpoint slices with the label kubernetes.io/service-name.
  std::vector<json::Value> endpoint_slices;
  /// Of an ingress: the services that it names.
  std::vector<json::Value> services;
  /// Of a service account: the secrets of its namespace.
  std::vector<json::Value> secrets;
  /// Of a namespace: its quotas and limit ranges.
  std::vector<json::Value> quotas;
  std::vector<json::Value> limit_ranges;
  /// Of a node: the lease in kube-node-lease with its name; absent if there is none.
  json::Value lease;
};

/// The text, each line ended. `now_unix_ns`: nanoseconds since 1970, for ages. Between the texts of
/// several objects kubectl prints two empty lines.
std::string describe(const json::Value& object, const Related& related, int64_t now_unix_ns);

/// The label selector of the pods that are to be fetched for an object; empty if none are.
std::string describe_selector(const json::Value& object);

}  // namespace sim::k8s::kubectl
