// web/backend/image.h: writes a picture as PNG or, if the name ends in .ppm, as PPM.
//
// The PNG is not compressed: it needs no library, and screenshots are looked at, not kept.

#pragma once

#include <string>

#include "web/backend/screen.h"

namespace web::backend {

/// False and a message if the file cannot be written.
bool write_image(const std::string& file, const Pixels& pixels, std::string& problem);

}  // namespace web::backend
