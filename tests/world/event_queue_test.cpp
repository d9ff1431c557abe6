#include "engine/world/event_queue.h"

#include <algorithm>
#include <catch_amalgamated.hpp>
#include <deque>
#include <memory>
#include <optional>
#include <set>
#include <tuple>
#include <utility>
#include <vector>

#include "engine/world/hash.h"

using namespace engine;

namespace {

void nothing(Alarm&) {}

class Draws {
 public:
  explicit Draws(uint64_t seed) : state_(seed) {}
  uint64_t below(uint64_t bound) {
    state_ = mix64(state_ + 1);
    return bound == 0 ? state_ : state_ % bound;
  }
  int64_t up_to(int64_t most) {
    return static_cast<int64_t>(below(static_cast<uint64_t>(most) + 1));
  }

 private:
  uint64_t state_;
};

/// What the queue promises, written down plainly: a set ordered by due and order of setting.
class Reference {
 public:
  void set(uint32_t alarm, int64_t due) {
    cancel(alarm);
    if (alarm >= entries_.size()) entries_.resize(alarm + 1);
    entries_[alarm] = {due, sequence_++, alarm};
    order_.insert(*entries_[alarm]);
  }
  void cancel(uint32_t alarm) {
    if (alarm >= entries_.size() || !entries_[alarm]) return;
    order_.erase(*entries_[alarm]);
    entries_[alarm].reset();
  }
  uint32_t pop() {
    const uint32_t alarm = std::get<2>(*order_.begin());
    cancel(alarm);
    return alarm;
  }
  [[nodiscard]] size_t size() const { return order_.size(); }
  [[nodiscard]] int64_t next_due() const {
    return order_.empty() ? INT64_MAX : std::get<0>(*order_.begin());
  }
  [[nodiscard]] bool due_by(int64_t now) const { return !order_.empty() && next_due() <= now; }

