#include "sim/net/tcp_sender.h"

#include <algorithm>

namespace sim::net {
namespace {

/// Source: RFC 6675 2, DupThresh.
constexpr uint64_t kDuplicatesBeforeLoss = 3;

}  // namespace

void TcpSender::start(uint32_t initial, uint32_t mss) {
  initial_ = initial;
  mss_ = mss;
  cwnd_ = uint64_t{kInitialWindowSegments} * mss;
}

TcpSender::Duration TcpSender::rto() const {
  Duration base = kFirstRto;
  if (srtt_.ns > 0) base = std::clamp(srtt_ + rttvar_ * 4, kRtoMin, kRtoMax);
  for (int i = 0; i < backoff_ && base < kRtoMax; ++i) base = base * 2;
  return std::min(base, kRtoMax);
}

void TcpSender::measure(Duration rtt) {
  if (srtt_.ns == 0) {
    srtt_ = rtt;
    rttvar_ = rtt / 2;
    return;
  }
  const Duration error = srtt_ < rtt ? rtt - srtt_ : srtt_ - rtt;
  rttvar_ = (rttvar_ * 3 + error) / 4;
  srtt_ = (srtt_ * 7 + rtt) / 8;
}

void TcpSender::restart_timer(Instant now) {
  timer_ = sent_.empty() ? engine::kEndOfTime : now + rto();
}

bool TcpSender::acknowledge(const Segment& segment, Instant now) {
  const uint64_t position = position_of(segment.ack);
  if (static_cast<int64_t>(position - acked_) < 0) return true;  // an old one
  if (position > next_) return false;
  const int scale = segment.has(Segment::kSyn) ? 0 : window_scale_;
  const uint64_t window = uint64_t{segment.window} << scale;
  // An acknowledgment that was overtaken takes no room back.
  if (position + window > edge_) {
    edge_ = position + window;
    if (sent_.empty()) backoff_ = 0;
  }
  unanswered_probes_ = 0;
  const uint64_t fresh = position - acked_;
  if (fresh > 0) advance(position, now);
  const bool sacked = segment.sack_count > 0 && mark_sacked(segment);
  if (sacked || (fresh > 0 && recovery_ != Recovery::kNone)) {
    if (mark_lost() && recovery_ == Recovery::kNone) enter_recovery(Recovery::kFast);
  }
  if (fresh > 0) {
    if (recovery_ != Recovery::kNone && acked_ >= recovery_until_) {
      if (recovery_ == Recovery::kFast) cwnd_ = ssthresh_;
      recovery_ = Recovery::kNone;
    } else if (recovery_ != Recovery::kFast) {
      grow_window(fresh);
    }
  }
  was_limited_ = false;
  return true;
}

void TcpSender::advance(uint64_t position, Instant now) {
  Instant measured = engine::kEndOfTime;
  while (!sent_.empty() && sent_.front().begin < position) {
    Sent& first = sent_.front();
    const bool was_in_pipe = first.in_pipe();
    if (was_in_pipe) pipe_ -= std::min(position, first.end) - first.begin;
    if (!first.sacked && !was_in_pipe) --to_retransmit_;
    if (first.end > position) {
      first.begin = position;
      if (!first.sacked && !was_in_pipe) pipe_ += first.length();
      if (!first.sacked) first.lost = first.retransmitted = false;
      break;
    }
    // What was sent twice says nothing about the time it took. Source: RFC 6298 3 (Karn).
    if (!first.retransmitted && !first.sacked) measured = first.at;
    sent_.pop_front();
  }
  acked_ = position;
  const uint64_t bytes = std::min(position, end_of_data()) - data_begin_;
  data_.drop(bytes);
  data_begin_ += bytes;
  if (measured != engine::kEndOfTime) measure(now - measured);
  backoff_ = 0;
  restart_timer(now);
}

void TcpSender::grow_window(uint64_t bytes) {
  if (!was_limited_) return;
  if (cwnd_ < ssthresh_) {
    cwnd_ += std::min<uint64_t>(bytes, 2 * uint64_t{mss_});
    return;
  }
  avoidance_bytes_ += bytes;
  if (avoidance_bytes_ < cwnd_) return;
  avoidance_bytes_ -= cwnd_;
  cwnd_ += mss_;
}

bool TcpSender::mark_sacked(const Segment& segment) {
  bool found = false;
  for (int i = 0; i < segment.sack_count; ++i) {
    const uint64_t begin = position_of(segment.sack[i].begin);
    const uint64_t end = position_of(segment.sack[i].end);
    if (begin < acked_ || end > next_ || begin >= end) continue;
    auto at = std::lower_bound(sent_.begin(), sent_.end(), begin,
                               [](const Sent& sent, uint64_t b) { return sent.begin < b; });
    for (; at != sent_.end() && at->end <= end; ++at) {
      if (at->sacked) continue;
      if (at->in_pipe()) {
        pipe_ -= at->length();
      } else {
        --to_retransmit_;
      }
      at->sacked = true;
      found = true;
    }
    highest_sacked_ = std::max(highest_sacked_, end);
  }
  return found;
}

void TcpSender::lose(Sent& sent) {
  if (sent.in_pipe()) pipe_ -= sent.length();
  sent.lost = true;
  sent.retransmitted = false;
  ++to_retransmit_;
}

// A segment is lost once enough that were sent after it have arrived. True: one is, newly.
bool TcpSender::mark_lost() {
  uint64_t sacked_above = 0;
  bool found = false;
  auto at = std::lower_bound(sent_.begin(), sent_.end(), highest_sacked_,
                             [](const Sent& sent, uint64_t h) { return sent.begin < h; });
  while (at != sent_.begin()) {
    --at;
    if (at->sacked) {
      ++sacked_above;
    } else if (!at->lost && sacked_above >= kDuplicatesBeforeLoss) {
      lose(*at);
      found = true;
    }
  }
  return found;
}

void TcpSender::enter_recovery(Recovery kind) {
  const uint64_t flight = next_ - acked_;
  if (recovery_ != Recovery::kTimeout || kind == Recovery::kFast) {
    ssthresh_ = std::max<uint64_t>(flight / 2, 2 * uint64_t{mss_});
  }
  recovery_ = kind;
  recovery_until_ = next_;
  avoidance_bytes_ = 0;
  cwnd_ = kind == Recovery::kFast ? ssthresh_ : mss_;
}

TcpSender::Piece TcpSender::piece_of(const Sent& sent) const {
  const uint64_t data_end = std::min(sent.end, end_of_data());
  const auto length = static_cast<uint32_t>(data_end - std::min(sent.begin, data_end));
  Piece piece{seq_of(sent.begin), {}, sent.end > fin_at_, data_end == end_of_data()};
  if (length > 0) piece.payload = data_.peek(sent.begin - data_begin_, length);
  return piece;
}

std::optional<TcpSender::Piece> TcpSender::next(Instant now) {
  if (to_retransmit_ > 0 && (pipe_ < cwnd_ || pipe_ == 0)) {
    for (Sent& sent : sent_) {
      if (!sent.lost || sent.retransmitted || sent.sacked) continue;
      sent.retransmitted = true;
      sent.at = now;
      --to_retransmit_;
      ++retransmissions_;
      pipe_ += sent.length();
      restart_timer(now);
      return piece_of(sent);
    }
  }
  const uint64_t end = fin_at_ == UINT64_MAX ? end_of_data() : fin_at_ + 1;
  if (next_ >= end) return {};
  if (pipe_ >= cwnd_) {
    was_limited_ = true;
    return {};
  }
  // A FIN needs no room in the peer's window.
  const uint64_t data_end = std::min({end_of_data(), next_ + mss_, std::max(edge_, next_)});
  uint64_t stop = std::max(data_end, next_);
  if (stop == fin_at_ && stop - next_ < mss_) stop = fin_at_ + 1;
  if (stop == next_) {
    // Closed window: ask again by and by whether it has opened.
    if (sent_.empty() && timer_ == engine::kEndOfTime) timer_ = now + rto();
    return {};
  }
  sent_.push_back({next_, stop, now});
  pipe_ += stop - next_;
  next_ = stop;
  if (pipe_ + mss_ > cwnd_) was_limited_ = true;
  if (timer_ == engine::kEndOfTime || sent_.size() == 1) timer_ = now + rto();
  return piece_of(sent_.back());
}

TcpSender::Expiry TcpSender::expire(Instant now) {
  if (sent_.empty()) {
    // Probes go on as long as the peer answers them.
    if (++unanswered_probes_ > kRetriesMax) return Expiry::kGiveUp;
    ++backoff_;
    timer_ = end_of_data() > next_ ? now + rto() : engine::kEndOfTime;
    return Expiry::kProbe;
  }
  if (backoff_ >= kRetriesMax) return Expiry::kGiveUp;
  enter_recovery(Recovery::kTimeout);
  for (Sent& sent : sent_) {
    if (sent.sacked || (sent.lost && !sent.retransmitted)) continue;
    lose(sent);
  }
  ++backoff_;
  timer_ = now + rto();
  return Expiry::kRetransmit;
}

}  // namespace sim::net
