// Pages that an errgroup fetches, a limited number at a time. The first error cancels the group's
// context: pages under way give up, and those that start later do so at once.

#include "engine/sync/chan.h"
#include "engine/sync/context.h"
#include "engine/sync/errgroup.h"
#include "engine/sync/error.h"
#include "engine/sync/select.h"
#include "engine/sync/timer.h"
#include "engine/task/go.h"
#include "engine/task/print.h"
#include "sim/programs/numbers.h"

namespace sim::programs {

using namespace engine;

namespace {

inline constexpr Sentinel kNotFound("not found");

Task<Error> fetch(Context ctx, int64_t page, bool exists) {
  current_goroutine().set_name(numbered("page-", page));
  const Duration takes = 20 * kMillisecond + page * 20 * kMillisecond;
  const auto won = co_await select(after(takes).recv(), ctx.done().recv());
  if (won.index() == 1) {
    println("page", page, "gives up:", ctx.err());
    co_return ctx.err();
  }
  if (!exists) {
    println("page", page, "is missing");
    co_return errorf("page ", page, ": ", kNotFound);
  }
  println("page", page, "is fetched");
  co_return nullptr;
}

}  // namespace

Task<> go_errgroup() {
  const int64_t pages = number_from_env("PAGES", {.otherwise = 6, .least = 0, .most = 100});
  const int64_t limit = number_from_env("LIMIT", {.otherwise = 3, .least = 1, .most = 100});
  const int64_t missing = number_from_env("MISSING", {.otherwise = 2, .least = 0, .most = 100});

  const auto [group, ctx] = errgroup::with_context(background());
  group.set_limit(limit);
  Chan<int64_t> over(static_cast<uint32_t>(pages), "over");
  for (int64_t page = 1; page <= pages; ++page) {
    const auto work = [over, ctx, page, missing]() -> Task<Error> {
      const Error error = co_await fetch(ctx, page, page != missing);
      co_await over.send(page);
      co_return error;
    };
    co_await group.go(work);
  }

  const Error error = co_await group.wait();
  println("pages over:", over.len());
  println("first error:", error);
  println("cause:", cause(ctx));
}

}  // namespace sim::programs
