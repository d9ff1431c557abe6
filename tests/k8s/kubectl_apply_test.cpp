// tests/k8s/kubectl_apply_test.cpp: kubectl apply, create, delete, wait.

#include <catch_amalgamated.hpp>

#include "tests/k8s/kubectl_support.h"

namespace {

using namespace engine;
using support::kubectl;

std::string web(std::string_view replicas) {
  std::string text(support::kWebManifest);
  const std::string_view line = "replicas: 2";
  const size_t at = text.find(line);
  text.replace(at, line.size(), "replicas: " + std::string(replicas));
  return text;
}

Task<> applies() {
  co_await sleep_for(kSecond);
  std::string two = web("2");
  std::string three = web("3");
  co_await kubectl("apply -f -", two);
  co_await kubectl("apply -f -", two);
  co_await kubectl("apply -f - --dry-run=client", three);
  co_await kubectl("apply -f - -o name", three);
  co_await kubectl("get deploy web -o jsonpath={.spec.replicas}");
  println();
  co_await kubectl("scale deploy web --replicas=7");
  co_await kubectl("apply -f -", three);
  co_await kubectl("get deploy web -o jsonpath={.spec.replicas}");
  println();
  co_await kubectl("create -f -", two);
  co_await kubectl("delete -f -", two);
  co_await kubectl("delete -f -", two);
}

Task<> wrong_manifests() {
  co_await sleep_for(kSecond);
  co_await kubectl("apply");
  co_await kubectl("apply -f x.yaml");
  co_await kubectl("apply -f -");
  co_await kubectl("apply -f -", "metadata: {name: x}\n");
  co_await kubectl("apply -f -", "a: [b\n");
  co_await kubectl("apply -f -", "apiVersion: v1\nkind: ConfigMap\nmetadata: {}\n");
  const std::string other =
      "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x, namespace: other}\n";
  co_await kubectl("apply -f -", other);
  co_await kubectl("apply -n foo -f -", other);
  const std::string unknown = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\nfoo: 1\n";
  co_await kubectl("apply -f -", unknown);
  const std::string bad = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: X}\n";
  co_await kubectl("create -f -", bad);
}

Task<> deletions() {
  co_await support::begin_with_pods();
  co_await kubectl("delete pod");
  co_await kubectl("delete pod zz");
  co_await kubectl("delete pod zz --ignore-not-found");
  co_await kubectl("delete pod a --all");
  co_await kubectl("delete cm --all");
  co_await kubectl("delete pod a --dry-run=client");
  co_await kubectl("delete pod a --force --grace-period=5");
  co_await kubectl("delete pod a --force");
  co_await kubectl("get pods -o name");
  co_await kubectl("delete pods --all --wait=false");
  co_await kubectl("delete pod b --timeout=2s");
  co_await kubectl("wait --for=delete pod/b --timeout=1s");
  co_await kubectl("wait --for=delete pod/a");
  co_await kubectl("wait --for=condition=Ready pod/zz");
  co_await kubectl("wait --for=foo pod/b");
  co_await kubectl("wait --for=jsonpath={.metadata.name}=b pod/b");
}

Task<> finish_pod() {
  co_await sleep_for(5 * kSecond);
  co_await support::quiet_kubectl("patch pod a -p '{\"metadata\":{\"finalizers\":null}}'");
}

Task<> finalizer() {
  co_await support::begin_with_pods();
  co_await support::quiet_kubectl(
      "patch pod a -p '{\"metadata\":{\"finalizers\":[\"example.com/wait\"]}}'");
  go(finish_pod);
  const Instant begin = now();
  co_await kubectl("delete pod a --force");
  println("after", since(begin).ns / kSecond.ns, "s");
}

}  // namespace

