// tests/k8s/describe_kinds_test.cpp: what kubectl describe tells of all but pods, workloads and
// nodes, compared with the bytes of the real kubectl.

#include "sim/k8s/kubectl/describe.h"

#include <catch_amalgamated.hpp>

#include "tests/k8s/describe_support.h"
#include "tests/support/in_world.h"

using describe_support::described;

TEST_CASE("A service shows the first of its ready endpoints") {
  const support::InWorld world;
  CHECK(described(R"(
    {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web", "namespace": "default",
    "uid": "u-web", "creationTimestamp": "2026-01-05T00:00:00Z"}, "spec": {"type": "NodePort",
    "clusterIP": "10.96.0.5", "clusterIPs": ["10.96.0.5"], "ipFamilies": ["IPv4"],
    "ipFamilyPolicy": "SingleStack", "selector": {"app": "web"}, "ports": [{"name": "http",
    "port": 80, "targetPort": 8080, "nodePort": 30080, "protocol": "TCP"}, {"name": "https",
    "port": 443, "targetPort": "tls", "protocol": "TCP"}], "sessionAffinity": "None",
    "externalTrafficPolicy": "Cluster", "internalTrafficPolicy": "Cluster"}})",
                  R"(
    {"endpointSlices": [{"metadata": {"name": "s", "namespace": "default", "uid": "u-s",
    "creationTimestamp": "2026-01-05T00:00:00Z", "labels": {"kubernetes.io/service-name":
    "web"}}, "ports": [{"name": "http", "port": 8080}], "endpoints": [{"addresses":
    ["10.0.0.1"], "conditions": {"ready": true}}, {"addresses": ["10.0.0.2"], "conditions":
    {"ready": false}}, {"addresses": ["10.0.0.3"], "conditions": {"ready": true}}, {"addresses":
    ["10.0.0.4"], "conditions": {"ready": true}}, {"addresses": ["10.0.0.5"], "conditions":
    {"ready": true}}, {"addresses": ["10.0.0.6"], "conditions": {"ready": true}}]}, {"metadata":
    {"name": "s", "namespace": "default", "uid": "u-s", "creationTimestamp":
    "2026-01-05T00:00:00Z", "labels": {"kubernetes.io/service-name": "other"}}, "ports":
    [{"name": "http", "port": 8080}], "endpoints": [{"addresses": ["10.9.9.9"], "conditions":
    {"ready": true}}]}]})") ==
        "Name:                     web\n"
        "Namespace:                default\n"
        "Labels:                   <none>\n"
        "Annotations:              <none>\n"
        "Selector:                 app=web\n"
        "Type:                     NodePort\n"
        "IP Family Policy:         SingleStack\n"
        "IP Families:              IPv4\n"
        "IP:                       10.96.0.5\n"
        "IPs:                      10.96.0.5\n"
        "Port:                     http  80/TCP\n"
        "TargetPort:               8080/TCP\n"
        "NodePort:                 http  30080/TCP\n"
        "Endpoints:                10.0.0.1:8080,10.0.0.3:8080,10.0.0.4:8080 + 2 more...\n"
        "Port:                     https  443/TCP\n"
        "TargetPort:               tls/TCP\n"
        "Endpoints:                \n"
        "Session Affinity:         None\n"
        "External Traffic Policy:  Cluster\n"
        "Internal Traffic Policy:  Cluster\n"
        "Events:                   <none>\n");
}

TEST_CASE("A service of which nothing is known") {
  const support::InWorld world;
  CHECK(described(R"(
    {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "db", "namespace": "default",
    "uid": "u-db", "creationTimestamp": "2026-01-05T00:00:00Z"}, "spec": {"type": "ClusterIP",
    "clusterIP": "None", "clusterIPs": ["None"], "ports": [{"port": 5432, "protocol": "TCP"}],
    "sessionAffinity": "None"}})",
                  R"(
    {"showEvents": false})") ==
        "Name:              db\n"
        "Namespace:         default\n"
        "Labels:            <none>\n"
        "Annotations:       <none>\n"
        "Selector:          <none>\n"
        "Type:              ClusterIP\n"
        "IP Families:       <none>\n"
        "IP:                None\n"
        "IPs:               None\n"
        "Port:              <unset>  5432/TCP\n"
        "TargetPort:        0/TCP\n"
        "Endpoints:         <none>\n"
        "Session Affinity:  None\n");
}

