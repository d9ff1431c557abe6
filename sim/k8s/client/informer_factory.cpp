#include "sim/k8s/client/informer_factory.h"

#include "engine/task/go.h"

namespace sim::k8s {

Informer InformerFactory::of(const Resource& resource) const {
  for (const Entry& entry : core_->informers) {
    if (entry.informer.resource() == resource) return entry.informer;
  }
  core_->informers.push_back({Informer(core_->client, resource)});
  return core_->informers.back().informer;
}

void InformerFactory::start(engine::Context context) const {
  for (Entry& entry : core_->informers) {
    if (entry.runs) continue;
    entry.runs = true;
    const std::string name = "informer " + std::string(entry.informer.resource().plural);
    engine::go([informer = entry.informer, context]() -> engine::Task<> {
      co_await informer.run(context);
    }).set_name(name);
  }
}

engine::Task<> InformerFactory::wait_for_sync() const {
  const engine::Ref<Core> core = core_;
  for (size_t i = 0; i < core->informers.size(); ++i) {
    const Informer informer = core->informers[i].informer;
    co_await informer.wait_for_sync();
  }
}

}  // namespace sim::k8s
