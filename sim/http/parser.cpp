#include "sim/http/parser.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>

#include "sim/http/url.h"

namespace sim::http {
namespace {

// An end of the body that a trailer could move, or a field that a reader may have acted on already.
// RFC 9110, section 6.5.1.
constexpr std::array<std::string_view, 6> kNotInTrailer = {
    "Connection", "Content-Length", "Host", "Trailer", "Transfer-Encoding", "Upgrade"};

bool is_plain(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return (byte >= 0x20 && byte != 0x7f) || byte == '\t';
}

bool is_digits(std::string_view text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

std::optional<std::int64_t> parse_number(std::string_view text, int base) {
  std::int64_t number = 0;
  const char* const end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, number, base);
  // from_chars takes a minus sign.
  if (read.ec != std::errc() || read.ptr != end || text.starts_with('-')) return std::nullopt;
  return number;
}

enum class Version : std::uint8_t { http10, http11, other, malformed };

Version parse_version(std::string_view text) {
  if (text == "HTTP/1.1") return Version::http11;
  if (text == "HTTP/1.0") return Version::http10;
  const bool is_version = text.size() == 8 && text.starts_with("HTTP/") && text[6] == '.' &&
                          is_digits(text.substr(5, 1)) && is_digits(text.substr(7, 1));
  return is_version ? Version::other : Version::malformed;
}

}  // namespace

Parser::Event Parser::next(std::string_view& input) {
  body_ = {};
  // Each turn returns, takes a byte, or goes on to a state that does.
  while (true) {
    switch (state_) {
      case State::before_message:
        if (input.empty()) return Event::need_bytes;
        begin_message();
        break;
      case State::start_line:
        if (!read_line(input)) return stalled();
        take_start_line();
        break;
      case State::fields:
        if (!read_line(input)) return stalled();
        if (!line_.empty()) {
          take_field(header());
        } else if (finish_head()) {
          begin_body();
          return Event::head;
        }
        break;
      case State::body_length:
      case State::chunk_data:
        if (left_ > 0) {
          return input.empty() ? Event::need_bytes : take_body(input, left_);
        }
        if (state_ == State::body_length) {
          state_ = State::message_end;
        } else {
          begin_lines(State::chunk_end, 2);
        }
        break;
      case State::chunk_end:
        if (!read_line(input)) return stalled();
        begin_lines(State::chunk_line, limits_.chunk_line_bytes_max);
        break;
      case State::chunk_line:
        if (!read_line(input)) return stalled();
        take_chunk_line();
        break;
      case State::trailer:
        if (!read_line(input)) return stalled();
        take_trailer_line();
        break;
      case State::body_until_close:
        if (input.empty()) return Event::need_bytes;
        return take_body(input, std::numeric_limits<std::int64_t>::max());
      case State::message_end:
        state_ = keep_alive_ ? State::before_message : State::closed;
        skipped_empty_line_ = false;
        return Event::end;
      case State::closed:
        return Event::closed;
      case State::refused:
        return Event::refused;
    }
  }
}

Parser::Event Parser::finish() {
  body_ = {};
  switch (state_) {
    case State::before_message:
    case State::closed:
      state_ = State::closed;
      return Event::closed;
    case State::body_until_close:
    case State::message_end:
      state_ = State::closed;
      keep_alive_ = false;
      return Event::end;
    case State::refused:
      return Event::refused;
    default:
      refuse(400, "connection ended within a message");
      return Event::refused;
  }
}

bool Parser::refuse(int status, std::string_view text, std::string_view answer) {
  // Whoever reads a response has nothing to answer to the server, but a gateway has to its client.
  refusal_ = {kind_ == Kind::request ? status : 502, text, answer};
  state_ = State::refused;
  keep_alive_ = false;
  return false;
}

bool Parser::refuse_too_long() {
  switch (state_) {
    case State::chunk_end:
      return refuse(400, "chunk is longer than its size");
    case State::chunk_line:
      return refuse(400, "chunk size line too long");
    case State::trailer:
      return refuse(431, "trailer too large");
    default:
      return refuse(431, "head too large");
  }
}

Parser::Event Parser::stalled() const {
  return state_ == State::refused ? Event::refused : Event::need_bytes;
}

void Parser::begin_lines(State state, std::int64_t budget) {
  state_ = state;
  budget_ = budget;
}

void Parser::begin_message() {
  request_ = {};
  response_ = {};
  trailer_.clear();
  framing_ = Framing::none;
  content_length_.reset();
  chunk_waste_ = 0;
  keep_alive_ = false;
  begin_lines(State::start_line, limits_.head_bytes_max);
}

// Errors are found byte by byte and not when the line is complete, so that it does not matter how
// the input is cut, and nobody can make the parser keep more than the limits.
bool Parser::read_line(std::string_view& input) {
  if (line_is_complete_) line_.clear();
  line_is_complete_ = false;
  while (!input.empty()) {
    if (budget_ <= 0) return refuse_too_long();
    if (saw_cr_) {
      saw_cr_ = false;
      if (input.front() != '\n') return refuse(400, "bare CR");
      input.remove_prefix(1);
      --budget_;
      line_is_complete_ = true;
      return true;
    }
    const auto length = std::min(static_cast<std::int64_t>(input.size()), budget_);
    const std::string_view candidates = input.substr(0, static_cast<std::size_t>(length));
    const auto stop = std::find_if_not(candidates.begin(), candidates.end(), is_plain);
    const auto run = static_cast<std::size_t>(stop - candidates.begin());
    line_ += input.substr(0, run);
    input.remove_prefix(run);
    budget_ -= static_cast<std::int64_t>(run);
    if (state_ == State::start_line && target_too_long()) return refuse(414, "target too long");
    if (run == candidates.size()) continue;
    const char c = input.front();
    if (c == '\n') return refuse(400, "bare LF");
    if (c != '\r') return refuse(400, c == '\0' ? "NUL in a line" : "control character in a line");
    saw_cr_ = true;
    input.remove_prefix(1);
    --budget_;
  }
  return false;
}

bool Parser::target_too_long() const {
  if (kind_ == Kind::response) return false;
  const std::size_t start = line_.find(' ');
  if (start == std::string::npos) return false;
  const std::size_t end = std::min(line_.find(' ', start + 1), line_.size());
  return static_cast<std::int64_t>(end - start - 1) > limits_.target_bytes_max;
}

void Parser::take_start_line() {
  if (kind_ == Kind::response) {
    take_status_line();
  } else if (line_.empty() && !skipped_empty_line_) {
    // RFC 9112, section 2.2: some clients send an empty line after a body.
    skipped_empty_line_ = true;
    state_ = State::before_message;
  } else {
    take_request_line();
  }
}

// RFC 9112, section 3.
bool Parser::take_request_line() {
  const std::string_view line = line_;
  const std::size_t first = line.find(' ');
  if (first == std::string_view::npos) return refuse(400, "malformed request line");
  const std::string_view method = line.substr(0, first);
  if (!is_token(method)) return refuse(400, "malformed method");
  const std::size_t second = line.find(' ', first + 1);
  if (second == std::string_view::npos) {
    return refuse(400, "request line without a version, as in HTTP/0.9");
  }
  const std::string_view target = line.substr(first + 1, second - first - 1);
  const Version version = parse_version(line.substr(second + 1));
  if (version == Version::malformed) return refuse(400, "malformed HTTP version");
  if (line == "PRI * HTTP/2.0")
    return refuse(505, "HTTP/2 is not spoken here", "unsupported protocol version");
  if (version == Version::other) {
    return refuse(505, "unsupported HTTP version", "unsupported protocol version");
  }
  if (!parse_target(method, target)) return refuse(400, "malformed request target");
  request_.method = method;
  request_.target = target;
  request_.minor = version == Version::http11 ? 1 : 0;
  state_ = State::fields;
  return true;
}

// RFC 9112, section 4. Without a reason, many servers leave out the space before it, too.
bool Parser::take_status_line() {
  const std::string_view line = line_;
  const std::size_t first = std::min(line.find(' '), line.size());
  const Version version = parse_version(line.substr(0, first));
  if (version == Version::malformed) return refuse(400, "malformed HTTP version");
  if (version == Version::other) return refuse(505, "unsupported HTTP version");
  std::string_view rest = line.substr(std::min(first + 1, line.size()));
  const std::string_view digits = rest.substr(0, 3);
  if (digits.size() != 3 || !is_digits(digits) || digits[0] == '0') {
    return refuse(400, "malformed status");
  }
  rest.remove_prefix(3);
  if (!rest.empty() && rest[0] != ' ') return refuse(400, "malformed status");
  response_.status = static_cast<int>(parse_number(digits, 10).value_or(0));
  response_.reason = rest.empty() ? rest : rest.substr(1);
  response_.minor = version == Version::http11 ? 1 : 0;
  state_ = State::fields;
  return true;
}

// RFC 9112, section 5.
bool Parser::take_field(Header& into) {
  const std::string_view line = line_;
  if (line[0] == ' ' || line[0] == '\t') return refuse(400, "folded field");
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) return refuse(400, "field without a colon");
  const std::string_view name = line.substr(0, colon);
  if (name != trim_space(name)) return refuse(400, "space before a colon", "invalid header name");
  if (!is_token(name)) {
    const bool has_space = name.find(' ') != std::string_view::npos;
    return refuse(400, "malformed field name", has_space ? "invalid header name" : "");
  }
  if (static_cast<std::int64_t>(into.size()) >= limits_.fields_max) {
    return refuse(431, "too many fields");
  }
  into.add(name, trim_space(line.substr(colon + 1)));
  return true;
}

