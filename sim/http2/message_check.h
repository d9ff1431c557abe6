// sim/http2/message_check.h: whether the fields of a header block are ones that HTTP/2 allows.
//
// Concept: the fields go by one at a time, in order; at the end the message is well formed, or
// there is a first reason why not. On the way, what a connection needs to know is picked up.
// Promises: pure, and no field is kept. Source: RFC 9113, sections 8.2, 8.3 and 8.1.1.
// Not modelled: extended CONNECT (RFC 8441); the grammar of single values, but for those that frame
// a message.

#pragma once

#include <cstdint>
#include <string_view>

#include "sim/http2/hpack.h"

namespace sim::http2 {

enum class MessageKind : uint8_t { kRequest, kResponse, kTrailers };

class MessageCheck {
 public:
  explicit MessageCheck(MessageKind kind) : kind_(kind) {}

  void field(const HeaderFieldView& field);
  /// Why the message is malformed; empty if it is not. REQUIRES: all fields went by.
  [[nodiscard]] std::string_view finish();

  /// Of a response; 0 without one.
  [[nodiscard]] uint32_t status() const { return status_; }
  [[nodiscard]] bool is_informational() const { return status_ >= 100 && status_ < 200; }
  [[nodiscard]] bool is_head() const { return is_head_; }
  [[nodiscard]] bool has_content_length() const { return has_content_length_; }
  [[nodiscard]] uint64_t content_length() const { return content_length_; }

 private:
  void pseudo(const HeaderFieldView& field);
  void regular(const HeaderFieldView& field);
  void content_length(std::string_view value);
  void refuse(std::string_view why) {
    if (why_.empty()) why_ = why;
  }

  MessageKind kind_;
  std::string_view why_;
  uint8_t seen_ = 0;  // a bit for each pseudo field
  bool behind_pseudo_ = false;
  bool is_head_ = false;
  bool is_connect_ = false;
  bool is_options_ = false;
  bool is_http_ = false;
  bool path_is_empty_ = false;
  bool path_is_star_ = false;
  bool path_is_absolute_ = false;
  bool has_content_length_ = false;
  uint32_t status_ = 0;
  uint64_t content_length_ = 0;
};

}  // namespace sim::http2
