// sim/k8s/kubectl/scale_command.cpp: kubectl scale.

#include "sim/k8s/kubectl/commands.h"
#include "sim/k8s/kubectl/resolve.h"

namespace sim::k8s::kubectl {

using engine::Error;
using engine::errorf;

Outcome run_scale(Call call) {
  const Flags& flags = call->flags;
  const int64_t replicas = flags.number("replicas");
  const int64_t current = flags.number("current-replicas");
  if (replicas < 0) {
    co_return errorf(
        "The --replicas=COUNT flag is required, and COUNT must be greater than or "
        "equal to 0");
  }
  if (const Error error = check_options(call)) co_return error;
  PlanOptions how;
  how.takes_files = true;
  Fetched fetched = co_await find(call, how, call->args);
  std::vector<Error> errors = fetched.errors;
  for (const Item& item : fetched.items) {
    if (call->dry_run() == "client") {
      static_cast<void>(print_result(call, item.object, "scaled"));
      continue;
    }
    const std::string path = path_of(*item.kind, item.space, item.name, "scale");
    Value body =
        json::Object().set("spec", json::Object().set("replicas", replicas).build()).build();
    Query query("PATCH", path);
    query.content_type = "application/merge-patch+json";
    if (current >= 0 || flags.given("resource-version")) {
      Query ask_scale("GET", path);
      const ObjectResult scale = co_await ask(call, std::move(ask_scale));
      if (scale.error) {
        errors.push_back(scale.error);
        continue;
      }
      const int64_t now = scale.object["spec"]["replicas"].integer();
      if (current >= 0 && now != current) {
        errors.push_back(errorf("Expected replicas to be ", current, ", was ", now));
        continue;
      }
      query.method = "PUT";
      query.content_type = "application/json";
      body = scale.object.with_in({"spec", "replicas"}, replicas);
    }
    if (call->dry_run() == "server") query.with("dryRun", "All");
    query.body = body.to_json();
    const ObjectResult scaled = co_await ask(call, std::move(query));
    if (scaled.error) {
      errors.push_back(scaled.error);
      continue;
    }
    if (const Error error = print_result(call, item.object, "scaled")) errors.push_back(error);
  }
  if (fetched.items.empty() && errors.empty()) co_return errorf("no objects passed to scale");
  co_return failures(std::move(errors));
}

}  // namespace sim::k8s::kubectl
