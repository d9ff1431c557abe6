#include "sim/container/image_store.h"

#include <cstddef>
#include <set>
#include <utility>

#include "engine/world/check.h"

namespace sim::container {
namespace {

constexpr std::string_view kIdPrefix = "sha256:";
constexpr size_t kShortIdLength = 12;

engine::Error no_such_image(std::string_view name) {
  return engine::errorf(kNoSuchImage, ": ", name);
}

/// What identifies the layers of `image`, each once.
std::set<Digest> distinct_layers(const Image& image) {
  return {image.config().diff_ids.begin(), image.config().diff_ids.end()};
}

}  // namespace

std::vector<engine::Ref<Layer>> ImageStore::missing_layers(const Image& image) const {
  std::vector<engine::Ref<Layer>> missing;
  std::set<Digest> seen;
  for (const engine::Ref<Layer>& layer : image.layers()) {
    const Digest& id = layer->diff_id();
    if (!layers_.contains(id) && seen.insert(id).second) missing.push_back(layer);
  }
  return missing;
}

void ImageStore::add_layer(const engine::Ref<Layer>& layer) {
  layers_.try_emplace(layer->diff_id(), LayerRecord{layer});
}

int64_t ImageStore::prune_layers() {
  int64_t bytes = 0;
  for (auto at = layers_.begin(); at != layers_.end();) {
    const LayerRecord& record = at->second;
    if (record.images > 0 || record.containers > 0) {
      ++at;
    } else {
      bytes += record.layer->size_bytes();
      at = layers_.erase(at);
    }
  }
  return bytes;
}

void ImageStore::count_layers(const Image& image, UsedBy by, int64_t change) {
  for (const Digest& id : distinct_layers(image)) {
    const auto at = layers_.find(id);
    ENGINE_CHECK(at != layers_.end());
    int64_t& count = by == UsedBy::kImages ? at->second.images : at->second.containers;
    count += change;
    ENGINE_CHECK(count >= 0);
  }
}

/// Forgets the layers of `image` that nothing uses; gives their chain ids, the topmost first.
std::vector<std::string> ImageStore::drop_unused(const Image& image, int64_t& bytes) {
  std::vector<std::string> chain_ids;
  std::span<const Digest> below(image.config().diff_ids);
  for (; !below.empty(); below = below.first(below.size() - 1)) {
    const auto at = layers_.find(below.back());
    if (at == layers_.end() || at->second.images > 0 || at->second.containers > 0) continue;
    bytes += at->second.layer->size_bytes();
    chain_ids.push_back(chain_id(below).text());
    layers_.erase(at);
  }
  return chain_ids;
}

void ImageStore::add_image(const engine::Ref<Image>& image, engine::Instant now) {
  if (images_.contains(image->id())) return;
  for (const engine::Ref<Layer>& layer : image->layers()) add_layer(layer);
  ImageRecord record;
  record.image = image;
  record.added = now;
  // A container may still have it, from before it was removed.
  for (const auto& [id, container] : containers_) {
    if (container.image->id() == image->id()) ++record.containers;
  }
  images_.emplace(image->id(), std::move(record));
  count_layers(*image, UsedBy::kImages, 1);
}

void ImageStore::set_name(const Reference& name, const Digest& id) {
  ENGINE_CHECK(images_.contains(id));
  names_.insert_or_assign(name.resolved(), id);
}

bool ImageStore::untag(const Reference& name) {
  return names_.erase(name.resolved()) > 0;
}

engine::Error ImageStore::tag(std::string_view source, std::string_view target) {
  const ParsedReference parsed = parse_reference(target);
  if (parsed.error) {
    return engine::errorf("Error parsing reference: \"", target,
                          "\" is not a valid repository/tag: ", parsed.error);
  }
  if (parsed.reference.digest) return kTagWithDigest;
  const FoundImage found = find(source);
  if (found.error) return found.error;
  set_name(parsed.reference, found.image->id());
  return {};
}

void ImageStore::pin(const Digest& id) {
  const auto at = images_.find(id);
  ENGINE_CHECK(at != images_.end());
  at->second.pinned = true;
}

const Image* ImageStore::find_by_prefix(std::string_view text) const {
  if (text.starts_with(kIdPrefix)) text.remove_prefix(kIdPrefix.size());
  if (text.empty()) return nullptr;
  const Image* found = nullptr;
  for (const auto& [id, record] : images_) {
    if (!id.hex().starts_with(text)) continue;
    if (found != nullptr) return nullptr;
    found = record.image.get();
  }
  return found;
}

FoundImage ImageStore::find(std::string_view name_or_id) const {
  std::string as_id(is_digest_hex(name_or_id) ? kIdPrefix : std::string_view());
  as_id += name_or_id;
  if (const ParsedDigest id = parse_digest(as_id); !id.error) {
    const auto at = images_.find(id.digest);
    if (at == images_.end()) return {{}, no_such_image(as_id)};
    return {at->second.image, {}};
  }
  const ParsedReference parsed = parse_reference(name_or_id);
  if (parsed.error) return {{}, parsed.error};
  if (const auto at = names_.find(parsed.reference.resolved()); at != names_.end()) {
    return {images_.find(at->second)->second.image, {}};
  }
  if (const Image* const image = find_by_prefix(name_or_id)) {
    return {images_.find(image->id())->second.image, {}};
  }
  return {{}, no_such_image(parsed.reference.with_default_tag().familiar())};
}

std::vector<Reference> ImageStore::names_of(const Digest& id) const {
  std::vector<Reference> names;
  for (const auto& [name, named] : names_) {
    if (named == id) names.push_back(name);
  }
  return names;
}

ImageStore::ContainerRecord& ImageStore::container(std::string_view id) {
  const auto at = containers_.find(id);
  ENGINE_CHECK(at != containers_.end());
  return at->second;
}

void ImageStore::container_created(std::string_view id, const Digest& image, engine::Instant now) {
  const auto at = images_.find(image);
  ENGINE_CHECK(at != images_.end() && !containers_.contains(id));
  at->second.last_used = now;
  ++at->second.containers;
  containers_.emplace(id, ContainerRecord{at->second.image, false});
  count_layers(*at->second.image, UsedBy::kContainers, 1);
}

void ImageStore::container_started(std::string_view id) {
  container(id).running = true;
}

void ImageStore::container_stopped(std::string_view id) {
  container(id).running = false;
}

void ImageStore::container_removed(std::string_view id, engine::Instant now) {
  const engine::Ref<Image> image = container(id).image;
  containers_.erase(containers_.find(id));
  count_layers(*image, UsedBy::kContainers, -1);
  const auto at = images_.find(image->id());
  if (at != images_.end()) {
    at->second.last_used = now;
    --at->second.containers;
  } else {
    int64_t bytes = 0;
    drop_unused(*image, bytes);
  }
}

/// A container of the image, running or not; null if there is none.
const std::string* ImageStore::container_of(const Digest& id, bool running) const {
  for (const auto& [name, container] : containers_) {
    if (container.running == running && container.image->id() == id) return &name;
  }
  return nullptr;
}

/// Why the image cannot be deleted. `names_count`: whether its having names is a reason.
engine::Error ImageStore::remove_conflict(const Digest& id, bool force, bool names_count) const {
  if (const std::string* const running = container_of(id, true)) {
    return engine::errorf(kConflict, ": unable to delete ", id.short_id(), " (cannot be forced) - ",
                          "image is being used by running container ",
                          std::string_view(*running).substr(0, kShortIdLength));
  }
  if (force) return {};
  if (names_count && !names_of(id).empty()) {
    return engine::errorf(kConflict, ": unable to delete ", id.short_id(), " (must be forced) - ",
                          "image is referenced in multiple repositories");
  }
  if (const std::string* const stopped = container_of(id, false)) {
    return engine::errorf(kConflict, ": unable to delete ", id.short_id(), " (must be forced) - ",
                          "image is being used by stopped container ",
                          std::string_view(*stopped).substr(0, kShortIdLength));
  }
  return {};
}

void ImageStore::remove_names(const Digest& id, RemoveResult& result) {
  for (const Reference& name : names_of(id)) {
    names_.erase(name);
    result.lines.push_back("Untagged: " + name.familiar());
  }
}

void ImageStore::delete_image(const Digest& id, RemoveResult& result) {
  remove_names(id, result);
  const auto at = images_.find(id);
  const engine::Ref<Image> image = at->second.image;
  images_.erase(at);
  count_layers(*image, UsedBy::kImages, -1);
  result.lines.push_back("Deleted: " + image->id().text());
  for (const std::string& chain : drop_unused(*image, result.reclaimed_bytes)) {
    result.lines.push_back("Deleted: " + chain);
  }
}

int64_t ImageStore::remove_image(const Digest& id) {
  RemoveResult result;
  const Digest whose = id;  // `id` may lie in the record that goes
  if (images_.contains(whose)) delete_image(whose, result);
  return result.reclaimed_bytes;
}

}  // namespace sim::container
