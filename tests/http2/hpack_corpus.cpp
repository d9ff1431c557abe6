// Decodes the header blocks of a public corpus, and sends their fields through our own encoder.
//
// A story is one direction of a connection: {"cases": [{"wire", "headers", "header_table_size"}]},
// as in http2jp's hpack-test-case. `wire` is a block in hex, which must decode to `headers`; the
// stories of raw-data have none. Then the fields are encoded and decoded again by a pair that has
// seen all blocks of the story before, so that dynamic tables are exercised on both sides.
// `header_table_size` is the SETTINGS_HEADER_TABLE_SIZE that holds from its case on. Blocks of a
// `draft` before 9 are not decoded: those count the dynamic table's entries before the static ones.
//
// hpack_corpus FILE.json...
//
// Prints a line for each folder and a total; where a story differs, its place instead, and exits
// with 1. Fields are compared in order. The texts of a story are bytes: no character is special.

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "sim/http2/hpack.h"

namespace {

using nlohmann::json;
using sim::http2::HeaderField;
using sim::http2::HpackDecoder;
using sim::http2::HpackEncoder;
using sim::http2::HpackError;

using FieldList = std::vector<HeaderField>;

struct Counts {
  uint64_t stories = 0;
  uint64_t decoded = 0;
  uint64_t round_trips = 0;
  uint64_t fields = 0;
  uint64_t plain_bytes = 0;
  uint64_t wire_bytes = 0;  // of the corpus
  uint64_t our_bytes = 0;

  void add(const Counts& other) {
    stories += other.stories;
    decoded += other.decoded;
    round_trips += other.round_trips;
    fields += other.fields;
    plain_bytes += other.plain_bytes;
    wire_bytes += other.wire_bytes;
    our_bytes += other.our_bytes;
  }
  void print(const char* name) const {
    std::printf(
        "%s: %llu stories, %llu blocks decoded, %llu round trips, %llu fields; bytes: "
        "%llu plain, %llu wire, %llu ours\n",
        name, number(stories), number(decoded), number(round_trips), number(fields),
        number(plain_bytes), number(wire_bytes), number(our_bytes));
  }

 private:
  static unsigned long long number(uint64_t value) { return value; }
};

// The first draft with the format of RFC 7541.
constexpr uint32_t kDraftMin = 9;

struct Place {
  const char* file;
  std::size_t block = 0;
};

[[noreturn]] void stop(const Place& place, std::string_view what) {
  std::fprintf(stderr, "%s: block %zu: %.*s\n", place.file, place.block,
               static_cast<int>(what.size()), what.data());
  std::exit(1);
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::string bytes_of(const std::string& hex, const Place& place) {
  if (hex.size() % 2 != 0) stop(place, "`wire` has half a byte");
  std::string bytes;
  for (std::size_t i = 0; i < hex.size(); i += 2) {
    const int high = hex_digit(hex[i]);
    const int low = hex_digit(hex[i + 1]);
    if (high < 0 || low < 0) stop(place, "`wire` is not hex");
    bytes += static_cast<char>(high << 4 | low);
  }
  return bytes;
}

// `headers` is a list of objects of one member, or one object.
FieldList fields_of(const json& block, const Place& place) {
  FieldList fields;
  const auto headers = block.find("headers");
  if (headers == block.end()) stop(place, "no `headers`");
  const auto add = [&](const json& object) {
    for (const auto& [name, value] : object.items()) {
      if (!value.is_string()) stop(place, "a value that is not a text");
      fields.push_back({name, value.get<std::string>()});
    }
  };
  if (headers->is_object()) {
    add(*headers);
  } else if (headers->is_array()) {
    for (const json& object : *headers) add(object);
  } else {
    stop(place, "`headers` is not a list");
  }
  return fields;
}

void decode(HpackDecoder& decoder, std::string_view block, const FieldList& expected,
            const Place& place, const std::string& whose) {
  FieldList fields;
  const HpackError error = decoder.decode_block(block, fields);
  if (error != HpackError::kNone) {
    stop(place, whose + ": " + std::string(hpack_error_text(error)));
  }
  for (std::size_t i = 0; i < fields.size() || i < expected.size(); ++i) {
    const auto text = [i](const FieldList& list) {
      return i < list.size() ? list[i].name + ": " + list[i].value : std::string("nothing");
    };
    if (text(fields) == text(expected)) continue;
    stop(place, whose + ": field " + std::to_string(i) + " is\n  " + text(fields) + "\nnot\n  " +
                    text(expected));
  }
}

Counts check_story(const char* file) {
  Place place{file};
  std::ifstream in(file, std::ios::binary);
  const std::string text(std::istreambuf_iterator<char>(in), {});
  const json story = json::parse(text, nullptr, false);
  if (!story.is_object() || !story.contains("cases") || !story["cases"].is_array()) {
    stop(place, "not a story");
  }

  const auto draft = story.find("draft");
  const bool is_final =
      draft == story.end() || !draft->is_number_unsigned() || draft->get<uint32_t>() >= kDraftMin;
  Counts counts{.stories = 1};
  HpackDecoder theirs;
  HpackEncoder encoder(UINT32_MAX);
  HpackDecoder ours;
  theirs.set_max_header_list_size(UINT32_MAX);
  ours.set_max_header_list_size(UINT32_MAX);
  for (const json& block : story["cases"]) {
    if (!block.is_object()) stop(place, "not an object");
    if (const auto size = block.find("header_table_size"); size != block.end()) {
      if (!size->is_number_unsigned()) stop(place, "`header_table_size` is not a number");
      const uint32_t bytes = size->get<uint32_t>();
      theirs.set_max_table_size(bytes);
      encoder.set_max_table_size(bytes);
      ours.set_max_table_size(bytes);
    }
    const FieldList fields = fields_of(block, place);
    if (const auto wire = block.find("wire"); is_final && wire != block.end()) {
      if (!wire->is_string()) stop(place, "`wire` is not a text");
      const std::string bytes = bytes_of(wire->get<std::string>(), place);
      decode(theirs, bytes, fields, place, "wire");
      counts.wire_bytes += bytes.size();
      ++counts.decoded;
    }

    std::string encoded;
    for (const HeaderField& field : fields) {
      encoder.encode(field.name, field.value, encoded);
      counts.plain_bytes += field.name.size() + field.value.size();
    }
    decode(ours, encoded, fields, place, "round trip");
    if (encoder.table().count() != ours.table().count() ||
        encoder.table().size() != ours.table().size()) {
      stop(place, "round trip: the tables differ");
    }
    counts.our_bytes += encoded.size();
    counts.fields += fields.size();
    ++counts.round_trips;
    ++place.block;
  }
  return counts;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fprintf(stderr, "usage: hpack_corpus FILE.json...\n");
    return 2;
  }
  std::map<std::string, Counts> folders;
  Counts total;
  for (int i = 1; i < argc; ++i) {
    const Counts counts = check_story(argv[i]);
    folders[std::filesystem::path(argv[i]).parent_path().filename().string()].add(counts);
    total.add(counts);
  }
  for (const auto& [name, counts] : folders) counts.print(name.c_str());
  total.print("total");
  return 0;
}
