// tests/k8s/volume_controller_test.cpp: which volume a claim gets, and what becomes of volumes.

#include <catch_amalgamated.hpp>

#include "sim/json/parse.h"
#include "sim/k8s/controllers/volume_matching.h"
#include "sim/k8s/controllers/volume_protection.h"
#include "tests/support/in_world.h"

using namespace sim::k8s;
using sim::json::parse;

namespace {

Value claim(std::string_view size = "5Gi", std::string_view storage_class = "fast") {
  return parse(R"({"metadata": {"name": "data", "namespace": "shop", "uid": "c1"},
                   "spec": {"accessModes": ["ReadWriteOnce"]}})")
      .value.with_in({"spec", "resources", "requests", "storage"}, size)
      .with_in({"spec", "storageClassName"}, storage_class);
}

Value volume(std::string_view name, std::string_view size,
             std::string_view storage_class = "fast") {
  return parse(R"({"spec": {"accessModes": ["ReadWriteOnce"],
                            "persistentVolumeReclaimPolicy": "Retain"},
                   "status": {"phase": "Available"}})")
      .value.with_in({"metadata", "name"}, name)
      .with_in({"spec", "capacity", "storage"}, size)
      .with_in({"spec", "storageClassName"}, storage_class);
}

Value storage_class(std::string_view provisioner, std::string_view mode = "Immediate") {
  return parse(R"({"metadata": {"name": "fast"}})")
      .value.with("provisioner", provisioner)
      .with("volumeBindingMode", mode);
}

Informer::Objects all(std::initializer_list<Value> objects) {
  Informer::Objects made;
  for (const Value& object : objects) made.emplace(name_of(object), object);
  return made;
}

using Step = ClaimStep::Kind;

}  // namespace

TEST_CASE("A claim gets the smallest volume that is large enough") {
  const support::InWorld world;
  const Informer::Objects volumes =
      all({volume("v1", "20Gi"), volume("v2", "5Gi"), volume("v3", "4Gi"), volume("v4", "8Gi")});
  CHECK(name_of(best_volume(claim(), volumes, false)) == "v2");
  CHECK_FALSE(best_volume(claim("21Gi"), volumes, false));
}

TEST_CASE("Class, access modes, labels and phase must fit") {
  const support::InWorld world;
  const Value fitting = volume("v1", "5Gi");
  CHECK_FALSE(best_volume(claim(), all({volume("v1", "5Gi", "slow")}), false));
  const Value many = claim().with_in({"spec", "accessModes"}, parse(R"(["ReadWriteMany"])").value);
  CHECK_FALSE(best_volume(many, all({fitting}), false));
  const Value picky =
      claim().with_in({"spec", "selector"}, parse(R"({"matchLabels": {"disk": "ssd"}})").value);
  CHECK_FALSE(best_volume(picky, all({fitting}), false));
  CHECK(best_volume(picky, all({with_label(fitting, "disk", "ssd")}), false));
  CHECK_FALSE(best_volume(claim(), all({with_volume_phase(fitting, "Released")}), false));
  const Value block = fitting.with_in({"spec", "volumeMode"}, "Block");
  CHECK_FALSE(best_volume(claim(), all({block}), false));
}

TEST_CASE("A volume that was meant for the claim comes before all others") {
  const support::InWorld world;
  const Value meant =
      volume("v9", "50Gi")
          .with_in({"spec", "claimRef"}, parse(R"({"namespace": "shop", "name": "data"})").value);
  const Informer::Objects volumes = all({volume("v1", "5Gi"), meant});
  CHECK(name_of(best_volume(claim(), volumes, false)) == "v9");
  CHECK(name_of(best_volume(claim(), volumes, true)) == "v9");
  // Somebody else's is nobody's.
  const Value other = meant.with_in({"spec", "claimRef", "uid"}, "c2");
  CHECK_FALSE(best_volume(claim(), all({other}), false));
}

TEST_CASE("Without a volume the class says what happens") {
  const support::InWorld world;
  const auto step = [](const Value& of, const Informer::Objects& classes) {
    return claim_step(of, {}, classes);
  };
  CHECK(step(claim(), all({storage_class(kHostPathProvisioner)})).kind == Step::kProvision);
  const ClaimStep external = step(claim(), all({storage_class("example.com/disk")}));
  CHECK(external.kind == Step::kPending);
  CHECK(external.note->reason == "ExternalProvisioning");
  const ClaimStep unknown = step(claim(), {});
  CHECK(unknown.note->reason == "ProvisioningFailed");
  CHECK(unknown.note->message == "storageclass.storage.k8s.io \"fast\" not found");
  const ClaimStep none = step(claim("5Gi", ""), {});
  CHECK(none.note->reason == "FailedBinding");
  CHECK(none.note->message ==
        "no persistent volumes available for this claim and no storage class is set");
}

TEST_CASE("A class may wait for the first pod, and goes on once a node is selected") {
  const support::InWorld world;
  const Informer::Objects classes =
      all({storage_class(kHostPathProvisioner, "WaitForFirstConsumer")});
  const Informer::Objects volumes = all({volume("v1", "5Gi")});
  const ClaimStep waits = claim_step(claim(), volumes, classes);
  CHECK(waits.kind == Step::kPending);
  CHECK(waits.note->reason == "WaitForFirstConsumer");
  CHECK(waits.note->message == "waiting for first consumer to be created before binding");
  const Value chosen = with_annotation(claim(), kSelectedNode, "n2");
  CHECK(claim_step(chosen, volumes, classes).kind == Step::kProvision);
}

