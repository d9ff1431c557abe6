// tests/k8s/explore/run.h: runs a case and says what was broken.

#pragma once

#include <string>
#include <vector>

#include "tests/k8s/explore/breaks.h"
#include "tests/k8s/explore/case.h"

namespace explore {

struct Outcome {
  struct Broken {
    std::string rule;
    std::string text;  // with the virtual time
  };
  std::vector<Broken> broken;  // in order
  std::vector<std::string> shown;
  int64_t writes = 0;
  int64_t events_told = 0;
  int64_t actions_done = 0;
  int64_t actions_failed = 0;
  int64_t virtual_seconds = 0;
  uint64_t steps = 0;
  uint64_t hash = 0;
};

/// The run ends with the first thing that is broken, or when the cluster was left alone for a
/// while.
/// Not empty, `shows` is a part of the keys whose writes are kept as texts.
Outcome run_case(const Case& c, const Break& planted, const std::string& shows = {});

/// The same case with as few acts as possible that still breaks `rule`: acts are left out one by
/// one, from the last to the first, until none can be.
Case shrink(Case c, const Break& planted, const std::string& rule);

}  // namespace explore
