// sim/http/response.h: a handler's answer as the bytes of an HTTP/1.1 response.
//
// Concept: what the handler writes is collected; with the first 2,048 bytes, or when it has
// returned, the head is decided as Go's server decides it: a Content-Length if all is known, else
// chunks. A part of the server; of no use elsewhere.
// Source: Go's net/http (chunkWriter.writeHeader).

#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "sim/http/handler.h"
#include "sim/http/message.h"

namespace sim::http {

class Response final : public ResponseWriter::Sink {
 public:
  struct Context {
    net::Conn conn;
    std::string method;
    int minor = 1;
    bool keep_alive = true;       // as the request has it
    bool server_closing = false;  // no more requests on any connection
    std::string date;
  };
  explicit Response(Context context) : context_(std::move(context)) {}

  Header& header() override { return header_; }
  void write_header(int status) override;
  engine::Task<engine::Error> write(std::string text) override;
  engine::Task<engine::Error> flush() override;

  /// The handler has returned: sends what is left.
  engine::Task<engine::Error> finish();
  /// Before the head: the connection ends after this response.
  void close_after() { closes_ = true; }
  [[nodiscard]] bool closes() const { return closes_; }
  [[nodiscard]] bool has_begun() const { return head_sent_; }

 private:
  [[nodiscard]] bool body_allowed() const;
  void begin(bool is_complete);
  void append_body(std::string_view text);
  engine::Task<engine::Error> send();

  Context context_;
  Header header_;
  Header sent_header_;   // as it was at write_header()
  std::string pending_;  // of the body, while the head is not decided
  std::string out_;      // bytes for the connection
  std::optional<int64_t> declared_length_;
  int64_t written_ = 0;
  int status_ = 0;
  bool head_sent_ = false;
  bool chunks_ = false;
  bool closes_ = false;
};

}  // namespace sim::http
