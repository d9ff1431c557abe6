#include "tests/fuzz/semantics/generate.h"

#include <span>

namespace semantics {
namespace {

constexpr uint32_t kStatementsMax = 40;
constexpr uint32_t kDepthMax = 4;
constexpr int64_t kMicro = 1'000;
constexpr int64_t kMilli = 1'000'000;
/// Few lengths, so that instants coincide; some beyond the 1 ms of a starving mutex.
constexpr int64_t kLengths[] = {0,          1,          kMicro,     kMilli,     kMilli,
                                2 * kMilli, 2 * kMilli, 3 * kMilli, 5 * kMilli, -kMilli};

/// Draws from a seed by mixing a counter, or from bytes.
class Source {
 public:
  explicit Source(uint64_t seed) : state_(seed) {}
  explicit Source(std::span<const uint8_t> bytes) : bytes_(bytes), from_bytes_(true) {}

  uint32_t below(uint32_t n) {
    if (from_bytes_) {
      uint32_t drawn = take_byte();
      if (n > 256) drawn = drawn << 8 | take_byte();
      return drawn % n;
    }
    state_ += 0x9e3779b97f4a7c15U;
    uint64_t z = state_;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
    z ^= z >> 31;
    return static_cast<uint32_t>(((z >> 32) * n) >> 32);
  }
  /// Not for zeros, which is what comes when there are no bytes left.
  bool one_in(uint32_t n) { return below(n) == n - 1; }
  [[nodiscard]] bool spent() const { return from_bytes_ && bytes_.empty(); }

 private:
  uint32_t take_byte() {
    if (bytes_.empty()) return 0;
    const uint8_t byte = bytes_.front();
    bytes_ = bytes_.subspan(1);
    return byte;
  }

  uint64_t state_ = 0;
  std::span<const uint8_t> bytes_;
  bool from_bytes_ = false;
};

/// Statements that are about one thing. A program has a flavour, whose statements it has more of.
enum class Flavour : uint8_t { kChannels, kLocks, kTime, kContexts, kPanics, kRest };
constexpr uint32_t kFlavours = 6;
constexpr uint32_t kFavoured = 4;

struct Weight {
  Op op;
  uint8_t weight;
  Flavour flavour;
};

/// How often each statement is drawn.
constexpr Weight kWeights[] = {
    {Op::kSend, 12, Flavour::kChannels},
    {Op::kRecv, 12, Flavour::kChannels},
    {Op::kClose, 2, Flavour::kChannels},
    {Op::kLen, 2, Flavour::kChannels},
    {Op::kSelect, 12, Flavour::kChannels},
    {Op::kLock, 6, Flavour::kLocks},
    {Op::kUnlock, 1, Flavour::kLocks},
    {Op::kTryLock, 3, Flavour::kLocks},
    {Op::kReadLock, 4, Flavour::kLocks},
    {Op::kReadUnlock, 1, Flavour::kLocks},
    {Op::kTryReadLock, 2, Flavour::kLocks},
    {Op::kWriteLock, 4, Flavour::kLocks},
    {Op::kWriteUnlock, 1, Flavour::kLocks},
    {Op::kTryWriteLock, 2, Flavour::kLocks},
    {Op::kCondWait, 3, Flavour::kLocks},
    {Op::kSignal, 3, Flavour::kLocks},
    {Op::kBroadcast, 2, Flavour::kLocks},
    {Op::kSleep, 6, Flavour::kTime},
    {Op::kAfter, 2, Flavour::kTime},
    {Op::kTimerReset, 3, Flavour::kTime},
    {Op::kTimerStop, 2, Flavour::kTime},
    {Op::kTimerRecv, 2, Flavour::kTime},
    {Op::kTickerReset, 2, Flavour::kTime},
    {Op::kTickerStop, 1, Flavour::kTime},
    {Op::kTickerRecv, 2, Flavour::kTime},
    {Op::kAfterFunc, 2, Flavour::kTime},
    {Op::kFuncStop, 1, Flavour::kTime},
    {Op::kFuncReset, 1, Flavour::kTime},
    {Op::kWithCancel, 3, Flavour::kContexts},
    {Op::kWithTimeout, 3, Flavour::kContexts},
    {Op::kCancel, 3, Flavour::kContexts},
    {Op::kContextErr, 2, Flavour::kContexts},
    {Op::kContextWait, 2, Flavour::kContexts},
    {Op::kContextAfterFunc, 2, Flavour::kContexts},
    {Op::kContextAfterStop, 1, Flavour::kContexts},
    {Op::kCall, 4, Flavour::kPanics},
    {Op::kDefer, 4, Flavour::kPanics},
    {Op::kPanic, 1, Flavour::kPanics},
    {Op::kGoexit, 1, Flavour::kPanics},
    {Op::kNote, 2, Flavour::kRest},
    {Op::kGo, 10, Flavour::kRest},
    {Op::kRepeat, 3, Flavour::kRest},
    {Op::kGroupAdd, 4, Flavour::kRest},
    {Op::kGroupWait, 4, Flavour::kRest},
    {Op::kGosched, 4, Flavour::kRest},
    {Op::kNumGoroutine, 1, Flavour::kRest},
};

/// What a deferred call may be: it never waits.
constexpr Op kPlain[] = {Op::kNote,       Op::kNote,       Op::kNote,        Op::kClose,
                         Op::kUnlock,     Op::kGroupAdd,   Op::kGroupAdd,    Op::kSignal,
                         Op::kBroadcast,  Op::kCancel,     Op::kTimerStop,   Op::kTryLock,
                         Op::kReadUnlock, Op::kTimerReset, Op::kTickerReset, Op::kLen};

class Generator {
 public:
  explicit Generator(Source source) : source_(source) {}

