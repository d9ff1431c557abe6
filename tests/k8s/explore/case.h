// tests/k8s/explore/case.h: what one seed draws: a cluster, its workloads, faults and actions.
//
// Everything derives from the seed. An act is a fault or what a client does; leaving some out gives
// another case that differs in nothing else, which is how a failing one is made smaller.

#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sim/scenario/scenario.h"

namespace explore {

struct Act {
  int64_t at_ms = 0;
  int64_t length_ms = 0;  // until it is undone; 0: it is not
  std::string verb;
  std::string a;
  std::string b;
  [[nodiscard]] std::string text() const;
  /// Whether a client does it, through the API.
  [[nodiscard]] bool is_action() const;
};

struct Case {
  uint64_t seed = 1;
  int workers = 3;
  bool two_managers = false;
  bool dns = false;
  std::string manifests;
  std::vector<Act> acts;

  /// When the last act is over.
  [[nodiscard]] int64_t busy_until_ms() const;
  [[nodiscard]] std::string text() const;
};

struct DrawOptions {
  int faults = 6;             // and as many actions
  bool parallel_set = false;  // the StatefulSet does not start its pods in order
};
Case draw_case(uint64_t seed, const DrawOptions& options);

/// The scenario of it, without its acts.
sim::scenario::Scenario scenario_of(const Case& c);

}  // namespace explore
