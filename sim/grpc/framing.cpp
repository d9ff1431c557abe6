#include "sim/grpc/framing.h"

#include "engine/task/print.h"

namespace sim::grpc {

bool is_grpc_content(std::string_view type) {
  constexpr std::string_view kBase = "application/grpc";
  if (!type.starts_with(kBase)) return false;
  return type.size() == kBase.size() || type[kBase.size()] == '+' || type[kBase.size()] == ';';
}

std::string framed(std::string_view message) {
  std::string out;
  out.reserve(kMessagePrefixBytes + message.size());
  out += '\0';
  const auto size = static_cast<uint32_t>(message.size());
  for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(size >> shift & 0xff);
  out += message;
  return out;
}

MessageReader::Event MessageReader::next(std::string_view& message) {
  if (!refusal_.ok()) return Event::kRefused;
  if (used_ == buffer_.size()) {
    buffer_.clear();
    used_ = 0;
  }
  const std::string_view rest = std::string_view(buffer_).substr(used_);
  if (rest.size() < kMessagePrefixBytes) return Event::kNeedMore;
  const auto flag = static_cast<unsigned char>(rest[0]);
  const uint32_t size = http2::read_u32(rest.substr(1));
  if (flag > 1) {
    refusal_ = {Code::kInternal, "grpc: received unexpected payload format "};
    engine::append_operand(refusal_.text, flag);
    return Event::kRefused;
  }
  if (flag == 1) {
    refusal_ = {Code::kInternal, "grpc: compressed flag set with identity or empty encoding"};
    return Event::kRefused;
  }
  if (size > kReceiveMessageMost) {
    refusal_ = {Code::kResourceExhausted, "grpc: received message larger than max ("};
    engine::append_operand(refusal_.text, size);
    refusal_.text += " vs. ";
    engine::append_operand(refusal_.text, kReceiveMessageMost);
    refusal_.text += ")";
    return Event::kRefused;
  }
  if (rest.size() < kMessagePrefixBytes + uint64_t{size}) {
    if (used_ > 0) {
      buffer_.erase(0, used_);
      used_ = 0;
    }
    return Event::kNeedMore;
  }
  message = rest.substr(kMessagePrefixBytes, size);
  used_ += kMessagePrefixBytes + size;
  return Event::kMessage;
}

bool poll_message(http2::Exchange& exchange, MessageReader& reader, ReceivedMessage& received) {
  while (true) {
    std::string_view message;
    const MessageReader::Event event = reader.next(message);
    if (event == MessageReader::Event::kMessage) {
      received.is_there = true;
      received.bytes = message;
      return true;
    }
    if (event == MessageReader::Event::kRefused) {
      received.status = reader.refusal();
      return true;
    }
    if (exchange.has_data()) {
      reader.feed(exchange.take_data().view());
      continue;
    }
    if (exchange.at_end()) {
      if (reader.has_partial()) received.status = {Code::kInternal, "unexpected EOF"};
      return true;
    }
    if (exchange.error()) {
      received.failed = true;
      received.status = {code_of_reset(exchange.reset_code()), exchange.error().message()};
      return true;
    }
    return false;
  }
}

}  // namespace sim::grpc
