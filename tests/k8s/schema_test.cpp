// tests/k8s/schema_test.cpp: the tables of built-in types and kinds, and the OpenAPI documents made
// from them.

#include "sim/k8s/schema/schema.h"

#include <algorithm>
#include <catch_amalgamated.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "sim/k8s/schema/decode.h"
#include "sim/k8s/schema/kinds.h"
#include "sim/k8s/schema/openapi.h"
#include "tests/support/in_world.h"

using namespace sim::k8s;
using sim::json::Value;

namespace {

// Every type that `schema` is made of, once.
void collect(const Schema& schema, std::vector<const Schema*>& all) {
  if (std::find(all.begin(), all.end(), &schema) != all.end()) return;
  all.push_back(&schema);
  if (schema.items != nullptr) collect(*schema.items, all);
  for (const Field& field : schema.fields) collect(*field.schema, all);
}

std::vector<const Schema*> all_types() {
  std::vector<const Schema*> all;
  for (const KindInfo& kind : builtin_kinds()) collect(*kind.schema, all);
  for (const KindInfo& kind : other_kinds()) collect(*kind.schema, all);
  return all;
}

const Field& field_at(std::string_view kind, std::initializer_list<std::string_view> path) {
  const KindInfo* const found = matching_resources(kind).at(0);
  const Schema* schema = found->schema;
  const Field* field = nullptr;
  for (const std::string_view name : path) {
    while (schema->items != nullptr) schema = schema->items;
    field = schema->field(name);
    REQUIRE(field != nullptr);
    schema = field->schema;
  }
  return *field;
}

std::string found_by(std::string_view text) {
  std::string out;
  for (const KindInfo* kind : matching_resources(text)) {
    if (!out.empty()) out += ' ';
    out += kind->plural;
    if (!kind->group.empty()) out += "." + std::string(kind->group);
  }
  return out;
}

}  // namespace

TEST_CASE("Fields stand in the order of their names, each with a type and a sentence") {
  int count = 0;
  for (const Schema* schema : all_types()) {
    for (size_t i = 0; i < schema->fields.size(); ++i) {
      const Field& field = schema->fields[i];
      ++count;
      CHECK(schema->field(field.name) == &field);
      CHECK((i == 0 || schema->fields[i - 1].name < field.name));
      CHECK(field.about.ends_with('.'));
      const bool is_list = field.schema->type == Schema::Type::kArray;
      CHECK((is_list || field.merge_key.empty()));
    }
    if (schema->type == Schema::Type::kObject) CHECK_FALSE(schema->about.empty());
    const bool has_items =
        schema->type == Schema::Type::kArray || schema->type == Schema::Type::kMap;
    CHECK((schema->items != nullptr) == has_items);
  }
  CHECK(count > 1000);
}

TEST_CASE("Merge keys are fields of the items") {
  for (const Schema* schema : all_types()) {
    for (const Field& field : schema->fields) {
      if (field.merge_key.empty()) continue;
      CHECK(field.schema->items->field(field.merge_key) != nullptr);
    }
  }
}

TEST_CASE("Lists merge by the keys of the real API") {
  struct Row {
    std::string_view kind;
    std::initializer_list<std::string_view> path;
    std::string_view merge_key;
    std::string_view list_keys;
  };
  const Row rows[] = {
      {"pod", {"spec", "containers"}, "name", ""},
      {"pod", {"spec", "containers", "ports"}, "containerPort", "containerPort,protocol"},
      {"pod", {"spec", "containers", "env"}, "name", ""},
      {"pod", {"spec", "containers", "volumeMounts"}, "mountPath", ""},
      {"pod", {"spec", "imagePullSecrets"}, "name", ""},
      {"pod", {"spec", "hostAliases"}, "ip", ""},
      {"pod",
       {"spec", "topologySpreadConstraints"},
       "topologyKey",
       "topologyKey,whenUnsatisfiable"},
      {"pod", {"spec", "tolerations"}, "", ""},
      {"pod", {"status", "conditions"}, "type", ""},
      {"service", {"spec", "ports"}, "port", "port,protocol"},
      {"node", {"status", "addresses"}, "type", ""},
      {"deploy", {"metadata", "ownerReferences"}, "uid", ""},
  };
  for (const Row& row : rows) {
    const Field& field = field_at(row.kind, row.path);
    CHECK(field.merge_key == row.merge_key);
    CHECK(field.list_keys == row.list_keys);
    CHECK((field.merge == Field::Merge::kMerge) == !row.merge_key.empty());
  }
  CHECK(field_at("pod", {"spec", "volumes"}).merge == Field::Merge::kMergeRetainKeys);
  CHECK(field_at("deploy", {"spec", "strategy"}).merge == Field::Merge::kRetainKeys);
  CHECK(field_at("pod", {"metadata", "finalizers"}).merge == Field::Merge::kMerge);
  CHECK(field_at("pod", {"metadata", "finalizers"}).merge_key.empty());
}

