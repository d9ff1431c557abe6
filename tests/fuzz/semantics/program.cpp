#include "tests/fuzz/semantics/program.h"

#include <array>

namespace semantics {
namespace {

/// How a statement without a body reads: `#` stands for the target, `@` for the other, `$` for the
/// value.
struct Wording {
  Op op;
  const char* text;
};
constexpr Wording kWordings[] = {
    {Op::kNote, "note()"},
    {Op::kSend, "ch# <- next()"},
    {Op::kRecv, "<-ch#"},
    {Op::kClose, "close(ch#)"},
    {Op::kLen, "len(ch#), cap(ch#)"},
    {Op::kLock, "mu#.Lock()"},
    {Op::kUnlock, "mu#.Unlock()"},
    {Op::kTryLock, "mu#.TryLock()"},
    {Op::kReadLock, "rw#.RLock()"},
    {Op::kReadUnlock, "rw#.RUnlock()"},
    {Op::kTryReadLock, "rw#.TryRLock()"},
    {Op::kWriteLock, "rw#.Lock()"},
    {Op::kWriteUnlock, "rw#.Unlock()"},
    {Op::kTryWriteLock, "rw#.TryLock()"},
    {Op::kCondWait, "cond#.Wait()"},
    {Op::kSignal, "cond#.Signal()"},
    {Op::kBroadcast, "cond#.Broadcast()"},
    {Op::kGroupAdd, "wg#.Add($)"},
    {Op::kGroupWait, "wg#.Wait()"},
    {Op::kSleep, "time.Sleep($)"},
    {Op::kAfter, "<-time.After($)"},
    {Op::kTimerReset, "timer#.Reset($)"},
    {Op::kTimerStop, "timer#.Stop()"},
    {Op::kTimerRecv, "<-timer#.C"},
    {Op::kTickerReset, "ticker#.Reset($)"},
    {Op::kTickerStop, "ticker#.Stop()"},
    {Op::kTickerRecv, "<-ticker#.C"},
    {Op::kFuncStop, "func#.Stop()"},
    {Op::kFuncReset, "func#.Reset($)"},
    {Op::kWithCancel, "ctx#, cancel# = context.WithCancel(ctx@)"},
    {Op::kWithTimeout, "ctx#, cancel# = context.WithTimeout(ctx@, $)"},
    {Op::kCancel, "cancel#()"},
    {Op::kContextErr, "ctx#.Err()"},
    {Op::kContextWait, "<-ctx#.Done()"},
    {Op::kContextAfterStop, "stop#()"},
    {Op::kPanic, "panic(\"p$\")"},
    {Op::kGoexit, "runtime.Goexit()"},
    {Op::kGosched, "runtime.Gosched()"},
    {Op::kNumGoroutine, "runtime.NumGoroutine()"},
};

std::string fill_in(const char* text, unsigned target, unsigned other, int64_t value) {
  std::string out;
  for (; *text != '\0'; ++text) {
    if (*text == '#') {
      out += std::to_string(target);
    } else if (*text == '@') {
      out += std::to_string(other);
    } else if (*text == '$') {
      out += std::to_string(value);
    } else {
      out += *text;
    }
  }
  return out;
}

std::string words_of(const Stmt& s) {
  for (const Wording& w : kWordings) {
    if (w.op == s.op) return fill_in(w.text, s.target, s.other, s.value);
  }
  return "?";
}

std::string words_of(const Case& c) {
  constexpr std::array kTexts = {"ch# <- next()", "<-ch#",       "<-time.After($)",
                                 "<-timer#.C",    "<-ticker#.C", "<-ctx#.Done()"};
  return fill_in(kTexts[static_cast<size_t>(c.kind)], c.target, 0, c.value);
}

class Printer {
 public:
  void block(const Block& statements, unsigned depth) {
    for (const Stmt& s : statements) statement(s, depth);
  }
  void line(unsigned depth, const std::string& text, const Stmt* s = nullptr) {
    out_.append(depth, '\t');
    out_ += text;
    if (s != nullptr) out_ += "  // " + std::to_string(s->id);
    out_ += "\n";
  }
  std::string take() { return std::move(out_); }

 private:
  void function(const std::string& head, const Stmt& s, unsigned depth, const std::string& tail) {
    line(depth, head, &s);
    if (s.flag) line(depth + 1, "defer func() { r := recover(); seen(r) }()");
    block(s.body, depth + 1);
    line(depth, tail);
  }
  void statement(const Stmt& s, unsigned depth) {
    switch (s.op) {
      case Op::kGo:
        return function("go func() {", s, depth, "}()");
      case Op::kCall:
        return function("func() {", s, depth, "}()");
      case Op::kAfterFunc:
        return function(fill_in("func# = time.AfterFunc($, func() {", s.target, 0, s.value), s,
                        depth, "})");
      case Op::kContextAfterFunc:
        return function(fill_in("stop# = context.AfterFunc(ctx@, func() {", s.target, s.other, 0),
                        s, depth, "})");
      case Op::kDefer:
        return line(depth, "defer func() { " + words_of(s.body[0]) + " }()", &s.body[0]);
      case Op::kRepeat:
        line(depth, "for range " + std::to_string(s.value) + " {", &s);
        block(s.body, depth + 1);
        return line(depth, "}");
      case Op::kSelect:
        line(depth, "select {", &s);
        for (const Case& c : s.cases) {
          line(depth, "case " + words_of(c) + ":");
          block(c.body, depth + 1);
        }
        if (s.flag) {
          line(depth, "default:");
          block(s.body, depth + 1);
        }
        return line(depth, "}");
      default:
        line(depth, words_of(s), &s);
    }
  }

  std::string out_;
};

/// The declarations of what `body` uses.
std::string declared(const std::vector<int64_t>& values, const char* name, const char* make,
                     const std::string& body) {
  std::string out;
  for (size_t i = 0; i < values.size(); ++i) {
    const std::string variable = name + std::to_string(i);
    if (body.find(variable) == std::string::npos) continue;
    const char* const value = values[i] == kNilChannel ? "nil" : make;
    out += "\t" + variable + " := " + fill_in(value, 0, 0, values[i]) + "\n";
  }
  return out;
}

}  // namespace

bool may_wait(Op op) {
  switch (op) {
    case Op::kSend:
    case Op::kRecv:
    case Op::kSelect:
    case Op::kLock:
    case Op::kReadLock:
    case Op::kWriteLock:
    case Op::kCondWait:
    case Op::kGroupWait:
    case Op::kSleep:
    case Op::kAfter:
    case Op::kTimerRecv:
    case Op::kTickerRecv:
    case Op::kContextWait:
    case Op::kPanic:
    case Op::kGoexit:
    case Op::kGosched:
      return true;
    default:
      return false;
  }
}

std::string to_text(const Program& program) {
  Printer printer;
  if (program.main_recovers) printer.line(1, "defer func() { r := recover(); seen(r) }()");
  printer.block(program.main, 1);
  const std::string body = printer.take();
  std::string out = "func main() {\n";
  out += declared(program.channels, "ch", "make(chan int, $)", body);
  out += declared(program.timers, "timer", "time.NewTimer($)", body);
  out += declared(program.tickers, "ticker", "time.NewTicker($)  // 0: stopped", body);
  out += body + "}\n";
  if (program.kill_at != 0) out += "// killed after step " + std::to_string(program.kill_at) + "\n";
  return out;
}

size_t size_of(const Block& block) {
  size_t size = 0;
  for (const Stmt& s : block) {
    size += 1 + size_of(s.body);
    for (const Case& c : s.cases) size += size_of(c.body);
  }
  return size;
}

}  // namespace semantics
