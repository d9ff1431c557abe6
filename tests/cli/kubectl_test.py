#!/usr/bin/env python3
"""The real kubectl talks to a simulated cluster through the gateway; what it prints is kept.

golden/kubectl.txt is the transcript: each command, what it printed, and its exit code. What depends
on the moment (ages, times, generated names) is replaced by a word. `kubectl_test.py --update`
writes it anew. Where there is no kubectl of version 1.30 or later, this is left out loudly.
ORRERY_BUILDS names the folder of builds.
"""

import difflib
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time
import unittest

import served

REPO = pathlib.Path(__file__).resolve().parents[2]
BUILDS = pathlib.Path(os.environ.get("ORRERY_BUILDS", REPO / "build")).resolve()
PROGRAM = BUILDS / "native" / "bin" / "orrery"
GOLDEN = pathlib.Path(__file__).resolve().parent / "golden" / "kubectl.txt"
LISTENING = re.compile(r"^listening 127\.0\.0\.1:(\d+) -> cp:6443 \(tcp\)$", re.MULTILINE)
SECONDS = 60
SPEED = "10"  # virtual seconds in a real one
LEAST_MINOR = 30

SCENARIO = """\
title: A cluster for kubectl
topology:
  nodes:
    - {name: cp, cores: 2, memory: 4Gi}
    - {name: node-1, cores: 2, memory: 4Gi}
    - {name: node-2, cores: 2, memory: 4Gi}
kubernetes: {}
expose: [{node: cp, port: 6443}]
"""
DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - name: web
        image: orrery/web-app:1
        resources: {requests: {cpu: 100m, memory: 32Mi}}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec:
  selector: {app: web}
  ports: [{port: 80, targetPort: 8080}]
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: web}
spec:
  minAvailable: 1
  selector: {matchLabels: {app: web}}
"""
MISTAKES = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: bad}
spec:
  replica: 2
  selector: {matchLabels: {app: bad}}
  template:
    metadata: {labels: {app: other}}
    spec: {containers: [{name: web, image: "orrery/web-app:1"}]}
"""

# Each is a command, what it reads, and how long to wait before the next, in virtual seconds.
STEPS = [
    ("version", "", 0),
    ("api-resources", "", 0),
    ("get nodes", "", 0),
    ("get nodes -o wide", "", 0),
    ("get pods", "", 0),
    ("apply -f -", DEPLOYMENT, 0),
    ("rollout status deployment/web", "", 0),
    ("get deployments,services,pdb", "", 0),
    ("get pods --sort-by=.spec.nodeName", "", 0),
    ("apply -f -", DEPLOYMENT, 0),
    ("apply -f -", DEPLOYMENT.replace("replicas: 2", "replicas: 3"), 0),
    ("rollout status deployment/web", "", 0),
    ("apply -f -", MISTAKES, 0),
    ("apply --validate=false -f -", MISTAKES, 0),
    ("get deployment web -o jsonpath={.status.readyReplicas}", "", 0),
    ("describe deployment web", "", 0),
    ("describe service web", "", 0),
    ("scale deployment web --replicas=1", "", 0),
    ("scale deployment web --current-replicas=7 --replicas=2", "", 0),
    ("scale deployment web --replicas=2", "", 5),
    ("logs deployment/web", "", 0),
    ("label node node-1 disk=ssd", "", 0),
    ("get nodes -l disk=ssd", "", 0),
    ("annotate deployment web note=hello", "", 0),
    ("taint node node-2 key=value:NoSchedule", "", 0),
    ("taint node node-2 key-", "", 0),
    ("cordon node-1", "", 0),
    ("get nodes", "", 0),
    ("drain node-1 --ignore-daemonsets", "", 10),
    ("get pods -o wide", "", 0),
    ("uncordon node-1", "", 0),
    ("rollout restart deployment/web", "", 0),
    ("rollout status deployment/web", "", 0),
    ("rollout history deployment/web", "", 0),
    ("rollout undo deployment/web", "", 0),
    ("rollout status deployment/web", "", 0),
    ("get events --field-selector reason=ScalingReplicaSet -o custom-columns=M:.message", "", 0),
    ("explain pod.spec.nodeName", "", 0),
    ("get comets", "", 0),
    ("get pod none", "", 0),
    ("delete deployment web", "", 0),
    ("delete service,pdb web", "", 5),
    ("get all", "", 0),
]

MASKS = [
    (re.compile(r"(\b[a-z0-9-]+)-[0-9a-f]{8,10}-[bcdfghjklmnpqrstvwxz2456789]{5}\b"),
     r"\1-HASH-NAME"),
    (re.compile(r"\b(web|coredns)-[0-9a-f]{7,10}\b"), r"\1-HASH"),
    (re.compile(r"\b10\.128\.\d+\.\d+"), "POD-IP"),
    (re.compile(r"\b10\.(9[6-9]|1[01]\d)\.\d+\.\d+"), "SERVICE-IP"),
    (re.compile(r"\b(\d+[dhms])+\b( ago)?"), "AGE"),
    (re.compile(r"[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} [\d:]{8} [+-]\d{4}"), "TIME"),
    (re.compile(r"(Client Version|Kustomize Version): .*"), r"\1: VERSION"),
    (re.compile(r"(?<=http://127\.0\.0\.1:)\d+"), "PORT"),
    (re.compile(r" +"), " "),
]


