#include "engine/task/report.h"

#include <catch_amalgamated.hpp>

#include "engine/sync/chan.h"
#include "engine/sync/mutex.h"
#include "engine/sync/wait_group.h"
#include "tests/support/simulate.h"

using namespace engine;
using support::simulate;

namespace {

Task<> waits_inside(Chan<int64_t> never) {
  co_await never.recv();
}

Task<> all_asleep() {
  Mutex mutex;
  WaitGroup wg;
  wg.add(1);
  Chan<int64_t> ch;
  co_await mutex.lock();
  go([mutex]() -> Task<> { co_await mutex.lock(); }).set_name("locker");
  go([ch]() -> Task<> { co_await ch.send(1); });
  go([]() -> Task<> { co_await Chan<int64_t>::nil().recv(); });
  go([]() -> Task<> { co_await Chan<int64_t>::nil().send(1); });
  go([ch]() -> Task<> {
    Chan<int64_t> other;
    co_await waits_inside(other);
  });
  co_await wg.wait();
}

constexpr const char* kExpected = R"(fatal error: all goroutines are asleep - deadlock!

goroutine 1 [sync.WaitGroup.Wait]:
main()
	tests/task/report_test.cpp:33

goroutine 2 [sync.Mutex.Lock]:
locker()
	tests/task/report_test.cpp:25
created by goroutine 1
	tests/task/report_test.cpp:25

goroutine 3 [chan send]:
func()
	tests/task/report_test.cpp:26
created by goroutine 1
	tests/task/report_test.cpp:26

goroutine 4 [chan receive (nil chan)]:
func()
	tests/task/report_test.cpp:27
created by goroutine 1
	tests/task/report_test.cpp:27

goroutine 5 [chan send (nil chan)]:
func()
	tests/task/report_test.cpp:28
created by goroutine 1
	tests/task/report_test.cpp:28

goroutine 6 [chan receive]:
func()
	tests/task/report_test.cpp:16
func()
	tests/task/report_test.cpp:31
created by goroutine 1
	tests/task/report_test.cpp:29
)";

}  // namespace

TEST_CASE("a deadlock is reported with every goroutine, its wait reason and its lines") {
  const auto outcome = simulate(all_asleep);
  CHECK(outcome.err == kExpected);
  CHECK(outcome.exit == ExitKind::kFatal);
  CHECK(outcome.exit_code == 2);
}

TEST_CASE("durations read as Go writes them") {
  CHECK(duration_text({0}) == "0s");
  CHECK(duration_text({1}) == "1ns");
  CHECK(duration_text({1'500}) == "1.5\u00b5s");
  CHECK(duration_text({100'000'000}) == "100ms");
  CHECK(duration_text({1'500'000'000}) == "1.5s");
  CHECK(duration_text(120 * kSecond) == "2m0s");
  CHECK(duration_text(3'661 * kSecond + Duration{5}) == "1h1m1.000000005s");
  CHECK(duration_text({-1'000'000}) == "-1ms");
  CHECK(duration_text({INT64_MIN}) == "-2562047h47m16.854775808s");
}
