// sim/k8s/client/informer.h: a local copy of a resource that follows the API server.
//
// Concept: lists once, then watches; what changes is told to handlers, in order. A watch that ends
// is taken up where it stopped; one that is too late lists again, and handlers are told the
// difference. Between the server's state and the copy lies what the network takes.
// Determinism: objects are ordered by key; handlers are plain functions, called in the order they
// were added. Lifetime: a counted handle.
// Source: client-go's tools/cache (Reflector, SharedIndexInformer): watches last 5 to 10 minutes,
// failures back off from 800 ms to 30 s, lists come in pages of 500.

#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "engine/sync/event_count.h"
#include "sim/k8s/client/rest.h"

namespace sim::k8s {

struct InformerHandlers {
  std::function<void(const Value& object)> added;
  std::function<void(const Value& before, const Value& object)> updated;
  /// With the last state that is known.
  std::function<void(const Value& object)> deleted;
};

class Informer {
 public:
  struct Options {
    Options() = default;
    std::string space;  // empty: all namespaces
    std::string label_selector;
    std::string field_selector;
  };
  Informer(RestClient client, const Resource& resource, const Options& options = {})
      : core_(new Core(std::move(client), resource, options)) {}

  /// Handlers that come late are told at once what is there.
  void add_handlers(InformerHandlers handlers) const;
  /// Keeps a second order of the objects: by what `of` gives, such as the node of a pod; objects
  /// for which it gives an empty text are left out. Before run().
  using IndexOf = std::function<std::string(const Value& object)>;
  void add_index(std::string_view name, IndexOf of) const;

  /// Follows the server until `context` is done.
  engine::Task<> run(engine::Context context) const;
  /// Whether the first list is there, and its handlers have been told.
  [[nodiscard]] bool has_synced() const { return core_->synced; }
  /// Suspends until it has.
  engine::Task<> wait_for_sync() const;

  /// By "namespace/name", or by name; absent if there is none.
  [[nodiscard]] const Value& get(std::string_view key) const;
  using Objects = std::map<std::string, Value, std::less<>>;
  [[nodiscard]] const Objects& objects() const { return core_->objects; }
  /// All of a namespace, by name.
  [[nodiscard]] std::vector<Value> in_namespace(std::string_view space) const;
  [[nodiscard]] std::vector<Value> by_index(std::string_view name, std::string_view value) const;
  [[nodiscard]] const Resource& resource() const { return core_->resource; }
  /// Of the last change that was taken in.
  [[nodiscard]] const std::string& resource_version() const { return core_->version; }

 private:
  struct Index {
    IndexOf of;
    std::map<std::string, std::set<std::string>, std::less<>> keys;
  };
  struct Core : engine::Counted<Core> {
    Core(RestClient c, const Resource& r, const Options& o)
        : client(std::move(c)), resource(r), options(o) {}
    RestClient client;
    Resource resource;
    Options options;
    Objects objects;
    std::map<std::string, Index, std::less<>> indexes;
    std::vector<InformerHandlers> handlers;
    std::string version;
    engine::EventCount changed{"informer"};
    bool synced = false;
  };
  engine::Task<engine::Error> list(engine::Context context) const;
  engine::Task<engine::Error> watch(engine::Context context) const;
  void put(const Value& object) const;
  void drop(std::string_view key, const Value& last) const;
  void reindex(const std::string& key, const Value& before, const Value& after) const;

  engine::Ref<Core> core_;
};

}  // namespace sim::k8s
