#include "sim/k8s/controllers/endpoint_slice_controller.h"

#include <map>
#include <set>
#include <utility>

#include "sim/k8s/api/selector.h"
#include "sim/k8s/controllers/edit.h"
#include "sim/k8s/controllers/endpoint_slices.h"

namespace sim::k8s {
namespace {

using engine::Context;
using engine::Error;
using engine::Task;

constexpr int kWorkers = 5;
constexpr engine::Duration kFirstBackoff = engine::kSecond;
constexpr int kStaleMost = 5;

bool is_ours(const Value& slice) {
  return labels_of(slice)[kSliceManagerLabel].text() == kSliceManager;
}

std::string service_key_of(const Value& slice) {
  std::string key(namespace_of(slice));
  key += '/';
  key += labels_of(slice)[kServiceNameLabel].text();
  return key;
}

/// What this controller wrote last, so that older copies are known as such.
class OwnWrites : public engine::Counted<OwnWrites> {
 public:
  void wrote(const std::string& service, const Value& slice) {
    slices_[service][std::string(uid_of(slice))] = resource_version_of(slice);
  }
  void removed(const std::string& service, const Value& slice) {
    slices_[service][std::string(uid_of(slice))] = kRemoved;
  }
  void forget(const std::string& service) { slices_.erase(service); }

  // Whether a slice that was seen is not what was written.
  [[nodiscard]] bool is_news(const Value& slice) const {
    const int64_t* const wrote = find(slice);
    return wrote == nullptr || *wrote == kRemoved || resource_version_of(slice) > *wrote;
  }
  // Whether a slice went that should have stayed.
  bool is_unexpected_end(const Value& slice) {
    const auto service = slices_.find(service_key_of(slice));
    if (service == slices_.end()) return true;
    const auto found = service->second.find(std::string(uid_of(slice)));
    if (found == service->second.end()) return true;
    const bool expected = found->second == kRemoved;
    service->second.erase(found);
    return !expected;
  }
  // Whether `seen`, all slices of the service, lag behind.
  [[nodiscard]] bool is_stale(const std::string& service, const std::vector<Value>& seen) const {
    const auto found = slices_.find(service);
    if (found == slices_.end()) return false;
    std::set<std::string> there;
    for (const Value& slice : seen) {
      std::string uid(uid_of(slice));
      const auto wrote = found->second.find(uid);
      there.insert(std::move(uid));
      if (wrote == found->second.end()) continue;
      if (wrote->second == kRemoved || resource_version_of(slice) < wrote->second) return true;
    }
    for (const auto& [uid, version] : found->second) {
      if (version != kRemoved && !there.contains(uid)) return true;
    }
    return false;
  }

 private:
  static constexpr int64_t kRemoved = -1;
  [[nodiscard]] const int64_t* find(const Value& slice) const {
    const auto service = slices_.find(service_key_of(slice));
    if (service == slices_.end()) return nullptr;
    const auto found = service->second.find(std::string(uid_of(slice)));
    return found == service->second.end() ? nullptr : &found->second;
  }
  std::map<std::string, std::map<std::string, int64_t>> slices_;
};

class EndpointSliceController : public engine::Counted<EndpointSliceController> {
 public:
  EndpointSliceController(ControllerContext controllers, Context context)
      : controllers_(std::move(controllers)),
        context_(std::move(context)),
        pods_(controllers_.informers.of(kPods)),
        nodes_(controllers_.informers.of(kNodes)),
        services_(controllers_.informers.of(kServices)),
        slices_(controllers_.informers.of(kEndpointSlices)) {
    watch_services();
    watch_pods();
    watch_slices();
    watch_nodes();
  }

  Task<> wait_for_sync() {
    co_await services_.wait_for_sync();
    co_await pods_.wait_for_sync();
    co_await nodes_.wait_for_sync();
    co_await slices_.wait_for_sync();
  }
  [[nodiscard]] const WorkQueue& queue() const { return queue_; }

  Task<Error> sync(std::string key) {
    const engine::Ref<EndpointSliceController> self(this);
    const Value service = services_.get(key);
    if (!service) {
      own_->forget(key);
      co_return nullptr;  // its slices go as garbage
    }
    if (!has_managed_endpoints(service)) co_return nullptr;
    const std::vector<Value> all = slices_.by_index(kByService, key);
    if (own_->is_stale(key, all)) {
      // What was written may be gone for good by somebody else's hand.
      if (queue_.requeues(key) >= kStaleMost) own_->forget(key);
      co_return engine::errorf("EndpointSlice informer cache is out of date");
    }
    std::vector<Value> slices;
    for (const Value& slice : all) {
      if (!is_being_deleted(slice)) slices.push_back(slice);
    }
    const DesiredEndpoints desired = desired_endpoints(service, pods_of(service), node_named());
    SlicePlan plan = plan_slices(service, slices, desired);
    if (is_being_deleted(service)) plan.create.clear();
    Error error = co_await carry_out(key, plan);
    if (!error && !desired.without_node.empty()) {
      error = engine::errorf("skipping Pod ", desired.without_node.front(), " for Service ", key,
                             ": Node Not Found");
    }
    if (error) {
      const std::string message =
          "Error updating Endpoint Slices for Service " + key + ": " + error.message();
      controllers_.events.record(service, {"Warning", "FailedToUpdateEndpointSlices", message});
    }
    co_return error;
  }

