// tests/k8s/garbage_controller_test.cpp: who is garbage when owners go.

#include <catch_amalgamated.hpp>

#include "sim/json/parse.h"
#include "sim/k8s/controllers/garbage_graph.h"
#include "tests/support/in_world.h"

using namespace sim::k8s;
using sim::json::parse;

namespace {

constexpr ObjectKind kSet{"apps/v1", "ReplicaSet"};
constexpr ObjectKind kPod{"v1", "Pod"};

Value object(std::string_view uid) {
  return with_meta(new_object(kPod, "default", "name-" + std::string(uid)), "uid", uid);
}

Value owned(std::string_view uid, std::initializer_list<std::string_view> owners,
            bool blocks = true) {
  Value references = Value::empty_array();
  for (const std::string_view owner : owners) {
    references = references.appended(sim::json::Object()
                                         .set("apiVersion", kSet.api_version)
                                         .set("kind", kSet.kind)
                                         .set("name", "name-" + std::string(owner))
                                         .set("uid", owner)
                                         .set("blockOwnerDeletion", blocks)
                                         .build());
  }
  return with_meta(object(uid), "ownerReferences", references);
}

Value going(const Value& of, std::string_view finalizer) {
  const Value marked = with_meta(of, "deletionTimestamp", "2026-01-01T00:00:00Z");
  return with_meta(marked, "finalizers", Value::empty_array().appended(finalizer));
}

using Uids = std::vector<std::string>;

}  // namespace

TEST_CASE("What an owner leaves behind is looked at when the owner goes") {
  const support::InWorld world;
  GarbageGraph graph;
  graph.put(object("rs"), kSet);
  graph.put(owned("a", {"rs"}), kPod);
  graph.put(owned("b", {"rs"}), kPod);
  CHECK(graph.take_work().to_delete.empty());
  graph.drop("rs");
  CHECK(graph.take_work().to_delete == Uids{"a", "b"});
  CHECK(graph.is_absent("rs"));
  CHECK_FALSE(graph.is_absent("a"));
}

TEST_CASE("An owner that was only named is looked for, and its dependents once it is not found") {
  const support::InWorld world;
  GarbageGraph graph;
  graph.put(owned("a", {"ghost"}), kPod);
  CHECK(graph.take_work().to_delete == Uids{"ghost"});
  REQUIRE(graph.find("ghost") != nullptr);
  CHECK(graph.find("ghost")->is_virtual);
  CHECK(graph.find("ghost")->kind == "ReplicaSet");
  CHECK(graph.find("ghost")->space == "default");
  graph.drop("ghost");
  CHECK(graph.take_work().to_delete == Uids{"a"});
}

TEST_CASE("An owner that is seen later is virtual no more") {
  const support::InWorld world;
  GarbageGraph graph;
  graph.put(owned("a", {"rs"}), kPod);
  graph.put(object("rs"), kSet);
  CHECK_FALSE(graph.find("rs")->is_virtual);
  CHECK(graph.dependents_of("rs") == Uids{"a"});
}

TEST_CASE("An owner deleted in the foreground waits for those that block it") {
  const support::InWorld world;
  GarbageGraph graph;
  graph.put(object("rs"), kSet);
  graph.put(owned("a", {"rs"}), kPod);
  graph.put(owned("b", {"rs"}, false), kPod);
  graph.put(going(object("rs"), kForegroundFinalizer), kSet);
  CHECK(graph.find("rs")->deleting_dependents);
  CHECK(graph.take_work().to_delete == Uids{"a", "b", "rs"});
  CHECK(graph.blocking("rs") == Uids{"a"});
  graph.drop("a");
  // It may go now.
  CHECK(graph.take_work().to_delete == Uids{"rs"});
  CHECK(graph.blocking("rs").empty());
}

TEST_CASE("A dependent that lets go of its owner unblocks it") {
  const support::InWorld world;
  GarbageGraph graph;
  graph.put(object("rs"), kSet);
  graph.put(owned("a", {"rs"}), kPod);
  static_cast<void>(graph.take_work());
  graph.put(object("a"), kPod);
  CHECK(graph.take_work().to_delete == Uids{"rs"});
  CHECK(graph.dependents_of("rs").empty());
}

