// sim/k8s/kubectl/sorting.h: --sort-by.
//
// Promises: what has no such field comes first; equal ones keep their order.
// Source: kubectl's sorter (isLess): numbers by value, quantities as such, other text in natural
// order, in which runs of digits count as numbers.

#pragma once

#include <string_view>
#include <vector>

#include "engine/sync/error.h"
#include "sim/json/value.h"

namespace sim::k8s::kubectl {

/// Orders objects by the first value that `path`, a relaxed JSONPath, leads to.
engine::Error sort_objects(std::string_view path, std::vector<json::Value>& objects);
/// The same for rows of tables that carry their objects: all rows come into the first table.
engine::Error sort_table(std::string_view path, std::vector<json::Value>& tables);
/// For each command's result that has `tables`.
template <class T>
engine::Error sort_rows(std::string_view path, std::vector<T>& found) {
  for (T& each : found) {
    if (const engine::Error error = sort_table(path, each.tables)) return error;
  }
  return nullptr;
}

/// Source: fvbommel/sortorder, NaturalLess.
bool natural_less(std::string_view a, std::string_view b);

}  // namespace sim::k8s::kubectl
