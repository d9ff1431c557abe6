#include "sim/container/docker/units.h"

#include <charconv>
#include <span>

#include "engine/task/print.h"
#include "sim/container/calendar.h"

namespace sim::container::docker {
namespace {

// `value / unit` with so many significant digits and no zeros at its end.
std::string significant(int64_t value, int64_t unit, int digits) {
  std::string whole;
  engine::append_operand(whole, value / unit);
  int decimals = value < unit ? digits : digits - static_cast<int>(whole.size());
  int64_t scale = 1;
  // Zeros behind the point are not significant.
  if (value > 0 && value < unit) {
    for (int64_t rest = value * 10; rest < unit; rest *= 10) ++decimals;
  }
  if (decimals < 0) decimals = 0;
  for (int i = 0; i < decimals; ++i) scale *= 10;
  // The product may not fit, so the whole part goes apart.
  const int64_t rest = value % unit;
  const int64_t parts =
      unit >= INT64_MAX / scale ? rest / (unit / scale) : (rest * scale + unit / 2) / unit;
  const int64_t rounded = value / unit * scale + parts;
  std::string out;
  engine::append_operand(out, rounded / scale);
  if (rounded % scale == 0) return out;
  out += '.' + padded_number(rounded % scale, static_cast<size_t>(decimals));
  while (out.back() == '0') out.pop_back();
  return out;
}

std::string size_text(int64_t bytes, int64_t base, int digits,
                      std::span<const std::string_view> names) {
  size_t at = 0;
  int64_t unit = 1;
  while (at + 1 < names.size() && bytes / unit >= base) {
    unit *= base;
    ++at;
  }
  return significant(bytes, unit, digits) + std::string(names[at]);
}

std::string counted(int64_t count, std::string_view what) {
  std::string out;
  engine::append_operand(out, count);
  out += what;
  return out;
}

// A decimal number in units of 10^-places.
std::optional<int64_t> decimal(std::string_view text, int places) {
  const size_t point = text.find('.');
  const std::string_view whole = text.substr(0, point);
  std::string digits(whole);
  std::string_view rest;
  if (point != std::string_view::npos) rest = text.substr(point + 1);
  if (static_cast<int>(rest.size()) > places || (whole.empty() && rest.empty())) return {};
  digits += rest;
  digits.append(static_cast<size_t>(places) - rest.size(), '0');
  int64_t out = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), out);
  if (error != std::errc() || end != digits.data() + digits.size() || out < 0) return {};
  return out;
}

}  // namespace

std::string human_size(int64_t bytes, int digits) {
  constexpr std::string_view kNames[] = {"B", "kB", "MB", "GB", "TB", "PB"};
  return size_text(bytes, 1000, digits, kNames);
}

std::string bytes_size(int64_t bytes) {
  constexpr std::string_view kNames[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB"};
  return size_text(bytes, 1024, 4, kNames);
}

std::string human_duration(engine::Duration length) {
  const int64_t seconds = length.ns / engine::kSecond.ns;
  if (seconds < 1) return "Less than a second";
  if (seconds == 1) return "1 second";
  if (seconds < 60) return counted(seconds, " seconds");
  const int64_t minutes = seconds / 60;
  if (minutes == 1) return "About a minute";
  if (minutes < 60) return counted(minutes, " minutes");
  const int64_t hours = (seconds + 1800) / 3600;
  if (hours == 1) return "About an hour";
  if (hours < 48) return counted(hours, " hours");
  if (hours < 24 * 7 * 2) return counted(hours / 24, " days");
  if (hours < 24 * 30 * 2) return counted(hours / 24 / 7, " weeks");
  if (hours < 24 * 365 * 2) return counted(hours / 24 / 30, " months");
  return counted(seconds / 3600 / 24 / 365, " years");
}

std::optional<int64_t> parse_size(std::string_view text) {
  constexpr std::string_view kUnits = "bkmgt";
  int shift = 0;
  std::string_view number = text;
  while (!number.empty() && (number.back() < '0' || number.back() > '9')) number.remove_suffix(1);
  const std::string_view unit = text.substr(number.size());
  if (!unit.empty()) {
    const size_t at = kUnits.find(static_cast<char>(unit[0] | 0x20));
    const std::string_view rest = unit.substr(1);
    const bool fits = rest.empty() || rest == "b" || rest == "B" || rest == "iB" || rest == "i";
    if (at == std::string_view::npos || !fits) return {};
    shift = static_cast<int>(at) * 10;
  }
  constexpr int kPlaces = 3;
  const std::optional<int64_t> thousandths = decimal(number, kPlaces);
  constexpr int64_t kMost = int64_t{1} << 50;
  if (!thousandths || *thousandths / 1000 > (kMost >> shift)) return {};
  return (*thousandths / 1000 << shift) + ((*thousandths % 1000) << shift) / 1000;
}

std::optional<int64_t> parse_billionths(std::string_view text) {
  return decimal(text, 9);
}

std::optional<engine::Duration> parse_length(std::string_view text) {
  struct Unit {
    std::string_view name;
    engine::Duration length;
  };
  constexpr Unit kUnits[] = {{"ns", engine::kNanosecond},  {"us", engine::kMicrosecond},
                             {"ms", engine::kMillisecond}, {"s", engine::kSecond},
                             {"m", engine::kSecond * 60},  {"h", engine::kSecond * 3600}};
  if (text == "0") return engine::Duration{};
  engine::Duration out;
  if (text.empty()) return {};
  while (!text.empty()) {
    const size_t digits = text.find_first_not_of("0123456789.");
    if (digits == 0 || digits == std::string_view::npos) return {};
    constexpr int kPlaces = 6;
    const std::optional<int64_t> number = decimal(text.substr(0, digits), kPlaces);
    text.remove_prefix(digits);
    const size_t letters = std::min(text.size(), text.find_first_of("0123456789."));
    const std::string_view name = text.substr(0, letters);
    text.remove_prefix(letters);
    bool is_known = false;
    for (const Unit& unit : kUnits) {
      if (unit.name != name || !number) continue;
      is_known = true;
      constexpr int64_t kMillion = 1'000'000;
      out =
          out + unit.length * (*number / kMillion) + unit.length * (*number % kMillion) / kMillion;
    }
    if (!is_known) return {};
  }
  return out;
}

std::string percent(int64_t hundredths) {
  std::string out;
  engine::append_operand(out, hundredths / 100);
  return out + "." + padded_number(hundredths % 100, 2) + "%";
}

std::string ellipsis(std::string_view text, size_t width) {
  if (text.size() <= width) return std::string(text);
  return std::string(text.substr(0, width - 1)) + "\u2026";
}

}  // namespace sim::container::docker
