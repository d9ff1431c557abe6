// sim/k8s/client/clientset.h: the API server by group, version and kind, in client-go's shape.
//
//   auto [config, error] = in_cluster_config();
//   Clientset clientset(config);
//   ListResult pods = co_await clientset.core_v1().pods("default").list(ctx, {});
//   for (const Value& pod : pods.items) println("Name:", name_of(pod));
//
// Source: client-go's documentation (kubernetes.Clientset, rest.InClusterConfig).

#pragma once

#include <string>
#include <utility>

#include "sim/k8s/client/rest.h"

namespace sim::k8s {

/// The objects of one resource, of one namespace if it has any.
class ObjectClient {
 public:
  ObjectClient(RestClient client, const Resource& resource, std::string space)
      : client_(std::move(client)), resource_(resource), space_(std::move(space)) {}

  [[nodiscard]] auto get(engine::Context context, std::string name) const {
    return client_.get(std::move(context), resource_, space_, std::move(name));
  }
  [[nodiscard]] auto list(engine::Context context, ListOptions options) const {
    return client_.list(std::move(context), resource_, space_, std::move(options));
  }
  [[nodiscard]] auto watch(engine::Context context, ListOptions options) const {
    return client_.watch(std::move(context), resource_, space_, std::move(options));
  }
  [[nodiscard]] auto create(engine::Context context, Value object) const {
    return client_.create(std::move(context), resource_, space_, std::move(object));
  }
  [[nodiscard]] auto update(engine::Context context, Value object) const {
    return client_.update(std::move(context), resource_, std::move(object));
  }
  [[nodiscard]] auto update_status(engine::Context context, Value object) const {
    return client_.update(std::move(context), resource_, std::move(object), "status");
  }
  [[nodiscard]] auto patch(engine::Context context, std::string name,
                           RestClient::Patch patch) const {
    return client_.patch(std::move(context), resource_, ObjectKey{space_, std::move(name)},
                         std::move(patch));
  }
  [[nodiscard]] auto remove(engine::Context context, std::string name, Value options = {}) const {
    return client_.remove(std::move(context), resource_, ObjectKey{space_, std::move(name)},
                          std::move(options));
  }

 private:
  RestClient client_;
  Resource resource_;
  std::string space_;
};

class CoreV1 {
 public:
  explicit CoreV1(RestClient client) : client_(std::move(client)) {}
  [[nodiscard]] ObjectClient pods(std::string space) const {
    return {client_, kPods, std::move(space)};
  }
  [[nodiscard]] ObjectClient services(std::string space) const {
    return {client_, kServices, std::move(space)};
  }
  [[nodiscard]] ObjectClient config_maps(std::string space) const {
    return {client_, kConfigMaps, std::move(space)};
  }
  [[nodiscard]] ObjectClient secrets(std::string space) const {
    return {client_, kSecrets, std::move(space)};
  }
  [[nodiscard]] ObjectClient events(std::string space) const {
    return {client_, kEvents, std::move(space)};
  }
  [[nodiscard]] ObjectClient nodes() const { return {client_, kNodes, {}}; }
  [[nodiscard]] ObjectClient namespaces() const { return {client_, kNamespaces, {}}; }

 private:
  RestClient client_;
};

class AppsV1 {
 public:
  explicit AppsV1(RestClient client) : client_(std::move(client)) {}
  [[nodiscard]] ObjectClient deployments(std::string space) const {
    return {client_, kDeployments, std::move(space)};
  }
  [[nodiscard]] ObjectClient replica_sets(std::string space) const {
    return {client_, kReplicaSets, std::move(space)};
  }
  [[nodiscard]] ObjectClient stateful_sets(std::string space) const {
    return {client_, kStatefulSets, std::move(space)};
  }
  [[nodiscard]] ObjectClient daemon_sets(std::string space) const {
    return {client_, kDaemonSets, std::move(space)};
  }

 private:
  RestClient client_;
};

class Clientset {
 public:
  explicit Clientset(RestConfig config) : client_(std::move(config)) {}
  [[nodiscard]] CoreV1 core_v1() const { return CoreV1(client_); }
  [[nodiscard]] AppsV1 apps_v1() const { return AppsV1(client_); }
  /// Any other resource.
  [[nodiscard]] ObjectClient resource(const Resource& resource, std::string space) const {
    return {client_, resource, std::move(space)};
  }
  [[nodiscard]] const RestClient& rest() const { return client_; }

 private:
  RestClient client_;
};

}  // namespace sim::k8s
