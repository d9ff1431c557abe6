// Names, storage and revisions of a StatefulSet's pods.

#include <algorithm>
#include <charconv>
#include <utility>

#include "engine/task/print.h"
#include "sim/k8s/controllers/pod_control.h"
#include "sim/k8s/controllers/revision_hash.h"
#include "sim/k8s/controllers/revisions.h"
#include "sim/k8s/controllers/stateful_set.h"

namespace sim::k8s::stateful {
namespace {

std::string numbered(std::string_view name, int64_t number) {
  std::string text(name);
  text += '-';
  engine::append_operand(text, number);
  return text;
}

std::string claim_name(const Value& set, const Value& claim_template, int64_t ordinal) {
  std::string prefix(name_of(claim_template));
  prefix += '-';
  prefix += name_of(set);
  return numbered(prefix, ordinal);
}

// Volumes of the claim templates replace those of the pod template that have their names.
Value with_storage(const Value& set, const Value& pod, int64_t ordinal) {
  json::Array volumes;
  std::vector<std::string_view> names;
  for (const Value& claim : set["spec"]["volumeClaimTemplates"].items()) {
    names.push_back(name_of(claim));
    volumes.add(json::Object()
                    .set("name", name_of(claim))
                    .set("persistentVolumeClaim",
                         json::Object().set("claimName", claim_name(set, claim, ordinal)).build())
                    .build());
  }
  if (names.empty()) return pod;
  for (const Value& volume : pod["spec"]["volumes"].items()) {
    const std::string_view name = volume["name"].text();
    if (std::find(names.begin(), names.end(), name) == names.end()) volumes.add(volume);
  }
  return pod.with_in({"spec", "volumes"}, volumes.build());
}

bool deletes_when(const Value& set, std::string_view when) {
  return set["spec"]["persistentVolumeClaimRetentionPolicy"][when].text() == "Delete";
}

// `references` without that owner, and with it if it is given.
Value replaced_owner(const Value& references, std::string_view uid, const Value& reference) {
  json::Array out;
  bool there = false;
  for (const Value& each : references.items()) {
    const bool is_it = each["uid"].text() == uid;
    if (is_it && !reference) continue;
    there = there || is_it;
    out.add(each);
  }
  if (reference && !there) out.add(reference);
  return out.size() == 0 ? Value() : out.build();
}

}  // namespace

std::optional<Identity> identity_of(const Value& pod) {
  const std::string_view name = name_of(pod);
  const size_t dash = name.rfind('-');
  if (dash == std::string_view::npos || dash + 1 == name.size()) return std::nullopt;
  const std::string_view digits = name.substr(dash + 1);
  Identity identity;
  const char* const end = digits.data() + digits.size();
  const auto [stop, error] = std::from_chars(digits.data(), end, identity.ordinal);
  if (error != std::errc() || stop != end) return std::nullopt;
  identity.parent = name.substr(0, dash);
  return identity;
}

bool is_member(const Value& set, const Value& pod) {
  const std::optional<Identity> identity = identity_of(pod);
  return identity && identity->parent == name_of(set);
}

int64_t first_ordinal(const Value& set) {
  return set["spec"]["ordinals"]["start"].integer();
}

Value with_identity(const Value& set, const Value& pod) {
  const std::optional<Identity> identity = identity_of(pod);
  if (!identity) return pod;
  std::string index;
  engine::append_operand(index, identity->ordinal);
  const Value named = with_meta(pod, "namespace", namespace_of(set));
  return with_label(with_label(named, kPodNameLabel, name_of(pod)), kPodIndexLabel, index);
}

bool has_identity(const Value& set, const Value& pod) {
  return is_member(set, pod) && labels_of(pod)[kPodNameLabel].text() == name_of(pod);
}

Value make_pod(const Value& set, int64_t ordinal) {
  const std::string name = numbered(name_of(set), ordinal);
  Value pod = pod_from_template(set["spec"]["template"], set, kStatefulSets);
  pod = with_identity(set, with_meta(pod, "name", name));
  pod = pod.with_in({"spec", "hostname"}, name);
  const Value& service = set["spec"]["serviceName"];
  if (!service.is_zero()) pod = pod.with_in({"spec", "subdomain"}, service);
  return with_storage(set, pod, ordinal);
}

std::vector<Value> claims_of_pod(const Value& set, const Value& pod) {
  std::vector<Value> claims;
  const std::optional<Identity> identity = identity_of(pod);
  if (!identity) return claims;
  const Value& selector = set["spec"]["selector"]["matchLabels"];
  for (const Value& from : set["spec"]["volumeClaimTemplates"].items()) {
    json::Object labels(labels_of(from));
    for (const auto& [key, value] : selector.members()) labels.set(key.text(), value);
    const Value meta = json::Object(metadata(from))
                           .set("name", claim_name(set, from, identity->ordinal))
                           .set("namespace", namespace_of(set))
                           .set_nonzero("labels", labels.build())
                           .build();
    claims.push_back(from.with("metadata", meta)
                         .with("apiVersion", kPersistentVolumeClaims.api_version)
                         .with("kind", kPersistentVolumeClaims.kind));
  }
  return claims;
}

Value with_claim_owners(const Value& set, const Value& pod, const Value& claim) {
  const int64_t first = first_ordinal(set);
  const std::optional<Identity> identity = identity_of(pod);
  const bool surplus = identity && (identity->ordinal < first ||
                                    identity->ordinal >= first + set["spec"]["replicas"].integer());
  const bool by_pod = deletes_when(set, "whenScaled") && surplus && !uid_of(pod).empty();
  const bool by_set =
      deletes_when(set, "whenDeleted") && !(deletes_when(set, "whenScaled") && surplus);
  const Value of_set = by_set ? controller_reference(set, kStatefulSets.object_kind()) : Value();
  const Value of_pod = by_pod ? controller_reference(pod, kPods.object_kind()) : Value();
  Value owners = replaced_owner(metadata(claim)["ownerReferences"], uid_of(set), of_set);
  if (!uid_of(pod).empty()) owners = replaced_owner(owners, uid_of(pod), of_pod);
  const Value& before = metadata(claim)["ownerReferences"];
  return owners == before || (!owners && before.size() == 0)
             ? claim
             : with_meta(claim, "ownerReferences", owners);
}

bool has_stale_claim(const Value& set, const Value& pod, const ClaimLookup& lookup) {
  if (!deletes_when(set, "whenScaled")) return false;
  for (const Value& claim : claims_of_pod(set, pod)) {
    const Value there = lookup(name_of(claim));
    for (const Value& owner : metadata(there)["ownerReferences"].items()) {
      if (owner["kind"].text() == kPods.kind && owner["name"].text() == name_of(pod) &&
          owner["uid"].text() != uid_of(pod)) {
        return true;
      }
    }
  }
  return false;
}

RevisionPlan plan_revision(const Value& set, std::span<const Value> all) {
  RevisionPlan plan;
  const Value patch = revisions::template_patch(set);
  for (const Value& revision : all) {
    if (revision["data"] == patch) plan.existing = revision;
  }
  const int64_t next = revisions::next_number(all);
  if (!plan.existing) {
    plan.create = next;
  } else if (plan.existing != all.back()) {
    plan.renumber = next;
  }
  return plan;
}

Value make_set_revision(const Value& set, int64_t number, int64_t collision_count) {
  revisions::Naming naming;
  naming.hash = revision_hash(revisions::template_patch(set), Value(collision_count));
  naming.label = revisions::kHashLabel;
  return revisions::make_revision(set, kStatefulSets, naming, number);
}

Value current_revision(const Value& set, std::span<const Value> all, const Value& update) {
  const std::string_view name = set["status"]["currentRevision"].text();
  for (const Value& revision : all) {
    if (name_of(revision) == name) return revision;
  }
  return update;
}

}  // namespace sim::k8s::stateful
