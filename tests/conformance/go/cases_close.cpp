// The twins of cases/close.go: closing channels.

#include <string>

#include "engine/sync/chan.h"
#include "engine/sync/none.h"
#include "engine/sync/shared.h"
#include "engine/sync/wait_group.h"
#include "tests/conformance/go/cases.h"

namespace conformance {

using namespace engine;

namespace {

Task<> close_drains() {
  Chan<int> ch(2);
  co_await ch.send(1);
  co_await ch.send(2);
  ch.close();
  for (int i = 0; i < 4; ++i) {
    const auto got = co_await ch.recv();
    print_received(got);
  }
}

Task<> close_keeps_length() {
  Chan<int> ch(3);
  co_await ch.send(1);
  co_await ch.send(2);
  ch.close();
  println(ch.len(), ch.cap());
  co_await ch.recv();
  println(ch.len(), ch.cap());
}

Task<> close_wakes_receivers() {
  Chan<int> ch;
  WaitGroup group;
  for (int i = 0; i < 3; ++i) {
    group.add(1);
    go([ch, group]() -> Task<> {
      const auto got = co_await ch.recv();
      print_received(got);
      group.done();
    });
  }
  co_await pause();
  ch.close();
  co_await group.wait();
}

Task<> send_on_closed() {
  Chan<int> ch(1);
  ch.close();
  co_await ch.send(1);
}

Task<> send_on_closed_full() {
  Chan<int> ch(1);
  co_await ch.send(1);
  ch.close();
  co_await ch.send(2);
}

Task<> close_under_sender() {
  Chan<int> ch;
  go([ch]() -> Task<> {
    co_await ch.send(1);
    println("never");
  });
  co_await pause();
  ch.close();
  co_await pause();
  println("never");
}

Task<> close_twice() {
  Chan<int> ch;
  ch.close();
  ch.close();
  co_return;
}

Task<> close_nil() {
  Chan<int>::nil().close();
  co_return;
}

Task<> send_two(Chan<int> ch) {
  co_await ch.send(2);
}
Task<> close_drops_waiting_send() {
  Chan<int> ch(1);
  Chan<bool> failed;
  co_await ch.send(1);
  go([ch, failed]() -> Task<> {
    const auto result = co_await recovered(send_two(ch));
    println("recovered:", result.panic);
    co_await failed.send(true);
  });
  co_await pause();
  ch.close();
  co_await failed.recv();
  for (int i = 0; i < 2; ++i) {
    const auto got = co_await ch.recv();
    print_received(got);
  }
}

Task<> close_it(Chan<int> ch) {
  ch.close();
  co_return;
}
Task<> close_recovered() {
  Chan<int> ch;
  ch.close();
  const auto result = co_await recovered(close_it(ch));
  println("recovered:", result.panic);
  const auto got = co_await ch.recv();
  print_received(got);
}

Task<> close_by_another() {
  Chan<int> ch;
  go(close_it, ch);
  const auto got = co_await ch.recv();
  if (!got) println("closed");
}

Task<> range_drains_closed() {
  Chan<std::string> ch(2);
  co_await ch.send("a");
  co_await ch.send("b");
  ch.close();
  while (const auto v = co_await ch.recv()) println(*v);
  println("end");
}

struct Number {
  int n = 0;
};
Task<> zero_of_element() {
  Chan<bool> flags;
  Chan<std::string> texts;
  Chan<Number> points;
  flags.close();
  texts.close();
  points.close();
  const auto text = co_await texts.recv();
  const auto flag = co_await flags.recv();
  const auto point = co_await points.recv();
  println(flag.value_or(false), point.value_or(Number{}).n, '"' + text.value_or("") + '"',
          text.has_value());
}

Task<> close_happens_before_receive() {
  Shared<std::string> text;
  Chan<bool> ch;
  go([text, ch]() -> Task<> {
    co_await text.store("hello");
    ch.close();
  });
  co_await ch.recv();
  const std::string got = co_await text.load();
  println(got);
}

Task<> close_as_gate() {
  Chan<None> gate;
  Chan<int> passed;
  for (int i = 0; i < 10; ++i) {
    go([gate, passed]() -> Task<> {
      co_await gate.recv();
      co_await gate.recv();
      co_await passed.send(1);
    });
  }
  gate.close();
  int sum = 0;
  for (int i = 0; i < 10; ++i) {
    const auto one = co_await passed.recv();
    sum += *one;
  }
  println(sum);
}

constexpr Case kCases[] = {
    {"close_drains", close_drains},
    {"close_keeps_length", close_keeps_length},
    {"close_wakes_receivers", close_wakes_receivers},
    {"send_on_closed", send_on_closed},
    {"send_on_closed_full", send_on_closed_full},
    {"close_under_sender", close_under_sender},
    {"close_twice", close_twice},
    {"close_nil", close_nil},
    {"close_drops_waiting_send", close_drops_waiting_send},
    {"close_recovered", close_recovered},
    {"close_by_another", close_by_another},
    {"range_drains_closed", range_drains_closed},
    {"zero_of_element", zero_of_element},
    {"close_happens_before_receive", close_happens_before_receive},
    {"close_as_gate", close_as_gate},
};

}  // namespace

std::span<const Case> close_cases() {
  return kCases;
}

}  // namespace conformance
