// sim/http/message.h: the heads of HTTP/1.1 messages, written byte for byte as Go's net/http does.
//
// Concept: a head is a plain struct; its writer decides the order of the lines, as Go's client and
// server do. Promises: no name, value, method or target can add a line or end the head.
// Source: RFC 9110, RFC 9112; Go's `net/http` (Request.Write, response.writeHeader, extraHeader).
// Not modelled: which fields a client or server adds by itself; whoever writes the head decides.

#pragma once

#include "sim/http/header.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sim::http {

/// The reason phrase of a status; empty if it has none. Source: `http.StatusText`.
[[nodiscard]] std::string_view status_text(int status);
/// Whether a response of this status may have a body. RFC 9110, section 6.4.1.
[[nodiscard]] bool status_allows_body(int status);
/// As in `Date: Fri, 27 Nov 2026 10:00:00 GMT`. REQUIRES: a year from 0 to 9999. RFC 9110, section
/// 5.6.7.
[[nodiscard]] std::string http_date(std::int64_t unix_seconds);
/// The type of a body that begins like this; at most 512 bytes count. Source:
/// `http.DetectContentType`.
[[nodiscard]] std::string_view sniffed_type(std::string_view body);

/// The User-Agent of Go's client when the program sets none.
inline constexpr std::string_view kGoUserAgent = "Go-http-client/1.1";

/// The first line and the fields of a request. The Host is a field.
struct RequestHead {
  std::string method = "GET";
  std::string target = "/";
  /// The 1 of HTTP/1.1.
  int minor = 1;
  Header header = {};
  bool operator==(const RequestHead&) const = default;
};

/// The first line and the fields of a response.
struct ResponseHead {
  int status = 200;
  /// If empty, status_text() is written.
  std::string reason = {};
  int minor = 1;
  Header header = {};
  bool operator==(const ResponseHead&) const = default;
};

/// What a server adds to the fields of its handler. They are written after them, in this order, and
/// instead of the handler's of that name. An empty one is not written.
struct ServerFields {
  std::string date = {};
  std::optional<std::int64_t> content_length = {};
  std::string content_type = {};
  std::string connection = {};
  std::string transfer_encoding = {};
};

/// Appends the head in the order of Go's client: Host, User-Agent (unless it is blank),
/// Content-Length, Transfer-Encoding, Trailer, the others sorted; a lone `Accept-Encoding: gzip` is
/// last, as the one that Go's client adds. HTTP/1.1 gets a blank Host if there is none. Of fields
/// that count once, the first is written. Appends nothing and returns false if the method is no
/// token, or target or Host hold what cannot be sent.
[[nodiscard]] bool append_request_head(std::string& out, const RequestHead& head);

/// Appends the head in the order of Go's server: the handler's fields sorted, then the server's.
/// REQUIRES: a status from 100 to 999.
void append_response_head(std::string& out, const ResponseHead& head,
                          const ServerFields& added = {});

/// Appends a chunk of a chunked body; nothing if it is empty, for that would end the body.
void append_chunk(std::string& out, std::string_view data);
/// Appends the end of a chunked body and its trailer.
void append_last_chunk(std::string& out, const Header& trailer = {});

}  // namespace sim::http
