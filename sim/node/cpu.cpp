#include "sim/node/cpu.h"

#include <algorithm>

#include "sim/node/cgroup.h"
#include "sim/node/host.h"

namespace sim::node {
namespace {

constexpr engine::Duration kNoTime{};

}  // namespace

Cpu::Cpu(const Options& options)
    : machine_(options.machine), root_(*this, nullptr, 0, CpuGroup::kDefaultWeight) {
  for (uint32_t i = 0; i < options.cores; ++i) {
    cores_.push_back(new Core);
    cores_.back()->cpu = this;
  }
}

void Cpu::set_max(CpuGroup& group, const CpuMax& max) {
  group.set_max(max);
  serve();
}

void Cpu::reset() {
  ENGINE_CHECK(root_.running() == 0 && root_.waiting() == 0);
  for (Core* core : cores_) {
    core->cancel();
    core->running = nullptr;
  }
}

void Cpu::add(Compute& work) {
  queue(work, true);
  serve();
}

// The work waits, and groups of it that have used up their quota wait for their next period.
void Cpu::queue(Compute& work, bool wakes) {
  work.group_->enqueue(work, wakes);
  for (CpuGroup* group = work.group_; group != nullptr; group = group->parent()) {
    if (group->is_throttled()) return;
    if (group->has_run_out()) throttle(*group);
  }
}

void Cpu::take_turn(Core& core, Compute& work) {
  const engine::Instant now = engine::here().now;
  core.running = &work;
  core.since = now;
  ++switches_;
  // While nobody waits there is no reason to stop at the end of a slice.
  const engine::Duration turn = queue_length() == 0 ? work.left_ : std::min(work.left_, kSlice);
  engine::here().queue.set(core, now + turn, engine::here().cause);
}

// Somebody waits now: turns that were meant to be long end with their slice.
void Cpu::shorten_turns() {
  const engine::Instant now = engine::here().now;
  for (Core* core : cores_) {
    const int64_t slices = ((now - core->since).ns + kSlice.ns - 1) / kSlice.ns;
    const engine::Instant end = core->since + kSlice * std::max<int64_t>(slices, 1);
    if (core->due() > end) engine::here().queue.set(*core, end, engine::here().cause);
  }
}

void Cpu::stop_turn(Core& core) {
  Compute& work = *core.running;
  work.left_ = work.left_ - (engine::here().now - core.since);
  work.group_->end_turn();
  core.running = nullptr;
}

// Takes the group's cores away. What ends at this very instant does so undisturbed.
void Cpu::throttle(CpuGroup& group) {
  const engine::Instant now = engine::here().now;
  for (Core* core : cores_) {
    Compute* const work = core->running;
    if (work == nullptr || core->since + work->left_ <= now) continue;
    if (!work->group_->is_within(group)) continue;
    core->cancel();
    stop_turn(*core);
    work->group_->enqueue(*work, false);
  }
  group.throttle();
}

Cpu::Core* Cpu::idle_core() const {
  for (Core* core : cores_) {
    if (core->running == nullptr) return core;
  }
  return nullptr;
}

// Who gets a core now. REQUIRES: somebody waits.
Compute& Cpu::next_work() {
  CpuGroup* at = &root_;
  while (CpuGroup* const child = at->next()) at = child;
  return static_cast<Compute&>(at->begin_turn());
}

// The core `first`, if there is one, is the first to be given away.
void Cpu::fill_cores(Core* first) {
  while (queue_length() > 0) {
    Core* const core = first != nullptr ? first : idle_core();
    if (core == nullptr) return;
    first = nullptr;
    take_turn(*core, next_work());
  }
}

void Cpu::serve() {
  fill_cores(nullptr);
  if (queue_length() > 0) shorten_turns();
}

void Cpu::slice_ended(engine::Alarm& alarm) {
  auto& core = static_cast<Core&>(alarm);
  Cpu& cpu = *core.cpu;
  Compute& work = *core.running;
  cpu.stop_turn(core);
  if (work.left_ > kNoTime) {
    cpu.queue(work, false);
  } else {
    work.group_ = nullptr;
    engine::scheduler().ready(*work.task);
  }
  cpu.fill_cores(&core);
}

void Cpu::limit_rings(engine::Alarm& alarm) {
  CpuGroup& group = static_cast<CpuGroup::Limit&>(alarm).group;
  Cpu& cpu = group.cpu();
  group.update(engine::here().now);
  if (group.is_throttled()) {
    group.unthrottle();
  } else if (group.has_run_out()) {
    cpu.throttle(group);
  } else {
    group.set_alarm();
  }
  cpu.serve();
}

void Cpu::remove(Compute& work) {
  if (work.linked()) return work.group_->dequeue(work);
  for (Core* core : cores_) {
    if (core->running != &work) continue;
    core->cancel();
    stop_turn(*core);
    fill_cores(core);
  }
}

Compute::~Compute() {
  if (group_ != nullptr) group_->cpu().remove(*this);
}

bool Compute::attempt() {
  if (left_ <= kNoTime) return true;
  if (engine::here().muted) return false;
  engine::Goroutine& current = engine::current_goroutine();
  engine::emit(engine::EventKind::kCompute, current.process().id().value, current.id().value,
               static_cast<uint64_t>(left_.ns));
  task = &current;
  group_ = &this_host().cgroup().cpu_group();
  group_->cpu().add(*this);
  return false;
}

}  // namespace sim::node
