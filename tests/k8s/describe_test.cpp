// tests/k8s/describe_test.cpp: what kubectl describe tells of pods and of what runs
// them, compared with the bytes of the real kubectl.

#include "sim/k8s/kubectl/describe.h"

#include <catch_amalgamated.hpp>

#include "tests/k8s/describe_support.h"
#include "tests/support/in_world.h"

using describe_support::described;

TEST_CASE("A pod that runs") {
  const support::InWorld world;
  CHECK(described(R"(
    {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web-0", "namespace": "default",
    "uid": "u-web-0", "creationTimestamp": "2026-01-05T00:00:00Z", "labels": {"app": "web",
    "tier": "front"}, "annotations": {"note": "x",
    "kubectl.kubernetes.io/last-applied-configuration": "{}"}, "ownerReferences":
    [{"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "web-1", "uid": "u-web-1",
    "controller": true}]}, "spec": {"nodeName": "node-1", "priority": 0, "serviceAccountName":
    "default", "initContainers": [{"name": "init", "image": "busybox"}], "containers": [{"name":
    "web", "image": "nginx:1.27", "ports": [{"containerPort": 80, "protocol": "TCP"}],
    "command": ["sh", "-c", "sleep 1\nexec nginx"], "env": [{"name": "MODE", "value": "fast"},
    {"name": "POD_IP", "valueFrom": {"fieldRef": {"apiVersion": "v1", "fieldPath":
    "status.podIP"}}}, {"name": "NAME", "valueFrom": {"fieldRef": {"apiVersion": "v1",
    "fieldPath": "metadata.name"}}}, {"name": "KEY", "valueFrom": {"secretKeyRef": {"name":
    "keys", "key": "k"}}}, {"name": "CPUS", "valueFrom": {"resourceFieldRef": {"resource":
    "limits.cpu"}}}], "envFrom": [{"configMapRef": {"name": "settings"}, "prefix": "S_"}],
    "resources": {"limits": {"cpu": "1500m"}, "requests": {"cpu": "100m", "memory": "64Mi"}},
    "livenessProbe": {"httpGet": {"path": "/healthz", "port": 8080, "scheme": "HTTP"},
    "timeoutSeconds": 1, "periodSeconds": 10, "successThreshold": 1, "failureThreshold": 3},
    "readinessProbe": {"exec": {"command": ["cat", "/ready"]}, "initialDelaySeconds": 5,
    "timeoutSeconds": 1, "periodSeconds": 10, "successThreshold": 1, "failureThreshold": 3},
    "volumeMounts": [{"mountPath": "/var/run/secrets/kubernetes.io/serviceaccount", "name":
    "kube-api-access-x", "readOnly": true}, {"mountPath": "/data", "name": "cache", "subPath":
    "a"}]}], "volumes": [{"name": "cache", "emptyDir": {}}, {"name": "kube-api-access-x",
    "projected": {"sources": [{"serviceAccountToken": {"expirationSeconds": 3607}},
    {"configMap": {"name": "kube-root-ca.crt"}}, {"downwardAPI": {}}]}}], "tolerations":
    [{"key": "node.kubernetes.io/unreachable", "operator": "Exists", "effect": "NoExecute",
    "tolerationSeconds": 300}, {"key": "node.kubernetes.io/not-ready", "operator": "Exists",
    "effect": "NoExecute", "tolerationSeconds": 300}]}, "status": {"phase": "Running", "hostIP":
    "10.1.0.1", "podIP": "10.0.0.7", "podIPs": [{"ip": "10.0.0.7"}], "startTime":
    "2026-01-05T00:00:01Z", "qosClass": "Burstable", "conditions": [{"type": "Initialized",
    "status": "True"}, {"type": "Ready", "status": "True"}], "initContainerStatuses": [{"name":
    "init", "containerID": "containerd://1", "imageID": "busybox@sha256:1", "ready": true,
    "restartCount": 0, "state": {"terminated": {"exitCode": 0, "reason": "Completed",
    "startedAt": "2026-01-05T00:00:02Z", "finishedAt": "2026-01-05T00:00:03Z"}}}],
    "containerStatuses": [{"name": "web", "containerID": "containerd://2", "imageID":
    "nginx@sha256:2", "ready": true, "restartCount": 2, "state": {"running": {"startedAt":
    "2026-01-09T00:00:00Z"}}, "lastState": {"terminated": {"exitCode": 137, "reason":
    "OOMKilled", "startedAt": "2026-01-08T00:00:00Z", "finishedAt": "2026-01-08T23:59:50Z"}}}]}})",
                  R"(
    {"events": [{"type": "Warning", "reason": "BackOff", "message":
    "Back-off restarting failed container\n", "count": 3, "firstTimestamp":
    "2026-01-09T22:00:00Z", "lastTimestamp": "2026-01-09T23:58:00Z", "source": {"component":
    "kubelet", "host": "node-1"}}, {"type": "Normal", "reason": "Scheduled", "message":
    "Successfully assigned default/web-0 to node-1", "eventTime": "2026-01-05T00:00:00.000000Z",
    "reportingComponent": "default-scheduler"}, {"type": "Normal", "reason": "Pulled",
    "message": "Container image already present on machine", "count": 1, "firstTimestamp":
    "2026-01-09T21:00:00Z", "lastTimestamp": "2026-01-09T21:00:00Z", "source": {"component":
    "kubelet"}}]})") ==
        "Name:             web-0\n"
        "Namespace:        default\n"
        "Priority:         0\n"
        "Service Account:  default\n"
        "Node:             node-1/10.1.0.1\n"
        "Start Time:       Mon, 05 Jan 2026 00:00:01 +0000\n"
        "Labels:           app=web\n"
        "                  tier=front\n"
        "Annotations:      note: x\n"
        "Status:           Running\n"
        "IP:               10.0.0.7\n"
        "IPs:\n"
        "  IP:           10.0.0.7\n"
        "Controlled By:  ReplicaSet/web-1\n"
        "Init Containers:\n"
        "  init:\n"
        "    Container ID:   containerd://1\n"
        "    Image:          busybox\n"
        "    Image ID:       busybox@sha256:1\n"
        "    Port:           <none>\n"
        "    Host Port:      <none>\n"
        "    State:          Terminated\n"
        "      Reason:       Completed\n"
        "      Exit Code:    0\n"
        "      Started:      Mon, 05 Jan 2026 00:00:02 +0000\n"
        "      Finished:     Mon, 05 Jan 2026 00:00:03 +0000\n"
        "    Ready:          True\n"
        "    Restart Count:  0\n"
        "    Environment:    <none>\n"
        "    Mounts:         <none>\n"
        "Containers:\n"
        "  web:\n"
        "    Container ID:  containerd://2\n"
        "    Image:         nginx:1.27\n"
        "    Image ID:      nginx@sha256:2\n"
        "    Port:          80/TCP\n"
        "    Host Port:     0/TCP\n"
        "    Command:\n"
        "      sh\n"
        "      -c\n"
        "      sleep 1\n"
        "      exec nginx\n"
        "    State:          Running\n"
        "      Started:      Fri, 09 Jan 2026 00:00:00 +0000\n"
        "    Last State:     Terminated\n"
        "      Reason:       OOMKilled\n"
        "      Exit Code:    137\n"
        "      Started:      Thu, 08 Jan 2026 00:00:00 +0000\n"
        "      Finished:     Thu, 08 Jan 2026 23:59:50 +0000\n"
        "    Ready:          True\n"
        "    Restart Count:  2\n"
        "    Limits:\n"
        "      cpu:  1500m\n"
        "    Requests:\n"
        "      cpu:      100m\n"
        "      memory:   64Mi\n"
        "    Liveness:   http-get http://:8080/healthz delay=0s timeout=1s period=10s #succes"
        "s=1 #failure=3\n"
        "    Readiness:  exec [cat /ready] delay=5s timeout=1s period=10s #success=1 #failure"
        "=3\n"
        "    Environment Variables from:\n"
        "      settings  ConfigMap with prefix 'S_'  Optional: false\n"
        "    Environment:\n"
        "      MODE:    fast\n"
        "      POD_IP:   (v1:status.podIP)\n"
        "      NAME:    web-0 (v1:metadata.name)\n"
        "      KEY:     <set to the key 'k' in secret 'keys'>  Optional: false\n"
        "      CPUS:    2 (limits.cpu)\n"
        "    Mounts:\n"
        "      /data from cache (rw,path=\"a\")\n"
        "      /var/run/secrets/kubernetes.io/serviceaccount from kube-api-access-x (ro)\n"
        "Conditions:\n"
        "  Type          Status\n"
        "  Initialized   True \n"
        "  Ready         True \n"
        "Volumes:\n"
        "  cache:\n"
        "    Type:       EmptyDir (a temporary directory that shares a pod's lifetime)\n"
        "    Medium:     \n"
        "    SizeLimit:  <unset>\n"
        "  kube-api-access-x:\n"
        "    Type:                    Projected (a volume that contains injected data from mu"
        "ltiple sources)\n"
        "    TokenExpirationSeconds:  3607\n"
        "    ConfigMapName:           kube-root-ca.crt\n"
        "    Optional:                false\n"
        "    DownwardAPI:             true\n"
        "QoS Class:                   Burstable\n"
        "Node-Selectors:              <none>\n"
        "Tolerations:                 node.kubernetes.io/not-ready:NoExecute op=Exists for 30"
        "0s\n"
        "                             node.kubernetes.io/unreachable:NoExecute op=Exists for "
        "300s\n"
        "Events:\n"
        "  Type     Reason     Age                From               Message\n"
        "  ----     ------     ----               ----               -------\n"
        "  Normal   Scheduled  5d                 default-scheduler  Successfully assigned de"
        "fault/web-0 to node-1\n"
        "  Normal   Pulled     3h                 kubelet            Container image already "
        "present on machine\n"
        "  Warning  BackOff    2m (x3 over 120m)  kubelet            Back-off restarting fail"
        "ed container\n");
}

