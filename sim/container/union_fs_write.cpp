// What writes to a union of layers: copying up, whiteouts, and what each operation refuses.

#include "sim/container/union_fs.h"

#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

#include "engine/world/check.h"

namespace sim::container {
namespace {

WriteResult failed(engine::Error error) {
  return {0, std::move(error)};
}

int64_t length_of(std::string_view text) {
  return static_cast<int64_t>(text.size());
}

}  // namespace

UnionFs::Upper& UnionFs::upper() {
  if (upper_ == nullptr) upper_ = std::make_unique<Upper>();
  return *upper_;
}

UnionFs::UpperEntry& UnionFs::put(std::string_view path, Entry entry, int32_t copied_from) {
  Upper& up = upper();
  auto at = up.entries.find(path);
  if (at == up.entries.end()) {
    at = up.entries.try_emplace(std::string(path)).first;
  } else {
    up.bytes -= at->second.entry.size();
  }
  at->second = {std::move(entry), copied_from};
  up.bytes += at->second.entry.size();
  return at->second;
}

/// Forgets what the upper layer has at `path` and below.
void UnionFs::erase_upper(std::string_view path) {
  Upper& up = upper();
  auto at = up.entries.lower_bound(path);
  while (at != up.entries.end() && (at->first == path || is_below(at->first, path))) {
    up.bytes -= at->second.entry.size();
    at = up.entries.erase(at);
  }
}

void UnionFs::copy_up_above(std::string_view path) {
  std::vector<std::string_view> missing;
  for (std::string_view above = parent_path(path); above != "/"; above = parent_path(above)) {
    // Everything above what the upper layer has is there as well.
    if (find_upper(above) != nullptr) break;
    missing.push_back(above);
  }
  for (; !missing.empty(); missing.pop_back()) {
    const LayerStack::Visible* const lower = lower_->find(missing.back());
    ENGINE_CHECK(lower != nullptr && lower->entry->is_directory());
    put(missing.back(), Entry::directory(lower->entry->mode));
  }
}

UnionFs::UpperEntry& UnionFs::copy_up(const Place& place, WriteResult& result) {
  if (place.found.in_upper()) return upper().entries.find(place.path)->second;
  copy_up_above(place.path);
  Entry copy = *place.found.entry;
  copy.opaque = false;  // that was about the layers below its own
  if (copy.is_file()) {
    result.copied_up_bytes += copy.size();
    upper().copied_up_bytes += copy.size();
  }
  return put(place.path, std::move(copy), place.found.lower_index);
}

/// Lets `change(content)` write to the file, which is copied up first.
template <class F>
WriteResult UnionFs::modify(const Place& place, F change) {
  WriteResult result;
  UpperEntry& mine = copy_up(place, result);
  if (mine.entry.content->sealed()) mine.entry.content = mine.entry.content->clone();
  mine.copied_from = -1;
  const int64_t before = mine.entry.size();
  change(*mine.entry.content);
  upper().bytes += mine.entry.size() - before;
  return result;
}

/// Puts `entry` where nothing shows.
void UnionFs::make(std::string_view path, Entry entry) {
  copy_up_above(path);
  const UpperEntry* const old = find_upper(path);
  if (old != nullptr && entry.is_directory()) entry.opaque = old->entry.is_whiteout();
  put(path, std::move(entry));
}

/// A whiteout at `path` if something would show there. REQUIRES: the upper layer has nothing there.
void UnionFs::white_out(std::string_view path) {
  if (find_lower(path) == nullptr) return;
  copy_up_above(path);
  put(path, Entry::whiteout());
}

/// Makes `path` show nothing.
void UnionFs::take_away(std::string_view path) {
  erase_upper(path);
  white_out(path);
}

WriteResult UnionFs::create(std::string_view path, uint16_t mode) {
  const Place place = locate(path, Links::kKeep);
  if (place.trailing_slash) return failed(kIsDirectory);
  if (place.error) return failed(place.error);
  if (place.found.entry != nullptr) return failed(kFileExists);
  if (read_only_) return failed(kReadOnly);
  make(place.path, Entry::file(Content::of_text({}), mode));
  return {};
}

WriteResult UnionFs::overwrite(std::string_view path, const engine::Ref<Content>& content,
                               uint16_t mode) {
  const Place place = locate(path, Links::kFollow);
  if (place.trailing_slash || (!place.error && place.found.is_directory())) {
    return failed(kIsDirectory);
  }
  if (place.error) return failed(place.error);
  if (read_only_) return failed(kReadOnly);
  if (place.found.entry == nullptr) {
    make(place.path, Entry::file(content, mode));
  } else {
    // The kernel copies up a file that it opens to truncate without its data.
    copy_up_above(place.path);
    put(place.path, Entry::file(content, place.found.entry->mode));
  }
  return {};
}

WriteResult UnionFs::write(std::string_view path, std::string bytes, uint16_t mode) {
  return overwrite(path, Content::of_text(std::move(bytes)), mode);
}

WriteResult UnionFs::write_sized(std::string_view path, int64_t size, std::string_view stands_for,
                                 uint16_t mode) {
  if (size < 0) return failed(kInvalidArgument);
  if (size > kFileBytesMax) return failed(kFileTooLarge);
  return overwrite(path, Content::of_size(size, stands_for), mode);
}

WriteResult UnionFs::write_at(std::string_view path, int64_t offset, std::string_view bytes) {
  const Place place = locate_file(path);
  if (place.error) return failed(place.error);
  if (read_only_) return failed(kReadOnly);
  if (offset < 0) return failed(kInvalidArgument);
  if (offset > kFileBytesMax - length_of(bytes)) return failed(kFileTooLarge);
  if (bytes.empty()) {
    // To open the file for writing copies it up, although nothing is written then.
    WriteResult result;
    copy_up(place, result);
    return result;
  }
  return modify(place, [&](Content& content) { content.write(offset, bytes); });
}

WriteResult UnionFs::append(std::string_view path, std::string_view bytes, uint16_t mode) {
  const Place place = locate(path, Links::kFollow);
  if (place.trailing_slash) return failed(kIsDirectory);
  if (!place.error && place.found.entry == nullptr) return write(path, std::string(bytes), mode);
  if (place.error) return failed(place.error);
  if (place.found.is_directory()) return failed(kIsDirectory);
  return write_at(path, place.found.entry->size(), bytes);
}

WriteResult UnionFs::truncate(std::string_view path, int64_t size) {
  if (size < 0) return failed(kInvalidArgument);
  const Place place = locate_file(path);
  if (place.error) return failed(place.error);
  if (read_only_) return failed(kReadOnly);
  if (size > kFileBytesMax) return failed(kFileTooLarge);
  return modify(place, [&](Content& content) { content.truncate(size); });
}

WriteResult UnionFs::chmod(std::string_view path, uint16_t mode) {
  const Place place = locate(path, Links::kFollow);
  if (place.error) return failed(place.error);
  if (place.found.entry == nullptr) return failed(kNoSuchFile);
  if (read_only_) return failed(kReadOnly);
  WriteResult result;
  copy_up(place, result).entry.mode = mode & kModeBits;
  return result;
}

WriteResult UnionFs::mkdir(std::string_view path, uint16_t mode) {
  const Place place = locate(path, Links::kKeep);
  if (place.found.entry != nullptr) return failed(kFileExists);
  if (place.error) return failed(place.error);
  if (read_only_) return failed(kReadOnly);
  make(place.path, Entry::directory(mode));
  return {};
}

WriteResult UnionFs::make_directories(std::string_view path, uint16_t mode) {
  if (path.empty()) return failed(kNoSuchFile);
  size_t end = 0;
  while (end < path.size()) {
    end = std::min(path.find('/', path.find_first_not_of('/', end)), path.size());
    const std::string_view above = path.substr(0, end);
    const Place place = locate(above, Links::kFollow);
    if (place.error) return failed(place.error);
    if (place.found.entry == nullptr) {
      WriteResult made = mkdir(above, mode);
      if (made.error) return made;
    } else if (!place.found.is_directory()) {
      return failed(kNotDirectory);
    }
  }
  return {};
}

WriteResult UnionFs::symlink(std::string_view target, std::string_view path) {
  if (target.empty()) return failed(kNoSuchFile);
  if (target.find('\0') != std::string_view::npos) return failed(kInvalidArgument);
  if (length_of(target) > kPathBytesMax) return failed(kNameTooLong);
  const Place place = locate(path, Links::kKeep);
  if (place.found.entry != nullptr) return failed(kFileExists);
  if (place.error) return failed(place.error);
  if (place.trailing_slash) return failed(kNoSuchFile);
  if (read_only_) return failed(kReadOnly);
  make(place.path, Entry::symlink(target));
  return {};
}

WriteResult UnionFs::remove(std::string_view path) {
  const Place place = locate(path, Links::kKeep);
  if (place.error) return failed(place.error);
  if (place.path == "/") return failed(kBusy);
  if (read_only_) return failed(kReadOnly);
  if (place.found.entry == nullptr) return failed(kNoSuchFile);
  if (place.found.is_directory() && !children(place.path).empty()) {
    return failed(kDirectoryNotEmpty);
  }
  take_away(place.path);
  return {};
}

WriteResult UnionFs::remove_all(std::string_view path) {
  const Place place = locate(path, Links::kKeep);
  if (place.error == engine::Error(kNoSuchFile)) return {};
  if (place.error) return failed(place.error);
  if (place.path == "/") return failed(kBusy);
  if (read_only_) return failed(kReadOnly);
  if (place.found.entry != nullptr) take_away(place.path);
  return {};
}

engine::Error UnionFs::check_rename(const Place& from, const Place& to) const {
  if (from.error) return from.error;
  // A file cannot become `x/`; a directory can, even where there is nothing yet.
  if (to.error) return to.error;
  if (from.path == "/" || to.path == "/") return kBusy;
  if (read_only_) return kReadOnly;
  if (from.found.entry == nullptr) return kNoSuchFile;
  const bool directory = from.found.is_directory();
  if (to.trailing_slash && !directory) return kNotDirectory;
  if (is_below(to.path, from.path)) return kInvalidArgument;
  if (is_below(from.path, to.path)) return kDirectoryNotEmpty;
  if (to.path == from.path) return {};
  if (to.found.entry != nullptr && directory != to.found.is_directory()) {
    return directory ? kNotDirectory : kIsDirectory;
  }
  if (!directory) return {};
  // Without redirect_dir, only a directory of which a lower layer has no part can move.
  const bool movable =
      from.found.in_upper() && (from.found.entry->opaque || find_lower(from.path) == nullptr);
  if (!movable) return kCrossDevice;
  if (to.found.entry != nullptr && !children(to.path).empty()) return kDirectoryNotEmpty;
  return {};
}

void UnionFs::move_subtree(std::string_view from, std::string_view to) {
  auto& entries = upper().entries;
  for (auto at = entries.lower_bound(from);
       at != entries.end() && (at->first == from || is_below(at->first, from));) {
    // The key's order among those that move stays, so none is met twice: they leave the stretch.
    auto node = entries.extract(at++);
    std::string path(to);
    path += std::string_view(node.key()).substr(from.size());
    node.key() = std::move(path);
    entries.insert(std::move(node));
  }
}

WriteResult UnionFs::rename(std::string_view from, std::string_view to) {
  const Place source = locate(from, Links::kKeep);
  const Place target = locate(to, Links::kKeep);
  if (engine::Error error = check_rename(source, target)) return failed(std::move(error));
  if (source.path == target.path) return {};
  WriteResult result;
  UpperEntry& moving = copy_up(source, result);
  const bool directory = moving.entry.is_directory();
  copy_up_above(target.path);
  erase_upper(target.path);
  if (directory) moving.entry.opaque = find_lower(target.path) != nullptr;
  move_subtree(source.path, target.path);
  white_out(source.path);
  return result;
}

}  // namespace sim::container
