// tests/k8s/kubectl_rollout_test.cpp: kubectl rollout, scale, set image, patch.

#include <catch_amalgamated.hpp>

#include "tests/k8s/kubectl_support.h"

namespace {

using namespace engine;
using support::kubectl;
using support::quiet_kubectl;

Task<> begin_with_web() {
  co_await sleep_for(kSecond);
  std::string manifest(support::kWebManifest);
  co_await quiet_kubectl("apply -f -", std::move(manifest));
}

Task<> set_status(std::string status) {
  const std::string line =
      "patch deploy web --subresource=status -p '{\"status\":{" + status + "}}'";
  co_await quiet_kubectl(line);
}

Task<> statuses() {
  co_await begin_with_web();
  co_await kubectl("rollout status deploy/web --timeout=2s");
  co_await set_status("\"observedGeneration\":9,\"replicas\":2,\"updatedReplicas\":1");
  co_await kubectl("rollout status deploy/web --watch=false");
  co_await set_status("\"replicas\":3,\"updatedReplicas\":2");
  co_await kubectl("rollout status deploy/web --watch=false");
  co_await set_status("\"replicas\":2,\"availableReplicas\":1");
  co_await kubectl("rollout status deploy/web --watch=false");
  co_await set_status("\"availableReplicas\":2");
  co_await kubectl("rollout status deploy/web");
  co_await kubectl("rollout status svc/web");
  co_await kubectl("rollout status deploy/zz");
  co_await kubectl("rollout status");
}

Task<> advance() {
  co_await sleep_for(2 * kSecond);
  co_await set_status("\"updatedReplicas\":2");
  co_await sleep_for(kSecond);
  co_await set_status("\"availableReplicas\":2");
}

Task<> follows() {
  co_await begin_with_web();
  co_await set_status("\"observedGeneration\":9,\"replicas\":2,\"updatedReplicas\":1");
  go(advance);
  const Instant begin = now();
  co_await kubectl("rollout status deploy web");
  println("after", since(begin).ns / kSecond.ns, "s");
}

std::string revision(std::string_view uid, std::string_view number, std::string_view image) {
  std::string out = "---\napiVersion: apps/v1\nkind: ReplicaSet\nmetadata:\n  name: web-";
  out += number;
  out += "\n  labels: {app: web}\n  annotations: {deployment.kubernetes.io/revision: \"";
  out += number;
  out += "\"}\n  ownerReferences: [{apiVersion: apps/v1, kind: Deployment, name: web, uid: \"";
  out += uid;
  out +=
      "\", controller: true}]\nspec:\n  selector: {matchLabels: {app: web}}\n"
      "  template:\n    metadata: {labels: {app: web, pod-template-hash: \"";
  out += number;
  out += "\"}}\n    spec: {containers: [{name: c, image: \"";
  out += image;
  return out + "\"}]}\n";
}

Task<> histories() {
  co_await begin_with_web();
  co_await kubectl("rollout history deploy web");
  co_await kubectl("rollout undo deploy web");
  const sim::k8s::RestClient client = support::api_client();
  const sim::k8s::ObjectResult web =
      co_await client.get(background(), sim::k8s::kDeployments, "default", "web");
  const std::string uid(sim::k8s::uid_of(web.object));
  const std::string sets = revision(uid, "1", "nginx:0") + revision(uid, "2", "nginx:1");
  co_await quiet_kubectl("create -f -", sets);
  co_await quiet_kubectl("annotate rs web-2 kubernetes.io/change-cause=newer");
  co_await kubectl("rollout history deploy/web");
  co_await kubectl("rollout history deploy/web --revision=2");
  co_await kubectl("rollout history deploy/web --revision=7");
  co_await kubectl("rollout undo deploy web --to-revision=7");
  co_await kubectl("rollout undo deploy web --to-revision=2");
  co_await kubectl("rollout undo deploy web");
  co_await kubectl("get deploy web -o jsonpath={.spec.template.spec.containers[0].image}");
  println();
  co_await kubectl("rollout history svc/web");
  co_await kubectl("rollout undo svc/web");
}

Task<> changes() {
  co_await begin_with_web();
  co_await kubectl("rollout restart deploy web");
  co_await kubectl("rollout pause deploy web");
  co_await kubectl("rollout pause deploy web");
  co_await kubectl("rollout restart deploy web");
  co_await kubectl("rollout resume deploy web");
  co_await kubectl("rollout resume deploy web");
  co_await kubectl("rollout restart svc/web");
  co_await kubectl("rollout restart");
  co_await kubectl("scale deploy web --replicas=4");
  co_await kubectl("scale deploy/web --replicas=5 --current-replicas=3");
  co_await kubectl("scale svc web --replicas=1");
  co_await kubectl("scale deploy web zz --replicas=2");
  co_await kubectl("set image deploy/web c=nginx:2");
  co_await kubectl("set image deploy/web c=nginx:2");
  co_await kubectl("set image deploy/web d=x");
  co_await kubectl("set image deploy/web");
  co_await kubectl("set image svc/web c=x");
  co_await kubectl("patch deploy web -p 'spec: {replicas: 3}'");
  co_await kubectl("patch deploy web -p 'spec: {replicas: 3}'");
  co_await kubectl("patch deploy web --type=foo -p {}");
  co_await kubectl("patch deploy web --type=json -p '[{\"op\":\"remove\",\"path\":\"/foo\"}]'");
  co_await kubectl("patch deploy web");
  co_await kubectl("patch deploy web -p '{\"spec\":{\"replicas\":-1}}'");
}

}  // namespace

