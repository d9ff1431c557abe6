// What a connection does with the frames that arrive, but for header blocks.

#include <algorithm>

#include "sim/http2/connection.h"

namespace sim::http2 {

void Connection::receive(std::string_view bytes) {
  if (failed_) return;
  reader_.feed(bytes);
  if (options_.is_server && preface_bytes_ < kClientPreface.size() && !take_preface()) return;
  Frame frame;
  while (!failed_) {
    switch (reader_.next(frame)) {
      case FrameReader::Status::kFrame:
        take(frame);
        break;
      case FrameReader::Status::kNeedMore:
        return;
      case FrameReader::Status::kTooLarge:
        return fail(ErrorCode::kFrameSizeError, "a frame above SETTINGS_MAX_FRAME_SIZE");
    }
  }
}

// Whether frames may follow.
bool Connection::take_preface() {
  const std::string_view expected = kClientPreface.substr(preface_bytes_);
  const std::string_view part = reader_.rest().substr(0, expected.size());
  if (!expected.starts_with(part)) {
    fail(ErrorCode::kProtocolError, "not the preface of HTTP/2");
    return false;
  }
  const uint32_t size = static_cast<uint32_t>(part.size());
  reader_.skip(size);
  preface_bytes_ += size;
  return preface_bytes_ == kClientPreface.size();
}

void Connection::take(const Frame& frame) {
  if (block_.stream != 0 &&
      (frame.type != FrameType::kContinuation || frame.stream != block_.stream)) {
    return fail(ErrorCode::kProtocolError, "a frame within a header block");
  }
  if (!peer_settings_arrived_ && (frame.type != FrameType::kSettings || frame.has(kFlagAck))) {
    return fail(ErrorCode::kProtocolError, "the first frame is not SETTINGS");
  }
  switch (frame.type) {
    case FrameType::kData:
      return take_data(frame);
    case FrameType::kHeaders:
      return take_headers(frame);
    case FrameType::kPriority:
      return take_priority(frame);
    case FrameType::kRstStream:
      return take_rst_stream(frame);
    case FrameType::kSettings:
      return take_settings(frame);
    case FrameType::kPushPromise:
      return fail(ErrorCode::kProtocolError, "PUSH_PROMISE, which is not enabled");
    case FrameType::kPing:
      return take_ping(frame);
    case FrameType::kGoAway:
      return take_goaway(frame);
    case FrameType::kWindowUpdate:
      return take_window_update(frame);
    case FrameType::kContinuation:
      return take_continuation(frame);
  }
  count_idle_frame();
}

void Connection::take_data(const Frame& frame) {
  if (frame.stream == 0) return fail(ErrorCode::kProtocolError, "DATA on stream 0");
  if (is_idle(frame.stream)) return fail(ErrorCode::kProtocolError, "DATA on an idle stream");
  const uint32_t flow_bytes = static_cast<uint32_t>(frame.payload.size());
  std::string_view bytes = frame.payload;
  if (frame.has(kFlagPadded)) {
    const uint32_t pad = bytes.empty() ? 0 : static_cast<uint8_t>(bytes[0]);
    if (pad >= bytes.size()) return fail(ErrorCode::kProtocolError, "more padding than DATA");
    bytes = bytes.substr(1, bytes.size() - 1 - pad);
  }
  if (flow_bytes > receive_window_) {
    return fail(ErrorCode::kFlowControlError, "DATA beyond the connection's window");
  }
  receive_window_ -= flow_bytes;
  Stream* const stream = streams_.find(frame.stream);
  if (stream == nullptr) return take_closed_data(frame.stream, flow_bytes);

  const DataEvent event{frame.stream, bytes, flow_bytes, frame.has(kFlagEndStream)};
  const Fault fault = data_fault(*stream, event);
  if (fault.is_set()) {
    give_back(flow_bytes);
    return stream_error(frame.stream, fault);
  }
  if (bytes.empty() && !event.end_stream) {
    count_idle_frame();
    if (failed_) return;
  } else {
    idle_frames_ = 0;
  }
  stream->receive_window -= flow_bytes;
  stream->received_bytes += bytes.size();
  stream->remote_ended = event.end_stream;
  unconsumed_bytes_ += flow_bytes;
  listener_.on_data(event);
  if (event.end_stream) close_if_ended(event.stream);
}

Connection::Fault Connection::data_fault(const Stream& stream, const DataEvent& event) const {
  if (stream.remote_ended) return {ErrorCode::kStreamClosed, "DATA behind END_STREAM"};
  if (!stream.received_head) return {ErrorCode::kProtocolError, "DATA before HEADERS"};
  if (event.flow_bytes > stream.receive_window) {
    return {ErrorCode::kFlowControlError, "DATA beyond the stream's window"};
  }
  if (stream.no_body && !event.bytes.empty()) {
    return {ErrorCode::kProtocolError, "DATA in a response that has no body"};
  }
  const uint64_t received = stream.received_bytes + event.bytes.size();
  if (stream.has_content_length && !stream.no_body &&
      (received > stream.content_length ||
       (event.end_stream && received != stream.content_length))) {
    return {ErrorCode::kProtocolError, "DATA does not agree with content-length"};
  }
  return {};
}

void Connection::take_closed_data(uint32_t id, uint32_t flow_bytes) {
  give_back(flow_bytes);
  if (flow_bytes == 0) count_idle_frame();
  if (failed_ || is_refused(id)) return;
  const Closing closing = streams_.closing(id);
  if (closing == Closing::kResetByUs || closing == Closing::kForgotten) return;
  stream_error(id, {ErrorCode::kStreamClosed, "DATA on a closed stream"});
}

void Connection::take_priority(const Frame& frame) {
  if (frame.stream == 0) return fail(ErrorCode::kProtocolError, "PRIORITY on stream 0");
  Fault fault;
  if (frame.payload.size() != 5) {
    fault = {ErrorCode::kFrameSizeError, "a PRIORITY not of 5 bytes"};
  } else if ((read_u32(frame.payload) & kStreamIdMax) == frame.stream) {
    fault = {ErrorCode::kProtocolError, "a stream that depends on itself"};
  }
  if (!fault.is_set()) return count_idle_frame();
  // An idle stream cannot be reset.
  if (is_idle(frame.stream)) return fail(fault.code, fault.text);
  stream_error(frame.stream, fault);
}

void Connection::take_rst_stream(const Frame& frame) {
  if (frame.payload.size() != 4) {
    return fail(ErrorCode::kFrameSizeError, "a RST_STREAM not of 4 bytes");
  }
  if (frame.stream == 0) return fail(ErrorCode::kProtocolError, "RST_STREAM on stream 0");
  if (is_idle(frame.stream)) {
    return fail(ErrorCode::kProtocolError, "RST_STREAM on an idle stream");
  }
  Stream* const stream = streams_.find(frame.stream);
  if (stream == nullptr) {
    // From its own RST_STREAM on, a peer that had not known of ours sends no more.
    if (streams_.closing(frame.stream) == Closing::kResetByUs) {
      streams_.remember(frame.stream, Closing::kResetByPeer);
    }
    return count_idle_frame();
  }
  if (options_.is_server && !stream->answered) count_premature_reset();
  if (failed_) return;
  close_stream(*stream, Closing::kResetByPeer);
  listener_.on_reset({frame.stream, static_cast<ErrorCode>(read_u32(frame.payload)), true, {}});
}

void Connection::take_settings(const Frame& frame) {
  if (frame.stream != 0) return fail(ErrorCode::kProtocolError, "SETTINGS on a stream");
  if (frame.has(kFlagAck)) {
    if (!frame.payload.empty()) {
      return fail(ErrorCode::kFrameSizeError, "an ACK of SETTINGS that is not empty");
    }
    return take_settings_ack();
  }
  if (frame.payload.size() % 6 != 0) {
    return fail(ErrorCode::kFrameSizeError, "SETTINGS not of 6 bytes each");
  }
  for (std::string_view rest = frame.payload; !rest.empty(); rest.remove_prefix(6)) {
    const Setting setting{static_cast<SettingId>(read_u16(rest)), read_u32(rest.substr(2))};
    if (!apply(setting)) return;
  }
  peer_settings_arrived_ = true;
  append_settings_ack(output_);
  count_answer();
  if (failed_) return;
  listener_.on_peer_settings();
  offer_stream_room();
  pump();
}

// False if the connection has failed.
bool Connection::apply(const Setting& setting) {
  const uint32_t value = setting.value;
  switch (setting.id) {
    case SettingId::kHeaderTableSize:
      peer_.header_table_size = value;
      encoder_.set_max_table_size(value);
      return true;
    case SettingId::kEnablePush:
      if (value > 1 || (value == 1 && !options_.is_server)) {
        fail(ErrorCode::kProtocolError, "an invalid SETTINGS_ENABLE_PUSH");
        return false;
      }
      peer_.enable_push = value == 1;
      return true;
    case SettingId::kMaxConcurrentStreams:
      peer_.max_concurrent_streams = value;
      return true;
    case SettingId::kInitialWindowSize:
      return apply_window(value);
    case SettingId::kMaxFrameSize:
      if (value < kFrameSizeDefault || value > kFrameSizeMax) {
        fail(ErrorCode::kProtocolError, "an invalid SETTINGS_MAX_FRAME_SIZE");
        return false;
      }
      peer_.max_frame_size = value;
      return true;
    case SettingId::kMaxHeaderListSize:
      peer_.max_header_list_size = value;
      return true;
  }
  return true;
}

bool Connection::apply_window(uint32_t size) {
  if (size > kWindowMax) {
    fail(ErrorCode::kFlowControlError, "an invalid SETTINGS_INITIAL_WINDOW_SIZE");
    return false;
  }
  const int64_t grown = int64_t{size} - peer_.initial_window_size;
  peer_.initial_window_size = size;
  for (Stream* stream : streams_.live()) {
    stream->send_window += grown;
    if (stream->send_window > kWindowMax) {
      fail(ErrorCode::kFlowControlError, "SETTINGS make a window too large");
      return false;
    }
    if (stream->can_send()) {
      ring_.add(*stream);
    } else {
      ring_.remove(*stream);
    }
  }
  return true;
}

void Connection::take_goaway(const Frame& frame) {
  if (frame.stream != 0) return fail(ErrorCode::kProtocolError, "GOAWAY on a stream");
  if (frame.payload.size() < 8) return fail(ErrorCode::kFrameSizeError, "a GOAWAY below 8 bytes");
  const GoAway goaway{read_u32(frame.payload) & kStreamIdMax,
                      static_cast<ErrorCode>(read_u32(frame.payload.substr(4))),
                      frame.payload.substr(8)};
  if (goaway.last_stream > peer_goaway_last_) {
    return fail(ErrorCode::kProtocolError, "a GOAWAY that takes back an earlier one");
  }
  count_idle_frame();
  if (failed_) return;
  peer_leaving_ = true;
  peer_goaway_last_ = goaway.last_stream;
  listener_.on_goaway(goaway);

  std::vector<uint32_t> refused;
  for (const Stream* stream : streams_.live()) {
    if (is_local(stream->id) && stream->id > goaway.last_stream) refused.push_back(stream->id);
  }
  for (const uint32_t id : refused) {
    // An earlier event may have reset it.
    Stream* const stream = streams_.find(id);
    if (stream == nullptr) continue;
    close_stream(*stream, Closing::kResetByUs);
    listener_.on_reset({id, ErrorCode::kRefusedStream, true, "above the stream of a GOAWAY"});
  }
}

void Connection::take_window_update(const Frame& frame) {
  if (frame.payload.size() != 4) {
    return fail(ErrorCode::kFrameSizeError, "a WINDOW_UPDATE not of 4 bytes");
  }
  const uint32_t increment = read_u32(frame.payload) & kStreamIdMax;
  if (frame.stream == 0) {
    if (increment == 0) return fail(ErrorCode::kProtocolError, "a WINDOW_UPDATE of 0");
    if (send_window_ + increment > kWindowMax) {
      return fail(ErrorCode::kFlowControlError, "the connection's window is too large");
    }
    send_window_ += increment;
    return pump();
  }
  if (is_idle(frame.stream)) {
    return fail(ErrorCode::kProtocolError, "WINDOW_UPDATE on an idle stream");
  }
  Stream* const stream = streams_.find(frame.stream);
  if (stream == nullptr) return count_idle_frame();
  if (increment == 0) {
    return stream_error(frame.stream, {ErrorCode::kProtocolError, "a WINDOW_UPDATE of 0"});
  }
  if (stream->send_window + increment > kWindowMax) {
    return stream_error(frame.stream,
                        {ErrorCode::kFlowControlError, "the stream's window is too large"});
  }
  stream->send_window += increment;
  if (!stream->can_send()) return;
  ring_.add(*stream);
  pump();
}

}  // namespace sim::http2