  Program program() {
    Program p;
    flavour_ = static_cast<Flavour>(source_.below(kFlavours));
    const uint32_t channels = 1 + source_.below(3);
    for (uint32_t i = 0; i < channels; ++i) p.channels.push_back(capacity());
    for (uint32_t i = source_.below(3); i > 0; --i) p.timers.push_back(length());
    for (uint32_t i = source_.below(2); i > 0; --i) p.tickers.push_back(period(6));
    channels_ = static_cast<uint8_t>(channels);
    timers_ = static_cast<uint8_t>(p.timers.size());
    tickers_ = static_cast<uint8_t>(p.tickers.size());
    p.main_recovers = source_.one_in(16);
    if (source_.one_in(20)) p.kill_at = 1 + source_.below(40);
    if (source_.one_in(3)) add_group(p.main);
    fill(p.main, 3 + source_.below(6), 0, 60);
    if (source_.below(4) != 0) end_of_main(p.main);
    return p;
  }

 private:
  int64_t capacity() {
    constexpr int64_t kCapacities[] = {0, 0, 0, 1, 1, 2, 3, kNilChannel};
    return kCapacities[source_.below(source_.one_in(8) ? 8 : 7)];
  }
  int64_t length() { return kLengths[source_.below(static_cast<uint32_t>(std::size(kLengths)))]; }
  int64_t period(uint32_t zero_one_in) {
    return source_.one_in(zero_one_in) ? 0 : kMilli * (1 + source_.below(3));
  }
  uint8_t pick(uint32_t n) { return static_cast<uint8_t>(source_.below(n)); }

  Stmt make(Op op) {
    Stmt s;
    s.op = op;
    s.id = ++statements_;
    return s;
  }
  Stmt make(Op op, uint8_t target, int64_t value = 0) {
    Stmt s = make(op);
    s.target = target;
    s.value = value;
    return s;
  }

  /// Goroutines that a wait group counts, and someone who waits for them.
  void add_group(Block& block) {
    const uint8_t group = pick(kGroups);
    const uint32_t workers = 1 + source_.below(3);
    block.push_back(make(Op::kGroupAdd, group, workers));
    for (uint32_t i = 0; i < workers; ++i) {
      Stmt worker = make(Op::kGo);
      worker.flag = source_.one_in(4);
      Stmt done = make(Op::kDefer);
      done.body.push_back(make(Op::kGroupAdd, group, -1));
      worker.body.push_back(std::move(done));
      fill(worker.body, 1 + source_.below(4), 1, 25);
      block.push_back(std::move(worker));
    }
    waits_for_ = group;
  }

