#include "sim/net/bytes.h"

#include <algorithm>

#include "engine/world/check.h"

namespace sim::net {

Bytes ByteQueue::peek(uint64_t from, uint32_t length) const {
  ENGINE_CHECK(from + length <= size_);
  size_t piece = 0;
  while (piece < pieces_.size() && from >= pieces_[piece].size()) from -= pieces_[piece++].size();
  if (length == 0) return {};
  const auto offset = static_cast<uint32_t>(from);
  if (offset + uint64_t{length} <= pieces_[piece].size()) {
    return pieces_[piece].slice(offset, length);
  }
  std::string joined;
  joined.reserve(length);
  for (uint32_t skip = offset; joined.size() < length; ++piece, skip = 0) {
    joined += pieces_[piece].view().substr(skip, length - joined.size());
  }
  return Bytes::adopt(std::move(joined));
}

Bytes ByteQueue::take(uint32_t most) {
  if (pieces_.empty() || most == 0) return {};
  Bytes& first = pieces_.front();
  const uint32_t length = std::min(most, first.size());
  Bytes taken = first.slice(0, length);
  drop(length);
  return taken;
}

void ByteQueue::drop(uint64_t length) {
  ENGINE_CHECK(length <= size_);
  size_ -= length;
  while (length > 0) {
    Bytes& first = pieces_.front();
    if (length < first.size()) {
      const auto cut = static_cast<uint32_t>(length);
      first = first.slice(cut, first.size() - cut);
      return;
    }
    length -= first.size();
    pieces_.pop_front();
  }
}

}  // namespace sim::net
