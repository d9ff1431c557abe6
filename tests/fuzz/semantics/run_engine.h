// tests/fuzz/semantics/run_engine.h: runs a generated program on the engine and records what it
// did.

#pragma once

#include "engine/task/policy.h"
#include "tests/fuzz/semantics/program.h"
#include "tests/fuzz/semantics/record.h"

namespace semantics {

/// Overwrites `record`.
void run_engine(const Program& program, engine::Policy policy, uint64_t seed, Record& record);

}  // namespace semantics
