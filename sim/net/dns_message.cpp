#include "sim/net/dns_message.h"

#include <functional>
#include <map>
#include <utility>

namespace sim::net::dns {
namespace {

constexpr std::size_t kCountMax = 0xFFFF;
/// A pointer has 14 bits for its target.
constexpr std::size_t kPointerTargets = 0x4000;
constexpr std::uint8_t kPointerBits = 0xC0;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

/// A name on the wire, uncompressed.
struct WireName {
  std::array<char, kNameBytesMax> bytes{};
  std::size_t size = 0;
  [[nodiscard]] std::string_view view() const { return {bytes.data(), size}; }
};

/// The byte that the escape before `at` stands for; nothing if it is none.
std::optional<char> read_escape(std::string_view text, std::size_t& at) {
  if (at >= text.size()) return std::nullopt;
  if (!is_digit(text[at])) return text[at++];
  if (text.size() - at < 3 || !is_digit(text[at + 1]) || !is_digit(text[at + 2])) {
    return std::nullopt;
  }
  const int value = (text[at] - '0') * 100 + (text[at + 1] - '0') * 10 + (text[at + 2] - '0');
  at += 3;
  if (value > 255) return std::nullopt;
  return static_cast<char>(value);
}

std::optional<WireName> to_wire(std::string_view text) {
  if (text.empty()) return std::nullopt;
  WireName name;
  if (text == ".") text = {};
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t length_at = name.size++;
    std::size_t length = 0;
    while (at < text.size() && text[at] != '.') {
      char c = text[at++];
      if (c == '\\') {
        const std::optional<char> escaped = read_escape(text, at);
        if (!escaped) return std::nullopt;
        c = *escaped;
      }
      // The root's zero needs the last place.
      if (length == kLabelBytesMax || name.size >= kNameBytesMax - 1) return std::nullopt;
      name.bytes[name.size++] = c;
      ++length;
    }
    if (length == 0) return std::nullopt;
    name.bytes[length_at] = static_cast<char>(length);
    if (at < text.size()) ++at;
  }
  name.bytes[name.size++] = '\0';
  return name;
}

void append_label(std::string& text, std::string_view label) {
  for (const char c : label) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '.' || c == '\\') {
      text += '\\';
      text += c;
    } else if (byte <= 0x20 || byte >= 0x7F) {
      text += '\\';
      text += static_cast<char>('0' + byte / 100);
      text += static_cast<char>('0' + byte / 10 % 10);
      text += static_cast<char>('0' + byte % 10);
    } else {
      text += c;
    }
  }
  text += '.';
}

class Writer {
 public:
  [[nodiscard]] bool ok() const { return ok_; }
  [[nodiscard]] std::size_t size() const { return out_.size(); }
  std::string take() { return std::move(out_); }
  void cut(std::size_t size) { out_.resize(size); }

  void u8(std::size_t value) { out_ += static_cast<char>(value & 0xFF); }
  void u16(std::size_t value) {
    u8(value >> 8);
    u8(value);
  }
  void u32(std::uint32_t value) {
    u16(value >> 16);
    u16(value);
  }
  void set_u16(std::size_t at, std::size_t value) {
    out_[at] = static_cast<char>(value >> 8 & 0xFF);
    out_[at + 1] = static_cast<char>(value & 0xFF);
  }

  void write(const Question& question) {
    name(question.name);
    u16(question.type);
    u16(question.klass);
  }

  void write(const Record& record) {
    require(record.type != kTypeOpt && record.ttl <= kTtlMax &&
            record.data.index() == data_of(record.type, record.klass).index());
    name(record.name);
    u16(record.type);
    u16(record.klass);
    u32(record.ttl);
    const std::size_t length_at = size();
    u16(0);
    std::visit([this](const auto& data) { write_data(data); }, record.data);
    const std::size_t length = size() - length_at - 2;
    require(length <= 0xFFFF);
    set_u16(length_at, length);
  }

 private:
  void require(bool holds) { ok_ = ok_ && holds; }

