// sim/net/dns_message.h: DNS's message format, from bytes to structs and back.
//
// Concept: a Message is plain data. Names are text as in a zone file: labels with dots between
// them, always absolute, with or without the final dot ("db.example." is "db.example"); "." is the
// root. `\.` and `\\` are those bytes inside a label, and `\DDD` is any byte in decimal. Letters
// keep their case on the wire and in the structs; same_name() is DNS's comparison.
// Promises: pure functions of their arguments. decode() reads nothing outside the given bytes, ends
// after work in proportion to their number, and gives a message or a fault with its place. What was
// decoded can be encoded, and decodes to an equal message.
// Source: RFC 1035 section 4 (format, compression), RFC 2181 (TTL, names are bytes), RFC 2782
// (SRV), RFC 3596 (AAAA), RFC 3597 (types that nobody knows), RFC 6891 (OPT).
// Not modelled: EDNS (an OPT record is checked for its place and skipped), DNSSEC's flags AD and
// CD, names inside the data of other types such as MX (raw bytes, so a compression pointer in them
// loses its meaning), and typed data of classes other than IN.

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace sim::net::dns {

/// The longest message over UDP without EDNS (RFC 1035 section 4.2.1), and over TCP (4.2.2).
inline constexpr std::size_t kUdpBytesMax = 512;
inline constexpr std::size_t kTcpBytesMax = 65'535;
inline constexpr std::size_t kHeaderBytes = 12;
inline constexpr std::size_t kLabelBytesMax = 63;
/// On the wire: with a length before each label, and the root's zero.
inline constexpr std::size_t kNameBytesMax = 255;
/// In one name. A name has at most 127 labels, and a pointer that serves follows one.
inline constexpr std::uint32_t kPointersMax = 127;
/// In seconds: the largest signed 32-bit number (RFC 2181 section 8).
inline constexpr std::uint32_t kTtlMax = 0x7FFF'FFFF;
/// In one string of a TXT record.
inline constexpr std::size_t kTextBytesMax = 255;

inline constexpr std::uint16_t kTypeA = 1;
inline constexpr std::uint16_t kTypeNs = 2;
inline constexpr std::uint16_t kTypeCname = 5;
inline constexpr std::uint16_t kTypeSoa = 6;
inline constexpr std::uint16_t kTypePtr = 12;
inline constexpr std::uint16_t kTypeTxt = 16;
inline constexpr std::uint16_t kTypeAaaa = 28;
inline constexpr std::uint16_t kTypeSrv = 33;
inline constexpr std::uint16_t kTypeOpt = 41;
/// Only in a question: every type.
inline constexpr std::uint16_t kTypeAny = 255;

inline constexpr std::uint16_t kClassIn = 1;

inline constexpr std::uint8_t kOpcodeQuery = 0;

inline constexpr std::uint8_t kNoError = 0;
inline constexpr std::uint8_t kFormatError = 1;
inline constexpr std::uint8_t kServerFailure = 2;
/// NXDOMAIN.
inline constexpr std::uint8_t kNameError = 3;
inline constexpr std::uint8_t kNotImplemented = 4;
inline constexpr std::uint8_t kRefused = 5;

/// What is asked.
struct Question {
  std::string name;
  std::uint16_t type = 0;
  std::uint16_t klass = kClassIn;
  bool operator==(const Question&) const = default;
};

/// The data of a type or class that is not one of those below, as it is on the wire.
struct Other {
  std::string bytes;
  bool operator==(const Other&) const = default;
};

/// A: 10.0.0.1 is 0x0A000001.
struct A {
  std::uint32_t address = 0;
  bool operator==(const A&) const = default;
};

/// AAAA, in network order.
struct Aaaa {
  std::array<std::uint8_t, 16> address{};
  bool operator==(const Aaaa&) const = default;
};

/// CNAME, NS and PTR; the record's type tells which.
struct Domain {
  std::string name;
  bool operator==(const Domain&) const = default;
};

/// SRV.
struct Srv {
  std::uint16_t priority = 0;
  std::uint16_t weight = 0;
  std::uint16_t port = 0;
  std::string target;
  bool operator==(const Srv&) const = default;
};

/// TXT: one string or more, each of at most kTextBytesMax bytes.
struct Txt {
  std::vector<std::string> strings;
  bool operator==(const Txt&) const = default;
};

/// SOA.
struct Soa {
  /// The primary name server.
  std::string mname;
  /// The mailbox of who is responsible, its @ written as a dot.
  std::string rname;
  std::uint32_t serial = 0;
  std::uint32_t refresh_s = 0;
  std::uint32_t retry_s = 0;
  std::uint32_t expire_s = 0;
  /// How long an answer that there is nothing may be kept (RFC 2308 section 4).
  std::uint32_t minimum_s = 0;
  bool operator==(const Soa&) const = default;
};

using Data = std::variant<Other, A, Aaaa, Domain, Srv, Txt, Soa>;

/// A resource record.
struct Record {
  std::string name;
  std::uint16_t type = 0;
  std::uint16_t klass = kClassIn;
  /// In seconds, at most kTtlMax.
  std::uint32_t ttl = 0;
  /// As data_of() has it for the type and class.
  Data data;
  bool operator==(const Record&) const = default;
};

struct Message {
  std::uint16_t id = 0;
  /// A response, not a query.
  bool qr = false;
  /// 0 to 15.
  std::uint8_t opcode = kOpcodeQuery;
  /// The answer of an authority.
  bool aa = false;
  /// Truncated: something did not fit.
  bool tc = false;
  /// Recursion is desired; recursion is available.
  bool rd = false;
  bool ra = false;
  /// 0 to 15.
  std::uint8_t rcode = kNoError;
  std::vector<Question> questions;
  std::vector<Record> answers;
  std::vector<Record> authority;
  std::vector<Record> additional;
  bool operator==(const Message&) const = default;
};

/// The alternative that holds the data of such a record, empty. In classes other than IN it is
/// always Other: there, A has another format (RFC 1035 section 3.4), and in an update (RFC 2136)
/// any type may have no data.
[[nodiscard]] Data data_of(std::uint16_t type, std::uint16_t klass);

/// The message in at most `limit` bytes. If it is longer, it ends before the first question or
/// record that does not fit, and says so with TC, also when only additional ones are missing, where
/// RFC 2181 section 9 leaves it to the server whether they matter.
///
/// Names are compressed, except in SRV (RFC 2782). Only a suffix of the same case is shared, so
/// that a resolver's mixed case comes back as it was.
///
/// Empty if `limit` is below kHeaderBytes, or if no bytes stand for the message: a name that is
/// none, data that is not that of its type, an OPT record, or a number, text or section out of
/// bounds.
[[nodiscard]] std::string encode(const Message& message, std::size_t limit = kUdpBytesMax);

/// Why bytes are not a message.
enum class Fault : std::uint8_t {
  none,
  /// The bytes end inside the header or inside something that was counted.
  truncated,
  /// Bytes follow the last thing that was counted.
  trailing_bytes,
  /// A length byte that begins with the bits 01 or 10.
  bad_label,
  name_too_long,
  /// A compression pointer to what is not the complete end of an earlier name.
  bad_pointer,
  too_many_pointers,
  /// A record's data is not of its type, or ends before or after its length.
  bad_data,
  /// An OPT record that is the second, has a name, or is not in the additional section.
  bad_opt,
};

/// What was expected, as a phrase: "a name of at most 255 bytes".
[[nodiscard]] std::string_view expected(Fault fault);

/// What came of a decoding.
struct [[nodiscard]] Decoded {
  /// There if nothing is wrong.
  std::optional<Message> message;
  Fault fault = Fault::none;
  /// Where it is wrong, in bytes; 0 if nothing is.
  std::size_t offset = 0;

  [[nodiscard]] bool ok() const { return fault == Fault::none; }
  explicit operator bool() const { return ok(); }
};

/// The message that `bytes` are, all of them. Names end with a dot; a TTL above kTtlMax is 0 (RFC
/// 2181 section 8). Flags that the struct does not have are ignored.
Decoded decode(std::string_view bytes);

/// `name` in lower case, with its final dot and no needless escapes, to sort and find names by;
/// nothing if it is not a name. Only ASCII letters have a case (RFC 4343).
[[nodiscard]] std::optional<std::string> canonical_name(std::string_view name);

/// Whether both are names, and the same one.
[[nodiscard]] bool same_name(std::string_view a, std::string_view b);

}  // namespace sim::net::dns
