// tests/k8s/table_kinds_test.cpp: the columns and cells of each built-in kind but pods, compared
// with what a Kubernetes server answers.

#include <catch_amalgamated.hpp>

#include "tests/k8s/table_support.h"
#include "tests/support/in_world.h"

using namespace table_support;

namespace {

// An object made three days ago with these members.
std::string object(std::string_view members) {
  std::string out = R"({"metadata": {"name": "x", "creationTimestamp": "2026-01-07T00:00:00Z"})";
  if (!members.empty()) out += ", ";
  out += members;
  return out + "}";
}

constexpr std::string_view kTemplate =
    R"("template": {"spec": {"containers": [{"name": "a", "image": "a:1"},
                                            {"name": "b", "image": "b:2"}]}})";

std::string with_template(std::string_view spec, std::string_view status) {
  return object(R"("spec": {)" + std::string(spec) + ", " + std::string(kTemplate) +
                R"(}, "status": {)" + std::string(status) + "}");
}

}  // namespace

TEST_CASE("Deployments and sets") {
  const support::InWorld world;
  constexpr std::string_view kSpec = R"("replicas": 3, "selector": {"matchLabels": {"app": "x"}})";
  CHECK(columns_of("apps", "deployments") ==
        "Name | Ready | Up-to-date | Available | Age | Containers* | Images* | Selector*");
  CHECK(row_of("apps", "deployments",
               with_template(kSpec, R"("readyReplicas": 2, "updatedReplicas": 1)")) ==
        "'x' | '2/3' | 1 | 0 | '3d' | 'a,b' | 'a:1,b:2' | 'app=x'");
  CHECK(columns_of("apps", "replicasets") ==
        "Name | Desired | Current | Ready | Age | Containers* | Images* | Selector*");
  CHECK(
      row_of("apps", "replicasets", with_template(kSpec, R"("replicas": 3, "readyReplicas": 1)")) ==
      "'x' | 3 | 3 | 1 | '3d' | 'a,b' | 'a:1,b:2' | 'app=x'");
  CHECK(columns_of("apps", "statefulsets") == "Name | Ready | Age | Containers* | Images*");
  CHECK(row_of("apps", "statefulsets", with_template(kSpec, R"("readyReplicas": 1)")) ==
        "'x' | '1/3' | '3d' | 'a,b' | 'a:1,b:2'");
  CHECK(columns_of("apps", "daemonsets") ==
        "Name | Desired | Current | Ready | Up-to-date | Available | Node Selector | Age | "
        "Containers* | Images* | Selector*");
  CHECK(row_of("apps", "daemonsets",
               with_template(R"("selector": {"matchExpressions":
                   [{"key": "k", "operator": "In", "values": ["b", "a"]}]})",
                             R"("desiredNumberScheduled": 4, "currentNumberScheduled": 3,
                                "numberReady": 2, "updatedNumberScheduled": 1)")) ==
        "'x' | 4 | 3 | 2 | 1 | 0 | '<none>' | '3d' | 'a,b' | 'a:1,b:2' | 'k in (a,b)'");
  CHECK(row_of("apps", "controllerrevisions", R"({"revision": 4, "metadata": {"name": "x-1",
      "creationTimestamp": "2026-01-07T00:00:00Z", "ownerReferences": [{"apiVersion": "apps/v1",
      "kind": "StatefulSet", "name": "x", "controller": true}]}})") ==
        "'x-1' | 'statefulset.apps/x' | 4 | '3d'");
}

