#include "engine/world/choice_log.h"

#include <cstdio>
#include <cstdlib>

#include "engine/world/check.h"

namespace engine {

void ChoiceLog::append(uint64_t number, const ChoiceRecord& record) {
  if (number < first_) return;  // dropped, and not kept again
  if (const ChoiceRecord* recorded = find(number)) {
    if (*recorded == record) return;
    std::fprintf(stderr, "replay decides differently at step %llu: recorded %u, replayed %u\n",
                 static_cast<unsigned long long>(record.step), recorded->taken.value,
                 record.taken.value);
    std::fflush(stderr);
    std::abort();
  }
  ENGINE_CHECK(number == first_ + records_.size());
  if (records_.size() >= limit_) {
    const size_t dropped = records_.size() / 2;
    records_.erase(records_.begin(), records_.begin() + static_cast<std::ptrdiff_t>(dropped));
    first_ += dropped;
  }
  records_.push_back(record);
}

const ChoiceRecord* ChoiceLog::find(uint64_t number) const {
  if (number < first_ || number - first_ >= records_.size()) return nullptr;
  return &records_[static_cast<size_t>(number - first_)];
}

ChoiceLog ChoiceLog::fork(uint64_t number) const {
  ChoiceLog copy(*this);
  copy.first_ = first_ < number ? first_ : number;
  const uint64_t kept = number > first_ ? number - first_ : 0;
  if (kept < copy.records_.size()) copy.records_.resize(static_cast<size_t>(kept));
  return copy;
}

}  // namespace engine
