// tests/container/image_store_test.cpp: what a machine has, by what names, and what goes when.

#include "sim/container/image_store.h"

#include <catch_amalgamated.hpp>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sim/container/image_builder.h"

namespace {

using namespace sim::container;
using Lines = std::vector<std::string>;
using engine::Instant;
using engine::kSecond;

constexpr int64_t kMinute = 60;
const std::string kOne(64, '1');
const std::string kTwo(64, '2');

Instant at(int64_t seconds) {
  return Instant{} + seconds * kSecond;
}

engine::Ref<Image> built(const ImageBuilder& builder) {
  const BuildResult result = builder.build();
  REQUIRE(result.error.message() == "<nil>");
  return result.image;
}

/// An image of one layer of `bytes`, on `base` or on nothing.
engine::Ref<Image> image(std::string_view name, int64_t bytes,
                         const engine::Ref<Image>& base = {}) {
  ImageBuilder builder = base ? ImageBuilder(base) : ImageBuilder();
  builder.copy(name, "/", {{.path = std::string(name), .text = "x", .sized_bytes = bytes}});
  return built(builder);
}

void add(ImageStore& store, const engine::Ref<Image>& what, std::string_view name,
         int64_t seconds = 0) {
  store.add_image(what, at(seconds));
  store.set_name(parse_reference(name).reference, what->id());
}

Lines names(const ImageStore& store) {
  Lines lines;
  for (const auto& [name, id] : store.names()) lines.push_back(name.familiar());
  return lines;
}

std::string id_or_error(const ImageStore& store, std::string_view text) {
  const FoundImage found = store.find(text);
  return found.error ? found.error.message() : found.image->id().text();
}

int64_t stored_bytes(const ImageStore& store) {
  return store.disk_usage().layers_bytes;
}

}  // namespace

TEST_CASE("a pull downloads the layers that are missing, each once, the lowest first") {
  ImageStore store;
  const auto base = image("base", 100);
  ImageBuilder builder(base);
  const auto nothing = [](UnionFs&) { return engine::Error(); };
  const auto top = built(builder.run("true", nothing).run("true", nothing));
  REQUIRE(top->layers().size() == 3);
  const auto missing = store.missing_layers(*top);
  REQUIRE(missing.size() == 2);  // the two empty ones are one
  CHECK(missing[0]->diff_id() == base->layers()[0]->diff_id());
  store.add_layer(missing[0]);
  CHECK(store.missing_layers(*top).size() == 1);
  CHECK(store.missing_layers(*base).empty());
  store.add_image(top, at(0));
  CHECK(store.missing_layers(*top).empty());
  CHECK(store.layers().size() == 2);
}

TEST_CASE("the layers of a pull that failed can be pruned, those in use cannot") {
  ImageStore store;
  const auto used = image("used", 10);
  store.add_image(used, at(0));
  store.add_layer(image("half", 100)->layers()[0]);
  CHECK(stored_bytes(store) == 110);
  CHECK(store.prune_layers() == 100);
  CHECK(store.prune_layers() == 0);
  CHECK(store.missing_layers(*used).empty());
}

TEST_CASE("images are found by any form of their names, by ids, and by beginnings of ids") {
  ImageStore store;
  const auto hello = image("hello", 1);
  add(store, hello, "orrery/hello-http:1");
  add(store, image("nginx", 2), "nginx");
  store.set_name(parse_reference("nginx@sha256:" + kOne).reference, hello->id());
  const std::string id = hello->id().text();
  for (const std::string& text :
       {std::string("orrery/hello-http:1"), std::string("docker.io/orrery/hello-http:1"), id,
        hello->id().hex(), hello->id().short_id(), "sha256:" + hello->id().short_id(),
        "nginx:latest@sha256:" + kOne}) {
    CAPTURE(text);
    CHECK(id_or_error(store, text) == id);
  }
  CHECK(id_or_error(store, "nginx") != id);
  CHECK(id_or_error(store, "orrery/hello-http") == "No such image: orrery/hello-http:latest");
  CHECK(id_or_error(store, "docker.io/library/x") == "No such image: x:latest");
  CHECK(id_or_error(store, kTwo) == "No such image: sha256:" + kTwo);
  CHECK(id_or_error(store, "sha256:" + kTwo) == "No such image: sha256:" + kTwo);
  CHECK(id_or_error(store, "nginx@sha256:" + kTwo) == "No such image: nginx@sha256:" + kTwo);
  CHECK(id_or_error(store, "Nginx") ==
        "invalid reference format: repository name (library/Nginx) must be lowercase");
  CHECK(id_or_error(store, "") == "invalid reference format");
  CHECK(engine::errors_is(store.find("x").error, kNoSuchImage));
}

