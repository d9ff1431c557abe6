// sim/shell/cgroup_files.h: the files of a container's control group, below /sys/fs/cgroup.
//
// Source: Linux, Documentation/admin-guide/cgroup-v2.rst. Not modelled: all other files of /sys and
// /proc; user and system time apart: all of it is the user's.

#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "sim/node/cgroup.h"

namespace sim::shell {

/// What a file of `group` holds; nothing if `path` names none.
std::optional<std::string> cgroup_file(const node::Cgroup& group, std::string_view path);

}  // namespace sim::shell
