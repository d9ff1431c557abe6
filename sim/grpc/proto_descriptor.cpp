#include "sim/grpc/proto_descriptor.h"

#include "engine/world/check.h"
#include "sim/grpc/proto_descriptor_messages.h"

#include <map>
#include <string>
#include <vector>

namespace sim::grpc::proto {
namespace {

/// The types of one file by their full names, which is also the order in which they are told.
struct Types {
  std::map<std::string_view, const MessageDescriptor*> messages;
  std::map<std::string_view, const EnumDescriptor*> enums;
};

/// "greet.Outer.Inner" is in "greet.Outer".
std::string_view scope_of(std::string_view full_name) {
  const std::size_t dot = full_name.rfind('.');
  return dot == std::string_view::npos ? std::string_view{} : full_name.substr(0, dot);
}

std::string_view last_name(std::string_view full_name) {
  return full_name.substr(full_name.rfind('.') + 1);
}

/// Walks from what a file names to all that it needs, but not into its dependencies.
class Collector {
 public:
  explicit Collector(const FileDescriptor& file);

  [[nodiscard]] const Types& types() const { return types_; }

 private:
  void need(const MessageDescriptor& message) {
    if (elsewhere_.messages.contains(message.full_name)) return;
    const auto [at, is_new] = types_.messages.emplace(message.full_name, &message);
    ENGINE_CHECK(at->second == &message && "two messages have one name");
    if (is_new) pending_.push_back(&message);
  }

  void need(const EnumDescriptor& enumeration) {
    if (elsewhere_.enums.contains(enumeration.full_name)) return;
    const auto [at, is_new] = types_.enums.emplace(enumeration.full_name, &enumeration);
    ENGINE_CHECK((is_new || at->second == &enumeration) && "two enumerations have one name");
  }

  void need_fields_of(const MessageDescriptor& message) {
    for (const FieldDescriptor& field : message.fields) {
      if (field.message != nullptr) need(field.message());
      if (field.enumeration != nullptr) need(*field.enumeration);
    }
  }

  /// Whether a type of this name is told in this file, at the top or within a message.
  void check_scope(std::string_view package, std::string_view full_name) const {
    const std::string_view scope = scope_of(full_name);
    ENGINE_CHECK((scope == package || types_.messages.contains(scope)) &&
                 "a type of another package, whose file is no dependency; or one within a message "
                 "that the file does not name");
  }