TEST_CASE("a beginning that several ids have names none") {
  ImageStore store;
  // Of 17 images two begin with the same digit.
  std::vector<std::string> ids;
  for (int64_t i = 1; i <= 17; ++i) {
    const auto one = image("i", i);
    store.add_image(one, at(0));
    ids.push_back(one->id().hex());
  }
  int64_t ambiguous = 0;
  for (const std::string& id : ids) {
    int64_t same = 0;
    for (const std::string& other : ids) same += other[0] == id[0] ? 1 : 0;
    const std::string begin = id.substr(0, 1);
    if (same == 1) {
      CHECK(id_or_error(store, begin) == "sha256:" + id);
    } else {
      CHECK(id_or_error(store, begin) == "No such image: " + begin + ":latest");
      ++ambiguous;
    }
  }
  CHECK(ambiguous > 1);
}

TEST_CASE("a name moves to another image, and leaves the first one dangling") {
  ImageStore store;
  const auto first = image("a", 1);
  const auto second = image("b", 2);
  add(store, first, "app");
  add(store, second, "app");
  CHECK(names(store) == Lines{"app:latest"});
  CHECK(store.names_of(first->id()).empty());
  CHECK(id_or_error(store, "app") == second->id().text());
  CHECK(id_or_error(store, first->id().short_id()) == first->id().text());
}

TEST_CASE("docker tag gives another name, and refuses what is none") {
  ImageStore store;
  const auto app = image("a", 1);
  add(store, app, "app:1");
  CHECK_FALSE(store.tag("app:1", "localhost:5000/app"));
  CHECK_FALSE(store.tag(app->id().short_id(), "app"));
  CHECK(names(store) == Lines{"app:1", "app:latest", "localhost:5000/app:latest"});
  CHECK(store.tag("nothing", "x").message() == "No such image: nothing:latest");
  CHECK(store.tag("app:1", "x@sha256:" + kOne).message() ==
        "refusing to create a tag with a digest reference");
  CHECK(store.tag("app:1", "a b").message() ==
        "Error parsing reference: \"a b\" is not a valid repository/tag: invalid reference format");
  CHECK(store.untag(parse_reference("app").reference));
  CHECK_FALSE(store.untag(parse_reference("app").reference));
  CHECK(store.images().size() == 1);
}

TEST_CASE("rmi of one of several names only takes the name away") {
  ImageStore store;
  add(store, image("a", 5), "app:1");
  static_cast<void>(store.tag("app:1", "app:2"));
  store.container_created("c1", store.names().begin()->second, at(0));
  const RemoveResult result = store.remove("app:1");
  CHECK(result.error.message() == "<nil>");
  CHECK(result.lines == Lines{"Untagged: app:1"});
  CHECK(names(store) == Lines{"app:2"});
}

TEST_CASE("rmi of the last name removes the image, and the layers that are not shared") {
  ImageStore store;
  const auto base = image("base", 100);
  const auto top = image("top", 7, base);
  add(store, base, "base");
  add(store, top, "top");
  store.set_name(parse_reference("top@sha256:" + kOne).reference, top->id());
  CHECK(stored_bytes(store) == 107);
  RemoveResult result = store.remove("top");
  CHECK(result.error.message() == "<nil>");
  CHECK(result.lines == Lines{"Untagged: top:latest", "Untagged: top@sha256:" + kOne,
                              "Deleted: " + top->id().text(),
                              "Deleted: " + chain_id(top->config().diff_ids).text()});
  CHECK(result.reclaimed_bytes == 7);
  result = store.remove(base->id().short_id());
  CHECK(result.lines == Lines{"Untagged: base:latest", "Deleted: " + base->id().text(),
                              "Deleted: " + base->layers()[0]->diff_id().text()});
  CHECK(stored_bytes(store) == 0);
  CHECK(store.images().empty());
  CHECK(store.remove("base").error.message() == "No such image: base:latest");
}

