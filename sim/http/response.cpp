#include "sim/http/response.h"

#include <charconv>

#include "engine/task/go.h"

namespace sim::http {
namespace {

/// Source: Go's net/http, bufferBeforeChunkingSize, and the size of the connection's writer.
constexpr size_t kBufferBeforeChunking = 2048;
constexpr size_t kWriteBuffer = 4096;

std::optional<int64_t> length_in(std::string_view text) {
  int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc() || end != text.data() + text.size() || value < 0) {
    return {};
  }
  return value;
}

}  // namespace

bool Response::body_allowed() const {
  return status_allows_body(status_);
}

void Response::write_header(int status) {
  if (engine::here().muted) return;
  if (status < 100 || status > 999) {
    engine::scheduler().panic("invalid WriteHeader code");
    return;
  }
  if (status_ != 0) return;
  if (status < 200 && status != 101) {
    ResponseHead head;
    head.status = status;
    head.header = header_;
    append_response_head(out_, head);
    return;
  }
  status_ = status;
  sent_header_ = header_;
  declared_length_ = length_in(header_.get("Content-Length"));
  if (!declared_length_) sent_header_.del("Content-Length");
}

// Decides the head and appends it.
void Response::begin(bool is_complete) {
  head_sent_ = true;
  const bool is_head = context_.method == "HEAD";
  ServerFields added;
  const bool has_coding = sent_header_.has("Transfer-Encoding");
  if (is_complete && !has_coding && body_allowed() && !declared_length_ &&
      (!is_head || !pending_.empty())) {
    declared_length_ = added.content_length = static_cast<int64_t>(pending_.size());
  }
  const bool has_length = declared_length_.has_value();
  const bool wants_old_keep_alive = context_.minor == 0 && context_.keep_alive;
  if (context_.minor == 0) closes_ = true;
  if (wants_old_keep_alive && (is_head || has_length || !body_allowed())) {
    if (!sent_header_.has("Connection")) {
      added.connection = "keep-alive";
      closes_ = false;
    } else if (sent_header_.get("Connection") == "keep-alive" && has_length) {
      closes_ = false;
    }
  } else if (!context_.keep_alive) {
    closes_ = true;
  }
  if (sent_header_.get("Connection") == "close" || context_.server_closing) closes_ = true;
  if (body_allowed()) {
    const bool has_type = sent_header_.has("Content-Type");
    if (!has_type && !has_coding && sent_header_.get("Content-Encoding").empty() &&
        !pending_.empty()) {
      added.content_type = sniffed_type(pending_);
    }
  } else {
    sent_header_.del("Content-Length");
    sent_header_.del("Transfer-Encoding");
    if (status_ == 304) sent_header_.del("Content-Type");
  }
  if (!sent_header_.has("Date")) added.date = context_.date;
  const std::string coding(sent_header_.get("Transfer-Encoding"));
  sent_header_.del("Transfer-Encoding");
  if (is_head || !body_allowed()) {
    chunks_ = false;
  } else if (!has_length) {
    chunks_ = context_.minor >= 1 && coding != "identity";
    if (chunks_) {
      added.transfer_encoding = "chunked";
    } else {
      closes_ = true;
    }
  }
  if (closes_ && !sent_header_.has_list_member("Connection", "close")) {
    sent_header_.del("Connection");
    if (context_.minor >= 1) added.connection = "close";
  }
  ResponseHead head;
  head.status = status_;
  head.minor = context_.minor;
  head.header = std::move(sent_header_);
  append_response_head(out_, head, added);
  append_body(std::exchange(pending_, {}));
}

void Response::append_body(std::string_view text) {
  if (text.empty() || context_.method == "HEAD") return;
  if (chunks_) {
    append_chunk(out_, text);
  } else {
    out_ += text;
  }
}

engine::Task<engine::Error> Response::send() {
  engine::Error error;
  if (!out_.empty()) {
    error = co_await context_.conn.write(net::Bytes::adopt(std::exchange(out_, {})));
  }
  co_return error;
}

engine::Task<engine::Error> Response::write(std::string text) {
  const engine::Ref<Response> self(this);
  if (status_ == 0) write_header(200);
  engine::Error error;
  if (!body_allowed()) {
    error = kErrBodyNotAllowed;
    co_return error;
  }
  written_ += static_cast<int64_t>(text.size());
  if (declared_length_ && written_ > *declared_length_) {
    error = kErrContentLength;
    co_return error;
  }
  if (!head_sent_) {
    pending_ += text;
    if (pending_.size() <= kBufferBeforeChunking) co_return error;
    begin(false);
  } else if (chunks_) {
    // As the writer in front of Go's chunks does, small writes share one.
    pending_ += text;
    if (pending_.size() < kBufferBeforeChunking) co_return error;
    append_body(std::exchange(pending_, {}));
  } else {
    append_body(text);
  }
  if (out_.size() >= kWriteBuffer) error = co_await send();
  co_return error;
}

engine::Task<engine::Error> Response::flush() {
  const engine::Ref<Response> self(this);
  if (status_ == 0) write_header(200);
  if (!head_sent_) begin(false);
  append_body(std::exchange(pending_, {}));
  co_return co_await send();
}

engine::Task<engine::Error> Response::finish() {
  const engine::Ref<Response> self(this);
  if (status_ == 0) write_header(200);
  if (!head_sent_) begin(true);
  append_body(std::exchange(pending_, {}));
  if (chunks_) append_last_chunk(out_);
  // Less than was promised: only the end of the connection can say so.
  if (declared_length_ && written_ < *declared_length_ && context_.method != "HEAD" &&
      body_allowed()) {
    closes_ = true;
  }
  co_return co_await send();
}

}  // namespace sim::http