TEST_CASE("A pod that has no node yet") {
  const support::InWorld world;
  CHECK(described(R"(
    {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "new", "namespace": "default",
    "uid": "u-new", "creationTimestamp": "2026-01-05T00:00:00Z"}, "spec": {"containers":
    [{"name": "c", "image": "x"}]}, "status": {"phase": "Pending"}})") ==
        "Name:         new\n"
        "Namespace:    default\n"
        "Node:         <none>\n"
        "Labels:       <none>\n"
        "Annotations:  <none>\n"
        "Status:       Pending\n"
        "IP:           \n"
        "IPs:          <none>\n"
        "Containers:\n"
        "  c:\n"
        "    Image:        x\n"
        "    Port:         <none>\n"
        "    Host Port:    <none>\n"
        "    Environment:  <none>\n"
        "    Mounts:       <none>\n"
        "Volumes:          <none>\n"
        "QoS Class:        BestEffort\n"
        "Node-Selectors:   <none>\n"
        "Tolerations:      <none>\n"
        "Events:           <none>\n");
}

TEST_CASE("A pod that is being deleted") {
  const support::InWorld world;
  CHECK(described(R"(
    {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "old", "namespace": "default",
    "uid": "u-old", "creationTimestamp": "2026-01-05T00:00:00Z", "deletionTimestamp":
    "2026-01-09T23:59:00Z", "deletionGracePeriodSeconds": 30}, "spec": {"nodeName": "n",
    "containers": []}, "status": {"phase": "Running"}})",
                  R"(
    {"showEvents": false})") ==
        "Name:                      old\n"
        "Namespace:                 default\n"
        "Node:                      n/\n"
        "Labels:                    <none>\n"
        "Annotations:               <none>\n"
        "Status:                    Terminating (lasts 60s)\n"
        "Termination Grace Period:  30s\n"
        "IP:                        \n"
        "IPs:                       <none>\n"
        "Containers: <none>\n"
        "Volumes:         <none>\n"
        "QoS Class:       BestEffort\n"
        "Node-Selectors:  <none>\n"
        "Tolerations:     <none>\n");
}

