// tests/k8s/describe_node_test.cpp: what kubectl describe tells of nodes, namespaces, and kinds
// that it does not know, compared with the bytes of the real kubectl.

#include "sim/k8s/kubectl/describe.h"

#include <catch_amalgamated.hpp>

#include "tests/k8s/describe_support.h"
#include "tests/support/in_world.h"

using describe_support::described;

TEST_CASE("A node with its lease, its pods and what they take") {
  const support::InWorld world;
  CHECK(described(R"(
    {"apiVersion": "v1", "kind": "Node", "metadata": {"name": "node-1", "uid": "u-node-1",
    "creationTimestamp": "2026-01-05T00:00:00Z", "labels": {"kubernetes.io/hostname": "node-1",
    "node-role.kubernetes.io/control-plane": ""}}, "spec": {"podCIDR": "10.0.0.0/24",
    "podCIDRs": ["10.0.0.0/24"], "taints": [{"key": "node-role.kubernetes.io/control-plane",
    "effect": "NoSchedule"}, {"key": "b", "value": "v", "effect": "NoExecute"}],
    "unschedulable": true}, "status": {"capacity": {"cpu": "4", "memory": "8Gi", "pods": "110"},
    "allocatable": {"cpu": "4", "memory": "8Gi", "pods": "110"}, "conditions": [{"type":
    "MemoryPressure", "status": "False", "reason": "KubeletHasSufficientMemory", "message":
    "kubelet has sufficient memory available", "lastHeartbeatTime": "2026-01-09T23:59:00Z",
    "lastTransitionTime": "2026-01-05T00:00:10Z"}, {"type": "Ready", "status": "True", "reason":
    "KubeletReady", "message": "kubelet is posting ready status", "lastHeartbeatTime":
    "2026-01-09T23:59:00Z", "lastTransitionTime": "2026-01-05T00:00:10Z"}], "addresses":
    [{"type": "InternalIP", "address": "10.1.0.1"}, {"type": "Hostname", "address": "node-1"}],
    "nodeInfo": {"machineID": "m1", "systemUUID": "s1", "bootID": "b1", "kernelVersion":
    "6.1.0", "osImage": "Debian GNU/Linux 12", "operatingSystem": "linux", "architecture":
    "amd64", "containerRuntimeVersion": "containerd://2.0.0", "kubeletVersion": "v1.33.1"}}})",
                  R"(
    {"lease": {"spec": {"holderIdentity": "node-1", "renewTime":
    "2026-01-09T23:59:55.000000Z"}}, "pods": [{"metadata": {"name": "web-0", "namespace":
    "default", "creationTimestamp": "2026-01-09T00:00:00Z"}, "spec": {"containers":
    [{"resources": {"requests": {"cpu": "250m", "memory": "512Mi"}, "limits": {"memory":
    "1Gi"}}}, {"resources": {"requests": {"cpu": "50m"}}}]}}, {"metadata": {"name": "dns",
    "namespace": "kube-system", "creationTimestamp": "2026-01-09T00:00:00Z"}, "spec":
    {"containers": [{"resources": {"requests": {"cpu": "100m"}}}], "initContainers":
    [{"resources": {"requests": {"cpu": "1"}}}]}}], "events": [{"type": "Normal", "reason":
    "NodeReady", "message": "Node node-1 status is now: NodeReady", "count": 1,
    "firstTimestamp": "2026-01-05T00:00:10Z", "lastTimestamp": "2026-01-05T00:00:10Z", "source":
    {"component": "kubelet"}}]})") ==
        "Name:               node-1\n"
        "Roles:              control-plane\n"
        "Labels:             kubernetes.io/hostname=node-1\n"
        "                    node-role.kubernetes.io/control-plane=\n"
        "Annotations:        <none>\n"
        "CreationTimestamp:  Mon, 05 Jan 2026 00:00:00 +0000\n"
        "Taints:             b=v:NoExecute\n"
        "                    node-role.kubernetes.io/control-plane:NoSchedule\n"
        "Unschedulable:      true\n"
        "Lease:\n"
        "  HolderIdentity:  node-1\n"
        "  AcquireTime:     <unset>\n"
        "  RenewTime:       Fri, 09 Jan 2026 23:59:55 +0000\n"
        "Conditions:\n"
        "  Type             Status  LastHeartbeatTime                 LastTransitionTime     "
        "           Reason                       Message\n"
        "  ----             ------  -----------------                 ------------------     "
        "           ------                       -------\n"
        "  MemoryPressure   False   Fri, 09 Jan 2026 23:59:00 +0000   Mon, 05 Jan 2026 00:00:"
        "10 +0000   KubeletHasSufficientMemory   kubelet has sufficient memory available\n"
        "  Ready            True    Fri, 09 Jan 2026 23:59:00 +0000   Mon, 05 Jan 2026 00:00:"
        "10 +0000   KubeletReady                 kubelet is posting ready status\n"
        "Addresses:\n"
        "  InternalIP:  10.1.0.1\n"
        "  Hostname:    node-1\n"
        "Capacity:\n"
        "  cpu:     4\n"
        "  memory:  8Gi\n"
        "  pods:    110\n"
        "Allocatable:\n"
        "  cpu:     4\n"
        "  memory:  8Gi\n"
        "  pods:    110\n"
        "System Info:\n"
        "  Machine ID:                 m1\n"
        "  System UUID:                s1\n"
        "  Boot ID:                    b1\n"
        "  Kernel Version:             6.1.0\n"
        "  OS Image:                   Debian GNU/Linux 12\n"
        "  Operating System:           linux\n"
        "  Architecture:               amd64\n"
        "  Container Runtime Version:  containerd://2.0.0\n"
        "  Kubelet Version:            v1.33.1\n"
        "  Kube-Proxy Version:         \n"
        "PodCIDR:                      10.0.0.0/24\n"
        "PodCIDRs:                     10.0.0.0/24\n"
        "Non-terminated Pods:          (2 in total)\n"
        "  Namespace                   Name     CPU Requests  CPU Limits  Memory Requests  Me"
        "mory Limits  Age\n"
        "  ---------                   ----     ------------  ----------  ---------------  --"
        "-----------  ---\n"
        "  default                     web-0    300m (7%)     0 (0%)      512Mi (6%)       1G"
        "i (12%)      24h\n"
        "  kube-system                 dns      1 (25%)       0 (0%)      0 (0%)           0 "
        "(0%)         24h\n"
        "Allocated resources:\n"
        "  (Total limits may be over 100 percent, i.e., overcommitted.)\n"
        "  Resource           Requests     Limits\n"
        "  --------           --------     ------\n"
        "  cpu                1300m (32%)  0 (0%)\n"
        "  memory             512Mi (6%)   1Gi (12%)\n"
        "  ephemeral-storage  0 (0%)       0 (0%)\n"
        "Events:\n"
        "  Type    Reason     Age    From     Message\n"
        "  ----    ------     ----   ----     -------\n"
        "  Normal  NodeReady  4d23h  kubelet  Node node-1 status is now: NodeReady\n");
}

