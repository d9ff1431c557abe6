#include "sim/k8s/controllers/garbage_collector.h"

#include <map>
#include <utility>

#include "engine/task/go.h"
#include "sim/k8s/controllers/edit.h"
#include "sim/k8s/controllers/garbage_graph.h"
#include "sim/k8s/controllers/kind_place.h"

namespace sim::k8s {
namespace {

using engine::Context;
using engine::Error;
using engine::Task;

constexpr int kWorkers = 20;

/// What informers' handlers write to.
struct Collected : engine::Counted<Collected> {
  engine::Ref<GarbageGraph> graph{new GarbageGraph};
  WorkQueue to_delete{"garbage"};
  WorkQueue to_orphan{"orphans"};

  void feed() const {
    const GarbageGraph::Work work = graph->take_work();
    for (const std::string& uid : work.to_delete) to_delete.add(uid);
    for (const std::string& uid : work.to_orphan) to_orphan.add(uid);
  }
};

void follow(const Informer& informer, const Resource& resource,
            const engine::Ref<Collected>& collected) {
  InformerHandlers handlers;
  handlers.added = [collected, resource](const Value& object) {
    collected->graph->put(object, resource.object_kind());
    collected->feed();
  };
  handlers.updated = [added = handlers.added](const Value&, const Value& object) { added(object); };
  handlers.deleted = [collected](const Value& object) {
    collected->graph->drop(uid_of(object));
    collected->feed();
  };
  informer.add_handlers(std::move(handlers));
}

/// Informers of custom resources, which come and go with their definitions.
class CustomKinds : public engine::Counted<CustomKinds> {
 public:
  CustomKinds(RestClient client, Context context, engine::Ref<Collected> collected)
      : client_(std::move(client)),
        context_(std::move(context)),
        collected_(std::move(collected)) {}

  void define(const Value& definition) {
    const std::vector<KindPlace> places = places_of(definition);
    if (places.empty()) return forget(definition);
    Followed& followed = followed_[std::string(name_of(definition))];
    if (followed.place && followed.place->place == places.front()) return;
    followed.cancel();
    // The informer's texts live as long as its handlers.
    const engine::Ref<Place> place(new Place(places.front()));
    const engine::Cancelable following = engine::with_cancel(context_);
    followed.place = place;
    followed.cancel = following.cancel;
    const Informer informer(client_, place->place.resource());
    follow(informer, place->place.resource(), collected_);
    engine::go([informer, place, until = following.context]() -> Task<> {
      co_await informer.run(until);
    }).set_name("informer " + place->place.plural);
  }
  void forget(const Value& definition) {
    const auto found = followed_.find(std::string(name_of(definition)));
    if (found == followed_.end()) return;
    found->second.cancel();
    followed_.erase(found);
  }

 private:
  struct Place : engine::Counted<Place> {
    explicit Place(KindPlace p) : place(std::move(p)) {}
    KindPlace place;
  };
  struct Followed {
    engine::Ref<Place> place;
    engine::CancelFunc cancel;
  };
  RestClient client_;
  Context context_;
  engine::Ref<Collected> collected_;
  std::map<std::string, Followed> followed_;
};

class GarbageCollector : public engine::Counted<GarbageCollector> {
 public:
  GarbageCollector(ControllerContext controllers, Context context)
      : client_(controllers.client),
        context_(std::move(context)),
        definitions_(controllers.informers.of(kCustomResourceDefinitions)) {
    for (const KindInfo& kind : builtin_kinds()) {
      const std::optional<Resource> resource = builtin_resource(kind);
      if (!resource || !is_collected(kind)) continue;
      informers_.push_back(controllers.informers.of(*resource));
      follow(informers_.back(), *resource, collected_);
    }
    const engine::Ref<CustomKinds> custom(new CustomKinds(client_, context_, collected_));
    InformerHandlers handlers;
    handlers.added = [custom](const Value& definition) { custom->define(definition); };
    handlers.updated = [custom](const Value&, const Value& definition) {
      custom->define(definition);
    };
    handlers.deleted = [custom](const Value& definition) { custom->forget(definition); };
    definitions_.add_handlers(std::move(handlers));
  }

