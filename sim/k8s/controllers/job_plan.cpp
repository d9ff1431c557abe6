// Which pods a Job creates and deletes.

#include <algorithm>
#include <charconv>
#include <utility>

#include "engine/task/print.h"
#include "sim/k8s/api/time.h"
#include "sim/k8s/client/resource.h"
#include "sim/k8s/controllers/job.h"
#include "sim/k8s/controllers/job_pods.h"
#include "sim/k8s/controllers/pod_control.h"
#include "sim/k8s/controllers/pods.h"

namespace sim::k8s::job {
namespace {

std::string number_text(int64_t number) {
  std::string text;
  engine::append_operand(text, number);
  return text;
}

// Each container is told its index.
Value with_index_variable(const Value& containers) {
  constexpr std::string_view kName = "JOB_COMPLETION_INDEX";
  const std::string path = "metadata.labels['" + std::string(kCompletionIndex) + "']";
  const Value field = json::Object().set("fieldPath", path).build();
  const Value variable = json::Object()
                             .set("name", kName)
                             .set("valueFrom", json::Object().set("fieldRef", field).build())
                             .build();
  json::Array out;
  for (const Value& container : containers.items()) {
    bool has = false;
    for (const Value& each : container["env"].items()) has = has || each["name"].text() == kName;
    out.add(has ? container : container.with("env", container["env"].appended(variable)));
  }
  return out.build();
}

Value tracked_pod(const Value& job) {
  const Value pod = pod_from_template(job["spec"]["template"], job, kJobs);
  return with_meta(pod, "finalizers", metadata(pod)["finalizers"].appended(kTracking));
}

Value indexed_pod(const Value& job, const Value& plain, int64_t index) {
  constexpr size_t kNameChars = 58;  // five more are for the server's letters
  const std::string number = number_text(index);
  const std::string suffix = "-" + number + "-";
  std::string name(name_of(job));
  if (name.size() + suffix.size() > kNameChars) name.resize(kNameChars - suffix.size());
  Value pod = with_meta(plain, "generateName", name + suffix);
  pod = with_label(with_annotation(pod, kCompletionIndex, number), kCompletionIndex, number);
  pod = pod.with_in({"spec", "hostname"}, std::string(name_of(job)) + "-" + number);
  for (const std::string_view list : {"initContainers", "containers"}) {
    const Value& containers = pod["spec"][list];
    if (containers.size() == 0) continue;
    pod = pod.with_in({"spec", list}, with_index_variable(containers));
  }
  return pod;
}

// Takes out of `left` the pods of an index that another one has as well, or that is not wanted.
std::vector<Value> superfluous(const Input& input, std::vector<Value>& left) {
  std::vector<Value> remove;
  std::vector<Value> keep;
  const std::vector<Value> ranked = ranked_for_deletion(left, {}, input.now_ns);
  Indexes seen;
  // The best of each index comes last.
  for (size_t i = ranked.size(); i-- > 0;) {
    const Value& pod = ranked[i];
    const int64_t index = index_of(pod);
    if (!has_valid_index(input.job, pod) || seen.contains(index)) {
      remove.push_back(pod);
      continue;
    }
    seen.add(index);
    keep.push_back(pod);
  }
  left = std::move(keep);
  return remove;
}

std::vector<Value> to_remove(const Input& input, const Assessment& assessment, int64_t least) {
  std::vector<Value> left = assessment.active;
  std::vector<Value> remove;
  if (is_indexed(input.job)) remove = superfluous(input, left);
  const std::vector<Value> ranked = ranked_for_deletion(left, {}, input.now_ns);
  for (const Value& pod : ranked) {
    if (static_cast<int64_t>(remove.size()) >= least) break;
    remove.push_back(pod);
  }
  return remove;
}

int64_t wanted_active(const Value& job, const Assessment& assessment) {
  const auto active = static_cast<int64_t>(assessment.active.size());
  const int64_t parallelism = job["spec"]["parallelism"].integer();
  const Value& completions = job["spec"]["completions"];
  // Without a number of completions the first success is enough: no more pods, but those stay.
  if (!completions.is_integer()) return assessment.succeeded > 0 ? active : parallelism;
  return std::clamp<int64_t>(completions.integer() - assessment.succeeded, 0, parallelism);
}

std::vector<Value> new_pods(const Input& input, const Assessment& assessment, int64_t count) {
  const Value& job = input.job;
  const Value plain = tracked_pod(job);
  if (!is_indexed(job)) return std::vector<Value>(static_cast<size_t>(count), plain);
  Indexes taken;
  for (const Value& pod : input.pods) {
    const bool counts =
        is_pod_active(pod) || (replaces_only_failed(job) && is_pod_terminating(pod));
    if (counts && has_valid_index(job, pod)) taken.add(index_of(pod));
  }
  std::vector<Value> pods;
  const int64_t completions = job["spec"]["completions"].integer();
  for (const int64_t index :
       Indexes::missing(assessment.succeeded_indexes, taken, count, completions)) {
    pods.push_back(indexed_pod(job, plain, index));
  }
  return pods;
}

}  // namespace

int64_t index_of(const Value& pod) {
  const std::string_view text = annotation_of(pod, kCompletionIndex);
  int64_t index = -1;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), index);
  return error == std::errc() && end == text.data() + text.size() ? index : -1;
}

bool has_valid_index(const Value& job, const Value& pod) {
  const int64_t index = index_of(pod);
  return index >= 0 && index < job["spec"]["completions"].integer();
}

bool is_pod_failed(const Value& job, const Value& pod) {
  if (phase_of(pod) == "Failed") return true;
  if (replaces_only_failed(job)) return false;
  return is_being_deleted(pod) && phase_of(pod) != "Succeeded";
}

bool is_tracked(const Value& pod) {
  return has_finalizer(pod, kTracking);
}

PodPlan plan_pods(const Input& input, const Assessment& assessment) {
  PodPlan plan;
  const Value& job = input.job;
  const auto active = static_cast<int64_t>(assessment.active.size());
  if (is_suspended(job)) {
    plan.remove = to_remove(input, assessment, active);
    return plan;
  }
  const int64_t wanted = wanted_active(job, assessment);
  plan.remove = to_remove(input, assessment, std::max<int64_t>(0, active - wanted));
  if (static_cast<int64_t>(plan.remove.size()) > kMostPods) plan.remove.resize(kMostPods);
  // Either or: who has to delete pods creates none in the same sync.
  if (!plan.remove.empty()) return plan;
  const int64_t waiting = replaces_only_failed(job) ? assessment.terminating : 0;
  const int64_t missing = std::min(wanted - waiting - active, kMostPods);
  if (missing <= 0) return plan;
  plan.wait_ns = backoff_left(assessment.backoff, input.now_ns);
  if (plan.wait_ns == 0) plan.create = new_pods(input, assessment, missing);
  return plan;
}

}  // namespace sim::k8s::job
