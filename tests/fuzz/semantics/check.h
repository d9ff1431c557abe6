// tests/fuzz/semantics/check.h: one program, on the engine and against the model.

#pragma once

#include <string>

#include "engine/task/policy.h"
#include "tests/fuzz/semantics/model.h"
#include "tests/fuzz/semantics/program.h"

namespace semantics {

struct CheckOptions {
  engine::Policy policy = engine::Policy::kFifo;
  uint64_t seed = 1;
  Mutation mutation = Mutation::kNone;
};

/// What a number of checks came upon.
struct Tally {
  uint64_t runs = 0;
  uint64_t steps = 0;
  uint64_t observations = 0;
  uint64_t cut = 0;      // went on for too long to be looked at
  uint64_t gave_up = 0;  // judged up to a misuse
  uint64_t exits[5] = {};
  uint64_t deadlocks = 0;
};

/// Empty if the engine did what Go could have done; else the difference.
std::string check(const Program& program, const CheckOptions& options, Tally* tally = nullptr);

/// The smallest program found that still shows a difference when it is checked so.
Program shrink(Program program, const CheckOptions& options);

/// Program, difference and the run's history, for people.
std::string report(const Program& program, const CheckOptions& options);

}  // namespace semantics
