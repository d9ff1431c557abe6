// sim/container/docker/run_options.h: what the options of `docker run` ask for.
//
// Source: docker/cli, cli/command/container/opts.go, and moby for what the daemon checks.

#pragma once

#include <span>
#include <string>
#include <vector>

#include "sim/container/docker/daemon.h"
#include "sim/container/docker/flags.h"

namespace sim::container::docker {

/// Those of `run` and `create`.
std::span<const Flag> run_flags();
/// Fills `options`, but for the image, its name and the arguments. Errors: the first option that is
/// wrong, in the words of the command or the daemon.
engine::Error read_run_options(const Flags& flags, const Image& image, CreateOptions& options);
/// Appends `NAME=VALUE`; of a name alone the value is that of the running process.
void read_environment(const std::vector<std::string>& texts, Environment& env);

}  // namespace sim::container::docker