TEST_CASE("A claim without a class gets the default one") {
  const support::InWorld world;
  const Value usual = with_annotation(storage_class(kHostPathProvisioner),
                                      "storageclass.kubernetes.io/is-default-class", "true");
  const Value open = claim().with_in({"spec", "storageClassName"}, {});
  const ClaimStep step = claim_step(open, {}, all({usual}));
  CHECK(step.kind == Step::kAssignClass);
  CHECK(name_of(step.object) == "fast");
  // "" means none.
  CHECK(claim_step(claim("5Gi", ""), {}, all({usual})).kind == Step::kPending);
}

TEST_CASE("A claim that names its volume gets that one or none") {
  const support::InWorld world;
  const Value named = claim().with_in({"spec", "volumeName"}, "v1");
  CHECK(claim_step(named, {}, {}).kind == Step::kPending);
  CHECK(claim_step(named, all({volume("v1", "5Gi")}), {}).kind == Step::kBind);
  const ClaimStep small = claim_step(named, all({volume("v1", "1Gi")}), {});
  CHECK(small.kind == Step::kPending);
  CHECK(small.note->message == "Cannot bind to requested volume \"v1\": requested PV is too small");
}

TEST_CASE("Both sides of a binding name each other") {
  const support::InWorld world;
  const Value free = volume("v1", "5Gi");
  const Value taken = bound_volume(free, claim());
  CHECK(taken["spec"]["claimRef"]["uid"].text() == "c1");
  CHECK(annotation_of(taken, kBoundByController) == "yes");
  CHECK(is_bound_to(taken, claim()));
  CHECK(bound_volume(taken, claim()) == taken);
  const Value bound = bound_claim(claim(), taken);
  CHECK(bound["spec"]["volumeName"].text() == "v1");
  CHECK(annotation_of(bound, kBindCompleted) == "yes");
  CHECK(bound_claim(bound, taken) == bound);
  const Value told = with_claim_status(bound, "Bound", taken);
  CHECK(told["status"] == parse(R"({"phase": "Bound", "accessModes": ["ReadWriteOnce"],
                  "capacity": {"storage": "5Gi"}})")
                              .value);
  CHECK(claim_step(told, all({taken}), {}).kind == Step::kBind);
  // Its volume is gone.
  const ClaimStep lost = claim_step(told, {}, {});
  CHECK(lost.kind == Step::kLost);
  CHECK(lost.note->message ==
        "Bound claim has lost its PersistentVolume. Data on the volume is lost!");
}

TEST_CASE("A volume follows its claim") {
  const support::InWorld world;
  using Kind = VolumeStep::Kind;
  const Value free = volume("v1", "5Gi");
  CHECK(volume_step(free, {}).kind == Kind::kAvailable);
  const Value taken = bound_volume(free, claim());
  CHECK(volume_step(taken, claim()).kind == Kind::kLookAtClaim);
  CHECK(volume_step(taken, bound_claim(claim(), taken)).kind == Kind::kBound);
  CHECK(volume_step(taken, {}).kind == Kind::kRelease);
  const Value elsewhere = claim().with_in({"spec", "volumeName"}, "v2");
  CHECK(volume_step(taken, elsewhere).kind == Kind::kUnbind);
  CHECK_FALSE(unbound_volume(taken)["spec"].contains("claimRef"));
  const Value made = provisioned_volume(claim(), storage_class(kHostPathProvisioner));
  CHECK(volume_step(made, elsewhere).kind == Kind::kRelease);
}

TEST_CASE("A volume is made to the claim's measure, on the selected node") {
  const support::InWorld world;
  const Value chosen = with_annotation(claim(), kSelectedNode, "n2");
  const Value made = provisioned_volume(chosen, storage_class(kHostPathProvisioner));
  CHECK(name_of(made) == "pvc-c1");
  CHECK(annotation_of(made, kProvisionedBy) == "orrery/hostpath");
  CHECK(made["spec"]["capacity"]["storage"].text() == "5Gi");
  CHECK(made["spec"]["persistentVolumeReclaimPolicy"].text() == "Delete");
  CHECK(made["spec"]["hostPath"]["path"].text() == "/var/lib/orrery/volumes/pvc-c1_shop_data");
  CHECK(made["spec"]["nodeAffinity"] == parse(R"({"required": {"nodeSelectorTerms": [
      {"matchExpressions": [{"key": "kubernetes.io/hostname", "operator": "In",
                             "values": ["n2"]}]}]}})")
                                            .value);
  CHECK(is_bound_to(made, claim()));
  const Value anywhere = provisioned_volume(claim(), storage_class(kHostPathProvisioner));
  CHECK_FALSE(anywhere["spec"].contains("nodeAffinity"));
}

TEST_CASE("A claim is in use while a pod on a node that has not ended mounts it") {
  const support::InWorld world;
  const Value pod = parse(R"({"metadata": {"name": "p"}, "spec": {"nodeName": "n1", "volumes": [
      {"name": "d", "persistentVolumeClaim": {"claimName": "data"}},
      {"name": "scratch", "ephemeral": {}}]}, "status": {"phase": "Running"}})")
                        .value;
  CHECK(pod_uses_claim(pod, "data"));
  CHECK(pod_uses_claim(pod, "p-scratch"));
  CHECK_FALSE(pod_uses_claim(pod, "other"));
  CHECK_FALSE(pod_uses_claim(pod.with_in({"spec", "nodeName"}, {}), "data"));
  CHECK_FALSE(pod_uses_claim(pod.with_in({"status", "phase"}, "Succeeded"), "data"));
}
