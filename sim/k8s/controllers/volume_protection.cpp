#include "sim/k8s/controllers/volume_protection.h"

#include <algorithm>
#include <utility>

#include "sim/k8s/controllers/edit.h"
#include "sim/k8s/controllers/pod_state.h"

namespace sim::k8s {
namespace {

using engine::Context;
using engine::Error;
using engine::Task;

class VolumeProtection : public engine::Counted<VolumeProtection> {
 public:
  VolumeProtection(ControllerContext controllers, Context context)
      : client_(controllers.client),
        context_(std::move(context)),
        pods_(controllers.informers.of(kPods)),
        claims_(controllers.informers.of(kPersistentVolumeClaims)),
        volumes_(controllers.informers.of(kPersistentVolumes)) {
    follow(claims_, claim_queue_, kClaimFinalizer);
    follow(volumes_, volume_queue_, kVolumeFinalizer);
    // A pod that lets go of its claims.
    const auto add_claims = [queue = claim_queue_](const Value& pod) {
      for (const std::string& claim : claims_of(pod)) {
        queue.add(std::string(namespace_of(pod)) + "/" + claim);
      }
    };
    InformerHandlers on_pods;
    on_pods.deleted = add_claims;
    on_pods.updated = [add_claims](const Value& before, const Value& pod) {
      if (!pod_has_ended(before) && pod_has_ended(pod)) add_claims(pod);
    };
    pods_.add_handlers(std::move(on_pods));
  }

  Task<> wait_for_sync() {
    co_await pods_.wait_for_sync();
    co_await claims_.wait_for_sync();
    co_await volumes_.wait_for_sync();
  }
  [[nodiscard]] const WorkQueue& claim_queue() const { return claim_queue_; }
  [[nodiscard]] const WorkQueue& volume_queue() const { return volume_queue_; }

  Task<Error> sync_claim(std::string key) {
    const engine::Ref<VolumeProtection> self(this);
    const Value claim = claims_.get(key);
    if (!claim) co_return nullptr;
    if (!is_being_deleted(claim)) co_return co_await write(kPersistentVolumeClaims, claim, true);
    const std::string space(namespace_of(claim));
    if (is_used(pods_.in_namespace(space), claim)) co_return nullptr;
    const ListResult live = co_await client_.list(context_, kPods, space, ListOptions());
    if (live.error) co_return live.error;
    if (is_used(live.items, claim)) co_return nullptr;
    co_return co_await write(kPersistentVolumeClaims, claim, false);
  }

  Task<Error> sync_volume(std::string name) {
    const engine::Ref<VolumeProtection> self(this);
    const Value volume = volumes_.get(name);
    if (!volume) co_return nullptr;
    if (!is_being_deleted(volume)) co_return co_await write(kPersistentVolumes, volume, true);
    if (volume["status"]["phase"].text() == "Bound") co_return nullptr;
    co_return co_await write(kPersistentVolumes, volume, false);
  }

 private:
  // Those that lack the finalizer, and those that wait for it to go.
  static void follow(const Informer& informer, const WorkQueue& queue, std::string_view finalizer) {
    const auto look = [queue, finalizer](const Value& object) {
      if (is_being_deleted(object) == has_finalizer(object, finalizer)) queue.add(key_of(object));
    };
    InformerHandlers handlers;
    handlers.added = look;
    handlers.updated = [look](const Value&, const Value& object) { look(object); };
    informer.add_handlers(std::move(handlers));
  }

  static bool is_used(const std::vector<Value>& pods, const Value& claim) {
    return std::any_of(pods.begin(), pods.end(),
                       [&](const Value& pod) { return pod_uses_claim(pod, name_of(claim)); });
  }

  Task<Error> write(Resource resource, Value object, bool is_protected) {
    const engine::Ref<VolumeProtection> self(this);
    const std::string_view finalizer =
        resource == kPersistentVolumes ? kVolumeFinalizer : kClaimFinalizer;
    const Value changed =
        is_protected ? with_finalizer(object, finalizer) : without_finalizer(object, finalizer);
    if (changed == object) co_return nullptr;
    const ObjectResult written = co_await client_.update(context_, resource, changed);
    co_return is_not_found(written.error) ? Error() : written.error;
  }

  RestClient client_;
  Context context_;
  Informer pods_;
  Informer claims_;
  Informer volumes_;
  WorkQueue claim_queue_{"claim_protection"};
  WorkQueue volume_queue_{"volume_protection"};
};

}  // namespace

std::vector<std::string> claims_of(const Value& pod) {
  std::vector<std::string> claims;
  for (const Value& volume : pod["spec"]["volumes"].items()) {
    if (volume.contains("persistentVolumeClaim")) {
      claims.emplace_back(volume["persistentVolumeClaim"]["claimName"].text());
    } else if (volume.contains("ephemeral")) {
      claims.push_back(std::string(name_of(pod)) + "-" + std::string(volume["name"].text()));
    }
  }
  return claims;
}

bool pod_uses_claim(const Value& pod, std::string_view claim) {
  if (node_name_of(pod).empty() || pod_has_ended(pod)) return false;
  const std::vector<std::string> claims = claims_of(pod);
  return std::find(claims.begin(), claims.end(), claim) != claims.end();
}

Task<> run_volume_protection(ControllerContext controllers, Context context) {
  const engine::Ref<VolumeProtection> protection(
      new VolumeProtection(std::move(controllers), context));
  co_await protection->wait_for_sync();
  run_workers(protection->claim_queue(), 1,
              [protection](std::string key) { return protection->sync_claim(std::move(key)); });
  run_workers(protection->volume_queue(), 1,
              [protection](std::string name) { return protection->sync_volume(std::move(name)); });
  stop_with(protection->claim_queue(), context);
  stop_with(protection->volume_queue(), context);
}

}  // namespace sim::k8s
