#include "sim/http2/stream.h"

#include <algorithm>

namespace sim::http2 {

namespace {

// A queue larger than this is given back when its stream closes.
constexpr uint64_t kKeptQueueBytes = 64 << 10;

}  // namespace

void Stream::push(std::string_view bytes) {
  // Moved to its front only where it would grow otherwise, and that is worth the copying.
  if (queue_at >= queue.size() / 2 && queue.size() + bytes.size() > queue.capacity()) {
    queue.erase(0, static_cast<size_t>(queue_at));
    queue_at = 0;
  }
  queue.append(bytes);
}

void Stream::pop(uint64_t bytes) {
  queue_at += bytes;
  if (queue_at != queue.size()) return;
  queue.clear();
  queue_at = 0;
}

uint32_t StreamTable::lower_bound(uint32_t id) const {
  const auto found = std::lower_bound(live_.begin(), live_.end(), id,
                                      [](const Stream* s, uint32_t key) { return s->id < key; });
  return static_cast<uint32_t>(found - live_.begin());
}

Stream* StreamTable::find(uint32_t id) const {
  // Frames mostly are for the newest stream.
  if (live_.empty() || live_.back()->id < id) return nullptr;
  if (live_.back()->id == id) return live_.back();
  Stream* const found = live_[lower_bound(id)];
  return found->id == id ? found : nullptr;
}

Stream& StreamTable::add(uint32_t id) {
  if (free_.empty()) {
    all_.push_back(std::make_unique<Stream>());
    free_.push_back(all_.back().get());
  }
  Stream* const stream = free_.back();
  free_.pop_back();
  stream->id = id;
  live_.push_back(stream);
  return *stream;
}

void StreamTable::remove(Stream& stream, Closing how) {
  remember(stream.id, how);
  live_.erase(live_.begin() + lower_bound(stream.id));
  std::string queue = std::move(stream.queue);
  queue.clear();
  stream = Stream();
  if (queue.capacity() <= kKeptQueueBytes) stream.queue = std::move(queue);
  free_.push_back(&stream);
}

void StreamTable::remember(uint32_t id, Closing how) {
  Closed& place = closed_[closed_count_ % kRemembered];
  forgotten_max_ = std::max(forgotten_max_, place.id);
  place = {id, how};
  ++closed_count_;
}

Closing StreamTable::closing(uint32_t id) const {
  for (uint32_t age = 1; age <= kRemembered; ++age) {
    const Closed& closed = closed_[(closed_count_ - age) % kRemembered];
    if (closed.id == id) return closed.how;
    if (closed.id == 0) break;
  }
  return id <= forgotten_max_ ? Closing::kForgotten : Closing::kNever;
}

void SendRing::add(Stream& stream) {
  if (contains(stream)) return;
  if (head_ == nullptr) {
    head_ = stream.next = stream.previous = &stream;
    return;
  }
  stream.next = head_;
  stream.previous = head_->previous;
  stream.previous->next = &stream;
  head_->previous = &stream;
}

void SendRing::remove(Stream& stream) {
  if (!contains(stream)) return;
  if (stream.next == &stream) {
    head_ = nullptr;
  } else {
    stream.previous->next = stream.next;
    stream.next->previous = stream.previous;
    if (head_ == &stream) head_ = stream.next;
  }
  stream.next = stream.previous = nullptr;
}

}  // namespace sim::http2
