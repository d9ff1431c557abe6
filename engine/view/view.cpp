#include "engine/view/view.h"

#include <algorithm>
#include <cstring>

#include "engine/sync/chan.h"
#include "engine/sync/cond.h"
#include "engine/sync/context.h"
#include "engine/sync/event_count.h"
#include "engine/sync/mutex.h"
#include "engine/sync/rwmutex.h"
#include "engine/sync/shared.h"
#include "engine/sync/wait_group.h"
#include "engine/task/go.h"
#include "engine/task/report.h"

namespace engine {
namespace {

std::string name_of(const Object& object, const char* kind) {
  if (!object.name().empty()) return std::string(object.name());
  return std::string(kind) + " " + std::to_string(object.id());
}

const char* kind_name(ObjectKind kind) {
  switch (kind) {
    case ObjectKind::kChan:
      return "chan";
    case ObjectKind::kMutex:
      return "mutex";
    case ObjectKind::kWaitGroup:
      return "wait group";
    case ObjectKind::kShared:
      return "variable";
    case ObjectKind::kRWMutex:
      return "rwmutex";
    case ObjectKind::kCond:
      return "condition";
    case ObjectKind::kContext:
      return "context";
    case ObjectKind::kTcpSocket:
      return "connection";
    case ObjectKind::kTcpListener:
      return "listener";
    case ObjectKind::kUdpSocket:
      return "datagram socket";
    case ObjectKind::kEventCount:
      return "event count";
  }
  return "object";
}

std::vector<uint32_t> ids_of(const WaitList& waiters) {
  std::vector<uint32_t> ids;
  for (const Waiter& waiter : waiters) ids.push_back(waiter.task->id().value);
  return ids;
}

std::string process_status(const Process& process) {
  switch (process.exit_kind()) {
    case ExitKind::kRunning:
      return "running";
    case ExitKind::kReturned:
      return "exited";
    case ExitKind::kPanic:
      return "panicked";
    case ExitKind::kFatal:
      return "fatal error";
    case ExitKind::kKilled:
      return "killed";
    case ExitKind::kExited:
      return "exited";
  }
  return "unknown";
}

GoroutineView view_of(const Goroutine& task) {
  GoroutineView view;
  view.id = task.id().value;
  view.process = task.process().id().value;
  view.parent = task.parent().value;
  view.name = display_name(task);
  view.state = task.state();
  view.created = place_text(task.created());
  const WaitOp* op = task.op();
  if (task.state() == TaskState::kReady) {
    view.status = "runnable";
  } else {
    view.status = wait_reason_text(op == nullptr ? WaitReason::kNone : op->reason());
  }
  if (op == nullptr) return view;
  view.where = place_text(op->where());
  if (op->object() != nullptr) {
    view.waits_on = op->object()->id();
    view.waits_on_name = name_of(*op->object(), kind_name(op->object()->kind()));
  }
  if (op->kind().due != nullptr && task.state() == TaskState::kWaiting) {
    const Instant due = op->kind().due(*op);
    if (due != kEndOfTime) view.wakes_at_ns = due.ns;
  }
  return view;
}

LockView view_of(const detail::RWMutexCore& mutex, const std::string& name) {
  LockView view;
  view.id = mutex.id();
  view.name = name;
  view.owner = mutex.owner().value;
  view.starving = mutex.starving();
  view.waiters = ids_of(mutex.draining());
  const std::vector<uint32_t> writers = ids_of(mutex.waiting_writers());
  view.waiters.insert(view.waiters.end(), writers.begin(), writers.end());
  view.readers = static_cast<uint32_t>(std::max(mutex.readers(), 0));
  view.read_waiters = ids_of(mutex.waiting_readers());
  return view;
}

ContextView view_of(const detail::ContextNode& context, const std::string& name) {
  ContextView view;
  view.id = context.id();
  view.name = name;
  if (context.parent() != nullptr) view.parent = context.parent()->id();
  const detail::CancelNode* const canceller = context.canceller();
  if (canceller == nullptr) return view;
  view.can_end = true;
  if (const auto deadline = canceller->deadline()) view.ends_at_ns = deadline->ns;
  if (!canceller->err()) return view;
  view.err = canceller->err().message();
  const std::string cause = canceller->cause().message();
  if (cause != view.err) view.cause = cause;
  return view;
}

void add_object(WorldView& view, const Object& object) {
  const std::string name = name_of(object, kind_name(object.kind()));
  switch (object.kind()) {
    case ObjectKind::kChan: {
      const auto& chan = static_cast<const ChanCore&>(object);
      ChanView out{chan.id(),
                   name,
                   chan.capacity(),
                   {},
                   chan.closed(),
                   ids_of(chan.senders()),
                   ids_of(chan.receivers())};
      chan.describe_items(out.items);
      view.chans.push_back(std::move(out));
      return;
    }
    case ObjectKind::kMutex: {
      const auto& mutex = static_cast<const detail::MutexCore&>(object);
      view.locks.push_back({mutex.id(),
                            name,
                            mutex.owner().value,
                            mutex.starving(),
                            ids_of(mutex.waiters()),
                            0,
                            {}});
      return;
    }
    case ObjectKind::kRWMutex:
      view.locks.push_back(view_of(static_cast<const detail::RWMutexCore&>(object), name));
      return;
    case ObjectKind::kCond: {
      const auto& cond = static_cast<const detail::CondCore&>(object);
      view.conditions.push_back({cond.id(), name, cond.lock_id(), ids_of(cond.waiters())});
      return;
    }
    case ObjectKind::kEventCount: {
      const auto& events = static_cast<const detail::EventCountCore&>(object);
      view.conditions.push_back({events.id(), name, 0, ids_of(events.waiters)});
      return;
    }
    case ObjectKind::kWaitGroup: {
      const auto& group = static_cast<const detail::WaitGroupCore&>(object);
      view.wait_groups.push_back({group.id(), name, group.counter(), ids_of(group.waiters())});
      return;
    }
    case ObjectKind::kShared: {
      const auto& variable = static_cast<const SharedCore&>(object);
      view.variables.push_back({variable.id(), name, variable.describe()});
      return;
    }
    case ObjectKind::kContext:
      view.contexts.push_back(view_of(static_cast<const detail::ContextNode&>(object), name));
      return;
    // The network has views of its own.
    case ObjectKind::kTcpSocket:
    case ObjectKind::kTcpListener:
    case ObjectKind::kUdpSocket:
      return;
  }
}

void put(std::vector<std::string>& names, uint32_t id, const std::string& name) {
  if (id >= names.size()) names.resize(id + 1);
  names[id] = name;
}

std::string get(const std::vector<std::string>& names, uint32_t id, const char* kind) {
  if (id < names.size() && !names[id].empty()) return names[id];
  return std::string(kind) + " " + std::to_string(id);
}

}  // namespace

WorldView look(const World& world) {
  ENGINE_CHECK(!inside());
  const WorldState& w = world.state();
  WorldView view;
  view.step = w.step;
  view.now = w.now;
  view.hash = w.hash();
  view.events = w.events();
  view.arena_bytes = world.arena().used_bytes();
  view.timers_pending = w.queue.size();
  for (const Process& process : w.scheduler->processes()) {
    view.processes.push_back({process.id().value, std::string(process.name()),
                              process_status(process), process.exit_code(),
                              std::string(process.failure()), std::string(process.host_name())});
    for (const Goroutine& task : process.tasks()) view.goroutines.push_back(view_of(task));
  }
  std::stable_sort(view.goroutines.begin(), view.goroutines.end(),
                   [](const GoroutineView& a, const GoroutineView& b) { return a.id < b.id; });
  uint32_t place = 0;
  for (const Goroutine* task : w.scheduler->ready_tasks()) {
    ++place;
    const auto at = std::lower_bound(
        view.goroutines.begin(), view.goroutines.end(), task->id().value,
        [](const GoroutineView& goroutine, uint32_t id) { return goroutine.id < id; });
    if (at != view.goroutines.end() && at->id == task->id().value) at->queue_place = place;
  }
  for (const Object& object : w.objects) add_object(view, object);
  return view;
}

void EventNames::learn(const WorldView& view) {
  for (const ProcessView& process : view.processes) put(processes_, process.id, process.name);
  for (const GoroutineView& task : view.goroutines) put(tasks_, task.id, task.name);
  for (const ChanView& chan : view.chans) put(objects_, chan.id, chan.name);
  for (const LockView& lock : view.locks) put(objects_, lock.id, lock.name);
  for (const CondView& cond : view.conditions) put(objects_, cond.id, cond.name);
  for (const WaitGroupView& group : view.wait_groups) put(objects_, group.id, group.name);
  for (const ContextView& context : view.contexts) put(objects_, context.id, context.name);
  for (const SharedView& variable : view.variables) put(objects_, variable.id, variable.name);
}

std::string EventNames::task(uint32_t id) const {
  return get(tasks_, id, "goroutine");
}
std::string EventNames::object(uint32_t id) const {
  return get(objects_, id, "object");
}
std::string EventNames::process(uint32_t id) const {
  return get(processes_, id, "process");
}
void EventNames::learn_node(uint32_t id, const std::string& name) {
  put(nodes_, id, name);
}
std::string EventNames::node(uint32_t id) const {
  return get(nodes_, id, "node");
}

std::string event_text(const Event& event, const EventNames& names) {
  const auto task = [&] { return names.task(event.subject); };
  const auto object = [&] { return names.object(event.subject); };
  const auto actor = [&] { return event.aux == 0 ? "the clock" : names.task(event.aux); };
  const auto node = [&] { return names.node(event.subject); };
  const auto peer = [&] {
    return event.aux == 0 ? std::string("an unknown address") : names.node(event.aux);
  };
  const std::string arg = std::to_string(event.arg);
  switch (event.kind) {
    case EventKind::kNone:
      return "nothing";
    case EventKind::kDispatch:
      return task() + " runs";
    case EventKind::kTimerFired:
      return "timer fires at " + duration_text({static_cast<int64_t>(event.arg)});
    case EventKind::kInput:
      return "an input is applied";
    case EventKind::kInputMissed:
      return "the input finds no target";
    case EventKind::kQuiescence:
      return names.process(event.subject) + ": all goroutines are asleep";
    case EventKind::kSpawn:
      return task() + " starts";
    case EventKind::kWake:
      return task() + " becomes ready";
    case EventKind::kPark: {
      const auto reason = static_cast<WaitReason>(event.aux);
      std::string text = task() + " parks: " + std::string(wait_reason_text(reason));
      if (event.arg != 0) text += " on " + names.object(static_cast<uint32_t>(event.arg));
      return text;
    }
    case EventKind::kYield:
      return task() + " lets others go first";
    case EventKind::kTaskEnd:
      return task() + " ends";
    case EventKind::kPanic:
      return task() + " panics";
    case EventKind::kProcessStart:
      return names.process(event.subject) + " starts";
    case EventKind::kProcessExit:
      return names.process(event.subject) + " exits with code " + arg;
    case EventKind::kSleep:
      return task() + " sleeps until " + duration_text({static_cast<int64_t>(event.arg)});
    case EventKind::kOutput:
      return names.process(event.subject) + " prints " + std::to_string(event.aux & 0x0fffffffU) +
             " bytes";
    case EventKind::kPreempt:
      return task() + " has used up its time slice";
    case EventKind::kChoice:
      return "choice " + arg + " of " + std::to_string(event.aux);
    case EventKind::kCreate:
      return object() + " is created (" + kind_name(static_cast<ObjectKind>(event.arg)) + ")";
    case EventKind::kSend:
      return actor() + " sends on " + object();
    case EventKind::kReceive:
      return actor() + " receives from " + object() +
             (event.arg == detail::kReceivedClosed ? ", which is closed" : "");
    case EventKind::kClose:
      return object() + " is closed";
    case EventKind::kLock:
      return actor() + " takes " + object();
    case EventKind::kUnlock:
      return object() + " is released, held by " + actor();
    case EventKind::kWaitGroupAdd:
      return actor() + " sets " + object() + " to " + arg;
    case EventKind::kRead:
      return actor() + " reads " + object();
    case EventKind::kWrite:
      return actor() + " writes " + object();
    case EventKind::kHandOver:
      return actor() + " hands a value over " + object() + " to " +
             names.task(static_cast<uint32_t>(event.arg)) + ", which becomes ready";
    case EventKind::kTakeOver:
      return actor() + " receives from " + object() + "; " +
             names.task(static_cast<uint32_t>(event.arg)) + " has sent and becomes ready";
    case EventKind::kReadLock:
      return actor() + " takes " + object() + " for reading (" + arg + " readers)";
    case EventKind::kReadUnlock:
      return actor() + " stops reading under " + object() + " (" + arg + " readers)";
    case EventKind::kSignal:
      return actor() + (event.arg == 0 ? " signals " : " broadcasts ") + object();
    case EventKind::kTimerSet:
      return actor() + " sets " + object() + " for " +
             duration_text({static_cast<int64_t>(event.arg)});
    case EventKind::kTimerStop:
      return actor() + " stops " + object();
    case EventKind::kCancel:
      return object() + " is cancelled";
    case EventKind::kRecover:
      return task() + " recovers";
    case EventKind::kGoexit:
      return task() + " leaves by Goexit";
    case EventKind::kPriority:
      return task() + " falls to priority " + arg;
    case EventKind::kOnce:
      return actor() + " has run the function of " + object();
    case EventKind::kPacketSend:
      return node() + " sends a packet to " + peer();
    case EventKind::kPacketArrive:
      return "a packet from " + node() + " arrives at " + peer();
    case EventKind::kPacketDrop:
      return "a packet from " + node() + " to " + peer() + " is dropped";
    case EventKind::kNodeCrash:
      return node() + " loses power";
    case EventKind::kNodeStart:
      return node() + " boots";
    case EventKind::kLinkChange:
      return event.subject == 0 ? "a link is cut" : "a link is mended";
    case EventKind::kDisk:
      return node() + "'s disk finishes an operation";
    case EventKind::kCompute:
      return names.task(event.aux) + " computes for " +
             duration_text({static_cast<int64_t>(event.arg)});
    case EventKind::kThrottle:
      return node() + (event.arg != 0 ? " throttles" : " unthrottles") + " control group " +
             std::to_string(event.aux);
    case EventKind::kOomKill:
      return names.process(event.aux) + " is killed: control group " + arg + " of " + node() +
             " is out of memory";
  }
  return "unknown";
}

std::vector<EventLine> events_between(const TraceLog& log, uint64_t first, uint64_t last,
                                      size_t limit, const EventNames& names) {
  if (last > first && last - first > limit) first = last - limit;
  std::vector<EventLine> lines;
  log.for_each(first, last, [&](const TraceLog::Placed& placed) {
    lines.push_back({placed.number, placed.step, placed.at, placed.cause(), placed.event.kind,
                     event_text(placed.event, names)});
    return true;
  });
  return lines;
}

}  // namespace engine
