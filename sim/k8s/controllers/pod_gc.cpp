#include "sim/k8s/controllers/pod_gc.h"

#include <algorithm>
#include <utility>

#include "engine/sync/timer.h"
#include "engine/task/go.h"
#include "sim/k8s/controllers/edit.h"
#include "sim/k8s/controllers/pod_state.h"

namespace sim::k8s {
namespace {

using engine::Context;
using engine::Error;
using engine::Task;

bool is_evicted(const Value& pod) {
  return pod["status"]["reason"].text() == "Evicted";
}

class PodGc : public engine::Counted<PodGc> {
 public:
  PodGc(ControllerContext controllers, Context context)
      : client_(controllers.client),
        context_(std::move(context)),
        pods_(controllers.informers.of(kPods)),
        nodes_(controllers.informers.of(kNodes)) {}

  Task<> wait_for_sync() {
    co_await pods_.wait_for_sync();
    co_await nodes_.wait_for_sync();
  }

  Task<> run() {
    const engine::Ref<PodGc> self(this);
    while (!context_.err()) {
      for (const Value& pod : ended_pods_to_remove(pods_.objects(), kEndedPodsMost)) {
        co_await remove(pod);
      }
      co_await remove_orphans();
      for (const Value& pod : unscheduled_to_remove(pods_.objects())) co_await remove(pod);
      co_await engine::sleep_for(kPodGcPeriod);
    }
  }

 private:
  Task<> remove_orphans() {
    const engine::Ref<PodGc> self(this);
    std::set<std::string> missing;
    for (const auto& [key, pod] : pods_.objects()) {
      const std::string_view node = node_name_of(pod);
      if (!node.empty() && !nodes_.get(node)) missing.emplace(node);
    }
    std::set<std::string> gone;
    for (const std::string& node : missing_.update(missing, engine::now())) {
      const ObjectResult got = co_await client_.get(context_, kNodes, std::string(), node);
      if (is_not_found(got.error)) gone.insert(node);
    }
    if (gone.empty()) co_return;
    std::vector<Value> lost;
    for (const auto& [key, pod] : pods_.objects()) {
      if (gone.contains(std::string(node_name_of(pod)))) lost.push_back(pod);
    }
    for (const Value& pod : lost) {
      EditTarget target(kPods, key_parts(pod), "status");
      target.uid = uid_of(pod);
      const Edit edit = [](const Value& live) { return lost_pod(live, now_text()); };
      const ObjectResult result = co_await edit_object(client_, context_, target, edit);
      if (!result.error) co_await remove(pod);
    }
  }

  Task<> remove(Value pod) {
    const engine::Ref<PodGc> self(this);
    DeleteWish wish;
    wish.uid = uid_of(pod);
    wish.grace_seconds = 0;
    static_cast<void>(co_await client_.remove(context_, kPods, key_parts(pod), wish.options()));
  }

  static ObjectKey key_parts(const Value& pod) {
    ObjectKey key;
    key.space = namespace_of(pod);
    key.name = name_of(pod);
    return key;
  }

  RestClient client_;
  Context context_;
  Informer pods_;
  Informer nodes_;
  MissingNodes missing_;
};

}  // namespace

std::vector<Value> ended_pods_to_remove(const Informer::Objects& pods, int64_t most) {
  std::vector<Value> ended;
  for (const auto& [key, pod] : pods) {
    if (pod_has_ended(pod)) ended.push_back(pod);
  }
  const int64_t excess = static_cast<int64_t>(ended.size()) - most;
  if (excess <= 0) return {};
  // By time, then by name, as they come. Texts of whole seconds in one zone compare as times do.
  std::stable_sort(ended.begin(), ended.end(), [](const Value& a, const Value& b) {
    if (is_evicted(a) != is_evicted(b)) return is_evicted(a);
    return metadata(a)["creationTimestamp"].text() < metadata(b)["creationTimestamp"].text();
  });
  ended.resize(static_cast<size_t>(excess));
  return ended;
}

std::vector<Value> unscheduled_to_remove(const Informer::Objects& pods) {
  std::vector<Value> found;
  for (const auto& [key, pod] : pods) {
    if (is_being_deleted(pod) && node_name_of(pod).empty()) found.push_back(pod);
  }
  return found;
}

std::vector<std::string> MissingNodes::update(const std::set<std::string>& missing,
                                              engine::Instant now) {
  std::erase_if(since_, [&](const auto& each) { return !missing.contains(each.first); });
  std::vector<std::string> due;
  for (const std::string& node : missing) {
    const auto [at, is_new] = since_.try_emplace(node, now);
    if (now - at->second >= kNodeQuarantine) due.push_back(node);
  }
  return due;
}

Value lost_pod(const Value& pod, std::string_view now) {
  if (pod_has_ended(pod)) return pod;
  const Condition condition{"DisruptionTarget", "True", "DeletionByPodGC",
                            "PodGC: node no longer exists"};
  return with_condition(pod.with_in({"status", "phase"}, "Failed"), condition, now);
}

Task<> run_pod_gc(ControllerContext controllers, Context context) {
  const engine::Ref<PodGc> gc(new PodGc(std::move(controllers), context));
  co_await gc->wait_for_sync();
  engine::go([gc]() -> Task<> { co_await gc->run(); }).set_name("pod gc");
}

}  // namespace sim::k8s
