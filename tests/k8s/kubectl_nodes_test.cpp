// tests/k8s/kubectl_nodes_test.cpp: kubectl label, annotate, taint, cordon, drain, top.

#include <catch_amalgamated.hpp>

#include "tests/k8s/kubectl_support.h"

namespace {

using namespace engine;
using support::kubectl;

Task<> labels() {
  co_await support::begin_with_pods();
  co_await kubectl("label pod a x=y");
  co_await kubectl("label pod a x=z");
  co_await kubectl("label pod a x=z --overwrite");
  co_await kubectl("label pod a x=z --overwrite");
  co_await kubectl("label pod a x-");
  co_await kubectl("label pod a x-");
  co_await kubectl("label pods --all q=1");
  co_await kubectl("label pod a zz x=1");
  co_await kubectl("label pod a x=1 x-");
  co_await kubectl("label pod a x=-");
  co_await kubectl("label pod a foo");
  co_await kubectl("label pod a --list");
  co_await kubectl("annotate pod a k=v");
  co_await kubectl("annotate pod a k=w");
  co_await kubectl("annotate pod a k-");
}

Task<> taints() {
  co_await support::begin_with_pods();
  co_await kubectl("taint node n1 a=b:NoSchedule");
  co_await kubectl("taint node n1 a=c:NoSchedule");
  co_await kubectl("taint node n1 a=c:NoSchedule --overwrite");
  co_await kubectl("taint node n1 a:NoSchedule-");
  co_await kubectl("taint node n1 a-");
  co_await kubectl("taint node n1 a=b:Foo");
  co_await kubectl("taint nodes --all q:NoExecute w=1:PreferNoSchedule");
  co_await kubectl("get node n1 -o jsonpath={.spec.taints[*].key}");
  println();
  co_await kubectl("taint nodes n1 w=1:NoSchedule w-");
  co_await kubectl("taint pod a q=1:NoSchedule");
  co_await kubectl("taint node n1 q=1:NoSchedule q=2:NoSchedule");
  co_await kubectl("taint node");
}

Task<> cordons() {
  co_await support::begin_with_pods();
  co_await kubectl("cordon");
  co_await kubectl("cordon n1");
  co_await kubectl("cordon n1");
  co_await kubectl("uncordon -l zone=a");
  co_await kubectl("cordon zz");
  co_await kubectl("drain n1 --ignore-daemonsets --force");
  co_await kubectl("drain n1 --delete-emptydir-data --force --dry-run=client");
  co_await kubectl("drain n1 --delete-emptydir-data");
}

// A kubelet that lets pods go at once.
Task<> kubelet() {
  const sim::k8s::RestClient client = support::api_client();
  while (true) {
    const sim::k8s::ListOptions options;
    const sim::k8s::ListResult pods =
        co_await client.list(background(), sim::k8s::kPods, {}, options);
    for (const sim::k8s::Value& pod : pods.items) {
      if (!sim::k8s::is_being_deleted(pod)) continue;
      const sim::k8s::ObjectKey key = sim::k8s::split_key(sim::k8s::key_of(pod));
      const sim::json::Value now = sim::json::Object().set("gracePeriodSeconds", 0).build();
      static_cast<void>(co_await client.remove(background(), sim::k8s::kPods, key, now));
    }
    co_await sleep_for(kSecond);
  }
}

constexpr std::string_view kBudget = R"(
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: a}
spec: {minAvailable: 1, selector: {matchLabels: {app: a}}}
)";

Task<> relent() {
  co_await sleep_for(7 * kSecond);
  co_await support::quiet_kubectl("delete pdb a");
}

Task<> drains() {
  co_await support::begin_with_pods();
  std::string budget(kBudget);
  co_await support::quiet_kubectl("create -f -", std::move(budget));
  co_await support::quiet_kubectl(
      "patch pod a --subresource=status -p "
      "'{\"status\":{\"phase\":\"Running\",\"conditions\":[{\"type\":\"Ready\",\"status\":"
      "\"True\"}]}}'");
  co_await support::quiet_kubectl("delete pod b ds --wait=false");
  go(kubelet);
  co_await sleep_for(2 * kSecond);
  go(relent);
  const Instant begin = now();
  co_await kubectl("drain n1 --force");
  println("after", since(begin).ns / kSecond.ns, "s");
  co_await kubectl("get pods");
}

Task<> tops() {
  co_await support::begin_with_pods();
  co_await kubectl("top node");
  co_await kubectl("top pod");
  co_await kubectl("top pod -A");
  co_await kubectl("top node --sort-by=foo");
}

}  // namespace

