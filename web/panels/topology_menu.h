// web/panels/topology_menu.h: what can be done to a machine or a link, beside it on the map.

#pragma once

#include "web/app/app.h"

namespace web::panels {

/// Draws the menu that App::network_view() says is open, if one is. A click beside it or Escape
/// closes it.
void topology_menu(App& app);

}  // namespace web::panels
