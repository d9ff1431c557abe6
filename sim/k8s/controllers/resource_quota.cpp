#include "sim/k8s/controllers/resource_quota.h"

#include <algorithm>
#include <utility>

#include "engine/sync/timer.h"
#include "engine/task/go.h"
#include "sim/k8s/controllers/edit.h"
#include "sim/k8s/controllers/kind_place.h"
#include "sim/k8s/controllers/pod_state.h"

namespace sim::k8s {
namespace {

using engine::Context;
using engine::Error;
using engine::Task;

constexpr int kWorkers = 5;
constexpr engine::Duration kResync = 300 * engine::kSecond;

void add_to(QuotaUsage& usage, std::string name, const Quantity& amount) {
  Quantity& sum = usage[std::move(name)];
  sum = sum + amount;
}

using Amounts = std::map<std::string, Quantity, std::less<>>;

void add_amounts(Amounts& sum, const Value& amounts) {
  for (const json::Member& each : amounts.members()) {
    Quantity& place = sum[std::string(each.name())];
    place = place + Quantity::from(each.value);
  }
}

void raise_to(Amounts& sum, const Amounts& least) {
  for (const auto& [name, amount] : least) {
    Quantity& place = sum[name];
    if (place < amount) place = amount;
  }
}

// Containers together, or what the start needs if that is more. Source: PodRequests.
Amounts pod_amounts(const Value& pod, std::string_view side) {
  Amounts sum;
  for (const Value& container : pod["spec"]["containers"].items()) {
    add_amounts(sum, container["resources"][side]);
  }
  Amounts beside;  // init containers that go on running
  Amounts start;
  for (const Value& container : pod["spec"]["initContainers"].items()) {
    Amounts now = beside;
    add_amounts(now, container["resources"][side]);
    if (container["restartPolicy"].text() == "Always") beside = now;
    raise_to(start, now);
  }
  for (const auto& [name, amount] : beside) sum[name] = sum[name] + amount;
  raise_to(sum, start);
  for (const json::Member& each : pod["spec"]["overhead"].members()) {
    const auto place = sum.find(each.name());
    if (place != sum.end()) place->second = place->second + Quantity::from(each.value);
  }
  return sum;
}

void count_pod(QuotaUsage& usage, const Value& pod) {
  for (const auto& [name, amount] : pod_amounts(pod, "requests")) {
    add_to(usage, "requests." + name, amount);
    add_to(usage, name, amount);
  }
  for (const auto& [name, amount] : pod_amounts(pod, "limits")) {
    add_to(usage, "limits." + name, amount);
  }
}

void count_claim(QuotaUsage& usage, const Value& claim) {
  const Quantity size = Quantity::from(claim.in({"spec", "resources", "requests", "storage"}));
  add_to(usage, "requests.storage", size);
  const std::string_view name = claim["spec"]["storageClassName"].text();
  if (name.empty()) return;
  const std::string prefix = std::string(name) + ".storageclass.storage.k8s.io/";
  add_to(usage, prefix + "requests.storage", size);
  add_to(usage, prefix + "persistentvolumeclaims", Quantity::of(1));
}

void count_service(QuotaUsage& usage, const Value& service) {
  const std::string_view type = service["spec"]["type"].text();
  const auto ports = static_cast<int64_t>(service["spec"]["ports"].size());
  if (type == "LoadBalancer") add_to(usage, "services.loadbalancers", Quantity::of(1));
  if (type == "NodePort" || type == "LoadBalancer") {
    add_to(usage, "services.nodeports", Quantity::of(ports));
  }
}

bool is_best_effort(const Value& pod) {
  return pod_amounts(pod, "requests").empty() && pod_amounts(pod, "limits").empty();
}

bool fits_scope(const Value& pod, std::string_view scope, std::string_view how,
                const Value& values) {
  const bool has_deadline = pod["spec"]["activeDeadlineSeconds"].is_integer();
  if (scope == "Terminating") return has_deadline;
  if (scope == "NotTerminating") return !has_deadline;
  if (scope == "BestEffort") return is_best_effort(pod);
  if (scope == "NotBestEffort") return !is_best_effort(pod);
  if (scope != "PriorityClass") return false;
  const Value& name = pod["spec"]["priorityClassName"];
  const std::span<const Value> all = values.items();
  const bool is_named = std::find(all.begin(), all.end(), name) != all.end();
  if (how == "In") return is_named;
  if (how == "NotIn") return !is_named;
  return (how != "DoesNotExist") == bool(name);
}

class ResourceQuotas : public engine::Counted<ResourceQuotas> {
 public:
  ResourceQuotas(ControllerContext controllers, Context context)
      : client_(controllers.client),
        context_(std::move(context)),
        quotas_(controllers.informers.of(kResourceQuotas)) {
    InformerHandlers on_quotas;
    on_quotas.added = [queue = queue_](const Value& quota) { queue.add(key_of(quota)); };
    on_quotas.updated = [queue = queue_](const Value& before, const Value& quota) {
      if (before["spec"] != quota["spec"]) queue.add(key_of(quota));
    };
    quotas_.add_handlers(std::move(on_quotas));
    for (const KindInfo& kind : builtin_kinds()) {
      const std::optional<Resource> resource = builtin_resource(kind);
      if (!resource || !kind.namespaced || !is_collected(kind)) continue;
      if (*resource == kResourceQuotas) continue;
      contents_.push_back(controllers.informers.of(*resource));
      follow(contents_.back());
    }
  }

