#include "sim/container/layer_stack.h"

#include <algorithm>
#include <map>
#include <string>
#include <utility>

namespace sim::container {
namespace {

using Tree = std::map<std::string_view, LayerStack::Visible, PathLess>;

void erase_below(Tree& tree, std::string_view path) {
  tree.erase(tree.upper_bound(path), tree.lower_bound(after_subtree(path)));
}

/// Lays `layer` over what the lower ones show.
void lay(Tree& tree, const Layer& layer, int32_t number) {
  for (const Layer::Item& item : layer.items()) {
    const auto below = tree.find(item.path);
    const bool merges = item.entry.is_directory() && !item.entry.opaque && below != tree.end() &&
                        below->second.entry->is_directory();
    if (!merges) erase_below(tree, item.path);
    if (below != tree.end()) tree.erase(below);
    if (!item.entry.is_whiteout()) {
      const LayerStack::Visible visible = {item.path, &item.entry, number};
      tree.emplace(item.path, visible);
    }
  }
}

bool before(const LayerStack::Visible& visible, std::string_view path) {
  return PathLess()(visible.path, path);
}

}  // namespace

LayerStack::LayerStack(std::vector<engine::Ref<Layer>> layers) : layers_(std::move(layers)) {
  Tree tree;
  const Visible root = {"/", &root_, 0};
  tree.emplace(root.path, root);
  int32_t number = 0;
  for (const engine::Ref<Layer>& layer : layers_) {
    lay(tree, *layer, number++);
    size_bytes_ += layer->size_bytes();
  }
  visible_.reserve(tree.size());
  for (const auto& [path, visible] : tree) visible_.push_back(visible);
}

const LayerStack::Visible* LayerStack::find(std::string_view path) const {
  const auto at = std::lower_bound(visible_.begin(), visible_.end(), path, before);
  return at == visible_.end() || at->path != path ? nullptr : &*at;
}

size_t LayerStack::first_after(std::string_view path) const {
  auto at = std::lower_bound(visible_.begin(), visible_.end(), path, before);
  if (at != visible_.end() && at->path == path) ++at;
  return static_cast<size_t>(at - visible_.begin());
}

size_t LayerStack::skip(size_t at) const {
  const std::string_view path = visible_[at].path;
  ++at;
  if (at == visible_.size() || !is_below(visible_[at].path, path)) return at;
  const std::string next = after_subtree(path);
  const auto found = std::lower_bound(visible_.begin() + static_cast<std::ptrdiff_t>(at),
                                      visible_.end(), next, before);
  return static_cast<size_t>(found - visible_.begin());
}

}  // namespace sim::container