TEST_CASE("An endpoint slice") {
  const support::InWorld world;
  CHECK(described(R"(
    {"apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "metadata": {"name": "web-1",
    "namespace": "default", "uid": "u-web-1", "creationTimestamp": "2026-01-05T00:00:00Z"},
    "addressType": "IPv4", "ports": [{"name": "http", "port": 8080, "protocol": "TCP"}],
    "endpoints": [{"addresses": ["10.0.0.7"], "conditions": {"ready": true}, "nodeName":
    "node-1", "zone": "a", "targetRef": {"kind": "Pod", "name": "web-0"}}]})",
                  R"(
    {"showEvents": false})") ==
        "Name:         web-1\n"
        "Namespace:    default\n"
        "Labels:       <none>\n"
        "Annotations:  <none>\n"
        "AddressType:  IPv4\n"
        "Ports:\n"
        "  Name  Port  Protocol\n"
        "  ----  ----  --------\n"
        "  http  8080  TCP\n"
        "Endpoints:\n"
        "  - Addresses:  10.0.0.7\n"
        "    Conditions:\n"
        "      Ready:    true\n"
        "    Hostname:   <unset>\n"
        "    TargetRef:  Pod/web-0\n"
        "    NodeName:   node-1\n"
        "    Zone:       a\n");
}

TEST_CASE("A config map, with long annotations") {
  const support::InWorld world;
  CHECK(described(R"(
    {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "settings", "namespace":
    "default", "uid": "u-settings", "creationTimestamp": "2026-01-05T00:00:00Z", "annotations":
    {"example.com/an-annotation-with-a-name-that-is-quite-long-by-itself":
    "yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy", "lines":
    "one\ntwo\n"}}, "data": {"app.yaml": "a: 1\nb: 2\n", "mode": "fast"}, "binaryData": {"logo":
    "AAECAw=="}})") ==
        "Name:         settings\n"
        "Namespace:    default\n"
        "Labels:       <none>\n"
        "Annotations:  example.com/an-annotation-with-a-name-that-is-quite-long-by-itself:\n"
        "                yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy"
        "yyyyyyyyyyyy\n"
        "              lines:\n"
        "                one\n"
        "                two\n"
        "\n"
        "Data\n"
        "====\n"
        "app.yaml:\n"
        "----\n"
        "a: 1\n"
        "b: 2\n"
        "\n"
        "\n"
        "mode:\n"
        "----\n"
        "fast\n"
        "\n"
        "\n"
        "BinaryData\n"
        "====\n"
        "logo: 4 bytes\n"
        "\n"
        "Events:  <none>\n");
}

TEST_CASE("A secret keeps what it knows") {
  const support::InWorld world;
  CHECK(described(R"(
    {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "keys", "namespace": "default",
    "uid": "u-keys", "creationTimestamp": "2026-01-05T00:00:00Z"}, "type": "Opaque", "data":
    {"key": "aGVsbG8=", "pass": "aGVsbG8h"}})") ==
        "Name:         keys\n"
        "Namespace:    default\n"
        "Labels:       <none>\n"
        "Annotations:  <none>\n"
        "\n"
        "Type:  Opaque\n"
        "\n"
        "Data\n"
        "====\n"
        "key:   5 bytes\n"
        "pass:  6 bytes\n");
}

TEST_CASE("A service account of which a secret is missing") {
  const support::InWorld world;
  CHECK(described(R"(
    {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "bot", "namespace":
    "default", "uid": "u-bot", "creationTimestamp": "2026-01-05T00:00:00Z"}, "secrets":
    [{"name": "keys"}, {"name": "gone"}]})",
                  R"(
    {"secrets": [{"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "keys",
    "namespace": "default", "uid": "u-keys", "creationTimestamp": "2026-01-05T00:00:00Z"},
    "type": "Opaque", "data": {"key": "aGVsbG8=", "pass": "aGVsbG8h"}}], "showEvents": false})") ==
        "Name:                bot\n"
        "Namespace:           default\n"
        "Labels:              <none>\n"
        "Annotations:         <none>\n"
        "Image pull secrets:  <none>\n"
        "Mountable secrets:   keys\n"
        "                     gone (not found)\n"
        "Tokens:              <none>\n");
}

