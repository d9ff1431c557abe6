// The docker command, on the machine that it runs on. Arguments: the words after `docker`.

#include "engine/task/print.h"
#include "sim/container/docker/command_line.h"

namespace sim::programs {

using namespace engine;

Task<> docker() {
  std::vector<std::string> words = current_process().args();
  container::docker::Print write = [](std::string_view text) { print(text); };
  const int status =
      co_await container::docker::run_command_line(std::move(words), std::move(write));
  if (status != 0) co_await os_exit(status);
}

}  // namespace sim::programs
