// Two requests, each a tree of calls that share a context. The first runs into its deadline, the
// second is cancelled with a cause: the user leaves. Each call learns of it through its context, if
// it listens; LISTENS=false makes one that does not.

#include "engine/sync/chan.h"
#include "engine/sync/context.h"
#include "engine/sync/error.h"
#include "engine/sync/select.h"
#include "engine/sync/timer.h"
#include "engine/sync/wait_group.h"
#include "engine/task/go.h"
#include "engine/task/print.h"
#include "sim/programs/numbers.h"

namespace sim::programs {

using namespace engine;

namespace {

struct Settings {
  Duration deadline;  // of a request
  Duration database;  // how long a query takes
  Duration leaves;    // when the user of the second request leaves
  bool listens;       // whether a query heeds its context
};

struct Call {
  std::string_view name;
  Duration takes;
  bool listens = true;
};

Task<Error> call(Context ctx, Call what) {
  if (what.listens) {
    const auto won = co_await select(after(what.takes).recv(), ctx.done().recv());
    if (won.index() == 1) {
      println(what.name, "gives up:", ctx.err(), "because", cause(ctx));
      co_return ctx.err();
    }
  } else {
    co_await sleep_for(what.takes);
  }
  println(what.name, "is done");
  co_return nullptr;
}

Task<> ask_cache(Context parent, WaitGroup wg) {
  Defer done([&] { wg.done(); });
  const auto [ctx, cancel] =
      with_timeout_cause(parent, 20 * kMillisecond, errors_new("the cache is slow"), "cache");
  Defer cancelled([&] { cancel(); });
  const Call lookup{.name = "cache", .takes = 60 * kMillisecond};
  co_await call(ctx, lookup);
}

Task<> ask_database(Context parent, WaitGroup wg, Call query) {
  Defer done([&] { wg.done(); });
  const auto [ctx, cancel] = with_timeout(parent, 10 * kSecond, "database");
  Defer cancelled([&] { cancel(); });
  co_await call(ctx, query);
}

Task<Error> handle(Context parent, Settings settings) {
  const auto [ctx, cancel] = with_timeout(parent, settings.deadline, "request");
  Defer cancelled([&] { cancel(); });
  WaitGroup wg("wg");
  wg.add(2);
  go(ask_cache, ctx, wg).set_name("cache");
  const Call query{.name = "database", .takes = settings.database, .listens = settings.listens};
  go(ask_database, ctx, wg, query).set_name("database");
  co_await wg.wait();
  const Call render{.name = "page", .takes = 60 * kMillisecond};
  const Error error = co_await call(ctx, render);
  co_return error;
}

Task<> report(std::string_view name, Error error, bool in_time) {
  println(name, "ends with:", error);
  println(name, in_time ? "was over in time" : "was late");
  co_return;
}

}  // namespace

Task<> go_context() {
  const auto duration = [](std::string_view name, int64_t otherwise) {
    const Limits limits{.otherwise = otherwise, .least = 1, .most = 9000};
    return number_from_env(name, limits) * kMillisecond;
  };
  const Settings settings{.deadline = duration("DEADLINE_MS", 120),
                          .database = duration("DATABASE_MS", 80),
                          .leaves = duration("LEAVES_MS", 50),
                          .listens = current_process().env_bool("LISTENS", true)};

  Instant began = now();
  Error error = co_await handle(background(), settings);
  co_await report("request 1", error, since(began) <= settings.deadline);

  const auto [user, leave] = with_cancel_cause(background(), "user");
  go([user, leave, settings]() -> Task<> {
    co_await sleep_for(settings.leaves);
    leave(errors_new("the user has left"));
  }).set_name("user");
  began = now();
  error = co_await handle(user, settings);
  co_await report("request 2", error, since(began) <= std::min(settings.leaves, settings.deadline));
}

}  // namespace sim::programs
