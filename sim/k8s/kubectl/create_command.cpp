// sim/k8s/kubectl/create_command.cpp: kubectl create -f, and of simple kinds: namespace,
// configmap, secret, serviceaccount.

#include <utility>

#include "sim/k8s/api/base64.h"
#include "sim/k8s/kubectl/commands.h"
#include "sim/k8s/kubectl/create.h"
#include "sim/k8s/kubectl/manifest.h"

namespace sim::k8s::kubectl {

using engine::Error;
using engine::errorf;
using engine::Task;

Outcome run_create(Call call) {
  if (!call->args.empty()) {
    std::string words;
    for (const std::string& word : call->args) words += (words.empty() ? "" : " ") + word;
    co_return usage_error(call, "Unexpected args: [" + words + "]");
  }
  if (!call->flags.given("filename")) co_return errorf("must specify one of -f and -k");
  if (const Error error = check_options(call)) co_return error;
  Plan planned = co_await plan_of_files(call);
  std::vector<Error> errors = planned.errors;
  if (planned.items.empty() && errors.empty()) co_return errorf("no objects passed to create");
  for (const Item& item : planned.items) {
    Value object = item.object;
    if (call->dry_run() != "client") {
      Query query("POST", path_of(*item.kind, item.space));
      if (call->dry_run() == "server") query.with("dryRun", "All");
      query.with("fieldManager", "kubectl-create");
      query.with("fieldValidation", call->flags.text("validate") == "false" ? "Ignore" : "Strict");
      query.content_type = "application/json";
      query.body = object.to_json();
      const ObjectResult made = co_await ask(call, std::move(query));
      if (made.error) {
        errors.push_back(
            with_prefix("error when creating " + quoted_source(item) + ": ", made.error));
        continue;
      }
      object = made.object;
    }
    if (const Error error = print_result(call, object, "created")) errors.push_back(error);
  }
  co_return failures(std::move(errors));
}

Error one_name(const Call& call) {
  size_t count = call->args.size();
  if (call->before_dashes >= 0) count = static_cast<size_t>(call->before_dashes);
  if (count == 1) return nullptr;
  std::string text = "exactly one NAME is required, got ";
  engine::append_operand(text, count);
  return usage_error(call, text);
}

Value named(const Call& call, std::string_view api_version, std::string_view kind) {
  json::Object meta;
  meta.set("creationTimestamp", nullptr).set("name", call->args[0]);
  if (call->flags.given("namespace") && kind != "Namespace") meta.set("namespace", call->space());
  return json::Object()
      .set("apiVersion", api_version)
      .set("kind", kind)
      .set("metadata", std::move(meta).build())
      .build();
}

Outcome create_and_print(Call call, Value object, std::string manager) {
  if (const Error error = check_options(call)) co_return error;
  const KindInfo& kind = *find_kind(api_version_of(object), kind_of(object));
  if (call->dry_run() == "client") co_return print_result(call, object, "created");
  Query query("POST", path_of(kind, kind.namespaced ? call->space() : std::string()));
  if (call->dry_run() == "server") query.with("dryRun", "All");
  query.with("fieldManager", manager).with("fieldValidation", "Strict");
  query.content_type = "application/json";
  query.body = object.to_json();
  const ObjectResult made = co_await ask(call, std::move(query));
  if (made.error) co_return made.error;
  co_return print_result(call, made.object, "created");
}

Outcome create_as(Call call, Value object, std::string prefix) {
  const Error error = co_await create_and_print(call, std::move(object), "kubectl-create");
  if (engine::errors_as<StatusError>(error) == nullptr) co_return error;
  co_return errorf(prefix, error.message());
}

Outcome run_create_namespace(Call call) {
  if (const Error error = one_name(call)) co_return error;
  const Value object = named(call, "v1", "Namespace")
                           .with("spec", Value::empty_object())
                           .with("status", Value::empty_object());
  co_return co_await create_and_print(call, object, "kubectl-create");
}

Outcome run_create_service_account(Call call) {
  if (const Error error = one_name(call)) co_return error;
  const Value object = named(call, "v1", "ServiceAccount");
  co_return co_await create_as(call, object, "failed to create serviceaccount: ");
}

namespace {

struct Literals {
  std::vector<std::pair<std::string, std::string>> pairs;
  Error error;
};

Literals read_literals(const Call& call, std::string_view kind) {
  Literals out;
  const auto add = [&out, &call, kind](std::string key, std::string value) {
    for (const auto& [before, same] : out.pairs) {
      if (before != key) continue;
      const std::string_view name = call->args[0];
      out.error = errorf("cannot add key \"", key, "\", another key by that name already exists ",
                         "in Data for ", kind, " \"", name, "\"");
    }
    out.pairs.emplace_back(std::move(key), std::move(value));
  };
  for (const std::string& literal : call->flags.list("from-literal")) {
    const size_t equals = literal.find('=');
    if (equals == std::string::npos || equals == 0) {
      out.error = errorf("invalid literal source ", literal, ", expected key=value");
      return out;
    }
    std::string value = literal.substr(equals + 1);
    const bool is_quoted =
        value.size() > 1 && (value[0] == '"' || value[0] == '\'') && value.back() == value[0];
    if (is_quoted) value = value.substr(1, value.size() - 2);
    add(literal.substr(0, equals), std::move(value));
  }
  for (const std::string& source : call->flags.list("from-file")) {
    const size_t equals = source.find('=');
    std::string file = equals == std::string::npos ? source : source.substr(equals + 1);
    const std::string key =
        equals == std::string::npos ? file.substr(file.rfind('/') + 1) : source.substr(0, equals);
    std::string content;
    if (!call->io.read_file || !call->io.read_file(file, content)) {
      out.error = errorf("error reading ", file, ": no such file or directory");
      return out;
    }
    add(key, std::move(content));
  }
  return out;
}

}  // namespace

Outcome run_create_config_map(Call call) {
  if (const Error error = one_name(call)) co_return error;
  const Literals literals = read_literals(call, "ConfigMap");
  if (literals.error) co_return literals.error;
  json::Object data;
  for (const auto& [key, value] : literals.pairs) data.set(key, value);
  Value object = named(call, "v1", "ConfigMap");
  if (!literals.pairs.empty()) object = object.with("data", std::move(data).build());
  co_return co_await create_as(call, object, "failed to create configmap: ");
}

Outcome run_create_secret(Call call) {
  if (const Error error = one_name(call)) co_return error;
  const Literals literals = read_literals(call, "Secret");
  if (literals.error) co_return literals.error;
  json::Object data;
  for (const auto& [key, value] : literals.pairs) data.set(key, base64_encode(value));
  Value object = named(call, "v1", "Secret");
  if (!literals.pairs.empty()) object = object.with("data", std::move(data).build());
  const std::string type = call->flags.text("type");
  if (!type.empty()) object = object.with("type", type);
  co_return co_await create_as(call, object, "failed to create secret ");
}

}  // namespace sim::k8s::kubectl
