#include "sim/k8s/controllers/namespace_defaults.h"

#include <functional>
#include <utility>

namespace sim::k8s {
namespace {

using engine::Context;
using engine::Error;
using engine::Task;

constexpr int kWorkers = 5;
constexpr std::string_view kDescription = "kubernetes.io/description";
constexpr std::string_view kRootCaText =
    "Contains a CA bundle that can be used to verify the kube-apiserver when using internal "
    "endpoints such as the internal service IP or kubernetes.default.svc. No other usage is "
    "guaranteed across distributions of Kubernetes clusters.";

/// What is to be there in a namespace, given what is there now (or an absent value); an absent
/// value: nothing is to be done.
using Wanted = std::function<Value(std::string_view space, const Value& there)>;

/// Keeps one object of one name in every namespace.
class Publisher : public engine::Counted<Publisher> {
 public:
  struct Published {
    Resource resource;
    std::string name;
    Wanted wanted;
  };
  Publisher(ControllerContext controllers, Context context, Published published)
      : client_(controllers.client),
        context_(std::move(context)),
        published_(std::move(published)),
        spaces_(controllers.informers.of(kNamespaces)),
        objects_(controllers.informers.of(published_.resource)) {
    InformerHandlers on_spaces;
    on_spaces.added = [queue = queue_](const Value& space) { queue.add(name_of(space)); };
    on_spaces.updated = [queue = queue_](const Value&, const Value& space) {
      queue.add(name_of(space));
    };
    spaces_.add_handlers(std::move(on_spaces));
    InformerHandlers on_objects;
    on_objects.deleted = [queue = queue_, name = published_.name](const Value& object) {
      if (name_of(object) == name) queue.add(namespace_of(object));
    };
    on_objects.updated = [gone = on_objects.deleted](const Value&, const Value& object) {
      gone(object);
    };
    objects_.add_handlers(std::move(on_objects));
  }

  Task<> wait_for_sync() {
    co_await spaces_.wait_for_sync();
    co_await objects_.wait_for_sync();
  }
  [[nodiscard]] const WorkQueue& queue() const { return queue_; }

  Task<Error> sync(std::string space) {
    const engine::Ref<Publisher> self(this);
    const Value owner = spaces_.get(space);
    if (!owner || owner["status"]["phase"].text() == "Terminating") co_return nullptr;
    const Value there = objects_.get(space + "/" + published_.name);
    const Value wanted = published_.wanted(space, there);
    if (!wanted || wanted == there) co_return nullptr;
    if (there) {
      const ObjectResult written = co_await client_.update(context_, published_.resource, wanted);
      co_return written.error;
    }
    const ObjectResult made = co_await client_.create(context_, published_.resource, space, wanted);
    // Somebody else was faster, or the namespace is on its way out.
    const bool is_fine = is_already_exists(made.error) || is_not_found(made.error);
    co_return is_fine ? Error() : made.error;
  }

 private:
  RestClient client_;
  Context context_;
  Published published_;
  Informer spaces_;
  Informer objects_;
  WorkQueue queue_{"publisher"};
};

Task<> publish(engine::Ref<Publisher> publisher, Context context) {
  co_await publisher->wait_for_sync();
  run_workers(publisher->queue(), kWorkers,
              [publisher](std::string space) { return publisher->sync(std::move(space)); });
  stop_with(publisher->queue(), context);
}

}  // namespace

Value default_account(std::string_view space) {
  return new_object(kServiceAccounts.object_kind(), space, kDefaultAccount);
}

Value root_ca_config_map(std::string_view space, std::string_view certificate) {
  return with_root_ca(new_object(kConfigMaps.object_kind(), space, kRootCaConfigMap), certificate);
}

Value with_root_ca(const Value& config_map, std::string_view certificate) {
  const Value described = with_annotation(config_map, kDescription, kRootCaText);
  return described.with("data", Value::empty_object().with("ca.crt", certificate));
}

Task<> run_service_accounts(ControllerContext controllers, Context context) {
  Publisher::Published published;
  published.resource = kServiceAccounts;
  published.name = kDefaultAccount;
  published.wanted = [](std::string_view space, const Value& there) {
    return there ? there : default_account(space);
  };
  const engine::Ref<Publisher> publisher(
      new Publisher(std::move(controllers), context, std::move(published)));
  co_await publish(publisher, context);
}

Task<> run_root_ca_publisher(ControllerContext controllers, std::string certificate,
                             Context context) {
  Publisher::Published published;
  published.resource = kConfigMaps;
  published.name = kRootCaConfigMap;
  published.wanted = [certificate](std::string_view space, const Value& there) {
    return there ? with_root_ca(there, certificate) : root_ca_config_map(space, certificate);
  };
  const engine::Ref<Publisher> publisher(
      new Publisher(std::move(controllers), context, std::move(published)));
  co_await publish(publisher, context);
}

}  // namespace sim::k8s
