// engine/task/leaks.h: goroutines that wait for what nobody can do any more.
//
// Concept: as Go's leak detector does, memory is followed from the goroutines that can run by
// themselves (ready or asleep). A channel or lock that is reached makes those that wait on it
// reachable too. A goroutine that waits and is never reached has leaked: no handle to what it waits
// for is left outside of leaked goroutines. Words of memory are taken for pointers conservatively,
// so a leak may be missed but none is invented. Only looks; never part of the hash.
//
// Source: Go 1.26 release notes, "goroutine leak profiles"; the status `(leaked)` of its reports.

#pragma once

#include <string>
#include <vector>

#include "engine/task/goroutine.h"
#include "engine/world/world.h"

namespace engine {

/// Leaked goroutines of running processes, by id. REQUIRES: between steps, outside any scope.
std::vector<TaskId> find_leaks(World& world);

/// A dump of each of them, in Go's form: `goroutine 4 [chan receive (leaked)]:`. Empty if there is
/// none.
std::string leak_report(World& world);

}  // namespace engine