TEST_CASE("A deployment in the middle of a rollout") {
  const support::InWorld world;
  CHECK(described(R"(
    {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web", "namespace":
    "default", "uid": "u-web", "creationTimestamp": "2026-01-05T00:00:00Z", "labels": {"app":
    "web"}, "annotations": {"deployment.kubernetes.io/revision": "2"}}, "spec": {"replicas": 3,
    "selector": {"matchLabels": {"app": "web"}}, "strategy": {"type": "RollingUpdate",
    "rollingUpdate": {"maxUnavailable": "25%", "maxSurge": 1}}, "template": {"metadata":
    {"labels": {"app": "web"}}, "spec": {"containers": [{"name": "web", "image": "nginx:1.27",
    "ports": [{"containerPort": 80, "protocol": "TCP"}]}]}}}, "status": {"replicas": 4,
    "updatedReplicas": 2, "availableReplicas": 3, "unavailableReplicas": 1, "conditions":
    [{"type": "Available", "status": "True", "reason": "MinimumReplicasAvailable"}, {"type":
    "Progressing", "status": "True", "reason": "ReplicaSetUpdated"}]}})",
                  R"(
    {"replicaSets": [{"apiVersion": "apps/v1", "kind": "ReplicaSet", "metadata": {"name":
    "web-1", "namespace": "default", "uid": "u-web-1", "creationTimestamp":
    "2026-01-05T00:00:00Z", "ownerReferences": [{"apiVersion": "apps/v1", "kind": "Deployment",
    "name": "web", "uid": "u-web", "controller": true}]}, "spec": {"replicas": 2, "template":
    {"metadata": {"labels": {"app": "web", "pod-template-hash": "1"}}, "spec": {"containers":
    [{"name": "web", "image": "nginx:1.26", "ports": [{"containerPort": 80, "protocol":
    "TCP"}]}]}}}, "status": {"replicas": 2}}, {"apiVersion": "apps/v1", "kind": "ReplicaSet",
    "metadata": {"name": "web-2", "namespace": "default", "uid": "u-web-2", "creationTimestamp":
    "2026-01-05T00:00:00Z", "ownerReferences": [{"apiVersion": "apps/v1", "kind": "Deployment",
    "name": "web", "uid": "u-web", "controller": true}]}, "spec": {"replicas": 2, "template":
    {"metadata": {"labels": {"app": "web", "pod-template-hash": "2"}}, "spec": {"containers":
    [{"name": "web", "image": "nginx:1.27", "ports": [{"containerPort": 80, "protocol":
    "TCP"}]}]}}}, "status": {"replicas": 2}}, {"apiVersion": "apps/v1", "kind": "ReplicaSet",
    "metadata": {"name": "web-0", "namespace": "default", "uid": "u-web-0", "creationTimestamp":
    "2026-01-05T00:00:00Z", "ownerReferences": [{"apiVersion": "apps/v1", "kind": "Deployment",
    "name": "web", "uid": "u-web", "controller": true}]}, "spec": {"replicas": 0, "template":
    {"metadata": {"labels": {"app": "web", "pod-template-hash": "0"}}, "spec": {"containers":
    [{"name": "web", "image": "nginx:1.25", "ports": [{"containerPort": 80, "protocol":
    "TCP"}]}]}}}, "status": {"replicas": 0}}], "events": [{"type": "Normal", "reason":
    "ScalingReplicaSet", "message": "Scaled up replica set web-2 from 0 to 1", "count": 1,
    "firstTimestamp": "2026-01-09T23:59:00Z", "lastTimestamp": "2026-01-09T23:59:00Z", "source":
    {"component": "deployment-controller"}}]})") ==
        "Name:                   web\n"
        "Namespace:              default\n"
        "CreationTimestamp:      Mon, 05 Jan 2026 00:00:00 +0000\n"
        "Labels:                 app=web\n"
        "Annotations:            deployment.kubernetes.io/revision: 2\n"
        "Selector:               app=web\n"
        "Replicas:               3 desired | 2 updated | 4 total | 3 available | 1 unavailabl"
        "e\n"
        "StrategyType:           RollingUpdate\n"
        "MinReadySeconds:        0\n"
        "RollingUpdateStrategy:  25% max unavailable, 1 max surge\n"
        "Pod Template:\n"
        "  Labels:  app=web\n"
        "  Containers:\n"
        "   web:\n"
        "    Image:         nginx:1.27\n"
        "    Port:          80/TCP\n"
        "    Host Port:     0/TCP\n"
        "    Environment:   <none>\n"
        "    Mounts:        <none>\n"
        "  Volumes:         <none>\n"
        "  Node-Selectors:  <none>\n"
        "  Tolerations:     <none>\n"
        "Conditions:\n"
        "  Type           Status  Reason\n"
        "  ----           ------  ------\n"
        "  Available      True    MinimumReplicasAvailable\n"
        "  Progressing    True    ReplicaSetUpdated\n"
        "OldReplicaSets:  web-1 (2/2 replicas created), web-0 (0/0 replicas created)\n"
        "NewReplicaSet:   web-2 (2/2 replicas created)\n"
        "Events:\n"
        "  Type    Reason             Age   From                   Message\n"
        "  ----    ------             ----  ----                   -------\n"
        "  Normal  ScalingReplicaSet  60s   deployment-controller  Scaled up replica set web-"
        "2 from 0 to 1\n");
}

