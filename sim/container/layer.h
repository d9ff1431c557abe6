// sim/container/layer.h: a layer of an image: files, and what they hide of the layers below.
//
// Concept: a sorted list of paths, each with what a layer of OverlayFS has there: a file, a
// directory, a link, a whiteout (nothing, although a lower layer has something), an opaque
// directory (nothing of what lower layers have in it). Made once by a LayerBuilder, never changed,
// and shared by every image and container that stands on it. Promises: a layer has an entry for
// each directory above its entries, the root apart. Lifetime: counted.
// Determinism: the diff id is over our own serialisation of the entries, in the order of PathLess;
// it is no digest of a tar archive.
// Source: OCI image specification, "Image Layer Filesystem Changeset"; Linux documentation,
// "Overlay Filesystem".
// Not modelled: owners, times, hard links, devices, extended attributes.

#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/sync/counted.h"
#include "sim/container/content.h"
#include "sim/container/digest.h"
#include "sim/container/path.h"

namespace sim::container {

/// Values are part of the diff id: append, never renumber.
enum class EntryKind : uint8_t { kFile = 0, kDirectory = 1, kSymlink = 2, kWhiteout = 3 };

inline constexpr uint16_t kModeBits = 07777;
inline constexpr uint16_t kFileMode = 0644;
inline constexpr uint16_t kDirectoryMode = 0755;
inline constexpr uint16_t kSymlinkMode = 0777;

/// What a layer has at a path.
struct Entry {
  EntryKind kind = EntryKind::kFile;
  /// Of a directory: whether it hides what lower layers have in it.
  bool opaque = false;
  uint16_t mode = 0;
  /// Of a file; never null there.
  engine::Ref<Content> content;
  /// Of a link: what it names.
  std::string target;

  static Entry file(engine::Ref<Content> content, uint16_t mode);
  static Entry directory(uint16_t mode, bool opaque = false);
  static Entry symlink(std::string_view target);
  static Entry whiteout();

  [[nodiscard]] bool is_file() const { return kind == EntryKind::kFile; }
  [[nodiscard]] bool is_directory() const { return kind == EntryKind::kDirectory; }
  [[nodiscard]] bool is_symlink() const { return kind == EntryKind::kSymlink; }
  [[nodiscard]] bool is_whiteout() const { return kind == EntryKind::kWhiteout; }
  /// The size of a file, the length of what a link names, else 0.
  [[nodiscard]] int64_t size() const;
};

/// How large a layer is on its way through the network: a fixed part of its bytes, and a header for
/// each entry. A stand-in for gzip, whose result depends on the bytes.
inline constexpr int64_t kCompressedPercent = 40;
inline constexpr int64_t kCompressedEntryBytes = 128;
/// A tar archive with nothing in it, compressed: the smallest layer there is.
inline constexpr int64_t kCompressedEmptyBytes = 32;

class Layer final : public engine::Counted<Layer> {
 public:
  struct Item {
    std::string path;
    Entry entry;
  };

  /// In the order of PathLess.
  [[nodiscard]] std::span<const Item> items() const { return items_; }
  /// Null if the layer has nothing there.
  [[nodiscard]] const Entry* find(std::string_view path) const;
  [[nodiscard]] const Digest& diff_id() const { return diff_id_; }
  /// The bytes of its files and links.
  [[nodiscard]] int64_t size_bytes() const { return size_bytes_; }
  [[nodiscard]] int64_t compressed_bytes() const { return compressed_bytes_; }

 private:
  friend class LayerBuilder;
  explicit Layer(std::vector<Item> items);

  std::vector<Item> items_;
  Digest diff_id_;
  int64_t size_bytes_ = 0;
  int64_t compressed_bytes_ = 0;
};

/// Puts a layer together. Each step replaces what an earlier one put at the same path; directories
/// that are missing above it are made, with kDirectoryMode. REQUIRES, in each step: a clean path,
/// `/` only for a directory that is not opaque; nothing above it but directories.
class LayerBuilder {
 public:
  LayerBuilder& file(std::string_view path, std::string text, uint16_t mode = kFileMode);
  /// A file of which only the size is known. See Content::of_size().
  LayerBuilder& sized_file(std::string_view path, int64_t size, std::string_view stands_for,
                           uint16_t mode = kFileMode);
  LayerBuilder& directory(std::string_view path, uint16_t mode = kDirectoryMode);
  LayerBuilder& opaque_directory(std::string_view path, uint16_t mode = kDirectoryMode);
  LayerBuilder& symlink(std::string_view path, std::string_view target);
  LayerBuilder& whiteout(std::string_view path);
  LayerBuilder& put(std::string_view path, Entry entry);

  /// The layer; its content is sealed. The builder is empty afterwards.
  [[nodiscard]] engine::Ref<Layer> build();

 private:
  std::map<std::string, Entry, PathLess> entries_;
};

}  // namespace sim::container
