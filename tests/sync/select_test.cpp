#include "engine/sync/select.h"

#include <catch_amalgamated.hpp>
#include <memory>
#include <string>

#include "engine/sync/wait_group.h"
#include "tests/support/schedules.h"

using namespace engine;
using support::check_everywhere;
using support::check_fails_everywhere;

// Each case cites the rule of The Go Programming Language Specification, "Select statements", that
// it tests.

namespace {

Task<> one_ready() {
  const Chan<int64_t> empty;
  const Chan<int64_t> full(1);
  co_await full.send(7);
  auto received = co_await select(empty.recv(), full.recv());
  println(received.index(), *received.get<1>());
  const auto sent = co_await select(empty.recv(), full.send(8));
  println(sent.index(), full.len());
}

Task<> default_case() {
  const Chan<int64_t> ch(1);
  const auto nothing = co_await select(ch.recv(), otherwise());
  println(nothing.index(), ch.len());
  co_await ch.send(1);
  auto received = co_await select(ch.recv(), otherwise());
  println(received.index(), *received.get<0>());
  const auto sent = co_await select(ch.send(2), otherwise());
  const auto full = co_await select(ch.send(3), otherwise());
  println(sent.index(), full.index(), ch.len());
  const Chan<int64_t> unbuffered;
  const auto nobody = co_await select(unbuffered.recv(), unbuffered.send(4), otherwise());
  println(nobody.index());
}

Task<> default_meets_a_waiter() {
  const Chan<int64_t> ch;
  const Chan<int64_t> back;
  WaitGroup wg;
  wg.go([ch]() -> Task<> {
    const auto value = co_await ch.recv();
    println("received", *value);
  });
  wg.go([back]() -> Task<> { co_await back.send(6); });
  co_await sleep_for(1 * kSecond);
  const auto sent = co_await select(ch.send(5), otherwise());
  auto received = co_await select(back.recv(), otherwise());
  co_await wg.wait();
  println(sent.index(), received.index(), *received.get<0>());
}

Task<> nil_channels() {
  const auto nil = Chan<int64_t>::nil();
  const auto nothing = co_await select(nil.recv(), nil.send(1), otherwise());
  println(nothing.index());
  const Chan<int64_t> ch(1);
  for (int64_t i = 0; i < 20; ++i) {
    const auto won = co_await select(nil.recv(), ch.send(i), nil.send(i));
    if (won.index() != 1) println("nil channel proceeded");
    co_await ch.recv();
  }
}

Task<> only_nil_channels() {
  const auto nil = Chan<int64_t>::nil();
  co_await select(nil.recv(), nil.send(1));
}

Task<> no_cases() {
  co_await select();
}

Task<> closed_channels() {
  const Chan<int64_t> ch(2);
  co_await ch.send(1);
  ch.close();
  auto last = co_await select(ch.recv(), Chan<int64_t>::nil().recv());
  auto none = co_await select(ch.recv(), otherwise());
  println(*last.get<0>(), none.index(), none.get<0>().has_value());
}

Task<> closed_while_waiting() {
  const Chan<int64_t> ch;
  const Chan<int64_t> other;
  go([ch]() -> Task<> {
    co_await sleep_for(1 * kSecond);
    ch.close();
  });
  auto won = co_await select(other.recv(), ch.recv());
  println(won.index(), won.get<1>().has_value());
}

Task<> sends_on_closed() {
  const Chan<int64_t> ch;
  ch.close();
  co_await select(ch.send(1), Chan<int64_t>::nil().recv());
}

Task<> sends_on_closed_with_default() {
  const Chan<int64_t> ch;
  ch.close();
  co_await select(ch.send(1), otherwise());
}

Task<> send_waits_while_closed() {
  const Chan<int64_t> ch;
  const Chan<int64_t> other;
  go([ch]() -> Task<> {
    co_await sleep_for(1 * kSecond);
    ch.close();
  });
  co_await select(other.recv(), ch.send(1));
  println("never printed");
}

Task<> recovers_from_a_send() {
  const Chan<int64_t> ch;
  const Chan<int64_t> other;
  go([ch]() -> Task<> {
    co_await sleep_for(1 * kSecond);
    ch.close();
  });
  const auto waits = [](Chan<int64_t> a, Chan<int64_t> b) -> Task<> {
    co_await select(a.recv(), b.send(1));
  };
  const auto result = co_await recovered(waits(other, ch));
  const auto unheard = co_await select(other.send(1), otherwise());
  println(result.panic, unheard.index());
}

// The other cases of a select that has proceeded wait no longer.
Task<> losers_leave() {
  const Chan<int64_t> a;
  const Chan<int64_t> b;
  const Chan<int64_t> c;
  WaitGroup wg;
  wg.go([a, b, c]() -> Task<> {
    auto won = co_await select(a.recv(), b.recv(), c.send(9));
    println("case", won.index(), *won.get<1>());
  });
  co_await sleep_for(1 * kSecond);
  co_await b.send(3);
  const auto sends = co_await select(a.send(1), b.send(2), otherwise());
  const auto receives = co_await select(c.recv(), otherwise());
  co_await wg.wait();
  println(sends.index(), receives.index());
}

// What was not sent is still the sender's: each value arrives exactly once.
Task<> losers_keep_their_values() {
  const Chan<std::unique_ptr<int64_t>> left(1);
  const Chan<std::unique_ptr<int64_t>> right(1);
  const Chan<int64_t> totals(2);
  const auto sum = [](Chan<std::unique_ptr<int64_t>> in, Chan<int64_t> out) -> Task<> {
    int64_t total = 0;
    while (auto value = co_await in.recv()) total += **value;
    co_await out.send(total);
  };
  go(sum, left, totals);
  go(sum, right, totals);
  for (int64_t i = 1; i <= 50; ++i) {
    auto one = std::make_unique<int64_t>(i);
    auto other = std::make_unique<int64_t>(1000 * i);
    const auto won = co_await select(left.send(std::move(one)), right.send(std::move(other)));
    // Evens out which of the two was sent.
    if (won.index() == 0) {
      co_await right.send(std::make_unique<int64_t>(1000 * i));
    } else {
      co_await left.send(std::make_unique<int64_t>(i));
    }
  }
  left.close();
  right.close();
  const auto first = co_await totals.recv();
  const auto second = co_await totals.recv();
  println(*first + *second);
}

Task<> same_channel_buffered() {
  const Chan<int64_t> ch(1);
  for (int64_t i = 0; i < 4; ++i) {
    const auto won = co_await select(ch.send(i), ch.recv());
    println(won.index());
  }
}

// A select does not communicate with itself.
Task<> same_channel_unbuffered() {
  const Chan<int64_t> ch;
  co_await select(ch.send(1), ch.recv());
}

// Two of them do with each other, each value once.
Task<> same_channel_twice() {
  const Chan<int64_t> ch;
  const Chan<int64_t> received(20);
  WaitGroup wg;
  for (int64_t base : {0, 100}) {
    wg.go([ch, received, base]() -> Task<> {
      for (int64_t i = 0; i < 10; ++i) {
        auto won = co_await select(ch.send(base + i), ch.recv());
        if (won.index() == 1) co_await received.send(*won.get<1>());
      }
    });
  }
  co_await wg.wait();
  println(received.len());
}

Task<> duplicate_cases() {
  const Chan<int64_t> ch;
  WaitGroup wg;
  wg.go([ch]() -> Task<> {
    auto won = co_await select(ch.recv(), ch.recv());
    println(won.index() == 0 ? *won.get<0>() : *won.get<1>());
  });
  co_await sleep_for(1 * kSecond);
  co_await ch.send(5);
  co_await wg.wait();
}

}  // namespace

