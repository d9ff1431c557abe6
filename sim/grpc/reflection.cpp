#include "sim/grpc/reflection.h"

#include <algorithm>
#include <deque>
#include <set>

#include "sim/grpc/proto_descriptor_messages.h"

namespace sim::grpc {
namespace {

using engine::Task;
using proto::FileDescriptor;
using Files = std::vector<const FileDescriptor*>;
using Names = std::set<std::string_view>;

/// Source: Go, protoregistry.NotFound.
constexpr std::string_view kNotFound = "proto: not found";

// The server's files and what they need.
Files all_files(const Server& server) {
  Files all;
  std::deque<const FileDescriptor*> waiting(server.files().begin(), server.files().end());
  while (!waiting.empty()) {
    const FileDescriptor* const file = waiting.front();
    waiting.pop_front();
    if (std::find(all.begin(), all.end(), file) != all.end()) continue;
    all.push_back(file);
    for (const FileDescriptor* needed : file->dependencies) waiting.push_back(needed);
  }
  return all;
}

const FileDescriptor* file_named(const Files& files, std::string_view name) {
  for (const FileDescriptor* file : files) {
    if (file->name == name) return file;
  }
  return nullptr;
}

const FileDescriptor* file_declaring(const Files& files, std::string_view symbol) {
  for (const FileDescriptor* file : files) {
    if (proto::declares(proto::describe(*file), symbol)) return file;
  }
  return nullptr;
}

bool is_message(const Files& files, std::string_view symbol) {
  for (const FileDescriptor* file : files) {
    if (!symbol.starts_with(file->package)) continue;
    const proto::FileDescriptorProto told = proto::describe(*file);
    for (const proto::DescriptorProto& message : told.message_type) {
      if (told.package + "." + message.name == symbol) return true;
    }
  }
  return false;
}

// A file, and those it needs which this stream was not told yet. Source: grpc-go,
// FileDescWithDependencies.
std::vector<std::string> files_from(const FileDescriptor& first, Names& told) {
  std::vector<std::string> out;
  std::deque<const FileDescriptor*> waiting = {&first};
  while (!waiting.empty()) {
    const FileDescriptor* const file = waiting.front();
    waiting.pop_front();
    for (const FileDescriptor* needed : file->dependencies) waiting.push_back(needed);
    const bool is_new = told.insert(file->name).second;
    if (is_new || out.empty()) proto::encode(proto::describe(*file), out.emplace_back());
  }
  return out;
}

template <class N>
using Answer = decltype(reflection::Response<N>::message_response);

template <class N>
Answer<N> not_found() {
  return reflection::ErrorResponse<N>{static_cast<int32_t>(Code::kNotFound),
                                      std::string(kNotFound)};
}

// Empty: the request asks for nothing.
template <class N>
Answer<N> answer_to(const Server& server, const reflection::Request<N>& request, Names& told) {
  using Request = reflection::Request<N>;
  const auto& asked = request.message_request;
  const Files files = all_files(server);
  const FileDescriptor* file = nullptr;
  switch (asked.index()) {
    case Request::kFileByName:
      file = file_named(files, std::get<Request::kFileByName>(asked));
      break;
    case Request::kSymbol:
      file = file_declaring(files, std::get<Request::kSymbol>(asked));
      break;
    case Request::kExtension:
      break;
    case Request::kExtensionNumbers: {
      const std::string& type = std::get<Request::kExtensionNumbers>(asked);
      if (!is_message(files, type)) return not_found<N>();
      return reflection::ExtensionNumberResponse<N>{type, {}};
    }
    case Request::kServices: {
      reflection::ListServiceResponse<N> list;
      for (std::string& name : server.services()) list.service.push_back({std::move(name)});
      return list;
    }
    default:
      return {};
  }
  if (file == nullptr) return not_found<N>();
  return reflection::FileResponse<N>{files_from(*file, told)};
}

template <class N>
Task<Status> serve_info(ServerContext ctx,
                        ServerStream<reflection::Request<N>, reflection::Response<N>> stream) {
  Names told;
  while (true) {
    auto request = co_await stream.receive();
    if (!request) co_return request.status;
    reflection::Response<N> response;
    response.message_response = answer_to<N>(ctx.call().server(), request.message, told);
    if (response.message_response.index() == 0) {
      co_return Status{Code::kInvalidArgument, "invalid MessageRequest: <nil>"};
    }
    response.valid_host = request.message.host;
    response.original_request = std::move(request.message);
    const Status sent = co_await stream.send(response);
    if (!sent.ok()) co_return sent;
  }
}

}  // namespace

void register_reflection(const Server& server) {
  server.bidirectional(reflection::kInfoV1, serve_info<reflection::NamesV1>);
  server.bidirectional(reflection::kInfoV1Alpha, serve_info<reflection::NamesV1Alpha>);
  server.describe(reflection::kFileV1);
  server.describe(reflection::kFileV1Alpha);
}

}  // namespace sim::grpc
