// What goes from a machine's images: by `docker rmi`, and by the kubelet's garbage collection; and
// what the rest takes.

#include "sim/container/image_store.h"

#include <algorithm>
#include <cstddef>
#include <set>
#include <tuple>
#include <utility>

namespace sim::container {
namespace {

constexpr size_t kShortIdLength = 12;

/// Whether all names are in one repository, and at most one is a tag. Not if there are none.
bool is_single_name(const std::vector<Reference>& names) {
  int64_t tags = 0;
  for (const Reference& name : names) {
    if (name.name() != names.front().name()) return false;
    if (!name.digest) ++tags;
  }
  return !names.empty() && tags <= 1;
}

/// `percent` of `bytes`, rounded down; no product overflows.
int64_t percent_of(int64_t bytes, int64_t percent) {
  return bytes / 100 * percent + bytes % 100 * percent / 100;
}

/// How many percent of `whole` `part` is, rounded down. REQUIRES: 0 <= part <= whole, 0 < whole.
int64_t in_percent(int64_t part, int64_t whole) {
  return whole <= INT64_MAX / 100 ? part * 100 / whole : part / (whole / 100);
}

/// Whether `text` is an id or the beginning of one.
bool begins_id(const Digest& id, std::string_view text) {
  return id.text().starts_with(text) || id.hex().starts_with(text);
}

}  // namespace

RemoveResult ImageStore::remove(std::string_view name_or_id, bool force) {
  RemoveResult result;
  const FoundImage found = find(name_or_id);
  if (found.error) {
    result.error = found.error;
    return result;
  }
  const Digest id = found.image->id();
  bool by_name = false;
  if (!begins_id(id, name_or_id)) {
    by_name = true;
    const bool last = is_single_name(names_of(id));
    const std::string* user = container_of(id, true);
    if (user == nullptr) user = container_of(id, false);
    if (!force && last && user != nullptr) {
      result.error = engine::errorf(kConflict, ": unable to remove repository reference \"",
                                    name_or_id, "\" (must force) - container ",
                                    std::string_view(*user).substr(0, kShortIdLength),
                                    " is using its referenced image ", id.short_id());
      return result;
    }
    const Reference name = parse_reference(name_or_id).reference.with_default_tag();
    untag(name);
    result.lines.push_back("Untagged: " + name.familiar());
    // The digests of a repository stay only as long as one of its tags.
    std::vector<Reference> same;
    bool tagged = name.digest.has_value();
    for (const Reference& other : names_of(id)) {
      if (other.name() != name.name()) continue;
      if (other.digest) {
        same.push_back(other);
      } else {
        tagged = true;
      }
    }
    for (const Reference& other : same) {
      if (tagged) break;
      untag(other);
      result.lines.push_back("Untagged: " + other.familiar());
    }
    if (!names_of(id).empty()) return result;
  } else if (is_single_name(names_of(id))) {
    result.error = remove_conflict(id, force, false);
    if (result.error) return result;
    remove_names(id, result);
  }
  result.error = remove_conflict(id, force, true);
  if (!result.error) {
    delete_image(id, result);
  } else if (by_name) {
    // Its last name is gone, but a container has it: it stays, without a name.
    result.error = {};
  }
  return result;
}

DiskUsage ImageStore::disk_usage() const {
  DiskUsage usage;
  std::set<Digest> active;  // layers of images in use
  for (const auto& [id, record] : images_) {
    ImageUsage image;
    image.id = id;
    image.size_bytes = record.image->size_bytes();
    image.containers = record.containers;
    for (const engine::Ref<Layer>& layer : record.image->layers()) {
      const bool shared = layers_.find(layer->diff_id())->second.images > 1;
      (shared ? image.shared_bytes : image.unique_bytes) += layer->size_bytes();
      if (record.containers > 0) active.insert(layer->diff_id());
    }
    if (record.containers > 0) ++usage.active_images;
    usage.images.push_back(image);
  }
  for (const auto& [id, record] : layers_) {
    const int64_t bytes = record.layer->size_bytes();
    usage.layers_bytes += bytes;
    if (record.images > 0 && record.containers == 0 && !active.contains(id)) {
      usage.reclaimable_bytes += bytes;
    }
  }
  return usage;
}

GcResult ImageStore::collect_garbage(DiskSpace disk, engine::Instant now, GcPolicy policy) {
  GcResult result;
  if (disk.capacity_bytes <= 0) {
    result.error = engine::errorf("invalid capacity ", disk.capacity_bytes, " on image filesystem");
    return result;
  }
  const int64_t available =
      disk.capacity_bytes - std::clamp<int64_t>(disk.used_bytes, 0, disk.capacity_bytes);
  result.used_percent = 100 - in_percent(available, disk.capacity_bytes);
  if (result.used_percent < policy.high_percent) return result;
  result.wanted_bytes = percent_of(disk.capacity_bytes, 100 - policy.low_percent) - available;

  // By last use, then by age; those that were never used first. Ids make the order total.
  std::vector<std::tuple<std::optional<engine::Instant>, engine::Instant, Digest>> candidates;
  for (const auto& [id, record] : images_) {
    if (record.containers == 0 && !record.pinned) {
      candidates.emplace_back(record.last_used, record.added, id);
    }
  }
  std::stable_sort(candidates.begin(), candidates.end());
  for (const auto& [last_used, added, id] : candidates) {
    if (last_used && *last_used >= now) break;
    if (now - added < policy.min_age) continue;
    result.freed_bytes += images_.find(id)->second.image->size_bytes();
    result.reclaimed_bytes += remove_image(id);
    result.removed.push_back(id);
    if (result.freed_bytes >= result.wanted_bytes) break;
  }
  if (result.freed_bytes < result.wanted_bytes) {
    result.error =
        engine::errorf("Failed to garbage collect required amount of images. Attempted to free ",
                       result.wanted_bytes, " bytes, but only found ", result.freed_bytes,
                       " bytes eligible to free.");
  }
  return result;
}

}  // namespace sim::container
