// sim/k8s/kubectl/drain_command.cpp: kubectl cordon, uncordon, drain.
//
// Source: kubectl's package drain: which pods may go, and its texts. What the real one prints in
// the order of a Go map comes by its text.

#include <map>
#include <utility>

#include "engine/sync/wait_group.h"
#include "engine/task/go.h"
#include "sim/k8s/kubectl/commands.h"
#include "sim/k8s/kubectl/print.h"
#include "sim/k8s/kubectl/resolve.h"

namespace sim::k8s::kubectl {
namespace {

using engine::Error;
using engine::errorf;
using engine::Task;

constexpr engine::Duration kEvictionRetry = 5 * engine::kSecond;
constexpr engine::Duration kPollPeriod = engine::kSecond;

Task<Fetched> nodes_of(Call call) {
  std::vector<std::string> words = call->args;
  words.insert(words.begin(), "nodes");
  PlanOptions how;
  co_return co_await find(call, how, std::move(words));
}

Error usage(const Call& call) {
  return usage_error(call, "USAGE: " + std::string(call->command->path) + " NODE [flags]");
}

Task<Error> cordon_one(Call call, Item item, bool cordons) {
  const std::string word = cordons ? "cordoned" : "uncordoned";
  if (item.object["spec"]["unschedulable"].truth() == cordons) {
    co_return print_result(call, item.object, "already " + word);
  }
  if (call->dry_run() != "client") {
    const Value patch = Value::empty_object().with_in({"spec", "unschedulable"},
                                                      cordons ? Value(true) : Value(nullptr));
    Query query("PATCH", path_of(*item.kind, {}, item.name));
    query.content_type = "application/strategic-merge-patch+json";
    query.body = patch.to_json();
    if (call->dry_run() == "server") query.with("dryRun", "All");
    const ObjectResult made = co_await ask(call, std::move(query));
    if (made.error) {
      call->warn("error: unable to ", cordons ? "cordon" : "uncordon", " node \"", item.name,
                 "\": ", made.error.message(), "\n");
      co_return nullptr;
    }
  }
  co_return print_result(call, item.object, word);
}

Outcome cordon(Call call, bool cordons) {
  const bool selects = call->flags.given("selector");
  if (call->args.empty() && !selects) co_return usage(call);
  if (!call->args.empty() && selects) {
    co_return usage_error(call, "cannot specify both a node name and a --selector option");
  }
  if (const Error error = check_options(call)) co_return error;
  Fetched fetched = co_await nodes_of(call);
  if (!fetched.errors.empty()) co_return failures(std::move(fetched.errors));
  for (const Item& item : fetched.items) {
    const Error error = co_await cordon_one(call, item, cordons);
    if (error) co_return error;
  }
  co_return nullptr;
}

// What the filters say of a pod.
struct Verdict {
  bool goes = true;
  std::string error;
  std::string warning;
};

bool has_ended(const Value& pod) {
  const std::string_view phase = pod["status"]["phase"].text();
  return phase == "Succeeded" || phase == "Failed";
}

Task<Verdict> daemon_set_verdict(Call call, Value pod) {
  Verdict out;
  const Value owner = controller_of(pod);
  if (owner["kind"].text() != "DaemonSet" || has_ended(pod)) co_return out;
  Query query("GET",
              path_of(*find_kind("apps/v1", "DaemonSet"), namespace_of(pod), owner["name"].text()));
  const ObjectResult set = co_await ask(call, std::move(query));
  if (set.error) {
    const bool is_forced = is_not_found(set.error) && call->flags.truth("force");
    (is_forced ? out.warning : out.error) = set.error.message();
    co_return out;
  }
  if (!call->flags.truth("ignore-daemonsets")) {
    out.error = "DaemonSet-managed Pods (use --ignore-daemonsets to ignore)";
    co_return out;
  }
  out.goes = false;
  out.warning = "ignoring DaemonSet-managed Pods";
  co_return out;
}

Task<Verdict> verdict_of(Call call, Value pod) {
  const Flags& flags = call->flags;
  Verdict out = co_await daemon_set_verdict(call, pod);
  if (!out.goes || !out.error.empty()) co_return out;
  out.warning.clear();
  if (metadata(pod)["annotations"].contains("kubernetes.io/config.mirror")) {
    out.goes = false;
    co_return out;
  }
  bool has_storage = false;
  for (const Value& volume : pod["spec"]["volumes"].items()) {
    has_storage = has_storage || volume.contains("emptyDir");
  }
  if (has_storage && !has_ended(pod) && !flags.truth("delete-emptydir-data")) {
    out.error = "Pods with local storage (use --delete-emptydir-data to override)";
    co_return out;
  }
  if (has_ended(pod) || controller_of(pod)) co_return out;
  if (flags.truth("force")) {
    out.warning = "deleting Pods that declare no controller";
  } else {
    out.error = "cannot delete Pods that declare no controller (use --force to override)";
  }
  co_return out;
}

struct Leaving {
  std::vector<Value> pods;
  std::vector<Error> errors;
  std::string warnings;
};

Task<Leaving> pods_to_leave(Call call, std::string node) {
  Leaving out;
  const ListResult list =
      co_await list_all(call, find_kind("v1", "Pod"), std::string(),
                        call->flags.text("pod-selector"), "spec.nodeName=" + node);
  if (list.error) {
    out.errors.push_back(list.error);
    co_return out;
  }
  std::map<std::string, std::string> errors;
  std::map<std::string, std::string> warnings;
  for (const Value& pod : list.items) {
    const Verdict verdict = co_await verdict_of(call, pod);
    const std::string key = key_of(pod);
    const auto add = [&key](std::string& names) { names += (names.empty() ? "" : ", ") + key; };
    if (!verdict.error.empty()) {
      add(errors[verdict.error]);
      continue;
    }
    if (!verdict.warning.empty()) add(warnings[verdict.warning]);
    if (verdict.goes) out.pods.push_back(pod);
  }
  for (const auto& [why, pods] : errors) {
    out.errors.push_back(errorf("cannot delete ", why, ": ", pods));
  }
  for (const auto& [why, pods] : warnings) {
    out.warnings += (out.warnings.empty() ? "" : "; ") + why + ": " + pods;
  }
  co_return out;
}

// What the evictions of one node share.
struct Draining : engine::Counted<Draining> {
  engine::Context context;
  engine::WaitGroup group;
  std::vector<Error> errors;
};

Task<Error> evict_or_delete(Call call, Value pod, engine::Context context) {
  const KindInfo& kind = *find_kind("v1", "Pod");
  const std::string space(namespace_of(pod));
  const std::string name(name_of(pod));
  const bool deletes = call->flags.truth("disable-eviction");
  json::Object options;
  const int64_t grace = call->flags.number("grace-period");
  if (grace >= 0) options.set("gracePeriodSeconds", grace);
  const Value delete_options = std::move(options).build();
  while (true) {
    Query query(deletes ? "DELETE" : "POST",
                path_of(kind, space, name, deletes ? std::string_view() : "eviction"));
    query.content_type = "application/json";
    query.body = delete_options.to_json();
    if (!deletes) {
      call->say("evicting pod ", space, "/", name, "\n");
      query.body =
          json::Object()
              .set("kind", "Eviction")
              .set("apiVersion", "policy/v1")
              .set("metadata", json::Object().set("name", name).set("namespace", space).build())
              .set_nonzero("deleteOptions", delete_options)
              .build()
              .to_json();
    }
    const ObjectResult answer = co_await ask(call, std::move(query));
    if (!answer.error) break;
    if (is_not_found(answer.error)) co_return nullptr;
    if (deletes) co_return answer.error;
    if (!is_too_many_requests(answer.error)) {
      co_return errorf("error when evicting pods/\"", name, "\" -n \"", space,
                       "\": ", answer.error.message());
    }
    call->warn("error when evicting pods/\"", name, "\" -n \"", space,
               "\" (will retry after 5s): ", answer.error.message(), "\n");
    co_await engine::sleep_for(kEvictionRetry);
    if (context.err()) {
      co_return errorf(
          "error when evicting pods/\"", name, "\" -n \"", space,
          "\": global timeout reached: ", engine::duration_text(call->flags.length("timeout")));
    }
  }
  while (true) {
    Query query("GET", path_of(kind, space, name));
    const ObjectResult now = co_await ask(call, std::move(query));
    if (is_not_found(now.error) || (!now.error && uid_of(now.object) != uid_of(pod))) break;
    if (now.error) {
      co_return errorf("error when waiting for pod \"", name, "\" in namespace \"", space,
                       "\" to terminate: ", now.error.message());
    }
    if (!context.err()) co_await engine::sleep_for(kPollPeriod);
    if (context.err()) {
      co_return errorf("error when waiting for pod \"", name, "\" in namespace \"", space,
                       "\" to terminate: ", context.err().message());
    }
  }
  call->say(name_text(pod), deletes ? " deleted\n" : " evicted\n");
  co_return nullptr;
}

Task<> leave(Call call, Value pod, engine::Ref<Draining> all) {
  const Error error = co_await evict_or_delete(call, pod, all->context);
  if (error) all->errors.push_back(error);
  all->group.done();
}

Task<Error> drain_one(Call call, Item item) {
  const Leaving leaving = co_await pods_to_leave(call, item.name);
  if (!leaving.errors.empty()) co_return failures(leaving.errors);
  if (!leaving.warnings.empty()) call->warn("Warning: ", leaving.warnings, "\n");
  if (call->dry_run() == "client") {
    for (const Value& pod : leaving.pods) call->say("evicting pod ", key_of(pod), " (dry run)\n");
    co_return nullptr;
  }
  const engine::Ref<Draining> all(new Draining);
  all->context = call->context;
  engine::Cancelable limited;
  const engine::Duration length = call->flags.length("timeout");
  if (length.ns > 0) {
    limited = engine::with_timeout(call->context, length);
    all->context = limited.context;
  }
  for (const Value& pod : leaving.pods) {
    all->group.add(1);
    engine::go(leave, call, pod, all);
  }
  co_await all->group.wait();
  if (length.ns > 0) limited.cancel();
  if (all->errors.empty()) co_return nullptr;
  const Error error = failures(all->errors);
  const Leaving pending = co_await pods_to_leave(call, item.name);
  if (!pending.pods.empty()) {
    call->warn("There are pending pods in node \"", item.name,
               "\" when an error occurred: ", error.message(), "\n");
    for (const Value& pod : pending.pods) call->warn("pod/", name_of(pod), "\n");
  }
  co_return error;
}

}  // namespace

Outcome run_cordon(Call call) {
  return cordon(std::move(call), true);
}
Outcome run_uncordon(Call call) {
  return cordon(std::move(call), false);
}

Outcome run_drain(Call call) {
  const bool selects = call->flags.given("selector");
  if (call->args.empty() && !selects) co_return usage(call);
  if (!call->args.empty() && selects) {
    co_return usage_error(call, "cannot specify both a node name and a --selector option");
  }
  if (const Error error = check_options(call)) co_return error;
  Fetched fetched = co_await nodes_of(call);
  if (!fetched.errors.empty()) co_return failures(std::move(fetched.errors));
  for (const Item& item : fetched.items) {
    const Error error = co_await cordon_one(call, item, true);
    if (error) co_return error;
  }
  std::vector<Error> errors;
  std::string pending;
  for (const Item& item : fetched.items) {
    const Error error = co_await drain_one(call, item);
    if (error) {
      call->warn("error: unable to drain node \"", item.name, "\" due to error: ", error.message(),
                 ", continuing command...\n");
      if (const auto* const several = engine::errors_as<Failures>(error); several != nullptr) {
        errors.insert(errors.end(), several->errors.begin(), several->errors.end());
      } else {
        errors.push_back(error);
      }
      pending += " " + item.name + "\n";
      continue;
    }
    if (const Error printed = print_result(call, item.object, "drained")) co_return printed;
  }
  if (!pending.empty()) call->warn("There are pending nodes to be drained:\n", pending);
  // What was said of one node is no `error:` again.
  std::string text;
  for (const Error& error : errors) text += (text.empty() ? "" : "\n") + error.message();
  if (text.empty()) co_return nullptr;
  co_return engine::make_error(Failure{std::move(text)});
}

}  // namespace sim::k8s::kubectl
