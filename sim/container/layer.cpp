#include "sim/container/layer.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "engine/world/check.h"

namespace sim::container {
namespace {

// Raised with every change of what a diff id is over.
constexpr std::string_view kFormat = "orrery-layer-1";

Digest digest_of(std::span<const Layer::Item> items) {
  Sha256 hash;
  hash.update_text(kFormat);
  hash.update_number(items.size());
  for (const Layer::Item& item : items) {
    const Entry& entry = item.entry;
    hash.update_text(item.path);
    hash.update_number(static_cast<uint64_t>(entry.kind));
    hash.update_number(entry.opaque ? 1 : 0);
    hash.update_number(entry.mode);
    hash.update_text(entry.target);
    if (entry.is_file()) entry.content->add_to(hash);
  }
  return hash.finish();
}

}  // namespace

Entry Entry::file(engine::Ref<Content> content, uint16_t mode) {
  ENGINE_CHECK(content.get() != nullptr);
  Entry entry;
  entry.kind = EntryKind::kFile;
  entry.mode = mode & kModeBits;
  entry.content = std::move(content);
  return entry;
}

Entry Entry::directory(uint16_t mode, bool opaque) {
  Entry entry;
  entry.kind = EntryKind::kDirectory;
  entry.mode = mode & kModeBits;
  entry.opaque = opaque;
  return entry;
}

Entry Entry::symlink(std::string_view target) {
  Entry entry;
  entry.kind = EntryKind::kSymlink;
  entry.mode = kSymlinkMode;
  entry.target = target;
  return entry;
}

Entry Entry::whiteout() {
  Entry entry;
  entry.kind = EntryKind::kWhiteout;
  return entry;
}

int64_t Entry::size() const {
  if (is_file()) return content->size();
  return is_symlink() ? static_cast<int64_t>(target.size()) : 0;
}

Layer::Layer(std::vector<Item> items) : items_(std::move(items)), diff_id_(digest_of(items_)) {
  for (const Item& item : items_) size_bytes_ += item.entry.size();
  compressed_bytes_ =
      kCompressedEmptyBytes + kCompressedEntryBytes * static_cast<int64_t>(items_.size()) +
      size_bytes_ / 100 * kCompressedPercent + size_bytes_ % 100 * kCompressedPercent / 100;
}

const Entry* Layer::find(std::string_view path) const {
  const auto at = std::lower_bound(
      items_.begin(), items_.end(), path,
      [](const Item& item, std::string_view key) { return PathLess()(item.path, key); });
  return at == items_.end() || at->path != path ? nullptr : &at->entry;
}

LayerBuilder& LayerBuilder::file(std::string_view path, std::string text, uint16_t mode) {
  return put(path, Entry::file(Content::of_text(std::move(text)), mode));
}

LayerBuilder& LayerBuilder::sized_file(std::string_view path, int64_t size,
                                       std::string_view stands_for, uint16_t mode) {
  return put(path, Entry::file(Content::of_size(size, stands_for), mode));
}

LayerBuilder& LayerBuilder::directory(std::string_view path, uint16_t mode) {
  return put(path, Entry::directory(mode));
}

LayerBuilder& LayerBuilder::opaque_directory(std::string_view path, uint16_t mode) {
  return put(path, Entry::directory(mode, true));
}

LayerBuilder& LayerBuilder::symlink(std::string_view path, std::string_view target) {
  return put(path, Entry::symlink(target));
}

LayerBuilder& LayerBuilder::whiteout(std::string_view path) {
  return put(path, Entry::whiteout());
}

LayerBuilder& LayerBuilder::put(std::string_view path, Entry entry) {
  ENGINE_CHECK(is_clean_path(path));
  ENGINE_CHECK(path != "/" || (entry.is_directory() && !entry.opaque));
  for (std::string_view above = parent_path(path); above != "/"; above = parent_path(above)) {
    const auto at = entries_.find(above);
    if (at == entries_.end()) {
      entries_.emplace(above, Entry::directory(kDirectoryMode));
    } else {
      ENGINE_CHECK(at->second.is_directory());
    }
  }
  if (!entry.is_directory()) {
    entries_.erase(entries_.upper_bound(path), entries_.lower_bound(after_subtree(path)));
  }
  entries_.insert_or_assign(std::string(path), std::move(entry));
  return *this;
}

engine::Ref<Layer> LayerBuilder::build() {
  std::vector<Layer::Item> items;
  items.reserve(entries_.size());
  for (auto& [path, entry] : entries_) {
    if (entry.is_file()) entry.content->seal();
    items.push_back({path, std::move(entry)});
  }
  entries_.clear();
  return engine::Ref<Layer>(new Layer(std::move(items)));
}

}  // namespace sim::container
