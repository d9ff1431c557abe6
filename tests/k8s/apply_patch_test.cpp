// tests/k8s/apply_patch_test.cpp: the patches of `kubectl apply`, as kubectl 1.32 sends them.

#include "sim/k8s/schema/apply_patch.h"

#include <catch_amalgamated.hpp>

#include "sim/json/parse.h"
#include "sim/k8s/schema/strategic_merge.h"
#include "tests/k8s/merge_schema.h"
#include "tests/support/in_world.h"
#include "tests/support/random_value.h"

using namespace sim::k8s;
using sim::json::Value;

namespace {

Value read(std::string_view text) {
  const sim::json::Parsed parsed = sim::json::parse(text);
  REQUIRE(parsed.error.empty());
  return parsed.value;
}

std::string patch_of(const Schema* schema, std::string_view original, std::string_view modified,
                     std::string_view current) {
  const sim::json::Patched out =
      apply_patch(schema, {read(original), read(modified), read(current)});
  CHECK(bool(out.value) != bool(out.error));
  return out.error ? out.error.message() : out.value.to_json();
}

std::string pod_patch(std::string_view original, std::string_view modified,
                      std::string_view current) {
  return patch_of(&merge_schema::kPod, original, modified, current);
}

// A pod with members that merge in all ways; few names, so that they meet.
class RandomPods {
 public:
  explicit RandomPods(uint64_t seed) : random_(seed) {}

  Value pod() {
    sim::json::Object spec;
    if (one_in_two()) spec.set("containers", list([this](auto name) { return container(name); }));
    if (one_in_two()) spec.set("volumes", list([this](auto name) { return volume(name); }));
    if (one_in_two()) spec.set("nodeSelector", map());
    if (one_in_two()) spec.set("tolerations", list([](auto name) { return with("key", name); }));
    if (one_in_two()) spec.set("priority", static_cast<int64_t>(random_.below(3)));
    sim::json::Object metadata;
    metadata.set("name", "x");
    if (one_in_two()) metadata.set("labels", map());
    if (one_in_two()) metadata.set("finalizers", list([](auto name) { return Value(name); }));
    return sim::json::Object()
        .set("metadata", std::move(metadata).build())
        .set("spec", std::move(spec).build())
        .build();
  }

 private:
  static Value with(std::string_view key, std::string_view name) {
    return Value::empty_object().with(key, name);
  }
  bool one_in_two() { return random_.one_in(2); }
  std::string name() { return std::string(1, static_cast<char>('a' + random_.below(4))); }
  Value map() {
    Value out = Value::empty_object();
    for (uint64_t n = random_.below(3); n > 0; --n) {
      const std::string key = name();
      out = out.with(key, name());
    }
    return out;
  }
  // Of names that differ, in any order.
  template <class Make>
  Value list(Make make) {
    std::vector<Value> items;
    std::string names = "abcd";
    while (!names.empty() && one_in_two()) {
      const auto at = static_cast<size_t>(random_.below(names.size()));
      items.push_back(make(names.substr(at, 1)));
      names.erase(at, 1);
    }
    return Value::array(items);
  }
  Value container(std::string_view name) {
    Value out = with("name", name);
    if (one_in_two()) out = out.with("image", this->name());
    if (one_in_two()) out = out.with("args", list([](auto arg) { return Value(arg); }));
    if (one_in_two()) {
      out =
          out.with("env", list([this](auto env) {
                     return one_in_two() ? with("name", env) : with("name", env).with("value", env);
                   }));
    }
    return out;
  }
  Value volume(std::string_view name) {
    static constexpr std::string_view kKinds[] = {"emptyDir", "configMap", "secret"};
    return with("name", name).with(kKinds[random_.below(3)], map());
  }

  support::RandomValues random_;
};

// Whether `patched` has all that `wanted` has. If lists `merge`, their items are found by name, and
// there may be more of them.
bool has_all(const Value& patched, const Value& wanted, bool merge, std::string_view name = {}) {
  if (wanted.is_object()) {
    for (const sim::json::Member& member : wanted.members()) {
      if (!has_all(patched[member.name()], member.value, merge, member.name())) return false;
    }
    return patched.is_object();
  }
  const bool is_by_name = name == "containers" || name == "volumes" || name == "env";
  if (!merge || !is_by_name) return patched == wanted;
  for (const Value& item : wanted.items()) {
    bool found = false;
    for (const Value& other : patched.items()) {
      found = found || (other["name"] == item["name"] && has_all(other, item, merge));
    }
    if (!found) return false;
  }
  return patched.is_array();
}

// Without directives and nulls, which decoding drops.
Value decoded(const Value& value) {
  if (value.is_array()) {
    sim::json::Array items;
    for (const Value& item : value.items()) items.add(decoded(item));
    return items.build();
  }
  if (!value.is_object()) return value;
  sim::json::Object out;
  for (const sim::json::Member& member : value.members()) {
    const bool is_kept = !member.value.is_null() && !member.name().starts_with('$');
    if (is_kept) out.set(member.name(), decoded(member.value));
  }
  return std::move(out).build();
}

// Whether a member of an object that `original` had, and `modified` has not, is still in `patched`.
bool keeps_deleted(const Value& original, const Value& modified, const Value& patched) {
  for (const sim::json::Member& member : original.members()) {
    const std::string_view key = member.name();
    if (!modified.contains(key)) {
      if (patched.contains(key)) return true;
    } else if (modified[key].is_object() && member.value.is_object()) {
      if (keeps_deleted(member.value, modified[key], patched[key])) return true;
    }
  }
  return false;
}

}  // namespace

