// sim/grpc/proto_descriptor_messages.h: the messages of google/protobuf/descriptor.proto that
// describe a .proto file, as far as proto3 files need them.
//
// Not modelled: extensions, ranges, options other than those below, source locations.
// Source: google/protobuf/descriptor.proto.

#pragma once

#include "sim/grpc/proto.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace sim::grpc::proto {

struct EnumValueDescriptorProto {
  std::string name;
  std::optional<std::int32_t> number;

  static constexpr auto fields() {
    using M = EnumValueDescriptorProto;
    return message("google.protobuf.EnumValueDescriptorProto", field<1>("name", &M::name),
                   field<2>("number", &M::number));
  }

  bool operator==(const EnumValueDescriptorProto&) const = default;
};

struct EnumDescriptorProto {
  std::string name;
  std::vector<EnumValueDescriptorProto> value;

  static constexpr auto fields() {
    using M = EnumDescriptorProto;
    return message("google.protobuf.EnumDescriptorProto", field<1>("name", &M::name),
                   field<2>("value", &M::value));
  }

  bool operator==(const EnumDescriptorProto&) const = default;
};

struct FieldDescriptorProto {
  static constexpr std::int32_t kOptional = 1;
  static constexpr std::int32_t kRepeated = 3;

  std::string name;
  std::int32_t number = 0;
  std::int32_t label = 0;
  /// Numbered as Kind.
  std::int32_t type = 0;
  /// Of a message or enumeration, with a leading dot.
  std::string type_name;
  std::optional<std::int32_t> oneof_index;
  std::string json_name;
  bool proto3_optional = false;

  static constexpr auto fields() {
    using M = FieldDescriptorProto;
    return message("google.protobuf.FieldDescriptorProto", field<1>("name", &M::name),
                   field<3>("number", &M::number), field<4>("label", &M::label),
                   field<5>("type", &M::type), field<6>("type_name", &M::type_name),
                   field<9>("oneof_index", &M::oneof_index), field<10>("json_name", &M::json_name),
                   field<17>("proto3_optional", &M::proto3_optional));
  }

  bool operator==(const FieldDescriptorProto&) const = default;
};

struct OneofDescriptorProto {
  std::string name;

  static constexpr auto fields() {
    return message("google.protobuf.OneofDescriptorProto",
                   field<1>("name", &OneofDescriptorProto::name));
  }

  bool operator==(const OneofDescriptorProto&) const = default;
};

struct MessageOptions {
  bool map_entry = false;

  static constexpr auto fields() {
    return message("google.protobuf.MessageOptions",
                   field<7>("map_entry", &MessageOptions::map_entry));
  }

  bool operator==(const MessageOptions&) const = default;
};

struct DescriptorProto {
  std::string name;
  std::vector<FieldDescriptorProto> field;
  std::vector<DescriptorProto> nested_type;
  std::vector<EnumDescriptorProto> enum_type;
  MessageOptions options;
  std::vector<OneofDescriptorProto> oneof_decl;

  static constexpr auto fields() {
    using M = DescriptorProto;
    return message(
        "google.protobuf.DescriptorProto", proto::field<1>("name", &M::name),
        proto::field<2>("field", &M::field), proto::field<3>("nested_type", &M::nested_type),
        proto::field<4>("enum_type", &M::enum_type), proto::field<7>("options", &M::options),
        proto::field<8>("oneof_decl", &M::oneof_decl));
  }

  bool operator==(const DescriptorProto&) const = default;
};

struct MethodDescriptorProto {
  std::string name;
  std::string input_type;
  std::string output_type;
  bool client_streaming = false;
  bool server_streaming = false;

  static constexpr auto fields() {
    using M = MethodDescriptorProto;
    return message("google.protobuf.MethodDescriptorProto", field<1>("name", &M::name),
                   field<2>("input_type", &M::input_type), field<3>("output_type", &M::output_type),
                   field<5>("client_streaming", &M::client_streaming),
                   field<6>("server_streaming", &M::server_streaming));
  }

  bool operator==(const MethodDescriptorProto&) const = default;
};

struct ServiceDescriptorProto {
  std::string name;
  std::vector<MethodDescriptorProto> method;

  static constexpr auto fields() {
    using M = ServiceDescriptorProto;
    return message("google.protobuf.ServiceDescriptorProto", field<1>("name", &M::name),
                   field<2>("method", &M::method));
  }

  bool operator==(const ServiceDescriptorProto&) const = default;
};

struct FileDescriptorProto {
  std::string name;
  std::string package;
  std::vector<std::string> dependency;
  std::vector<DescriptorProto> message_type;
  std::vector<EnumDescriptorProto> enum_type;
  std::vector<ServiceDescriptorProto> service;
  std::string syntax;

  static constexpr auto fields() {
    using M = FileDescriptorProto;
    return message("google.protobuf.FileDescriptorProto", field<1>("name", &M::name),
                   field<2>("package", &M::package), field<3>("dependency", &M::dependency),
                   field<4>("message_type", &M::message_type), field<5>("enum_type", &M::enum_type),
                   field<6>("service", &M::service), field<12>("syntax", &M::syntax));
  }

  bool operator==(const FileDescriptorProto&) const = default;
};

}  // namespace sim::grpc::proto
