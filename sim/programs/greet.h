// sim/programs/greet.h: the greeting service of the fifth seed program: its messages and its
// method, as a .proto file would declare them.

#pragma once

#include <string>

#include "sim/grpc/proto.h"
#include "sim/grpc/proto_descriptor.h"

namespace sim::programs::greet {

struct GreetRequest {
  std::string name;
  static constexpr auto fields() {
    return grpc::proto::message("greet.GreetRequest",
                                grpc::proto::field<1>("name", &GreetRequest::name));
  }
};
struct GreetResponse {
  std::string message;
  static constexpr auto fields() {
    return grpc::proto::message("greet.GreetResponse",
                                grpc::proto::field<1>("message", &GreetResponse::message));
  }
};

inline constexpr grpc::proto::Method<GreetRequest, GreetResponse, grpc::proto::Streaming::none>
    kSayHello{"/greet.GreetService/SayHello"};
inline constexpr auto kGreetService = grpc::proto::service("greet.GreetService", kSayHello);
inline constexpr grpc::proto::ServiceDescriptor kServices[] = {kGreetService.descriptor()};
inline constexpr grpc::proto::FileDescriptor kFile{
    .name = "greet/greet.proto", .package = "greet", .services = kServices};

}  // namespace sim::programs::greet
