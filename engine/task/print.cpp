#include "engine/task/print.h"

#include <charconv>

namespace engine {
namespace {

template <class T>
void append_digits(std::string& out, T number) {
  char digits[24];
  out.append(digits, std::to_chars(digits, digits + sizeof digits, number).ptr);
}

// Appends `value / unit` with its fraction, without trailing zeros.
void append_decimal(std::string& out, uint64_t value, uint64_t unit) {
  append_digits(out, value / unit);
  uint64_t fraction = value % unit;
  if (fraction == 0) return;
  out += '.';
  for (unit /= 10; fraction != 0; unit /= 10) {
    out += static_cast<char>('0' + fraction / unit);
    fraction %= unit;
  }
}

}  // namespace

void append_operand(std::string& out, std::string_view text) {
  out += text;
}
void append_operand(std::string& out, int64_t number) {
  append_digits(out, number);
}
void append_operand(std::string& out, uint64_t number) {
  append_digits(out, number);
}
void append_operand(std::string& out, Duration length) {
  out += duration_text(length);
}

void print(std::string_view text) {
  Process& process = current_process();
  emit_output(process.id().value, Stream::kStdout, text);
  if (process.host() != nullptr && !here().muted) process.host()->printed(process, text);
}

std::string duration_text(Duration length) {
  std::string out;
  if (length.ns < 0) out += '-';
  uint64_t ns =
      length.ns < 0 ? ~static_cast<uint64_t>(length.ns) + 1 : static_cast<uint64_t>(length.ns);
  constexpr uint64_t kMicro = 1'000, kMilli = 1'000'000, kOne = 1'000'000'000;
  if (ns == 0) return "0s";
  if (ns < kOne) {
    const uint64_t unit = ns < kMicro ? 1 : ns < kMilli ? kMicro : kMilli;
    append_decimal(out, ns, unit);
    out += unit == 1 ? "ns" : unit == kMicro ? "\u00b5s" : "ms";
    return out;
  }
  const uint64_t hours = ns / (3600 * kOne);
  const uint64_t minutes = ns / (60 * kOne) % 60;
  if (hours > 0) {
    append_digits(out, hours);
    out += 'h';
  }
  if (hours > 0 || minutes > 0) {
    append_digits(out, minutes);
    out += 'm';
  }
  append_decimal(out, ns % (60 * kOne), kOne);
  out += 's';
  return out;
}

}  // namespace engine
