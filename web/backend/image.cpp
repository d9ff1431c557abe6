#include "web/backend/image.h"

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>

namespace web::backend {
namespace {

using Bytes = std::vector<uint8_t>;

void put_u32(Bytes& out, uint32_t value) {
  for (int shift = 24; shift >= 0; shift -= 8) out.push_back(static_cast<uint8_t>(value >> shift));
}

/// Source: RFC 2083 (PNG 1.0), appendix "Sample CRC code".
uint32_t crc(const uint8_t* bytes, size_t size) {
  uint32_t value = 0xFFFFFFFFU;
  for (size_t i = 0; i < size; ++i) {
    value ^= bytes[i];
    for (int bit = 0; bit < 8; ++bit)
      value = (value & 1U) != 0 ? 0xEDB88320U ^ value >> 1 : value >> 1;
  }
  return ~value;
}

void put_chunk(Bytes& out, const char* type, const Bytes& data) {
  put_u32(out, static_cast<uint32_t>(data.size()));
  const size_t from = out.size();
  out.insert(out.end(), type, type + 4);
  out.insert(out.end(), data.begin(), data.end());
  put_u32(out, crc(out.data() + from, out.size() - from));
}

/// zlib's format with stored blocks only. Source: RFC 1950; RFC 1951, 3.2.4.
Bytes stored(const Bytes& data) {
  constexpr size_t kBlock = 65535;
  Bytes out{0x78, 0x01};
  uint32_t a = 1;
  uint32_t b = 0;
  for (const uint8_t byte : data) {
    a = (a + byte) % 65521;
    b = (b + a) % 65521;
  }
  for (size_t at = 0; at < data.size(); at += kBlock) {
    const size_t size = std::min(kBlock, data.size() - at);
    out.push_back(at + size == data.size() ? 1 : 0);
    out.push_back(static_cast<uint8_t>(size));
    out.push_back(static_cast<uint8_t>(size >> 8));
    out.push_back(static_cast<uint8_t>(~size));
    out.push_back(static_cast<uint8_t>(~size >> 8));
    out.insert(out.end(), data.begin() + static_cast<ptrdiff_t>(at),
               data.begin() + static_cast<ptrdiff_t>(at + size));
  }
  put_u32(out, b << 16 | a);
  return out;
}

Bytes png(const Pixels& pixels) {
  Bytes out{0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'};
  Bytes header;
  put_u32(header, static_cast<uint32_t>(pixels.width));
  put_u32(header, static_cast<uint32_t>(pixels.height));
  constexpr std::array<uint8_t, 5> kTrueColor{8, 2, 0, 0, 0};
  header.insert(header.end(), kTrueColor.begin(), kTrueColor.end());
  put_chunk(out, "IHDR", header);
  Bytes rows;
  const size_t row = static_cast<size_t>(pixels.width) * 3;
  for (int y = 0; y < pixels.height; ++y) {
    rows.push_back(0);  // no filter
    const auto from = pixels.rgb.begin() + static_cast<ptrdiff_t>(row * static_cast<size_t>(y));
    rows.insert(rows.end(), from, from + static_cast<ptrdiff_t>(row));
  }
  put_chunk(out, "IDAT", stored(rows));
  put_chunk(out, "IEND", {});
  return out;
}

Bytes ppm(const Pixels& pixels) {
  const std::string head =
      "P6\n" + std::to_string(pixels.width) + " " + std::to_string(pixels.height) + "\n255\n";
  Bytes out(head.begin(), head.end());
  out.insert(out.end(), pixels.rgb.begin(), pixels.rgb.end());
  return out;
}

}  // namespace

bool write_image(const std::string& file, const Pixels& pixels, std::string& problem) {
  const Bytes bytes = file.ends_with(".ppm") ? ppm(pixels) : png(pixels);
  FILE* const out = std::fopen(file.c_str(), "wb");
  const bool written =
      out != nullptr && std::fwrite(bytes.data(), 1, bytes.size(), out) == bytes.size();
  const bool closed = out == nullptr || std::fclose(out) == 0;
  if (!written || !closed) problem = file + " cannot be written: " + std::strerror(errno);
  return written && closed;
}

}  // namespace web::backend