bool Parser::finish_head() {
  if (kind_ == Kind::request && !take_request_fields()) return false;
  if (!take_framing_fields(header())) return false;
  const bool closes = header().has_list_member("Connection", "close");
  const bool keeps = minor() >= 1 || header().has_list_member("Connection", "keep-alive");
  keep_alive_ = keeps && !closes && framing_ != Framing::until_close;
  if (kind_ == Kind::request) {
    // What follows may be a tunnel's bytes. RFC 9110, section 9.3.6.
    if (request_.method == "CONNECT") keep_alive_ = false;
    return true;
  }
  const int status = response_.status;
  if (status == 101 || (method_ == "CONNECT" && status / 100 == 2)) {
    keep_alive_ = false;
  } else if (status / 100 == 1) {
    // The final response is still to come, whatever this one says.
    keep_alive_ = true;
  }
  return true;
}

// RFC 9112, section 3.2.
bool Parser::take_request_fields() {
  const std::vector<std::string_view> hosts = request_.header.values("Host");
  if (hosts.empty() && request_.minor >= 1) {
    return refuse(400, "missing Host", "missing required Host header");
  }
  if (hosts.size() > 1) return refuse(400, "more than one Host");
  if (!hosts.empty() && !hosts[0].empty() && !is_host(hosts[0])) {
    return refuse(400, "malformed Host", "malformed Host header");
  }
  return true;
}

