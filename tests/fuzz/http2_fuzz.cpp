// Any bytes are events or a failure for a server and for a client, the same ones however they are
// cut, and the same output; what a connection holds for its peer stays within bounds.
//
// The first byte says which commands the owner answers events with, and how the bytes are cut.
// Every second input has its bytes put behind a preface and SETTINGS, so that frames are reached
// soon.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "sim/http2/connection.h"

namespace {

using namespace sim::http2;

void require(bool holds) {
  if (!holds) std::abort();
}

class Owner final : public Listener {
 public:
  Owner(bool is_server, uint8_t choices)
      : choices_(choices), connection(options(is_server, choices), *this) {
    if (is_server) return;
    const HeaderFieldView fields[] = {
        {":method", "POST"}, {":scheme", "http"}, {":path", "/"}, {":authority", "a"}};
    for (int i = 0; i < 3; ++i) {
      const uint32_t id = connection.open_stream(fields, i == 0);
      if (i == 1) connection.send_data(id, std::string(70000, 'x'), false);
    }
  }

  static ConnectionOptions options(bool is_server, uint8_t choices) {
    ConnectionOptions options = is_server ? server_options() : client_options();
    if ((choices & 1) != 0) {
      options.settings.initial_window_size = 10;
      options.settings.max_concurrent_streams = 3;
      options.settings.header_table_size = 64;
      options.settings.max_header_list_size = 500;
    }
    return options;
  }

  void on_headers(const HeadersEvent& event) override {
    note("headers", event.stream);
    note(event.end_stream ? "end" : "more", static_cast<uint32_t>(event.kind));
    for (const HeaderFieldView& field : event.fields) {
      text.append(field.name).append("=").append(field.value).append(";");
    }
    if ((choices_ & 2) != 0 && connection.is_server()) {
      const HeaderFieldView status[] = {{":status", "200"}};
      connection.send_headers(event.stream, status, false);
      connection.send_data(event.stream, std::string(100, 'x'), (choices_ & 4) != 0);
      connection.send_headers(event.stream, {}, true);
    }
    if ((choices_ & 8) != 0) connection.reset_stream(event.stream, ErrorCode::kCancel);
  }
  void on_data(const DataEvent& event) override {
    note("data", event.stream);
    note(event.end_stream ? "end" : "more", event.flow_bytes);
    text.append(event.bytes);
    if ((choices_ & 4) != 0) connection.consume(event.stream, event.flow_bytes);
    if ((choices_ & 16) != 0) connection.send_data(event.stream, event.bytes, event.end_stream);
  }
  void on_reset(const ResetEvent& event) override {
    note(event.by_peer ? "reset by peer" : "reset", event.stream);
    note("code", static_cast<uint32_t>(event.code));
    require(!connection.has_stream(event.stream));
  }
  void on_goaway(const GoAway& event) override { note("goaway", event.last_stream); }
  void on_peer_settings() override { note("settings", 0); }
  void on_settings_ack() override { note("ack", 0); }
  void on_ping_ack(uint64_t opaque) override { note("pong", static_cast<uint32_t>(opaque)); }
  void on_send_room(uint32_t stream) override {
    note("room", stream);
    if ((choices_ & 16) != 0) connection.send_data(stream, "", true);
  }
  void on_stream_room() override { note("stream room", 0); }
  void on_failed(ErrorCode code, std::string_view why) override {
    note("failed", static_cast<uint32_t>(code));
    text.append(why);
    require(!failed);
    failed = true;
  }

  void receive(std::string_view bytes) {
    connection.receive(bytes);
    require(connection.has_failed() == failed);
    require(connection.receive_window() >= 0);
    if (connection.is_server()) require(connection.stream_count() <= kServerStreamsMax);
  }
  // All that came out, taken only at the end, so that the cuts make no difference.
  std::string finish() {
    while (connection.has_output()) text += connection.take_output();
    return text;
  }

 private:
  void note(std::string_view what, uint32_t number) {
    text.append(what).append(" ").append(std::to_string(number)).append("\n");
  }

  uint8_t choices_;

 public:
  std::string text;
  bool failed = false;
  Connection connection;
};

void check(bool is_server, uint8_t choices, std::string_view bytes) {
  Owner whole(is_server, choices);
  whole.receive(bytes);
  const std::string expected = whole.finish();

  const uint32_t piece = 1 + (choices >> 5) * 3;
  Owner split(is_server, choices);
  for (std::string_view rest = bytes; !rest.empty();) {
    // A copy of its own, so that reading beyond a piece is found.
    const std::string part(rest.substr(0, piece));
    rest.remove_prefix(part.size());
    split.receive(part);
  }
  require(split.finish() == expected);
}

// The frames in `bytes`, as lines: any frame has one.
void check_text(std::string_view bytes) {
  FrameReader reader;
  reader.feed(bytes);
  for (Frame frame; reader.next(frame) == FrameReader::Status::kFrame;) {
    require(!frame_text(frame).empty());
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 2) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 2, size - 2);
  check_text(bytes);
  std::string start;
  if (data[1] % 2 == 0) append_settings(start, {});
  if (data[1] % 4 == 0) append_settings_ack(start);
  check(false, data[0], start + std::string(bytes));
  if (data[1] % 2 == 0) start.insert(0, kClientPreface);
  check(true, data[0], start + std::string(bytes));
  return 0;
}
