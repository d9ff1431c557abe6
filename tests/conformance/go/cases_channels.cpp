// The twins of cases/channels.go: sending, receiving, ranging, waiting for ever.

#include <algorithm>
#include <array>
#include <string>

#include "engine/sync/chan.h"
#include "engine/sync/mutex.h"
#include "engine/sync/select.h"
#include "engine/sync/shared.h"
#include "engine/sync/wait_group.h"
#include "tests/conformance/go/cases.h"

namespace conformance {

using namespace engine;

namespace {

Task<> go_evaluates_arguments() {
  Chan<int> done;
  int x = 1;
  go([](Chan<int> ch, int v) -> Task<> { co_await ch.send(v); }, done, x);
  x = 2;
  const auto got = co_await done.recv();
  println(*got);
}

Task<> go_does_not_wait() {
  Chan<bool> gate, done;
  go([gate, done]() -> Task<> {
    co_await gate.recv();
    println("goroutine");
    co_await done.send(true);
  });
  println("caller");
  co_await gate.send(true);
  co_await done.recv();
}

Task<> go_many() {
  Chan<int> results;
  for (int i = 1; i <= 100; ++i) {
    go([results, i]() -> Task<> { co_await results.send(i); });
  }
  int sum = 0;
  for (int i = 0; i < 100; ++i) {
    const auto got = co_await results.recv();
    sum += *got;
  }
  println(sum);
}

Task<> unbuffered_send_waits() {
  Chan<int> ch;
  Chan<bool> sent;
  go([ch, sent]() -> Task<> {
    co_await ch.send(1);
    co_await sent.send(true);
  });
  co_await pause();
  auto won = co_await select(sent.recv(), otherwise());
  if (won.index() == 0) println("sent too early");
  println("receiving");
  const auto got = co_await ch.recv();
  println("received", *got);
  co_await sent.recv();
  println("sent");
}

Task<> receive_waits() {
  Chan<int> ch;
  Chan<bool> done;
  go([ch, done]() -> Task<> {
    const auto got = co_await ch.recv();
    println("received", *got);
    co_await done.send(true);
  });
  co_await pause();
  println("sending");
  co_await ch.send(7);
  co_await done.recv();
}

Task<> buffered_send_does_not_wait() {
  Chan<int> ch(2);
  co_await ch.send(1);
  co_await ch.send(2);
  println(ch.len(), ch.cap());
}

Task<> buffered_send_waits_when_full() {
  Chan<int> ch(1);
  Chan<bool> in;
  co_await ch.send(1);
  go([ch, in]() -> Task<> {
    co_await ch.send(2);
    co_await in.send(true);
  });
  co_await pause();
  println("full", ch.len());
  const auto got = co_await ch.recv();
  println(*got);
  co_await in.recv();
  println("third is in", ch.len());
}

Task<> channels_are_fifo() {
  for (const uint32_t capacity : {0U, 3U}) {
    Chan<int> ch(capacity);
    go([ch]() -> Task<> {
      for (int i = 0; i < 8; ++i) co_await ch.send(i);
      ch.close();
    });
    std::string line;
    while (const auto v = co_await ch.recv()) {
      if (!line.empty()) line += ' ';
      append_operand(line, *v);
    }
    println(line);
  }
}

Task<> waiting_senders_in_order() {
  Chan<std::string> ch(1);
  co_await ch.send("0");
  for (const char* name : {"a", "b"}) {
    go([ch, name]() -> Task<> { co_await ch.send(name); });
    co_await pause();
  }
  const auto first = co_await ch.recv();
  const auto second = co_await ch.recv();
  const auto third = co_await ch.recv();
  println(*first, *second, *third);
}

Task<> waiting_receivers_in_order() {
  Chan<int> ch;
  Shared<std::array<int, 3>> got;
  WaitGroup group;
  for (size_t i = 0; i < 3; ++i) {
    group.add(1);
    go([ch, got, group, i]() -> Task<> {
      const auto value = co_await ch.recv();
      auto all = co_await got.load();
      all[i] = *value;
      co_await got.store(all);
      group.done();
    });
    co_await pause();
  }
  for (int i = 0; i < 3; ++i) {
    co_await ch.send(10 + i);
    co_await pause();  // `got` has no lock of its own
  }
  co_await group.wait();
  const auto all = co_await got.load();
  std::string text = "[";
  for (const int value : all) {
    if (text.size() > 1) text += ' ';
    append_operand(text, value);
  }
  println(text + "]");
}

Task<Chan<int>> evaluated_channel(Chan<int> ch) {
  println("channel");
  co_return ch;
}
Task<int> evaluated_value() {
  println("value");
  co_return 3;
}
Task<> send_evaluates_first() {
  Chan<int> ch;
  go([ch]() -> Task<> {
    const Chan<int> channel = co_await evaluated_channel(ch);
    const int value = co_await evaluated_value();
    co_await channel.send(value);
  });
  co_await pause();
  const auto got = co_await ch.recv();
  println(*got);
}

struct Point {
  int x = 0, y = 0;
};
Task<> send_copies() {
  Chan<Point> ch(1);
  Point p{1, 2};
  co_await ch.send(p);
  p.x = 9;
  const auto got = co_await ch.recv();
  println(got->x, got->y);
}

Task<> channel_of_channels() {
  Chan<Chan<int>> requests;
  go([requests]() -> Task<> {
    const auto reply = co_await requests.recv();
    co_await reply->send(42);
  });
  Chan<int> reply;
  co_await requests.send(reply);
  const auto got = co_await reply.recv();
  println(*got);
}

Task<> channel_equality() {
  Chan<int> a, b;
  const Chan<int> same = a;
  const auto none = Chan<int>::nil(), nothing = Chan<int>::nil();
  println(a == same, a == b, none == nothing, a == none);
  co_return;
}

Task<> len_and_cap() {
  Chan<int> ch(3);
  println(ch.len(), ch.cap());
  co_await ch.send(1);
  co_await ch.send(2);
  println(ch.len(), ch.cap());
  co_await ch.recv();
  println(ch.len(), ch.cap());
  const auto none = Chan<int>::nil();
  println(none.len(), none.cap());
}

Task<> range_until_close() {
  Chan<int> ch;
  go([ch]() -> Task<> {
    for (int i = 1; i <= 3; ++i) co_await ch.send(i);
    ch.close();
  });
  while (const auto v = co_await ch.recv()) println(*v);
  println("end");
}

Task<> range_over_nil() {
  const auto ch = Chan<int>::nil();
  while (co_await ch.recv()) println("never");
}

Task<> range_without_close() {
  Chan<int> ch(1);
  co_await ch.send(1);
  while (const auto v = co_await ch.recv()) println(*v);
}

Task<> nil_send() {
  co_await Chan<int>::nil().send(1);
}

Task<> nil_receive() {
  co_await Chan<int>::nil().recv();
}

Task<> deadlock_send() {
  Chan<int> ch;
  co_await ch.send(1);
}

Task<> deadlock_receive() {
  Chan<int> ch;
  co_await ch.recv();
}

Task<> deadlock_lists_all() {
  WaitGroup group;
  group.add(3);
  Chan<int> full, empty;
  go([group, full]() -> Task<> {
    const Defer done([&] { group.done(); });
    co_await full.send(1);
  });
  go([group, empty]() -> Task<> {
    const Defer done([&] { group.done(); });
    co_await empty.recv();
  });
  go([group]() -> Task<> {
    const Defer done([&] { group.done(); });
    co_await Chan<int>::nil().recv();
  });
  co_await group.wait();
}

Task<> deadlock_after_sleep() {
  Chan<int> ch;
  go([]() -> Task<> {
    co_await sleep_for(30 * kMillisecond);
    println("awake");
  });
  co_await ch.recv();
}

Task<> every_value_once() {
  Chan<int> ch(3), sums, counts;
  WaitGroup producers;
  for (int p = 0; p < 5; ++p) {
    producers.add(1);
    go([ch, producers, p]() -> Task<> {
      const Defer done([&] { producers.done(); });
      for (int i = 0; i < 20; ++i) co_await ch.send(p * 20 + i);
    });
  }
  for (int c = 0; c < 3; ++c) {
    go([ch, sums, counts]() -> Task<> {
      int sum = 0, count = 0;
      while (const auto v = co_await ch.recv()) {
        sum += *v;
        ++count;
      }
      co_await sums.send(sum);
      co_await counts.send(count);
    });
  }
  co_await producers.wait();
  ch.close();
  int sum = 0, count = 0;
  for (int c = 0; c < 3; ++c) {
    const auto more = co_await sums.recv();
    const auto number = co_await counts.recv();
    sum += *more;
    count += *number;
  }
  println(sum, count);
}

Task<> send_happens_before_receive() {
  Shared<std::string> text;
  Chan<bool> ch(10);
  go([text, ch]() -> Task<> {
    co_await text.store("hello");
    co_await ch.send(true);
  });
  co_await ch.recv();
  const std::string got = co_await text.load();
  println(got);
}

Task<> receive_happens_before_send() {
  Shared<std::string> text;
  Chan<bool> ch;
  go([text, ch]() -> Task<> {
    co_await text.store("hello");
    co_await ch.recv();
  });
  co_await ch.send(true);
  const std::string got = co_await text.load();
  println(got);
}

struct Activity {
  int active = 0, most = 0, all = 0;
};
Task<> buffer_as_semaphore() {
  Chan<bool> limit(2);
  Mutex mutex;
  WaitGroup group;
  Shared<Activity> activity;
  for (int i = 0; i < 6; ++i) {
    group.add(1);
    go([limit, mutex, group, activity]() -> Task<> {
      const Defer done([&] { group.done(); });
      co_await limit.send(true);
      co_await mutex.lock();
      Activity now = co_await activity.load();
      ++now.active;
      ++now.all;
      now.most = std::max(now.most, now.active);
      co_await activity.store(now);
      mutex.unlock();
      co_await pause();
      co_await mutex.lock();
      now = co_await activity.load();
      --now.active;
      co_await activity.store(now);
      mutex.unlock();
      co_await limit.recv();
    });
  }
  co_await group.wait();
  const Activity now = co_await activity.load();
  println(now.most, "at most,", now.all, "in all");
}

constexpr Case kCases[] = {
    {"go_evaluates_arguments", go_evaluates_arguments},
    {"go_does_not_wait", go_does_not_wait},
    {"go_many", go_many},
    {"unbuffered_send_waits", unbuffered_send_waits},
    {"receive_waits", receive_waits},
    {"buffered_send_does_not_wait", buffered_send_does_not_wait},
    {"buffered_send_waits_when_full", buffered_send_waits_when_full},
    {"channels_are_fifo", channels_are_fifo},
    {"waiting_senders_in_order", waiting_senders_in_order},
    {"waiting_receivers_in_order", waiting_receivers_in_order},
    {"send_evaluates_first", send_evaluates_first},
    {"send_copies", send_copies},
    {"channel_of_channels", channel_of_channels},
    {"channel_equality", channel_equality},
    {"len_and_cap", len_and_cap},
    {"range_until_close", range_until_close},
    {"range_over_nil", range_over_nil},
    {"range_without_close", range_without_close},
    {"nil_send", nil_send},
    {"nil_receive", nil_receive},
    {"deadlock_send", deadlock_send},
    {"deadlock_receive", deadlock_receive},
    {"deadlock_lists_all", deadlock_lists_all},
    {"deadlock_after_sleep", deadlock_after_sleep},
    {"every_value_once", every_value_once},
    {"send_happens_before_receive", send_happens_before_receive},
    {"receive_happens_before_send", receive_happens_before_send},
    {"buffer_as_semaphore", buffer_as_semaphore},
};

}  // namespace

std::span<const Case> channel_cases() {
  return kCases;
}

}  // namespace conformance
