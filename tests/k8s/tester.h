// tests/k8s/tester.h: an API server on the machine `cp`, and a program on the machine `client`.

#pragma once

#include <string>

#include "sim/k8s/apiserver/server.h"
#include "sim/k8s/client/clientset.h"
#include "sim/k8s/store/local_store.h"
#include "tests/support/cluster.h"

namespace support {

inline engine::Task<> run_api_server() {
  const sim::k8s::ApiServer server(sim::k8s::store_of_machine(sim::node::this_machine().id()));
  const engine::Error error = co_await server.listen_and_serve(":6443");
  engine::println(error);
}

/// A client of it that is not paced.
inline sim::k8s::RestClient api_client() {
  sim::k8s::RestConfig config;
  config.host = "http://cp:6443";
  config.qps = 0;
  return sim::k8s::RestClient(std::move(config));
}

struct ApiTestOptions {
  engine::Duration length = 60 * engine::kSecond;
  std::vector<std::pair<engine::Instant, std::string>> plan = {};
  engine::RunOptions run = {};
};

/// Runs `client` beside an API server; what it has printed.
inline std::string with_api_server(Program client, const ApiTestOptions& options = {}) {
  ClusterOptions cluster;
  cluster.nodes = {{"cp", run_api_server}, {"client", client}};
  cluster.plan = options.plan;
  cluster.run = options.run;
  cluster.run.until = engine::Instant{} + options.length;
  return simulate_cluster(cluster).out;
}

}  // namespace support