TEST_CASE("A volume on certain nodes") {
  const support::InWorld world;
  CHECK(described(R"(
    {"apiVersion": "v1", "kind": "PersistentVolume", "metadata": {"name": "pv-1", "uid":
    "u-pv-1", "creationTimestamp": "2026-01-05T00:00:00Z", "finalizers":
    ["kubernetes.io/pv-protection"]}, "spec": {"capacity": {"storage": "10Gi"}, "accessModes":
    ["ReadWriteOnce"], "persistentVolumeReclaimPolicy": "Delete", "storageClassName": "fast",
    "volumeMode": "Filesystem", "claimRef": {"namespace": "default", "name": "data"}, "local":
    {"path": "/disks/ssd1"}, "nodeAffinity": {"required": {"nodeSelectorTerms":
    [{"matchExpressions": [{"key": "kubernetes.io/hostname", "operator": "In", "values":
    ["node-1", "node-2"]}]}]}}}, "status": {"phase": "Bound"}})",
                  R"(
    {"showEvents": false})") ==
        "Name:              pv-1\n"
        "Labels:            <none>\n"
        "Annotations:       <none>\n"
        "Finalizers:        [kubernetes.io/pv-protection]\n"
        "StorageClass:      fast\n"
        "Status:            Bound\n"
        "Claim:             default/data\n"
        "Reclaim Policy:    Delete\n"
        "Access Modes:      RWO\n"
        "VolumeMode:        Filesystem\n"
        "Capacity:          10Gi\n"
        "Node Affinity:     \n"
        "  Required Terms:  \n"
        "    Term 0:        kubernetes.io/hostname in [node-1, node-2]\n"
        "Message:           \n"
        "Source:\n"
        "    Type:  LocalVolume (a persistent volume backed by local storage on a node)\n"
        "    Path:  /disks/ssd1\n");
}

TEST_CASE("A claim and who uses it") {
  const support::InWorld world;
  CHECK(described(R"(
    {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": "data",
    "namespace": "default", "uid": "u-data", "creationTimestamp": "2026-01-05T00:00:00Z",
    "finalizers": ["kubernetes.io/pvc-protection"]}, "spec": {"accessModes": ["ReadWriteOnce"],
    "storageClassName": "fast", "volumeMode": "Filesystem", "volumeName": "pv-1"}, "status":
    {"phase": "Bound", "capacity": {"storage": "10Gi"}, "accessModes": ["ReadWriteOnce"]}})",
                  R"(
    {"pods": [{"metadata": {"name": "db-1", "namespace": "default", "uid": "u-db-1",
    "creationTimestamp": "2026-01-05T00:00:00Z"}, "spec": {"volumes": [{"name": "v",
    "persistentVolumeClaim": {"claimName": "data"}}]}}, {"metadata": {"name": "db-0",
    "namespace": "default", "uid": "u-db-0", "creationTimestamp": "2026-01-05T00:00:00Z"},
    "spec": {"volumes": [{"name": "v", "persistentVolumeClaim": {"claimName": "data"}}]}},
    {"metadata": {"name": "other", "namespace": "default", "uid": "u-other",
    "creationTimestamp": "2026-01-05T00:00:00Z"}, "spec": {"volumes": [{"name": "v",
    "persistentVolumeClaim": {"claimName": "x"}}]}}], "showEvents": false})") ==
        "Name:          data\n"
        "Namespace:     default\n"
        "StorageClass:  fast\n"
        "Status:        Bound\n"
        "Volume:        pv-1\n"
        "Labels:        <none>\n"
        "Annotations:   <none>\n"
        "Finalizers:    [kubernetes.io/pvc-protection]\n"
        "Capacity:      10Gi\n"
        "Access Modes:  RWO\n"
        "VolumeMode:    Filesystem\n"
        "Used By:       db-0\n"
        "               db-1\n");
}

