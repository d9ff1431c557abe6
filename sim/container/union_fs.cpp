#include "sim/container/union_fs.h"

#include <algorithm>
#include <cstddef>
#include <set>
#include <utility>

#include "engine/world/check.h"

namespace sim::container {

std::string Change::text() const {
  std::string out(1, static_cast<char>(kind));
  out += ' ';
  out += path;
  return out;
}

UnionFs::UnionFs(engine::Ref<LayerStack> lower) : lower_(std::move(lower)) {
  ENGINE_CHECK(lower_.get() != nullptr);
}

const UnionFs::UpperEntry* UnionFs::find_upper(std::string_view path) const {
  if (upper_ == nullptr) return nullptr;
  const auto at = upper_->entries.find(path);
  return at == upper_->entries.end() ? nullptr : &at->second;
}

const LayerStack::Visible* UnionFs::find_lower(std::string_view path) const {
  if (upper_ != nullptr) {
    for (std::string_view above = parent_path(path); above != "/"; above = parent_path(above)) {
      const UpperEntry* const hides = find_upper(above);
      if (hides == nullptr) continue;
      if (!hides->entry.is_directory() || hides->entry.opaque) return nullptr;
    }
  }
  return lower_->find(path);
}

UnionFs::Found UnionFs::find(std::string_view path) const {
  if (const UpperEntry* const mine = find_upper(path)) {
    return mine->entry.is_whiteout() ? Found{} : Found{&mine->entry, kUpperLayer, -1};
  }
  const LayerStack::Visible* const theirs = find_lower(path);
  return theirs == nullptr ? Found{} : Found{theirs->entry, theirs->layer, index_of(theirs)};
}

int32_t UnionFs::index_of(const LayerStack::Visible* visible) const {
  return static_cast<int32_t>(visible - lower_->visible().data());
}

UnionFs::Place UnionFs::locate(std::string_view path, Links last) const {
  if (path.empty()) return {{}, {}, kNoSuchFile};
  if (path.find('\0') != std::string_view::npos) return {{}, {}, kInvalidArgument};
  if (static_cast<int64_t>(path.size()) > kPathBytesMax) return {{}, {}, kNameTooLong};
  Place place = {"/", find("/"), {}};  // a directory, until the way ends at something else
  std::string rest(path);
  int32_t links = 0;
  while (true) {
    const size_t begin = rest.find_first_not_of('/');
    if (begin == std::string::npos) return place;
    const size_t end = std::min(rest.find('/', begin), rest.size());
    const std::string part = rest.substr(begin, end - begin);
    rest.erase(0, end);
    if (static_cast<int64_t>(part.size()) > kNameBytesMax) return {{}, {}, kNameTooLong};
    if (part == ".") continue;
    if (part == "..") {
      place.path.resize(parent_path(place.path).size());
      place.found = find(place.path);
      continue;
    }
    const bool is_last = rest.find_first_not_of('/') == std::string::npos;
    std::string next = join_path(place.path, part);
    const Found found = find(next);
    if (found.entry == nullptr && !is_last) return {{}, {}, kNoSuchFile};
    if (found.entry != nullptr && found.entry->is_symlink() &&
        (!is_last || last == Links::kFollow)) {
      if (++links > kLinksMax) return {{}, {}, kTooManyLinks};
      const std::string& target = found.entry->target;
      if (target.empty()) return {{}, {}, kNoSuchFile};
      if (target.starts_with('/')) place = {"/", find("/"), {}};
      rest.insert(0, target);
      continue;
    }
    const bool leads_on = found.entry == nullptr || found.is_directory();
    if (!is_last && !leads_on) return {{}, {}, kNotDirectory};
    place = {std::move(next), found, {}, is_last && !rest.empty()};
    if (is_last) {
      if (place.trailing_slash && !leads_on) place.error = kNotDirectory;
      return place;
    }
  }
}

UnionFs::Place UnionFs::locate_file(std::string_view path) const {
  Place place = locate(path, Links::kFollow);
  if (place.error) return place;
  if (place.found.entry == nullptr) {
    place.error = kNoSuchFile;
  } else if (place.found.is_directory()) {
    place.error = kIsDirectory;
  }
  return place;
}

Stat UnionFs::stat_of(const Entry& entry, int32_t layer) {
  return {entry.kind, entry.mode, entry.size(), layer, entry.target};
}

StatResult UnionFs::stat(std::string_view path) const {
  const Place place = locate(path, Links::kFollow);
  if (place.error) return {{}, place.error};
  if (place.found.entry == nullptr) return {{}, kNoSuchFile};
  return {stat_of(*place.found.entry, place.found.layer), {}};
}

StatResult UnionFs::lstat(std::string_view path) const {
  // A slash at the end asks for the directory that the link leads to.
  if (path.ends_with('/')) return stat(path);
  const Place place = locate(path, Links::kKeep);
  if (place.error) return {{}, place.error};
  if (place.found.entry == nullptr) return {{}, kNoSuchFile};
  return {stat_of(*place.found.entry, place.found.layer), {}};
}

/// Calls `each(path, entry)` for what the upper layer has in `directory` itself.
template <class F>
void UnionFs::for_each_in_upper(std::string_view directory, F each) const {
  if (upper_ == nullptr) return;
  const auto& entries = upper_->entries;
  for (auto at = entries.upper_bound(directory);
       at != entries.end() && is_below(at->first, directory);) {
    each(at->first, at->second);
    const std::string& path = at->first;
    ++at;
    if (at != entries.end() && is_below(at->first, path)) {
      at = entries.lower_bound(after_subtree(path));
    }
  }
}

std::map<std::string, Stat> UnionFs::children(std::string_view directory) const {
  std::map<std::string, Stat> found;
  const UpperEntry* const mine = find_upper(directory);
  if ((mine == nullptr || !mine->entry.opaque) && find_lower(directory) != nullptr) {
    lower_->for_each_in(directory, [&found](const LayerStack::Visible& visible) {
      found.emplace(base_name(visible.path), stat_of(*visible.entry, visible.layer));
    });
  }
  for_each_in_upper(directory, [&found](const std::string& path, const UpperEntry& upper) {
    std::string name(base_name(path));
    if (upper.entry.is_whiteout()) {
      found.erase(name);
    } else {
      found.insert_or_assign(std::move(name), stat_of(upper.entry, kUpperLayer));
    }
  });
  return found;
}

ListResult UnionFs::list(std::string_view path) const {
  const Place place = locate(path, Links::kFollow);
  if (place.error) return {{}, place.error};
  if (place.found.entry == nullptr) return {{}, kNoSuchFile};
  if (!place.found.is_directory()) return {{}, kNotDirectory};
  ListResult result;
  std::map<std::string, Stat> found = children(place.path);
  for (auto& [name, stat] : found) result.entries.push_back({name, std::move(stat)});
  return result;
}

FileRead UnionFs::read(std::string_view path, int64_t offset, int64_t length) const {
  const Place place = locate_file(path);
  if (place.error) return {{}, place.error};
  if (offset < 0 || length < 0) return {{}, kInvalidArgument};
  return {place.found.entry->content->read(offset, length), {}};
}

void UnionFs::append_changes(std::string_view directory, std::vector<Change>& out) const {
  std::set<std::string> paths;
  for_each_in_upper(directory,
                    [&paths](const std::string& path, const UpperEntry&) { paths.insert(path); });
  const UpperEntry* const made = find_upper(directory);
  const bool hidden = (made != nullptr && made->entry.opaque) || find_lower(directory) == nullptr;
  if (hidden) {
    // What the image has here is gone without a whiteout each.
    lower_->for_each_in(
        directory, [&paths](const LayerStack::Visible& visible) { paths.emplace(visible.path); });
  }
  for (const std::string& path : paths) {
    const UpperEntry* const mine = find_upper(path);
    const LayerStack::Visible* const old = lower_->find(path);
    if (mine == nullptr || mine->entry.is_whiteout()) {
      out.push_back({Change::Kind::kDeleted, path});
      continue;
    }
    const Entry& entry = mine->entry;
    if (old == nullptr) {
      out.push_back({Change::Kind::kAdded, path});
      if (entry.is_directory()) append_changes(path, out);
      continue;
    }
    const size_t before = out.size();
    bool changed = entry.kind != old->entry->kind || entry.mode != old->entry->mode;
    // A directory is only what is in it.
    changed |= !entry.is_directory() && mine->copied_from != index_of(old);
    if (changed) out.push_back({Change::Kind::kChanged, path});
    if (entry.is_directory()) append_changes(path, out);
    if (!changed && out.size() > before) {
      out.insert(out.begin() + static_cast<std::ptrdiff_t>(before), {Change::Kind::kChanged, path});
    }
  }
}

std::vector<Change> UnionFs::changes() const {
  std::vector<Change> out;
  append_changes("/", out);
  return out;
}

engine::Ref<Layer> UnionFs::commit() const {
  LayerBuilder builder;
  if (upper_ != nullptr) {
    for (const auto& [path, upper] : upper_->entries) builder.put(path, upper.entry);
  }
  return builder.build();
}

int64_t UnionFs::upper_bytes() const {
  return upper_ == nullptr ? 0 : upper_->bytes;
}

int64_t UnionFs::copied_up_bytes() const {
  return upper_ == nullptr ? 0 : upper_->copied_up_bytes;
}

}  // namespace sim::container
