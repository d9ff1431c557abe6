#include "sim/k8s/controllers/volume_binder.h"

#include <utility>

#include "engine/sync/timer.h"
#include "engine/task/go.h"
#include "sim/k8s/controllers/edit.h"
#include "sim/k8s/controllers/volume_matching.h"

namespace sim::k8s {
namespace {

using engine::Context;
using engine::Error;
using engine::Task;

constexpr engine::Duration kResync = 15 * engine::kSecond;

class VolumeBinder : public engine::Counted<VolumeBinder> {
 public:
  VolumeBinder(ControllerContext controllers, Context context)
      : client_(controllers.client),
        events_(controllers.events),
        context_(std::move(context)),
        claims_(controllers.informers.of(kPersistentVolumeClaims)),
        volumes_(controllers.informers.of(kPersistentVolumes)),
        classes_(controllers.informers.of(kStorageClasses)) {
    InformerHandlers on_claims;
    on_claims.added = [queue = claim_queue_](const Value& claim) { queue.add(key_of(claim)); };
    on_claims.updated = [queue = claim_queue_](const Value&, const Value& claim) {
      queue.add(key_of(claim));
    };
    on_claims.deleted = [queue = volume_queue_](const Value& claim) {
      const std::string_view volume = claim["spec"]["volumeName"].text();
      if (!volume.empty()) queue.add(volume);
    };
    claims_.add_handlers(std::move(on_claims));
    InformerHandlers on_volumes;
    on_volumes.added = [queue = volume_queue_](const Value& volume) { queue.add(name_of(volume)); };
    on_volumes.updated = [queue = volume_queue_](const Value&, const Value& volume) {
      queue.add(name_of(volume));
    };
    on_volumes.deleted = [queue = claim_queue_](const Value& volume) {
      const Value& reference = volume["spec"]["claimRef"];
      if (!reference) return;
      queue.add(std::string(reference["namespace"].text()) + "/" +
                std::string(reference["name"].text()));
    };
    volumes_.add_handlers(std::move(on_volumes));
  }

  Task<> wait_for_sync() {
    co_await claims_.wait_for_sync();
    co_await volumes_.wait_for_sync();
    co_await classes_.wait_for_sync();
  }
  [[nodiscard]] const WorkQueue& claim_queue() const { return claim_queue_; }
  [[nodiscard]] const WorkQueue& volume_queue() const { return volume_queue_; }

  Task<> resync() {
    const engine::Ref<VolumeBinder> self(this);
    while (!context_.err()) {
      co_await engine::sleep_for(kResync);
      for (const auto& [key, claim] : claims_.objects()) claim_queue_.add(key);
      for (const auto& [name, volume] : volumes_.objects()) volume_queue_.add(name);
    }
  }

  Task<Error> sync_claim(std::string key) {
    const engine::Ref<VolumeBinder> self(this);
    const Value claim = claims_.get(key);
    if (!claim) co_return nullptr;
    const ClaimStep step = claim_step(claim, volumes_.objects(), classes_.objects());
    if (step.note) events_.record(claim, note_of(*step.note));
    switch (step.kind) {
      case ClaimStep::Kind::kNothing:
        co_return nullptr;
      case ClaimStep::Kind::kPending:
        co_return co_await write_claim_status(claim, "Pending", Value());
      case ClaimStep::Kind::kLost:
        co_return co_await write_claim_status(claim, "Lost", Value());
      case ClaimStep::Kind::kAssignClass: {
        const Value changed = claim.with_in({"spec", "storageClassName"}, name_of(step.object));
        const ObjectResult written =
            co_await client_.update(context_, kPersistentVolumeClaims, changed);
        co_return written.error;
      }
      case ClaimStep::Kind::kBind:
        co_return co_await bind(claim, step.object);
      case ClaimStep::Kind::kProvision:
        co_return co_await provision(claim, step.object);
    }
    co_return nullptr;
  }

  Task<Error> sync_volume(std::string name) {
    const engine::Ref<VolumeBinder> self(this);
    const Value volume = volumes_.get(name);
    if (!volume) co_return nullptr;
    const Value& reference = volume["spec"]["claimRef"];
    const std::string uid(reference["uid"].text());
    const std::string space(reference["namespace"].text());
    const std::string claim_name(reference["name"].text());
    Value claim;
    if (!uid.empty()) {
      claim = claims_.get(space + "/" + claim_name);
      if (uid_of(claim) != uid) {
        // The copy may lag behind, and a volume is not given up lightly.
        const ObjectResult live =
            co_await client_.get(context_, kPersistentVolumeClaims, space, claim_name);
        if (live.error && !is_not_found(live.error)) co_return live.error;
        claim = uid_of(live.object) == uid ? live.object : Value();
      }
    }
    switch (volume_step(volume, claim).kind) {
      case VolumeStep::Kind::kNothing:
        co_return nullptr;
      case VolumeStep::Kind::kAvailable:
        co_return co_await write_phase(volume, "Available");
      case VolumeStep::Kind::kBound:
        co_return co_await write_phase(volume, "Bound");
      case VolumeStep::Kind::kLookAtClaim:
        claim_queue_.add(key_of(claim));
        co_return nullptr;
      case VolumeStep::Kind::kUnbind: {
        const ObjectResult written =
            co_await client_.update(context_, kPersistentVolumes, unbound_volume(volume));
        co_return written.error;
      }
      case VolumeStep::Kind::kRelease:
        co_return co_await reclaim(volume);
    }
    co_return nullptr;
  }

