// web/panels/packet_bytes.h: a packet's bytes, each range beside what it means.

#pragma once

#include "web/app/app.h"

namespace web::panels {

/// Draws and mirrors headers and payload of a packet of `flow`, as far as they are known at the
/// session's position.
void packet_bytes(App& app, const Flow& flow, const FlowPacket& packet);

}  // namespace web::panels
