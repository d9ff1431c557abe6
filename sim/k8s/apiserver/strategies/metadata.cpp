// What is checked of the metadata of every object.

#include <algorithm>
#include <string>

#include "sim/json/print.h"
#include "sim/k8s/apiserver/strategies/checks.h"
#include "sim/k8s/apiserver/strategy.h"

namespace sim::k8s {

using namespace strategies;  // NOLINT: this file is one of them

namespace {

// The kinds whose names are no DNS subdomains.
struct NameForm {
  std::string_view group;
  std::string_view plural;
  Form form;
};
constexpr std::string_view kRbac = "rbac.authorization.k8s.io";
constexpr NameForm kNameForms[] = {
    {"", "namespaces", dns_label},
    {"", "services", dns_1035_label},
    {"apps", "statefulsets", dns_label},
    {kRbac, "roles", path_segment},
    {kRbac, "rolebindings", path_segment},
    {kRbac, "clusterroles", path_segment},
    {kRbac, "clusterrolebindings", path_segment},
};

constexpr std::string_view kOrphan = "orphan";
constexpr std::string_view kForeground = "foregroundDeletion";
constexpr std::string_view kStandardFinalizers[] = {"kubernetes", kOrphan, kForeground};

Form name_form(const KindInfo& kind) {
  for (const NameForm& row : kNameForms) {
    if (row.plural == kind.plural && row.group == kind.group) return row.form;
  }
  return dns_subdomain;
}

void check_name(FieldErrors& errors, const Place& meta, const Value& metadata, Form form) {
  const std::string_view prefix = metadata["generateName"].text();
  if (!prefix.empty()) {
    for (const std::string& problem : form(as_name(prefix))) {
      errors.invalid(meta.child("generateName"), prefix, problem);
    }
  }
  const std::string_view name = metadata["name"].text();
  if (name.empty()) {
    errors.required(meta.child("name"), "name or generateName is required");
  } else {
    check_form(errors, meta.child("name"), name, form);
  }
}

void check_namespace(FieldErrors& errors, const Place& meta, const Value& metadata,
                     bool namespaced) {
  const std::string_view space = metadata["namespace"].text();
  const Place at = meta.child("namespace");
  if (!namespaced) {
    if (!space.empty()) errors.forbidden(at, "not allowed on this type");
  } else if (space.empty()) {
    errors.required(at);
  } else {
    check_form(errors, at, space, dns_label);
  }
}

void check_owner(FieldErrors& errors, const Place& at, const Value& owner) {
  constexpr std::string_view kEmpty = "must not be empty";
  const std::string_view version = owner["apiVersion"].text();
  if (version.empty() || version.back() == '/') {
    errors.invalid(at.child("apiVersion"), version, "version must not be empty");
  }
  for (const std::string_view field : {"kind", "name", "uid"}) {
    if (owner[field].text().empty()) errors.invalid(at.child(field), "", kEmpty);
  }
  if (version == "v1" && owner["kind"].text() == "Event") {
    errors.invalid(at, owner, "/v1, Kind=Event is disallowed from being an owner");
  }
}

std::string kind_and_name(const Value& owner) {
  return std::string(owner["kind"].text()) + "/" + std::string(owner["name"].text());
}

void check_owners(FieldErrors& errors, const Place& at, const Value& owners) {
  const Value* controller = nullptr;
  for (const Value& owner : owners.items()) {
    check_owner(errors, at, owner);
    if (!owner["controller"].truth()) continue;
    if (controller == nullptr) {
      controller = &owner;
      continue;
    }
    errors.invalid(at, owners,
                   "Only one reference can have Controller set to true. Found \"true\" in "
                   "references for " +
                       kind_and_name(*controller) + " and " + kind_and_name(owner));
  }
}

void check_finalizers(FieldErrors& errors, const Place& at, const Value& finalizers) {
  bool orphans = false;
  bool waits = false;
  for (const Value& finalizer : finalizers.items()) {
    check_form(errors, at, finalizer.text(), qualified_name);
    orphans = orphans || finalizer.text() == kOrphan;
    waits = waits || finalizer.text() == kForeground;
  }
  if (orphans && waits) {
    errors.invalid(at, finalizers, "finalizer orphan and foregroundDeletion cannot be both set");
  }
}

void check_finalizers_are_known(FieldErrors& errors, const Place& at, const Value& finalizers) {
  size_t i = 0;
  for (const Value& finalizer : finalizers.items()) {
    const Place place = at.index(i++);
    const std::string_view text = finalizer.text();
    if (text.find('/') != std::string_view::npos || is_among(text, kStandardFinalizers)) continue;
    errors.invalid(place, text,
                   "name is neither a standard finalizer name nor is it fully qualified");
  }
}

// Finalizers that were added although the object is being deleted.
void check_added_finalizers(FieldErrors& errors, const Place& at, const Value& now,
                            const Value& before) {
  std::vector<std::string_view> added;
  for (const Value& finalizer : now.items()) {
    const auto old = before.items();
    if (std::find(old.begin(), old.end(), finalizer) == old.end()) {
      added.push_back(finalizer.text());
    }
  }
  if (added.empty()) return;
  std::stable_sort(added.begin(), added.end());
  std::string detail =
      "no new finalizers can be added if the object is being deleted, found new finalizers "
      "[]string{";
  for (size_t i = 0; i < added.size(); ++i) {
    if (i > 0) detail += ", ";
    json::append_quoted(detail, added[i], false);
  }
  errors.forbidden(at, detail + "}");
}

}  // namespace

void validate_metadata(const Value& object, const KindInfo& kind, FieldErrors& errors) {
  const Place meta("metadata");
  const Value& metadata = object["metadata"];
  check_name(errors, meta, metadata, name_form(kind));
  check_namespace(errors, meta, metadata, kind.namespaced);
  check_not_negative(errors, meta.child("generation"), metadata["generation"]);
  check_labels(errors, meta.child("labels"), metadata["labels"]);
  check_annotations(errors, meta.child("annotations"), metadata["annotations"]);
  check_owners(errors, meta.child("ownerReferences"), metadata["ownerReferences"]);
  check_finalizers(errors, meta.child("finalizers"), metadata["finalizers"]);
  // Custom resources have no checks of their own, and may be finalized by anything.
  if (strategy_of(kind).validate != nullptr) {
    check_finalizers_are_known(errors, meta.child("finalizers"), metadata["finalizers"]);
  }
}

void validate_metadata_update(const Value& object, const Value& old, FieldErrors& errors) {
  const Place meta("metadata");
  const Value& now = object["metadata"];
  const Value& before = old["metadata"];
  if (now == before) return;
  if (before.contains("deletionTimestamp")) {
    check_added_finalizers(errors, meta.child("finalizers"), now["finalizers"],
                           before["finalizers"]);
  }
  if (now["generation"].integer() < before["generation"].integer()) {
    errors.invalid(meta.child("generation"), now["generation"], "must not be decremented");
  }
  for (const std::string_view field : {"name", "namespace", "uid", "creationTimestamp",
                                       "deletionTimestamp", "deletionGracePeriodSeconds"}) {
    check_unchanged(errors, meta.child(field), now[field], before[field]);
  }
  // What is as it was has been checked before.
  if (now["labels"] != before["labels"]) {
    check_labels(errors, meta.child("labels"), now["labels"]);
  }
  if (now["annotations"] != before["annotations"]) {
    check_annotations(errors, meta.child("annotations"), now["annotations"]);
  }
  if (now["ownerReferences"] != before["ownerReferences"]) {
    check_owners(errors, meta.child("ownerReferences"), now["ownerReferences"]);
  }
}

}  // namespace sim::k8s
