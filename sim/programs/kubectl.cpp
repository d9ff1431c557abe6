// kubectl, as in a terminal: arguments are the words behind `kubectl`.
//
// The server is that of --server, or the cluster that this container runs in, or localhost:6443.
// The environment variable STDIN is its standard input; -f names files of its container.

#include "sim/k8s/kubectl/kubectl.h"

#include "engine/task/print.h"
#include "sim/container/container.h"
#include "sim/k8s/client/in_cluster.h"

namespace sim::programs {

using namespace engine;

namespace {

bool read_file(std::string_view path, std::string& content) {
  container::Container* const inside = container::this_container();
  if (inside == nullptr) return false;
  const container::Container::Seen seen = inside->files_at(path);
  container::FileRead read = seen.files->read(seen.inside);
  if (read.error) return false;
  content = read.bytes;
  return true;
}

}  // namespace

Task<> kubectl() {
  k8s::ConfigResult found = k8s::in_cluster_config();
  if (found.error) found.config.host = "http://localhost:6443";
  k8s::KubectlIo io;
  io.out = [](std::string_view text) { print(text); };
  io.err = io.out;
  io.input = current_process().env("STDIN", {});
  io.read_file = read_file;
  const int code = co_await k8s::run_kubectl(found.config, current_process().args(), io, todo());
  if (code != 0) co_await os_exit(code);
}

}  // namespace sim::programs
