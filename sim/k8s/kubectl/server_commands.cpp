// sim/k8s/kubectl/server_commands.cpp: what the server is and has: kubectl explain, api-resources,
// api-versions, version, cluster-info.

#include <algorithm>
#include <utility>

#include "sim/json/print.h"
#include "sim/json/yaml.h"
#include "sim/k8s/kubectl/commands.h"
#include "sim/k8s/kubectl/resolve.h"
#include "sim/k8s/kubectl/tab_writer.h"
#include "sim/k8s/schema/explain.h"

namespace sim::k8s::kubectl {
namespace {

using engine::Error;
using engine::errorf;
using engine::Task;

// kubectl's own versions.
constexpr std::string_view kClientVersion = "v1.33.1";
constexpr std::string_view kKustomizeVersion = "v5.6.0";

// A resource as discovery tells it.
struct Row {
  std::string name;
  std::string short_names;
  std::string group;
  std::string api_version;
  bool namespaced = false;
  std::string kind;
  std::string verbs;
  std::string categories;
};

std::string joined_words(const Value& list) {
  std::string out;
  for (const Value& each : list.items()) {
    if (!out.empty()) out += ',';
    out += each.text();
  }
  return out;
}

bool has_all(const Value& list, const std::vector<std::string>& wanted) {
  for (const std::string& each : wanted) {
    bool is_there = false;
    for (const Value& item : list.items()) is_there = is_there || item.text() == each;
    if (!is_there) return false;
  }
  return true;
}

std::vector<Row> rows_of(const Call& call) {
  const Flags& flags = call->flags;
  std::vector<Row> rows;
  for (const Value& document : call->kinds.documents()) {
    const std::string api_version(document["groupVersion"].text());
    const std::string group = parse_group_version(api_version).group;
    if (flags.given("api-group") && flags.text("api-group") != group) continue;
    for (const Value& each : document["resources"].items()) {
      const std::string name(each["name"].text());
      if (name.find('/') != std::string::npos) continue;
      const bool namespaced = each["namespaced"].truth();
      if (flags.given("namespaced") && flags.truth("namespaced") != namespaced) continue;
      if (!has_all(each["verbs"], flags.list("verbs"))) continue;
      if (!has_all(each["categories"], flags.list("categories"))) continue;
      rows.push_back({name, joined_words(each["shortNames"]), group, api_version, namespaced,
                      std::string(each["kind"].text()), joined_words(each["verbs"]),
                      joined_words(each["categories"])});
    }
  }
  const std::string by = flags.text("sort-by");
  std::stable_sort(rows.begin(), rows.end(), [&by](const Row& a, const Row& b) {
    if (by == "name") return a.name < b.name;
    if (by == "kind") return a.kind < b.kind;
    return a.group != b.group ? a.group < b.group : a.name < b.name;
  });
  return rows;
}

}  // namespace

Outcome run_api_resources(Call call) {
  const Flags& flags = call->flags;
  if (!call->args.empty()) {
    std::string words;
    for (const std::string& word : call->args) words += (words.empty() ? "" : " ") + word;
    co_return usage_error(call, "unexpected arguments: [" + words + "]");
  }
  const std::string form = flags.text("output");
  if (!form.empty() && form != "wide" && form != "name") {
    co_return errorf("--output ", form, " is not available");
  }
  const std::string by = flags.text("sort-by");
  if (!by.empty() && by != "name" && by != "kind") {
    co_return errorf("--sort-by accepts only name or kind");
  }
  const Error error = co_await discover(call, true);
  if (error) co_return error;
  TabWriter writer(TabWriter::kGet);
  const bool is_wide = form == "wide";
  if (form != "name" && !flags.truth("no-headers")) {
    writer.write("NAME\tSHORTNAMES\tAPIVERSION\tNAMESPACED\tKIND");
    if (is_wide) writer.write("\tVERBS\tCATEGORIES");
    writer.write("\n");
  }
  for (const Row& row : rows_of(call)) {
    if (form == "name") {
      writer.write(row.name + (row.group.empty() ? "" : "." + row.group) + "\n");
      continue;
    }
    std::string line = row.name + "\t" + row.short_names + "\t" + row.api_version + "\t";
    line += (row.namespaced ? "true\t" : "false\t") + row.kind;
    if (is_wide) line += "\t" + row.verbs + "\t" + row.categories;
    writer.write(line + "\n");
  }
  std::string text;
  writer.flush(text);
  call->print(text);
  co_return nullptr;
}

Outcome run_api_versions(Call call) {
  if (!call->args.empty()) {
    std::string words;
    for (const std::string& word : call->args) words += (words.empty() ? "" : " ") + word;
    co_return usage_error(call, "unexpected arguments: [" + words + "]");
  }
  Query query("GET", "/apis");
  const ObjectResult groups = co_await ask(call, std::move(query));
  if (groups.error) {
    co_return errorf("couldn't get available api versions from server: ", groups.error.message());
  }
  std::vector<std::string> versions;
  versions.emplace_back("v1");
  for (const Value& group : groups.object["groups"].items()) {
    for (const Value& version : group["versions"].items()) {
      versions.emplace_back(version["groupVersion"].text());
    }
  }
  std::stable_sort(versions.begin(), versions.end());
  for (const std::string& version : versions) call->say(version, "\n");
  co_return nullptr;
}

Outcome run_explain(Call call) {
  if (call->args.empty()) {
    co_return errorf(
        "You must specify the type of resource to explain. Use \"kubectl api-resources\" for a "
        "complete list of supported resources.");
  }
  if (call->args.size() > 1) {
    co_return errorf("We accept only this format: explain RESOURCE");
  }
  const std::string version = call->flags.text("api-version");
  ExplainTarget target = explain_target(call->args[0], version);
  if (!target.error.empty()) {
    const Error error = co_await discover(call, false);
    if (error) co_return error;
    ExplainTarget custom = explain_target(call->args[0], version, call->kinds.discovered());
    if (!custom.error.empty()) {
      std::string text = target.error;
      if (text.ends_with('\n')) text.pop_back();
      co_return engine::make_error(Failure{std::move(text)});
    }
    target = std::move(custom);
  }
  std::string path = target.group.empty() ? "/openapi/v3/api/" : "/openapi/v3/apis/";
  if (!target.group.empty()) path += target.group + "/";
  path += target.version;
  Query query("GET", path);
  const ObjectResult document = co_await ask(call, std::move(query));
  const Explained explained = explain(document.object, target, call->flags.truth("recursive"));
  call->print(explained.text);
  if (explained.error.empty()) co_return nullptr;
  std::string text = explained.error;
  if (text.ends_with('\n')) text.pop_back();
  co_return engine::make_error(Failure{std::move(text)});
}

Outcome run_version(Call call) {
  const std::string form = call->flags.text("output");
  if (!form.empty() && form != "json" && form != "yaml") {
    co_return errorf("--output must be 'yaml' or 'json'");
  }
  const bool only_client = call->flags.truth("client");
  ObjectResult server;
  if (!only_client) {
    Query query("GET", "/version");
    server = co_await ask(call, std::move(query));
  }
  if (form.empty()) {
    call->say("Client Version: ", kClientVersion, "\nKustomize Version: ", kKustomizeVersion, "\n");
    if (server.object) call->say("Server Version: ", server.object["gitVersion"].text(), "\n");
    co_return server.error;
  }
  json::Object all;
  all.set("clientVersion", json::Object()
                               .set("gitVersion", kClientVersion)
                               .set("major", "1")
                               .set("minor", "33")
                               .build());
  all.set("kustomizeVersion", kKustomizeVersion);
  if (server.object) all.set("serverVersion", server.object);
  const Value whole = std::move(all).build();
  std::string text;
  if (form == "json") {
    json::append_pretty(text, whole, 2);
    text += '\n';
  } else {
    json::append_yaml(text, whole);
  }
  call->print(text);
  co_return server.error;
}

Outcome run_cluster_info(Call call) {
  Query query("GET", path_of(*find_kind("v1", "Service"), "kube-system"));
  query.with("labelSelector", "kubernetes.io/cluster-service=true");
  const ObjectResult services = co_await ask(call, std::move(query));
  if (services.error) co_return services.error;
  const std::string host = call->client.config().host;
  call->say("Kubernetes control plane is running at ", host, "\n");
  for (const Value& service : services.object["items"].items()) {
    const Value& labels = labels_of(service);
    std::string name(labels["kubernetes.io/name"].text());
    if (name.empty()) name = name_of(service);
    std::string port;
    const Value& first = service["spec"]["ports"][0];
    if (service["spec"]["ports"].size() > 0) port = first["name"].text();
    if (!port.empty()) port = ":" + port;
    call->say(name, " is running at ", host, "/api/v1/namespaces/", namespace_of(service),
              "/services/", name_of(service), port, "/proxy\n");
  }
  call->say("\nTo further debug and diagnose cluster problems, use 'kubectl cluster-info dump'.\n");
  co_return nullptr;
}

}  // namespace sim::k8s::kubectl
