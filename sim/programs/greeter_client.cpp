// Calls the greeting service once for each argument, and prints what comes back. TARGET: the
// server's address. TIMEOUT_MS: how long a call may take.

#include "engine/sync/timer.h"
#include "engine/task/print.h"
#include "sim/grpc/client.h"
#include "sim/programs/greet.h"

namespace sim::programs {

using namespace engine;

Task<> greeter_client() {
  const Process& process = current_process();
  const grpc::Channel channel(process.env("TARGET", "server:50051"));
  const Duration limit = kMillisecond * process.env_int("TIMEOUT_MS", 1000);
  for (const std::string& name : process.args()) {
    co_await sleep_for(100 * kMillisecond);
    const Instant begin = now();
    const Cancelable timed = with_timeout(background(), limit);
    const greet::GreetRequest request{name};
    const auto reply = co_await grpc::call(channel, greet::kSayHello, timed.context, request);
    timed.cancel();
    if (reply.ok()) {
      println("Greeting:", reply.message.message, "after", since(begin));
    } else {
      println(reply.status.message(), "after", since(begin));
    }
  }
  channel.close();
}

}  // namespace sim::programs
