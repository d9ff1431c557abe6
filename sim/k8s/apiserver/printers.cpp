#include "sim/k8s/apiserver/printers.h"

#include <algorithm>

#include "engine/task/print.h"
#include "sim/k8s/api/elapsed.h"
#include "sim/k8s/api/quantity.h"
#include "sim/k8s/api/selector.h"

namespace sim::k8s {

using json::Value;

std::string Cells::age(const Value& time) const {
  return elapsed_since(time.text(), now_);
}

const Printer* find_printer(std::string_view group, std::string_view plural) {
  const std::span<const Printer> all[] = {
      pod_printers(),    workload_printers(), network_printers(), cluster_printers(),
      config_printers(), storage_printers(),  policy_printers()};
  for (const std::span<const Printer> printers : all) {
    for (const Printer& printer : printers) {
      if (printer.group == group && printer.plural == plural) return &printer;
    }
  }
  return nullptr;
}

std::string labels_text(const Value& labels) {
  std::string out;
  for (const json::Member& label : labels.members()) {
    if (!out.empty()) out += ',';
    out += label.name();
    out += '=';
    out += label.value.text();
  }
  return out.empty() ? "<none>" : out;
}

std::string selector_text(const Value& selector) {
  const std::string text = LabelSelector::from(selector).text();
  return text.empty() ? "<none>" : text;
}

std::string joined(const Value& list, std::string_view separator) {
  std::string out;
  bool first = true;
  for (const Value& item : list.items()) {
    if (!first) out += separator;
    first = false;
    out += item.text();
  }
  return out;
}

std::string joined(std::span<const std::string> list, std::string_view separator) {
  std::string out;
  bool first = true;
  for (const std::string& item : list) {
    if (!first) out += separator;
    first = false;
    out += item;
  }
  return out;
}

std::string joined_fields(const Value& list, std::string_view field) {
  std::string out;
  bool first = true;
  for (const Value& item : list.items()) {
    if (!first) out += ',';
    first = false;
    out += item[field].text();
  }
  return out;
}

std::string ratio(int64_t part, int64_t whole) {
  std::string out;
  engine::append_operand(out, part);
  out += '/';
  engine::append_operand(out, whole);
  return out;
}

std::string int_or_text(const Value& value) {
  if (value.is_integer()) return value.to_json();
  return std::string(value.text());
}

std::string quantity_text(const Value& quantity) {
  return Quantity::from(quantity).text();
}

std::string lowered(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

std::string with_more(std::span<const std::string> list, size_t shown) {
  if (list.size() <= shown) return joined(list);
  std::string out = joined(list.first(shown)) + " + ";
  engine::append_operand(out, static_cast<uint64_t>(list.size() - shown));
  return out + " more...";
}

std::vector<std::string> node_roles(const Value& node) {
  constexpr std::string_view kPrefix = "node-role.kubernetes.io/";
  std::vector<std::string> roles;
  for (const json::Member& label : node["metadata"]["labels"].members()) {
    const std::string_view name = label.name();
    if (name.starts_with(kPrefix) && name.size() > kPrefix.size()) {
      roles.emplace_back(name.substr(kPrefix.size()));
    } else if (name == "kubernetes.io/role" && !label.value.text().empty()) {
      roles.emplace_back(label.value.text());
    }
  }
  std::stable_sort(roles.begin(), roles.end());
  roles.erase(std::unique(roles.begin(), roles.end()), roles.end());
  return roles;
}

std::string access_modes_text(const Value& modes) {
  struct Mode {
    std::string_view name;
    std::string_view short_name;
  };
  constexpr Mode kModes[] = {{"ReadWriteOnce", "RWO"},
                             {"ReadOnlyMany", "ROX"},
                             {"ReadWriteMany", "RWX"},
                             {"ReadWriteOncePod", "RWOP"}};
  std::string out;
  for (const Mode& mode : kModes) {
    const auto has = [&](const Value& each) { return each.text() == mode.name; };
    if (std::none_of(modes.items().begin(), modes.items().end(), has)) continue;
    if (!out.empty()) out += ',';
    out += mode.short_name;
  }
  return out;
}

}  // namespace sim::k8s
