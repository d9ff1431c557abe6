// sim/programs/shop.h: a chain of services, in which a shop asks its stock and that a database: the
// messages and methods, as a .proto file would declare them.

#pragma once

#include <cstdint>
#include <string>

#include "sim/grpc/proto.h"
#include "sim/grpc/proto_descriptor.h"

namespace sim::programs::shop {

struct Order {
  int64_t id = 0;
  static constexpr auto fields() {
    return grpc::proto::message("shop.Order", grpc::proto::field<1>("id", &Order::id));
  }
};
struct Answer {
  std::string text;
  static constexpr auto fields() {
    return grpc::proto::message("shop.Answer", grpc::proto::field<1>("text", &Answer::text));
  }
};

inline constexpr grpc::proto::Method<Order, Answer, grpc::proto::Streaming::none> kAsk{
    "/shop.Service/Ask"};

}  // namespace sim::programs::shop
