// The next steps of a StatefulSet, and its status.

#include <algorithm>
#include <utility>

#include "sim/k8s/controllers/pods.h"
#include "sim/k8s/controllers/revisions.h"
#include "sim/k8s/controllers/stateful_set.h"

namespace sim::k8s::stateful {
namespace {

bool is_created(const Value& pod) {
  return !phase_of(pod).empty();
}
bool runs_and_is_ready(const Value& pod) {
  return phase_of(pod) == "Running" && is_pod_ready(pod);
}
bool is_healthy(const Value& pod) {
  return runs_and_is_ready(pod) && !is_being_deleted(pod);
}

class Planner {
 public:
  explicit Planner(const Input& input) : in_(input), set_(input.set) {
    plan_.in_order = set_["spec"]["podManagementPolicy"].text() != "Parallel";
    plan_.status = status_of(in_);
    place_pods();
  }

  Plan made() && {
    if (!is_being_deleted(set_) && grow() && shrink()) update();
    return std::move(plan_);
  }

 private:
  // Pods by number, those that are missing as they would be made; and those that are too many.
  void place_pods() {
    const Value current_set = revisions::restored(set_, in_.current);
    const Value update_set = revisions::restored(set_, in_.update);
    const int64_t first = first_ordinal(set_);
    const int64_t count = std::max<int64_t>(0, set_["spec"]["replicas"].integer());
    replicas_.resize(static_cast<size_t>(count));
    for (const Value& pod : in_.pods) {
      const std::optional<Identity> identity = identity_of(pod);
      if (!identity) continue;
      const int64_t at = identity->ordinal - first;
      if (at >= 0 && at < count) {
        replicas_[static_cast<size_t>(at)] = pod;
      } else {
        surplus_.push_back(pod);
      }
    }
    for (int64_t at = 0; at < count; ++at) {
      Value& place = replicas_[static_cast<size_t>(at)];
      if (place) continue;
      const bool is_current = keeps_current(first + at);
      const Value& revision = is_current ? in_.current : in_.update;
      place = with_label(make_pod(is_current ? current_set : update_set, first + at),
                         revisions::kPodLabel, name_of(revision));
    }
    std::stable_sort(surplus_.begin(), surplus_.end(), [](const Value& a, const Value& b) {
      return identity_of(a)->ordinal > identity_of(b)->ordinal;
    });
    for (const std::vector<Value>* list : {&replicas_, &surplus_}) {
      for (const Value& pod : *list) {
        if (!first_unhealthy_ && !is_healthy(pod)) first_unhealthy_ = pod;
      }
    }
  }

  // Whether a pod of that number is made of the revision before the update.
  [[nodiscard]] bool keeps_current(int64_t ordinal) const {
    const Value& strategy = set_["spec"]["updateStrategy"];
    if (strategy["type"].text() != "RollingUpdate") return false;
    const Value& rolling = strategy["rollingUpdate"];
    const int64_t kept =
        rolling ? rolling["partition"].integer() : set_["status"]["currentReplicas"].integer();
    return ordinal < first_ordinal(set_) + kept;
  }

  void add(Step::Kind kind, const Value& pod) {
    Step step;
    step.kind = kind;
    step.pod = pod;
    if (kind == Step::Kind::kCreatePod || kind == Step::Kind::kClaims) add_claims(step);
    plan_.phases.back().push_back(std::move(step));
  }

  // What is missing of the pod's claims, and what has the wrong owners.
  void add_claims(Step& step) {
    for (const Value& wanted : claims_of_pod(set_, step.pod)) {
      const Value there = in_.claim(name_of(wanted));
      const Value& claim = there ? there : wanted;
      const Value owned = with_claim_owners(set_, step.pod, claim);
      if (!there) {
        step.new_claims.push_back(owned);
      } else if (is_being_deleted(there)) {
        step.problem = "pvc " + std::string(name_of(there)) + " is being deleted";
      } else if (owned != there) {
        step.changed_claims.push_back(owned);
      }
    }
  }

  void settle_claims(const Value& pod) {
    Step step;
    step.pod = pod;
    add_claims(step);
    if (!step.new_claims.empty() || !step.changed_claims.empty()) {
      plan_.phases.back().push_back(std::move(step));
    }
  }

  [[nodiscard]] bool is_available(const Value& pod) const {
    return phase_of(pod) == "Running" &&
           is_pod_available(pod, set_["spec"]["minReadySeconds"].integer(), in_.now_ns);
  }

  // True: go on with the next pod, or the next phase.
  bool grow() {
    plan_.phases.emplace_back();
    for (const Value& pod : replicas_) {
      if (!grow_one(pod) && plan_.in_order) return false;
    }
    return true;
  }

