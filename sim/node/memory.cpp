#include "sim/node/memory.h"

#include <utility>
#include <vector>

#include "sim/node/machine.h"

namespace sim::node {
namespace {

// Whom the OOM killer of `group` kills first; null if it may kill nobody.
ProcessMemory* worst_of(Cgroup& group) {
  ProcessMemory* worst = nullptr;
  int64_t badness = 0;
  for (const auto& memory : group.machine().memories()) {
    if (memory->oom_score_adj() == ProcessMemory::kNeverKilled) continue;
    if (!memory->cgroup().is_within(group)) continue;
    const int64_t its = memory->badness(group.memory_max());
    if (worst != nullptr && its < badness) continue;
    worst = memory.get();
    badness = its;
  }
  return worst;
}

// The outermost group up to `limit` that is to be killed as a whole with a process of `victim`.
Cgroup* whole_group_of(Cgroup& victim, const Cgroup& limit) {
  Cgroup* whole = nullptr;
  for (Cgroup* at = &victim; at->parent() != nullptr; at = at->parent()) {
    if (at->is_oom_group()) whole = at;
    if (at == &limit) break;
  }
  return whole;
}

// REQUIRES: between two goroutines. False: nobody may be killed.
bool kill_in(Cgroup& limit) {
  Machine& machine = limit.machine();
  limit.note(&MemoryEvents::oom);
  const ProcessMemory* const worst = worst_of(limit);
  if (worst == nullptr) return false;
  std::vector<engine::ProcessId> victims = {worst->process().id()};
  // What watches may remove groups when their processes end.
  const engine::Ref<Cgroup> held(&limit);
  if (Cgroup* const whole = whole_group_of(worst->cgroup(), limit)) {
    whole->note(&MemoryEvents::oom_group_kill);
    for (const auto& memory : machine.memories()) {
      if (memory.get() == worst || memory->oom_score_adj() == ProcessMemory::kNeverKilled) continue;
      if (memory->cgroup().is_within(*whole)) victims.push_back(memory->process().id());
    }
  }
  for (const engine::ProcessId id : victims) {
    const ProcessMemory* const victim = machine.memory_of(id);
    if (victim == nullptr) continue;
    victim->cgroup().note(&MemoryEvents::oom_kill);
    engine::emit(engine::EventKind::kOomKill, machine.id(), id.value, limit.id());
    machine.tell_of_oom({victim->process(), victim->host(), limit});
    engine::scheduler().kill(id);
  }
  return true;
}

}  // namespace

void MemoryBlock::take(MemoryBlock& other) {
  owner_ = std::exchange(other.owner_, nullptr);
  bytes_ = std::exchange(other.bytes_, 0);
  other.unlink();
  if (owner_ != nullptr) owner_->blocks_.push_back(*this);
}

MemoryBlock& MemoryBlock::operator=(MemoryBlock&& other) noexcept {
  if (this == &other) return *this;
  free();
  take(other);
  return *this;
}

void MemoryBlock::free() {
  if (owner_ == nullptr) return;
  owner_->bytes_ -= bytes_;
  owner_->cgroup_.uncharge(bytes_);
  unlink();
  owner_ = nullptr;
  bytes_ = 0;
}

ProcessMemory::ProcessMemory(engine::Process& process, Host& host, int32_t oom_score_adj)
    : Alarm(charge_base),
      process_(process),
      host_(host),
      cgroup_(host.cgroup()),
      oom_score_adj_(oom_score_adj) {}

ProcessMemory::~ProcessMemory() {
  while (MemoryBlock* const block = blocks_.pop_front()) {
    block->owner_ = nullptr;
    block->bytes_ = 0;
  }
  cgroup_.uncharge(bytes_);
}

bool ProcessMemory::try_charge(int64_t bytes) {
  if (cgroup_.try_charge(bytes) != nullptr) return false;
  bytes_ += bytes;
  return true;
}

ProcessMemory::Charge ProcessMemory::charge_or_kill(int64_t bytes) {
  Machine& machine = host_.machine();
  const engine::ProcessId id = process_.id();
  for (;;) {
    Cgroup* const limit = cgroup_.try_charge(bytes);
    if (limit == nullptr) {
      bytes_ += bytes;
      return Charge::kDone;
    }
    limit->note(&MemoryEvents::max);
    if (!kill_in(*limit)) return Charge::kRefused;
    // This is gone if it was the victim.
    if (machine.memory_of(id) == nullptr) return Charge::kProcessIsGone;
  }
}

void ProcessMemory::give(MemoryBlock& block, int64_t bytes) {
  block.owner_ = this;
  block.bytes_ = bytes;
  blocks_.push_back(block);
}

void ProcessMemory::take_base(int64_t bytes) {
  if (try_charge(bytes)) return;
  base_bytes_ = bytes;
  engine::here().queue.set(*this, engine::here().now, engine::here().cause);
}

void ProcessMemory::charge_base(engine::Alarm& alarm) {
  auto& self = static_cast<ProcessMemory&>(alarm);
  if (self.charge_or_kill(self.base_bytes_) == Charge::kRefused) {
    engine::scheduler().kill(self.process_.id());
  }
}

bool Allocate::attempt() {
  engine::WorldState& w = engine::here();
  if (w.muted) return false;
  ENGINE_CHECK(request_.bytes >= 0);
  request_.task = &engine::current_goroutine();
  request_.memory = this_machine().memory_of(request_.task->process().id());
  if (request_.memory->try_charge(request_.bytes)) {
    request_.memory->give(request_.block, request_.bytes);
    return true;
  }
  w.queue.set(request_, w.now, w.cause);
  return false;
}

void Allocate::ring(engine::Alarm& alarm) {
  auto& request = static_cast<Request&>(alarm);
  const ProcessMemory::Charge charge = request.memory->charge_or_kill(request.bytes);
  if (charge == ProcessMemory::Charge::kProcessIsGone) return;
  if (charge == ProcessMemory::Charge::kDone) request.memory->give(request.block, request.bytes);
  engine::scheduler().ready(*request.task);
}

}  // namespace sim::node
