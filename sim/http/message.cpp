#include "sim/http/message.h"

#include <array>
#include <cassert>
#include <charconv>

#include "sim/http/url.h"

namespace sim::http {
namespace {

struct StatusRow {
  int status;
  std::string_view text;
};

// Go's words, which are older than RFC 9110's for 413, 414 and 422.
constexpr StatusRow kStatuses[] = {
    {100, "Continue"},
    {101, "Switching Protocols"},
    {102, "Processing"},
    {103, "Early Hints"},
    {200, "OK"},
    {201, "Created"},
    {202, "Accepted"},
    {203, "Non-Authoritative Information"},
    {204, "No Content"},
    {205, "Reset Content"},
    {206, "Partial Content"},
    {207, "Multi-Status"},
    {208, "Already Reported"},
    {226, "IM Used"},
    {300, "Multiple Choices"},
    {301, "Moved Permanently"},
    {302, "Found"},
    {303, "See Other"},
    {304, "Not Modified"},
    {305, "Use Proxy"},
    {307, "Temporary Redirect"},
    {308, "Permanent Redirect"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {402, "Payment Required"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {406, "Not Acceptable"},
    {407, "Proxy Authentication Required"},
    {408, "Request Timeout"},
    {409, "Conflict"},
    {410, "Gone"},
    {411, "Length Required"},
    {412, "Precondition Failed"},
    {413, "Request Entity Too Large"},
    {414, "Request URI Too Long"},
    {415, "Unsupported Media Type"},
    {416, "Requested Range Not Satisfiable"},
    {417, "Expectation Failed"},
    {418, "I'm a teapot"},
    {421, "Misdirected Request"},
    {422, "Unprocessable Entity"},
    {423, "Locked"},
    {424, "Failed Dependency"},
    {425, "Too Early"},
    {426, "Upgrade Required"},
    {428, "Precondition Required"},
    {429, "Too Many Requests"},
    {431, "Request Header Fields Too Large"},
    {451, "Unavailable For Legal Reasons"},
    {500, "Internal Server Error"},
    {501, "Not Implemented"},
    {502, "Bad Gateway"},
    {503, "Service Unavailable"},
    {504, "Gateway Timeout"},
    {505, "HTTP Version Not Supported"},
    {506, "Variant Also Negotiates"},
    {507, "Insufficient Storage"},
    {508, "Loop Detected"},
    {510, "Not Extended"},
    {511, "Network Authentication Required"},
};

constexpr std::array<std::string_view, 7> kWeekdays = {"Sun", "Mon", "Tue", "Wed",
                                                       "Thu", "Fri", "Sat"};
constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
constexpr std::int64_t kDaySeconds = 86400;

// Go's reqWriteExcludeHeader: these have their own place.
constexpr std::array<std::string_view, 5> kPlacedInRequest = {
    "Host", "User-Agent", "Content-Length", "Transfer-Encoding", "Trailer"};
constexpr std::array<std::string_view, 6> kPlacedInRequestAndGzip = {
    "Host", "User-Agent", "Content-Length", "Transfer-Encoding", "Trailer", "Accept-Encoding"};

void append_number(std::string& out, std::int64_t number, int base = 10) {
  std::array<char, 24> digits{};
  const auto written = std::to_chars(digits.data(), digits.data() + digits.size(), number, base);
  out.append(digits.data(), written.ptr);
}

void append_padded(std::string& out, std::int64_t number, std::int64_t unit) {
  for (; unit > 0; unit /= 10) out += static_cast<char>('0' + number / unit % 10);
}

struct Civil {
  std::int64_t year;
  std::int64_t month;  // From 0.
  std::int64_t day;
};

// Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", civil_from_days: the year begins
// in March, so that the leap day is its last.
Civil civil_from_days(std::int64_t days) {
  days += 719468;
  const std::int64_t era = (days >= 0 ? days : days - 146096) / 146097;
  const std::int64_t day_of_era = days - era * 146097;
  const std::int64_t year_of_era =
      (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
  const std::int64_t day_of_year =
      day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const std::int64_t from_march = (5 * day_of_year + 2) / 153;
  const std::int64_t day = day_of_year - (153 * from_march + 2) / 5 + 1;
  const std::int64_t month = from_march < 10 ? from_march + 2 : from_march - 10;
  return {year_of_era + era * 400 + (month < 2 ? 1 : 0), month, day};
}

void append_first(std::string& out, const Header& header, std::string_view name) {
  if (header.has(name)) append_field(out, name, header.get(name));
}

bool is_sendable_target(std::string_view target) {
  for (const char c : target) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte <= 0x20 || byte >= 0x7f) return false;
  }
  return !target.empty();
}

}  // namespace

std::string_view status_text(int status) {
  for (const StatusRow& row : kStatuses) {
    if (row.status == status) return row.text;
  }
  return {};
}

bool status_allows_body(int status) {
  return status >= 200 && status != 204 && status != 304;
}

std::string http_date(std::int64_t unix_seconds) {
  std::int64_t days = unix_seconds / kDaySeconds;
  std::int64_t seconds = unix_seconds % kDaySeconds;
  if (seconds < 0) {
    seconds += kDaySeconds;
    --days;
  }
  const Civil civil = civil_from_days(days);
  assert(civil.year >= 0 && civil.year <= 9999);
  // The first of January 1970 was a Thursday.
  const std::int64_t weekday = ((days + 4) % 7 + 7) % 7;
  std::string out(kWeekdays[static_cast<std::size_t>(weekday)]);
  out += ", ";
  append_padded(out, civil.day, 10);
  out += ' ';
  out += kMonths[static_cast<std::size_t>(civil.month)];
  out += ' ';
  append_padded(out, civil.year, 1000);
  out += ' ';
  append_padded(out, seconds / 3600, 10);
  out += ':';
  append_padded(out, seconds / 60 % 60, 10);
  out += ':';
  append_padded(out, seconds % 60, 10);
  out += " GMT";
  return out;
}

bool append_request_head(std::string& out, const RequestHead& head) {
  const Header& header = head.header;
  const std::string_view host = header.get("Host");
  if (!is_token(head.method) || !is_sendable_target(head.target)) return false;
  if (!host.empty() && !is_host(host)) return false;
  out += head.method;
  out += ' ';
  out += head.target;
  out += " HTTP/1.";
  append_number(out, head.minor);
  out += "\r\n";
  if (head.minor >= 1 || header.has("Host")) append_field(out, "Host", host);
  if (const std::string_view agent = header.get("User-Agent"); !agent.empty()) {
    append_field(out, "User-Agent", agent);
  }
  append_first(out, header, "Content-Length");
  append_first(out, header, "Transfer-Encoding");
  for (const std::string_view value : header.values("Trailer")) append_field(out, "Trailer", value);
  const std::vector<std::string_view> encodings = header.values("Accept-Encoding");
  if (encodings.size() == 1 && encodings[0] == "gzip") {
    header.append_sorted(out, kPlacedInRequestAndGzip);
    append_field(out, "Accept-Encoding", "gzip");
  } else {
    header.append_sorted(out, kPlacedInRequest);
  }
  out += "\r\n";
  return true;
}

void append_response_head(std::string& out, const ResponseHead& head, const ServerFields& added) {
  assert(head.status >= 100 && head.status <= 999);
  out += "HTTP/1.";
  append_number(out, head.minor);
  out += ' ';
  append_number(out, head.status);
  out += ' ';
  const std::string_view text = head.reason.empty() ? status_text(head.status) : head.reason;
  for (const char c : text) out += c == '\r' || c == '\n' ? ' ' : c;
  if (text.empty()) {
    out += "status code ";
    append_number(out, head.status);
  }
  out += "\r\n";

  std::string length;
  if (added.content_length) append_number(length, *added.content_length);
  const std::array<Field, 5> last = {{{"Date", added.date},
                                      {"Content-Length", length},
                                      {"Content-Type", added.content_type},
                                      {"Connection", added.connection},
                                      {"Transfer-Encoding", added.transfer_encoding}}};
  std::vector<std::string_view> replaced;
  for (const Field& field : last) {
    if (!field.value.empty()) replaced.push_back(field.name);
  }
  head.header.append_sorted(out, replaced);
  for (const Field& field : last) {
    if (!field.value.empty()) append_field(out, field.name, field.value);
  }
  out += "\r\n";
}

void append_chunk(std::string& out, std::string_view data) {
  if (data.empty()) return;
  append_number(out, static_cast<std::int64_t>(data.size()), 16);
  out += "\r\n";
  out += data;
  out += "\r\n";
}

void append_last_chunk(std::string& out, const Header& trailer) {
  out += "0\r\n";
  trailer.append_sorted(out);
  out += "\r\n";
}

}  // namespace sim::http
