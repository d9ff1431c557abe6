// The paths of OpenAPI documents: what can be asked of each resource.

#include <span>

#include "sim/k8s/schema/openapi.h"
#include "sim/k8s/schema/types.h"

namespace sim::k8s {
namespace {

using json::Array;
using json::Object;
using json::Value;

struct Parameter {
  std::string_view name;
  std::string_view type;
  std::string_view about;
};

constexpr Parameter kDryRun = {"dryRun", "string", "With All nothing is stored."};
constexpr Parameter kFieldManager = {"fieldManager", "string", "Who sets the fields."};
constexpr Parameter kFieldValidation = {
    "fieldValidation", "string",
    "What to do about unknown and repeated fields: Ignore, Warn or Strict."};
constexpr Parameter kForce = {"force", "boolean",
                              "Whether an apply takes fields away from other managers."};
constexpr Parameter kLabelSelector = {"labelSelector", "string", "Selects objects by labels."};
constexpr Parameter kFieldSelector = {"fieldSelector", "string", "Selects objects by fields."};
constexpr Parameter kLimit = {"limit", "integer", "How many objects to give at most."};
constexpr Parameter kContinue = {"continue", "string", "Asks for the rest of a list."};
constexpr Parameter kResourceVersion = {"resourceVersion", "string",
                                        "The version of the store to start from."};
constexpr Parameter kWatch = {"watch", "boolean", "Whether to go on with what changes."};
constexpr Parameter kTimeout = {"timeoutSeconds", "integer", "For how many seconds at most."};
constexpr Parameter kGrace = {"gracePeriodSeconds", "integer",
                              "How many seconds the object may take to end."};
constexpr Parameter kPropagation = {"propagationPolicy", "string",
                                    "What becomes of dependents: Orphan, Background or "
                                    "Foreground."};

constexpr Parameter kListParameters[] = {kContinue,        kFieldSelector, kLabelSelector, kLimit,
                                         kResourceVersion, kTimeout,       kWatch};
constexpr Parameter kWriteParameters[] = {kDryRun, kFieldManager, kFieldValidation};
constexpr Parameter kPatchParameters[] = {kDryRun, kFieldManager, kFieldValidation, kForce};
constexpr Parameter kDeleteParameters[] = {kDryRun, kGrace, kPropagation};
constexpr Parameter kDeleteListParameters[] = {kContinue,    kDryRun,         kFieldSelector,
                                               kGrace,       kLabelSelector,  kLimit,
                                               kPropagation, kResourceVersion};

struct Verb {
  std::string_view method;  // "get"
  std::string_view action;  // "list"
  std::string_view id;      // how operationId begins
  std::string_view code;    // of success
  std::span<const Parameter> parameters;
  std::string_view body = {};    // the published type; empty: the kind's own, if it writes
  std::string_view answer = {};  // the same
  bool writes = false;
};

constexpr std::string_view kPatchType = "io.k8s.apimachinery.pkg.apis.meta.v1.Patch";
constexpr std::string_view kOptionsType = "io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptions";
constexpr std::string_view kStatusType = "io.k8s.apimachinery.pkg.apis.meta.v1.Status";

constexpr Verb kGet = {"get", "get", "read", "200", {}};
constexpr Verb kPut = {"put", "put", "replace", "200", kWriteParameters, {}, {}, true};
constexpr Verb kPatch = {"patch", "patch", "patch", "200", kPatchParameters, kPatchType, {}, true};
constexpr Verb kPost = {"post", "post", "create", "201", kWriteParameters, {}, {}, true};
constexpr Verb kDelete = {"delete",          "delete",     "delete",    "200",
                          kDeleteParameters, kOptionsType, kStatusType, true};
constexpr Verb kDeleteList = {"delete",
                              "deletecollection",
                              "deleteCollection",
                              "200",
                              kDeleteListParameters,
                              kOptionsType,
                              kStatusType,
                              true};
constexpr Verb kList = {"get", "list", "list", "200", kListParameters};

// How Kubernetes names types in operationId: `AppsV1`, `CoreV1`.
std::string capitalized(std::string_view text) {
  std::string out(text);
  if (!out.empty() && out[0] >= 'a' && out[0] <= 'z') {
    out[0] = static_cast<char>(out[0] - 'a' + 'A');
  }
  return out;
}

class PathWriter {
 public:
  PathWriter(Object& paths, const KindInfo& kind)
      : paths_(paths), kind_(kind), type_(openapi_name(kind)) {
    group_ = kind.group.empty() ? "core" : kind.group.substr(0, kind.group.find('.'));
    prefix_ = kind.group.empty() ? "/api/" : "/apis/" + std::string(kind.group) + "/";
    prefix_ += kind.version;
    prefix_ += '/';
    verbs_ = verbs_of(kind);
    mark_ = Object()
                .set("group", kind.group)
                .set("kind", kind.kind)
                .set("version", kind.version)
                .build();
  }

