// Asks for URL with RATE requests a second for SECONDS, each on a connection of its own, and counts
// what becomes of them. TIMEOUT_MS: how long it waits for one. WAIT: first waits until one is
// answered with 200. REPORT_S: how often it prints what it has counted (0: only at the end).

#include <map>

#include "engine/sync/timer.h"
#include "engine/sync/wait_group.h"
#include "engine/task/print.h"
#include "sim/http/client.h"

namespace sim::programs {

using namespace engine;

namespace {

struct Tally {
  int64_t answered = 0;
  std::map<std::string, int64_t> failures;  // by what went wrong
  [[nodiscard]] int64_t failed() const {
    int64_t sum = 0;
    for (const auto& [what, count] : failures) sum += count;
    return sum;
  }
};

// The kind of a failure: the words behind the last colon.
std::string kind_of_failure(const Error& error) {
  const std::string text = error.message();
  if (text.find("Client.Timeout") != std::string::npos) return "timeout";
  const size_t colon = text.rfind(": ");
  return colon == std::string::npos ? text : text.substr(colon + 2);
}

// Empty: answered with 200.
Task<std::string> ask(std::string url, Duration limit) {
  http::ClientOptions options;
  options.timeout = limit;
  options.keeps_alive = false;
  const http::Client client(options);
  const http::RoundTrip got = co_await client.get(url);
  if (got.error) co_return kind_of_failure(got.error);
  const http::Body::All all = co_await got.response.body.read_all();
  if (all.error) co_return kind_of_failure(all.error);
  if (got.response.status != 200) co_return std::to_string(got.response.status);
  co_return std::string();
}

Task<> one(std::string url, Duration limit, std::shared_ptr<Tally> tally, WaitGroup wg) {
  const Defer done([&] { wg.done(); });
  const std::string failure = co_await ask(url, limit);
  if (failure.empty()) {
    ++tally->answered;
  } else {
    ++tally->failures[failure];
  }
}

}  // namespace

Task<> http_load() {
  const Process& process = current_process();
  const std::string url(process.env("URL", "http://localhost:8080/"));
  const int64_t rate = process.env_int("RATE", 10);
  const int64_t seconds = process.env_int("SECONDS", 60);
  const int64_t report = process.env_int("REPORT_S", 0);
  const Duration limit = kMillisecond * process.env_int("TIMEOUT_MS", 2000);
  if (process.env_bool("WAIT", true)) {
    while (!(co_await ask(url, limit)).empty()) co_await sleep_for(kSecond);
  }
  println("load: begins");
  const auto tally = std::make_shared<Tally>();
  WaitGroup wg("requests");
  for (int64_t second = 1; second <= seconds; ++second) {
    for (int64_t i = 0; i < rate; ++i) {
      wg.add(1);
      go(one, url, limit, tally, wg).set_name("request");
      co_await sleep_for(kSecond / rate);
    }
    if (report > 0 && second % report == 0) {
      println("load:", second, "s, answered", tally->answered, "failed", tally->failed());
    }
  }
  co_await wg.wait();
  for (const auto& [what, count] : tally->failures) println("load: failed", count, "by", what);
  println("load: of", tally->answered + tally->failed(), "requests", tally->failed(), "failed");
}

}  // namespace sim::programs
