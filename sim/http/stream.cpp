#include "sim/http/stream.h"

namespace sim::http {

engine::Task<MessageStream::Event> MessageStream::next() {
  const engine::Ref<MessageStream> self(this);
  Event event;
  while (true) {
    event.kind = parser_.next(input_);
    if (event.kind != Parser::Event::need_bytes) break;
    net::ReadResult got = co_await conn_.read();
    if (got.error) {
      if (got.error == engine::Error(net::kEof)) {
        event.kind = parser_.finish();
        if (event.kind == Parser::Event::refused) event.error = net::kUnexpectedEof;
      } else {
        event.error = got.error;
      }
      break;
    }
    bytes_ = std::move(got.bytes);
    input_ = bytes_.view();
  }
  co_return event;
}

engine::Task<engine::Error> MessageStream::peek(size_t count) {
  const engine::Ref<MessageStream> self(this);
  engine::Error error;
  while (input_.size() < count && !error) {
    net::ReadResult got = co_await conn_.read();
    if (got.error) {
      error = got.error;
      break;
    }
    if (input_.empty()) {
      bytes_ = std::move(got.bytes);
    } else {
      bytes_ = net::Bytes::adopt(std::string(input_) + std::string(got.bytes.view()));
    }
    input_ = bytes_.view();
  }
  co_return error;
}

net::Bytes MessageStream::body() const {
  return const_cast<Parser&>(parser_).body().empty()
             ? net::Bytes()
             : bytes_.slice(static_cast<uint32_t>(parser_.body().data() - bytes_.view().data()),
                            static_cast<uint32_t>(parser_.body().size()));
}

void BodyReader::close() {
  if (std::exchange(is_closed_, true) || stream_->body_ended) return;
  stream_->body_failed = true;
  if (at_end) std::exchange(at_end, nullptr)();
}

engine::Task<net::ReadResult> BodyReader::read() {
  const engine::Ref<BodyReader> self(this);
  net::ReadResult result;
  if (is_closed_) {
    result.error = engine::errors_new("http: invalid Read on closed Body");
    co_return result;
  }
  if (failure_ || stream_->body_ended) {
    result.error = failure_ ? failure_ : engine::Error(net::kEof);
    co_return result;
  }
  if (before_first_read) co_await std::exchange(before_first_read, nullptr)();
  const MessageStream::Event event = co_await stream_->next();
  if (event.kind == Parser::Event::body) {
    result.bytes = stream_->body();
    co_return result;
  }
  if (event.kind == Parser::Event::end) {
    stream_->body_ended = true;
    trailer_ = stream_->parser().trailer();
    result.error = net::kEof;
    failure_ = net::kEof;
  } else {
    const bool malformed = event.kind == Parser::Event::refused && !event.error;
    failure_ = malformed ? engine::errors_new(stream_->parser().refusal().text) : event.error;
    if (!failure_) failure_ = net::kUnexpectedEof;
    stream_->body_failed = true;
    result.error = failure_;
  }
  if (at_end) std::exchange(at_end, nullptr)();
  co_return result;
}

}  // namespace sim::http
