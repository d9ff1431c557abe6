// sim/k8s/kubectl/describe_command.cpp: kubectl describe: what is fetched for it.

#include <utility>

#include "sim/k8s/kubectl/commands.h"
#include "sim/k8s/kubectl/describe.h"
#include "sim/k8s/kubectl/resolve.h"
#include "sim/node/clock.h"

namespace sim::k8s::kubectl {
namespace {

using engine::Error;
using engine::Task;

const KindInfo* kind_at(std::string_view api_version, std::string_view kind) {
  return find_kind(api_version, kind);
}

Task<std::vector<Value>> listed(Call call, const KindInfo* kind, std::string space,
                                std::string labels, std::string fields) {
  ListResult list =
      co_await list_all(call, kind, std::move(space), std::move(labels), std::move(fields));
  co_return std::move(list.items);
}

Task<std::vector<Value>> events_of(Call call, Item item, std::string uid) {
  std::string fields = "involvedObject.name=" + item.name;
  if (!item.space.empty()) fields += ",involvedObject.namespace=" + item.space;
  if (!item.kind->kind.empty()) fields += ",involvedObject.kind=" + std::string(item.kind->kind);
  if (!uid.empty()) fields += ",involvedObject.uid=" + uid;
  co_return co_await listed(call, kind_at("v1", "Event"), item.space, std::string(), fields);
}

Task<std::vector<Value>> service_slices(Call call, std::string space, std::string service) {
  const std::string labels = "kubernetes.io/service-name=" + service;
  co_return co_await listed(call, kind_at("discovery.k8s.io/v1", "EndpointSlice"), space, labels,
                            std::string());
}

Task<Related> related_to(Call call, Item item) {
  Related out;
  const Value object = item.object;
  const std::string_view kind = item.kind->kind;
  out.show_events = call->flags.text("show-events") != "false";
  if (out.show_events) {
    const std::string uid(uid_of(object));
    out.events = co_await events_of(call, item, uid);
    if (kind == "Node") {
      const std::vector<Value> more = co_await events_of(call, item, item.name);
      out.events.insert(out.events.end(), more.begin(), more.end());
    }
  }
  const std::string selector = describe_selector(object);
  const KindInfo* const pods = kind_at("v1", "Pod");
  if (kind == "Node") {
    const std::string fields =
        "spec.nodeName=" + item.name + ",status.phase!=Succeeded,status.phase!=Failed";
    out.pods = co_await listed(call, pods, std::string(), std::string(), fields);
    Query query("GET",
                path_of(*kind_at("coordination.k8s.io/v1", "Lease"), "kube-node-lease", item.name));
    const ObjectResult lease = co_await ask(call, std::move(query));
    if (!lease.error) out.lease = lease.object;
  } else if (kind == "PersistentVolumeClaim") {
    out.pods = co_await listed(call, pods, item.space, std::string(), std::string());
  } else if (!selector.empty()) {
    out.pods = co_await listed(call, pods, item.space, selector, std::string());
  }
  if (kind == "Deployment") {
    const std::vector<Value> sets = co_await listed(call, kind_at("apps/v1", "ReplicaSet"),
                                                    item.space, selector, std::string());
    for (const Value& set : sets) {
      if (controller_of(set)["uid"] == metadata(object)["uid"]) out.replica_sets.push_back(set);
    }
  }
  if (kind == "Service") out.endpoint_slices = co_await service_slices(call, item.space, item.name);
  if (kind == "ServiceAccount") {
    out.secrets =
        co_await listed(call, kind_at("v1", "Secret"), item.space, std::string(), std::string());
  }
  if (kind == "Namespace") {
    out.quotas = co_await listed(call, kind_at("v1", "ResourceQuota"), item.name, std::string(),
                                 std::string());
    out.limit_ranges =
        co_await listed(call, kind_at("v1", "LimitRange"), item.name, std::string(), std::string());
  }
  co_return out;
}

// The objects whose names begin with the word that names none.
Task<std::vector<Item>> with_prefix_of(Call call, Item item) {
  std::vector<Item> out;
  const ListResult list =
      co_await list_all(call, item.kind, item.space, std::string(), std::string());
  for (const Value& object : list.items) {
    if (!name_of(object).starts_with(item.name)) continue;
    Item each = item;
    each.object = object;
    each.name = name_of(object);
    out.push_back(std::move(each));
  }
  co_return out;
}

}  // namespace

Outcome run_describe(Call call) {
  if (call->args.empty() && !call->flags.given("filename")) {
    co_return engine::errorf(
        "You must specify the type of resource to describe. Use \"kubectl api-resources\" for a "
        "complete list of supported resources.");
  }
  PlanOptions options;
  options.kind_means_all = true;
  options.takes_files = true;
  const Plan planned = co_await plan(call, options, call->args);
  Fetched fetched = co_await fetch(call, planned);
  if (fetched.items.empty() && fetched.errors.size() == 1 && planned.items.size() == 1 &&
      !planned.items[0].is_list() && call->args.size() == 2 && is_not_found(fetched.errors[0])) {
    fetched.items = co_await with_prefix_of(call, planned.items[0]);
    if (!fetched.items.empty()) fetched.errors.clear();
  }
  bool is_first = true;
  for (const Item& item : fetched.items) {
    const Related related = co_await related_to(call, item);
    if (!is_first) call->print("\n\n");
    is_first = false;
    call->print(describe(item.object, related, node::unix_nano()));
  }
  if (fetched.items.empty() && fetched.errors.empty()) {
    if (call->flags.truth("all-namespaces")) {
      call->warn("No resources found\n");
    } else {
      call->warn("No resources found in ", call->space(), " namespace.\n");
    }
  }
  co_return failures(std::move(fetched.errors));
}

}  // namespace sim::k8s::kubectl
