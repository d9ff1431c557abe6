// tests/k8s/scheduler_random_test.cpp: the scheduler against the slow reference, on random
// clusters.

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "tests/k8s/scheduler_objects.h"
#include "tests/k8s/scheduler_reference.h"
#include "tests/support/in_world.h"

namespace {

using namespace scheduler_test;
namespace reference = scheduler_reference;
using sim::json::Array;
using sim::json::Object;

/// splitmix64; the same numbers everywhere.
class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed) {}
  uint32_t below(uint32_t n) {
    state_ += 0x9E3779B97F4A7C15;
    uint64_t z = state_;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
    return static_cast<uint32_t>((z ^ (z >> 31)) >> 33) % n;
  }
  bool chance(uint32_t percent) { return below(100) < percent; }
  template <class T>
  T one_of(std::initializer_list<T> all) {
    return all.begin()[below(static_cast<uint32_t>(all.size()))];
  }

 private:
  uint64_t state_;
};

using Text = std::string;

class Maker {
 public:
  explicit Maker(uint64_t seed) : random_(seed) {}

  reference::World world() {
    reference::World made;
    made.namespaces["default"] = {{"team", "a"}};
    made.namespaces["other"] = {{"team", "b"}};
    const uint32_t nodes = 1 + random_.below(12);
    for (uint32_t i = 0; i < nodes; ++i) made.nodes.push_back(node_number(i));
    const uint32_t pods = random_.below(5 * nodes);
    for (uint32_t i = 0; i < pods; ++i) {
      Value made_pod = any_pod("old-" + std::to_string(i));
      if (random_.chance(8)) {
        made_pod = made_pod.with_in({"metadata", "deletionTimestamp"}, "2026-01-01T00:00:00Z");
      }
      const Value& node = made.nodes[random_.below(nodes)];
      made.pods.push_back(on_node(made_pod, node["metadata"]["name"].text()));
    }
    if (random_.chance(60)) made.services.push_back(service("one"));
    if (random_.chance(30)) made.services.push_back(service("two"));
    return made;
  }

  Value any_pod(const Text& name) {
    Object spec;
    Array containers;
    const uint32_t count = 1 + random_.below(2);
    for (uint32_t i = 0; i < count; ++i) containers.add(container());
    spec.set("containers", containers.build()).set("schedulerName", "default-scheduler");
    if (random_.chance(15)) {
      Value init = container().without("ports");
      if (random_.chance(50)) init = init.with("restartPolicy", "Always");
      spec.set("initContainers", Array().add(init).add(container().without("ports")).build());
    }
    if (random_.chance(10)) {
      spec.set("overhead", Object().set("cpu", "50m").set("memory", "16Mi").build());
    }
    if (random_.chance(15)) {
      spec.set("nodeSelector", Object().set("disk", random_.one_of({"ssd", "hdd"})).build());
    }
    if (random_.chance(50)) spec.set("affinity", affinity());
    if (random_.chance(40)) spec.set("tolerations", tolerations());
    if (random_.chance(35)) spec.set("topologySpreadConstraints", spread());
    const Value meta = Object()
                           .set("name", name)
                           .set("namespace", random_.chance(75) ? "default" : "other")
                           .set("uid", "uid-" + name)
                           .set("labels", labels())
                           .build();
    return Object()
        .set("apiVersion", "v1")
        .set("kind", "Pod")
        .set("metadata", meta)
        .set("spec", spec.build())
        .build();
  }

 private:
  Text app() { return random_.one_of<const char*>({"web", "db", "cache"}); }
  Text key() {
    return random_.one_of<const char*>({"kubernetes.io/hostname", "topology.kubernetes.io/zone",
                                        "topology.kubernetes.io/zone", "rack"});
  }

  Value labels() {
    Object made;
    if (random_.chance(90)) made.set("app", app());
    if (random_.chance(50)) made.set("tier", random_.one_of({"front", "back"}));
    if (random_.chance(30)) made.set("version", random_.one_of({"1", "2"}));
    return made.build();
  }

