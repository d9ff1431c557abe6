#include "sim/node/cgroup.h"

#include <algorithm>

#include "sim/node/machine.h"

namespace sim::node {

using engine::Instant;

Cgroup::Cgroup(Machine& machine, int64_t memory_bytes)
    : machine_(machine), memory_max_(memory_bytes), id_(0) {}

Cgroup::Cgroup(Cgroup& parent, std::string_view name)
    : machine_(parent.machine_),
      parent_(&parent),
      name_(name),
      id_(parent.machine_.next_cgroup_id()) {}

Cgroup::~Cgroup() {
  ENGINE_CHECK(memory_usage_ == 0 && pids_ == 0 && children_.empty());
}

engine::Ref<Cgroup> Cgroup::create(std::string_view name) {
  ENGINE_CHECK(!is_removed_);
  engine::Ref<Cgroup> group(new Cgroup(*this, name));
  hold(group.get());
  children_.push_back(*group);
  return group;
}

engine::Error Cgroup::remove() {
  if (is_removed_) return nullptr;
  if (parent_.get() == nullptr || pids_ > 0 || !children_.empty()) return kBusy;
  detach();
  return nullptr;
}

void Cgroup::detach() {
  is_removed_ = true;
  unlink();
  release(this);
}

std::string Cgroup::path() const {
  if (parent_.get() == nullptr) return "/";
  std::string path = parent_->path();
  if (path.size() > 1) path += '/';
  path += name();
  return path;
}

bool Cgroup::is_within(const Cgroup& ancestor) const {
  const Cgroup* at = this;
  while (at != nullptr && at != &ancestor) at = at->parent();
  return at != nullptr;
}

Cgroup* Cgroup::child(std::string_view name) const {
  for (Cgroup& group : children_) {
    if (group.name() == name) return &group;
  }
  return nullptr;
}

engine::Error Cgroup::set_cpu_weight(uint32_t weight) {
  if (weight < 1 || weight > 10'000) return kOutOfRange;
  cpu_weight_ = weight;
  if (cpu_ != nullptr) machine_.cpu().set_weight(*cpu_, weight);
  return nullptr;
}

engine::Error Cgroup::set_cpu_max(const CpuMax& max) {
  const bool has_quota = max.quota != engine::Duration{};
  if (parent_.get() == nullptr || (has_quota && max.quota < kLeastQuota) ||
      max.period < kLeastQuota || max.period > kMostPeriod) {
    return kInvalidArgument;
  }
  cpu_max_ = max;
  if (cpu_ != nullptr) machine_.cpu().set_max(*cpu_, max);
  return nullptr;
}

CpuStat Cgroup::cpu_stat(Instant now) const {
  if (parent_.get() == nullptr) return machine_.cpu().root().stat(now);
  return cpu_ == nullptr ? CpuStat{} : cpu_->stat(now);
}

CpuGroup& Cgroup::cpu_group() {
  Cpu& cpu = machine_.cpu();
  if (parent_.get() == nullptr) return cpu.root();
  if (cpu_ == nullptr) {
    cpu_ = std::make_unique<CpuGroup>(cpu, &parent_->cpu_group(), id_, cpu_weight_);
    if (cpu_max_.quota != engine::Duration{}) cpu.set_max(*cpu_, cpu_max_);
  }
  return *cpu_;
}

Cgroup* Cgroup::try_charge(int64_t bytes) {
  for (Cgroup* at = this; at != nullptr; at = at->parent()) {
    if (bytes > at->memory_max_ - at->memory_usage_) return at;
  }
  for (Cgroup* at = this; at != nullptr; at = at->parent()) {
    at->memory_usage_ += bytes;
    at->memory_peak_ = std::max(at->memory_peak_, at->memory_usage_);
  }
  return nullptr;
}

void Cgroup::uncharge(int64_t bytes) {
  for (Cgroup* at = this; at != nullptr; at = at->parent()) at->memory_usage_ -= bytes;
}

void Cgroup::note(uint32_t MemoryEvents::* event) {
  for (Cgroup* at = this; at != nullptr; at = at->parent()) ++(at->memory_events_.*event);
}

bool Cgroup::add_process() {
  for (Cgroup* at = this; at != nullptr; at = at->parent()) {
    if (at->pids_ < at->pids_max_) continue;
    ++at->pids_refused_;
    return false;
  }
  for (Cgroup* at = this; at != nullptr; at = at->parent()) ++at->pids_;
  return true;
}

void Cgroup::remove_process() {
  for (Cgroup* at = this; at != nullptr; at = at->parent()) --at->pids_;
}

void Cgroup::machine_crashed() {
  // A group leaves the tree when nothing is below it any more.
  Cgroup* at = this;
  for (;;) {
    if (Cgroup* const below = at->children_.front()) {
      at = below;
    } else if (at == this) {
      break;
    } else {
      Cgroup* const above = at->parent();
      at->detach();
      at = above;
    }
  }
  memory_peak_ = 0;
  memory_events_ = {};
  pids_refused_ = 0;
}

namespace {

void add_views(std::vector<CgroupView>& views, const Cgroup& group, Instant now) {
  CgroupView view;
  view.id = group.id();
  view.path = group.path();
  view.cpu_weight = group.cpu_weight();
  view.cpu_max = group.cpu_max();
  view.cpu = group.cpu_stat(now);
  view.memory_usage = group.memory_usage();
  view.memory_peak = group.memory_peak();
  view.memory_max = group.memory_max();
  view.memory_events = group.memory_events();
  view.is_oom_group = group.is_oom_group();
  view.pids = group.pids();
  view.pids_max = group.pids_max();
  view.pids_refused = group.pids_refused();
  views.push_back(std::move(view));
  for (const Cgroup& below : group.children()) add_views(views, below, now);
}

}  // namespace

std::vector<CgroupView> look_at_cgroups(const Cgroup& group, Instant now) {
  std::vector<CgroupView> views;
  add_views(views, group, now);
  return views;
}

}  // namespace sim::node