  void write() {
    const std::string plural(kind_.plural);
    const std::string in_space = kind_.namespaced ? "namespaces/{namespace}/" + plural : plural;
    const std::string item = in_space + "/{name}";
    add(in_space, {}, kList, kPost, kDeleteList);
    if (kind_.namespaced && allows("list")) add_for_all(plural);
    add(item, {}, kGet, kPut, kPatch, kDelete);
    if (kind_.has_status) add(item + "/status", "Status", kGet, kPut, kPatch);
    if (kind_.has_scale) {
      type_ = openapi_name(types::kScale);
      mark_ = mark_of("autoscaling", "v1", "Scale");
      add(item + "/scale", "Scale", kGet, kPut, kPatch);
    }
    if (!kind_.group.empty()) return;
    if (kind_.kind == "Pod") {
      add_created(item + "/eviction", "Eviction", types::kEviction, "policy", "v1");
      add_created(item + "/binding", "Binding", types::kBinding, "", "v1");
    }
    if (kind_.kind == "ServiceAccount") {
      add_created(item + "/token", "Token", types::kTokenRequest, "authentication.k8s.io", "v1");
    }
  }

 private:
  static Value mark_of(std::string_view group, std::string_view version, std::string_view kind) {
    return Object().set("group", group).set("kind", kind).set("version", version).build();
  }
  [[nodiscard]] bool allows(std::string_view verb) const {
    const size_t at = verbs_.find(verb);
    const size_t end = at + verb.size();
    return at != std::string_view::npos && (end == verbs_.size() || verbs_[end] == ',');
  }
  [[nodiscard]] bool allows(const Verb& verb) const {
    if (verb.action == "put") return allows("update");
    return allows(verb.action == "post" ? "create" : verb.action);
  }

  template <class... V>
  void add(const std::string& path, std::string_view subresource, const V&... verbs) {
    Object out;
    const auto add_one = [&](const Verb& verb) {
      if (allows(verb)) out.set(verb.method, operation(verb, subresource, {}));
    };
    (add_one(verbs), ...);
    finish(path, std::move(out));
  }
  void add_for_all(const std::string& path) {
    Object out;
    out.set("get", operation(kList, {}, "ForAllNamespaces"));
    finish(path, std::move(out));
  }
  // A subresource that is only posted to.
  void add_created(const std::string& path, std::string_view name, const Schema& schema,
                   std::string_view group, std::string_view version) {
    type_ = openapi_name(schema);
    mark_ = mark_of(group, version, schema.name);
    Object out;
    out.set("post", operation(kPost, name, {}));
    finish(path, std::move(out));
  }
  void finish(const std::string& path, Object out) {
    Array parameters;
    if (path.find("{name}") != std::string::npos) parameters.add(in_path("name"));
    if (path.find("{namespace}") != std::string::npos) parameters.add(in_path("namespace"));
    Value made = std::move(out).build();
    if (made.size() == 0) return;
    paths_.set(prefix_ + path, made.with("parameters", parameters.build()));
  }
  static Value in_path(std::string_view name) {
    return Object()
        .set("in", "path")
        .set("name", name)
        .set("required", true)
        .set("schema", Object().set("type", "string").set("uniqueItems", true).build())
        .build();
  }
  static Value in_query(const Parameter& parameter) {
    return Object()
        .set("description", parameter.about)
        .set("in", "query")
        .set("name", parameter.name)
        .set("schema", Object().set("type", parameter.type).set("uniqueItems", true).build())
        .build();
  }
  static Value content(std::string_view media, std::string_view type) {
    return Object().set(media, Object().set("schema", openapi_reference(type)).build()).build();
  }

  [[nodiscard]] Value operation(const Verb& verb, std::string_view subresource,
                                std::string_view ending) const {
    std::string id(verb.id);
    id += capitalized(group_) + capitalized(kind_.version);
    if (kind_.namespaced && ending.empty()) id += "Namespaced";
    id += kind_.kind;
    id += subresource;
    id += ending;
    Array parameters;
    for (const Parameter& each : verb.parameters) parameters.add(in_query(each));
    std::string answer(verb.answer.empty() ? std::string_view(type_) : verb.answer);
    if (verb.action == "list") answer += "List";
    const Value success = Object()
                              .set("content", content("application/json", answer))
                              .set("description", verb.code == "201" ? "Created" : "OK")
                              .build();
    Object out;
    out.set("operationId", id)
        .set_nonzero("parameters", parameters.build())
        .set("responses", Object().set(verb.code, success).build())
        .set("tags", Array().add(std::string(group_) + "_" + std::string(kind_.version)).build())
        .set("x-kubernetes-action", verb.action)
        .set("x-kubernetes-group-version-kind", mark_);
    if (verb.writes) out.set("requestBody", Object().set("content", body(verb)).build());
    return std::move(out).build();
  }
  [[nodiscard]] Value body(const Verb& verb) const {
    if (verb.action != "patch") {
      return content("application/json", verb.body.empty() ? std::string_view(type_) : verb.body);
    }
    Object all;
    for (const std::string_view media :
         {"application/apply-patch+yaml", "application/json-patch+json",
          "application/merge-patch+json", "application/strategic-merge-patch+json"}) {
      all.set(media, Object().set("schema", openapi_reference(verb.body)).build());
    }
    return std::move(all).build();
  }

  Object& paths_;
  const KindInfo& kind_;
  std::string type_;
  std::string_view group_;
  std::string prefix_;
  std::string_view verbs_;
  Value mark_;
};

}  // namespace

void add_openapi_paths(Object& paths, const KindInfo& kind) {
  PathWriter(paths, kind).write();
}

}  // namespace sim::k8s