TEST_CASE("Only what differs is sent") {
  const support::InWorld world;
  constexpr std::string_view kPod =
      R"({"metadata":{"name":"x"},"spec":{"containers":[{"name":"a","image":"i"}],"priority":1}})";
  CHECK(pod_patch(kPod, kPod, kPod) == "{}");
  // What others added stays.
  CHECK(pod_patch(kPod, kPod,
                  R"({"metadata":{"name":"x","labels":{"l":"v"}},"spec":{"hostname":"h",
                      "containers":[{"name":"a","image":"i","args":["z"]}],
                      "priority":1}})") == "{}");
  CHECK(pod_patch(kPod,
                  R"({"metadata":{"name":"x"},"spec":{"containers":[{"name":"a","image":"j"}]}})",
                  kPod) == R"({"spec":{"$setElementOrder/containers":[{"name":"a"}],)"
                           R"("containers":[{"image":"j","name":"a"}],"priority":null}})");
}

TEST_CASE("Items of merged lists are added, changed and deleted by their key") {
  const support::InWorld world;
  CHECK(pod_patch(
            R"({"spec":{"containers":[{"name":"a","image":"i"},{"name":"b"}]}})",
            R"({"spec":{"containers":[{"name":"c"},{"name":"a"}]}})",
            R"({"spec":{"containers":[{"name":"a","image":"i"},{"name":"s"},{"name":"b"}]}})") ==
        R"({"spec":{"$setElementOrder/containers":[{"name":"c"},{"name":"a"}],)"
        R"("containers":[{"name":"c"},{"image":null,"name":"a"},)"
        R"({"$patch":"delete","name":"b"}]}})");
  // The order alone.
  CHECK(pod_patch("{}", R"({"spec":{"containers":[{"name":"b"},{"name":"a"}]}})",
                  R"({"spec":{"containers":[{"name":"a"},{"name":"b"}]}})") ==
        R"({"spec":{"$setElementOrder/containers":[{"name":"b"},{"name":"a"}]}})");
  // Two ports with one key come in the order in which Go sorts them.
  CHECK(pod_patch("{}",
                  R"({"spec":{"containers":[{"name":"a","ports":[
                      {"containerPort":53,"protocol":"UDP"},
                      {"containerPort":53,"protocol":"TCP"}]}]}})",
                  R"({"spec":{"containers":[{"name":"a","ports":[
                      {"containerPort":53,"protocol":"TCP"},
                      {"containerPort":53,"protocol":"UDP"}]}]}})") ==
        R"({"spec":{"$setElementOrder/containers":[{"name":"a"}],"containers":[{)"
        R"("$setElementOrder/ports":[{"containerPort":53},{"containerPort":53}],"name":"a",)"
        R"("ports":[{"containerPort":53,"protocol":"TCP"},)"
        R"({"containerPort":53,"protocol":"UDP"}]}]}})");
}

TEST_CASE("Merged lists of plain values send what is new, what goes, and their order") {
  const support::InWorld world;
  CHECK(pod_patch(R"({"metadata":{"finalizers":["a","b"]}})",
                  R"({"metadata":{"finalizers":["c","b"]}})",
                  R"({"metadata":{"finalizers":["a","b","s"]}})") ==
        R"({"metadata":{"$deleteFromPrimitiveList/finalizers":["a"],)"
        R"("$setElementOrder/finalizers":["c","b"],"finalizers":["c"]}})");
  // kubectl sorts what is there, and then finds that the order differs.
  constexpr std::string_view kUnsorted = R"({"metadata":{"finalizers":["b","a"]}})";
  CHECK(pod_patch(kUnsorted, kUnsorted, kUnsorted) ==
        R"({"metadata":{"$setElementOrder/finalizers":["b","a"]}})");
}

