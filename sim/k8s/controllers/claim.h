// sim/k8s/controllers/claim.h: which objects are whose: adopting orphans, releasing strangers.
//
// Concept: an object that a controller owns but that its selector no longer matches is let go; one
// that matches and that nobody owns is taken in. Before the first is taken in the owner is read
// again from the server, for it may have been deleted meanwhile.
// Source: kube-controller-manager (ControllerRefManager).

#pragma once

#include <span>
#include <string>
#include <vector>

#include "engine/sync/context.h"
#include "sim/k8s/api/selector.h"
#include "sim/k8s/client/rest.h"

namespace sim::k8s {

struct Claims {
  std::vector<Value> owned;
  std::vector<Value> to_adopt;
  std::vector<Value> to_release;
};

/// What `owner` is to do about `candidates`, which are of its namespace.
Claims claims_of(const Value& owner, const LabelSelector& selector,
                 std::span<const Value> candidates);

/// The strategic merge patches that do it. `finalizer` is set and taken away as well; may be empty.
Value adoption_patch(const Value& object, const Value& owner_reference,
                     const std::string& finalizer);
Value release_patch(const Value& object, const Value& owner, const std::string& finalizer);

struct ClaimRequest {
  ClaimRequest(Value o, const Resource& of, const Resource& r) : owner(o), owners(of), objects(r) {}
  Value owner;
  Resource owners;   // what the owner is
  Resource objects;  // what is claimed
  Claims claims;
  std::string finalizer;
};
struct Claimed {
  std::vector<Value> objects;  // that are owned now, by name
  engine::Error error;
};
/// Carries claims out. Suspends until the server has answered; not at all if nothing is to be done.
engine::Task<Claimed> claim(RestClient client, engine::Context context, ClaimRequest request);

}  // namespace sim::k8s
