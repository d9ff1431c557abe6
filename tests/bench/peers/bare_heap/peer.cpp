// PHOLD on nothing but a heap: what an event costs when there is no simulator around it.
//
// An event is 24 bytes in a 4-ary heap, and firing one is a function call. Whatever a simulator
// costs above this figure is the price of what it offers.

#include <vector>

#include "common/draws.h"
#include "common/report.h"

namespace {

struct Event {
  int64_t time_ns;
  uint64_t sequence;  // the first scheduled of two at one time fires first
  uint32_t process;

  bool before(const Event& other) const {
    return time_ns != other.time_ns ? time_ns < other.time_ns : sequence < other.sequence;
  }
};

class Heap {
 public:
  explicit Heap(size_t capacity) { events_.reserve(capacity); }

  void push(const Event& event) {
    events_.push_back(event);
    size_t hole = events_.size() - 1;
    while (hole > 0) {
      const size_t parent = (hole - 1) / kArity;
      if (!event.before(events_[parent])) break;
      events_[hole] = events_[parent];
      hole = parent;
    }
    events_[hole] = event;
  }

  Event pop() {
    const Event top = events_.front();
    const Event last = events_.back();
    events_.pop_back();
    const size_t size = events_.size();
    size_t hole = 0;
    for (size_t child = 1; child < size; child = hole * kArity + 1) {
      const size_t end = std::min(child + kArity, size);
      size_t least = child;
      for (size_t other = child + 1; other < end; ++other) {
        if (events_[other].before(events_[least])) least = other;
      }
      if (!events_[least].before(last)) break;
      events_[hole] = events_[least];
      hole = least;
    }
    if (size > 0) events_[hole] = last;
    return top;
  }

 private:
  static constexpr size_t kArity = 4;
  std::vector<Event> events_;
};

void phold(std::string_view name, uint32_t pending, int64_t slice_events) {
  std::vector<peers::Draws> draws;
  for (uint32_t process = 0; process < peers::kProcesses; ++process) draws.emplace_back(process);
  Heap heap(pending + 1);
  uint64_t sequence = 0;
  for (uint32_t job = 0; job < pending; ++job) {
    const uint32_t process = job % peers::kProcesses;
    heap.push({draws[process].delay_ns(), sequence++, process});
  }
  peers::EventRate rate(slice_events);
  int64_t now_ns = 0;
  rate.start();
  do {
    const Event event = heap.pop();
    now_ns = event.time_ns;
    peers::Draws& own = draws[event.process];
    const int64_t due_ns = now_ns + own.delay_ns();
    heap.push({due_ns, sequence++, own.process()});
  } while (rate.event());
  peers::report(name, "M/s", rate.samples(), {{"virtual_ns", now_ns}});
}

constexpr peers::Workload kWorkloads[] = {
    {"phold-16k",
     [](auto name) { phold(name, peers::kProcesses * peers::kJobsPerProcess, 3'200'000); }},
    {"phold-1m", [](auto name) { phold(name, 1'000'000, 1'000'000); }},
};

}  // namespace

int main(int argc, char** argv) {
  return peers::run_named(kWorkloads, argc, argv);
}
