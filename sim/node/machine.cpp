#include "sim/node/machine.h"

#include <algorithm>

namespace sim::node {
namespace {

/// Where the keys of machines begin, beside those of the scheduler.
constexpr uint64_t kMachinesOrdinal = 2;

engine::EntityKey machine_key(uint32_t id) {
  return engine::derive(engine::derive({}, kMachinesOrdinal), id);
}

}  // namespace

Machine::Machine(uint32_t id, const Options& options)
    : id_(id),
      key_(machine_key(id)),
      name_(options.name),
      zone_(options.zone),
      memory_bytes_(options.memory_bytes),
      cpu_({.machine = id, .cores = options.cores}),
      root_(new Cgroup(*this, options.memory_bytes)),
      disk_(engine::derive(key_, 1), id, options.disk),
      clock_(options.clock) {}

void Machine::BootUnit::start() {
  process = machine.run(unit).id();
}

void Machine::boot() {
  for (BootUnit& unit : units_) unit.start();
}

void Machine::on_process_ended(engine::Process& process) {
  if (!is_up_) return;
  for (BootUnit& each : units_) {
    if (each.process != process.id()) continue;
    each.process.reset();
    if (!each.unit.restart_after) return;
    const engine::Instant due = engine::here().now + *each.unit.restart_after;
    engine::here().queue.set(each, due, engine::here().cause);
    return;
  }
}

void Machine::ring(engine::Alarm& alarm) {
  static_cast<BootUnit&>(alarm).start();
}

engine::Process& Machine::run(const Unit& unit) {
  const Started started = run(unit, *this);
  ENGINE_CHECK(started.process != nullptr);
  return *started.process;
}

Machine::Started Machine::run(const Unit& unit, Host& host) {
  ENGINE_CHECK(is_up_ && &host.machine() == this);
  Cgroup& group = host.cgroup();
  if (group.is_removed()) return {nullptr, kNoSuchDevice};
  if (!group.add_process()) return {nullptr, kResourceUnavailable};
  engine::Process& process = engine::start_process(
      {.name = unit.name, .args = unit.args, .env = unit.env, .host = &host}, unit.main);
  running_.push_back(process.id());
  memories_.push_back(std::make_unique<ProcessMemory>(process, host, unit.oom_score_adj));
  if (unit.base_memory_bytes > 0) memories_.back()->take_base(unit.base_memory_bytes);
  return {&process, nullptr};
}

bool Machine::crash() {
  if (!is_up_) return false;
  engine::emit(engine::EventKind::kNodeCrash, id_);
  is_up_ = false;
  if (network_ != nullptr) network_->machine_crashed();
  for (Device* const device : devices_) device->machine_crashed();
  disk_.lose_power();
  while (!running_.empty()) engine::scheduler().kill(running_.back());
  for (BootUnit& unit : units_) unit.cancel();
  cpu_.reset();
  root_->machine_crashed();
  return true;
}

bool Machine::start() {
  if (is_up_) return false;
  engine::emit(engine::EventKind::kNodeStart, id_);
  is_up_ = true;
  if (network_ != nullptr) network_->machine_started();
  for (Device* const device : devices_) device->machine_started();
  boot();
  return true;
}

void Machine::detach(Device& device) {
  devices_.erase(std::find(devices_.begin(), devices_.end(), &device));
}

// Processes start in the order of their ids.
ProcessMemory* Machine::memory_of(engine::ProcessId process) const {
  const auto at = std::lower_bound(running_.begin(), running_.end(), process);
  if (at == running_.end() || *at != process) return nullptr;
  return memories_[static_cast<size_t>(at - running_.begin())].get();
}

void Machine::tell_of_oom(const OomKill& kill) const {
  for (OomObserver* const observer : oom_observers_) observer->oom_kills(kill);
}

void Machine::forget(engine::Process& process) {
  const auto at = std::lower_bound(running_.begin(), running_.end(), process.id());
  ENGINE_CHECK(at != running_.end() && *at == process.id());
  const auto memory = memories_.begin() + (at - running_.begin());
  (*memory)->cgroup().remove_process();
  memories_.erase(memory);
  running_.erase(at);
}

void Host::process_ended(engine::Process& process) {
  Machine& on = machine();
  on.forget(process);
  Device* const device = network();
  if (on.is_up() && device != nullptr) device->process_ended(process.id());
  on_process_ended(process);
}

Machine* this_machine_or_null() {
  auto* const host = static_cast<Host*>(engine::current_process().host());
  return host == nullptr ? nullptr : &host->machine();
}

Host& this_host() {
  auto* const host = static_cast<Host*>(engine::current_process().host());
  ENGINE_CHECK(host != nullptr);
  return *host;
}

Machine& this_machine() {
  return this_host().machine();
}

}  // namespace sim::node
