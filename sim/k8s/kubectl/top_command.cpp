// sim/k8s/kubectl/top_command.cpp: kubectl top node and top pod.
//
// Source: kubectl's package metricsutil: its columns; memory in Mi, rounded down.

#include <algorithm>
#include <map>
#include <utility>

#include "sim/k8s/api/quantity.h"
#include "sim/k8s/kubectl/commands.h"
#include "sim/k8s/kubectl/resolve.h"
#include "sim/k8s/kubectl/tab_writer.h"

namespace sim::k8s::kubectl {
namespace {

using engine::Error;
using engine::errorf;
using engine::Task;

struct Usage {
  Quantity cpu;
  Quantity memory;
};

Usage usage_of(const Value& usage) {
  return {Quantity::from(usage["cpu"]), Quantity::from(usage["memory"])};
}

Usage usage_of_pod(const Value& metrics) {
  Usage out;
  for (const Value& container : metrics["containers"].items()) {
    const Usage one = usage_of(container["usage"]);
    out.cpu = out.cpu + one.cpu;
    out.memory = out.memory + one.memory;
  }
  return out;
}

std::string cpu_text(const Quantity& cpu) {
  std::string out;
  engine::append_operand(out, cpu.milli());
  return out + "m";
}

std::string memory_text(const Quantity& memory) {
  constexpr int64_t kMebi = 1024 * 1024;
  std::string out;
  engine::append_operand(out, memory.value() / kMebi);
  return out + "Mi";
}

// Whole percents, rounded down.
std::string percent_text(int64_t part, int64_t whole) {
  std::string out;
  engine::append_operand(out, whole == 0 ? 0 : part * 100 / whole);
  return out + "%";
}

// By name; by usage, the greatest first, if --sort-by says so.
template <class Of>
void sort_metrics(std::vector<Value>& items, std::string_view by, Of usage) {
  std::stable_sort(items.begin(), items.end(), [&](const Value& a, const Value& b) {
    if (by == "cpu") return usage(a).cpu > usage(b).cpu;
    if (by == "memory") return usage(a).memory > usage(b).memory;
    if (namespace_of(a) != namespace_of(b)) return namespace_of(a) < namespace_of(b);
    return name_of(a) < name_of(b);
  });
}

Error check_sort(const Call& call) {
  const std::string by = call->flags.text("sort-by");
  if (by.empty() || by == "cpu" || by == "memory") return nullptr;
  return errorf("--sort-by accepts only cpu or memory");
}

struct Metrics {
  std::vector<Value> items;
  Error error;
};

Task<Metrics> metrics_of(Call call, const KindInfo* kind, std::string space) {
  Metrics out;
  if (!call->args.empty()) {
    Query query("GET", path_of(*kind, space, call->args[0]));
    const ObjectResult got = co_await ask(call, std::move(query));
    out.error = got.error;
    if (!got.error) out.items.push_back(got.object);
    co_return out;
  }
  const ListResult list = co_await list_all(call, kind, space, call->flags.text("selector"),
                                            call->flags.text("field-selector"));
  out.error = list.error;
  out.items = list.items;
  co_return out;
}

void flush(const Call& call, TabWriter& writer) {
  std::string text;
  writer.flush(text);
  call->print(text);
}

}  // namespace

Outcome run_top_node(Call call) {
  if (call->args.size() > 1) co_return usage_error(call, "node [NAME | -l label]");
  if (const Error error = check_sort(call)) co_return error;
  const KindInfo* const kind = find_kind("metrics.k8s.io/v1beta1", "NodeMetrics");
  Metrics metrics = co_await metrics_of(call, kind, std::string());
  if (metrics.error) co_return metrics.error;
  if (metrics.items.empty()) co_return errorf("metrics not available yet");
  const ListResult nodes =
      co_await list_all(call, find_kind("v1", "Node"), std::string(), std::string(), std::string());
  if (nodes.error) co_return nodes.error;
  std::map<std::string, Value> available;
  const std::string_view from = call->flags.truth("show-capacity") ? "capacity" : "allocatable";
  for (const Value& node : nodes.items) {
    available[std::string(name_of(node))] = node["status"][from];
  }
  sort_metrics(metrics.items, call->flags.text("sort-by"),
               [](const Value& each) { return usage_of(each["usage"]); });
  TabWriter writer(TabWriter::kGet);
  if (!call->flags.truth("no-headers")) {
    writer.write("NAME\tCPU(cores)\tCPU(%)\tMEMORY(bytes)\tMEMORY(%)\n");
  }
  for (const Value& each : metrics.items) {
    const std::string name(name_of(each));
    const Usage usage = usage_of(each["usage"]);
    const Value whole = available[name];
    std::string line = name + "\t" + cpu_text(usage.cpu) + "\t";
    line += percent_text(usage.cpu.milli(), Quantity::from(whole["cpu"]).milli()) + "\t";
    line += memory_text(usage.memory) + "\t";
    line += percent_text(usage.memory.value(), Quantity::from(whole["memory"]).value()) + "\n";
    writer.write(line);
  }
  flush(call, writer);
  co_return nullptr;
}

Outcome run_top_pod(Call call) {
  const Flags& flags = call->flags;
  if (const Error error = check_sort(call)) co_return error;
  const bool all_spaces = flags.truth("all-namespaces");
  const bool containers = flags.truth("containers");
  const KindInfo* const kind = find_kind("metrics.k8s.io/v1beta1", "PodMetrics");
  const std::string space = all_spaces ? std::string() : call->space();
  Metrics metrics = co_await metrics_of(call, kind, space);
  if (metrics.error) co_return metrics.error;
  if (metrics.items.empty()) {
    if (all_spaces) {
      call->warn("No resources found\n");
    } else {
      call->warn("No resources found in ", call->space(), " namespace.\n");
    }
    co_return nullptr;
  }
  sort_metrics(metrics.items, flags.text("sort-by"), usage_of_pod);
  TabWriter writer(TabWriter::kGet);
  if (!flags.truth("no-headers")) {
    std::string header = all_spaces ? "NAMESPACE\t" : "";
    header += containers ? "POD\tNAME\t" : "NAME\t";
    writer.write(header + "CPU(cores)\tMEMORY(bytes)\n");
  }
  Usage sum;
  for (const Value& each : metrics.items) {
    const Usage whole = usage_of_pod(each);
    sum = {sum.cpu + whole.cpu, sum.memory + whole.memory};
    std::string begin = all_spaces ? std::string(namespace_of(each)) + "\t" : "";
    begin += name_of(each);
    begin += '\t';
    if (!containers) {
      writer.write(begin + cpu_text(whole.cpu) + "\t" + memory_text(whole.memory) + "\n");
      continue;
    }
    for (const Value& container : each["containers"].items()) {
      const Usage usage = usage_of(container["usage"]);
      writer.write(begin + std::string(container["name"].text()) + "\t" + cpu_text(usage.cpu) +
                   "\t" + memory_text(usage.memory) + "\n");
    }
  }
  if (flags.truth("sum")) {
    std::string indent = all_spaces ? "\t" : "";
    if (containers) indent += "\t";
    writer.write(indent + "\t________\t________\n");
    writer.write(indent + "\t" + cpu_text(sum.cpu) + "\t" + memory_text(sum.memory) + "\n");
  }
  flush(call, writer);
  co_return nullptr;
}

}  // namespace sim::k8s::kubectl
