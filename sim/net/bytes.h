// sim/net/bytes.h: shared, immutable pieces of a byte stream.
//
// Concept: what a program writes is stored once, in a block that is counted; packets, receive
// buffers and readers hold slices of it. So bytes cross the network without being copied, however
// often they are split, sent again or kept for an inspector. Lifetime: a block lives as long as its
// last slice.

#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <utility>

#include "engine/sync/counted.h"

namespace sim::net {

class Bytes {
 public:
  Bytes() = default;
  /// A copy of `text`.
  static Bytes copy(std::string_view text) { return adopt(std::string(text)); }
  /// Takes `text` over without copying it.
  static Bytes adopt(std::string text) {
    Bytes bytes;
    bytes.size_ = static_cast<uint32_t>(text.size());
    if (bytes.size_ > 0) bytes.block_ = engine::Ref<Block>(new Block(std::move(text)));
    return bytes;
  }

  [[nodiscard]] uint32_t size() const { return size_; }
  [[nodiscard]] bool empty() const { return size_ == 0; }
  [[nodiscard]] std::string_view view() const {
    return block_ ? std::string_view(block_->text).substr(offset_, size_) : std::string_view();
  }
  /// `length` bytes from `from` on. REQUIRES: they lie within.
  [[nodiscard]] Bytes slice(uint32_t from, uint32_t length) const {
    Bytes part = *this;
    part.offset_ += from;
    part.size_ = length;
    return part;
  }

 private:
  struct Block : engine::Counted<Block> {
    explicit Block(std::string t) : text(std::move(t)) {}
    std::string text;
  };
  engine::Ref<Block> block_;
  uint32_t offset_ = 0;
  uint32_t size_ = 0;
};

/// A queue of bytes: appended at the end, taken or looked at from the front.
class ByteQueue {
 public:
  [[nodiscard]] uint64_t size() const { return size_; }
  [[nodiscard]] bool empty() const { return size_ == 0; }
  void append(Bytes bytes) {
    if (bytes.empty()) return;
    size_ += bytes.size();
    pieces_.push_back(std::move(bytes));
  }
  /// What `length` bytes from `from` on are; one slice if they lie in one piece, else a copy.
  /// REQUIRES: they lie within.
  [[nodiscard]] Bytes peek(uint64_t from, uint32_t length) const;
  /// Removes the first piece, or as much of it as `most`.
  Bytes take(uint32_t most);
  /// Forgets the first `length` bytes. REQUIRES: there are so many.
  void drop(uint64_t length);
  void clear() {
    pieces_.clear();
    size_ = 0;
  }

 private:
  std::deque<Bytes> pieces_;
  uint64_t size_ = 0;
};

}  // namespace sim::net
