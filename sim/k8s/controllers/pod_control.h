// sim/k8s/controllers/pod_control.h: creates and deletes pods for their owners, and tells of it.
//
// Concept: a pod is made from its owner's template, owned by it, and named by the server. Each
// success and failure becomes an event of the owner.
// Source: kube-controller-manager (GetPodFromTemplate, RealPodControl) and the texts of its events.

#pragma once

#include <string>
#include <utility>
#include <vector>

#include "engine/sync/context.h"
#include "sim/k8s/controllers/batch.h"
#include "sim/k8s/controllers/controller.h"
#include "sim/k8s/controllers/expectations.h"

namespace sim::k8s {

/// Takes labels, annotations, finalizers and specification from the template; the name will begin
/// with the owner's and a dash.
Value pod_from_template(const Value& pod_template, const Value& owner, const Resource& owners);

/// Each suspends until the server has answered, and records an event of `owner`.
engine::Task<ObjectResult> create_pod(ControllerContext controllers, engine::Context context,
                                      Value owner, Value pod);
engine::Task<engine::Error> delete_pod(ControllerContext controllers, engine::Context context,
                                       Value owner, Value pod);

/// Several pods of one owner. What does not come or go is taken out of the expectations, which the
/// caller has set before.
struct PodBatch {
  PodBatch(Value o, std::vector<Value> p) : owner(std::move(o)), pods(std::move(p)) {}
  Value owner;
  std::vector<Value> pods;
  Expectations expectations;
  std::string key;  // of the owner
};
/// Creates them in batches that double; stops at the first that fails.
engine::Task<BatchResult> create_pods(ControllerContext controllers, engine::Context context,
                                      PodBatch batch);
/// Deletes them all at once. That one is gone already is no error.
engine::Task<BatchResult> delete_pods(ControllerContext controllers, engine::Context context,
                                      PodBatch batch);

/// Whether the server refused to create something because its namespace is being deleted. Nobody
/// is told of that, and trying again is of no use.
bool is_namespace_terminating(const engine::Error& error);

/// Replaces the status of `object`; does nothing if it says so already. If somebody has changed the
/// object meanwhile it is read again, once.
engine::Task<ObjectResult> write_status(RestClient client, engine::Context context,
                                        Resource resource, Value object, Value status);

}  // namespace sim::k8s
