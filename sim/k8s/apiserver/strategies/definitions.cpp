// The strategy of CustomResourceDefinitions.
//
// Concept: their names are accepted at once, for nothing else decides about names here.
// Source: Kubernetes' API reference, CustomResourceDefinitionSpec.
// Not modelled: the rules of structural schemas, conversion webhooks, conflicts of names.

#include <algorithm>
#include <string>

#include "sim/k8s/api/object.h"
#include "sim/k8s/apiserver/strategies/checks.h"
#include "sim/k8s/apiserver/strategies/filler.h"
#include "sim/k8s/apiserver/strategies/strategies.h"

namespace sim::k8s::strategies {
namespace {

Value default_definition_spec(const Value& spec) {
  const Value& names = spec["names"];
  const std::string_view kind = names["kind"].text();
  Filler name_filler(names);
  if (!kind.empty()) {
    if (names["singular"].is_zero()) name_filler.set("singular", lower(kind));
    if (names["listKind"].is_zero()) name_filler.set("listKind", std::string(kind) + "List");
  }
  const Value& conversion = spec["conversion"];
  return Filler(spec)
      .set("names", name_filler.done())
      .set("conversion", Filler(conversion).nonempty_text("strategy", "None").done())
      .done();
}

Value default_definition(const Value& object) {
  return Filler(object).set("spec", default_definition_spec(object["spec"])).done();
}

Value condition(std::string_view type, std::string_view reason, std::string_view message,
                const Value& time) {
  return json::Object()
      .set("type", type)
      .set("status", "True")
      .set("reason", reason)
      .set("message", message)
      .set("lastTransitionTime", time)
      .build();
}

// The versions in which objects have been stored.
Value with_storage_version(const Value& stored, const Value& versions) {
  Value all = stored.is_array() ? stored : Value::empty_array();
  for (const Value& version : versions.items()) {
    const auto known = all.items();
    const bool is_new_one = std::find(known.begin(), known.end(), version["name"]) == known.end();
    if (version["storage"].truth() && version["name"] && is_new_one) {
      all = all.appended(version["name"]);
    }
  }
  return all;
}

Value prepare_definition(const Value& object) {
  const Value& spec = object["spec"];
  const Value& now = object["metadata"]["creationTimestamp"];
  const Value conditions =
      json::Array()
          .add(condition("NamesAccepted", "NoConflicts", "no conflicts found", now))
          .add(condition("Established", "InitialNamesAccepted",
                         "the initial names have been accepted", now))
          .build();
  return object.with("status",
                     json::Object()
                         .set("acceptedNames", spec["names"])
                         .set("conditions", conditions)
                         .set("storedVersions", with_storage_version({}, spec["versions"]))
                         .build());
}

Value prepare_definition_update(const Value& object, const Value&) {
  const Value& spec = object["spec"];
  const Value& status = object["status"];
  return object.with("status",
                     status.with("acceptedNames", spec["names"])
                         .with("storedVersions",
                               with_storage_version(status["storedVersions"], spec["versions"])));
}

void check_kind(FieldErrors& errors, const Place& at, std::string_view kind) {
  for (const std::string& problem : dns_1035_label(lower(kind))) {
    errors.invalid(at, kind, "may have mixed case, but should otherwise match: " + problem);
  }
}

void check_names(FieldErrors& errors, const Place& at, const Value& names) {
  const std::string_view plural = names["plural"].text();
  const std::string_view kind = names["kind"].text();
  const std::string_view list_kind = names["listKind"].text();
  if (plural.empty()) {
    errors.required(at.child("plural"));
  } else {
    check_form(errors, at.child("plural"), plural, dns_1035_label);
  }
  const std::string_view singular = names["singular"].text();
  if (!singular.empty()) check_form(errors, at.child("singular"), singular, dns_1035_label);
  if (kind.empty()) {
    errors.required(at.child("kind"));
  } else {
    check_kind(errors, at.child("kind"), kind);
  }
  if (list_kind.empty()) {
    errors.required(at.child("listKind"));
  } else {
    check_kind(errors, at.child("listKind"), list_kind);
    if (kind == list_kind) {
      errors.invalid(at.child("listKind"), list_kind, "kind and listKind may not be the same");
    }
  }
  for (const std::string_view list : {"shortNames", "categories"}) {
    const Place place = at.child(list);
    size_t i = 0;
    for (const Value& name : names[list].items()) {
      check_form(errors, place.index(i++), name.text(), dns_1035_label);
    }
  }
}

void check_group(FieldErrors& errors, const Place& at, std::string_view group) {
  if (group.empty()) {
    errors.required(at);
    return;
  }
  const Problems problems = dns_subdomain(group);
  for (const std::string& problem : problems) errors.invalid(at, group, problem);
  if (problems.empty() && group.find('.') == std::string_view::npos) {
    errors.invalid(at, group, "should be a domain with at least one dot");
  }
}

void check_versions(FieldErrors& errors, const Place& at, const Value& versions) {
  int stored = 0;
  std::vector<std::string_view> names;
  bool unique = true;
  size_t i = 0;
  for (const Value& version : versions.items()) {
    const Place place = at.index(i++);
    const std::string_view name = version["name"].text();
    check_form(errors, place.child("name"), name, dns_1035_label);
    unique = unique && !is_among(name, names);
    names.push_back(name);
    if (version["storage"].truth()) ++stored;
    const Value& schema = version["schema"]["openAPIV3Schema"];
    const Place schema_place = place.child("schema.openAPIV3Schema");
    if (!is_set(schema)) {
      errors.required(schema_place, "schemas are required");
    } else if (schema["type"].text().empty()) {
      errors.required(schema_place.child("type"), "must not be empty at the root");
    } else if (schema["type"].text() != "object") {
      errors.invalid(schema_place.child("type"), schema["type"], "must be object at the root");
    }
  }
  if (!unique) errors.invalid(at, versions, "must contain unique version names");
  if (stored != 1) {
    errors.invalid(at, versions, "must have exactly one version marked as storage version");
  }
}

void validate_definition(const Value& object, FieldErrors& errors) {
  constexpr std::string_view kScopes[] = {"Cluster", "Namespaced"};
  constexpr std::string_view kStrategies[] = {"None", "Webhook"};
  const Place at("spec");
  const Value& spec = object["spec"];
  const std::string_view name = name_of(object);
  const std::string wanted =
      std::string(spec["names"]["plural"].text()) + "." + std::string(spec["group"].text());
  if (!name.empty() && name != wanted) {
    errors.invalid(Place("metadata.name"), name, "must be spec.names.plural+\".\"+spec.group");
  }
  check_group(errors, at.child("group"), spec["group"].text());
  check_choice(errors, at.child("scope"), spec["scope"], kScopes);
  check_versions(errors, at.child("versions"), spec["versions"]);
  check_names(errors, at.child("names"), spec["names"]);
  const Place conversion = at.child("conversion");
  check_optional_choice(errors, conversion.child("strategy"), spec["conversion"]["strategy"],
                        kStrategies);
}

void validate_definition_update(const Value& object, const Value& old, FieldErrors& errors) {
  const Place at("spec");
  const Value& now = object["spec"];
  const Value& before = old["spec"];
  if (condition_is_true(old, "Established")) {
    check_unchanged(errors, at.child("scope"), now["scope"], before["scope"]);
    check_unchanged(errors, at.child("names.kind"), now["names"]["kind"], before["names"]["kind"]);
  }
  check_unchanged(errors, at.child("group"), now["group"], before["group"]);
  check_unchanged(errors, at.child("names.plural"), now["names"]["plural"],
                  before["names"]["plural"]);
  // What may be stored in a version must stay readable.
  const Place stored("status.storedVersions");
  size_t i = 0;
  for (const Value& version : object["status"]["storedVersions"].items()) {
    const Place place = stored.index(i++);
    const auto all = now["versions"].items();
    const bool is_there = std::any_of(all.begin(), all.end(), [&](const Value& each_version) {
      return each_version["name"] == version;
    });
    if (is_there) continue;
    errors.invalid(place, version,
                   "missing from spec.versions; " + std::string(version.text()) +
                       " was previously a storage version, and must remain in spec.versions until "
                       "a storage migration ensures no data remains persisted in " +
                       std::string(version.text()) + " and removes it from status.storedVersions");
  }
}

}  // namespace

constinit const Strategy kCustomResourceDefinition{
    .defaults = default_definition,
    .prepare_create = prepare_definition,
    .prepare_update = prepare_definition_update,
    .validate = validate_definition,
    .validate_update = validate_definition_update,
    .unconditional_update = false,
    .counts_generations = true,
};

}  // namespace sim::k8s::strategies
