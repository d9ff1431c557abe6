#include "sim/shell/cgroup_files.h"

#include "engine/sync/timer.h"

namespace sim::shell {
namespace {

std::string line(std::string_view name, uint64_t value) {
  std::string out(name);
  out += ' ';
  engine::append_operand(out, value);
  return out + "\n";
}

std::string number(uint64_t value, bool is_limit) {
  if (!is_limit) return "max\n";
  std::string out;
  engine::append_operand(out, value);
  return out + "\n";
}

uint64_t microseconds(engine::Duration length) {
  return static_cast<uint64_t>(length.ns / engine::kMicrosecond.ns);
}

}  // namespace

std::optional<std::string> cgroup_file(const node::Cgroup& group, std::string_view path) {
  constexpr std::string_view kRoot = "/sys/fs/cgroup/";
  if (!path.starts_with(kRoot)) return {};
  path.remove_prefix(kRoot.size());
  const auto bytes = [](int64_t value) { return static_cast<uint64_t>(value); };
  if (path == "cpu.stat") {
    const node::CpuStat stat = group.cpu_stat(engine::now());
    return line("usage_usec", microseconds(stat.usage)) +
           line("user_usec", microseconds(stat.usage)) + line("system_usec", 0) +
           line("nr_periods", stat.periods) + line("nr_throttled", stat.throttled_periods) +
           line("throttled_usec", microseconds(stat.throttled));
  }
  if (path == "cpu.weight") return number(group.cpu_weight(), true);
  if (path == "cpu.max") {
    const node::CpuMax& max = group.cpu_max();
    std::string out = number(microseconds(max.quota), max.quota.ns > 0);
    out.back() = ' ';
    return out + number(microseconds(max.period), true);
  }
  if (path == "memory.current") return number(bytes(group.memory_usage()), true);
  if (path == "memory.peak") return number(bytes(group.memory_peak()), true);
  if (path == "memory.max") {
    return number(bytes(group.memory_max()), group.memory_max() != node::Cgroup::kNoMemoryLimit);
  }
  if (path == "memory.events") {
    const node::MemoryEvents& events = group.memory_events();
    return line("low", 0) + line("high", 0) + line("max", events.max) + line("oom", events.oom) +
           line("oom_kill", events.oom_kill) + line("oom_group_kill", events.oom_group_kill);
  }
  if (path == "pids.current") return number(group.pids(), true);
  if (path == "pids.max") {
    return number(group.pids_max(), group.pids_max() != node::Cgroup::kNoPidsLimit);
  }
  return {};
}

}  // namespace sim::shell
