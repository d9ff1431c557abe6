// What clients do: changing, scaling, deleting, evicting, draining.

#include <algorithm>

#include "engine/sync/timer.h"
#include "engine/task/go.h"
#include "sim/json/value.h"
#include "sim/k8s/check/budgets.h"
#include "tests/k8s/explore/client.h"
#include "tests/k8s/explore/programs.h"

namespace explore {

using namespace engine;
using namespace sim::k8s;

namespace {

constexpr int kTries = 40;
constexpr Duration kTryAgain = 4 * kSecond;

struct Deed {
  RestClient client = api_client();
  bool evicts_by_delete = false;
  std::string verb;
  std::string a;
  std::string b;
  Duration length;
};

Resource resource_of(std::string_view app) {
  return app == "db" ? kStatefulSets : app == "agent" ? kDaemonSets : kDeployments;
}

// Again and again until the server has answered. What does not exist is left alone.
Task<bool> patch(Deed deed, Resource resource, ObjectKey key, RestClient::Patch change) {
  const Context context = background();
  for (int tries = 0; tries < kTries; ++tries) {
    const ObjectResult done = co_await deed.client.patch(context, resource, key, change);
    if (!done.error) co_return true;
    if (is_not_found(done.error)) co_return false;
    co_await sleep_for(kTryAgain);
  }
  co_return false;
}

Task<bool> patch_app(Deed deed, Value body) {
  const ObjectKey key{"default", deed.a};
  const RestClient::Patch change(PatchType::kStrategic, body);
  return patch(deed, resource_of(deed.a), key, change);
}

Task<bool> change(Deed deed) {
  const Value variable = sim::json::Object().set("name", "VERSION").set("value", deed.b).build();
  const Value env = sim::json::Array().add(variable).build();
  const Value container = sim::json::Object().set("name", "main").set("env", env).build();
  const Value containers = sim::json::Array().add(container).build();
  const Value body =
      Value::empty_object().with_in({"spec", "template", "spec", "containers"}, containers);
  return patch_app(deed, body);
}

Task<bool> scale(Deed deed) {
  return patch_app(deed, Value::empty_object().with_in({"spec", "replicas"}, number_of(deed.b)));
}

Task<bool> cordon(Deed deed, bool on) {
  const ObjectKey key{"", deed.a};
  const Value truth = on ? Value(true) : Value(nullptr);
  const Value body = Value::empty_object().with_in({"spec", "unschedulable"}, truth);
  const RestClient::Patch change(PatchType::kMerge, body);
  return patch(deed, kNodes, key, change);
}

Value grace_options(int64_t seconds) {
  return sim::json::Object().set("gracePeriodSeconds", seconds).build();
}

// One attempt. Gives whether there is nothing more to do.
Task<bool> evict_pod(Deed deed, Value pod) {
  const Context context = background();
  const ObjectKey key{std::string(namespace_of(pod)), std::string(name_of(pod))};
  const Value options = grace_options(check::kEvictionGrace);
  if (deed.evicts_by_delete) {
    const Error error = co_await deed.client.remove(context, kPods, key, options);
    co_return !error;
  }
  std::string path = RestClient::path_of(kPods, key.space, key.name, "eviction");
  RestClient::RawRequest request("POST", std::move(path));
  request.content_type = "application/json";
  request.body = new_object({"policy/v1", "Eviction"}, key.space, key.name)
                     .with("deleteOptions", options)
                     .to_json();
  const RestClient::Raw answer = co_await deed.client.raw(context, request);
  co_return !answer.error || is_not_found(answer.error);
}

Task<std::vector<Value>> pods_of(Deed deed, std::string label, std::string field) {
  ListOptions options;
  options.label_selector = label;
  options.field_selector = field;
  const Context context = background();
  for (int tries = 0; tries < kTries; ++tries) {
    const ListResult listed = co_await deed.client.list(context, kPods, "", options);
    if (!listed.error) co_return listed.items;
    co_await sleep_for(kTryAgain);
  }
  co_return std::vector<Value>();
}

// `delete`, `force-delete` or `evict` one pod of an app.
Task<bool> take_one(Deed deed) {
  std::string label = "app=" + deed.a;
  const std::vector<Value> pods = co_await pods_of(deed, std::move(label), {});
  if (pods.empty()) co_return false;
  const Value pod = pods[static_cast<size_t>(number_of(deed.b)) % pods.size()];
  if (deed.verb == "evict") {
    for (int tries = 0; tries < 5; ++tries) {
      const bool is_done = co_await evict_pod(deed, pod);
      if (is_done) co_return true;
      co_await sleep_for(kTryAgain);
    }
    co_return false;
  }
  const Context context = background();
  const ObjectKey key{"default", std::string(name_of(pod))};
  Value options;
  if (deed.verb == "force-delete") options = grace_options(0);
  const Error error = co_await deed.client.remove(context, kPods, key, options);
  co_return !error;
}

// As kubectl drain: all pods but those of DaemonSets, until they are gone or for `length`.
Task<bool> drain(Deed deed) {
  const Instant until = now() + deed.length;
  bool done = co_await cordon(deed, true);
  while (deed.verb == "drain" && now() < until) {
    std::string field = "spec.nodeName=" + deed.a;
    const std::vector<Value> pods = co_await pods_of(deed, {}, std::move(field));
    for (const Value& pod : pods) {
      if (controller_of(pod)["kind"].text() == "DaemonSet" || is_being_deleted(pod)) continue;
      static_cast<void>(co_await evict_pod(deed, pod));
    }
    co_await sleep_for(kTryAgain);
  }
  if (now() < until) co_await sleep_for(until - now());
  const bool undone = co_await cordon(deed, false);
  co_return done&& undone;
}

Task<bool> make_job(Deed deed) {
  const Value container =
      sim::json::Object().set("name", "main").set("image", "orrery/go-worker-pool:1").build();
  const Value containers = sim::json::Array().add(container).build();
  const Value pod =
      sim::json::Object().set("restartPolicy", "OnFailure").set("containers", containers).build();
  const Value spec = sim::json::Object()
                         .set("completions", 4)
                         .set("parallelism", 2)
                         .set("backoffLimit", 50)
                         .set("template", Value::empty_object().with("spec", pod))
                         .build();
  const Value job = new_object(kJobs.object_kind(), "default", deed.a).with("spec", spec);
  const Context context = background();
  for (int tries = 0; tries < kTries; ++tries) {
    const ObjectResult made = co_await deed.client.create(context, kJobs, "default", job);
    if (!made.error || is_already_exists(made.error)) co_return true;
    co_await sleep_for(kTryAgain);
  }
  co_return false;
}

Task<> do_one(Instant at, Deed deed, Tally* tally) {
  co_await sleep_for(at - now());
  bool done = false;
  if (deed.verb == "change") {
    done = co_await change(deed);
  } else if (deed.verb == "scale") {
    done = co_await scale(deed);
  } else if (deed.verb == "drain" || deed.verb == "cordon") {
    done = co_await drain(deed);
  } else if (deed.verb == "job") {
    done = co_await make_job(deed);
  } else {
    done = co_await take_one(deed);
  }
  ++(done ? tally->actions_done : tally->actions_failed);
}

}  // namespace

Task<> act() {
  const std::vector<std::string>& args = current_process().args();
  Tally* const tally = &world_local<Tally>();
  for (size_t i = 1; i + 4 < args.size(); i += 5) {
    Deed deed;
    deed.evicts_by_delete = args[0] == "evict=delete";
    deed.verb = args[i + 1];
    deed.a = args[i + 2];
    deed.b = args[i + 3];
    deed.length = kMillisecond * number_of(args[i + 4]);
    go(do_one, Instant{} + kMillisecond * number_of(args[i]), deed, tally);
  }
  co_await sleep_for(kEndOfTime - now());
}

}  // namespace explore
