#include "sim/k8s/cluster/set_up.h"

#include "engine/sync/timer.h"
#include "engine/task/print.h"
#include "sim/json/yaml.h"
#include "sim/k8s/schema/apply_patch.h"
#include "sim/k8s/schema/kinds.h"

namespace sim::k8s {
namespace {

using engine::Task;

constexpr engine::Duration kTryAgain = 500 * engine::kMillisecond;
constexpr int kTries = 60;

// Where objects of that kind are created. The names are those of the kind, or of its definition
// among `defined`; they live as long as that.
std::optional<Resource> resource_for(const Value& object, const std::vector<Value>& defined) {
  if (const KindInfo* const kind = find_kind(api_version_of(object), kind_of(object))) {
    return Resource{api_version_of(object), kind->plural, kind->kind, kind->namespaced};
  }
  const GroupVersion wanted = parse_group_version(api_version_of(object));
  for (const Value& definition : defined) {
    const Value& spec = definition["spec"];
    if (spec["names"]["kind"].text() != kind_of(object) || spec["group"].text() != wanted.group) {
      continue;
    }
    return Resource{api_version_of(object), spec["names"]["plural"].text(), kind_of(object),
                    spec["scope"].text() != "Cluster"};
  }
  return {};
}

// Until the kinds that have just been defined are served, and service accounts are there.
bool may_pass(const engine::Error& error) {
  return error.message().find("serviceaccount") != std::string::npos || is_not_found(error);
}

Task<> create(RestClient client, Value object, std::vector<Value> defined,
              engine::Context context) {
  const std::optional<Resource> resource = resource_for(object, defined);
  if (!resource) {
    engine::println("error: no matches for kind", kind_of(object), "in version",
                    api_version_of(object));
    co_return;
  }
  std::string space(namespace_of(object));
  if (resource->namespaced && space.empty()) space = "default";
  if (!resource->namespaced) space.clear();
  if (resource->namespaced) object = with_meta(object, "namespace", space);
  object = with_last_applied(object);
  for (int tries = 0; tries < kTries; ++tries) {
    const ObjectResult made = co_await client.create(context, *resource, space, object);
    if (!made.error || is_already_exists(made.error)) co_return;
    if (!may_pass(made.error) || tries + 1 == kTries) {
      engine::println("error when creating", kind_of(object), name_of(object), made.error);
      co_return;
    }
    co_await engine::sleep_for(kTryAgain);
  }
}

Task<> wait_until_ready(RestClient client, engine::Context context) {
  while (!context.err()) {
    RestClient::RawRequest request("GET", "/readyz");
    const RestClient::Raw answer = co_await client.raw(context, request);
    if (!answer.error && answer.code == 200) co_return;
    co_await engine::sleep_for(kTryAgain);
  }
}

}  // namespace

Task<> create_manifests(RestClient client, std::vector<std::string> manifests,
                        engine::Context context) {
  co_await wait_until_ready(client, context);
  std::vector<Value> defined;
  for (const std::string& manifest : manifests) {
    const json::Documents documents = json::parse_yaml_documents(manifest);
    if (!documents.error.empty()) engine::println("error:", documents.error);
    for (const Value& object : documents.values) {
      if (kind_of(object) == "CustomResourceDefinition") defined.push_back(object);
      co_await create(client, object, defined, context);
    }
  }
}

}  // namespace sim::k8s
