#include "engine/task/report.h"

#include <charconv>

namespace engine {
namespace {

void append_number(std::string& out, uint64_t number) {
  char digits[20];
  const auto end = std::to_chars(digits, digits + sizeof digits, number).ptr;
  out.append(digits, end);
}

void append_frame(std::string& out, const Goroutine& task, std::source_location where) {
  if (where.line() == 0) return;  // not suspended at a place of its own
  out += task.name().empty() ? std::string_view("func") : task.name();
  out += "()\n\t";
  out += place_text(where);
  out += "\n";
}

}  // namespace

std::string_view wait_reason_text(WaitReason reason) {
  switch (reason) {
    case WaitReason::kNone:
      return "running";
    case WaitReason::kChanReceive:
      return "chan receive";
    case WaitReason::kChanSend:
      return "chan send";
    case WaitReason::kChanReceiveNil:
      return "chan receive (nil chan)";
    case WaitReason::kChanSendNil:
      return "chan send (nil chan)";
    case WaitReason::kSleep:
      return "sleep";
    case WaitReason::kMutexLock:
      return "sync.Mutex.Lock";
    case WaitReason::kWaitGroupWait:
      return "sync.WaitGroup.Wait";
    case WaitReason::kPanic:
      return "panicwait";
    case WaitReason::kSelect:
      return "select";
    case WaitReason::kSelectNoCases:
      return "select (no cases)";
    case WaitReason::kRWMutexRLock:
      return "sync.RWMutex.RLock";
    case WaitReason::kRWMutexLock:
      return "sync.RWMutex.Lock";
    case WaitReason::kCondWait:
      return "sync.Cond.Wait";
    case WaitReason::kIoWait:
      return "IO wait";
    case WaitReason::kCompute:
      return "computing";
    case WaitReason::kSyscall:
      return "syscall";
  }
  return "unknown";
}

std::string place_text(std::source_location where) {
  std::string text = where.file_name();
  text += ":";
  append_number(text, where.line());
  return text;
}

std::string display_name(const Goroutine& task) {
  if (!task.name().empty()) return std::string(task.name());
  std::string text = "goroutine ";
  append_number(text, task.id().value);
  return text;
}

std::string dump_goroutine(const Goroutine& task, std::string_view state) {
  std::string out = "goroutine ";
  append_number(out, task.id().value);
  out += " [";
  if (!state.empty()) {
    out += state;
  } else if (task.state() == TaskState::kReady) {
    out += "runnable";
  } else {
    out += wait_reason_text(task.op() == nullptr ? WaitReason::kNone : task.op()->reason());
  }
  out += "]:\n";
  if (task.op() != nullptr) append_frame(out, task, task.op()->where());
  for (const detail::PromiseBase* frame = task.innermost(); frame != nullptr;
       frame = task.awaiter_of(frame)) {
    if (frame != task.root()) append_frame(out, task, frame->task->awaited_at);
  }
  if (task.parent().value != 0) {
    out += "created by goroutine ";
    append_number(out, task.parent().value);
    out += "\n\t";
    out += place_text(task.created());
    out += "\n";
  }
  return out;
}

}  // namespace engine
