// sim/container/layer_stack.h: the layers of an image, seen as one tree of files.
//
// Concept: what each path shows is worked out once: the topmost layer that has it wins, unless a
// whiteout, an opaque directory or a file above it hides it. All containers of an image look
// through one stack; it never changes. Lifetime: counted; it holds its layers.
// Source: Linux documentation, "Overlay Filesystem" (whiteouts and opaque directories, merging).

#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "engine/sync/counted.h"
#include "sim/container/layer.h"

namespace sim::container {

class LayerStack final : public engine::Counted<LayerStack> {
 public:
  /// Something that shows.
  struct Visible {
    /// Points into the layer, and so does `entry`. A directory is the topmost of those that merge.
    std::string_view path;
    const Entry* entry = nullptr;
    /// Which layer it comes from, 0 being the lowest.
    int32_t layer = 0;
  };

  /// The lowest first.
  explicit LayerStack(std::vector<engine::Ref<Layer>> layers);

  [[nodiscard]] std::span<const engine::Ref<Layer>> layers() const { return layers_; }
  /// Everything that shows, in the order of PathLess; the first is the root, which always does.
  [[nodiscard]] std::span<const Visible> visible() const { return visible_; }
  /// Null if nothing shows there.
  [[nodiscard]] const Visible* find(std::string_view path) const;
  /// Calls `each(visible)` for what is in `directory` itself, by name.
  template <class F>
  void for_each_in(std::string_view directory, F each) const {
    for (size_t at = first_after(directory);
         at < visible_.size() && is_below(visible_[at].path, directory);) {
      each(visible_[at]);
      at = skip(at);
    }
  }
  /// The bytes of all layers, whether they show or not.
  [[nodiscard]] int64_t size_bytes() const { return size_bytes_; }

 private:
  [[nodiscard]] size_t first_after(std::string_view path) const;
  [[nodiscard]] size_t skip(size_t at) const;

  std::vector<engine::Ref<Layer>> layers_;
  Entry root_ = Entry::directory(kDirectoryMode);  // shows if no layer has it
  std::vector<Visible> visible_;
  int64_t size_bytes_ = 0;
};

}  // namespace sim::container
