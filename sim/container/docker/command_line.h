// sim/container/docker/command_line.h: the `docker` command.
//
// Concept: reads the words after `docker` as Docker's command line does, asks the machine's daemon,
// and prints what Docker 27 prints, errors included. Suspends where the real one would wait: while
// an image is pulled, a container runs in the foreground, logs are followed.
// Source: Docker's command line reference; docker/cli and moby, version 27.
// Not modelled: terminals (-t and -i are read and mean nothing), a standard error of its own,
// builds, compose, contexts, swarm; networks other than bridge and host.

#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/task/task.h"

namespace sim::container::docker {

/// Where the output goes.
using Print = std::function<void(std::string_view)>;

/// Runs `docker WORDS...` on the machine of the running process. Gives the exit code: 0; 1 for an
/// error; of `run` and `exec` also the container's, 125 (the daemon refused), 126 or 127.
engine::Task<int> run_command_line(std::vector<std::string> words, Print print);

}  // namespace sim::container::docker