TEST_CASE("A union is sent with the keys that stay") {
  const support::InWorld world;
  CHECK(pod_patch(R"({"spec":{"volumes":[{"name":"v","emptyDir":{}}]}})",
                  R"({"spec":{"volumes":[{"name":"v","configMap":{"name":"c"}}]}})",
                  R"({"spec":{"volumes":[{"name":"v","emptyDir":{}}]}})") ==
        R"({"spec":{"$setElementOrder/volumes":[{"name":"v"}],"volumes":[{)"
        R"("$retainKeys":["configMap","name"],"configMap":{"name":"c"},"emptyDir":null,)"
        R"("name":"v"}]}})");
  CHECK(patch_of(&merge_schema::kDeploymentSpec, R"({"strategy":{"type":"RollingUpdate"}})",
                 R"({"strategy":{"type":"Recreate"}})",
                 R"({"strategy":{"type":"RollingUpdate","rollingUpdate":{"maxSurge":1}}})") ==
        R"({"strategy":{"$retainKeys":["type"],"type":"Recreate"}})");
}

TEST_CASE("Lists that cannot be merged are refused") {
  const support::InWorld world;
  CHECK(pod_patch("{}", R"({"spec":{"containers":[{"image":"a"}]}})",
                  R"({"spec":{"containers":[{"name":"a"}]}})") ==
        "map: map[image:a] does not contain declared merge key: name");
  CHECK(pod_patch("{}", R"({"spec":{"containers":["a"]}})",
                  R"({"spec":{"containers":[{"name":"a"}]}})") ==
        "list element types are not identical: [[map[name:a]] [a]]");
}

TEST_CASE("A custom resource gets a JSON merge patch") {
  const support::InWorld world;
  CHECK(patch_of(nullptr, R"({"spec":{"a":1,"b":{"c":1,"d":2}}})",
                 R"({"spec":{"b":{"c":1},"l":[1,{"x":1}]}})",
                 R"({"spec":{"a":1,"b":{"c":1,"d":2},"l":[1],"s":3},"status":{}})") ==
        R"({"spec":{"a":null,"b":{"d":null},"l":[1,{"x":1}]}})");
  CHECK(patch_of(nullptr, R"({"spec":{"a":{"q":1}}})", R"({"spec":{"a":{},"b":{"x":{}}}})",
                 R"({"spec":{"a":{"q":1}}})") == R"({"spec":{"a":{"q":null},"b":{"x":{}}}})");
  CHECK(patch_of(nullptr, "{}", R"({"kind":"B"})", R"({"kind":"A"})") ==
        "precondition failed for: map[kind:B]");
}

TEST_CASE("What was applied last is kept in an annotation") {
  const support::InWorld world;
  const Value manifest = read(R"({"kind":"Pod","metadata":{"name":"x"},"spec":{"a":"<"}})");
  const Value annotated = with_last_applied(manifest);
  CHECK(annotated["metadata"]["annotations"][kLastAppliedAnnotation].text() ==
        R"({"kind":"Pod","metadata":{"annotations":{},"name":"x"},"spec":{"a":"\u003c"}})"
        "\n");
  CHECK(last_applied(annotated) == manifest.with_in({"metadata", "annotations"}, read("{}")));
  CHECK(with_last_applied(annotated) == annotated);
  CHECK_FALSE(last_applied(manifest));
}

TEST_CASE("The patched object is what was asked for, and has lost what was taken back") {
  const support::InWorld world;
  int64_t lacks = -1;
  int64_t keeps = -1;
  int64_t changes_again = -1;
  for (int64_t seed = 0; seed < 1500; ++seed) {
    RandomPods random(static_cast<uint64_t>(seed));
    const Value original = random.pod();
    const Value modified = random.pod();
    const Value current = random.pod();
    for (const Schema* schema : {&merge_schema::kPod, static_cast<const Schema*>(nullptr)}) {
      const bool merges = schema != nullptr;
      const auto patched_by = [schema](const Value& object, const Value& patch) {
        return decoded(schema == nullptr ? sim::json::merge_patch(object, patch)
                                         : strategic_merge(schema, object, patch).value);
      };
      const Value patch = apply_patch(schema, {original, modified, current}).value;
      const Value patched = patched_by(current, patch);
      // Finalizers that others have added stay.
      const Value wanted = merges ? modified.with_in({"metadata", "finalizers"}, {}) : modified;
      if (!has_all(patched, wanted, merges)) lacks = seed;
      if (keeps_deleted(original, modified, patched)) keeps = seed;
      // Order may be sent again, but is there already.
      const Value again = apply_patch(schema, {modified, modified, patched}).value;
      if (patched_by(patched, again) != patched) changes_again = seed;
      if (!merges && again != Value::empty_object()) changes_again = seed;
    }
  }
  CHECK(lacks == -1);
  CHECK(keeps == -1);
  CHECK(changes_again == -1);
}
