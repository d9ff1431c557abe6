// sim/http2/stream.h: the streams of one HTTP/2 connection.
//
// Concept: a table has the streams that are not closed yet, by identifier, and remembers the last
// ones that closed, and how: what may still arrive for those depends on it. A ring has the streams
// that could send now, in the order of their turns.
// Promises: a stream stays where it is until it is removed; its memory is then used again.
// Source: RFC 9113, section 5.1.

#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "sim/http2/fields.h"

namespace sim::http2 {

struct Stream {
  uint32_t id = 0;
  bool local_ended = false;   // END_STREAM is sent
  bool remote_ended = false;  // END_STREAM has arrived
  bool ending = false;        // END_STREAM is sent, or is to be sent behind the queue
  bool has_trailers = false;  // they are to be sent behind the queue
  bool answered = false;      // headers were sent
  bool received_head = false;
  bool no_body = false;  // whatever content-length says: an answer to HEAD
  bool has_content_length = false;
  uint64_t content_length = 0;
  uint64_t received_bytes = 0;

  int64_t send_window = 0;  // below zero after a SETTINGS that made windows smaller
  int64_t receive_window = 0;
  uint32_t unreported_bytes = 0;  // consumed, and not yet given back by a WINDOW_UPDATE

  std::string queue;  // bytes to send, from queue_at on
  uint64_t queue_at = 0;
  Fields trailers;

  Stream* next = nullptr;  // in the ring
  Stream* previous = nullptr;

  [[nodiscard]] uint64_t queued() const { return queue.size() - queue_at; }
  [[nodiscard]] std::string_view front(uint64_t most) const {
    return std::string_view(queue).substr(static_cast<size_t>(queue_at), static_cast<size_t>(most));
  }
  void push(std::string_view bytes);
  void pop(uint64_t bytes);
  /// Whether a frame could be sent if the connection's window were open.
  [[nodiscard]] bool can_send() const { return queued() > 0 && send_window > 0; }
};

/// How a stream closed.
enum class Closing : uint8_t {
  kEnded,        ///< Both sides sent END_STREAM.
  kResetByPeer,  ///< No frame may follow, except PRIORITY.
  kResetByUs,    ///< What the peer sent before it knew is ignored.
  kForgotten,    ///< Too long ago to tell.
  kNever,        ///< It was skipped, and never opened.
};

class StreamTable {
 public:
  /// How many closed streams are remembered.
  static constexpr uint32_t kRemembered = 256;

  /// Null if there is none.
  [[nodiscard]] Stream* find(uint32_t id) const;
  /// REQUIRES: `id` is above all that were added.
  Stream& add(uint32_t id);
  void remove(Stream& stream, Closing how);
  /// Remembers a stream that closed without having been in the table, or closed otherwise.
  void remember(uint32_t id, Closing how);
  /// REQUIRES: there is no such stream in the table, and it is not idle.
  [[nodiscard]] Closing closing(uint32_t id) const;

  [[nodiscard]] uint32_t count() const { return static_cast<uint32_t>(live_.size()); }
  /// By identifier.
  [[nodiscard]] const std::vector<Stream*>& live() const { return live_; }

 private:
  struct Closed {
    uint32_t id = 0;
    Closing how = Closing::kNever;
  };
  [[nodiscard]] uint32_t lower_bound(uint32_t id) const;

  std::vector<Stream*> live_;
  std::vector<std::unique_ptr<Stream>> all_;
  std::vector<Stream*> free_;
  std::array<Closed, kRemembered> closed_{};
  uint32_t closed_count_ = 0;  // of all time, modulo 2^32; its place in the ring is next
  uint32_t forgotten_max_ = 0;
};

/// Streams in the order of their turns.
class SendRing {
 public:
  [[nodiscard]] bool empty() const { return head_ == nullptr; }
  [[nodiscard]] Stream* front() const { return head_; }
  [[nodiscard]] static bool contains(const Stream& stream) { return stream.next != nullptr; }
  /// At the end, unless it is there.
  void add(Stream& stream);
  /// Unless it is not there.
  void remove(Stream& stream);
  /// The first one becomes the last.
  void rotate() { head_ = head_->next; }

 private:
  Stream* head_ = nullptr;
};

}  // namespace sim::http2