TEST_CASE("A replica set counts the pods that it controls") {
  const support::InWorld world;
  CHECK(described(R"(
    {"apiVersion": "apps/v1", "kind": "ReplicaSet", "metadata": {"name": "web-2", "namespace":
    "default", "uid": "u-web-2", "creationTimestamp": "2026-01-05T00:00:00Z", "ownerReferences":
    [{"apiVersion": "apps/v1", "kind": "Deployment", "name": "web", "uid": "u-web",
    "controller": true}]}, "spec": {"replicas": 2, "template": {"metadata": {"labels": {"app":
    "web", "pod-template-hash": "2"}}, "spec": {"containers": [{"name": "web", "image":
    "nginx:1.27", "ports": [{"containerPort": 80, "protocol": "TCP"}]}]}}, "selector":
    {"matchLabels": {"app": "web", "pod-template-hash": "2"}}}, "status": {"replicas": 2}})",
                  R"(
    {"pods": [{"metadata": {"name": "p0", "namespace": "default", "uid": "u-p0",
    "creationTimestamp": "2026-01-05T00:00:00Z", "ownerReferences": [{"apiVersion": "apps/v1",
    "kind": "ReplicaSet", "name": "web-2", "uid": "u-web-2", "controller": true}]}, "status":
    {"phase": "Running"}}, {"metadata": {"name": "p1", "namespace": "default", "uid": "u-p1",
    "creationTimestamp": "2026-01-05T00:00:00Z", "ownerReferences": [{"apiVersion": "apps/v1",
    "kind": "ReplicaSet", "name": "web-2", "uid": "u-web-2", "controller": true}]}, "status":
    {"phase": "Pending"}}, {"metadata": {"name": "p2", "namespace": "default", "uid": "u-p2",
    "creationTimestamp": "2026-01-05T00:00:00Z", "ownerReferences": [{"apiVersion": "apps/v1",
    "kind": "ReplicaSet", "name": "web-1", "uid": "u-web-1", "controller": true}]}, "status":
    {"phase": "Running"}}, {"metadata": {"name": "p3", "namespace": "default", "uid": "u-p3",
    "creationTimestamp": "2026-01-05T00:00:00Z", "ownerReferences": [{"apiVersion": "apps/v1",
    "kind": "ReplicaSet", "name": "web-2", "uid": "u-web-2", "controller": true}]}, "status":
    {"phase": "Failed"}}], "showEvents": false})") ==
        "Name:           web-2\n"
        "Namespace:      default\n"
        "Selector:       app=web,pod-template-hash=2\n"
        "Labels:         <none>\n"
        "Annotations:    <none>\n"
        "Controlled By:  Deployment/web\n"
        "Replicas:       2 current / 2 desired\n"
        "Pods Status:    1 Running / 1 Waiting / 0 Succeeded / 1 Failed\n"
        "Pod Template:\n"
        "  Labels:  app=web\n"
        "           pod-template-hash=2\n"
        "  Containers:\n"
        "   web:\n"
        "    Image:         nginx:1.27\n"
        "    Port:          80/TCP\n"
        "    Host Port:     0/TCP\n"
        "    Environment:   <none>\n"
        "    Mounts:        <none>\n"
        "  Volumes:         <none>\n"
        "  Node-Selectors:  <none>\n"
        "  Tolerations:     <none>\n");
}

