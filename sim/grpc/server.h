// sim/grpc/server.h: a gRPC server on the simulated network, in the shape of grpc-go's.
//
//   Server server;
//   server.unary(kSayHello, [](ServerContext ctx, HelloRequest in) -> Task<Result<HelloReply>> {
//     co_return HelloReply{"Hello " + in.name};
//   });
//   Error error = co_await server.listen_and_serve(":50051");
//
// Concept: a method is a handler on a call's stream; unary() and the others wrap typed functions
// into such handlers. Deadlines of clients end the call's context; so does a client that goes away.
// Interceptors wrap every handler, the first registered outermost.
// Source: gRPC over HTTP/2; behaviour and texts of grpc-go.
// Not modelled: compression, TLS, max_connection_age.

#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "engine/sync/context.h"
#include "sim/grpc/framing.h"
#include "sim/grpc/keep_alive.h"
#include "sim/grpc/metadata.h"
#include "sim/grpc/proto.h"
#include "sim/grpc/proto_descriptor.h"
#include "sim/grpc/status.h"
#include "sim/http2/endpoint.h"

namespace sim::grpc {

/// A message, or why there is none.
template <class T>
class Result {
 public:
  Result(T message) : message_(std::move(message)) {}    // NOLINT: a message is a result
  Result(Status status) : status_(std::move(status)) {}  // NOLINT: so is a failure
  [[nodiscard]] bool ok() const { return status_.ok(); }
  [[nodiscard]] const Status& status() const { return status_; }
  [[nodiscard]] T& message() { return message_; }
  [[nodiscard]] const T& message() const { return message_; }

 private:
  T message_{};
  Status status_;
};

class Server;

/// One call at its server.
class ServerCall : public engine::Counted<ServerCall> {
 public:
  ServerCall(const Server& server, engine::Ref<http2::Exchange> exchange, std::string method);

  /// Good until the handler returns.
  [[nodiscard]] const Server& server() const { return server_; }
  [[nodiscard]] const std::string& method() const { return method_; }
  [[nodiscard]] const engine::Context& context() const { return context_; }
  [[nodiscard]] const Metadata& metadata();
  [[nodiscard]] std::string peer() const;

  /// Sent with the first message or the status, unless send_header() comes before.
  void set_header(std::string_view key, std::string_view value) { header_.add(key, value); }
  void set_trailer(std::string_view key, std::string_view value) { trailer_.add(key, value); }
  void send_header();

  /// Suspends until the next message of the client is there. None: see its status.
  engine::Task<ReceivedMessage> receive();
  /// The same for those who wait themselves: false, and there is nothing to say until wait_data().
  bool poll(ReceivedMessage& received);
  http2::ExchangeWait wait_data() { return exchange_->wait_data(); }
  /// Suspends while the client takes no more; gives the call's failure, if it has failed.
  engine::Task<Status> send(std::string message);
  /// Ends the call. `last` is a message to send before, or null.
  void finish(const Status& status, const std::string* last = nullptr);

 private:
  friend class Server;
  void begin_context();
  void send_fields(const Status* status, bool end);
  [[nodiscard]] Status failure() const;

  const Server& server_;
  engine::Ref<http2::Exchange> exchange_;
  std::string method_;
  MessageReader reader_;
  Metadata metadata_;  // once it was asked for
  Metadata header_;
  Metadata trailer_;
  engine::Context context_;
  engine::CancelFunc cancel_;
  engine::StopFunc stop_;
  bool metadata_taken_ = false;
  bool header_sent_ = false;
  bool finished_ = false;
};

/// What a handler knows of its call: a counted handle.
class ServerContext {
 public:
  explicit ServerContext(engine::Ref<ServerCall> call) : call_(std::move(call)) {}
  [[nodiscard]] const engine::Context& context() const { return call_->context(); }
  [[nodiscard]] const Metadata& metadata() const { return call_->metadata(); }
  [[nodiscard]] const std::string& method() const { return call_->method(); }
  [[nodiscard]] std::string peer() const { return call_->peer(); }
  void set_header(std::string_view key, std::string_view value) const {
    call_->set_header(key, value);
  }
  void set_trailer(std::string_view key, std::string_view value) const {
    call_->set_trailer(key, value);
  }
  void send_header() const { call_->send_header(); }
  [[nodiscard]] ServerCall& call() const { return *call_; }

 private:
  engine::Ref<ServerCall> call_;
};

/// The messages of a call, at its server.
template <class Req, class Res>
class ServerStream {
 public:
  explicit ServerStream(engine::Ref<ServerCall> call) : call_(std::move(call)) {}
  struct Received {
    bool is_there = false;
    Req message{};
    Status status;  // if none is there: OK at the end
    explicit operator bool() const { return is_there; }
  };
  /// Suspends until a message is there, or the client has sent its last.
  [[nodiscard]] engine::Task<Received> receive() const {
    return [](engine::Ref<ServerCall> call) -> engine::Task<Received> {
      co_return decoded(co_await call->receive());
    }(call_);
  }
  static Received decoded(ReceivedMessage raw) {
    Received out;
    out.status = std::move(raw.status);
    if (!raw.is_there) return out;
    const proto::Decoded decoded = proto::decode(raw.bytes, out.message);
    out.is_there = decoded.ok();
    if (!decoded.ok()) {
      out.status = {Code::kInternal,
                    "grpc: error unmarshalling request: " + std::string(expected(decoded.fault))};
    }
    return out;
  }
  /// Suspends while the client takes no more.
  [[nodiscard]] engine::Task<Status> send(const Res& message) const {
    std::string bytes;
    proto::encode(message, bytes);
    return call_->send(std::move(bytes));
  }

