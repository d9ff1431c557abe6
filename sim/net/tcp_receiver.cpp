#include "sim/net/tcp_receiver.h"

#include <algorithm>

namespace sim::net {

void TcpReceiver::start(uint32_t initial, uint32_t buffer_bytes, int window_scale) {
  initial_ = initial;
  buffer_bytes_ = buffer_bytes;
  scale_ = window_scale;
}

uint32_t TcpReceiver::ack() const {
  return seq_of(next_) + (fin_taken_ ? 1 : 0);
}

uint64_t TcpReceiver::edge_now() const {
  const uint64_t held = ready_.size();
  const uint64_t room = held < buffer_bytes_ ? buffer_bytes_ - held : 0;
  // Whole units of the scale, so that what is advertised is what is kept.
  return std::max(edge_, next_ + (room >> scale_ << scale_));
}

uint64_t TcpReceiver::window_growth() const {
  return edge_now() - edge_;
}

uint16_t TcpReceiver::advertise(bool is_scaled) {
  const int scale = is_scaled ? scale_ : 0;
  edge_ = edge_now();
  const uint64_t units = std::min<uint64_t>((edge_ - next_) >> scale, 0xffff);
  edge_ = std::max(next_ + (units << scale), next_);
  return static_cast<uint16_t>(units);
}

bool TcpReceiver::in_window(uint32_t seq) const {
  const uint64_t position = position_of(seq);
  return position >= next_ && position < std::max(edge_, next_ + 1);
}

bool TcpReceiver::acceptable(const Segment& segment) const {
  const uint32_t length = segment.length();
  const int64_t begin = static_cast<int64_t>(position_of(segment.seq));
  const auto next = static_cast<int64_t>(next_ + (fin_taken_ ? 1 : 0));
  const auto edge = static_cast<int64_t>(edge_);
  if (length == 0) return begin >= next && begin <= std::max(edge, next);
  return begin + length > next && begin < std::max(edge, next + 1);
}

TcpReceiver::Arrival TcpReceiver::receive(const Segment& segment) {
  uint64_t begin = position_of(segment.seq);
  Bytes payload = segment.payload;
  const auto end = static_cast<int64_t>(begin) + payload.size();
  if (segment.has(Segment::kFin)) fin_at_ = static_cast<uint64_t>(end);
  if (static_cast<int64_t>(begin) < static_cast<int64_t>(next_)) {
    const uint64_t old = std::min<uint64_t>(next_ - begin, payload.size());
    payload =
        payload.slice(static_cast<uint32_t>(old), payload.size() - static_cast<uint32_t>(old));
    begin += old;
  }
  const uint64_t limit = std::max(edge_, next_);
  if (begin + payload.size() > limit) {
    payload = payload.slice(0, begin < limit ? static_cast<uint32_t>(limit - begin) : 0);
  }
  Arrival arrival = Arrival::kNothingNew;
  if (begin == next_ && !payload.empty()) {
    next_ += payload.size();
    ready_.append(std::move(payload));
    arrival = early_.empty() ? Arrival::kInOrder : Arrival::kFilledGap;
    take_early();
  } else if (!payload.empty()) {
    if (store_early(begin, std::move(payload))) newest_early_ = begin;
    arrival = Arrival::kOutOfOrder;
  }
  if (next_ == fin_at_ && !fin_taken_) {
    fin_taken_ = true;
    if (arrival == Arrival::kNothingNew) arrival = Arrival::kInOrder;
  } else if (segment.has(Segment::kFin) && !fin_taken_) {
    arrival = Arrival::kOutOfOrder;
  }
  return arrival;
}

// Keeps what is new of it. False: nothing is.
bool TcpReceiver::store_early(uint64_t begin, Bytes payload) {
  bool is_new = false;
  auto after = early_.upper_bound(begin);
  if (after != early_.begin()) {
    const auto before = std::prev(after);
    const uint64_t covered = before->first + before->second.size();
    if (covered > begin) {
      const auto skip = static_cast<uint32_t>(std::min<uint64_t>(covered - begin, payload.size()));
      payload = payload.slice(skip, payload.size() - skip);
      begin += skip;
    }
  }
  while (!payload.empty()) {
    after = early_.lower_bound(begin);
    const uint64_t end = begin + payload.size();
    const uint64_t stop = after == early_.end() ? end : std::min(end, after->first);
    const auto fresh = static_cast<uint32_t>(stop - begin);
    if (fresh > 0) {
      early_.emplace(begin, payload.slice(0, fresh));
      is_new = true;
    }
    if (stop == end) break;
    const uint64_t resume = std::min(end, after->first + after->second.size());
    const auto skip = static_cast<uint32_t>(resume - begin);
    payload = payload.slice(skip, payload.size() - skip);
    begin = resume;
  }
  return is_new;
}

void TcpReceiver::take_early() {
  while (!early_.empty() && early_.begin()->first <= next_) {
    const uint64_t begin = early_.begin()->first;
    Bytes payload = std::move(early_.begin()->second);
    early_.erase(early_.begin());
    const uint64_t old = next_ - begin;
    if (old >= payload.size()) continue;
    const auto skip = static_cast<uint32_t>(old);
    payload = payload.slice(skip, payload.size() - skip);
    next_ += payload.size();
    ready_.append(std::move(payload));
  }
}

void TcpReceiver::add_sack(Segment& segment) const {
  if (early_.empty()) return;
  // The blocks in order, and which of them the newest arrival lies in: that one is reported first.
  struct Block {
    uint64_t begin, end;
  };
  Block blocks[Segment::kSackBlocksMax] = {};
  int count = 0;
  Block newest = {};
  Block current{early_.begin()->first, early_.begin()->first};
  const auto close = [&] {
    if (newest_early_ >= current.begin && newest_early_ < current.end) {
      newest = current;
    } else if (count < Segment::kSackBlocksMax - 1) {
      blocks[count++] = current;
    }
  };
  for (const auto& [begin, payload] : early_) {
    if (begin != current.end) {
      close();
      current = {begin, begin};
    }
    current.end = begin + payload.size();
  }
  close();
  const auto add = [&](const Block& block) {
    segment.sack[segment.sack_count++] = {seq_of(block.begin), seq_of(block.end)};
  };
  if (newest.end != 0) add(newest);
  for (int i = 0; i < count && segment.sack_count < 3; ++i) add(blocks[i]);
}

}  // namespace sim::net
