// sim/http2/hpack.h: HPACK, the compression of HTTP/2 header fields.
//
// Concept: both ends of a connection keep the same table for each direction; a field that was sent
// once is afterwards an index into it. An encoder writes the blocks of a direction and a decoder
// reads them, all and in order, because each block changes the table for the next.
// Promises: the bytes depend on nothing but the calls; any bytes are either fields or an error; the
// memory of a decoder is bounded by the table size and the largest block. Pure state machines: no
// world, no waiting. Source: RFC 7541; RFC 9113, section 4.3.
// Not modelled: a block that arrives in pieces (the connection joins HEADERS and CONTINUATION), and
// whether names and values are ones that HTTP allows.

#pragma once

#include "sim/http2/fields.h"
#include "sim/http2/hpack_table.h"

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sim::http2 {

/// The table size that both ends assume before any SETTINGS. Source: RFC 9113, section 6.5.2.
inline constexpr uint32_t kHpackDefaultTableSize = 4096;

/// A header field.
struct HeaderField {
  std::string name;
  std::string value;
  /// Whoever passes it on may not put it into a table either. Source: RFC 7541, section 7.1.3.
  bool never_indexed = false;
  bool operator==(const HeaderField&) const = default;
};

/// How an encoder treats a field.
enum class Indexing : std::uint8_t {
  kIncremental,  ///< Puts it into the table, if it fits.
  kWithout,      ///< Leaves the table as it is: for a value that hardly comes again.
  kNever,        ///< The same, and asks all that pass it on to do so: for a secret.
};

/// Why a block cannot be decoded.
enum class HpackError : std::uint8_t {
  kNone,
  kTruncated,                ///< The block ends inside a field.
  kIndexOutOfRange,          ///< An index that is in neither table, or 0.
  kIntegerOverflow,          ///< A number above 2^32-1, or of more bytes than such a number needs.
  kBadHuffman,               ///< See huffman_decode_to().
  kTableSizeUpdateTooLarge,  ///< Above what set_max_table_size() allows.
  kTableSizeUpdateNotAtStart,
  kTableSizeUpdateMissing,  ///< set_max_table_size() made the table smaller; the block ignores it.
  kHeaderListTooLarge,      ///< The one error after which the next block can be decoded.
};

/// The error in words.
[[nodiscard]] std::string_view hpack_error_text(HpackError error);

/// One direction of a connection, at its sender.
class HpackEncoder {
 public:
  /// Uses a table of at most `table_size_limit` bytes, whatever the other end allows. Starts with
  /// kHpackDefaultTableSize, or tells the other end in the first block that it is less.
  explicit HpackEncoder(uint32_t table_size_limit = kHpackDefaultTableSize);

  /// The other end's SETTINGS_HEADER_TABLE_SIZE. The next block begins with the new size, and with
  /// the smallest one since the last block before it. REQUIRES: no block is half written.
  void set_max_table_size(uint32_t bytes);

  /// Appends a field to `out`, the block. `authorization`, and a `cookie` short enough to be
  /// guessed, are never indexed, whatever `indexing` says. REQUIRES: `name` is in lower case; the
  /// texts are not the table's own.
  void encode(std::string_view name, std::string_view value, std::string& out,
              Indexing indexing = Indexing::kIncremental);

  /// For tests and views.
  [[nodiscard]] const HpackTable& table() const { return table_; }

 private:
  // What is known of a table entry: its hashes, and the numbers of the entries before it in the
  // same buckets. A number that is no entry's any more ends a chain, so nothing is ever unlinked.
  struct Link {
    uint64_t name_hash = 0;
    uint64_t field_hash = 0;
    uint64_t next_name = 0;
    uint64_t next_field = 0;
  };

  [[nodiscard]] bool is_entry(uint64_t number) const {
    return number + table_.count() > table_.pushed();
  }
  // The place of an entry or of a hash in the rings. REQUIRES: there was an entry.
  [[nodiscard]] std::size_t slot(uint64_t number) const {
    return static_cast<std::size_t>(number & (links_.size() - 1));
  }
  [[nodiscard]] uint32_t find_name(uint64_t hash, std::string_view name) const;
  [[nodiscard]] uint32_t find_field(uint64_t hash, HpackEntry field) const;
  void insert(HpackEntry field, uint64_t name_hash, uint64_t field_hash);
  void link(uint64_t number, uint64_t name_hash, uint64_t field_hash);
  void write_size_updates(std::string& out);

  HpackTable table_;
  uint32_t size_limit_;
  bool size_changed_ = false;
  uint32_t smallest_size_ = 0;
  uint32_t last_size_ = 0;
  // Three rings of one size, a power of two: the link of entry n is at n modulo it.
  std::vector<Link> links_;
  std::vector<uint64_t> name_heads_;
  std::vector<uint64_t> field_heads_;
};

/// One direction of a connection, at its receiver.
class HpackDecoder {
 public:
  explicit HpackDecoder(uint32_t max_table_size = kHpackDefaultTableSize)
      : table_(max_table_size), max_table_size_(max_table_size), smallest_size_(max_table_size) {}

  /// Our SETTINGS_HEADER_TABLE_SIZE, once the other end has acknowledged it. If the table in use is
  /// larger, the next block must begin by making it smaller. Source: RFC 9113, section 4.3.1.
  void set_max_table_size(uint32_t bytes);

  /// The largest list of fields that is accepted, in the bytes that their table entries would have:
  /// SETTINGS_MAX_HEADER_LIST_SIZE. 16 KiB unless set.
  void set_max_header_list_size(uint32_t bytes) { max_list_size_ = bytes; }

  /// Decodes a whole block and calls `on_field(const HeaderFieldView&)` for each field; the view is
  /// valid during the call. After kHeaderListTooLarge the table is up to date, so the stream can be
  /// refused and the connection kept; fields were handed over until the limit. After any other
  /// error the connection is lost. REQUIRES: `on_field` does not use the decoder.
  template <class F>
    requires std::invocable<F&, const HeaderFieldView&>
  [[nodiscard]] HpackError decode_block(std::string_view block, F&& on_field) {
    begin_block(block);
    for (HeaderFieldView field; next_field(field);) on_field(field);
    return error_;
  }

  /// As above, and appends the fields.
  [[nodiscard]] HpackError decode_block(std::string_view block, std::vector<HeaderField>& fields);

  /// For tests and views.
  [[nodiscard]] const HpackTable& table() const { return table_; }

 private:
  struct Reader;
  struct Text;

  void begin_block(std::string_view block);
  bool next_field(HeaderFieldView& field);
  void read_size_update(Reader& reader);
  void read_literal(Reader& reader, uint32_t index_mask, bool insert, HeaderFieldView& field);
  [[nodiscard]] bool knows(uint32_t index) const {
    return index != 0 && index - 1 < kHpackStaticCount + table_.count();
  }
  [[nodiscard]] HpackEntry entry(uint32_t index) const {
    return index <= kHpackStaticCount ? kHpackStaticTable[index - 1]
                                      : table_.at(index - kHpackStaticCount - 1);
  }

  HpackTable table_;
  uint32_t max_table_size_;
  // The smallest size set since the last block: what the first size update may be at most.
  uint32_t smallest_size_;
  bool size_changed_ = false;
  uint32_t max_list_size_ = 16 * 1024;

  // The block being decoded.
  const char* at_ = nullptr;
  const char* end_ = nullptr;
  uint64_t list_size_ = 0;
  bool at_start_ = false;
  HpackError error_ = HpackError::kNone;
};

}  // namespace sim::http2
