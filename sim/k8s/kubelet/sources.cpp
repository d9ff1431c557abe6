#include "sim/k8s/kubelet/sources.h"

#include "engine/sync/timer.h"

namespace sim::k8s::kubelet {
namespace {

using engine::Duration;
using engine::errorf;
using engine::Instant;
using engine::Ref;
using engine::Task;

constexpr Duration kSyncPeriod = 60 * engine::kSecond;
constexpr Duration kSyncTimeout = engine::kSecond;

struct Name {
  bool is_secret = false;
  std::string name;
};
Name name_in(std::string_view key) {
  return {key.starts_with("secrets/"), std::string(key.substr(key.find('/') + 1))};
}

// Each pod that uses the source looks again at its own next minute.
void source_changed(Kubelet& kubelet, const FollowedSource& source) {
  for (const std::string& uid : source.users) {
    const auto found = kubelet.workers.find(uid);
    if (found == kubelet.workers.end()) continue;
    PodWorker& worker = *found->second;
    const int64_t age = (engine::now() - worker.begun).ns;
    const int64_t periods = age / kSyncPeriod.ns + 1;
    worker.refresh_at = std::min(worker.refresh_at, worker.begun + kSyncPeriod * periods);
    worker.nudge();
  }
}

Ref<FollowedSource> follow(const Ref<Kubelet>& kubelet, const Value& pod, const std::string& key) {
  const Name name = name_in(key);
  const std::string space(namespace_of(pod));
  const std::string full =
      std::string(name.is_secret ? "secrets/" : "configmaps/") + space + "/" + name.name;
  Ref<FollowedSource>& place = kubelet->sources[full];
  if (!place) {
    Informer::Options options;
    options.space = space;
    options.field_selector = "metadata.name=" + name.name;
    const Informer informer(kubelet->client, name.is_secret ? kSecrets : kConfigMaps, options);
    place = Ref<FollowedSource>(new FollowedSource(informer, space + "/" + name.name,
                                                   engine::with_cancel(kubelet->context)));
    Kubelet* const raw = kubelet.get();  // which has what its informers do
    FollowedSource* const source = place.get();
    const auto tell_users = [raw, source](const Value&) { source_changed(*raw, *source); };
    InformerHandlers handlers;
    handlers.added = [raw, source](const Value&) {
      if (source->informer.has_synced()) source_changed(*raw, *source);
    };
    handlers.updated = [tell_users](const Value&, const Value& now) { tell_users(now); };
    handlers.deleted = tell_users;
    informer.add_handlers(std::move(handlers));
    engine::go([kubelet, followed = place]() -> Task<> {
      co_await followed->informer.run(followed->running.context);
    }).set_name("follow " + full);
  }
  place->users.insert(std::string(uid_of(pod)));
  return place;
}

// Whether it is known by now what there is.
Task<bool> is_known(Ref<FollowedSource> source) {
  if (source->informer.has_synced()) co_return true;
  const engine::EventCount synced("source");
  const uint64_t seen = synced.count();
  engine::go([source, synced]() -> Task<> {
    co_await source->informer.wait_for_sync();
    synced.advance();
  });
  co_await synced.wait(seen, engine::now() + kSyncTimeout);
  co_return source->informer.has_synced();
}

}  // namespace

Task<Fetched> fetch_sources(Ref<Kubelet> kubelet, Value pod, std::vector<std::string> keys) {
  Fetched out;
  for (const std::string& key : keys) {
    const Name name = name_in(key);
    const Resource resource = name.is_secret ? kSecrets : kConfigMaps;
    if (name.name == "kube-root-ca.crt") {
      const std::string space(namespace_of(pod));
      const ObjectResult got =
          co_await kubelet->client.get(kubelet->context, resource, space, name.name);
      if (!got.error) {
        out.sources[key] = got.object.with("kind", resource.kind);
      } else if (!is_not_found(got.error)) {
        out.error = got.error;
      }
      continue;
    }
    const Ref<FollowedSource> source = follow(kubelet, pod, key);
    const bool known = co_await is_known(source);
    if (!known) {
      out.error = errorf("failed to sync ", name.is_secret ? "secret" : "configmap",
                         " cache: timed out waiting for the condition");
      continue;
    }
    const Value& object = source->informer.get(source->object_key);
    if (object) out.sources[key] = object.with("kind", resource.kind);
  }
  co_return out;
}

void forget_sources(Kubelet& kubelet, std::string_view uid) {
  for (auto at = kubelet.sources.begin(); at != kubelet.sources.end();) {
    const auto user = at->second->users.find(uid);
    if (user != at->second->users.end()) at->second->users.erase(user);
    if (at->second->users.empty()) {
      at->second->running.cancel();
      at = kubelet.sources.erase(at);
    } else {
      ++at;
    }
  }
}

}  // namespace sim::k8s::kubelet
