#include "engine/task/leaks.h"

#include <algorithm>
#include <cstring>
#include <map>
#include <set>

#include "engine/task/report.h"
#include "engine/task/scheduler.h"

namespace engine {
namespace {

// What is special about a block of the arena.
struct Special {
  const Goroutine* frame_of = nullptr;  // a coroutine frame of this goroutine
  const char* from = nullptr;           // what is before it is bookkeeping; null: nothing is
  const Object* object = nullptr;       // its link in the world's list is not followed
};

// A stretch of the arena that belongs together.
struct Block {
  const char* begin = nullptr;
  const char* end = nullptr;
  size_t index = 0;  // among all of the arena
};

class Marker {
 public:
  explicit Marker(World& world) : arena_(world.arena()), runs_(arena_.runs()) {
    size_t blocks = 0;
    for (const Arena::Run& run : runs_) {
      first_.push_back(blocks);
      blocks += (static_cast<size_t>(run.end - run.begin) + run.block_bytes - 1) / run.block_bytes;
    }
    passed_.resize(blocks);
    const WorldState& state = world.state();
    for (const char* block : arena_.free_blocks()) passed_[block_at(block).index] = true;
    // Their links lead everywhere.
    passed_[block_at(&state).index] = true;
    passed_[block_at(state.scheduler).index] = true;
    for (const Object& object : state.objects) special(&object).object = &object;
    for (const Process& process : state.scheduler->processes()) {
      for (const Goroutine& task : process.tasks()) {
        // A goroutine's links lead everywhere; its root frame lies behind it in the same block.
        special(&task).from = reinterpret_cast<const char*>(&task + 1);
        for (const auto* frame = task.innermost(); frame != nullptr;
             frame = task.awaiter_of(frame)) {
          special(frame).frame_of = &task;
        }
      }
    }
  }

  /// Follows what `task` can reach.
  void mark(const Goroutine& task) {
    reach(task);
    follow();
  }
  /// Follows what a pending timer of a process can reach: the goroutine that it will start.
  void mark(const ProcessPart& part) {
    visit(&part);
    follow();
  }
  [[nodiscard]] bool marked(const Goroutine& task) const { return live_.contains(task.id()); }

 private:
  void follow() {
    while (!pending_.empty()) {
      const Block block = pending_.back();
      pending_.pop_back();
      scan(block);
    }
  }
  void reach(const Goroutine& task) {
    if (!live_.insert(task.id()).second) return;
    for (const auto* at = task.attachments(); at != nullptr; at = at->next) visit(at);
    for (const auto* frame = task.innermost(); frame != nullptr; frame = task.awaiter_of(frame)) {
      visit(frame);
    }
  }

  void visit(const void* address) {
    if (!inside_data(address)) return;
    const Block block = block_at(address);
    if (passed_[block.index]) return;
    const auto found = special_.find(block.index);
    if (found != special_.end() && address < found->second.from) return;
    passed_[block.index] = true;
    pending_.push_back(block);
    if (found != special_.end() && found->second.frame_of != nullptr) {
      reach(*found->second.frame_of);
    }
  }

  void scan(const Block& block) {
    const auto found = special_.find(block.index);
    const Special known = found == special_.end() ? Special{} : found->second;
    const char* const from = known.from == nullptr ? block.begin : known.from;
    for (const char* at = from; at + sizeof(void*) <= block.end; at += sizeof(void*)) {
      if (known.object != nullptr && in_link(*known.object, at)) continue;
      const void* word = nullptr;
      std::memcpy(&word, at, sizeof word);
      visit(word);
    }
  }

  static bool in_link(const Object& object, const char* at) {
    const auto* link =
        reinterpret_cast<const char*>(static_cast<const ListNode<ObjectTag>*>(&object));
    return at >= link && at < link + sizeof(ListNode<ObjectTag>);
  }

  [[nodiscard]] bool inside_data(const void* address) const {
    const auto* first = arena_.base() + arena_.first_data_page() * kPageBytes;
    const auto* last = arena_.base() + arena_.end_page() * kPageBytes;
    return address >= first && address < last;
  }

  [[nodiscard]] Block block_at(const void* address) const {
    const auto* at = static_cast<const char*>(address);
    const auto run = std::upper_bound(
        runs_.begin(), runs_.end(), at,
        [](const char* wanted, const Arena::Run& candidate) { return wanted < candidate.begin; });
    ENGINE_CHECK(run != runs_.begin());
    const Arena::Run& holds = *(run - 1);
    const auto nth = static_cast<size_t>(at - holds.begin) / holds.block_bytes;
    Block block;
    block.begin = holds.begin + nth * holds.block_bytes;
    block.end = std::min(block.begin + holds.block_bytes, holds.end);
    block.index = first_[static_cast<size_t>(run - 1 - runs_.begin())] + nth;
    return block;
  }
  Special& special(const void* address) { return special_[block_at(address).index]; }

  Arena& arena_;
  std::vector<Arena::Run> runs_;
  std::vector<size_t> first_;  // index of each run's first block
  std::vector<bool> passed_;   // reached, or never followed
  std::map<size_t, Special> special_;
  std::vector<Block> pending_;
  std::set<TaskId> live_;
};

bool runs_by_itself(const Goroutine& task) {
  if (task.state() != TaskState::kWaiting) return true;
  const WaitOp* op = task.op();
  return op != nullptr && op->kind().wakes_by_itself != nullptr && op->kind().wakes_by_itself(*op);
}

template <class Visit>
void for_each_task(const World& world, Visit visit) {
  for (const Process& process : world.state().scheduler->processes()) {
    if (!process.running()) continue;
    for (const Goroutine& task : process.tasks()) visit(task);
  }
}

}  // namespace

std::vector<TaskId> find_leaks(World& world) {
  ENGINE_CHECK(!inside());
  world.arena().begin_raw_access();
  Marker marker(world);
  for_each_task(world, [&](const Goroutine& task) {
    if (runs_by_itself(task)) marker.mark(task);
  });
  for (const Process& process : world.state().scheduler->processes()) {
    for (const ProcessPart& part : process.parts()) marker.mark(part);
  }
  std::vector<TaskId> leaked;
  for_each_task(world, [&](const Goroutine& task) {
    if (!marker.marked(task)) leaked.push_back(task.id());
  });
  world.arena().end_raw_access();
  return leaked;
}

std::string leak_report(World& world) {
  const std::vector<TaskId> leaked = find_leaks(world);
  std::string report;
  for_each_task(world, [&](const Goroutine& task) {
    if (std::find(leaked.begin(), leaked.end(), task.id()) == leaked.end()) return;
    std::string state(wait_reason_text(task.op()->reason()));
    state += " (leaked)";
    if (!report.empty()) report += "\n";
    report += dump_goroutine(task, state);
  });
  return report;
}

}  // namespace engine
