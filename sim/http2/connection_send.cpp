// What a connection sends on its streams, and how they share its window.

#include <algorithm>
#include <utility>

#include "sim/http2/connection.h"

namespace sim::http2 {

namespace {

// What the output asks memory for at first: the frames of a short call.
constexpr uint32_t kOutputBytesFirst = 256;

void patch_header(std::string& out, uint64_t at, const FrameHeader& header) {
  const auto bytes = encode_frame_header(header);
  std::copy(bytes.begin(), bytes.end(), out.begin() + static_cast<std::ptrdiff_t>(at));
}

}  // namespace

std::string Connection::take_output() {
  std::string taken = std::exchange(output_, {});
  queued_answers_ = 0;
  pump();
  return taken;
}

bool Connection::can_open_stream() const {
  const uint32_t most = peer_settings_arrived_ ? peer_.max_concurrent_streams : kFirstStreamsMax;
  return !options_.is_server && !failed_ && !is_leaving() && streams_.count() < most &&
         next_id_ <= kStreamIdMax;
}

uint32_t Connection::open_stream(std::span<const HeaderFieldView> fields, bool end_stream) {
  if (!can_open_stream()) {
    wants_stream_ = true;
    return 0;
  }
  const uint32_t id = std::exchange(next_id_, next_id_ + 2);
  Stream& stream = add_stream(id);
  for (const HeaderFieldView& field : fields) {
    if (!field.name.starts_with(':')) break;
    if (field.name == ":method") stream.no_body = field.value == "HEAD";
  }
  stream.ending = stream.local_ended = end_stream;
  write_headers(id, fields, end_stream);
  return id;
}

bool Connection::send_headers(uint32_t id, std::span<const HeaderFieldView> fields,
                              bool end_stream) {
  Stream* const stream = streams_.find(id);
  if (stream == nullptr || stream->ending || failed_) return false;
  if (!stream->answered) {
    stream->answered = true;
    forgive(1);
  }
  if (stream->queued() > 0) {
    for (const HeaderFieldView& field : fields) {
      stream->trailers.add(field.name, field.value, field.never_indexed);
    }
    stream->has_trailers = true;
    stream->ending = true;
    return true;
  }
  write_headers(id, fields, end_stream);
  if (end_stream) {
    stream->ending = stream->local_ended = true;
    close_if_ended(id);
  }
  return true;
}

bool Connection::send_data(uint32_t id, std::string_view bytes, bool end_stream) {
  Stream* const stream = streams_.find(id);
  if (stream == nullptr || stream->ending || failed_) return false;
  stream->ending = end_stream;
  if (stream->queued() == 0) {
    if (bytes.empty() && end_stream) write_data(*stream, {}, true);
    // Whoever finds others waiting waits behind them.
    while (!bytes.empty() && ring_.empty() && !pumping_ && !output_is_full()) {
      const uint64_t size = sendable(*stream, bytes.size());
      if (size == 0) break;
      write_data(*stream, bytes.substr(0, static_cast<size_t>(size)),
                 end_stream && size == bytes.size());
      bytes.remove_prefix(static_cast<size_t>(size));
    }
  }
  if (!bytes.empty()) {
    stream->push(bytes);
    queued_bytes_ += bytes.size();
    if (stream->can_send()) ring_.add(*stream);
  }
  if (stream->local_ended) close_if_ended(id);
  return true;
}

void Connection::write_headers(uint32_t id, std::span<const HeaderFieldView> fields,
                               bool end_stream) {
  if (output_.capacity() < kOutputBytesFirst) output_.reserve(kOutputBytesFirst);
  const uint64_t at = output_.size();
  output_.append(kFrameHeaderBytes, '\0');
  for (const HeaderFieldView& field : fields) {
    encoder_.encode(field.name, field.value, output_,
                    field.never_indexed ? Indexing::kNever : Indexing::kIncremental);
  }
  const uint64_t size = output_.size() - at - kFrameHeaderBytes;
  const uint8_t end = end_stream ? kFlagEndStream : 0;
  if (size <= peer_.max_frame_size) {
    const uint8_t flags = end | kFlagEndHeaders;
    return patch_header(output_, at, {static_cast<uint32_t>(size), FrameType::kHeaders, flags, id});
  }
  const std::string block = output_.substr(static_cast<size_t>(at + kFrameHeaderBytes));
  output_.resize(static_cast<size_t>(at));
  Frame frame{FrameType::kHeaders, end, id, {}};
  for (std::string_view rest = block; !rest.empty();) {
    frame.payload = rest.substr(0, peer_.max_frame_size);
    rest.remove_prefix(frame.payload.size());
    if (rest.empty()) frame.flags |= kFlagEndHeaders;
    append_frame(output_, frame);
    frame.type = FrameType::kContinuation;
    frame.flags = 0;
  }
}

void Connection::write_data(Stream& stream, std::string_view bytes, bool end_stream) {
  // Room for what more there is, so that the output does not grow frame by frame.
  const uint64_t whole = output_.size() + kFrameHeaderBytes + bytes.size();
  if (output_.capacity() < whole && bytes.size() >= peer_.max_frame_size / 2) {
    output_.reserve(static_cast<size_t>(kOutputBytesHigh + kFrameHeaderBytes * 8 + bytes.size()));
  }
  append_frame(output_,
               {FrameType::kData, end_stream ? kFlagEndStream : uint8_t{0}, stream.id, bytes});
  const int64_t size = static_cast<int64_t>(bytes.size());
  send_window_ -= size;
  stream.send_window -= size;
  stream.local_ended = end_stream;
}

// How many of `bytes` the next frame may carry.
uint64_t Connection::sendable(const Stream& stream, uint64_t bytes) const {
  const int64_t window = std::min(send_window_, stream.send_window);
  if (window <= 0) return 0;
  return std::min({bytes, static_cast<uint64_t>(window), uint64_t{peer_.max_frame_size},
                   uint64_t{kOutputBytesHigh}});
}

// Lets the streams that can send take turns, as long as the connection's window and the output
// have room. Events on the way may send more: it is queued.
void Connection::pump() {
  if (pumping_) return;
  pumping_ = true;
  while (!failed_ && !ring_.empty() && send_window_ > 0 && !output_is_full()) {
    send_turn(*ring_.front());
  }
  pumping_ = false;
}

void Connection::send_turn(Stream& stream) {
  const uint32_t id = stream.id;
  const uint64_t before = stream.queued();
  const uint64_t size = sendable(stream, before);
  const bool is_last = size == before;
  write_data(stream, stream.front(size), is_last && stream.ending && !stream.has_trailers);
  stream.pop(size);
  queued_bytes_ -= size;
  if (stream.can_send()) {
    ring_.rotate();
  } else {
    ring_.remove(stream);
  }
  if (is_last && stream.has_trailers) {
    const std::vector<HeaderFieldView> views(stream.trailers.begin(), stream.trailers.end());
    write_headers(id, views, true);
    stream.local_ended = true;
  }
  const uint64_t low = options_.send_low_bytes;
  if (stream.ending) {
    close_if_ended(id);
  } else if (before > low && before - size <= low) {
    listener_.on_send_room(id);
  }
}

void Connection::consume(uint32_t id, uint32_t flow_bytes) {
  if (failed_) return;
  flow_bytes = static_cast<uint32_t>(std::min(uint64_t{flow_bytes}, unconsumed_bytes_));
  unconsumed_bytes_ -= flow_bytes;
  give_back(flow_bytes);
  Stream* const stream = streams_.find(id);
  if (stream == nullptr || stream->remote_ended) return;
  stream->unreported_bytes += flow_bytes;
  if (stream->unreported_bytes == 0 ||
      stream->unreported_bytes < acknowledged_.initial_window_size / 2) {
    return;
  }
  append_window_update(output_, id, stream->unreported_bytes);
  stream->receive_window += stream->unreported_bytes;
  stream->unreported_bytes = 0;
}

void Connection::give_back(uint32_t flow_bytes) {
  unreported_bytes_ += flow_bytes;
  if (unreported_bytes_ < options_.connection_window / 2) return;
  append_window_update(output_, 0, unreported_bytes_);
  receive_window_ += unreported_bytes_;
  unreported_bytes_ = 0;
}

void Connection::set_connection_window(uint32_t bytes) {
  bytes = std::min(bytes, kWindowMax);
  if (failed_ || bytes <= options_.connection_window) return;
  const uint32_t grown = bytes - options_.connection_window;
  append_window_update(output_, 0, grown);
  receive_window_ += grown;
  options_.connection_window = bytes;
}

}  // namespace sim::http2