 private:
  using Entry = std::tuple<int64_t, uint64_t, uint32_t>;
  std::set<Entry> order_;
  std::vector<std::optional<Entry>> entries_;
  uint64_t sequence_ = 0;
};

/// How far ahead alarms are set.
enum class Ahead { kFewInstants, kScales, kTwoScales, kEndOfTime, kBurst, kBackwards, kAll };

int64_t draw_due(Ahead ahead, int64_t now, Draws& draws) {
  const auto later = [now](int64_t length) {
    return length > INT64_MAX - now ? INT64_MAX : now + length;
  };
  switch (ahead) {
    case Ahead::kFewInstants:
      return std::max(now, later(draws.up_to(2) * 1000) / 1000 * 1000);
    case Ahead::kScales:
      return later(draws.up_to(INT64_MAX >> (20 + draws.below(43))));
    case Ahead::kTwoScales:
      return later(draws.below(2) == 0 ? draws.up_to(10'000) : 10'000'000'000 + draws.up_to(1000));
    case Ahead::kEndOfTime:
      return std::max(now, INT64_MAX - draws.up_to(draws.below(2) == 0 ? 3 : 100'000));
    case Ahead::kBurst:
      return later(draws.up_to(200));
    case Ahead::kBackwards:
      return draws.below(8) == 0 ? later(draws.up_to(1'000'000)) : draws.up_to(now);
    case Ahead::kAll:
      break;
  }
  return draw_due(static_cast<Ahead>(draws.below(6)), now, draws);
}

/// The queue and the reference side by side, under random operations.
class Pair {
 public:
  Pair(uint64_t seed, uint32_t alarms, Ahead ahead) : draws_(seed), ahead_(ahead) {
    for (uint32_t i = 0; i < alarms; ++i) renew(alarms_.emplace_back(), i);
  }

  /// `setting`, `popping` and `cancelling` weigh what is done.
  void run(int operations, uint64_t setting, uint64_t popping, uint64_t cancelling) {
    for (int i = 0; i < operations; ++i) {
      const auto which = static_cast<uint32_t>(draws_.below(alarms_.size()));
      uint64_t draw = draws_.below(setting + popping + cancelling);
      if (draw < setting) {
        set(which);
      } else if (draw < setting + popping) {
        if (!queue_.empty()) pop();
      } else {
        cancel(which);
      }
      if (draws_.below(8) == 0) same(queue_.next_due().ns, reference_.next_due());
      if (draws_.below(4) == 0) same(queue_.due_by({now_}), reference_.due_by(now_));
      if (draws_.below(64) == 0) {  // looks ahead of its time
        const int64_t until = draw_due(ahead_, now_, draws_);
        same(queue_.due_by({until}), reference_.due_by(until));
      }
      if (draws_.below(512) == 0) advance(draws_.up_to(1 << draws_.below(30)));
      same(queue_.size(), reference_.size());
      same(queue_.empty(), reference_.size() == 0);
    }
  }

  /// Time passes without anything being fired; then all that is due by then is.
  void advance(int64_t length) {
    if (length > INT64_MAX - now_) return;
    now_ += length;
    while (queue_.due_by({now_})) pop();
    same(reference_.due_by(now_), false);
  }

  void drain() {
    while (!queue_.empty()) pop();
    same(reference_.size(), size_t{0});
    same(queue_.next_due().ns, INT64_MAX);
  }

 private:
  struct Named : Alarm {
    explicit Named(uint32_t its_id) : Alarm(nothing), id(its_id) {}
    uint32_t id;
  };

  template <class A, class B>
  static void same(A a, B b) {
    if (a != b) REQUIRE(a == b);
  }
  static void renew(std::unique_ptr<Named>& alarm, uint32_t id) {
    alarm = std::make_unique<Named>(id);
  }

  void set(uint32_t which) {
    const int64_t due = draw_due(ahead_, now_, draws_);
    Named& alarm = *alarms_[which];
    queue_.set(alarm, {due}, which + ++settings_);
    reference_.set(which, due);
    same(alarm.pending(), true);
    same(alarm.due().ns, due);
    same(alarm.cause(), which + settings_);
  }

  void cancel(uint32_t which) {
    reference_.cancel(which);
    if (draws_.below(2) == 0) {
      renew(alarms_[which], which);
    } else {
      alarms_[which]->cancel();
    }
    same(alarms_[which]->pending(), false);
  }

  void pop() {
    const int64_t due = reference_.next_due();
    Alarm& alarm = queue_.pop();
    same(static_cast<Named&>(alarm).id, reference_.pop());
    same(alarm.due().ns, due);
    same(alarm.pending(), false);
    now_ = std::max(now_, due);
  }

  Draws draws_;
  Ahead ahead_;
  Reference reference_;
  EventQueue queue_;
  std::vector<std::unique_ptr<Named>> alarms_;
  uint64_t settings_ = 0;
  int64_t now_ = 0;
};

}  // namespace

TEST_CASE("alarms leave the queue by time, and by the order of setting at equal times") {
  const uint64_t seed = GENERATE(1, 2, 3, 4, 5);
  CAPTURE(seed);
  EventQueue queue;
  Reference reference;
  std::deque<Alarm> alarms;
  Draws draws(seed);
  for (int i = 0; i < 300; ++i) alarms.emplace_back(nothing);
  for (int i = 0; i < 5000; ++i) {
    const auto which = static_cast<uint32_t>(draws.below(alarms.size()));
    switch (draws.below(4)) {
      case 0:
      case 1: {
        const int64_t due = draws.up_to(50);
        queue.set(alarms[which], Instant{due}, 0);
        reference.set(which, due);
        break;
      }
      case 2:
        reference.cancel(which);
        alarms[which].cancel();
        REQUIRE_FALSE(alarms[which].pending());
        break;
      default:
        if (queue.empty()) break;
        REQUIRE(queue.next_due().ns == reference.next_due());
        REQUIRE(&queue.pop() == &alarms[reference.pop()]);
    }
    REQUIRE(queue.size() == reference.size());
  }
}

TEST_CASE("the queue agrees with a sorted set whatever is done to it") {
  const uint64_t seed = GENERATE(1, 2, 3);
  const Ahead ahead = GENERATE(Ahead::kFewInstants, Ahead::kScales, Ahead::kTwoScales,
                               Ahead::kEndOfTime, Ahead::kBurst, Ahead::kBackwards, Ahead::kAll);
  const uint32_t alarms = GENERATE(8, 100, 3000);
  CAPTURE(seed, static_cast<int>(ahead), alarms);
  Pair pair(seed, alarms, ahead);
  const auto operations = static_cast<int>(alarms) * 2 + 500;
  for (int round = 0; round < 2; ++round) {
    pair.run(operations, 8, 1, 1);  // fills
    pair.run(operations, 1, 1, 0);  // holds
    pair.run(operations, 5, 1, 5);  // is full of dead entries
    pair.run(operations, 1, 3, 1);  // empties
    pair.advance(int64_t{1} << (10 + 10 * round));
  }
  pair.run(operations, 4, 1, 1);
  pair.drain();
}

TEST_CASE("a queue that is destroyed leaves its alarms not pending") {
  const uint32_t count = GENERATE(1, 200);
  std::deque<Alarm> alarms;
  {
    EventQueue queue;
    for (uint32_t i = 0; i < count; ++i) {
      queue.set(alarms.emplace_back(nothing), Instant{i * 1000}, 1);
    }
    queue.pop();
    alarms.back().cancel();
  }
  for (Alarm& alarm : alarms) {
    CHECK_FALSE(alarm.pending());
    alarm.cancel();
  }
}

TEST_CASE("an alarm that is destroyed takes itself out of the queue") {
  EventQueue queue;
  Alarm stays(nothing);
  queue.set(stays, Instant{5}, 0);
  {
    Alarm goes(nothing);
    queue.set(goes, Instant{1}, 0);
    CHECK(queue.next_due() == Instant{1});
  }
  CHECK(queue.next_due() == Instant{5});
  CHECK(queue.size() == 1);
}

TEST_CASE("an alarm set again moves behind those set to the same instant") {
  EventQueue queue;
  Alarm first(nothing);
  Alarm second(nothing);
  queue.set(first, Instant{7}, 1);
  queue.set(second, Instant{7}, 2);
  queue.set(first, Instant{7}, 3);
  CHECK(queue.size() == 2);
  CHECK(&queue.pop() == &second);
  CHECK(&queue.pop() == &first);
}

TEST_CASE("a fired alarm still tells its instant and its cause") {
  EventQueue queue;
  Alarm alarm(nothing);
  CHECK(alarm.cause() == 0);
  queue.set(alarm, Instant{7}, 42);
  CHECK(alarm.cause() == 42);
  Alarm& fired = queue.pop();
  CHECK_FALSE(fired.pending());
  CHECK(fired.due() == Instant{7});
  CHECK(fired.cause() == 42);
  queue.set(alarm, Instant{8}, 43);
  alarm.cancel();
  CHECK(alarm.cause() == 0);
}

TEST_CASE("whether something is due takes time into account, and cancelled alarms not") {
  EventQueue queue;
  CHECK_FALSE(queue.due_by(Instant{0}));
  CHECK_FALSE(queue.due_by(kEndOfTime));
  Alarm soon(nothing);
  Alarm late(nothing);
  queue.set(soon, Instant{10}, 0);
  queue.set(late, kEndOfTime, 0);
  CHECK_FALSE(queue.due_by(Instant{9}));
  CHECK(queue.due_by(Instant{10}));
  CHECK(queue.due_by(Instant{11}));
  soon.cancel();
  CHECK_FALSE(queue.due_by(Instant{11}));
  CHECK_FALSE(queue.due_by(kEndOfTime - kNanosecond));
  CHECK(queue.due_by(kEndOfTime));
  CHECK(&queue.pop() == &late);
  CHECK(queue.next_due() == kEndOfTime);
}

TEST_CASE("very many alarms at one instant fire in the order of setting, with more set meanwhile") {
  constexpr uint32_t kCount = 20'000;
  EventQueue queue;
  std::deque<Alarm> alarms;
  const Instant due{123'456'789'000};
  for (uint32_t i = 0; i < kCount; ++i) queue.set(alarms.emplace_back(nothing), due, i);
  Alarm before(nothing);
  std::deque<Alarm> passed;
  for (uint32_t i = 0; i < 2 * kCount; ++i) {
    CHECK(queue.next_due() == due);
    Alarm& alarm = queue.pop();
    if (&alarm != &alarms[i]) FAIL("number " << i);
    if (i < kCount) queue.set(alarms.emplace_back(nothing), due, kCount + i);
    if (i == kCount / 2) {
      // Instants that have passed go first, and leave the rest in order.
      for (uint32_t k = 0; k < 200; ++k) {
        queue.set(passed.emplace_back(nothing), due - (200 - k) * kSecond / 10, 0);
      }
      for (Alarm& earlier : passed) CHECK(&queue.pop() == &earlier);
    }
  }
  CHECK(queue.empty());
}
