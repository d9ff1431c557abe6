#include "sim/k8s/api/quantity.h"

#include <algorithm>

#include "engine/task/print.h"

namespace sim::k8s {
namespace {

using Wide = __int128;

constexpr Wide kNano = 1'000'000'000;
constexpr Wide kMost = Wide{INT64_MAX} * kNano;

constexpr std::string_view kDecimalSuffixes[] = {"n", "u", "m", "", "k", "M", "G", "T", "P", "E"};
constexpr std::string_view kBinarySuffixes[] = {"", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"};

Wide rounded_up(Wide value, Wide unit) {
  return value / unit + (value % unit > 0 ? 1 : 0);
}

int64_t clamped(Wide value) {
  return static_cast<int64_t>(std::clamp<Wide>(value, INT64_MIN, INT64_MAX));
}

// A power of ten or of 1024 by which the digits are multiplied, as nanos.
struct Suffix {
  int ten = 0;        // 10^ten
  int thousands = 0;  // 1024^thousands
  Quantity::Format format = Quantity::Format::kDecimal;
};

std::optional<Suffix> suffix_named(std::string_view text) {
  for (int i = 0; i < 10; ++i) {
    if (text == kDecimalSuffixes[i]) return Suffix{3 * i - 9, 0, Quantity::Format::kDecimal};
  }
  for (int i = 1; i < 7; ++i) {
    if (text == kBinarySuffixes[i]) return Suffix{0, i, Quantity::Format::kBinary};
  }
  if (text.size() < 2 || (text[0] != 'e' && text[0] != 'E')) return {};
  text.remove_prefix(1);
  const bool negative = text[0] == '-';
  if (negative || text[0] == '+') text.remove_prefix(1);
  if (text.empty() || text.size() > 3) return {};
  int exponent = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return {};
    exponent = exponent * 10 + (c - '0');
  }
  return Suffix{negative ? -exponent : exponent, 0, Quantity::Format::kExponent};
}

void append_wide(std::string& out, Wide value) {
  engine::append_operand(out, clamped(value));
}

}  // namespace

Quantity Quantity::of(int64_t value, Format format) {
  Quantity made;
  made.nanos_ = Wide{value} * kNano;
  made.format_ = format;
  return made;
}

Quantity Quantity::of_milli(int64_t milli) {
  Quantity made;
  made.nanos_ = Wide{milli} * (kNano / 1000);
  return made;
}

std::optional<Quantity> Quantity::parse(std::string_view text) {
  const bool negative = !text.empty() && text[0] == '-';
  if (negative || (!text.empty() && text[0] == '+')) text.remove_prefix(1);
  const size_t end = std::min(text.find_first_not_of("0123456789."), text.size());
  std::string_view digits = text.substr(0, end);
  const std::optional<Suffix> suffix = suffix_named(text.substr(end));
  if (digits.empty() || digits == "." || !suffix) return {};
  // The number as digits * 10^ten, of which only so many count.
  constexpr int kDigitsMax = 19;
  Wide mantissa = 0;
  int ten = suffix->ten + 9;  // in nanos
  int counted = 0;
  bool in_part = false;
  bool lost = false;
  for (const char c : digits) {
    if (c == '.') {
      if (in_part) return {};
      in_part = true;
      continue;
    }
    if (mantissa != 0 || c != '0') ++counted;
    if (counted > kDigitsMax) {
      if (!in_part) ++ten;
      lost = lost || c != '0';
      continue;
    }
    mantissa = mantissa * 10 + (c - '0');
    if (in_part) --ten;
  }
  for (int i = 0; i < suffix->thousands && mantissa <= kMost; ++i) mantissa *= 1024;
  for (; ten > 0 && mantissa != 0 && mantissa <= kMost; --ten) mantissa *= 10;
  for (; ten < 0 && mantissa != 0; ++ten) {
    lost = lost || mantissa % 10 != 0;
    mantissa /= 10;
  }
  if (lost) ++mantissa;
  Quantity made;
  made.nanos_ = std::min(mantissa, kMost);
  if (negative) made.nanos_ = -made.nanos_;
  made.format_ = suffix->format;
  return made;
}

Quantity Quantity::from(const json::Value& value) {
  if (value.is_integer()) return of(value.integer());
  if (value.is_string()) return parse(value.text()).value_or(Quantity());
  if (value.is_number()) return parse(value.to_json()).value_or(Quantity());
  return {};
}

int64_t Quantity::value() const {
  return clamped(rounded_up(nanos_, kNano));
}

int64_t Quantity::milli() const {
  return clamped(rounded_up(nanos_, kNano / 1000));
}

std::string Quantity::text() const {
  if (nanos_ == 0) return "0";
  std::string out;
  constexpr Wide kThousand = 1024 * kNano;
  if (format_ == Format::kBinary && (nanos_ >= kThousand || nanos_ <= -kThousand)) {
    Wide amount = rounded_up(nanos_, kNano);
    size_t step = 0;
    while (amount % 1024 == 0 && step + 1 < std::size(kBinarySuffixes)) {
      amount /= 1024;
      ++step;
    }
    append_wide(out, amount);
    out += kBinarySuffixes[step];
    return out;
  }
  Wide amount = nanos_;
  size_t step = 0;
  while (amount % 1000 == 0 && step + 1 < std::size(kDecimalSuffixes)) {
    amount /= 1000;
    ++step;
  }
  append_wide(out, amount);
  if (format_ != Format::kExponent) {
    out += kDecimalSuffixes[step];
  } else if (step != 3) {
    out += 'e';
    engine::append_operand(out, 3 * static_cast<int64_t>(step) - 9);
  }
  return out;
}

Quantity Quantity::sum(const Quantity& a, Wide more, const Quantity& b) {
  Quantity made;
  made.nanos_ = std::clamp(a.nanos_ + more, -kMost, kMost);
  made.format_ = a.is_zero() ? b.format_ : a.format_;
  return made;
}

}  // namespace sim::k8s