TEST_CASE("Jobs") {
  const support::InWorld world;
  CHECK(columns_of("batch", "jobs") ==
        "Name | Status | Completions | Duration | Age | Containers* | Images* | Selector*");
  CHECK(row_of("batch", "jobs", with_template(R"("completions": 5)", R"("succeeded": 2,
                   "startTime": "2026-01-09T23:58:30Z")")) ==
        "'x' | 'Running' | '2/5' | '90s' | '3d' | 'a,b' | 'a:1,b:2' | '<none>'");
  CHECK(row_of("batch", "jobs", with_template(R"("parallelism": 3)", R"("succeeded": 1,
                   "startTime": "2026-01-09T00:00:00Z", "completionTime": "2026-01-09T00:05:07Z",
                   "conditions": [{"type": "Complete", "status": "True"}])")) ==
        "'x' | 'Complete' | '1/1 of 3' | '5m7s' | '3d' | 'a,b' | 'a:1,b:2' | '<none>'");
  CHECK(row_of("batch", "jobs",
               with_template(R"("parallelism": 1)",
                             R"("conditions": [{"type": "Failed", "status": "True"}])")) ==
        "'x' | 'Failed' | '0/1' | '' | '3d' | 'a,b' | 'a:1,b:2' | '<none>'");
  CHECK(columns_of("batch", "cronjobs") ==
        "Name | Schedule | Timezone | Suspend | Active | Last Schedule | Age | Containers* | "
        "Images* | Selector*");
  CHECK(row_of("batch", "cronjobs",
               object(R"("spec": {"schedule": "*/5 * * * *", "suspend": false, "jobTemplate":
                   {"spec": {)" +
                      std::string(kTemplate) + R"(}}}, "status": {"active": [{"name": "j"}],
                   "lastScheduleTime": "2026-01-09T23:55:00Z"})")) ==
        "'x' | '*/5 * * * *' | '<none>' | 'False' | 1 | '5m' | '3d' | 'a,b' | 'a:1,b:2' | "
        "'<none>'");
}

TEST_CASE("Services and what is behind them") {
  const support::InWorld world;
  CHECK(columns_of("", "services") ==
        "Name | Type | Cluster-IP | External-IP | Port(s) | Age | Selector*");
  CHECK(row_of("", "services", object(R"("spec": {"type": "ClusterIP", "clusterIPs": ["10.0.0.1"],
      "selector": {"app": "x"}, "ports": [{"port": 80, "protocol": "TCP"},
                                          {"port": 53, "protocol": "UDP"}]})")) ==
        "'x' | 'ClusterIP' | '10.0.0.1' | '<none>' | '80/TCP,53/UDP' | '3d' | 'app=x'");
  CHECK(row_of("", "services", object(R"("spec": {"type": "NodePort", "clusterIPs": ["10.0.0.1"],
      "ports": [{"port": 80, "nodePort": 30080, "protocol": "TCP"}]})")) ==
        "'x' | 'NodePort' | '10.0.0.1' | '<none>' | '80:30080/TCP' | '3d' | '<none>'");
  CHECK(row_of("", "services", object(R"("spec": {"type": "LoadBalancer"})")) ==
        "'x' | 'LoadBalancer' | '<none>' | '<pending>' | '<none>' | '3d' | '<none>'");
  CHECK(row_of("", "services", object(R"("spec": {"type": "LoadBalancer"},
      "status": {"loadBalancer": {"ingress": [{"ip": "5.5.5.5"}, {"ip": "4.4.4.4"}]}})")) ==
        "'x' | 'LoadBalancer' | '<none>' | '4.4.4.4,5.5.5.5' | '<none>' | '3d' | '<none>'");
  CHECK(row_of("", "services", object(R"("spec": {"type": "ExternalName",
      "externalName": "db.example"})")) ==
        "'x' | 'ExternalName' | '<none>' | 'db.example' | '<none>' | '3d' | '<none>'");
  CHECK(row_of("", "endpoints", object(R"("subsets": [{"ports": [{"port": 80}], "addresses":
      [{"ip": "10.0.0.1"}, {"ip": "10.0.0.2"}, {"ip": "10.0.0.3"}, {"ip": "10.0.0.4"}]}])")) ==
        "'x' | '10.0.0.1:80,10.0.0.2:80,10.0.0.3:80 + 1 more...' | '3d'");
  CHECK(row_of("", "endpoints", object("")) == "'x' | '<none>' | '3d'");
  CHECK(columns_of("discovery.k8s.io", "endpointslices") ==
        "Name | AddressType | Ports | Endpoints | Age");
  CHECK(row_of("discovery.k8s.io", "endpointslices", object(R"("addressType": "IPv4",
      "ports": [{"port": 80}, {"port": 443}], "endpoints": [{"addresses": ["10.0.0.1"]}])")) ==
        "'x' | 'IPv4' | '80,443' | '10.0.0.1' | '3d'");
  CHECK(row_of("discovery.k8s.io", "endpointslices", object(R"("addressType": "IPv4")")) ==
        "'x' | 'IPv4' | '<unset>' | '<unset>' | '3d'");
}

TEST_CASE("Nodes and namespaces") {
  const support::InWorld world;
  CHECK(columns_of("", "nodes") ==
        "Name | Status | Roles | Age | Version | Internal-IP* | External-IP* | OS-Image* | "
        "Kernel-Version* | Container-Runtime*");
  CHECK(row_of("", "nodes", R"({"metadata": {"name": "n1",
      "creationTimestamp": "2026-01-07T00:00:00Z",
      "labels": {"node-role.kubernetes.io/worker": "", "node-role.kubernetes.io/control-plane": "",
                 "zone": "a"}}, "spec": {"unschedulable": true},
      "status": {"conditions": [{"type": "Ready", "status": "True"}],
                 "addresses": [{"type": "InternalIP", "address": "10.1.0.1"}],
                 "nodeInfo": {"kubeletVersion": "v1.33.1", "osImage": "Debian"}}})") ==
        "'n1' | 'Ready,SchedulingDisabled' | 'control-plane,worker' | '3d' | 'v1.33.1' | "
        "'10.1.0.1' | '<none>' | 'Debian' | '<unknown>' | '<unknown>'");
  const auto status = [](std::string_view conditions) {
    return std::string(table_of("", "nodes",
                                object(R"("status": {"conditions": [)" + std::string(conditions) +
                                       "]}"))["rows"][0]["cells"][1]
                           .text());
  };
  CHECK(status(R"({"type": "Ready", "status": "Unknown"})") == "NotReady");
  CHECK(status("") == "Unknown");
  CHECK(row_of("", "namespaces", object(R"("status": {"phase": "Active"})")) ==
        "'x' | 'Active' | '3d'");
}

TEST_CASE("Events") {
  const support::InWorld world;
  CHECK(columns_of("", "events") ==
        "Last Seen | Type | Reason | Object | Subobject* | Source* | Message | First Seen* | "
        "Count* | Name*");
  CHECK(row_of("", "events", R"({"metadata": {"name": "e"}, "type": "Warning",
      "reason": "BackOff", "message": "Back-off\n", "count": 4,
      "firstTimestamp": "2026-01-09T23:00:00Z", "lastTimestamp": "2026-01-09T23:59:30Z",
      "involvedObject": {"kind": "Pod", "name": "web-0", "fieldPath": "spec.containers{c}"},
      "source": {"component": "kubelet", "host": "n1"}})") ==
        "'30s' | 'Warning' | 'BackOff' | 'pod/web-0' | 'spec.containers{c}' | 'kubelet, n1' | "
        "'Back-off' | '60m' | 4 | 'e'");
  CHECK(row_of("events.k8s.io", "events", R"({"metadata": {"name": "e"}, "type": "Normal",
      "reason": "Scheduled", "note": "Assigned", "eventTime": "2026-01-09T23:59:00.000000Z",
      "regarding": {"kind": "Pod", "name": "web-0"}, "reportingController": "default-scheduler",
      "reportingInstance": "default-scheduler-cp"})") ==
        "'60s' | 'Normal' | 'Scheduled' | 'pod/web-0' | '' | "
        "'default-scheduler, default-scheduler-cp' | 'Assigned' | '60s' | 1 | 'e'");
}

