// sim/node/signal.h: signals to processes, as programs in Go see them.
//
//   const Chan<Signal> stop = notify_signals({Signal::kTerminate});
//   co_await stop.recv();
//   ... shut down ...
//
// Concept: a program that asks for a signal gets it on a channel instead of dying of it. One that
// does not ask ends: by the signal (128 + its number), or, as the first process of a container, by
// Go's runtime with code 2, because the kernel spares such a process.
// Determinism: delivered at once, in the order of the calls. A signal that finds its channel full
// is lost. Lifetime: a process's channels go with it. Source: Go documentation, `os/signal`;
// pid_namespaces(7). Not modelled: masks, ignored signals.

#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string_view>

#include "engine/sync/chan.h"
#include "engine/task/goroutine.h"

namespace sim::node {

/// The numbers of Linux.
enum class Signal : uint8_t {
  kHangup = 1,
  kInterrupt = 2,
  kQuit = 3,
  kKill = 9,
  kUser1 = 10,
  kUser2 = 12,
  kTerminate = 15,
};

/// "SIGTERM"
std::string_view signal_name(Signal signal);
/// Of "SIGTERM", "TERM" or "15".
std::optional<Signal> signal_named(std::string_view name);

/// A channel, of capacity 1, that this process's signals of these kinds arrive on from now on; of
/// all kinds but SIGKILL if none are named. Source: `signal.Notify`.
engine::Chan<Signal> notify_signals(std::initializer_list<Signal> signals);

/// Sends `signal` to a process. False: it does not run. REQUIRES: not the running goroutine's own.
/// `is_first`: it is process 1 of a PID namespace.
bool send_signal(engine::ProcessId process, Signal signal, bool is_first = false);

}  // namespace sim::node