TEST_CASE("A node without a lease") {
  const support::InWorld world;
  CHECK(described(R"(
    {"apiVersion": "v1", "kind": "Node", "metadata": {"name": "n", "uid": "u-n",
    "creationTimestamp": "2026-01-05T00:00:00Z"}, "spec": {}, "status": {}})") ==
        "Name:               n\n"
        "Roles:              <none>\n"
        "Labels:             <none>\n"
        "Annotations:        <none>\n"
        "CreationTimestamp:  Mon, 05 Jan 2026 00:00:00 +0000\n"
        "Taints:             <none>\n"
        "Unschedulable:      false\n"
        "Lease:              Failed to get lease: leases.coordination.k8s.io \"n\" not found"
        "\n"
        "Addresses:\n"
        "System Info:\n"
        "  Machine ID:                 \n"
        "  System UUID:                \n"
        "  Boot ID:                    \n"
        "  Kernel Version:             \n"
        "  OS Image:                   \n"
        "  Operating System:           \n"
        "  Architecture:               \n"
        "  Container Runtime Version:  \n"
        "  Kubelet Version:            \n"
        "  Kube-Proxy Version:         \n"
        "Non-terminated Pods:          (0 in total)\n"
        "  Namespace                   Name    CPU Requests  CPU Limits  Memory Requests  Mem"
        "ory Limits  Age\n"
        "  ---------                   ----    ------------  ----------  ---------------  ---"
        "----------  ---\n"
        "Allocated resources:\n"
        "  (Total limits may be over 100 percent, i.e., overcommitted.)\n"
        "  Resource           Requests  Limits\n"
        "  --------           --------  ------\n"
        "  cpu                0 (0%)    0 (0%)\n"
        "  memory             0 (0%)    0 (0%)\n"
        "  ephemeral-storage  0 (0%)    0 (0%)\n"
        "Events:              <none>\n");
}