  void end_of_main(Block& block) {
    switch (source_.below(4)) {
      case 0:
        block.push_back(make(Op::kGroupWait, waits_for_));
        break;
      case 1:
        block.push_back(make(Op::kRecv, pick(channels_)));
        break;
      default:
        block.push_back(make(Op::kSleep, 0, kMilli * (1 + source_.below(8))));
    }
  }

  /// Appends about so many statements. `spawning`: how likely each is to be a goroutine, of 100.
  void fill(Block& block, uint32_t count, uint32_t depth, uint32_t spawning) {
    for (uint32_t i = 0; i < count && statements_ < kStatementsMax && !source_.spent(); ++i) {
      const bool spawns = depth < 2 && i < 3 && source_.below(100) < spawning;
      add(block, spawns ? Op::kGo : draw(), depth);
    }
  }

  [[nodiscard]] uint32_t weight_of(const Weight& w) const {
    return w.flavour == flavour_ ? w.weight * kFavoured : w.weight;
  }
  Op draw() {
    uint32_t total = 0;
    for (const Weight& w : kWeights) total += weight_of(w);
    uint32_t at = source_.below(total);
    for (const Weight& w : kWeights) {
      if (at < weight_of(w)) return w.op;
      at -= weight_of(w);
    }
    return Op::kNote;
  }

  void add(Block& block, Op op, uint32_t depth) {
    switch (op) {
      case Op::kLock:
        return add_locked(block, Op::kLock, Op::kUnlock, depth);
      case Op::kReadLock:
        return add_locked(block, Op::kReadLock, Op::kReadUnlock, depth);
      case Op::kWriteLock:
        return add_locked(block, Op::kWriteLock, Op::kWriteUnlock, depth);
      case Op::kCondWait: {
        const uint8_t lock = pick(kLocks);
        if (!source_.one_in(16)) block.push_back(make(Op::kLock, lock));
        block.push_back(make(Op::kCondWait, lock));
        block.push_back(make(Op::kUnlock, lock));
        return;
      }
      // An unlock that nobody asked for ends most programs.
      case Op::kUnlock:
      case Op::kReadUnlock:
      case Op::kWriteUnlock:
        if (!source_.one_in(6)) return;
        break;
      default:
        break;
    }
    if (depth >= kDepthMax && has_body(op)) op = Op::kGosched;
    Stmt s = make(op);
    complete(s, depth);
    block.push_back(std::move(s));
  }

  static bool has_body(Op op) {
    return op == Op::kGo || op == Op::kCall || op == Op::kRepeat || op == Op::kSelect ||
           op == Op::kAfterFunc || op == Op::kContextAfterFunc;
  }

  void add_locked(Block& block, Op lock, Op unlock, uint32_t depth) {
    const uint8_t target = pick(kLocks);
    block.push_back(make(lock, target));
    if (source_.one_in(4)) {
      Stmt later = make(Op::kDefer);
      later.body.push_back(make(unlock, target));
      block.push_back(std::move(later));
      return;
    }
    // Others wait so long that a mutex starves them.
    if (source_.one_in(3)) block.push_back(make(Op::kSleep, 0, kMilli * (1 + source_.below(2))));
    fill(block, source_.below(3), depth + 1, 0);
    if (!source_.one_in(10)) block.push_back(make(unlock, target));
  }

