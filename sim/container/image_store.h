// sim/container/image_store.h: the images that a machine has: layers, names, who uses what.
//
// Concept: a layer is stored once, however many images have it, and stays as long as an image or a
// container stands on it. Names (with a tag or a digest) lead to images; an image without one is
// dangling. Containers are told to the store, so that it knows what is in use. The errors are the
// daemon's; its clients put kDaemonErrorPrefix before them.
// Determinism: everything is in the order of names, ids and digests. Lifetime: it holds its images.
// Source: moby, daemon/images (find, tag, remove); `docker system df`; Kubernetes,
// pkg/kubelet/images/image_gc_manager.go (collect_garbage()).
// Not modelled: images of several platforms under one name; parents, which only the classic builder
// records; that the kubelet looks at images and containers each 5 minutes: here it knows at once.

#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/sync/error.h"
#include "engine/world/time.h"
#include "sim/container/image.h"
#include "sim/container/reference.h"

namespace sim::container {

inline constexpr std::string_view kDaemonErrorPrefix = "Error response from daemon: ";

/// What errors begin with: "No such image: nginx:latest", "conflict: unable to ...".
inline constexpr engine::Sentinel kNoSuchImage("No such image");
inline constexpr engine::Sentinel kConflict("conflict");
inline constexpr engine::Sentinel kTagWithDigest(
    "refusing to create a tag with a digest reference");

/// When the kubelet removes images. Source: KubeletConfiguration, its defaults.
struct GcPolicy {
  /// From this use of the disk on it removes images,
  int64_t high_percent = 85;
  /// until it is down to this.
  int64_t low_percent = 80;
  /// Younger images stay.
  engine::Duration min_age = 120 * engine::kSecond;
};

/// The disk that holds the images, with everything on it.
struct DiskSpace {
  int64_t capacity_bytes = 0;
  int64_t used_bytes = 0;
};

struct GcResult {
  int64_t used_percent = 0;
  /// How much was to be removed; 0 if the disk was not full enough.
  int64_t wanted_bytes = 0;
  /// The sizes of the images that went, by which the kubelet goes.
  int64_t freed_bytes = 0;
  /// What the disk has really got back: layers that other images or containers use are still there.
  int64_t reclaimed_bytes = 0;
  /// The least recently used first.
  std::vector<Digest> removed;
  /// Not enough could be removed, or the disk has no capacity; the text of the kubelet's event.
  engine::Error error;
};

struct ImageUsage {
  Digest id;
  int64_t size_bytes = 0;
  /// Of it, in layers that other images have as well, and in layers that only this one has.
  int64_t shared_bytes = 0;
  int64_t unique_bytes = 0;
  int64_t containers = 0;
};

/// Source: `docker system df -v`.
struct DiskUsage {
  /// All layers, each once.
  int64_t layers_bytes = 0;
  /// Those that would go with the images that no container uses. (Docker's own figure counts what
  /// such an image shares with one in use, too.)
  int64_t reclaimable_bytes = 0;
  int64_t active_images = 0;
  std::vector<ImageUsage> images;
};

struct FoundImage {
  engine::Ref<Image> image;
  engine::Error error;
};

struct RemoveResult {
  /// As `docker rmi` prints them: "Untagged: nginx:latest", "Deleted: sha256:...".
  std::vector<std::string> lines;
  int64_t reclaimed_bytes = 0;
  engine::Error error;
};

class ImageStore {
 public:
  struct LayerRecord {
    engine::Ref<Layer> layer;
    int64_t images = 0;
    int64_t containers = 0;
  };
  struct ImageRecord {
    engine::Ref<Image> image;
    engine::Instant added;
    /// When a container last began or ceased to use it.
    std::optional<engine::Instant> last_used;
    int64_t containers = 0;
    /// Never collected, as the image of the pods' sandboxes.
    bool pinned = false;
  };
  struct ContainerRecord {
    engine::Ref<Image> image;
    bool running = false;
  };

