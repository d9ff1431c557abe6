// sim/grpc/client.h: calls of a gRPC client.
//
//   Channel channel("server:50051");
//   HelloRequest request{"world"};
//   Reply<HelloReply> reply = co_await call(channel, kSayHello, ctx, request);
//   if (!reply.status.ok()) ...
//
// Concept: call() makes a unary call, with the channel's retries or hedging; stream() opens a call
// of any kind and gives its messages one by one. Deadlines come from the context and travel with
// the call; when it ends early, the stream is reset with CANCEL and the status is the client's own.
// Sources: gRPC over HTTP/2; gRFC A6 (retries, hedging); grpc-go for texts.
// Not modelled: retries of calls whose client streams, compression, per-call credentials.

#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <utility>

#include "sim/grpc/channel.h"
#include "sim/grpc/framing.h"
#include "sim/grpc/proto.h"
#include "sim/grpc/proto_descriptor.h"

namespace sim::grpc {

struct CallOptions {
  CallOptions() {}  // NOLINT: no aggregate, so that it may be made inside a co_await
  Metadata metadata;
  bool wait_for_ready = false;
};

/// What a unary call is asked to do.
struct CallSpec {
  Channel channel;
  std::string path;
  engine::Context context;
  std::string request;
  CallOptions options;
};

/// One attempt of a call at its client.
class ClientCall : public engine::Counted<ClientCall> {
 public:
  /// Suspends until the call has begun, or failed: then finished() has its status. REQUIRES: the
  /// caller keeps `spec` until then. `is_whole`: its request is the only message.
  static engine::Task<engine::Ref<ClientCall>> begin(const CallSpec& spec, int previous_attempts,
                                                     bool is_whole);
  ~ClientCall();

  /// Suspends while the server takes no more. False: the call has ended; see status().
  engine::Task<bool> send(std::string message);
  /// No more messages from here.
  void close_send();
  /// Suspends until the next message is there. False: the call has ended; see status().
  engine::Task<bool> receive(std::string& message);
  /// Suspends until the server has sent its header, or the call has ended.
  engine::Task<> wait_header();
  /// Gives the call up.
  void cancel(const Status& why);

  [[nodiscard]] bool finished() const { return finished_; }
  /// Once finished().
  [[nodiscard]] const Status& status() const { return status_; }
  [[nodiscard]] const Metadata& header() const { return header_; }
  [[nodiscard]] const Metadata& trailer() const { return trailer_; }
  /// The server has said something beside a status: the call must not be tried again.
  [[nodiscard]] bool is_committed() const { return committed_; }
  /// The server has certainly not acted on it.
  [[nodiscard]] bool was_refused() const { return refused_; }
  [[nodiscard]] uint32_t stream() const { return exchange_ ? exchange_->stream() : 0; }

 private:
  ClientCall() = default;
  void finish(Status status);
  void take_header();
  [[nodiscard]] bool is_foreign(std::string& why) const;
  void take_end();

  engine::Ref<http2::Exchange> exchange_;
  engine::Context context_;
  engine::StopFunc stop_;
  MessageReader reader_;
  Metadata header_;
  Metadata trailer_;
  Status status_;
  bool finished_ = false;
  bool header_taken_ = false;
  bool committed_ = false;
  bool refused_ = false;
};

struct RawReply {
  std::string message;
  Status status;
  Metadata header;
  Metadata trailer;
  int attempts = 1;
};
/// A unary call with the channel's retries, hedging and default timeout.
engine::Task<RawReply> call_raw(CallSpec spec);

template <class Res>
struct Reply {
  Res message{};
  Status status;
  Metadata header;
  Metadata trailer;
  int attempts = 1;
  [[nodiscard]] bool ok() const { return status.ok(); }
};

/// As call_raw(), for a method of a service.
template <class Req, class Res>
engine::Task<Reply<Res>> call(Channel channel,
                              proto::Method<Req, Res, proto::Streaming::none> method,
                              engine::Context context, Req request, CallOptions options = {}) {
  CallSpec spec{
      std::move(channel), std::string(method.path), std::move(context), {}, std::move(options)};
  proto::encode(request, spec.request);
  RawReply raw = co_await call_raw(std::move(spec));
  Reply<Res> reply;
  reply.status = std::move(raw.status);
  reply.header = std::move(raw.header);
  reply.trailer = std::move(raw.trailer);
  reply.attempts = raw.attempts;
  if (reply.status.ok()) {
    const proto::Decoded decoded = proto::decode(raw.message, reply.message);
    if (!decoded.ok()) {
      reply.status = {Code::kInternal, "grpc: failed to unmarshal the received message: " +
                                           std::string(expected(decoded.fault))};
    }
  }
  co_return reply;
}

/// A call whose messages come and go one by one.
template <class Req, class Res>
class ClientStream {
 public:
  explicit ClientStream(engine::Ref<ClientCall> call) : call_(std::move(call)) {}
  [[nodiscard]] engine::Task<bool> send(const Req& message) const {
    std::string bytes;
    proto::encode(message, bytes);
    return call_->send(std::move(bytes));
  }
  void close_send() const { call_->close_send(); }
  struct Received {
    bool is_there = false;
    Res message{};
    explicit operator bool() const { return is_there; }
  };
  /// None: the call has ended; see status().
  [[nodiscard]] engine::Task<Received> receive() const {
    return [](engine::Ref<ClientCall> on) -> engine::Task<Received> {
      Received out;
      std::string bytes;
      if (!co_await on->receive(bytes)) co_return out;
      const proto::Decoded decoded = proto::decode(bytes, out.message);
      out.is_there = decoded.ok();
      if (!decoded.ok()) {
        on->cancel({Code::kInternal, "grpc: failed to unmarshal the received message: " +
                                         std::string(expected(decoded.fault))});
      }
      co_return out;
    }(call_);
  }
  [[nodiscard]] const Status& status() const { return call_->status(); }
  [[nodiscard]] ClientCall& call() const { return *call_; }

 private:
  engine::Ref<ClientCall> call_;
};

/// Opens a call of any kind.
template <class Req, class Res, proto::Streaming S>
engine::Task<ClientStream<Req, Res>> stream(Channel channel, proto::Method<Req, Res, S> method,
                                            engine::Context context, CallOptions options = {}) {
  const CallSpec spec{channel, std::string(method.path), std::move(context), {}, options};
  engine::Ref<ClientCall> call = co_await ClientCall::begin(spec, 0, false);
  co_return ClientStream<Req, Res>(std::move(call));
}

}  // namespace sim::grpc
