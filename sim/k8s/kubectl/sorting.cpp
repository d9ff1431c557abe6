#include "sim/k8s/kubectl/sorting.h"

#include <algorithm>
#include <optional>

#include "sim/k8s/api/json_path.h"
#include "sim/k8s/api/quantity.h"

namespace sim::k8s::kubectl {
namespace {

using engine::Error;
using engine::errorf;
using json::Value;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

struct Keyed {
  Value key;
  Value what;
};

bool is_less(const Value& a, const Value& b) {
  if (!a || !b) return !a && b;
  if (a.is_number() && b.is_number()) {
    if (a.is_integer() && b.is_integer()) return a.integer() < b.integer();
    return a.number() < b.number();
  }
  if (a.is_bool() && b.is_bool()) return !a.truth() && b.truth();
  const std::optional<Quantity> first = Quantity::parse(a.text());
  const std::optional<Quantity> second = Quantity::parse(b.text());
  if (first && second) return *first < *second;
  return natural_less(a.text(), b.text());
}

Error sort_by(std::string_view path, std::vector<Keyed>& all) {
  const JsonPath::Parsed parsed = JsonPath::parse_relaxed(path);
  if (parsed.error) return parsed.error;
  bool has_any = false;
  for (Keyed& each : all) {
    const JsonPath::Found found =
        parsed.path.find(each.what["object"] ? each.what["object"] : each.what);
    if (found.error) return found.error;
    for (const std::vector<Value>& values : found.results) {
      if (values.empty()) continue;
      each.key = values[0];
      has_any = true;
      break;
    }
  }
  if (!has_any && !all.empty()) {
    std::string shown(path);
    if (!shown.starts_with('{')) shown = "{" + shown + "}";
    return errorf("couldn't find any field with path \"", shown, "\" in the list of objects");
  }
  std::stable_sort(all.begin(), all.end(),
                   [](const Keyed& a, const Keyed& b) { return is_less(a.key, b.key); });
  return nullptr;
}

}  // namespace

bool natural_less(std::string_view a, std::string_view b) {
  size_t i = 0;
  size_t j = 0;
  while (i < a.size() && j < b.size()) {
    if (!is_digit(a[i]) || !is_digit(b[j])) {
      if (a[i] != b[j]) return a[i] < b[j];
      ++i;
      ++j;
      continue;
    }
    const size_t begin_a = i;
    const size_t begin_b = j;
    while (i < a.size() && a[i] == '0') ++i;
    while (j < b.size() && b[j] == '0') ++j;
    const size_t zeros_a = i - begin_a;
    const size_t zeros_b = j - begin_b;
    size_t end_a = i;
    size_t end_b = j;
    while (end_a < a.size() && is_digit(a[end_a])) ++end_a;
    while (end_b < b.size() && is_digit(b[end_b])) ++end_b;
    if (end_a - i != end_b - j) return end_a - i < end_b - j;
    const int order = a.substr(i, end_a - i).compare(b.substr(j, end_b - j));
    if (order != 0) return order < 0;
    if (zeros_a != zeros_b) return zeros_a < zeros_b;
    i = end_a;
    j = end_b;
  }
  return a.size() - i < b.size() - j;
}

Error sort_objects(std::string_view path, std::vector<Value>& objects) {
  std::vector<Keyed> all;
  for (const Value& object : objects) all.push_back({{}, object});
  const Error error = sort_by(path, all);
  if (error) return error;
  for (size_t i = 0; i < all.size(); ++i) objects[i] = all[i].what;
  return nullptr;
}

Error sort_table(std::string_view path, std::vector<Value>& tables) {
  if (tables.empty()) return nullptr;
  std::vector<Keyed> all;
  for (const Value& table : tables) {
    for (const Value& row : table["rows"].items()) all.push_back({{}, row});
  }
  if (sort_by(path, all)) {
    // A path that leads nowhere leaves nothing to show.
    tables.clear();
    return nullptr;
  }
  std::vector<Value> rows;
  for (const Keyed& each : all) rows.push_back(each.what);
  tables = {tables[0].with("rows", Value::array(rows))};
  return nullptr;
}

}  // namespace sim::k8s::kubectl