  Value node_number(uint32_t i) {
    const Text name = "node-" + std::to_string(i);
    Object labels;
    if (random_.chance(95)) labels.set("kubernetes.io/hostname", name);
    if (random_.chance(85)) {
      labels.set("topology.kubernetes.io/zone", random_.one_of({"a", "b", "c"}));
    }
    if (random_.chance(70)) labels.set("rack", random_.one_of({"1", "2"}));
    if (random_.chance(60)) labels.set("disk", random_.one_of({"ssd", "hdd"}));
    if (random_.chance(50)) labels.set("cores", random_.one_of({"2", "8", "16"}));
    Object allocatable;
    allocatable.set("cpu", random_.one_of({"1", "2", "4", "1500m"}))
        .set("memory", random_.one_of({"1Gi", "2Gi", "4Gi"}))
        .set("pods", random_.one_of({3, 6, 110}));
    if (random_.chance(30)) allocatable.set("example.com/gpu", random_.one_of({1, 2}));
    Array taints;
    const uint32_t count = random_.chance(30) ? 1 + random_.below(2) : 0;
    for (uint32_t t = 0; t < count; ++t) {
      Object taint;
      taint.set("key", random_.one_of({"dedicated", "flaky"}))
          .set("effect",
               random_.one_of({"NoSchedule", "PreferNoSchedule", "NoExecute", "PreferNoSchedule"}));
      if (random_.chance(60)) taint.set("value", random_.one_of({"x", "y"}));
      taints.add(taint.build());
    }
    Array images;
    for (const char* image : {"web:1", "db:latest", "big:1"}) {
      if (!random_.chance(40)) continue;
      const int64_t mebi = Text(image) == "big:1" ? 900 : Text(image) == "web:1" ? 150 : 40;
      images.add(
          Object().set("names", Array().add(image).build()).set("sizeBytes", mebi << 20).build());
    }
    Object spec;
    if (taints.size() > 0) spec.set("taints", taints.build());
    if (random_.chance(6)) spec.set("unschedulable", true);
    return Object()
        .set("apiVersion", "v1")
        .set("kind", "Node")
        .set("metadata", Object().set("name", name).set("labels", labels.build()).build())
        .set("spec", spec.build())
        .set("status",
             Object().set("allocatable", allocatable.build()).set("images", images.build()).build())
        .build();
  }

  Value container() {
    Object made;
    made.set("name", "c").set("image", random_.one_of({"web:1", "db", "big:1", "none:2"}));
    Object requests;
    if (random_.chance(60)) requests.set("cpu", random_.one_of({"100m", "250m", "500m", "1"}));
    if (random_.chance(60)) {
      requests.set("memory", random_.one_of({"64Mi", "128Mi", "512Mi", "1Gi"}));
    }
    if (random_.chance(5)) requests.set("example.com/gpu", 1);
    made.set("resources", Object().set("requests", requests.build()).build());
    if (random_.chance(15)) {
      Object port;
      port.set("containerPort", 80).set("hostPort", random_.one_of({80, 443}));
      if (random_.chance(30)) port.set("hostIP", random_.one_of({"10.0.0.1", "10.0.0.2"}));
      if (random_.chance(30)) port.set("protocol", "UDP");
      made.set("ports", Array().add(port.build()).build());
    }
    return made.build();
  }

  Value expression(bool of_node) {
    Object made;
    const Text name = of_node ? random_.one_of<const char*>({"disk", "rack", "cores"})
                              : random_.one_of<const char*>({"app", "tier", "version"});
    Text op = random_.one_of<const char*>({"In", "NotIn", "Exists", "DoesNotExist"});
    if (of_node && name == "cores") op = random_.one_of<const char*>({"Gt", "Lt", "Exists"});
    made.set("key", name).set("operator", op);
    if (op == "Gt" || op == "Lt") made.set("values", Array().add("4").build());
    if (op == "In" || op == "NotIn") {
      Array values;
      values.add(of_node ? random_.one_of({"ssd", "1"}) : random_.one_of({"web", "front", "1"}));
      values.add(of_node ? random_.one_of({"hdd", "2"}) : random_.one_of({"db", "back", "2"}));
      made.set("values", values.build());
    }
    return made.build();
  }

  Value node_term() {
    Object made;
    if (random_.chance(90)) {
      Array all;
      all.add(expression(true));
      if (random_.chance(30)) all.add(expression(true));
      made.set("matchExpressions", all.build());
    }
    if (random_.chance(10)) {
      const Text name = "node-" + std::to_string(random_.below(4));
      made.set("matchFields", Array()
                                  .add(Object()
                                           .set("key", "metadata.name")
                                           .set("operator", random_.one_of({"In", "NotIn"}))
                                           .set("values", Array().add(name).build())
                                           .build())
                                  .build());
    }
    return made.build();
  }

  Value selector() {
    Object made;
    if (random_.chance(75)) made.set("matchLabels", Object().set("app", app()).build());
    if (random_.chance(30)) {
      made.set("matchExpressions", Array().add(expression(false)).build());
    }
    return made.build();
  }

