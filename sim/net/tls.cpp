#include "sim/net/tls.h"

#include <utility>

#include "sim/net/address.h"
#include "sim/net/tls_core.h"

namespace sim::net {

using engine::Context;
using engine::Error;
using engine::here;
using engine::Task;

namespace {

// Coroutines that hold the connection themselves, whatever becomes of the handle.

Task<Error> shake_hands(engine::Ref<TlsCore> core, Context context) {
  if (!core) co_return Error(kErrClosed);
  if (Error done = context.err()) co_return done;
  const Conn conn = core->conn();
  const engine::StopFunc stop =
      engine::on_done(context, [conn] { static_cast<void>(conn.close()); });
  Error error = co_await core->handshake();
  stop();
  if (error) {
    if (Error done = context.err()) co_return done;
  }
  co_return error;
}

Task<ReadResult> read_some(engine::Ref<TlsCore> core, uint32_t most) {
  if (!core) co_return ReadResult{{}, kErrClosed};
  co_return co_await core->read(most);
}

Task<Error> write_all(engine::Ref<TlsCore> core, Bytes bytes) {
  if (!core) co_return Error(kErrClosed);
  co_return co_await core->write(std::move(bytes));
}

}  // namespace

std::string CertificateVerificationError::message() const {
  return "tls: failed to verify certificate: " + error.message();
}

TlsConn::TlsConn() = default;
TlsConn::TlsConn(engine::Ref<TlsCore> core) : core_(std::move(core)) {}
TlsConn::TlsConn(const TlsConn&) = default;
TlsConn::TlsConn(TlsConn&&) noexcept = default;
TlsConn& TlsConn::operator=(TlsConn other) noexcept {
  std::swap(core_, other.core_);
  return *this;
}
TlsConn::~TlsConn() = default;

Task<Error> TlsConn::handshake(Context context) const {
  return shake_hands(core_, std::move(context));
}
Task<ReadResult> TlsConn::read(uint32_t most) const {
  return read_some(core_, most);
}
Task<Error> TlsConn::write(Bytes bytes) const {
  return write_all(core_, std::move(bytes));
}
Task<Error> TlsConn::write(std::string_view text) const {
  return write_all(core_, Bytes::copy(text));
}

Error TlsConn::close() const {
  if (here().muted) return nullptr;
  return core_ ? core_->close() : Error(kErrClosed);
}
Error TlsConn::close_write() const {
  if (here().muted) return nullptr;
  return core_ ? core_->close_write() : Error(kErrClosed);
}
void TlsConn::abort() const {
  net_conn().abort();
}
void TlsConn::set_read_deadline(engine::Instant at) const {
  net_conn().set_read_deadline(at);
}
void TlsConn::set_write_deadline(engine::Instant at) const {
  net_conn().set_write_deadline(at);
}
Address TlsConn::local_address() const {
  return net_conn().local_address();
}
Address TlsConn::remote_address() const {
  return net_conn().remote_address();
}
bool TlsConn::is_readable() const {
  return core_ && (core_->has_input() || core_->conn().is_readable());
}
TlsState TlsConn::connection_state() const {
  return core_ ? core_->state() : TlsState{};
}
Conn TlsConn::net_conn() const {
  return core_ ? core_->conn() : Conn();
}

TlsConn tls_client(Conn conn, TlsConfig config) {
  return TlsConn(engine::Ref<TlsCore>(new TlsCore(std::move(conn), std::move(config), true)));
}
TlsConn tls_server(Conn conn, TlsConfig config) {
  return TlsConn(engine::Ref<TlsCore>(new TlsCore(std::move(conn), std::move(config), false)));
}

Task<TlsDialResult> tls_dial(Context context, std::string address, TlsConfig config) {
  const DialResult dialed = co_await dial(context, address);
  if (dialed.error) co_return TlsDialResult{{}, dialed.error};
  if (config.server_name.empty()) {
    const std::optional<HostPort> parts = split_host_port(address);
    if (parts) config.server_name = parts->host;
  }
  const TlsConn conn = tls_client(dialed.conn, std::move(config));
  if (Error error = co_await conn.handshake(context)) {
    static_cast<void>(dialed.conn.close());
    co_return TlsDialResult{{}, std::move(error)};
  }
  co_return TlsDialResult{conn, nullptr};
}

}  // namespace sim::net
