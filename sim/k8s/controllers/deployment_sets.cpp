// Which ReplicaSet of a Deployment is which, and their revisions.

#include <algorithm>
#include <charconv>
#include <utility>

#include "engine/task/print.h"
#include "sim/k8s/client/resource.h"
#include "sim/k8s/controllers/deployment.h"
#include "sim/k8s/controllers/pods.h"
#include "sim/k8s/controllers/revision_hash.h"

namespace sim::k8s::deployment {
namespace {

constexpr size_t kHistoryChars = 2000;

Value without_hash(const Value& pod_template) {
  const Value& labels = pod_template["metadata"]["labels"];
  if (!labels.contains(kTemplateHash)) return pod_template;
  return pod_template.with_in({"metadata", "labels"}, labels.without(kTemplateHash));
}

std::string number_text(int64_t number) {
  std::string text;
  engine::append_operand(text, number);
  return text;
}

int64_t number_of(std::string_view text) {
  int64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

// What belongs to the deployment or to a set alone.
bool is_own_annotation(std::string_view key) {
  for (const std::string_view own :
       {std::string_view("kubectl.kubernetes.io/last-applied-configuration"), kRevision,
        kRevisionHistory, kDesiredReplicas, kMaxReplicas,
        std::string_view("deprecated.deployment.rollback.to")}) {
    if (key == own) return true;
  }
  return false;
}

// The revisions that a set has had before, with one more; the oldest go if they get too long.
std::string history_with(std::string_view history, std::string_view revision) {
  if (history.empty()) return std::string(revision);
  std::string all(history);
  all += ',';
  all += revision;
  while (all.size() > kHistoryChars) {
    const size_t comma = all.find(',');
    if (comma == std::string::npos) return std::string(history);
    all.erase(0, comma + 1);
  }
  return all;
}

}  // namespace

int64_t replica_count(Sets sets) {
  int64_t count = 0;
  for (const Value& set : sets) count += replicas_of(set);
  return count;
}

int64_t status_count(Sets sets, std::string_view field) {
  int64_t count = 0;
  for (const Value& set : sets) count += set["status"][field].integer();
  return count;
}

Value new_set_of(const Value& deployment, Sets sets) {
  const Value wanted = without_hash(deployment["spec"]["template"]);
  Value found;
  for (const Value& set : sets) {
    if (without_hash(set["spec"]["template"]) != wanted) continue;
    if (!found || is_older(set, found)) found = set;
  }
  return found;
}

std::vector<Value> old_sets_of(Sets sets, const Value& new_set) {
  std::vector<Value> old;
  for (const Value& set : sets) {
    if (!new_set || uid_of(set) != uid_of(new_set)) old.push_back(set);
  }
  std::stable_sort(old.begin(), old.end(), is_older);
  return old;
}

std::vector<Value> active_sets(Sets sets) {
  std::vector<Value> active;
  for (const Value& set : sets) {
    if (replicas_of(set) > 0) active.push_back(set);
  }
  return active;
}

std::vector<Value> with_set(std::vector<Value> sets, const Value& one) {
  if (one) sets.push_back(one);
  return sets;
}

int64_t revision_of(const Value& object) {
  return number_of(annotation_of(object, kRevision));
}

int64_t max_revision(Sets sets) {
  int64_t most = 0;
  for (const Value& set : sets) most = std::max(most, revision_of(set));
  return most;
}

Value with_replica_annotations(const Value& deployment, const Value& set) {
  const int64_t desired = replicas_of(deployment);
  const Value counted = with_annotation(set, kDesiredReplicas, number_text(desired));
  return with_annotation(counted, kMaxReplicas, number_text(desired + max_surge(deployment)));
}

Value with_deployment_annotations(const Value& deployment, const Value& set, int64_t revision,
                                  bool exists) {
  json::Object annotations(metadata(set)["annotations"]);
  for (const auto& [key, value] : metadata(deployment)["annotations"].members()) {
    if (!is_own_annotation(key.text())) annotations.set(key.text(), value);
  }
  const std::string_view before = annotation_of(set, kRevision);
  if (number_of(before) < revision) {
    annotations.set(kRevision, number_text(revision));
    // It has been used before: this is a way back.
    if (!before.empty()) {
      annotations.set(kRevisionHistory, history_with(annotation_of(set, kRevisionHistory), before));
    }
  }
  const Value all = std::move(annotations).build();
  const Value made = all.size() == 0 ? set : with_meta(set, "annotations", all);
  return exists ? made : with_replica_annotations(deployment, made);
}

Value make_new_set(const Value& deployment, Sets old_sets, int64_t revision) {
  const Value& spec = deployment["spec"];
  const std::string hash = template_hash(spec["template"], deployment["status"]["collisionCount"]);
  const Value pod_template = spec["template"].with_in({"metadata", "labels", kTemplateHash}, hash);
  const Value selector = spec["selector"].with_in({"matchLabels", kTemplateHash}, hash);
  const std::string name = std::string(name_of(deployment)) + "-" + hash;
  const Value owner = controller_reference(deployment, kDeployments.object_kind());
  Value set = new_object(kReplicaSets.object_kind(), namespace_of(deployment), name)
                  .with_in({"metadata", "labels"}, pod_template["metadata"]["labels"])
                  .with_in({"metadata", "ownerReferences"}, json::Array().add(owner).build())
                  .with("spec", json::Object()
                                    .set("replicas", 0)
                                    .set_nonzero("minReadySeconds", spec["minReadySeconds"])
                                    .set("selector", selector)
                                    .set("template", pod_template)
                                    .build());
  const std::vector<Value> all =
      with_set(std::vector<Value>(old_sets.begin(), old_sets.end()), set);
  set = set.with_in({"spec", "replicas"}, new_set_replicas(deployment, all, set));
  return with_deployment_annotations(deployment, set, revision, false);
}

std::vector<Value> sets_to_clean_up(const Value& deployment, Sets old_sets) {
  const Value& limit = deployment["spec"]["revisionHistoryLimit"];
  if (!limit.is_integer() || limit.integer() == INT32_MAX) return {};
  std::vector<Value> candidates;
  for (const Value& set : old_sets) {
    if (!is_being_deleted(set)) candidates.push_back(set);
  }
  const int64_t surplus = static_cast<int64_t>(candidates.size()) - limit.integer();
  std::vector<Value> out;
  if (surplus <= 0) return out;
  std::stable_sort(candidates.begin(), candidates.end(), [](const Value& a, const Value& b) {
    const int64_t first = revision_of(a);
    const int64_t second = revision_of(b);
    return first == second ? is_older(a, b) : first < second;
  });
  candidates.resize(static_cast<size_t>(surplus));
  for (const Value& set : candidates) {
    const Value& status = set["status"];
    const bool behind =
        metadata(set)["generation"].integer() > status["observedGeneration"].integer();
    if (replicas_of(set) == 0 && status["replicas"].integer() == 0 && !behind) out.push_back(set);
  }
  return out;
}

}  // namespace sim::k8s::deployment
