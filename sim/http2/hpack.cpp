#include "sim/http2/hpack.h"

#include "sim/http2/huffman.h"

#include <algorithm>
#include <utility>

namespace sim::http2 {

namespace {

// The first bits of each representation, and the bits of its first byte that begin a number.
// Source: RFC 7541, section 6.
constexpr uint32_t kIndexed = 0x80, kIndexedMask = 0x7f;
constexpr uint32_t kLiteralIndexed = 0x40, kLiteralIndexedMask = 0x3f;
constexpr uint32_t kLiteral = 0x00, kLiteralNever = 0x10, kLiteralMask = 0x0f;
constexpr uint32_t kSizeUpdate = 0x20, kSizeUpdateMask = 0x1f;
constexpr uint32_t kHuffman = 0x80, kTextMask = 0x7f;

// A number of 32 bits takes at most so many bytes: what the prefix holds, and 7 bits in each.
constexpr uint32_t kNumberBytes = 6;

// Static indices of the names whose values may be secrets.
constexpr uint32_t kAuthorization = 23;
constexpr uint32_t kCookie = 32;
static_assert(kHpackStaticTable[kAuthorization - 1].name == "authorization");
static_assert(kHpackStaticTable[kCookie - 1].name == "cookie");

// A shorter cookie could be found out by trying which one compresses. As nghttp2 decides.
constexpr uint32_t kCookieBytesMin = 20;

char* write_number(char* out, uint32_t pattern, uint32_t mask, uint32_t number) {
  if (number < mask) {
    *out++ = static_cast<char>(pattern | number);
    return out;
  }
  *out++ = static_cast<char>(pattern | mask);
  for (number -= mask; number >= 0x80; number >>= 7) *out++ = static_cast<char>(number | 0x80);
  *out++ = static_cast<char>(number);
  return out;
}

char* write_text(char* out, std::string_view text) {
  const std::size_t encoded = huffman_size(text);
  if (encoded < text.size()) {
    out = write_number(out, kHuffman, kTextMask, static_cast<uint32_t>(encoded));
    return huffman_encode_to(text, out);
  }
  out = write_number(out, 0, kTextMask, static_cast<uint32_t>(text.size()));
  return std::copy(text.begin(), text.end(), out);
}

// Cuts `out` at `end`, which is in its room.
void cut(std::string& out, const char* end) {
  out.resize(static_cast<std::size_t>(end - out.data()));
}

}  // namespace

std::string_view hpack_error_text(HpackError error) {
  switch (error) {
    case HpackError::kNone:
      return "no error";
    case HpackError::kTruncated:
      return "the header block is truncated";
    case HpackError::kIndexOutOfRange:
      return "no such table index";
    case HpackError::kIntegerOverflow:
      return "a number is too large";
    case HpackError::kBadHuffman:
      return "invalid Huffman code";
    case HpackError::kTableSizeUpdateTooLarge:
      return "a table size update above the limit";
    case HpackError::kTableSizeUpdateNotAtStart:
      return "a table size update behind a field";
    case HpackError::kTableSizeUpdateMissing:
      return "a table size update is missing";
    case HpackError::kHeaderListTooLarge:
      return "the header list is too large";
  }
  return "unknown error";
}

HpackEncoder::HpackEncoder(uint32_t table_size_limit)
    : table_(kHpackDefaultTableSize), size_limit_(table_size_limit) {
  if (size_limit_ < kHpackDefaultTableSize) set_max_table_size(size_limit_);
}

void HpackEncoder::set_max_table_size(uint32_t bytes) {
  last_size_ = std::min(bytes, size_limit_);
  smallest_size_ = size_changed_ ? std::min(smallest_size_, last_size_) : last_size_;
  size_changed_ = true;
}

void HpackEncoder::write_size_updates(std::string& out) {
  char updates[2 * kNumberBytes];
  char* end = updates;
  const auto update = [&](uint32_t size) {
    end = write_number(end, kSizeUpdate, kSizeUpdateMask, size);
    table_.set_size_max(size);
  };
  // The other end has forgotten what did not fit into the smallest table. That size must be sent
  // even where nothing was forgotten, if it is not the last.
  if (smallest_size_ < std::max(table_.size_max(), last_size_)) update(smallest_size_);
  if (last_size_ != table_.size_max()) update(last_size_);
  out.append(updates, end);
  size_changed_ = false;
}

void HpackEncoder::encode(std::string_view name, std::string_view value, std::string& out,
                          Indexing indexing) {
  if (size_changed_) write_size_updates(out);
  const uint64_t name_hash = hpack_hash(name, 0);
  const uint32_t static_index = hpack_static_name(name, name_hash);
  if (static_index == kAuthorization ||
      (static_index == kCookie && value.size() < kCookieBytesMin)) {
    indexing = Indexing::kNever;
  }

  uint64_t field_hash = 0;
  if (indexing != Indexing::kNever) {
    uint32_t index = static_index;
    while (index != 0 && !hpack_equal(kHpackStaticTable[index - 1].value, value)) {
      ++index;
      if (index > kHpackStaticCount || !hpack_equal(kHpackStaticTable[index - 1].name, name)) {
        index = 0;
      }
    }
    if (index == 0) {
      field_hash = hpack_hash(value, name_hash);
      index = find_field(field_hash, {name, value});
    }
    if (index != 0) {
      if (index < kIndexedMask) {
        out.push_back(static_cast<char>(kIndexed | index));
        return;
      }
      char bytes[kNumberBytes];
      out.append(bytes, write_number(bytes, kIndexed, kIndexedMask, index));
      return;
    }
  }

  // An entry larger than the table would only empty it.
  const uint64_t entry_size = uint64_t{name.size()} + value.size() + kHpackEntryOverhead;
  if (indexing == Indexing::kIncremental && entry_size > table_.size_max()) {
    indexing = Indexing::kWithout;
  }
  const uint32_t index = static_index != 0 ? static_index : find_name(name_hash, name);
  const std::size_t before = out.size();
  out.resize(before + 3 * kNumberBytes + name.size() + value.size());
  char* end = out.data() + before;
  switch (indexing) {
    case Indexing::kIncremental:
      end = write_number(end, kLiteralIndexed, kLiteralIndexedMask, index);
      break;
    case Indexing::kWithout:
      end = write_number(end, kLiteral, kLiteralMask, index);
      break;
    case Indexing::kNever:
      end = write_number(end, kLiteralNever, kLiteralMask, index);
      break;
  }
  if (index == 0) end = write_text(end, name);
  cut(out, write_text(end, value));
  if (indexing == Indexing::kIncremental) insert({name, value}, name_hash, field_hash);
}

uint32_t HpackEncoder::find_name(uint64_t hash, std::string_view name) const {
  if (table_.count() == 0) return 0;
  for (uint64_t number = name_heads_[slot(hash)]; is_entry(number);) {
    const Link& link = links_[slot(number)];
    const uint32_t age = static_cast<uint32_t>(table_.pushed() - number);
    if (link.name_hash == hash && hpack_equal(table_.at(age).name, name)) {
      return kHpackStaticCount + 1 + age;
    }
    number = link.next_name;
  }
  return 0;
}

uint32_t HpackEncoder::find_field(uint64_t hash, HpackEntry field) const {
  if (table_.count() == 0) return 0;
  for (uint64_t number = field_heads_[slot(hash)]; is_entry(number);) {
    const Link& link = links_[slot(number)];
    if (link.field_hash == hash) {
      const uint32_t age = static_cast<uint32_t>(table_.pushed() - number);
      const HpackEntry entry = table_.at(age);
      if (hpack_equal(entry.name, field.name) && hpack_equal(entry.value, field.value)) {
        return kHpackStaticCount + 1 + age;
      }
    }
    number = link.next_field;
  }
  return 0;
}

void HpackEncoder::insert(HpackEntry field, uint64_t name_hash, uint64_t field_hash) {
  char* const tail = table_.tail(uint64_t{field.name.size()} + field.value.size());
  std::copy(field.value.begin(), field.value.end(),
            std::copy(field.name.begin(), field.name.end(), tail));
  table_.push(static_cast<uint32_t>(field.name.size()), static_cast<uint32_t>(field.value.size()));
  if (table_.count() > links_.size()) {
    const std::vector<Link> old = std::move(links_);
    const std::size_t size = std::max<std::size_t>(16, old.size() * 2);
    links_.assign(size, {});
    name_heads_.assign(size, 0);
    field_heads_.assign(size, 0);
    for (uint32_t age = table_.count() - 1; age > 0; --age) {
      const uint64_t number = table_.pushed() - age;
      const Link& known = old[static_cast<std::size_t>(number & (old.size() - 1))];
      link(number, known.name_hash, known.field_hash);
    }
  }
  link(table_.pushed(), name_hash, field_hash);
}

void HpackEncoder::link(uint64_t number, uint64_t name_hash, uint64_t field_hash) {
  uint64_t& name_head = name_heads_[slot(name_hash)];
  uint64_t& field_head = field_heads_[slot(field_hash)];
  links_[slot(number)] = {name_hash, field_hash, name_head, field_head};
  name_head = number;
  field_head = number;
}

// What is left of a block.
struct HpackDecoder::Reader {
  const char* at;
  const char* end;
  HpackError error = HpackError::kNone;

