#include "engine/timeline/timeline.h"

#include <algorithm>
#include <utility>

#include "engine/world/check.h"

namespace engine {

Timeline::Timeline(Run& run, const TimelineOptions& options) : run_(run), options_(options) {
  ENGINE_CHECK(run.steps() == 0 && options.spacing > 0);
  Branch first;
  first.end = run.end();
  first.spacing = options.spacing;
  branches_.push_back(std::move(first));
  base_ = Snapshot::take(run_.world().arena(), {});
  active().marks.push_back({0, run_.world().state().events(), base_});
}

void Timeline::schedule(std::vector<Input> inputs) {
  ENGINE_CHECK(position() == 0 && known_end() == 0);
  active().inputs = std::move(inputs);
  std::stable_sort(active().inputs.begin(), active().inputs.end(),
                   [](const Input& a, const Input& b) { return a.step < b.step; });
}

bool Timeline::apply(const Input& input) {
  const bool found = run_.apply(input.text, input.at);
  Branch& branch = active();
  const bool known = std::any_of(branch.missed.begin(), branch.missed.end(),
                                 [&](const Input& m) { return m.step == input.step; });
  if (!found && !known) branch.missed.push_back(input);
  return found;
}

bool Timeline::forward() {
  Branch& branch = active();
  const uint64_t next = position() + 1;
  const auto laid_down =
      std::lower_bound(branch.inputs.begin(), branch.inputs.end(), next,
                       [](const Input& input, uint64_t step) { return input.step < step; });
  if (laid_down != branch.inputs.end() && laid_down->step == next) {
    apply(*laid_down);
  } else if (!branch.awaiting.empty() && branch.awaiting.front().at <= run_.next_instant()) {
    Input input = std::move(branch.awaiting.front());
    branch.awaiting.erase(branch.awaiting.begin());
    input.step = next;
    apply(input);
    branch.inputs.insert(laid_down, std::move(input));
  } else if (!run_.step()) {
    branch.end = run_.end();
    return false;
  }
  if (position() > branch.known_end) {
    branch.known_end = position();
    branch.end = branch.awaiting.empty() ? run_.end() : RunEnd::kNotYet;
    mark_if_due();
  }
  return true;
}

uint64_t Timeline::seek(uint64_t target) {
  Branch& branch = active();
  const auto after =
      std::upper_bound(branch.marks.begin(), branch.marks.end(), target,
                       [](uint64_t wanted, const Mark& mark) { return wanted < mark.position; });
  const Mark& nearest = *(after - 1);
  if (target < position() || nearest.position > position()) restore(nearest);
  while (position() < target && forward()) {
  }
  return position();
}

void Timeline::restore(const Mark& mark) {
  mark.snapshot.restore(run_.world().arena());
  base_ = mark.snapshot;
}

void Timeline::mark_if_due() {
  Branch& branch = active();
  Arena& arena = run_.world().arena();
  // Comparing a large world takes longer than running a few steps of it.
  const uint64_t spacing = std::max<uint64_t>(branch.spacing, arena.used_bytes() / kPageBytes / 16);
  if (position() - branch.marks.back().position < spacing) return;
  base_ = Snapshot::take(arena, base_);
  branch.marks.push_back({position(), run_.world().state().events(), base_});
  if (snapshot_bytes() > options_.budget_bytes) thin(branch);
}

void Timeline::thin(Branch& branch) {
  while (snapshot_bytes() > options_.budget_bytes && branch.marks.size() > 2) {
    branch.spacing *= 2;
    std::vector<Mark> kept;
    for (size_t i = 0; i < branch.marks.size(); i += 2) {
      kept.push_back(std::move(branch.marks[i]));
      if (i > 0) kept.back().snapshot.rebase(kept[kept.size() - 2].snapshot);
    }
    branch.marks = std::move(kept);
  }
}

bool Timeline::intervene(const std::string& text) {
  if (position() < known_end()) fork(text);
  Branch& branch = active();
  // Inputs that were laid down for later steps now come by their instants, like those of a fork.
  await_inputs_after(position(), branch.inputs, branch);
  const Input input{position() + 1, run_.now(), text};
  const bool found = apply(input);
  branch.inputs.push_back(input);
  branch.known_end = position();
  branch.end = branch.awaiting.empty() ? run_.end() : RunEnd::kNotYet;
  return found;
}

// Moves the inputs of steps after `step` to those that `branch` awaits, which stay ordered.
void Timeline::await_inputs_after(uint64_t step, std::vector<Input>& inputs, Branch& branch) {
  const auto later = std::find_if(inputs.begin(), inputs.end(),
                                  [step](const Input& input) { return input.step > step; });
  branch.awaiting.insert(branch.awaiting.begin(), later, inputs.end());
  inputs.erase(later, inputs.end());
  std::stable_sort(branch.awaiting.begin(), branch.awaiting.end(),
                   [](const Input& a, const Input& b) { return a.at < b.at; });
}

// The active branch keeps its future; a new one starts from here with the same past.
void Timeline::fork(const std::string& cause) {
  World& world = run_.world();
  const uint64_t here_now = position();
  Branch child;
  child.info = {static_cast<uint32_t>(branches_.size()), active_, here_now, here_now, cause};
  child.known_end = here_now;
  Branch& parent = active();
  child.spacing = parent.spacing;
  for (const Mark& mark : parent.marks) {
    if (mark.position <= here_now) child.marks.push_back(mark);
  }
  child.inputs = parent.inputs;
  child.awaiting = parent.awaiting;
  await_inputs_after(here_now, child.inputs, child);
  for (const Input& input : parent.missed) {
    if (input.step <= here_now) child.missed.push_back(input);
  }
  const WorldState& state = world.state();
  Logs shared{world.trace().fork(state.events()), world.output().fork(here_now, state.output_bytes),
              world.choice_log().fork(state.choices_taken)};
  parent.logs = take_logs();
  put_logs(std::move(shared));
  branches_.push_back(std::move(child));
  active_ = static_cast<uint32_t>(branches_.size()) - 1;
}

Timeline::Logs Timeline::take_logs() {
  World& world = run_.world();
  return {std::move(world.trace()), std::move(world.output()), std::move(world.choice_log())};
}

void Timeline::put_logs(Logs logs) {
  World& world = run_.world();
  world.trace() = std::move(logs.trace);
  world.output() = std::move(logs.output);
  world.choice_log() = std::move(logs.choices);
}

void Timeline::switch_to(uint32_t branch, uint64_t target) {
  ENGINE_CHECK(branch < branches_.size());
  if (branch != active_) {
    active().logs = take_logs();
    active_ = branch;
    put_logs(*std::exchange(active().logs, std::nullopt));
    // The world is at a state of the other branch: only a snapshot of this one is common ground.
    restore(active().marks.front());
  }
  seek(target);
}

std::vector<Timeline::BranchInfo> Timeline::branches() const {
  std::vector<BranchInfo> infos;
  for (const Branch& branch : branches_) {
    infos.push_back(branch.info);
    infos.back().known_end = branch.known_end;
  }
  return infos;
}

std::vector<uint64_t> Timeline::snapshot_positions() const {
  std::vector<uint64_t> positions;
  for (const Mark& mark : branches_[active_].marks) positions.push_back(mark.position);
  return positions;
}

size_t Timeline::snapshot_bytes() const {
  size_t bytes = 0;
  for (const Mark& mark : branches_[active_].marks) bytes += mark.snapshot.own_bytes();
  return bytes;
}

}  // namespace engine
