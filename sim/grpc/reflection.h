// sim/grpc/reflection.h: the standard service by which grpcurl and others learn a server's services
// and messages.
//
//   server.describe(greet::kFile);
//   register_reflection(server);
//
// Concept: answers come from the files that the server describes; services from its methods. Both
// versions of the protocol are the same but for their names.
// Source: gRPC, "GRPC Server Reflection Protocol"; behaviour of grpc-go's package reflection.
// Not modelled: extensions, which proto3 messages have none of.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "sim/grpc/proto.h"
#include "sim/grpc/proto_descriptor.h"
#include "sim/grpc/server.h"

namespace sim::grpc {

namespace reflection {

struct NamesV1 {
  static constexpr std::string_view kPackage = "grpc.reflection.v1";
  static constexpr std::string_view kRequest = "grpc.reflection.v1.ServerReflectionRequest";
  static constexpr std::string_view kResponse = "grpc.reflection.v1.ServerReflectionResponse";
  static constexpr std::string_view kExtension = "grpc.reflection.v1.ExtensionRequest";
  static constexpr std::string_view kFiles = "grpc.reflection.v1.FileDescriptorResponse";
  static constexpr std::string_view kNumbers = "grpc.reflection.v1.ExtensionNumberResponse";
  static constexpr std::string_view kServices = "grpc.reflection.v1.ListServiceResponse";
  static constexpr std::string_view kService = "grpc.reflection.v1.ServiceResponse";
  static constexpr std::string_view kError = "grpc.reflection.v1.ErrorResponse";
};
struct NamesV1Alpha {
  static constexpr std::string_view kPackage = "grpc.reflection.v1alpha";
  static constexpr std::string_view kRequest = "grpc.reflection.v1alpha.ServerReflectionRequest";
  static constexpr std::string_view kResponse = "grpc.reflection.v1alpha.ServerReflectionResponse";
  static constexpr std::string_view kExtension = "grpc.reflection.v1alpha.ExtensionRequest";
  static constexpr std::string_view kFiles = "grpc.reflection.v1alpha.FileDescriptorResponse";
  static constexpr std::string_view kNumbers = "grpc.reflection.v1alpha.ExtensionNumberResponse";
  static constexpr std::string_view kServices = "grpc.reflection.v1alpha.ListServiceResponse";
  static constexpr std::string_view kService = "grpc.reflection.v1alpha.ServiceResponse";
  static constexpr std::string_view kError = "grpc.reflection.v1alpha.ErrorResponse";
};

template <class N>
struct ExtensionRequest {
  std::string containing_type;
  std::int32_t extension_number = 0;
  static constexpr auto fields() {
    using M = ExtensionRequest;
    return proto::message(N::kExtension, proto::field<1>("containing_type", &M::containing_type),
                          proto::field<2>("extension_number", &M::extension_number));
  }
};
template <class N>
struct Request {
  /// What is asked for, by index.
  enum Asked : uint8_t { kNothing, kFileByName, kSymbol, kExtension, kExtensionNumbers, kServices };
  std::string host;
  std::variant<std::monostate, std::string, std::string, ExtensionRequest<N>, std::string,
               std::string>
      message_request;
  static constexpr auto fields() {
    using M = Request;
    return proto::message(N::kRequest, proto::field<1>("host", &M::host),
                          proto::oneof("message_request", &M::message_request,
                                       proto::alternative<3>("file_by_filename"),
                                       proto::alternative<4>("file_containing_symbol"),
                                       proto::alternative<5>("file_containing_extension"),
                                       proto::alternative<6>("all_extension_numbers_of_type"),
                                       proto::alternative<7>("list_services")));
  }
};
template <class N>
struct FileResponse {
  std::vector<std::string> file_descriptor_proto;
  static constexpr auto fields() {
    return proto::message(
        N::kFiles, proto::field<1, proto::Kind::bytes>("file_descriptor_proto",
                                                       &FileResponse::file_descriptor_proto));
  }
};
template <class N>
struct ExtensionNumberResponse {
  std::string base_type_name;
  std::vector<std::int32_t> extension_number;
  static constexpr auto fields() {
    using M = ExtensionNumberResponse;
    return proto::message(N::kNumbers, proto::field<1>("base_type_name", &M::base_type_name),
                          proto::field<2>("extension_number", &M::extension_number));
  }
};
template <class N>
struct ServiceResponse {
  std::string name;
  static constexpr auto fields() {
    return proto::message(N::kService, proto::field<1>("name", &ServiceResponse::name));
  }
};
template <class N>
struct ListServiceResponse {
  std::vector<ServiceResponse<N>> service;
  static constexpr auto fields() {
    return proto::message(N::kServices, proto::field<1>("service", &ListServiceResponse::service));
  }
};
template <class N>
struct ErrorResponse {
  std::int32_t error_code = 0;
  std::string error_message;
  static constexpr auto fields() {
    using M = ErrorResponse;
    return proto::message(N::kError, proto::field<1>("error_code", &M::error_code),
                          proto::field<2>("error_message", &M::error_message));
  }
};
template <class N>
struct Response {
  std::string valid_host;
  Request<N> original_request;
  std::variant<std::monostate, FileResponse<N>, ExtensionNumberResponse<N>, ListServiceResponse<N>,
               ErrorResponse<N>>
      message_response;
  static constexpr auto fields() {
    using M = Response;
    return proto::message(N::kResponse, proto::field<1>("valid_host", &M::valid_host),
                          proto::field<2>("original_request", &M::original_request),
                          proto::oneof("message_response", &M::message_response,
                                       proto::alternative<4>("file_descriptor_response"),
                                       proto::alternative<5>("all_extension_numbers_response"),
                                       proto::alternative<6>("list_services_response"),
                                       proto::alternative<7>("error_response")));
  }
};

template <class N>
using InfoMethod = proto::Method<Request<N>, Response<N>, proto::Streaming::both>;

inline constexpr InfoMethod<NamesV1> kInfoV1{
    "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo"};
inline constexpr InfoMethod<NamesV1Alpha> kInfoV1Alpha{
    "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo"};
inline constexpr auto kServiceV1 = proto::service("grpc.reflection.v1.ServerReflection", kInfoV1);
inline constexpr auto kServiceV1Alpha =
    proto::service("grpc.reflection.v1alpha.ServerReflection", kInfoV1Alpha);
inline constexpr proto::ServiceDescriptor kServicesV1[] = {kServiceV1.descriptor()};
inline constexpr proto::ServiceDescriptor kServicesV1Alpha[] = {kServiceV1Alpha.descriptor()};
inline constexpr proto::FileDescriptor kFileV1{.name = "grpc/reflection/v1/reflection.proto",
                                               .package = NamesV1::kPackage,
                                               .services = kServicesV1};
inline constexpr proto::FileDescriptor kFileV1Alpha{
    .name = "grpc/reflection/v1alpha/reflection.proto",
    .package = NamesV1Alpha::kPackage,
    .services = kServicesV1Alpha};

}  // namespace reflection

/// Adds both versions of the service to `server`. What is described later is told, too.
void register_reflection(const Server& server);

}  // namespace sim::grpc