TEST_CASE("rmi of an image that a container has is a conflict") {
  ImageStore store;
  const auto app = image("a", 5);
  add(store, app, "app");
  store.container_created("dd4e38116549abcdef", app->id(), at(0));
  const std::string id = app->id().short_id();
  const RemoveResult result = store.remove("app");
  CHECK(result.error.message() ==
        "conflict: unable to remove repository reference \"app\" (must force) - container "
        "dd4e38116549 is using its referenced image " +
            id);
  CHECK(engine::errors_is(result.error, kConflict));
  CHECK(result.lines.empty());
  CHECK(std::string(kDaemonErrorPrefix) + result.error.message() ==
        "Error response from daemon: " + result.error.message());
  CHECK(store.remove(id).error.message() ==
        "conflict: unable to delete " + id +
            " (must be forced) - image is being used by stopped container dd4e38116549");
  store.container_started("dd4e38116549abcdef");
  CHECK(store.remove(id, true).error.message() ==
        "conflict: unable to delete " + id +
            " (cannot be forced) - image is being used by running container dd4e38116549");
  CHECK(names(store) == Lines{"app:latest"});
}

TEST_CASE("rmi by id of an image with names in several repositories is a conflict") {
  ImageStore store;
  const auto app = image("a", 5);
  add(store, app, "app");
  static_cast<void>(store.tag("app", "other"));
  const std::string id = app->id().short_id();
  CHECK(store.remove(id).error.message() ==
        "conflict: unable to delete " + id +
            " (must be forced) - image is referenced in multiple repositories");
  CHECK(store.remove(id, true).lines == Lines{"Untagged: app:latest", "Untagged: other:latest",
                                              "Deleted: " + app->id().text(),
                                              "Deleted: " + app->layers()[0]->diff_id().text()});
}

TEST_CASE("rmi --force takes the name from an image that a running container has") {
  ImageStore store;
  const auto app = image("a", 5);
  add(store, app, "app");
  store.container_created("c", app->id(), at(0));
  store.container_started("c");
  const RemoveResult result = store.remove("app", true);
  CHECK(result.error.message() == "<nil>");
  CHECK(result.lines == Lines{"Untagged: app:latest"});
  CHECK(store.images().size() == 1);
}

TEST_CASE("the layers of a stopped container outlive its image, until it goes too") {
  ImageStore store;
  const auto app = image("a", 5);
  add(store, app, "app");
  store.container_created("c", app->id(), at(0));
  const RemoveResult result = store.remove("app", true);
  CHECK(result.lines == Lines{"Untagged: app:latest", "Deleted: " + app->id().text()});
  CHECK(result.reclaimed_bytes == 0);
  CHECK(stored_bytes(store) == 5);
  CHECK(store.prune_layers() == 0);
  store.container_removed("c", at(1));
  CHECK(stored_bytes(store) == 0);
}

TEST_CASE("an image that comes back is in use by the containers that it left behind") {
  ImageStore store;
  const auto app = image("a", 5);
  add(store, app, "app");
  store.container_created("c", app->id(), at(0));
  static_cast<void>(store.remove("app", true));
  add(store, app, "app");
  CHECK(store.images().at(app->id()).containers == 1);
  store.container_removed("c", at(1));
  CHECK(store.images().at(app->id()).containers == 0);
  CHECK(stored_bytes(store) == 5);
}

TEST_CASE("disk usage counts shared layers once, and what could be freed") {
  ImageStore store;
  const auto base = image("base", 100);
  const auto one = image("one", 7, base);
  const auto two = image("two", 20, base);
  const auto alone = image("alone", 3);
  for (const auto& each : {one, two, alone}) store.add_image(each, at(0));
  store.container_created("c", one->id(), at(0));
  store.container_created("d", one->id(), at(0));
  const DiskUsage usage = store.disk_usage();
  CHECK(usage.layers_bytes == 130);
  CHECK(usage.active_images == 1);
  CHECK(usage.reclaimable_bytes == 23);  // the base stays with `one`
  REQUIRE(usage.images.size() == 3);
  for (const ImageUsage& image_usage : usage.images) {
    const bool is_one = image_usage.id == one->id();
    const bool is_two = image_usage.id == two->id();
    CHECK(image_usage.size_bytes == (is_one ? 107 : is_two ? 120 : 3));
    CHECK(image_usage.shared_bytes == (is_one || is_two ? 100 : 0));
    CHECK(image_usage.unique_bytes == (is_one ? 7 : is_two ? 20 : 3));
    CHECK(image_usage.containers == (is_one ? 2 : 0));
  }
}

