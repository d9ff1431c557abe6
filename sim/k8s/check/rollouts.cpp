#include "sim/k8s/check/rollouts.h"

#include <algorithm>

#include <fmt/format.h>

#include "sim/k8s/controllers/pods.h"
#include "sim/k8s/controllers/rollout_math.h"

namespace sim::k8s::check {
namespace {

constexpr std::string_view kDesired = "deployment.kubernetes.io/desired-replicas";

int64_t wanted_of(const Value& set) {
  return set["spec"]["replicas"].integer();
}

std::string place_of(std::string_view prefix, const Value& object) {
  std::string out(prefix);
  out += namespace_of(object);
  out += '/';
  return out;
}

// The sets of the same Deployment, `set` among them.
template <class Visit>
void for_each_sister(const Objects& objects, const Value& set, Visit visit) {
  const std::string_view owner = controller_of(set)["uid"].text();
  for_each(objects, place_of(kReplicaSetPrefix, set), [&](const Value& other) {
    if (controller_of(other)["uid"].text() == owner) visit(other);
  });
}

}  // namespace

void Rollouts::written(const StoreEvent& event, const Objects& objects) {
  if (event.key.starts_with(kDeploymentPrefix)) note_deployment(event);
  if (event.key.starts_with(kReplicaSetPrefix)) note_set(event, objects);
  if (event.key.starts_with(kPodPrefix)) note_pod(event, objects);
}

void Rollouts::note_deployment(const StoreEvent& event) {
  const Value& spec = event.value["spec"];
  const int64_t replicas = spec["replicas"].integer();
  Deployment& deployment = deployments_[std::string(uid_of(event.value))];
  deployment.rolls = spec["strategy"]["type"].text() == "RollingUpdate" && !event.deleted;
  const rollout::Limits limits = rollout::limits_of(spec["strategy"]["rollingUpdate"], replicas);
  deployment.most.set(replicas + limits.surge);
  deployment.least.set(std::max<int64_t>(0, replicas - limits.unavailable));
}

void Rollouts::note_set(const StoreEvent& event, const Objects& objects) {
  const Value& set = event.value;
  Set& known = sets_[std::string(uid_of(set))];
  known.wanted.set(event.deleted ? 0 : wanted_of(set));
  known.available.set(event.deleted ? 0 : set["status"]["availableReplicas"].integer());
  if (event.deleted) return;
  const auto found = deployments_.find(controller_of(set)["uid"].text());
  if (found == deployments_.end() || !found->second.rolls) return;
  const int64_t before = wanted_of(event.previous);
  if (wanted_of(set) > before) check_growth(set, found->second, objects);
  if (wanted_of(set) < before) check_loss(event, found->second, objects);
}

void Rollouts::check_growth(const Value& set, const Deployment& deployment,
                            const Objects& objects) {
  int64_t sum = 0;
  for_each_sister(objects, set, [&](const Value& other) { sum += wanted_of(other); });
  if (sum <= deployment.most.most()) return;
  findings_.add("surge", fmt::format("{} now wants {}, so all sets of its Deployment want {}; at "
                                     "most {} are allowed",
                                     name_of(set), wanted_of(set), sum, deployment.most.most()));
}

void Rollouts::check_loss(const StoreEvent& event, const Deployment& deployment,
                          const Objects& objects) {
  const Value& set = event.value;
  if (annotation_of(event.previous, kDesired) != annotation_of(set, kDesired)) return;
  const int64_t had = sets_[std::string(uid_of(set))].available.least();
  if (had <= wanted_of(set)) return;
  int64_t after = wanted_of(set);
  for_each_sister(objects, set, [&](const Value& other) {
    if (other != set) after += sets_[std::string(uid_of(other))].available.most();
  });
  const int64_t least = deployment.least.least();
  if (after >= least) return;
  findings_.add(
      "availability",
      fmt::format("{} wants {} instead of {} and had {} available pods, which leaves {}; "
                  "its Deployment needs {}",
                  name_of(set), wanted_of(set), wanted_of(event.previous), had, after, least));
}

void Rollouts::note_pod(const StoreEvent& event, const Objects& objects) {
  if (event.previous || event.deleted) return;
  const std::string_view owner = controller_of(event.value)["uid"].text();
  const auto set = sets_.find(owner);
  if (set == sets_.end()) return;
  int64_t active = 0;
  for_each(objects, place_of(kPodPrefix, event.value), [&](const Value& pod) {
    if (controller_of(pod)["uid"].text() == owner && is_pod_active(pod)) ++active;
  });
  const int64_t wanted = set->second.wanted.most();
  if (active <= wanted) return;
  findings_.add("surge", fmt::format("{} is created as active pod number {} of a set that wants {}",
                                     name_of(event.value), active, wanted));
}

}  // namespace sim::k8s::check
