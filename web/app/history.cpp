#include "web/app/history.h"

#include <algorithm>

#include "engine/task/goroutine.h"
#include "engine/task/wait.h"

namespace web {

using engine::EventKind;
using ui::Look;

void History::catch_up(const engine::TraceLog& log) {
  log.for_each(next_event_, UINT64_MAX, [&](const engine::TraceLog::Placed& placed) {
    read(placed);
    next_event_ = placed.number + 1;
    return true;
  });
}

const Lane* History::lane_of(uint32_t task) const {
  const auto found = std::lower_bound(lanes_.begin(), lanes_.end(), task,
                                      [](const Lane& lane, uint32_t id) { return lane.task < id; });
  return found != lanes_.end() && found->task == task ? &*found : nullptr;
}

Lane* History::lane(uint32_t task) {
  return const_cast<Lane*>(lane_of(task));
}

uint32_t History::ran_in(uint64_t step) const {
  return step < ran_.size() ? ran_[static_cast<size_t>(step)] : 0;
}

void History::close(Lane& lane, uint64_t position) {
  if (lane.open.from >= position || full()) return;
  lane.open.to = position;
  lane.spans.push_back(lane.open);
  ++span_count_;
}

void History::change(Lane& lane, uint64_t position, Look look, const engine::Event& event) {
  close(lane, position);
  lane.open = {position, position, look, event.kind, 0, 0};
}

void History::end_process(uint32_t process, uint64_t position, bool failed) {
  for (Lane& lane : lanes_) {
    if (lane.process != process || lane.ended != UINT64_MAX) continue;
    close(lane, position);
    lane.ended = position;
    lane.failed = failed;
  }
}

void History::read(const engine::TraceLog::Placed& placed) {
  const engine::Event& event = placed.event;
  const uint64_t step = placed.step;
  step_ = std::max(step_, step);
  Lane* of = lane(event.subject);
  switch (event.kind) {
    case EventKind::kDispatch:
      running_ = event.subject;
      if (step < kSpansMax) {
        const auto slot = static_cast<size_t>(step);
        if (ran_.size() <= slot) ran_.resize(slot + 1);
        ran_[slot] = event.subject;
      }
      if (of != nullptr) change(*of, step - 1, Look::kRunning, event);
      break;
    case EventKind::kTimerFired:
    case EventKind::kInput:
    case EventKind::kQuiescence:
      running_ = 0;
      break;
    case EventKind::kCreate:
      ++created_;
      break;
    case EventKind::kSpawn: {
      ++created_;
      Lane fresh;
      fresh.task = event.subject;
      fresh.process = event.aux;
      fresh.born = step;
      fresh.open = {step, step, Look::kReady, event.kind, 0, 0};
      lanes_.push_back(std::move(fresh));
      if (running_ != 0 && wakes_.size() < kSpansMax)
        wakes_.push_back({step, running_, event.subject});
      break;
    }
    case EventKind::kWake:
    case EventKind::kHandOver:
    case EventKind::kTakeOver: {
      const uint32_t woken = engine::woken_by(event);
      if (Lane* its = lane(woken)) change(*its, step, Look::kReady, event);
      if (event.aux != 0 && wakes_.size() < kSpansMax) wakes_.push_back({step, event.aux, woken});
      break;
    }
    case EventKind::kYield:
    case EventKind::kPreempt:
      if (of != nullptr) change(*of, step, Look::kReady, event);
      break;
    case EventKind::kPark:
      if (of != nullptr) {
        change(*of, step, Look::kWaiting, event);
        of->open.reason = event.aux;
        of->open.object = static_cast<uint32_t>(event.arg);
      }
      break;
    case EventKind::kSleep:
      if (of != nullptr) {
        change(*of, step, Look::kSleeping, event);
        of->open.reason = static_cast<uint32_t>(engine::WaitReason::kSleep);
      }
      break;
    case EventKind::kPanic:
      if (of != nullptr) change(*of, step, Look::kFailed, event);
      break;
    case EventKind::kTaskEnd:
      if (of != nullptr) {
        close(*of, step);
        of->ended = step;
      }
      break;
    case EventKind::kProcessExit: {
      const auto kind = static_cast<engine::ExitKind>(event.aux);
      end_process(event.subject, step, kind != engine::ExitKind::kReturned);
      break;
    }
    default:
      break;
  }
}

}  // namespace web
