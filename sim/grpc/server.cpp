#include "sim/grpc/server.h"

#include <algorithm>
#include <set>

#include "engine/sync/timer.h"

namespace sim::grpc {
namespace {

using engine::Error;
using engine::Ref;
using engine::Task;

bool is_grpc_content(std::string_view type) {
  constexpr std::string_view kBase = "application/grpc";
  if (!type.starts_with(kBase)) return false;
  return type.size() == kBase.size() || type[kBase.size()] == '+' || type[kBase.size()] == ';';
}

// A response that is headers alone: status and message at once.
void refuse(http2::Exchange& exchange, std::string_view http_status, const Status& status) {
  std::string code;
  engine::append_operand(code, static_cast<uint32_t>(status.code));
  const std::string text = percent_encode(status.text);
  const http2::HeaderFieldView fields[] = {{":status", http_status},
                                           {"content-type", "application/grpc"},
                                           {"grpc-status", code},
                                           {"grpc-message", text}};
  exchange.send_headers(fields, true);
  if (!exchange.peer_ended()) exchange.reset(http2::ErrorCode::kNoError);
}

}  // namespace

// A call.

ServerCall::ServerCall(Ref<http2::Exchange> exchange, std::string method)
    : exchange_(std::move(exchange)), method_(std::move(method)) {
  metadata_.take(exchange_->headers());
}

std::string ServerCall::peer() const {
  return net::address_text(exchange_->endpoint().conn().remote_address());
}

void ServerCall::begin_context() {
  engine::Cancelable scope;
  const std::string_view limit = field_of(exchange_->headers(), "grpc-timeout");
  const auto timeout = limit.empty() ? std::nullopt : parse_timeout(limit);
  scope = timeout ? engine::with_timeout(engine::background(), *timeout)
                  : engine::with_cancel(engine::background());
  context_ = scope.context;
  cancel_ = scope.cancel;
  exchange_->at_close([cancel = scope.cancel] { cancel(); });
}

// The response's header, or (with a status) its end.
void ServerCall::send_fields(const Status* status, bool end) {
  std::vector<http2::HeaderFieldView> fields;
  std::vector<std::string> texts;
  std::string code;
  std::string message;
  if (!header_sent_) {
    header_sent_ = true;
    fields.push_back({":status", "200"});
    fields.push_back({"content-type", "application/grpc"});
    header_.append_to(fields, texts);
  }
  if (status != nullptr) {
    engine::append_operand(code, static_cast<uint32_t>(status->code));
    fields.push_back({"grpc-status", code});
    if (!status->text.empty()) {
      message = percent_encode(status->text);
      fields.push_back({"grpc-message", message});
    }
    texts.reserve(texts.size() + 16);
    trailer_.append_to(fields, texts);
  }
  exchange_->send_headers(fields, end);
}

void ServerCall::send_header() {
  if (engine::here().muted || header_sent_) return;
  send_fields(nullptr, false);
}

Task<ReceivedMessage> ServerCall::receive() {
  return receive_message(exchange_, reader_);
}

Task<Status> ServerCall::send(std::string message) {
  const Ref<ServerCall> self(this);
  if (Error error = context_.err()) co_return status_of(error);
  if (exchange_->error()) {
    co_return Status{code_of_reset(exchange_->reset_code()), exchange_->error().message()};
  }
  send_header();
  std::string frame;
  frame.reserve(kMessagePrefixBytes + message.size());
  append_prefix(frame, static_cast<uint32_t>(message.size()));
  frame += message;
  exchange_->send_data(frame, false);
  co_await exchange_->wait_room();
  co_return Status();
}

void ServerCall::finish(const Status& status, const std::string* last) {
  if (engine::here().muted || std::exchange(finished_, true)) return;
  if (last != nullptr && status.ok()) {
    send_header();
    std::string frame;
    frame.reserve(kMessagePrefixBytes + last->size());
    append_prefix(frame, static_cast<uint32_t>(last->size()));
    frame += *last;
    exchange_->send_data(frame, false);
  }
  send_fields(&status, true);
  cancel_();
  // A client that still sends is told to stop.
  if (!exchange_->peer_ended()) exchange_->reset(http2::ErrorCode::kNoError);
}

// The server.

void Server::add(const proto::MethodDescriptor& method, Handler handler) const {
  if (engine::here().muted) return;
  core_->methods.emplace(std::string(method.path), Core::Registered{method, std::move(handler)});
}

std::vector<std::string> Server::services() const {
  std::set<std::string> names;
  for (const auto& [path, method] : core_->methods) {
    names.insert(path.substr(1, path.rfind('/') - 1));
  }
  return {names.begin(), names.end()};
}

Task<> Server::serve_exchange(Ref<Core> core, Ref<http2::Exchange> exchange) {
  const http2::Fields& fields = exchange->headers();
  std::string path(field_of(fields, ":path"));
  if (field_of(fields, ":method") != "POST") {
    refuse(*exchange, "405",
           {Code::kInternal, "http2Server.operateHeaders parsed a :method field " +
                                 ("\"" + std::string(field_of(fields, ":method"))) +
                                 "\" which should be POST"});
    co_return;
  }
  const std::string type(field_of(fields, "content-type"));
  if (!is_grpc_content(type)) {
    refuse(*exchange, "415",
           {Code::kInvalidArgument, "invalid gRPC request content-type \"" + type + "\""});
    co_return;
  }
  const std::string_view limit = field_of(fields, "grpc-timeout");
  if (!limit.empty() && !parse_timeout(limit)) {
    refuse(*exchange, "200", {Code::kInternal, "malformed grpc-timeout: " + std::string(limit)});
    co_return;
  }
  const std::string_view coding = field_of(fields, "grpc-encoding");
  if (!coding.empty() && coding != "identity") {
    refuse(*exchange, "200",
           {Code::kUnimplemented, "grpc: Decompressor is not installed for grpc-encoding \"" +
                                      std::string(coding) + "\""});
    co_return;
  }
  const auto found = core->methods.find(path);
  if (found == core->methods.end()) {
    const size_t slash = path.rfind('/');
    Status status{Code::kUnimplemented, "malformed method name: \"" + path + "\""};
    if (path.starts_with('/') && slash != 0 && slash != std::string::npos) {
      const std::string service = path.substr(1, slash - 1);
      const auto at = core->methods.lower_bound("/" + service + "/");
      const bool is_known = at != core->methods.end() && at->first.starts_with("/" + service + "/");
      status.text = is_known
                        ? "unknown method " + path.substr(slash + 1) + " for service " + service
                        : "unknown service " + service;
    }
    refuse(*exchange, "200", status);
    co_return;
  }
  const Ref<ServerCall> call(new ServerCall(exchange, std::move(path)));
  call->begin_context();
  const bool answers_once = !found->second.descriptor.server_streams();
  Handler handler = found->second.handler;
  for (size_t i = core->interceptors.size(); i > 0; --i) {
    handler = [core, inner = std::move(handler), i](Ref<ServerCall> to,
                                                    std::string* out) -> Task<Status> {
      // Copies in this frame: the closure belongs to a local of another.
      const Handler next = inner;
      const Ref<Core> held = core;
      const size_t index = i - 1;
      co_return co_await held->interceptors[index](ServerContext(to), next, out);
    };
  }
  std::string reply;
  auto outcome = co_await engine::recovered(handler(call, &reply));
  if (!outcome) {
    // As grpc-go: nothing recovers a handler's panic, it ends the program.
    co_await engine::panic(outcome.panic);
  }
  Status status = std::move(*outcome.value);
  if (Error ended = call->context().err(); ended && status.ok()) status = status_of(ended);
  call->finish(status, answers_once && status.ok() ? &reply : nullptr);
}

Task<> Server::serve_connection(net::Conn conn, std::string first) const {
  return [](Ref<Core> core, net::Conn on, std::string begun) -> Task<> {
    const Ref<http2::Endpoint> endpoint(
        new http2::Endpoint(on, http2::server_options(), [core](Ref<http2::Exchange> exchange) {
          return serve_exchange(core, std::move(exchange));
        }));
    core->endpoints.push_back(endpoint);
    co_await endpoint->run(std::move(begun));
    std::erase_if(core->endpoints,
                  [&](const Ref<http2::Endpoint>& other) { return other.get() == endpoint.get(); });
  }(core_, std::move(conn), std::move(first));
}

Task<Error> Server::serve(net::Listener listener) const {
  return [](Server server, net::Listener from) -> Task<Error> {
    server.core_->listeners.push_back(from);
    while (true) {
      net::AcceptResult accepted = co_await from.accept();
      if (accepted.error) {
        if (server.core_->stopping) co_return Error();
        co_return accepted.error;
      }
      engine::go(
          [](Server self, net::Conn conn) -> Task<> { co_await self.serve_connection(conn); },
          server, accepted.conn)
          .set_name("grpc conn");
    }
  }(*this, std::move(listener));
}

Task<Error> Server::listen_and_serve(std::string address) const {
  return [](Server server, std::string at) -> Task<Error> {
    net::ListenResult listening = net::listen(at);
    if (listening.error) co_return listening.error;
    co_return co_await server.serve(listening.listener);
  }(*this, std::move(address));
}

Task<> Server::graceful_stop() const {
  return [](Ref<Core> core) -> Task<> {
    core->stopping = true;
    for (const net::Listener& listener : core->listeners) static_cast<void>(listener.close());
    for (const auto& endpoint : core->endpoints) endpoint->shutdown();
    while (true) {
      const auto endpoints = core->endpoints;
      for (const auto& endpoint : endpoints) {
        if (endpoint->exchange_count() == 0) endpoint->close();
      }
      if (core->endpoints.empty()) co_return;
      co_await engine::sleep_for(10 * engine::kMillisecond);
    }
  }(core_);
}

void Server::stop() const {
  if (engine::here().muted) return;
  core_->stopping = true;
  for (const net::Listener& listener : core_->listeners) static_cast<void>(listener.close());
  const auto endpoints = core_->endpoints;
  for (const auto& endpoint : endpoints) endpoint->close();
}

}  // namespace sim::grpc
