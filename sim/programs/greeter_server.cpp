// A gRPC server that greets whoever calls: the fifth seed program.
//
//   lis, err := net.Listen("tcp", ":50051"); s := grpc.NewServer()
//   pb.RegisterGreetServiceServer(s, &server{}); s.Serve(lis)

#include "engine/task/print.h"
#include "sim/grpc/health.h"
#include "sim/grpc/reflection.h"
#include "sim/grpc/server.h"
#include "sim/programs/greet.h"

namespace sim::programs {

using namespace engine;

namespace {

Task<grpc::Result<greet::GreetResponse>> say_hello(grpc::ServerContext /*ctx*/,
                                                   greet::GreetRequest in) {
  println("Received:", in.name);
  if (in.name.empty()) {
    co_return grpc::Status{grpc::Code::kInvalidArgument, "who are you?"};
  }
  co_return greet::GreetResponse{"Hello " + in.name};
}

}  // namespace

Task<> greeter_server() {
  const net::ListenResult lis = net::listen(":50051");
  if (lis.error) {
    println(lis.error);
    co_return;
  }
  const grpc::Server server;
  server.unary(greet::kSayHello, say_hello);
  server.describe(greet::kFile);
  const grpc::HealthServer health = grpc::register_health(server);
  grpc::register_reflection(server);
  if (Error error = co_await server.serve(lis.listener)) println(error);
}

}  // namespace sim::programs
