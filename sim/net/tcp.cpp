#include "sim/net/tcp.h"

#include <algorithm>

namespace sim::net {
namespace {

using engine::Duration;
using engine::kEndOfTime;
using engine::kMillisecond;
using engine::kSecond;

constexpr int kWindowScale = 7;
/// Source: Linux, TCP_DELACK_MIN.
constexpr Duration kDelayedAck = 40 * kMillisecond;
/// Source: Linux, TCP_TIMEWAIT_LEN and TCP_FIN_TIMEOUT.
constexpr Duration kTimeWait = 60 * kSecond;
constexpr Duration kFinTimeout = 60 * kSecond;
/// Source: Linux, net.ipv4.tcp_syn_retries (a connection attempt ends after about 127 s).
constexpr int kSynRetries = 6;
/// Source: Go documentation, `net.KeepAliveConfig`: 9 probes.
constexpr int kKeepAliveProbes = 9;

}  // namespace

std::string_view tcp_state_text(Tcp::State state) {
  switch (state) {
    case Tcp::State::kClosed:
      return "CLOSED";
    case Tcp::State::kSynSent:
      return "SYN_SENT";
    case Tcp::State::kSynReceived:
      return "SYN_RECV";
    case Tcp::State::kEstablished:
      return "ESTABLISHED";
    case Tcp::State::kFinWait1:
      return "FIN_WAIT1";
    case Tcp::State::kFinWait2:
      return "FIN_WAIT2";
    case Tcp::State::kCloseWait:
      return "CLOSE_WAIT";
    case Tcp::State::kClosing:
      return "CLOSING";
    case Tcp::State::kLastAck:
      return "LAST_ACK";
    case Tcp::State::kTimeWait:
      return "TIME_WAIT";
  }
  return "UNKNOWN";
}

// What leaves.

void Tcp::send_syn(uint8_t flags, Segments& out) {
  Segment syn;
  syn.seq = initial_seq_;
  syn.flags = flags;
  if ((flags & Segment::kAck) != 0) syn.ack = receiver_.ack();
  syn.window = receiver_.advertise(false);
  syn.mss = options_.mss;
  syn.sack_permitted = true;
  syn.window_scale = kWindowScale;
  out.push_back(std::move(syn));
}

void Tcp::send_ack(Segments& out) {
  Segment ack;
  ack.seq = sender_.next_seq();
  ack.ack = receiver_.ack();
  ack.flags = Segment::kAck;
  ack.window = receiver_.advertise(scales_);
  receiver_.add_sack(ack);
  out.push_back(std::move(ack));
  acks_now_ = false;
  ack_due_ = kEndOfTime;
  unacknowledged_segments_ = 0;
}

void Tcp::send_reset(uint32_t seq, Segments& out) const {
  Segment reset;
  reset.seq = seq;
  reset.ack = receiver_.ack();
  reset.flags = Segment::kRst | Segment::kAck;
  out.push_back(std::move(reset));
}

// Sends what may be sent; every data segment acknowledges, too.
void Tcp::flush(Instant now, Segments& out) {
  if (state_ >= State::kEstablished && state_ != State::kTimeWait) {
    while (std::optional<TcpSender::Piece> piece = sender_.next(now)) {
      Segment segment;
      segment.seq = piece->seq;
      segment.ack = receiver_.ack();
      segment.flags = Segment::kAck;
      if (piece->push && !piece->payload.empty()) segment.flags |= Segment::kPsh;
      if (piece->fin) segment.flags |= Segment::kFin;
      segment.window = receiver_.advertise(scales_);
      segment.payload = std::move(piece->payload);
      receiver_.add_sack(segment);
      out.push_back(std::move(segment));
      acks_now_ = false;
      ack_due_ = kEndOfTime;
      unacknowledged_segments_ = 0;
    }
  }
  if (acks_now_) send_ack(out);
}

void Tcp::fail(Failure failure) {
  state_ = State::kClosed;
  failure_ = failure;
}

// Opening.

void Tcp::connect(uint32_t initial_seq, Instant now, Segments& out) {
  initial_seq_ = initial_seq;
  state_ = State::kSynSent;
  receiver_.start(0, options_.receive_buffer_bytes, kWindowScale);
  syn_sent_at_ = now;
  handshake_due_ = now + TcpSender::kFirstRto;
  send_syn(Segment::kSyn, out);
}

void Tcp::accept(const Segment& syn, uint32_t initial_seq, Instant now, Segments& out) {
  initial_seq_ = initial_seq;
  state_ = State::kSynReceived;
  receiver_.start(syn.seq, options_.receive_buffer_bytes, kWindowScale);
  adopt_options(syn);
  syn_sent_at_ = now;
  handshake_due_ = now + TcpSender::kFirstRto;
  send_syn(Segment::kSyn | Segment::kAck, out);
}

void Tcp::adopt_options(const Segment& syn) {
  constexpr uint16_t kMssWithoutOption = 536;  // RFC 9293 3.7.1
  const uint16_t peer = syn.mss == 0 ? kMssWithoutOption : syn.mss;
  sender_.start(initial_seq_, std::min(peer, options_.mss));
  scales_ = syn.window_scale >= 0;
  sender_.set_window_scale(scales_ ? syn.window_scale : 0);
  Segment window = syn;
  window.ack = initial_seq_ + 1;
  window.flags = Segment::kSyn | Segment::kAck;
  window.sack_count = 0;
  sender_.acknowledge(window, {});
}

void Tcp::become_established(const Segment& segment, Instant now) {
  state_ = State::kEstablished;
  handshake_due_ = kEndOfTime;
  if (handshake_tries_ == 0) sender_.measure(std::max(now - syn_sent_at_, engine::kMicrosecond));
  if (options_.keep_alive.ns > 0) keep_alive_due_ = now + options_.keep_alive;
  if (!segment.has(Segment::kSyn)) sender_.acknowledge(segment, now);
}

void Tcp::receive_syn_sent(const Segment& segment, Instant now, Segments& out) {
  const bool acks = segment.has(Segment::kAck);
  if (acks && segment.ack != initial_seq_ + 1) {
    if (!segment.has(Segment::kRst)) send_reset(segment.ack, out);
    return;
  }
  if (segment.has(Segment::kRst)) {
    if (acks) fail(Failure::kRefused);
    return;
  }
  if (!segment.has(Segment::kSyn) || !acks) return;
  receiver_.start(segment.seq, options_.receive_buffer_bytes, kWindowScale);
  adopt_options(segment);
  become_established(segment, now);
  acks_now_ = true;
  flush(now, out);
}

// What arrives. Source: RFC 9293 3.10.7.

void Tcp::receive(const Segment& segment, Instant now, Segments& out) {
  if (state_ == State::kClosed) return;
  if (state_ == State::kSynSent) return receive_syn_sent(segment, now, out);
  if (!receiver_.acceptable(segment)) {
    if (segment.has(Segment::kRst)) return;
    if (state_ == State::kSynReceived && segment.has(Segment::kSyn)) {
      return send_syn(Segment::kSyn | Segment::kAck, out);
    }
    if (segment.has(Segment::kAck)) take_ack(segment, now);
    if (state_ == State::kTimeWait && segment.has(Segment::kFin)) handshake_due_ = now + kTimeWait;
    send_ack(out);
    return flush(now, out);
  }
  if (segment.has(Segment::kRst)) {
    // Only the exact number counts; a guess is answered. Source: RFC 5961 3.2.
    if (!receiver_.is_next(segment.seq)) return send_ack(out);
    return fail(Failure::kReset);
  }
  if (segment.has(Segment::kSyn)) return send_ack(out);
  if (!segment.has(Segment::kAck)) return;
  if (keep_alive_due_ != kEndOfTime) keep_alive_due_ = now + options_.keep_alive;
  keep_alives_unanswered_ = 0;
  if (state_ == State::kSynReceived) {
    if (segment.ack != initial_seq_ + 1) return send_reset(segment.ack, out);
    become_established(segment, now);
  }
  take_ack(segment, now);
  if (state_ != State::kClosed) take_text(segment, now, out);
  flush(now, out);
}

void Tcp::take_ack(const Segment& segment, Instant now) {
  if (state_ < State::kEstablished) return;
  if (!sender_.acknowledge(segment, now)) {
    acks_now_ = true;
    return;
  }
  if (!sender_.fin_acknowledged()) return;
  if (state_ == State::kFinWait1) {
    state_ = State::kFinWait2;
    if (orphaned_) handshake_due_ = now + kFinTimeout;
  } else if (state_ == State::kClosing) {
    state_ = State::kTimeWait;
    handshake_due_ = now + kTimeWait;
  } else if (state_ == State::kLastAck) {
    state_ = State::kClosed;
  }
}

void Tcp::take_text(const Segment& segment, Instant now, Segments& out) {
  if (segment.payload.empty() && !segment.has(Segment::kFin)) return;
  const bool had_finished = receiver_.finished();
  if (orphaned_ && !segment.payload.empty() && !had_finished) {
    send_reset(sender_.next_seq(), out);
    return fail(Failure::kAborted);
  }
  const TcpReceiver::Arrival arrival = receiver_.receive(segment);
  if (arrival == TcpReceiver::Arrival::kInOrder && !segment.has(Segment::kFin)) {
    if (++unacknowledged_segments_ >= 2) {
      acks_now_ = true;
    } else if (ack_due_ == kEndOfTime) {
      ack_due_ = now + kDelayedAck;
    }
  } else {
    acks_now_ = true;
  }
  if (had_finished || !receiver_.finished()) return;
  if (state_ == State::kEstablished) {
    state_ = State::kCloseWait;
  } else if (state_ == State::kFinWait1) {
    state_ = State::kClosing;
  } else if (state_ == State::kFinWait2) {
    state_ = State::kTimeWait;
    handshake_due_ = now + kTimeWait;
  }
}

// Time.

Tcp::Instant Tcp::deadline() const {
  if (state_ == State::kClosed) return kEndOfTime;
  if (state_ == State::kTimeWait || state_ < State::kEstablished) return handshake_due_;
  const Instant idle = sender_.in_flight() == 0 ? keep_alive_due_ : kEndOfTime;
  return std::min({sender_.deadline(), ack_due_, idle, handshake_due_});
}

void Tcp::expire(Instant now, Segments& out) {
  if (now >= handshake_due_) {
    if (state_ == State::kTimeWait || state_ == State::kFinWait2) {
      state_ = State::kClosed;
      return;
    }
    if (++handshake_tries_ > kSynRetries) return fail(Failure::kTimedOut);
    handshake_due_ = now + TcpSender::kFirstRto * (int64_t{1} << handshake_tries_);
    const bool passive = state_ == State::kSynReceived;
    send_syn(static_cast<uint8_t>(Segment::kSyn | (passive ? Segment::kAck : 0)), out);
    return;
  }
  if (now >= ack_due_) acks_now_ = true;
  bool probes = false;
  if (now >= sender_.deadline()) {
    const TcpSender::Expiry expiry = sender_.expire(now);
    if (expiry == TcpSender::Expiry::kGiveUp) return fail(Failure::kTimedOut);
    probes = expiry == TcpSender::Expiry::kProbe;
  }
  if (now >= keep_alive_due_ && sender_.in_flight() == 0) {
    if (++keep_alives_unanswered_ > kKeepAliveProbes) {
      send_reset(sender_.next_seq(), out);
      return fail(Failure::kTimedOut);
    }
    keep_alive_due_ = now + options_.keep_alive;
    probes = true;
  }
  if (probes) {
    // A number that was acknowledged already asks for an acknowledgment. Source: RFC 1122 4.2.3.6.
    send_ack(out);
    out.back().seq = sender_.probe_seq();
  }
  flush(now, out);
}

// The user's calls.

void Tcp::write(Bytes bytes, Instant now, Segments& out) {
  sender_.write(std::move(bytes));
  flush(now, out);
}

Bytes Tcp::read(uint32_t most, Instant now, Segments& out) {
  Bytes bytes = receiver_.read(most);
  // A window that has opened widely is announced. Source: RFC 9293 3.8.6.2.2.
  const uint64_t wide =
      std::min<uint64_t>(receiver_.buffer_bytes() / 2, uint64_t{options_.receive_buffer_bytes});
  if (is_open() && state_ != State::kTimeWait && receiver_.window_growth() >= wide) {
    acks_now_ = true;
    flush(now, out);
  }
  return bytes;
}

void Tcp::finish(Instant now, Segments& out) {
  if (state_ == State::kSynSent) return fail(Failure::kAborted);
  if (!can_write()) return;
  state_ = state_ == State::kEstablished ? State::kFinWait1 : State::kLastAck;
  sender_.finish();
  flush(now, out);
}

void Tcp::abort(Segments& out) {
  if (state_ == State::kClosed) return;
  if (state_ != State::kSynSent && state_ != State::kTimeWait) {
    send_reset(state_ == State::kSynReceived ? initial_seq_ + 1 : sender_.next_seq(), out);
  }
  fail(Failure::kAborted);
}

}  // namespace sim::net
