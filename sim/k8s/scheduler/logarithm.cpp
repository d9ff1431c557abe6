#include "sim/k8s/scheduler/logarithm.h"

#include "engine/world/check.h"

namespace sim::k8s::scheduler {
namespace {

// ln 2 in two parts; the first has so few bits that its multiples are exact.
constexpr double kLn2High = 0x1.62e42fefa38p-1;
constexpr double kLn2Low = 0x1.ef35793c7673p-45;
constexpr double kSqrt2 = 0x1.6a09e667f3bcdp+0;

}  // namespace

// With number = m 2^k, m between 1/sqrt2 and sqrt2: ln m = 2 artanh(s), s = (m - 1) / (m + 1),
// whose series is s + s^3/3 + s^5/5 + ...; s^2 is below 0.0295, so thirteen terms are below a bit.
double natural_log(int64_t number) {
  ENGINE_CHECK(number > 0);
  double m = static_cast<double>(number);
  int k = 0;
  while (m > kSqrt2) {
    m /= 2;
    ++k;
  }
  const double s = (m - 1) / (m + 1);
  const double square = s * s;
  double sum = 0;
  for (int odd = 27; odd >= 3; odd -= 2) sum = sum * square + 2.0 / odd;
  // The largest part last, so that the small ones are not lost: 2 s = f - s f with f = m - 1.
  const double f = m - 1;
  const double rest = s * (square * sum) - s * f;
  return k * kLn2High + (f + (rest + k * kLn2Low));
}

}  // namespace sim::k8s::scheduler
