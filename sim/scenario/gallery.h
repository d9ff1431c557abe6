// sim/scenario/gallery.h: the scenarios that come with the program, embedded in it.

#pragma once

#include <optional>
#include <string_view>
#include <vector>

namespace sim::scenario {

/// A scenario file of assets/scenarios: `name` is "go/mutex", `file` its path as problems name it.
struct GalleryEntry {
  std::string_view name;
  std::string_view file;
  std::string_view text;
};

/// All of them, ordered by name.
std::vector<GalleryEntry> gallery();
/// Nothing if there is none of that name.
std::optional<GalleryEntry> find_in_gallery(std::string_view name);

}  // namespace sim::scenario