TEST_CASE("A kind without a describer of its own") {
  const support::InWorld world;
  CHECK(described(R"(
    {"apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": {"name": "node-1",
    "namespace": "kube-node-lease", "uid": "u-node-1", "creationTimestamp":
    "2026-01-05T00:00:00Z", "resourceVersion": "9", "managedFields": []}, "spec":
    {"holderIdentity": "node-1", "leaseDurationSeconds": 40}})") ==
        "Name:         node-1\n"
        "Namespace:    kube-node-lease\n"
        "Labels:       <none>\n"
        "Annotations:  <none>\n"
        "API Version:  coordination.k8s.io/v1\n"
        "Kind:         Lease\n"
        "Metadata:\n"
        "  Creation Timestamp:  2026-01-05T00:00:00Z\n"
        "  Resource Version:    9\n"
        "  UID:                 u-node-1\n"
        "Spec:\n"
        "  Holder Identity:         node-1\n"
        "  Lease Duration Seconds:  40\n"
        "Events:                    <none>\n");
}

TEST_CASE("Headings are made of the names of fields") {
  const support::InWorld world;
  CHECK(described(R"(
    {"apiVersion": "example.com/v1", "kind": "Widget", "metadata": {"name": "w", "namespace":
    "default", "uid": "u-w", "creationTimestamp": "2026-01-05T00:00:00Z", "labels": {"a": "b"}},
    "spec": {"podCIDR": "x", "apiURL": "u", "PDFLoader": 1.5, "a_b": true, "none": null, "list":
    [{"name": "p", "size": 1}, {"name": "q"}], "words": ["x", ["y", "z"]], "empty": {}}})",
                  R"(
    {"showEvents": false})") ==
        "Name:         w\n"
        "Namespace:    default\n"
        "Labels:       a=b\n"
        "Annotations:  <none>\n"
        "API Version:  example.com/v1\n"
        "Kind:         Widget\n"
        "Metadata:\n"
        "  Creation Timestamp:  2026-01-05T00:00:00Z\n"
        "  UID:                 u-w\n"
        "Spec:\n"
        "  PDF Loader:  1.5\n"
        "  a_b:         true\n"
        "  API URL:     u\n"
        "  Empty:\n"
        "  List:\n"
        "    Name:    p\n"
        "    Size:    1\n"
        "    Name:    q\n"
        "  None:      <nil>\n"
        "  Pod CIDR:  x\n"
        "  Words:\n"
        "    x\n"
        "    [y z]\n");
}

TEST_CASE("A namespace without limits") {
  const support::InWorld world;
  CHECK(described(R"(
    {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "default", "uid":
    "u-default", "creationTimestamp": "2026-01-05T00:00:00Z", "labels":
    {"kubernetes.io/metadata.name": "default"}}, "status": {"phase": "Active"}})") ==
        "Name:         default\n"
        "Labels:       kubernetes.io/metadata.name=default\n"
        "Annotations:  <none>\n"
        "Status:       Active\n"
        "\n"
        "No resource quota.\n"
        "\n"
        "No LimitRange resource.\n");
}

