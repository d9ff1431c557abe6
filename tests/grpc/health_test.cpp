// The health service and server reflection.

#include "sim/grpc/health.h"

#include "sim/grpc/proto_descriptor_messages.h"
#include "sim/grpc/reflection.h"
#include "tests/grpc/tester.h"

using namespace tester;

namespace {

Task<> health_server() {
  const Server server = make_server();
  const HealthServer health = register_health(server);
  register_reflection(server);
  health.set_serving_status("test.Tester", ServingStatus::kServing);
  go(
      [](HealthServer changing) -> Task<> {
        co_await sleep_for(kSecond);
        changing.set_serving_status("test.Tester", ServingStatus::kNotServing);
        co_await sleep_for(kSecond);
        changing.set_serving_status("later", ServingStatus::kServing);
        co_await sleep_for(kSecond);
        changing.shutdown();
        changing.set_serving_status("later", ServingStatus::kServing);
        co_await sleep_for(kSecond);
        changing.resume();
      },
      health);
  println(co_await server.listen_and_serve(":50051"));
}

Task<> check_client() {
  const Channel channel("server:50051");
  for (const char* service : {"", "test.Tester", "nobody"}) {
    const HealthCheckRequest request{service};
    const auto reply = co_await call(channel, kHealthCheck, background(), request);
    println(static_cast<int>(reply.message.status), reply.status.message());
  }
  const HealthListRequest all;
  const auto list = co_await call(channel, kHealthList, background(), all);
  for (const auto& [service, health] : list.message.statuses) {
    println("listed", service, static_cast<int>(health.status));
  }
}

Task<> watch_one(Channel channel, std::string service) {
  const Cancelable timed = with_timeout(background(), 5 * kSecond);
  const auto watching = co_await stream(channel, kHealthWatch, timed.context);
  const HealthCheckRequest request{service};
  co_await watching.send(request);
  watching.close_send();
  while (auto got = co_await watching.receive()) {
    println(service, static_cast<int>(got.message.status), uptime().ns / kSecond.ns);
  }
  println(service, watching.status().message());
}

Task<> watch_client() {
  const Channel channel("server:50051");
  go(watch_one, channel, std::string("later"));
  co_await watch_one(channel, "test.Tester");
  co_await sleep_for(kSecond);
}

template <class N>
Task<> reflect(Channel channel, reflection::InfoMethod<N> method) {
  using Request = reflection::Request<N>;
  const auto info = co_await stream(channel, method, background());
  Request request;
  request.host = "h";
  request.message_request.template emplace<Request::kServices>("*");
  co_await info.send(request);
  auto got = co_await info.receive();
  println(got.message.valid_host, got.message.original_request.message_request.index());
  for (const auto& service : std::get<3>(got.message.message_response).service) {
    println(service.name);
  }
  request.message_request.template emplace<Request::kSymbol>("test.Tester.Down");
  co_await info.send(request);
  got = co_await info.receive();
  for (const std::string& bytes : std::get<1>(got.message.message_response).file_descriptor_proto) {
    proto::FileDescriptorProto file;
    const bool is_good = proto::decode(bytes, file).ok();
    println(is_good, file.name, file.message_type[0].name, file.service[0].method.size());
  }
  request.message_request.template emplace<Request::kFileByName>("test/tester.proto");
  co_await info.send(request);
  got = co_await info.receive();
  println(std::get<1>(got.message.message_response).file_descriptor_proto.size());
  request.message_request.template emplace<Request::kExtensionNumbers>("test.Text");
  co_await info.send(request);
  got = co_await info.receive();
  println(std::get<2>(got.message.message_response).base_type_name);
  for (const char* name : {"none.proto", ""}) {
    request.message_request.template emplace<Request::kFileByName>(name);
    co_await info.send(request);
    got = co_await info.receive();
    const auto& error = std::get<4>(got.message.message_response);
    println(error.error_code, error.error_message);
  }
  const Request nothing;
  co_await info.send(nothing);
  got = co_await info.receive();
  println(got.is_there, info.status().message());
}

Task<> reflection_client() {
  const Channel channel("server:50051");
  co_await reflect(channel, reflection::kInfoV1);
  co_await reflect(channel, reflection::kInfoV1Alpha);
}

}  // namespace

TEST_CASE("Check and List tell the statuses that are set") {
  CHECK(run_client(check_client, {}, health_server) ==
        "1 rpc error: code = OK desc = \n1 rpc error: code = OK desc = \n"
        "0 rpc error: code = NotFound desc = unknown service\nlisted  1\nlisted test.Tester 1\n");
}

TEST_CASE("Watch tells the status and each change, also of a service that is not known yet") {
  const std::string out = run_client(watch_client, {}, health_server);
  CAPTURE(out);
  const auto lines_of = [&out](const std::string& service) {
    std::string lines;
    for (size_t at = 0; at < out.size();) {
      const size_t end = out.find('\n', at);
      if (out.compare(at, service.size(), service) == 0) lines += out.substr(at, end - at + 1);
      at = end + 1;
    }
    return lines;
  };
  CHECK(lines_of("test.Tester") ==
        "test.Tester 1 0\ntest.Tester 2 1\ntest.Tester 1 4\n"
        "test.Tester rpc error: code = DeadlineExceeded desc = context deadline exceeded\n");
  CHECK(lines_of("later") ==
        "later 3 0\nlater 1 2\nlater 2 3\nlater 1 4\n"
        "later rpc error: code = DeadlineExceeded desc = context deadline exceeded\n");
}

TEST_CASE("reflection tells services, files by name and by symbol, and what it does not know") {
  const std::string once =
      "h 5\ngrpc.health.v1.Health\ngrpc.reflection.v1.ServerReflection\n"
      "grpc.reflection.v1alpha.ServerReflection\ntest.Tester\n"
      "true test/tester.proto Text 4\n1\ntest.Text\n5 proto: not found\n5 proto: not found\n"
      "false rpc error: code = InvalidArgument desc = invalid MessageRequest: <nil>\n";
  CHECK(run_client(reflection_client, {}, health_server) == once + once);
}
