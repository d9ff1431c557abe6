// Any bytes are either header blocks or an error, whatever the table size; what was decoded can be
// encoded, and decodes to the same.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "sim/http2/hpack.h"

namespace {

using sim::http2::HeaderField;
using sim::http2::HpackDecoder;
using sim::http2::HpackEncoder;
using sim::http2::HpackError;
using sim::http2::HpackTable;
using sim::http2::Indexing;

void require(bool holds) {
  if (!holds) std::abort();
}

// A table adds up.
void check(const HpackTable& table) {
  uint64_t size = 0;
  for (uint32_t age = 0; age < table.count(); ++age) {
    const sim::http2::HpackEntry entry = table.at(age);
    size += entry.name.size() + entry.value.size() + sim::http2::kHpackEntryOverhead;
  }
  require(size == table.size() && size <= table.size_max());
}

void decode(std::string_view input, uint32_t table_size) {
  HpackDecoder decoder(table_size);
  HpackEncoder encoder(table_size);
  HpackDecoder second;
  second.set_max_header_list_size(UINT32_MAX);
  second.set_max_table_size(8192);
  encoder.set_max_table_size(8192);
  // Blocks of a length that the bytes themselves give, so that tables live on between them.
  while (!input.empty()) {
    const std::size_t size = 1 + static_cast<unsigned char>(input[0]);
    const std::string_view block = input.substr(1, size);
    input.remove_prefix(1 + block.size());
    std::vector<HeaderField> fields;
    const HpackError error = decoder.decode_block(block, fields);
    check(decoder.table());
    if (error != HpackError::kNone && error != HpackError::kHeaderListTooLarge) return;

    std::string again;
    for (const HeaderField& field : fields) {
      encoder.encode(field.name, field.value, again,
                     field.never_indexed ? Indexing::kNever : Indexing::kIncremental);
    }
    std::vector<HeaderField> back;
    require(second.decode_block(again, back) == HpackError::kNone);
    require(back.size() == fields.size());
    for (std::size_t i = 0; i < fields.size(); ++i) {
      require(back[i].name == fields[i].name && back[i].value == fields[i].value);
      // An encoder may keep more secrets than it was asked to, never fewer.
      require(back[i].never_indexed || !fields[i].never_indexed);
    }
    check(encoder.table());
    require(encoder.table().size() == second.table().size());
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  for (const uint32_t table_size : {0U, 40U, 256U, 4096U, 8192U}) decode(input, table_size);
  return 0;
}
