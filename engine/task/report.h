// engine/task/report.h: goroutine dumps in the form that Go prints them.
//
// Functions have no portable names in C++, so a frame is shown by the name of its goroutine and the
// source line where it waits.

#pragma once

#include <string>
#include <string_view>

#include "engine/task/goroutine.h"

namespace engine {

/// Exit code of a Go program that panicked or met a fatal error. Source: Go runtime,
/// `runtime.fatalpanic`.
inline constexpr int kGoFailureExit = 2;

/// Why a process whose goroutines all wait is ended. Source: Go runtime, `checkdead`.
inline constexpr std::string_view kDeadlockMessage = "all goroutines are asleep - deadlock!";

/// The same after main has left by goexit() and nobody else is left.
inline constexpr std::string_view kNobodyLeftMessage =
    "no goroutines (main called runtime.Goexit) - deadlock!";

/// `goroutine 3 [chan receive]:` and its frames, innermost first. `state` replaces the wait reason.
std::string dump_goroutine(const Goroutine& task, std::string_view state);

/// `file:line`.
std::string place_text(std::source_location where);

/// Its name, or `goroutine N`.
std::string display_name(const Goroutine& task);

}  // namespace engine
