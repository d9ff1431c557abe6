// sim/k8s/kubectl/delete_command.cpp: kubectl delete.

#include <utility>

#include "sim/k8s/kubectl/commands.h"
#include "sim/k8s/kubectl/manifest.h"
#include "sim/k8s/kubectl/print.h"
#include "sim/k8s/kubectl/waiting.h"

namespace sim::k8s::kubectl {
namespace {

using engine::Error;
using engine::errorf;
using engine::Task;

// Kubernetes' wait for deletions has no end, which is a week to kubectl.
constexpr engine::Duration kForever = 168 * 3600 * engine::kSecond;

struct DeleteOptions {
  int64_t grace_seconds = -1;
  bool is_forced = false;
  bool waits = true;
  std::string policy;  // of propagation
};

struct Deleted {
  std::string uid;
  Error error;
};

Task<Deleted> delete_one(Call call, Item item, DeleteOptions options) {
  Deleted out;
  json::Object body;
  body.set("kind", "DeleteOptions").set("apiVersion", "v1");
  body.set("propagationPolicy", options.policy);
  if (options.grace_seconds >= 0) body.set("gracePeriodSeconds", options.grace_seconds);
  Query query("DELETE", path_of(*item.kind, item.space, item.name));
  if (call->dry_run() == "server") body.set("dryRun", json::Array().add("All").build());
  query.content_type = "application/json";
  query.body = std::move(body).build().to_json();
  const ObjectResult answer = co_await ask(call, std::move(query));
  out.error = answer.error;
  // Either the object with the time of its deletion, or a Status that says what is gone.
  out.uid = uid_of(answer.object);
  if (kind_of(answer.object) == "Status") out.uid = answer.object["details"]["uid"].text();
  co_return out;
}

Error print_deleted(const Call& call, const Item& item, bool is_forced) {
  const std::string kind = kind_text(item.kind->api_version(), item.kind->kind);
  const std::string form = call->flags.text("output");
  if (form == "name") {
    call->say(kind, "/", item.name, "\n");
    return nullptr;
  }
  call->say(kind, " \"", item.name, "\" ", is_forced ? "force deleted" : "deleted",
            dry_run_suffix(call), "\n");
  return nullptr;
}

Error read_options(const Call& call, DeleteOptions& options) {
  const Flags& flags = call->flags;
  options.grace_seconds = flags.number("grace-period");
  options.is_forced = flags.truth("force");
  options.waits = flags.truth("wait");
  const std::string cascade = flags.text("cascade");
  options.policy = cascade == "orphan"       ? "Orphan"
                   : cascade == "foreground" ? "Foreground"
                                             : "Background";
  if (cascade != "orphan" && cascade != "foreground" && cascade != "background") {
    return errorf("invalid cascade value (", cascade,
                  "). Must be \"background\", \"foreground\", or \"orphan\"");
  }
  if (flags.truth("now")) {
    if (options.grace_seconds != -1) {
      return errorf("--now and --grace-period cannot be specified together");
    }
    options.grace_seconds = 1;
  }
  if (options.grace_seconds == 0 && !options.is_forced) {
    // A slip of the hand must not lose data.
    options.grace_seconds = 1;
    options.waits = true;
  }
  if (options.is_forced && options.grace_seconds < 0) options.grace_seconds = 0;
  if (options.is_forced && options.grace_seconds > 0) {
    return errorf("--force and --grace-period greater than 0 cannot be specified together");
  }
  const std::string form = flags.text("output");
  if (!form.empty() && form != "name") {
    return errorf("unexpected -o output mode: ", form, ". We only support '-o name'");
  }
  return check_options(call);
}

}  // namespace

Outcome run_delete(Call call) {
  DeleteOptions options;
  if (const Error error = read_options(call, options)) co_return error;
  const Flags& flags = call->flags;
  const bool selects =
      flags.truth("all") || flags.given("selector") || flags.given("field-selector");
  PlanOptions how;
  how.takes_files = true;
  const Plan planned = co_await plan(call, how, call->args);
  if (planned.items.empty() && !planned.errors.empty()) co_return failures(planned.errors);
  if (options.is_forced && options.grace_seconds == 0) {
    call->warn(
        "Warning: Immediate deletion does not wait for confirmation that the running resource has "
        "been terminated. The resource may continue to run on the cluster indefinitely.\n");
  }
  std::vector<Error> errors = planned.errors;
  std::vector<Item> items = planned.items;
  if (selects && !planned.is_from_files) {
    Fetched fetched = co_await fetch(call, planned);
    items = std::move(fetched.items);
    errors = std::move(fetched.errors);
  }
  const bool ignores =
      flags.given("ignore-not-found") ? flags.truth("ignore-not-found") : flags.truth("all");
  if (flags.given("namespace")) {
    for (const Item& item : items) {
      if (item.kind->namespaced) continue;
      call->warn(
          "Warning: deleting cluster-scoped resources, not scoped to the provided namespace\n");
      break;
    }
  }
  int64_t found = 0;
  std::vector<std::pair<Item, std::string>> gone;
  for (const Item& item : items) {
    if (call->dry_run() == "client") {
      ++found;
      static_cast<void>(print_deleted(call, item, false));
      continue;
    }
    const Deleted deleted = co_await delete_one(call, item, options);
    if (deleted.error) {
      const bool is_fine = ignores && is_not_found(deleted.error);
      if (is_fine) continue;
      errors.push_back(
          item.source.empty()
              ? deleted.error
              : with_prefix("error when deleting " + quoted_source(item) + ": ", deleted.error));
      continue;
    }
    ++found;
    static_cast<void>(print_deleted(call, item, options.is_forced && options.grace_seconds == 0));
    gone.emplace_back(item, deleted.uid);
  }
  if (!errors.empty()) co_return failures(std::move(errors));
  if (found == 0) {
    if (!ignores || flags.truth("all")) call->print("No resources found\n");
    co_return nullptr;
  }
  if (!options.waits || call->dry_run() == "server") co_return nullptr;
  const engine::Duration length = flags.length("timeout");
  const engine::Cancelable limited =
      engine::with_timeout(call->context, length.ns > 0 ? length : kForever);
  for (const auto& [item, uid] : gone) {
    const Error error = co_await wait_for_deletion(call, item, uid, limited.context);
    if (!error) continue;
    limited.cancel();
    if (error == engine::Error(kTimedOut)) {
      co_return errorf(kTimedOut, " on ", item.kind->plural, "/", item.name);
    }
    co_return error;
  }
  limited.cancel();
  co_return nullptr;
}

}  // namespace sim::k8s::kubectl
