// tests/k8s/kubectl_support.h: sessions of kubectl in the simulation, as transcripts.

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/sync/timer.h"
#include "sim/k8s/kubectl/kubectl.h"
#include "tests/k8s/tester.h"

namespace support {

/// The words of a line as a shell has them; ' quotes.
inline std::vector<std::string> shell_words(std::string_view line) {
  std::vector<std::string> words;
  bool in_word = false;
  bool in_quotes = false;
  for (const char c : line) {
    if (c == '\'') {
      if (!in_word) words.emplace_back();
      in_word = true;
      in_quotes = !in_quotes;
    } else if (c == ' ' && !in_quotes) {
      in_word = false;
    } else {
      if (!in_word) words.emplace_back();
      in_word = true;
      words.back() += c;
    }
  }
  return words;
}

/// `text` with lines that end in a backslash joined with the next one.
inline std::string unfolded(std::string_view text) {
  std::string out(text);
  for (size_t at = out.find("\\\n"); at != std::string::npos; at = out.find("\\\n", at)) {
    out.erase(at, 2);
  }
  return out;
}

/// Runs `kubectl LINE` and prints `$ LINE`, what it prints, and `[CODE]` if that is not 0.
inline engine::Task<> kubectl(std::string line, std::string input = {}) {
  std::string text = "$ " + line + "\n";
  engine::print(text);
  sim::k8s::RestConfig config;
  config.host = "http://cp:6443";
  sim::k8s::KubectlIo io;
  io.out = [](std::string_view more) { engine::print(more); };
  io.err = io.out;
  io.input = std::move(input);
  const int code =
      co_await sim::k8s::run_kubectl(config, shell_words(line), io, engine::background());
  if (code == 0) co_return;
  text = "[";
  engine::append_operand(text, code);
  engine::print(text + "]\n");
}

/// Runs kubectl without telling of it.
inline engine::Task<> quiet_kubectl(std::string line, std::string input = {}) {
  sim::k8s::RestConfig config;
  config.host = "http://cp:6443";
  sim::k8s::KubectlIo io;
  io.err = [](std::string_view more) { engine::print(more); };
  io.input = std::move(input);
  const int code =
      co_await sim::k8s::run_kubectl(config, shell_words(line), io, engine::background());
  if (code != 0) engine::println("failed:", line);
}

inline constexpr std::string_view kWebManifest = R"(
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, labels: {app: web}}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers: [{name: c, image: "nginx:1"}]
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}, ports: [{port: 80}]}
)";

/// A node with three pods; one has local storage, one is a daemon set's.
inline constexpr std::string_view kNodeManifest = R"(
apiVersion: v1
kind: ServiceAccount
metadata: {name: default}
---
apiVersion: v1
kind: Node
metadata: {name: n1, labels: {zone: a}}
---
apiVersion: v1
kind: Pod
metadata: {name: a, labels: {app: a}}
spec: {nodeName: n1, containers: [{name: c, image: i}]}
---
apiVersion: v1
kind: Pod
metadata: {name: b, labels: {app: b}}
spec:
  nodeName: n1
  containers: [{name: c, image: i}, {name: d, image: j}]
  volumes: [{name: v, emptyDir: {}}]
---
apiVersion: v1
kind: Pod
metadata:
  name: ds
  ownerReferences: [{apiVersion: apps/v1, kind: DaemonSet, name: d, uid: u, controller: true}]
spec: {nodeName: n1, containers: [{name: c, image: i}]}
)";

/// Waits until the API server listens, and puts the node and the pods there.
inline engine::Task<> begin_with_pods() {
  co_await engine::sleep_for(engine::kSecond);
  std::string manifest(kNodeManifest);
  co_await quiet_kubectl("create -f -", std::move(manifest));
}

}  // namespace support
