#include "web/ui/fonts.h"

// The build defines ORRERY_FONT_NAME_FILE and _BYTES for each font.
#if defined(__wasm__)
#define ORRERY_FONT_BEGIN(symbol) ".section .rodata." #symbol ",\"\",@\n"
#define ORRERY_FONT_END ".section .text.after_fonts,\"\",@\n"
#else
#define ORRERY_FONT_BEGIN(symbol) ".section .rodata\n"
#define ORRERY_FONT_END ".text\n"
#endif
#define ORRERY_TEXT_OF(x) #x
#define ORRERY_TEXT(x) ORRERY_TEXT_OF(x)
#define ORRERY_FONT(symbol, file, bytes)                                                        \
  asm(ORRERY_FONT_BEGIN(symbol) ".globl " #symbol "\n.p2align 4\n" #symbol ":\n.incbin \"" file \
                                "\"\n.size " #symbol                                            \
                                ", " ORRERY_TEXT(bytes) "\n" ORRERY_FONT_END);                  \
  extern "C" const unsigned char symbol[]

ORRERY_FONT(orrery_font_body, ORRERY_FONT_BODY_FILE, ORRERY_FONT_BODY_BYTES);
ORRERY_FONT(orrery_font_strong, ORRERY_FONT_STRONG_FILE, ORRERY_FONT_STRONG_BYTES);
ORRERY_FONT(orrery_font_mono, ORRERY_FONT_MONO_FILE, ORRERY_FONT_MONO_BYTES);

namespace web::ui {

FontBytes font_bytes(Face face) {
  switch (face) {
    case Face::kBody:
      return {orrery_font_body, ORRERY_FONT_BODY_BYTES};
    case Face::kStrong:
      return {orrery_font_strong, ORRERY_FONT_STRONG_BYTES};
    case Face::kMono:
      return {orrery_font_mono, ORRERY_FONT_MONO_BYTES};
  }
  return {};
}

}  // namespace web::ui