TEST_CASE("A stateful set has claims") {
  const support::InWorld world;
  CHECK(described(R"(
    {"apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {"name": "db", "namespace":
    "default", "uid": "u-db", "creationTimestamp": "2026-01-05T00:00:00Z"}, "spec": {"replicas":
    2, "selector": {"matchLabels": {"app": "db"}}, "updateStrategy": {"type": "RollingUpdate",
    "rollingUpdate": {"partition": 0}}, "template": {"metadata": {"labels": {"app": "db"}},
    "spec": {"containers": []}}, "volumeClaimTemplates": [{"metadata": {"name": "data",
    "labels": {"a": "b"}}, "spec": {"accessModes": ["ReadWriteOnce"], "storageClassName":
    "fast", "resources": {"requests": {"storage": "1Gi"}}}}]}, "status": {"replicas": 1}})",
                  R"(
    {"showEvents": false})") ==
        "Name:               db\n"
        "Namespace:          default\n"
        "CreationTimestamp:  Mon, 05 Jan 2026 00:00:00 +0000\n"
        "Selector:           app=db\n"
        "Labels:             <none>\n"
        "Annotations:        <none>\n"
        "Replicas:           2 desired | 1 total\n"
        "Update Strategy:    RollingUpdate\n"
        "  Partition:        0\n"
        "Pods Status:        0 Running / 0 Waiting / 0 Succeeded / 0 Failed\n"
        "Pod Template:\n"
        "  Labels:  app=db\n"
        "  Containers: <none>\n"
        "  Volumes:         <none>\n"
        "  Node-Selectors:  <none>\n"
        "  Tolerations:     <none>\n"
        "Volume Claims:\n"
        "  Name:          data\n"
        "  StorageClass:  fast\n"
        "  Labels:        a=b\n"
        "  Annotations:   <none>\n"
        "  Capacity:      1Gi\n"
        "  Access Modes:  [ReadWriteOnce]\n");
}