  Task<> wait_for_sync() {
    co_await definitions_.wait_for_sync();
    for (const Informer& informer : informers_) co_await informer.wait_for_sync();
  }
  [[nodiscard]] const WorkQueue& to_delete() const { return collected_->to_delete; }
  [[nodiscard]] const WorkQueue& to_orphan() const { return collected_->to_orphan; }

  Task<Error> attempt_to_delete(std::string uid) {
    const engine::Ref<GarbageCollector> self(this);
    const GarbageNode* const known = graph().find(uid);
    if (known == nullptr) co_return nullptr;
    const GarbageNode node = *known;
    if (node.being_deleted && !node.deleting_dependents) co_return nullptr;
    if (!node.is_virtual && !node.deleting_dependents && node.owners.size() == 0) {
      co_return nullptr;
    }
    const Found found = co_await find_live(identity_of(node));
    if (found.error) co_return found.error;
    if (!found.object) {
      drop(uid);
      co_return nullptr;
    }
    if (node.deleting_dependents) co_return co_await finish_foreground(node);
    const Value live = found.object;
    std::vector<OwnerFinding> findings;
    for (const Value& owner : metadata(live)["ownerReferences"].items()) {
      Identity identity;
      identity.api_version = owner["apiVersion"].text();
      identity.kind = owner["kind"].text();
      identity.space = node.space;
      identity.name = owner["name"].text();
      identity.uid = owner["uid"].text();
      OwnerFinding finding;
      finding.uid = identity.uid;
      if (graph().is_absent(identity.uid)) {
        finding.state = OwnerState::kAbsent;
      } else {
        const Found it = co_await find_live(std::move(identity));
        if (it.error) co_return it.error;
        const bool waits =
            is_being_deleted(it.object) && has_finalizer(it.object, kForegroundFinalizer);
        finding.state = !it.object ? OwnerState::kAbsent
                        : waits    ? OwnerState::kWaitingForDependents
                                   : OwnerState::kSolid;
      }
      findings.push_back(std::move(finding));
    }
    const GarbageVerdict verdict = judge(graph(), live, findings);
    co_return co_await carry_out(verdict, node, live);
  }

  // The dependents lose their owner, then the owner its finalizer.
  Task<Error> orphan_dependents(std::string uid) {
    const engine::Ref<GarbageCollector> self(this);
    const GarbageNode* const known = graph().find(uid);
    if (known == nullptr) co_return nullptr;
    const GarbageNode owner = *known;
    std::vector<std::string> gone;
    gone.push_back(uid);
    for (const std::string& each : owner.dependents) {
      const GarbageNode* const dependent = graph().find(each);
      if (dependent == nullptr || dependent->is_virtual) continue;
      const GarbageNode copy = *dependent;
      const Found found = co_await find_live(identity_of(copy));
      if (found.error) co_return found.error;
      if (!found.object) continue;
      const Error error = co_await patch(copy, patch_without_owners(found.object, gone));
      if (error && !is_not_found(error)) co_return error;
    }
    co_return co_await remove_finalizer(owner, std::string(kOrphanFinalizer));
  }

 private:
  struct Identity {
    std::string api_version;
    std::string kind;
    std::string space;
    std::string name;
    std::string uid;
  };
  struct Found {
    Value object;  // absent if there is none, or another one of that name
    Error error;
  };
  static Identity identity_of(const GarbageNode& node) {
    return {node.api_version, node.kind, node.space, node.name, node.uid};
  }
  [[nodiscard]] GarbageGraph& graph() const { return *collected_->graph; }

  void drop(const std::string& uid) {
    graph().drop(uid);
    collected_->feed();
  }

  [[nodiscard]] std::optional<KindPlace> place_of_kind(const std::string& api_version,
                                                       const std::string& kind) const {
    std::vector<Value> definitions;
    for (const auto& [key, definition] : definitions_.objects()) definitions.push_back(definition);
    return find_place({api_version, kind}, definitions);
  }