TEST_CASE("A namespace with limits") {
  const support::InWorld world;
  CHECK(described(R"(
    {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "default", "uid":
    "u-default", "creationTimestamp": "2026-01-05T00:00:00Z", "labels":
    {"kubernetes.io/metadata.name": "default"}}, "status": {"phase": "Active"}})",
                  R"(
    {"quotas": [{"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "quota",
    "namespace": "default", "uid": "u-quota", "creationTimestamp": "2026-01-05T00:00:00Z"},
    "spec": {"scopes": ["NotTerminating"]}, "status": {"hard": {"pods": "10", "requests.cpu":
    "4"}, "used": {"pods": "3", "requests.cpu": "1500m"}}}], "limitRanges": [{"apiVersion":
    "v1", "kind": "LimitRange", "metadata": {"name": "limits", "namespace": "default", "uid":
    "u-limits", "creationTimestamp": "2026-01-05T00:00:00Z"}, "spec": {"limits": [{"type":
    "Container", "max": {"cpu": "2"}, "default": {"cpu": "500m", "memory": "1Gi"},
    "defaultRequest": {"cpu": "100m"}}]}}]})") ==
        "Name:         default\n"
        "Labels:       kubernetes.io/metadata.name=default\n"
        "Annotations:  <none>\n"
        "Status:       Active\n"
        "\n"
        "Resource Quotas\n"
        "  Name:    quota\n"
        "  Scopes:  NotTerminating\n"
        "  * Matches all pods that do not have an active deadline. These pods usually include"
        " long running pods whose container command is not expected to terminate.\n"
        "  Resource      Used   Hard\n"
        "  --------      ---    ---\n"
        "  pods          3      10\n"
        "  requests.cpu  1500m  4\n"
        "\n"
        "Resource Limits\n"
        " Type       Resource  Min  Max  Default Request  Default Limit  Max Limit/Request Ra"
        "tio\n"
        " ----       --------  ---  ---  ---------------  -------------  --------------------"
        "---\n"
        " Container  cpu       -    2    100m             500m           -\n"
        " Container  memory    -    -    -                1Gi            -\n");
}

TEST_CASE("A quota") {
  const support::InWorld world;
  CHECK(described(R"(
    {"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "quota", "namespace":
    "default", "uid": "u-quota", "creationTimestamp": "2026-01-05T00:00:00Z"}, "spec":
    {"scopes": ["NotTerminating"]}, "status": {"hard": {"pods": "10", "requests.cpu": "4"},
    "used": {"pods": "3", "requests.cpu": "1500m"}}})") ==
        "Name:       quota\n"
        "Namespace:  default\n"
        "Scopes:     NotTerminating\n"
        " * Matches all pods that do not have an active deadline. These pods usually include "
        "long running pods whose container command is not expected to terminate.\n"
        "Resource      Used   Hard\n"
        "--------      ----   ----\n"
        "pods          3      10\n"
        "requests.cpu  1500m  4\n");
}

TEST_CASE("A limit range") {
  const support::InWorld world;
  CHECK(described(R"(
    {"apiVersion": "v1", "kind": "LimitRange", "metadata": {"name": "limits", "namespace":
    "default", "uid": "u-limits", "creationTimestamp": "2026-01-05T00:00:00Z"}, "spec":
    {"limits": [{"type": "Container", "max": {"cpu": "2"}, "default": {"cpu": "500m", "memory":
    "1Gi"}, "defaultRequest": {"cpu": "100m"}}]}})") ==
        "Name:       limits\n"
        "Namespace:  default\n"
        "Type        Resource  Min  Max  Default Request  Default Limit  Max Limit/Request Ra"
        "tio\n"
        "----        --------  ---  ---  ---------------  -------------  --------------------"
        "---\n"
        "Container   cpu       -    2    100m             500m           -\n"
        "Container   memory    -    -    -                1Gi            -\n");
}
