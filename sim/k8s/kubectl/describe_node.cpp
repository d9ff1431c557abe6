// Nodes.

#include <algorithm>
#include <map>

#include "sim/k8s/api/object.h"
#include "sim/k8s/api/quantity.h"
#include "sim/k8s/kubectl/describe_page.h"

namespace sim::k8s::kubectl {
namespace {

// By name of the resource.
using Amounts = std::map<std::string, Quantity, std::less<>>;

void add_to(Amounts& amounts, const Value& list) {
  for (const json::Member& member : list.members()) {
    const std::string name(member.name());
    amounts[name] = amounts[name] + Quantity::from(member.value);
  }
}

void raise_to(Amounts& amounts, const Amounts& least) {
  for (const auto& [name, amount] : least) {
    const auto found = amounts.find(name);
    if (found == amounts.end() || found->second < amount) amounts[name] = amount;
  }
}

Amounts sum_of(const Amounts& a, const Amounts& b) {
  Amounts out = a;
  for (const auto& [name, amount] : b) out[name] = out[name] + amount;
  return out;
}

// What a pod takes: its containers and sidecars together, or more if an init container needs it,
// and the overhead. `which` is requests or limits. Source: Kubernetes' documentation, "Init
// Containers", "Sidecar Containers", "Pod Overhead".
Amounts amounts_of(const Value& pod, std::string_view which) {
  const Value& spec = pod["spec"];
  Amounts total;
  for (const Value& container : spec["containers"].items()) {
    add_to(total, container["resources"][which]);
  }
  Amounts sidecars;
  Amounts most;  // while the init containers run
  for (const Value& container : spec["initContainers"].items()) {
    const Value& list = container["resources"][which];
    if (container["restartPolicy"].text() == "Always") {
      add_to(total, list);
      add_to(sidecars, list);
      raise_to(most, sidecars);
    } else {
      Amounts own;
      add_to(own, list);
      raise_to(most, sum_of(own, sidecars));
    }
  }
  raise_to(total, most);
  for (const json::Member& member : spec["overhead"].members()) {
    const auto found = total.find(member.name());
    const Quantity more = Quantity::from(member.value);
    if (found != total.end()) {
      if (which == "requests" || !found->second.is_zero()) found->second = found->second + more;
    } else if (which == "requests") {
      total[std::string(member.name())] = more;
    }
  }
  return total;
}

Quantity amount_in(const Amounts& amounts, std::string_view name) {
  const auto found = amounts.find(name);
  return found == amounts.end() ? Quantity() : found->second;
}

// `100m (5%)`
std::string share_text(const Quantity& amount, const Value& allocatable, std::string_view name) {
  const Quantity all = Quantity::from(allocatable[name]);
  const bool is_cpu = name == "cpu";
  const int64_t whole = is_cpu ? all.milli() : all.value();
  const int64_t part = is_cpu ? amount.milli() : amount.value();
  std::string out = amount.text() + " (";
  const double percent =
      whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole) * 100;
  constexpr double kMost = 9e18;  // that fits
  engine::append_operand(out, static_cast<int64_t>(std::clamp(percent, -kMost, kMost)));
  return out + "%)";
}

void describe_pods(Page& page, const Value& allocatable) {
  const std::vector<Value>& pods = page.related().pods;
  page.field(0, "Non-terminated Pods", "(", static_cast<uint64_t>(pods.size()), " in total)");
  page.line(1, "Namespace\tName\t\tCPU Requests\tCPU Limits\tMemory Requests\tMemory Limits\tAge");
  page.line(1, "---------\t----\t\t------------\t----------\t---------------\t-------------\t---");
  for (const Value& pod : pods) {
    const Amounts requests = amounts_of(pod, "requests");
    const Amounts limits = amounts_of(pod, "limits");
    std::string cells;
    for (const std::string_view name : {"cpu", "memory"}) {
      cells += share_text(amount_in(requests, name), allocatable, name) + "\t";
      cells += share_text(amount_in(limits, name), allocatable, name) + "\t";
    }
    page.line(1, namespace_of(pod), "\t", name_of(pod), "\t\t", cells,
              page.age(metadata(pod)["creationTimestamp"]));
  }
}

void describe_allocated(Page& page, const Value& allocatable) {
  Amounts requests;
  Amounts limits;
  for (const Value& pod : page.related().pods) {
    requests = sum_of(requests, amounts_of(pod, "requests"));
    limits = sum_of(limits, amounts_of(pod, "limits"));
  }
  page.write(
      "Allocated resources:\n  (Total limits may be over 100 percent, i.e., overcommitted.)\n");
  page.line(1, "Resource\tRequests\tLimits");
  page.line(1, "--------\t--------\t------");
  const auto write_shares = [&](std::string_view name) {
    page.line(1, name, "\t", share_text(amount_in(requests, name), allocatable, name), "\t",
              share_text(amount_in(limits, name), allocatable, name));
  };
  constexpr std::string_view kStandard[] = {"cpu", "memory", "ephemeral-storage"};
  for (const std::string_view name : kStandard) write_shares(name);
  for (const json::Member& member : allocatable.members()) {
    if (member.name().starts_with("hugepages-")) write_shares(member.name());
  }
  for (const json::Member& member : allocatable.members()) {
    const std::string_view name = member.name();
    const bool is_standard =
        std::find(std::begin(kStandard), std::end(kStandard), name) != std::end(kStandard);
    if (is_standard || name.starts_with("hugepages-") || name == "pods") continue;
    page.line(1, name, "\t", amount_in(requests, name).text(), "\t",
              amount_in(limits, name).text());
  }
}

std::string roles_text(const Value& node) {
  constexpr std::string_view kPrefix = "node-role.kubernetes.io/";
  std::vector<std::string_view> roles;
  for (const json::Member& label : labels_of(node).members()) {
    const std::string_view name = label.name();
    if (name.starts_with(kPrefix) && name.size() > kPrefix.size()) {
      roles.push_back(name.substr(kPrefix.size()));
    } else if (name == "kubernetes.io/role" && !label.value.text().empty()) {
      roles.push_back(label.value.text());
    }
  }
  std::stable_sort(roles.begin(), roles.end());
  roles.erase(std::unique(roles.begin(), roles.end()), roles.end());
  std::string out;
  for (const std::string_view role : roles) {
    if (!out.empty()) out += ',';
    out += role;
  }
  return out.empty() ? "<none>" : out;
}

void describe_taints(Page& page, const Value& taints) {
  page.write("Taints:\t");
  if (taints.size() == 0) return page.write("<none>\n");
  std::vector<std::pair<std::string, std::string>> sorted;  // by effect and key
  for (const Value& taint : taints.items()) {
    const std::string effect(taint["effect"].text());
    const std::string key(taint["key"].text());
    std::string text = key;
    const std::string_view value = taint["value"].text();
    if (!value.empty()) text += "=" + std::string(value);
    if (!effect.empty() || !value.empty()) text += ":" + effect;
    sorted.emplace_back(effect + "," + key, text);
  }
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  bool is_first = true;
  for (const auto& [key, text] : sorted) {
    page.write(is_first ? "" : "\t", text, "\n");
    is_first = false;
  }
}

void describe_lease(Page& page, const Value& node) {
  const Value& lease = page.related().lease;
  if (!lease) {
    return page.field(0, "Lease", "Failed to get lease: leases.coordination.k8s.io \"",
                      name_of(node), "\" not found");
  }
  const Value& spec = lease["spec"];
  const auto when = [](const Value& time) {
    return time.is_string() ? date_text(time) : std::string("<unset>");
  };
  page.line(0, "Lease:");
  page.field(1, "HolderIdentity", spec["holderIdentity"].text("<unset>"));
  page.field(1, "AcquireTime", when(spec["acquireTime"]));
  page.field(1, "RenewTime", when(spec["renewTime"]));
}

void describe_conditions(Page& page, const Value& conditions) {
  if (conditions.size() == 0) return;
  page.write(
      "Conditions:\n  Type\tStatus\tLastHeartbeatTime\tLastTransitionTime\tReason\tMessage\n");
  page.line(1, "----\t------\t-----------------\t------------------\t------\t-------");
  for (const Value& each : conditions.items()) {
    page.line(1, each["type"].text(), " \t", each["status"].text(), " \t",
              date_text(each["lastHeartbeatTime"]), " \t", date_text(each["lastTransitionTime"]),
              " \t", each["reason"].text(), " \t", each["message"].text());
  }
}

void describe_amounts(Page& page, std::string_view heading, const Value& amounts) {
  if (amounts.size() == 0) return;
  page.line(0, heading, ":");
  for (const json::Member& amount : amounts.members()) {
    page.field(1, amount.name(), quantity_line(amount.value));
  }
}

void describe_system(Page& page, const Value& info) {
  page.line(0, "System Info:");
  page.field(1, "Machine ID", info["machineID"].text());
  page.field(1, "System UUID", info["systemUUID"].text());
  page.field(1, "Boot ID", info["bootID"].text());
  page.field(1, "Kernel Version", info["kernelVersion"].text());
  page.field(1, "OS Image", info["osImage"].text());
  page.field(1, "Operating System", info["operatingSystem"].text());
  page.field(1, "Architecture", info["architecture"].text());
  page.field(1, "Container Runtime Version", info["containerRuntimeVersion"].text());
  page.field(1, "Kubelet Version", info["kubeletVersion"].text());
  page.field(1, "Kube-Proxy Version", info["kubeProxyVersion"].text());
}

void describe_node(Page& page, const Value& node) {
  const Value& spec = node["spec"];
  const Value& status = node["status"];
  page.field(0, "Name", name_of(node));
  page.field(0, "Roles", roles_text(node));
  page.labels_and_annotations(node);
  page.field(0, "CreationTimestamp", date_text(metadata(node)["creationTimestamp"]));
  describe_taints(page, spec["taints"]);
  page.field(0, "Unschedulable", spec["unschedulable"].truth());
  describe_lease(page, node);
  describe_conditions(page, status["conditions"]);
  page.line(0, "Addresses:");
  for (const Value& address : status["addresses"].items()) {
    page.field(1, address["type"].text(), address["address"].text());
  }
  describe_amounts(page, "Capacity", status["capacity"]);
  describe_amounts(page, "Allocatable", status["allocatable"]);
  describe_system(page, status["nodeInfo"]);
  page.field_if(0, "PodCIDR", spec["podCIDR"]);
  if (spec["podCIDRs"].size() > 0) page.field(0, "PodCIDRs", joined(spec["podCIDRs"], ","));
  page.field_if(0, "ProviderID", spec["providerID"]);
  const Value& allocatable =
      status["allocatable"].size() > 0 ? status["allocatable"] : status["capacity"];
  describe_pods(page, allocatable);
  describe_allocated(page, allocatable);
  page.events();
}

}  // namespace

bool describe_node_kinds(Page& page, const Value& object, std::string_view kind) {
  if (kind != "Node") return false;
  describe_node(page, object);
  return true;
}

}  // namespace sim::k8s::kubectl