 private:
  static constexpr std::string_view kByService = "slices of service";

  [[nodiscard]] std::vector<Value> pods_of(const Value& service) const {
    const LabelSelector selector = LabelSelector::from_map(service["spec"]["selector"]);
    std::vector<Value> pods = pods_.in_namespace(namespace_of(service));
    std::erase_if(pods, [&](const Value& pod) { return !selector.matches(labels_of(pod)); });
    return pods;
  }
  [[nodiscard]] std::function<Value(std::string_view)> node_named() const {
    return [nodes = nodes_](std::string_view name) { return nodes.get(name); };
  }

  Task<Error> carry_out(std::string key, SlicePlan plan) {
    const engine::Ref<EndpointSliceController> self(this);
    const RestClient& client = controllers_.client;
    for (const Value& slice : plan.create) {
      const std::string space(namespace_of(slice));
      const ObjectResult made = co_await client.create(context_, kEndpointSlices, space, slice);
      if (made.error) co_return made.error;
      own_->wrote(key, made.object);
    }
    for (const Value& slice : plan.update) {
      const ObjectResult written = co_await client.update(context_, kEndpointSlices, slice);
      if (written.error) co_return written.error;
      own_->wrote(key, written.object);
    }
    for (const Value& slice : plan.remove) {
      ObjectKey target;
      target.space = namespace_of(slice);
      target.name = name_of(slice);
      const Error error = co_await client.remove(context_, kEndpointSlices, target);
      if (error && !is_not_found(error)) co_return error;
      own_->removed(key, slice);
    }
    co_return nullptr;
  }

  void watch_services() {
    InformerHandlers handlers;
    handlers.added = [queue = queue_](const Value& service) { queue.add(key_of(service)); };
    handlers.updated = [queue = queue_](const Value&, const Value& service) {
      queue.add(key_of(service));
    };
    handlers.deleted = handlers.added;
    services_.add_handlers(std::move(handlers));
  }

  void watch_pods() {
    const auto add_services = [queue = queue_, services = services_](const Value& pod) {
      for (const Value& service : services.in_namespace(namespace_of(pod))) {
        if (!has_managed_endpoints(service)) continue;
        const LabelSelector selector = LabelSelector::from_map(service["spec"]["selector"]);
        if (selector.matches(labels_of(pod))) queue.add(key_of(service));
      }
    };
    InformerHandlers handlers;
    handlers.added = add_services;
    handlers.updated = [add_services](const Value& before, const Value& pod) {
      if (!endpoint_may_change(before, pod)) return;
      add_services(pod);
      if (labels_of(before) != labels_of(pod)) add_services(before);
    };
    handlers.deleted = add_services;
    pods_.add_handlers(std::move(handlers));
  }

  void watch_slices() {
    slices_.add_index(kByService, [](const Value& slice) {
      return is_ours(slice) ? service_key_of(slice) : std::string();
    });
    InformerHandlers handlers;
    handlers.added = [queue = queue_, own = own_](const Value& slice) {
      if (is_ours(slice) && own->is_news(slice)) queue.add(service_key_of(slice));
    };
    handlers.updated = [queue = queue_, own = own_](const Value& before, const Value& slice) {
      if (is_ours(before) && service_key_of(before) != service_key_of(slice)) {
        queue.add(service_key_of(before));
      }
      if (is_ours(slice) && own->is_news(slice)) queue.add(service_key_of(slice));
    };
    handlers.deleted = [queue = queue_, own = own_](const Value& slice) {
      if (is_ours(slice) && own->is_unexpected_end(slice)) queue.add(service_key_of(slice));
    };
    slices_.add_handlers(std::move(handlers));
  }

  // A node that appears, or is moved to another zone, may concern any service.
  void watch_nodes() {
    const auto add_all = [queue = queue_, services = services_] {
      for (const auto& [key, service] : services.objects()) queue.add(key);
    };
    InformerHandlers handlers;
    handlers.added = [add_all](const Value&) { add_all(); };
    handlers.updated = [add_all](const Value& before, const Value& node) {
      constexpr std::string_view kZone = "topology.kubernetes.io/zone";
      if (labels_of(before)[kZone] != labels_of(node)[kZone]) add_all();
    };
    nodes_.add_handlers(std::move(handlers));
  }

  ControllerContext controllers_;
  Context context_;
  Informer pods_;
  Informer nodes_;
  Informer services_;
  Informer slices_;
  WorkQueue queue_{"endpoint_slice", WorkQueue::Backoff(kFirstBackoff)};
  engine::Ref<OwnWrites> own_{new OwnWrites};
};

}  // namespace

Task<> run_endpoint_slices(ControllerContext controllers, Context context) {
  const engine::Ref<EndpointSliceController> controller(
      new EndpointSliceController(std::move(controllers), context));
  co_await controller->wait_for_sync();
  run_workers(controller->queue(), kWorkers,
              [controller](std::string key) { return controller->sync(std::move(key)); });
  stop_with(controller->queue(), context);
}

}  // namespace sim::k8s