TEST_CASE("Configuration") {
  const support::InWorld world;
  CHECK(row_of("", "configmaps", object(R"("data": {"a": "1", "b": "2"},
      "binaryData": {"c": "AA=="})")) == "'x' | 3 | '3d'");
  CHECK(row_of("", "secrets", object(R"("type": "Opaque", "data": {"a": "MQ=="})")) ==
        "'x' | 'Opaque' | 1 | '3d'");
  CHECK(row_of("", "serviceaccounts", object("")) == "'x' | 0 | '3d'");
  CHECK(row_of("coordination.k8s.io", "leases", object(R"("spec": {"holderIdentity": "n1"})")) ==
        "'x' | 'n1' | '3d'");
}

TEST_CASE("Storage") {
  const support::InWorld world;
  CHECK(columns_of("", "persistentvolumes") ==
        "Name | Capacity | Access Modes | Reclaim Policy | Status | Claim | StorageClass | "
        "VolumeAttributesClass | Reason | Age | VolumeMode*");
  CHECK(row_of("", "persistentvolumes", object(R"("spec": {"capacity": {"storage": "10Gi"},
      "accessModes": ["ReadWriteMany", "ReadWriteOnce"], "storageClassName": "fast",
      "persistentVolumeReclaimPolicy": "Delete", "volumeMode": "Filesystem",
      "claimRef": {"namespace": "default", "name": "data"}}, "status": {"phase": "Bound"})")) ==
        "'x' | '10Gi' | 'RWO,RWX' | 'Delete' | 'Bound' | 'default/data' | 'fast' | '<unset>' | "
        "'' | '3d' | 'Filesystem'");
  CHECK(columns_of("", "persistentvolumeclaims") ==
        "Name | Status | Volume | Capacity | Access Modes | StorageClass | "
        "VolumeAttributesClass | Age | VolumeMode*");
  CHECK(row_of("", "persistentvolumeclaims", object(R"("spec": {"storageClassName": "fast",
      "resources": {"requests": {"storage": "5Gi"}}}, "status": {"phase": "Pending"})")) ==
        "'x' | 'Pending' | '' | '' | '' | 'fast' | '<unset>' | '3d' | '<unset>'");
  CHECK(row_of("storage.k8s.io", "storageclasses", R"({"provisioner": "p", "metadata":
      {"name": "fast", "creationTimestamp": "2026-01-07T00:00:00Z", "annotations":
       {"storageclass.kubernetes.io/is-default-class": "true"}}})") ==
        "'fast (default)' | 'p' | 'Delete' | 'Immediate' | false | '3d'");
}

TEST_CASE("What scales, protects and limits") {
  const support::InWorld world;
  CHECK(columns_of("autoscaling", "horizontalpodautoscalers") ==
        "Name | Reference | Targets | MinPods | MaxPods | Replicas | Age");
  CHECK(row_of("autoscaling", "horizontalpodautoscalers", object(R"("spec": {
      "scaleTargetRef": {"kind": "Deployment", "name": "web"}, "minReplicas": 1,
      "maxReplicas": 10, "metrics": [
        {"type": "Resource", "resource": {"name": "cpu", "target": {"averageUtilization": 80}}},
        {"type": "Resource", "resource": {"name": "memory", "target": {"averageValue": "100Mi"}}},
        {"type": "Pods", "pods": {"target": {"averageValue": "1k"}}}]},
      "status": {"currentReplicas": 2, "currentMetrics": [
        {"type": "Resource", "resource": {"name": "cpu", "current": {"averageUtilization": 50}}}
      ]})")) ==
        "'x' | 'Deployment/web' | 'cpu: 50%/80%, memory: <unknown>/100Mi + 1 more...' | "
        "'1' | 10 | 2 | '3d'");
  CHECK(row_of("autoscaling", "horizontalpodautoscalers", object(R"("spec": {
      "scaleTargetRef": {"kind": "Deployment", "name": "web"}, "maxReplicas": 4,
      "targetCPUUtilizationPercentage": 70})")) ==
        "'x' | 'Deployment/web' | 'cpu: <unknown>/70%' | '<unset>' | 4 | 0 | '3d'");
  CHECK(columns_of("policy", "poddisruptionbudgets") ==
        "Name | Min Available | Max Unavailable | Allowed Disruptions | Age");
  CHECK(row_of("policy", "poddisruptionbudgets", object(R"("spec": {"minAvailable": "50%"},
      "status": {"disruptionsAllowed": 1})")) == "'x' | '50%' | 'N/A' | 1 | '3d'");
  CHECK(columns_of("scheduling.k8s.io", "priorityclasses") ==
        "Name | Value | Global-Default | Age | PreemptionPolicy");
  CHECK(row_of("scheduling.k8s.io", "priorityclasses",
               object(R"("value": 1000, "preemptionPolicy": "Never")")) ==
        "'x' | 1000 | false | '3d' | 'Never'");
  CHECK(columns_of("", "resourcequotas") == "Name | Request | Limit | Age");
  CHECK(row_of("", "resourcequotas", object(R"("status": {
      "hard": {"requests.cpu": "4", "pods": "10", "limits.memory": "8Gi"},
      "used": {"requests.cpu": "1500m", "pods": "3"}})")) ==
        "'x' | 'pods: 3/10, requests.cpu: 1500m/4' | 'limits.memory: 0/8Gi' | '3d'");
}

TEST_CASE("Roles that are given, and measurements") {
  const support::InWorld world;
  CHECK(columns_of("rbac.authorization.k8s.io", "rolebindings") ==
        "Name | Role | Age | Users* | Groups* | ServiceAccounts*");
  CHECK(row_of("rbac.authorization.k8s.io", "rolebindings", object(R"("roleRef":
      {"kind": "Role", "name": "r"}, "subjects": [{"kind": "User", "name": "ann"},
      {"kind": "User", "name": "bob"}, {"kind": "ServiceAccount", "namespace": "n",
       "name": "sa"}])")) == "'x' | 'Role/r' | '3d' | 'ann, bob' | '' | 'n/sa'");
  CHECK(columns_of("metrics.k8s.io", "nodes") == "Name | cpu | memory | Window");
  CHECK(row_of("metrics.k8s.io", "nodes", object(R"("window": "20s",
      "usage": {"cpu": "250m", "memory": "1000Ki"})")) == "'x' | '250m' | '1000Ki' | '20s'");
  CHECK(row_of("metrics.k8s.io", "pods", object(R"("window": "20s", "containers": [
      {"usage": {"cpu": "250m", "memory": "1Mi"}},
      {"usage": {"cpu": "1", "memory": "3Mi"}}])")) == "'x' | '1250m' | '4Mi' | '20s'");
}