  [[nodiscard]] uint32_t peek() const { return static_cast<unsigned char>(*at); }

  // REQUIRES: at != end.
  uint32_t number(uint32_t mask) {
    const uint32_t first = peek() & mask;
    ++at;
    return first < mask ? first : long_number(mask);
  }

  uint32_t long_number(uint64_t sum) {
    for (uint32_t shift = 0; shift < 7 * (kNumberBytes - 1); shift += 7) {
      if (at == end) {
        error = HpackError::kTruncated;
        return 0;
      }
      const uint32_t byte = peek();
      ++at;
      sum += uint64_t{byte & 0x7f} << shift;
      if (sum > UINT32_MAX) break;
      if (byte < 0x80) return static_cast<uint32_t>(sum);
    }
    error = HpackError::kIntegerOverflow;
    return 0;
  }
};

// A name or value in a block.
struct HpackDecoder::Text {
  std::string_view bytes;
  bool huffman = false;

  explicit Text(std::string_view plain) : bytes(plain) {}

  explicit Text(Reader& reader) {
    if (reader.error != HpackError::kNone) return;
    if (reader.at == reader.end) {
      reader.error = HpackError::kTruncated;
      return;
    }
    huffman = (reader.peek() & kHuffman) != 0;
    const uint32_t size = reader.number(kTextMask);
    if (reader.error != HpackError::kNone) return;
    if (size > static_cast<uint64_t>(reader.end - reader.at)) {
      reader.error = HpackError::kTruncated;
      return;
    }
    bytes = {reader.at, size};
    reader.at += size;
  }

