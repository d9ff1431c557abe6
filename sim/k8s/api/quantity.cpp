#include "sim/k8s/api/quantity.h"

#include <algorithm>

#include "engine/task/print.h"

namespace sim::k8s {
namespace {

using Wide = __int128;

constexpr Wide kNano = 1'000'000'000;
constexpr Wide kMost = Wide{INT64_MAX} * kNano;
// 10^28 units: ten times that still fits.
constexpr Wide kHuge = Wide{1'000'000'000'000'000'000} * kNano * 10'000'000'000;

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
  if (text.empty()) return {};
  constexpr int kExponentMax = 1000;  // the number is cut down long before
  int exponent = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return {};
    exponent = std::min(exponent * 10 + (c - '0'), kExponentMax);
  }
  return Suffix{negative ? -exponent : exponent, 0, Quantity::Format::kExponent};
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

size_t digits_at(std::string_view text) {
  size_t count = 0;
  while (count < text.size() && is_digit(text[count])) ++count;
  return count;
}

// A quantity taken apart. Kubernetes' scanner takes no digits at all for zero, so `Mi` is one.
struct Parts {
  bool negative = false;
  std::string_view whole;  // digits without leading zeros
  std::string_view part;   // those behind the point
  Suffix suffix;
  std::string_view error = {};
};

Parts parts_of(std::string_view text) {
  Parts out;
  if (text.empty()) out.error = kQuantityPattern;
  out.negative = text.starts_with('-');
  if (out.negative || text.starts_with('+')) text.remove_prefix(1);
  text.remove_prefix(std::min(text.find_first_not_of('0'), text.size()));
  out.whole = text.substr(0, digits_at(text));
  text.remove_prefix(out.whole.size());
  if (text.starts_with('.')) {
    out.part = text.substr(1, digits_at(text.substr(1)));
    text.remove_prefix(1 + out.part.size());
  }
  std::string_view rest = text;
  rest.remove_prefix(std::min(rest.find_first_not_of("eEinumkKMGTP"), rest.size()));
  if (rest.starts_with('-') || rest.starts_with('+')) rest.remove_prefix(1);
  if (digits_at(rest) != rest.size()) {
    out.error = kQuantityPattern;
    return out;
  }
  const std::optional<Suffix> suffix = suffix_named(text);
  if (!suffix && out.error.empty()) out.error = "unable to parse quantity's suffix";
  if (suffix) out.suffix = *suffix;
  return out;
}

// Whether Kubernetes keeps the text as it came, for it looks canonical: 1500k, but 1.123 as well.
bool looks_canonical(const Parts& parts) {
  constexpr int64_t kDigitsMax = 18;  // that surely fit in 64 bits
  const auto digits = static_cast<int64_t>(parts.whole.size() + parts.part.size());
  if (parts.whole.empty()) return false;
  if (parts.suffix.format == Quantity::Format::kBinary) {
    const int64_t room = kDigitsMax - 4 - 3 * parts.suffix.thousands;
    if (!parts.part.empty() || digits > room) return false;
    const size_t last = parts.whole.size() - std::min<size_t>(parts.whole.size(), 3);
    int low = 0;  // a multiple of 8 ends in three digits that are one
    for (const char c : parts.whole.substr(last)) low = low * 10 + (c - '0');
    return low % 8 != 0;
  }
  const int64_t scale = parts.suffix.ten - static_cast<int64_t>(parts.part.size());
  if (digits > kDigitsMax || scale < -9 || scale % 3 != 0) return false;
  size_t zeros = parts.part.size() - (parts.part.find_last_not_of('0') + 1);
  if (zeros == parts.part.size()) {
    zeros += parts.whole.size() - (parts.whole.find_last_not_of('0') + 1);
  }
  return zeros < 3;
}

void append_wide(std::string& out, Wide value) {
  if (value < 0) out += '-';
  std::string digits;
  for (Wide rest = value < 0 ? -value : value; rest != 0 || digits.empty(); rest /= 10) {
    digits += static_cast<char>('0' + static_cast<int>(rest % 10));
  }
  out.append(digits.rbegin(), digits.rend());
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
  const Parts parts = parts_of(text);
  if (!parts.error.empty()) return {};
  // The number as mantissa * 10^ten nanos, rounded away from zero where digits are lost.
  Wide mantissa = 0;
  int ten = parts.suffix.ten + 9;
  bool lost = false;
  const auto take = [&](std::string_view digits, bool in_part) {
    for (const char c : digits) {
      if (mantissa >= kHuge / 10) {
        if (!in_part) ++ten;
        lost = lost || c != '0';
        continue;
      }
      mantissa = mantissa * 10 + (c - '0');
      if (in_part) --ten;
    }
  };
  take(parts.whole, false);
  take(parts.part, true);
  for (int i = 0; i < parts.suffix.thousands; ++i) {
    // Too many digits for the product lie far behind the point.
    for (; mantissa > kMost; ++ten, mantissa /= 10) lost = lost || mantissa % 10 != 0;
    mantissa *= 1024;
  }
  for (; ten > 0 && mantissa != 0 && mantissa < kHuge; --ten) mantissa *= 10;
  for (; ten < 0 && mantissa != 0; ++ten) {
    lost = lost || mantissa % 10 != 0;
    mantissa /= 10;
  }
  if (lost) ++mantissa;
  Quantity made;
  made.format_ = parts.suffix.format;
  made.nanos_ = std::min(mantissa, made.format_ == Format::kBinary ? kMost : kHuge);
  if (made.format_ == Format::kBinary && made.nanos_ < kNano) made.format_ = Format::kDecimal;
  if (parts.negative) made.nanos_ = -made.nanos_;
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
  const bool is_small = nanos_ < kThousand && nanos_ > -kThousand;
  if (format_ == Format::kBinary && !is_small && nanos_ % kNano == 0) {
    Wide amount = nanos_ / kNano;
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
  const bool is_exponent = format_ == Format::kExponent;
  while (amount % 1000 == 0 && (is_exponent || step + 1 < std::size(kDecimalSuffixes))) {
    amount /= 1000;
    ++step;
  }
  append_wide(out, amount);
  if (!is_exponent) {
    out += kDecimalSuffixes[step];
  } else if (step != 3) {
    out += 'e';
    engine::append_operand(out, 3 * static_cast<int64_t>(step) - 9);
  }
  return out;
}

Quantity Quantity::sum(const Quantity& a, Wide more, const Quantity& b) {
  Quantity made;
  made.nanos_ = std::clamp(a.nanos_ + more, -kHuge, kHuge);
  made.format_ = a.is_zero() ? b.format_ : a.format_;
  return made;
}

std::string_view quantity_error(std::string_view text) {
  return parts_of(text).error;
}

std::string stored_quantity(std::string_view text) {
  if (looks_canonical(parts_of(text))) return std::string(text);
  return Quantity::parse(text).value_or(Quantity()).text();
}

}  // namespace sim::k8s
