// engine/world/check.h: assertions that stay on in every build.
//
// A bug in the engine or in a model stops the host program at once, with the place: a world whose
// bookkeeping is wrong must not go on producing a history. Simulated failures are values, never
// checks.

#pragma once

namespace engine {

/// Writes `file:line: what` to the host's standard error and aborts. Never returns.
[[noreturn]] void check_failed(const char* file, int line, const char* what);

}  // namespace engine

#define ENGINE_CHECK(condition)                      \
  (__builtin_expect(static_cast<bool>(condition), 1) \
       ? static_cast<void>(0)                        \
       : ::engine::check_failed(__FILE__, __LINE__, "check failed: " #condition))
