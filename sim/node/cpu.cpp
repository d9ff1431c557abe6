#include "sim/node/cpu.h"

#include <algorithm>

#include "sim/node/machine.h"

namespace sim::node {
namespace {

constexpr engine::Duration kNoTime{};

}  // namespace

Cpu::Cpu(uint32_t cores) {
  for (uint32_t i = 0; i < cores; ++i) {
    cores_.push_back(new Core);
    cores_.back()->cpu = this;
  }
}

uint32_t Cpu::busy_cores() const {
  return static_cast<uint32_t>(std::count_if(
      cores_.begin(), cores_.end(), [](const Core* core) { return core->running != nullptr; }));
}

void Cpu::reset() {
  for (Core* core : cores_) {
    core->cancel();
    core->running = nullptr;
  }
}

void Cpu::add(Compute& work) {
  for (Core* core : cores_) {
    if (core->running == nullptr) return take_turn(*core, work);
  }
  waiting_.push_back(work.waiter_);
  ++waiting_count_;
  shorten_turns();
}

void Cpu::take_turn(Core& core, Compute& work) {
  const engine::Instant now = engine::now();
  core.running = &work;
  core.since = now;
  ++switches_;
  // While nobody waits there is no reason to stop at the end of a slice.
  const engine::Duration turn = waiting_count_ == 0 ? work.left_ : std::min(work.left_, kSlice);
  engine::here().queue.set(core, now + turn, engine::here().cause);
}

// Somebody waits now: turns that were meant to be long end with their slice.
void Cpu::shorten_turns() {
  const engine::Instant now = engine::now();
  for (Core* core : cores_) {
    const int64_t slices = ((now - core->since).ns + kSlice.ns - 1) / kSlice.ns;
    const engine::Instant end = core->since + kSlice * std::max<int64_t>(slices, 1);
    if (core->due() > end) engine::here().queue.set(*core, end, engine::here().cause);
  }
}

void Cpu::stop_turn(Core& core) {
  const engine::Duration ran = engine::now() - core.since;
  used_ = used_ + ran;
  core.running->left_ = core.running->left_ - ran;
  core.running = nullptr;
}

void Cpu::next_turn(Core& core) {
  engine::Waiter* const next = waiting_.pop_front();
  if (next == nullptr) return;
  --waiting_count_;
  Compute* const work = const_cast<Compute*>(static_cast<const Compute*>(next->task->op()));
  take_turn(core, *work);
}

void Cpu::slice_ended(engine::Alarm& alarm) {
  auto& core = static_cast<Core&>(alarm);
  Cpu& cpu = *core.cpu;
  Compute& work = *core.running;
  cpu.stop_turn(core);
  if (work.left_ > kNoTime) {
    cpu.waiting_.push_back(work.waiter_);
    ++cpu.waiting_count_;
  } else {
    work.cpu_ = nullptr;
    engine::scheduler().ready(*work.waiter_.task);
  }
  cpu.next_turn(core);
}

void Cpu::remove(Compute& work) {
  if (work.waiter_.linked()) {
    work.waiter_.unlink();
    --waiting_count_;
    return;
  }
  for (Core* core : cores_) {
    if (core->running != &work) continue;
    core->cancel();
    stop_turn(*core);
    next_turn(*core);
  }
}

Compute::~Compute() {
  if (cpu_ != nullptr) cpu_->remove(*this);
}

bool Compute::attempt() {
  if (left_ <= kNoTime) return true;
  if (engine::here().muted) return false;
  engine::Goroutine& task = engine::current_goroutine();
  engine::emit(engine::EventKind::kCompute, task.process().id().value, task.id().value,
               static_cast<uint64_t>(left_.ns));
  waiter_.task = &task;
  cpu_ = &this_machine().cpu();
  cpu_->add(*this);
  return false;
}

}  // namespace sim::node
