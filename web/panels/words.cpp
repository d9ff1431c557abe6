#include "web/panels/words.h"

#include "sim/scenario/units.h"

namespace web::panels {

std::string grouped(uint64_t number) {
  std::string digits = std::to_string(number);
  for (size_t at = digits.size(); at > 3; at -= 3) digits.insert(at - 3, ",");
  return digits;
}

std::string clock_text(engine::Instant at) {
  return sim::scenario::format_duration(at.ns);
}

std::string state_text(const engine::GoroutineView& goroutine, engine::Policy policy) {
  switch (goroutine.state) {
    case engine::TaskState::kReady:
      if (policy != engine::Policy::kFifo) return goroutine.status;
      if (goroutine.queue_place == 1) return "runnable, next";
      return "runnable, " + std::to_string(goroutine.queue_place) + " in the queue";
    case engine::TaskState::kWaiting:
      if (goroutine.wakes_at_ns >= 0) {
        return goroutine.status + " until " + clock_text({goroutine.wakes_at_ns});
      }
      return goroutine.status + (goroutine.waits_on == 0 ? "" : " on " + goroutine.waits_on_name);
    case engine::TaskState::kRunning:
      return "running";
    case engine::TaskState::kPanicking:
      return "panicking";
    case engine::TaskState::kDone:
    case engine::TaskState::kExiting:
      return "done";
  }
  return goroutine.status;
}

std::string short_place(const std::string& place) {
  const size_t slash = place.rfind('/');
  return slash == std::string::npos ? place : place.substr(slash + 1);
}

std::string names_of(const std::vector<uint32_t>& tasks, const engine::EventNames& names,
                     const char* otherwise) {
  if (tasks.empty()) return otherwise;
  std::string out;
  for (const uint32_t task : tasks) {
    if (!out.empty()) out += ", ";
    out += names.task(task);
  }
  return out;
}

}  // namespace web::panels
