// web/app/decode_http.h: HTTP in words: HTTP/1.1 line by line, HTTP/2 frame by frame.

#pragma once

#include "web/app/decode.h"

namespace web {

/// Null if a connection that begins with these bytes, which `side` sent, is not HTTP. Names the
/// protocol in `out`.
std::unique_ptr<StreamDecoder> http_decoder_for(Side side, std::string_view first, Decoding& out);

/// Of HTTP/2, with what runs on it.
std::unique_ptr<StreamDecoder> http2_decoder(Decoding& out);

}  // namespace web
