#include "web/panels/panels.h"

namespace web::panels {
namespace {

constexpr Panel kPanels[] = {
    {"story", "Story", story},
    {"setup", "Run", setup},
    {"branches", "Branches", branches},
    {"lanes", "Timeline", lanes},
    {"goroutines", "Goroutines", goroutines},
    {"channels", "Channels", channels},
    {"locks", "Locks & variables", locks},
    {"output", "Output", output},
    {"events", "Events", events},
};

}  // namespace

std::span<const Panel> all() {
  return kPanels;
}

}  // namespace web::panels