  // How much of a buffer it takes, if it is decoded or must be copied.
  [[nodiscard]] uint64_t room(bool copy) const {
    if (huffman) return huffman_decode_room(bytes.size());
    return copy ? bytes.size() : 0;
  }

  // The text, in `buffer` if it is decoded or copied there; then `buffer` moves behind it.
  std::string_view place(bool copy, char*& buffer, HpackError& error) const {
    if (!huffman && !copy) return bytes;
    char* const start = buffer;
    char* const end =
        huffman ? huffman_decode_to(bytes, start) : std::copy(bytes.begin(), bytes.end(), start);
    if (end == nullptr && huffman) {
      error = HpackError::kBadHuffman;
      return {};
    }
    buffer = end;
    return {start, static_cast<std::size_t>(end - start)};
  }
};

void HpackDecoder::set_max_table_size(uint32_t bytes) {
  max_table_size_ = bytes;
  smallest_size_ = size_changed_ ? std::min(smallest_size_, bytes) : bytes;
  size_changed_ = true;
}

HpackError HpackDecoder::decode_block(std::string_view block, std::vector<HeaderField>& fields) {
  return decode_block(block, [&fields](const HeaderFieldView& field) {
    fields.push_back({std::string(field.name), std::string(field.value), field.never_indexed});
  });
}

void HpackDecoder::begin_block(std::string_view block) {
  at_ = block.data();
  end_ = at_ + block.size();
  list_size_ = 0;
  at_start_ = true;
  error_ = HpackError::kNone;
}

bool HpackDecoder::next_field(HeaderFieldView& field) {
  Reader reader{at_, end_};
  while (reader.at != reader.end && reader.error == HpackError::kNone) {
    const uint32_t first = reader.peek();
    if ((first & ~kSizeUpdateMask) == kSizeUpdate) {
      read_size_update(reader);
      continue;
    }
    if (at_start_) {
      if (smallest_size_ < table_.size_max()) break;
      smallest_size_ = max_table_size_;
      size_changed_ = false;
      at_start_ = false;
    }
    if ((first & kIndexed) != 0) {
      const uint32_t index = reader.number(kIndexedMask);
      if (reader.error != HpackError::kNone) break;
      if (!knows(index)) {
        reader.error = HpackError::kIndexOutOfRange;
        break;
      }
      const HpackEntry known = entry(index);
      field = {known.name, known.value, false};
    } else if ((first & kLiteralIndexed) != 0) {
      read_literal(reader, kLiteralIndexedMask, true, field);
      field.never_indexed = false;
    } else {
      read_literal(reader, kLiteralMask, false, field);
      field.never_indexed = (first & kLiteralNever) != 0;
    }
    if (reader.error != HpackError::kNone) break;
    list_size_ += uint64_t{field.name.size()} + field.value.size() + kHpackEntryOverhead;
    if (list_size_ <= max_list_size_) {
      at_ = reader.at;
      return true;
    }
    // The rest is still decoded, for what it does to the table.
  }
  if (reader.error != HpackError::kNone) {
    error_ = reader.error;
  } else if (at_start_ && smallest_size_ < table_.size_max()) {
    error_ = HpackError::kTableSizeUpdateMissing;
  } else if (list_size_ > max_list_size_) {
    error_ = HpackError::kHeaderListTooLarge;
  }
  return false;
}

void HpackDecoder::read_size_update(Reader& reader) {
  if (!at_start_) {
    reader.error = HpackError::kTableSizeUpdateNotAtStart;
    return;
  }
  const uint32_t size = reader.number(kSizeUpdateMask);
  if (reader.error != HpackError::kNone) return;
  // A smallest size that pushes nothing out makes no difference; Go's encoder does not send it.
  if (size > (smallest_size_ < table_.size_max() ? smallest_size_ : max_table_size_)) {
    reader.error = HpackError::kTableSizeUpdateTooLarge;
    return;
  }
  smallest_size_ = max_table_size_;
  size_changed_ = false;
  table_.set_size_max(size);
}

void HpackDecoder::read_literal(Reader& reader, uint32_t index_mask, bool insert,
                                HeaderFieldView& field) {
  const uint32_t index = reader.number(index_mask);
  if (reader.error != HpackError::kNone) return;
  if (index != 0 && !knows(index)) {
    reader.error = HpackError::kIndexOutOfRange;
    return;
  }
  Text name = index == 0 ? Text(reader) : Text(entry(index).name);
  const Text value(reader);
  if (reader.error != HpackError::kNone) return;
  // Whatever becomes an entry is put together behind the last one; the rest stays in the block,
  // except what must be decoded.
  const uint64_t room = name.room(insert) + value.room(insert);
  char* buffer = nullptr;
  if (room > 0) {
    buffer = table_.tail(room);
    // The name may have moved.
    if (index > kHpackStaticCount) name.bytes = entry(index).name;
  }
  field.name = name.place(insert, buffer, reader.error);
  if (reader.error != HpackError::kNone) return;
  field.value = value.place(insert, buffer, reader.error);
  if (reader.error != HpackError::kNone || !insert) return;
  table_.push(static_cast<uint32_t>(field.name.size()), static_cast<uint32_t>(field.value.size()));
}

}  // namespace sim::http2