  bool grow_one(const Value& pod) {
    if (is_pod_terminal(pod)) {
      if (!is_being_deleted(pod)) add(Step::Kind::kDeletePod, pod);
      return false;
    }
    if (!is_created(pod)) {
      // The claims of the pod before it go first.
      if (has_stale_claim(set_, pod, in_.claim)) return false;
      // A pod that is in the cache but has no status yet needs no second one.
      if (uid_of(pod).empty()) add(Step::Kind::kCreatePod, pod);
      return false;
    }
    if (phase_of(pod) == "Pending" && !is_being_deleted(pod)) settle_claims(pod);
    if (plan_.in_order && !(is_healthy(pod) && is_available(pod))) return false;
    if (!has_identity(set_, pod)) add(Step::Kind::kUpdatePod, with_identity(set_, pod));
    if (phase_of(pod) != "Pending") settle_claims(pod);
    return true;
  }

  bool shrink() {
    plan_.phases.emplace_back();
    for (const Value& pod : surplus_) settle_claims(pod);
    plan_.phases.emplace_back();
    for (const Value& pod : surplus_) {
      if (is_being_deleted(pod)) {
        if (plan_.in_order) return false;
        continue;
      }
      // In order, nothing goes while another pod is not well; but what is not well may go itself.
      const bool is_first_unhealthy = name_of(pod) == name_of(first_unhealthy_);
      const bool is_well = runs_and_is_ready(pod) && is_available(pod);
      if (plan_.in_order && !is_well && !is_first_unhealthy) return false;
      add(Step::Kind::kDeletePod, pod);
      if (plan_.in_order) return false;
    }
    return true;
  }

  // Takes one pod of an old revision away, if all behind it are well.
  void update() {
    const Value& strategy = set_["spec"]["updateStrategy"];
    if (strategy["type"].text() == "OnDelete") return;
    const int64_t least = strategy["rollingUpdate"]["partition"].integer();
    plan_.phases.emplace_back();
    for (auto at = static_cast<int64_t>(replicas_.size()) - 1; at >= least; --at) {
      const Value& pod = replicas_[static_cast<size_t>(at)];
      const bool is_old = revisions::revision_of_pod(pod) != name_of(in_.update);
      if (is_old && !is_being_deleted(pod)) {
        add(Step::Kind::kDeletePod, pod);
        const int64_t left = plan_.status["currentReplicas"].integer() - 1;
        plan_.status = plan_.status.with("currentReplicas", left == 0 ? Value() : Value(left));
        return;
      }
      if (!is_healthy(pod)) return;
    }
  }

  const Input& in_;
  const Value& set_;
  Plan plan_;
  std::vector<Value> replicas_;
  std::vector<Value> surplus_;  // from the highest number down
  Value first_unhealthy_;
};

}  // namespace

Plan plan_stateful_set(const Input& input) {
  return Planner(input).made();
}

Value status_of(const Input& input) {
  const Value& set = input.set;
  const int64_t min_ready = set["spec"]["minReadySeconds"].integer();
  int64_t created = 0;
  int64_t ready = 0;
  int64_t available = 0;
  int64_t current = 0;
  int64_t updated = 0;
  for (const Value& pod : input.pods) {
    if (!is_created(pod)) continue;
    ++created;
    if (runs_and_is_ready(pod)) {
      ++ready;
      if (is_pod_available(pod, min_ready, input.now_ns)) ++available;
    }
    if (is_being_deleted(pod)) continue;
    const std::string_view revision = revisions::revision_of_pod(pod);
    if (revision == name_of(input.current)) ++current;
    if (revision == name_of(input.update)) ++updated;
  }
  std::string_view current_name = name_of(input.current);
  const int64_t wanted = set["spec"]["replicas"].integer();
  const bool rolls = set["spec"]["updateStrategy"]["type"].text() == "RollingUpdate";
  // The update is through: what was new is what is current.
  if (rolls && updated == wanted && ready == wanted && created == wanted) {
    current = updated;
    current_name = name_of(input.update);
  }
  return json::Object()
      .set_nonzero("observedGeneration", metadata(set)["generation"])
      .set("replicas", created)
      .set_nonzero("readyReplicas", ready)
      .set("availableReplicas", available)
      .set_nonzero("currentReplicas", current)
      .set_nonzero("updatedReplicas", updated)
      .set_nonzero("currentRevision", current_name)
      .set_nonzero("updateRevision", name_of(input.update))
      .set("collisionCount", set["status"]["collisionCount"].integer())
      .build();
}

}  // namespace sim::k8s::stateful
