// tests/k8s/explore/programs.h: what runs on the machine `client`: whoever acts, counts and
// watches.
//
// Arguments of each are texts; what they learn goes to the world's checkers and its Tally.

#pragma once

#include "engine/task/task.h"
#include "engine/world/local.h"

namespace explore {

/// How often the ConfigMap `counter` was raised by one.
struct Tally : engine::WorldLocal {
  int64_t raised = 0;   // as the server has said
  int64_t unknown = 0;  // there was no answer
  int64_t actions_done = 0;
  int64_t actions_failed = 0;
};

/// Does what clients do. Arguments: `evict=delete` or `evict=api`, then AT_MS VERB A B LENGTH_MS
/// of each action (`-` for nothing).
engine::Task<> act();
/// Raises the counter every few seconds, until UNTIL_MS, by read and update. Arguments: UNTIL_MS,
/// `blind` or `careful`: whether the update names the version that was read.
engine::Task<> count();
/// Watches pods. Arguments: a node's name or `-`, every how many events it loses one (0: none).
engine::Task<> watch();
/// Makes links slow and lossy, and plain again. Arguments: AT_MS A B LENGTH_MS of each.
engine::Task<> weather();

}  // namespace explore
