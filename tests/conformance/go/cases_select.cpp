// The twins of cases/select.go.

#include "engine/sync/select.h"

#include <string>

#include "engine/sync/chan.h"
#include "engine/sync/timer.h"
#include "tests/conformance/go/cases.h"

namespace conformance {

using namespace engine;

namespace {

Task<> select_default() {
  Chan<int> ch;
  auto won = co_await select(ch.recv(), ch.send(1), otherwise());
  println(won.index() == 0 ? "received" : won.index() == 1 ? "sent" : "default");
}

Task<> select_ready_beats_default() {
  Chan<int> ch(1);
  co_await ch.send(5);
  auto won = co_await select(ch.recv(), otherwise());
  if (won.index() == 0) {
    println("received", *won.get<0>());
  } else {
    println("default");
  }
}

Task<> select_waits() {
  Chan<int> a, b;
  go([b]() -> Task<> {
    co_await pause();
    println("sending");
    co_await b.send(3);
  });
  auto won = co_await select(a.recv(), b.recv());
  if (won.index() == 0) {
    println("first", *won.get<0>());
  } else {
    println("second", *won.get<1>());
  }
}

Task<> select_empty() {
  co_await select();
}

Task<> select_only_nil() {
  const auto a = Chan<int>::nil(), b = Chan<int>::nil();
  auto won = co_await select(a.recv(), b.send(1));
  println(won.index() == 0 ? "received" : "sent");
}

Task<> select_nil_default() {
  const auto a = Chan<int>::nil(), b = Chan<int>::nil();
  auto won = co_await select(a.recv(), b.send(1), otherwise());
  println(won.index() == 0 ? "received" : won.index() == 1 ? "sent" : "default");
}

Task<> deadlock_select() {
  Chan<int> a, b;
  co_await select(a.recv(), b.send(1));
}

Task<> select_one_case() {
  Chan<int> a, b;
  go([b]() -> Task<> { co_await select(b.send(1)); });
  go([]() -> Task<> {
    const auto none = Chan<int>::nil();
    co_await select(none.recv());
  });
  co_await select(a.recv());
}

Task<> select_both_sides_of_one_channel() {
  Chan<int> ch;
  auto won = co_await select(ch.send(1), ch.recv());
  println(won.index() == 0 ? "sent" : "received");
}

Task<> select_is_fair() {
  Chan<int> a, b, c;
  a.close();
  b.close();
  c.close();
  int counts[3] = {};
  for (int i = 0; i < 2000; ++i) {
    const auto won = co_await select(a.recv(), b.recv(), c.recv());
    ++counts[won.index()];
  }
  println(counts[0] + counts[1] + counts[2], counts[0] > 400, counts[1] > 400, counts[2] > 400);
}

Task<> select_mixes_sends_and_receives() {
  Chan<int> in, out(1000);
  in.close();
  int received = 0, sent = 0;
  for (int i = 0; i < 1000; ++i) {
    const auto won = co_await select(in.recv(), out.send(1));
    ++(won.index() == 0 ? received : sent);
  }
  println(received > 300, sent > 300);
}

Task<> select_closed() {
  Chan<int> closed, open;
  closed.close();
  for (int i = 0; i < 2; ++i) {
    auto won = co_await select(closed.recv(), open.recv());
    if (won.index() == 0) {
      print_received(won.get<0>());
    } else {
      println("open");
    }
  }
}

Task<> select_send_on_closed() {
  Chan<int> closed;
  closed.close();
  auto won = co_await select(closed.send(1), otherwise());
  println(won.index() == 0 ? "sent" : "default");
}

Task<> select_send_closed_while_waiting() {
  Chan<int> a, b;
  go([b]() -> Task<> {
    co_await pause();
    b.close();
  });
  co_await select(a.recv(), b.send(1));
  println("never");
}

Task<> select_closed_while_waiting() {
  Chan<int> a, b;
  go([a]() -> Task<> {
    co_await pause();
    a.close();
  });
  auto won = co_await select(a.recv(), b.send(1));
  if (won.index() == 0) {
    print_received(won.get<0>());
  } else {
    println("sent");
  }
}

Task<> select_nil_disables_case() {
  Chan<int> a(2), b(1);
  co_await a.send(1);
  co_await a.send(2);
  co_await b.send(3);
  a.close();
  b.close();
  while (!a.is_nil() || !b.is_nil()) {
    auto won = co_await select(a.recv(), b.recv());
    if (won.index() == 0) {
      if (won.get<0>()) {
        println("a", *won.get<0>());
      } else {
        a = Chan<int>::nil();
      }
    } else if (won.get<1>()) {
      println("b", *won.get<1>());
    } else {
      b = Chan<int>::nil();
    }
  }
}

Chan<int> named_channel(const char* name, Chan<int> ch) {
  println("channel", name);
  return ch;
}
int counted_value() {
  println("value");
  return 2;
}
Task<> select_evaluates_operands() {
  Chan<int> a(1), full;
  co_await a.send(1);
  const Chan<int> first = named_channel("a", a);
  const Chan<int> second = named_channel("b", full);
  const int value = counted_value();
  auto won = co_await select(first.recv(), second.send(value));
  if (won.index() == 0) {
    println("received", *won.get<0>());
  } else {
    println("sent");
  }
}

Task<> select_loser_does_nothing() {
  Chan<int> in(1), out, other(1);
  co_await in.send(1);
  co_await other.send(9);
  const auto none = Chan<int>::nil();
  auto won = co_await select(in.recv(), out.send(2), none.recv());
  if (won.index() == 0) {
    println("chosen", *won.get<0>());
  } else {
    println(won.index() == 1 ? "sent" : "nil");
  }
  println(in.len(), other.len());
}

Task<> select_same_channel_twice() {
  Chan<int> ch;
  go([ch]() -> Task<> { co_await ch.send(4); });
  auto won = co_await select(ch.recv(), ch.recv());
  println("received", won.index() == 0 ? *won.get<0>() : *won.get<1>());
  auto more = co_await select(ch.recv(), otherwise());
  println(more.index() == 0 ? "again" : "empty");
}

Task<> select_send_to_waiting() {
  Chan<int> ch;
  Chan<bool> done;
  go([ch, done]() -> Task<> {
    const auto v = co_await ch.recv();
    co_await pause();
    println("received", *v);
    co_await done.send(true);
  });
  co_await pause();
  auto won = co_await select(ch.send(6), otherwise());
  println(won.index() == 0 ? "sent" : "default");
  co_await done.recv();
}

Task<> select_receive_from_waiting() {
  Chan<int> ch;
  go([ch]() -> Task<> { co_await ch.send(8); });
  co_await pause();
  auto won = co_await select(ch.recv(), otherwise());
  if (won.index() == 0) {
    println("received", *won.get<0>());
  } else {
    println("default");
  }
}

Task<> select_meets_select() {
  Chan<int> ch, never;
  Chan<bool> done;
  go([ch, never, done]() -> Task<> {
    const auto won = co_await select(ch.send(1), never.recv());
    if (won.index() == 0) {
      co_await done.recv();
      println("sent");
    } else {
      println("never");
    }
    co_await done.send(true);
  });
  const auto none = Chan<int>::nil();
  auto won = co_await select(ch.recv(), none.send(2));
  if (won.index() == 0) {
    println("received", *won.get<0>());
  } else {
    println("never");
  }
  co_await done.send(true);
  co_await done.recv();
}

Task<> select_wakes_one() {
  Chan<int> ch, never, woken(3);
  for (int i = 0; i < 3; ++i) {
    go([ch, never, woken]() -> Task<> {
      co_await select(ch.recv(), never.recv());
      co_await woken.send(1);
    });
  }
  co_await pause();
  co_await ch.send(1);
  co_await pause();
  println("woken", woken.len());
  never.close();
  co_await pause();
  println("woken", woken.len());
}

Task<> select_leaves_other_queues() {
  Chan<int> a, b;
  Chan<bool> done;
  go([a, b, done]() -> Task<> {
    const auto won = co_await select(a.recv(), b.recv());
    println(won.index() == 0 ? "first" : "second");
    co_await done.send(true);
  });
  co_await pause();
  co_await a.send(1);
  co_await done.recv();
  const auto won = co_await select(b.send(2), otherwise());
  println(won.index() == 0 ? "somebody" : "nobody");
}

Task<> select_drops_when_full() {
  Chan<int> ch(3);
  int kept = 0, dropped = 0;
  for (int i = 0; i < 10; ++i) {
    const auto won = co_await select(ch.send(i), otherwise());
    ++(won.index() == 0 ? kept : dropped);
  }
  println(kept, "kept,", dropped, "dropped");
}

Task<> select_timeout() {
  Chan<int> ch;
  const auto late = after(30 * kMillisecond);
  const auto won = co_await select(ch.recv(), late.recv());
  println(won.index() == 0 ? "received" : "timed out");
}

Task<> select_before_timeout() {
  Chan<int> ch;
  go([ch]() -> Task<> {
    co_await pause();
    co_await ch.send(1);
  });
  const auto late = after(10 * kSecond);
  auto won = co_await select(ch.recv(), late.recv());
  if (won.index() == 0) {
    println("received", *won.get<0>());
  } else {
    println("timed out");
  }
}

Task<> select_loop_until_quit() {
  Chan<int> numbers;
  Chan<bool> quit;
  Chan<std::string> text;
  go([numbers, quit, text]() -> Task<> {
    std::string line;
    for (int i = 0; i < 6; ++i) {
      const auto number = co_await numbers.recv();
      if (i > 0) line += ' ';
      append_operand(line, *number);
    }
    quit.close();
    co_await text.send(line);
  });
  int x = 0, y = 1;
  while (true) {
    const auto won = co_await select(numbers.send(x), quit.recv());
    if (won.index() == 1) break;
    const int next = x + y;
    x = y;
    y = next;
  }
  const auto line = co_await text.recv();
  println(*line);
}

constexpr Case kCases[] = {
    {"select_default", select_default},
    {"select_ready_beats_default", select_ready_beats_default},
    {"select_waits", select_waits},
    {"select_empty", select_empty},
    {"select_only_nil", select_only_nil},
    {"select_nil_default", select_nil_default},
    {"deadlock_select", deadlock_select},
    {"select_one_case", select_one_case},
    {"select_both_sides_of_one_channel", select_both_sides_of_one_channel},
    {"select_is_fair", select_is_fair},
    {"select_mixes_sends_and_receives", select_mixes_sends_and_receives},
    {"select_closed", select_closed},
    {"select_send_on_closed", select_send_on_closed},
    {"select_send_closed_while_waiting", select_send_closed_while_waiting},
    {"select_closed_while_waiting", select_closed_while_waiting},
    {"select_nil_disables_case", select_nil_disables_case},
    {"select_evaluates_operands", select_evaluates_operands},
    {"select_loser_does_nothing", select_loser_does_nothing},
    {"select_same_channel_twice", select_same_channel_twice},
    {"select_send_to_waiting", select_send_to_waiting},
    {"select_receive_from_waiting", select_receive_from_waiting},
    {"select_meets_select", select_meets_select},
    {"select_wakes_one", select_wakes_one},
    {"select_leaves_other_queues", select_leaves_other_queues},
    {"select_drops_when_full", select_drops_when_full},
    {"select_timeout", select_timeout},
    {"select_before_timeout", select_before_timeout},
    {"select_loop_until_quit", select_loop_until_quit},
};

}  // namespace

std::span<const Case> select_cases() {
  return kCases;
}

}  // namespace conformance
