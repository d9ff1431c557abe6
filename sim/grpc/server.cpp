#include "sim/grpc/server.h"

#include <algorithm>
#include <set>

#include "engine/sync/timer.h"

namespace sim::grpc {
namespace {

/// How long a client has to answer a GOAWAY. Source: grpc-go, goAwayPingTimeout.
constexpr engine::Duration kGoAwayTime = 5 * engine::kSecond;

using engine::Error;
using engine::Ref;
using engine::Task;

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

ServerCall::ServerCall(const Server& server, Ref<http2::Exchange> exchange, std::string method)
    : server_(server), exchange_(std::move(exchange)), method_(std::move(method)) {}

const Metadata& ServerCall::metadata() {
  if (!std::exchange(metadata_taken_, true)) metadata_.take(exchange_->headers());
  return metadata_;
}

std::string ServerCall::peer() const {
  return net::address_text(exchange_->endpoint().conn().remote_address());
}

void ServerCall::begin_context() {
  engine::Cancelable scope;
  const std::string_view limit = exchange_->headers().get("grpc-timeout");
  const auto timeout = limit.empty() ? std::nullopt : parse_timeout(limit);
  scope = timeout ? engine::with_timeout(engine::background(), *timeout)
                  : engine::with_cancel(engine::background());
  context_ = scope.context;
  cancel_ = scope.cancel;
  exchange_->at_close([cancel = scope.cancel] { cancel(); });
  // Until it is finished, the call's end is that of its stream, too: receive() and send() return.
  stop_ = engine::on_done(context_,
                          [exchange = exchange_] { exchange->reset(http2::ErrorCode::kCancel); });
}

// What receive() and send() say of a call that has failed. Source: grpc-go, ContextErr.
Status ServerCall::failure() const {
  if (Error error = context_.err()) return status_of(error);
  return {code_of_reset(exchange_->reset_code()), exchange_->error().message()};
}

// The response's header, or (with a status) its end.
void ServerCall::send_fields(const Status* status, bool end) {
  std::vector<http2::HeaderFieldView> fields;
  std::deque<std::string> texts;
  std::string code;
  std::string message;
  // Metadata of the header is not to end up in the trailers. Source: grpc-go, writeStatus.
  if (status != nullptr && !header_sent_ && !header_.empty()) send_fields(nullptr, false);
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
    trailer_.append_to(fields, texts);
  }
  exchange_->send_headers(fields, end);
}

void ServerCall::send_header() {
  if (engine::here().muted || header_sent_) return;
  send_fields(nullptr, false);
}

Task<ReceivedMessage> ServerCall::receive() {
  const Ref<ServerCall> self(this);
  ReceivedMessage received;
  while (!poll(received)) co_await wait_data();
  co_return received;
}

bool ServerCall::poll(ReceivedMessage& received) {
  if (!poll_message(*exchange_, reader_, received)) return false;
  if (received.failed) received.status = failure();
  return true;
}

Task<Status> ServerCall::send(std::string message) {
  const Ref<ServerCall> self(this);
  if (context_.err() || exchange_->error()) co_return failure();
  send_header();
  exchange_->send_data(framed(message), false);
  co_await exchange_->wait_room();
  if (context_.err() || exchange_->error()) co_return failure();
  co_return Status();
}

void ServerCall::finish(const Status& status, const std::string* last) {
  if (engine::here().muted || std::exchange(finished_, true)) return;
  stop_();
  if (last != nullptr && status.ok()) {
    send_header();
    exchange_->send_data(framed(*last), false);
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
  std::string path(fields.get(":path"));
  if (fields.get(":method") != "POST") {
    refuse(*exchange, "405",
           {Code::kInternal, "http2Server.operateHeaders parsed a :method field " +
                                 ("\"" + std::string(fields.get(":method"))) +
                                 "\" which should be POST"});
    co_return;
  }
  const std::string_view type = fields.get("content-type");
  if (!is_grpc_content(type)) {
    refuse(*exchange, "415",
           {Code::kInvalidArgument,
            "invalid gRPC request content-type \"" + std::string(type) + "\""});
    co_return;
  }
  const std::string_view limit = fields.get("grpc-timeout");
  if (!limit.empty() && !parse_timeout(limit)) {
    refuse(*exchange, "200", {Code::kInternal, "malformed grpc-timeout: " + std::string(limit)});
    co_return;
  }
  const std::string_view coding = fields.get("grpc-encoding");
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
  const Server server(core);
  const Ref<ServerCall> call(new ServerCall(server, exchange, std::move(path)));
  call->begin_context();
  const bool answers_once = !found->second.descriptor.server_streams();
  std::string reply;
  // Without interceptors the registered handler itself: it stays where it is.
  const Handler& registered = found->second.handler;
  engine::Task<Status> handled = core->interceptors.empty()
                                     ? registered(call, &reply)
                                     : intercepted(core, call, registered, &reply);
  auto outcome = co_await engine::recovered(std::move(handled));
  if (!outcome) {
    // As grpc-go: nothing recovers a handler's panic, it ends the program.
    co_await engine::panic(outcome.panic);
  }
  Status status = std::move(*outcome.value);
  if (Error ended = call->context().err(); ended && status.ok()) status = status_of(ended);
  // The reset behind the status would take with it what is still to be sent.
  if (!exchange->peer_ended()) co_await exchange->wait_drained();
  call->finish(status, answers_once && status.ok() ? &reply : nullptr);
}

// The handler within the interceptors.
Task<Status> Server::intercepted(Ref<Core> core, Ref<ServerCall> call, Handler handler,
                                 std::string* reply) {
  for (size_t i = core->interceptors.size(); i > 0; --i) {
    handler = [core, inner = std::move(handler), i](Ref<ServerCall> to,
                                                    std::string* out) -> Task<Status> {
      // Copies in this frame: the closure belongs to a local of another.
      const Handler next = inner;
      const Interceptor outer = core->interceptors[i - 1];
      co_return co_await outer(ServerContext(to), next, out);
    };
  }
  co_return co_await handler(call, reply);
}

Task<> Server::serve_connection(net::Conn conn, std::string first) const {
  return [](Ref<Core> core, net::Conn on, std::string begun) -> Task<> {
    const Ref<http2::Endpoint> endpoint(
        new http2::Endpoint(on, http2::server_options(), [core](Ref<http2::Exchange> exchange) {
          return serve_exchange(core, std::move(exchange));
        }));
    if (core->stopping) {
      static_cast<void>(on.close());
      co_return;
    }
    limit_pings(*endpoint, core->options.ping_limits);
    if (core->options.keep_alive.time.ns > 0) {
      engine::go(keep_alive, endpoint, core->options.keep_alive).set_name("grpc keepalive");
    }
    core->endpoints.push_back(endpoint);
    // Also when the process ends.
    struct Listed {
      Ref<Core> core;
      Ref<http2::Endpoint> endpoint;
      ~Listed() {
        std::erase_if(core->endpoints, [this](const Ref<http2::Endpoint>& other) {
          return other.get() == endpoint.get();
        });
      }
    };
    const Listed listed{core, endpoint};
    co_await endpoint->run(std::move(begun));
    // Run is over before the reason for the end is written, if there is one to tell.
    while (!endpoint->has_ended()) co_await endpoint->wait_end(kGoAwayTime);
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
    // Clients that do not answer are not waited for. Source: grpc-go, goAwayPingTimeout.
    const engine::Instant answers_until = engine::now() + kGoAwayTime;
    while (!core->endpoints.empty()) {
      const Ref<http2::Endpoint> endpoint = core->endpoints.front();
      co_await endpoint->drain(answers_until - engine::now());
      std::erase_if(core->endpoints, [&endpoint](const Ref<http2::Endpoint>& other) {
        return other.get() == endpoint.get();
      });
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
