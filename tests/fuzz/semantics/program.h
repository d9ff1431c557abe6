// tests/fuzz/semantics/program.h: a generated concurrent program, as plain data.
//
// A tree of statements over a few channels, locks, wait groups, timers and contexts, which all
// goroutines share. Functions, literals as Go would write them, are blocks; a deferred statement
// belongs to the function around it. Each statement has a number, by which what happened is told.

#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace semantics {

enum class Op : uint8_t {
  kNote,    // nothing, but it is seen
  kGo,      // `body` as a goroutine; flag: it recovers from a panic
  kCall,    // `body` as a function; flag: it recovers from a panic
  kDefer,   // body[0], a plain statement, when the function ends
  kRepeat,  // `body`, `value` times
  // Channels.
  kSend,
  kRecv,
  kClose,
  kLen,
  kSelect,  // flag: with a default, which is `body`
  // Locks. A condition has the number of its mutex.
  kLock,
  kUnlock,
  kTryLock,
  kReadLock,
  kReadUnlock,
  kTryReadLock,
  kWriteLock,
  kWriteUnlock,
  kTryWriteLock,
  kCondWait,
  kSignal,
  kBroadcast,
  // Wait groups.
  kGroupAdd,
  kGroupWait,
  // Time; `value` in nanoseconds.
  kSleep,
  kAfter,  // <-time.After(value)
  kTimerReset,
  kTimerStop,
  kTimerRecv,
  kTickerReset,
  kTickerStop,
  kTickerRecv,
  kAfterFunc,  // `body` as a goroutine, later
  kFuncStop,
  kFuncReset,
  // Contexts; `other` is the parent.
  kWithCancel,
  kWithTimeout,
  kCancel,
  kContextErr,
  kContextWait,
  kContextAfterFunc,  // `body` as a goroutine when it is cancelled
  kContextAfterStop,
  // Ends.
  kPanic,
  kGoexit,
  kGosched,
  kNumGoroutine,
};

struct Stmt;
using Block = std::vector<Stmt>;

enum class CaseKind : uint8_t { kSend, kRecv, kAfter, kTimer, kTicker, kContext };

struct Case {
  CaseKind kind = CaseKind::kRecv;
  uint8_t target = 0;
  int64_t value = 0;
  Block body;
};

struct Stmt {
  Op op = Op::kNote;
  uint8_t target = 0;
  uint8_t other = 0;
  bool flag = false;
  uint16_t id = 0;
  int64_t value = 0;
  Block body;
  std::vector<Case> cases;
};

inline constexpr int64_t kNilChannel = -1;
/// Slots of what programs make as they run, and of locks.
inline constexpr uint8_t kLocks = 2;
inline constexpr uint8_t kGroups = 2;
inline constexpr uint8_t kFuncs = 2;
inline constexpr uint8_t kContexts = 3;
inline constexpr size_t kCasesMax = 4;

struct Program {
  std::vector<int64_t> channels;  // capacities, or kNilChannel
  std::vector<int64_t> timers;    // each is set to so many nanoseconds at the start
  std::vector<int64_t> tickers;   // as timers; each has a period, and 0 is a stopped one
  bool main_recovers = false;
  uint32_t kill_at = 0;  // the process is killed after so many steps; 0: never
  Block main;
};

/// Whether it is an operation that may wait, before which others may go first.
bool may_wait(Op op);

/// The program in the manner of Go, each statement with its number.
std::string to_text(const Program& program);

/// Number of statements.
size_t size_of(const Block& block);

}  // namespace semantics
