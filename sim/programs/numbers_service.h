// sim/programs/numbers_service.h: a service that streams numbers: its messages and methods, as a
// .proto file would declare them.

#pragma once

#include <cstdint>
#include <string>

#include "sim/grpc/proto.h"
#include "sim/grpc/proto_descriptor.h"

namespace sim::programs::numbers {

struct Range {
  int64_t count = 0;
  int64_t padding_bytes = 0;
  static constexpr auto fields() {
    return grpc::proto::message("numbers.Range", grpc::proto::field<1>("count", &Range::count),
                                grpc::proto::field<2>("padding_bytes", &Range::padding_bytes));
  }
};
struct Number {
  int64_t value = 0;
  std::string padding;
  static constexpr auto fields() {
    return grpc::proto::message("numbers.Number", grpc::proto::field<1>("value", &Number::value),
                                grpc::proto::field<2>("padding", &Number::padding));
  }
};

inline constexpr grpc::proto::Method<Range, Number, grpc::proto::Streaming::server> kCount{
    "/numbers.Numbers/Count"};
inline constexpr grpc::proto::Method<Number, Number, grpc::proto::Streaming::client> kSum{
    "/numbers.Numbers/Sum"};
inline constexpr grpc::proto::Method<Number, Number, grpc::proto::Streaming::both> kDouble{
    "/numbers.Numbers/Double"};
inline constexpr auto kNumbers = grpc::proto::service("numbers.Numbers", kCount, kSum, kDouble);
inline constexpr grpc::proto::ServiceDescriptor kServices[] = {kNumbers.descriptor()};
inline constexpr grpc::proto::FileDescriptor kFile{
    .name = "numbers/numbers.proto", .package = "numbers", .services = kServices};

}  // namespace sim::programs::numbers
