#include "engine/task/leaks.h"

#include <algorithm>
#include <cstring>

#include "engine/task/report.h"
#include "engine/task/scheduler.h"

namespace engine {
namespace {

// A stretch of the arena that belongs together, and what is known of it.
struct Block {
  const char* begin = nullptr;
  const char* end = nullptr;
  const Goroutine* frame_of = nullptr;  // a coroutine frame of this goroutine
  const char* from = nullptr;           // what is before it is bookkeeping; null: nothing is
  bool skipped = false;                 // free, or bookkeeping whose links lead everywhere
  const Object* object = nullptr;       // its link in the world's list is not followed
  bool seen = false;
};

class Marker {
 public:
  explicit Marker(World& world) : arena_(world.arena()), runs_(arena_.runs()) {
    const WorldState& state = world.state();
    for (const char* block : arena_.free_blocks()) add_free(block);
    std::stable_sort(blocks_.begin(), blocks_.end(),
                     [](const Block& a, const Block& b) { return a.begin < b.begin; });
    block_at(&state).skipped = true;
    block_at(state.scheduler).skipped = true;
    for (const Object& object : state.objects) block_at(&object).object = &object;
    for (const Process& process : state.scheduler->processes()) {
      for (const Goroutine& task : process.tasks()) {
        // A goroutine's links lead everywhere; its root frame lies behind it in the same block.
        block_at(&task).from = reinterpret_cast<const char*>(&task + 1);
        for (const auto* frame = task.innermost(); frame != nullptr;
             frame = task.awaiter_of(frame)) {
          block_at(frame).frame_of = &task;
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
  [[nodiscard]] bool marked(const Goroutine& task) const {
    return std::find(live_.begin(), live_.end(), task.id()) != live_.end();
  }

 private:
  void follow() {
    while (!pending_.empty()) {
      const char* begin = pending_.back();
      pending_.pop_back();
      scan(block_at(begin));
    }
  }
  void reach(const Goroutine& task) {
    if (marked(task)) return;
    live_.push_back(task.id());
    for (const auto* at = task.attachments(); at != nullptr; at = at->next) visit(at);
    for (const auto* frame = task.innermost(); frame != nullptr; frame = task.awaiter_of(frame)) {
      visit(frame);
    }
  }

  void visit(const void* address) {
    if (!inside_data(address)) return;
    Block& block = block_at(address);
    if (block.seen || block.skipped || address < block.from) return;
    block.seen = true;
    pending_.push_back(block.begin);
    if (block.frame_of != nullptr) reach(*block.frame_of);
  }

  // References go stale when reach() adds blocks, so the block is copied.
  void scan(const Block block) {
    const char* const from = block.from == nullptr ? block.begin : block.from;
    for (const char* at = from; at + sizeof(void*) <= block.end; at += sizeof(void*)) {
      if (block.object != nullptr && in_link(*block.object, at)) continue;
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

  [[nodiscard]] Block make_block(const void* address) const {
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
    return block;
  }

  void add_free(const char* address) {
    blocks_.push_back(make_block(address));
    blocks_.back().skipped = true;
  }

  Block& block_at(const void* address) {
    const Block block = make_block(address);
    const auto place =
        std::lower_bound(blocks_.begin(), blocks_.end(), block.begin,
                         [](const Block& known, const char* begin) { return known.begin < begin; });
    if (place != blocks_.end() && place->begin == block.begin) return *place;
    return *blocks_.insert(place, block);
  }

  Arena& arena_;
  std::vector<Arena::Run> runs_;
  std::vector<Block> blocks_;  // by address
  std::vector<const char*> pending_;
  std::vector<TaskId> live_;
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