 private:
  static EventRecorder::Note note_of(const VolumeNote& note) {
    return {note.type, note.reason, note.message};
  }

  // Four writes; those that are done already are left out.
  Task<Error> bind(Value claim, Value volume) {
    const engine::Ref<VolumeBinder> self(this);
    const Value with_claim = bound_volume(volume, claim);
    if (with_claim != volume) {
      const ObjectResult written =
          co_await client_.update(context_, kPersistentVolumes, with_claim);
      if (written.error) co_return written.error;
      volume = written.object;
    }
    Error error = co_await write_phase(volume, "Bound");
    if (error) co_return error;
    const Value with_volume = bound_claim(claim, volume);
    if (with_volume != claim) {
      const ObjectResult written =
          co_await client_.update(context_, kPersistentVolumeClaims, with_volume);
      if (written.error) co_return written.error;
      claim = written.object;
    }
    co_return co_await write_claim_status(claim, "Bound", volume);
  }

  Task<Error> provision(Value claim, Value storage_class) {
    const engine::Ref<VolumeBinder> self(this);
    if (annotation_of(claim, kStorageProvisioner).empty()) {
      const Value marked = with_annotation(claim, kStorageProvisioner, kHostPathProvisioner);
      const ObjectResult written =
          co_await client_.update(context_, kPersistentVolumeClaims, marked);
      if (written.error) co_return written.error;
      claim = written.object;
    }
    const Value volume = provisioned_volume(claim, storage_class);
    if (volumes_.get(name_of(volume))) co_return nullptr;  // it is on its way to being bound
    const std::string key = key_of(claim);
    const std::string begins =
        "External provisioner is provisioning volume for claim \"" + key + "\"";
    events_.record(claim, {"Normal", "Provisioning", begins});
    const ObjectResult made =
        co_await client_.create(context_, kPersistentVolumes, std::string(), volume);
    if (is_already_exists(made.error)) co_return nullptr;
    if (made.error) {
      const std::string failed = "failed to provision volume with StorageClass \"" +
                                 std::string(name_of(storage_class)) +
                                 "\": " + made.error.message();
      events_.record(claim, {"Warning", "ProvisioningFailed", failed});
      co_return made.error;
    }
    const std::string done = "Successfully provisioned volume " + std::string(name_of(volume));
    events_.record(claim, {"Normal", "ProvisioningSucceeded", done});
    co_return nullptr;
  }

  // What becomes of a volume whose claim is gone.
  Task<Error> reclaim(Value volume) {
    const engine::Ref<VolumeBinder> self(this);
    const std::string_view phase = volume["status"]["phase"].text();
    if (phase != "Released" && phase != "Failed") {
      // It comes again by its change.
      co_return co_await write_phase(volume, "Released");
    }
    const bool is_deleted = volume["spec"]["persistentVolumeReclaimPolicy"].text() == "Delete";
    if (phase == "Failed" || !is_deleted || is_being_deleted(volume)) co_return nullptr;
    const std::string_view provisioner = annotation_of(volume, kProvisionedBy);
    if (provisioner == kHostPathProvisioner) {
      ObjectKey key;
      key.name = name_of(volume);
      const Error error = co_await client_.remove(context_, kPersistentVolumes, key);
      co_return is_not_found(error) ? Error() : error;
    }
    if (!provisioner.empty()) co_return nullptr;  // whoever made it takes it away
    const std::string message = "error getting deleter volume plugin for volume \"" +
                                std::string(name_of(volume)) +
                                "\": no deletable volume plugin matched";
    events_.record(volume, {"Warning", "VolumeFailedDelete", message});
    co_return co_await write_phase(volume, "Failed");
  }

  Task<Error> write_phase(Value volume, std::string phase) {
    const engine::Ref<VolumeBinder> self(this);
    const Value changed = with_volume_phase(volume, phase);
    if (changed == volume) co_return nullptr;
    const ObjectResult written =
        co_await client_.update(context_, kPersistentVolumes, changed, "status");
    co_return written.error;
  }

  Task<Error> write_claim_status(Value claim, std::string phase, Value volume) {
    const engine::Ref<VolumeBinder> self(this);
    const Value changed = with_claim_status(claim, phase, volume);
    if (changed == claim) co_return nullptr;
    const ObjectResult written =
        co_await client_.update(context_, kPersistentVolumeClaims, changed, "status");
    co_return written.error;
  }

  RestClient client_;
  EventRecorder events_;
  Context context_;
  Informer claims_;
  Informer volumes_;
  Informer classes_;
  WorkQueue claim_queue_{"claims"};
  WorkQueue volume_queue_{"volumes"};
};

}  // namespace

Task<> run_volume_binder(ControllerContext controllers, Context context) {
  const engine::Ref<VolumeBinder> binder(new VolumeBinder(std::move(controllers), context));
  co_await binder->wait_for_sync();
  run_workers(binder->claim_queue(), 1,
              [binder](std::string key) { return binder->sync_claim(std::move(key)); });
  run_workers(binder->volume_queue(), 1,
              [binder](std::string name) { return binder->sync_volume(std::move(name)); });
  stop_with(binder->claim_queue(), context);
  stop_with(binder->volume_queue(), context);
  engine::go([binder]() -> Task<> { co_await binder->resync(); }).set_name("volume resync");
}

}  // namespace sim::k8s
