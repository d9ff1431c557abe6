#include "sim/scenario/gallery.h"

#include "generated/scenarios.h"
#include "sim/scenario/wording.h"

namespace sim::scenario {
namespace {
constexpr std::string_view kFileName = "/scenario.yaml";
}

std::vector<GalleryEntry> gallery() {
  std::vector<GalleryEntry> entries;
  for (const generated::EmbeddedFile& file : generated::scenarios()) {
    if (!file.path.ends_with(kFileName)) continue;
    entries.push_back(
        {file.path.substr(0, file.path.size() - kFileName.size()), file.path, file.bytes});
  }
  return entries;
}

std::optional<GalleryEntry> find_in_gallery(std::string_view name) {
  for (const GalleryEntry& entry : gallery()) {
    if (entry.name == name) return entry;
  }
  return std::nullopt;
}

}  // namespace sim::scenario