  /// With a pointer to the longest suffix that is there already.
  void name(std::string_view text) {
    const std::optional<WireName> wire = to_wire(text);
    require(wire.has_value());
    if (!wire) return;
    std::string_view rest = wire->view();
    while (rest.size() > 1) {
      if (const auto place = places_.find(rest); place != places_.end()) {
        u16(std::size_t{kPointerBits} << 8 | place->second);
        return;
      }
      if (size() < kPointerTargets) places_.emplace(rest, size());
      const std::size_t label_size = 1 + static_cast<unsigned char>(rest.front());
      out_ += rest.substr(0, label_size);
      rest.remove_prefix(label_size);
    }
    u8(0);
  }

  void write_data(const Other& data) { out_ += data.bytes; }
  void write_data(const A& data) { u32(data.address); }
  void write_data(const Aaaa& data) {
    for (const std::uint8_t byte : data.address) u8(byte);
  }
  void write_data(const Domain& data) { name(data.name); }
  void write_data(const Srv& data) {
    u16(data.priority);
    u16(data.weight);
    u16(data.port);
    // No pointer here, and none to here: who does not know SRV sees only bytes (RFC 3597).
    const std::optional<WireName> wire = to_wire(data.target);
    require(wire.has_value());
    if (wire) out_ += wire->view();
  }
  void write_data(const Txt& data) {
    require(!data.strings.empty());
    for (const std::string& text : data.strings) {
      require(text.size() <= kTextBytesMax);
      u8(text.size());
      out_ += text;
    }
  }
  void write_data(const Soa& data) {
    name(data.mname);
    name(data.rname);
    u32(data.serial);
    u32(data.refresh_s);
    u32(data.retry_s);
    u32(data.expire_s);
    u32(data.minimum_s);
  }

  std::string out_;
  /// Where a suffix of a name, as on the wire, was written.
  std::map<std::string, std::size_t, std::less<>> places_;
  bool ok_ = true;
};

std::size_t flags_of(const Message& message, bool truncated) {
  return std::size_t{message.qr} << 15 | std::size_t{message.opcode} << 11 |
         std::size_t{message.aa} << 10 | std::size_t{truncated} << 9 |
         std::size_t{message.rd} << 8 | std::size_t{message.ra} << 7 | std::size_t{message.rcode};
}

/// Reads in order. After a fault, whatever is read is empty, and the first fault stays.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : bytes_(bytes), end_(bytes.size()) {}

  [[nodiscard]] bool ok() const { return fault_ == Fault::none; }
  [[nodiscard]] Fault fault() const { return fault_; }
  [[nodiscard]] std::size_t fault_at() const { return fault_at_; }
  [[nodiscard]] std::size_t at() const { return at_; }
  [[nodiscard]] bool at_end() const { return at_ == end_; }

  void fail(Fault fault, std::size_t at) {
    if (!ok()) return;
    fault_ = fault;
    fault_at_ = at;
  }

  std::uint8_t u8() {
    const std::string_view one = take(1);
    return one.empty() ? std::uint8_t{0} : static_cast<std::uint8_t>(one.front());
  }
  std::uint16_t u16() {
    const std::uint8_t high = u8();
    return static_cast<std::uint16_t>(high << 8 | u8());
  }
  std::uint32_t u32() {
    const std::uint32_t high = u16();
    return high << 16 | u16();
  }

  std::string_view take(std::size_t count) {
    if (!ok()) return {};
    if (end_ - at_ < count) {
      fail(short_fault(), end_);
      return {};
    }
    at_ += count;
    return bytes_.substr(at_ - count, count);
  }

  std::string name();
  Question question();
  Record record();

 private:
  /// What it means to reach the end too early.
  [[nodiscard]] Fault short_fault() const { return in_data_ ? Fault::bad_data : Fault::truncated; }
  [[nodiscard]] std::uint8_t byte(std::size_t at) const {
    return static_cast<std::uint8_t>(bytes_[at]);
  }

  void read_data(Other& data) { data.bytes = take(end_ - at_); }
  void read_data(A& data) { data.address = u32(); }
  void read_data(Aaaa& data) {
    for (std::uint8_t& byte : data.address) byte = u8();
  }
  void read_data(Domain& data) { data.name = name(); }
  void read_data(Srv& data) {
    data.priority = u16();
    data.weight = u16();
    data.port = u16();
    // Nobody may compress it, and everybody should understand it if it is (RFC 3597 section 4).
    data.target = name();
  }
  void read_data(Txt& data) {
    do {
      const std::uint8_t length = u8();
      data.strings.emplace_back(take(length));
    } while (ok() && !at_end());
  }
  void read_data(Soa& data) {
    data.mname = name();
    data.rname = name();
    data.serial = u32();
    data.refresh_s = u32();
    data.retry_s = u32();
    data.expire_s = u32();
    data.minimum_s = u32();
  }

  std::string_view bytes_;
  std::size_t at_ = 0;
  /// Of what may be read now: the message, or the data of a record.
  std::size_t end_ = 0;
  bool in_data_ = false;
  Fault fault_ = Fault::none;
  std::size_t fault_at_ = 0;
};

