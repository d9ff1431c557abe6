// tests/fuzz/semantics/semantics_fuzz.cpp: any bytes are a program, and the engine runs it by Go's
// rules. The first byte says under which policy.

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>

#include "tests/fuzz/semantics/check.h"
#include "tests/fuzz/semantics/generate.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const auto policies = engine::policies();
  const semantics::CheckOptions options{.policy = policies[data[0] % policies.size()]};
  const semantics::Program program = semantics::generate(data + 1, size - 1);
  if (semantics::check(program, options).empty()) return 0;
  std::fprintf(stderr, "%s\n",
               semantics::report(semantics::shrink(program, options), options).c_str());
  std::abort();
}