  Task<Found> find_live(Identity identity) {
    const engine::Ref<GarbageCollector> self(this);
    Found found;
    const std::optional<KindPlace> place = place_of_kind(identity.api_version, identity.kind);
    if (!place) {
      found.error = engine::errorf("no matches for kind \"", identity.kind, "\" in version \"",
                                   identity.api_version, "\"");
      co_return found;
    }
    if (place->namespaced && identity.space.empty()) {
      // Nobody may own something of all namespaces from within one.
      found.error = engine::errorf("namespace-scoped owner of a cluster-scoped object");
      co_return found;
    }
    if (!place->namespaced) identity.space.clear();
    const ObjectResult got =
        co_await client_.get(context_, place->resource(), identity.space, identity.name);
    if (got.error && !is_not_found(got.error)) {
      found.error = got.error;
    } else if (!got.error && uid_of(got.object) == identity.uid) {
      found.object = got.object;
    }
    co_return found;
  }

  Task<Error> patch(GarbageNode node, Value change) {
    const engine::Ref<GarbageCollector> self(this);
    const std::optional<KindPlace> place = place_of_kind(node.api_version, node.kind);
    if (!place) co_return nullptr;
    ObjectKey key;
    key.space = node.space;
    key.name = node.name;
    RestClient::Patch request(PatchType::kMerge, change);
    const ObjectResult patched = co_await client_.patch(context_, place->resource(), key, request);
    co_return patched.error;
  }

  Task<Error> remove_finalizer(GarbageNode node, std::string finalizer) {
    const engine::Ref<GarbageCollector> self(this);
    const std::optional<KindPlace> place = place_of_kind(node.api_version, node.kind);
    if (!place) co_return nullptr;
    ObjectKey key;
    key.space = node.space;
    key.name = node.name;
    EditTarget target(place->resource(), key);
    target.uid = node.uid;
    const Edit edit = [finalizer](const Value& object) {
      return without_finalizer(object, finalizer);
    };
    const ObjectResult result = co_await edit_object(client_, context_, target, edit);
    co_return is_not_found(result.error) ? Error() : result.error;
  }

  Task<Error> finish_foreground(GarbageNode node) {
    const engine::Ref<GarbageCollector> self(this);
    const std::vector<std::string> blocking = graph().blocking(node.uid);
    if (blocking.empty()) {
      co_return co_await remove_finalizer(node, std::string(kForegroundFinalizer));
    }
    for (const std::string& uid : blocking) {
      const GarbageNode* const dependent = graph().find(uid);
      if (dependent != nullptr && !dependent->deleting_dependents) to_delete().add(uid);
    }
    co_return nullptr;
  }

  Task<Error> carry_out(GarbageVerdict verdict, GarbageNode node, Value live) {
    const engine::Ref<GarbageCollector> self(this);
    Error error;
    if (verdict.kind == GarbageVerdict::Kind::kKeep) co_return error;
    if (verdict.kind == GarbageVerdict::Kind::kDropOwners) {
      error = co_await patch(node, patch_without_owners(live, verdict.uids));
      co_return is_not_found(error) ? Error() : error;
    }
    if (verdict.unblock_owners) {
      error = co_await patch(node, patch_unblocking(live));
      if (error) co_return error;
    }
    const std::optional<KindPlace> place = place_of_kind(node.api_version, node.kind);
    if (!place) co_return error;
    ObjectKey key;
    key.space = node.space;
    key.name = node.name;
    DeleteWish wish;
    wish.uid = node.uid;
    wish.propagation = verdict.propagation;
    error = co_await client_.remove(context_, place->resource(), key, wish.options());
    co_return is_not_found(error) ? Error() : error;
  }

  RestClient client_;
  Context context_;
  Informer definitions_;
  std::vector<Informer> informers_;
  engine::Ref<Collected> collected_{new Collected};
};

}  // namespace

Task<> run_garbage_collector(ControllerContext controllers, Context context) {
  const engine::Ref<GarbageCollector> collector(
      new GarbageCollector(std::move(controllers), context));
  co_await collector->wait_for_sync();
  run_workers(collector->to_delete(), kWorkers, [collector](std::string uid) {
    return collector->attempt_to_delete(std::move(uid));
  });
  run_workers(collector->to_orphan(), kWorkers, [collector](std::string uid) {
    return collector->orphan_dependents(std::move(uid));
  });
  stop_with(collector->to_delete(), context);
  stop_with(collector->to_orphan(), context);
}

}  // namespace sim::k8s