std::string Reader::name() {
  if (!ok()) return {};
  std::string text;
  std::size_t wire_size = 1;
  std::uint32_t pointers = 0;
  std::size_t at = at_;
  // What a pointer leads to lies completely before the part that it ends. So each part is before
  // the last one, and no pointers form a circle.
  std::size_t part_begin = at_;
  std::size_t part_end = end_;
  const auto fail_short = [&] {
    if (pointers == 0) {
      fail(short_fault(), end_);
    } else {
      fail(Fault::bad_pointer, at);
    }
    return std::string();
  };
  while (true) {
    if (at >= part_end) return fail_short();
    const std::uint8_t length = byte(at);
    if (length == 0) break;
    if ((length & kPointerBits) == kPointerBits) {
      if (part_end - at < 2) return fail_short();
      const std::size_t target = std::size_t{length & 0x3FU} << 8 | byte(at + 1);
      if (target < kHeaderBytes || target >= part_begin) {
        fail(Fault::bad_pointer, at);
        return {};
      }
      if (++pointers > kPointersMax) {
        fail(Fault::too_many_pointers, at);
        return {};
      }
      if (pointers == 1) at_ = at + 2;
      part_end = part_begin;
      part_begin = target;
      at = target;
      continue;
    }
    if (length > kLabelBytesMax) {
      fail(Fault::bad_label, at);
      return {};
    }
    wire_size += 1U + length;
    if (wire_size > kNameBytesMax) {
      fail(Fault::name_too_long, at);
      return {};
    }
    if (part_end - at - 1 < length) return fail_short();
    append_label(text, bytes_.substr(at + 1, length));
    at += 1U + length;
  }
  if (pointers == 0) at_ = at + 1;
  if (text.empty()) text = ".";
  return text;
}

Question Reader::question() {
  Question question;
  question.name = name();
  question.type = u16();
  question.klass = u16();
  return question;
}

Record Reader::record() {
  Record record;
  record.name = name();
  record.type = u16();
  record.klass = u16();
  record.ttl = u32();
  if (record.ttl > kTtlMax) record.ttl = 0;
  const std::uint16_t length = u16();
  if (!ok()) return record;
  const std::size_t message_end = end_;
  if (message_end - at_ < length) {
    fail(Fault::truncated, message_end);
    return record;
  }
  end_ = at_ + length;
  in_data_ = true;
  record.data = data_of(record.type, record.klass);
  // An OPT's class is no class, and its data is not looked at.
  if (record.type == kTypeOpt) record.data = Other{};
  std::visit([this](auto& data) { read_data(data); }, record.data);
  if (ok() && !at_end()) fail(Fault::bad_data, at_);
  end_ = message_end;
  in_data_ = false;
  return record;
}

enum class Section : std::uint8_t { answers, authority, additional };

void read_records(Reader& reader, std::size_t count, Section section, std::vector<Record>& out) {
  bool has_opt = false;
  for (std::size_t i = 0; i < count && reader.ok(); ++i) {
    const std::size_t begin = reader.at();
    Record record = reader.record();
    if (record.type != kTypeOpt) {
      out.push_back(std::move(record));
      continue;
    }
    if (has_opt || section != Section::additional || record.name != ".") {
      reader.fail(Fault::bad_opt, begin);
    }
    has_opt = true;
  }
}

}  // namespace

Data data_of(std::uint16_t type, std::uint16_t klass) {
  if (klass != kClassIn) return Other{};
  switch (type) {
    case kTypeA:
      return A{};
    case kTypeAaaa:
      return Aaaa{};
    case kTypeNs:
    case kTypeCname:
    case kTypePtr:
      return Domain{};
    case kTypeSrv:
      return Srv{};
    case kTypeTxt:
      return Txt{};
    case kTypeSoa:
      return Soa{};
    default:
      return Other{};
  }
}

