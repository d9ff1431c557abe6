// tests/k8s/kubectl_get_test.cpp: kubectl get, describe, events, explain, api-resources, version.

#include <catch_amalgamated.hpp>

#include "tests/k8s/kubectl_support.h"

namespace {

using namespace engine;
using support::kubectl;

Task<> gets() {
  co_await support::begin_with_pods();
  co_await kubectl("get");
  co_await kubectl("get pods");
  co_await kubectl("get pods -o wide --show-labels");
  co_await kubectl("get pods -L app --no-headers");
  co_await kubectl("get pods a b zz");
  co_await kubectl("get pods a zz --ignore-not-found -o name");
  co_await kubectl("get node/n1 pod/a");
  co_await kubectl("get po,no -A");
  co_await kubectl("get pods --field-selector=metadata.name=a");
  co_await kubectl("get pods --field-selector=foo=a");
  co_await kubectl("get pods -l app=zz");
  co_await kubectl("get pods -l app=a a");
  co_await kubectl("get pod a -A");
  co_await kubectl("get pod a -o jsonpath={.metadata.name}");
  println();
  co_await kubectl("get pods -o custom-columns=N:.metadata.name,I:.spec.containers[*].image");
  co_await kubectl("get pods -o foo");
  co_await kubectl("get cm -o yaml");
  co_await kubectl("get pods -o name --sort-by=.spec.containers[0].name");
  co_await kubectl("get pods -A -w nodes");
  co_await kubectl("describe pod zz");
  co_await kubectl("describe cm");
}

constexpr std::string_view kDefinition = R"(
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: foos.example.com}
spec:
  group: example.com
  scope: Namespaced
  names: {plural: foos, singular: foo, kind: Foo, shortNames: [fo]}
  versions:
  - name: v1
    served: true
    storage: true
    schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}
)";

Task<> customs() {
  co_await sleep_for(kSecond);
  std::string definition(kDefinition);
  co_await kubectl("get foos");
  co_await kubectl("apply -f -", std::move(definition));
  const std::string one = "apiVersion: example.com/v1\nkind: Foo\nmetadata: {name: f}\na: 1\n";
  const std::string two = "apiVersion: example.com/v1\nkind: Foo\nmetadata: {name: f}\na: 2\n";
  co_await kubectl("apply -f -", one);
  co_await kubectl("apply -f -", one);
  co_await kubectl("apply -f -", two);
  co_await kubectl("get foos.example.com");
  co_await kubectl("get fo f -o jsonpath={.a}");
  println();
  co_await kubectl("api-resources --api-group=example.com");
  co_await kubectl("delete foo f");
}

Task<> add_later() {
  co_await sleep_for(2 * kSecond);
  const std::string late =
      "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: late}\ndata: {a: b}\n";
  co_await support::quiet_kubectl("create -f -", late);
  co_await support::quiet_kubectl("delete cm late");
}

Task<> watches() {
  co_await sleep_for(kSecond);
  const std::string first = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: first}\n";
  co_await support::quiet_kubectl("create -f -", first);
  go(add_later);
  const Cancelable limited = with_timeout(background(), 5 * kSecond);
  sim::k8s::RestConfig config;
  config.host = "http://cp:6443";
  sim::k8s::KubectlIo io;
  io.out = [](std::string_view text) { print(text); };
  io.err = io.out;
  const std::vector<std::string> words = support::shell_words("get cm -w");
  const int code = co_await sim::k8s::run_kubectl(config, words, io, limited.context);
  println("code", code, "at", now().ns / kSecond.ns);
  limited.cancel();
}

constexpr std::string_view kEventList = R"(
apiVersion: v1
kind: Event
metadata: {name: e1, namespace: default}
involvedObject: {apiVersion: v1, kind: Pod, name: a, namespace: default}
type: Normal
reason: Pulled
message: "it is there"
count: 3
firstTimestamp: "2025-12-31T00:00:00Z"
lastTimestamp: "2025-12-31T12:00:00Z"
---
apiVersion: v1
kind: Event
metadata: {name: e2, namespace: default}
involvedObject: {apiVersion: v1, kind: Node, name: n1}
type: Warning
reason: Bad
message: "no"
count: 1
firstTimestamp: "2025-12-30T00:00:00Z"
lastTimestamp: "2025-12-30T00:00:00Z"
)";

