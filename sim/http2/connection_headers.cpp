// What a connection does with header blocks that arrive.

#include "sim/http2/connection.h"

namespace sim::http2 {

void Connection::take_headers(const Frame& frame) {
  if (frame.stream == 0) return fail(ErrorCode::kProtocolError, "HEADERS on stream 0");
  BlockHead head{frame.stream, frame.has(kFlagEndStream), false};
  std::string_view block = frame.payload;
  uint32_t pad = 0;
  if (frame.has(kFlagPadded)) {
    if (block.empty()) return fail(ErrorCode::kFrameSizeError, "HEADERS without a pad length");
    pad = static_cast<uint8_t>(block[0]);
    block.remove_prefix(1);
  }
  if (frame.has(kFlagPriority)) {
    if (block.size() < 5) return fail(ErrorCode::kFrameSizeError, "HEADERS without a priority");
    head.depends_on_itself = (read_u32(block) & kStreamIdMax) == frame.stream;
    block.remove_prefix(5);
  }
  if (pad > block.size()) return fail(ErrorCode::kProtocolError, "more padding than HEADERS");
  block.remove_suffix(pad);
  if (frame.has(kFlagEndHeaders)) return take_block(block, head);
  block_ = head;
  block_bytes_ = block;
  continuations_ = 0;
  block_is_bounded();
}

void Connection::take_continuation(const Frame& frame) {
  if (block_.stream == 0) {
    return fail(ErrorCode::kProtocolError, "CONTINUATION outside a header block");
  }
  block_bytes_ += frame.payload;
  ++continuations_;
  if (!block_is_bounded() || !frame.has(kFlagEndHeaders)) return;
  const BlockHead head = block_;
  block_ = {};
  take_block(block_bytes_, head);
}

bool Connection::block_is_bounded() {
  if (continuations_ <= kContinuationsMax &&
      block_bytes_.size() <= header_block_bytes_max(announced_.max_header_list_size)) {
    return true;
  }
  fail(ErrorCode::kEnhanceYourCalm, "a header block without end");
  return false;
}

// Also a block that nobody wants must be decoded, for what it does to the table.
void Connection::take_block(std::string_view block, const BlockHead& head) {
  Stream* const stream = streams_.find(head.stream);
  const bool is_first = stream == nullptr || !stream->received_head;
  const MessageKind first = options_.is_server ? MessageKind::kRequest : MessageKind::kResponse;
  MessageCheck check(is_first ? first : MessageKind::kTrailers);
  fields_.clear();
  const HpackError error = decoder_.decode_block(block, [&](const HeaderFieldView& field) {
    check.field(field);
    fields_.add(field.name, field.value, field.never_indexed);
  });
  Fault fault;
  if (error == HpackError::kHeaderListTooLarge) {
    fault = {ErrorCode::kFrameSizeError, hpack_error_text(error)};  // as gRPC for Go answers
  } else if (error != HpackError::kNone) {
    return fail(ErrorCode::kCompressionError, hpack_error_text(error));
  } else if (const std::string_view why = check.finish(); !why.empty()) {
    fault = {ErrorCode::kProtocolError, why};
  } else if (head.depends_on_itself) {
    fault = {ErrorCode::kProtocolError, "a stream that depends on itself"};
  }

  if (stream != nullptr) return take_stream_headers(*stream, head, fault, check);
  if (is_refused(head.stream)) {
    if (head.stream > last_peer_id_) last_peer_id_ = head.stream;
    return count_idle_frame();
  }
  if (!is_idle(head.stream)) return take_closed_headers(head.stream);
  if (!options_.is_server || is_local(head.stream)) {
    return fail(ErrorCode::kProtocolError, "HEADERS on a stream that cannot be opened");
  }
  take_request(head, fault, check);
}

void Connection::take_request(const BlockHead& head, Fault fault, const MessageCheck& check) {
  const uint32_t id = head.stream;
  last_peer_id_ = id;
  if (!fault.is_set() && streams_.count() >= announced_.max_concurrent_streams) {
    fault = {ErrorCode::kRefusedStream, "too many streams"};
  } else if (!fault.is_set() && head.end_stream && check.content_length() != 0) {
    fault = {ErrorCode::kProtocolError, "DATA does not agree with content-length"};
  }
  if (fault.is_set()) {
    stream_error(id, fault);
    return count_premature_reset();
  }
  idle_frames_ = 0;
  Stream& stream = add_stream(id);
  stream.received_head = true;
  stream.remote_ended = head.end_stream;
  stream.has_content_length = check.has_content_length();
  stream.content_length = check.content_length();
  listener_.on_headers({id, fields_, HeadersKind::kInitial, head.end_stream});
  if (head.end_stream) close_if_ended(id);
}

void Connection::take_closed_headers(uint32_t id) {
  switch (streams_.closing(id)) {
    case Closing::kResetByUs:
    case Closing::kForgotten:
      return count_idle_frame();
    case Closing::kResetByPeer:
      return stream_error(id, {ErrorCode::kStreamClosed, "HEADERS behind RST_STREAM"});
    case Closing::kEnded:
      return fail(ErrorCode::kStreamClosed, "HEADERS on a closed stream");
    case Closing::kNever:
      break;
  }
  fail(ErrorCode::kProtocolError, "a stream identifier that does not grow");
}

void Connection::take_stream_headers(Stream& stream, const BlockHead& head, Fault fault,
                                     const MessageCheck& check) {
  const uint32_t id = stream.id;
  HeadersKind kind = HeadersKind::kTrailers;
  if (!stream.received_head) {
    kind = check.is_informational() ? HeadersKind::kInformational : HeadersKind::kInitial;
  }
  if (stream.remote_ended) {
    fault = {ErrorCode::kStreamClosed, "HEADERS behind END_STREAM"};
  } else if (!fault.is_set() && kind == HeadersKind::kTrailers && !head.end_stream) {
    fault = {ErrorCode::kProtocolError, "trailers without END_STREAM"};
  } else if (!fault.is_set() && kind == HeadersKind::kInformational && head.end_stream) {
    fault = {ErrorCode::kProtocolError, "an informational response with END_STREAM"};
  }
  if (!fault.is_set() && kind == HeadersKind::kInitial) {
    stream.received_head = true;
    stream.no_body |= check.status() == 204 || check.status() == 304;
    stream.has_content_length = check.has_content_length();
    stream.content_length = check.content_length();
  }
  if (!fault.is_set() && head.end_stream && stream.has_content_length && !stream.no_body &&
      stream.received_bytes != stream.content_length) {
    fault = {ErrorCode::kProtocolError, "DATA does not agree with content-length"};
  }
  if (fault.is_set()) return stream_error(id, fault);
  // Informational responses can be sent without end, so they do nothing here.
  if (kind == HeadersKind::kInformational) {
    count_idle_frame();
    if (failed_) return;
  } else {
    idle_frames_ = 0;
  }
  stream.remote_ended = head.end_stream;
  listener_.on_headers({id, fields_, kind, head.end_stream});
  if (head.end_stream) close_if_ended(id);
}

}  // namespace sim::http2
