// tests/container/restart_policy_test.cpp: when a container that has ended is started again.

#include "sim/container/restart_policy.h"

#include <catch_amalgamated.hpp>

#include "tests/support/simulate.h"

namespace {

using namespace engine;
using namespace sim::container;

std::string delays(std::string_view policy, int code, Duration ran, int ends) {
  RestartManager manager(parse_restart_policy(policy).policy);
  std::string out;
  for (int i = 0; i < ends; ++i) {
    const std::optional<Duration> delay = manager.ended({code, false, ran});
    out += delay ? duration_text(*delay) + " " : std::string("- ");
  }
  return out;
}

Task<> say() {
  println(delays("always", 0, kSecond, 12));
  println(delays("always", 0, 10 * kSecond, 3));
  println(delays("on-failure:2", 1, kSecond, 3));
  println(delays("on-failure", 0, kSecond, 1));
  println(delays("no", 1, kSecond, 1));
  RestartManager stopped(parse_restart_policy("always").policy);
  println(stopped.ended({0, true, kSecond}).has_value(), stopped.starts_at_boot({0, true, {}}));
  const RestartManager unless(parse_restart_policy("unless-stopped").policy);
  println(unless.starts_at_boot({0, true, {}}), unless.starts_at_boot({0, false, {}}));
  for (const std::string_view wrong : {"sometimes", "always:3", "on-failure:x", "on-failure:-1"}) {
    println(parse_restart_policy(wrong).error);
  }
  co_return;
}

}  // namespace

TEST_CASE("Docker's back-off doubles from 100 ms to a minute, and begins anew after a long run") {
  CHECK(support::simulate(say).out ==
        "100ms 200ms 400ms 800ms 1.6s 3.2s 6.4s 12.8s 25.6s 51.2s 1m0s 1m0s \n"
        "100ms 100ms 100ms \n"
        "100ms 200ms - \n"
        "- \n"
        "- \n"
        "false true\n"
        "false true\n"
        "invalid restart policy: unknown policy 'sometimes'; use one of 'no', 'always', "
        "'on-failure', or 'unless-stopped'\n"
        "invalid restart policy: maximum retry count can only be used with 'on-failure'\n"
        "invalid restart policy format: maximum retry count must be an integer\n"
        "invalid restart policy: maximum retry count cannot be negative\n");
}