TEST_CASE("An owner deleted with orphan has its dependents orphaned") {
  const support::InWorld world;
  GarbageGraph graph;
  graph.put(object("rs"), kSet);
  graph.put(owned("a", {"rs"}), kPod);
  graph.put(going(object("rs"), kOrphanFinalizer), kSet);
  const GarbageGraph::Work work = graph.take_work();
  CHECK(work.to_orphan == Uids{"rs"});
  CHECK(work.to_delete.empty());
}

TEST_CASE("An object with an owner that is there stays") {
  const support::InWorld world;
  const GarbageGraph graph;
  const GarbageVerdict verdict = judge(graph, owned("a", {"rs"}), {{"rs", OwnerState::kSolid}});
  CHECK(verdict.kind == GarbageVerdict::Kind::kKeep);
}

TEST_CASE("Of several owners those that are gone are struck off") {
  const support::InWorld world;
  const GarbageGraph graph;
  const GarbageVerdict verdict = judge(graph, owned("a", {"x", "y", "z"}),
                                       {{"x", OwnerState::kAbsent},
                                        {"y", OwnerState::kSolid},
                                        {"z", OwnerState::kWaitingForDependents}});
  CHECK(verdict.kind == GarbageVerdict::Kind::kDropOwners);
  CHECK(verdict.uids == Uids{"x", "z"});
}

TEST_CASE("An object without any owner left is deleted the way its finalizers demand") {
  const support::InWorld world;
  const GarbageGraph graph;
  const std::vector<OwnerFinding> gone = {{"rs", OwnerState::kAbsent}};
  const Value plain = owned("a", {"rs"});
  CHECK(judge(graph, plain, gone).kind == GarbageVerdict::Kind::kDelete);
  CHECK(judge(graph, plain, gone).propagation == "Background");
  CHECK(judge(graph, going(plain, kOrphanFinalizer), gone).propagation == "Orphan");
  CHECK(judge(graph, going(plain, kForegroundFinalizer), gone).propagation == "Foreground");
}

TEST_CASE("A dependent with dependents goes in the foreground if its owner waits") {
  const support::InWorld world;
  GarbageGraph graph;
  graph.put(object("d"), kSet);
  graph.put(owned("rs", {"d"}), kSet);
  graph.put(owned("a", {"rs"}), kPod);
  const std::vector<OwnerFinding> waits = {{"d", OwnerState::kWaitingForDependents}};
  CHECK(judge(graph, owned("rs", {"d"}), waits).propagation == "Foreground");
  CHECK_FALSE(judge(graph, owned("rs", {"d"}), waits).unblock_owners);
  // Without dependents of its own there is nothing to wait for.
  const std::vector<OwnerFinding> above = {{"rs", OwnerState::kWaitingForDependents}};
  CHECK(judge(graph, owned("a", {"rs"}), above).propagation == "Background");
}

TEST_CASE("Owners that wait for each other in a circle are unblocked") {
  const support::InWorld world;
  GarbageGraph graph;
  graph.put(owned("x", {"y"}), kSet);
  graph.put(owned("y", {"x"}), kSet);
  graph.put(going(owned("x", {"y"}), kForegroundFinalizer), kSet);
  const GarbageVerdict verdict =
      judge(graph, owned("y", {"x"}), {{"x", OwnerState::kWaitingForDependents}});
  CHECK(verdict.propagation == "Foreground");
  CHECK(verdict.unblock_owners);
  const Value patch = patch_unblocking(owned("y", {"x"}));
  CHECK_FALSE(patch["metadata"]["ownerReferences"][0]["blockOwnerDeletion"].truth(true));
}

TEST_CASE("The patch that strikes owners off holds for one version only") {
  const support::InWorld world;
  const Value seen = with_meta(owned("a", {"x", "y"}), "resourceVersion", "12");
  const Value patch = patch_without_owners(seen, {"x"});
  CHECK(patch["metadata"]["resourceVersion"].text() == "12");
  CHECK(patch["metadata"]["uid"].text() == "a");
  REQUIRE(patch["metadata"]["ownerReferences"].size() == 1);
  CHECK(patch["metadata"]["ownerReferences"][0]["uid"].text() == "y");
  CHECK(patch_without_owners(seen, {"x", "y"})["metadata"]["ownerReferences"].is_null());
}
