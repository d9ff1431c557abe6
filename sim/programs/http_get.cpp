// Asks for URLs, one after the other, and prints what comes back. Arguments: URLs. PAUSE_MS: how
// long it waits before each.

#include "engine/task/print.h"
#include "sim/http/client.h"

namespace sim::programs {

using namespace engine;

Task<> http_get() {
  const Duration pause = kMillisecond * current_process().env_int("PAUSE_MS", 100);
  http::ClientOptions options;
  options.timeout = kSecond * current_process().env_int("TIMEOUT_S", 10);
  const http::Client client(options);
  for (const std::string& url : current_process().args()) {
    co_await sleep_for(pause);
    const http::RoundTrip got = co_await client.get(url);
    if (got.error) {
      println(got.error);
      continue;
    }
    const http::Body::All all = co_await got.response.body.read_all();
    println(got.response.status, all.text, all.error ? all.error.message() : "");
  }
  println("connections:", client.dials());
}

}  // namespace sim::programs