  Value pod_term() {
    Object made;
    made.set("topologyKey", key());
    if (random_.chance(95)) made.set("labelSelector", selector());
    if (random_.chance(15)) {
      made.set("namespaces", Array().add(random_.one_of({"default", "other"})).build());
    }
    if (random_.chance(15)) {
      const Value labels = Object().set("team", random_.one_of({"a", "b"})).build();
      made.set("namespaceSelector", random_.chance(50)
                                        ? Value::empty_object()
                                        : Object().set("matchLabels", labels).build());
    }
    return made.build();
  }

  Value pod_terms() {
    Object made;
    if (random_.chance(35)) {
      Array all;
      all.add(pod_term());
      if (random_.chance(20)) all.add(pod_term());
      made.set("requiredDuringSchedulingIgnoredDuringExecution", all.build());
    }
    if (random_.chance(50)) {
      Array all;
      const uint32_t count = 1 + random_.below(2);
      for (uint32_t i = 0; i < count; ++i) {
        all.add(Object()
                    .set("weight", 1 + random_.below(100))
                    .set("podAffinityTerm", pod_term())
                    .build());
      }
      made.set("preferredDuringSchedulingIgnoredDuringExecution", all.build());
    }
    return made.build();
  }

  Value affinity() {
    Object made;
    if (random_.chance(40)) {
      Object nodes;
      if (random_.chance(40)) {
        Array terms;
        terms.add(node_term());
        if (random_.chance(40)) terms.add(node_term());
        const Value required = Object().set("nodeSelectorTerms", terms.build()).build();
        nodes.set("requiredDuringSchedulingIgnoredDuringExecution", required);
      }
      if (random_.chance(60)) {
        Array terms;
        for (uint32_t i = 0; i <= random_.below(2); ++i) {
          terms.add(Object()
                        .set("weight", 1 + random_.below(100))
                        .set("preference", node_term())
                        .build());
        }
        nodes.set("preferredDuringSchedulingIgnoredDuringExecution", terms.build());
      }
      made.set("nodeAffinity", nodes.build());
    }
    if (random_.chance(40)) made.set("podAffinity", pod_terms());
    if (random_.chance(45)) made.set("podAntiAffinity", pod_terms());
    return made.build();
  }

  Value tolerations() {
    Array all;
    Object made;
    if (random_.chance(80)) made.set("key", random_.one_of({"dedicated", "flaky"}));
    if (random_.chance(60)) {
      made.set("operator", "Exists");
    } else {
      made.set("value", random_.one_of({"x", "y"}));
    }
    if (random_.chance(50)) {
      made.set("effect", random_.one_of({"NoSchedule", "PreferNoSchedule", "NoExecute"}));
    }
    all.add(made.build());
    return all.build();
  }

  Value spread() {
    Array all;
    const uint32_t count = 1 + random_.below(2);
    for (uint32_t i = 0; i < count; ++i) {
      Object made;
      made.set("topologyKey", key())
          .set("maxSkew", 1 + random_.below(3))
          .set("whenUnsatisfiable", random_.one_of({"DoNotSchedule", "ScheduleAnyway"}))
          .set("labelSelector", selector());
      if (random_.chance(20)) made.set("nodeAffinityPolicy", "Ignore");
      if (random_.chance(20)) made.set("nodeTaintsPolicy", "Honor");
      if (random_.chance(20)) made.set("minDomains", 1 + random_.below(4));
      if (random_.chance(20)) made.set("matchLabelKeys", Array().add("version").build());
      all.add(made.build());
    }
    return all.build();
  }

  Value service(const Text& name) {
    Object selector;
    selector.set("app", app());
    if (random_.chance(20)) selector.set("tier", "front");
    return Object()
        .set("metadata", Object().set("name", name).set("namespace", "default").build())
        .set("spec", Object().set("selector", selector.build()).build())
        .build();
  }

  Random random_;
};

void fill(Bench& bench, const reference::World& world) {
  for (const auto& [name, labels] : world.namespaces) {
    Object made;
    for (const auto& [key, value] : labels) made.set(key, value);
    const Value meta = Object().set("name", name).set("labels", made.build()).build();
    bench.cluster.set_namespace(name, Object().set("metadata", meta).build());
  }
  for (const Value& node : world.nodes) bench.cluster.set_node(node);
  for (const Value& pod : world.pods) bench.cluster.set_pod(pod);
  for (const Value& service : world.services) {
    const Value& meta = service["metadata"];
    bench.cluster.spread_defaults().set_service(meta["namespace"], meta["name"], service);
  }
}

