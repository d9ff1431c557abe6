// sim/http2/huffman.h: the Huffman code of HPACK, which shortens header names and values.
//
// Concept: a fixed code of 257 symbols, the 256 bytes and an end of string (EOS) that is never
// sent. A text is its codes in a row, filled up to a whole byte with the first bits of EOS, which
// are ones. Promises: decoding is strict, so each text has one encoding that is accepted, and
// nothing is allocated by the functions that write to a buffer. The tables are constants, computed
// from the code lengths by the compiler. Source: RFC 7541, section 5.2 and appendix B.
// Not modelled: decoding a text that arrives in pieces.

#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace sim::http2 {

/// How many bytes `text` takes when encoded.
[[nodiscard]] std::size_t huffman_size(std::string_view text);

/// Writes `text`, encoded, to `out`, and returns the end. REQUIRES: room for huffman_size(text).
char* huffman_encode_to(std::string_view text, char* out);

/// Appends `text`, encoded.
void huffman_encode(std::string_view text, std::string& out);

/// The room that huffman_decode_to() may use: the shortest code has five bits, and it writes two
/// symbols at a time.
[[nodiscard]] constexpr std::size_t huffman_decode_room(std::size_t encoded_bytes) {
  return encoded_bytes + encoded_bytes / 5 * 3 + 4;
}

/// Writes the text that `bytes` encode to `out`, and returns its end. Null if they encode none: EOS
/// is in them, they end inside a code, or the padding has more than seven bits or a zero.
/// REQUIRES: huffman_decode_room(bytes.size()) bytes of room.
[[nodiscard]] char* huffman_decode_to(std::string_view bytes, char* out);

/// Appends the text that `bytes` encode. False, and `out` as it was, if they encode none.
[[nodiscard]] bool huffman_decode(std::string_view bytes, std::string& out);

}  // namespace sim::http2