TEST_CASE("kubectl label and annotate change what they may") {
  CHECK(support::with_api_server(labels) == support::unfolded(R"($ label pod a x=y
pod/a labeled
$ label pod a x=z
error: 'x' already has a value (y), and --overwrite is false
[1]
$ label pod a x=z --overwrite
pod/a labeled
$ label pod a x=z --overwrite
pod/a not labeled
$ label pod a x-
pod/a unlabeled
$ label pod a x-
label "x" not found.
pod/a not labeled
$ label pods --all q=1
pod/a labeled
pod/b labeled
pod/ds labeled
$ label pod a zz x=1
pod/a labeled
Error from server (NotFound): pods "zz" not found
[1]
$ label pod a x=1 x-
error: can not both modify and remove a label in the same command
[1]
$ label pod a x=-
error: invalid label value: "x=-": a valid label must be an empty string or consist of \
alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character \
(e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is \
'(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')
[1]
$ label pod a foo
error: at least one label update is required
[1]
$ label pod a --list
app=a
q=1
x=1
$ annotate pod a k=v
pod/a annotated
$ annotate pod a k=w
error: --overwrite is false but found the following declared annotation(s): 'k' already has a \
value (v)
[1]
$ annotate pod a k-
pod/a annotated
)"));
}

TEST_CASE("kubectl taint adds, changes and takes away taints") {
  CHECK(support::with_api_server(taints) ==
        R"($ taint node n1 a=b:NoSchedule
node/n1 tainted
$ taint node n1 a=c:NoSchedule
error: node n1 already has a taint(s) with same effect(s) and --overwrite is false
[1]
$ taint node n1 a=c:NoSchedule --overwrite
node/n1 modified
$ taint node n1 a:NoSchedule-
node/n1 untainted
$ taint node n1 a-
error: taint "a" not found
[1]
$ taint node n1 a=b:Foo
error: invalid taint effect: Foo, unsupported taint effect
See 'kubectl taint -h' for help and examples
[1]
$ taint nodes --all q:NoExecute w=1:PreferNoSchedule
node/n1 tainted
$ get node n1 -o jsonpath={.spec.taints[*].key}
q w
$ taint nodes n1 w=1:NoSchedule w-
error: can not both modify and remove the following taint(s) in the same command: w=
[1]
$ taint pod a q=1:NoSchedule
error: invalid resource type pod, only node types are supported
[1]
$ taint node n1 q=1:NoSchedule q=2:NoSchedule
error: duplicated taints with the same key and effect: {q 2 NoSchedule <nil>}
See 'kubectl taint -h' for help and examples
[1]
$ taint node
error: at least one taint update is required
[1]
)");
}

TEST_CASE("kubectl cordon closes nodes, and drain says what keeps it from emptying one") {
  CHECK(support::with_api_server(cordons) == support::unfolded(R"($ cordon
error: USAGE: cordon NODE [flags]
See 'kubectl cordon -h' for help and examples
[1]
$ cordon n1
node/n1 cordoned
$ cordon n1
node/n1 already cordoned
$ uncordon -l zone=a
node/n1 uncordoned
$ cordon zz
Error from server (NotFound): nodes "zz" not found
[1]
$ drain n1 --ignore-daemonsets --force
node/n1 cordoned
error: unable to drain node "n1" due to error: cannot delete Pods with local storage (use \
--delete-emptydir-data to override): default/b, continuing command...
There are pending nodes to be drained:
 n1
cannot delete Pods with local storage (use --delete-emptydir-data to override): default/b
[1]
$ drain n1 --delete-emptydir-data --force --dry-run=client
node/n1 already cordoned (dry run)
Warning: deleting Pods that declare no controller: default/a, default/b
evicting pod default/a (dry run)
evicting pod default/b (dry run)
evicting pod default/ds (dry run)
node/n1 drained (dry run)
$ drain n1 --delete-emptydir-data
node/n1 already cordoned
error: unable to drain node "n1" due to error: [cannot delete cannot delete Pods that declare \
no controller (use --force to override): default/a, default/b, cannot delete daemonsets.apps \
"d" not found: default/ds], continuing command...
There are pending nodes to be drained:
 n1
cannot delete cannot delete Pods that declare no controller (use --force to override): \
default/a, default/b
cannot delete daemonsets.apps "d" not found: default/ds
[1]
)"));
}

TEST_CASE("kubectl drain tries an eviction that a budget forbids again every five seconds") {
  CHECK(support::with_api_server(drains) == support::unfolded(R"($ drain n1 --force
node/n1 cordoned
Warning: deleting Pods that declare no controller: default/a
evicting pod default/a
error when evicting pods/"a" -n "default" (will retry after 5s): Cannot evict pod as it would \
violate the pod's disruption budget.
evicting pod default/a
error when evicting pods/"a" -n "default" (will retry after 5s): Cannot evict pod as it would \
violate the pod's disruption budget.
evicting pod default/a
pod/a evicted
node/n1 drained
after 11 s
$ get pods
No resources found in default namespace.
)"));
}

TEST_CASE("kubectl top says that there are no metrics") {
  CHECK(support::with_api_server(tops) ==
        R"($ top node
error: metrics not available yet
[1]
$ top pod
No resources found in default namespace.
$ top pod -A
No resources found
$ top node --sort-by=foo
error: --sort-by accepts only cpu or memory
[1]
)");
}
