#include "sim/node/signal.h"

#include <charconv>
#include <map>
#include <memory>
#include <vector>

#include "engine/task/go.h"
#include "engine/world/local.h"

namespace sim::node {
namespace {

class SignalChan final : public engine::detail::ChanOf<Signal> {
 public:
  SignalChan() : ChanOf(1, "signals") {}
  void deliver(Signal signal) {
    if (receivers_.empty()) {
      put_if_empty(signal);
    } else {
      send(signal);
    }
  }
};

/// What one process has asked for.
class Wanted final : public engine::ProcessPart {
 public:
  struct Row {
    uint32_t mask = 0;  // a bit for each signal
    engine::Ref<SignalChan> chan;
  };
  explicit Wanted(engine::ProcessId process) : process_(process) {}
  void process_ended() override;
  bool deliver(Signal signal) const {
    bool taken = false;
    for (const Row& row : rows) {
      if ((row.mask >> static_cast<uint32_t>(signal) & 1) == 0) continue;
      row.chan->deliver(signal);
      taken = true;
    }
    return taken;
  }
  std::vector<Row> rows;

 private:
  engine::ProcessId process_;
};

struct AllWanted : engine::WorldLocal {
  std::map<engine::ProcessId, std::unique_ptr<Wanted>> by_process;
};

void Wanted::process_ended() {
  engine::world_local<AllWanted>().by_process.erase(process_);
}

struct NamedSignal {
  Signal signal;
  std::string_view name;
};
constexpr NamedSignal kSignals[] = {
    {Signal::kHangup, "SIGHUP"},     {Signal::kInterrupt, "SIGINT"}, {Signal::kQuit, "SIGQUIT"},
    {Signal::kKill, "SIGKILL"},      {Signal::kUser1, "SIGUSR1"},    {Signal::kUser2, "SIGUSR2"},
    {Signal::kTerminate, "SIGTERM"},
};

}  // namespace

std::string_view signal_name(Signal signal) {
  for (const NamedSignal& row : kSignals) {
    if (row.signal == signal) return row.name;
  }
  return "SIG";
}

std::optional<Signal> signal_named(std::string_view name) {
  int number = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number);
  const bool is_number = error == std::errc() && end == name.data() + name.size();
  for (const NamedSignal& row : kSignals) {
    if (is_number ? static_cast<int>(row.signal) == number
                  : row.name == name || row.name.substr(3) == name) {
      return row.signal;
    }
  }
  return {};
}

engine::Chan<Signal> notify_signals(std::initializer_list<Signal> signals) {
  engine::Process& process = engine::current_process();
  std::unique_ptr<Wanted>& wanted = engine::world_local<AllWanted>().by_process[process.id()];
  if (!wanted) {
    wanted = std::make_unique<Wanted>(process.id());
    process.own(*wanted);
    process.add_pending();  // a signal may come whatever its goroutines wait for
  }
  uint32_t mask = 0;
  for (const Signal signal : signals) mask |= 1U << static_cast<uint32_t>(signal);
  if (signals.size() == 0) mask = ~(1U << static_cast<uint32_t>(Signal::kKill));
  engine::Ref<SignalChan> chan(new SignalChan);
  wanted->rows.push_back({mask, chan});
  return engine::Chan<Signal>(engine::Ref<engine::detail::ChanOf<Signal>>(chan.get()));
}

bool send_signal(engine::ProcessId process, Signal signal, bool is_first) {
  if (engine::here().muted) return false;
  const auto& all = engine::world_local<AllWanted>().by_process;
  const auto found = all.find(process);
  if (signal != Signal::kKill && found != all.end() && found->second->deliver(signal)) return true;
  // Go's runtime, spared by the kernel, exits with 2: as a signal of that code.
  constexpr int kBySignal = 128;
  constexpr int kGoExit = 2;
  const bool is_spared = is_first && signal != Signal::kKill;
  return engine::scheduler().kill(process,
                                  is_spared ? kGoExit - kBySignal : static_cast<int>(signal));
}

}  // namespace sim::node