Text joined(std::vector<Text> texts) {
  std::stable_sort(texts.begin(), texts.end());
  Text all;
  for (const Text& each : texts) all += each + "; ";
  return all;
}

// What differs from the reference: a line for each.
Text differences(Bench& bench, const reference::World& world, const Value& pod) {
  Text out;
  const auto differ = [&](const Text& what, const Text& got, const Text& wanted) {
    if (got != wanted) out += what + ": got " + got + ", wanted " + wanted + "\n";
  };
  const auto expected = reference::judge(world, pod);
  const Explanation got = bench.explain(pod);
  differ("nodes", std::to_string(got.nodes.size()), std::to_string(world.nodes.size()));
  std::vector<Text> best;
  int64_t most = -1;
  for (const NodeExplanation& row : got.nodes) {
    const reference::Judgement& wanted = expected.at(row.node);
    const bool fits = row.code == Code::kSuccess;
    differ(row.node + " reasons", fits ? "fits" : joined(row.reasons),
           wanted.fits ? "fits" : joined(wanted.reasons));
    if (fits != wanted.fits) continue;
    if (!fits) {
      differ(row.node + " plugin", Text(plugin_name(row.refused_by)), wanted.plugin);
      continue;
    }
    if (wanted.total > most) best.clear();
    most = std::max(most, wanted.total);
    if (wanted.total == most) best.push_back(row.node);
    for (int i = 0; i < kScorePlugins && !wanted.scores.empty(); ++i) {
      const Text plugin(plugin_name(kScores[i].plugin));
      const auto score = wanted.scores.find(plugin);
      differ(row.node + " " + plugin, std::to_string(row.scores[i].normalized),
             std::to_string(score == wanted.scores.end() ? 0 : score->second));
    }
    differ(row.node + " total", std::to_string(row.total), std::to_string(wanted.total));
  }
  const Decision decision = bench.decide(pod);
  if (best.empty()) {
    differ("decision", decision.node == nullptr ? "none" : "some", "none");
    if (decision.message.empty()) out += "no message\n";
    return out;
  }
  if (decision.node == nullptr) return out + "it fits nowhere: " + decision.message;
  const Text chosen(decision.node->name.text());
  if (std::find(best.begin(), best.end(), chosen) == best.end()) out += "not the best: " + chosen;
  differ("ties", std::to_string(decision.ties), std::to_string(best.size()));
  return out;
}

}  // namespace

TEST_CASE("On a thousand random clusters the scheduler decides as its documentation says") {
  int fitted = 0;
  int refused = 0;
  for (uint64_t seed = 1; seed <= 1000; ++seed) {
    const Text wrong = said_in_world([&] {
      Maker maker(seed);
      const reference::World made = maker.world();
      Bench bench;
      fill(bench, made);
      Text all;
      for (int i = 0; i < 3; ++i) {
        const Value pod = maker.any_pod("new-" + std::to_string(i));
        const Text found = differences(bench, made, pod);
        if (!found.empty()) all += pod.to_json() + "\n" + found;
        (bench.fits(pod).empty() ? refused : fitted) += 1;
        bench.cluster.remove_pod(pod);
      }
      return all;
    });
    INFO("seed " << seed);
    REQUIRE(wrong == "");
  }
  // Both happen often, or the clusters are no test.
  CHECK(fitted > 1000);
  CHECK(refused > 500);
}