  void complete(Stmt& s, uint32_t depth) {
    switch (s.op) {
      case Op::kGo:
      case Op::kCall:
        s.flag = source_.one_in(3);
        fill(s.body, 1 + source_.below(5), depth + 1, 15);
        break;
      case Op::kRepeat:
        s.value = 2 + source_.below(2);
        fill(s.body, 1 + source_.below(3), depth + 1, 10);
        break;
      case Op::kDefer: {
        Stmt plain = make(kPlain[source_.below(static_cast<uint32_t>(std::size(kPlain)))]);
        complete(plain, depth);
        s.body.push_back(std::move(plain));
        break;
      }
      case Op::kSelect:
        complete_select(s, depth);
        break;
      case Op::kSend:
      case Op::kRecv:
      case Op::kClose:
      case Op::kLen:
        s.target = pick(channels_);
        break;
      case Op::kGroupAdd:
        s.target = pick(kGroups);
        s.value = static_cast<int64_t>(source_.below(4)) - 1;
        if (s.value == 0) s.value = source_.one_in(2) ? -1 : 1;
        break;
      case Op::kGroupWait:
        s.target = pick(kGroups);
        break;
      case Op::kSleep:
      case Op::kAfter:
        s.value = length();
        break;
      case Op::kTimerReset:
      case Op::kTimerStop:
      case Op::kTimerRecv:
        complete_timer(s, timers_);
        s.value = length();
        break;
      case Op::kTickerReset:
      case Op::kTickerStop:
      case Op::kTickerRecv:
        complete_timer(s, tickers_);
        s.value = period(12);
        break;
      case Op::kAfterFunc:
      case Op::kContextAfterFunc:
        s.target = pick(kFuncs);
        s.other = pick(kContexts);
        s.value = length();
        fill(s.body, 1 + source_.below(3), depth + 1, 10);
        break;
      case Op::kFuncStop:
      case Op::kFuncReset:
      case Op::kContextAfterStop:
        s.target = pick(kFuncs);
        s.value = length();
        break;
      case Op::kWithCancel:
      case Op::kWithTimeout:
      case Op::kCancel:
      case Op::kContextErr:
      case Op::kContextWait:
        s.target = pick(kContexts);
        s.other = pick(kContexts);
        s.value = length();
        break;
      case Op::kPanic:
        s.value = source_.below(3);
        break;
      default:
        s.target = pick(kLocks);
    }
  }

  void complete_timer(Stmt& s, uint8_t count) {
    if (count == 0) {
      s.op = Op::kNote;
    } else {
      s.target = pick(count);
    }
  }

  void complete_select(Stmt& s, uint32_t depth) {
    constexpr uint32_t kCounts[] = {1, 2, 2, 2, 3, 3, 4, 0};
    const uint32_t count = kCounts[source_.below(source_.one_in(12) ? 8 : 7)];
    s.flag = count == 0 ? source_.one_in(2) : source_.one_in(3);
    for (uint32_t i = 0; i < count; ++i) {
      Case c;
      constexpr CaseKind kKinds[] = {CaseKind::kSend,  CaseKind::kSend,    CaseKind::kSend,
                                     CaseKind::kRecv,  CaseKind::kRecv,    CaseKind::kRecv,
                                     CaseKind::kAfter, CaseKind::kContext, CaseKind::kTimer,
                                     CaseKind::kTicker};
      c.kind = kKinds[source_.below(static_cast<uint32_t>(std::size(kKinds)))];
      if (c.kind == CaseKind::kTimer && timers_ == 0) c.kind = CaseKind::kRecv;
      if (c.kind == CaseKind::kTicker && tickers_ == 0) c.kind = CaseKind::kRecv;
      const bool is_chan = c.kind == CaseKind::kSend || c.kind == CaseKind::kRecv;
      c.target = pick(is_chan                        ? channels_
                      : c.kind == CaseKind::kTimer   ? timers_
                      : c.kind == CaseKind::kTicker  ? tickers_
                      : c.kind == CaseKind::kContext ? kContexts
                                                     : 1);
      c.value = length();
      if (source_.one_in(3)) fill(c.body, 1 + source_.below(2), depth + 1, 5);
      s.cases.push_back(std::move(c));
    }
    if (s.flag && source_.one_in(2)) fill(s.body, 1 + source_.below(2), depth + 1, 5);
  }

  Source source_;
  Flavour flavour_ = Flavour::kRest;
  uint16_t statements_ = 0;
  uint8_t channels_ = 1;
  uint8_t timers_ = 0;
  uint8_t tickers_ = 0;
  uint8_t waits_for_ = 0;
};

}  // namespace

Program generate(uint64_t seed) {
  return Generator(Source(seed * 0xd1342543de82ef95U + 1)).program();
}

Program generate(const uint8_t* bytes, size_t size) {
  return Generator(Source(std::span(bytes, size))).program();
}

}  // namespace semantics
