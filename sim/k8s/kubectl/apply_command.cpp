// sim/k8s/kubectl/apply_command.cpp: kubectl apply.
//
// Source: Kubernetes' documentation, "Declarative Management of Kubernetes Objects".
// Not modelled: --prune, --server-side, -k.

#include <utility>

#include "sim/json/print.h"
#include "sim/k8s/kubectl/commands.h"
#include "sim/k8s/kubectl/manifest.h"
#include "sim/k8s/kubectl/print.h"
#include "sim/k8s/schema/apply_patch.h"

namespace sim::k8s::kubectl {
namespace {

using engine::Error;
using engine::errorf;
using engine::Task;

constexpr std::string_view kManager = "kubectl-client-side-apply";

// As messages show what they are about.
std::string item_text(const Item& item) {
  const std::string version = (item.kind->group.empty() ? "/" : "") + item.kind->api_version();
  std::string out = "Resource: \"" + version + ", Resource=";
  out += item.kind->plural;
  out += "\", GroupVersionKind: \"" + version + ", Kind=";
  out += item.kind->kind;
  out += "\"\nName: \"" + item.name + "\", Namespace: \"" + item.space + "\"";
  return out;
}

std::string dry_run_parameter(const Call& call) {
  return call->dry_run() == "server" ? "All" : "";
}

std::string validation(const Call& call) {
  const std::string how = call->flags.text("validate");
  if (how == "false" || how == "ignore") return "Ignore";
  return how == "warn" ? "Warn" : "Strict";
}

struct Applied {
  Value object;
  std::string_view operation;
  Error error;
};

Task<Applied> created(Call call, Item item) {
  Applied out;
  out.operation = "created";
  out.object = with_last_applied(item.object);
  if (call->dry_run() == "client") co_return out;
  Query query("POST", path_of(*item.kind, item.space));
  query.with("dryRun", dry_run_parameter(call)).with("fieldManager", kManager);
  query.with("fieldValidation", validation(call));
  query.content_type = "application/json";
  query.body = out.object.to_json();
  const ObjectResult made = co_await ask(call, std::move(query));
  out.object = made.object;
  out.error = with_prefix("error when creating " + quoted_source(item) + ": ", made.error);
  co_return out;
}

Task<Applied> patched(Call call, Item item, Value live) {
  Applied out;
  out.object = live;
  out.operation = "unchanged";
  const Value modified = with_last_applied(item.object);
  if (annotation_of(live, kLastAppliedAnnotation).empty()) {
    call->warn("Warning: resource ", item.kind->plural, "/", item.name, " is missing the ",
               kLastAppliedAnnotation,
               " annotation which is required by kubectl apply. kubectl apply should only be used "
               "on resources created declaratively by either kubectl create --save-config or "
               "kubectl apply. The missing annotation will be patched automatically.\n");
  }
  const ApplyObjects objects{last_applied(live), modified, live};
  const json::Patched patch = apply_patch(item.kind->schema, objects);
  if (patch.error) {
    out.error = errorf("error when creating patch: ", patch.error.message());
    co_return out;
  }
  // Under --dry-run=client kubectl does not look for changes.
  const bool only_shows = call->dry_run() == "client";
  if (only_shows || patch.value.size() > 0) out.operation = "configured";
  if (only_shows || patch.value.size() == 0) co_return out;
  Query query("PATCH", path_of(*item.kind, item.space, item.name));
  query.with("dryRun", dry_run_parameter(call)).with("fieldManager", kManager);
  query.with("fieldValidation", validation(call));
  query.content_type = item.kind->schema == nullptr ? "application/merge-patch+json"
                                                    : "application/strategic-merge-patch+json";
  query.body = patch.value.to_json();
  const ObjectResult made = co_await ask(call, std::move(query));
  if (made.error) {
    out.error = with_prefix("error when applying patch:\n" + patch.value.to_json() + "\nto:\n" +
                                item_text(item) + "\nfor: " + quoted_source(item) + ": ",
                            made.error);
    co_return out;
  }
  out.object = made.object;
  co_return out;
}

Task<Applied> applied(Call call, Item item) {
  Applied out;
  const std::string prefix = "error when retrieving current configuration of:\n" + item_text(item) +
                             "\nfrom server for: " + quoted_source(item) + ": ";
  if (item.name.empty()) {
    out.error = errorf(prefix, "resource name may not be empty");
    co_return out;
  }
  Query query("GET", path_of(*item.kind, item.space, item.name));
  const ObjectResult live = co_await ask(call, std::move(query));
  if (is_not_found(live.error)) co_return co_await created(call, std::move(item));
  if (live.error) {
    out.error = with_prefix(prefix, live.error);
    co_return out;
  }
  co_return co_await patched(call, std::move(item), live.object);
}

}  // namespace

Outcome run_apply(Call call) {
  if (!call->args.empty()) {
    std::string words;
    for (const std::string& word : call->args) words += (words.empty() ? "" : " ") + word;
    co_return usage_error(call, "Unexpected args: [" + words + "]");
  }
  if (!call->flags.given("filename")) co_return errorf("must specify one of -f and -k");
  if (const Error error = check_options(call)) co_return error;
  Plan planned = co_await plan_of_files(call);
  std::vector<Error> errors = planned.errors;
  if (planned.items.empty() && errors.empty()) co_return errorf("no objects passed to apply");
  for (const Item& item : planned.items) {
    const Applied done = co_await applied(call, item);
    if (done.error) {
      errors.push_back(done.error);
      continue;
    }
    if (const Error error = print_result(call, done.object, done.operation)) {
      errors.push_back(error);
    }
  }
  co_return failures(std::move(errors));
}

}  // namespace sim::k8s::kubectl
