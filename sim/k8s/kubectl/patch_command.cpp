// sim/k8s/kubectl/patch_command.cpp: kubectl patch and kubectl set image.

#include <utility>

#include "sim/json/yaml.h"
#include "sim/k8s/kubectl/commands.h"
#include "sim/k8s/kubectl/resolve.h"

namespace sim::k8s::kubectl {
namespace {

using engine::Error;
using engine::errorf;
using engine::Task;

// Where a kind has its pod's template; null if it has none.
const Value* pod_spec_of(const Value& object, std::string_view kind,
                         std::vector<std::string_view>& path) {
  if (kind == "Pod") {
    path = {"spec"};
    return &object["spec"];
  }
  path = {"spec", "template", "spec"};
  if (kind == "CronJob") path = {"spec", "jobTemplate", "spec", "template", "spec"};
  const Value* at = &object;
  for (const std::string_view part : path) at = &(*at)[part];
  return *at ? at : nullptr;
}

struct Images {
  std::vector<std::string> resources;
  std::vector<std::pair<std::string, std::string>> pairs;
};

// Containers of `list` with the images that are set; which pairs fit one is noted.
Value with_images(const Value& list, const Images& images, std::vector<bool>& used) {
  json::Array out;
  for (const Value& container : list.items()) {
    for (size_t i = 0; i < images.pairs.size(); ++i) {
      const auto& [name, image] = images.pairs[i];
      if (name != "*" && name != container["name"].text()) continue;
      used[i] = true;
      if (container["image"].text() == image) continue;
      out.add(json::Object().set("image", image).set("name", container["name"]).build());
    }
  }
  return out.build();
}

}  // namespace

Outcome run_patch(Call call) {
  const Flags& flags = call->flags;
  const std::string type = flags.text("type");
  if (type != "json" && type != "merge" && type != "strategic") {
    co_return errorf("--type must be one of [json merge strategic], not \"", type, "\"");
  }
  if (!flags.given("patch") && !flags.given("patch-file")) {
    co_return errorf("must specify --patch or --patch-file containing the contents of the patch");
  }
  if (const Error error = check_options(call)) co_return error;
  std::string body = flags.text("patch");
  if (flags.given("patch-file")) {
    const std::string file = flags.text("patch-file");
    if (!call->io.read_file || !call->io.read_file(file, body)) {
      co_return errorf("unable to read patch file: open ", file, ": no such file or directory");
    }
  }
  const size_t begin = body.find_first_not_of(" \t\r\n");
  if (begin == std::string::npos || body[begin] != '{') {
    const json::Documents documents = json::parse_yaml_documents(body);
    if (!documents.error.empty() || documents.values.size() != 1) {
      constexpr std::string_view kConverting = "error converting YAML to JSON: ";
      std::string_view why = documents.error;
      if (why.starts_with(kConverting)) why.remove_prefix(kConverting.size());
      co_return errorf("unable to parse \"", body, "\": ", why);
    }
    body = documents.values[0].to_json();
  }
  PlanOptions how;
  how.takes_files = true;
  Fetched fetched = co_await find(call, how, call->args);
  std::vector<Error> errors = fetched.errors;
  for (const Item& item : fetched.items) {
    if (call->dry_run() == "client") {
      static_cast<void>(print_result(call, item.object, "patched"));
      continue;
    }
    Query query("PATCH", path_of(*item.kind, item.space, item.name, flags.text("subresource")));
    query.with("fieldManager", "kubectl-patch");
    if (call->dry_run() == "server") query.with("dryRun", "All");
    query.content_type = "application/" +
                         (type == "strategic" ? "strategic-merge-patch" : type + "-patch") +
                         "+json";
    query.body = body;
    const ObjectResult made = co_await ask(call, std::move(query));
    if (made.error) {
      errors.push_back(made.error);
      continue;
    }
    const bool changed = made.object != item.object;
    if (const Error error =
            print_result(call, made.object, changed ? "patched" : "patched (no change)")) {
      errors.push_back(error);
    }
  }
  co_return failures(std::move(errors));
}

Outcome run_set_image(Call call) {
  Images images;
  for (const std::string& word : call->args) {
    const size_t equals = word.find('=');
    if (equals == std::string::npos || equals == 0) {
      images.resources.push_back(word);
    } else {
      images.pairs.emplace_back(word.substr(0, equals), word.substr(equals + 1));
    }
  }
  if (images.resources.empty() && !call->flags.given("filename")) {
    co_return errorf(kMissingResource);
  }
  if (const Error error = check_options(call)) co_return error;
  PlanOptions how;
  how.takes_files = true;
  const Plan planned = co_await plan(call, how, images.resources);
  if (!planned.errors.empty()) co_return failures(planned.errors);
  if (images.pairs.empty()) co_return errorf("at least one image update is required");
  Fetched fetched = co_await fetch(call, planned);
  std::vector<Error> errors = fetched.errors;
  for (const Item& item : fetched.items) {
    std::vector<std::string_view> path;
    const Value* const spec = pod_spec_of(item.object, item.kind->kind, path);
    if (spec == nullptr) {
      errors.push_back(errorf(item.kind->plural, "/", item.name,
                              " the object is not a pod or does not have a pod template: *v1.",
                              item.kind->kind));
      continue;
    }
    std::vector<bool> used(images.pairs.size());
    json::Object changes;
    for (const std::string_view list : {"containers", "initContainers"}) {
      const Value changed = with_images((*spec)[list], images, used);
      if (changed.size() > 0) changes.set(list, changed);
    }
    for (size_t i = 0; i < used.size(); ++i) {
      if (used[i]) continue;
      errors.push_back(errorf("unable to find container named \"", images.pairs[i].first, "\""));
    }
    const Value change = std::move(changes).build();
    if (change.size() == 0) continue;
    Value shown = item.object;
    if (call->dry_run() != "client") {
      Query query("PATCH", path_of(*item.kind, item.space, item.name));
      query.content_type = "application/strategic-merge-patch+json";
      query.with("fieldManager", "kubectl-set");
      if (call->dry_run() == "server") query.with("dryRun", "All");
      query.body = Value::empty_object().with_in(path, change).to_json();
      const ObjectResult made = co_await ask(call, std::move(query));
      if (made.error) {
        errors.push_back(
            errorf("failed to patch image update to pod template: ", made.error.message()));
        continue;
      }
      shown = made.object;
    }
    if (const Error error = print_result(call, shown, "image updated")) errors.push_back(error);
  }
  co_return failures(std::move(errors));
}

}  // namespace sim::k8s::kubectl