TEST_CASE("below 85 % of the disk no image is collected, from there on enough to be at 80 %") {
  const auto used = [](int64_t bytes) {
    ImageStore store;
    for (int64_t i = 0; i < 5; ++i) add(store, image("i", 2 + i), "i" + std::to_string(i), i);
    return store.collect_garbage({.capacity_bytes = 100, .used_bytes = bytes}, at(kMinute * 10));
  };
  GcResult result = used(84);
  CHECK(result.used_percent == 84);
  CHECK(result.wanted_bytes == 0);
  CHECK(result.removed.empty());
  result = used(85);
  CHECK(result.used_percent == 85);
  CHECK(result.wanted_bytes == 5);
  CHECK(result.freed_bytes == 5);  // 2 and 3, the oldest
  CHECK(result.reclaimed_bytes == 5);
  CHECK(result.removed.size() == 2);
  CHECK_FALSE(result.error);
  result = used(90);
  CHECK(result.wanted_bytes == 10);
  CHECK(result.freed_bytes == 14);
  result = used(1000);
  CHECK(result.used_percent == 100);
  CHECK(result.wanted_bytes == 20);
  CHECK(result.freed_bytes == 20);
  CHECK(result.removed.size() == 5);
}

TEST_CASE("collection takes those never used first, then the least recently used") {
  ImageStore store;
  const auto old = image("old", 10);
  const auto fresh = image("fresh", 10);
  const auto never = image("never", 10);
  add(store, fresh, "fresh", 0);
  add(store, old, "old", 1);
  add(store, never, "never", 2);
  store.container_created("c", old->id(), at(10));
  store.container_removed("c", at(20));
  store.container_created("d", fresh->id(), at(5));
  store.container_removed("d", at(30));
  const GcResult result = store.collect_garbage({.capacity_bytes = 100, .used_bytes = 100},
                                                at(kMinute * 10), {.low_percent = 75});
  CHECK(result.wanted_bytes == 25);
  CHECK(result.removed == std::vector{never->id(), old->id(), fresh->id()});
  CHECK(names(store).empty());
}

TEST_CASE("images in use, too young or pinned are never collected, and the kubelet says so") {
  ImageStore store;
  const auto in_use = image("in-use", 10);
  const auto stopped = image("stopped", 11);
  const auto young = image("young", 12);
  const auto pause = image("pause", 13);
  const auto rest = image("rest", 14);
  add(store, in_use, "in-use");
  add(store, stopped, "stopped");
  add(store, young, "young", kMinute * 10 - 119);
  add(store, pause, "pause");
  add(store, rest, "rest", kMinute * 10 - 120);
  store.pin(pause->id());
  store.container_created("c", in_use->id(), at(0));
  store.container_started("c");
  store.container_created("d", stopped->id(), at(0));
  const GcResult result =
      store.collect_garbage({.capacity_bytes = 100, .used_bytes = 98}, at(kMinute * 10));
  CHECK(result.removed == std::vector{rest->id()});
  CHECK(result.wanted_bytes == 18);
  CHECK(result.freed_bytes == 14);
  CHECK(result.error.message() ==
        "Failed to garbage collect required amount of images. Attempted to free 18 bytes, but only "
        "found 14 bytes eligible to free.");
  CHECK(store.images().size() == 4);
}

TEST_CASE("the kubelet counts the sizes of images, the disk only gets back what is not shared") {
  ImageStore store;
  const auto base = image("base", 50);
  const auto one = image("one", 1, base);
  const auto two = image("two", 2, base);
  add(store, one, "one", 0);
  add(store, two, "two", 1);
  store.container_created("c", two->id(), at(2));
  const GcResult result =
      store.collect_garbage({.capacity_bytes = 100, .used_bytes = 90}, at(kMinute * 10));
  CHECK(result.wanted_bytes == 10);
  CHECK(result.freed_bytes == 51);
  CHECK(result.reclaimed_bytes == 1);
  CHECK_FALSE(result.error);
}

TEST_CASE("a disk without capacity is an error, a very large one is not") {
  ImageStore store;
  CHECK(store.collect_garbage({}, at(0)).error.message() ==
        "invalid capacity 0 on image filesystem");
  const int64_t most = INT64_MAX;
  const GcResult full = store.collect_garbage({.capacity_bytes = most, .used_bytes = most}, at(0));
  CHECK(full.used_percent == 100);
  CHECK(full.wanted_bytes == most / 100 * 20 + most % 100 * 20 / 100);
  CHECK(store.collect_garbage({.capacity_bytes = most, .used_bytes = most / 2}, at(0)).error ==
        engine::Error());
}