  Types types_;
  Types elsewhere_;
  std::vector<const MessageDescriptor*> pending_;
};

Collector::Collector(const FileDescriptor& file) {
  for (const FileDescriptor* dependency : file.dependencies) {
    const Collector theirs(*dependency);
    elsewhere_.messages.insert(theirs.types_.messages.begin(), theirs.types_.messages.end());
    elsewhere_.enums.insert(theirs.types_.enums.begin(), theirs.types_.enums.end());
  }
  for (const MessageDescriptor* message : file.messages) need(*message);
  for (const ServiceDescriptor& service : file.services) {
    ENGINE_CHECK(scope_of(service.full_name) == file.package);
    for (const MethodDescriptor& method : service.methods) {
      need(*method.request);
      need(*method.response);
    }
  }
  while (!pending_.empty()) {
    const MessageDescriptor* const message = pending_.back();
    pending_.pop_back();
    need_fields_of(*message);
  }
  for (const auto& [name, message] : types_.messages) check_scope(file.package, name);
  for (const auto& [name, enumeration] : types_.enums) check_scope(file.package, name);
}

/// "page_token" as "pageToken", or as "PageToken": the rule of protoc, letter by letter.
std::string camel_case(std::string_view name, bool capital_first) {
  std::string camel;
  bool capital = capital_first;
  for (const char letter : name) {
    if (letter == '_') {
      capital = true;
      continue;
    }
    const bool is_lower = letter >= 'a' && letter <= 'z';
    camel += capital && is_lower ? static_cast<char>(letter - 'a' + 'A') : letter;
    capital = false;
  }
  return camel;
}

std::string reference(std::string_view full_name) {
  return "." + std::string(full_name);
}

/// A field as if it were neither repeated nor a map.
FieldDescriptorProto describe_single(const FieldDescriptor& field) {
  FieldDescriptorProto single;
  single.name = field.name;
  single.number = static_cast<std::int32_t>(field.number);
  single.label = FieldDescriptorProto::kOptional;
  single.type = static_cast<std::int32_t>(field.kind);
  if (field.message != nullptr) single.type_name = reference(field.message().full_name);
  if (field.enumeration != nullptr) single.type_name = reference(field.enumeration->full_name);
  single.json_name = camel_case(field.name, false);
  return single;
}

/// On the wire, and so for reflection, a map is a repeated message of two fields.
DescriptorProto describe_map_entry(const FieldDescriptor& map) {
  const FieldDescriptor key{.name = "key", .number = 1, .kind = map.key_kind};
  FieldDescriptor value = map;
  value.name = "value";
  value.number = 2;
  DescriptorProto entry;
  entry.name = camel_case(map.name, true) + "Entry";
  entry.field = {describe_single(key), describe_single(value)};
  entry.options.map_entry = true;
  return entry;
}

/// Oneofs follow each other in the table, so a new name begins a new one.
std::int32_t index_of_oneof(std::string_view name, std::vector<OneofDescriptorProto>& oneofs) {
  if (oneofs.empty() || oneofs.back().name != name) oneofs.push_back({std::string(name)});
  return static_cast<std::int32_t>(oneofs.size() - 1);
}

bool is_name_taken(const DescriptorProto& message, std::string_view name) {
  for (const FieldDescriptorProto& field : message.field) {
    if (field.name == name) return true;
  }
  for (const OneofDescriptorProto& oneof : message.oneof_decl) {
    if (oneof.name == name) return true;
  }
  return false;
}

/// Each `optional` field is a oneof of its own, after all that the file names: so older tools,
/// which do not know proto3_optional, also see presence.
void add_synthetic_oneofs(DescriptorProto& message) {
  for (FieldDescriptorProto& field : message.field) {
    if (!field.proto3_optional) continue;
    std::string name = "_" + field.name;
    while (is_name_taken(message, name)) name.insert(0, "X");
    field.oneof_index = static_cast<std::int32_t>(message.oneof_decl.size());
    message.oneof_decl.push_back({std::move(name)});
  }
}

void add_field(const FieldDescriptor& field, DescriptorProto& to, std::string_view scope) {
  FieldDescriptorProto proto = describe_single(field);
  switch (field.label) {
    case Label::implicit:
      break;
    case Label::optional:
      proto.proto3_optional = field.kind != Kind::message;
      break;
    case Label::repeated:
      proto.label = FieldDescriptorProto::kRepeated;
      break;
    case Label::alternative:
      proto.oneof_index = index_of_oneof(field.oneof, to.oneof_decl);
      break;
    case Label::map:
      to.nested_type.push_back(describe_map_entry(field));
      proto.label = FieldDescriptorProto::kRepeated;
      proto.type = static_cast<std::int32_t>(Kind::message);
      proto.type_name = reference(scope) + "." + to.nested_type.back().name;
      break;
  }
  to.field.push_back(std::move(proto));
}

EnumDescriptorProto describe_enum(const EnumDescriptor& enumeration) {
  EnumDescriptorProto proto;
  proto.name = last_name(enumeration.full_name);
  proto.value.reserve(enumeration.values.size());
  for (const EnumValue& value : enumeration.values) {
    proto.value.push_back({std::string(value.name), value.number});
  }
  return proto;
}

DescriptorProto describe_message(const MessageDescriptor& message, const Types& types);

/// All that is directly in `scope`: a package or a message.
void describe_scope(std::string_view scope, const Types& types,
                    std::vector<DescriptorProto>& messages,
                    std::vector<EnumDescriptorProto>& enums) {
  for (const auto& [name, message] : types.messages) {
    if (scope_of(name) == scope) messages.push_back(describe_message(*message, types));
  }
  for (const auto& [name, enumeration] : types.enums) {
    if (scope_of(name) == scope) enums.push_back(describe_enum(*enumeration));
  }
}

DescriptorProto describe_message(const MessageDescriptor& message, const Types& types) {
  DescriptorProto proto;
  proto.name = last_name(message.full_name);
  for (const FieldDescriptor& field : message.fields) add_field(field, proto, message.full_name);
  add_synthetic_oneofs(proto);
  describe_scope(message.full_name, types, proto.nested_type, proto.enum_type);
  return proto;
}

ServiceDescriptorProto describe_service(const ServiceDescriptor& service) {
  ServiceDescriptorProto proto;
  proto.name = last_name(service.full_name);
  for (const MethodDescriptor& method : service.methods) {
    MethodDescriptorProto& to = proto.method.emplace_back();
    to.name = method.name();
    to.input_type = reference(method.request->full_name);
    to.output_type = reference(method.response->full_name);
    to.client_streaming = method.client_streams();
    to.server_streaming = method.server_streams();
  }
  return proto;
}

template <class Named>
const Named* find_named(const std::vector<Named>& all, std::string_view name) {
  for (const Named& one : all) {
    if (one.name == name) return &one;
  }
  return nullptr;
}

/// Enumerations' values belong to the scope around the enumeration, as in C++.
bool enums_declare(const std::vector<EnumDescriptorProto>& enums, std::string_view name) {
  if (find_named(enums, name) != nullptr) return true;
  for (const EnumDescriptorProto& enumeration : enums) {
    if (find_named(enumeration.value, name) != nullptr) return true;
  }
  return false;
}

bool messages_declare(const std::vector<DescriptorProto>& messages, std::string_view path) {
  const std::size_t dot = path.find('.');
  const DescriptorProto* const message = find_named(messages, path.substr(0, dot));
  if (message == nullptr) return false;
  if (dot == std::string_view::npos) return true;
  const std::string_view rest = path.substr(dot + 1);
  return find_named(message->field, rest) != nullptr ||
         find_named(message->oneof_decl, rest) != nullptr ||
         enums_declare(message->enum_type, rest) || messages_declare(message->nested_type, rest);
}

bool services_declare(const std::vector<ServiceDescriptorProto>& services, std::string_view path) {
  const std::size_t dot = path.find('.');
  const ServiceDescriptorProto* const service = find_named(services, path.substr(0, dot));
  if (service == nullptr || dot == std::string_view::npos) return service != nullptr;
  return find_named(service->method, path.substr(dot + 1)) != nullptr;
}

}  // namespace

FileDescriptorProto describe(const FileDescriptor& file) {
  const Collector collector(file);
  FileDescriptorProto proto;
  proto.name = file.name;
  proto.package = file.package;
  for (const FileDescriptor* dependency : file.dependencies) {
    proto.dependency.emplace_back(dependency->name);
  }
  describe_scope(file.package, collector.types(), proto.message_type, proto.enum_type);
  for (const ServiceDescriptor& service : file.services) {
    proto.service.push_back(describe_service(service));
  }
  proto.syntax = "proto3";
  return proto;
}

bool declares(const FileDescriptorProto& file, std::string_view symbol) {
  if (!file.package.empty()) {
    if (symbol.size() <= file.package.size() || symbol[file.package.size()] != '.' ||
        !symbol.starts_with(file.package)) {
      return false;
    }
    symbol.remove_prefix(file.package.size() + 1);
  }
  return messages_declare(file.message_type, symbol) || enums_declare(file.enum_type, symbol) ||
         services_declare(file.service, symbol);
}

}  // namespace sim::grpc::proto
