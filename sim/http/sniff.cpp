// sim/http/sniff.cpp: the signatures of Go's http.DetectContentType, in its order.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "sim/http/message.h"

namespace sim::http {
namespace {

using namespace std::string_view_literals;

constexpr std::size_t kSniffedBytesMax = 512;

constexpr std::string_view kHtmlTags[] = {"<!DOCTYPE HTML",
                                          "<HTML",
                                          "<HEAD",
                                          "<SCRIPT",
                                          "<IFRAME",
                                          "<H1",
                                          "<DIV",
                                          "<FONT",
                                          "<TABLE",
                                          "<A",
                                          "<STYLE",
                                          "<TITLE",
                                          "<B",
                                          "<BODY",
                                          "<BR",
                                          "<P",
                                          "<!--"};

struct Signature {
  std::string_view type;
  std::string_view start;
  // Of a container: what stands eight bytes after the start.
  std::string_view inner = {};
};

constexpr Signature kBeforeMp4[] = {
    {"application/pdf", "%PDF-"},
    {"application/postscript", "%!PS-Adobe-"},
    {"image/x-icon", "\x00\x00\x01\x00"sv},
    {"image/x-icon", "\x00\x00\x02\x00"sv},
    {"image/bmp", "BM"},
    {"image/gif", "GIF87a"},
    {"image/gif", "GIF89a"},
    {"image/webp", "RIFF", "WEBPVP"},
    {"image/png", "\x89PNG\r\n\x1a\n"},
    {"image/jpeg", "\xff\xd8\xff"},
    {"audio/aiff", "FORM", "AIFF"},
    {"audio/mpeg", "ID3"},
    {"application/ogg", "OggS\x00"sv},
    {"audio/midi", "MThd\x00\x00\x00\x06"sv},
    {"video/avi", "RIFF", "AVI "},
    {"audio/wave", "RIFF", "WAVE"},
};

constexpr Signature kAfterMp4[] = {
    {"font/ttf", "\x00\x01\x00\x00"sv},
    {"font/otf", "OTTO"},
    {"font/collection", "ttcf"},
    {"font/woff", "wOFF"},
    {"font/woff2", "wOF2"},
    {"application/x-gzip", "\x1f\x8b\x08"},
    {"application/zip", "PK\x03\x04"},
    {"application/x-rar-compressed", "Rar!\x1a\x07\x00"sv},
    {"application/x-rar-compressed", "Rar!\x1a\x07\x01\x00"sv},
    {"application/wasm", "\x00\x61\x73\x6d"sv},
};

// Byte order marks need the bytes that Go's masks leave open, too.
struct Mark {
  std::string_view type;
  std::string_view start;
  std::size_t bytes_min;
};

constexpr Mark kMarks[] = {
    {"text/plain; charset=utf-16be", "\xfe\xff", 4},
    {"text/plain; charset=utf-16le", "\xff\xfe", 4},
    {"text/plain; charset=utf-8", "\xef\xbb\xbf", 4},
};

bool matches(const Signature& signature, std::string_view body) {
  return body.starts_with(signature.start) &&
         (signature.inner.empty() ||
          (body.size() >= 8 && body.substr(8).starts_with(signature.inner)));
}

std::string_view match_any(std::span<const Signature> signatures, std::string_view body) {
  for (const Signature& signature : signatures) {
    if (matches(signature, body)) return signature.type;
  }
  return {};
}

bool is_html(std::string_view text) {
  for (const std::string_view tag : kHtmlTags) {
    if (text.size() <= tag.size() || !equal_fold(text.substr(0, tag.size()), tag)) continue;
    const char next = text[tag.size()];
    if (next == ' ' || next == '>') return true;
  }
  return false;
}

// https://mimesniff.spec.whatwg.org/#signature-for-mp4
bool is_mp4(std::string_view body) {
  if (body.size() < 12 || body.substr(4, 4) != "ftyp") return false;
  std::uint32_t box_bytes = 0;
  for (const char c : body.substr(0, 4)) {
    box_bytes = box_bytes << 8 | static_cast<unsigned char>(c);
  }
  if (body.size() < box_bytes || box_bytes % 4 != 0) return false;
  for (std::size_t at = 8; at < box_bytes; at += 4) {
    // The four bytes at 12 are the version of the brand before them.
    if (at != 12 && body.substr(at, 3) == "mp4") return true;
  }
  return false;
}

bool is_eot(std::string_view body) {
  return body.size() >= 36 && body.substr(34, 2) == "LP";
}

bool is_binary(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte <= 0x08 || byte == 0x0b || (byte >= 0x0e && byte <= 0x1a) ||
         (byte >= 0x1c && byte <= 0x1f);
}

}  // namespace

std::string_view sniffed_type(std::string_view body) {
  body = body.substr(0, kSniffedBytesMax);
  const std::size_t first = body.find_first_not_of("\t\n\f\r ");
  const std::string_view text = body.substr(std::min(first, body.size()));
  if (is_html(text)) return "text/html; charset=utf-8";
  if (text.starts_with("<?xml")) return "text/xml; charset=utf-8";
  // Go looks for documents before marks, but nothing is both.
  for (const Mark& mark : kMarks) {
    if (body.size() >= mark.bytes_min && body.starts_with(mark.start)) return mark.type;
  }
  if (const std::string_view type = match_any(kBeforeMp4, body); !type.empty()) return type;
  if (is_mp4(body)) return "video/mp4";
  if (body.starts_with("\x1a\x45\xdf\xa3")) return "video/webm";
  if (is_eot(body)) return "application/vnd.ms-fontobject";
  if (const std::string_view type = match_any(kAfterMp4, body); !type.empty()) return type;
  if (std::none_of(text.begin(), text.end(), is_binary)) return "text/plain; charset=utf-8";
  return "application/octet-stream";
}

}  // namespace sim::http
