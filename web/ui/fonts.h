// web/ui/fonts.h: the fonts that are built into the program: Inter and JetBrains Mono (SIL OFL).
//
// Setup fetches them from Debian; the assembler copies the files in, which no compiler has to
// parse.

#pragma once

#include <cstddef>

#include "web/ui/theme.h"

namespace web::ui {

struct FontBytes {
  const unsigned char* data = nullptr;
  size_t size = 0;
};

FontBytes font_bytes(Face face);

}  // namespace web::ui
