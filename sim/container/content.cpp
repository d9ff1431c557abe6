#include "sim/container/content.h"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <utility>

#include "engine/world/check.h"

namespace sim::container {
namespace {

int64_t length_of(std::string_view text) {
  return static_cast<int64_t>(text.size());
}

}  // namespace

engine::Ref<Content> Content::of_text(std::string text) {
  engine::Ref<Content> content(new Content);
  content->size_ = length_of(text);
  if (!text.empty()) content->held_.emplace(0, std::move(text));
  return content;
}

engine::Ref<Content> Content::of_size(int64_t size, std::string_view stands_for) {
  ENGINE_CHECK(size >= 0 && size <= kFileBytesMax);
  engine::Ref<Content> content(new Content);
  content->size_ = size;
  content->stands_for_ = stands_for;
  content->stands_for_bytes_ = size;
  return content;
}

int64_t Content::held_bytes() const {
  int64_t bytes = 0;
  for (const auto& [offset, text] : held_) bytes += length_of(text);
  return bytes;
}

std::string Content::read(int64_t offset, int64_t length) const {
  if (offset < 0 || length <= 0 || offset >= size_) return {};
  const int64_t count = std::min({length, size_ - offset, kReadBytesMax});
  const int64_t end = offset + count;
  std::string out(static_cast<size_t>(count), '\0');
  auto at = held_.upper_bound(offset);
  if (at != held_.begin()) --at;
  for (; at != held_.end() && at->first < end; ++at) {
    const int64_t from = std::max(offset, at->first);
    const int64_t to = std::min(end, at->first + length_of(at->second));
    if (from >= to) continue;
    out.replace(static_cast<size_t>(from - offset), static_cast<size_t>(to - from), at->second,
                static_cast<size_t>(from - at->first), static_cast<size_t>(to - from));
  }
  return out;
}

void Content::add_to(Sha256& hash) const {
  hash.update_number(static_cast<uint64_t>(size_));
  hash.update_number(static_cast<uint64_t>(stands_for_bytes_));
  hash.update_text(stands_for_);
  hash.update_number(held_.size());
  for (const auto& [offset, text] : held_) {
    hash.update_number(static_cast<uint64_t>(offset));
    hash.update_text(text);
  }
}

engine::Ref<Content> Content::clone() const {
  engine::Ref<Content> copy(new Content);
  copy->size_ = size_;
  copy->held_ = held_;
  copy->stands_for_ = stands_for_;
  copy->stands_for_bytes_ = stands_for_bytes_;
  return copy;
}

void Content::write(int64_t offset, std::string_view bytes) {
  ENGINE_CHECK(!sealed_ && offset >= 0 && length_of(bytes) <= kFileBytesMax - offset);
  if (bytes.empty()) return;
  size_ = std::max(size_, offset + length_of(bytes));
  // The stretch that holds what is before `offset`, or ends there; else a new one.
  auto after = held_.upper_bound(offset);
  auto target = held_.end();
  if (after != held_.begin()) {
    target = std::prev(after);
    if (target->first + length_of(target->second) < offset) target = held_.end();
  }
  if (target == held_.end()) target = held_.emplace_hint(after, offset, std::string());
  std::string& text = target->second;
  const auto from = static_cast<size_t>(offset - target->first);
  text.replace(from, std::min(bytes.size(), text.size() - from), bytes);
  const int64_t end = target->first + length_of(text);
  for (after = std::next(target); after != held_.end() && after->first <= end;) {
    const auto covered = static_cast<size_t>(end - after->first);
    const bool longer = covered < after->second.size();
    if (longer) text.append(after->second, covered, std::string::npos);
    after = held_.erase(after);
    if (longer) break;  // it was not touching the next
  }
}

void Content::truncate(int64_t size) {
  ENGINE_CHECK(!sealed_ && size >= 0 && size <= kFileBytesMax);
  size_ = size;
  held_.erase(held_.lower_bound(size), held_.end());
  if (!held_.empty()) {
    const auto last = std::prev(held_.end());
    const int64_t most = size - last->first;
    if (length_of(last->second) > most) last->second.resize(static_cast<size_t>(most));
  }
  stands_for_bytes_ = std::min(stands_for_bytes_, size);
  if (stands_for_bytes_ == 0) stands_for_.clear();
}

}  // namespace sim::container
