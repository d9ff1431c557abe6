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
      cpu_(options.cores),
      disk_(engine::derive(key_, 1), id, options.disk),
      clock_(options.clock) {}

void Machine::boot() {
  for (const Unit& unit : units_) run(unit);
}

engine::Process& Machine::run(const Unit& unit) {
  engine::Process& process = engine::start_process(
      {.name = unit.name, .args = unit.args, .env = unit.env, .host = this}, unit.main);
  running_.push_back(process.id());
  return process;
}

bool Machine::crash() {
  if (!is_up_) return false;
  engine::emit(engine::EventKind::kNodeCrash, id_);
  is_up_ = false;
  if (network_ != nullptr) network_->machine_crashed();
  disk_.lose_power();
  while (!running_.empty()) engine::scheduler().kill(running_.back());
  cpu_.reset();
  return true;
}

bool Machine::start() {
  if (is_up_) return false;
  engine::emit(engine::EventKind::kNodeStart, id_);
  is_up_ = true;
  if (network_ != nullptr) network_->machine_started();
  boot();
  return true;
}

void Machine::process_ended(engine::Process& process) {
  running_.erase(std::find(running_.begin(), running_.end(), process.id()));
  if (is_up_ && network_ != nullptr) network_->process_ended(process.id());
}

Machine* this_machine_or_null() {
  return static_cast<Machine*>(engine::current_process().host());
}

Machine& this_machine() {
  Machine* const machine = this_machine_or_null();
  ENGINE_CHECK(machine != nullptr);
  return *machine;
}

}  // namespace sim::node