bool Parser::body_is_ruled_out() const {
  if (kind_ == Kind::request) return false;
  if (method_ == "HEAD" || !status_allows_body(response_.status)) return true;
  return method_ == "CONNECT" && response_.status / 100 == 2;
}

// RFC 9112, section 6.3, and stricter: both fields at once are refused, as its section 6.1 permits.
bool Parser::take_framing_fields(Header& header) {
  const std::vector<std::string_view> lengths = header.values("Content-Length");
  for (const std::string_view length : lengths) {
    if (length != lengths[0]) return refuse(400, "differing Content-Length");
  }
  const bool is_coded = header.has("Transfer-Encoding");
  if (is_coded && !lengths.empty()) {
    return refuse(400, "both Content-Length and Transfer-Encoding");
  }
  if (is_coded && !take_transfer_encoding(header)) return false;
  if (!lengths.empty()) {
    content_length_ = is_digits(lengths[0]) ? parse_number(lengths[0], 10) : std::nullopt;
    if (!content_length_) return refuse(400, "malformed Content-Length");
    if (lengths.size() > 1) header.set("Content-Length", lengths[0]);
  }
  if (body_is_ruled_out()) {
    framing_ = Framing::none;
  } else if (is_coded) {
    framing_ = Framing::chunked;
  } else if (content_length_) {
    framing_ = Framing::length;
  } else {
    framing_ = kind_ == Kind::request ? Framing::none : Framing::until_close;
  }
  return true;
}

