// The columns of nodes, namespaces, events, leases, and of what measures and extends the cluster.

#include "sim/k8s/api/object.h"
#include "sim/k8s/api/quantity.h"
#include "sim/k8s/api/time.h"
#include "sim/k8s/apiserver/printers.h"

namespace sim::k8s {
namespace {

using json::Value;

constexpr Column kNodeColumns[] = {
    kNameColumn,
    {"Status", "string", "", "Whether the node is ready, and whether it takes pods."},
    {"Roles", "string", "", "What the node is there for."},
    kAgeColumn,
    {"Version", "string", "", "The version of its kubelet."},
    {"Internal-IP", "string", "", "Its address in the cluster.", 1},
    {"External-IP", "string", "", "Its address outside.", 1},
    {"OS-Image", "string", "", "The system that it runs.", 1},
    {"Kernel-Version", "string", "", "The version of its kernel.", 1},
    {"Container-Runtime", "string", "", "What runs its containers.", 1},
};

constexpr Column kNamespaceColumns[] = {
    kNameColumn,
    {"Status", "string", "", "Whether the namespace is in use or on its way out."},
    kAgeColumn,
};

constexpr Column kEventColumns[] = {
    {"Last Seen", "string", "", "How long ago it last happened."},
    {"Type", "string", "", "Normal or Warning."},
    {"Reason", "string", "", "What happened, in one word."},
    {"Object", "string", "", "What it happened to."},
    {"Subobject", "string", "", "Which part of the object.", 1},
    {"Source", "string", "", "Who saw it.", 1},
    {"Message", "string", "", "What happened."},
    {"First Seen", "string", "", "How long ago it first happened.", 1},
    {"Count", "string", "", "How often it has happened.", 1},
    {"Name", "string", "name", "The name of the event.", 1},
};

constexpr Column kLeaseColumns[] = {
    kNameColumn,
    {"Holder", "string", "", "Who holds the lease."},
    kAgeColumn,
};

// Kinds without columns of their own.
constexpr Column kCreatedColumns[] = {kNameColumn, kCreatedColumn};

constexpr Column kApiServiceColumns[] = {
    kNameColumn,
    {"Service", "string", "", "The service that serves the group, or Local."},
    {"Available", "string", "", "Whether it can be reached."},
    kAgeColumn,
};

constexpr Column kMetricsColumns[] = {
    {"Name", "string", "name", "What was measured."},
    {"cpu", "string", "quantity", "How much processor time it uses."},
    {"memory", "string", "quantity", "How much memory it uses."},
    {"Window", "string", "duration", "Over how long the use was measured."},
};

std::string_view address_of(const Value& node, std::string_view type) {
  for (const Value& address : node["status"]["addresses"].items()) {
    if (address["type"].text() == type) return address["address"].text();
  }
  return "<none>";
}

std::string_view text_or(const Value& text, std::string_view otherwise) {
  return text.text().empty() ? otherwise : text.text();
}

void node_cells(Cells& cells, const Value& object) {
  const Value& ready = condition_of(object, "Ready");
  std::string status = !ready ? "Unknown" : ready["status"].text() == "True" ? "Ready" : "NotReady";
  if (object["spec"]["unschedulable"].truth()) status += ",SchedulingDisabled";
  const std::vector<std::string> roles = node_roles(object);
  const Value& info = object["status"]["nodeInfo"];
  cells.add(name_of(object))
      .add(status)
      .add(roles.empty() ? "<none>" : joined(roles))
      .add_age_of(object)
      .add(info["kubeletVersion"].text())
      .add(address_of(object, "InternalIP"))
      .add(address_of(object, "ExternalIP"))
      .add(text_or(info["osImage"], "<unknown>"))
      .add(text_or(info["kernelVersion"], "<unknown>"))
      .add(text_or(info["containerRuntimeVersion"], "<unknown>"));
}

void namespace_cells(Cells& cells, const Value& object) {
  cells.add(name_of(object)).add(object["status"]["phase"].text()).add_age_of(object);
}

// A field by the name it has in v1, or the one it has in events.k8s.io/v1.
const Value& either(const Value& event, std::string_view core, std::string_view group) {
  return event.contains(core) ? event[core] : event[group];
}

std::string source_text(const Value& event) {
  const Value& source = either(event, "source", "deprecatedSource");
  const Value& reporter = either(event, "reportingComponent", "reportingController");
  std::string out(text_or(source["component"], reporter.text()));
  const std::string_view host = text_or(source["host"], event["reportingInstance"].text());
  if (host.empty()) return out;
  out += ", ";
  out += host;
  return out;
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n\v\f";
  const size_t begin = text.find_first_not_of(kSpace);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kSpace) - begin + 1);
}