TEST_CASE("kubectl rollout status tells what is waited for") {
  CHECK(support::with_api_server(statuses) ==
        R"($ rollout status deploy/web --timeout=2s
Waiting for deployment spec update to be observed...
error: timed out waiting for the condition
[1]
$ rollout status deploy/web --watch=false
Waiting for deployment "web" rollout to finish: 1 out of 2 new replicas have been updated...
$ rollout status deploy/web --watch=false
Waiting for deployment "web" rollout to finish: 1 old replicas are pending termination...
$ rollout status deploy/web --watch=false
Waiting for deployment "web" rollout to finish: 1 of 2 updated replicas are available...
$ rollout status deploy/web
deployment "web" successfully rolled out
$ rollout status svc/web
error: no status viewer has been implemented for Service
[1]
$ rollout status deploy/zz
Error from server (NotFound): deployments.apps "zz" not found
[1]
$ rollout status
error: required resource not specified
[1]
)");
}

TEST_CASE("kubectl rollout status follows a rollout to its end") {
  CHECK(support::with_api_server(follows) ==
        R"($ rollout status deploy web
Waiting for deployment "web" rollout to finish: 1 out of 2 new replicas have been updated...
Waiting for deployment "web" rollout to finish: 0 of 2 updated replicas are available...
deployment "web" successfully rolled out
after 3 s
)");
}

TEST_CASE("kubectl rollout history and undo go by the replica sets' revisions") {
  CHECK(support::with_api_server(histories) ==
        R"($ rollout history deploy web
deployment.apps/web 
No rollout history found.
$ rollout undo deploy web
error: no rollout history found for deployment "web"
[1]
$ rollout history deploy/web
deployment.apps/web 
REVISION  CHANGE-CAUSE
1         <none>
2         newer

$ rollout history deploy/web --revision=2
deployment.apps/web with revision #2
Pod Template:
  Labels:	app=web
	pod-template-hash=2
  Annotations:	kubernetes.io/change-cause: newer
  Containers:
   c:
    Image:	nginx:1
    Port:	<none>
    Host Port:	<none>
    Environment:	<none>
    Mounts:	<none>
  Volumes:	<none>
  Node-Selectors:	<none>
  Tolerations:	<none>

$ rollout history deploy/web --revision=7
error: unable to find the specified revision
[1]
$ rollout undo deploy web --to-revision=7
error: unable to find specified revision 7 in history
[1]
$ rollout undo deploy web --to-revision=2
deployment.apps/web skipped rollback (current template already matches revision 2)
$ rollout undo deploy web
deployment.apps/web rolled back
$ get deploy web -o jsonpath={.spec.template.spec.containers[0].image}
nginx:0
$ rollout history svc/web
error: error retrieving history for "Service", no visitor method exists for { Service}
[1]
$ rollout undo svc/web
error: error retrieving rollbacker for "Service", no visitor method exists for { Service}
[1]
)");
}

TEST_CASE("kubectl changes workloads step by step") {
  CHECK(support::with_api_server(changes) == support::unfolded(R"($ rollout restart deploy web
deployment.apps/web restarted
$ rollout pause deploy web
deployment.apps/web paused
$ rollout pause deploy web
error: deployments.apps "web" is already paused
[1]
$ rollout restart deploy web
error: deployments.apps "web" can't restart paused deployment (run rollout resume first)
[1]
$ rollout resume deploy web
deployment.apps/web resumed
$ rollout resume deploy web
error: deployments.apps "web" is not paused
[1]
$ rollout restart svc/web
error: services "web" restarting is not supported
[1]
$ rollout restart
error: required resource not specified
[1]
$ scale deploy web --replicas=4
deployment.apps/web scaled
$ scale deploy/web --replicas=5 --current-replicas=3
error: Expected replicas to be 3, was 4
[1]
$ scale svc web --replicas=1
Error from server (NotFound): the server could not find the requested resource
[1]
$ scale deploy web zz --replicas=2
deployment.apps/web scaled
Error from server (NotFound): deployments.apps "zz" not found
[1]
$ set image deploy/web c=nginx:2
deployment.apps/web image updated
$ set image deploy/web c=nginx:2
$ set image deploy/web d=x
error: unable to find container named "d"
[1]
$ set image deploy/web
error: at least one image update is required
[1]
$ set image svc/web c=x
error: services/web the object is not a pod or does not have a pod template: *v1.Service
[1]
$ patch deploy web -p 'spec: {replicas: 3}'
deployment.apps/web patched
$ patch deploy web -p 'spec: {replicas: 3}'
deployment.apps/web patched (no change)
$ patch deploy web --type=foo -p {}
error: --type must be one of [json merge strategic], not "foo"
[1]
$ patch deploy web --type=json -p '[{"op":"remove","path":"/foo"}]'
The request is invalid: : error in remove for path: '/foo': Unable to remove nonexistent key: \
foo: missing value
[1]
$ patch deploy web
error: must specify --patch or --patch-file containing the contents of the patch
[1]
$ patch deploy web -p '{"spec":{"replicas":-1}}'
The Deployment "web" is invalid: spec.replicas: Invalid value: -1: must be greater than or \
equal to 0
[1]
)"));
}
