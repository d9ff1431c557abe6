// tests/bench/http2/ends.h: an end of a connection, once ours and once nghttp2's, with one face.
//
// Both count the fields and DATA that they are given, copy DATA into a buffer of the owner, answer
// requests if they are a server, and end the program if anything goes wrong. A request's body goes
// out as the window allows (frames are put together to writes of 64 KiB): nghttp2 asks for it; ours
// is handed pieces as sim/http2/endpoint.h's callers do, as long as few bytes wait in the stream's
// queue.

#pragma once

#include <nghttp2/nghttp2.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "sim/http2/connection.h"

namespace http2_bench {

using namespace sim::http2;

using FieldList = std::vector<HeaderField>;

inline void require(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "http2_bench: %s\n", what);
  std::exit(1);
}

inline nghttp2_nv nv_of(std::string_view name, std::string_view value) {
  // nghttp2 wants pointers that it could write to, and does not.
  return {reinterpret_cast<uint8_t*>(const_cast<char*>(name.data())),
          reinterpret_cast<uint8_t*>(const_cast<char*>(value.data())), name.size(), value.size(),
          NGHTTP2_NV_FLAG_NO_COPY_NAME | NGHTTP2_NV_FLAG_NO_COPY_VALUE};
}

inline std::vector<nghttp2_nv> nvs_of(const FieldList& fields) {
  std::vector<nghttp2_nv> nvs;
  for (const HeaderField& field : fields) nvs.push_back(nv_of(field.name, field.value));
  return nvs;
}

inline std::vector<HeaderFieldView> views_of(const FieldList& fields) {
  std::vector<HeaderFieldView> views;
  for (const HeaderField& field : fields) views.push_back({field.name, field.value});
  return views;
}

inline const FieldList kOk = {{":status", "200"}, {"content-type", "application/grpc"}};
inline const FieldList kTrailers = {{"grpc-status", "0"}, {"grpc-message", ""}};
inline const std::string kReply(105, 'r');

// How a server answers a request: its headers alone, or a reply and trailers.
enum class Answer : uint8_t { kHeadersOnly, kFull };

// Where an owner puts the DATA that it gets.
class Sink {
 public:
  void take(const char* bytes, std::size_t size) {
    if (at_ + size > sizeof buffer_) at_ = 0;
    std::memcpy(buffer_ + at_, bytes, size);
    at_ += size;
  }

 private:
  std::size_t at_ = 0;
  char buffer_[64 << 10];
};

class OurEnd final : public Listener {
 public:
  OurEnd(bool is_server, Answer answer)
      : connection(is_server ? server_options() : client_options(), *this), answer_(answer) {}

  void on_headers(const HeadersEvent& event) override {
    for (const HeaderFieldView field : event.fields) {
      delivered += field.name.size() + field.value.size();
    }
    if (event.end_stream) ended(event.stream);
  }
  void on_data(const DataEvent& event) override {
    delivered += event.bytes.size();
    sink_.take(event.bytes.data(), event.bytes.size());
    connection.consume(event.stream, event.flow_bytes);
    if (event.end_stream) ended(event.stream);
  }
  void on_send_room(uint32_t stream) override {
    if (!connection.is_server()) send_body(stream);
  }
  void on_reset(const ResetEvent&) override { require(false, "a reset"); }
  void on_failed(ErrorCode, std::string_view) override { require(false, "a failed connection"); }

  void request(const std::vector<HeaderFieldView>& fields, std::string_view body) {
    const uint32_t id = connection.open_stream(fields, false);
    require(id != 0, "a request refused");
    bodies_.push_back(body);  // at id / 2
    send_body(id);
  }
  void receive(std::string_view bytes) { connection.receive(bytes); }
  // All that there is to send, in order; take() may be called for one part after the other.
  template <class F>
  void drain(F&& take) {
    while (connection.has_output()) {
      const std::string bytes = connection.take_output();
      sent += bytes.size();
      take(std::string_view(bytes));
    }
  }

  Connection connection;
  uint64_t delivered = 0;
  uint64_t sent = 0;
  uint64_t ended_streams = 0;

 private:
  // What a caller writes at once, and what may wait before it writes more.
  static constexpr std::size_t kWriteBytes = 32 << 10;
  static constexpr uint64_t kQueuedMost = 64 << 10;

  void send_body(uint32_t id) {
    std::string_view& rest = bodies_[id / 2];
    while (!rest.empty() && connection.queued_bytes(id) < kQueuedMost) {
      const std::string_view part = rest.substr(0, kWriteBytes);
      rest.remove_prefix(part.size());
      require(connection.send_data(id, part, rest.empty()), "DATA refused");
    }
  }

  void ended(uint32_t id) {
    ++ended_streams;
    if (!connection.is_server()) return;
    connection.send_headers(id, ok_, answer_ == Answer::kHeadersOnly);
    if (answer_ == Answer::kHeadersOnly) return;
    connection.send_data(id, kReply, false);
    connection.send_headers(id, trailers_, true);
  }

  Answer answer_;
  Sink sink_;
  std::vector<std::string_view> bodies_;
  const std::vector<HeaderFieldView> ok_ = views_of(kOk);
  const std::vector<HeaderFieldView> trailers_ = views_of(kTrailers);
};

