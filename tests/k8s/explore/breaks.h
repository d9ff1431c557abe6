// tests/k8s/explore/breaks.h: mistakes that can be planted, to see that each is found.

#pragma once

#include <string_view>

#include "sim/k8s/check/cluster_check.h"

namespace explore {

struct Break {
  std::string_view name;
  std::string_view rule;  // that finds it
  /// What the checkers are told instead of the truth.
  sim::k8s::check::ClusterCheck::Mutation mutation = nullptr;
  // What is done wrongly.
  bool evicts_by_delete = false;
  bool counts_blindly = false;
  bool watch_loses = false;
  bool parallel_set = false;
  bool never_restarts = false;
  bool force_deletes = false;
};

/// Null if there is none of that name.
const Break* find_break(std::string_view name);
/// "surge, availability, ...".
std::string break_names();

}  // namespace explore