void event_cells(Cells& cells, const Value& object) {
  const Value& first_time = either(object, "firstTimestamp", "deprecatedFirstTimestamp");
  const Value& last_time = either(object, "lastTimestamp", "deprecatedLastTimestamp");
  const std::string first = cells.age(first_time.is_string() ? first_time : object["eventTime"]);
  std::string last = last_time.is_string() ? cells.age(last_time) : first;
  int64_t count = either(object, "count", "deprecatedCount").integer();
  if (const Value& series = object["series"]; series.is_object()) {
    last = cells.age(series["lastObservedTime"]);
    count = series["count"].integer();
  } else if (count == 0) {
    count = 1;
  }
  const Value& about = either(object, "involvedObject", "regarding");
  std::string target = lowered(about["kind"].text());
  if (!about["name"].text().empty()) target += "/" + std::string(about["name"].text());
  cells.add(last)
      .add(object["type"].text())
      .add(object["reason"].text())
      .add(target)
      .add(about["fieldPath"].text())
      .add(source_text(object))
      .add(trimmed(either(object, "message", "note").text()))
      .add(first)
      .add(count)
      .add(name_of(object));
}

void lease_cells(Cells& cells, const Value& object) {
  cells.add(name_of(object)).add(object["spec"]["holderIdentity"].text()).add_age_of(object);
}

void created_cells(Cells& cells, const Value& object) {
  const Value& created = metadata(object)["creationTimestamp"];
  const std::optional<int64_t> at = parse_time(created.text());
  cells.add(name_of(object)).add(at ? time_text(*at) : std::string("0001-01-01T00:00:00Z"));
}

void api_service_cells(Cells& cells, const Value& object) {
  const Value& service = object["spec"]["service"];
  std::string served_by = "Local";
  if (service.is_object()) {
    served_by = service["namespace"].text();
    served_by += "/";
    served_by += service["name"].text();
  }
  const Value& available = condition_of(object, "Available");
  std::string status = available ? std::string(available["status"].text()) : "Unknown";
  if (available && status != "True") status += " (" + std::string(available["reason"].text()) + ")";
  cells.add(name_of(object)).add(served_by).add(status).add_age_of(object);
}

void add_usage(Cells& cells, const Value& cpu, const Value& memory, const Value& object) {
  cells.add(name_of(object)).add(cpu).add(memory).add(object["window"].text());
}

void node_metrics_cells(Cells& cells, const Value& object) {
  add_usage(cells, quantity_text(object["usage"]["cpu"]), quantity_text(object["usage"]["memory"]),
            object);
}

// What all containers of a pod use together.
std::string total_text(const Value& containers, std::string_view resource) {
  Quantity total;
  for (const Value& container : containers.items()) {
    total = total + Quantity::from(container["usage"][resource]);
  }
  return total.text();
}

void pod_metrics_cells(Cells& cells, const Value& object) {
  const Value& containers = object["containers"];
  add_usage(cells, total_text(containers, "cpu"), total_text(containers, "memory"), object);
}

constexpr Printer kPrinters[] = {
    {"", "nodes", kNodeColumns, node_cells},
    {"", "namespaces", kNamespaceColumns, namespace_cells},
    {"", "events", kEventColumns, event_cells},
    {"events.k8s.io", "events", kEventColumns, event_cells},
    {"coordination.k8s.io", "leases", kLeaseColumns, lease_cells},
    {"apiextensions.k8s.io", "customresourcedefinitions", kCreatedColumns, created_cells},
    {"apiregistration.k8s.io", "apiservices", kApiServiceColumns, api_service_cells},
    {"", "limitranges", kCreatedColumns, created_cells},
    {"rbac.authorization.k8s.io", "roles", kCreatedColumns, created_cells},
    {"rbac.authorization.k8s.io", "clusterroles", kCreatedColumns, created_cells},
    {"metrics.k8s.io", "nodes", kMetricsColumns, node_metrics_cells},
    {"metrics.k8s.io", "pods", kMetricsColumns, pod_metrics_cells},
};

}  // namespace

std::span<const Printer> cluster_printers() {
  return kPrinters;
}

}  // namespace sim::k8s