TEST_CASE("An autoscaler") {
  const support::InWorld world;
  CHECK(described(R"(
    {"apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler", "metadata": {"name":
    "web", "namespace": "default", "uid": "u-web", "creationTimestamp": "2026-01-05T00:00:00Z"},
    "spec": {"scaleTargetRef": {"kind": "Deployment", "name": "web"}, "minReplicas": 1,
    "maxReplicas": 10, "metrics": [{"type": "Resource", "resource": {"name": "cpu", "target":
    {"averageUtilization": 80}}}, {"type": "Resource", "resource": {"name": "memory", "target":
    {"averageValue": "100Mi"}}}], "behavior": {"scaleDown": {"stabilizationWindowSeconds": 300,
    "policies": [{"type": "Percent", "value": 100, "periodSeconds": 15}]}}}, "status":
    {"currentReplicas": 2, "desiredReplicas": 3, "currentMetrics": [{"type": "Resource",
    "resource": {"name": "cpu", "current": {"averageUtilization": 50, "averageValue":
    "100m"}}}], "conditions": [{"type": "AbleToScale", "status": "True", "reason":
    "ReadyForNewScale", "message": "recommended size matches current size"}]}})",
                  R"(
    {"showEvents": false})") ==
        "Name:                                                  web\n"
        "Namespace:                                             default\n"
        "Labels:                                                <none>\n"
        "Annotations:                                           <none>\n"
        "CreationTimestamp:                                     Mon, 05 Jan 2026 00:00:00 +00"
        "00\n"
        "Reference:                                             Deployment/web\n"
        "Metrics:                                               ( current / target )\n"
        "  resource cpu on pods  (as a percentage of request):  50% (100m) / 80%\n"
        "  resource memory on pods:                             <unknown> / 100Mi\n"
        "Min replicas:                                          1\n"
        "Max replicas:                                          10\n"
        "Behavior:\n"
        "  Scale Down:\n"
        "    Stabilization Window: 300 seconds\n"
        "    Select Policy: Max\n"
        "    Policies:\n"
        "      - Type: Percent  Value: 100  Period: 15 seconds\n"
        "Deployment pods:       2 current / 3 desired\n"
        "Conditions:\n"
        "  Type         Status  Reason            Message\n"
        "  ----         ------  ------            -------\n"
        "  AbleToScale  True    ReadyForNewScale  recommended size matches current size\n");
}

TEST_CASE("A disruption budget") {
  const support::InWorld world;
  CHECK(described(R"(
    {"apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": {"name": "web",
    "namespace": "default", "uid": "u-web", "creationTimestamp": "2026-01-05T00:00:00Z"},
    "spec": {"minAvailable": 1, "selector": {"matchLabels": {"app": "web"}}}, "status":
    {"disruptionsAllowed": 1, "currentHealthy": 2, "desiredHealthy": 1, "expectedPods": 2}})",
                  R"(
    {"showEvents": false})") ==
        "Name:           web\n"
        "Namespace:      default\n"
        "Min available:  1\n"
        "Selector:       app=web\n"
        "Status:\n"
        "    Allowed disruptions:  1\n"
        "    Current:              2\n"
        "    Desired:              1\n"
        "    Total:                2\n");
}

TEST_CASE("A priority class") {
  const support::InWorld world;
  CHECK(described(R"(
    {"apiVersion": "scheduling.k8s.io/v1", "kind": "PriorityClass", "metadata": {"name": "high",
    "uid": "u-high", "creationTimestamp": "2026-01-05T00:00:00Z"}, "value": 1000,
    "preemptionPolicy": "Never", "description": "For what matters."})",
                  R"(
    {"showEvents": false})") ==
        "Name:              high\n"
        "Value:             1000\n"
        "GlobalDefault:     false\n"
        "PreemptionPolicy:  Never\n"
        "Description:       For what matters.\n"
        "Annotations:       <none>\n");
}

TEST_CASE("A job") {
  const support::InWorld world;
  CHECK(described(R"(
    {"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "j", "namespace": "default",
    "uid": "u-j", "creationTimestamp": "2026-01-05T00:00:00Z"}, "spec": {"parallelism": 2,
    "completions": 5, "completionMode": "Indexed", "suspend": false, "backoffLimit": 6,
    "selector": {"matchLabels": {"controller-uid": "x"}}, "template": {"metadata": {"labels":
    {"job-name": "j"}}, "spec": {"containers": []}}}, "status": {"startTime":
    "2026-01-09T23:00:00Z", "completionTime": "2026-01-09T23:03:20Z", "active": 1, "ready": 0,
    "succeeded": 3, "completedIndexes": "0-2"}})",
                  R"(
    {"showEvents": false})") ==
        "Name:               j\n"
        "Namespace:          default\n"
        "Selector:           controller-uid=x\n"
        "Labels:             <none>\n"
        "Annotations:        <none>\n"
        "Parallelism:        2\n"
        "Completions:        5\n"
        "Completion Mode:    Indexed\n"
        "Suspend:            false\n"
        "Backoff Limit:      6\n"
        "Start Time:         Fri, 09 Jan 2026 23:00:00 +0000\n"
        "Completed At:       Fri, 09 Jan 2026 23:03:20 +0000\n"
        "Duration:           3m20s\n"
        "Pods Statuses:      1 Active (0 Ready) / 3 Succeeded / 0 Failed\n"
        "Completed Indexes:  0-2\n"
        "Pod Template:\n"
        "  Labels:  job-name=j\n"
        "  Containers: <none>\n"
        "  Volumes:         <none>\n"
        "  Node-Selectors:  <none>\n"
        "  Tolerations:     <none>\n");
}