EVICTION = re.compile(r"^evicting pod | evicted$")


def masked(text):
    for pattern, word in MASKS:
        text = pattern.sub(word, text)
    lines = [line.rstrip() for line in text.splitlines()]
    # Whether it has to wait depends on the moment, which of two evictions ends first as well.
    lines = [line for line in lines if not line.startswith("Waiting for deployment")]
    evictions = sorted(line for line in lines if EVICTION.search(line))
    if evictions:
        at = min(index for index, line in enumerate(lines) if EVICTION.search(line))
        lines = [line for line in lines if not EVICTION.search(line)]
        lines[at:at] = evictions
    return "\n".join(lines)


def kubectl_minor(program):
    done = subprocess.run([program, "version", "--client", "-o", "json"], capture_output=True,
                          text=True, check=False)
    try:
        version = json.loads(done.stdout)["clientVersion"]
        return int(re.match(r"\d+", version["minor"]).group())
    except (ValueError, KeyError, AttributeError):
        return 0


class Kubectl(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.program = shutil.which("kubectl")
        if cls.program is None or kubectl_minor(cls.program) < LEAST_MINOR:
            print(f"SKIPPED LOUDLY: no kubectl of version 1.{LEAST_MINOR} or later here",
                  file=sys.stderr)
            raise unittest.SkipTest("no kubectl")
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.home = folder.name
        scenario = pathlib.Path(folder.name, "cluster.yaml")
        scenario.write_text(SCENARIO)
        match = served.serve(cls, PROGRAM, str(scenario), LISTENING, "--speed", SPEED,
                             "--listen", "127.0.0.1:0=cp:6443")
        cls.server = f"http://127.0.0.1:{match.group(1)}"
        cls.wait(20)  # until the cluster has come up

    @staticmethod
    def wait(virtual_seconds):
        time.sleep(virtual_seconds / float(SPEED))

    def kubectl(self, words, text=""):
        environment = {**os.environ, "HOME": self.home, "KUBECONFIG": "/dev/null"}
        done = subprocess.run([self.program, "--server", self.server, *words.split()], input=text,
                              capture_output=True, text=True, timeout=SECONDS, check=False,
                              env=environment)
        return done

    def transcript(self):
        out = []
        for words, text, pause in STEPS:
            done = self.kubectl(words, text)
            out.append(f"$ kubectl {words}\n")
            for line in masked(done.stdout).splitlines():
                out.append(f"{line}\n")
            for line in masked(done.stderr).splitlines():
                out.append(f"! {line}\n")
            if done.returncode != 0:
                out.append(f"exit code {done.returncode}\n")
            out.append("\n")
            self.wait(pause)
        return "".join(out)

    def test_a_session_of_commands_prints_what_it_always_has(self):
        text = self.transcript()
        if os.environ.get("ORRERY_UPDATE_GOLDEN") == "1":
            GOLDEN.write_text(text)
        wanted = GOLDEN.read_text()
        difference = "".join(difflib.unified_diff(
            wanted.splitlines(keepends=True), text.splitlines(keepends=True), "golden", "now"))
        self.assertEqual(text, wanted, difference)

    def test_a_watch_tells_of_what_changes(self):
        environment = {**os.environ, "HOME": self.home, "KUBECONFIG": "/dev/null"}
        watch = subprocess.Popen(
            [self.program, "--server", self.server, "get", "configmaps", "-n", "kube-public", "-w",
             "--no-headers", "-o", "custom-columns=NAME:.metadata.name,A:.data.a"],
            stdout=subprocess.PIPE, text=True, env=environment)
        self.addCleanup(watch.stdout.close)
        self.addCleanup(watch.wait)
        self.addCleanup(watch.kill)
        manifest = ("apiVersion: v1\nkind: ConfigMap\n"
                    "metadata: {name: note, namespace: kube-public}\n")
        for value in ("first", "second"):
            done = self.kubectl("apply -f -", f"{manifest}data: {{a: {value}}}\n")
            self.assertEqual(done.returncode, 0, done.stderr)
        rows = []
        while len(rows) < 2:
            line = watch.stdout.readline()
            self.assertTrue(line, "the watch has ended")
            if line.startswith("note"):
                rows.append(line.split())
        self.assertEqual(rows[-1], ["note", "second"])


if __name__ == "__main__":
    if sys.argv[1:] == ["--update"]:
        os.environ["ORRERY_UPDATE_GOLDEN"] = "1"
        del sys.argv[1]
    unittest.main()
