// One goroutine that listens to two sources with select: with a default case, then with a timeout.
// When nothing has come for that long it closes a channel, which tells the sources to stop.

#include "engine/sync/chan.h"
#include "engine/sync/none.h"
#include "engine/sync/select.h"
#include "engine/sync/timer.h"
#include "engine/sync/wait_group.h"
#include "engine/task/go.h"
#include "engine/task/print.h"
#include "sim/programs/numbers.h"

namespace sim::programs {

using namespace engine;

namespace {

struct Source {
  std::string name;
  int64_t items;
  Duration every;
  Chan<int64_t> out;
};

Task<> produce(Source source, Chan<None> quit, WaitGroup wg) {
  Defer done([&] { wg.done(); });
  int64_t sent = 0;
  while (sent < source.items) {
    co_await sleep_for(source.every);
    const auto won = co_await select(source.out.send(sent + 1), quit.recv());
    if (won.index() == 1) break;
    ++sent;
  }
  co_await quit.recv();  // closed, so each receive from it succeeds
  println(source.name, "stops after", sent);
}

}  // namespace

Task<> go_select() {
  const int64_t timeout_ms =
      number_from_env("TIMEOUT_MS", {.otherwise = 100, .least = 1, .most = 999});
  const Source news{.name = "news",
                    .items = number_from_env("NEWS", {.otherwise = 3, .least = 0, .most = 1000}),
                    .every = 20 * kMillisecond,
                    .out = Chan<int64_t>(0, "news")};
  const Source mail{.name = "mail",
                    .items = number_from_env("MAIL", {.otherwise = 2, .least = 0, .most = 1000}),
                    .every = 30 * kMillisecond,
                    .out = Chan<int64_t>(0, "mail")};
  const Chan<None> quit(0, "quit");
  WaitGroup wg("wg");
  wg.add(2);
  go(produce, news, quit, wg).set_name("news");
  go(produce, mail, quit, wg).set_name("mail");

  auto polled = co_await select(news.out.recv(), mail.out.recv(), otherwise());
  if (polled.index() == 2) println("nothing yet");

  co_await sleep_for(50 * kMillisecond);  // main is busy; meanwhile both sources come to wait
  const Duration timeout = timeout_ms * kMillisecond;
  for (bool listening = true; listening;) {
    auto won = co_await select(news.out.recv(), mail.out.recv(), after(timeout).recv());
    switch (won.index()) {
      case 0:
        println("news:", *won.get<0>());
        break;
      case 1:
        println("mail:", *won.get<1>());
        break;
      default:
        println("nothing for", timeout);
        listening = false;
    }
  }

  quit.close();
  co_await wg.wait();
}

}  // namespace sim::programs
