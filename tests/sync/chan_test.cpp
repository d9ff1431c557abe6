#include "engine/sync/chan.h"

#include <catch_amalgamated.hpp>
#include <memory>

#include "engine/sync/wait_group.h"
#include "tests/support/simulate.h"

using namespace engine;
using support::simulate;

// Each case cites the rule of The Go Programming Language Specification that it tests.

namespace {

Task<> unbuffered() {
  Chan<int64_t> ch;
  go([ch]() -> Task<> {
    println("sending");
    co_await ch.send(1);
    println("sent");
  });
  co_await sleep_for(1 * kSecond);
  println("receiving");
  const auto value = co_await ch.recv();
  println("received", *value);
  co_await sleep_for(1 * kSecond);
}

Task<> buffered() {
  Chan<int64_t> ch(2);
  co_await ch.send(1);
  co_await ch.send(2);
  println("two sends did not block", ch.len(), ch.cap());
  go([ch]() -> Task<> {
    co_await ch.send(3);
    println("third went in");
  });
  co_await sleep_for(1 * kSecond);
  for (int i = 0; i < 3; ++i) {
    const auto value = co_await ch.recv();
    println(*value);
  }
  co_await gosched();
}

Task<> closed() {
  Chan<int64_t> ch(3);
  co_await ch.send(1);
  co_await ch.send(2);
  ch.close();
  while (auto value = co_await ch.recv()) println(*value);
  const auto again = co_await ch.recv();
  println(again.has_value());
}

Task<> close_wakes_receivers() {
  Chan<int64_t> ch;
  WaitGroup wg;
  wg.add(3);
  for (int64_t i = 0; i < 3; ++i) {
    go([ch, wg, i]() -> Task<> {
      const auto value = co_await ch.recv();
      println("receiver", i, value.has_value());
      wg.done();
    });
  }
  co_await gosched();
  ch.close();
  co_await wg.wait();
}

Task<> send_on_closed() {
  Chan<int64_t> ch(1);
  ch.close();
  co_await ch.send(1);
}

Task<> close_under_a_waiting_sender() {
  Chan<int64_t> ch;
  go([ch]() -> Task<> { co_await ch.send(1); });
  co_await gosched();
  ch.close();
  co_await gosched();
  println("never printed");
}

Task<> arrival_order() {
  Chan<int64_t> ch;
  WaitGroup wg;
  wg.add(4);
  for (int64_t i = 0; i < 4; ++i) {
    go([ch, wg, i]() -> Task<> {
      const auto value = co_await ch.recv();
      println("receiver", i, "gets", *value);
      wg.done();
    });
  }
  co_await gosched();
  for (int64_t value = 10; value < 14; ++value) co_await ch.send(value);
  co_await wg.wait();
}

Task<> senders_in_order() {
  Chan<int64_t> ch(1);
  for (int64_t i = 0; i < 5; ++i) {
    go([ch, i]() -> Task<> { co_await ch.send(i); });
  }
  co_await sleep_for(1 * kSecond);
  for (int64_t i = 0; i < 5; ++i) {
    const auto value = co_await ch.recv();
    println(*value);
  }
}

Task<> move_only() {
  Chan<std::unique_ptr<int64_t>> ch(1);
  co_await ch.send(std::make_unique<int64_t>(5));
  const auto value = co_await ch.recv();
  println(**value);
}

Task<> strings() {
  Chan<std::string> ch(4);
  go([ch]() -> Task<> {
    for (int64_t i = 0; i < 100; ++i) {
      std::string text = "a string that is too long for the small buffer: ";
      append_operand(text, i);
      co_await ch.send(text);
    }
    ch.close();
  });
  int64_t count = 0;
  size_t last = 0;
  while (auto text = co_await ch.recv()) {
    ++count;
    last = text->size();
  }
  println(count, last);
}

Task<> every_value_once() {
  Chan<int64_t> ch(3);
  Chan<int64_t> sums(10);
  WaitGroup producers;
  producers.add(5);
  for (int64_t p = 0; p < 5; ++p) {
    go([ch, producers, p]() -> Task<> {
      for (int64_t i = 0; i < 20; ++i) co_await ch.send(p * 20 + i);
      producers.done();
    });
  }
  for (int64_t c = 0; c < 4; ++c) {
    go([ch, sums]() -> Task<> {
      int64_t sum = 0;
      while (auto value = co_await ch.recv()) sum += *value;
      co_await sums.send(sum);
    });
  }
  co_await producers.wait();
  ch.close();
  int64_t total = 0;
  for (int64_t c = 0; c < 4; ++c) {
    const auto sum = co_await sums.recv();
    total += *sum;
  }
  println(total);
}

}  // namespace

TEST_CASE("Send statements: an unbuffered send proceeds when a receiver is ready") {
  CHECK(simulate(unbuffered).out == "sending\nreceiving\nreceived 1\nsent\n");
}

TEST_CASE("Send statements: a buffered send proceeds while there is room") {
  CHECK(simulate(buffered).out == "two sends did not block 2 2\n1\n2\n3\nthird went in\n");
}

TEST_CASE("Receive operator: a closed channel drains, then gives nothing without blocking") {
  CHECK(simulate(closed).out == "1\n2\nfalse\n");
}

TEST_CASE("Close: every waiting receiver wakes, in the order they came") {
  CHECK(simulate(close_wakes_receivers).out ==
        "receiver 0 false\nreceiver 1 false\nreceiver 2 false\n");
}

TEST_CASE("Send statements: a send on a closed channel panics") {
  CHECK_THAT(
      simulate(send_on_closed).err,
      Catch::Matchers::StartsWith("panic: send on closed channel\n\ngoroutine 1 [running]:"));
}

TEST_CASE("Close: a sender that waits when the channel is closed panics as itself") {
  const auto outcome = simulate(close_under_a_waiting_sender);
  CHECK(outcome.out.empty());
  CHECK_THAT(outcome.err, Catch::Matchers::StartsWith(
                              "panic: send on closed channel\n\ngoroutine 2 [running]:"));
}

TEST_CASE("Channel types: receivers are served in the order they came") {
  CHECK(simulate(arrival_order).out ==
        "receiver 0 gets 10\nreceiver 1 gets 11\nreceiver 2 gets 12\nreceiver 3 gets 13\n");
}

TEST_CASE("Channel types: values are received in the order sent, waiting senders included") {
  CHECK(simulate(senders_in_order).out == "0\n1\n2\n3\n4\n");
}

TEST_CASE("a channel carries values that can only be moved") {
  CHECK(simulate(move_only).out == "5\n");
}

TEST_CASE("a channel carries strings") {
  CHECK(simulate(strings).out == "100 50\n");
}

TEST_CASE("every value sent is received exactly once, on any schedule") {
  for (uint64_t seed = 1; seed <= 100; ++seed) {
    CAPTURE(seed);
    REQUIRE(simulate(every_value_once, support::with_policy(Policy::kRandom, seed)).out ==
            "4950\n");
  }
}