  Task<> wait_for_sync() {
    co_await quotas_.wait_for_sync();
    for (const Informer& informer : contents_) co_await informer.wait_for_sync();
  }
  [[nodiscard]] const WorkQueue& queue() const { return queue_; }

  Task<Error> sync(std::string key) {
    const engine::Ref<ResourceQuotas> self(this);
    const Value quota = quotas_.get(key);
    if (!quota) co_return nullptr;
    std::vector<QuotaObjects> content;
    const std::string_view space = namespace_of(quota);
    for (const Informer& informer : contents_) {
      content.push_back({informer.resource(), informer.in_namespace(space)});
    }
    content.push_back({kResourceQuotas, quotas_.in_namespace(space)});
    const Value counted = recounted(quota, content);
    if (counted == quota) co_return nullptr;
    const ObjectResult written =
        co_await client_.update(context_, kResourceQuotas, counted, "status");
    co_return is_not_found(written.error) ? Error() : written.error;
  }

  Task<> resync() {
    const engine::Ref<ResourceQuotas> self(this);
    while (!context_.err()) {
      co_await engine::sleep_for(kResync);
      for (const auto& [key, quota] : quotas_.objects()) queue_.add(key);
    }
  }

 private:
  // What goes, or ends, may be used again.
  void follow(const Informer& informer) {
    const auto add_quotas = [queue = queue_, quotas = quotas_](const Value& object) {
      for (const Value& quota : quotas.in_namespace(namespace_of(object))) {
        queue.add(key_of(quota));
      }
    };
    InformerHandlers handlers;
    handlers.deleted = add_quotas;
    const Resource resource = informer.resource();
    handlers.updated = [add_quotas, resource](const Value& before, const Value& object) {
      if (before["spec"] == object["spec"] && pod_has_ended(before) == pod_has_ended(object)) {
        return;
      }
      if (quota_usage_of(resource, before) != quota_usage_of(resource, object)) {
        add_quotas(object);
      }
    };
    informer.add_handlers(std::move(handlers));
  }

  RestClient client_;
  Context context_;
  Informer quotas_;
  std::vector<Informer> contents_;
  WorkQueue queue_{"resource_quota"};
};

}  // namespace

QuotaUsage quota_usage_of(const Resource& resource, const Value& object) {
  QuotaUsage usage;
  // Pods that have ended count as objects, and for nothing else.
  add_to(usage, "count/" + resource.text(), Quantity::of(1));
  const bool is_pod = resource == kPods;
  if (is_pod && pod_has_ended(object)) return usage;
  if (resource.api_version == "v1") add_to(usage, std::string(resource.plural), Quantity::of(1));
  if (is_pod) count_pod(usage, object);
  if (resource == kPersistentVolumeClaims) count_claim(usage, object);
  if (resource == kServices) count_service(usage, object);
  return usage;
}

bool quota_covers(const Value& quota, const Resource& resource, const Value& object) {
  const Value& spec = quota["spec"];
  const Value& selected = spec["scopeSelector"]["matchExpressions"];
  if (spec["scopes"].size() + selected.size() == 0) return true;
  if (resource != kPods) return false;
  for (const Value& scope : spec["scopes"].items()) {
    if (!fits_scope(object, scope.text(), "Exists", {})) return false;
  }
  for (const Value& term : selected.items()) {
    if (!fits_scope(object, term["scopeName"].text(), term["operator"].text(), term["values"])) {
      return false;
    }
  }
  return true;
}

Value recounted(const Value& quota, const std::vector<QuotaObjects>& content) {
  QuotaUsage used;
  const Value& hard = quota["spec"]["hard"];
  for (const json::Member& each : hard.members()) used.emplace(each.name(), Quantity());
  for (const QuotaObjects& part : content) {
    for (const Value& object : part.objects) {
      if (!quota_covers(quota, part.resource, object)) continue;
      for (const auto& [name, amount] : quota_usage_of(part.resource, object)) {
        const auto place = used.find(name);
        if (place != used.end()) place->second = place->second + amount;
      }
    }
  }
  json::Object counted;
  for (const auto& [name, amount] : used) counted.set(name, amount.text());
  return quota.with_in({"status", "hard"}, hard).with_in({"status", "used"}, counted.build());
}

Task<> run_resource_quotas(ControllerContext controllers, Context context) {
  const engine::Ref<ResourceQuotas> controller(new ResourceQuotas(std::move(controllers), context));
  co_await controller->wait_for_sync();
  run_workers(controller->queue(), kWorkers,
              [controller](std::string key) { return controller->sync(std::move(key)); });
  stop_with(controller->queue(), context);
  engine::go([controller]() -> Task<> { co_await controller->resync(); }).set_name("quota resync");
}

}  // namespace sim::k8s
