// tests/k8s/kubectl_make_test.cpp: the objects that kubectl create, run, expose and autoscale make.

#include <catch_amalgamated.hpp>

#include "tests/k8s/kubectl_support.h"

namespace {

using namespace engine;
using support::kubectl;

Task<> dry_runs() {
  co_await support::begin_with_pods();
  co_await kubectl(
      "create deploy foo --image=nginx:1 --replicas=3 --port=80 --dry-run=client -o yaml");
  co_await kubectl(
      "create cronjob j --image=x --schedule='* * * * *' --dry-run=client -o yaml -- a b");
  co_await kubectl("create svc clusterip s --tcp=80:8080 --dry-run=client -o yaml");
  co_await kubectl("create secret generic s --from-literal=a=b --dry-run=client -o yaml -n foo");
  co_await kubectl(
      "run p --image=x --port=80 --env=A=b --labels=a=b --dry-run=client -o yaml -- a b");
  co_await kubectl(
      "expose pod a --port=80 --target-port=8080 --name=n --type=NodePort --dry-run=client -o "
      "yaml");
}

Task<> creations() {
  co_await support::begin_with_pods();
  co_await kubectl("create ns foo");
  co_await kubectl("create ns foo");
  co_await kubectl("create deploy web --image=nginx");
  co_await kubectl("create deploy web --image=nginx");
  co_await kubectl("create deploy web");
  co_await kubectl("create cm c --from-literal=a=b");
  co_await kubectl("create cm c --from-literal=a");
  co_await kubectl("create cm d --from-literal=a=1 --from-literal=a=2");
  co_await kubectl("create secret generic");
  co_await kubectl("create svc clusterip s");
  co_await kubectl("create job j");
  co_await kubectl("create cronjob j --image=x");
  co_await kubectl("create cronjob j --image=x --schedule='0 * * * *' -- a b");
  co_await kubectl("create job k --from=cronjob/j");
  co_await kubectl("get job k -o jsonpath={.spec.template.spec.containers[0].command}");
  println();
  co_await kubectl("create cm x --dry-run=foo");
  co_await kubectl("run p --image=x");
  co_await kubectl("run --image=x");
  co_await kubectl("run p");
  co_await kubectl("expose deploy web");
  co_await kubectl("expose deploy web --port=80");
  co_await kubectl("expose cm c --port=80");
  co_await kubectl("autoscale deploy web --max=0");
  co_await kubectl("autoscale deploy web --min=4 --max=3");
  co_await kubectl("autoscale deploy web --min=1 --max=3 --cpu-percent=50");
}

}  // namespace

TEST_CASE("What kubectl would create is what the real one would") {
  CHECK(support::with_api_server(dry_runs) ==
        support::unfolded(R"($ create deploy foo --image=nginx:1 --replicas=3 --port=80 \
--dry-run=client -o yaml
apiVersion: apps/v1
kind: Deployment
metadata:
  creationTimestamp: null
  labels:
    app: foo
  name: foo
spec:
  replicas: 3
  selector:
    matchLabels:
      app: foo
  strategy: {}
  template:
    metadata:
      creationTimestamp: null
      labels:
        app: foo
    spec:
      containers:
      - image: nginx:1
        name: nginx
        ports:
        - containerPort: 80
        resources: {}
status: {}
$ create cronjob j --image=x --schedule='* * * * *' --dry-run=client -o yaml -- a b
apiVersion: batch/v1
kind: CronJob
metadata:
  creationTimestamp: null
  name: j
spec:
  jobTemplate:
    metadata:
      creationTimestamp: null
      name: j
    spec:
      template:
        metadata:
          creationTimestamp: null
        spec:
          containers:
          - command:
            - a
            - b
            image: x
            name: j
            resources: {}
          restartPolicy: OnFailure
  schedule: '* * * * *'
status: {}
$ create svc clusterip s --tcp=80:8080 --dry-run=client -o yaml
apiVersion: v1
kind: Service
metadata:
  creationTimestamp: null
  labels:
    app: s
  name: s
spec:
  ports:
  - name: 80-8080
    port: 80
    protocol: TCP
    targetPort: 8080
  selector:
    app: s
  type: ClusterIP
status:
  loadBalancer: {}
$ create secret generic s --from-literal=a=b --dry-run=client -o yaml -n foo
apiVersion: v1
data:
  a: Yg==
kind: Secret
metadata:
  creationTimestamp: null
  name: s
  namespace: foo
$ run p --image=x --port=80 --env=A=b --labels=a=b --dry-run=client -o yaml -- a b
apiVersion: v1
kind: Pod
metadata:
  creationTimestamp: null
  labels:
    a: b
  name: p
spec:
  containers:
  - args:
    - a
    - b
    env:
    - name: A
      value: b
    image: x
    name: p
    ports:
    - containerPort: 80
    resources: {}
  dnsPolicy: ClusterFirst
  restartPolicy: Always
status: {}
$ expose pod a --port=80 --target-port=8080 --name=n --type=NodePort --dry-run=client -o yaml
apiVersion: v1
kind: Service
metadata:
  creationTimestamp: null
  labels:
    app: a
  name: "n"
spec:
  ports:
  - port: 80
    protocol: TCP
    targetPort: 8080
  selector:
    app: a
  type: NodePort
status:
  loadBalancer: {}
)"));
}

TEST_CASE("kubectl creates objects of common kinds from flags") {
  CHECK(support::with_api_server(creations) ==
        R"($ create ns foo
namespace/foo created
$ create ns foo
Error from server (AlreadyExists): namespaces "foo" already exists
[1]
$ create deploy web --image=nginx
deployment.apps/web created
$ create deploy web --image=nginx
error: failed to create deployment: deployments.apps "web" already exists
[1]
$ create deploy web
error: required flag(s) "image" not set
[1]
$ create cm c --from-literal=a=b
configmap/c created
$ create cm c --from-literal=a
error: invalid literal source a, expected key=value
[1]
$ create cm d --from-literal=a=1 --from-literal=a=2
error: cannot add key "a", another key by that name already exists in Data for ConfigMap "d"
[1]
$ create secret generic
error: exactly one NAME is required, got 0
See 'kubectl create secret generic -h' for help and examples
[1]
$ create svc clusterip s
error: at least one tcp port specifier must be provided
[1]
$ create job j
error: either --image or --from must be specified
[1]
$ create cronjob j --image=x
error: required flag(s) "schedule" not set
[1]
$ create cronjob j --image=x --schedule='0 * * * *' -- a b
cronjob.batch/j created
$ create job k --from=cronjob/j
job.batch/k created
$ get job k -o jsonpath={.spec.template.spec.containers[0].command}
["a","b"]
$ create cm x --dry-run=foo
error: Invalid dry-run value (foo). Must be "none", "server", or "client".
[1]
$ run p --image=x
pod/p created
$ run --image=x
error: NAME is required for run
See 'kubectl run -h' for help and examples
[1]
$ run p
error: required flag(s) "image" not set
[1]
$ expose deploy web
error: couldn't find port via --port flag or introspection
[1]
$ expose deploy web --port=80
service/web exposed
$ expose cm c --port=80
error: cannot expose a ConfigMap
[1]
$ autoscale deploy web --max=0
error: --max=MAXPODS is required and must be at least 1, max: 0
[1]
$ autoscale deploy web --min=4 --max=3
error: --max=MAXPODS must be larger or equal to --min=MINPODS, max: 3, min: 4
[1]
$ autoscale deploy web --min=1 --max=3 --cpu-percent=50
horizontalpodautoscaler.autoscaling/web autoscaled
)");
}