std::string encode(const Message& message, std::size_t limit) {
  if (limit < kHeaderBytes || message.opcode > 15 || message.rcode > 15) return {};
  Writer writer;
  writer.u16(message.id);
  for (std::size_t i = 2; i < kHeaderBytes; i += 2) writer.u16(0);
  bool truncated = false;
  std::size_t count_at = 4;
  const auto write_section = [&](const auto& section) {
    if (section.size() > kCountMax) return false;
    std::size_t count = 0;
    // What is left out is written first too, so that a message is refused whatever the limit.
    for (const auto& entry : section) {
      const std::size_t begin = writer.size();
      writer.write(entry);
      if (!writer.ok()) return false;
      truncated = truncated || writer.size() > limit;
      if (truncated) {
        writer.cut(begin);
      } else {
        ++count;
      }
    }
    writer.set_u16(count_at, count);
    count_at += 2;
    return true;
  };
  if (!write_section(message.questions) || !write_section(message.answers) ||
      !write_section(message.authority) || !write_section(message.additional)) {
    return {};
  }
  writer.set_u16(2, flags_of(message, message.tc || truncated));
  return writer.take();
}

std::string_view expected(Fault fault) {
  switch (fault) {
    case Fault::none:
      return "nothing else";
    case Fault::truncated:
      return "as many questions and records as were counted";
    case Fault::trailing_bytes:
      return "no bytes after the last record that was counted";
    case Fault::bad_label:
      return "a label of at most 63 bytes or a compression pointer";
    case Fault::name_too_long:
      return "a name of at most 255 bytes";
    case Fault::bad_pointer:
      return "a compression pointer to an earlier name";
    case Fault::too_many_pointers:
      return "a name of at most 127 compression pointers";
    case Fault::bad_data:
      return "data of the record's type and length";
    case Fault::bad_opt:
      return "at most one OPT record, of the root, in the additional section";
  }
  return {};
}

Decoded decode(std::string_view bytes) {
  Reader reader(bytes);
  Message message;
  message.id = reader.u16();
  const std::uint16_t flags = reader.u16();
  message.qr = (flags >> 15 & 1) != 0;
  message.opcode = static_cast<std::uint8_t>(flags >> 11 & 0xF);
  message.aa = (flags >> 10 & 1) != 0;
  message.tc = (flags >> 9 & 1) != 0;
  message.rd = (flags >> 8 & 1) != 0;
  message.ra = (flags >> 7 & 1) != 0;
  message.rcode = static_cast<std::uint8_t>(flags & 0xF);
  const std::uint16_t questions = reader.u16();
  const std::uint16_t answers = reader.u16();
  const std::uint16_t authority = reader.u16();
  const std::uint16_t additional = reader.u16();
  for (std::size_t i = 0; i < questions && reader.ok(); ++i) {
    message.questions.push_back(reader.question());
  }
  read_records(reader, answers, Section::answers, message.answers);
  read_records(reader, authority, Section::authority, message.authority);
  read_records(reader, additional, Section::additional, message.additional);
  if (reader.ok() && !reader.at_end()) reader.fail(Fault::trailing_bytes, reader.at());
  if (!reader.ok()) return {std::nullopt, reader.fault(), reader.fault_at()};
  return {std::move(message), Fault::none, 0};
}

std::optional<std::string> canonical_name(std::string_view name) {
  const std::optional<WireName> wire = to_wire(name);
  if (!wire) return std::nullopt;
  std::string text;
  std::string_view rest = wire->view();
  while (rest.size() > 1) {
    const std::size_t length = static_cast<unsigned char>(rest.front());
    append_label(text, rest.substr(1, length));
    rest.remove_prefix(1 + length);
  }
  if (text.empty()) return ".";
  // No escape has a letter in it.
  for (char& c : text) c = lower(c);
  return text;
}

bool same_name(std::string_view a, std::string_view b) {
  const std::optional<std::string> canonical_a = canonical_name(a);
  return canonical_a && canonical_a == canonical_name(b);
}

}  // namespace sim::net::dns
