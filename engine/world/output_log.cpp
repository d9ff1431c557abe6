#include "engine/world/output_log.h"

#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <cstdlib>

namespace engine {

void OutputLog::append(const Chunk& chunk, std::string_view text) {
  if (chunk.offset == end_offset_) {
    if (text_.size() + text.size() > budget_bytes_ && !chunks_.empty()) drop_half();
    chunks_.push_back(chunk);
    text_.append(text);
    end_offset_ += text.size();
    return;
  }
  if (chunk.offset < first_offset_) return;  // dropped, and not kept again
  const std::string_view recorded = std::string_view(text_).substr(
      static_cast<size_t>(chunk.offset - first_offset_), text.size());
  if (recorded == text) return;
  std::fprintf(stderr,
               "replay prints something else at step %llu:\n  recorded: %.*s\n  replayed: %.*s\n",
               static_cast<unsigned long long>(chunk.step), static_cast<int>(recorded.size()),
               recorded.data(), static_cast<int>(text.size()), text.data());
  std::fflush(stderr);
  std::abort();
}

void OutputLog::drop_half() {
  const size_t dropped = chunks_.size() / 2 + 1;
  const uint64_t cut = dropped < chunks_.size() ? chunks_[dropped].offset : end_offset_;
  text_.erase(0, static_cast<size_t>(cut - first_offset_));
  chunks_.erase(chunks_.begin(), chunks_.begin() + static_cast<ptrdiff_t>(dropped));
  first_offset_ = cut;
}

OutputLog OutputLog::fork(uint64_t step, uint64_t offset) const {
  OutputLog copy(budget_bytes_);
  // A branch that leaves before what was dropped has nothing of its past, and goes on from there.
  copy.first_offset_ = copy.end_offset_ = std::min(first_offset_, offset);
  for_each_until(step, [&](const Chunk& chunk, std::string_view text) {
    copy.chunks_.push_back(chunk);
    copy.text_.append(text);
    copy.end_offset_ += text.size();
  });
  return copy;
}

}  // namespace engine
