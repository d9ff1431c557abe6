// sim/k8s/kubectl/rollout_history.cpp: kubectl rollout history and undo.
//
// Concept: the revisions of a deployment are its replica sets, those of daemon sets and stateful
// sets are ControllerRevisions. Source: kubectl's package polymorphichelpers (HistoryViewer,
// Rollbacker) and its texts.

#include <map>
#include <utility>

#include "sim/json/yaml.h"
#include "sim/k8s/kubectl/commands.h"
#include "sim/k8s/kubectl/describe_page.h"
#include "sim/k8s/kubectl/print.h"
#include "sim/k8s/kubectl/resolve.h"
#include "sim/k8s/schema/strategic_merge.h"

namespace sim::k8s::kubectl {
namespace {

using engine::Error;
using engine::errorf;
using engine::Task;

constexpr std::string_view kRevision = "deployment.kubernetes.io/revision";
constexpr std::string_view kChangeCause = "kubernetes.io/change-cause";
constexpr std::string_view kHashLabel = "pod-template-hash";

struct Revisions {
  std::map<int64_t, Value> by_number;  // replica sets or ControllerRevisions
  Error error;
};

bool has_history(std::string_view kind) {
  return kind == "Deployment" || kind == "DaemonSet" || kind == "StatefulSet";
}

Task<Revisions> revisions_of(Call call, Item item) {
  Revisions out;
  const bool is_deployment = item.kind->kind == "Deployment";
  const KindInfo* const kind =
      find_kind("apps/v1", is_deployment ? "ReplicaSet" : "ControllerRevision");
  const std::string selector = describe_selector(item.object);
  const ListResult list = co_await list_all(call, kind, item.space, selector, std::string());
  out.error = list.error;
  for (const Value& each : list.items) {
    if (controller_of(each)["uid"] != metadata(item.object)["uid"]) continue;
    int64_t number = each["revision"].integer();
    if (is_deployment && !parse_number(annotation_of(each, kRevision), number)) continue;
    out.by_number[number] = each;
  }
  co_return out;
}

// What an object of the past is: itself with the data of a revision.
Value at_revision(const Item& item, const Value& revision) {
  if (item.kind->kind == "Deployment") return revision;
  const json::Patched merged = strategic_merge(item.kind->schema, item.object, revision["data"]);
  return merged.error ? item.object : merged.value;
}

std::string table_of(const Revisions& revisions) {
  TabWriter writer(TabWriter::kDescribe);
  writer.write("REVISION\tCHANGE-CAUSE\n");
  for (const auto& [number, object] : revisions.by_number) {
    std::string line;
    engine::append_operand(line, number);
    const std::string_view cause = annotation_of(object, kChangeCause);
    line += '\t';
    line += cause.empty() ? std::string_view("<none>") : cause;
    line += '\n';
    writer.write(line);
  }
  std::string out;
  writer.flush(out);
  return out;
}

Error no_viewer(std::string_view what, std::string_view kind) {
  return errorf("error retrieving ", what, " for \"", kind, "\", no visitor method exists for { ",
                kind, "}");
}

// The template of an earlier revision, without what the controller has added.
Value template_of(const Value& replica_set) {
  const Value& whole = replica_set["spec"]["template"];
  const Value labels = labels_of(whole).without(kHashLabel);
  return whole.with_in({"metadata", "labels"}, labels);
}

struct Chosen {
  int64_t number = 0;
  Value object;
  Error error;
};

// `wanted` 0: the last but one.
Chosen choose(const Revisions& revisions, int64_t wanted, const Item& item) {
  Chosen out;
  if (wanted > 0) {
    const auto found = revisions.by_number.find(wanted);
    if (found == revisions.by_number.end()) {
      out.error = errorf("unable to find specified revision ", wanted, " in history");
      return out;
    }
    out.number = wanted;
    out.object = found->second;
    return out;
  }
  if (revisions.by_number.size() < 2) {
    const std::string_view kind = item.kind->kind;
    out.error = kind == "Deployment"
                    ? errorf("no rollout history found for deployment \"", item.name, "\"")
                    : errorf("no last revision to roll back to");
    return out;
  }
  const auto last = std::prev(revisions.by_number.end(), 2);
  out.number = last->first;
  out.object = last->second;
  return out;
}

json::Value deployment_patch(const Item& item, const Value& replica_set) {
  // Annotations come back, too, but those that the deployment's controller keeps.
  json::Object annotations;
  constexpr std::string_view kKept[] = {
      "kubectl.kubernetes.io/last-applied-configuration",
      kRevision,
      "deployment.kubernetes.io/revision-history",
      "deployment.kubernetes.io/desired-replicas",
      "deployment.kubernetes.io/max-replicas",
      "deprecated.deployment.rollback.to",
  };
  const auto is_kept = [&kKept](std::string_view key) {
    for (const std::string_view each : kKept) {
      if (each == key) return true;
    }
    return false;
  };
  for (const json::Member& each : metadata(item.object)["annotations"].members()) {
    if (is_kept(each.name())) annotations.set(each.name(), each.value);
  }
  for (const json::Member& each : metadata(replica_set)["annotations"].members()) {
    if (!is_kept(each.name())) annotations.set(each.name(), each.value);
  }
  const auto replace = [](std::string_view path, Value value) {
    return json::Object()
        .set("op", "replace")
        .set("path", path)
        .set("value", std::move(value))
        .build();
  };
  return json::Array()
      .add(replace("/spec/template", template_of(replica_set)))
      .add(replace("/metadata/annotations", std::move(annotations).build()))
      .build();
}

Task<Error> undo_one(Call call, Item item) {
  const std::string_view kind = item.kind->kind;
  if (!has_history(kind)) co_return no_viewer("rollbacker", kind);
  const bool is_deployment = kind == "Deployment";
  const int64_t wanted = call->flags.number("to-revision");
  if (wanted < 0) co_return errorf("revision must be a positive integer: ", wanted);
  const Revisions revisions = co_await revisions_of(call, item);
  if (revisions.error) co_return revisions.error;
  const Chosen chosen = choose(revisions, wanted, item);
  if (chosen.error) co_return chosen.error;
  if (call->dry_run() == "client") co_return print_result(call, item.object, "rolled back");
  if (is_deployment && item.object["spec"]["paused"].truth()) {
    co_return errorf(
        "you cannot rollback a paused deployment; resume it first with 'kubectl "
        "rollout resume' and try again");
  }
  const Value now = is_deployment ? item.object["spec"]["template"]
                                  : at_revision(item, chosen.object)["spec"]["template"];
  const Value then = is_deployment ? template_of(chosen.object) : item.object["spec"]["template"];
  if (now == then) {
    std::string text = "skipped rollback (current template already matches revision ";
    engine::append_operand(text, chosen.number);
    co_return print_result(call, item.object, text + ")");
  }
  Query query("PATCH", path_of(*item.kind, item.space, item.name));
  query.content_type =
      is_deployment ? "application/json-patch+json" : "application/strategic-merge-patch+json";
  query.body = is_deployment ? deployment_patch(item, chosen.object).to_json()
                             : chosen.object["data"].to_json();
  if (call->dry_run() == "server") query.with("dryRun", "All");
  const ObjectResult made = co_await ask(call, std::move(query));
  if (made.error)
    co_return errorf("failed restoring revision ", chosen.number, ": ", made.error.message());
  co_return print_result(call, item.object, "rolled back");
}

Task<Error> show_one(Call call, Item item) {
  const std::string_view kind = item.kind->kind;
  if (!has_history(kind)) co_return no_viewer("history", kind);
  const Revisions revisions = co_await revisions_of(call, item);
  if (revisions.error) co_return revisions.error;
  const int64_t wanted = call->flags.number("revision");
  std::string text = name_text(item.object) + " ";
  if (wanted > 0) {
    text += "with revision #";
    engine::append_operand(text, wanted);
  }
  text += '\n';
  if (revisions.by_number.empty()) {
    text += "No rollout history found.";
  } else if (wanted > 0) {
    const auto found = revisions.by_number.find(wanted);
    if (found == revisions.by_number.end()) {
      co_return errorf("unable to find the specified revision");
    }
    const Value whole = at_revision(item, found->second);
    Value shown = whole["spec"]["template"];
    const std::string_view cause = annotation_of(found->second, kChangeCause);
    if (!cause.empty()) shown = with_annotation(shown, kChangeCause, cause);
    const Related related;
    Page page(related, 0);
    page.keep_tabs();
    describe_pod_template(page, shown);
    text += page.finish();
  } else {
    text += table_of(revisions);
  }
  call->print(text + "\n");
  co_return nullptr;
}

Outcome each_of(Call call, Task<Error> (*one)(Call, Item)) {
  if (call->args.empty() && !call->flags.given("filename")) {
    co_return errorf("required resource not specified");
  }
  PlanOptions how;
  how.kind_means_all = true;
  how.takes_files = true;
  Fetched fetched = co_await find(call, how, call->args);
  std::vector<Error> errors = fetched.errors;
  for (const Item& item : fetched.items) {
    const Error error = co_await one(call, item);
    if (error) errors.push_back(error);
  }
  if (fetched.items.empty() && errors.empty()) {
    call->warn("No resources found in ", call->space(), " namespace.\n");
  }
  co_return failures(std::move(errors));
}

}  // namespace

Outcome run_rollout_history(Call call) {
  return each_of(std::move(call), show_one);
}
Outcome run_rollout_undo(Call call) {
  return each_of(std::move(call), undo_one);
}

}  // namespace sim::k8s::kubectl
