// A web server as services have them: it takes time to warm up, works for each request, and is told
// to end. Port 8080: / is the service, /ready says whether it is warm, /alive that it runs.
//
// WARM_UP_MS: how long it answers 503 at first. WORK_MS: processor time of a request. DRAIN: on
// SIGTERM lets running requests end; without it, exits at once. CRASH_AFTER_MS: exits with 1.
// GROW_MB: how much memory it takes each second. VERSION: what it calls itself.

#include "engine/sync/wait_group.h"
#include "engine/task/print.h"
#include "sim/http/mux.h"
#include "sim/http/server.h"
#include "sim/node/cpu.h"
#include "sim/node/machine.h"
#include "sim/node/memory.h"
#include "sim/node/signal.h"

namespace sim::programs {

using namespace engine;

namespace {

Task<> answer(http::ResponseWriter w, int status, std::string text) {
  w.write_header(status);
  static_cast<void>(co_await w.write(std::move(text)));
}

Task<> grow(int64_t megabytes) {
  std::vector<node::MemoryBlock> blocks;
  for (;;) {
    co_await sleep_for(kSecond);
    node::MemoryBlock block = co_await node::allocate(megabytes << 20);
    blocks.push_back(std::move(block));
  }
}

Task<> crash(Duration after) {
  co_await sleep_for(after);
  println("fatal: cannot reach the database");
  co_await os_exit(1);
}

Task<> end_when_told(http::Server server, bool drains, WaitGroup ended) {
  const Chan<node::Signal> stop = node::notify_signals({node::Signal::kTerminate});
  co_await stop.recv();
  if (!drains) co_await os_exit(0);
  const Context context = background();
  static_cast<void>(co_await server.shutdown(context));
  ended.done();
}

}  // namespace

Task<> web_app() {
  const Process& process = current_process();
  const Instant warm = now() + kMillisecond * process.env_int("WARM_UP_MS", 0);
  const Duration work = kMillisecond * process.env_int("WORK_MS", 0);
  const std::string greeting = std::string(process.env("VERSION", "v1")) + " on " +
                               std::string(node::this_host().host_name()) + "\n";
  const http::ServeMux mux;
  mux.handle("/alive", [](http::ResponseWriter w, http::Request) -> Task<> {
    return answer(std::move(w), 200, "alive\n");
  });
  mux.handle("/ready", [warm](http::ResponseWriter w, http::Request) -> Task<> {
    const bool is_warm = now() >= warm;
    return answer(std::move(w), is_warm ? 200 : 503, is_warm ? "ready\n" : "warming up\n");
  });
  mux.handle("/", [warm, work, greeting](http::ResponseWriter w, http::Request) -> Task<> {
    if (now() < warm) co_return co_await answer(std::move(w), 503, "warming up\n");
    if (work.ns > 0) co_await node::compute(work);
    co_await answer(std::move(w), 200, greeting);
  });
  const http::Server server(mux);
  WaitGroup ended("requests that still run");
  ended.add(1);
  go(end_when_told, server, process.env_bool("DRAIN", true), ended).set_name("signals");
  if (const int64_t after = process.env_int("CRASH_AFTER_MS", 0); after > 0) {
    go(crash, kMillisecond * after).set_name("crash");
  }
  if (const int64_t megabytes = process.env_int("GROW_MB", 0); megabytes > 0) {
    go(grow, megabytes).set_name("grow");
  }
  const Error error = co_await server.listen_and_serve(":8080");
  if (error != http::kErrServerClosed) {
    println(error);
    co_await os_exit(1);
  }
  co_await ended.wait();
}

}  // namespace sim::programs