TEST_CASE("a case that can proceed is chosen") {
  check_everywhere(one_ready, "1 7\n1 1\n");
}

TEST_CASE("the default case is chosen only if no other can proceed") {
  check_everywhere(default_case, "1 0\n0 1\n0 1 1\n2\n");
  check_everywhere(default_meets_a_waiter, "received 5\n0 0 6\n");
}

TEST_CASE("a nil channel is never ready") {
  check_everywhere(nil_channels, "2\n");
  check_fails_everywhere(only_nil_channels,
                         std::string(support::kDeadlock) + "goroutine 1 [select]:");
}

TEST_CASE("a select without cases blocks for ever") {
  check_fails_everywhere(no_cases,
                         std::string(support::kDeadlock) + "goroutine 1 [select (no cases)]:");
}

TEST_CASE("a receive from a closed channel proceeds") {
  check_everywhere(closed_channels, "1 0 false\n");
  check_everywhere(closed_while_waiting, "1 false\n");
}

TEST_CASE("a send on a closed channel panics, even beside a default case") {
  const std::string report = "panic: send on closed channel\n\ngoroutine 1 [running]:";
  check_fails_everywhere(sends_on_closed, report);
  check_fails_everywhere(sends_on_closed_with_default, report);
}

TEST_CASE("a send case that waits when its channel is closed panics as itself") {
  check_fails_everywhere(send_waits_while_closed,
                         "panic: send on closed channel\n\ngoroutine 1 [running]:");
  check_everywhere(recovers_from_a_send, "send on closed channel 1\n");
}

TEST_CASE("once a case has proceeded, the others wait no longer") {
  check_everywhere(losers_leave, "case 1 3\n2 1\n");
}

TEST_CASE("a send case that is not chosen leaves its value unsent") {
  check_everywhere(losers_keep_their_values, std::to_string(1001 * 1275) + "\n");
}

TEST_CASE("a select may send to and receive from one channel, but not from itself") {
  check_everywhere(same_channel_buffered, "0\n1\n0\n1\n");
  check_fails_everywhere(same_channel_unbuffered,
                         std::string(support::kDeadlock) + "goroutine 1 [select]:");
  check_everywhere(same_channel_twice, "10\n");
}

TEST_CASE("the same operation may be in several cases") {
  check_everywhere(duplicate_cases, "5\n");
}