Task<> events() {
  co_await sleep_for(kSecond);
  co_await kubectl("events");
  std::string manifest(kEventList);
  co_await support::quiet_kubectl("create -f -", std::move(manifest));
  co_await kubectl("events");
  co_await kubectl("events -A --types=Warning");
  co_await kubectl("events --for pod/a --no-headers");
  co_await kubectl("events --for foo/a");
}

Task<> about_the_server() {
  co_await sleep_for(kSecond);
  co_await kubectl("version");
  co_await kubectl("cluster-info");
  co_await kubectl("api-versions");
  co_await kubectl("api-resources --namespaced=false -o name");
  co_await kubectl("api-resources --api-group=apps --no-headers");
  co_await kubectl("explain");
  co_await kubectl("explain foo");
  co_await kubectl("explain pods.foo");
  co_await kubectl("get pods -s http://cp:1");
}

}  // namespace

TEST_CASE("kubectl get prints what is asked for, and what is not there") {
  CHECK(support::with_api_server(gets) == support::unfolded(R"($ get
You must specify the type of resource to get. Use "kubectl api-resources" for a complete list \
of supported resources.

error: Required resource not specified.
Use "kubectl explain <resource>" for a detailed description of that resource (e.g. kubectl \
explain pods).
See 'kubectl get -h' for help and examples
[1]
$ get pods
NAME   READY   STATUS    RESTARTS   AGE
a      0/1     Pending   0          0s
b      0/2     Pending   0          0s
ds     0/1     Pending   0          0s
$ get pods -o wide --show-labels
NAME   READY   STATUS    RESTARTS   AGE   IP       NODE   NOMINATED NODE   READINESS GATES   \
LABELS
a      0/1     Pending   0          0s    <none>   n1     <none>           <none>            app=a
b      0/2     Pending   0          0s    <none>   n1     <none>           <none>            app=b
ds     0/1     Pending   0          0s    <none>   n1     <none>           <none>            \
<none>
$ get pods -L app --no-headers
a     0/1   Pending   0     0s    a
b     0/2   Pending   0     0s    b
ds    0/1   Pending   0     0s    
$ get pods a b zz
NAME   READY   STATUS    RESTARTS   AGE
a      0/1     Pending   0          0s
b      0/2     Pending   0          0s
Error from server (NotFound): pods "zz" not found
[1]
$ get pods a zz --ignore-not-found -o name
pod/a
$ get node/n1 pod/a
NAME      STATUS    ROLES    AGE   VERSION
node/n1   Unknown   <none>   0s    

NAME    READY   STATUS    RESTARTS   AGE
pod/a   0/1     Pending   0          0s
$ get po,no -A
NAMESPACE   NAME     READY   STATUS    RESTARTS   AGE
default     pod/a    0/1     Pending   0          0s
default     pod/b    0/2     Pending   0          0s
default     pod/ds   0/1     Pending   0          0s

NAMESPACE   NAME      STATUS    ROLES    AGE   VERSION
            node/n1   Unknown   <none>   0s    
$ get pods --field-selector=metadata.name=a
NAME   READY   STATUS    RESTARTS   AGE
a      0/1     Pending   0          0s
$ get pods --field-selector=foo=a
Error from server (BadRequest): Unable to find "/v1, Resource=pods" that match label selector \
"", field selector "foo=a": field label not supported: foo
[1]
$ get pods -l app=zz
No resources found in default namespace.
$ get pods -l app=a a
error: name cannot be provided when a selector is specified
[1]
$ get pod a -A
error: a resource cannot be retrieved by name across all namespaces
[1]
$ get pod a -o jsonpath={.metadata.name}
a
$ get pods -o custom-columns=N:.metadata.name,I:.spec.containers[*].image
N     I
a     i
b     i,j
ds    i
$ get pods -o foo
error: unable to match a printer suitable for the output format "foo", allowed formats are: \
custom-columns,custom-columns-file,go-template,go-template-file,json,jsonpath,jsonpath-as-j\
son,jsonpath-file,name,template,templatefile,wide,yaml
[1]
$ get cm -o yaml
apiVersion: v1
items: []
kind: List
metadata:
  resourceVersion: ""
$ get pods -o name --sort-by=.spec.containers[0].name
pod/a
pod/b
pod/ds
$ get pods -A -w nodes
error: a resource cannot be retrieved by name across all namespaces
[1]
$ describe pod zz
Error from server (NotFound): pods "zz" not found
[1]
$ describe cm
No resources found in default namespace.
)"));
}

TEST_CASE("kubectl discovers custom resources when a word means none of the built-in ones") {
  CHECK(support::with_api_server(customs) ==
        R"($ get foos
error: the server doesn't have a resource type "foos"
[1]
$ apply -f -
customresourcedefinition.apiextensions.k8s.io/foos.example.com created
$ apply -f -
foo.example.com/f created
$ apply -f -
foo.example.com/f unchanged
$ apply -f -
foo.example.com/f configured
$ get foos.example.com
NAME   AGE
f      0s
$ get fo f -o jsonpath={.a}
2
$ api-resources --api-group=example.com
NAME   SHORTNAMES   APIVERSION       NAMESPACED   KIND
foos   fo           example.com/v1   true         Foo
$ delete foo f
foo.example.com "f" deleted
)");
}

TEST_CASE("kubectl get -w prints what happens until its context ends") {
  CHECK(support::with_api_server(watches) ==
        R"(NAME    DATA   AGE
first   0      0s
late    1      0s
late    1      0s
code 0 at 6
)");
}

TEST_CASE("kubectl events has the latest last") {
  CHECK(support::with_api_server(events) ==
        R"($ events
No events found in default namespace.
$ events
LAST SEEN           TYPE      REASON   OBJECT    MESSAGE
2d                  Warning   Bad      Node/n1   no
12h (x3 over 24h)   Normal    Pulled   Pod/a     it is there
$ events -A --types=Warning
NAMESPACE   LAST SEEN   TYPE      REASON   OBJECT    MESSAGE
default     2d          Warning   Bad      Node/n1   no
$ events --for pod/a --no-headers
12h (x3 over 24h)   Normal   Pulled   Pod/a   it is there
$ events --for foo/a
error: the server doesn't have a resource type "foo"
[1]
)");
}

TEST_CASE("kubectl tells what the server is and has") {
  CHECK(support::with_api_server(about_the_server) == support::unfolded(R"($ version
Client Version: v1.33.1
Kustomize Version: v5.6.0
Server Version: v1.33.2
$ cluster-info
Kubernetes control plane is running at http://cp:6443

To further debug and diagnose cluster problems, use 'kubectl cluster-info dump'.
$ api-versions
apiextensions.k8s.io/v1
apps/v1
authentication.k8s.io/v1
autoscaling/v2
batch/v1
coordination.k8s.io/v1
discovery.k8s.io/v1
events.k8s.io/v1
metrics.k8s.io/v1beta1
policy/v1
scheduling.k8s.io/v1
storage.k8s.io/v1
v1
$ api-resources --namespaced=false -o name
namespaces
nodes
persistentvolumes
customresourcedefinitions.apiextensions.k8s.io
tokenreviews.authentication.k8s.io
nodes.metrics.k8s.io
priorityclasses.scheduling.k8s.io
storageclasses.storage.k8s.io
$ api-resources --api-group=apps --no-headers
controllerrevisions            apps/v1   true   ControllerRevision
daemonsets            ds       apps/v1   true   DaemonSet
deployments           deploy   apps/v1   true   Deployment
replicasets           rs       apps/v1   true   ReplicaSet
statefulsets          sts      apps/v1   true   StatefulSet
$ explain
error: You must specify the type of resource to explain. Use "kubectl api-resources" for a \
complete list of supported resources.
[1]
$ explain foo
the server doesn't have a resource type "foo"
[1]
$ explain pods.foo
KIND:       Pod
VERSION:    v1

error: field "foo" does not exist
[1]
$ get pods -s http://cp:1
The connection to the server cp:1 was refused - did you specify the right host or port?
[1]
)"));
}
