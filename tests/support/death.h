// tests/support/death.h: whether a piece of code aborts, found out in a child process.
//
// Node has no fork: there the answer is taken from the other builds, and the check is left out.

#pragma once

#if defined(__EMSCRIPTEN__)

#define CHECK_ABORTS(...) SUCCEED("needs a child process, which Node's build has not")

#else

#include <sys/wait.h>
#include <unistd.h>
#include <catch_amalgamated.hpp>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <string>

namespace support {

/// Runs `action` in a child; returns what it wrote to standard error, or "survived".
template <class F>
std::string last_words(F action) {
  int ends[2];
  if (pipe(ends) != 0) return "no pipe";
  const pid_t child = fork();
  if (child == 0) {
    // Catch2's own handler would report the abort as a failed test.
    std::signal(SIGABRT, SIG_DFL);
    dup2(ends[1], STDERR_FILENO);
    action();
    _exit(0);
  }
  close(ends[1]);
  std::string words;
  char buffer[4096];
  for (ssize_t n = 0; (n = read(ends[0], buffer, sizeof buffer)) > 0;) {
    words.append(buffer, static_cast<size_t>(n));
  }
  close(ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? "survived" : words;
}

}  // namespace support

/// Checks that `action` (a lambda) ends its process, and says `expected` on standard error.
#define CHECK_ABORTS(expected, ...) \
  CHECK_THAT(support::last_words(__VA_ARGS__), Catch::Matchers::ContainsSubstring(expected))

#endif
