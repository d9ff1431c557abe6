#include "engine/world/check.h"

#include <cstdio>
#include <cstdlib>

namespace engine {

void check_failed(const char* file, int line, const char* what) {
  std::fprintf(stderr, "%s:%d: %s\n", file, line, what);
  std::fflush(stderr);
  std::abort();
}

}  // namespace engine
