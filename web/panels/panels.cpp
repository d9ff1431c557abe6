#include "web/panels/panels.h"

namespace web::panels {
namespace {

constexpr Panel kPanels[] = {
    {"story", "Story", story},
    {"setup", "Run", setup},
    {"branches", "Branches", branches},
    {"topology", "Network", topology, true},
    {"lanes", "Timeline", lanes},
    {"connections", "Connections", connections, true},
    {"waterfall", "Requests", waterfall, true},
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