// RFC 9112, section 6.1.
bool Parser::take_transfer_encoding(const Header& header) {
  if (minor() == 0) return refuse(400, "Transfer-Encoding in HTTP/1.0");
  std::int64_t codings = 0;
  std::int64_t chunked = 0;
  for (const std::string_view value : header.values("Transfer-Encoding")) {
    for (const std::string_view coding : list_members(value)) {
      if (!is_token(coding)) return refuse(400, "malformed Transfer-Encoding");
      if (chunked > 0) return refuse(400, "chunked is not the last Transfer-Encoding");
      ++codings;
      if (equal_fold(coding, "chunked")) ++chunked;
    }
  }
  if (codings != 1 || chunked != 1) return refuse(501, "unsupported Transfer-Encoding");
  return true;
}

void Parser::begin_body() {
  left_ = 0;
  switch (framing_) {
    case Framing::none:
      state_ = State::message_end;
      return;
    case Framing::length:
      left_ = *content_length_;
      state_ = State::body_length;
      return;
    case Framing::chunked:
      begin_lines(State::chunk_line, limits_.chunk_line_bytes_max);
      return;
    case Framing::until_close:
      state_ = State::body_until_close;
      return;
  }
}

Parser::Event Parser::take_body(std::string_view& input, std::int64_t length) {
  const auto taken = std::min(static_cast<std::int64_t>(input.size()), length);
  body_ = input.substr(0, static_cast<std::size_t>(taken));
  input.remove_prefix(body_.size());
  left_ -= std::min(left_, taken);
  return Event::body;
}

// RFC 9112, section 7.1. Extensions are ignored.
bool Parser::take_chunk_line() {
  const std::string_view line = line_;
  const std::string_view size = line.substr(0, line.find_first_not_of("0123456789abcdefABCDEF"));
  const std::string_view rest = line.substr(size.size());
  if (size.empty()) return refuse(400, "malformed chunk size");
  // The grammar allows spaces before an extension, and only there.
  if (!rest.empty() && !trim_space(rest).starts_with(';')) {
    return refuse(400, "malformed chunk size");
  }
  const std::optional<std::int64_t> number = parse_number(size, 16);
  if (!number || size.size() > 16) return refuse(400, "chunk size too large");
  // As Go counts, with both line ends: they are paid for by sixteen bytes and twice the data.
  chunk_waste_ += static_cast<std::int64_t>(line.size()) + 4 - 16;
  chunk_waste_ -= 2 * std::min(*number, limits_.chunk_waste_bytes_max);
  chunk_waste_ = std::max<std::int64_t>(chunk_waste_, 0);
  if (chunk_waste_ > limits_.chunk_waste_bytes_max) {
    return refuse(400, "chunked body has too little data");
  }
  left_ = *number;
  if (left_ > 0) {
    state_ = State::chunk_data;
  } else {
    begin_lines(State::trailer, limits_.head_bytes_max);
  }
  return true;
}

// RFC 9112, section 7.1.2.
bool Parser::take_trailer_line() {
  if (line_.empty()) {
    state_ = State::message_end;
    return true;
  }
  if (!take_field(trailer_)) return false;
  const std::string& name = (trailer_.end() - 1)->name;
  if (std::find(kNotInTrailer.begin(), kNotInTrailer.end(), name) != kNotInTrailer.end()) {
    return refuse(400, "field that is not for a trailer");
  }
  return true;
}

}  // namespace sim::http
