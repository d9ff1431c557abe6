// sim/k8s/kubectl/kubectl.h: kubectl, run on a command line in the simulation.
//
//   KubectlIo io;
//   io.out = [](std::string_view text) { print(text); };
//   const int code = co_await run_kubectl(config, {"get", "pods", "-A"}, io, todo());
//
// Concept: the words behind `kubectl` name a command of a table; its flags are parsed, the
// resources that are meant are found among those the server has, and the command speaks to the
// server as the real one does. What it prints, and the exit code, are the real one's. Determinism:
// the output depends on the server's answers alone. Resources of the built-in kinds need no
// discovery, as if they were in the real one's cache on disk. Source: Kubernetes' documentation,
// "Command line tool (kubectl)"; the bytes of kubectl 1.33. Not modelled: help pages, kubeconfig
// files, plugins, kustomize, go-template, --prune, editors, attach, cp, debug, port-forward, proxy,
// diff, auth, certificate, config.

#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/sync/context.h"
#include "engine/task/task.h"
#include "sim/k8s/client/rest.h"

namespace sim::k8s {

struct KubectlIo {
  /// Standard output and standard error, in pieces as they come.
  std::function<void(std::string_view)> out;
  std::function<void(std::string_view)> err;
  /// Standard input, for `-f -`.
  std::string input;
  /// The content of a file that -f names; nothing if there is none. May be empty: no files.
  std::function<bool(std::string_view path, std::string& content)> read_file;
};

/// Runs the command that `args` (the words behind `kubectl`) names; gives its exit code. Suspends
/// until it has ended; commands that watch end with `context`. A flag --server in `args` is heard.
engine::Task<int> run_kubectl(RestConfig config, std::vector<std::string> args, KubectlIo io,
                              engine::Context context);

}  // namespace sim::k8s
