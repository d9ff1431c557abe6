// sim/k8s/check/rollouts.h: a rolling update has neither too many pods nor takes too many away.
//
// Rules, for Deployments with the strategy RollingUpdate:
// - A write that makes a ReplicaSet want more leaves all sets of its Deployment wanting at most
//   replicas + maxSurge. (After the Deployment was scaled down they may want more for a while; they
//   are only made to want less then.)
// - A write that makes a set want less never costs available pods that the Deployment needs: if
//   the set has had more available pods all the time lately than it now wants, then these and the
//   most that the other sets had available are replicas - maxUnavailable or more. How many are
//   available is what the sets' statuses say, so pods lost by faults that the controller had not
//   seen, or had seen, do not count against it. Exempt is the write that spreads a change of
//   `replicas` over the sets: Kubernetes does that by their shares, whatever is available.
// - A pod is created only while its set has fewer active ones than it wants. So active pods exceed
//   the Deployment's bound by no more than those that were there before a set wanted less.
// Source: Kubernetes' documentation, "Deployments" (rolling update, proportional scaling).

#pragma once

#include "sim/k8s/check/checker.h"

namespace sim::k8s::check {

class Rollouts final : public Checker {
 public:
  using Checker::Checker;
  void written(const StoreEvent& event, const Objects& objects) override;

 private:
  struct Deployment {
    Recent most;   // pods
    Recent least;  // available pods
    bool rolls = false;
  };
  struct Set {
    Recent wanted;
    Recent available;
  };
  void note_deployment(const StoreEvent& event);
  void note_set(const StoreEvent& event, const Objects& objects);
  void note_pod(const StoreEvent& event, const Objects& objects);
  void check_growth(const Value& set, const Deployment& deployment, const Objects& objects);
  void check_loss(const StoreEvent& event, const Deployment& deployment, const Objects& objects);

  std::map<std::string, Deployment, std::less<>> deployments_;  // by uid
  std::map<std::string, Set, std::less<>> sets_;                // by uid
};

}  // namespace sim::k8s::check