class TheirEnd {
 public:
  TheirEnd(bool is_server, Answer answer) : is_server_(is_server), answer_(answer) {
    output_.reserve(kOutputBytesHigh + 2 * kFrameSizeDefault);
    nghttp2_session_callbacks* callbacks = nullptr;
    nghttp2_session_callbacks_new(&callbacks);
    nghttp2_session_callbacks_set_on_header_callback(
        callbacks, [](nghttp2_session*, const nghttp2_frame*, const uint8_t*, std::size_t name,
                      const uint8_t*, std::size_t value, uint8_t, void* self) {
          static_cast<TheirEnd*>(self)->delivered += name + value;
          return 0;
        });
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(
        callbacks,
        [](nghttp2_session*, uint8_t, int32_t, const uint8_t* bytes, std::size_t size, void* self) {
          TheirEnd& end = *static_cast<TheirEnd*>(self);
          end.delivered += size;
          end.sink_.take(reinterpret_cast<const char*>(bytes), size);
          return 0;
        });
    nghttp2_session_callbacks_set_on_frame_recv_callback(
        callbacks, [](nghttp2_session*, const nghttp2_frame* frame, void* self) {
          const bool has_end = frame->hd.type == NGHTTP2_DATA || frame->hd.type == NGHTTP2_HEADERS;
          if (has_end && (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0) {
            static_cast<TheirEnd*>(self)->ended(frame->hd.stream_id);
          }
          return 0;
        });
    nghttp2_session_callbacks_set_on_stream_close_callback(
        callbacks, [](nghttp2_session*, int32_t, uint32_t code, void*) {
          require(code == NGHTTP2_NO_ERROR, "a reset by nghttp2");
          return 0;
        });
    const int failed = is_server_ ? nghttp2_session_server_new(&session_, callbacks, this)
                                  : nghttp2_session_client_new(&session_, callbacks, this);
    require(failed == 0, "no session");
    nghttp2_session_callbacks_del(callbacks);
    // As ours tell each other.
    const nghttp2_settings_entry limits[] = {
        {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, kHeaderListBytesMax},
        is_server_
            ? nghttp2_settings_entry{NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, kServerStreamsMax}
            : nghttp2_settings_entry{NGHTTP2_SETTINGS_ENABLE_PUSH, 0}};
    require(nghttp2_submit_settings(session_, NGHTTP2_FLAG_NONE, limits, 2) == 0, "no SETTINGS");
  }
  ~TheirEnd() { nghttp2_session_del(session_); }
  TheirEnd(const TheirEnd&) = delete;
  TheirEnd& operator=(const TheirEnd&) = delete;

  void request(const std::vector<nghttp2_nv>& fields, std::string_view body) {
    bodies_.push_back({body, false});
    const nghttp2_data_provider provider = provider_of(bodies_.size() - 1);
    const int32_t id =
        nghttp2_submit_request(session_, nullptr, fields.data(), fields.size(), &provider, nullptr);
    require(id > 0, "a request refused by nghttp2");
  }
  void receive(std::string_view bytes) {
    const ssize_t used = nghttp2_session_mem_recv(
        session_, reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size());
    require(used == static_cast<ssize_t>(bytes.size()), "nghttp2 cannot read");
  }
  template <class F>
  void drain(F&& take) {
    const uint8_t* bytes = nullptr;
    output_.clear();
    for (ssize_t size = 0; (size = nghttp2_session_mem_send(session_, &bytes)) > 0;) {
      output_.append(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size));
      if (output_.size() < kOutputBytesHigh) continue;
      pass(take);
    }
    if (!output_.empty()) pass(take);
  }

  uint64_t delivered = 0;
  uint64_t sent = 0;
  uint64_t ended_streams = 0;

 private:
  // What is left to send of a stream.
  struct Body {
    std::string_view rest;
    bool has_trailers = false;
  };

  template <class F>
  void pass(F&& take) {
    sent += output_.size();
    take(std::string_view(output_));
    output_.clear();
  }

  nghttp2_data_provider provider_of(std::size_t body) {
    nghttp2_data_provider provider;
    provider.source.fd = static_cast<int>(body);
    provider.read_callback = [](nghttp2_session* session, int32_t id, uint8_t* out,
                                std::size_t room, uint32_t* flags, nghttp2_data_source* source,
                                void* self) -> ssize_t {
      TheirEnd& end = *static_cast<TheirEnd*>(self);
      Body& from = end.bodies_[static_cast<std::size_t>(source->fd)];
      const std::size_t size = std::min(room, from.rest.size());
      std::memcpy(out, from.rest.data(), size);
      from.rest.remove_prefix(size);
      if (!from.rest.empty()) return static_cast<ssize_t>(size);
      *flags |= NGHTTP2_DATA_FLAG_EOF;
      if (from.has_trailers) {
        *flags |= NGHTTP2_DATA_FLAG_NO_END_STREAM;
        nghttp2_submit_trailer(session, id, end.trailers_.data(), end.trailers_.size());
      }
      return static_cast<ssize_t>(size);
    };
    return provider;
  }

  void ended(int32_t id) {
    ++ended_streams;
    if (!is_server_) return;
    if (answer_ == Answer::kHeadersOnly) {
      nghttp2_submit_response(session_, id, ok_.data(), ok_.size(), nullptr);
      return;
    }
    bodies_.push_back({kReply, true});
    const nghttp2_data_provider provider = provider_of(bodies_.size() - 1);
    nghttp2_submit_response(session_, id, ok_.data(), ok_.size(), &provider);
  }

  nghttp2_session* session_ = nullptr;
  std::string output_;
  bool is_server_;
  Answer answer_;
  Sink sink_;
  std::vector<Body> bodies_;
  const std::vector<nghttp2_nv> ok_ = nvs_of(kOk);
  const std::vector<nghttp2_nv> trailers_ = nvs_of(kTrailers);
};

}  // namespace http2_bench
