#include "sim/http2/connection.h"

#include <algorithm>
#include <utility>

namespace sim::http2 {

namespace {

// What the PING after the first GOAWAY of a shutdown carries.
constexpr uint64_t kShutdownPing = 0x6f7272657279'0001;

}  // namespace

Connection::Connection(const ConnectionOptions& options, Listener& listener)
    : options_(options),
      listener_(listener),
      encoder_(options.encoder_table_limit),
      next_id_(options.is_server ? 2 : 1) {
  if (!options_.is_server) output_ = kClientPreface;
  update_settings(options_.settings);
  const uint32_t window = std::exchange(options_.connection_window, kWindowDefault);
  set_connection_window(window);
}

void Connection::update_settings(const Settings& settings) {
  if (failed_) return;
  Settings next = settings;
  // A server has nothing to say about push: only clients are pushed to.
  next.enable_push = options_.is_server;
  const Settings& last = announced_;
  Setting changes[6];
  uint32_t count = 0;
  const auto change = [&](SettingId id, uint32_t from, uint32_t to) {
    if (from != to) changes[count++] = {id, to};
  };
  change(SettingId::kHeaderTableSize, last.header_table_size, next.header_table_size);
  change(SettingId::kEnablePush, last.enable_push ? 1 : 0, next.enable_push ? 1 : 0);
  change(SettingId::kMaxConcurrentStreams, last.max_concurrent_streams,
         next.max_concurrent_streams);
  change(SettingId::kInitialWindowSize, last.initial_window_size, next.initial_window_size);
  change(SettingId::kMaxFrameSize, last.max_frame_size, next.max_frame_size);
  change(SettingId::kMaxHeaderListSize, last.max_header_list_size, next.max_header_list_size);
  append_settings(output_, {changes, count});
  announced_ = next;
  waiting_.push_back(next);
  // This one is only advice, so it holds at once.
  decoder_.set_max_header_list_size(next.max_header_list_size);
}

void Connection::take_settings_ack() {
  if (waiting_.empty()) return fail(ErrorCode::kProtocolError, "an ACK of no SETTINGS");
  const Settings next = waiting_.front();
  waiting_.pop_front();
  const int64_t grown = int64_t{next.initial_window_size} - acknowledged_.initial_window_size;
  for (Stream* stream : streams_.live()) stream->receive_window += grown;
  if (next.header_table_size != acknowledged_.header_table_size) {
    decoder_.set_max_table_size(next.header_table_size);
  }
  reader_.set_max_payload(next.max_frame_size);
  acknowledged_ = next;
  listener_.on_settings_ack();
}

void Connection::ping(uint64_t opaque) {
  if (!failed_) append_ping(output_, opaque, false);
}

void Connection::take_ping(const Frame& frame) {
  if (frame.payload.size() != 8) return fail(ErrorCode::kFrameSizeError, "a PING not of 8 bytes");
  if (frame.stream != 0) return fail(ErrorCode::kProtocolError, "a PING on a stream");
  const uint64_t opaque = read_u64(frame.payload);
  if (!frame.has(kFlagAck)) {
    append_ping(output_, opaque, true);
    count_answer();
    if (!failed_) listener_.on_ping();
  } else if (shutdown_ping_sent_ && opaque == kShutdownPing) {
    shutdown_ping_sent_ = false;
    goaway(ErrorCode::kNoError);
  } else {
    listener_.on_ping_ack(opaque);
  }
}

void Connection::goaway(ErrorCode code, std::string_view debug) {
  if (failed_) return;
  leaving_ = true;
  goaway_last_ = std::min(goaway_last_, last_peer_id_);
  append_goaway(output_, {goaway_last_, code, debug});
}

void Connection::shutdown() {
  if (failed_ || leaving_) return;
  // Nobody opens streams to a client, so there is nothing to wait for.
  if (!options_.is_server) return goaway(ErrorCode::kNoError);
  leaving_ = true;
  append_goaway(output_, {kStreamIdMax, ErrorCode::kNoError, {}});
  ping(kShutdownPing);
  shutdown_ping_sent_ = true;
}

void Connection::forgive(uint32_t count) {
  premature_resets_ -= std::min(count, premature_resets_);
}

uint64_t Connection::queued_bytes(uint32_t stream) const {
  const Stream* const found = streams_.find(stream);
  return found != nullptr ? found->queued() : 0;
}

int64_t Connection::send_window(uint32_t stream) const {
  const Stream* const found = streams_.find(stream);
  return found != nullptr ? found->send_window : 0;
}

Stream& Connection::add_stream(uint32_t id) {
  Stream& stream = streams_.add(id);
  stream.send_window = peer_.initial_window_size;
  stream.receive_window = acknowledged_.initial_window_size;
  return stream;
}

void Connection::close_stream(Stream& stream, Closing how) {
  queued_bytes_ -= stream.queued();
  ring_.remove(stream);
  streams_.remove(stream, how);
  offer_stream_room();
}

void Connection::close_if_ended(uint32_t id) {
  Stream* const stream = streams_.find(id);
  if (stream == nullptr || !stream->local_ended || !stream->remote_ended) return;
  close_stream(*stream, Closing::kEnded);
}

void Connection::offer_stream_room() {
  if (!wants_stream_ || !can_open_stream()) return;
  wants_stream_ = false;
  listener_.on_stream_room();
}

bool Connection::reset_stream(uint32_t id, ErrorCode code) {
  Stream* const stream = streams_.find(id);
  if (stream == nullptr || failed_) return false;
  append_rst_stream(output_, id, code);
  close_stream(*stream, Closing::kResetByUs);
  return true;
}

void Connection::stream_error(uint32_t id, Fault fault) {
  append_rst_stream(output_, id, fault.code);
  count_answer();
  Stream* const stream = streams_.find(id);
  if (options_.is_server && stream != nullptr && !stream->answered) count_premature_reset();
  if (failed_) return;
  if (stream == nullptr) return streams_.remember(id, Closing::kResetByUs);
  close_stream(*stream, Closing::kResetByUs);
  listener_.on_reset({id, fault.code, false, fault.text});
}

void Connection::fail(ErrorCode code, std::string_view text) {
  if (failed_) return;
  append_goaway(output_, {std::min(goaway_last_, last_peer_id_), code, text});
  failed_ = true;
  listener_.on_failed(code, text);
}

void Connection::count_answer() {
  if (++queued_answers_ <= kQueuedAnswersMax) return;
  fail(ErrorCode::kEnhanceYourCalm, "too many frames that ask for an answer");
}

void Connection::count_idle_frame() {
  if (++idle_frames_ <= kIdleFramesMax) return;
  fail(ErrorCode::kEnhanceYourCalm, "too many frames that do nothing");
}

void Connection::count_premature_reset() {
  if (++premature_resets_ <= options_.premature_resets_max) return;
  fail(ErrorCode::kEnhanceYourCalm, "too many streams reset");
}

}  // namespace sim::http2