TEST_CASE("A cron job") {
  const support::InWorld world;
  CHECK(described(R"(
    {"apiVersion": "batch/v1", "kind": "CronJob", "metadata": {"name": "nightly", "namespace":
    "default", "uid": "u-nightly", "creationTimestamp": "2026-01-05T00:00:00Z"}, "spec":
    {"schedule": "0 3 * * *", "concurrencyPolicy": "Forbid", "suspend": false,
    "successfulJobsHistoryLimit": 3, "jobTemplate": {"spec": {"template": {"metadata":
    {"labels": {"job-name": "j"}}, "spec": {"containers": []}}}}}, "status":
    {"lastScheduleTime": "2026-01-09T03:00:00Z", "active": [{"name": "a"}, {"name": "b"}]}})",
                  R"(
    {"showEvents": false})") ==
        "Name:                          nightly\n"
        "Namespace:                     default\n"
        "Labels:                        <none>\n"
        "Annotations:                   <none>\n"
        "Schedule:                      0 3 * * *\n"
        "Concurrency Policy:            Forbid\n"
        "Suspend:                       False\n"
        "Successful Job History Limit:  3\n"
        "Failed Job History Limit:      <unset>\n"
        "Starting Deadline Seconds:     <unset>\n"
        "Selector:                      <unset>\n"
        "Parallelism:                   <unset>\n"
        "Completions:                   <unset>\n"
        "Pod Template:\n"
        "  Labels:  job-name=j\n"
        "  Containers: <none>\n"
        "  Volumes:           <none>\n"
        "  Node-Selectors:    <none>\n"
        "  Tolerations:       <none>\n"
        "Last Schedule Time:  Fri, 09 Jan 2026 03:00:00 +0000\n"
        "Active Jobs:         a, b\n");
}

TEST_CASE("A role is told by resource") {
  const support::InWorld world;
  CHECK(described(R"(
    {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "metadata": {"name":
    "reader", "uid": "u-reader", "creationTimestamp": "2026-01-05T00:00:00Z"}, "rules":
    [{"apiGroups": ["", "apps"], "resources": ["pods", "deployments/scale"], "verbs": ["get",
    "list"]}, {"apiGroups": [""], "resources": ["pods"], "verbs": ["watch"]}, {"apiGroups":
    [""], "resources": ["secrets"], "resourceNames": ["a"], "verbs": ["get"]},
    {"nonResourceURLs": ["/healthz"], "verbs": ["get"]}]})") ==
        "Name:         reader\n"
        "Labels:       <none>\n"
        "Annotations:  <none>\n"
        "PolicyRule:\n"
        "  Resources               Non-Resource URLs  Resource Names  Verbs\n"
        "  ---------               -----------------  --------------  -----\n"
        "  pods                    []                 []              [get list watch]\n"
        "  deployments/scale       []                 []              [get list]\n"
        "  deployments.apps/scale  []                 []              [get list]\n"
        "  pods.apps               []                 []              [get list]\n"
        "                          [/healthz]         []              [get]\n"
        "  secrets                 []                 [a]             [get]\n");
}

TEST_CASE("A role that is given") {
  const support::InWorld world;
  CHECK(described(R"(
    {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding", "metadata": {"name":
    "rb", "namespace": "default", "uid": "u-rb", "creationTimestamp": "2026-01-05T00:00:00Z"},
    "roleRef": {"kind": "Role", "name": "r"}, "subjects": [{"kind": "ServiceAccount", "name":
    "bot", "namespace": "default"}, {"kind": "User", "name": "ann"}]})") ==
        "Name:         rb\n"
        "Labels:       <none>\n"
        "Annotations:  <none>\n"
        "Role:\n"
        "  Kind:  Role\n"
        "  Name:  r\n"
        "Subjects:\n"
        "  Kind            Name  Namespace\n"
        "  ----            ----  ---------\n"
        "  ServiceAccount  bot   default\n"
        "  User            ann   \n");
}