TEST_CASE("kubectl apply creates, changes what differs, and leaves the rest") {
  CHECK(support::with_api_server(applies) == support::unfolded(R"($ apply -f -
deployment.apps/web created
service/web created
$ apply -f -
deployment.apps/web unchanged
service/web unchanged
$ apply -f - --dry-run=client
deployment.apps/web configured (dry run)
service/web configured (dry run)
$ apply -f - -o name
deployment.apps/web
service/web
$ get deploy web -o jsonpath={.spec.replicas}
3
$ scale deploy web --replicas=7
deployment.apps/web scaled
$ apply -f -
deployment.apps/web configured
service/web unchanged
$ get deploy web -o jsonpath={.spec.replicas}
3
$ create -f -
Error from server (AlreadyExists): error when creating "STDIN": deployments.apps "web" already \
exists
Error from server (AlreadyExists): error when creating "STDIN": services "web" already exists
[1]
$ delete -f -
deployment.apps "web" deleted
service "web" deleted
$ delete -f -
Error from server (NotFound): error when deleting "STDIN": deployments.apps "web" not found
Error from server (NotFound): error when deleting "STDIN": services "web" not found
[1]
)"));
}

TEST_CASE("Manifests that cannot be applied are refused as by kubectl") {
  CHECK(support::with_api_server(wrong_manifests) == support::unfolded(R"($ apply
error: must specify one of -f and -k
[1]
$ apply -f x.yaml
error: the path "x.yaml" does not exist
[1]
$ apply -f -
error: no objects passed to apply
[1]
$ apply -f -
error: error validating "STDIN": error validating data: [apiVersion not set, kind not set]; if \
you choose to ignore these errors, turn validation off with --validate=false
[1]
$ apply -f -
error: error parsing STDIN: error converting YAML to JSON: yaml: line 1: did not find expected \
',' or ']'
[1]
$ apply -f -
error: error when retrieving current configuration of:
Resource: "/v1, Resource=configmaps", GroupVersionKind: "/v1, Kind=ConfigMap"
Name: "", Namespace: "default"
from server for: "STDIN": resource name may not be empty
[1]
$ apply -f -
Error from server (NotFound): error when creating "STDIN": namespaces "other" not found
[1]
$ apply -n foo -f -
error: the namespace from the provided object "other" does not match the namespace "foo". You \
must pass '--namespace=other' to perform this operation.
[1]
$ apply -f -
Error from server (BadRequest): error when creating "STDIN": ConfigMap in version "v1" cannot \
be handled as a ConfigMap: strict decoding error: unknown field "foo"
[1]
$ create -f -
The ConfigMap "X" is invalid: metadata.name: Invalid value: "X": a lowercase RFC 1123 subdomain \
must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an \
alphanumeric character (e.g. 'example.com', regex used for validation is \
'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')
[1]
)"));
}

TEST_CASE("kubectl delete and kubectl wait say what became of each object") {
  CHECK(support::with_api_server(deletions) == support::unfolded(R"($ delete pod
error: resource(s) were provided, but no name was specified
[1]
$ delete pod zz
Error from server (NotFound): pods "zz" not found
[1]
$ delete pod zz --ignore-not-found
$ delete pod a --all
error: name cannot be provided when a selector is specified
[1]
$ delete cm --all
No resources found
$ delete pod a --dry-run=client
pod "a" deleted (dry run)
$ delete pod a --force --grace-period=5
error: --force and --grace-period greater than 0 cannot be specified together
[1]
$ delete pod a --force
Warning: Immediate deletion does not wait for confirmation that the running resource has been \
terminated. The resource may continue to run on the cluster indefinitely.
pod "a" force deleted
$ get pods -o name
pod/b
pod/ds
$ delete pods --all --wait=false
pod "b" deleted
pod "ds" deleted
$ delete pod b --timeout=2s
pod "b" deleted
error: timed out waiting for the condition on pods/b
[1]
$ wait --for=delete pod/b --timeout=1s
error: timed out waiting for the condition on pods/b
[1]
$ wait --for=delete pod/a
$ wait --for=condition=Ready pod/zz
Error from server (NotFound): pods "zz" not found
[1]
$ wait --for=foo pod/b
error: unrecognized condition: "foo"
[1]
$ wait --for=jsonpath={.metadata.name}=b pod/b
pod/b condition met
)"));
}

TEST_CASE("kubectl delete waits for finalizers") {
  CHECK(support::with_api_server(finalizer) == support::unfolded(R"($ delete pod a --force
Warning: Immediate deletion does not wait for confirmation that the running resource has been \
terminated. The resource may continue to run on the cluster indefinitely.
pod "a" force deleted
after 5 s
)"));
}
