// tests/k8s/describe_support.h: descriptions of objects that are given as JSON.

#pragma once

#include <catch_amalgamated.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "sim/json/parse.h"
#include "sim/k8s/api/time.h"
#include "sim/k8s/kubectl/describe.h"

namespace describe_support {

using sim::json::Value;

/// On 2026-01-10T00:00:00Z. `related` has the members of Related.
inline std::string described(std::string_view object, std::string_view related = "{}") {
  const sim::json::Parsed what = sim::json::parse(object);
  const sim::json::Parsed with = sim::json::parse(related);
  CHECK(what.error.empty());
  CHECK(with.error.empty());
  const auto list = [&](std::string_view name) {
    const auto items = with.value[name].items();
    return std::vector<Value>(items.begin(), items.end());
  };
  sim::k8s::kubectl::Related all;
  all.show_events = with.value["showEvents"].truth(true);
  all.events = list("events");
  all.pods = list("pods");
  all.replica_sets = list("replicaSets");
  all.endpoint_slices = list("endpointSlices");
  all.services = list("services");
  all.secrets = list("secrets");
  all.quotas = list("quotas");
  all.limit_ranges = list("limitRanges");
  all.lease = with.value["lease"];
  const int64_t now = sim::k8s::parse_time("2026-01-10T00:00:00Z").value_or(0);
  return sim::k8s::kubectl::describe(what.value, all, now);
}

}  // namespace describe_support
