// Readers share a lock; a writer has it alone. Once the writer waits, readers that come later wait
// behind it, though others read: otherwise it might wait for ever. With RECURSIVE=true a reader
// takes the lock a second time while the writer waits, which Go forbids: both wait for ever.

#include "engine/sync/rwmutex.h"
#include "engine/sync/shared.h"
#include "engine/sync/wait_group.h"
#include "engine/task/go.h"
#include "engine/task/print.h"
#include "sim/programs/numbers.h"

namespace sim::programs {

using namespace engine;

namespace {

struct Config {
  RWMutex lock{"config"};
  Shared<int64_t> version{1, "version"};
  WaitGroup wg{"wg"};
};

Task<int64_t> read_version(Config config) {
  co_await config.lock.rlock();
  Defer unlock([&] { config.lock.runlock(); });
  const int64_t version = co_await config.version.load();
  co_return version;
}

Task<> early_reader(Config config, int64_t number, bool recursive) {
  Defer done([&] { config.wg.done(); });
  co_await config.lock.rlock();
  Defer unlock([&] { config.lock.runlock(); });
  const int64_t version = co_await config.version.load();
  println("early reader", number, "reads version", version);
  co_await sleep_for(60 * kMillisecond);
  if (!recursive) co_return;
  const int64_t again = co_await read_version(config);
  println("early reader", number, "reads version", again, "again");
}

Task<> writer(Config config) {
  Defer done([&] { config.wg.done(); });
  co_await sleep_for(20 * kMillisecond);
  co_await config.lock.lock();
  Defer unlock([&] { config.lock.unlock(); });
  const int64_t version = co_await config.version.load();
  co_await sleep_for(20 * kMillisecond);
  co_await config.version.store(version + 1);
  println("writer writes version", version + 1);
}

Task<> late_reader(Config config, int64_t number) {
  Defer done([&] { config.wg.done(); });
  co_await sleep_for(40 * kMillisecond);
  const int64_t version = co_await read_version(config);
  println("late reader", number, "reads version", version);
}

}  // namespace

Task<> go_rwmutex() {
  const Limits readers{.otherwise = 2, .least = 1, .most = 1000};
  const int64_t early = number_from_env("EARLY", readers);
  const int64_t late = number_from_env("LATE", readers);
  const bool recursive = current_process().env_bool("RECURSIVE", false);
  Config config;
  config.wg.add(early + 1 + late);

  for (int64_t i = 1; i <= early; ++i) {
    go(early_reader, config, i, recursive && i == 1).set_name(numbered("early-", i));
  }
  go(writer, config).set_name("writer");
  for (int64_t i = 1; i <= late; ++i) {
    go(late_reader, config, i).set_name(numbered("late-", i));
  }
  co_await config.wg.wait();
}

}  // namespace sim::programs