TEST_CASE("Types have the names of Go") {
  const support::InWorld world;
  CHECK(go_type(*field_at("pod", {"spec", "containers"}).schema) == "[]v1.Container");
  CHECK(go_type(*field_at("hpa", {"spec", "metrics"}).schema) == "[]v2.MetricSpec");
  CHECK(go_type(*field_at("pod", {"spec", "containers", "imagePullPolicy"}).schema) ==
        "v1.PullPolicy");
  CHECK(go_type(*field_at("pod", {"metadata", "labels"}).schema) == "map[string]string");
  CHECK(go_type(*field_at("node", {"status", "capacity"}).schema) == "v1.ResourceList");
  CHECK(go_type(*field_at("secret", {"data"}).schema) == "map[string][]uint8");
  CHECK(field_at("deploy", {"spec", "selector"}).required);
  CHECK_FALSE(field_at("deploy", {"spec", "replicas"}).required);
}

TEST_CASE("kubectl's ways to name a resource find it") {
  CHECK(found_by("deployments") == "deployments.apps");
  CHECK(found_by("deployment") == "deployments.apps");
  CHECK(found_by("deploy") == "deployments.apps");
  CHECK(found_by("Deployment") == "deployments.apps");
  CHECK(found_by("DEPLOY") == "deployments.apps");
  CHECK(found_by("deployments.apps") == "deployments.apps");
  CHECK(found_by("deployments.v1.apps") == "deployments.apps");
  CHECK(found_by("deployments.ap") == "deployments.apps");
  CHECK(found_by("deployments.v2.apps").empty());
  CHECK(found_by("deployments.batch").empty());
  CHECK(found_by("pods") == "pods pods.metrics.k8s.io");
  CHECK(found_by("pods.metrics.k8s.io") == "pods.metrics.k8s.io");
  CHECK(found_by("pods.v1.") == "pods");
  CHECK(found_by("po") == "pods");
  CHECK(found_by("ev") == "events events.events.k8s.io");
  CHECK(found_by("crds") == "customresourcedefinitions.apiextensions.k8s.io");
  CHECK(found_by("PodMetrics") == "pods.metrics.k8s.io");
  CHECK(found_by("nothing").empty());
  CHECK(found_by("").empty());
}

TEST_CASE("Kinds and resources are found by group and version") {
  REQUIRE(find_kind("apps/v1", "Deployment") != nullptr);
  CHECK(find_kind("apps/v1", "Deployment")->plural == "deployments");
  CHECK(find_kind("v1", "Deployment") == nullptr);
  CHECK(find_kind("apps/v2", "Deployment") == nullptr);
  CHECK(find_kind("autoscaling/v1", "Scale")->plural.empty());
  CHECK(find_resource("", "v1", "pods")->kind == "Pod");
  CHECK(find_resource("metrics.k8s.io", "v1beta1", "pods")->kind == "PodMetrics");
  CHECK(find_resource("apps", "v1", "pods") == nullptr);
  CHECK(verbs_of(*find_kind("v1", "Binding")) == "create");
}

TEST_CASE("Core kinds come first, then the groups by name") {
  std::string groups;
  for (const KindInfo& kind : builtin_kinds()) {
    if (!groups.ends_with(std::string(kind.group) + ",")) groups += std::string(kind.group) + ",";
  }
  CHECK(groups ==
        ",apiextensions.k8s.io,apps,authentication.k8s.io,autoscaling,batch,coordination.k8s.io,"
        "discovery.k8s.io,events.k8s.io,metrics.k8s.io,policy,scheduling.k8s.io,storage.k8s.io,");
}

