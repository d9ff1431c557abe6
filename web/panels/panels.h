// web/panels/panels.h: the panels of the playground. One panel, one file.
//
// A panel draws what the session shows of this frame and asks App::later() for changes. It keeps no
// pointer into a view from one frame to the next.

#pragma once

#include <span>

#include "web/app/app.h"

namespace web::panels {

struct Panel {
  const char* id;
  const char* title;
  void (*draw)(App& app);
  bool needs_network = false;  // shown only where there are several machines
};

/// Those that can be docked, in reading order.
std::span<const Panel> all();

void story(App& app);
void setup(App& app);
void lanes(App& app);
void goroutines(App& app);
void channels(App& app);
void locks(App& app);
void output(App& app);
void events(App& app);
void branches(App& app);
void topology(App& app);
void connections(App& app);
void waterfall(App& app);

/// Not docked: the bar above, the transport with its scrubber below, and the command palette.
void top_bar(App& app);
void transport(App& app);
void scrubber(App& app);
void palette(App& app);

}  // namespace web::panels