TEST_CASE("A daemon set counts nodes") {
  const support::InWorld world;
  CHECK(described(R"(
    {"apiVersion": "apps/v1", "kind": "DaemonSet", "metadata": {"name": "agent", "namespace":
    "default", "uid": "u-agent", "creationTimestamp": "2026-01-05T00:00:00Z"}, "spec":
    {"selector": {"matchLabels": {"app": "agent"}}, "template": {"metadata": {"labels": {"app":
    "agent"}}, "spec": {"nodeSelector": {"disk": "ssd"}, "containers": []}}}, "status":
    {"desiredNumberScheduled": 3, "currentNumberScheduled": 2, "updatedNumberScheduled": 1,
    "numberAvailable": 1}})") ==
        "Name:           agent\n"
        "Namespace:      default\n"
        "Selector:       app=agent\n"
        "Node-Selector:  disk=ssd\n"
        "Labels:         <none>\n"
        "Annotations:    <none>\n"
        "Desired Number of Nodes Scheduled: 3\n"
        "Current Number of Nodes Scheduled: 2\n"
        "Number of Nodes Scheduled with Up-to-date Pods: 1\n"
        "Number of Nodes Scheduled with Available Pods: 1\n"
        "Number of Nodes Misscheduled: 0\n"
        "Pods Status:  0 Running / 0 Waiting / 0 Succeeded / 0 Failed\n"
        "Pod Template:\n"
        "  Labels:  app=agent\n"
        "  Containers: <none>\n"
        "  Volumes:         <none>\n"
        "  Node-Selectors:  disk=ssd\n"
        "  Tolerations:     <none>\n"
        "Events:            <none>\n");
}