TEST_CASE("The OpenAPI index names a document for each group and version") {
  const support::InWorld world;
  const Value paths = openapi_index()["paths"];
  const std::string_view url = paths["apis/apps/v1"]["serverRelativeURL"].text();
  CHECK(url.starts_with("/openapi/v3/apis/apps/v1?hash="));
  CHECK(paths.contains("api/v1"));
  CHECK(paths.contains("apis/metrics.k8s.io/v1beta1"));
  CHECK_FALSE(openapi_document("nothing", "v1"));
}

TEST_CASE("A document tells how lists merge and which fields are required") {
  const support::InWorld world;
  const Value schemas = openapi_document("apps", "v1").in({"components", "schemas"});
  const Value pod = schemas["io.k8s.api.core.v1.PodSpec"];
  const Value containers = pod["properties"]["containers"];
  CHECK(containers["x-kubernetes-patch-merge-key"].text() == "name");
  CHECK(containers["x-kubernetes-patch-strategy"].text() == "merge");
  CHECK(containers["x-kubernetes-list-type"].text() == "map");
  CHECK(containers["x-kubernetes-list-map-keys"].to_json() == R"(["name"])");
  CHECK(containers["items"]["allOf"][0]["$ref"].text() ==
        "#/components/schemas/io.k8s.api.core.v1.Container");
  CHECK(pod["properties"]["volumes"]["x-kubernetes-patch-strategy"].text() == "merge,retainKeys");
  CHECK(pod["properties"]["tolerations"]["x-kubernetes-list-type"].text() == "atomic");
  CHECK(pod["required"].to_json() == R"(["containers"])");
  const Value container = schemas["io.k8s.api.core.v1.Container"]["properties"];
  CHECK(container["ports"]["x-kubernetes-list-map-keys"].to_json() ==
        R"(["containerPort","protocol"])");
  const Value kind = schemas["io.k8s.api.apps.v1.Deployment"]["x-kubernetes-group-version-kind"];
  CHECK(kind.to_json() == R"([{"group":"apps","kind":"Deployment","version":"v1"}])");
  CHECK(schemas.contains("io.k8s.api.apps.v1.DeploymentList"));
  const Value spec = schemas["io.k8s.api.apps.v1.DeploymentSpec"]["properties"];
  CHECK(spec["replicas"]["format"].text() == "int32");
  CHECK(spec["strategy"]["x-kubernetes-patch-strategy"].text() == "retainKeys");
}

TEST_CASE("Every reference in a document leads to a schema") {
  const support::InWorld world;
  for (const KindInfo& kind : builtin_kinds()) {
    const Value document = openapi_document(kind.group, kind.version);
    const std::string text = document.to_json();
    constexpr std::string_view kMark = "\"#/components/schemas/";
    std::string missing;
    for (size_t at = text.find(kMark); at != std::string::npos; at = text.find(kMark, at + 1)) {
      const size_t begin = at + kMark.size();
      const std::string name = text.substr(begin, text.find('"', begin) - begin);
      if (!document["components"]["schemas"].contains(name)) missing = name;
    }
    CHECK(missing.empty());
  }
}

TEST_CASE("Paths tell kubectl what a kind's requests know") {
  const support::InWorld world;
  const Value paths = openapi_document("apps", "v1")["paths"];
  const Value patch = paths["/apis/apps/v1/namespaces/{namespace}/deployments/{name}"]["patch"];
  CHECK(patch["x-kubernetes-action"].text() == "patch");
  CHECK(patch["x-kubernetes-group-version-kind"]["kind"].text() == "Deployment");
  std::string names;
  for (const Value& parameter : patch["parameters"].items()) {
    names += std::string(parameter["name"].text()) + ",";
  }
  CHECK(names == "dryRun,fieldManager,fieldValidation,force,");
  const Value scale = paths["/apis/apps/v1/namespaces/{namespace}/deployments/{name}/scale"]["put"];
  CHECK(scale["x-kubernetes-group-version-kind"]["group"].text() == "autoscaling");
  CHECK(paths["/apis/apps/v1/deployments"]["get"]["x-kubernetes-action"].text() == "list");
  CHECK_FALSE(paths["/apis/apps/v1/deployments"].contains("post"));
  const Value core = openapi_document("", "v1")["paths"];
  CHECK(core["/api/v1/nodes/{name}"].contains("delete"));
  CHECK_FALSE(core["/api/v1/namespaces"].contains("delete"));
  CHECK(core.contains("/api/v1/namespaces/{namespace}/pods/{name}/eviction"));
}
