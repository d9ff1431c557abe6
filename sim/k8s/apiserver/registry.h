// sim/k8s/apiserver/registry.h: creating, reading, changing and deleting objects of any kind.
//
// Concept: what all resources have in common: decoding, admission, defaults, validation, optimistic
// concurrency, finalizers, graceful deletion. A request either changes one object in one write or
// changes nothing. The answers are those of Kubernetes' API server.
// Determinism: unique ids and the suffixes of generated names come from one secret of the process.
// Lifetime: lives as long as its server's process; requests under way hold it.
// Not modelled: authorization (everybody may do everything), admission webhooks, dry runs of
// quota, server-side apply's ownership of fields (managedFields).

#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "engine/sync/counted.h"
#include "sim/k8s/apiserver/cacher.h"
#include "sim/k8s/apiserver/request.h"
#include "sim/k8s/apiserver/resources.h"
#include "sim/k8s/apiserver/status.h"
#include "sim/k8s/apiserver/strategy.h"
#include "sim/k8s/store/store.h"

namespace sim::k8s {

/// What is being admitted.
struct Attributes {
  const KindInfo* kind = nullptr;
  Verb verb = Verb::kNone;
  std::string space;
  std::string name;
  std::string subresource;
  Value object;  // admission may change it
  Value old;     // of updates and deletions
};

class Registry : public engine::Counted<Registry> {
 public:
  explicit Registry(Store& store);

  [[nodiscard]] Store& store() { return store_; }
  [[nodiscard]] Resources& resources() { return resources_; }
  /// Of a resource; null if it is watched by nobody because it is unknown.
  [[nodiscard]] Cacher& cacher(const KindInfo& kind);
  /// Follows the store: starts a cacher for each resource, learns custom resources.
  engine::Task<> run();

  /// Where an object stands in the store.
  static std::string key_of(const KindInfo& kind, std::string_view space, std::string_view name);

  struct Options {
    bool dry_run = false;
    /// "Strict", "Warn", "Ignore"; empty: Warn for kinds that are built in.
    std::string field_validation;
    std::vector<std::string> warnings;  // what to tell the client
  };
  engine::Task<Answer> get(const KindInfo& kind, std::string space, std::string name);
  /// `object` as the client sent it.
  engine::Task<Answer> create(const KindInfo& kind, std::string space, Value object,
                              Options& options);
  engine::Task<Answer> update(const KindInfo& kind, RequestInfo info, Value object,
                              Options& options);
  /// Changes an object again and again until nobody else changed it meanwhile. `change` gives the
  /// new object or a failure. REQUIRES: `change` lives until the call has ended.
  using Change = std::function<Answer(const Value& current)>;
  engine::Task<Answer> modify(const KindInfo& kind, RequestInfo info, const Change& change,
                              Options& options);
  /// `delete_options` is a DeleteOptions object, or absent.
  engine::Task<Answer> remove(const KindInfo& kind, std::string space, std::string name,
                              Value delete_options);

  /// The time as the server's clock has it: "2026-01-01T00:00:00Z".
  static std::string now_text();
  std::string new_uid();
  std::string name_suffix();

 private:
  engine::Task<Answer> update_to(const KindInfo& kind, RequestInfo info, Value object, Value old,
                                 Options& options);
  engine::Task<Answer> admit(Attributes& attributes);
  Answer decoded(const KindInfo& kind, const Value& object, Options& options);
  uint64_t draw();

  Store& store_;
  Resources resources_;
  std::map<const KindInfo*, std::unique_ptr<Cacher>> cachers_;
  uint64_t secret_;
  uint64_t drawn_ = 0;
};

}  // namespace sim::k8s
