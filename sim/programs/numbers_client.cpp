// Uses the three kinds of stream: reads COUNT numbers slowly (a pause of READ_MS after each tenth),
// sends some to be summed up, and has a conversation.

#include "engine/sync/timer.h"
#include "engine/task/print.h"
#include "sim/grpc/client.h"
#include "sim/programs/numbers_service.h"

namespace sim::programs {

using namespace engine;
using numbers::Number;
using numbers::Range;

namespace {

Task<> read_slowly(grpc::Channel channel, Range range, Duration pause) {
  const auto stream = co_await grpc::stream(channel, numbers::kCount, background());
  if (!co_await stream.send(range)) co_return;
  stream.close_send();
  int64_t received = 0;
  const Instant begin = now();
  while (auto number = co_await stream.receive()) {
    ++received;
    if (number.message.value != received) println("out of order:", number.message.value);
    if (received % 10 == 0) co_await sleep_for(pause);
  }
  println("received", received, "numbers in", since(begin), stream.status().ok());
}

Task<> add_up(grpc::Channel channel) {
  const auto stream = co_await grpc::stream(channel, numbers::kSum, background());
  for (int64_t i = 1; i <= 100; ++i) {
    Number number;
    number.value = i;
    if (!co_await stream.send(number)) break;
  }
  stream.close_send();
  const auto total = co_await stream.receive();
  println("the sum of 1 to 100 is", total.message.value);
}

Task<> converse(grpc::Channel channel) {
  const auto stream = co_await grpc::stream(channel, numbers::kDouble, background());
  for (int64_t i = 1; i <= 3; ++i) {
    const Instant begin = now();
    Number number;
    number.value = i;
    if (!co_await stream.send(number)) break;
    const auto answer = co_await stream.receive();
    println("twice", i, "is", answer.message.value, "after", since(begin));
  }
  stream.close_send();
  static_cast<void>(co_await stream.receive());
}

}  // namespace

Task<> numbers_client() {
  const Process& process = current_process();
  Range range;
  range.count = process.env_int("COUNT", 200);
  range.padding_bytes = process.env_int("BYTES", 1000);
  const Duration pause = kMillisecond * process.env_int("READ_MS", 50);
  const grpc::Channel channel("server:50051");
  co_await read_slowly(channel, range, pause);
  co_await add_up(channel);
  co_await converse(channel);
  channel.close();
}

}  // namespace sim::programs
