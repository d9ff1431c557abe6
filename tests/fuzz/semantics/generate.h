// tests/fuzz/semantics/generate.h: programs from a seed, or from a fuzzer's bytes.
//
// Equal input gives the same program on every platform. Shapes that lead somewhere (lock and
// unlock, a wait group around goroutines) are more frequent than chance would have them, since most
// random programs end at once.

#pragma once

#include <cstddef>
#include <cstdint>

#include "tests/fuzz/semantics/program.h"

namespace semantics {

Program generate(uint64_t seed);
/// What lies beyond the bytes counts as zeros.
Program generate(const uint8_t* bytes, size_t size);

}  // namespace semantics
