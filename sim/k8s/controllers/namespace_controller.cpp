#include "sim/k8s/controllers/namespace_controller.h"

#include <algorithm>
#include <utility>

#include "sim/k8s/controllers/edit.h"

namespace sim::k8s {
namespace {

using engine::Context;
using engine::Error;
using engine::Task;

constexpr int kWorkers = 10;
constexpr engine::Duration kLastBackoff = 60 * engine::kSecond;
/// Source: namespaceDeletionGracePeriod: who has seen the namespace alive may still be creating.
constexpr engine::Duration kFirstDelay = 5 * engine::kSecond;
constexpr int64_t kFinalizerEstimate = 15;

struct Emptied {
  Error error;
  int64_t estimate = 0;
};

class NamespaceController : public engine::Counted<NamespaceController> {
 public:
  NamespaceController(ControllerContext controllers, Context context)
      : client_(controllers.client),
        context_(std::move(context)),
        spaces_(controllers.informers.of(kNamespaces)),
        definitions_(controllers.informers.of(kCustomResourceDefinitions)) {
    const auto look = [queue = queue_](const Value& space) {
      if (is_being_deleted(space)) queue.add_after(name_of(space), kFirstDelay);
    };
    InformerHandlers handlers;
    handlers.added = look;
    handlers.updated = [look](const Value&, const Value& space) { look(space); };
    spaces_.add_handlers(std::move(handlers));
  }

  Task<> wait_for_sync() {
    co_await spaces_.wait_for_sync();
    co_await definitions_.wait_for_sync();
  }
  [[nodiscard]] const WorkQueue& queue() const { return queue_; }

  Task<Error> sync(std::string name) {
    const engine::Ref<NamespaceController> self(this);
    const ObjectResult got = co_await client_.get(context_, kNamespaces, std::string(), name);
    if (got.error) co_return is_not_found(got.error) ? Error() : got.error;
    const Value& space = got.object;
    if (!is_being_deleted(space) || space["spec"]["finalizers"].size() == 0) co_return nullptr;
    const Emptied emptied = co_await empty(name);
    if (emptied.error) co_return emptied.error;
    if (emptied.estimate > 0) {
      queue_.add_after(name, retry_seconds(emptied.estimate) * engine::kSecond);
      co_return nullptr;
    }
    RestClient::RawRequest request("PUT", RestClient::path_of(kNamespaces, {}, name, "finalize"));
    request.content_type = "application/json";
    request.body = finalized(space).to_json();
    const RestClient::Raw answer = co_await client_.raw(context_, request);
    co_return is_not_found(answer.error) ? Error() : answer.error;
  }

 private:
  // Pods first, and nothing else while there are any.
  Task<Emptied> empty(std::string name) {
    const engine::Ref<NamespaceController> self(this);
    Emptied all = co_await empty_of(name, kPods);
    if (all.error || all.estimate > 0) co_return all;
    std::vector<Value> definitions;
    for (const auto& [key, definition] : definitions_.objects()) definitions.push_back(definition);
    const std::vector<KindPlace> places = contents_of_namespaces(definitions);
    for (const KindPlace& place : places) {
      const Emptied one = co_await empty_of(name, place.resource());
      if (one.error && !all.error) all.error = one.error;
      all.estimate = std::max(all.estimate, one.estimate);
    }
    co_return all;
  }

  Task<Emptied> empty_of(std::string name, Resource resource) {
    const engine::Ref<NamespaceController> self(this);
    Emptied out;
    ListResult listed = co_await client_.list(context_, resource, name, ListOptions());
    if (listed.error || listed.items.empty()) {
      if (!is_not_found(listed.error)) out.error = listed.error;
      co_return out;
    }
    const std::string path = RestClient::path_of(resource, name);
    RestClient::RawRequest request("DELETE", path);
    request.content_type = "application/json";
    DeleteWish wish;
    wish.propagation = "Background";
    request.body = wish.options().to_json();
    const RestClient::Raw removed = co_await client_.raw(context_, request);
    if (removed.error && !is_not_found(removed.error)) {
      out.error = removed.error;
      co_return out;
    }
    listed = co_await client_.list(context_, resource, name, ListOptions());
    if (!is_not_found(listed.error)) out.error = listed.error;
    out.estimate = seconds_to_wait(resource, listed.items);
    co_return out;
  }

  RestClient client_;
  Context context_;
  Informer spaces_;
  Informer definitions_;
  WorkQueue queue_{"namespace", WorkQueue::Backoff(WorkQueue::kBaseDelay, kLastBackoff)};
};

}  // namespace

std::vector<KindPlace> contents_of_namespaces(std::span<const Value> definitions) {
  std::vector<KindPlace> places;
  for (const KindInfo& kind : builtin_kinds()) {
    if (!kind.namespaced || !is_collected(kind)) continue;
    if (kind.group.empty() && kind.plural == kPods.plural) continue;
    places.push_back(place_of(kind));
  }
  for (const KindInfo& kind : builtin_kinds()) {
    // Events are no part of any ownership, but of the namespace.
    if (kind.group.empty() && kind.plural == kEvents.plural) places.push_back(place_of(kind));
  }
  for (const Value& definition : definitions) {
    for (KindPlace& place : places_of(definition)) {
      if (!place.namespaced) break;
      places.push_back(std::move(place));
      break;
    }
  }
  return places;
}

int64_t seconds_to_wait(const Resource& resource, std::span<const Value> left) {
  int64_t seconds = 0;
  for (const Value& object : left) {
    const bool is_pod = resource == kPods;
    if (is_pod && metadata(object)["finalizers"].size() == 0) {
      constexpr int64_t kGrace = 30;
      const Value& own = object["spec"]["terminationGracePeriodSeconds"];
      seconds = std::max(seconds, std::max<int64_t>(1, own.integer(kGrace)));
    } else {
      seconds = std::max(seconds, kFinalizerEstimate);
    }
  }
  return seconds;
}

Value finalized(const Value& space) {
  json::Array left;
  for (const Value& finalizer : space["spec"]["finalizers"].items()) {
    if (finalizer.text() != "kubernetes") left.add(finalizer);
  }
  return space.with_in({"spec", "finalizers"}, left.build());
}

Task<> run_namespaces(ControllerContext controllers, Context context) {
  const engine::Ref<NamespaceController> controller(
      new NamespaceController(std::move(controllers), context));
  co_await controller->wait_for_sync();
  run_workers(controller->queue(), kWorkers,
              [controller](std::string name) { return controller->sync(std::move(name)); });
  stop_with(controller->queue(), context);
}

}  // namespace sim::k8s
