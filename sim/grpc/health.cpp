#include "sim/grpc/health.h"

#include "engine/sync/select.h"

namespace sim::grpc {
namespace {

using engine::Ref;
using engine::Task;
using Core = HealthServer::Core;

/// Source: grpc-go, health.maxAllowedServices.
constexpr size_t kListMost = 100;

void set_all(Core& core, ServingStatus status) {
  for (auto& [service, now] : core.statuses) now = status;
}

void tell_watchers(Core& core) {
  const engine::Chan<engine::None> changed =
      std::exchange(core.changed, engine::Chan<engine::None>());
  changed.close();
}

Task<Status> watch(Ref<Core> core, ServerContext ctx, std::string service,
                   ServerStream<HealthCheckRequest, HealthCheckResponse> stream) {
  const Status ended{Code::kCancelled, "Stream has ended."};
  std::optional<ServingStatus> last;
  while (true) {
    const engine::Chan<engine::None> changed = core->changed;
    const auto found = core->statuses.find(service);
    const ServingStatus status =
        found == core->statuses.end() ? ServingStatus::kServiceUnknown : found->second;
    if (last != status) {
      last = status;
      const HealthCheckResponse response{status};
      const Status sent = co_await stream.send(response);
      if (!sent.ok()) co_return ended;
      continue;  // it may have changed meanwhile
    }
    const engine::Chan<engine::None> done = ctx.context().done();
    const auto selected = co_await engine::select(changed.recv(), done.recv());
    if (selected.index() == 1) co_return ended;
  }
}

}  // namespace

HealthServer::HealthServer() : core_(new Core) {
  core_->statuses.emplace("", ServingStatus::kServing);
}

void HealthServer::set_serving_status(std::string_view service, ServingStatus status) const {
  if (engine::here().muted || core_->is_shut_down) return;
  core_->statuses.insert_or_assign(std::string(service), status);
  tell_watchers(*core_);
}

void HealthServer::shutdown() const {
  if (engine::here().muted) return;
  core_->is_shut_down = true;
  set_all(*core_, ServingStatus::kNotServing);
  tell_watchers(*core_);
}

void HealthServer::resume() const {
  if (engine::here().muted) return;
  core_->is_shut_down = false;
  set_all(*core_, ServingStatus::kServing);
  tell_watchers(*core_);
}

HealthServer register_health(const Server& server) {
  const HealthServer health;
  const Ref<Core> core = health.core_;
  server.unary(kHealthCheck,
               [core](ServerContext, HealthCheckRequest in) -> Task<Result<HealthCheckResponse>> {
                 const auto found = core->statuses.find(in.service);
                 if (found == core->statuses.end()) {
                   co_return Status{Code::kNotFound, "unknown service"};
                 }
                 co_return HealthCheckResponse{found->second};
               });
  server.unary(kHealthList,
               [core](ServerContext, HealthListRequest) -> Task<Result<HealthListResponse>> {
                 HealthListResponse out;
                 if (core->statuses.size() > kListMost) {
                   co_return Status{Code::kResourceExhausted,
                                    "server health list exceeds maximum capacity: 100"};
                 }
                 for (const auto& [service, status] : core->statuses) {
                   out.statuses.emplace(service, HealthCheckResponse{status});
                 }
                 co_return out;
               });
  server.server_streaming(
      kHealthWatch,
      [core](ServerContext ctx, HealthCheckRequest in,
             ServerStream<HealthCheckRequest, HealthCheckResponse> stream) -> Task<Status> {
        return watch(core, std::move(ctx), std::move(in.service), std::move(stream));
      });
  server.describe(kHealthFile);
  return health;
}

}  // namespace sim::grpc
