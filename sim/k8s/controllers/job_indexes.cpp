#include "sim/k8s/controllers/job_indexes.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "engine/task/print.h"

namespace sim::k8s::job {
namespace {

std::optional<int64_t> number_of(std::string_view text) {
  int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number < 0) return std::nullopt;
  return number;
}

}  // namespace

Indexes Indexes::parse(std::string_view text, int64_t limit) {
  Indexes indexes;
  while (!text.empty()) {
    const size_t comma = text.find(',');
    const std::string_view part = text.substr(0, comma);
    text.remove_prefix(comma == std::string_view::npos ? text.size() : comma + 1);
    const size_t dash = part.find('-');
    const std::optional<int64_t> first = number_of(part.substr(0, dash));
    const std::optional<int64_t> last =
        dash == std::string_view::npos ? first : number_of(part.substr(dash + 1));
    if (!first || !last || *first >= limit || *last < *first) continue;
    indexes.add(*first, std::min(*last, limit - 1));
  }
  return indexes;
}

void Indexes::add(int64_t first, int64_t last) {
  std::vector<Range> after;
  for (const Range& range : ranges_) {
    if (range.last + 1 < first || last + 1 < range.first) {
      after.push_back(range);
    } else {
      first = std::min(first, range.first);
      last = std::max(last, range.last);
    }
  }
  const auto place = std::find_if(after.begin(), after.end(),
                                  [first](const Range& range) { return range.first > first; });
  after.insert(place, {first, last});
  ranges_ = std::move(after);
}

bool Indexes::contains(int64_t index) const {
  return std::any_of(ranges_.begin(), ranges_.end(), [index](const Range& range) {
    return range.first <= index && index <= range.last;
  });
}

int64_t Indexes::total() const {
  int64_t total = 0;
  for (const Range& range : ranges_) total += range.last - range.first + 1;
  return total;
}

std::string Indexes::text() const {
  std::string text;
  for (const Range& range : ranges_) {
    if (!text.empty()) text += ',';
    engine::append_operand(text, range.first);
    if (range.last == range.first) continue;
    text += range.last == range.first + 1 ? ',' : '-';
    engine::append_operand(text, range.last);
  }
  return text;
}

std::vector<int64_t> Indexes::missing(const Indexes& a, const Indexes& b, int64_t count,
                                      int64_t limit) {
  Indexes both = a;
  for (const Range& range : b.ranges_) both.add(range.first, range.last);
  std::vector<int64_t> out;
  int64_t at = 0;
  const auto fill = [&](int64_t end) {
    for (; at < std::min(end, limit) && static_cast<int64_t>(out.size()) < count; ++at) {
      out.push_back(at);
    }
  };
  for (const Range& range : both.ranges_) {
    fill(range.first);
    at = range.last + 1;
  }
  fill(limit);
  return out;
}

}  // namespace sim::k8s::job
