// sim/k8s/apiserver/server.h: the API server: Kubernetes' REST API on simulated HTTP.
//
// Concept: a handler for each connection's requests over one registry. Objects come and go as JSON;
// tables for kubectl; watches as chunks of JSON lines. What it answers is what Kubernetes 1.33
// answers, so the real kubectl works with it.
// Lifetime: a counted handle, as long as its process serves.
// Source: Kubernetes' documentation, "Kubernetes API Concepts".
// Not modelled: TLS, authorization, protobuf, server-side apply, aggregation, priority and
// fairness.

#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "sim/http/server.h"
#include "sim/k8s/apiserver/registry.h"

namespace sim::k8s {

/// Source: kubernetes 1.33's `kubectl version`.
inline constexpr std::string_view kVersion = "v1.33.2";
inline constexpr uint16_t kApiPort = 6443;
/// Where programs in pods find it.
inline constexpr std::string_view kServiceAddress = "10.96.0.1";
inline constexpr int kServicePort = 443;

class ApiServer {
 public:
  explicit ApiServer(Store& store) : core_(new Core(store)) {}

  /// Serves at `address` (":6443") until the process ends; gives why it ended.
  engine::Task<engine::Error> listen_and_serve(std::string address) const;
  /// Answers one request.
  engine::Task<> handle(http::ResponseWriter writer, http::Request request) const;
  [[nodiscard]] Registry& registry() const { return *core_->registry; }

 private:
  /// What is left of a list that is fetched in pieces.
  struct Pages {
    std::vector<Value> items;
    size_t next = 0;
    int64_t revision = 0;
    engine::Instant until;
  };
  struct Core : engine::Counted<Core> {
    explicit Core(Store& store) : registry(new Registry(store)) {}
    engine::Ref<Registry> registry;
    std::map<uint64_t, Pages> pages;
    uint64_t pages_made = 0;
  };
  /// A request under way.
  struct Call {
    http::ResponseWriter writer;
    http::Request request;
    RequestInfo info;
    const KindInfo* kind = nullptr;
    Registry::Options options;
  };

  engine::Task<> bootstrap() const;
  engine::Task<> resource(Call& call) const;
  engine::Task<> answer(Call& call, Answer answer) const;
  engine::Task<Answer> list(Call& call) const;
  engine::Task<> watch(Call& call) const;
  engine::Task<> stream(Call& call, engine::Ref<Watcher> watcher, std::vector<Value> initial,
                        int64_t revision) const;
  engine::Task<Answer> write(Call& call) const;
  engine::Task<Answer> patch(Call& call) const;
  engine::Task<Answer> remove_collection(Call& call) const;
  engine::Task<Answer> subresource(Call& call) const;
  engine::Task<> log(Call& call) const;
  engine::Task<Answer> read_body(Call& call, Value& into) const;

  engine::Ref<Core> core_;
};

}  // namespace sim::k8s