 private:
  engine::Ref<ServerCall> call_;
};

struct ServerOptions {
  /// Pings of silent clients. Source: grpc-go, defaultServerKeepaliveTime and -Timeout.
  KeepAlive keep_alive{7200 * engine::kSecond, 20 * engine::kSecond, true};
  PingLimits ping_limits;
};

/// Go's *grpc.Server: a counted handle.
class Server {
 public:
  /// Serves a call to its end: gives its status. A unary handler leaves its answer in `reply`.
  using Handler =
      std::function<engine::Task<Status>(engine::Ref<ServerCall> call, std::string* reply)>;
  /// Calls `next` or does not.
  using Interceptor =
      std::function<engine::Task<Status>(ServerContext, Handler next, std::string* reply)>;

  explicit Server(const ServerOptions& options = {}) : core_(new Core) { core_->options = options; }

  template <class Req, class Res, class F>
  void unary(const proto::Method<Req, Res, proto::Streaming::none>& method, F handler) const {
    add(method.descriptor(),
        [handler](engine::Ref<ServerCall> call, std::string* reply) -> engine::Task<Status> {
          ReceivedMessage raw;
          while (!call->poll(raw)) co_await call->wait_data();
          auto request = ServerStream<Req, Res>::decoded(std::move(raw));
          if (!request) {
            if (!request.status.ok()) co_return request.status;
            co_return Status{Code::kInternal, "cardinality violation: received no request message"};
          }
          Result<Res> result = co_await handler(ServerContext(call), std::move(request.message));
          if (result.ok()) proto::encode(result.message(), *reply);
          co_return result.status();
        });
  }
  /// F: Task<Status>(ServerContext, Req, ServerStream<Req, Res>).
  template <class Req, class Res, class F>
  void server_streaming(const proto::Method<Req, Res, proto::Streaming::server>& method,
                        F handler) const {
    add(method.descriptor(),
        [handler](engine::Ref<ServerCall> call, std::string* /*reply*/) -> engine::Task<Status> {
          ServerStream<Req, Res> stream(call);
          auto request = co_await stream.receive();
          if (!request) {
            if (!request.status.ok()) co_return request.status;
            co_return Status{Code::kInternal, "cardinality violation: received no request message"};
          }
          co_return co_await handler(ServerContext(call), std::move(request.message), stream);
        });
  }
  /// F: Task<Result<Res>>(ServerContext, ServerStream<Req, Res>).
  template <class Req, class Res, class F>
  void client_streaming(const proto::Method<Req, Res, proto::Streaming::client>& method,
                        F handler) const {
    add(method.descriptor(),
        [handler](engine::Ref<ServerCall> call, std::string* reply) -> engine::Task<Status> {
          ServerStream<Req, Res> stream(call);
          Result<Res> result = co_await handler(ServerContext(call), stream);
          if (result.ok()) proto::encode(result.message(), *reply);
          co_return result.status();
        });
  }
  /// F: Task<Status>(ServerContext, ServerStream<Req, Res>).
  template <class Req, class Res, class F>
  void bidirectional(const proto::Method<Req, Res, proto::Streaming::both>& method,
                     F handler) const {
    add(method.descriptor(),
        [handler](engine::Ref<ServerCall> call, std::string* /*reply*/) -> engine::Task<Status> {
          co_return co_await handler(ServerContext(call), ServerStream<Req, Res>(call));
        });
  }
  void intercept(Interceptor interceptor) const {
    core_->interceptors.push_back(std::move(interceptor));
  }
  /// A file whose services are registered: for reflection.
  void describe(const proto::FileDescriptor& file) const { core_->files.push_back(&file); }
  [[nodiscard]] const std::vector<const proto::FileDescriptor*>& files() const {
    return core_->files;
  }
  /// Names of the services that have a method here, in alphabetical order.
  [[nodiscard]] std::vector<std::string> services() const;

  /// Suspends for as long as the listener works.
  [[nodiscard]] engine::Task<engine::Error> serve(net::Listener listener) const;
  [[nodiscard]] engine::Task<engine::Error> listen_and_serve(std::string address) const;
  /// Serves one connection, which may have begun: `first` are bytes that were read.
  [[nodiscard]] engine::Task<> serve_connection(net::Conn conn, std::string first = {}) const;
  /// No new calls; suspends until those under way have ended. Source: grpc-go, GracefulStop.
  [[nodiscard]] engine::Task<> graceful_stop() const;
  /// Ends everything now. Source: grpc-go, Stop.
  void stop() const;

 private:
  struct Core : engine::Counted<Core> {
    struct Registered {
      const proto::MethodDescriptor descriptor;
      Handler handler;
    };
    ServerOptions options;
    std::map<std::string, Registered, std::less<>> methods;
    std::vector<Interceptor> interceptors;
    std::vector<const proto::FileDescriptor*> files;
    std::vector<net::Listener> listeners;
    std::vector<engine::Ref<http2::Endpoint>> endpoints;
    bool stopping = false;
  };
  explicit Server(engine::Ref<Core> core) : core_(std::move(core)) {}
  void add(const proto::MethodDescriptor& method, Handler handler) const;
  static engine::Task<Status> intercepted(engine::Ref<Core> core, engine::Ref<ServerCall> call,
                                          Handler handler, std::string* reply);
  static engine::Task<> serve_exchange(engine::Ref<Core> core,
                                       engine::Ref<http2::Exchange> exchange);

  engine::Ref<Core> core_;
};

}  // namespace sim::grpc
