// sim/net/wire.h: numbers and counted texts in network byte order, written and read.
//
// Promises: a reader never reads outside its bytes; once it has come to their end too early it
// gives zeros and empty texts, and says so at the end.

#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace sim::net {

class WireWriter {
 public:
  /// Appends to `out`, which must live as long.
  explicit WireWriter(std::string& out) : out_(out) {}
  void number(uint64_t value, int bytes) {
    for (int shift = (bytes - 1) * 8; shift >= 0; shift -= 8) {
      out_ += static_cast<char>(value >> shift & 0xff);
    }
  }
  void u8(uint8_t value) { number(value, 1); }
  void u16(uint16_t value) { number(value, 2); }
  void u64(uint64_t value) { number(value, 8); }
  void raw(std::string_view bytes) { out_ += bytes; }
  /// A text after its length of so many bytes. What is longer than that can say is cut.
  void text(std::string_view bytes, int length_bytes) {
    const size_t most = (size_t{1} << (8 * length_bytes)) - 1;
    bytes = bytes.substr(0, most);
    number(bytes.size(), length_bytes);
    raw(bytes);
  }
  void text16(std::string_view bytes) { text(bytes, 2); }
  /// Leaves room for a length; end() fills it with that of what was written since.
  size_t begin(int length_bytes) {
    number(0, length_bytes);
    return out_.size();
  }
  void end(size_t begun, int length_bytes) {
    uint64_t length = out_.size() - begun;
    for (size_t at = begun; at > begun - static_cast<size_t>(length_bytes); --at) {
      out_[at - 1] = static_cast<char>(length & 0xff);
      length >>= 8;
    }
  }

 private:
  std::string& out_;
};

class WireReader {
 public:
  explicit WireReader(std::string_view bytes) : rest_(bytes) {}
  uint64_t number(size_t bytes) {
    uint64_t value = 0;
    for (const char c : raw(bytes)) value = value << 8 | static_cast<uint8_t>(c);
    return value;
  }
  uint8_t u8() { return static_cast<uint8_t>(number(1)); }
  uint16_t u16() { return static_cast<uint16_t>(number(2)); }
  uint64_t u64() { return number(8); }
  std::string_view raw(size_t bytes) {
    if (bytes > rest_.size()) {
      failed_ = true;
      rest_ = {};
      return {};
    }
    const std::string_view taken = rest_.substr(0, bytes);
    rest_.remove_prefix(bytes);
    return taken;
  }
  /// A text after its length.
  std::string_view text(size_t length_bytes) {
    return raw(static_cast<size_t>(number(length_bytes)));
  }
  /// Nothing is left, also after a failure.
  [[nodiscard]] bool done() const { return rest_.empty(); }
  [[nodiscard]] bool failed() const { return failed_; }
  /// All was read and nothing was missing.
  [[nodiscard]] bool ended_well() const { return rest_.empty() && !failed_; }

 private:
  std::string_view rest_;
  bool failed_ = false;
};

}  // namespace sim::net
