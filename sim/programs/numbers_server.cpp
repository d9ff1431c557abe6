// A gRPC server that streams numbers, as fast as its client takes them, and says how far it got.

#include "engine/sync/timer.h"
#include "engine/task/print.h"
#include "sim/grpc/server.h"
#include "sim/programs/numbers_service.h"

namespace sim::programs {

using namespace engine;
using numbers::Number;
using numbers::Range;

namespace {

Task<grpc::Status> count(grpc::ServerContext /*ctx*/, Range range,
                         grpc::ServerStream<Range, Number> stream) {
  Duration waited{};
  const int64_t report_every = std::max<int64_t>(range.count / 4, 1);
  for (int64_t i = 1; i <= range.count; ++i) {
    Number number;
    number.value = i;
    number.padding.assign(static_cast<size_t>(range.padding_bytes), 'x');
    const Instant begin = now();
    grpc::Status status = co_await stream.send(number);
    waited = waited + since(begin);
    if (!status.ok()) {
      println("Count: the client is gone at number", i);
      co_return status;
    }
    if (i % report_every == 0) {
      println("Count: sent", i, "of", range.count, "and was held back for", waited);
    }
  }
  co_return grpc::Status();
}

Task<grpc::Result<Number>> sum(grpc::ServerContext /*ctx*/,
                               grpc::ServerStream<Number, Number> stream) {
  Number total;
  while (auto got = co_await stream.receive()) total.value += got.message.value;
  co_return total;
}

Task<grpc::Status> twice(grpc::ServerContext /*ctx*/, grpc::ServerStream<Number, Number> stream) {
  while (auto got = co_await stream.receive()) {
    Number answer;
    answer.value = 2 * got.message.value;
    grpc::Status status = co_await stream.send(answer);
    if (!status.ok()) co_return status;
  }
  co_return grpc::Status();
}

}  // namespace

Task<> numbers_server() {
  const grpc::Server server;
  server.server_streaming(numbers::kCount, count);
  server.client_streaming(numbers::kSum, sum);
  server.bidirectional(numbers::kDouble, twice);
  server.describe(numbers::kFile);
  if (Error error = co_await server.listen_and_serve(":50051")) println(error);
}

}  // namespace sim::programs