  /// The layers of `image` that are not here, the lowest first, each once: what a pull downloads.
  [[nodiscard]] std::vector<engine::Ref<Layer>> missing_layers(const Image& image) const;
  /// Stores a layer, which no image need have yet.
  void add_layer(const engine::Ref<Layer>& layer);
  /// Removes the layers that nothing uses, as of a pull that failed. Their bytes.
  int64_t prune_layers();

  /// Stores an image, and those of its layers that are missing. Nothing if it is here.
  void add_image(const engine::Ref<Image>& image, engine::Instant now);
  /// Gives the image a name, a tag or a digest, which another one loses. REQUIRES: it is here.
  void set_name(const Reference& name, const Digest& id);
  /// Takes a name away; the image stays. Whether there was such a name.
  bool untag(const Reference& name);
  /// `docker tag SOURCE TARGET`. Errors: of find(); a target that is no name or has a digest.
  engine::Error tag(std::string_view source, std::string_view target);
  /// Keeps it from collect_garbage(). REQUIRES: it is here.
  void pin(const Digest& id);

  /// By name, or by an id or the beginning of one. Errors: those of parse_reference();
  /// kNoSuchImage, also if several ids begin so.
  [[nodiscard]] FoundImage find(std::string_view name_or_id) const;
  /// The names of an image, in order.
  [[nodiscard]] std::vector<Reference> names_of(const Digest& id) const;

  /// `docker rmi [--force] IMAGE`. Errors: of find(); kConflict, for which the image is in use, or
  /// has names in several repositories.
  RemoveResult remove(std::string_view name_or_id, bool force = false);
  /// Removes an image and all its names, whoever uses it; its bytes on the disk. Nothing if it is
  /// not here. Source: the CRI's RemoveImage.
  int64_t remove_image(const Digest& id);

  /// A container was made of an image. REQUIRES: the image is here; the id is new.
  void container_created(std::string_view id, const Digest& image, engine::Instant now);
  /// REQUIRES: of the three below: there is such a container.
  void container_started(std::string_view id);
  void container_stopped(std::string_view id);
  /// Its layers may go now, if its image went before.
  void container_removed(std::string_view id, engine::Instant now);

  [[nodiscard]] DiskUsage disk_usage() const;
  /// Removes the least recently used of the images that no container has, stopped ones included, if
  /// the disk is too full: as many as bring it to the low mark by their sizes.
  GcResult collect_garbage(DiskSpace disk, engine::Instant now, GcPolicy policy = {});

  [[nodiscard]] const std::map<Digest, LayerRecord>& layers() const { return layers_; }
  [[nodiscard]] const std::map<Digest, ImageRecord>& images() const { return images_; }
  [[nodiscard]] const std::map<Reference, Digest>& names() const { return names_; }
  [[nodiscard]] const std::map<std::string, ContainerRecord, std::less<>>& containers() const {
    return containers_;
  }

 private:
  enum class UsedBy : uint8_t { kImages, kContainers };

  void count_layers(const Image& image, UsedBy by, int64_t change);
  std::vector<std::string> drop_unused(const Image& image, int64_t& bytes);
  [[nodiscard]] const Image* find_by_prefix(std::string_view text) const;
  [[nodiscard]] const std::string* container_of(const Digest& id, bool running) const;
  [[nodiscard]] engine::Error remove_conflict(const Digest& id, bool force, bool names_count) const;
  void remove_names(const Digest& id, RemoveResult& result);
  void delete_image(const Digest& id, RemoveResult& result);
  ContainerRecord& container(std::string_view id);

  std::map<Digest, LayerRecord> layers_;
  std::map<Digest, ImageRecord> images_;
  std::map<Reference, Digest> names_;
  std::map<std::string, ContainerRecord, std::less<>> containers_;
};

}  // namespace sim::container
