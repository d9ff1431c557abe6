#include "sim/scenario/kubernetes.h"

#include <fmt/format.h>

#include "engine/world/world.h"
#include "sim/json/yaml.h"
#include "sim/k8s/api/object.h"
#include "sim/k8s/schema/decode.h"
#include "sim/k8s/schema/kinds.h"
#include "sim/scenario/wording.h"

namespace sim::scenario {
namespace {

using Member = Kubernetes::Member;

constexpr std::string_view kRole = "node-role.kubernetes.io/control-plane";

Workload program(const std::string& node, std::string_view name, std::vector<std::string> args) {
  Workload out;
  out.on = node;
  out.image = fmt::format("orrery/{}:1", name);
  out.args = std::move(args);
  return out;
}

void append_to_list(std::string& list, std::string_view item) {
  if (!list.empty()) list += ',';
  list += item;
}

std::vector<std::string> kubelet_args(const Member& member, const std::string& master) {
  std::string labels;
  std::string taints;
  if (member.is_control_plane) {
    labels = fmt::format("{}=", kRole);
    taints = fmt::format("{}:NoSchedule", kRole);
  }
  for (const auto& [key, value] : member.labels) {
    append_to_list(labels, fmt::format("{}={}", key, value));
  }
  for (const std::string& taint : member.taints) append_to_list(taints, taint);
  std::vector<std::string> args{master};
  if (!labels.empty()) args.push_back("--node-labels=" + labels);
  if (!taints.empty()) args.push_back("--register-with-taints=" + taints);
  return args;
}

// What is wrong with one object; empty if nothing is.
std::string mistake_in(const json::Value& object) {
  if (!object.is_object()) return "expected an object with apiVersion, kind and metadata";
  const std::string_view version = k8s::api_version_of(object);
  const std::string_view kind = k8s::kind_of(object);
  if (version.empty()) return "apiVersion not set";
  if (kind.empty()) return "kind not set";
  const k8s::KindInfo* const info = k8s::find_kind(version, kind);
  if (info == nullptr) {
    // Groups without a dot are Kubernetes' own, as are those of k8s.io.
    const std::string group = k8s::parse_group_version(version).group;
    if (group.find('.') != std::string::npos && !group.ends_with(".k8s.io")) return {};
    return fmt::format("no matches for kind {} in version {}", in_quotes(kind), in_quotes(version));
  }
  if (k8s::name_of(object).empty() && k8s::metadata(object)["generateName"].text().empty()) {
    return "resource name may not be empty";
  }
  const k8s::Decoded decoded = k8s::decode(*info->schema, object);
  if (!decoded.error.empty()) return k8s::decode_failure(version, kind, decoded.error);
  if (!decoded.strict.empty()) return k8s::strict_failure(decoded.strict);
  return {};
}

}  // namespace

std::vector<Workload> kubernetes_workloads(const Scenario& scenario) {
  std::vector<Workload> out;
  if (!scenario.kubernetes) return out;
  const Kubernetes& cluster = *scenario.kubernetes;
  const std::string& first = cluster.members.front().name;
  const std::string master = fmt::format("--master=http://{}:6443", first);
  out.push_back(program(first, "kube-apiserver", {":6443"}));
  for (const Member& member : cluster.members) {
    if (!member.manages) continue;
    out.push_back(program(member.name, "kube-controller-manager", {master}));
    out.push_back(program(member.name, "kube-scheduler", {master}));
  }
  for (const Member& member : cluster.members) {
    out.push_back(program(member.name, "kubelet", kubelet_args(member, master)));
    out.push_back(program(member.name, "kube-proxy", {master}));
  }
  Workload addons = program(first, "kube-addons", {master});
  std::string names;
  if (cluster.dns) append_to_list(names, "dns");
  if (cluster.metrics) append_to_list(names, "metrics");
  addons.env.emplace_back("ADDONS", names);
  for (const Manifest& manifest : scenario.manifests) addons.args.push_back(manifest.text);
  out.push_back(std::move(addons));
  return out;
}

std::vector<Problem> manifest_problems(const Scenario& scenario) {
  std::vector<Problem> problems;
  if (scenario.manifests.empty()) return problems;
  engine::World world{engine::WorldOptions{}};
  const engine::World::Scope scope(world);
  std::vector<std::pair<Place, std::string>> found;
  for (const Manifest& manifest : scenario.manifests) {
    const json::Documents documents =
        json::parse_yaml_documents(with_knobs(manifest.text, scenario.knobs));
    if (!documents.error.empty()) found.emplace_back(manifest.at, documents.error);
    for (const json::Value& object : documents.values) {
      const std::string mistake = mistake_in(object);
      if (mistake.empty()) continue;
      const std::string_view name = k8s::name_of(object);
      found.emplace_back(manifest.at,
                         fmt::format("{}{}{}", name, name.empty() ? "" : ": ", mistake));
    }
  }
  // Problems outlive the world.
  const engine::OutsideScope outside;
  for (const auto& [at, message] : found) {
    problems.push_back({std::string(scenario.file), at.line, at.column, std::string(message)});
  }
  return problems;
}

}  // namespace sim::scenario
