// web/app/decode.h: the bytes of packets and connections, in words.
//
// Concept: header_lines() reads a packet's headers; a StreamDecoder is fed with both directions of
// a connection as they were sent and tells what each range of bytes means, and which requests and
// responses they make up. A protocol is one StreamDecoder; decoder_for() picks it by the first
// bytes. Offsets count the bytes of a direction from 0. Pure; wrong bytes are put into words too.

#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace web {

/// What a range of bytes means. An empty range: a detail of the line before.
struct DecodedLine {
  uint64_t begin = 0;
  uint64_t end = 0;
  std::string text;
};

/// The fields of the IP and TCP or UDP headers. Offsets count from the IP header.
std::vector<DecodedLine> header_lines(std::string_view wire);
/// How long those headers are.
size_t header_bytes(std::string_view wire);

/// Who opened a connection, and who answered.
enum class Side : uint8_t { kClient, kServer };
constexpr Side other(Side side) {
  return side == Side::kClient ? Side::kServer : Side::kClient;
}

/// A request with its response. Ends are 0 until they are known.
struct Exchange {
  std::string request;   // `GET /hello`
  std::string response;  // `200 OK`
  uint32_t stream = 0;   // of HTTP/2; 0 otherwise
  bool failed = false;
  uint64_t request_begin = 0;  // in the client's direction
  uint64_t request_end = 0;
  uint64_t response_begin = 0;  // in the server's direction
  uint64_t response_end = 0;
  bool has_response = false;
};

struct Decoding {
  std::vector<DecodedLine> lines[2];  // by side
  std::vector<Exchange> exchanges;
  std::string protocol;

  [[nodiscard]] const std::vector<DecodedLine>& of(Side side) const {
    return lines[static_cast<size_t>(side)];
  }
  void say(Side side, uint64_t begin, uint64_t end, std::string text) {
    lines[static_cast<size_t>(side)].push_back({begin, end, std::move(text)});
  }
};

class StreamDecoder {
 public:
  virtual ~StreamDecoder() = default;
  /// The next bytes of a direction, which begin at `offset`.
  virtual void feed(Side side, uint64_t offset, std::string_view bytes, Decoding& out) = 0;
  /// That direction has ended.
  virtual void finish(Side, Decoding&) {}
};

/// By the first bytes of a connection, which `side` sent.
std::unique_ptr<StreamDecoder> decoder_for(Side side, std::string_view first, Decoding& out);

/// Printable text in quotes, or the first bytes in hexadecimal.
std::string preview(std::string_view bytes, size_t most = 40);

}  // namespace web