namespace {

// One thing that happens in the cluster; both know of it.
void change_something(Maker& maker, Random& random, reference::World& made, Bench& bench) {
  const auto count = static_cast<uint32_t>(made.nodes.size());
  const auto pods = static_cast<uint32_t>(made.pods.size());
  switch (random.below(7)) {
    case 0:
      if (pods > 0) {
        const uint32_t gone = random.below(pods);
        bench.cluster.remove_pod(made.pods[gone]);
        made.pods.erase(made.pods.begin() + gone);
      }
      return;
    case 1:
      if (pods > 0) {
        Value& changed = made.pods[random.below(pods)];
        changed = with_labels(changed, R"({"app":"web","tier":"back"})");
        bench.cluster.set_pod(changed);
      }
      return;
    case 2:
      if (pods > 0) {
        Value& changed = made.pods[random.below(pods)];
        changed = changed.with_in({"metadata", "deletionTimestamp"}, "2026-01-01T00:00:00Z");
        bench.cluster.set_pod(changed);
      }
      return;
    case 3: {
      // Labels of nodes can change, too.
      Value& changed = made.nodes[random.below(count)];
      changed = changed.with_in({"metadata", "labels", "topology.kubernetes.io/zone"},
                                random.one_of({"a", "b", "d"}));
      bench.cluster.set_node(changed);
      return;
    }
    case 4:
      if (count > 2) {
        // Its pods stay for a while, on a node that nobody knows.
        const uint32_t gone = random.below(count);
        bench.cluster.remove_node(made.nodes[gone]["metadata"]["name"]);
        made.nodes.erase(made.nodes.begin() + gone);
      }
      return;
    case 5: {
      made.namespaces["other"]["team"] = random.one_of<const char*>({"a", "b"});
      const Value labels = Object().set("team", made.namespaces["other"]["team"]).build();
      const Value meta = Object().set("name", "other").set("labels", labels).build();
      bench.cluster.set_namespace("other", Object().set("metadata", meta).build());
      return;
    }
    default: {
      // Assumed first, as a pod that was just decided on; then it may be bound.
      const Value pod = maker.any_pod("more-" + std::to_string(random.below(1000000)));
      const Value& node = made.nodes[random.below(count)];
      bench.cluster.assume(bench.cluster.set_pod(pod),
                           bench.cluster.find_node(node["metadata"]["name"])->id);
      made.pods.push_back(on_node(pod, node["metadata"]["name"].text()));
      if (random.chance(50)) bench.cluster.set_pod(made.pods.back());
    }
  }
}

}  // namespace

TEST_CASE("What is counted ahead stays right while pods and nodes come and go") {
  for (uint64_t seed = 1; seed <= 200; ++seed) {
    const Text wrong = said_in_world([&] {
      Maker maker(seed + 5000);
      Random random(seed);
      reference::World made = maker.world();
      Bench bench;
      fill(bench, made);
      for (int step = 0; step < 30; ++step) {
        change_something(maker, random, made, bench);
        const Value probe = maker.any_pod("probe");
        const Text found = differences(bench, made, probe);
        bench.cluster.remove_pod(probe);
        if (!found.empty()) return "step " + std::to_string(step) + ": " + found;
      }
      return Text();
    });
    INFO("seed " << seed);
    REQUIRE(wrong == "");
  }
}

TEST_CASE("A node imagined with other pods is judged as if it had them") {
  int changed_minds = 0;
  for (uint64_t seed = 1; seed <= 600; ++seed) {
    const Text wrong = said_in_world([&] {
      Maker maker(seed + 9000);
      Random random(seed);
      const reference::World made = maker.world();
      Bench bench;
      fill(bench, made);
      const Value pod = maker.any_pod("new");
      Text out;
      for (const Value& node : made.nodes) {
        const Value& name = node["metadata"]["name"];
        reference::World imagined = made;
        NodeChange change;
        std::erase_if(imagined.pods, [&](const Value& other) {
          if (other["spec"]["nodeName"] != name || random.chance(40)) return false;
          change.removed.push_back(bench.cluster.find_pod(other));
          return true;
        });
        for (uint32_t i = 0; i < random.below(3); ++i) {
          const Value more = maker.any_pod("more-" + std::to_string(i) + Text(name.text()));
          change.added.push_back(&bench.cluster.set_pod(more));
          imagined.pods.push_back(on_node(more, name.text()));
        }
        Cycle cycle(bench.cluster);
        cycle.begin(bench.cluster.set_pod(pod));
        const NodeInfo& info = *bench.cluster.find_node(name);
        const Verdict verdict = cycle.check(info, &change);
        const auto wanted = reference::judge(imagined, pod).at(Text(name.text()));
        if (verdict.ok() != cycle.check(info).ok()) ++changed_minds;
        std::vector<Text> reasons;
        cycle.append_reasons(verdict, info, reasons);
        if (joined(reasons) == joined(wanted.reasons)) continue;
        out += Text(name.text()) + " got " + joined(reasons) + " wanted " + joined(wanted.reasons);
      }
      return out;
    });
    INFO("seed " << seed);
    REQUIRE(wrong == "");
  }
  CHECK(changed_minds > 300);
}

TEST_CASE("Classes, terms and digests go with the last pod that needs them") {
  const support::InWorld world;
  Maker maker(77);
  const reference::World made = maker.world();
  Bench bench;
  fill(bench, made);
  CHECK(bench.cluster.digests().specs() > 0);
  for (const Value& pod : made.pods) bench.cluster.remove_pod(pod);
  CHECK(bench.cluster.pods() == 0);
  CHECK(bench.cluster.digests().specs() == 0);
  CHECK(bench.cluster.digests().identities() == 0);
  CHECK(bench.cluster.index().classes() == 0);
  CHECK(bench.cluster.index().terms() == 0);
}
