// tests/k8s/apiserver_test.cpp: what the API server answers, seen through the client.

#include "sim/k8s/apiserver/server.h"

#include <catch_amalgamated.hpp>

#include "sim/json/parse.h"
#include "sim/k8s/client/informer.h"
#include "tests/k8s/tester.h"

namespace {

using namespace engine;
using namespace sim::k8s;
using sim::json::parse;
using support::api_client;

Value config_map(std::string_view name, std::string_view value) {
  return new_object({"v1", "ConfigMap"}, "default", name)
      .with("data", Value::empty_object().with("key", value));
}

Task<> create_read_update_delete() {
  co_await sleep_for(kSecond);
  const Context ctx = background();
  const Clientset clientset(api_client().config());
  const ObjectClient maps = clientset.core_v1().config_maps("default");
  const ObjectResult made = co_await maps.create(ctx, config_map("a", "1"));
  println("created", made.error, name_of(made.object), !uid_of(made.object).empty(),
          metadata(made.object)["creationTimestamp"].text());
  const ObjectResult again = co_await maps.create(ctx, config_map("a", "1"));
  println(again.error);
  const ObjectResult got = co_await maps.get(ctx, "a");
  println("same", got.object == made.object);
  const Value changed = got.object.with_in({"data", "key"}, "2");
  const ObjectResult updated = co_await maps.update(ctx, changed);
  println("newer", resource_version_of(updated.object) > resource_version_of(got.object));
  const Value other = got.object.with_in({"data", "key"}, "3");
  const ObjectResult stale = co_await maps.update(ctx, other);
  println(stale.error, is_conflict(stale.error));
  const ObjectResult none = co_await maps.get(ctx, "b");
  println(none.error, is_not_found(none.error));
  println("deleted", co_await maps.remove(ctx, "a"));
  println(co_await maps.remove(ctx, "a"));
}

Task<> change(ObjectClient maps) {
  const Context ctx = background();
  const Value made = config_map("w", "1");
  static_cast<void>(co_await maps.create(ctx, made));
  const RestClient::Patch patch(PatchType::kMerge, parse(R"({"data":{"key":"2"}})").value);
  const ObjectResult patched = co_await maps.patch(ctx, "w", patch);
  println("patched", patched.error);
  static_cast<void>(co_await maps.remove(ctx, "w"));
}

Task<> watch_changes() {
  co_await sleep_for(kSecond);
  const Context ctx = background();
  const RestClient client = api_client();
  const Clientset clientset(client.config());
  const ObjectClient maps = clientset.core_v1().config_maps("default");
  ListOptions options;
  const ListResult listed = co_await maps.list(ctx, options);
  options.resource_version = listed.resource_version;
  const WatchResult watch = co_await maps.watch(ctx, options);
  println("watching", watch.error);
  go(change, maps);
  for (int i = 0; i < 3; ++i) {
    const WatchStream::Event event = co_await watch.stream.next();
    println(event.type, name_of(event.object), event.object["data"]["key"].text());
  }
  options.resource_version = "1";
  const WatchResult old = co_await maps.watch(ctx, options);
  const WatchStream::Event event = co_await old.stream.next();
  println(event.type, event.object["code"].integer(), event.object["reason"].text());
}

Task<> informer_follows() {
  co_await sleep_for(kSecond);
  const Context ctx = background();
  const RestClient client = api_client();
  const Informer informer(client, kConfigMaps);
  InformerHandlers handlers;
  handlers.added = [](const Value& object) { println("added", name_of(object)); };
  handlers.updated = [](const Value&, const Value& object) {
    println("updated", name_of(object), object["data"]["key"].text());
  };
  handlers.deleted = [](const Value& object) { println("deleted", name_of(object)); };
  informer.add_handlers(handlers);
  go([informer, ctx]() -> Task<> { co_await informer.run(ctx); });
  co_await informer.wait_for_sync();
  const ObjectClient maps = Clientset(client.config()).core_v1().config_maps("default");
  const ObjectResult made = co_await maps.create(ctx, config_map("i", "1"));
  const Value changed = made.object.with_in({"data", "key"}, "2");
  static_cast<void>(co_await maps.update(ctx, changed));
  co_await sleep_for(90 * kSecond);  // the server is gone for a while
  static_cast<void>(co_await maps.remove(ctx, "i"));
  co_await sleep_for(kSecond);
  println("left", informer.objects().size());
}

}  // namespace

TEST_CASE("Objects are created, read, changed if nobody was faster, and deleted") {
  CHECK(support::with_api_server(create_read_update_delete) ==
        "created <nil> a true 2026-01-01T00:00:01Z\n"
        "configmaps \"a\" already exists\n"
        "same true\n"
        "newer true\n"
        "Operation cannot be fulfilled on configmaps \"a\": the object has been modified; please "
        "apply your changes to the latest version and try again true\n"
        "configmaps \"b\" not found true\n"
        "deleted <nil>\n"
        "configmaps \"a\" not found\n");
}

TEST_CASE("A watch tells every change once, and an old one that it is too late") {
  CHECK(support::with_api_server(watch_changes) ==
        "watching <nil>\n"
        "ADDED w 1\n"
        "patched <nil>\n"
        "MODIFIED w 2\n"
        "DELETED w 2\n"
        "ERROR 410 Expired\n");
}

TEST_CASE("An informer follows the server through a crash") {
  support::ApiTestOptions options;
  options.length = 120 * kSecond;
  options.plan = {{Instant{} + 4 * kSecond, "crash cp"}, {Instant{} + 6 * kSecond, "restart cp"}};
  CHECK(support::with_api_server(informer_follows, options) ==
        "added i\nupdated i 2\ndeleted i\nleft 0\n");
}
