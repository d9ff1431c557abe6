// sim/grpc/health.h: the standard service that says whether a server's services are well.
//
//   const HealthServer health = register_health(server);
//   health.set_serving_status("greet.GreetService", ServingStatus::kNotServing);
//
// Concept: a status for each service's name; the empty name is the server as a whole, and serving
// from the beginning. Watch sends the status now and whenever it changes; of changes that come
// faster than the client reads it sends the last.
// Source: gRPC, "GRPC Health Checking Protocol"; behaviour and texts of grpc-go's package health.

#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "sim/grpc/proto.h"
#include "sim/grpc/proto_descriptor.h"
#include "sim/grpc/server.h"

namespace sim::grpc {

enum class ServingStatus : std::int32_t {
  kUnknown = 0,
  kServing = 1,
  kNotServing = 2,
  kServiceUnknown = 3,  // only of Watch
};
constexpr auto proto_enum(ServingStatus) {
  return proto::enumeration("grpc.health.v1.HealthCheckResponse.ServingStatus",
                            proto::value("UNKNOWN", ServingStatus::kUnknown),
                            proto::value("SERVING", ServingStatus::kServing),
                            proto::value("NOT_SERVING", ServingStatus::kNotServing),
                            proto::value("SERVICE_UNKNOWN", ServingStatus::kServiceUnknown));
}

struct HealthCheckRequest {
  std::string service;
  static constexpr auto fields() {
    return proto::message("grpc.health.v1.HealthCheckRequest",
                          proto::field<1>("service", &HealthCheckRequest::service));
  }
};
struct HealthCheckResponse {
  ServingStatus status{};
  static constexpr auto fields() {
    return proto::message("grpc.health.v1.HealthCheckResponse",
                          proto::field<1>("status", &HealthCheckResponse::status));
  }
};
struct HealthListRequest {
  static constexpr auto fields() { return proto::message("grpc.health.v1.HealthListRequest"); }
};
struct HealthListResponse {
  std::map<std::string, HealthCheckResponse> statuses;
  static constexpr auto fields() {
    return proto::message("grpc.health.v1.HealthListResponse",
                          proto::field<1>("statuses", &HealthListResponse::statuses));
  }
};

inline constexpr proto::Method<HealthCheckRequest, HealthCheckResponse> kHealthCheck{
    "/grpc.health.v1.Health/Check"};
inline constexpr proto::Method<HealthListRequest, HealthListResponse> kHealthList{
    "/grpc.health.v1.Health/List"};
inline constexpr proto::Method<HealthCheckRequest, HealthCheckResponse, proto::Streaming::server>
    kHealthWatch{"/grpc.health.v1.Health/Watch"};
inline constexpr auto kHealthService =
    proto::service("grpc.health.v1.Health", kHealthCheck, kHealthList, kHealthWatch);
inline constexpr proto::ServiceDescriptor kHealthServices[] = {kHealthService.descriptor()};
inline constexpr proto::FileDescriptor kHealthFile{.name = "grpc/health/v1/health.proto",
                                                   .package = "grpc.health.v1",
                                                   .services = kHealthServices};

/// Go's *health.Server: a counted handle.
class HealthServer {
 public:
  HealthServer();
  /// Does nothing between shutdown() and resume().
  void set_serving_status(std::string_view service, ServingStatus status) const;
  /// All services are, and stay, not serving. Source: grpc-go, health.Server.Shutdown.
  void shutdown() const;
  /// All services are serving.
  void resume() const;

  struct Core;

 private:
  friend HealthServer register_health(const Server& server);
  engine::Ref<Core> core_;
};

/// Adds the service to `server`.
HealthServer register_health(const Server& server);

struct HealthServer::Core : engine::Counted<HealthServer::Core> {
  std::map<std::string, ServingStatus, std::less<>> statuses;
  engine::Chan<engine::None> changed;  // closed, and another taken, at each change
  bool is_shut_down = false;
};

}  // namespace sim::grpc
